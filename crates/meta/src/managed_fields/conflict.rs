//! Fields that an apply wants and others own, as the server names them.

use std::fmt;

use super::Operation;
use crate::{Status, StatusCause};

/// A field that an apply would have changed, and who owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApplyConflict {
    /// The field: `.spec.replicas`.
    pub field: String,
    /// Its owner; where the server's words could not be read, those words.
    pub manager: String,
    /// The subresource through which it was written; `None` for the object itself.
    pub subresource: Option<String>,
    /// By which kind of write it is owned.
    pub operation: Operation,
    /// The version of the API of that write; the server says it of updates only.
    pub api_version: Option<String>,
    /// When it was written, as RFC 3339 has it; of updates only, and most servers leave it out.
    pub time: Option<String>,
}

impl Status {
    /// The fields that an apply wanted and others own; none for any other refusal.
    ///
    /// ```
    /// use steersman_meta::Status;
    ///
    /// let status = Status::parse(br#"{"kind": "Status", "reason": "Conflict", "code": 409, "details": {"causes": [
    ///     {"reason": "FieldManagerConflict", "field": ".spec.replicas",
    ///      "message": "conflict with \"hpa\" with subresource \"scale\" using apps/v1 at 2026-01-01T00:00:00Z"}]}}"#);
    /// let conflicts = status.expect("a status").apply_conflicts();
    /// assert_eq!((&*conflicts[0].field, &*conflicts[0].manager), (".spec.replicas", "hpa"));
    /// assert_eq!(conflicts[0].api_version.as_deref(), Some("apps/v1"));
    /// ```
    #[must_use]
    pub fn apply_conflicts(&self) -> Vec<ApplyConflict> {
        let causes = self.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default();
        let conflicts = causes.iter().filter(|cause| cause.reason == FIELD_MANAGER_CONFLICT);
        conflicts.map(ApplyConflict::read).collect()
    }
}

impl ApplyConflict {
    /// Reads what apimachinery writes (`managedfields/internal/conflict.go`): a quoted manager, and as far as they are known
    /// its subresource, the version and the time.
    fn read(cause: &StatusCause) -> Self {
        let words = cause.message.strip_prefix("conflict with ").unwrap_or(&cause.message);
        let unread = Self {
            field: cause.field.clone(),
            manager: words.to_owned(),
            subresource: None,
            operation: Operation::Update,
            api_version: None,
            time: None,
        };
        let Some((manager, mut rest)) = unquote(words) else { return unread };
        let mut subresource = None;
        if let Some(after) = rest.strip_prefix(" with subresource ") {
            let Some((name, after)) = unquote(after) else { return unread };
            subresource = Some(name);
            rest = after;
        }
        let using = rest.strip_prefix(" using ").map(|using| using.split_once(" at ").unwrap_or((using, "")));
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            manager,
            subresource,
            operation: if using.is_some() { Operation::Update } else { Operation::Apply },
            api_version: using.and_then(|(version, _)| text(version)),
            time: using.and_then(|(_, time)| text(time)),
            ..unread
        }
    }
}

impl fmt::Display for ApplyConflict {
    /// `.spec.replicas is owned by "hpa" (Update through scale, apps/v1, 2026-01-01T00:00:00Z)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is owned by {:?} ({}", self.field, self.manager, self.operation)?;
        if let Some(subresource) = &self.subresource {
            write!(f, " through {subresource}")?;
        }
        for said in [&self.api_version, &self.time].into_iter().flatten() {
            write!(f, ", {said}")?;
        }
        f.write_str(")")
    }
}

/// Reads a string as Go quotes it (`%q`), and gives what follows.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut unquoted = String::new();
    loop {
        let one = rest.chars().next()?;
        rest = &rest[one.len_utf8()..];
        match one {
            '"' => return Some((unquoted, rest)),
            '\\' => {
                let escape = rest.chars().next()?;
                rest = &rest[escape.len_utf8()..];
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                unquoted.push(match escape {
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\u{b}',
                    '\\' | '"' | '\'' => escape,
                    'x' | 'u' | 'U' => {
                        let code = u32::from_str_radix(rest.get(..digits)?, 16).ok()?;
                        rest = &rest[digits..];
                        char::from_u32(code)?
                    }
                    _ => return None,
                });
            }
            one => unquoted.push(one),
        }
    }
}

const FIELD_MANAGER_CONFLICT: &str = "FieldManagerConflict";

#[cfg(test)]
mod tests {
    use super::{ApplyConflict, Operation, unquote};
    use crate::StatusCause;

    /// B16: every form of apimachinery's message, and one that is none.
    #[test]
    fn b16_messages() {
        for (message, want) in [
            (r#"conflict with "kubectl""#, ("kubectl", None, Operation::Apply, None, None)),
            (
                r#"conflict with "a" with subresource "status""#,
                ("a", Some("status"), Operation::Apply, None, None),
            ),
            (r#"conflict with "a" using v1"#, ("a", None, Operation::Update, Some("v1"), None)),
            (
                r#"conflict with "a" using apps/v1 at 2026-01-01T00:00:00Z"#,
                ("a", None, Operation::Update, Some("apps/v1"), Some("2026-01-01T00:00:00Z")),
            ),
            (
                r#"conflict with "a \"b\" using v2" with subresource "scale" using apps/v1 at T"#,
                ("a \"b\" using v2", Some("scale"), Operation::Update, Some("apps/v1"), Some("T")),
            ),
            ("something else", ("something else", None, Operation::Update, None, None)),
        ] {
            let cause =
                StatusCause { message: message.to_owned(), field: ".spec".to_owned(), ..Default::default() };
            let got = ApplyConflict::read(&cause);
            let ApplyConflict { field, manager, subresource, operation, api_version, time } = &got;
            let got =
                (&**manager, subresource.as_deref(), *operation, api_version.as_deref(), time.as_deref());
            assert_eq!((&**field, got), (".spec", want), "{message}");
        }
    }

    #[test]
    fn what_go_quotes() {
        for (text, want) in [
            (r#""a"b"#, Some(("a", "b"))),
            (r#""ü\t\\\"\x00\u00fc\U0001f600""#, Some(("ü\t\\\"\0ü😀", ""))),
            (r#""a"#, None),
            (r#""\q""#, None),
            (r#""\u12""#, None),
            ("a", None),
        ] {
            let got = unquote(text);
            assert_eq!(got.as_ref().map(|(text, rest)| (&**text, *rest)), want, "{text}");
        }
    }
}
