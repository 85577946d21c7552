//! Shard selectors: parts of a collection by a hash, as Kubernetes 1.36 gives them with its feature gate `ShardedListAndWatch`.

use std::fmt;

use serde_json::Value;

use super::status::{Failure, Outcome};

/// `shardRange(FIELD, 'START', 'END')`, or several of one field with `||` between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    field: String,
    /// As they were written: `0x` and sixteen digits, or `0x10000000000000000`.
    ranges: Vec<[String; 2]>,
}

/// 2^64, which is no hash and may be the end of a range.
const END: &str = "0x10000000000000000";

impl Shard {
    /// Reads the parameter; none where it is not there. The real server takes what it can't read for a fault of its own.
    pub(crate) fn parse(text: &str) -> Outcome<Option<Self>> {
        if text.is_empty() {
            return Ok(None);
        }
        let shard = read(text.trim());
        shard.map(Some).map_err(|why| Failure::unknown(format!("invalid shard selector: {why}")))
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        let member = self.field.trim_start_matches("object.metadata.");
        let hash = format!("0x{:016x}", hash(object["metadata"][member].as_str().unwrap_or_default()));
        self.ranges.iter().any(|[start, end]| !is_less(&hash, start) && is_less(&hash, end))
    }
}

impl fmt::Display for Shard {
    /// What a list echoes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written =
            self.ranges.iter().map(|[start, end]| format!("shardRange({}, '{start}', '{end}')", self.field));
        f.write_str(&written.collect::<Vec<_>>().join(" || "))
    }
}

fn read(text: &str) -> Result<Shard, String> {
    let mut shard = Shard { field: String::new(), ranges: Vec::new() };
    for call in text.split("||") {
        let arguments = call.trim().strip_prefix("shardRange(").and_then(|rest| rest.strip_suffix(')'));
        let arguments =
            arguments.ok_or("unexpected expression kind 3; expected shardRange() call or || operator")?;
        let arguments: Vec<&str> = arguments.split(',').map(str::trim).collect();
        let [field, start, end] = arguments[..] else {
            return Err(format!("shardRange() requires exactly 3 arguments, got {}", arguments.len()));
        };
        if !matches!(field, "object.metadata.uid" | "object.metadata.namespace") {
            let supported = "supported: object.metadata.uid, object.metadata.namespace";
            return Err(format!("unsupported field path {field:?}; {supported}"));
        }
        if !shard.field.is_empty() && shard.field != field {
            return Err(format!(
                "all shard ranges must use the same field, got {:?} and {field:?}",
                shard.field
            ));
        }
        let (start, end) = (bound(start, "hexStart")?, bound(end, "hexEnd")?);
        if !is_less(&start, &end) {
            return Err(format!("shard range start {start} must be less than end {end}"));
        }
        field.clone_into(&mut shard.field);
        shard.ranges.push([start, end]);
    }
    Ok(shard)
}

fn bound(text: &str, name: &str) -> Result<String, String> {
    let inner = ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let inner = inner.ok_or_else(|| format!("{name} must be a string literal (e.g. '0xff')"))?;
    let digits =
        inner.strip_prefix("0x").ok_or_else(|| format!("{name} must have '0x' prefix, got {inner:?}"))?;
    if let Some(bad) = digits.chars().find(|one| !matches!(one, '0'..='9' | 'a'..='f')) {
        return Err(format!("{name}: invalid hex character \"{bad}\" in {inner:?}"));
    }
    if digits.len() != 16 && inner != END {
        return Err(format!(
            "{name} must be a 0x-prefixed 16-digit hex value, got {inner:?} (did you mean \"0x{digits:0>16}\"?)"
        ));
    }
    Ok(inner.to_owned())
}

/// By length, and then by the digits: all but the end have the same length.
fn is_less(one: &str, other: &str) -> bool {
    (one.len(), one) < (other.len(), other)
}

/// FNV-1a, of 64 bits.
fn hash(text: &str) -> u64 {
    let mut hash: u64 = 14_695_981_039_346_656_037;
    for byte in text.bytes() {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(1_099_511_628_211);
    }
    hash
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Shard;

    const FIRST: &str = "shardRange(object.metadata.uid, '0x0000000000000000', '0x8000000000000000')";
    const SECOND: &str = "shardRange(object.metadata.uid, '0x8000000000000000', '0x10000000000000000')";

    /// As a server of 1.36.3 with the gate has put them.
    #[test]
    fn objects_and_their_parts() {
        for (uid, in_first) in [
            ("b2703c4b-6f11-40a3-a41a-efc3893da266", false),
            ("be2cee92-0181-4b24-8a5b-ea87eb718fa8", true),
            ("c4454895-c0b7-48a6-9217-6dbb6fddee66", true),
            ("0bd781dc-5c23-45bf-ab85-f176db2c98a9", false),
            ("fee38d47-5e60-4d36-9d3f-05e56f22aeae", false),
            ("d1934e10-23b3-4c4d-b9b8-c663b345a1e7", false),
        ] {
            let object = json!({"metadata": {"uid": uid}});
            let is_in =
                |text| Shard::parse(text).expect("a shard").is_some_and(|shard| shard.matches(&object));
            assert_eq!((is_in(FIRST), is_in(SECOND)), (in_first, !in_first), "{uid}");
            assert!(is_in(&format!("{FIRST} || {SECOND}")), "{uid}");
        }
    }

    #[test]
    fn what_is_read() {
        assert!(Shard::parse("").is_ok_and(|shard| shard.is_none()));
        let both = format!("{SECOND}||{FIRST}");
        let echo = Shard::parse(&both).expect("two ranges").map(|shard| shard.to_string());
        assert_eq!(echo, Some(format!("{SECOND} || {FIRST}")));
        for (text, want) in [
            ("nonsense", "unexpected expression kind 3; expected shardRange() call or || operator"),
            (
                "shardRange(object.metadata.uid, '0x0', '0x8')",
                "hexStart must be a 0x-prefixed 16-digit hex value, got \"0x0\" (did you mean \"0x0000000000000000\"?)",
            ),
            (
                "shardRange(object.metadata.name, '0x0', '0x8')",
                "unsupported field path \"object.metadata.name\"; supported: object.metadata.uid, object.metadata.namespace",
            ),
        ] {
            let failure = Shard::parse(text).expect_err(text);
            assert_eq!(
                (failure.code(), failure.message()),
                (500, &*format!("invalid shard selector: {want}"))
            );
        }
    }
}
