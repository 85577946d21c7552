//! What single built-in kinds do beyond the common rules: fields that the server fills in, and fields it refuses.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    auth::Identity,
    crd,
    kinds::Kind,
    meta,
    parts::quality_of_service,
    schema::members,
    state::State,
    status::{Cause, Failure, Outcome},
};

/// Defaults that depend on other fields; applied while the object is decoded, so that they belong to its writer.
pub(crate) fn defaults(object: &mut Value, kind: &Kind) -> Outcome<()> {
    if kind.is_custom() {
        return Ok(());
    }
    match kind.plural.as_str() {
        "namespaces" => {
            let name = meta::name(object).to_owned();
            if !name.is_empty() {
                object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name.into();
            }
        }
        "secrets" => return secret_data(object),
        "services" => {
            let ports = object.pointer_mut("/spec/ports").and_then(Value::as_array_mut);
            for port in ports.into_iter().flatten() {
                if port["targetPort"].is_null() {
                    port["targetPort"] = port["port"].clone();
                }
            }
        }
        "deployments" => {
            let strategy = &mut object["spec"]["strategy"];
            if strategy["type"].is_null() {
                strategy["type"] = "RollingUpdate".into();
            }
            if strategy["type"] == "RollingUpdate" && strategy["rollingUpdate"].is_null() {
                strategy["rollingUpdate"] = json!({"maxSurge": "25%", "maxUnavailable": "25%"});
            }
            if object["spec"]["template"]["spec"].is_object() {
                image_pull_policies(&mut object["spec"]["template"]["spec"]);
            }
        }
        "pods" if object["spec"].is_object() => {
            if object["spec"]["enableServiceLinks"].is_null() {
                object["spec"]["enableServiceLinks"] = true.into();
            }
            image_pull_policies(&mut object["spec"]);
            requests_from_limits(&mut object["spec"]);
        }
        "customresourcedefinitions" => crd::fill_defaults(object),
        _ => {}
    }
    Ok(())
}

/// `stringData` is write-only: it ends up in `data`.
fn secret_data(object: &mut Value) -> Outcome<()> {
    let plain = object.as_object_mut().and_then(|map| map.remove("stringData"));
    for (key, value) in members(&plain.unwrap_or_default()) {
        object["data"][key.as_str()] = BASE64_STANDARD.encode(value.as_str().unwrap_or_default()).into();
    }
    for (_, value) in members(&object["data"]) {
        if BASE64_STANDARD.decode(value.as_str().unwrap_or_default()).is_err() {
            return Err(Failure::bad_request(
                "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 0",
            ));
        }
    }
    Ok(())
}

fn image_pull_policies(spec: &mut Value) {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            let image = container["image"].as_str().unwrap_or_default();
            let tag = image.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
            let latest = tag.is_none_or(|tag| tag == "latest") && !image.contains('@');
            if container["imagePullPolicy"].is_null() {
                container["imagePullPolicy"] = if latest { "Always" } else { "IfNotPresent" }.into();
            }
        }
        if spec[list].is_null()
            && let Some(map) = spec.as_object_mut()
        {
            map.remove(list);
        }
    }
}

/// What a container may use at most it also asks for, if it says nothing else.
fn requests_from_limits(spec: &mut Value) {
    for list in ["containers", "initContainers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            let limits = container["resources"]["limits"].clone();
            for (name, limit) in members(&limits) {
                if container["resources"]["requests"][name.as_str()].is_null() {
                    container["resources"]["requests"][name.as_str()] = limit.clone();
                }
            }
        }
    }
}

