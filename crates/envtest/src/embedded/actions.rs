//! What is created below an object and not stored: a pod's binding and its eviction, and a service account's token.

use std::sync::Arc;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    body, budgets,
    delete::{self, Deleted},
    kinds::Kind,
    meta,
    options::{DeleteOptions, WriteOptions},
    reply::Reply,
    request::{Incoming, ResourcePath},
    server::Shared,
    state::State,
    status::{Cause, Failure, Outcome},
    store,
    subresources::{Action, content_kind},
    tokens::{AUDIENCE, Holder, Reader},
};

/// Does what is asked for, and answers.
pub(crate) fn answer(
    shared: &Arc<Shared>,
    request: &Incoming,
    path: &ResourcePath,
    kind: &Kind,
    action: Action,
) -> Outcome<Reply> {
    let options = WriteOptions::parse(request, "CreateOptions", false)?;
    let content_kind = content_kind(action);
    let mut content = body::read_object(request, &content_kind)?;
    let mut warnings = Vec::new();
    body::decode(&mut content, &request.body, &content_kind, options.validation, &mut warnings)?;
    meta::settle_namespace(&mut content, path.namespace.as_deref())?;
    let name = path.name.as_deref().unwrap_or_default();
    let place = Place { namespace: path.namespace.as_deref(), name, kind };
    let done = shared.change(|state| match action {
        Action::Bind => bind(state, &place, &content, &options),
        Action::Evict => evict(state, &place, &content, &options),
        Action::IssueToken => issue_token(state, &place, content, &options),
    })?;
    Ok(Reply::json(201, &done).with_warnings(&warnings))
}

/// The object that it is about.
struct Place<'a> {
    namespace: Option<&'a str>,
    name: &'a str,
    kind: &'a Kind,
}

impl Place<'_> {
    fn object(&self, state: &State) -> Outcome<Arc<Value>> {
        let found = state.store.get(&self.kind.bucket(), &self.key());
        found.cloned().ok_or_else(|| self.kind.not_found(self.name))
    }

    fn key(&self) -> String {
        store::key(self.namespace, self.name)
    }

    /// The content must name the object that the path names.
    fn check_name(&self, content: &Value) -> Outcome<()> {
        if meta::name(content) == self.name {
            return Ok(());
        }
        let kind = content["kind"].as_str().unwrap_or_default();
        Err(Failure::bad_request(format!("name in URL does not match name in {kind} object")))
    }
}

fn bind(state: &mut State, place: &Place<'_>, binding: &Value, options: &WriteOptions) -> Outcome<Value> {
    place.check_name(binding)?;
    let target = &binding["target"];
    let mut causes = Vec::new();
    if !matches!(target["kind"].as_str().unwrap_or_default(), "" | "Node") {
        causes.push(Cause::not_supported("target.kind", &target["kind"], &["Node", "<empty>"]));
    }
    let node = target["name"].as_str().unwrap_or_default();
    if node.is_empty() {
        causes.push(Cause::required("target.name", ""));
    }
    if !causes.is_empty() {
        return Err(Failure::invalid("Binding", "", place.name, &causes));
    }
    let name = place.name;
    let refused = |why: String| Failure::conflict("pods/binding", "", name, &why);
    let pod = place.object(state)?;
    for (field, said) in
        [("uid", meta::text(binding, "uid")), ("resourceVersion", meta::text(binding, "resourceVersion"))]
    {
        if !said.is_empty() && said != meta::text(&pod, field) {
            return Err(refused(format!("Precondition failed: {field} in precondition: {said}")));
        }
    }
    if meta::is_deleting(&pod) {
        return Err(refused(format!("pod {name} is being deleted, cannot be assigned to a host")));
    }
    if let Some(before) = pod["spec"]["nodeName"].as_str().filter(|node| !node.is_empty()) {
        return Err(refused(format!("pod {name} is already assigned to node {before:?}")));
    }
    let mut bound = (*pod).clone();
    bound["spec"]["nodeName"] = node.into();
    for field in ["annotations", "labels"] {
        for (key, value) in super::schema::members(&binding["metadata"][field]) {
            bound["metadata"][field][key.as_str()] = value.clone();
        }
    }
    let scheduled = json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": meta::now()});
    match bound["status"]["conditions"].as_array_mut() {
        Some(conditions) => {
            conditions.retain(|condition| condition["type"] != "PodScheduled");
            conditions.push(scheduled);
        }
        None => bound["status"]["conditions"] = json!([scheduled]),
    }
    if !options.dry_run {
        state.store.put(&place.kind.bucket(), &place.key(), bound);
    }
    Ok(success())
}

