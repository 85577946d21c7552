//! What of an object each of its endpoints writes.

use serde_json::{Value, json};

use super::{kinds::Kind, meta, schema::members, status::Cause, write::Part};

/// An endpoint writes its own part; the rest of the object stays as it is.
pub(crate) fn keep_others(part: Part, object: &mut Value, current: &Value, kind: &Kind) {
    match part {
        Part::Main if kind.status => copy(object, current, "status"),
        Part::Main | Part::Scale => {}
        Part::Status => {
            let status = object["status"].take();
            let mut metadata = object["metadata"].take();
            *object = current.clone();
            object["status"] = status;
            if object["status"].is_null() {
                object.as_object_mut().map(|map| map.remove("status"));
            }
            if kind.is_custom() {
                object["metadata"]["managedFields"] = metadata["managedFields"].take();
            } else {
                // Built-in kinds let a status writer change annotations and finalizers.
                metadata["labels"] = current["metadata"]["labels"].clone();
                object["metadata"] = metadata;
            }
            let empty: Vec<String> = members(&object["metadata"])
                .filter(|(_, value)| value.is_null())
                .map(|(name, _)| name.clone())
                .collect();
            empty.iter().for_each(|name| meta::remove(object, name));
        }
        Part::Approval => {
            let mut conditions = object["status"]["conditions"].take();
            stamp(&mut conditions, &current["status"]["conditions"]);
            copy(object, current, "spec");
            copy(object, current, "status");
            match conditions {
                Value::Null => {
                    object["status"].as_object_mut().map(|status| status.remove("conditions"));
                }
                conditions => object["status"]["conditions"] = conditions,
            }
        }
        Part::EphemeralContainers => {
            let containers = object["spec"]["ephemeralContainers"].take();
            *object = current.clone();
            if !containers.is_null() {
                object["spec"]["ephemeralContainers"] = containers;
            } else if let Some(spec) = object["spec"].as_object_mut() {
                spec.remove("ephemeralContainers");
            }
        }
        Part::Resize => {
            let containers = object["spec"]["containers"].take();
            *object = current.clone();
            for container in object["spec"]["containers"].as_array_mut().into_iter().flatten() {
                let new = containers.as_array().into_iter().flatten();
                let new = new.into_iter().find(|new| new["name"] == container["name"]);
                for field in ["resources", "resizePolicy"] {
                    match new.map(|new| &new[field]) {
                        None | Some(Value::Null) => {}
                        Some(value) => container[field] = value.clone(),
                    }
                }
            }
        }
    }
}

/// What an endpoint refuses of its part, beyond what the kind refuses.
pub(crate) fn validate(part: Part, object: &Value, old: &Value) -> Vec<Cause> {
    match part {
        Part::Main | Part::Status | Part::Scale => Vec::new(),
        Part::Approval => approval(object, old),
        Part::EphemeralContainers => ephemeral_containers(object, old),
        Part::Resize => resize(object, old),
    }
}

/// The quality of service that a pod gets by what its containers ask for.
pub(crate) fn quality_of_service(spec: &Value) -> &'static str {
    let containers = || ["containers", "initContainers"].into_iter().flat_map(|list| elements(&spec[list]));
    let asked = |container: &Value, list: &str| {
        ["cpu", "memory"].map(|name| container["resources"][list][name].clone()).map(|one| {
            // What is none counts as not said.
            if one == "0" || one == 0 { Value::Null } else { one }
        })
    };
    let says = |container: &Value, list: &str| asked(container, list).iter().any(|one| !one.is_null());
    if !containers().any(|one| says(one, "requests") || says(one, "limits")) {
        return "BestEffort";
    }
    let is_guaranteed = |container: &Value| {
        let limits = asked(container, "limits");
        limits.iter().all(|one| !one.is_null()) && limits == asked(container, "requests")
    };
    if containers().all(is_guaranteed) { "Guaranteed" } else { "Burstable" }
}

fn copy(object: &mut Value, from: &Value, field: &str) {
    match &from[field] {
        Value::Null => {
            object.as_object_mut().map(|map| map.remove(field));
        }
        value => object[field] = value.clone(),
    }
}

/// Conditions say when they came and when they changed.
fn stamp(conditions: &mut Value, before: &Value) {
    for condition in conditions.as_array_mut().into_iter().flatten() {
        let old = elements(before).find(|old| old["type"] == condition["type"]);
        let same = old.is_some_and(|old| old["status"] == condition["status"]);
        if condition["lastUpdateTime"].is_null() {
            condition["lastUpdateTime"] = meta::now().into();
        }
        if condition["lastTransitionTime"].is_null() {
            condition["lastTransitionTime"] = match old {
                Some(old) if same => old["lastTransitionTime"].clone(),
                _ => meta::now().into(),
            };
        }
    }
}

