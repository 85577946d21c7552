//! Deleting one object or a selection of them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    crd,
    kinds::Kind,
    meta,
    options::DeleteOptions,
    state::{CRDS, NAMESPACES, State},
    status::{Failure, Outcome, details},
    store,
};

/// The namespaces that the real server refuses to delete.
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

/// What a deletion came to.
#[derive(Debug)]
pub(crate) enum Deleted {
    /// The object is gone; this was its last state.
    Gone(Arc<Value>),
    /// The object is only marked: finalizers hold it.
    Marked(Arc<Value>),
}

impl Deleted {
    pub(crate) fn object(&self) -> &Arc<Value> {
        match self {
            Self::Gone(object) | Self::Marked(object) => object,
        }
    }

    /// What the answer shows: the object where it is still there or the kind says so, else a `Status`.
    pub(crate) fn body(&self, kind: &Kind) -> Arc<Value> {
        match self {
            Self::Gone(object) if !kind.returns_deleted => {
                let mut status = json!({
                    "kind": "Status",
                    "apiVersion": "v1",
                    "metadata": {},
                    "status": "Success",
                    "details": details(meta::name(object), &kind.group, &kind.plural),
                });
                status["details"]["uid"] = meta::text(object, "uid").into();
                Arc::new(status)
            }
            Self::Gone(object) | Self::Marked(object) => super::write::present(object, kind),
        }
    }
}

/// Deletes one object.
pub(crate) fn delete(
    state: &mut State,
    kind: &Kind,
    namespace: Option<&str>,
    name: &str,
    options: &DeleteOptions,
) -> Outcome<Deleted> {
    let (bucket, key) = (kind.bucket(), store::key(namespace, name));
    if bucket == NAMESPACES && IMMORTAL.contains(&name) {
        return Err(Failure::forbidden("namespaces", "", name, "this namespace may not be deleted"));
    }
    let object = state.store.get(&bucket, &key).cloned().ok_or_else(|| kind.not_found(name))?;
    check_preconditions(&object, kind, name, options)?;

    let mut marked = (*object).clone();
    let is_pod = kind.plural == "pods" && !kind.is_custom();
    let grace_seconds = grace(&object, kind, options);
    if grace_seconds > 0 && meta::is_deleting(&object) {
        return Ok(Deleted::Marked(object));
    }
    let held = grace_seconds > 0 || hold(&mut marked, kind, options);
    if !held && meta::finalizers(&object).next().is_none() && bucket != NAMESPACES {
        if is_pod {
            // A pod is marked before it goes, even where it goes at once.
            if !meta::is_deleting(&object) {
                meta::mark_deleted(&mut marked, 0);
            }
            marked["metadata"]["deletionGracePeriodSeconds"] = 0.into();
        }
        if options.dry_run {
            return Ok(Deleted::Gone(Arc::new(marked)));
        }
        if is_pod {
            state.store.put(&bucket, &key, marked);
        }
        return Ok(Deleted::Gone(state.remove(&bucket, &key).unwrap_or(object)));
    }
    if !meta::is_deleting(&object) {
        meta::mark_deleted(&mut marked, grace_seconds);
        if bucket == NAMESPACES {
            marked["status"]["phase"] = "Terminating".into();
        }
        if matches!(bucket.as_str(), NAMESPACES | CRDS) {
            meta::remove(&mut marked, "deletionGracePeriodSeconds");
            if let Some(generation) = object["metadata"].get("generation") {
                marked["metadata"]["generation"] = generation.clone();
            }
        }
    }
    if options.dry_run || marked == *object {
        return Ok(Deleted::Marked(Arc::new(marked)));
    }
    let marked = state.store.put(&bucket, &key, marked);
    settle(state, &bucket, &key, &marked);
    Ok(Deleted::Marked(marked))
}

