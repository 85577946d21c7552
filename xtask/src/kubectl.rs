//! `kubectl`: an unmodified kubectl does on the embedded server what people do with it all day, and each of its answers
//! is checked. On the real control plane the same script shows that it asks for what a real server does.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;
use std::{fs, thread};

use crate::control_plane;
use crate::run::{self, Failure};
use crate::served::{self, Served, Stopped};
use crate::workspace;

/// How long an event may take to reach a watching kubectl.
const EVENT: Duration = Duration::from_secs(10);

/// The watch of a selection, with a line for each event.
const WATCH: &str = "get configmaps -l watched=yes -w --output-watch-events \
     -o jsonpath={.type}{\"\\u0020configmap\\u0020\"}{.object.metadata.name}{\"\\n\"}";

/// What a call of kubectl is expected to do.
#[derive(Clone, Copy, Debug)]
enum Expect {
    /// It succeeds, and prints this among other things.
    Prints(&'static str),
    /// It succeeds, and prints this alone.
    PrintsOnly(&'static str),
    /// It succeeds, and this is not in what it prints.
    DoesNotPrint(&'static str),
    /// It fails, and says this on its standard error.
    Refuses(&'static str),
}

use Expect::{DoesNotPrint, Prints, PrintsOnly, Refuses};

/// The files that are applied, by name. What kubectl makes of words alone (`create namespace`, `create configmap`) it
/// sends as protobuf, which the embedded server refuses; what it has from a file it sends as JSON.
const MANIFESTS: &[(&str, &str)] = &[
    (
        "namespace.yaml",
        "apiVersion: v1
kind: Namespace
metadata: {name: shop}
",
    ),
    (
        "first.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: first, labels: {watched: 'yes'}}
",
    ),
    (
        "second.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: second}
",
    ),
    (
        "deployment.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: 'example.com/web:1'}
",
    ),
    (
        "deployment-2.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: 'example.com/web:2'}
",
    ),
    (
        "settings.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {app: web}}
data: {color: blue}
",
    ),
    (
        "settings-2.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: green}
",
    ),
    (
        "crd.yaml",
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.harbour.example.com}
spec:
  group: harbour.example.com
  scope: Namespaced
  names: {plural: boats, singular: boat, kind: Boat, listKind: BoatList, shortNames: [bt]}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    subresources: {status: {}, scale: {specReplicasPath: .spec.crew, statusReplicasPath: .status.crew}}
",
    ),
    (
        "boat.yaml",
        "apiVersion: harbour.example.com/v1
kind: Boat
metadata: {name: dory}
spec: {crew: 1}
",
    ),
];

/// The calls up to the watch, in their order.
const SCRIPT: &[(&str, Expect)] = &[
    ("version", Prints("Server Version: v1.")),
    ("api-versions", Prints("apps/v1\n")),
    ("api-resources --api-group=apps -o name", Prints("deployments.apps\n")),
    ("create --validate=false -f namespace.yaml", PrintsOnly("namespace/shop created\n")),
    ("get namespaces -o name", Prints("namespace/shop\n")),
    // Applied by the client: created, unchanged, changed.
    ("apply --validate=false -f deployment.yaml", PrintsOnly("deployment.apps/web created\n")),
    ("apply --validate=false -f deployment.yaml", PrintsOnly("deployment.apps/web unchanged\n")),
    ("apply --validate=false -f deployment-2.yaml", PrintsOnly("deployment.apps/web configured\n")),
    (
        "get deployment web -o jsonpath={.spec.template.spec.containers[*].image}",
        PrintsOnly("example.com/web:2"),
    ),
    ("get deployments", Prints("web")),
    ("get deploy -l app=web -o name", PrintsOnly("deployment.apps/web\n")),
    ("get deploy -l app=other -o name", PrintsOnly("")),
    ("get deploy --field-selector metadata.name=web -o name", PrintsOnly("deployment.apps/web\n")),
    ("get deploy -A -o name", Prints("deployment.apps/web\n")),
    // Scaled through the subresource, with and without a precondition.
    ("scale deployment web --replicas=5", PrintsOnly("deployment.apps/web scaled\n")),
    ("get deployment web -o jsonpath={.spec.replicas}", PrintsOnly("5")),
    ("scale deployment web --current-replicas=2 --replicas=1", Refuses("replicas")),
    // Patched in each form.
    (
        "patch deployment web --type=merge -p {\"spec\":{\"paused\":true}}",
        PrintsOnly("deployment.apps/web patched\n"),
    ),
    (
        "patch deployment web --type=json -p [{\"op\":\"remove\",\"path\":\"/spec/paused\"}]",
        Prints("patched\n"),
    ),
    (
        "patch deployment web -p {\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"log\",\"image\":\"l\"}]}}}}",
        Prints("patched\n"),
    ),
    ("get deployment web -o jsonpath={.spec.template.spec.containers[*].name}", Prints("web")),
    ("label deployment web tier=front", PrintsOnly("deployment.apps/web labeled\n")),
    ("annotate deployment web note=seen", PrintsOnly("deployment.apps/web annotated\n")),
    // Applied by the server: two managers, a conflict, force.
    (
        "apply --server-side --validate=false --field-manager=one -f settings.yaml",
        PrintsOnly("configmap/settings serverside-applied\n"),
    ),
    (
        "apply --server-side --validate=false --field-manager=two -f settings-2.yaml",
        Refuses("conflict with \"one\""),
    ),
    (
        "apply --server-side --validate=false --field-manager=two --force-conflicts -f settings-2.yaml",
        PrintsOnly("configmap/settings serverside-applied\n"),
    ),
    ("get configmap settings -o jsonpath={.data.color}", PrintsOnly("green")),
    ("get configmap settings -o yaml --show-managed-fields", Prints("manager: two")),
    // A kind of the user's own.
    ("apply --validate=false -f crd.yaml", Prints("boats.harbour.example.com created\n")),
    (
        "wait --for=condition=Established crd/boats.harbour.example.com --timeout=10s",
        Prints("condition met\n"),
    ),
    ("apply --validate=false -f boat.yaml", PrintsOnly("boat.harbour.example.com/dory created\n")),
    ("get bt -o name", PrintsOnly("boat.harbour.example.com/dory\n")),
    ("scale boat dory --replicas=3", PrintsOnly("boat.harbour.example.com/dory scaled\n")),
    ("get boat dory -o jsonpath={.spec.crew}", PrintsOnly("3")),
    ("get boat no-such-boat", Refuses("Error from server (NotFound)")),
    ("get no-such-kind", Refuses("the server doesn't have a resource type \"no-such-kind\"")),
];

/// The calls after the watch.
const LEAVING: &[(&str, Expect)] = &[
    ("delete configmap -l app=web", PrintsOnly("configmap \"settings\" deleted from shop namespace\n")),
    ("get configmaps -o name", DoesNotPrint("configmap/settings")),
    ("delete boat dory", Prints("\"dory\" deleted")),
    ("delete -f crd.yaml", Prints("\"boats.harbour.example.com\" deleted")),
    ("delete deployment web", Prints("deployment.apps \"web\" deleted")),
    ("get deployment web", Refuses("Error from server (NotFound): deployments.apps \"web\" not found")),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Runs the script on the real control plane instead.
    #[arg(long)]
    real: bool,
}

impl Options {
    /// The script on the embedded server.
    pub(crate) fn embedded() -> Self {
        Self { real: false }
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let program = control_plane::binaries()?.join(format!("kubectl{}", std::env::consts::EXE_SUFFIX));
    let server = if options.real { Served::real("kubectl")? } else { Served::embedded("kubectl")? };
    let kubectl = Kubectl::new(program, server.kubeconfig())?;
    kubectl.calls(SCRIPT)?;
    kubectl.watches()?;
    kubectl.calls(LEAVING)?;
    println!("kubectl: {} calls and a watch, all as expected", SCRIPT.len() + LEAVING.len());
    Ok(())
}

/// A kubectl with one server, a folder of manifests, and nothing of the user's own.
#[derive(Debug)]
struct Kubectl<'a> {
    program: PathBuf,
    kubeconfig: &'a Path,
    home: PathBuf,
}

impl<'a> Kubectl<'a> {
    fn new(program: PathBuf, kubeconfig: &'a Path) -> Result<Self, Failure> {
        let home = workspace::scratch("kubectl-home")?;
        for (name, text) in MANIFESTS {
            let path = home.join(name);
            fs::write(&path, text).map_err(|error| workspace::cannot("write", &path, &error))?;
        }
        Ok(Self { program, kubeconfig, home })
    }

    fn command(&self, line: &str) -> Command {
        let mut command = run::program(&self.program);
        command.current_dir(&self.home).env("HOME", &self.home).env("KUBECONFIG", self.kubeconfig);
        command.arg("--cache-dir").arg(self.home.join("cache")).args(["--request-timeout=20s", "-n", "shop"]);
        command.args(line.split(' '));
        command
    }

    fn calls(&self, script: &[(&str, Expect)]) -> Result<(), Failure> {
        for (line, expect) in script {
            println!("$ kubectl {line}");
            let finished = run::finished(&mut self.command(line))?;
            for line in finished.stdout.lines().chain(finished.stderr.lines()) {
                println!("  {line}");
            }
            if let Err(why) = compare(&finished, *expect) {
                return Err(Failure::new(format!("`kubectl {line}`: {why}")));
            }
        }
        Ok(())
    }

    /// A watching kubectl prints what is there, then what is made, changed and deleted.
    fn watches(&self) -> Result<(), Failure> {
        self.calls(&[("create --validate=false -f first.yaml", Prints("created"))])?;
        println!("$ kubectl {WATCH} &");
        let mut watching = served::start(&mut self.command(WATCH))?;
        let lines = lines(&mut watching)?;
        // What the list holds comes first; from then on nothing is missed, as the watch starts at the list.
        expect_line(&lines, "ADDED configmap first")?;
        self.calls(&[("create --validate=false -f second.yaml", Prints("created"))])?;
        // It enters the selection by its label, which is an addition to whoever watches the selection.
        self.calls(&[("label configmap second watched=yes", Prints("labeled"))])?;
        expect_line(&lines, "ADDED configmap second")?;
        self.calls(&[("annotate configmap second seen=1", Prints("annotated"))])?;
        expect_line(&lines, "MODIFIED configmap second")?;
        self.calls(&[("delete configmap first", Prints("deleted"))])?;
        expect_line(&lines, "DELETED configmap first")?;
        // And leaves it by its label.
        self.calls(&[("label configmap second watched-", Prints("unlabeled"))])?;
        expect_line(&lines, "DELETED configmap second")
    }
}

/// Whether a call did what was expected; else how it differs.
fn compare(finished: &run::Finished, expect: Expect) -> Result<(), String> {
    let stdout = finished.stdout.as_str();
    let (as_expected, wanted) = match expect {
        Prints(text) => (finished.succeeded && stdout.contains(text), format!("to print {text:?}")),
        PrintsOnly(text) => (finished.succeeded && stdout == text, format!("to print {text:?} alone")),
        DoesNotPrint(text) => {
            (finished.succeeded && !stdout.contains(text), format!("not to print {text:?}"))
        }
        Refuses(text) => {
            (!finished.succeeded && finished.stderr.contains(text), format!("to fail with {text:?}"))
        }
    };
    if as_expected { Ok(()) } else { Err(format!("expected it {wanted}")) }
}

/// The lines that a program prints, as they come.
fn lines(program: &mut Stopped) -> Result<Receiver<String>, Failure> {
    let output: ChildStdout = program.0.stdout.take().ok_or_else(|| Failure::new("kubectl has no output"))?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

fn expect_line(lines: &Receiver<String>, text: &str) -> Result<(), Failure> {
    match lines.recv_timeout(EVENT) {
        Ok(line) if line == text => {
            println!("  watched: {line}");
            Ok(())
        }
        Ok(line) => Err(Failure::new(format!("the watch printed {line:?} where {text:?} was expected"))),
        Err(RecvTimeoutError::Timeout) => Err(Failure::new(format!("the watch did not print {text:?}"))),
        Err(RecvTimeoutError::Disconnected) => Err(Failure::new(format!("the watch ended before {text:?}"))),
    }
}

#[cfg(test)]
mod tests {
    //! An answer that differs is seen.

    use super::*;

    fn finished(succeeded: bool, stdout: &str, stderr: &str) -> run::Finished {
        run::Finished { succeeded, stdout: stdout.to_owned(), stderr: stderr.to_owned() }
    }

    #[test]
    fn an_answer_is_compared() {
        let good = finished(true, "a b\n", "");
        let bad = finished(false, "a b\n", "not found");
        for (expect, on_good, on_bad) in [
            (Prints("b"), true, false),
            (Prints("c"), false, false),
            (PrintsOnly("a b\n"), true, false),
            (PrintsOnly("b"), false, false),
            (DoesNotPrint("c"), true, false),
            (DoesNotPrint("b"), false, false),
            (Refuses("found"), false, true),
            (Refuses("conflict"), false, false),
        ] {
            assert_eq!(compare(&good, expect).is_ok(), on_good, "{expect:?}");
            assert_eq!(compare(&bad, expect).is_ok(), on_bad, "{expect:?}");
        }
    }

    #[test]
    fn a_line_of_the_watch_is_compared() {
        let (sender, lines) = mpsc::channel();
        sender.send("ADDED a".to_owned()).unwrap();
        sender.send("MODIFIED a".to_owned()).unwrap();
        assert!(expect_line(&lines, "ADDED a").is_ok());
        assert!(expect_line(&lines, "ADDED a").is_err());
        drop(sender);
        assert!(expect_line(&lines, "DELETED a").unwrap_err().to_string().contains("ended before"));
    }

    #[test]
    fn each_file_that_is_applied_is_there() {
        let files = SCRIPT
            .iter()
            .chain(LEAVING)
            .flat_map(|(line, _)| line.split(' '))
            .filter(|word| word.ends_with(".yaml"));
        for file in files {
            assert!(MANIFESTS.iter().any(|(name, _)| *name == file), "{file}");
        }
    }
}
