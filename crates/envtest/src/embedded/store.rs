//! What is stored: the objects, one revision counter, and the log of changes that watches and old snapshots read.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde_json::Value;

/// Objects of one resource by key: `name`, or `namespace/name`, in the order of etcd's keys.
pub(crate) type Objects = BTreeMap<String, Arc<Value>>;

/// The database of the server.
#[derive(Debug)]
pub(crate) struct Store {
    revision: u64,
    /// The oldest revision that can still be read; what happened up to it is no longer in the log.
    compacted: u64,
    buckets: BTreeMap<String, Objects>,
    log: VecDeque<Change>,
}

/// One change of one object.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) before: Option<Arc<Value>>,
    pub(crate) after: Option<Arc<Value>>,
}

/// How many changes are kept without anyone asking for a compaction. A change costs what its object takes: about
/// a kilobyte.
const MAX_CHANGES: usize = 100_000;

impl Store {
    pub(crate) fn new() -> Self {
        Self { revision: 1, compacted: 0, buckets: BTreeMap::new(), log: VecDeque::new() }
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn compacted(&self) -> u64 {
        self.compacted
    }

    /// Forgets every change up to now.
    pub(crate) fn compact(&mut self) {
        self.log.clear();
        self.compacted = self.revision;
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Option<&Arc<Value>> {
        self.buckets.get(bucket)?.get(key)
    }

    /// The objects whose keys start with `prefix`, in order.
    pub(crate) fn scan<'a>(
        &'a self,
        bucket: &str,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Arc<Value>)> {
        self.buckets
            .get(bucket)
            .into_iter()
            .flat_map(move |objects| objects.range(prefix.to_owned()..))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// The names of all buckets that hold objects.
    pub(crate) fn bucket_names(&self) -> Vec<String> {
        self.buckets.keys().cloned().collect()
    }

    /// Stores `object` under the next revision, which it gets as its `resourceVersion`.
    pub(crate) fn put(&mut self, bucket: &str, key: &str, mut object: Value) -> Arc<Value> {
        self.revision += 1;
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let object = Arc::new(object);
        let before =
            self.buckets.entry(bucket.to_owned()).or_default().insert(key.to_owned(), object.clone());
        self.record(bucket, key, before, Some(object.clone()));
        object
    }

    /// Removes an object and gives its last state, with the revision of the removal.
    pub(crate) fn remove(&mut self, bucket: &str, key: &str) -> Option<Arc<Value>> {
        let before = self.buckets.get_mut(bucket)?.remove(key)?;
        self.revision += 1;
        let last = last_state(&before, self.revision);
        self.record(bucket, key, Some(before), None);
        Some(Arc::new(last))
    }

    /// Changes after `revision` in one bucket, oldest first. `None` where the log no longer reaches that far back.
    pub(crate) fn since(&self, bucket: &str, revision: u64) -> Option<Vec<Change>> {
        if revision < self.compacted {
            return None;
        }
        let start = self.log.partition_point(|change| change.revision <= revision);
        Some(self.log.range(start..).filter(|change| change.bucket == bucket).cloned().collect())
    }

    /// The objects of a bucket as they were at `revision`. `None` where that is compacted.
    pub(crate) fn snapshot(&self, bucket: &str, revision: u64) -> Option<Objects> {
        let mut objects = self.buckets.get(bucket).cloned().unwrap_or_default();
        for change in self.since(bucket, revision)?.into_iter().rev() {
            match change.before {
                Some(before) => objects.insert(change.key, before),
                None => objects.remove(&change.key),
            };
        }
        Some(objects)
    }

    fn record(&mut self, bucket: &str, key: &str, before: Option<Arc<Value>>, after: Option<Arc<Value>>) {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        self.log.push_back(Change { revision: self.revision, bucket, key, before, after });
        if self.log.len() > MAX_CHANGES {
            let dropped = self.log.drain(..MAX_CHANGES / 2).next_back();
            self.compacted = dropped.map_or(self.compacted, |change| change.revision);
        }
    }
}

/// An object as its deletion shows it: the state before, with the deletion's own revision.
pub(crate) fn last_state(before: &Value, revision: u64) -> Value {
    let mut last = before.clone();
    last["metadata"]["resourceVersion"] = revision.to_string().into();
    last
}

/// Where an object of this namespace and name is stored.
pub(crate) fn key(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Store;

    #[test]
    fn snapshots_undo_later_changes() {
        let mut store = Store::new();
        store.put("things", "a/x", json!({"metadata": {}, "n": 1}));
        let then = store.revision();
        store.put("things", "a/x", json!({"metadata": {}, "n": 2}));
        store.put("others", "o", json!({"metadata": {}}));
        store.put("things", "a/y", json!({"metadata": {}}));
        store.remove("things", "a/x");
        let now: Vec<_> = store.scan("things", "a/").map(|(key, _)| key.clone()).collect();
        assert_eq!(now, ["a/y"]);
        let old = store.snapshot("things", then).expect("not compacted");
        assert_eq!((old.len(), &old["a/x"]["n"]), (1, &json!(1)));
        assert_eq!(store.since("things", then).map(|changes| changes.len()), Some(3));
        store.compact();
        assert!(store.snapshot("things", then).is_none());
        assert_eq!(store.since("things", store.revision()).map(|changes| changes.len()), Some(0));
    }
}
