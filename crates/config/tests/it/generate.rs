//! Kubeconfig files at random, from a seed: mostly sound, now and then with one thing wrong.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::harness::{CERTIFICATE_DATA, KEY_DATA};

/// Names that entries have; few, so that files have some in common.
const NAMES: &[&str] = &["a", "b", "c", "no", "012", "é x", "arn:aws:eks:1:cluster/x", ""];

/// Some files, of which each names others beside it.
#[derive(Debug)]
pub(crate) struct Files {
    /// Path below the home folder, and text. All folders hold `ca.pem`, `c.pem`, `k.pem` and `token`.
    pub(crate) files: Vec<(&'static str, String)>,
    /// The value of `KUBECONFIG`; `~` is the home folder.
    pub(crate) list: String,
}

/// Folders that files may be in.
pub(crate) const FOLDERS: &[&str] = &[".kube", "work", "work/deep", "other"];

pub(crate) fn files(rng: &mut Rng) -> Files {
    let mut places = [".kube/config", "work/one", "work/deep/two", "other/three"];
    rng.shuffle(&mut places);
    let count = rng.usize(1..=3);
    let mut list = Vec::new();
    let mut files = Vec::new();
    for place in &places[..count] {
        files.push((*place, text(rng)));
        list.push(format!("~/{place}"));
        for extra in ["", "~/missing"] {
            if rng.u8(..) < 40 {
                list.push(extra.to_owned());
            }
        }
        if rng.u8(..) < 30 {
            list.push(format!("~/{}", places[0]));
        }
    }
    // The current folder is `work`.
    if rng.bool() {
        for entry in list.iter_mut().filter(|entry| *entry == "~/work/one") {
            "one".clone_into(entry);
        }
    }
    Files { files, list: list.join(":") }
}

/// The text of one file.
pub(crate) fn text(rng: &mut Rng) -> String {
    match rng.u8(..) {
        0..=3 => return String::new(),
        4..=5 => return "clusters: [{name: a".to_owned(),
        6..=7 => return "- a\n- b\n".to_owned(),
        _ => {}
    }
    let tree = kubeconfig(rng);
    match rng.u8(0..4) {
        0 => tree.to_string(),
        1 => serde_json::to_string_pretty(&tree).expect("a tree is JSON"),
        // kubectl reads YAML 1.1, in which this bare word is false; the crate writes YAML 1.2.
        _ => {
            let text = serde_yaml::to_string(&tree).expect("a tree is YAML");
            text.lines()
                .map(|line| {
                    line.strip_suffix(" no").map_or(format!("{line}\n"), |line| format!("{line} \"no\"\n"))
                })
                .collect()
        }
    }
}

pub(crate) fn kubeconfig(rng: &mut Rng) -> Value {
    let mut top = Map::new();
    if rng.bool() {
        top.insert("apiVersion".to_owned(), "v1".into());
        top.insert("kind".to_owned(), "Config".into());
    }
    for (list, body) in [("clusters", "cluster"), ("users", "user"), ("contexts", "context")] {
        let entries = match rng.u8(..) {
            0..=15 => Value::Null,
            16..=17 => "wrong".into(),
            _ => entries(rng, body),
        };
        top.insert(list.to_owned(), entries);
    }
    if rng.bool() {
        top.insert("current-context".to_owned(), name(rng));
    }
    if rng.u8(..) < 30 {
        top.insert("x-unknown".to_owned(), json!({"deep": [1]}));
    }
    if rng.u8(..) < 30 {
        top.insert("extensions".to_owned(), extensions(rng));
    }
    top.into()
}

fn entries(rng: &mut Rng, body: &str) -> Value {
    let mut names: Vec<&str> = NAMES.to_vec();
    rng.shuffle(&mut names);
    names.truncate(rng.usize(0..4));
    if rng.u8(..) < 5 && !names.is_empty() {
        names.push(names[0]);
    }
    let entry = |name: &str| {
        let content = match body {
            "cluster" => cluster(rng),
            "user" => user(rng),
            _ => context(rng),
        };
        json!({"name": name, body: content})
    };
    names.into_iter().map(entry).collect()
}

fn name(rng: &mut Rng) -> Value {
    (*rng.choice(NAMES).expect("there are names")).into()
}

/// Sets a field in about one of `rarity` cases.
struct Fields<'a> {
    rng: &'a mut Rng,
    fields: Map<String, Value>,
}

