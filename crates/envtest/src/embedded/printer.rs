//! The columns of tables: what kubectl prints of an object.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{kinds::Kind, meta, schema::members};

/// A column, with what stands in it for an object.
pub(crate) struct Column {
    /// As `columnDefinitions` has it.
    pub(crate) definition: Value,
    cell: Cell,
}

enum Cell {
    BuiltIn(fn(&Value) -> Value),
    /// A dotted path, and the type of what is there.
    Path {
        path: String,
        kind: String,
    },
}

impl Column {
    pub(crate) fn cell(&self, object: &Value) -> Value {
        match &self.cell {
            Cell::BuiltIn(cell) => cell(object),
            Cell::Path { path, kind } => {
                let value = path.split('.').fold(object, |value, part| &value[part]);
                match (kind.as_str(), value) {
                    ("date", Value::String(text)) => since(text).into(),
                    (_, value) => value.clone(),
                }
            }
        }
    }

    /// A column of a custom kind, as its definition says it.
    fn custom(column: &Value) -> Self {
        let text = |field: &str| column[field].as_str().unwrap_or_default();
        let definition = json!({
            "name": column["name"],
            "type": column["type"],
            "format": text("format"),
            "description": text("description"),
            "priority": column["priority"].as_i64().unwrap_or_default(),
        });
        let path = text("jsonPath").trim_start_matches('.').to_owned();
        Self { definition, cell: Cell::Path { path, kind: text("type").to_owned() } }
    }

    fn built_in(row: &Row) -> Self {
        let (name, priority, description, cell) = *row;
        let format = if name == "Name" { "name" } else { "" };
        let definition = json!({
            "name": name, "type": "string", "format": format, "description": description, "priority": priority,
        });
        Self { definition, cell: Cell::BuiltIn(cell) }
    }
}

/// The columns of a kind, the name first.
pub(crate) fn columns(kind: &Kind) -> Vec<Column> {
    let mut columns = vec![Column::built_in(&NAME)];
    match &kind.custom {
        Some(custom) if custom.columns.is_empty() => {
            let mut age = Column::built_in(&AGE);
            age.definition["type"] = "date".into();
            columns.push(age);
        }
        Some(custom) => columns.extend(custom.columns.iter().map(Column::custom)),
        None => columns.extend(rows(&kind.plural).iter().map(Column::built_in)),
    }
    columns
}

/// Name, priority (what is not 0 is shown to those who ask for more), description, and the cell.
type Row = (&'static str, u8, &'static str, fn(&Value) -> Value);

/// The columns of a built-in kind, behind the name.
fn rows(plural: &str) -> &'static [Row] {
    match plural {
        "configmaps" => &[("Data", 0, "How many entries there are.", entries), AGE],
        "customresourcedefinitions" => &[("Created At", 0, "When it was created.", created)],
        "deployments" => &[
            ("Ready", 0, "Ready pods, and wanted ones.", ready_replicas),
            ("Up-to-date", 0, "Pods of the newest template.", |object| {
                count(&object["status"]["updatedReplicas"])
            }),
            ("Available", 0, "Pods that have been ready for long enough.", |object| {
                count(&object["status"]["availableReplicas"])
            }),
            AGE,
            ("Containers", 1, "The names of the containers.", |object| {
                each(&object["spec"]["template"]["spec"]["containers"], "name")
            }),
            ("Images", 1, "The images of the containers.", |object| {
                each(&object["spec"]["template"]["spec"]["containers"], "image")
            }),
            ("Selector", 1, "Which pods belong to it.", |object| {
                labels(&object["spec"]["selector"]["matchLabels"])
            }),
        ],
        "leases" => &[("Holder", 0, "Who holds it.", |object| text(&object["spec"]["holderIdentity"])), AGE],
        "namespaces" => &[("Status", 0, "Its phase.", |object| text(&object["status"]["phase"])), AGE],
        "pods" => &[
            ("Ready", 0, "Ready containers, and all of them.", ready_containers),
            ("Status", 0, "Its phase, or that it goes.", pod_status),
            ("Restarts", 0, "How often its containers were started again.", |_| "0".into()),
            AGE,
            ("IP", 1, "Its address.", |object| or_none(&object["status"]["podIP"])),
            ("Node", 1, "Where it runs.", |object| or_none(&object["spec"]["nodeName"])),
            ("Nominated Node", 1, "Where it may run once others are gone.", |object| {
                or_none(&object["status"]["nominatedNodeName"])
            }),
            ("Readiness Gates", 1, "What else must be true before it is ready.", |_| NONE.into()),
        ],
        "secrets" => &[
            ("Type", 0, "What is in it.", |object| text(&object["type"])),
            ("Data", 0, "How many entries there are.", entries),
            AGE,
        ],
        "services" => &[
            ("Type", 0, "How it is exposed.", |object| text(&object["spec"]["type"])),
            ("Cluster-IP", 0, "Its address in the cluster.", |object| or_none(&object["spec"]["clusterIP"])),
            ("External-IP", 0, "Its address outside.", |_| NONE.into()),
            ("Port(s)", 0, "Where it listens.", ports),
            AGE,
            ("Selector", 1, "Which pods stand behind it.", |object| labels(&object["spec"]["selector"])),
        ],
        _ => &[AGE],
    }
}

