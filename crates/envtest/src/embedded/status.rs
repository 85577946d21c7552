//! The `Status` bodies that a refused request is answered with: code, reason and message as the API machinery
//! writes them.

use serde_json::{Map, Value, json};

/// The result of one step of a request.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// A refused request, as the `Status` that says so.
///
/// Boxed, because it travels in every `Result` of the server.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Box<Body>);

#[derive(Clone, Debug)]
struct Body {
    code: u16,
    reason: &'static str,
    message: String,
    details: Option<Value>,
    /// `metadata.continue`, where the answer offers a token to go on with.
    continue_token: Option<String>,
    /// Answered as plain text and not as a `Status`.
    plain: bool,
}

/// One field that validation refuses.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cause {
    pub(crate) reason: &'static str,
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Cause {
    pub(crate) fn invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self::with("FieldValueInvalid", field, format!("Invalid value: {}: {detail}", shown(value)))
    }

    pub(crate) fn type_invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self::with("FieldValueTypeInvalid", field, format!("Invalid value: {}: {detail}", shown(value)))
    }

    pub(crate) fn required(field: impl Into<String>, detail: &str) -> Self {
        let message =
            if detail.is_empty() { "Required value".to_owned() } else { format!("Required value: {detail}") };
        Self::with("FieldValueRequired", field, message)
    }

    pub(crate) fn not_supported<S: AsRef<str>>(
        field: impl Into<String>,
        value: &Value,
        supported: &[S],
    ) -> Self {
        let list: Vec<String> = supported.iter().map(|one| format!("{:?}", one.as_ref())).collect();
        let message = format!("Unsupported value: {}: supported values: {}", shown(value), list.join(", "));
        Self::with("FieldValueNotSupported", field, message)
    }

    pub(crate) fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        Self::with("FieldValueForbidden", field, format!("Forbidden: {detail}"))
    }

    pub(crate) fn with(reason: &'static str, field: impl Into<String>, message: String) -> Self {
        Self { reason, field: field.into(), message }
    }
}

/// A value as validation messages show it: strings quoted, everything else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Null => "null".to_owned(),
        other => other.to_string(),
    }
}

/// `plural` or `plural.group`: how messages name a resource, and with a kind in place of the plural, a kind.
pub(crate) fn qualified(plural: &str, group: &str) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}