impl Fields<'_> {
    fn maybe(&mut self, rarity: u8, key: &str, value: impl FnOnce(&mut Rng) -> Value) {
        if self.rng.u8(0..rarity) == 0 {
            let value = value(self.rng);
            self.fields.insert(key.to_owned(), value);
        }
    }

    /// A file, or its data; now and then both, or a file that is not there.
    fn file_or_data(&mut self, rarity: u8, key: &str, file: &str, data: &str) {
        if self.rng.u8(0..rarity) != 0 {
            return;
        }
        let folder = ["", "./", "../work/", "deep/../"][self.rng.usize(0..4)];
        let path = match self.rng.u8(..) {
            0..=3 => "missing.pem".to_owned(),
            4..=30 => String::new(),
            _ => format!("{}{file}", if folder == "deep/../" { "./" } else { folder }),
        };
        match self.rng.u8(0..40) {
            0 => {
                self.fields.insert(key.to_owned(), path.into());
                self.fields.insert(format!("{key}-data"), data.into());
            }
            1..=20 => {
                self.fields.insert(format!("{key}-data"), data.into());
            }
            _ => {
                self.fields.insert(key.to_owned(), path.into());
            }
        }
    }
}

fn text_of(rng: &mut Rng) -> Value {
    ["plain", "no", "1e3", "a: b", "# c", "é\n", "  padded  ", ""][rng.usize(0..8)].into()
}

fn extensions(rng: &mut Rng) -> Value {
    let mut names = vec!["x", "client.authentication.k8s.io/exec", "minikube.sigs.k8s.io"];
    rng.shuffle(&mut names);
    names.truncate(rng.usize(0..=3));
    names
        .into_iter()
        .map(|name| json!({"name": name, "extension": {"k": text_of(rng), "l": [1, true]}}))
        .collect()
}

fn cluster(rng: &mut Rng) -> Value {
    let mut fields = Fields { rng, fields: Map::new() };
    fields.maybe(1, "server", |rng| {
        ["https://a:6443/p", "http://b", "10.0.0.1", "", "nonsense:"][rng.usize(0..5)].into()
    });
    fields.maybe(4, "tls-server-name", text_of);
    fields.maybe(4, "insecure-skip-tls-verify", |rng| rng.bool().into());
    fields.maybe(4, "disable-compression", |rng| rng.bool().into());
    fields.maybe(4, "proxy-url", |rng| ["http://u:p@p", "socks5://p", "what://ever"][rng.usize(0..3)].into());
    fields.file_or_data(2, "certificate-authority", "ca.pem", CERTIFICATE_DATA);
    fields.maybe(4, "extensions", extensions);
    fields.maybe(8, "x-unknown", text_of);
    fields.maybe(100, "server", |_| 1.into());
    fields.fields.into()
}

fn user(rng: &mut Rng) -> Value {
    let mut fields = Fields { rng, fields: Map::new() };
    fields.maybe(3, "token", text_of);
    fields.maybe(4, "tokenFile", |rng| {
        ["token", "./token", "/var/token", "../x/token", ""][rng.usize(0..5)].into()
    });
    fields.file_or_data(3, "client-certificate", "c.pem", CERTIFICATE_DATA);
    fields.file_or_data(3, "client-key", "k.pem", KEY_DATA);
    fields.maybe(5, "username", text_of);
    fields.maybe(5, "password", text_of);
    fields.maybe(5, "as", text_of);
    fields.maybe(8, "as-uid", text_of);
    fields.maybe(8, "as-groups", |rng| json!(["g", text_of(rng)]));
    fields.maybe(8, "as-user-extra", |rng| json!({"k": ["v", text_of(rng)], "K": []}));
    fields.maybe(5, "exec", exec);
    fields.maybe(
        8,
        "auth-provider",
        |rng| json!({"name": (["oidc", "gcp"][rng.usize(0..2)]), "config": {"k": text_of(rng)}}),
    );
    fields.maybe(5, "extensions", extensions);
    fields.maybe(8, "x-unknown", text_of);
    fields.maybe(100, "token", |_| json!(["wrong"]));
    fields.fields.into()
}

fn exec(rng: &mut Rng) -> Value {
    let mut fields = Fields { rng, fields: Map::new() };
    fields.maybe(1, "command", |rng| {
        ["login", "./login", "../bin/login", "/opt/login"][rng.usize(0..4)].into()
    });
    fields.maybe(1, "apiVersion", |rng| {
        format!("client.authentication.k8s.io/{}", ["v1", "v1beta1"][rng.usize(0..2)]).into()
    });
    fields.maybe(2, "interactiveMode", |rng| ["Never", "IfAvailable", "Always"][rng.usize(0..3)].into());
    fields.maybe(2, "args", |rng| json!(["--a", text_of(rng)]));
    fields.maybe(2, "env", |rng| json!([{"name": "A", "value": text_of(rng)}]));
    fields.maybe(3, "installHint", text_of);
    fields.maybe(3, "provideClusterInfo", |rng| rng.bool().into());
    fields.fields.into()
}

fn context(rng: &mut Rng) -> Value {
    let mut fields = Fields { rng, fields: Map::new() };
    fields.maybe(1, "cluster", name);
    fields.maybe(1, "user", name);
    fields.maybe(2, "namespace", text_of);
    fields.maybe(5, "extensions", extensions);
    fields.maybe(8, "x-unknown", text_of);
    fields.fields.into()
}
