//! The programs: built once, a server that runs all the time, and a client process for each turn.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::cases::{Client, Sizes, Wire};
use super::numbers::Run;
use crate::run::{self, Failure, cargo};
use crate::served::Stopped;
use crate::workspace;

/// The package of kube-rs, which has a lock file of its own.
const KUBE_RS: &str = "tests/bench/kube-rs/Cargo.toml";

/// What a warm start of discovery may take of parsing the documents once, both in the processor's time, the least of many
/// times. It takes 0.3, so that half leaves room for a busy machine.
const WARM_IN_CI: &str = "0.5";

/// Where the programs are.
#[derive(Debug)]
pub(super) struct Programs {
    ours: PathBuf,
    kube_rs: PathBuf,
}

/// The replay server; it ends with this value.
#[derive(Debug)]
pub(super) struct Server {
    _process: Stopped,
    http: String,
    https: String,
    ca: String,
    pub(super) sizes: Sizes,
}

impl Programs {
    /// Builds what is needed, as it would be for a release.
    pub(super) fn build(peers: bool) -> Result<Self, Failure> {
        run::run(cargo(["build", "--release", "-p", "steersman-bench"]).stdout(Stdio::null()))?;
        let target = workspace::target_dir()?;
        // A folder of its own: the same crates with other features would be built again with each change of the two.
        let outside = target.join("bench-kube-rs");
        if peers {
            let mut command =
                cargo(["build", "--release", "--locked", "--manifest-path", KUBE_RS, "--target-dir"]);
            run::run(command.arg(&outside).stdout(Stdio::null()))?;
        }
        Ok(Self { ours: target.join("release"), kube_rs: outside.join("release") })
    }

    /// What knowing a large cluster costs, in time and in memory: a line each. The memory is held to what it has
    /// come to, and so is the time, with room for a busy machine, if it is to be checked.
    pub(super) fn discovery(&self, check: bool) -> Result<Vec<String>, Failure> {
        let mut costs = run::program(self.ours.join(executable("steersman-bench")));
        costs.arg("costs");
        if check {
            costs.args(["--check", WARM_IN_CI]);
        }
        let mut index = run::program(self.ours.join(executable("steersman-bench-index")));
        [&mut costs, &mut index]
            .into_iter()
            .map(|command| run::output(command).map(|line| line.trim().to_owned()))
            .collect()
    }

    /// Starts the replay server.
    pub(super) fn serve(&self, pods: u64) -> Result<Server, Failure> {
        let mut command = run::program(self.ours.join(executable("steersman-bench")));
        command.args(["serve", "--pods", &pods.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Stopped(command.spawn().map_err(|error| run::not_started(&command, &error))?);
        let mut line = String::new();
        if let Some(output) = process.0.stdout.take() {
            let read = BufReader::new(output).read_line(&mut line);
            read.map_err(|error| Failure::new(format!("the replay server says nothing: {error}")))?;
        }
        let said: Value = serde_json::from_str(&line)
            .map_err(|_| Failure::new(format!("the replay server said `{}`", line.trim())))?;
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        let size = |name: &str| said[name].as_f64().unwrap_or_default();
        let sizes = Sizes { list_bytes: size("listBytes"), store_bytes: size("storeBytes") };
        Ok(Server { http: text("http"), https: text("https"), ca: text("ca"), sizes, _process: process })
    }

    /// Runs one client process to its end.
    pub(super) fn client(
        &self,
        server: &Server,
        client: Client,
        mode: &str,
        wire: Wire,
        count: u64,
    ) -> Result<Run, Failure> {
        let mut command = self.program(client);
        command.arg(mode).args(["--count", &count.to_string()]);
        match wire {
            Wire::Http => command.args(["--server", &server.http]),
            Wire::Tls => command.args(["--server", &server.https, "--ca", &server.ca]),
        };
        if mode == "body" {
            command.args(["--path", "/api/v1/pods"]);
        }
        let run = Run::parse(&run::output(&mut command)?)?;
        if run.items > 0.0 {
            Ok(run)
        } else {
            Err(Failure::new(format!("`{}` found nothing", run::shown(&command))))
        }
    }

    fn program(&self, client: Client) -> Command {
        if client.is_outside() {
            return run::program(self.kube_rs.join(executable(client.name())));
        }
        let mut command = run::program(self.ours.join(executable("steersman-bench")));
        command.args(["client", "--who", client.name()]);
        command
    }
}

/// What the numbers were measured on and with.
pub(super) fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let value = |name: &str| {
        info.lines().find(|line| line.starts_with(name)).and_then(|line| line.split(": ").nth(1))
    };
    let model = value("model name").unwrap_or("a processor without a name").trim();
    let processors = info.lines().filter(|line| line.starts_with("processor")).count();
    let rustc = run::output(run::program("rustc").arg("--version")).unwrap_or_default();
    let lock = workspace::root().join(KUBE_RS).with_file_name("Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap_or_default();
    let kube = lock.split_once("name = \"kube\"\nversion = \"").and_then(|(_, rest)| rest.split('"').next());
    let kube = kube.unwrap_or("of an unknown version");
    format!("{processors} processors ({model}), with {} and kube {kube}", rustc.trim())
}

fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}
