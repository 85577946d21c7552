//! Label and field selectors: parsed and matched by Kubernetes' rules.

use serde_json::Value;

use super::{
    kinds::Kind,
    request::Query,
    shards::Shard,
    status::{Failure, Outcome},
};

/// What a list or a watch shows of a collection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    labels: Vec<Requirement>,
    fields: Vec<FieldTerm>,
    shard: Option<Shard>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Exists,
    Missing,
    In,
    NotIn,
    Greater,
    Less,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct FieldTerm {
    path: String,
    value: String,
    equal: bool,
}

impl Selection {
    pub(crate) fn parse(labels: &str, fields: &str, kind: &Kind) -> Outcome<Self> {
        let labels = Parser::new(labels).requirements().map_err(Failure::bad_request)?;
        let mut fields = parse_fields(fields).map_err(Failure::bad_request)?;
        // Nothing compared with nothing is everything, `!=` too.
        fields.retain(|term| !(term.path.is_empty() && term.value.is_empty()));
        let unsupported = fields.iter().find(|term| !supports(kind, &term.path));
        if let Some(term) = unsupported {
            let known = kind.is_custom()
                || matches!(kind.plural.as_str(), "pods" | "secrets" | "namespaces" | "services");
            let message = if known {
                format!("field label not supported: {}", term.path)
            } else {
                let only = "only \"metadata.name\", \"metadata.namespace\"";
                format!("{:?} is not a known field selector: {only}", term.path)
            };
            return Err(Failure::bad_request(message));
        }
        Ok(Self { labels, fields, shard: None })
    }

    /// Reads all selectors of a request for `kind`.
    pub(crate) fn of(query: &Query, kind: &Kind) -> Outcome<Self> {
        let selection = Self::parse(query.get("labelSelector"), query.get("fieldSelector"), kind)?;
        Ok(Self { shard: Shard::parse(query.get("shardSelector"))?, ..selection })
    }

    /// Which part of the collection is asked for, where it is one.
    pub(crate) fn shard(&self) -> Option<&Shard> {
        self.shard.as_ref()
    }

    /// Whether nothing is selected by what an object holds. The real server counts what remains without regard to shards.
    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.labels.iter().all(|requirement| requirement.matches(labels[requirement.key.as_str()].as_str()))
            && self.fields.iter().all(|term| (field(object, &term.path) == term.value) == term.equal)
            && self.shard.as_ref().is_none_or(|shard| shard.matches(object))
    }
}

/// The fields of built-in kinds that can be selected by, beyond name and namespace.
fn supports(kind: &Kind, path: &str) -> bool {
    let has_namespace = kind.namespaced || (!kind.is_custom() && kind.plural != "namespaces");
    if path == "metadata.name" || (path == "metadata.namespace" && has_namespace) {
        return true;
    }
    if let Some(custom) = &kind.custom {
        return custom.selectable.iter().any(|one| one == path);
    }
    match kind.plural.as_str() {
        "pods" => matches!(
            path,
            "spec.host"
                | "spec.nodeName"
                | "spec.restartPolicy"
                | "spec.schedulerName"
                | "spec.serviceAccountName"
                | "spec.hostNetwork"
                | "status.phase"
                | "status.podIP"
                | "status.podIPs"
                | "status.nominatedNodeName"
        ),
        "secrets" => path == "type",
        "namespaces" => path == "status.phase",
        "services" => matches!(path, "spec.clusterIP" | "spec.type"),
        _ => false,
    }
}

