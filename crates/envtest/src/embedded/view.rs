//! Objects and lists in the form that the client asked for: as they are, as metadata only, or as a table.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{kinds::Kind, meta, negotiate::View, reply::Reply};

/// The members of a list's `metadata`.
#[derive(Debug, Default)]
pub(crate) struct ListMeta {
    pub(crate) resource_version: u64,
    pub(crate) continue_token: Option<String>,
    pub(crate) remaining: Option<u64>,
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
    let metadata = list.value(kind.is_custom() && view != View::Table);
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

/// Columns: the name, those that the CRD names, and the age, which a CRD's own columns replace.
fn table<'a>(items: impl Iterator<Item = &'a Value>, kind: &Kind, metadata: &Value) -> Value {
    let own: &[Value] = kind.custom.as_ref().map_or(&[], |custom| &custom.columns);
    let mut columns = vec![json!({
        "name": "Name", "type": "string", "format": "name", "priority": 0,
        "description": "Name must be unique within a namespace.",
    })];
    columns.extend(own.iter().map(|column| {
        json!({
            "name": column["name"],
            "type": column["type"],
            "format": column["format"].as_str().unwrap_or_default(),
            "description": column["description"].as_str().unwrap_or_default(),
            "priority": column["priority"].as_i64().unwrap_or_default(),
        })
    }));
    if own.is_empty() {
        columns.push(json!({
            "name": "Age", "type": if kind.is_custom() { "date" } else { "string" }, "format": "", "priority": 0,
            "description": "CreationTimestamp is the time at which the server created this object.",
        }));
    }
    let rows: Vec<Value> = items
        .map(|object| {
            let mut cells = vec![json!(meta::name(object))];
            cells.extend(own.iter().map(|column| cell(object, column)));
            if own.is_empty() {
                cells.push(age(meta::text(object, "creationTimestamp")).into());
            }
            json!({"cells": cells, "object": partial(object)})
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns,
        "rows": rows,
    })
}

fn cell(object: &Value, column: &Value) -> Value {
    let path = column["jsonPath"].as_str().unwrap_or_default().trim_start_matches('.');
    let value = path.split('.').fold(object, |value, part| &value[part]);
    match (column["type"].as_str().unwrap_or_default(), value) {
        ("date", Value::String(text)) => age(text).into(),
        (_, value) => value.clone(),
    }
}

/// How long ago a time was, as kubectl says it.
fn age(text: &str) -> String {
    let Ok(then) = OffsetDateTime::parse(text, &Rfc3339) else { return "<unknown>".to_owned() };
    let seconds = (OffsetDateTime::now_utc() - then).whole_seconds().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}
