//! Plugins that are shell scripts.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::future::join_all;
use serde_json::json;
use steersman_config::{Config, ExecApiVersion, ExecPlugin, InteractiveMode, Secret};
use tempfile::TempDir;

use super::{
    ExecPolicy, ExecRule, Plugin,
    policy::find,
    protocol::{Fault, exec_info, parse},
    run::{ExecError, run},
};
use crate::{
    credentials::{obtained::Forgotten, source::failed},
    error::Error,
};

/// A folder with a plugin in it, written by another process: a file that we had open for writing could not be run while
/// some other test forks.
fn script(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plugin");
    let source = folder.path().join("source");
    fs::write(&source, format!("#!/bin/sh\n{text}\n")).expect("a file");
    let copied = std::process::Command::new("cp").arg(&source).arg(&path).status().expect("cp");
    assert!(copied.success());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
    (folder, path)
}

fn plugin(path: &Path) -> ExecPlugin {
    ExecPlugin::new(path.to_str().expect("text"), ExecApiVersion::V1, InteractiveMode::Never)
}

fn printing(status: &str) -> String {
    format!(
        "echo '{{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{status}}}'"
    )
}

async fn fails(plugin: &ExecPlugin, policy: &ExecPolicy) -> ExecError {
    match run(plugin, policy).await {
        Ok(_) => panic!("{plugin:?} gave credentials"),
        Err(error) => error,
    }
}

