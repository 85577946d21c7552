//! Objects as a table: columns and rows that the server makes, printed as kubectl prints them.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value as Json;
use steersman_json::Document;

use crate::{ListMeta, Object, ObjectError};

/// Objects as the server shows them to people: a `Table` of `meta.k8s.io/v1`.
///
/// Which columns there are, and what is in them, is the server's choice, for custom kinds that of their definition; ages are as
/// of the moment of its answer. `Display` prints it as `kubectl get` does; [`text`](Self::text) says how.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Table {
    /// The columns.
    pub columns: Vec<TableColumn>,
    /// The rows, one for each object.
    pub rows: Vec<TableRow>,
    /// The list's resource version, and with what to ask for the rest where it is a page.
    pub metadata: ListMeta,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TableColumn {
    /// Its name: `Ready`.
    pub name: String,
    /// The type of its cells, as OpenAPI has it: `string`, `integer`.
    #[serde(rename = "type")]
    pub cell_type: String,
    /// A modifier of the type: `name` for the column of the objects' names.
    pub format: String,
    /// What is in it, for people.
    pub description: String,
    /// 0 for what is always shown; the larger, the less it matters.
    pub priority: i32,
}

/// A row of a [`Table`]. Its `Debug` says how many cells there are, and nothing of them: a column of a custom kind may show a
/// secret.
#[derive(Clone)]
#[non_exhaustive]
pub struct TableRow {
    /// A cell for each column.
    pub cells: Vec<Json>,
    /// Which object it is: its metadata, unless the request said otherwise. `None` where the server left it out.
    pub object: Option<Object>,
}

impl fmt::Debug for TableRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableRow").field("cells", &self.cells.len()).field("object", &self.object).finish()
    }
}

impl Table {
    /// Reads the server's answer.
    ///
    /// # Errors
    /// If it is no `Table`.
    pub fn parse(text: impl Into<Bytes>) -> Result<Self, ObjectError> {
        let document = Document::parse(text).map_err(ObjectError::json)?;
        let root = document.root();
        let wrong = |member: &'static str| {
            ObjectError::member(
                member,
                root.get(member).map_or(steersman_json::Kind::Null, |value| value.kind()),
            )
        };
        if root.get("kind").and_then(|kind| kind.as_str()).as_deref() != Some("Table") {
            return Err(wrong("kind"));
        }
        let columns = root.get("columnDefinitions").map(|columns| columns.deserialize());
        let columns = columns.transpose().map_err(|_| wrong("columnDefinitions"))?.unwrap_or_default();
        let metadata = root.get("metadata").map(|metadata| metadata.deserialize());
        let metadata = metadata.transpose().map_err(|_| wrong("metadata"))?.unwrap_or_default();
        let mut rows = Vec::new();
        for row in root.get("rows").iter().flat_map(steersman_json::Value::elements) {
            let cells = row.get("cells").map(|cells| cells.deserialize());
            let cells = cells.transpose().map_err(|_| wrong("rows"))?.unwrap_or_default();
            let object = row.get("object").filter(|object| !object.is_null());
            let object = object.map(|object| Object::from_document(document.share(object))).transpose()?;
            rows.push(TableRow { cells, object });
        }
        Ok(Self { columns, rows, metadata })
    }

    /// How to print it.
    pub fn text(&self) -> TableText<'_> {
        TableText { table: self, width: Width::Normal, namespaces: Namespaces::Hide }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

/// A [`Table`] to be printed: `Display` writes it, a line a row, with a newline behind each, and nothing if there are no rows.
///
/// ```
/// use steersman_meta::Table;
///
/// let table = Table::parse(r#"{"kind": "Table", "columnDefinitions": [{"name": "Name"}, {"name": "Age"}, {"name": "IP", "priority": 1}],
///     "rows": [{"cells": ["web", "5d", "10.0.0.1"]}]}"#)?;
/// assert_eq!(table.to_string(), "NAME   AGE\nweb    5d\n");
/// assert_eq!(table.text().wide().to_string(), "NAME   AGE   IP\nweb    5d    10.0.0.1\n");
/// # Ok::<(), steersman_meta::ObjectError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "it is printed with Display"]
pub struct TableText<'a> {
    table: &'a Table,
    width: Width,
    namespaces: Namespaces,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Normal,
    Wide,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Namespaces {
    Hide,
    Show,
}

impl TableText<'_> {
    /// With the columns that matter less, too: `kubectl get -o wide`.
    pub fn wide(mut self) -> Self {
        self.width = Width::Wide;
        self
    }

    /// With each object's namespace in a column of its own, the first: `kubectl get -A`.
    pub fn with_namespaces(mut self) -> Self {
        self.namespaces = Namespaces::Show;
        self
    }

    /// The lines, header first, each cut into cells.
    fn lines(&self) -> Vec<Vec<String>> {
        let Table { columns, rows, .. } = self.table;
        let shown = |priority: i32| self.width == Width::Wide || priority == 0;
        let with_namespace = |namespace: &str, cells: Vec<String>| match self.namespaces {
            Namespaces::Show => [vec![escaped(namespace)], cells].concat(),
            Namespaces::Hide => cells,
        };
        let names = columns.iter().filter(|column| shown(column.priority));
        let header = with_namespace("NAMESPACE", names.map(|column| column.name.to_uppercase()).collect());
        let lines = rows.iter().map(|row| {
            let cells = row.cells.iter().zip(columns).filter(|(_, column)| shown(column.priority));
            let namespace = row.object.as_ref().and_then(Object::namespace).unwrap_or_default();
            with_namespace(namespace, cells.map(|(cell, _)| printed(cell)).collect())
        });
        std::iter::once(header).chain(lines).collect()
    }
}