/// Fields of a new object that belong to nobody but the server.
pub(crate) fn prepare_new(object: &mut Value, kind: &Kind, state: &mut State, user: &Identity) {
    if kind.status
        && let Some(map) = object.as_object_mut()
    {
        map.remove("status");
    }
    if kind.is_custom() {
        return;
    }
    match kind.plural.as_str() {
        "namespaces" => {
            object["spec"] = json!({"finalizers": ["kubernetes"]});
            object["status"] = json!({"phase": "Active"});
        }
        "pods" => {
            let class = quality_of_service(&object["spec"]);
            object["status"] = json!({"phase": "Pending", "qosClass": class});
        }
        "certificatesigningrequests" => {
            // Who asks is nothing that one says oneself.
            object["spec"]["username"] = user.name.as_str().into();
            object["spec"]["groups"] = json!(user.groups);
            for field in ["uid", "extra"] {
                object["spec"].as_object_mut().map(|spec| spec.remove(field));
            }
            object["status"] = json!({});
        }
        "deployments" => object["status"] = json!({}),
        "services" => {
            let address = object["spec"]["clusterIP"].as_str().map(str::to_owned);
            if object["spec"]["type"] != "ExternalName" {
                let address = address.unwrap_or_else(|| state.next_cluster_ip());
                object["spec"]["clusterIPs"] = json!([address]);
                object["spec"]["clusterIP"] = address.into();
                object["spec"]["ipFamilies"] = json!(["IPv4"]);
                object["spec"]["ipFamilyPolicy"] = "SingleStack".into();
            }
            object["status"] = json!({"loadBalancer": {}});
        }
        _ => {}
    }
}

/// Fields that an update may leave out, and that then stay as they are.
pub(crate) fn prepare_update(object: &mut Value, old: &Value, kind: &Kind) {
    if kind.is_custom() {
        return;
    }
    match kind.plural.as_str() {
        "namespaces" | "certificatesigningrequests" => object["spec"] = old["spec"].clone(),
        "services" => {
            for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if object["spec"][field].is_null() && !old["spec"][field].is_null() {
                    object["spec"][field] = old["spec"][field].clone();
                }
            }
        }
        _ => {}
    }
}

/// What single kinds refuse, beyond what their schema says.
pub(crate) fn validate(object: &Value, kind: &Kind) -> Vec<Cause> {
    if kind.is_custom() {
        return Vec::new();
    }
    let mut causes = Vec::new();
    match kind.plural.as_str() {
        "configmaps" | "secrets" => {
            for field in ["data", "binaryData"] {
                for (key, _) in members(&object[field]) {
                    if key.is_empty()
                        || !key.chars().all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one))
                    {
                        causes.push(Cause::invalid(format!("{field}[{key}]"), &json!(key), CONFIG_KEY));
                    }
                }
            }
            if data_bytes(object, kind) > MAX_DATA {
                let field = if kind.plural == "secrets" { "data" } else { "[]" };
                let message = format!("Too long: may not be more than {MAX_DATA} bytes");
                causes.push(Cause::with("FieldValueTooLong", field, message));
            }
        }
        "pods" => causes.extend(pod_spec(&object["spec"], "spec")),
        "services" => {
            let headless = object["spec"]["clusterIP"] == "None" || object["spec"]["type"] == "ExternalName";
            if !headless && object["spec"]["ports"].as_array().is_none_or(Vec::is_empty) {
                causes.push(Cause::required("spec.ports", ""));
            }
        }
        "deployments" => causes.extend(deployment(object)),
        "events" if object["involvedObject"]["namespace"] != object["metadata"]["namespace"] => {
            let namespace = &object["involvedObject"]["namespace"];
            causes.push(Cause::invalid(
                "involvedObject.namespace",
                namespace,
                "does not match event.namespace",
            ));
        }
        "certificatesigningrequests" => causes.extend(certificate_request(&object["spec"])),
        "customresourcedefinitions" => causes.extend(crd::validate(object)),
        _ => {}
    }
    causes
}

/// How much a `ConfigMap` or a `Secret` holds, decoded.
fn data_bytes(object: &Value, kind: &Kind) -> usize {
    let bytes = |value: &Value| value.as_str().unwrap_or_default().len();
    let decoded =
        |value: &Value| BASE64_STANDARD.decode(value.as_str().unwrap_or_default()).map_or(0, |all| all.len());
    let data = members(&object["data"]);
    match kind.plural.as_str() {
        "secrets" => data.map(|(_, value)| decoded(value)).sum(),
        _ => {
            let text: usize = data.map(|(_, value)| bytes(value)).sum();
            text + members(&object["binaryData"]).map(|(_, value)| decoded(value)).sum::<usize>()
        }
    }
}

