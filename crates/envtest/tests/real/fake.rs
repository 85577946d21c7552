//! How failures are told and what is left after them, with scripts in place of the programs.

use std::{
    error::Error as _,
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use steersman_envtest::real::ControlPlane;

/// A folder with a script for each program: etcd runs `etcd`, the others do nothing.
struct Programs {
    folder: tempfile::TempDir,
}

impl Programs {
    fn new(etcd: &str) -> Self {
        let programs = Self { folder: tempfile::tempdir().unwrap() };
        programs.script("etcd", etcd);
        programs.script("kube-apiserver", "exit 0");
        programs.script("kube-controller-manager", "exit 0");
        programs
    }

    /// Another process writes the file. If we did, a process that some other test starts in that moment would have it open
    /// for writing for an instant too, and such a file cannot be run.
    fn script(&self, name: &str, text: &str) {
        let mut writer = Command::new("sh")
            .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
            .arg(self.folder.path().join(name))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writer.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{text}\n").as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A named pipe that is at its end when the last process that writes to it is gone.
fn pipe(folder: &Path) -> PathBuf {
    let path = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// An etcd that is there, heeds no polite request and never answers.
fn stubborn(pipe: &Path) -> String {
    format!("trap '' HUP INT TERM; exec >{} 2>&1; echo up; while :; do sleep 1000; done", pipe.display())
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = ControlPlane::builder().bin_dir(folder.path()).start().await.unwrap_err();
    assert_eq!(error.to_string(), format!("there is no etcd at {}", folder.path().join("etcd").display()));
    assert!(error.is_no_binary());
    assert!(error.hint().unwrap().contains("KUBEBUILDER_ASSETS"));
}

#[tokio::test]
async fn a_program_that_ends_is_quoted() {
    let programs = Programs::new("echo first; echo 'no disk left' >&2; exit 3");
    let error = ControlPlane::builder().bin_dir(programs.path()).start().await.unwrap_err();
    assert_eq!(error.to_string(), "etcd ended with exit status: 3");
    assert!(error.is_exited() && !error.is_timeout());
    assert_eq!(error.log(), Some("first\nno disk left"));
    assert_eq!(error.source().unwrap().to_string(), "it last wrote:\nfirst\nno disk left");
}

#[tokio::test]
async fn logs_stay_where_they_are_wanted() {
    let programs = Programs::new("echo of mine; exit 3");
    let logs = tempfile::tempdir().unwrap();
    let logs = logs.path().join("logs");
    ControlPlane::builder().bin_dir(programs.path()).log_dir(&logs).start().await.unwrap_err();
    assert_eq!(fs::read_to_string(logs.join("etcd.log")).unwrap(), "of mine\n");
}

#[tokio::test]
async fn programs_do_not_see_our_environment() {
    let programs = Programs::new("[ -n \"$PATH\" ] && [ -z \"$CARGO_MANIFEST_DIR\" ] && exit 7; exit 8");
    let error = ControlPlane::builder().bin_dir(programs.path()).start().await.unwrap_err();
    assert_eq!(error.to_string(), "etcd ended with exit status: 7");
}

#[tokio::test]
async fn a_program_that_never_answers_fails_at_the_deadline() {
    let programs = Programs::new("exec sleep 1000");
    let start =
        ControlPlane::builder().bin_dir(programs.path()).start_timeout(Duration::from_secs(1)).start();
    let error = start.await.unwrap_err();
    assert!(error.is_timeout() && error.hint().is_some(), "{error}");
    assert!(error.to_string().starts_with("etcd was not ready after "), "{error}");
    let source = error.source().unwrap().to_string();
    assert!(source.starts_with("its last answer was: /health: Connection refused"), "{source}");
    assert!(source.ends_with("it wrote nothing"), "{source}");
}

#[tokio::test]
async fn a_start_that_is_dropped_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = pipe(folder.path());
    let programs = Programs::new(&stubborn(&pipe));
    let opened = tokio::task::spawn_blocking(move || {
        let mut reader = fs::File::open(pipe).unwrap();
        reader.read_exact(&mut [0; 3]).unwrap();
        reader
    });
    let mut reader = tokio::select! {
        reader = opened => reader.unwrap(),
        outcome = ControlPlane::builder().bin_dir(programs.path()).start() => panic!("{outcome:?}"),
    };
    // At its end nobody holds the pipe any more: neither the script nor its `sleep`.
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 0);
}

/// Runs `real up` with an etcd that never answers, until that etcd is there; then does `end` to it, and returns when
/// every process is gone.
fn after(end: impl FnOnce(&mut std::process::Child)) {
    let folder = tempfile::tempdir().unwrap();
    let pipe = pipe(folder.path());
    let programs = Programs::new(&stubborn(&pipe));
    let scratch = folder.path().join("scratch");
    fs::create_dir(&scratch).unwrap();
    let mut owner = Command::new(env!("CARGO_BIN_EXE_steersman-envtest"))
        .args(["real", "up", "--bin-dir"])
        .arg(programs.path())
        .arg("--write-kubeconfig")
        .arg(folder.path().join("kubeconfig"))
        .env("TMPDIR", &scratch)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut reader = fs::File::open(pipe).unwrap();
    reader.read_exact(&mut [0; 3]).unwrap();
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 1, "the folder of the control plane");
    end(&mut owner);
    // At its end nobody holds the pipe any more: neither the script nor its `sleep`.
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 0);
    owner.wait().unwrap();
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0, "the folder of the control plane is gone");
}

#[test]
fn a_killed_owner_leaves_neither_programs_nor_files() {
    after(|owner| owner.kill().unwrap());
}

#[test]
fn an_owner_whose_input_is_closed_leaves_neither_programs_nor_files() {
    after(|owner| drop(owner.stdin.take()));
}