impl fmt::Display for TableText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.table.rows.is_empty() {
            return Ok(());
        }
        let lines = self.lines();
        let mut widths: Vec<usize> = Vec::new();
        for line in &lines {
            // The last cell of a line is as wide as it is.
            for (column, cell) in line.iter().take(line.len().saturating_sub(1)).enumerate() {
                let width = (cell.chars().count() + PADDING).max(LEAST_WIDTH);
                match widths.get_mut(column) {
                    Some(widest) => *widest = width.max(*widest),
                    None => widths.push(width),
                }
            }
        }
        for line in &lines {
            for (column, cell) in line.iter().enumerate() {
                let last = column + 1 == line.len();
                let width = if last { 0 } else { widths[column] };
                write!(f, "{cell:width$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// A cell as kubectl prints it: of a text the first line, of null nothing.
fn printed(cell: &Json) -> String {
    match cell {
        Json::Null => String::new(),
        Json::String(text) => match text.split_once(['\x0c', '\n', '\r']) {
            Some((first, _)) => format!("{}...", escaped(first)),
            None => escaped(text),
        },
        other => other.to_string(),
    }
}

/// Without what a terminal would take for a command (`cli-runtime/pkg/printers/terminal.go`).
fn escaped(text: &str) -> String {
    text.replace('\x1b', "^[").replace('\r', "\\r")
}

/// Between two columns (`cli-runtime/pkg/printers/tabwriter.go`).
const PADDING: usize = 3;
/// Of a column, with its padding.
const LEAST_WIDTH: usize = 6;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Table;

    fn table(columns: &[(&str, i32)], rows: &[(&str, Value)]) -> Table {
        let columns: Vec<Value> =
            columns.iter().map(|(name, priority)| json!({"name": name, "priority": priority})).collect();
        let rows: Vec<Value> = rows
            .iter()
            .map(|(namespace, cells)| json!({"cells": cells, "object": {"metadata": {"namespace": namespace}}}))
            .collect();
        let table = json!({"kind": "Table", "columnDefinitions": columns, "rows": rows});
        Table::parse(table.to_string()).expect("a table")
    }

    /// What a column of a custom kind shows may be a secret.
    #[test]
    fn cells_are_not_in_what_is_logged() {
        let table = table(&[("Token", 0), ("Age", 0)], &[("shop", json!(["hunter2", {"key": "hunter2"}]))]);
        let said = format!("{table:?}");
        assert!(said.contains("cells: 2") && !said.contains("hunter2"), "{said}");
        assert!(said.contains("Token"), "{said}");
    }

    /// E07: columns as wide as kubectl makes them, and as many.
    #[test]
    fn e07_tables_as_text() {
        let columns = [("Name", 0), ("Ready", 0), ("Node", 1), ("Age", 0)];
        let pods = table(
            &columns,
            &[
                ("shop", json!(["web", "1/1", "n1", "5d"])),
                ("kube-system", json!(["a-very-long-name", "0/1", null, "2m"])),
            ],
        );
        assert_eq!(
            pods.to_string(),
            "NAME               READY   AGE\nweb                1/1     5d\na-very-long-name   0/1     2m\n"
        );
        assert_eq!(
            pods.text().wide().with_namespaces().to_string(),
            "NAMESPACE     NAME               READY   NODE   AGE\n\
             shop          web                1/1     n1     5d\n\
             kube-system   a-very-long-name   0/1            2m\n"
        );
        assert_eq!(table(&columns, &[]).to_string(), "", "without rows, not even the header");
    }

    #[test]
    fn cells_of_every_type() {
        let rows = json!(["x\ny", 3, true, 1.5, "\u{1b}[31m"]);
        let table = table(&[("A", 0), ("B", 0), ("C", 0), ("D", 0), ("E", 0), ("F", 0)], &[("", rows)]);
        assert_eq!(
            table.to_string(),
            "A      B     C      D     E     F\nx...   3     true   1.5   ^[[31m\n"
        );
    }

    #[test]
    fn what_is_no_table() {
        for text in [
            r#"{"kind": "PodList", "items": []}"#,
            r#"{"kind": "Table", "rows": [{"cells": 1}]}"#,
            r#"{"kind": "Table", "columnDefinitions": {}}"#,
            "[]",
            "{",
        ] {
            assert!(Table::parse(text).is_err(), "{text}");
        }
        assert!(Table::parse(r#"{"kind": "Table"}"#).expect("a table").rows.is_empty());
    }
}
