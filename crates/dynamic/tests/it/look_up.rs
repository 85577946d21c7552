//! From names to resources.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::Request;
use steersman_discovery::{BoxFuture, Discoverer, Discovery, Error};
use steersman_dynamic::{DynamicClient, Resource};
use steersman_meta::Scope;
use steersman_transport::{Body, Client};

use crate::{
    kinds::{Kinds, builder, resource, resources},
    server::{Reply, Server},
};

/// `apps/v1 Deployment`, for all of them.
fn names<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> Vec<String> {
    resources.into_iter().map(|resource| resource.api().to_string()).collect()
}

/// A05, A29, C05, C06: by apiVersion and kind, and by the names that kubectl takes.
#[tokio::test]
async fn a05_a29_c05_c06_get_and_find() {
    let server = Server::default();
    let cluster = builder(&server).connect().await.unwrap();
    for (api_version, kind, want) in [
        ("v1", "Pod", "v1 Pod"),
        ("apps/v1", "Deployment", "apps/v1 Deployment"),
        ("apps/v1beta1", "Deployment", "apps/v1beta1 Deployment"),
        ("example.com/v1", "Review", "example.com/v1 Review"),
        ("v1", "pods", "v1 Pod"),
    ] {
        assert_eq!(cluster.resource(api_version, kind).await.unwrap().api().to_string(), want);
        assert_eq!(cluster.resources().get(api_version, kind).await.unwrap().api().to_string(), want);
    }
    for (name, want) in [
        ("po", "v1 Pod"),
        ("pods", "v1 Pod"),
        ("Pod", "v1 Pod"),
        ("deploy", "apps/v1 Deployment"),
        ("deployments.apps", "apps/v1 Deployment"),
        ("deployments.v1beta1.apps", "apps/v1beta1 Deployment"),
    ] {
        assert_eq!(cluster.find(name).await.unwrap().api().to_string(), want, "{name}");
    }
    assert_eq!(server.count(), 0, "this discoverer knows");
}

/// C06, D39: a kind that is not served is an error that names the nearest ones.
#[tokio::test]
async fn c06_d39_unknown_kinds() {
    let cluster = Kinds::on(&Server::default()).await.cluster;
    let error = cluster.resource("apps/v1", "Deploymnt").await.expect_err("a slip");
    assert!(error.is_not_found() && error.local().is_none());
    let report = error.report().to_string();
    let said =
        "could not find apps/v1 Deploymnt\n  because the server serves no \"apps/v1 Deploymnt\"\n  hint: ";
    assert!(report.starts_with(said) && report.contains("apps/v1 Deployment"), "{report}");
    let error = cluster.find("deploymnts").await.expect_err("a slip");
    assert!(error.is_not_found());
    let report = error.report().to_string();
    assert!(report.starts_with("could not find \"deploymnts\"\n  because the server serves no"), "{report}");
    assert!(report.contains("\n  hint: ") && report.contains("deployments"), "{report}");
    let error = cluster.resource("v1", "Deployment").await.expect_err("a kind of another group");
    assert!(error.report().to_string().contains("apps/v1 Deployment"), "{error:?}");
}

/// A03, A30, A31, B25, B26: all that is served, or what fits all terms.
#[tokio::test]
async fn a03_a30_a31_search() {
    let cluster = Kinds::on(&Server::default()).await.cluster;
    let resources = cluster.resources();
    let all = ["v1 Pod", "v1 Node", "apps/v1 Deployment", "apps/v1beta1 Deployment", "example.com/v1 Review"];
    assert_eq!(names(&resources.all().await.unwrap()), all);
    assert_eq!(names(&resources.search().run().await.unwrap()), all);
    for (search, want) in [
        (resources.search().kind("Deployment"), &all[2..4]),
        (resources.search().kind("Deployment").preferred(), &all[2..3]),
        (resources.search().group("apps").version("v1beta1"), &all[3..4]),
        (resources.search().api_version("v1").scope(Scope::Cluster), &all[1..2]),
        (resources.search().group("").verb("list"), &all[..2]),
        (resources.search().verb("get").verb("list").group("example.com"), &all[..0]),
        (resources.search().subresource("scale"), &all[2..3]),
        (resources.search().short_name("po"), &all[..1]),
        (resources.search().category("all"), &all[..1]),
        (resources.search().plural("reviews").prefix("/apis"), &all[4..]),
        (resources.search().kind("Nope"), &all[..0]),
    ] {
        let text = format!("{search:?}");
        assert_eq!(names(&search.run().await.unwrap()), want, "{text}");
    }
    let found = resources.search().kind("Review").run().await.unwrap();
    assert_eq!(found[0], cluster.resource("example.com/v1", "Review").await.unwrap());
    let discovery = resources.discovery().await.unwrap();
    assert_eq!((discovery.resources().len(), discovery.failures().len()), (5, 0));
}

/// A server where a kind is defined between the first look and the second.
#[derive(Debug, Default)]
struct Growing {
    refreshed: Arc<AtomicUsize>,
}

impl Growing {
    fn serve(&self, refreshed: usize) -> Arc<Discovery> {
        let mut known = resources();
        if refreshed > 0 {
            known.push(resource(["example.com", "v1", "Widget"], "widgets", Scope::Namespaced, "get list"));
        }
        Arc::new(Discovery::new(known))
    }
}

impl Discoverer for Growing {
    fn discover(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        Box::pin(async { Ok(self.serve(self.refreshed.load(Ordering::SeqCst))) })
    }

    fn refresh(&self) -> BoxFuture<'_, Result<Arc<Discovery>, Error>> {
        Box::pin(async { Ok(self.serve(self.refreshed.fetch_add(1, Ordering::SeqCst) + 1)) })
    }
}

