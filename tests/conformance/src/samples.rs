//! Objects to work with.

use serde_json::{Value, json};

use crate::Context;

impl Context {
    /// A `ConfigMap` with one label and one entry.
    #[must_use]
    pub fn config_map(name: &str, app: &str) -> Value {
        json!({"metadata": {"name": name, "labels": {"app": app}}, "data": {"key": name}})
    }

    /// A `Widget` with one replica.
    #[must_use]
    pub fn widget(name: &str, color: &str) -> Value {
        json!({"metadata": {"name": name}, "spec": {"replicas": 1, "color": color}})
    }

    /// A `Deployment` with the containers `main` and `side`.
    #[must_use]
    pub fn deployment(name: &str, replicas: u32) -> Value {
        json!({
            "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [
                        {"name": "main", "image": "example.com/main:1"},
                        {"name": "side", "image": "example.com/side:1"},
                    ]},
                },
            },
        })
    }

    /// A `Pod` that no scheduler takes.
    #[must_use]
    pub fn pod(name: &str) -> Value {
        json!({
            "metadata": {"name": name, "labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "image": "example.com/main:1"}]},
        })
    }

    /// A namespace with the label by which the runner clears up after a case.
    pub(crate) fn namespace_content(name: &str, case: &str) -> Value {
        json!({"metadata": {"name": name, "labels": {"conformance": case}}})
    }

    /// The definition behind [`widgets`](Self::widgets).
    #[must_use]
    pub fn widget_definition(&self) -> Value {
        let schema = json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "replicas": {"type": "integer", "minimum": 0},
                "color": {"type": "string"},
                "parts": {"type": "array", "items": {"type": "string"}},
            }},
            "status": {"type": "object", "properties": {
                "replicas": {"type": "integer"},
                "selector": {"type": "string"},
                "phase": {"type": "string"},
            }},
        }});
        let mut definition = self.definition("Widget", "widgets", schema);
        definition["spec"]["names"]["shortNames"] = json!(["wd"]);
        definition["spec"]["names"]["categories"] = json!(["toys"]);
        definition["spec"]["versions"][0]["subresources"] = json!({
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        });
        definition
    }

    /// The definition of a namespaced kind of this case's group, at the version `v1`, with this schema.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a schema is written where it is passed")]
    pub fn definition(&self, kind: &str, plural: &str, schema: Value) -> Value {
        json!({
            "metadata": {"name": format!("{plural}.{}", self.group()), "labels": {"conformance": self.namespace}},
            "spec": {
                "group": self.group(),
                "scope": "Namespaced",
                "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind},
                "versions": [
                    {"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}},
                ],
            },
        })
    }
}
