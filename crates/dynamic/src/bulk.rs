//! Many objects in one list, each handled by itself.

use std::{collections::HashMap, fmt};

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use steersman_meta::{Content, Object};

use crate::{
    DynamicClient, Error, LocalError, Resource, ResourceInstance,
    error::{Attempt, Cause},
    extras::Extras,
};

/// The verbs for a list of objects, which the server does not have: each item is handled by itself, in its own namespace, several
/// at a time, and each has an outcome of its own.
///
/// With [`Resource::bulk`] the items are of one kind, the list is of that kind's list kind, and an item that says another kind
/// fails ([`KindMismatch`](LocalError::KindMismatch)) before anything is sent for it; with [`DynamicClient::bulk`] the list
/// is a `List` of `v1`, and each item says what it is. The items are not sorted: where one needs another (a namespace and what is
/// in it), say [`at_a_time(1)`](crate::verbs::BulkWrite::at_a_time), and they come in the list's own order.
///
/// ```no_run
/// # async fn doc(cluster: steersman_dynamic::DynamicClient) -> Result<(), steersman_dynamic::Error> {
/// use serde_json::json;
///
/// let list = json!({"apiVersion": "v1", "kind": "List", "items": [
///     {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}},
///     {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {}},
/// ]});
/// let created = cluster.bulk().create(list).await?;
/// for failed in created.failed() {
///     eprintln!("{failed}");
/// }
/// let objects = created.into_all()?; // the first error, if there is one
/// # let _ = objects;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Bulk {
    cluster: DynamicClient,
    /// The kind of all items, where it is known beforehand.
    base: Option<Resource>,
    /// For items of namespaced kinds that name none.
    namespace: Option<String>,
    /// What goes with each request.
    extras: Option<Extras>,
}

/// What became of one item of a list.
#[derive(Debug)]
#[non_exhaustive]
pub struct BulkOutcome<T> {
    /// The item's place in the list, from 0.
    pub index: usize,
    /// The item's apiVersion.
    pub api_version: String,
    /// The item's kind.
    pub kind: String,
    /// The item's own namespace.
    pub namespace: Option<String>,
    /// The item's name; empty where it has none.
    pub name: String,
    /// What came back, or why it failed.
    pub result: Result<T, Error>,
}

/// What became of the items of a list, in the order of the list.
#[derive(Debug)]
#[must_use = "items may have failed"]
pub struct BulkOutcomes<T> {
    outcomes: Vec<BulkOutcome<T>>,
    api_version: String,
    kind: String,
}

impl Resource {
    /// The verbs for a list of objects of this kind, `PodList` for one. Items without a namespace go where this resource is.
    #[must_use]
    pub fn bulk(&self) -> Bulk {
        Bulk { cluster: self.cluster().clone(), base: Some(self.clone()), namespace: None, extras: None }
    }
}

impl DynamicClient {
    /// The verbs for a `List` of objects of any kinds.
    #[must_use]
    pub fn bulk(&self) -> Bulk {
        Bulk { cluster: self.clone(), base: None, namespace: None, extras: None }
    }
}

impl Bulk {
    /// Items of namespaced kinds that name no namespace go to this one.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The same, with more to go with each request.
    pub(crate) fn with_extras(&self, add: impl FnOnce(&mut Extras)) -> Self {
        let mut extras = self.extras.clone().unwrap_or_default();
        add(&mut extras);
        Self { extras: Some(extras), ..self.clone() }
    }

    /// The kind of the items, where it is one.
    #[must_use]
    pub fn base_resource(&self) -> Option<&Resource> {
        self.base.as_ref()
    }

    /// The apiVersion of the lists: that of the items, and `v1` for mixed ones.
    #[must_use]
    pub fn api_version(&self) -> String {
        self.base.as_ref().map_or_else(|| "v1".to_owned(), |base| base.api().api_version())
    }

    /// The kind of the lists: `PodList`, and `List` for mixed ones.
    #[must_use]
    pub fn kind(&self) -> String {
        self.base.as_ref().map_or_else(|| "List".to_owned(), |base| base.api().list_kind())
    }

    /// Does `each` to each item, and at most `at_a_time` at once.
    pub(crate) async fn run<T, F, D>(
        &self,
        said: &'static str,
        content: &Content,
        at_a_time: usize,
        each: F,
    ) -> Result<BulkOutcomes<T>, Error>
    where
        F: Fn(Resource, Object) -> D,
        D: Future<Output = Result<T, Error>>,
    {
        let attempt = Attempt::to(said, format!("the items of a {} {}", self.api_version(), self.kind()));
        let items = self.items(content).map_err(|cause| attempt.failed(cause))?;
        let mut resolved = Vec::with_capacity(items.len());
        let mut known = HashMap::new();
        for item in items {
            let resource = self.resource_of(said, &item, &mut known).await;
            resolved.push((item, resource));
        }
        let outcomes = stream::iter(resolved.into_iter().enumerate())
            .map(|(index, (item, resource))| {
                let done = match resource {
                    Ok(resource) => Ok(each(resource, item.clone())),
                    Err(error) => Err(error),
                };
                // What an item does not say, the list does.
                let said = |own: &str, base: fn(&Resource) -> String| match (own, &self.base) {
                    ("", Some(resource)) => base(resource),
                    (own, _) => own.to_owned(),
                };
                let api_version = said(item.api_version(), |base| base.api().api_version());
                let kind = said(item.kind(), |base| base.api().kind.to_string());
                async move {
                    BulkOutcome {
                        index,
                        api_version,
                        kind,
                        namespace: item.namespace().map(str::to_owned),
                        name: item.name().to_owned(),
                        result: match done {
                            Ok(done) => done.await,
                            Err(error) => Err(error),
                        },
                    }
                }
            })
            .buffered(at_a_time.max(1))
            .collect()
            .await;
        Ok(BulkOutcomes { outcomes, api_version: self.api_version(), kind: self.kind() })
    }