/// A29, C06: a kind that was defined a moment ago is found, since a miss asks again, once.
#[tokio::test]
async fn a29_c06_a_kind_of_a_moment_ago() {
    for by_name in [false, true] {
        let growing = Growing::default();
        let refreshed = Arc::clone(&growing.refreshed);
        let cluster = builder(&Server::default()).discoverer(growing).connect().await.unwrap();
        cluster.resource("v1", "Pod").await.unwrap();
        assert_eq!(refreshed.load(Ordering::SeqCst), 0, "what is known is not asked for");
        let widget = match by_name {
            false => cluster.resource("example.com/v1", "Widget").await,
            true => cluster.find("widgets").await,
        };
        assert_eq!(widget.unwrap().api().to_string(), "example.com/v1 Widget");
        assert_eq!(refreshed.load(Ordering::SeqCst), 1);
        cluster.resource("example.com/v1", "Gadget").await.expect_err("no such kind");
        assert_eq!(refreshed.load(Ordering::SeqCst), 2, "asked once more, and no more than that");
    }
    let growing = Growing::default();
    let cluster = builder(&Server::default()).discoverer(growing).connect().await.unwrap();
    assert!(cluster.resources().search().kind("Widget").run().await.unwrap().is_empty());
    cluster.resources().refresh().await.unwrap();
    assert_eq!(cluster.resources().search().kind("Widget").run().await.unwrap().len(), 1);
}

/// A01, C06: the discoverer that the client has by itself asks through the same connection.
#[tokio::test]
async fn a01_c06_the_discoverer_of_its_own() {
    let server = Server::default();
    let cluster = DynamicClient::new(server.client());
    assert_eq!(server.count(), 0);
    let error = cluster.resource("v1", "Pod").await.expect_err("the server forbids everything");
    assert!(error.is_forbidden(), "{error:?}");
    assert_eq!(error.to_string(), "could not find v1 Pod");
    assert!(server.count() > 0);
}

/// C06: a server that is none has not said that there is no such kind.
#[tokio::test]
async fn c06_not_asked_is_not_found_out() {
    let server = Server::replying((0..9).map(|_| Reply::text(404, "text/plain", "404 page not found")));
    let cluster = DynamicClient::new(server.client());
    let error = cluster.resource("v1", "Pod").await.expect_err("no API server");
    assert_eq!((error.code(), error.is_not_found()), (Some(404), false), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("API server")), "{error:?}");
}

/// A01, B01, B30: the file that is named is used, over a bare service too; without a name there is none for it.
#[tokio::test]
async fn a01_b01_b30_cache_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    for (builder, is_kept) in [
        (DynamicClient::builder(), false),
        (DynamicClient::builder().cache_file(&path).without_cache(), false),
        (DynamicClient::builder().cache_file(&path), true),
    ] {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let client = Client::from_service(tower::service_fn(move |_: Request<Body>| {
            count.fetch_add(1, Ordering::SeqCst);
            async { Ok::<_, std::convert::Infallible>(http::Response::new(Body::from(CORE))) }
        }));
        let cluster = builder.client(client.clone()).connect().await.unwrap();
        assert_eq!(cluster.resource("v1", "Pod").await.unwrap().api().plural, "pods");
        assert_eq!((asked.swap(0, Ordering::SeqCst), path.exists()), (1, is_kept));
        let next = DynamicClient::builder().client(client).cache_file(&path);
        next.connect().await.unwrap().resources().get("v1", "Pod").await.unwrap();
        assert_eq!(asked.swap(0, Ordering::SeqCst), usize::from(!is_kept));
        // B29: it is asked for both documents, whatever is kept.
        cluster.resources().invalidate_cache().await.unwrap();
        assert_eq!(asked.swap(0, Ordering::SeqCst), 2);
        drop(std::fs::remove_file(&path));
    }
}

/// A04: the version that somebody asks for is kept with what was discovered, and another one makes that stale, as the first
/// does for what was kept without one.
#[tokio::test]
async fn a04_another_version_makes_the_cache_stale() {
    let folder = tempfile::tempdir().unwrap();
    let (asked, version) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(1)));
    let (count, served) = (Arc::clone(&asked), Arc::clone(&version));
    let client = Client::from_service(tower::service_fn(move |request: Request<Body>| {
        let body = if request.uri().path() == "/version" {
            format!(r#"{{"gitVersion":"v1.{}.0"}}"#, served.load(Ordering::SeqCst))
        } else {
            count.fetch_add(1, Ordering::SeqCst);
            CORE.to_owned()
        };
        async { Ok::<_, std::convert::Infallible>(http::Response::new(Body::from(body))) }
    }));
    let process = || DynamicClient::builder().client(client.clone()).cache_file(folder.path().join("cache"));
    // What is served, whether the version is asked for before the kind, and how often the server says what it serves.
    for (served, is_asked, requests) in
        [(1, false, 1), (1, true, 1), (1, true, 0), (2, false, 0), (2, true, 1), (2, true, 0), (2, false, 0)]
    {
        version.store(served, Ordering::SeqCst);
        let cluster = process().connect().await.unwrap();
        if is_asked {
            assert_eq!(cluster.version().await.unwrap().git_version, format!("v1.{served}.0"));
        }
        cluster.resource("v1", "Pod").await.unwrap();
        assert_eq!(asked.swap(0, Ordering::SeqCst), requests, "v1.{served}.0, asked for: {is_asked}");
    }
}

const CORE: &str = r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{"metadata":{},
    "versions":[{"version":"v1","freshness":"Current","resources":[{"resource":"pods","scope":"Namespaced",
        "responseKind":{"group":"","version":"v1","kind":"Pod"},"singularResource":"pod","verbs":["get"]}]}]}]}"#;
