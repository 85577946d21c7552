//! Lists: which state they show, which part of it, and how to go on.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    kinds::Kind,
    request::Query,
    selectors::Selection,
    state::State,
    status::{Cause, Failure, Outcome},
    view::ListMeta,
    write::present,
};

/// One page of a collection.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) items: Vec<Arc<Value>>,
    pub(crate) meta: ListMeta,
}

/// What a list request wants, checked.
#[derive(Debug)]
pub(crate) struct ListOptions {
    pub(crate) selection: Selection,
    limit: usize,
    position: Option<Position>,
    /// The revision to show; `None` for the newest.
    exact: Option<u64>,
    /// The oldest revision that is good enough.
    pub(crate) at_least: u64,
}

/// Where a list goes on: after `key`, in the state of `revision`, or in the newest where there is none.
#[derive(Debug)]
struct Position {
    revision: Option<u64>,
    key: String,
}

impl ListOptions {
    pub(crate) fn parse(query: &Query, kind: &Kind) -> Outcome<Self> {
        refuse_contradictions(query)?;
        let selection = Selection::of(query, kind)?;
        query.number("timeoutSeconds")?;
        let limit = query.number("limit")?.unwrap_or_default().max(0);
        let limit = usize::try_from(limit).unwrap_or_default();
        let (version, rule) = (query.get("resourceVersion"), query.get("resourceVersionMatch"));
        let mut options = Self { selection, limit, position: None, exact: None, at_least: 0 };
        let token = query.get("continue");
        if !token.is_empty() {
            options.position = Some(decode(token)?);
            if !matches!(version, "" | "0") {
                return Err(Failure::bad_request(
                    "specifying resource version is not allowed when using continue",
                ));
            }
            return Ok(options);
        }
        let revision = parse_revision(version)?;
        let exact = rule == "Exact" || (rule.is_empty() && limit > 0 && revision > 0);
        options.exact = exact.then_some(revision);
        options.at_least = revision;
        Ok(options)
    }
}

/// A resource version of a request: a number, or nothing.
pub(crate) fn parse_revision(text: &str) -> Outcome<u64> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        Failure::bad_request(format!(
            "invalid resource version: resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: \
             invalid syntax"
        ))
    })
}

/// The same for a get and a watch, where the real server takes the caller's fault for its own.
pub(crate) fn parse_revision_bluntly(text: &str) -> Outcome<u64> {
    parse_revision(text).map_err(|failure| {
        Failure::unknown(failure.message().trim_start_matches("invalid resource version: "))
    })
}

/// Lists what `options` ask for below `prefix`.
pub(crate) fn list(state: &State, kind: &Kind, prefix: &str, options: &ListOptions) -> Outcome<Page> {
    let bucket = kind.bucket();
    let store = &state.store;
    let position = options.position.as_ref();
    let pinned = position.map_or(options.exact, |position| position.revision);
    let revision = pinned.unwrap_or(store.revision());
    let snapshot;
    let objects: Box<dyn Iterator<Item = (&String, &Arc<Value>)>> = if revision == store.revision() {
        Box::new(store.scan(&bucket, prefix))
    } else {
        snapshot = store.snapshot(&bucket, revision).ok_or_else(|| expired(position))?;
        Box::new(snapshot.iter().filter(|(key, _)| key.starts_with(prefix)))
    };
    let start = position.map(|position| format!("{prefix}{}", position.key.trim_start_matches('/')));
    let mut rest =
        objects.skip_while(|(key, _)| start.as_ref().is_some_and(|start| key.as_str() < start.as_str()));

    let mut page =
        Page { items: Vec::new(), meta: ListMeta { resource_version: revision, ..ListMeta::default() } };
    page.meta.shard = options.selection.shard().map(ToString::to_string);
    let mut last = String::new();
    for (key, object) in rest.by_ref() {
        let object = present(object, kind);
        if options.selection.matches(&object) {
            page.items.push(object);
            last.clone_from(key);
        }
        if options.limit > 0 && page.items.len() == options.limit {
            break;
        }
    }
    let remaining = rest.count() as u64;
    if remaining > 0 {
        page.meta.continue_token = Some(encode(revision as i64, &format!("{}\0", &last[prefix.len()..])));
        page.meta.remaining = options.selection.is_everything().then_some(remaining);
    }
    Ok(page)
}

/// A list whose state is gone. A page gets a token that goes on in the newest state instead.
fn expired(position: Option<&Position>) -> Failure {
    match position {
        None => Failure::expired("The resourceVersion for the provided list is too old."),
        Some(position) => Failure::expired(INCONSISTENT).with_continue(encode(-1, &position.key)),
    }
}

