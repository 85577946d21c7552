//! Objects and lists in the form that the client asked for: as they are, as metadata only, or as a table.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value, json};

use super::{kinds::Kind, negotiate::View, printer, reply::Reply};

/// The members of a list's `metadata`.
#[derive(Debug, Default)]
pub(crate) struct ListMeta {
    pub(crate) resource_version: u64,
    pub(crate) continue_token: Option<String>,
    pub(crate) remaining: Option<u64>,
    /// The shard selector of the request.
    pub(crate) shard: Option<String>,
}

impl ListMeta {
    fn value(&self, always_continue: bool) -> Value {
        let mut metadata = Map::new();
        metadata.insert("resourceVersion".into(), self.resource_version.to_string().into());
        // Lists of custom resources are no Go structs: the token is there even where it is empty.
        if self.continue_token.is_some() || always_continue {
            metadata.insert("continue".into(), self.continue_token.as_deref().unwrap_or_default().into());
        }
        if let Some(remaining) = self.remaining {
            metadata.insert("remainingItemCount".into(), remaining.into());
        }
        Value::Object(metadata)
    }
}

/// The answer that holds one object.
pub(crate) fn object(code: u16, object: &Value, kind: &Kind, view: View) -> Reply {
    match view {
        View::Yaml => {
            Reply::bytes(code, "application/yaml", serde_yaml::to_string(object).unwrap_or_default())
        }
        // A `Status` is never shown as anything else.
        _ if object["kind"] == "Status" => Reply::json(code, object),
        _ => Reply::json(code, &shown(object, kind, view)),
    }
}

/// One object in a form other than a list.
pub(crate) fn shown(object: &Value, kind: &Kind, view: View) -> Value {
    match view {
        View::Object | View::Yaml => object.clone(),
        View::Metadata => partial(object),
        View::Table => {
            let metadata = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
            table(std::iter::once(object), kind, &metadata)
        }
    }
}

/// The answer that holds a list.
pub(crate) fn list<'a>(
    items: impl Iterator<Item = &'a Value>,
    kind: &Kind,
    list: &ListMeta,
    view: View,
) -> Reply {
    let mut metadata = list.value(kind.is_custom() && view != View::Table);
    // Go's typed lists have a place for the echo, and the others none.
    if let (Some(shard), false, View::Object | View::Yaml) = (&list.shard, kind.is_custom(), view) {
        metadata["shardInfo"] = json!({"selector": shard});
    }
    match view {
        View::Table => Reply::json(200, &table(items, kind, &metadata)),
        View::Metadata => Reply::json(
            200,
            &json!({
                "kind": "PartialObjectMetadataList",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "items": items.map(partial).collect::<Vec<_>>(),
            }),
        ),
        View::Object | View::Yaml => {
            let document = Document {
                kind: &kind.list_kind,
                api_version: kind.api_version(),
                metadata,
                // Go's typed lists leave out what the list itself says already.
                items: items.map(|item| Item { object: item, bare: !kind.is_custom() }).collect(),
            };
            match view {
                View::Yaml => Reply::bytes(
                    200,
                    "application/yaml",
                    serde_yaml::to_string(&document).unwrap_or_default(),
                ),
                _ => Reply::bytes(200, "application/json", serde_json::to_vec(&document).unwrap_or_default()),
            }
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    kind: &'a str,
    api_version: String,
    metadata: Value,
    items: Vec<Item<'a>>,
}

struct Item<'a> {
    object: &'a Value,
    bare: bool,
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(members) = self.object.as_object().filter(|_| self.bare) else {
            return self.object.serialize(serializer);
        };
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in members.iter().filter(|(key, _)| !matches!(key.as_str(), "apiVersion" | "kind")) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

fn table<'a>(items: impl Iterator<Item = &'a Value>, kind: &Kind, metadata: &Value) -> Value {
    let columns = printer::columns(kind);
    let rows: Vec<Value> = items
        .map(|object| {
            let cells: Vec<Value> = columns.iter().map(|column| column.cell(object)).collect();
            json!({"cells": cells, "object": partial(object)})
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns.into_iter().map(|column| column.definition).collect::<Vec<_>>(),
        "rows": rows,
    })
}
