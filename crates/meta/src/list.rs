//! A list of objects, as a server sends it.

use serde::{Deserialize, Serialize};
use steersman_json::Document;

use crate::{ListDecoder, ListError, Object, ShardInfo, list_decoder::Naming};

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
    /// Which part of all objects this is, where a part was asked for and the server says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard_info: Option<ShardInfo>,
}

impl ListMeta {
    /// With what to ask for the rest, if there is any.
    #[must_use]
    pub fn next_page(&self) -> Option<&str> {
        self.continue_token.as_deref().filter(|token| !token.is_empty())
    }
}

impl ObjectList {
    /// Takes a list apart. Items that do not say what they are get the list's apiVersion and the list's kind without `List`
    /// (rows B42 and D40), wherever in the document it says so. `items: null` is an empty list.
    ///
    /// # Errors
    /// As for [`ListDecoder`].
    pub fn from_document(document: &Document) -> Result<Self, ListError> {
        let naming = Naming::of(&document.root()).unwrap_or_default();
        let mut decoder = ListDecoder::new(document.len()).expecting_naming(naming);
        decoder.push(document.bytes().clone());
        let mut items = Vec::new();
        while let Some(item) = decoder.next()? {
            items.push(item);
        }
        Ok(Self { metadata: decoder.finish()?, items })
    }
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
