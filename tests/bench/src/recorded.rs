//! What a real kube-apiserver said, as `record` has kept it.

/// The list of the pods, as one line.
pub(crate) const PODS: &str = include_str!("../data/pods.json");
/// A small ConfigMap, as one line.
pub(crate) const CONFIG_MAP: &str = include_str!("../data/configmap.json");
/// The documents of discovery: an object with the aggregated ones by path, and the others by path.
pub(crate) const DISCOVERY: &str = include_str!("../data/discovery.json");
/// The answer to `/version`.
pub(crate) const VERSION: &str = include_str!("../data/version.json");

/// The namespace of everything that was recorded.
pub(crate) const NAMESPACE: &str = "shop";
