//! The pinned kubectl reads the same from the same files. Where `STEERSMAN_KUBECTL` names no program, the test says that it
//! skips; `cargo xtask ci --only kubectl-config` names one.

#![expect(clippy::unwrap_used, reason = "part of the test: what this crate writes is YAML")]

use std::process::Command;

use fastrand::Rng;
use serde_json::Value;
use steersman_config::Error;

use crate::{
    generate::{self, FOLDERS, Files},
    harness::{CERTIFICATE, Home, KEY},
};

/// How many sets of files are compared.
const SETS: u64 = 250;

#[test]
fn kubectl_reads_the_same() {
    let Some(kubectl) = std::env::var_os("STEERSMAN_KUBECTL") else {
        println!("skipped: STEERSMAN_KUBECTL names no kubectl");
        return;
    };
    let (mut read, mut refused) = (0, 0);
    for seed in 0..SETS {
        let set = generate::files(&mut Rng::with_seed(seed));
        let home = home(&set);
        let mut command = Command::new(&kubectl);
        command.args(["config", "view", "--flatten", "--raw", "-o", "json"]);
        command.env_clear().env("HOME", home.path("")).current_dir(home.path("work"));
        command
            .env("KUBECONFIG", set.list.replace('~', home.path("").to_str().unwrap().trim_end_matches('/')));
        let output = command.output().unwrap();
        let theirs = output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap());
        match (ours(&home), theirs) {
            (Ok(ours), Some(theirs)) => {
                assert_eq!(comparable(ours), comparable(theirs), "seed {seed}: {set:#?}");
                read += 1;
            }
            (Err(_), None) => refused += 1,
            (Ok(_), None) => {
                panic!("seed {seed}: kubectl refused: {}{set:#?}", String::from_utf8_lossy(&output.stderr));
            }
            (Err(error), Some(_)) => panic!("seed {seed}: we refused: {error}: {set:#?}"),
        }
    }
    println!("{read} sets read alike, {refused} refused by both");
    assert!(read >= SETS / 2 && refused >= SETS / 20, "{read} {refused}");
}

fn home(set: &Files) -> Home {
    let mut home = Home::new().variable("KUBECONFIG", &set.list);
    for folder in FOLDERS {
        for (name, text) in [("ca.pem", CERTIFICATE), ("c.pem", CERTIFICATE), ("k.pem", KEY), ("token", "t")]
        {
            home = home.file(&format!("{folder}/{name}"), text);
        }
    }
    for (path, text) in &set.files {
        home = home.file(path, text);
    }
    home
}

fn ours(home: &Home) -> Result<Value, Error> {
    let read = home.loader().kubeconfig()?;
    let mut flat = read.flatten(&home.environment)?;
    // kubectl leaves these two as they were, so that its result works in the first folder only.
    for (flat, read) in flat.users.iter_mut().zip(&read.users) {
        flat.user.token_file.clone_from(&read.user.token_file);
        flat.user.exec.clone_from(&read.user.exec);
    }
    Ok(serde_yaml::from_str(&flat.to_yaml()).unwrap())
}

/// Without what kubectl does not keep, with what it adds, and in one order.
fn comparable(mut value: Value) -> Value {
    for user in value["users"].as_array_mut().into_iter().flatten() {
        if let Some(exec) = user
            .pointer_mut("/user/exec")
            .filter(|exec| exec["interactiveMode"].as_str().is_none_or(str::is_empty))
            && exec["apiVersion"] == "client.authentication.k8s.io/v1beta1"
        {
            exec["interactiveMode"] = "IfAvailable".into();
        }
    }
    in_order(value)
}

fn in_order(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(key, _)| key != "x-unknown");
            let fields = fields.map(|(key, value)| (key, in_order(value)));
            fields.filter(|(_, value)| !is_empty(value)).collect()
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(in_order).collect();
            if items.iter().all(|item| item.is_object()) {
                items.sort_by_key(|item| item["name"].as_str().unwrap_or_default().to_owned());
            }
            items.into()
        }
        other => other,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}
