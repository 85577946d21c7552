//! What the server serves, and how it is found.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Request, Response, StatusCode, header};
use steersman::{
    ApiResource, Client, Discoverer, DiskCache, EagerDiscoverer, GroupVersionKind, LazyDiscoverer, Scope,
    Verb, prelude::*, transport::Body,
};
use tower::{
    BoxError,
    util::{MapRequestLayer, MapResultLayer},
};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
    context::GROUPS,
};

cases![
    b19_api_versions,
    a03_resources_begin_with_the_core_group,
    a12_subresources_have_a_kind_and_verbs,
    a24_both_forms_of_discovery_say_the_same,
    a24_a25_requests_of_discovery,
    a29_resource_by_api_version_and_kind,
    a30_a_search_without_terms_finds_all,
    a31_a_search_by_kind,
    b24_all_terms_of_a_search_hold,
    b25_a_search_by_prefix,
    b26_a_search_by_attributes,
    b28_find_by_any_name,
    b32_discovery_fills_all_names,
    c05_a_kind_in_any_spelling,
    c06_an_unknown_kind_suggests_the_nearest,
];

/// A03, B14: the core group comes first, in kubectl's order of priority.
async fn a03_resources_begin_with_the_core_group(context: Context) -> Outcome {
    let all = context.cluster.resources().all().await?;
    let groups: Vec<&str> = all.iter().map(|resource| resource.api().group.as_str()).collect();
    let core = groups.iter().take_while(|group| group.is_empty()).count();
    ensure!(core > 0, "{groups:?}");
    ensure!(groups[core..].iter().all(|group| !group.is_empty()), "{groups:?}");
    Ok(())
}

/// A12, A20: a subresource says of which kind it is, and which verbs it serves.
async fn a12_subresources_have_a_kind_and_verbs(context: Context) -> Outcome {
    let deployments = context.cluster.resource("apps/v1", "Deployment").await?;
    let names: Vec<&str> = deployments.api().subresources.iter().map(|sub| sub.name.as_str()).collect();
    same!(names, ["scale", "status"]);
    let scale = deployments.api().subresource("scale").map(|sub| (sub.kind.clone(), sub.verbs.to_vec()));
    let kind = GroupVersionKind::new("autoscaling", "v1", "Scale");
    same!(scale, Some((kind, vec![Verb::Get, Verb::Patch, Verb::Update])));
    let status = deployments.api().subresource("status").map(|sub| sub.kind.clone());
    same!(status, Some(GroupVersionKind::new("apps", "v1", "Deployment")));
    same!(deployments.subresource("scale")?.name(), "scale");
    Ok(())
}

/// A24: a server that knows only the old documents is read as well as a new one.
async fn a24_both_forms_of_discovery_say_the_same(context: Context) -> Outcome {
    context.widgets().await?;
    let old_documents_only = MapRequestLayer::new(|mut request: Request<Body>| {
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        request
    });
    let old = Client::builder(context.config.clone()).layer(old_documents_only).build()?;
    let mut found = Vec::new();
    for cluster in [DynamicClient::new(old), context.cluster.clone()] {
        cluster.resources().refresh().await?;
        let all = cluster.resources().all().await?;
        // What other cases define comes and goes.
        let own = context.group();
        let steady = all.iter().map(|resource| resource.api().clone());
        let steady = steady.filter(|api| api.group == own || !api.group.ends_with(GROUPS));
        // Only the old documents have a hash of the storage version.
        let plain = steady.map(|api| {
            let mut api: ApiResource = api;
            api.storage_version_hash = None;
            api
        });
        found.push(plain.collect::<Vec<_>>());
    }
    for (old, new) in found[0].iter().zip(&found[1]) {
        same!(old, new);
    }
    same!(found[0].len(), found[1].len());
    Ok(())
}

