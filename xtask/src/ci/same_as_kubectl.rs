//! The examples of discovery, and the facade's `get`, print letter by letter what the pinned kubectl prints of the real control
//! plane; and what one keeps in kubectl's cache folder, the other need not ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use super::Outcome;
use crate::control_plane;
use crate::run::{self, Failure, cargo};
use crate::served::Served;
use crate::workspace;

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

/// Two resources have the first for a short name, and one or none the others: kubectl warns of the first alone.
const WORDS: &[&str] = &["ev", "po", "events", "ev.events.k8s.io"];

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
    for word in WORDS {
        let count = warnings(&cluster, &kubectl, word)?;
        println!("{count} warnings of `kubectl get {word}`, all equal");
    }
    shared_cache(&cluster, &kubectl)?;
    Ok(Outcome::Passed)
}

/// How many warnings both give of a word that could mean another resource too.
fn warnings(cluster: &Served, kubectl: &Path, word: &str) -> Result<usize, Failure> {
    let mut ours =
        cargo(["run", "--quiet", "-p", "steersman-discovery", "--example", "api_resources", "--", word]);
    let ours = run::finished(ours.env("KUBECONFIG", cluster.kubeconfig()))?;
    let mut theirs = run::program(kubectl);
    theirs.args(["get", word, "--cache-dir"]).arg(cluster.kubeconfig().with_extension("cache"));
    let theirs = run::finished(theirs.env("KUBECONFIG", cluster.kubeconfig()))?;
    let warnings = |log: &str| -> String {
        log.lines().filter(|line| line.starts_with("Warning: ")).map(|line| format!("{line}\n")).collect()
    };
    let (ours, theirs) = (warnings(&ours.stderr), warnings(&theirs.stderr));
    compare(&ours, &theirs).map_err(|difference| Failure::new(format!("get {word}: {difference}")))?;
    if ours.is_empty() == (word == WORDS[0]) {
        return Err(Failure::new(format!("get {word}: no such warnings were expected: {ours:?}")));
    }
    Ok(ours.lines().count())
}

/// What one of the two has learnt and keeps in kubectl's cache folder is all that the other needs.
fn shared_cache(cluster: &Served, kubectl: &Path) -> Result<(), Failure> {
    let print = |cache: &Path| {
        let mut ours = cargo(["run", "--quiet", "-p", "steersman-discovery", "--example", "api_resources"]);
        ours.args(["--", "--kubectl-cache"])
            .env("KUBECACHEDIR", cache)
            .env("KUBECONFIG", cluster.kubeconfig());
        run::output(&mut ours)
    };
    let kubectl_prints = |cache: &Path| {
        let mut theirs = run::program(kubectl);
        theirs.args(SAME[0].1).args(["--cached", "-v=6", "--cache-dir"]).arg(cache);
        run::finished(theirs.env("KUBECONFIG", cluster.kubeconfig()))
    };
    // Where nothing is kept it asks, and says so: else nothing would be shown by its silence.
    let (by_kubectl, by_us) =
        (cluster.kubeconfig().with_extension("by-kubectl"), cluster.kubeconfig().with_extension("by-us"));
    let theirs = kubectl_prints(&by_kubectl)?;
    if !theirs.succeeded || !asks(&theirs.stderr) {
        return Err(Failure::new(format!("kubectl does not say that it asks: {}", theirs.stderr)));
    }
    let before = written(&by_kubectl)?;
    compare(&print(&by_kubectl)?, &theirs.stdout)
        .map_err(|difference| Failure::new(format!("of what kubectl keeps: {difference}")))?;
    if before.is_empty() || before != written(&by_kubectl)? {
        return Err(Failure::new("we did not take what kubectl keeps for granted"));
    }
    let ours = print(&by_us)?;
    let theirs = kubectl_prints(&by_us)?;
    compare(&ours, &theirs.stdout)
        .map_err(|difference| Failure::new(format!("of what we keep: {difference}")))?;
    if asks(&theirs.stderr) {
        return Err(Failure::new(format!("kubectl asks for what we keep: {}", theirs.stderr)));
    }
    println!("{} files that kubectl keeps are all that we need, and ours all that it needs", before.len());
    Ok(())
}

/// Whether kubectl says in its log that it asks what the server serves.
fn asks(log: &str) -> bool {
    ["/api?", "/apis?", "/api/", "/apis/"].iter().any(|path| log.contains(path))
}

/// The files below a folder, and when they were written.
fn written(folder: &Path) -> Result<BTreeMap<PathBuf, SystemTime>, Failure> {
    let cannot = |error: &io::Error| workspace::cannot("read", folder, error);
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| cannot(&error))? {
        let entry = entry.map_err(|error| cannot(&error))?;
        let metadata = entry.metadata().map_err(|error| cannot(&error))?;
        if metadata.is_dir() {
            found.extend(written(&entry.path())?);
        } else {
            found.insert(entry.path(), metadata.modified().map_err(|error| cannot(&error))?);
        }
    }
    Ok(found)
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
