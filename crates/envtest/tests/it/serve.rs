//! The program `steersman-envtest serve`.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

#[test]
fn serves_until_it_is_asked_to_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let kubeconfig = folder.path().join("config");
    let mut child = Command::new(env!("CARGO_BIN_EXE_steersman-envtest"))
        .args(["serve", "--write-kubeconfig"])
        .arg(&kubeconfig)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    assert!(
        line.starts_with("serving on https://127.0.0.1:") && line.contains("kubectl --kubeconfig"),
        "{line}"
    );
    assert!(line.contains("--validate=false") && line.contains("protobuf"), "{line}");
    let text = std::fs::read_to_string(&kubeconfig).expect("the file");
    assert!(text.contains("current-context: envtest") && text.contains("client-key-data:"));
    let mode = std::fs::metadata(&kubeconfig).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a pid")).expect("a pid");
    kill_process(pid, Signal::TERM).expect("the signal");
    assert!(child.wait().expect("an end").success());
    assert!(kubeconfig.exists(), "it removes nothing");
}

#[test]
fn names_the_file_that_it_cannot_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let kubeconfig = folder.path().join("none/config");
    let output = Command::new(env!("CARGO_BIN_EXE_steersman-envtest"))
        .args(["serve", "--write-kubeconfig"])
        .arg(&kubeconfig)
        .output()
        .expect("the program");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(text.contains(&format!("could not write {}", kubeconfig.display())), "{text}");
    assert!(text.contains("entity not found") && !text.contains("none/.tmp"), "{text}");
}