/// A24, A25, B31: how many requests it takes, cold, warm and expired, by the new documents and by the old ones.
async fn a24_a25_requests_of_discovery(context: Context) -> Outcome {
    let folder = tempfile::tempdir().map_err(|error| Failure::new(error.to_string()))?;
    let cache = DiskCache::file(folder.path().join("cache"));
    let expired = cache.clone().with_ttl(Duration::ZERO);
    let (client, Counted { sent, not_modified, .. }) = counted(&context, None)?;
    for (cache, requests) in [(&cache, 2), (&cache, 0), (&expired, 2), (&cache, 0)] {
        EagerDiscoverer::new(client.clone()).with_cache(cache.clone()).discover().await?;
        same!(sent.swap(0, Ordering::Relaxed), requests);
        LazyDiscoverer::new(client.clone()).with_cache(cache.clone()).get("apps/v1", "Deployment").await?;
        ensure!(sent.swap(0, Ordering::Relaxed) <= requests, "a lazy look-up takes no more");
    }
    // Other cases define kinds meanwhile, so that something may have changed; but not each time.
    let mut unchanged = 0;
    for _ in 0..50 {
        not_modified.store(0, Ordering::Relaxed);
        EagerDiscoverer::new(client.clone()).with_cache(expired.clone()).discover().await?;
        unchanged = not_modified.load(Ordering::Relaxed);
        if unchanged == 2 {
            break;
        }
    }
    same!(unchanged, 2);
    let (client, Counted { sent, most_in_flight, .. }) = counted(&context, Some("application/json"))?;
    for (api_version, kind) in [("apps/v1", "Deployment"), ("v1", "Pod")] {
        LazyDiscoverer::new(client.clone()).get(api_version, kind).await?;
        same!(sent.swap(0, Ordering::Relaxed), 2);
    }
    let discovery = EagerDiscoverer::new(client).discover().await?;
    let versions: usize = discovery.api_groups().iter().map(|group| group.versions.len()).sum();
    let requests = sent.load(Ordering::Relaxed);
    ensure!(requests <= versions + 2, "{requests} for {versions} group versions");
    let most = most_in_flight.load(Ordering::Relaxed);
    ensure!((2..=16).contains(&most), "{most} requests at a time");
    Ok(())
}

/// What a client has sent, and what came back.
#[derive(Clone, Default)]
struct Counted {
    sent: Arc<AtomicUsize>,
    in_flight: Arc<AtomicUsize>,
    most_in_flight: Arc<AtomicUsize>,
    /// The answers that nothing has changed.
    not_modified: Arc<AtomicUsize>,
}

/// A client that counts, and asks for documents of this form only.
fn counted(context: &Context, accept: Option<&'static str>) -> Result<(Client, Counted), Failure> {
    let counted = Counted::default();
    let (going, coming) = (counted.clone(), counted.clone());
    let count = MapRequestLayer::new(move |mut request: Request<Body>| {
        going.sent.fetch_add(1, Ordering::Relaxed);
        let in_flight = going.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        going.most_in_flight.fetch_max(in_flight, Ordering::Relaxed);
        if let Some(accept) = accept {
            request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(accept));
        }
        request
    });
    let see = MapResultLayer::new(move |result: Result<Response<Body>, BoxError>| {
        coming.in_flight.fetch_sub(1, Ordering::Relaxed);
        if result.as_ref().is_ok_and(|response| response.status() == StatusCode::NOT_MODIFIED) {
            coming.not_modified.fetch_add(1, Ordering::Relaxed);
        }
        result
    });
    let client = Client::builder(context.config.clone()).layer(count).layer(see).build()?;
    Ok((client, counted))
}

/// A05, A29: built in, in a group, and defined by a CRD.
async fn a29_resource_by_api_version_and_kind(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let group_version = format!("{}/v1", context.group());
    for (api_version, kind, plural, scope) in [
        ("v1", "Pod", "pods", Scope::Namespaced),
        ("v1", "Namespace", "namespaces", Scope::Cluster),
        ("apps/v1", "Deployment", "deployments", Scope::Namespaced),
        (group_version.as_str(), "Widget", "widgets", Scope::Namespaced),
    ] {
        let resource = context.cluster.resource(api_version, kind).await?;
        let api = resource.api();
        same!((api.api_version().as_str(), api.kind.as_str()), (api_version, kind));
        same!((api.plural.as_str(), api.scope), (plural, scope));
        same!(context.cluster.resources().get(api_version, kind).await?, resource);
    }
    same!(widgets.api().gvr().to_string(), format!("widgets.v1.{}", context.group()));
    Ok(())
}

/// A30: each has an apiVersion, a kind and a name, and stands there once.
async fn a30_a_search_without_terms_finds_all(context: Context) -> Outcome {
    let found = context.cluster.resources().search().run().await?;
    let mut keys: Vec<String> = found.iter().map(|resource| resource.api().gvr().to_string()).collect();
    for (number, resource) in found.iter().enumerate() {
        let api = resource.api();
        ensure!(!api.kind.is_empty() && !api.plural.is_empty() && !api.verbs.is_empty(), "{number}: {api:?}");
    }
    keys.sort();
    keys.dedup();
    same!(keys.len(), found.len());
    Ok(())
}

/// A31: every version of the kind, in whatever group.
async fn a31_a_search_by_kind(context: Context) -> Outcome {
    let found = context.cluster.resources().search().kind("Deployment").run().await?;
    let found: Vec<String> = found.iter().map(|resource| resource.api().to_string()).collect();
    same!(found, ["apps/v1 Deployment"]);
    Ok(())
}

/// B24: terms are joined by "and", so that a contradiction finds nothing.
async fn b24_all_terms_of_a_search_hold(context: Context) -> Outcome {
    let search = || context.cluster.resources().search();
    same!(search().group("apps").kind("Pod").run().await?.len(), 0);
    same!(search().api_version("v1").kind("Deployment").run().await?.len(), 0);
    same!(search().api_version("v1").kind("Pod").verb("list").run().await?.len(), 1);
    same!(search().kind("Pod").verb("explode").run().await?.len(), 0);
    same!(search().kind("Pod").scope(Scope::Cluster).run().await?.len(), 0);
    Ok(())
}

