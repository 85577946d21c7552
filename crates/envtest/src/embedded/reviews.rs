//! Reviews: questions about oneself that are answered and not stored.

use serde_json::{Value, json};

use super::{auth::Identity, kinds::Kind, meta};

/// Answers a `SelfSubjectAccessReview` or a `SelfSubjectReview`.
pub(crate) fn answer(kind: &Kind, identity: &Identity, mut review: Value) -> Value {
    if !review["metadata"].is_object() {
        review["metadata"] = json!({});
    }
    if kind.kind == "SelfSubjectReview" {
        review["metadata"]["creationTimestamp"] = meta::now().into();
    }
    review["status"] = match kind.kind.as_str() {
        "SelfSubjectReview" => json!({"userInfo": {"username": identity.name, "groups": identity.groups}}),
        _ => json!({"allowed": is_allowed(identity, &review["spec"])}),
    };
    review
}

fn is_allowed(identity: &Identity, spec: &Value) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if spec["nonResourceAttributes"].is_object() {
        let attributes = &spec["nonResourceAttributes"];
        return identity.may_path(&text(&attributes["verb"]), &text(&attributes["path"]));
    }
    let attributes = &spec["resourceAttributes"];
    identity.may(&text(&attributes["verb"]), &text(&attributes["group"]), &text(&attributes["resource"]))
}
