//! One kind, with its verbs.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use steersman_meta::{ApiResource, ApiSubresource, Content, GroupVersionKind, Namespace, Patch, Verb};
use steersman_transport::Client;

use crate::{
    DynamicClient, Error, LocalError, Subresource,
    error::Attempt,
    extras::Extras,
    form::Form,
    place::{self, Fallback, Place, Reach},
    verbs::{Apply, Create, Delete, DeleteCollection, Get, List, PatchObject, Replace, WatchObjects},
};

/// A kind that the server serves, with its verbs. Cheap to clone.
///
/// For a namespaced kind, say where: [`namespace`](Self::namespace), [`default_namespace`](Self::default_namespace),
/// or for lists and watches [`all_namespaces`](Self::all_namespaces). Nothing is assumed; a call that was told nothing
/// takes the content's own namespace, then the one that was set on the client's builder, and else is an error.
///
/// ```no_run
/// # async fn doc(cluster: steersman_dynamic::DynamicClient) -> Result<(), steersman_dynamic::Error> {
/// use serde_json::json;
///
/// let widgets = cluster.resource("example.com/v1", "Widget").await?.namespace("shop");
/// widgets.create(json!({"metadata": {"name": "left"}, "spec": {"size": 3}})).await?;
/// for widget in widgets.list().labels("tier=front").await? {
///     println!("{}: {:?}", widget.name(), widget.at::<i64>("/spec/size"));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Resource {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    cluster: DynamicClient,
    api: Arc<ApiResource>,
    place: Place,
    /// Set on the resource inside a [`Subresource`] and on what comes from one.
    below: Option<Below>,
    /// In which form the server answers.
    form: Form,
    /// What goes with the calls of one builder; what comes back does not keep it.
    extras: Option<Arc<Extras>>,
    /// What it is called in what is said of a call, once somebody has called.
    said: OnceLock<Arc<str>>,
}

/// Below the object, under a name of its own.
#[derive(Clone, PartialEq)]
struct Below {
    subresource: ApiSubresource,
    answers: Answers,
}

/// Where the verbs of an answer go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// To the object above: what is written to a status gives the object.
    Above,
    /// To the subresource that it came from.
    Below,
}

impl Resource {
    pub(crate) fn new(cluster: DynamicClient, api: Arc<ApiResource>) -> Self {
        Self {
            inner: Arc::new(Inner {
                cluster,
                api,
                place: Place::Unsaid,
                below: None,
                form: Form::Whole,
                extras: None,
                said: OnceLock::new(),
            }),
        }
    }

    /// The same resource in one namespace.
    #[must_use]
    pub fn namespace(&self, namespace: impl Into<String>) -> Self {
        self.at(Place::Named(namespace.into()))
    }

    /// The same resource in the namespace of the configuration's context.
    #[must_use]
    pub fn default_namespace(&self) -> Self {
        self.at(Place::Context)
    }

    /// The same resource in all namespaces: for lists and watches.
    #[must_use]
    pub fn all_namespaces(&self) -> Self {
        self.at(Place::All)
    }

