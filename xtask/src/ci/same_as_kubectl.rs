//! The examples of discovery, and the facade's `get`, print letter by letter what the pinned kubectl prints of the real control
//! plane.

use std::collections::BTreeSet;
use std::env::consts::EXE_SUFFIX;
use std::path::Path;

use super::Outcome;
use crate::control_plane;
use crate::run::{self, Failure, cargo};
use crate::served::Served;

/// Each example, and the words of kubectl that print the same.
const SAME: &[(&str, &[&str])] = &[
    ("api_resources", &["api-resources", "-o", "wide", "--sort-by=name"]),
    ("api_versions", &["api-versions"]),
];

/// What `get` and `kubectl get` print the same of.
const TABLES: &[&[&str]] = &[
    &["namespaces"],
    &["ns", "default", "-o", "wide"],
    &["configmaps", "-A"],
    &["svc", "-A", "-o", "wide"],
    &["serviceaccounts", "-n", "kube-system"],
    &["apiservices.apiregistration.k8s.io"],
    &["flowschemas", "-o", "wide"],
    &["priorityclasses"],
];

pub(super) fn run() -> Result<Outcome, Failure> {
    let kubectl = control_plane::binaries()?.join(format!("kubectl{EXE_SUFFIX}"));
    let cluster = Served::real("same-as-kubectl")?;
    for words in TABLES {
        let lines = table(&cluster, &kubectl, words)?;
        println!("{lines} lines of `kubectl get {}`, all equal", words.join(" "));
    }
    for (example, words) in SAME {
        let mut ours = cargo(["run", "--quiet", "-p", "steersman-discovery", "--example", example]);
        println!("$ {}", run::shown(&ours));
        let ours = run::output(ours.env("KUBECONFIG", cluster.kubeconfig()))?;
        let mut theirs = run::program(&kubectl);
        // Its cache is of this run, and of this cluster alone.
        theirs.args(*words).arg("--cache-dir").arg(cluster.kubeconfig().with_extension("cache"));
        let theirs = run::output(theirs.env("KUBECONFIG", cluster.kubeconfig()))?;
        compare(&ours, &theirs).map_err(|difference| Failure::new(format!("{example}: {difference}")))?;
        println!("{} lines of `kubectl {}`, all equal", ours.lines().count(), words.join(" "));
    }
    Ok(Outcome::Passed)
}

/// How many lines both print of a table. Ages grow, so that what differs is looked at again.
fn table(cluster: &Served, kubectl: &Path, words: &[&str]) -> Result<usize, Failure> {
    let mut difference = String::new();
    for _ in 0..TRIES {
        let mut ours = cargo(["run", "--quiet", "-p", "steersman", "--example", "get", "--"]);
        let ours = run::output(ours.args(words).env("KUBECONFIG", cluster.kubeconfig()))?;
        let mut theirs = run::program(kubectl);
        theirs.arg("get").args(words).arg("--cache-dir").arg(cluster.kubeconfig().with_extension("cache"));
        let theirs = run::output(theirs.env("KUBECONFIG", cluster.kubeconfig()))?;
        match compare(&ours, &theirs) {
            Ok(()) => return Ok(ours.lines().count()),
            Err(said) => difference = said,
        }
    }
    Err(Failure::new(format!("get {}: {difference}", words.join(" "))))
}

/// Two answers within a second are the rule.
const TRIES: usize = 10;

/// What one prints and the other does not.
fn compare(ours: &str, theirs: &str) -> Result<(), String> {
    if ours == theirs {
        return Ok(());
    }
    let (our_lines, their_lines): (BTreeSet<&str>, BTreeSet<&str>) =
        (ours.lines().collect(), theirs.lines().collect());
    let only = |a: &BTreeSet<&str>, b: &BTreeSet<&str>| {
        a.difference(b).map(|line| format!("{line:?}")).collect::<Vec<_>>().join(", ")
    };
    let (only_ours, only_theirs) = (only(&our_lines, &their_lines), only(&their_lines, &our_lines));
    Err(match (only_ours.as_str(), only_theirs.as_str()) {
        ("", "") => "the same lines in another order".to_owned(),
        _ => format!("only we print {only_ours}; only kubectl prints {only_theirs}"),
    })
}

#[cfg(test)]
mod tests {
    //! Any difference is seen, and said.

    use super::compare;

    #[test]
    fn differences_are_said() {
        for (ours, theirs, said) in [
            ("a\nb\n", "b\na\n", "the same lines in another order"),
            ("a\n", "a\nb\n", "only we print ; only kubectl prints \"b\""),
            ("a \n", "a\n", "only we print \"a \"; only kubectl prints \"a\""),
        ] {
            assert_eq!(compare(ours, theirs).unwrap_err(), said);
        }
        assert_eq!(compare("a\n", "a\n"), Ok(()));
    }
}
