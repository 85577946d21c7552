//! The ways to a client, and what holds for all its calls.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::Request;
use serde_json::{Value, json};
use steersman::{Client, prelude::*, transport::Body};
use tower::{service_fn, util::MapRequestLayer};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a04_version,
    b08_a_request_by_hand,
    d01_layers_see_every_request,
    d03_the_namespace_of_the_context_is_asked_for,
    d06_the_field_manager_of_the_client,
    d09_any_service_is_a_client,
    d10_the_namespace_of_the_client,
    d12_a_closed_client_sends_nothing,
];

/// A04, B19: the server's version.
async fn a04_version(context: Context) -> Outcome {
    let version = context.cluster.version().await?;
    same!(version.major, "1");
    ensure!(version.git_version.starts_with(&format!("v1.{}.", version.minor)), "{version:?}");
    ensure!(version.platform.contains('/'), "{version:?}");
    Ok(())
}

/// B08, B12, E07, E09: a path and a body of the caller's own, with the answer's bytes.
async fn b08_a_request_by_hand(context: Context) -> Outcome {
    let path = format!("/api/v1/namespaces/{}/configmaps", context.namespace);
    let body = json!({"metadata": {"name": "a"}, "data": {"by": "hand"}}).to_string();
    let request = Request::post(&path).header("content-type", "application/json").body(Body::from(body))?;
    let (head, body) = context.cluster.client().request_bytes(request).await?;
    same!(head.status.as_u16(), 201);
    let created: Value = serde_json::from_slice(&body)?;
    same!(created["kind"], "ConfigMap");
    same!(context.config_maps().await?.get("a").await?.at::<String>("/data/by")?, Some("hand".to_owned()));
    Ok(())
}

/// D01: a layer of the user's own stands in the path of discovery and of every verb.
async fn d01_layers_see_every_request(context: Context) -> Outcome {
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let count = MapRequestLayer::new(move |request: Request<Body>| {
        counter.fetch_add(1, Ordering::Relaxed);
        request
    });
    let client = Client::builder(context.config.clone()).layer(count).build()?;
    let config_maps =
        DynamicClient::new(client).resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    let before = seen.load(Ordering::Relaxed);
    ensure!(before > 0, "discovery went another way");
    config_maps.create(Context::config_map("a", "web")).await?;
    config_maps.get("a").await?;
    config_maps.list().await?;
    same!(seen.load(Ordering::Relaxed), before + 3);
    Ok(())
}

/// D03: the context's namespace is never taken unless it is asked for.
async fn d03_the_namespace_of_the_context_is_asked_for(context: Context) -> Outcome {
    let mut config = context.config.clone();
    config.default_namespace.clone_from(&context.namespace);
    let cluster = DynamicClient::builder().config(config).connect().await?;
    let config_maps = cluster.resource("v1", "ConfigMap").await?;
    let error = refused!(config_maps.create(Context::config_map("a", "web")).await);
    ensure!(error.local().is_some(), "{error:?}");
    let created = config_maps.default_namespace().create(Context::config_map("a", "web")).await?;
    same!(created.namespace(), Some(context.namespace.as_str()));
    Ok(())
}

/// D06: the client's field manager, a call's own, and without both the User-Agent's first word.
async fn d06_the_field_manager_of_the_client(context: Context) -> Outcome {
    let client = DynamicClient::builder().config(context.config.clone()).field_manager("of-the-client");
    let named = client.connect().await?.resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    let unnamed = context.config_maps().await?;
    for (create, manager) in [
        (named.create(Context::config_map("a", "web")), "of-the-client"),
        (named.create(Context::config_map("b", "web")).field_manager("of-the-call"), "of-the-call"),
        (unnamed.create(Context::config_map("c", "web")), "steersman"),
    ] {
        let created = create.await?;
        same!(created.at::<String>("/metadata/managedFields/0/manager")?, Some(manager.to_owned()));
        same!(created.at::<String>("/metadata/managedFields/0/operation")?, Some("Update".to_owned()));
    }
    Ok(())
}

/// D09: everything goes through a service that the caller brings.
async fn d09_any_service_is_a_client(context: Context) -> Outcome {
    let below = Client::new(context.config.clone())?;
    let service = service_fn(move |request: Request<Body>| {
        let below = below.clone();
        async move { below.send(request).await }
    });
    let cluster = DynamicClient::new(Client::from_service(service));
    let config_maps = cluster.resource("v1", "ConfigMap").await?.namespace(&context.namespace);
    let created = config_maps.create(Context::config_map("a", "web")).await?;
    same!(config_maps.get("a").await?, created);
    ensure!(cluster.client().identity().is_none(), "nobody knows which server a bare service leads to");
    Ok(())
}

/// D10, B05: a namespace that was set on the builder is that of every call that names none.
async fn d10_the_namespace_of_the_client(context: Context) -> Outcome {
    let builder = DynamicClient::builder().config(context.config.clone()).namespace(&context.namespace);
    let cluster = builder.connect().await?;
    same!(cluster.namespace(), Some(context.namespace.as_str()));
    let config_maps = cluster.resource("v1", "ConfigMap").await?;
    config_maps.create(Context::config_map("a", "web")).await?;
    same!(config_maps.get("a").await?.namespace(), Some(context.namespace.as_str()));
    same!(config_maps.list().labels("app=web").await?.len(), 1);
    config_maps.delete("a").await?;
    let error = refused!(config_maps.get("a").await);
    ensure!(error.is_not_found(), "{error:?}");
    Ok(())
}

/// A02, D12: a client that is closed takes no requests, lets go of its connections, and leaves others alone.
async fn d12_a_closed_client_sends_nothing(context: Context) -> Outcome {
    let client = Client::new(context.config.clone())?;
    let cluster = DynamicClient::new(client.clone());
    cluster.version().await?;
    cluster.close().await;
    ensure!(client.is_closed(), "its clones are open");
    let error = refused!(cluster.version().await);
    ensure!(error.local().is_none() && format!("{error:?}").contains("the client is closed"), "{error:?}");
    context.cluster.version().await?;
    Ok(())
}