fn approval(object: &Value, old: &Value) -> Vec<Cause> {
    let path = "status.conditions";
    let has = |object: &Value, kind: &str| {
        elements(&object["status"]["conditions"]).any(|condition| condition["type"] == kind)
    };
    let mut causes = Vec::new();
    for (index, condition) in elements(&object["status"]["conditions"]).enumerate() {
        if matches!(condition["type"].as_str(), Some("Approved" | "Denied" | "Failed"))
            && condition["status"] != "True"
        {
            let field = format!("{path}[{index}].status");
            causes.push(Cause::not_supported(field, &condition["status"], &["True"]));
        }
    }
    if has(object, "Approved") && has(object, "Denied") {
        let conditions = &object["status"]["conditions"];
        let index = elements(conditions)
            .rposition(|one| matches!(one["type"].as_str(), Some("Approved" | "Denied")))
            .unwrap_or_default();
        let kind = conditions[index]["type"].clone();
        let detail = "Approved and Denied conditions are mutually exclusive";
        causes.push(Cause::invalid(format!("{path}[{index}].type"), &kind, detail));
    }
    for kind in ["Approved", "Denied", "Failed"] {
        if has(old, kind) && !has(object, kind) {
            let detail = format!("updates may not remove a condition of type {kind:?}");
            causes.push(Cause::forbidden(path, &detail));
        }
    }
    causes
}

fn ephemeral_containers(object: &Value, old: &Value) -> Vec<Cause> {
    let path = "spec.ephemeralContainers";
    let mut causes = Vec::new();
    for (index, container) in elements(&object["spec"]["ephemeralContainers"]).enumerate() {
        for field in ["name", "image"] {
            if container[field].as_str().unwrap_or_default().is_empty() {
                causes.push(Cause::required(format!("{path}[{index}].{field}"), ""));
            }
        }
    }
    for before in elements(&old["spec"]["ephemeralContainers"]) {
        let name = before["name"].as_str().unwrap_or_default();
        match elements(&object["spec"]["ephemeralContainers"]).find(|one| one["name"] == before["name"]) {
            None => {
                let detail = format!("existing ephemeral containers {name:?} may not be removed\n");
                causes.push(Cause::forbidden(path, &detail));
            }
            Some(container) if container != before => {
                let detail = format!("existing ephemeral containers {name:?} may not be changed\n");
                causes.push(Cause::forbidden(path, &detail));
            }
            Some(_) => {}
        }
    }
    causes
}

fn resize(object: &Value, old: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if quality_of_service(&object["spec"]) != quality_of_service(&old["spec"]) {
        let detail = "Pod QOS Class may not change as a result of resizing";
        causes.push(Cause::invalid("spec", &json!(quality_of_service(&object["spec"])), detail));
    }
    let others = |resources: &Value| -> Vec<Value> {
        let rest = |list: &str| {
            let kept =
                members(&resources[list]).filter(|(name, _)| !matches!(name.as_str(), "cpu" | "memory"));
            kept.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>()
        };
        vec![rest("limits").into(), rest("requests").into(), resources["claims"].clone()]
    };
    let pairs = elements(&object["spec"]["containers"]).zip(elements(&old["spec"]["containers"]));
    if pairs.into_iter().any(|(new, old)| others(&new["resources"]) != others(&old["resources"])) {
        causes.push(Cause::forbidden("spec", "only cpu and memory resources are mutable"));
    }
    causes
}

fn elements(list: &Value) -> std::slice::Iter<'_, Value> {
    list.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::quality_of_service;

    #[test]
    fn qualities_of_service() {
        let all = json!({"cpu": "1", "memory": "1Gi"});
        for (resources, want) in [
            (vec![json!({})], "BestEffort"),
            (vec![json!({"requests": {"ephemeral-storage": "1Gi"}})], "BestEffort"),
            (vec![json!({"requests": {"cpu": "1"}})], "Burstable"),
            (vec![json!({"limits": all, "requests": all})], "Guaranteed"),
            (vec![json!({"limits": all, "requests": all}), json!({})], "Burstable"),
            (vec![json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}})], "Burstable"),
        ] {
            let containers: Vec<Value> = resources.iter().map(|one| json!({"resources": one})).collect();
            assert_eq!(quality_of_service(&json!({"containers": containers})), want, "{resources:?}");
        }
    }
}