/// How long a pod is given to end: one that runs on a node waits for its kubelet, which deletes it with 0 seconds.
fn grace(object: &Value, kind: &Kind, options: &DeleteOptions) -> i64 {
    let on_node = object["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty());
    let over = matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    if kind.plural != "pods" || kind.is_custom() || !on_node || over {
        return 0;
    }
    let own = object["spec"]["terminationGracePeriodSeconds"].as_i64();
    match options.grace_seconds {
        Some(seconds) if seconds < 0 => 1,
        Some(seconds) => seconds,
        None => own.unwrap_or(30),
    }
}

/// Deletes every object in `objects`; those that went meanwhile are passed over.
pub(crate) fn delete_all(
    state: &mut State,
    kind: &Kind,
    objects: &[Arc<Value>],
    options: &DeleteOptions,
) -> Outcome<Vec<Arc<Value>>> {
    let mut deleted = Vec::new();
    for object in objects {
        let namespace = kind.namespaced.then(|| meta::text(object, "namespace"));
        match delete(state, kind, namespace, meta::name(object), options) {
            Ok(one) => deleted.push(super::write::present(one.object(), kind)),
            Err(failure) if failure.code() == 404 => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(deleted)
}

/// Adds the finalizers that the deletion itself brings. Whether there are any.
fn hold(object: &mut Value, kind: &Kind, options: &DeleteOptions) -> bool {
    let bucket = kind.bucket();
    if bucket == CRDS {
        if !meta::is_deleting(object) {
            crd::terminate(object);
        }
        add_finalizer(object, crd::FINALIZER);
        return true;
    }
    let finalizer = match (options.propagation.as_str(), options.orphan) {
        ("Foreground", _) => "foregroundDeletion",
        ("Orphan", _) | (_, Some(true)) => "orphan",
        _ => return false,
    };
    if kind.plural == NAMESPACES {
        return false;
    }
    add_finalizer(object, finalizer);
    true
}

/// What the controllers of a real cluster do once an object is marked: the garbage collector has nothing to wait for,
/// as dependents are not collected here; a namespace and a CRD are emptied.
fn settle(state: &mut State, bucket: &str, key: &str, marked: &Arc<Value>) {
    match bucket {
        NAMESPACES => return state.empty_namespace(key),
        CRDS => return state.empty_crd(key),
        _ => {}
    }
    let own = ["foregroundDeletion", "orphan"];
    if !meta::finalizers(marked).any(|one| own.contains(&one)) {
        return;
    }
    let mut rest = (**marked).clone();
    if let Some(list) = rest["metadata"]["finalizers"].as_array_mut() {
        list.retain(|one| !one.as_str().is_some_and(|one| own.contains(&one)));
    }
    if meta::finalizers(&rest).next().is_none() {
        state.remove(bucket, key);
    } else {
        state.store.put(bucket, key, rest);
    }
}

fn add_finalizer(object: &mut Value, finalizer: &str) {
    if meta::finalizers(object).any(|one| one == finalizer) {
        return;
    }
    if let Some(list) = object["metadata"]["finalizers"].as_array_mut() {
        list.push(finalizer.into());
    } else {
        object["metadata"]["finalizers"] = json!([finalizer]);
    }
}

fn check_preconditions(object: &Value, kind: &Kind, name: &str, options: &DeleteOptions) -> Outcome<()> {
    let differs = |wanted: &Option<String>, field: &str| {
        let found = meta::text(object, field).to_owned();
        wanted.clone().filter(|wanted| *wanted != found).map(|wanted| (wanted, found))
    };
    // The real server names the kind here, where it names the resource elsewhere.
    let conflict = |why: String| Err(Failure::conflict(&kind.kind, &kind.group, name, &why));
    if let Some((wanted, found)) = differs(&options.uid, "uid") {
        return conflict(format!(
            "the UID in the precondition ({wanted}) does not match the UID in record ({found}). \
             The object might have been deleted and then recreated"
        ));
    }
    if let Some((wanted, found)) = differs(&options.resource_version, "resourceVersion") {
        return conflict(format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({found}). \
             The object might have been modified"
        ));
    }
    Ok(())
}
