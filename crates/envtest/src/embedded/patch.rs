//! Patches: JSON patch, merge patch, strategic merge and apply.

use std::sync::Arc;

use json_patch::{Patch, PatchErrorKind};
use serde_json::Value;

use super::{
    apply,
    kinds::Kind,
    request::Incoming,
    status::{Failure, Outcome},
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
            _ => {
                let accepted = [
                    "application/json-patch+json",
                    "application/merge-patch+json",
                    "application/strategic-merge-patch+json",
                    "application/apply-patch+yaml",
                ];
                return Err(Failure::unsupported_media_type(&accepted));
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
        Form::Json => json_patch(value, &request.body),
        Form::Merge => {
            json_patch::merge(value, &read_object(&request.body)?);
            Ok(())
        }
        Form::Strategic => strategic::merge(value, &read_object(&request.body)?, schema),
        Form::Apply => Err(Failure::internal("an apply is no patch of a value")),
    }
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
    let patch: Patch = serde_json::from_slice(body)
        .map_err(|error| Failure::bad_request(format!("error decoding patch: {error}")))?;
    if patch.len() > MAX_OPERATIONS {
        let message = format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            patch.len()
        );
        return Err(Failure::too_large(&message));
    }
    json_patch::patch(value, &patch).map_err(|error| {
        tracing::debug!(failed_test = matches!(error.kind, PatchErrorKind::TestFailed), %error, "JSON patch refused");
        // The real server says no more than this: the message of the library is lost on the way.
        Failure::new(422, "Invalid", "the server rejected our request due to an error in our request")
            .with_details(serde_json::json!({}))
    })
}
