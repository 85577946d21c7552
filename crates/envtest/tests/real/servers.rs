//! The real servers, asked by the kubectl of the same build.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use steersman_config::Config;
use steersman_envtest::real::ControlPlane;

const VARIABLE: &str = "STEERSMAN_CONTROL_PLANE_BIN";

/// The folder of the programs, or nothing, said aloud: the test's own output would be captured.
fn bin_dir(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    if folder.is_none() {
        let _ = writeln!(std::io::stderr(), "skipped: {test} needs a real control plane in {VARIABLE}");
    }
    folder
}

/// kubectl as one user.
struct Kubectl<'a> {
    folder: &'a Path,
    kubeconfig: tempfile::NamedTempFile,
}

impl<'a> Kubectl<'a> {
    fn new(folder: &'a Path, config: &Config) -> Self {
        let mut kubeconfig = tempfile::NamedTempFile::new().unwrap();
        kubeconfig.write_all(config.to_kubeconfig("test").as_bytes()).unwrap();
        Self { folder, kubeconfig }
    }

    fn run(&self, arguments: &str) -> Output {
        let mut command = Command::new(self.folder.join("kubectl"));
        command.arg("--kubeconfig").arg(self.kubeconfig.path()).args(arguments.split_whitespace());
        command.stdin(Stdio::null()).output().unwrap()
    }

    #[track_caller]
    fn succeeds(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "kubectl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn fails(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "kubectl {arguments}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }
}

#[tokio::test]
async fn the_control_plane_serves_its_users_and_stops() {
    let Some(folder) = bin_dir("the_control_plane_serves_its_users_and_stops") else { return };
    let control_plane =
        ControlPlane::builder().bin_dir(&folder).with_controller_manager().start().await.unwrap();

    for config in [control_plane.config(), control_plane.token_config()] {
        let kubectl = Kubectl::new(&folder, &config);
        let who: Value = serde_json::from_str(&kubectl.succeeds("auth whoami --output=json")).unwrap();
        assert_eq!(who["status"]["userInfo"]["username"], "steersman-admin");
        assert_eq!(who["status"]["userInfo"]["groups"][0], "system:masters");
    }

    let alice = Kubectl::new(&folder, &control_plane.user_config("alice").unwrap());
    assert!(alice.fails("get secrets").contains("User \"alice\" cannot list resource \"secrets\""));

    let admin = Kubectl::new(&folder, &control_plane.config());
    admin.succeeds("create deployment web --image=none");
    admin.succeeds("wait replicaset --for=create --selector=app=web --timeout=30s");
    admin.succeeds("wait pod --for=create --selector=app=web --timeout=30s");
    admin.succeeds("create namespace shop");
    admin.succeeds("delete namespace shop --timeout=60s");

    let logs = control_plane.log_dir().to_owned();
    let url = control_plane.config().server;
    control_plane.stop().await.unwrap();
    assert!(TcpStream::connect((url.host(), url.port())).is_err());
    assert!(!logs.exists());
}

#[tokio::test]
async fn a_dropped_control_plane_is_gone() {
    let Some(folder) = bin_dir("a_dropped_control_plane_is_gone") else { return };
    let control_plane = ControlPlane::builder().bin_dir(&folder).start().await.unwrap();
    let (url, logs) = (control_plane.config().server, control_plane.log_dir().to_owned());
    drop(control_plane);
    wait_until_closed(&url.authority());
    assert!(!logs.exists());
}

#[tokio::test]
async fn the_end_of_a_program_is_told() {
    let Some(folder) = bin_dir("the_end_of_a_program_is_told") else { return };
    let mut control_plane = ControlPlane::builder().bin_dir(&folder).start().await.unwrap();
    let (_, etcd) = control_plane.processes().find(|(name, _)| *name == "etcd").unwrap();
    assert!(Command::new("sh").args(["-c", &format!("kill -KILL {etcd}")]).status().unwrap().success());
    let failure = control_plane.failure().await;
    assert_eq!(failure.to_string(), "etcd ended with signal: 9 (SIGKILL)");
}

#[test]
fn a_killed_owner_takes_the_servers_with_it() {
    let Some(folder) = bin_dir("a_killed_owner_takes_the_servers_with_it") else { return };
    let files = tempfile::tempdir().unwrap();
    let mut owner = Command::new(env!("CARGO_BIN_EXE_steersman-envtest"))
        .args(["real", "up", "--bin-dir"])
        .arg(&folder)
        .arg("--write-kubeconfig")
        .arg(files.path().join("kubeconfig"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let address = |name: &str| ready[name].as_str().unwrap().split("//").nth(1).unwrap().to_owned();
    let servers = [address("server"), address("etcd")];
    for server in &servers {
        TcpStream::connect(server).unwrap();
    }
    let programs = ready["processes"].as_object().unwrap();
    assert_eq!(
        programs.keys().collect::<Vec<_>>(),
        ["etcd", "kube-apiserver", "kube-controller-manager"],
        "kube-controller-manager listens nowhere, so it is looked for by its id below"
    );
    let manager = programs["kube-controller-manager"].as_u64().unwrap();

    owner.kill().unwrap();
    owner.wait().unwrap();
    servers.iter().for_each(|server| wait_until_closed(server));
    wait_until(&format!("process {manager} is gone"), || !runs(manager));
    let logs = PathBuf::from(ready["logs"].as_str().unwrap());
    wait_until("the folder is gone", || !logs.exists());
}

/// Whether a process runs: it is there, and does not just wait to be reaped by somebody.
fn runs(id: u64) -> bool {
    let state = if Path::new("/proc/self/stat").exists() {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // The state follows the name, which stands in parentheses and may hold anything.
        stat.rsplit(')').next().unwrap_or_default().to_owned()
    } else {
        let output = Command::new("ps").args(["-o", "stat=", "-p", &id.to_string()]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn wait_until_closed(address: &str) {
    wait_until(&format!("{address} is closed"), || TcpStream::connect(address).is_err());
}

/// The end of a killed process cannot be waited for by those who are not its parent; so it is looked for, for a while.
#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "not within 20 s: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