    /// The items of a list of our kind.
    fn items(&self, content: &Content) -> Result<Vec<Object>, Cause> {
        let document = content.document()?;
        let root = document.root();
        if root.is_null() {
            return Err(LocalError::NoContent.into());
        }
        let said = root.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default();
        if said != self.kind() {
            let (content, resource) = (said.into_owned(), self.kind());
            return Err(LocalError::KindMismatch { content, resource }.into());
        }
        if root.get("items").is_none_or(|items| items.is_null() || items.at(0).is_none()) {
            return Err(LocalError::NoItems.into());
        }
        let items = root.get("items").into_iter().flat_map(|items| items.elements());
        let object = |item| Object::from_document(document.share(item));
        Ok(items.map(object).collect::<Result<_, _>>().map_err(LocalError::NotAnObject)?)
    }

    /// Where an item belongs. A kind that was looked for in vain is not looked for again.
    async fn resource_of(
        &self,
        said: &'static str,
        item: &Object,
        known: &mut HashMap<(String, String), Option<Resource>>,
    ) -> Result<Resource, Error> {
        let resource = match &self.base {
            Some(base) => {
                check_kind(base, item).map_err(|error| base.attempt(said).failed(error))?;
                base.clone()
            }
            None => {
                let key = (item.api_version().to_owned(), item.kind().to_owned());
                match known.get(&key) {
                    Some(Some(resource)) => resource.clone(),
                    Some(None) => {
                        let (api_version, kind) = key;
                        let attempt = Attempt::to(said, format!("{api_version} {kind}"));
                        return Err(attempt.failed(LocalError::UnknownKind { api_version, kind }));
                    }
                    None => {
                        let found = self.cluster.resource(&key.0, &key.1).await;
                        // What failed for now is asked for again; what is not served is not.
                        match &found {
                            Ok(resource) => drop(known.insert(key, Some(resource.clone()))),
                            Err(error) if error.is_not_found() => drop(known.insert(key, None)),
                            Err(_) => {}
                        }
                        found?
                    }
                }
            }
        };
        let resource = match &self.extras {
            Some(extras) => resource.with_extras(|own| *own = extras.clone()),
            None => resource,
        };
        let namespace = item.namespace().or(self.namespace.as_deref());
        Ok(match namespace.filter(|_| resource.api().is_namespaced()) {
            Some(namespace) => resource.namespace(namespace),
            None => resource,
        })
    }
}

/// An error if the item says that it is of another kind: its name is then that of some other object. The metadata of an object
/// says a kind of its own, and what it says nothing of, the list does.
fn check_kind(resource: &Resource, item: &Object) -> Result<(), LocalError> {
    let metadata_alone =
        item.kind() == "PartialObjectMetadata" && item.api_version().starts_with("meta.k8s.io/");
    let (want_version, want_kind) = (resource.api().api_version(), &*resource.api().kind);
    let said = |own: &str, want: &str| if own.is_empty() { want.to_owned() } else { own.to_owned() };
    let (version, kind) = (said(item.api_version(), &want_version), said(item.kind(), want_kind));
    if metadata_alone || (version == want_version && kind == want_kind) {
        return Ok(());
    }
    Err(LocalError::KindMismatch {
        content: format!("{version} {kind}"),
        resource: format!("{want_version} {want_kind}"),
    })
}

impl<T> BulkOutcomes<T> {
    /// How many items there were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether there were none; a list without items is an error.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// An iterator over the outcomes.
    pub fn iter(&self) -> std::slice::Iter<'_, BulkOutcome<T>> {
        self.outcomes.iter()
    }

    /// Those that failed.
    pub fn failed(&self) -> impl Iterator<Item = &BulkOutcome<T>> {
        self.iter().filter(|outcome| outcome.result.is_err())
    }

    /// What came back for each item, if none has failed.
    ///
    /// # Errors
    /// The first failure, in the order of the list; what became of the others is then not told.
    pub fn into_all(self) -> Result<Vec<T>, Error> {
        self.outcomes.into_iter().map(|outcome| outcome.result).collect()
    }
}

impl BulkOutcomes<ResourceInstance> {
    /// What came back, as a list of the kind that was given; items that failed are not in it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let objects = self.iter().filter_map(|outcome| outcome.result.as_ref().ok());
        let items: Vec<Value> = objects.map(|object| object.to_value()).collect();
        json!({"apiVersion": self.api_version, "kind": self.kind, "items": items})
    }
}

impl<T> IntoIterator for BulkOutcomes<T> {
    type Item = BulkOutcome<T>;
    type IntoIter = std::vec::IntoIter<BulkOutcome<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.outcomes.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a BulkOutcomes<T> {
    type Item = &'a BulkOutcome<T>;
    type IntoIter = std::slice::Iter<'a, BulkOutcome<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> fmt::Display for BulkOutcome<T> {
    /// `item 3, ConfigMap shop/a: done`, or the error with its causes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item {}, {} ", self.index, self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        match &self.result {
            Ok(_) => write!(f, "{}: done", self.name),
            Err(error) => write!(f, "{}: {}", self.name, error.report()),
        }
    }
}
