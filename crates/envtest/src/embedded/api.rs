//! From a request to its answer: who asks, may they, what is it about, and which part of the server does it.

use std::{sync::Arc, time::Duration};

use http::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    actions,
    auth::Identity,
    delete::{self, Deleted},
    discovery,
    kinds::Kind,
    list::{self, ListOptions, too_large},
    logs,
    negotiate::{self, View},
    options::{DeleteOptions, WriteOptions},
    patch, proxy,
    reply::Reply,
    request::{Incoming, ResourcePath, Target, verb},
    reviews, scale,
    selectors::Selection,
    server::Shared,
    state::State,
    status::{Failure, Outcome},
    store,
    subresources::{self, Serves},
    view,
    watch::{self, WatchOptions},
    write::{Part, Write, present},
};

/// How long a read waits for a revision that is not there yet.
const REVISION_WAIT: Duration = Duration::from_secs(1);

/// Answers one request.
pub(crate) async fn answer(shared: &Arc<Shared>, certificate: Option<&[u8]>, request: &Incoming) -> Reply {
    match handle(shared, certificate, request).await {
        Ok(reply) => reply,
        Err(failure) => Reply::from(failure),
    }
}

async fn handle(shared: &Arc<Shared>, certificate: Option<&[u8]>, request: &Incoming) -> Outcome<Reply> {
    let now = OffsetDateTime::now_utc();
    let issued = |token: &str| shared.read(|state| state.tokens.identity(token, &state.store, now));
    let identity = shared.users.authenticate(certificate, &request.headers, issued)?;
    let target = Target::parse(&request.path);
    let resource = match &target {
        Target::Path(segments) => {
            let verb = if request.method == Method::GET { "get" } else { request.method.as_str() };
            identity.authorize(&verb.to_ascii_lowercase(), &target, &request.path)?;
            return shared.read(|state| discovery::answer(state, segments, request));
        }
        Target::Resource(resource) => resource,
    };
    let verb = verb(&request.method, resource, &request.query).ok_or_else(Failure::method_not_allowed)?;
    identity.authorize(verb, &target, &request.path)?;
    let (kind, serves) = shared.read(|state| find(state, resource, verb))?;
    let part = match serves {
        Serves::Part(part) => part,
        Serves::Log => return logs::answer(shared, &kind, resource, &request.query).await,
        Serves::Proxy => return proxy::answer(shared, request, resource, &kind),
        Serves::Action(action) => return actions::answer(shared, request, resource, &kind, action),
    };
    let call = Call { shared, request, identity: &identity, resource, kind, part };
    let mut warnings =
        call.kind.custom.as_ref().and_then(|custom| custom.deprecation.clone()).into_iter().collect();
    let reply = call.answer(verb, &mut warnings).await.unwrap_or_else(Reply::from);
    Ok(reply.with_warnings(&warnings))
}

