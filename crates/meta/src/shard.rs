//! Which part of all objects a list or a watch gives, by hash.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Object, SelectorError};

mod parser;

/// A part of all objects, by the hash of something in their metadata: several readers take a part each, and none reads all.
///
/// Kubernetes 1.36 knows it behind the feature gate `ShardedListAndWatch`. A server that does not know it leaves it aside and
/// sends everything, so what comes is to be compared with what was asked for: by the echo in
/// [`ListMeta::shard_info`](crate::ListMeta::shard_info), and object by object with [`matches`](Self::matches).
///
/// It is made from text, or as one of several equal parts, and checked when it is used.
///
/// ```
/// use steersman_meta::{ShardKey, ShardSelector};
///
/// let second_of_two = ShardSelector::one_of(ShardKey::Uid, 1, 2);
/// let written = "shardRange(object.metadata.uid, '0x8000000000000000', '0x10000000000000000')";
/// assert_eq!(second_of_two.to_string(), written);
/// assert_eq!(ShardSelector::from(written), second_of_two);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardSelector(Result<Ranges, SelectorError>);

/// Whose hash decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShardKey {
    /// The namespace: all objects of one are in one part.
    Namespace,
    /// The uid: the parts are about equal.
    #[default]
    Uid,
}

/// What a server says about the part that it has sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ShardInfo {
    /// The selector, as the server read it.
    pub selector: String,
}

/// Any of these ranges of one hash; none of them is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ranges {
    key: ShardKey,
    ranges: Vec<Range>,
}

/// `0 <= start < end <= 2^64`; the end is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    start: u128,
    end: u128,
}

/// How many hashes there are.
const HASHES: u128 = 1 << 64;

impl ShardSelector {
    /// The part `index`, counted from 0, of `count` equal ones, which together are everything. An index that is not below the
    /// count is an error when the selector is used.
    #[must_use]
    pub fn one_of(key: ShardKey, index: u32, count: u32) -> Self {
        if index >= count {
            let text = format!("part {index} of {count}");
            return Self(Err(SelectorError::new(&text, 0, "an index that is less than the count")));
        }
        let edge = |index: u128| HASHES * index / u128::from(count);
        let range = Range { start: edge(index.into()), end: edge(u128::from(index) + 1) };
        Self(Ok(Ranges { key, ranges: vec![range] }))
    }

    /// Whether it is no part, and says nothing.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.as_ref().is_ok_and(|selector| selector.ranges.is_empty())
    }

    /// Checks the text: `shardRange(FIELD, 'START', 'END')`, or several with `||` between them. The field is
    /// `object.metadata.uid` or `object.metadata.namespace`, the same in all of them; start and end are hexadecimal, from `'0x0'` to
    /// `'0x10000000000000000'`.
    ///
    /// # Errors
    /// If it does not follow that, with the place.
    pub fn check(&self) -> Result<(), SelectorError> {
        self.0.as_ref().map(drop).map_err(Clone::clone)
    }

    /// Whether an object is in this part, by the server's own hash (FNV-1a of 64 bits).
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn matches(&self, object: &Object) -> Result<bool, SelectorError> {
        let Ranges { key, ranges } = self.0.as_ref().map_err(Clone::clone)?;
        let value = match key {
            ShardKey::Namespace => object.namespace(),
            ShardKey::Uid => object.uid(),
        };
        let hash = u128::from(fnv_1a(value.unwrap_or_default().as_bytes()));
        Ok(ranges.is_empty() || ranges.iter().any(|range| range.start <= hash && hash < range.end))
    }

    /// Whether a server that says this has read the selector as it was meant.
    #[must_use]
    pub fn is_echoed_by(&self, info: &ShardInfo) -> bool {
        self.0.is_ok() && *self == Self::from(info.selector.as_str())
    }
}

impl Default for ShardSelector {
    /// Everything.
    fn default() -> Self {
        Self(Ok(Ranges::default()))
    }
}

impl From<&str> for ShardSelector {
    /// Empty text is everything.
    fn from(text: &str) -> Self {
        Self(parser::ranges(text))
    }
}

impl From<String> for ShardSelector {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl fmt::Display for ShardSelector {
    /// As a server wants it: with all sixteen digits. What is no selector is written as it was given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ranges { key, ranges } = match &self.0 {
            Ok(selector) => selector,
            Err(error) => return f.write_str(error.text()),
        };
        let field = key.field();
        for (index, Range { start, end }) in ranges.iter().enumerate() {
            let or = if index == 0 { "" } else { " || " };
            write!(f, "{or}shardRange({field}, '0x{start:016x}', '0x{end:016x}')")?;
        }
        Ok(())
    }
}

impl ShardKey {
    fn field(self) -> &'static str {
        match self {
            Self::Namespace => "object.metadata.namespace",
            Self::Uid => "object.metadata.uid",
        }
    }
}

fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{ShardInfo, ShardKey, ShardSelector, fnv_1a};
    use crate::Object;

    /// The vectors that the hash's authors give.
    #[test]
    fn the_hash() {
        for (text, want) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(fnv_1a(text.as_bytes()), want, "{text:?}");
        }
    }

    /// A06 (`shardSelector`): what a server of 1.36 reads, and what it does not.
    #[test]
    fn a06_the_grammar() {
        let whole = "shardRange(object.metadata.uid, '0x0000000000000000', '0x10000000000000000')";
        for (text, want) in [
            ("", Ok("")),
            ("  ", Ok("")),
            ("shardRange(object.metadata.uid,'0x0','0x10000000000000000')", Ok(whole)),
            ("shardRange( object.metadata.uid , \"0x0\" , '0x10000000000000000' ) ", Ok(whole)),
            (
                "shardRange(object.metadata.namespace, '0x0', '0xFf')||shardRange(object.metadata.namespace,'0x1ff','0x200')",
                Ok("shardRange(object.metadata.namespace, '0x0000000000000000', '0x00000000000000ff') || \
                    shardRange(object.metadata.namespace, '0x00000000000001ff', '0x0000000000000200')"),
            ),
            (
                "shardRange(object.metadata.name, '0x0', '0x1')",
                Err("object.metadata.uid or object.metadata.namespace"),
            ),
            ("shardRange(object.metadata.uid, '0x1', '0x1')", Err("an end that is greater than the start")),
            ("shardRange(object.metadata.uid, '1', '2')", Err("'0x' and up to 17 hexadecimal digits")),
            ("shardRange(object.metadata.uid, '0x0', '0x10000000000000001')", Err("a number up to 2^64")),
            ("shardRange(object.metadata.uid, '0x0', '0x1') && x", Err("'||' or the end")),
            ("shardRange(object.metadata.uid, '0x0', '0x1') ||", Err("shardRange(")),
            ("shardRange(object.metadata.uid, '0x0')", Err("','")),
            (
                "shardRange(object.metadata.uid, '0x0', '0x1')||shardRange(object.metadata.namespace, '0x1', '0x2')",
                Err("the same field as in the ranges before"),
            ),
        ] {
            let selector = ShardSelector::from(text);
            match (selector.check(), want) {
                (Ok(()), Ok(want)) => assert_eq!(selector.to_string(), want),
                (Err(error), Err(want)) => {
                    assert!(error.to_string().contains(&format!("expected {want} ")), "{text}: {error}");
                    assert_eq!(selector.to_string(), text);
                }
                (got, _) => panic!("{text}: {got:?}"),
            }
        }
        assert!(ShardSelector::one_of(ShardKey::Uid, 2, 2).check().is_err());
        assert!(ShardSelector::one_of(ShardKey::Uid, 0, 0).check().is_err());
    }

    /// A06 (`shardSelector`): the parts are everything, and no object is in two of them.
    #[test]
    fn a06_parts() {
        let objects = (0..200).map(|number| {
            let text = format!(
                r#"{{"metadata": {{"uid": "{number}-of-the-uids", "namespace": "{}-team"}}}}"#,
                number % 10
            );
            Object::parse(text).expect("an object")
        });
        let objects: Vec<Object> = objects.collect();
        for key in [ShardKey::Namespace, ShardKey::Uid] {
            for count in [1, 2, 3, 7] {
                let parts: Vec<_> =
                    (0..count).map(|index| ShardSelector::one_of(key, index, count)).collect();
                for object in &objects {
                    let homes = parts.iter().filter(|part| part.matches(object) == Ok(true)).count();
                    assert_eq!(homes, 1, "{key:?} {count} {object:?}");
                }
                for part in &parts {
                    let inhabited = objects.iter().any(|object| part.matches(object) == Ok(true));
                    assert!(inhabited || key == ShardKey::Namespace, "{part}");
                }
                assert!(parts.iter().all(|part| ShardSelector::from(part.to_string()) == *part));
            }
        }
    }

    /// A06 (`shardSelector`): the echo counts by what it says, not by how.
    #[test]
    fn a06_echoes() {
        let selector = ShardSelector::one_of(ShardKey::Uid, 0, 2);
        for (echo, want) in [
            ("shardRange(object.metadata.uid, '0x0000000000000000', '0x8000000000000000')", true),
            ("shardRange(object.metadata.uid,'0x0','0x8000000000000000')", true),
            ("shardRange(object.metadata.uid, '0x0000000000000000', '0x4000000000000000')", false),
            ("shardRange(object.metadata.namespace, '0x0000000000000000', '0x8000000000000000')", false),
            ("", false),
            ("nonsense", false),
        ] {
            assert_eq!(selector.is_echoed_by(&ShardInfo { selector: echo.to_owned() }), want, "{echo}");
        }
    }
}