#[test]
fn what_a_plugin_prints_is_checked() {
    let v1 = |status: &str| {
        format!(
            r#"{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{status}}}"#
        )
    };
    for (printed, want) in [
        (String::new(), Some(Fault::NotJson)),
        ("null".to_owned(), Some(Fault::NotJson)),
        ("[]".to_owned(), Some(Fault::NotJson)),
        (v1(r#"{"token":"t"}"#)[1..].to_owned(), Some(Fault::NotJson)),
        (v1(r#"{"token":"t"}"#) + "x", Some(Fault::NotJson)),
        (v1(r#"{"token":"t"}"#).replace("ExecCredential", "Pod"), Some(Fault::Kind)),
        (v1(r#"{"token":"t"}"#).replace("/v1", "/v1beta1"), Some(Fault::Version)),
        (v1(r#"{"token":"t"}"#).replace("/v1", "/v1alpha1"), Some(Fault::Version)),
        (v1("null"), Some(Fault::NoStatus)),
        (v1("[]"), Some(Fault::NoStatus)),
        (v1("{}"), Some(Fault::NoCredential)),
        (v1(r#"{"token":""}"#), Some(Fault::NoCredential)),
        (v1(r#"{"token":7}"#), Some(Fault::NoCredential)),
        (v1(r#"{"token":"a\nb"}"#), Some(Fault::Token)),
        (v1(r#"{"clientKeyData":"k"}"#), Some(Fault::HalfACertificate)),
        (v1(r#"{"token":"t","clientCertificateData":"c"}"#), Some(Fault::HalfACertificate)),
        (v1(r#"{"token":"t","expirationTimestamp":"soon"}"#), Some(Fault::Expiry)),
        (v1(r#"{"token":"t","expirationTimestamp":7}"#), Some(Fault::Expiry)),
        (v1(r#"{"token":"t","expirationTimestamp":null}"#), None),
        (v1(r#"{"token":"t","expirationTimestamp":"2026-11-21T10:00:00Z","more":1}"#), None),
        (v1(r#"{"clientCertificateData":"c","clientKeyData":"k"}"#), None),
    ] {
        let got = parse(ExecApiVersion::V1, printed.as_bytes()).err();
        assert_eq!(got, want, "{printed}");
    }
    let beta = v1(r#"{"token":"t"}"#).replace("/v1", "/v1beta1");
    assert!(parse(ExecApiVersion::V1Beta1, beta.as_bytes()).is_ok());
}

#[test]
fn a_plugin_is_told_of_the_cluster_if_it_asks() {
    let mut plugin = plugin(Path::new("/bin/true"));
    let info = |plugin: &ExecPlugin| -> serde_json::Value {
        serde_json::from_str(&exec_info(plugin, true)).expect("JSON")
    };
    assert_eq!(
        info(&plugin),
        json!({
            "kind": "ExecCredential",
            "apiVersion": "client.authentication.k8s.io/v1",
            "spec": {"interactive": true},
        })
    );
    let told = |cluster: &str| {
        let kubeconfig = format!(
            "clusters: [{{name: c, cluster: {{server: 'https://10.0.0.1:6443', {cluster}}}}}]
users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Never, \
             provideClusterInfo: true}}}}}}]
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
current-context: x"
        );
        let config = Config::from_bytes(kubeconfig.as_bytes()).expect("a configuration");
        info(&config.credentials.exec.expect("a plugin"))["spec"]["cluster"].clone()
    };
    let server = "https://10.0.0.1:6443";
    assert_eq!(told(""), json!({"server": server, "config": null}));
    assert_eq!(
        told(
            "tls-server-name: api, insecure-skip-tls-verify: true, proxy-url: 'http://user:secret@proxy:1', \
             disable-compression: true, extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x}}]"
        ),
        json!({
            "server": server,
            "tls-server-name": "api",
            "insecure-skip-tls-verify": true,
            "proxy-url": "http://user:secret@proxy:1",
            "disable-compression": true,
            "config": {"audience": "x"},
        })
    );
    plugin.api_version = ExecApiVersion::V1Beta1;
    assert_eq!(info(&plugin)["apiVersion"], "client.authentication.k8s.io/v1beta1");
}

/// There is no shell between us and the plugin: its arguments and variables arrive as they are.
#[tokio::test]
async fn arguments_and_variables_arrive_byte_for_byte() {
    let (folder, path) = script(&format!(
        "printf '%s|' \"$@\" \"$NAME\" > \"$OUT\"; test -n \"$KUBERNETES_EXEC_INFO\" || exit 9\n{}",
        printing(r#"{"token":"t0ken"}"#)
    ));
    let out = folder.path().join("out");
    let mut plugin = plugin(&path);
    plugin.args =
        [";touch x", "$(id)", "`id`", "a\nb", "*", "", "'\""].iter().map(ToString::to_string).collect();
    plugin.env = vec![
        ("NAME".to_owned(), Secret::new("first")),
        ("NAME".to_owned(), Secret::new("$HOME;`x`")),
        ("OUT".to_owned(), Secret::new(out.to_str().expect("text"))),
    ];
    let credential = run(&plugin, &ExecPolicy::default()).await.expect("credentials");
    assert_eq!(credential.token.expect("a token").expose(), "t0ken");
    assert_eq!(fs::read_to_string(out).expect("a file"), ";touch x|$(id)|`id`|a\nb|*||'\"|$HOME;`x`|");
}

/// One process for all who wait; a failure stands for a moment; what the server refused is asked for anew.
#[tokio::test]
async fn a_plugin_is_run_once_for_all() {
    let (folder, path) = script(&format!(
        "echo run >> \"$OUT\"; {}",
        printing(r#"{"token":"t","expirationTimestamp":"2999-01-01T00:00:00Z"}"#)
    ));
    let out = folder.path().join("out");
    let mut spec = plugin(&path);
    spec.env = vec![("OUT".to_owned(), Secret::new(out.to_str().expect("text")))];
    let runs = || fs::read_to_string(&out).expect("a file").lines().count();
    let shared = Plugin::new(spec, ExecPolicy::default());
    let all = join_all((0..100).map(|_| shared.get())).await;
    let first = all[0].as_ref().expect("credentials");
    assert!(all.iter().all(|printed| printed.as_ref().is_ok_and(|printed| Arc::ptr_eq(printed, first))));
    assert_eq!(runs(), 1);
    shared.get().await.expect("credentials");
    assert_eq!(runs(), 1);
    assert!(shared.fresh(SystemTime::now()).is_some());
    assert_eq!(shared.forget(first), Forgotten::Yes);
    let second = shared.get().await.expect("credentials");
    assert_eq!(runs(), 2);
    assert_eq!(shared.forget(first), Forgotten::Yes);
    let third = shared.get().await.expect("credentials");
    assert!(Arc::ptr_eq(&second, &third), "what was refused is not what we have");
    assert_eq!(runs(), 2);

    // Whoever starts it may go away.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(1)).await;
    tokio::time::resume();
    assert_eq!(shared.forget(&second), Forgotten::Yes);
    let mut asking = Box::pin(shared.get());
    assert!(futures::poll!(&mut asking).is_pending());
    drop(asking);
    shared.get().await.expect("credentials");
    assert_eq!(runs(), 3);
}

/// What has expired is not used, and what expires soon is asked for anew.
#[tokio::test]
async fn credentials_that_expire_are_asked_for_anew() {
    let (folder, path) = script(&format!(
        "echo run >> \"$OUT\"; {}",
        printing(r#"{"token":"t","expirationTimestamp":"2020-01-01T00:00:00Z"}"#)
    ));
    let out = folder.path().join("out");
    let mut spec = plugin(&path);
    spec.env = vec![("OUT".to_owned(), Secret::new(out.to_str().expect("text")))];
    let shared = Plugin::new(spec, ExecPolicy::default());
    for runs in 1..4 {
        shared.get().await.expect("credentials");
        assert!(shared.fresh(SystemTime::now()).is_none());
        assert_eq!(fs::read_to_string(&out).expect("a file").lines().count(), runs);
    }
}

#[tokio::test]
async fn a_plugin_that_fails_is_told_by_how() {
    let policy = ExecPolicy::default();
    for (text, want) in [
        ("exit 3", "failed with exit code 3"),
        ("kill -9 $$", "was killed"),
        ("echo secret-canary", "no JSON object"),
        ("head -c 1048577 /dev/zero", "printed more than 1 MiB"),
        ("yes secret-canary", "printed more than 1 MiB"),
        ("echo '{\"kind\":\"ExecCredential\",\"secret-canary\":1}'; exit 1", "failed with exit code 1"),
    ] {
        let (_folder, path) = script(text);
        let error = fails(&plugin(&path), &policy).await;
        let said = format!("{error} {error:?} {}", error.hint());
        assert!(said.contains(want) && !said.contains("secret-canary"), "{text}: {said}");
    }
    // A plugin that fails is not run for each request.
    let (folder, path) = script("echo run >> \"$OUT\"; exit 1");
    let out = folder.path().join("out");
    let mut spec = plugin(&path);
    spec.env = vec![("OUT".to_owned(), Secret::new(out.to_str().expect("text")))];
    let shared = Plugin::new(spec, policy);
    for _ in 0..3 {
        let error = shared.get().await.expect_err("a failure");
        assert!(error.hint().contains("by itself"), "{error:?}");
    }
    assert_eq!(fs::read_to_string(&out).expect("a file"), "run\n");
}

/// A plugin that hangs is killed, with all that it started. Nobody waits in real time: when all of them have said that they
/// are there, the clock jumps.
#[tokio::test(start_paused = true)]
async fn a_plugin_that_hangs_is_killed_with_its_children() {
    // Each opens the pipe `alive` and says so; what survives says that too, in the end.
    let process = |rest: &str| format!("exec 3> alive; echo up >&3; {rest}");
    let hangs = "sleep 20; echo survived >&3";
    for (name, script_text, count) in [
        ("it hangs", process(hangs), 1),
        ("it ignores SIGTERM", process(&format!("trap '' TERM HUP INT; {hangs}")), 1),
        ("it has a child", format!("({}) & {}", process(hangs), process(hangs)), 2),
        (
            "it forks twice, and the last ignores SIGTERM",
            format!("( ( trap '' TERM HUP; {} ) & ) & {}", process(hangs), process(hangs)),
            2,
        ),
        ("its child ignores SIGTERM", format!("(trap '' TERM; {}) & {}", process(hangs), process(hangs)), 2),
    ] {
        let (folder, path) = script(&format!("cd \"$DIR\"; {script_text}"));
        let alive = folder.path().join("alive");
        assert!(std::process::Command::new("mkfifo").arg(&alive).status().expect("mkfifo").success());
        let mut spec = plugin(&path);
        spec.env = vec![("DIR".to_owned(), Secret::new(folder.path().to_str().expect("text")))];
        let policy = ExecPolicy::default();
        // While somebody blocks, the paused clock stands.
        let all_up = tokio::task::spawn_blocking(move || {
            let mut alive = BufReader::new(fs::File::open(alive).expect("a pipe"));
            for _ in 0..count {
                let mut line = String::new();
                alive.read_line(&mut line).expect("a line");
                assert_eq!(line, "up\n");
            }
            alive
        });
        let (error, alive) = futures::future::join(fails(&spec, &policy), all_up).await;
        assert!(error.to_string().ends_with("did not end in time"), "{name}: {error}");
        // Its end comes when the last of them is gone.
        let mut rest = String::new();
        alive.expect("no panic").read_to_string(&mut rest).expect("an end");
        assert_eq!(rest, "", "{name}");
    }
}

/// A plugin that ends is not held up by what it started, which goes with it.
#[tokio::test]
async fn what_a_plugin_leaves_behind_does_not_hold_it_up() {
    let (folder, path) = script(&format!(
        "cd \"$DIR\"; mkfifo never; (trap '' TERM HUP; cat never) & {}",
        printing(r#"{"token":"t"}"#)
    ));
    let mut spec = plugin(&path);
    spec.env = vec![("DIR".to_owned(), Secret::new(folder.path().to_str().expect("text")))];
    run(&spec, &ExecPolicy::default()).await.map(drop).expect("credentials");
}

/// Nobody who lies in the current folder is run for somebody who is looked for in `PATH`.
#[tokio::test]
async fn a_program_in_the_current_folder_is_not_run() {
    // `cargo test` runs in the package's folder, where these are files.
    for name in ["Cargo.toml", "./Cargo.toml", "src/lib.rs", "../transport/Cargo.toml"] {
        assert!(Path::new(name).is_file(), "{name}");
        let mut spec = plugin(Path::new(name));
        spec.interactive_mode = InteractiveMode::IfAvailable;
        let error = fails(&spec, &ExecPolicy::default()).await;
        assert!(error.to_string().ends_with("was not found"), "{name}: {error}");
    }
}

#[tokio::test]
async fn only_what_may_be_run_is_run() {
    let (folder, path) = script(&printing(r#"{"token":"t"}"#));
    let list = |entries: &[&str]| ExecRule::AllowList(entries.iter().map(ToString::to_string).collect());
    let absolute = path.to_str().expect("text");
    let dotted = format!(
        "{}/../{}/plugin",
        folder.path().display(),
        folder.path().file_name().expect("a name").display()
    );
    for (rule, allowed) in [
        (ExecRule::AllowAll, true),
        (ExecRule::DenyAll, false),
        (list(&[]), false),
        (list(&[absolute]), true),
        (list(&["/other", &dotted]), true),
        (list(&["/other/plugin"]), false),
        (list(&["plugin"]), false),
        (list(&[""]), false),
    ] {
        let policy = ExecPolicy { rule: rule.clone(), ..ExecPolicy::default() };
        match run(&plugin(&path), &policy).await {
            Ok(_) => assert!(allowed, "{rule:?}"),
            Err(error) => {
                assert!(!allowed, "{rule:?}: {error}");
                assert!(error.to_string().ends_with("may not be run"), "{error}");
            }
        }
    }
    // A bare name is looked for in the absolute folders of PATH, and a relative path nowhere.
    let folders = folder.path().as_os_str();
    assert_eq!(find("plugin", Some(folders)), Some(path.clone()));
    for (command, folders) in [
        ("plugin", Some(std::ffi::OsStr::new(""))),
        ("plugin", Some(std::ffi::OsStr::new(".:relative"))),
        ("plugin", None),
        ("./plugin", Some(folders)),
        ("sub/plugin", Some(folders)),
        ("..", Some(folders)),
        ("", Some(folders)),
        ("source", Some(folders)),
    ] {
        assert_eq!(find(command, folders), None, "{command}");
    }
}

/// Without a terminal a plugin has nothing to read, and is told that nobody can be asked; one that must ask is not run.
#[tokio::test]
async fn a_plugin_is_told_whether_it_may_ask() {
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        // Somebody runs the tests by hand, and would be asked.
        return;
    }
    let (folder, path) = script(&format!(
        "printf %s \"$KUBERNETES_EXEC_INFO\" > \"$OUT\"; if read -r line; then exit 7; fi; {}",
        printing(r#"{"token":"t"}"#)
    ));
    for (mode, runs) in [
        (InteractiveMode::Never, true),
        (InteractiveMode::IfAvailable, true),
        (InteractiveMode::Always, false),
    ] {
        let out = folder.path().join(mode.as_str());
        let mut spec = plugin(&path);
        spec.interactive_mode = mode;
        spec.env = vec![("OUT".to_owned(), Secret::new(out.to_str().expect("text")))];
        if runs {
            run(&spec, &ExecPolicy::default()).await.map(drop).expect("credentials");
            let info: serde_json::Value =
                serde_json::from_str(&fs::read_to_string(&out).expect("a file")).expect("JSON");
            assert_eq!(info["spec"], json!({"interactive": false}), "{mode:?}");
        } else {
            let error = fails(&spec, &ExecPolicy::default()).await;
            assert!(error.to_string().ends_with("needs a terminal, and there is none"), "{error}");
            assert!(!out.exists(), "it was run");
        }
    }
}

#[tokio::test]
async fn a_plugin_that_is_not_there_says_how_to_get_it() {
    let mut missing = plugin(Path::new("/nonexistent/plugin"));
    missing.install_hint = Some("get it at\nexample.com\u{1b}[31m".to_owned());
    let shared = Plugin::new(missing.clone(), ExecPolicy::default());
    let error = Error::classify(failed(&shared.get().await.expect_err("no such plugin")));
    assert_eq!(error.kind(), &crate::ErrorKind::Credentials);
    assert_eq!(error.hint().as_deref(), Some("get it at\nexample.com[31m"));
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(cause, "the credential plugin /nonexistent/plugin was not found");
    missing.interactive_mode = InteractiveMode::Always;
    missing.command = "/bin/cat".to_owned();
    if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        let error = fails(&missing, &ExecPolicy::default()).await;
        assert!(error.to_string().contains("needs a terminal"), "{error}");
    }
}