/// The kind that a path names, and what of its objects.
fn find(state: &State, resource: &ResourcePath, verb: &str) -> Outcome<(Arc<Kind>, Serves)> {
    let missing = || match state.is_custom_group(&resource.group) {
        true => Failure::no_such_path(),
        false => Failure::no_such_resource(),
    };
    let kind = state.find(&resource.group, &resource.version, &resource.plural).ok_or_else(missing)?.clone();
    let lost = || if kind.is_custom() { Failure::no_such_path() } else { Failure::no_such_resource() };
    let across = matches!(verb, "list" | "watch") && resource.name.is_none();
    let misplaced = match (kind.namespaced, &resource.namespace) {
        (true, None) => !across,
        (false, Some(_)) => true,
        _ => false,
    };
    let below = subresources::of(&kind);
    let subresource = resource.subresource.as_deref().map(|name| below.iter().find(|one| one.name == name));
    let has_more = matches!(subresource, Some(Some(one)) if one.serves == Serves::Proxy);
    if (resource.deeper && !has_more) || (misplaced && kind.is_custom()) {
        return Err(lost());
    }
    if misplaced {
        // Go's router knows the path of the collection, and only that.
        let collection = kind.namespaced && resource.name.is_none();
        return Err(if collection { Failure::method_not_allowed() } else { lost() });
    }
    let subresource = match subresource {
        Some(None) if kind.is_custom() => {
            return Err(kind.not_found(resource.name.as_deref().unwrap_or_default()));
        }
        Some(None) => return Err(Failure::no_such_resource()),
        None => None,
        Some(Some(one)) => Some(one),
    };
    let named = resource.name.is_some();
    if kind.is_custom() && !named && matches!(verb, "update" | "patch") {
        return Err(Failure::bad_request("name must be provided"));
    }
    let fits = match verb {
        "create" => !named || kind.is_custom(),
        "update" | "patch" => named,
        _ => true,
    };
    let (served, serves) = match subresource {
        None => (fits && kind.verbs().contains(&verb), Serves::Part(Part::Main)),
        Some(one) => (one.verbs.contains(&verb), one.serves),
    };
    match (served, kind.is_custom()) {
        (true, _) => Ok((kind.clone(), serves)),
        (false, true) => Err(Failure::verb_not_supported(verb, &kind.plural, &kind.group)),
        (false, false) => Err(Failure::method_not_allowed()),
    }
}

/// One request to one kind.
struct Call<'a> {
    shared: &'a Arc<Shared>,
    request: &'a Incoming,
    identity: &'a Identity,
    resource: &'a ResourcePath,
    kind: Arc<Kind>,
    part: Part,
}

