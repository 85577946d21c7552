//! Everything that a request reads and changes, under one lock: the store, and which kinds are served.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    crd,
    kinds::{Kind, built_ins},
    meta,
    store::{self, Store},
    tokens::Tokens,
};

/// The state of the server.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) store: Store,
    /// The served kinds of each CRD, by its name.
    custom: BTreeMap<String, Vec<Arc<Kind>>>,
    /// The next cluster IP that a service gets.
    next_address: u16,
    pub(crate) tokens: Tokens,
}

/// The bucket of namespaces.
pub(crate) const NAMESPACES: &str = "namespaces";
/// The bucket of CRDs.
pub(crate) const CRDS: &str = "customresourcedefinitions.apiextensions.k8s.io";

impl State {
    /// A new cluster with its four namespaces.
    pub(crate) fn new() -> Self {
        let mut state =
            Self { store: Store::new(), custom: BTreeMap::new(), next_address: 1, tokens: Tokens::default() };
        let kind = built_ins().iter().find(|kind| kind.plural == NAMESPACES);
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            let mut namespace = json!({
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
            });
            if let Some(kind) = kind {
                meta::fill_new(&mut namespace, kind);
            }
            state.store.put(NAMESPACES, name, namespace);
        }
        // A real server has forgotten its first revisions by the time that anyone asks: a watch from 1 is refused.
        state.store.compact();
        state
    }

    /// All served kinds: the built-in ones, then those of CRDs.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &Arc<Kind>> {
        built_ins().iter().chain(self.custom.values().flatten())
    }

    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Kind>> {
        self.kinds().find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
    }

    /// Whether any kind is served in this group and version by a CRD, and none by the server itself.
    pub(crate) fn is_custom_group(&self, group: &str) -> bool {
        !built_ins().iter().any(|kind| kind.group == group)
    }

    pub(crate) fn serves_version(&self, group: &str, version: &str) -> bool {
        self.kinds().any(|kind| kind.group == group && kind.version == version)
    }

    /// Serves what a CRD says from now on.
    pub(crate) fn serve_crd(&mut self, definition: &Value) {
        let kinds = crd::kinds(definition).into_iter().map(Arc::new).collect();
        self.custom.insert(meta::name(definition).to_owned(), kinds);
    }

    /// Whether the objects of this bucket can still be served: their CRD is there.
    pub(crate) fn serves_bucket(&self, bucket: &str) -> bool {
        self.kinds().any(|kind| kind.bucket() == bucket)
    }

    /// A loopback-like address for a service, as the real server takes one from `10.0.0.0/24`.
    pub(crate) fn next_cluster_ip(&mut self) -> String {
        self.next_address = self.next_address.wrapping_add(1);
        format!("10.0.{}.{}", self.next_address >> 8, self.next_address & 0xff)
    }

    /// Removes an object, and does what its removal entails. Gives its last state.
    pub(crate) fn remove(&mut self, bucket: &str, key: &str) -> Option<Arc<Value>> {
        let last = self.store.remove(bucket, key)?;
        match bucket {
            CRDS => {
                self.custom.remove(meta::name(&last));
            }
            NAMESPACES => {}
            _ => {
                if let Some((namespace, _)) = key.split_once('/') {
                    self.finish_namespace(namespace);
                } else {
                    self.finish_crd(bucket);
                }
            }
        }
        Some(last)
    }

    /// Deletes what is in a terminating namespace; what has finalizers is only marked.
    pub(crate) fn empty_namespace(&mut self, namespace: &str) {
        let prefix = format!("{namespace}/");
        for bucket in self.store.bucket_names() {
            let keys: Vec<String> = self.store.scan(&bucket, &prefix).map(|(key, _)| key.clone()).collect();
            for key in keys {
                self.delete_or_mark(&bucket, &key);
            }
        }
        self.finish_namespace(namespace);
    }

    /// Deletes every object of a CRD that is being deleted, and then the CRD itself.
    pub(crate) fn empty_crd(&mut self, bucket: &str) {
        let keys: Vec<String> = self.store.scan(bucket, "").map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.delete_or_mark(bucket, &key);
        }
        self.finish_crd(bucket);
    }

    fn delete_or_mark(&mut self, bucket: &str, key: &str) {
        let Some(object) = self.store.get(bucket, key).cloned() else { return };
        if meta::finalizers(&object).next().is_none() {
            self.remove(bucket, key);
        } else if !meta::is_deleting(&object) {
            let mut marked = (*object).clone();
            meta::mark_deleted(&mut marked, 0);
            self.store.put(bucket, key, marked);
        }
    }

    /// Removes a terminating namespace once nothing is left in it.
    fn finish_namespace(&mut self, namespace: &str) {
        let Some(object) = self.store.get(NAMESPACES, namespace) else { return };
        let prefix = format!("{namespace}/");
        let is_empty =
            self.store.bucket_names().iter().all(|bucket| self.store.scan(bucket, &prefix).next().is_none());
        if meta::is_deleting(object) && is_empty && meta::finalizers(object).next().is_none() {
            self.remove(NAMESPACES, namespace);
        }
    }

    /// Removes a CRD that is being deleted once none of its objects is left.
    fn finish_crd(&mut self, bucket: &str) {
        let Some(definition) = self.store.get(CRDS, bucket).cloned() else { return };
        if !meta::is_deleting(&definition) || self.store.scan(bucket, "").next().is_some() {
            return;
        }
        let mut rest = (*definition).clone();
        if let Some(list) = rest["metadata"]["finalizers"].as_array_mut() {
            list.retain(|one| one != crd::FINALIZER);
        }
        if meta::finalizers(&rest).next().is_none() {
            self.remove(CRDS, bucket);
        } else if rest != *definition {
            self.store.put(CRDS, &store::key(None, bucket), rest);
        }
    }
}
