//! The scale subresource: an `autoscaling/v1` Scale over the fields of another kind.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    apply, body,
    kinds::{Kind, shared_schema},
    meta,
    patch::{self, Form},
    schema,
    selectors::selector_text,
    status::{Cause, Failure, Outcome},
    write::{Ownership, Write},
};

/// The scale of an object.
pub(crate) fn show(object: &Value, kind: &Kind) -> Outcome<Value> {
    let Some(paths) = &kind.scale else { return Err(Failure::no_such_resource()) };
    let number = |path: &str| at(object, path).and_then(Value::as_i64);
    let replicas = number(&paths.spec_replicas);
    if replicas.is_none() && kind.is_custom() {
        return Err(Failure::internal(&format!(
            "the spec replicas field \".{}\" does not exist",
            paths.spec_replicas
        )));
    }
    let selector = match &paths.selector {
        Some(path) => at(object, path).and_then(Value::as_str).unwrap_or_default().to_owned(),
        None => selector_text(&object["spec"]["selector"]),
    };
    let mut metadata = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if !object["metadata"][field].is_null() {
            metadata[field] = object["metadata"][field].clone();
        }
    }
    let mut spec = json!({});
    if let Some(replicas) = replicas.filter(|replicas| *replicas != 0) {
        spec["replicas"] = replicas.into();
    }
    let mut status = json!({"replicas": number(&paths.status_replicas).unwrap_or_default()});
    if !selector.is_empty() {
        status["selector"] = selector.into();
    }
    Ok(json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }))
}

/// Replaces the scale of an object by the one in the body.
pub(crate) fn replace(write: &mut Write<'_>, name: &str) -> Outcome<Arc<Value>> {
    let scale = body::read(write.request)?;
    if scale["kind"] != "Scale"
        || !scale["apiVersion"].as_str().is_some_and(|one| one.starts_with("autoscaling/"))
    {
        return Err(Failure::bad_request(format!(
            "the API version in the data ({}) does not match the expected API version (autoscaling/v1)",
            scale["apiVersion"].as_str().unwrap_or_default()
        )));
    }
    if meta::name(&scale) != name {
        return Err(Failure::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({name})",
            meta::name(&scale)
        )));
    }
    let current = write.current(name)?;
    let mut scale = scale;
    decode(&mut scale).map_err(|why| {
        Failure::bad_request(format!("Scale in version \"v1\" cannot be handled as a Scale: {why}"))
    })?;
    store(write, name, &current, &scale)
}

/// Patches the scale of an object.
pub(crate) fn patch(write: &mut Write<'_>, name: &str, form: Form) -> Outcome<Arc<Value>> {
    let current = write.current(name)?;
    if form == Form::Apply {
        return apply_to(write, name, &current);
    }
    let mut scale = show(&current, &write.kind)?;
    patch::patch_value(&mut scale, form, write.request, None)?;
    let patched = scale.to_string();
    decode(&mut scale).map_err(|why| {
        let cause = Cause::invalid("patch", &patched.into(), &why);
        Failure::invalid("", "", "", &[cause])
    })?;
    store(write, name, &current, &scale)
}

/// Applies a scale: its replicas are applied to the object, so that both endpoints see who owns them.
fn apply_to(write: &mut Write<'_>, name: &str, current: &Arc<Value>) -> Outcome<Arc<Value>> {
    let kind = write.kind.clone();
    let Some(paths) = &kind.scale else { return Err(Failure::no_such_resource()) };
    let scale = apply::read(&write.request.body, "autoscaling/v1", "Scale", &shared_schema("Scale"))?;
    let mut config = json!({"metadata": {}});
    for field in ["name", "namespace", "resourceVersion"] {
        if !scale["metadata"][field].is_null() {
            config["metadata"][field] = scale["metadata"][field].clone();
        }
    }
    if !scale["spec"]["replicas"].is_null() {
        set(&mut config, &paths.spec_replicas, scale["spec"]["replicas"].clone());
    }
    let mut object = apply::work_out(write, current, &config, true)?;
    if kind.is_custom() {
        // The real server looks for a Scale among the versions of the custom kind, and so refuses every apply that
        // sets replicas. One that sets none, which it lets pass, is refused here too.
        return Err(Failure::unknown(format!(
            "failed to convert new object ({}/{}; autoscaling/v1, Kind=Scale) to proper version: request to \
             convert CR to an invalid group/version: autoscaling/v1",
            meta::text(&scale, "namespace"),
            meta::name(&scale),
        )));
    }
    // What is owned by nobody any more was taken out: a Scale without replicas has none.
    let replicas = at(&object, &paths.spec_replicas).and_then(Value::as_i64).unwrap_or_default();
    refuse_negative(&kind, name, replicas)?;
    set(&mut object, &paths.spec_replicas, replicas.into());
    let stored = write.replace_object(name, current, object, &Ownership::Settled)?;
    show(&stored, &kind).map(Arc::new)
}

/// Checks the types of a scale's fields; else what Go's decoder says.
fn decode(scale: &mut Value) -> Result<(), String> {
    match schema::decode(scale, &shared_schema("Scale"), true).mistyped {
        None => Ok(()),
        Some(one) => Err(format!(
            "json: cannot unmarshal {} into Go struct field {}.{} of type {}",
            one.found, one.holder, one.path, one.wanted
        )),
    }
}

/// Writes the replicas of a scale into its object.
fn store(write: &mut Write<'_>, name: &str, current: &Arc<Value>, scale: &Value) -> Outcome<Arc<Value>> {
    let kind = write.kind.clone();
    let Some(paths) = &kind.scale else { return Err(Failure::no_such_resource()) };
    let replicas = scale["spec"]["replicas"].as_i64().unwrap_or_default();
    refuse_negative(&kind, name, replicas)?;
    let mut object = (**current).clone();
    set(&mut object, &paths.spec_replicas, replicas.into());
    let version = match meta::text(scale, "resourceVersion") {
        "" => meta::text(current, "resourceVersion"),
        version => version,
    };
    object["metadata"]["resourceVersion"] = version.into();
    let stored = write.replace_object(name, current, object, &Ownership::Update)?;
    show(&stored, &kind).map(Arc::new)
}

fn refuse_negative(kind: &Kind, name: &str, replicas: i64) -> Outcome<()> {
    match &kind.scale {
        Some(paths) if replicas < 0 && kind.is_custom() => {
            let field = format!(".{}", paths.spec_replicas);
            let cause = Cause::invalid(field, &replicas.into(), "should be a non-negative integer");
            Err(Failure::invalid(&kind.kind, &kind.group, name, &[cause]))
        }
        _ if replicas < 0 => {
            let detail = "must be greater than or equal to 0";
            let cause = Cause::invalid("spec.replicas", &replicas.into(), detail);
            Err(Failure::invalid("Scale", "autoscaling", name, &[cause]))
        }
        _ => Ok(()),
    }
}

fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(object, |value, part| value.get(part))
}

fn set(object: &mut Value, path: &str, new: Value) {
    let place = path.split('.').fold(object, |value, part| {
        if !value.is_object() {
            *value = json!({});
        }
        &mut value[part]
    });
    *place = new;
}
