//! The options of writes: dry run, field manager, field validation, and how to delete.

use serde_json::Value;

use super::{
    request::{Incoming, Query},
    status::{Cause, Failure, Outcome},
};

/// `CreateOptions`, `UpdateOptions` and `PatchOptions` in one.
#[derive(Clone, Debug)]
pub(crate) struct WriteOptions {
    pub(crate) dry_run: bool,
    pub(crate) manager: String,
    pub(crate) validation: FieldValidation,
    pub(crate) force: bool,
}

/// What happens to fields that the kind does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldValidation {
    Ignore,
    Warn,
    Strict,
}

/// The longest name of a field manager, in bytes.
const MAX_MANAGER: usize = 128;

impl WriteOptions {
    /// Reads the options of a request; `kind` is what their type is called.
    pub(crate) fn parse(request: &Incoming, kind: &str, is_apply: bool) -> Outcome<Self> {
        let query = &request.query;
        let mut causes = dry_run_causes(query.all("dryRun"));
        let named = query.get("fieldManager");
        if named.len() > MAX_MANAGER {
            let message = format!("Too long: may not be more than {MAX_MANAGER} bytes");
            causes.push(Cause::with("FieldValueTooLong", "fieldManager", message));
        }
        if named.is_empty() && is_apply {
            causes.push(Cause::required("fieldManager", "is required for apply patch"));
        }
        if !is_apply && kind == "PatchOptions" && query.has("force") {
            causes.push(Cause::forbidden("force", "may not be specified for non-apply patch"));
        }
        let validation = match query.get("fieldValidation") {
            "Ignore" => FieldValidation::Ignore,
            "Strict" => FieldValidation::Strict,
            "" | "Warn" => FieldValidation::Warn,
            other => {
                let supported = ["", "Ignore", "Strict", "Warn"];
                causes.push(Cause::not_supported("fieldValidation", &other.into(), &supported));
                FieldValidation::Warn
            }
        };
        if !causes.is_empty() {
            return Err(Failure::invalid(kind, "meta.k8s.io", "", &causes));
        }
        let manager =
            if named.is_empty() { manager_of(request.header("user-agent")) } else { named.to_owned() };
        Ok(Self { dry_run: query.has("dryRun"), manager, validation, force: query.flag("force") })
    }
}

/// The field manager of a request that names none: the first word of its `User-Agent`.
fn manager_of(user_agent: &str) -> String {
    let first = user_agent.split('/').next().unwrap_or_default();
    let printable: String = first.chars().filter(|one| !one.is_control()).take(MAX_MANAGER).collect();
    if printable.is_empty() { "unknown".to_owned() } else { printable }
}

fn dry_run_causes<'a>(values: impl Iterator<Item = &'a str>) -> Vec<Cause> {
    values
        .filter(|value| *value != "All")
        .map(|value| Cause::not_supported("dryRun", &serde_json::json!([value]), &["All"]))
        .collect()
}

/// `DeleteOptions`, from the body if there is one, else from the query.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeleteOptions {
    pub(crate) dry_run: bool,
    pub(crate) grace_seconds: Option<i64>,
    pub(crate) uid: Option<String>,
    pub(crate) resource_version: Option<String>,
    /// `Foreground`, `Background` or `Orphan`; empty where the request leaves it to the server.
    pub(crate) propagation: String,
    pub(crate) orphan: Option<bool>,
}

impl DeleteOptions {
    pub(crate) fn parse(request: &Incoming) -> Outcome<Self> {
        let options = if request.body.is_empty() {
            Self::from_query(&request.query)?
        } else {
            Self::from_body(request)?
        };
        let mut causes = Vec::new();
        if options.orphan.is_some() && !options.propagation.is_empty() {
            let detail = "orphanDependents and deletionPropagation cannot be both set";
            causes.push(Cause::invalid("propagationPolicy", &options.propagation.as_str().into(), detail));
        }
        if !matches!(options.propagation.as_str(), "" | "Foreground" | "Background" | "Orphan") {
            let supported = ["Foreground", "Background", "Orphan", "nil"];
            let value = Value::from(options.propagation.as_str());
            causes.push(Cause::not_supported("propagationPolicy", &value, &supported));
        }
        if causes.is_empty() {
            return Ok(options);
        }
        Err(Failure::invalid("DeleteOptions", "meta.k8s.io", "", &causes))
    }

    fn from_query(query: &Query) -> Outcome<Self> {
        refuse_dry_run(query.all("dryRun"))?;
        Ok(Self {
            dry_run: query.has("dryRun"),
            grace_seconds: query.number("gracePeriodSeconds")?,
            propagation: query.get("propagationPolicy").to_owned(),
            orphan: query.has("orphanDependents").then(|| query.flag("orphanDependents")),
            ..Self::default()
        })
    }

    fn from_body(request: &Incoming) -> Outcome<Self> {
        Self::of(&super::body::read(request)?)
    }

    /// The options as a value: those of an eviction are part of it.
    pub(crate) fn of(body: &Value) -> Outcome<Self> {
        let kind = body["kind"].as_str().unwrap_or("DeleteOptions");
        if kind != "DeleteOptions" {
            let version = body["apiVersion"].as_str().unwrap_or_default();
            return Err(Failure::bad_request(format!(
                "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/runtime/scheme.go:111\""
            )));
        }
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let dry_run: Vec<&str> =
            body["dryRun"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        refuse_dry_run(dry_run.iter().copied())?;
        Ok(Self {
            dry_run: !dry_run.is_empty(),
            grace_seconds: body["gracePeriodSeconds"].as_i64(),
            uid: text(&body["preconditions"]["uid"]),
            resource_version: text(&body["preconditions"]["resourceVersion"]),
            propagation: text(&body["propagationPolicy"]).unwrap_or_default(),
            orphan: body["orphanDependents"].as_bool(),
        })
    }
}

fn refuse_dry_run<'a>(values: impl Iterator<Item = &'a str>) -> Outcome<()> {
    let causes = dry_run_causes(values);
    if causes.is_empty() {
        Ok(())
    } else {
        Err(Failure::invalid("DeleteOptions", "meta.k8s.io", "", &causes))
    }
}

#[cfg(test)]
mod tests {
    use super::manager_of;

    #[test]
    fn managers() {
        for (agent, want) in [("kubectl/v1.36 (linux)", "kubectl"), ("curl", "curl"), ("", "unknown")] {
            assert_eq!(manager_of(agent), want);
        }
    }
}
