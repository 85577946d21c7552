//! Short names that several resources have, and what the log says of them.

use std::sync::{Arc, Mutex};

use steersman_discovery::Discoverer;
use tracing::{Event, Level, Metadata, Subscriber, field::Visit, span};

use crate::recorded::Recorded;

/// As kubectl warns: of other resources that have the short name, each once whatever its versions, if a short name is what
/// the word is.
#[tokio::test]
async fn what_a_short_name_could_also_mean() {
    let discovery = Recorded::aggregated().discover().await;
    for (word, want) in [
        ("ev", "events.v1.events.k8s.io"),
        ("EV", "events.v1.events.k8s.io"),
        ("wd", "wirings.v1alpha1.widgets.other.io"),
        ("deploy", "deployments.v1alpha1.widgets.other.io"),
        // It has one resource, in two versions.
        ("hpa", ""),
        ("dep", ""),
        ("po", ""),
        // The group says which.
        ("ev.events.k8s.io", ""),
        ("wd.example.com", ""),
        ("deploy.apps", ""),
        ("deploy.v1.apps", ""),
        // No short names.
        ("events", ""),
        ("deployments", ""),
        ("Deployment", ""),
        ("nothing", ""),
        ("", ""),
    ] {
        let others: Vec<_> = discovery.could_also_mean(word).iter().map(|it| it.gvr().to_string()).collect();
        assert_eq!(others.join(" "), want, "{word}");
    }
}

/// Every discoverer says it, and of nothing else.
#[tokio::test]
async fn it_is_said_in_the_log() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let server = Recorded::aggregated();
    let (eager, lazy) = (server.eager(), server.lazy());
    for discoverer in [&eager as &dyn Discoverer, &lazy] {
        for word in ["po", "events", "events.events.k8s.io"] {
            discoverer.find(word).await.unwrap();
            assert_eq!(log.take(), "", "{word}");
        }
        discoverer.find("ev").await.unwrap();
        assert_eq!(
            log.take(),
            "message=the short name could also mean a resource of lower priority name=ev meant=v1 Event \
             other=events.v1.events.k8s.io (Event) "
        );
    }
}

/// The warnings of this crate.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn take(&self) -> String {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("steersman_discovery") && *metadata.level() == Level::WARN
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Text(&mut self.0.lock().expect("no panic")));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Text<'a>(&'a mut String);

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        *self.0 += &format!("{}={value:?} ", field.name());
    }
}