impl Failure {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Body {
            code,
            reason,
            message: message.into(),
            details: None,
            continue_token: None,
            plain: false,
        }))
    }

    pub(crate) fn with_details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    pub(crate) fn with_continue(mut self, token: String) -> Self {
        self.0.continue_token = Some(token);
        self
    }

    pub(crate) fn with_message(mut self, message: String) -> Self {
        self.0.message = message;
        self
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(crate) fn not_found(plural: &str, group: &str, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", qualified(plural, group));
        Self::new(404, "NotFound", message).with_details(details(name, group, plural))
    }

    /// A path below a served group and version that names nothing.
    pub(crate) fn no_such_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource").with_details(json!({}))
    }

    /// A path that nothing serves at all: the plain text that Go's router answers with.
    pub(crate) fn no_such_path() -> Self {
        let mut failure = Self::new(404, "NotFound", "404 page not found\n");
        failure.0.plain = true;
        failure
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            .with_details(json!({}))
    }

    pub(crate) fn verb_not_supported(verb: &str, plural: &str, group: &str) -> Self {
        let message = format!("{verb} is not supported on resources of kind {:?}", qualified(plural, group));
        Self::new(405, "MethodNotAllowed", message).with_details(details("", group, plural))
    }

    pub(crate) fn already_exists(plural: &str, group: &str, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", qualified(plural, group));
        Self::new(409, "AlreadyExists", message).with_details(details(name, group, plural))
    }

    pub(crate) fn conflict(plural: &str, group: &str, name: &str, why: &str) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {} \"{name}\": {why}", qualified(plural, group));
        Self::new(409, "Conflict", message).with_details(details(name, group, plural))
    }

    pub(crate) fn forbidden(plural: &str, group: &str, name: &str, why: &str) -> Self {
        let message = match name {
            "" => format!("{} is forbidden: {why}", qualified(plural, group)),
            name => format!("{} \"{name}\" is forbidden: {why}", qualified(plural, group)),
        };
        Self::new(403, "Forbidden", message).with_details(details(name, group, plural))
    }

    /// 422, with a cause for each field.
    pub(crate) fn invalid(kind: &str, group: &str, name: &str, causes: &[Cause]) -> Self {
        let mut lines: Vec<String> = Vec::new();
        for cause in causes {
            let line = format!("{}: {}", cause.field, cause.message);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let all = match lines.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let mut body = details(name, group, kind);
        body["causes"] = causes
            .iter()
            .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
            .collect();
        let message = format!("{} \"{name}\" is invalid: {all}", qualified(kind, group));
        Self::new(422, "Invalid", message).with_details(body)
    }

    pub(crate) fn unsupported_media_type(accepted: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(crate) fn not_acceptable(accepted: &[&str]) -> Self {
        let message = format!("only the following media types are accepted: {}", accepted.join(", "));
        Self::new(406, "NotAcceptable", message)
    }

    pub(crate) fn too_large(message: &str) -> Self {
        Self::new(413, "RequestEntityTooLarge", format!("Request entity too large: {message}"))
    }

    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// An error that the real server never gave a reason of its own.
    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    pub(crate) fn internal(message: &str) -> Self {
        Self::new(500, "InternalError", format!("Internal error occurred: {message}"))
            .with_details(json!({"causes": [{"message": message}]}))
    }

    pub(crate) fn code(&self) -> u16 {
        self.0.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The text to answer with where this is not a `Status`.
    pub(crate) fn plain(&self) -> Option<&str> {
        self.0.plain.then_some(self.0.message.as_str())
    }

    /// The whole `Status` object.
    pub(crate) fn status(&self) -> Value {
        let body = &self.0;
        let mut metadata = Map::new();
        if let Some(token) = &body.continue_token {
            metadata.insert("continue".into(), token.as_str().into());
        }
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": metadata,
            "status": "Failure",
            "message": body.message,
            "code": body.code,
        });
        if !body.reason.is_empty() {
            status["reason"] = body.reason.into();
        }
        if let Some(details) = &body.details {
            status["details"] = details.clone();
        }
        status
    }
}

/// `details` without the members that are empty, as Go's `omitempty` leaves them out.
pub(crate) fn details(name: &str, group: &str, kind: &str) -> Value {
    let mut details = Map::new();
    for (key, value) in [("name", name), ("group", group), ("kind", kind)] {
        if !value.is_empty() {
            details.insert(key.to_owned(), value.into());
        }
    }
    Value::Object(details)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cause, Failure};

    #[test]
    fn messages() {
        for (failure, code, message) in [
            (Failure::not_found("configmaps", "", "x"), 404, "configmaps \"x\" not found"),
            (
                Failure::already_exists("deployments", "apps", "x"),
                409,
                "deployments.apps \"x\" already exists",
            ),
            (
                Failure::verb_not_supported("create", "widgets", "example.com"),
                405,
                "create is not supported on resources of kind \"widgets.example.com\"",
            ),
            (
                Failure::invalid("Widget", "example.com", "x", &[Cause::required("spec.a", "")]),
                422,
                "Widget.example.com \"x\" is invalid: spec.a: Required value",
            ),
            (
                Failure::invalid(
                    "Widget",
                    "",
                    "x",
                    &[
                        Cause::required("a", ""),
                        Cause::invalid("b", &json!(3), "no"),
                        Cause::not_supported("c", &json!("x"), &["y", "z"]),
                    ],
                ),
                422,
                "Widget \"x\" is invalid: [a: Required value, b: Invalid value: 3: no, \
                 c: Unsupported value: \"x\": supported values: \"y\", \"z\"]",
            ),
        ] {
            assert_eq!((failure.code(), failure.message()), (code, message));
            assert_eq!(failure.status()["message"], message);
        }
    }
}