fn evict(state: &mut State, place: &Place<'_>, eviction: &Value, write: &WriteOptions) -> Outcome<Value> {
    place.check_name(eviction)?;
    let said = &eviction["deleteOptions"];
    let mut options = if said.is_null() { DeleteOptions::default() } else { DeleteOptions::of(said)? };
    options.dry_run |= write.dry_run;
    let pod = place.object(state)?;
    budgets::take(state, place.kind, place.namespace.unwrap_or_default(), &pod, &options)?;
    match delete::delete(state, place.kind, place.namespace, place.name, &options)? {
        Deleted::Gone(_) | Deleted::Marked(_) => Ok(success()),
    }
}

fn issue_token(
    state: &mut State,
    place: &Place<'_>,
    mut review: Value,
    options: &WriteOptions,
) -> Outcome<Value> {
    match meta::name(&review) {
        "" => review["metadata"]["name"] = place.name.into(),
        own if own == place.name => {}
        _ => return Err(Failure::bad_request("metadata.name does not match the name in the URL")),
    }
    let spec = &mut review["spec"];
    if spec["expirationSeconds"].is_null() {
        spec["expirationSeconds"] = 3600.into();
    }
    let seconds = spec["expirationSeconds"].as_i64().unwrap_or_default();
    let refused = |detail: &str| {
        let cause = Cause::invalid("spec.expirationSeconds", &seconds.into(), detail);
        Err(Failure::invalid("TokenRequest", "authentication.k8s.io", place.name, &[cause]))
    };
    if seconds < 600 {
        return refused("may not specify a duration less than 10 minutes");
    }
    if seconds > 1 << 32 {
        return refused("may not specify a duration larger than 2^32 seconds");
    }
    let audiences: Vec<String> = spec["audiences"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if audiences.is_empty() {
        spec["audiences"] = json!([AUDIENCE]);
    }
    let account = place.object(state)?;
    let namespace = place.namespace.unwrap_or_default();
    let mut holders = vec![Holder::of(&place.kind.bucket(), place.key(), &account)];
    if !spec["boundObjectRef"].is_null() {
        holders.push(bound_object(state, namespace, &spec["boundObjectRef"])?);
    }
    let expires = OffsetDateTime::now_utc() + Duration::seconds(seconds);
    let expires = expires.replace_nanosecond(0).unwrap_or(expires);
    let for_us = audiences.is_empty() || audiences.iter().any(|one| one == AUDIENCE);
    // A token that was only tried is none that anybody knows.
    let reader = if for_us && !options.dry_run { Reader::Server } else { Reader::Others };
    let token = state.tokens.issue(reader, namespace, place.name, holders, expires);
    review["metadata"]["creationTimestamp"] = meta::now().into();
    review["status"] =
        json!({"token": token, "expirationTimestamp": expires.format(&Rfc3339).unwrap_or_default()});
    Ok(review)
}

/// The object with which a token ends.
fn bound_object(state: &State, namespace: &str, reference: &Value) -> Outcome<Holder> {
    let text = |field: &str| reference[field].as_str().unwrap_or_default();
    let (plural, namespace) = match (text("apiVersion"), text("kind")) {
        ("v1" | "", "Pod") => ("pods", Some(namespace)),
        ("v1" | "", "Secret") => ("secrets", Some(namespace)),
        ("v1" | "", "Node") => ("nodes", None),
        (version, kind) => {
            return Err(Failure::bad_request(format!(
                "cannot bind token to object of type {version}, Kind={kind}"
            )));
        }
    };
    let key = store::key(namespace, text("name"));
    let found = state.store.get(plural, &key).ok_or_else(|| Failure::not_found(plural, "", text("name")))?;
    let (uid, own) = (text("uid"), meta::text(found, "uid"));
    if !uid.is_empty() && uid != own {
        let why = format!(
            "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
        );
        return Err(Failure::conflict(plural, "", text("name"), &why));
    }
    Ok(Holder::of(plural, key, found))
}

fn success() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})
}
