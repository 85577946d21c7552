//! What the fields of an object are, as the server compares them.

use std::borrow::Cow;

use steersman_json::{Kind, Value};

use crate::Object;

/// The field's value as text, or what was expected instead of a field that has none.
pub(super) fn of<'a>(object: &'a Object, field: &str) -> Result<Cow<'a, str>, &'static str> {
    if object.kind() == "PartialObjectMetadata" && !field.starts_with("metadata.") {
        return Err("a field of the metadata, as nothing else is there,");
    }
    for special in SPECIAL {
        if (special.api_version, special.kind, special.field) == (object.api_version(), object.kind(), field)
        {
            return special.value(object);
        }
    }
    Ok(text(member(object, field).as_ref())?.unwrap_or_default())
}

/// A field that is no member of the object by its own name, or is something where it is absent.
struct Special {
    api_version: &'static str,
    kind: &'static str,
    field: &'static str,
    /// Where it is looked for; the first that is there and not empty counts.
    members: &'static [&'static str],
    absent: &'static str,
}

impl Special {
    fn value<'a>(&self, object: &'a Object) -> Result<Cow<'a, str>, &'static str> {
        for path in self.members {
            if let Some(text) = text(member(object, path).as_ref())?.filter(|text| !text.is_empty()) {
                return Ok(text);
            }
        }
        Ok(Cow::Borrowed(self.absent))
    }
}

const fn special(
    api_version: &'static str,
    kind: &'static str,
    field: &'static str,
    members: &'static [&'static str],
    absent: &'static str,
) -> Special {
    Special { api_version, kind, field, members, absent }
}

/// From `kubernetes/pkg/registry/*/*/strategy.go` (`ToSelectableFields`) and `kubernetes/pkg/apis/*/v1/conversion.go`, 1.36.
const SPECIAL: &[Special] = &[
    special("batch/v1", "Job", "status.successful", &["status.succeeded"], "0"),
    special("v1", "Event", "source", &["source.component", "reportingComponent"], ""),
    special("v1", "Node", "spec.unschedulable", &["spec.unschedulable"], "false"),
    special("v1", "Pod", "spec.host", &["spec.nodeName"], ""),
    special("v1", "Pod", "spec.hostNetwork", &["spec.hostNetwork"], "false"),
    special("v1", "Pod", "status.podIP", &["status.podIPs.0.ip"], ""),
    // The server takes the name, and has no value for it.
    special("v1", "Pod", "status.podIPs", &[], ""),
    special("v1", "ReplicationController", "status.replicas", &["status.replicas"], "0"),
];

fn member<'a>(object: &'a Object, path: &str) -> Option<Value<'a>> {
    let pointer = path.replace('~', "~0").replace('/', "~1").replace('.', "/");
    object.value(&format!("/{pointer}"))
}

fn text<'a>(value: Option<&Value<'a>>) -> Result<Option<Cow<'a, str>>, &'static str> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    match value.kind() {
        Kind::Array | Kind::Object => Err("a field that is a single value"),
        Kind::String => Ok(value.as_str()),
        Kind::Bool | Kind::Null | Kind::Number => Ok(Some(Cow::Borrowed(value.raw()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{FieldSelector, Object};

    fn object(value: &serde_json::Value) -> Object {
        Object::parse(value.to_string()).expect("an object")
    }

    /// D27: fields of every kind, and those that a kind's own rules make.
    #[test]
    fn d27_fields_by_kind() {
        let metadata = json!({"name": "a", "namespace": "n"});
        let pod = object(&json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
            "spec": {"nodeName": "one"}, "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}]}}));
        let job = object(&json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata,
            "status": {"succeeded": 2}}));
        let event = object(&json!({"apiVersion": "v1", "kind": "Event", "metadata": metadata, "reason": "r",
            "involvedObject": {"kind": "Pod"}, "reportingComponent": "kubelet", "source": {}}));
        let node = object(&json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"}}));
        let widget = object(&json!({"apiVersion": "x/v1", "kind": "Widget", "metadata": metadata,
            "spec": {"color": "a,b", "size": 3, "open": true, "parts": []}}));
        let partial = object(&json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
            "metadata": metadata}));
        for (object, text, want) in [
            (&pod, "metadata.name=a,metadata.namespace!=m", Some(true)),
            (&pod, "metadata.name=b", Some(false)),
            (&pod, "status.phase==Running,spec.nodeName=one,spec.host=one", Some(true)),
            (&pod, "status.phase!=Running", Some(false)),
            (&pod, "spec.hostNetwork=false,status.podIP=10.0.0.1,status.podIPs=", Some(true)),
            (&pod, "status.nominatedNodeName=", Some(true)),
            (&pod, "spec=", None),
            (&job, "status.successful=2", Some(true)),
            (&event, "source=kubelet,reason=r,involvedObject.kind=Pod,involvedObject.uid=", Some(true)),
            (&node, "spec.unschedulable=false,metadata.namespace=", Some(true)),
            (&widget, r"spec.color=a\,b,spec.size=3,spec.open=true", Some(true)),
            (&widget, "spec.size!=3", Some(false)),
            (&widget, "spec.gone=", Some(true)),
            (&widget, "spec.parts=x", None),
            (&partial, "metadata.name=a", Some(true)),
            (&partial, "status.phase=", None),
        ] {
            assert_eq!(FieldSelector::from(text).matches(object).ok(), want, "{} {text}", object.kind());
        }
        let error = FieldSelector::from("metadata.name=a,spec=x").matches(&pod).expect_err("no single value");
        assert_eq!(
            error.to_string(),
            r#"selector "metadata.name=a,spec=x": expected a field that is a single value at "spec=x""#
        );
    }
}
