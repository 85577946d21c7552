//! A list of objects, as a server sends it.

use serde::{Deserialize, Serialize};
use steersman_json::{Document, Kind, Value};

use crate::{Object, ObjectError};

/// One answer to a list request: some objects, or all.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ObjectList {
    /// The list's own metadata.
    pub metadata: ListMeta,
    /// The objects, in the server's order.
    pub items: Vec<Object>,
}

/// The metadata of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ListMeta {
    /// The version of the whole list: what a watch goes on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// With what to ask for the rest; `None` and empty: there is no more.
    #[serde(rename = "continue", skip_serializing_if = "Option::is_none")]
    pub continue_token: Option<String>,
    /// How many objects are left, where the server knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_item_count: Option<i64>,
}

impl ListMeta {
    /// With what to ask for the rest, if there is any.
    #[must_use]
    pub fn next_page(&self) -> Option<&str> {
        self.continue_token.as_deref().filter(|token| !token.is_empty())
    }
}

impl ObjectList {
    /// Takes a list apart. Items share the document's bytes; those that do not say what they are get the list's
    /// apiVersion and the list's kind without `List` (rows B42 and D40). `items: null` is an empty list.
    ///
    /// # Errors
    /// If the document has no `items`, or one of them is no object.
    pub fn from_document(document: &Document) -> Result<Self, ObjectError> {
        let root = document.root();
        let metadata = root.get("metadata").filter(|metadata| !metadata.is_null());
        let metadata: ListMeta = match metadata {
            None => ListMeta::default(),
            // serde reads a struct from an array too.
            Some(metadata) if metadata.kind() != Kind::Object => {
                return Err(ObjectError::member("metadata", metadata.kind()));
            }
            Some(metadata) => {
                metadata.deserialize().map_err(|_| ObjectError::member("metadata", Kind::Object))?
            }
        };
        let items = root.get("items").ok_or_else(|| ObjectError::member("items", Kind::Null))?;
        if items.is_null() {
            return Ok(Self { metadata, items: Vec::new() });
        }
        if items.kind() != Kind::Array {
            return Err(ObjectError::member("items", items.kind()));
        }
        let naming = Naming::of(&root);
        let items = items.elements().map(|item| naming.object(document, item)).collect::<Result<_, _>>()?;
        Ok(Self { metadata, items })
    }
}

/// What items are, by the list that they stand in.
struct Naming {
    api_version: Option<String>,
    kind: Option<String>,
}

impl Naming {
    fn of(list: &Value<'_>) -> Self {
        let text = |member| list.get(member).and_then(|value| value.as_str().map(|text| text.into_owned()));
        let kind = text("kind").and_then(|kind| kind.strip_suffix("List").map(str::to_owned));
        // A list of mixed kinds is called just `List`: what its items are, they say themselves.
        Self { api_version: text("apiVersion"), kind: kind.filter(|kind| !kind.is_empty()) }
    }

    fn object(&self, list: &Document, item: Value<'_>) -> Result<Object, ObjectError> {
        let mut document = list.share(item);
        if item.kind() == Kind::Object {
            let missing = |member| item.get(member).is_none_or(|value| value.is_null());
            if let Some(kind) = self.kind.as_deref().filter(|_| missing("kind")) {
                document = with_member(&document, "/kind", kind)?;
            }
            if let Some(api_version) =
                self.api_version.as_deref().filter(|_| self.kind.is_some() && missing("apiVersion"))
            {
                document = with_member(&document, "/apiVersion", api_version)?;
            }
        }
        Object::from_document(document)
    }
}

fn with_member(document: &Document, pointer: &str, text: &str) -> Result<Document, ObjectError> {
    let value = Document::from_serialize(text).map_err(ObjectError::json)?;
    document.set(pointer, &value).map_err(ObjectError::json)
}

#[cfg(test)]
mod tests {
    use steersman_json::Document;

    use super::ObjectList;

    fn list(text: &str) -> Result<ObjectList, String> {
        let document = Document::parse(text.to_owned()).expect("JSON");
        ObjectList::from_document(&document).map_err(|error| error.to_string())
    }

    /// A17, A18, B42, D40: items say what they are, by themselves or by their list.
    #[test]
    fn a17_a18_b42_d40_items_get_their_kind() {
        let pods = list(
            r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9","continue":"c","remainingItemCount":3},
            "items":[{"metadata":{"name":"a"}},{"kind":"Other","apiVersion":"x/v1","metadata":{"name":"b"}}]}"#,
        )
        .expect("a list");
        let seen: Vec<_> = pods.items.iter().map(|pod| (pod.api_version(), pod.kind(), pod.name())).collect();
        assert_eq!(seen, [("v1", "Pod", "a"), ("x/v1", "Other", "b")]);
        assert_eq!(pods.metadata.resource_version.as_deref(), Some("9"));
        assert_eq!((pods.metadata.next_page(), pods.metadata.remaining_item_count), (Some("c"), Some(3)));
        assert_eq!(
            pods.items[0].to_value()["kind"],
            "Pod",
            "what is read and what is serialized is one thing"
        );
    }

    #[test]
    fn lists_at_the_edge() {
        for (text, want) in [
            (r#"{"kind":"PodList","items":null}"#, Ok(0)),
            (r#"{"kind":"PodList","metadata":{"continue":""},"items":[]}"#, Ok(0)),
            (r#"{"kind":"List","apiVersion":"v1","items":[{}]}"#, Ok(1)),
            (r#"{"kind":"PodList"}"#, Err(())),
            (r#"{"items":{}}"#, Err(())),
            (r#"{"items":[1]}"#, Err(())),
            (r#"{"metadata":[],"items":[]}"#, Err(())),
            ("[]", Err(())),
        ] {
            assert_eq!(list(text).map(|list| list.items.len()).map_err(drop), want, "{text}");
        }
        let mixed = list(r#"{"kind":"List","apiVersion":"v1","items":[{}]}"#).expect("a list");
        assert_eq!((mixed.items[0].kind(), mixed.items[0].api_version()), ("", ""));
        let no_more = list(r#"{"kind":"PodList","metadata":{"continue":""},"items":[]}"#).expect("a list");
        assert_eq!(no_more.metadata.next_page(), None);
    }
}