impl Call<'_> {
    async fn answer(&self, verb: &str, warnings: &mut Vec<String>) -> Outcome<Reply> {
        let view = negotiate::objects(self.request.header("accept"), &self.kind)?;
        match verb {
            "get" => self.get(view).await,
            "list" => self.list(view).await,
            "watch" => self.watch(view).await,
            "delete" => self.delete(view),
            "deletecollection" => self.delete_collection(view),
            _ if self.kind.review => {
                let body = super::body::read_object(self.request, &self.kind)?;
                Ok(Reply::json(201, &reviews::answer(&self.kind, self.identity, body)))
            }
            _ => self.write(verb, view, warnings),
        }
    }

    fn name(&self) -> &str {
        self.resource.name.as_deref().unwrap_or_default()
    }

    /// What all keys of the collection start with.
    fn prefix(&self) -> String {
        self.resource.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default()
    }

    async fn get(&self, view: View) -> Outcome<Reply> {
        let wanted = list::parse_revision_bluntly(self.request.query.get("resourceVersion"))?;
        self.reach(wanted).await?;
        let key = store::key(self.resource.namespace.as_deref(), self.name());
        let found = self.shared.read(|state| state.store.get(&self.kind.bucket(), &key).cloned());
        let object = found.ok_or_else(|| self.kind.not_found(self.name()))?;
        let object = present(&object, &self.kind);
        match self.part {
            Part::Scale => Ok(Reply::json(200, &scale::show(&object, &self.kind)?)),
            _ => Ok(view::object(200, &object, &self.kind, view)),
        }
    }

    async fn list(&self, view: View) -> Outcome<Reply> {
        let options = ListOptions::parse(&self.request.query, &self.kind)?;
        self.reach(options.at_least).await?;
        let page = self.shared.read(|state| list::list(state, &self.kind, &self.prefix(), &options))?;
        Ok(view::list(page.items.iter().map(AsRef::as_ref), &self.kind, &page.meta, view))
    }

    async fn watch(&self, view: View) -> Outcome<Reply> {
        let options = WatchOptions::parse(&self.request.query, &self.kind)?;
        self.reach(options.at_least).await?;
        let events = watch::events(self.shared.clone(), self.kind.clone(), self.prefix(), options, view);
        Ok(Reply::stream("application/json", events))
    }

    fn delete(&self, view: View) -> Outcome<Reply> {
        let options = DeleteOptions::parse(self.request)?;
        let namespace = self.resource.namespace.as_deref();
        let deleted = self
            .shared
            .change(|state| delete::delete(state, &self.kind, namespace, self.name(), &options))?;
        let accepted = matches!(deleted, Deleted::Marked(_)) && options.orphan == Some(false);
        let code = if accepted { 202 } else { 200 };
        Ok(view::object(code, &deleted.body(&self.kind), &self.kind, view))
    }

    fn delete_collection(&self, view: View) -> Outcome<Reply> {
        let query = &self.request.query;
        let selection = Selection::of(query, &self.kind)?;
        let options = DeleteOptions::parse(self.request)?;
        let (revision, deleted) = self.shared.change(|state| {
            let (bucket, prefix) = (self.kind.bucket(), self.prefix());
            let objects: Vec<_> = state
                .store
                .scan(&bucket, &prefix)
                .map(|(_, object)| present(object, &self.kind))
                .filter(|object| selection.matches(object))
                .collect();
            let revision = state.store.revision();
            delete::delete_all(state, &self.kind, &objects, &options).map(|deleted| (revision, deleted))
        })?;
        let meta = view::ListMeta { resource_version: revision, ..view::ListMeta::default() };
        Ok(view::list(deleted.iter().map(AsRef::as_ref), &self.kind, &meta, view))
    }

    fn write(&self, verb: &str, view: View, warnings: &mut Vec<String>) -> Outcome<Reply> {
        let form = if verb == "patch" { Some(patch::Form::parse(self.request, &self.kind)?) } else { None };
        let options_kind = match verb {
            "create" => "CreateOptions",
            "update" => "UpdateOptions",
            _ => "PatchOptions",
        };
        let options = WriteOptions::parse(self.request, options_kind, form == Some(patch::Form::Apply))?;
        let (outcome, noticed) = self.shared.change(|state| {
            let mut write = Write {
                state,
                request: self.request,
                kind: self.kind.clone(),
                namespace: self.resource.namespace.clone(),
                part: self.part,
                options,
                user: self.identity,
                warnings: Vec::new(),
            };
            let outcome = match (verb, form, self.part) {
                ("create", ..) => write.create().map(|object| (201, object)),
                (_, None, Part::Scale) => scale::replace(&mut write, self.name()).map(|object| (200, object)),
                (_, Some(form), Part::Scale) => {
                    scale::patch(&mut write, self.name(), form).map(|object| (200, object))
                }
                (_, None, _) => write.replace(self.name()).map(|object| (200, object)),
                (_, Some(form), _) => patch::patch(&mut write, self.name(), form),
            };
            (outcome, write.warnings)
        });
        warnings.extend(noticed);
        let (code, object): (u16, Arc<Value>) = outcome?;
        if self.part == Part::Scale {
            return Ok(Reply::json(code, &object));
        }
        Ok(view::object(code, &object, &self.kind, view))
    }

    /// Waits a little for a revision that is not there yet.
    async fn reach(&self, wanted: u64) -> Outcome<()> {
        let current = || self.shared.read(|state| state.store.revision());
        if wanted <= current() {
            return Ok(());
        }
        let mut signals = self.shared.subscribe();
        let reached = signals.wait_for(|signal| signal.revision >= wanted);
        match tokio::time::timeout(REVISION_WAIT, reached).await {
            Ok(Ok(_)) => Ok(()),
            _ if wanted <= current() => Ok(()),
            _ => Err(too_large(wanted, current())),
        }
    }
}

/// What `/version` says: the release whose behaviour is the model.
pub(crate) fn version() -> Value {
    json!({
        "major": "1",
        "minor": "36",
        "emulationMajor": "1",
        "emulationMinor": "36",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.3",
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    })
}
