//! What a request carries.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use steersman_json::Document;

use crate::Object;

mod yaml;

/// The content of a request: one JSON value, made from whatever the caller has.
///
/// A value that can't be written as JSON is reported by the call that would have sent it, so that a builder needs no
/// `?` half-way.
///
/// ```
/// use serde_json::json;
/// use steersman_meta::Content;
///
/// let from_value = Content::from(json!({"kind": "Pod"}));
/// let from_text = Content::json(r#"{"kind": "Pod"}"#);
/// let from_struct = Content::of(&std::collections::BTreeMap::from([("kind", "Pod")]));
/// assert_eq!(from_value.document()?, from_text.document()?);
/// assert_eq!(from_value.document()?, from_struct.document()?);
/// # Ok::<(), steersman_meta::ContentError>(())
/// ```
#[derive(Clone)]
pub struct Content(Result<Document, ContentError>);

impl Content {
    /// Writes any serializable value.
    #[must_use]
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        Self(Document::from_serialize(value).map_err(ContentError::json))
    }

    /// Takes JSON text as it is.
    #[must_use]
    pub fn json(text: impl Into<Bytes>) -> Self {
        Self(Document::parse(text).map_err(ContentError::json))
    }

    /// Reads YAML text that holds one document: none, or more than one, is an error.
    ///
    /// Words mean what YAML 1.2 says, so that `yes` and `on` are texts; merge keys (`<<`) are merged. What JSON can't hold is an
    /// error: keys that stand twice or are no text, `.nan` and `.inf`, tags of one's own.
    ///
    /// ```
    /// use steersman_meta::Content;
    ///
    /// let content = Content::yaml("kind: Pod\nmetadata: {name: web}");
    /// assert_eq!(content.document()?, Content::json(r#"{"kind": "Pod", "metadata": {"name": "web"}}"#).document()?);
    /// # Ok::<(), steersman_meta::ContentError>(())
    /// ```
    #[must_use]
    pub fn yaml(text: impl AsRef<[u8]>) -> Self {
        Self(yaml::document(text.as_ref()))
    }

    /// The JSON value.
    ///
    /// # Errors
    /// If what it was made from is no JSON, or can't be written as JSON.
    pub fn document(&self) -> Result<&Document, ContentError> {
        self.0.as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for Content {
    /// Its length, and nothing of it: it may be a secret's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(document) => write!(f, "Content({} bytes)", document.len()),
            Err(error) => f.debug_tuple("Content").field(error).finish(),
        }
    }
}

impl From<Document> for Content {
    fn from(document: Document) -> Self {
        Self(Ok(document))
    }
}

impl From<&Document> for Content {
    fn from(document: &Document) -> Self {
        Self(Ok(document.clone()))
    }
}

impl From<Object> for Content {
    fn from(object: Object) -> Self {
        Self(Ok(object.document().clone()))
    }
}

impl From<&Object> for Content {
    fn from(object: &Object) -> Self {
        Self(Ok(object.document().clone()))
    }
}

impl From<serde_json::Value> for Content {
    fn from(value: serde_json::Value) -> Self {
        Self::of(&value)
    }
}

impl From<&serde_json::Value> for Content {
    fn from(value: &serde_json::Value) -> Self {
        Self::of(value)
    }
}

/// A content that is no JSON, or can't be written as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct ContentError(Problem);

#[derive(Clone, Debug, PartialEq)]
enum Problem {
    /// How many documents the YAML text holds, where it should be one.
    Documents(usize),
    Json(steersman_json::Error),
    /// In the words of the YAML library.
    Yaml(String),
}

impl ContentError {
    fn json(error: steersman_json::Error) -> Self {
        Self(Problem::Json(error))
    }
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Problem::Documents(0) => f.write_str("the YAML text holds no document"),
            Problem::Documents(count) => {
                write!(f, "the YAML text holds {count} documents, and one is needed: send each by itself")
            }
            Problem::Json(_) => f.write_str("the content is no JSON"),
            Problem::Yaml(reason) => write!(f, "the content is no YAML that JSON can hold: {reason}"),
        }
    }
}

impl std::error::Error for ContentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Problem::Json(error) => Some(error),
            Problem::Documents(_) | Problem::Yaml(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Content;
    use crate::Patch;

    #[test]
    fn debug_shows_nothing_of_a_secret() {
        let content = Content::from(json!({"stringData": {"password": "hunter2"}}));
        for text in [format!("{content:?}"), format!("{:?}", Patch::merge(content))] {
            assert!(text.contains("Content(37 bytes)") && !text.contains("hunter2"), "{text}");
        }
    }
}
