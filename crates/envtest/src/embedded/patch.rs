//! Patches: JSON patch, merge patch, strategic merge and apply.

use std::sync::Arc;

use json_patch::PatchOperation;
use serde_json::{Value, json};

use super::{
    apply,
    kinds::Kind,
    request::Incoming,
    status::{Cause, Failure, Outcome},
    strategic,
    write::{Ownership, Write},
};

/// The longest JSON patch, in operations: the limit of the real server.
const MAX_OPERATIONS: usize = 10_000;

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Merge,
    Strategic,
    Apply,
}

impl Form {
    /// Reads the media type; custom resources know no strategic merge.
    pub(crate) fn parse(request: &Incoming, kind: &Kind) -> Outcome<Self> {
        let form = match request.content_type().as_str() {
            "application/json-patch+json" => Self::Json,
            "application/merge-patch+json" => Self::Merge,
            "application/strategic-merge-patch+json" if !kind.is_custom() => Self::Strategic,
            "application/apply-patch+yaml" => Self::Apply,
            _ if kind.is_custom() => {
                let accepted = [
                    "application/json-patch+json",
                    "application/merge-patch+json",
                    "application/apply-patch+yaml",
                ];
                return Err(Failure::unsupported_media_type(&accepted));
            }
            // The paths of built-in kinds are matched by a router that has words of its own for this.
            _ => {
                let failure = Failure::new(415, "UnsupportedMediaType", "415: Unsupported Media Type");
                return Err(failure.with_details(json!({})));
            }
        };
        Ok(form)
    }
}

/// Patches one object; an apply creates it where it is not there. Gives the code of the answer, too.
pub(crate) fn patch(write: &mut Write<'_>, name: &str, form: Form) -> Outcome<(u16, Arc<Value>)> {
    if form == Form::Apply {
        return apply::apply(write, name);
    }
    let current = write.current(name)?;
    let mut object = (*current).clone();
    let kind = write.kind.clone();
    patch_value(&mut object, form, write.request, Some(&kind.schema))?;
    write.decode_patched(&mut object)?;
    let stored = write.replace_object(name, &current, object, &Ownership::Update)?;
    Ok((200, stored))
}

/// Applies the body of a request to a value.
pub(crate) fn patch_value(
    value: &mut Value,
    form: Form,
    request: &Incoming,
    schema: Option<&super::schema::Schema>,
) -> Outcome<()> {
    match form {
        Form::Json => json_patch(value, &request.body)?,
        Form::Merge => json_patch::merge(value, &read_object(&request.body)?),
        Form::Strategic => strategic::merge(value, &read_object(&request.body)?, schema)?,
        Form::Apply => return Err(Failure::internal("an apply is no patch of a value")),
    }
    // Whoever goes on with it reads and writes its members.
    if value.is_object() { Ok(()) } else { Err(no_object(value)) }
}

/// Go's decoder looks for the kind first, and finds no place for it.
fn no_object(value: &Value) -> Failure {
    let found = super::schema::type_name(value);
    let why = format!(
        "couldn't get version/kind; json parse error: json: cannot unmarshal {found} into Go value of type \
         struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
    );
    Failure::invalid("", "", "", &[Cause::invalid("patch", &value.to_string().into(), &why)])
}

fn read_object(body: &[u8]) -> Outcome<Value> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Failure::bad_request(format!("error decoding patch: {error}")))?;
    if value.is_object() {
        return Ok(value);
    }
    Err(Failure::bad_request(format!(
        "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
        super::schema::type_name(&value)
    )))
}

fn json_patch(value: &mut Value, body: &[u8]) -> Outcome<()> {
    let undecodable = |why: &str| Failure::bad_request(format!("error decoding patch: {why}"));
    let document: Value = serde_json::from_slice(body).map_err(|error| undecodable(&error.to_string()))?;
    let Value::Array(operations) = document else {
        let found = super::schema::type_name(&document);
        let why = format!("json: cannot unmarshal {found} into Go value of type []handlers.jsonPatchOp");
        return Err(undecodable(&why));
    };
    if operations.len() > MAX_OPERATIONS {
        let message = format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            operations.len()
        );
        return Err(Failure::too_large(&message));
    }
    operations.into_iter().try_for_each(|operation| operate(value, operation))
}

/// One operation of a JSON patch.
fn operate(value: &mut Value, mut operation: Value) -> Outcome<()> {
    let path = operation["path"].as_str().unwrap_or_default();
    // Go's library replaces a member that is not there, where the standard refuses to.
    let parent = path.rsplit_once('/').and_then(|(parent, _)| value.pointer(parent));
    if operation["op"] == "replace" && parent.is_some_and(Value::is_object) {
        operation["op"] = "add".into();
    }
    // The real server says no more than this: what its library says is lost on the way.
    let refuse = |why: &str| {
        tracing::debug!(why, "JSON patch refused");
        Failure::new(422, "Invalid", "the server rejected our request due to an error in our request")
            .with_details(json!({}))
    };
    let operation: PatchOperation =
        serde_json::from_value(operation).map_err(|error| refuse(&error.to_string()))?;
    // Go's library knows the root as something to replace and to test, and only maps and lists as roots.
    match &operation {
        PatchOperation::Test(_) => {}
        PatchOperation::Replace(one) if one.value.is_object() || one.value.is_array() => {}
        other if other.path().is_root() => return Err(refuse("the root can't be changed so")),
        _ => {}
    }
    json_patch::patch(value, &[operation]).map_err(|error| refuse(&error.to_string()))
}