fn entries(object: &Value) -> Value {
    (members(&object["data"]).count() + members(&object["binaryData"]).count()).into()
}

fn created(object: &Value) -> Value {
    meta::text(object, "creationTimestamp").into()
}

fn ready_replicas(object: &Value) -> Value {
    let number = |value: &Value| value.as_i64().unwrap_or_default();
    format!("{}/{}", number(&object["status"]["readyReplicas"]), number(&object["spec"]["replicas"])).into()
}

fn ready_containers(object: &Value) -> Value {
    let statuses = object["status"]["containerStatuses"].as_array().into_iter().flatten();
    let ready = statuses.filter(|status| status["ready"] == true).count();
    let all = object["spec"]["containers"].as_array().map_or(0, Vec::len);
    format!("{ready}/{all}").into()
}

fn pod_status(object: &Value) -> Value {
    if meta::is_deleting(object) { "Terminating".into() } else { text(&object["status"]["phase"]) }
}

fn ports(object: &Value) -> Value {
    let port = |port: &Value| {
        let node_port = port["nodePort"].as_i64().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{node_port}/{}", port["port"], port["protocol"].as_str().unwrap_or("TCP"))
    };
    let ports: Vec<String> = object["spec"]["ports"].as_array().into_iter().flatten().map(port).collect();
    if ports.is_empty() { NONE.into() } else { ports.join(",").into() }
}

fn age(object: &Value) -> Value {
    since(meta::text(object, "creationTimestamp")).into()
}

fn text(value: &Value) -> Value {
    value.as_str().unwrap_or_default().into()
}

fn or_none(value: &Value) -> Value {
    value.as_str().filter(|text| !text.is_empty()).unwrap_or(NONE).into()
}

fn count(value: &Value) -> Value {
    value.as_i64().unwrap_or_default().into()
}

/// A member of each entry of a list.
fn each(list: &Value, field: &str) -> Value {
    let texts = list.as_array().into_iter().flatten().map(|entry| entry[field].as_str().unwrap_or_default());
    texts.collect::<Vec<_>>().join(",").into()
}

fn labels(map: &Value) -> Value {
    let pairs: Vec<String> =
        members(map).map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    if pairs.is_empty() { NONE.into() } else { pairs.join(",").into() }
}

/// How long ago a time was, as kubectl says it.
fn since(text: &str) -> String {
    let Ok(then) = OffsetDateTime::parse(text, &Rfc3339) else { return "<unknown>".to_owned() };
    let seconds = (OffsetDateTime::now_utc() - then).whole_seconds().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

const NAME: Row = ("Name", 0, "Name must be unique within a namespace.", |object| meta::name(object).into());
const AGE: Row = ("Age", 0, "How long ago it was created.", age);
const NONE: &str = "<none>";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::columns;
    use crate::embedded::kinds::built_ins;

    #[test]
    fn built_in_kinds_have_the_columns_of_the_real_server() {
        let line = |plural: &str, object: Value| {
            let kind = built_ins().iter().find(|kind| kind.plural == plural).expect("a built-in kind");
            let columns = columns(kind);
            let names: Vec<&str> = columns.iter().filter_map(|one| one.definition["name"].as_str()).collect();
            let cells: Vec<String> = columns.iter().map(|one| one.cell(&object).to_string()).collect();
            format!("{}\n{}", names.join(" | "), cells.join(" | "))
        };
        let containers = json!([{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:2"}]);
        let labels = json!({"app": "web", "tier": "front"});
        for (plural, object, want) in [
            (
                "configmaps",
                json!({"metadata": {"name": "c"}, "data": {"a": "1"}, "binaryData": {"b": "AA=="}}),
                "Name | Data | Age\n\"c\" | 2 | \"<unknown>\"",
            ),
            (
                "pods",
                json!({"metadata": {"name": "p"}, "spec": {"containers": containers}, "status": {"phase": "Pending"}}),
                "Name | Ready | Status | Restarts | Age | IP | Node | Nominated Node | Readiness Gates\n\
                 \"p\" | \"0/2\" | \"Pending\" | \"0\" | \"<unknown>\" | \"<none>\" | \"<none>\" | \"<none>\" | \"<none>\"",
            ),
            (
                "services",
                json!({"metadata": {"name": "s"}, "spec": {"type": "ClusterIP", "clusterIP": "10.0.0.9",
                    "ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}], "selector": labels}}),
                "Name | Type | Cluster-IP | External-IP | Port(s) | Age | Selector\n\"s\" | \"ClusterIP\" | \"10.0.0.9\" | \
                 \"<none>\" | \"80/TCP,53/UDP\" | \"<unknown>\" | \"app=web,tier=front\"",
            ),
            (
                "deployments",
                json!({"metadata": {"name": "d"}, "spec": {"replicas": 3, "selector": {"matchLabels": labels},
                    "template": {"spec": {"containers": containers}}}}),
                "Name | Ready | Up-to-date | Available | Age | Containers | Images | Selector\n\"d\" | \"0/3\" | 0 | 0 | \
                 \"<unknown>\" | \"a,b\" | \"x:1,y:2\" | \"app=web,tier=front\"",
            ),
        ] {
            assert_eq!(line(plural, object), want);
        }
    }
}
