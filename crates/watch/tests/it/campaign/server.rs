//! The truth: what there is, and what happened.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, json};
use steersman_meta::Object;

/// An API server's storage of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) version: u64,
    pub(crate) objects: BTreeMap<String, State>,
    pub(crate) log: Vec<Change>,
    /// What happened up to here can't be told any more.
    pub(crate) compacted: u64,
    /// Its data came from a backup and nobody has noticed yet; until then little happens.
    pub(crate) restored: bool,
    /// What the pages behind the first of a list are cut from.
    snapshots: BTreeMap<u64, Vec<(String, State)>>,
    /// Whether an object may be longer than the client takes.
    pub(crate) may_be_huge: bool,
    next_uid: u64,
    latest_huge: u64,
}

/// What an object is at a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) version: u64,
    pub(crate) uid: u64,
    pub(crate) huge: bool,
}

/// What happened to an object.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) state: State,
}

/// How many objects a page holds, whatever the client asks for.
const PAGE: usize = 3;
/// What is longer than the client of the campaign takes.
const HUGE: usize = 5_000;

impl Server {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let mut server = Self {
            version: 20_000,
            objects: BTreeMap::new(),
            log: Vec::new(),
            compacted: 0,
            restored: false,
            snapshots: BTreeMap::new(),
            may_be_huge: false,
            next_uid: 1,
            latest_huge: 0,
        };
        for _ in 0..rng.usize(0..16) {
            server.change(rng);
        }
        server
    }

    /// Something happens.
    pub(crate) fn change(&mut self, rng: &mut Rng) {
        self.version += rng.u64(1..4);
        let name = format!("o{}", rng.u8(..8));
        let huge = self.may_be_huge && self.version > self.latest_huge + 60 && rng.u8(..8) == 0;
        if huge {
            self.latest_huge = self.version;
        }
        let known = self.objects.get(&name).copied();
        let (kind, uid) = match known {
            Some(known) if rng.u8(..3) == 0 => ("DELETED", known.uid),
            Some(known) => ("MODIFIED", known.uid),
            None => {
                self.next_uid += 1;
                ("ADDED", self.next_uid)
            }
        };
        let state = State { version: self.version, uid, huge };
        if kind == "DELETED" {
            self.objects.remove(&name);
        } else {
            self.objects.insert(name.clone(), state);
        }
        self.log.push(Change { kind, name, state });
    }

    /// What happened behind a version, the first of it.
    pub(crate) fn behind(&self, version: u64) -> Option<&Change> {
        let at = self.log.partition_point(|change| change.state.version <= version);
        self.log.get(at)
    }

    pub(crate) fn forget(&mut self, up_to: u64) {
        self.compacted = self.compacted.max(up_to);
    }

    /// The data of a backup: an older version, and some of what there was.
    pub(crate) fn restore(&mut self, rng: &mut Rng) {
        self.version -= 5_000;
        self.compacted = 0;
        self.log.clear();
        self.snapshots.clear();
        self.objects.retain(|_, _| rng.bool());
        for state in self.objects.values_mut() {
            state.version -= 5_000;
        }
        self.restored = true;
    }

    /// Every object goes, or all come anew under their names.
    pub(crate) fn replace_all(&mut self, rng: &mut Rng) {
        for (name, state) in std::mem::take(&mut self.objects) {
            self.version += 1;
            self.log.push(Change {
                kind: "DELETED",
                name: name.clone(),
                state: State { version: self.version, ..state },
            });
            if rng.bool() {
                self.version += 1;
                self.next_uid += 1;
                let state = State { version: self.version, uid: self.next_uid, huge: false };
                self.objects.insert(name.clone(), state);
                self.log.push(Change { kind: "ADDED", name, state });
            }
        }
    }

    /// A page of a list, and whether it is the last; `None` if its token is too old.
    pub(crate) fn page(&mut self, token: Option<&str>, rng: &mut Rng) -> Option<(String, bool)> {
        let (version, from) = match token.filter(|token| !token.is_empty()) {
            None => (self.version, 0),
            Some(token) => {
                let (version, from) = token.split_once('/').expect("a token of ours");
                (version.parse().expect("a number"), from.parse().expect("a number"))
            }
        };
        if from == 0 {
            let all = self.objects.iter().map(|(name, state)| (name.clone(), *state)).collect();
            self.snapshots.insert(version, all);
        } else if version < self.compacted {
            return None;
        }
        let all = self.snapshots.get(&version)?;
        let items: Vec<_> = all.iter().skip(from).take(PAGE).map(|(name, state)| pod(name, *state)).collect();
        let mut metadata = json!({"resourceVersion": version.to_string()});
        let is_last = from + PAGE >= all.len();
        if !is_last {
            metadata["continue"] = format!("{version}/{}", from + PAGE).into();
        } else if let Some(end) = [None, Some(Value::Null), Some("".into())][rng.usize(..3)].clone() {
            metadata["continue"] = end;
        }
        let list = json!({"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": items});
        Some((list.to_string(), is_last))
    }
}

/// An object as the server sends it. Its text holds characters of one to four bytes.
pub(crate) fn pod(name: &str, state: State) -> Value {
    let mut metadata = json!({
        "name": name, "namespace": "a", "uid": state.uid.to_string(), "resourceVersion": state.version.to_string(),
        "annotations": {"text": text(name, state.version)},
    });
    if state.huge {
        metadata["annotations"]["filling"] = "x".repeat(HUGE).into();
    }
    json!({"kind": "Pod", "apiVersion": "v1", "metadata": metadata})
}

/// Whether an object has come as it was sent.
pub(crate) fn is_whole(object: &Object) -> bool {
    let version = object.resource_version().and_then(|version| version.parse().ok());
    let seen = object.annotations().get("text").map(|text| text.to_string());
    version.is_some_and(|version| seen.as_deref() == Some(text(object.name(), version).as_str()))
}

fn text(name: &str, version: u64) -> String {
    format!("{name} ü € 🚢 \" \\ }} {{ {version}")
}
