//! The tour on the real control plane: it does what it does on the embedded server, and leaves nothing there.

use std::collections::BTreeSet;
use std::path::Path;

use super::Outcome;
use crate::control_plane;
use crate::run::{self, Failure, cargo};
use crate::served::Served;

/// What the tour could leave behind in a cluster.
const KINDS: &str = "customresourcedefinitions,namespaces,clusterroles,clusterrolebindings";

pub(super) fn run() -> Result<Outcome, Failure> {
    let kubectl = control_plane::binaries()?.join(format!("kubectl{}", std::env::consts::EXE_SUFFIX));
    let cluster = Served::real("tour-cluster")?;
    let before = objects(&kubectl, cluster.kubeconfig())?;
    let mut tour = cargo(["run", "-p", "steersman", "--example", "tour", "--", "--cluster"]);
    run::run(tour.env("KUBECONFIG", cluster.kubeconfig()))?;
    let after = objects(&kubectl, cluster.kubeconfig())?;
    let left = left_behind(&before, &after);
    if left.is_empty() {
        Ok(Outcome::Passed)
    } else {
        Err(Failure::new(format!("the tour left {}", left.join(", "))))
    }
}

/// The names of the cluster's objects, one a line.
fn objects(kubectl: &Path, kubeconfig: &Path) -> Result<String, Failure> {
    run::output(run::program(kubectl).args(["get", KINDS, "-o", "name"]).env("KUBECONFIG", kubeconfig))
}

fn left_behind<'a>(before: &str, after: &'a str) -> Vec<&'a str> {
    let before: BTreeSet<&str> = before.lines().collect();
    after.lines().filter(|name| !before.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    //! What was not there before is seen.

    use super::*;

    #[test]
    fn left_overs_are_seen() {
        assert_eq!(left_behind("namespace/a\nnamespace/b\n", "namespace/b\n"), Vec::<&str>::new());
        assert_eq!(left_behind("namespace/a\n", "namespace/a\nnamespace/tour\n"), ["namespace/tour"]);
    }
}