    /// The same resource, of whose objects the server sends the metadata and nothing else: for gets, lists and watches of many
    /// or large objects. What comes is of the kind `PartialObjectMetadata`, and has the verbs of the resource; a server that
    /// does not know the form refuses with 406.
    ///
    /// ```no_run
    /// # async fn doc(secrets: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
    /// for secret in secrets.all_namespaces().metadata_only().list().await? {
    ///     println!("{} has {} labels", secret.name(), secret.labels().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn metadata_only(&self) -> Self {
        self.in_form(Form::Metadata)
    }

    /// All that is known about the kind.
    #[must_use]
    pub fn api(&self) -> &ApiResource {
        &self.inner.api
    }

    /// The client that it came from.
    #[must_use]
    pub fn cluster(&self) -> &DynamicClient {
        &self.inner.cluster
    }

    /// Reads one object.
    pub fn get(&self, name: impl Into<String>) -> Get {
        Get::new(self.clone(), name.into())
    }

    /// Lists objects: awaited, all of them; as a stream, page by page.
    pub fn list(&self) -> List {
        List::new(self.clone())
    }

    /// Creates an object. What is missing of apiVersion and kind is filled in.
    pub fn create(&self, content: impl Into<Content>) -> Create {
        Create::new(self.clone(), None, content.into())
    }

    /// Replaces an object as a whole; its name is in the content. With a resource version in it, an object that has
    /// changed meanwhile is a conflict.
    pub fn replace(&self, content: impl Into<Content>) -> Replace {
        Replace::new(self.clone(), None, content.into())
    }

    /// Changes parts of an object.
    pub fn patch(&self, name: impl Into<String>, patch: Patch) -> PatchObject {
        PatchObject::new(self.clone(), name.into(), patch)
    }

    /// Applies a configuration on the server: the fields in it become what they say, and belong to the field manager.
    /// The object's name is in the content; it is created if it is not there.
    pub fn apply(&self, content: impl Into<Content>) -> Apply {
        Apply::new(self.clone(), None, content.into())
    }

    /// Deletes one object.
    pub fn delete(&self, name: impl Into<String>) -> Delete {
        Delete::new(self.clone(), name.into())
    }

    /// Deletes all objects that fit, in one namespace.
    pub fn delete_collection(&self) -> DeleteCollection {
        DeleteCollection::new(self.clone())
    }

    /// Watches objects as they come, change and go.
    pub fn watch(&self) -> WatchObjects {
        WatchObjects::new(self.clone())
    }

    /// What lies below each object under a name of its own: `status`, `scale`.
    ///
    /// # Errors
    /// If discovery did not list it; nothing is sent.
    pub fn subresource(&self, name: &str) -> Result<Subresource, Error> {
        match self.api().subresource(name) {
            Some(subresource) => Ok(Subresource::new(self.below(subresource.clone(), Answers::Below))),
            None => Err(self.attempt("use").failed(self.unknown(name))),
        }
    }

    fn at(&self, place: Place) -> Self {
        self.changed(|inner| inner.place = place)
    }

    fn below(&self, subresource: ApiSubresource, answers: Answers) -> Self {
        self.changed(|inner| inner.below = Some(Below { subresource, answers }))
    }

    /// The verbs of the status, which give the object above. A kind without one is refused when a verb is sent.
    pub(crate) fn status(&self) -> Self {
        let listed = self.api().subresource("status").cloned();
        let status = listed.unwrap_or_else(|| ApiSubresource::new("status", self.api().gvk(), Vec::new()));
        self.below(status, Answers::Above)
    }

    /// The resource above, where this is one of a subresource.
    pub(crate) fn without_subresource(&self) -> Self {
        self.changed(|inner| inner.below = None)
    }

    /// Where the verbs of what comes back go.
    pub(crate) fn of_answers(&self) -> Self {
        match &self.inner.below {
            Some(Below { answers: Answers::Above, .. }) => self.without_subresource(),
            _ => self.clone(),
        }
    }

    /// The same resource, with more to go with its calls.
    pub(crate) fn with_extras(&self, add: impl FnOnce(&mut Extras)) -> Self {
        let mut extras = self.extras().cloned().unwrap_or_default();
        add(&mut extras);
        self.changed(|inner| inner.extras = Some(Arc::new(extras)))
    }

    /// The same resource, as it was before anything was to go with a call.
    pub(crate) fn without_extras(self) -> Self {
        if self.inner.extras.is_none() {
            return self;
        }
        self.changed(|inner| inner.extras = None)
    }

    fn changed(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = (*self.inner).clone();
        change(&mut inner);
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn extras(&self) -> Option<&Extras> {
        self.inner.extras.as_deref()
    }

    pub(crate) fn client(&self) -> &Client {
        self.inner.cluster.client()
    }

    pub(crate) fn in_form(&self, form: Form) -> Self {
        self.changed(|inner| inner.form = form)
    }

    pub(crate) fn form(&self) -> Form {
        self.inner.form
    }

    pub(crate) fn subresource_name(&self) -> Option<&str> {
        self.inner.below.as_ref().map(|below| below.subresource.name.as_str())
    }

    /// The kind that the content of a write must be of.
    pub(crate) fn content_kind(&self) -> GroupVersionKind {
        let below = self.inner.below.as_ref();
        below.map_or_else(|| self.api().gvk(), |below| below.subresource.kind.clone())
    }

    /// What to say when a call about this resource fails.
    pub(crate) fn attempt(&self, verb: &'static str) -> Attempt {
        let said = self.inner.said.get_or_init(|| self.api().to_string().into());
        let mut attempt = Attempt::to(verb, Arc::clone(said));
        attempt.subresource = self.subresource_name().map(str::to_owned);
        attempt
    }

    /// Whether it is in this namespace, and was told so.
    pub(crate) fn is_in(&self, namespace: &Namespace) -> bool {
        matches!(&self.inner.place, Place::Named(named) if named == namespace.as_str())
    }

    pub(crate) fn check_verb(&self, verb: Verb) -> Result<(), LocalError> {
        match self.inner.below.as_ref().map(|below| &below.subresource) {
            None => LocalError::check_verb(self.api(), verb),
            Some(one) if self.api().subresource(&one.name).is_none() => Err(self.unknown(&one.name)),
            Some(one) if one.serves(&verb) => Ok(()),
            Some(one) => Err(LocalError::VerbNotServed { verb, served: one.verbs.to_vec() }),
        }
    }

    fn unknown(&self, subresource: &str) -> LocalError {
        let served = self.api().subresources.iter().map(|subresource| subresource.name.to_string()).collect();
        LocalError::UnknownSubresource { name: subresource.to_owned(), served }
    }

    pub(crate) fn namespace_of(
        &self,
        content_namespace: Option<&str>,
        reach: Reach,
    ) -> Result<Option<Namespace>, LocalError> {
        let cluster = self.cluster();
        let fallback = Fallback { context: cluster.context_namespace(), client: cluster.namespace() };
        place::namespace(self.api(), &self.inner.place, content_namespace, fallback, reach)
    }
}

impl PartialEq for Resource {
    /// The same kind in the same place; which client it belongs to does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.inner.api == other.inner.api
            && self.inner.place == other.inner.place
            && self.inner.below == other.inner.below
            && self.inner.form == other.inner.form
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource")
            .field("api", &format_args!("{}", self.inner.api))
            .field("place", &self.inner.place)
            .field("subresource", &self.subresource_name())
            .finish_non_exhaustive()
    }
}
