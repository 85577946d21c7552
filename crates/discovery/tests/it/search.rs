//! Searches.

use steersman_discovery::{Scope, SearchTerms};

use crate::recorded::Recorded;

/// A26, A30, A31, B24, B25, B26: terms are joined by AND; none finds everything.
#[tokio::test]
async fn a26_a30_a31_b24_b25_b26_terms() {
    let discovery = Recorded::aggregated().discover().await;
    let terms = SearchTerms::new;
    for (terms, want) in [
        (terms().kind("Deployment"), "deployments.v1.apps deployments.v1alpha1.widgets.other.io"),
        (terms().kind("Deployment").group("apps"), "deployments.v1.apps"),
        (terms().kind("deployment"), ""),
        (terms().kind("Pod").plural("zzz").scope(Scope::Namespaced), ""),
        (terms().plural("pods"), "pods.v1 pods.v1beta1.metrics.k8s.io"),
        (terms().plural("pods").prefix("/api"), "pods.v1"),
        (terms().plural("pods").prefix("apis"), "pods.v1beta1.metrics.k8s.io"),
        (terms().plural("pods").prefix("/oapi"), ""),
        (terms().api_version("v1").category("all"), "pods.v1 replicationcontrollers.v1 services.v1"),
        (terms().group("").scope(Scope::Cluster), "componentstatuses.v1 namespaces.v1 nodes.v1"),
        (
            terms().short_name("wd"),
            "widgets.v1.example.com widgets.v1beta1.example.com wirings.v1alpha1.widgets.other.io",
        ),
        (terms().short_name("wd").preferred().scope(Scope::Namespaced), "widgets.v1.example.com"),
        (
            terms().not_preferred(),
            "horizontalpodautoscalers.v1.autoscaling gadgets.v1beta1.example.com widgets.v1beta1.example.com",
        ),
        (terms().category("all").category("example").version("v1"), "widgets.v1.example.com"),
        (
            terms().verb("get").verb("list").group("metrics.k8s.io"),
            "nodes.v1beta1.metrics.k8s.io pods.v1beta1.metrics.k8s.io",
        ),
        (terms().verb("watch").group("metrics.k8s.io"), ""),
        (terms().subresource("token"), "serviceaccounts.v1"),
        (terms().list_kind("EventList"), "events.v1 events.v1.events.k8s.io"),
        (terms().list_kind("EventList").group("events.k8s.io"), "events.v1.events.k8s.io"),
        (terms().list_kind("Event"), ""),
        (terms().list_kind("eventList"), ""),
        // A server that aggregates tells no hash.
        (terms().storage_version_hash("8aSe+NMegvE="), ""),
        (terms().singular("event").api_version("events.k8s.io/v1"), "events.v1.events.k8s.io"),
    ] {
        let search = discovery.search().terms(terms.clone());
        let found: Vec<_> = search.into_iter().map(|resource| resource.gvr().to_string()).collect();
        assert_eq!(found.join(" "), want, "{terms:?}");
    }
    let legacy = Recorded::legacy().discover().await;
    let found = legacy.search().storage_version_hash("8aSe+NMegvE=").run();
    assert_eq!(found.map(|it| it.gvr().to_string()).collect::<Vec<_>>(), ["deployments.v1.apps"]);
    assert_eq!(discovery.search().run().count(), discovery.resources().len());
    assert_eq!(discovery.search().group("apps").kind("Deployment").run().count(), 1);
}
