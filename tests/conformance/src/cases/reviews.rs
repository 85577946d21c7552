//! Who the server takes us for, and what it lets us do.

use steersman::prelude::*;

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, same},
};

cases![
    e02_who_we_are,
    e02_who_a_stranger_is,
    c29_what_an_administrator_may_do,
    c29_what_a_stranger_may_do,
    c29_paths_that_are_no_resources,
];

async fn stranger(context: &Context) -> Result<DynamicClient, Failure> {
    Ok(DynamicClient::builder().config(context.stranger_config.clone()).connect().await?)
}

/// E02: by certificate and by token, the same user.
async fn e02_who_we_are(context: Context) -> Outcome {
    let by_certificate = context.cluster.whoami().await?;
    let by_token = DynamicClient::builder().config(context.token_config.clone()).connect().await?;
    let by_token = by_token.whoami().await?;
    same!(by_certificate.username, by_token.username);
    ensure!(by_certificate.groups.iter().any(|group| group == "system:masters"), "{by_certificate:?}");
    ensure!(by_token.groups.iter().any(|group| group == "system:authenticated"), "{by_token:?}");
    Ok(())
}

/// E02: who may do nothing may ask who they are.
async fn e02_who_a_stranger_is(context: Context) -> Outcome {
    let user = stranger(&context).await?.whoami().await?;
    same!((user.username.as_str(), user.groups), ("stranger", vec!["system:authenticated".to_owned()]));
    Ok(())
}

/// C29: an administrator may do everything, with what there is and with what there is not.
async fn c29_what_an_administrator_may_do(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    for question in [
        pods.can_i("get").name("a").subresource("log"),
        pods.can_i("create"),
        pods.all_namespaces().can_i("deletecollection"),
        context.cluster.resource("v1", "Namespace").await?.can_i("delete"),
        context.widgets().await?.can_i("invented"),
    ] {
        let access = question.await?;
        ensure!(access.allowed && !access.denied, "{access:?}");
    }
    Ok(())
}

/// C29: nobody has said yes, and nobody has said no.
async fn c29_what_a_stranger_may_do(context: Context) -> Outcome {
    let pods = stranger(&context).await?.resource("v1", "Pod").await?.namespace(&context.namespace);
    for question in [pods.can_i("get"), pods.all_namespaces().can_i("list")] {
        let access = question.await?;
        ensure!(!access.allowed && !access.denied, "{access:?}");
    }
    Ok(())
}

/// C29: paths that are no resources.
async fn c29_paths_that_are_no_resources(context: Context) -> Outcome {
    ensure!(context.cluster.can_i_path("get", "/anything").await?.allowed, "an administrator");
    let stranger = stranger(&context).await?;
    ensure!(stranger.can_i_path("get", "/version").await?.allowed, "what everybody may");
    ensure!(!stranger.can_i_path("get", "/anything").await?.allowed, "what nobody was told of");
    Ok(())
}
