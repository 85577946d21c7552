//! Where the tour takes place: a namespace and a kind of its own, labelled, and removed at the end.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use steersman::{Error, prelude::*};

/// How long a tour may take. After that it is over, and a later one may clear up behind it.
pub(crate) const LIMIT: Duration = Duration::from_secs(300);

/// Marks all that a tour makes; its value is the run.
const LABEL: &str = "tour.steersman.example/run";

/// When the run is over at the latest, in seconds since 1970.
const UNTIL: &str = "tour.steersman.example/until";

/// One run of the tour, on one cluster.
pub(crate) struct Stage {
    cluster: DynamicClient,
    run: String,
    until: u64,
}

impl Stage {
    pub(crate) fn new(cluster: DynamicClient) -> Self {
        let run = format!("{:x}-{:x}", seconds_since_1970(), std::process::id());
        Self { cluster, run, until: seconds_since_1970() + LIMIT.as_secs() + 60 }
    }

    pub(crate) fn cluster(&self) -> &DynamicClient {
        &self.cluster
    }

    fn namespace(&self) -> String {
        format!("steersman-tour-{}", self.run)
    }

    /// A group of its own, so that two tours never meet.
    fn group(&self) -> String {
        format!("run-{}.tour.steersman.example", self.run)
    }

    fn metadata(&self, name: &str) -> Value {
        json!({"name": name, "labels": {LABEL: self.run}, "annotations": {UNTIL: self.until.to_string()}})
    }

    /// Asks the server whether it would let us do all of this, before anything is made.
    pub(crate) async fn ask_permission(&self) -> Result<(), String> {
        let reviews = self
            .cluster
            .resource("authorization.k8s.io/v1", "SelfSubjectAccessReview")
            .await
            .map_err(report)?;
        let group = self.group();
        for (verb, group, resource) in [
            ("create", "", "namespaces"),
            ("delete", "", "namespaces"),
            ("create", "apiextensions.k8s.io", "customresourcedefinitions"),
            ("delete", "apiextensions.k8s.io", "customresourcedefinitions"),
            ("create", &group, "widgets"),
            ("deletecollection", &group, "widgets"),
        ] {
            let attributes = json!({"verb": verb, "group": group, "resource": resource});
            let review =
                reviews.create(json!({"spec": {"resourceAttributes": attributes}})).await.map_err(report)?;
            if review.at::<bool>("/status/allowed").ok().flatten() != Some(true) {
                return Err(format!(
                    "the server would not let us {verb} {resource}, so nothing was made\n  hint: use a context with the \
                     rights of an administrator, or run the tour without --cluster"
                ));
            }
        }
        println!("The server would let us do all that the tour does.");
        Ok(())
    }

    /// Removes what earlier tours left that are over. What is not labelled, or not over, stays.
    pub(crate) async fn remove_left_overs(&self) -> Result<(), Error> {
        for resource in self.kinds().await? {
            for left in resource.list().labels(LABEL).await? {
                let until = left.annotations().get(UNTIL).and_then(|until| until.parse::<u64>().ok());
                if until.is_some_and(|until| until < seconds_since_1970()) {
                    println!("Removing what an earlier tour left: {} {}.", left.kind(), left.name());
                    gone(left.delete().await)?;
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn create_namespace(&self) -> Result<(), Error> {
        let namespaces = self.cluster.resource("v1", "Namespace").await?;
        namespaces.create(json!({"metadata": self.metadata(&self.namespace())})).await?;
        Ok(())
    }

    /// Defines the kind, waits until the server serves it, and gives it in the tour's namespace.
    pub(crate) async fn define_widgets(&self) -> Result<Resource, Error> {
        let crds = self.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition").await?;
        let name = format!("widgets.{}", self.group());
        crds.create(json!({
            "metadata": self.metadata(&name),
            "spec": {
                "group": self.group(),
                "scope": "Namespaced",
                "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": ["wd"]},
                "versions": [{
                    "name": "v1", "served": true, "storage": true,
                    "subresources": {
                        "status": {},
                        "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
                    },
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                        "spec": {"type": "object", "properties": {
                            "replicas": {"type": "integer", "minimum": 0},
                            "color": {"type": "string"},
                        }},
                        "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
                    }}},
                }],
            },
        }))
        .await?;
        // A server serves a new kind a moment after it has accepted it.
        let mut tries = 0;
        loop {
            match self.cluster.resource(&format!("{}/v1", self.group()), "Widget").await {
                Err(error) if error.is_not_found() && tries < 100 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                found => return Ok(found?.namespace(self.namespace())),
            }
        }
    }

    /// Removes what this tour made, and waits until it is gone. What can't be removed does not keep the rest.
    pub(crate) async fn clear(&self) -> Result<(), String> {
        let mut problems = Vec::new();
        for resource in self.kinds().await.map_err(report)? {
            match self.clear_kind(&resource).await {
                Ok(left) if left.is_empty() => {}
                Ok(left) => {
                    problems.push(format!("left behind: {} {}", resource.api().kind, left.join(", ")))
                }
                Err(error) => problems.push(report(error)),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }

    /// The names of those that are still there after a minute.
    async fn clear_kind(&self, resource: &Resource) -> Result<Vec<String>, Error> {
        for mine in resource.list().labels([(LABEL, &self.run)]).await? {
            gone(mine.delete().await)?;
        }
        let mut tries = 0;
        loop {
            let left = resource.list().labels([(LABEL, &self.run)]).await?;
            if left.is_empty() || tries == 600 {
                return Ok(left.iter().map(|object| object.name().to_owned()).collect());
            }
            tries += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The kinds that a tour makes objects of, in the order in which they are removed.
    async fn kinds(&self) -> Result<[Resource; 2], Error> {
        Ok([
            self.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition").await?,
            self.cluster.resource("v1", "Namespace").await?,
        ])
    }
}

/// What somebody else has deleted meanwhile is deleted.
fn gone(deleted: Result<Deleted, Error>) -> Result<(), Error> {
    match deleted {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

pub(crate) fn subresources(resource: &Resource) -> String {
    let names: Vec<&str> =
        resource.api().subresources.iter().map(|subresource| subresource.name.as_str()).collect();
    names.join(" and ")
}

/// An error with its causes and a hint.
#[expect(clippy::needless_pass_by_value, reason = "so that it stands in map_err by its name")]
pub(crate) fn report(error: Error) -> String {
    error.report().to_string()
}

fn seconds_since_1970() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
