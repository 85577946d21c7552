//! `ObjectMeta`: what the server itself writes into it, and what it refuses in it.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    kinds::{Generation, Kind},
    names,
    status::{Cause, Failure, Outcome},
};

/// Now, in whole seconds, as Kubernetes writes times.
pub(crate) fn now() -> String {
    after(0)
}

fn after(seconds: i64) -> String {
    let now = OffsetDateTime::now_utc() + time::Duration::seconds(seconds);
    let whole = now.replace_nanosecond(0).unwrap_or(now);
    whole.format(&Rfc3339).unwrap_or_default()
}

pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "name")
}

pub(crate) fn finalizers(object: &Value) -> impl Iterator<Item = &str> {
    object["metadata"]["finalizers"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

pub(crate) fn is_deleting(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

pub(crate) fn remove(object: &mut Value, field: &str) {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove(field);
    }
}

/// Marks an object as being deleted.
pub(crate) fn mark_deleted(object: &mut Value, grace_seconds: i64) {
    object["metadata"]["deletionTimestamp"] = after(grace_seconds).into();
    object["metadata"]["deletionGracePeriodSeconds"] = grace_seconds.into();
    if let Some(generation) = object["metadata"]["generation"].as_i64() {
        object["metadata"]["generation"] = (generation + 1).into();
    }
}

/// The fields that only the server sets, for an object that is new.
pub(crate) fn fill_new(object: &mut Value, kind: &Kind) {
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"] {
        remove(object, field);
    }
    object["metadata"]["uid"] = uuid::Uuid::new_v4().to_string().into();
    object["metadata"]["creationTimestamp"] = now().into();
    if kind.generation != Generation::Never {
        object["metadata"]["generation"] = 1.into();
    }
    let generate = text(object, "generateName").to_owned();
    if name(object).is_empty() && !generate.is_empty() {
        object["metadata"]["name"] = names::generate(&generate).into();
    }
}

/// Carries the server's own fields over an update.
pub(crate) fn carry_over(object: &mut Value, old: &Value) {
    for field in ["creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "uid"]
    {
        let keeps_own = field == "uid" && !text(object, "uid").is_empty();
        if keeps_own {
            continue;
        }
        match &old["metadata"][field] {
            Value::Null => remove(object, field),
            value => object["metadata"][field] = value.clone(),
        }
    }
}

/// An object's namespace must be the request's; where it names none it gets that one.
pub(crate) fn settle_namespace(object: &mut Value, namespace: Option<&str>) -> Outcome<()> {
    let own = text(object, "namespace").to_owned();
    match namespace {
        Some(namespace) if own.is_empty() => object["metadata"]["namespace"] = namespace.into(),
        Some(namespace) if own == namespace => {}
        None if own.is_empty() => remove(object, "namespace"),
        _ => {
            return Err(Failure::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
    }
    Ok(())
}

/// What every kind's metadata must satisfy.
pub(crate) fn validate(object: &Value, kind: &Kind) -> Vec<Cause> {
    let mut causes = Vec::new();
    let own = name(object);
    if own.is_empty() {
        causes.push(Cause::required("metadata.name", "name or generateName is required"));
    } else if kind.plural != "customresourcedefinitions" {
        causes.extend(names::check("metadata.name", own, kind.names));
    }
    for (key, value) in super::schema::members(&object["metadata"]["labels"]) {
        if !names::is_qualified(key) {
            causes.push(Cause::invalid("metadata.labels", &json!(key), names::QUALIFIED));
        }
        if !value.as_str().is_none_or(names::is_label_value) {
            causes.push(Cause::invalid("metadata.labels", value, names::LABEL_VALUE));
        }
    }
    let annotations = super::schema::members(&object["metadata"]["annotations"]);
    let bytes: usize = annotations.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if bytes > MAX_ANNOTATIONS {
        let message = format!("Too long: may not be more than {MAX_ANNOTATIONS} bytes");
        causes.push(Cause::with("FieldValueTooLong", "metadata.annotations", message));
    }
    for (key, _) in super::schema::members(&object["metadata"]["annotations"]) {
        if !names::is_qualified(&key.to_ascii_lowercase()) {
            causes.push(Cause::invalid("metadata.annotations", &json!(key), names::QUALIFIED));
        }
    }
    // The kinds of the core types know their own finalizers; everybody else's must name its owner.
    let core = !kind.is_custom() && kind.plural != "customresourcedefinitions";
    for (index, finalizer) in finalizers(object).enumerate() {
        let value = json!(finalizer);
        if !names::is_qualified(finalizer) {
            causes.push(Cause::invalid("metadata.finalizers", &value, names::QUALIFIED));
        }
        if core && !finalizer.contains('/') && !STANDARD_FINALIZERS.contains(&finalizer) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            causes.push(Cause::invalid(format!("metadata.finalizers[{index}]"), &value, detail));
        }
    }
    causes.extend(owner_references(object));
    causes
}

fn owner_references(object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    for owner in object["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
        let path = "metadata.ownerReferences";
        for (field, detail) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if owner[field].as_str().unwrap_or_default().is_empty() {
                causes.push(Cause::invalid(format!("{path}.{field}"), &json!(""), detail));
            }
        }
    }
    let owners = &object["metadata"]["ownerReferences"];
    let mut controllers = owners.as_array().into_iter().flatten().filter(|owner| owner["controller"] == true);
    if let (Some(one), Some(other)) = (controllers.next(), controllers.next()) {
        let named = |owner: &Value| format!("{}/{}", text_of(&owner["kind"]), text_of(&owner["name"]));
        let detail = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
            named(one),
            named(other),
        );
        causes.push(Cause::invalid("metadata.ownerReferences", owners, &detail));
    }
    causes
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The most that an object's annotations hold, names and values together, in bytes.
const MAX_ANNOTATIONS: usize = 256 << 10;

pub(crate) const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

/// What an update may not change.
pub(crate) fn validate_update(object: &Value, old: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if is_deleting(old) {
        let before: Vec<&str> = finalizers(old).collect();
        let new: Vec<String> =
            finalizers(object).filter(|one| !before.contains(one)).map(|one| format!("{one:?}")).collect();
        if !new.is_empty() {
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                new.join(", ")
            );
            causes.push(Cause::forbidden("metadata.finalizers", &detail));
        }
    }
    for field in ["name", "namespace", "uid"] {
        if object["metadata"][field] != old["metadata"][field] {
            let value = &object["metadata"][field];
            causes.push(Cause::invalid(format!("metadata.{field}"), value, "field is immutable"));
        }
    }
    causes
}

/// Whether the difference between two states of an object is one that its generation counts.
pub(crate) fn counts(object: &Value, old: &Value, kind: &Kind) -> bool {
    match kind.generation {
        Generation::Never => false,
        Generation::Spec => {
            object["spec"] != old["spec"]
                || (kind.plural == "deployments"
                    && object["metadata"]["annotations"] != old["metadata"]["annotations"])
        }
        Generation::Custom => {
            let rest = |object: &Value| {
                let mut rest = object.clone();
                if let Some(map) = rest.as_object_mut() {
                    map.remove("metadata");
                    map.remove("apiVersion");
                    if kind.status {
                        map.remove("status");
                    }
                }
                rest
            };
            rest(object) != rest(old)
        }
    }
}
