//! Who we are to the server, and what we may do.

use serde_json::json;
use steersman::{
    Error, Reason,
    config::{Credentials, Secret, Trust},
    prelude::*,
};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a07_access_can_be_asked_for,
    a37_a_kubeconfig_leads_to_the_server,
    c02_a_client_certificate_says_who_we_are,
    c02_a_foreign_authority_is_not_trusted,
    c02_a_token_file_is_read,
    c02_a_token_says_who_we_are,
    c29_a_stranger_is_forbidden,
    c29_a_wrong_token_is_unauthorized,
    c29_nobody_is_forbidden,
];

/// Name and groups, as the server sees this client.
async fn who(config: &Config) -> Result<(String, Vec<String>), Error> {
    let cluster = DynamicClient::builder().config(config.clone()).connect().await?;
    let reviews = cluster.resource("authentication.k8s.io/v1", "SelfSubjectReview").await?;
    let review = reviews.create(json!({})).await?;
    let name: Option<String> = review.at("/status/userInfo/username")?;
    let groups: Option<Vec<String>> = review.at("/status/userInfo/groups")?;
    Ok((name.unwrap_or_default(), groups.unwrap_or_default()))
}

/// `ConfigMap`s for somebody who may not even discover them.
async fn config_maps_as(context: &Context, config: Config) -> Result<Resource, Failure> {
    let api = context.config_maps().await?.api().clone();
    let cluster = DynamicClient::builder().config(config).connect().await?;
    Ok(cluster.resource_for(api).namespace(&context.namespace))
}

/// A37: the text of a kubeconfig is all that a client needs.
async fn a37_a_kubeconfig_leads_to_the_server(context: Context) -> Outcome {
    let config = Config::from_bytes(context.config.to_kubeconfig("test").as_bytes())
        .map_err(|error| Failure::new(error.to_string()))?;
    same!(config.context.as_deref(), Some("test"));
    same!(who(&config).await?, who(&context.config).await?);
    Ok(())
}

/// C02: the common name and the organizations of the certificate.
async fn c02_a_client_certificate_says_who_we_are(context: Context) -> Outcome {
    ensure!(context.config.credentials.client_certificate.is_some(), "{:?}", context.config);
    let (name, groups) = who(&context.config).await?;
    same!(groups, ["system:masters", "system:authenticated"]);
    same!(
        who(&context.stranger_config).await?,
        ("stranger".to_owned(), vec!["system:authenticated".to_owned()])
    );
    ensure!(name != "stranger", "{name}");
    Ok(())
}

/// C02: the same administrator, by token.
async fn c02_a_token_says_who_we_are(context: Context) -> Outcome {
    ensure!(context.token_config.credentials.client_certificate.is_none(), "{:?}", context.token_config);
    same!(who(&context.token_config).await?, who(&context.config).await?);
    Ok(())
}

/// C29, B54: 403, with the server's words on who may not do what.
async fn c29_a_stranger_is_forbidden(context: Context) -> Outcome {
    let cluster = DynamicClient::builder().config(context.stranger_config.clone()).connect().await?;
    let config_maps = cluster.resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    let (list, get) = (config_maps.list().await, config_maps.get("a").await);
    for (error, verb, what) in
        [(refused!(list), "list", "configmaps"), (refused!(get), "get", "configmaps \"a\"")]
    {
        ensure!(error.is_forbidden(), "{error:?}");
        same!(error.status().map(|status| &status.reason), Some(&Reason::Forbidden));
        let message = error.status().map(ToString::to_string).unwrap_or_default();
        let who = format!(
            "User \"stranger\" cannot {verb} resource \"configmaps\" in API group \"\" in the namespace \"{}\"",
            context.namespace
        );
        ensure!(message.contains(what) && message.ends_with(&who), "{message}");
    }
    Ok(())
}

/// C29: 401.
async fn c29_a_wrong_token_is_unauthorized(context: Context) -> Outcome {
    let mut config = context.token_config.clone();
    config.credentials.token = Some(Secret::new("no-such-token"));
    let error = refused!(config_maps_as(&context, config).await?.list().await);
    ensure!(error.is_unauthorized(), "{error:?}");
    same!(error.status().map(|status| &status.reason), Some(&Reason::Unauthorized));
    ensure!(!format!("{error:?}").contains("no-such-token"), "the token is in the error");
    Ok(())
}

/// C29: without credentials we are `system:anonymous`, who may see the version and little else.
async fn c29_nobody_is_forbidden(context: Context) -> Outcome {
    let mut config = context.config.clone();
    config.credentials = Credentials::default();
    let config_maps = config_maps_as(&context, config).await?;
    let error = refused!(config_maps.list().await);
    ensure!(error.is_forbidden(), "{error:?}");
    let message = error.status().map(ToString::to_string).unwrap_or_default();
    ensure!(message.contains("User \"system:anonymous\" cannot list"), "{message}");
    same!(config_maps.cluster().version().await?.major, "1");
    Ok(())
}

/// C02: the token from a file, without the white space around it.
async fn c02_a_token_file_is_read(context: Context) -> Outcome {
    let failed = |error: std::io::Error| Failure::new(error.to_string());
    let folder = tempfile::tempdir().map_err(failed)?;
    let path = folder.path().join("token");
    let token = context.token_config.credentials.token.as_ref().map_or("", |token| token.expose());
    std::fs::write(&path, format!("{token}\n")).map_err(failed)?;
    let mut config = context.token_config.clone();
    config.credentials.token = None;
    config.credentials.token_file = Some(path);
    same!(who(&config).await?, who(&context.token_config).await?);
    Ok(())
}

/// C02: a server whose authority we do not know gets no credentials and no request.
async fn c02_a_foreign_authority_is_not_trusted(context: Context) -> Outcome {
    let mut config = context.token_config.clone();
    config.trust = Trust::System;
    let error = refused!(config_maps_as(&context, config).await?.list().await);
    ensure!(error.status().is_none() && error.local().is_none(), "{error:?}");
    ensure!(error.hint().is_some_and(|hint| hint.contains("certificate")), "{error:?}");
    Ok(())
}

/// A07: `SelfSubjectAccessReview`, a kind that can only be created.
async fn a07_access_can_be_asked_for(context: Context) -> Outcome {
    for (config, allowed) in [(&context.config, true), (&context.stranger_config, false)] {
        let cluster = DynamicClient::builder().config(config.clone()).connect().await?;
        let reviews = cluster.resource("authorization.k8s.io/v1", "SelfSubjectAccessReview").await?;
        let attributes = json!({"namespace": context.namespace, "verb": "create", "resource": "pods"});
        let review = reviews.create(json!({"spec": {"resourceAttributes": attributes}})).await?;
        same!(review.at::<bool>("/status/allowed")?, Some(allowed));
    }
    Ok(())
}
