//! The body of a write: read by its media type, checked against the kind that the path names, decoded by the kind's
//! schema.

use serde_json::{Map, Value, json};

use super::{
    duplicates,
    kinds::{Kind, built_ins},
    options::FieldValidation,
    request::Incoming,
    schema::{self, Findings},
    status::{Cause, Failure, Outcome},
};

/// The media types of whole objects; the real server names protobuf, too.
pub(crate) const OBJECT_TYPES: [&str; 2] = ["application/json", "application/yaml"];

/// Reads a body as JSON or YAML.
pub(crate) fn read(request: &Incoming) -> Outcome<Value> {
    let parsed = match request.content_type().as_str() {
        "" | "application/json" | "*/*" => {
            serde_json::from_slice(&request.body).map_err(|error| error.to_string())
        }
        "application/yaml" => serde_yaml::from_slice(&request.body).map_err(|error| error.to_string()),
        _ => return Err(Failure::unsupported_media_type(&OBJECT_TYPES)),
    };
    parsed.map_err(|error| {
        Failure::bad_request(format!("couldn't get version/kind; json parse error: {error}"))
    })
}

/// Reads the object of a create or an update.
pub(crate) fn read_object(request: &Incoming, kind: &Kind) -> Outcome<Value> {
    let unrecognized = |why: &str| {
        Failure::bad_request(format!(
            "the object provided is unrecognized (must be of type {}): {why}",
            kind.kind
        ))
    };
    let mut object = read(request).map_err(|failure| match failure.code() {
        400 => unrecognized(failure.message()),
        _ => failure,
    })?;
    if !object.is_object() {
        return Err(unrecognized(
            "couldn't get version/kind; json parse error: the document is not an object",
        ));
    }
    check_type(&mut object, kind)?;
    Ok(object)
}

/// The object must say that it is what the path names; a built-in kind may leave it out.
pub(crate) fn check_type(object: &mut Value, kind: &Kind) -> Outcome<()> {
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let (api_version, own_kind) = (text("apiVersion"), text("kind"));
    let expected = kind.api_version();
    if kind.is_custom() {
        if own_kind.is_empty() {
            return Err(Failure::bad_request(format!(
                "the object provided is unrecognized (must be of type {}): Object 'Kind' is missing in '{object}'",
                kind.kind
            )));
        }
        if api_version != expected {
            return Err(Failure::bad_request(format!(
                "the API version in the data ({api_version}) does not match the expected API version ({expected})"
            )));
        }
        if own_kind != kind.kind {
            let detail = format!("must be {}", kind.kind);
            let cause = Cause::invalid("kind", &own_kind.as_str().into(), &detail);
            return Err(Failure::invalid(&own_kind, &kind.group, super::meta::name(object), &[cause]));
        }
    } else {
        let version = if api_version.is_empty() { &expected } else { &api_version };
        let name = if own_kind.is_empty() { &kind.kind } else { &own_kind };
        if *version != expected || *name != kind.kind {
            let known = built_ins().iter().any(|one| one.kind == *name && one.api_version() == *version);
            let why = if known {
                let group = if kind.group.is_empty() { "core" } else { &kind.group };
                format!("converting (v1.{name}) to ({group}.{}): unknown conversion", kind.kind)
            } else {
                format!(
                    "no kind {name:?} is registered for version {version:?} in scheme \"pkg/runtime/scheme.go:111\""
                )
            };
            let short = version.rsplit('/').next().unwrap_or_default();
            return Err(Failure::bad_request(format!(
                "{name} in version {short:?} cannot be handled as a {}: {why}",
                kind.kind
            )));
        }
        object["apiVersion"] = expected.into();
        object["kind"] = kind.kind.as_str().into();
    }
    Ok(())
}

/// What a refused type comes down to, without the sentence around it.
pub(crate) fn mismatch(message: &str) -> &str {
    message.split_once(": ").map_or(message, |(_, why)| why)
}

/// Prunes, defaults and checks the types of an object that was read from `text`; what is unknown or stands twice is
/// refused, warned of, or passed over.
pub(crate) fn decode(
    object: &mut Value,
    text: &[u8],
    kind: &Kind,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Outcome<()> {
    let cannot = |why: &str| {
        Failure::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: {why}",
            kind.kind, kind.version, kind.kind
        ))
    };
    let unknown = decode_leniently(object, kind).map_err(|why| cannot(&why))?;
    let listed = strict_faults(text, &unknown);
    match validation {
        FieldValidation::Strict if !listed.is_empty() => {
            Err(cannot(&format!("strict decoding error: {}", listed.join(", "))))
        }
        FieldValidation::Warn => {
            warnings.extend(listed);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What a strict decoder says of a text, and of the fields of it that the kind does not have.
pub(crate) fn strict_faults(text: &[u8], unknown: &[String]) -> Vec<String> {
    let duplicates = duplicates::find(text).into_iter().map(|path| format!("duplicate field {path:?}"));
    duplicates.chain(unknown.iter().map(|path| format!("unknown field {path:?}"))).collect()
}

/// Prunes and defaults; the paths of what was pruned, or what Go's decoder says of a value of a wrong type.
pub(crate) fn decode_leniently(object: &mut Value, kind: &Kind) -> Result<Vec<String>, String> {
    if object["metadata"].is_null() {
        object["metadata"] = Value::Object(Map::new());
    }
    let Findings { unknown, mistyped } = schema::decode(object, &kind.schema, !kind.is_custom());
    if let Some(one) = mistyped {
        let holder = if one.holder.is_empty() { &kind.kind } else { &one.holder };
        // The metadata of a custom resource is decoded by itself.
        let path = if kind.is_custom() { one.path.trim_start_matches("metadata.") } else { &one.path };
        return Err(format!(
            "json: cannot unmarshal {} into Go struct field {holder}.{path} of type {}",
            one.found, one.wanted
        ));
    }
    if !object["metadata"].is_object() {
        let found = schema::type_name(&object["metadata"]);
        return Err(format!(
            "metadata: Invalid value: {}: must be an object, not {found}",
            json!(object["metadata"])
        ));
    }
    Ok(unknown)
}