/// What single kinds refuse to change.
pub(crate) fn validate_update(object: &Value, old: &Value, kind: &Kind) -> Vec<Cause> {
    if kind.is_custom() {
        return Vec::new();
    }
    let immutable = |field: &str, pointer: &str, detail: &str| {
        let (new, before) = (object.pointer(pointer), old.pointer(pointer));
        (new != before).then(|| Cause::invalid(field, new.unwrap_or(&Value::Null), detail))
    };
    match kind.plural.as_str() {
        "deployments" => {
            immutable("spec.selector", "/spec/selector", "field is immutable").into_iter().collect()
        }
        "pods" if fixed_pod_spec(&object["spec"]) != fixed_pod_spec(&old["spec"]) => {
            vec![Cause::forbidden("spec", FIXED_POD_SPEC)]
        }
        "services" => {
            immutable("spec.clusterIP", "/spec/clusterIP", "may not change once set").into_iter().collect()
        }
        "secrets" if object["type"] != old["type"] => {
            vec![Cause::invalid("type", &object["type"], "field is immutable")]
        }
        "configmaps" | "secrets" if old["immutable"] == true => {
            let mut causes = Vec::new();
            if object["immutable"] != true {
                let detail = "field is immutable when `immutable` is set";
                causes.push(Cause::forbidden("immutable", detail));
            }
            for field in ["data", "binaryData"] {
                if object[field] != old[field] {
                    causes.push(Cause::forbidden(field, "field is immutable when `immutable` is set"));
                }
            }
            causes
        }
        "customresourcedefinitions" => {
            ["/spec/group", "/spec/scope", "/spec/names/plural", "/spec/names/kind"]
                .into_iter()
                .filter_map(|pointer| {
                    immutable(&pointer[1..].replace('/', "."), pointer, "field is immutable")
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// What of a pod's spec cannot be changed once it is there.
fn fixed_pod_spec(spec: &Value) -> Value {
    let mut rest = spec.clone();
    if let Some(map) = rest.as_object_mut() {
        for field in
            ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers"]
        {
            map.remove(field);
        }
        for list in ["containers", "initContainers"] {
            for container in map.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                container["image"] = Value::Null;
            }
        }
    }
    rest
}

fn pod_spec(spec: &Value, path: &str) -> Vec<Cause> {
    let mut causes = Vec::new();
    let containers = spec["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    if containers.is_empty() {
        causes.push(Cause::required(format!("{path}.containers"), ""));
    }
    for (index, container) in containers.iter().enumerate() {
        for field in ["name", "image"] {
            if container[field].as_str().unwrap_or_default().is_empty() {
                causes.push(Cause::required(format!("{path}.containers[{index}].{field}"), ""));
            }
        }
    }
    causes
}

fn certificate_request(spec: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let text = |field: &str| spec[field].as_str().unwrap_or_default();
    let request = BASE64_STANDARD.decode(text("request")).unwrap_or_default();
    if !request.trim_ascii_start().starts_with(b"-----BEGIN CERTIFICATE REQUEST-----") {
        let detail = "PEM block type must be CERTIFICATE REQUEST";
        causes.push(Cause::invalid("spec.request", &spec["request"], detail));
    }
    if spec["usages"].as_array().is_none_or(Vec::is_empty) {
        causes.push(Cause::required("spec.usages", ""));
    }
    if text("signerName").is_empty() {
        causes.push(Cause::required("spec.signerName", ""));
    }
    causes
}

fn deployment(object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let selector = &object["spec"]["selector"];
    if object["spec"]["replicas"].as_i64().is_some_and(|replicas| replicas < 0) {
        let detail = "must be greater than or equal to 0";
        causes.push(Cause::invalid("spec.replicas", &object["spec"]["replicas"], detail));
    }
    if !selector.is_object() {
        causes.push(Cause::required("spec.selector", ""));
    }
    let labels = &object["spec"]["template"]["metadata"]["labels"];
    let matches = members(&selector["matchLabels"]).all(|(key, value)| labels[key.as_str()] == *value);
    if !matches || !selector.is_object() {
        let detail = "`selector` does not match template `labels`";
        causes.push(Cause::invalid("spec.template.metadata.labels", labels, detail));
    }
    causes.extend(pod_spec(&object["spec"]["template"]["spec"], "spec.template.spec"));
    causes
}

const FIXED_POD_SPEC: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
    `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing \
    tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
/// The most that a `ConfigMap` or a `Secret` holds, in bytes.
const MAX_DATA: usize = 1 << 20;

const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  \
    or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
