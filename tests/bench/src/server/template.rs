//! Pods after the recorded ones: each with a name, a uid, a version and a node of its own.

use std::fmt::Write;

use bytes::{BufMut, BytesMut};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::Outcome;

/// A recorded pod, cut where the copies differ.
#[derive(Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
    name: String,
    length: usize,
}

#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Hole(Hole),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Hole {
    Name,
    Node,
    Uid,
    Version,
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

impl Template {
    /// One for each pod of a recorded list.
    pub(super) fn of_list(list: &str) -> Outcome<Vec<Self>> {
        let list: List<'_> = serde_json::from_str(list)?;
        list.items.into_iter().map(|pod| Self::of(pod.get())).collect()
    }

    fn of(pod: &str) -> Outcome<Self> {
        let tree: Value = serde_json::from_str(pod)?;
        let text = |pointer: &str| {
            tree.pointer(pointer)
                .and_then(Value::as_str)
                .ok_or_else(|| format!("no {pointer} in a recorded pod"))
        };
        let name = text("/metadata/name")?;
        let holes = [
            (Hole::Name, format!("{name:?}")),
            (Hole::Node, format!("{:?}", text("/spec/nodeName")?)),
            (Hole::Uid, format!("{:?}", text("/metadata/uid")?)),
            (Hole::Version, format!("\"resourceVersion\":{:?}", text("/metadata/resourceVersion")?)),
        ];
        let mut parts = vec![Part::Text(pod.to_owned())];
        for (hole, needle) in holes {
            parts = parts.into_iter().flat_map(|part| cut(part, hole, &needle)).collect();
        }
        // The last segment of a name is what tells the pods of one owner apart.
        let name = name.rsplit_once('-').map_or(name, |(front, _)| front).to_owned();
        Ok(Self { parts, name, length: pod.len() + 64 })
    }

    /// The name of copy `number`.
    pub(super) fn name(&self, number: u64) -> String {
        format!("{}-{number:05}", self.name)
    }

    /// How many bytes a copy may have.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Writes copy `number` at a version of the data.
    pub(super) fn write(&self, number: u64, version: u64, out: &mut BytesMut) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.put_slice(text.as_bytes()),
                Part::Hole(hole) => self.fill(*hole, number, version, out),
            }
        }
    }

    fn fill(&self, hole: Hole, number: u64, version: u64, out: &mut BytesMut) {
        let written = match hole {
            Hole::Name => write!(out, "\"{}-{number:05}\"", self.name),
            Hole::Node => write!(out, "\"ip-10-0-{}-{}.compute.internal\"", number % 7, number % 251),
            Hole::Uid => write!(out, "\"5b0c1d7e-9f3a-4c26-8e41-{number:012x}\""),
            Hole::Version => write!(out, "\"resourceVersion\":\"{version}\""),
        };
        written.expect("a buffer that grows takes all");
    }
}

/// Cuts a text wherever `needle` stands in it.
fn cut(part: Part, hole: Hole, needle: &str) -> Vec<Part> {
    let Part::Text(text) = part else { return vec![part] };
    let mut parts = Vec::new();
    for (index, piece) in text.split(needle).enumerate() {
        if index > 0 {
            parts.push(Part::Hole(hole));
        }
        parts.push(Part::Text(piece.to_owned()));
    }
    parts
}

#[cfg(test)]
mod tests {
    //! A copy is the recorded pod with its own identity.

    use bytes::BytesMut;
    use serde_json::{Value, json};

    use super::Template;
    use crate::recorded;

    #[test]
    fn copies_differ_in_what_identifies_them_alone() {
        let list: Value = serde_json::from_str(recorded::PODS).expect("JSON");
        let templates = Template::of_list(recorded::PODS).expect("templates");
        assert!(templates.len() >= 4);
        for (template, recorded) in templates.iter().zip(list["items"].as_array().expect("items")) {
            let mut out = BytesMut::new();
            template.write(7, 12, &mut out);
            assert!(out.len() <= template.length());
            let mut copy: Value = serde_json::from_slice(&out).expect("JSON");
            assert_eq!(copy["metadata"]["name"], json!(template.name(7)));
            assert_eq!(copy["metadata"]["resourceVersion"], "12");
            assert_eq!(copy["spec"]["nodeName"], "ip-10-0-0-7.compute.internal");
            for member in ["name", "uid", "resourceVersion"] {
                assert_ne!(copy["metadata"][member], recorded["metadata"][member]);
                copy["metadata"][member] = recorded["metadata"][member].clone();
            }
            copy["spec"]["nodeName"] = recorded["spec"]["nodeName"].clone();
            assert_eq!(copy, *recorded);
        }
    }

    /// The recorded pods are what the bench is meant for: about 9 kB each, almost half of it managedFields.
    #[test]
    fn the_recorded_pods_are_of_the_size_that_is_said() {
        let list: Value = serde_json::from_str(recorded::PODS).expect("JSON");
        let pods = list["items"].as_array().expect("items");
        let whole: usize = pods.iter().map(|pod| pod.to_string().len()).sum();
        let managed: usize = pods.iter().map(|pod| pod["metadata"]["managedFields"].to_string().len()).sum();
        assert!((8_500..9_500).contains(&(whole / pods.len())), "{whole} bytes in {} pods", pods.len());
        assert!((43..48).contains(&(managed * 100 / whole)), "{managed} of {whole} bytes");
    }
}