fn encode(revision: i64, key: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json!({"v": "meta.k8s.io/v1", "rv": revision, "start": key}).to_string())
}

fn decode(token: &str) -> Outcome<Position> {
    let refuse =
        |why: &str| Failure::bad_request(format!("invalid continue token: continue key is not valid: {why}"));
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|error| refuse(&error.to_string()))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| refuse(&error.to_string()))?;
    let key = value["start"].as_str().unwrap_or_default().to_owned();
    if value["v"] != "meta.k8s.io/v1" {
        return Err(refuse(&format!("server does not recognize this encoded version {}", value["v"])));
    }
    match value["rv"].as_i64() {
        None | Some(0) => Err(refuse("incorrect encoded start resourceVersion (version meta.k8s.io/v1)")),
        _ if key.is_empty() => Err(refuse("encoded start key empty (version meta.k8s.io/v1)")),
        Some(revision) => Ok(Position { revision: u64::try_from(revision).ok(), key }),
    }
}

fn refuse_contradictions(query: &Query) -> Outcome<()> {
    let field = "resourceVersionMatch";
    let mut causes = Vec::new();
    let (rule, version) = (query.get(field), query.get("resourceVersion"));
    if !rule.is_empty() {
        if version.is_empty() {
            let detail = "resourceVersionMatch is forbidden unless resourceVersion is provided";
            causes.push(Cause::forbidden(field, detail));
        }
        if !query.get("continue").is_empty() {
            causes
                .push(Cause::forbidden(field, "resourceVersionMatch is forbidden when continue is provided"));
        }
        if !matches!(rule, "Exact" | "NotOlderThan") {
            causes.push(Cause::not_supported(field, &rule.into(), &["Exact", "NotOlderThan", ""]));
        }
        if rule == "Exact" && version == "0" {
            let detail = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            causes.push(Cause::forbidden(field, detail));
        }
    }
    if query.has("sendInitialEvents") {
        causes.push(Cause::forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    }
    if causes.is_empty() { Ok(()) } else { Err(Failure::invalid("ListOptions", "meta.k8s.io", "", &causes)) }
}

/// A revision that the server has not reached within the wait.
pub(crate) fn too_large(wanted: u64, current: u64) -> Failure {
    Failure::new(504, "Timeout", format!("Timeout: Too large resource version: {wanted}, current: {current}"))
        .with_details(json!({
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        }))
}

const INCONSISTENT: &str = "The provided continue parameter is too old to display a consistent list result. You can \
    start a new list without the continue parameter, or use the continue token in this response to retrieve the \
    remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were \
    created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::request::Query, ListOptions, list};
    use crate::embedded::{kinds::built_ins, state::State};

    #[test]
    fn contradictions_are_refused() {
        let kind = &built_ins()[0];
        for (query, code) in [
            ("resourceVersionMatch=Exact", Some(422)),
            ("resourceVersionMatch=Exact&resourceVersion=0", Some(422)),
            ("resourceVersionMatch=Other&resourceVersion=1", Some(422)),
            ("sendInitialEvents=true", Some(422)),
            ("resourceVersion=abc", Some(400)),
            ("continue=abc", Some(400)),
            ("resourceVersionMatch=NotOlderThan&resourceVersion=1", None),
        ] {
            let got = ListOptions::parse(&Query::parse(query), kind).err().map(|failure| failure.code());
            assert_eq!(got, code, "{query}");
        }
    }

    #[test]
    fn pages_show_one_state() {
        let mut state = State::new();
        let kind = built_ins()[0].clone();
        for name in ["a", "b", "c"] {
            let object = json!({"apiVersion": "v1", "metadata": {"name": name, "namespace": "n"}});
            state.store.put("configmaps", &format!("n/{name}"), object);
        }
        let page = |state: &State, query: &str| {
            let options = ListOptions::parse(&Query::parse(query), &kind)?;
            list(state, &kind, "n/", &options)
        };
        let first = page(&state, "limit=2").expect("a page");
        assert_eq!((first.items.len(), first.meta.remaining), (2, Some(1)));
        let token = first.meta.continue_token.expect("a token");
        state.store.remove("configmaps", "n/c");
        let second = page(&state, &format!("limit=2&continue={token}")).expect("the old state");
        assert_eq!((second.items.len(), second.meta.resource_version), (1, first.meta.resource_version));
        state.store.compact();
        let failure = page(&state, &format!("limit=2&continue={token}")).expect_err("compacted");
        let again = failure.status()["metadata"]["continue"].as_str().map(str::to_owned).expect("a token");
        let rest = page(&state, &format!("continue={again}")).expect("the newest state");
        assert_eq!((failure.code(), rest.items.len()), (410, 0));
    }
}