/// B25: the core group is served below `/api`, the others below `/apis`.
async fn b25_a_search_by_prefix(context: Context) -> Outcome {
    for (prefix, core) in [("/api", true), ("apis", false)] {
        let found = context.cluster.resources().search().prefix(prefix).run().await?;
        ensure!(!found.is_empty(), "nothing below {prefix}");
        ensure!(found.iter().all(|resource| resource.api().group.is_empty() == core), "below {prefix}");
    }
    Ok(())
}

/// B26: by any attribute.
async fn b26_a_search_by_attributes(context: Context) -> Outcome {
    let search = || context.cluster.resources().search();
    for (found, kind) in [
        (search().plural("pods").preferred().run().await?, "Pod"),
        (search().group("").short_name("po").run().await?, "Pod"),
        (search().group("").singular("configmap").run().await?, "ConfigMap"),
        (search().group("apps").subresource("scale").singular("deployment").run().await?, "Deployment"),
        (
            search().version("v1").group("apps").category("all").short_name("deploy").run().await?,
            "Deployment",
        ),
    ] {
        let kinds: Vec<&str> = found.iter().map(|resource| resource.api().kind.as_str()).collect();
        same!(kinds, [kind]);
    }
    Ok(())
}

/// B28: exactly one resource, by every name that kubectl takes.
async fn b28_find_by_any_name(context: Context) -> Outcome {
    for name in [
        "deploy",
        "deployment",
        "deployments",
        "Deployment",
        "DEPLOYMENTS",
        "deployments.apps",
        "deploy.apps",
        "deployments.v1.apps",
        "Deployment.v1.apps",
        "DeploymentList",
    ] {
        same!(context.cluster.find(name).await?.api().to_string(), "apps/v1 Deployment");
    }
    same!(context.cluster.find("cm").await?.api().to_string(), "v1 ConfigMap");
    same!(context.cluster.find("pods.v1").await?.api().to_string(), "v1 Pod");
    Ok(())
}

/// B32: short names, singular and categories, which come from discovery and not from guesses.
async fn b32_discovery_fills_all_names(context: Context) -> Outcome {
    let api = context.cluster.resource("apps/v1", "Deployment").await?.api().clone();
    same!((api.singular.as_str(), api.list_kind().as_str()), ("deployment", "DeploymentList"));
    same!(api.short_names, ["deploy"]);
    same!(api.categories, ["all"]);
    let widgets = context.widgets().await?;
    let api = widgets.api();
    same!((api.singular.as_str(), api.preferred), ("widget", true));
    same!(api.short_names, ["wd"]);
    same!(api.categories, ["toys"]);
    Ok(())
}

/// C05: the kind in lower case, and the plural name, but of this apiVersion only.
async fn c05_a_kind_in_any_spelling(context: Context) -> Outcome {
    for kind in ["deployment", "deployments", "Deployment"] {
        same!(context.cluster.resource("apps/v1", kind).await?.api().kind, "Deployment");
    }
    let error = refused!(context.cluster.resource("v1", "Deployment").await);
    ensure!(error.is_not_found(), "{error:?}");
    Ok(())
}

/// C06: an error that says what there is instead.
async fn c06_an_unknown_kind_suggests_the_nearest(context: Context) -> Outcome {
    let error = refused!(context.cluster.resource("apps/v1", "Deploymnet").await);
    ensure!(error.is_not_found() && error.status().is_none(), "{error:?}");
    let hint = error.hint().unwrap_or_default();
    ensure!(hint.contains("Deployment"), "{hint:?}");
    let error = refused!(context.cluster.find("deploymnets").await);
    ensure!(error.hint().unwrap_or_default().contains("deployments"), "{error:?}");
    Ok(())
}

/// B19, B24: what the older documents of discovery list, sorted.
async fn b19_api_versions(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut want = vec!["v1".to_owned()];
    let groups: serde_json::Value = context.cluster.request(http::Method::GET).base("/apis").value().await?;
    for version in groups["groups"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|group| group["versions"].as_array().cloned().unwrap_or_default())
    {
        want.extend(version["groupVersion"].as_str().map(str::to_owned));
    }
    // Other cases define and remove kinds meanwhile.
    let lasting = |versions: Vec<String>| -> Vec<String> {
        let own = widgets.api().api_version();
        versions.into_iter().filter(|one| *one == own || !one.contains(GROUPS)).collect()
    };
    want.sort();
    let got = context.cluster.api_versions().await?;
    ensure!(got.is_sorted(), "{got:?}");
    same!(lasting(got), lasting(want));
    Ok(())
}