fn field(object: &Value, path: &str) -> String {
    let path = match path {
        // The older name, which the server still takes.
        "spec.host" => "spec.nodeName",
        // The server takes the name, and has no value for it.
        "status.podIPs" => return String::new(),
        "status.podIP" => {
            return object["status"]["podIPs"][0]["ip"].as_str().unwrap_or_default().to_owned();
        }
        path => path,
    };
    let value = path.split('.').fold(object, |value, part| &value[part]);
    match value {
        Value::String(text) => text.clone(),
        Value::Null if path == "spec.hostNetwork" => "false".to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl Requirement {
    fn matches(&self, label: Option<&str>) -> bool {
        let number = |text: &str| text.parse::<i64>().ok();
        let compare = |holds: fn(i64, i64) -> bool| {
            let wanted = self.values.first().and_then(|text| number(text));
            label.and_then(number).zip(wanted).is_some_and(|(found, wanted)| holds(found, wanted))
        };
        match self.operator {
            Operator::Exists => label.is_some(),
            Operator::Missing => label.is_none(),
            Operator::In => label.is_some_and(|found| self.values.iter().any(|one| one == found)),
            Operator::NotIn => !label.is_some_and(|found| self.values.iter().any(|one| one == found)),
            Operator::Greater => compare(|found, wanted| found > wanted),
            Operator::Less => compare(|found, wanted| found < wanted),
        }
    }
}

/// Matches a `LabelSelector` object (`matchLabels`, `matchExpressions`) as text, for the scale subresource.
pub(crate) fn selector_text(selector: &Value) -> String {
    let mut terms: Vec<String> = selector["matchLabels"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = expression["key"].as_str().unwrap_or_default();
        let mut values: Vec<&str> =
            expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        terms.push(match expression["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    terms.sort();
    terms.join(",")
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.trim() }
    }

    fn requirements(mut self) -> Result<Vec<Requirement>, String> {
        let mut all = Vec::new();
        while !self.rest.is_empty() {
            all.push(self.requirement().map_err(|why| format!("unable to parse requirement: {why}"))?);
            self.skip();
            match self.rest.strip_prefix(',') {
                Some(rest) if rest.trim().is_empty() => {
                    return Err("found '', expected: identifier after ','".to_owned());
                }
                Some(rest) if rest.trim_start().starts_with(',') => {
                    return Err("found ',', expected: identifier after ','".to_owned());
                }
                Some(rest) => self.rest = rest.trim_start(),
                None if self.rest.is_empty() => break,
                None => return Err(format!("found '{}', expected: ',' or 'end of string'", self.word())),
            }
        }
        Ok(all)
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        if let Some(rest) = self.rest.strip_prefix('!') {
            self.rest = rest.trim_start();
            let key = self.key()?;
            return Ok(Requirement { key, operator: Operator::Missing, values: Vec::new() });
        }
        let key = self.key()?;
        self.skip();
        for (sign, operator) in [
            ("!=", Operator::NotIn),
            ("==", Operator::In),
            ("=", Operator::In),
            (">", Operator::Greater),
            ("<", Operator::Less),
        ] {
            if let Some(rest) = self.rest.strip_prefix(sign) {
                self.rest = rest.trim_start();
                let value = self.word();
                if value.is_empty() && self.rest.starts_with(['=', '!', '<', '>', '(']) {
                    let found = &self.rest[..1];
                    return Err(format!("found '{found}', expected: identifier"));
                }
                check_value(&key, &value)?;
                if matches!(operator, Operator::Greater | Operator::Less) && value.parse::<i64>().is_err() {
                    return Err(format!(
                        "values[0]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer"
                    ));
                }
                return Ok(Requirement { key, operator, values: vec![value] });
            }
        }
        if self.rest.is_empty() || self.rest.starts_with(',') {
            return Ok(Requirement { key, operator: Operator::Exists, values: Vec::new() });
        }
        let word = self.word();
        let operator = match word.as_str() {
            "in" => Operator::In,
            "notin" => Operator::NotIn,
            _ => return Err(format!("found '{word}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        let values = self.values(&key)?;
        Ok(Requirement { key, operator, values })
    }

    fn values(&mut self, key: &str) -> Result<Vec<String>, String> {
        self.skip();
        let inner =
            self.rest.strip_prefix('(').ok_or_else(|| format!("found '{}' expected: '('", self.word()))?;
        let (list, rest) =
            inner.split_once(')').ok_or_else(|| "found '', expected: ',' or ')'".to_owned())?;
        self.rest = rest;
        let values: Vec<String> = list.split(',').map(|value| value.trim().to_owned()).collect();
        values.iter().try_for_each(|value| check_value(key, value))?;
        Ok(values)
    }

    fn key(&mut self) -> Result<String, String> {
        let key = self.word();
        if !super::names::is_qualified(&key) {
            return Err(format!(
                "<nil>: Invalid value: {key:?}: name part must consist of alphanumeric characters, '-', '_' or '.', \
                 and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', \
                 regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ));
        }
        Ok(key)
    }

    fn word(&mut self) -> String {
        let end = self
            .rest
            .find(|one: char| one.is_whitespace() || ",=!<>()".contains(one))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

fn check_value(key: &str, value: &str) -> Result<(), String> {
    let inside = value.chars().all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one));
    let ends = |one: Option<char>| one.is_none_or(|one| one.is_ascii_alphanumeric());
    if inside && ends(value.chars().next()) && ends(value.chars().next_back()) && value.len() <= 63 {
        return Ok(());
    }
    Err(format!(
        "values[0][{key}]: Invalid value: {value:?}: a valid label must be an empty string or consist of alphanumeric \
         characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or \
         'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    ))
}

/// As `fields.ParseSelector` of apimachinery: the first operator of a term splits it, and only values have escapes.
fn parse_fields(text: &str) -> Result<Vec<FieldTerm>, String> {
    split_terms(text)
        .filter(|term| !term.is_empty())
        .map(|term| {
            let operator = term.char_indices().find_map(|(at, _)| {
                ["!=", "==", "="]
                    .into_iter()
                    .find(|operator| term[at..].starts_with(operator))
                    .map(|one| (at, one))
            });
            let Some((at, operator)) = operator else {
                return Err(format!("invalid selector: '{text}'; can't understand '{term}'"));
            };
            let value = unescape(&term[at + operator.len()..])?;
            Ok(FieldTerm { path: term[..at].to_owned(), value, equal: operator != "!=" })
        })
        .collect()
}

fn split_terms(text: &str) -> impl Iterator<Item = &str> {
    let mut after_slash = false;
    text.split(move |one| {
        let splits = one == ',' && !after_slash;
        after_slash = one == '\\' && !after_slash;
        splits
    })
}

fn unescape(text: &str) -> Result<String, String> {
    let mut value = String::new();
    let mut all = text.chars();
    while let Some(one) = all.next() {
        match one {
            '\\' => match all.next() {
                Some(escaped @ ('\\' | ',' | '=')) => value.push(escaped),
                other => {
                    let sequence: String = other.into_iter().collect();
                    return Err(format!("invalid field selector: invalid escape sequence: \\{sequence}"));
                }
            },
            ',' | '=' => {
                let number = u32::from(one);
                return Err(format!("invalid field selector: unescaped character in value: {number}"));
            }
            other => value.push(other),
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::kinds::built_ins, Selection, selector_text};

    fn select(plural: &str, labels: &str, fields: &str) -> Result<Selection, String> {
        let kind = built_ins().iter().find(|kind| kind.plural == plural).expect("a built-in kind");
        Selection::parse(labels, fields, kind).map_err(|failure| failure.message().to_owned())
    }

    fn pod() -> Value {
        json!({
            "metadata": {"name": "a", "namespace": "n", "labels": {"app": "web", "size": "5", "e": ""}},
            "status": {"phase": "Running"},
        })
    }

    #[test]
    fn label_selectors() {
        for (text, want) in [
            ("", true),
            ("app=web", true),
            ("app == web , size=5", true),
            ("app!=web", false),
            ("other!=web", true),
            ("app in (db, web)", true),
            ("app notin (db,web)", false),
            ("other notin (db)", true),
            ("app", true),
            ("!app", false),
            ("!other", true),
            ("e=", true),
            ("size>4,size<6", true),
            ("size>5", false),
        ] {
            assert_eq!(select("pods", text, "").map(|one| one.matches(&pod())), Ok(want), "{text}");
        }
        for text in ["app=web,", "app in db", "a b", "app=we b", "=x", "app>x", "app in (a"] {
            assert!(select("pods", text, "").is_err(), "{text}");
        }
    }

    #[test]
    fn field_selectors() {
        for (text, want) in [
            ("metadata.name=a", true),
            ("metadata.name!=a", false),
            ("metadata.namespace=n,status.phase=Running", true),
            ("spec.nodeName=", true),
            ("status.phase==Pending", false),
            ("!=", true),
        ] {
            assert_eq!(select("pods", "", text).map(|one| one.matches(&pod())), Ok(want), "{text}");
        }
        assert!(select("pods", "", "spec.x=1").is_err_and(|why| why == "field label not supported: spec.x"));
        assert!(select("configmaps", "", "data.x=1").is_err());
        for text in ["nonsense", "metadata.name=a=b", "metadata.name=a\\b", "metadata.name=a\\"] {
            assert!(select("pods", "", text).is_err(), "{text}");
        }
        let odd = json!({"metadata": {"name": "a,b=c\\"}});
        let odd_name = select("pods", "", "metadata.name=a\\,b\\=c\\\\,");
        assert_eq!(odd_name.map(|one| one.matches(&odd)), Ok(true));
    }

    #[test]
    fn selector_objects_as_text() {
        let selector = json!({"matchLabels": {"b": "2", "a": "1"}, "matchExpressions": [
            {"key": "c", "operator": "In", "values": ["y", "x"]}, {"key": "d", "operator": "DoesNotExist"}]});
        assert_eq!(selector_text(&selector), "!d,a=1,b=2,c in (x,y)");
    }
}
