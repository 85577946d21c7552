//! Where the members stand that somebody will ask for: noted while the text is checked, so that nobody has to look for
//! them.

use memchr::memchr;

use crate::{spans::Spans, string};

/// The most slots that a [`Shape`] can fill.
pub const MAX_SLOTS: usize = 12;

/// The members of an object that are wanted, by key, and inside of them further ones.
///
/// ```
/// use steersman_json::{Outline, Shape, Wanted};
///
/// static METADATA: Shape = Shape::new(&[Wanted::new("name", 1)]);
/// static OBJECT: Shape = Shape::new(&[Wanted::new("metadata", 0).with(&METADATA)]);
///
/// let outline = Outline::parse(r#"{"spec": {"name": 3}, "metadata": {"name": "web"}}"#, &OBJECT)?;
/// assert_eq!(outline.value(1).and_then(|name| name.as_str()).as_deref(), Some("web"));
/// # Ok::<(), steersman_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Shape {
    pub(crate) members: &'static [Wanted],
}

/// A member that a [`Shape`] wants.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    key: &'static str,
    pub(crate) slot: usize,
    pub(crate) inside: Option<&'static Shape>,
}

impl Wanted {
    /// The member with this key; where it stands is noted in `slot`, which is below [`MAX_SLOTS`].
    ///
    /// # Panics
    /// If it is not, which a `static` finds out when it is compiled.
    #[must_use]
    pub const fn new(key: &'static str, slot: usize) -> Self {
        assert!(slot < MAX_SLOTS, "there is no such slot");
        Self { key, slot, inside: None }
    }

    /// And, if it is an object, members of it. Nested more than four deep, the inner ones are not noted.
    #[must_use]
    pub const fn with(self, inside: &'static Shape) -> Self {
        Self { inside: Some(inside), ..self }
    }

    /// Forgets what was noted of this member: it comes once more, and the last one counts.
    #[cold]
    pub(crate) fn forget(&self, spans: &mut Spans) {
        spans.set(self.slot, None);
        for wanted in self.inside.iter().flat_map(|inside| inside.members) {
            wanted.forget(spans);
        }
    }
}

impl Shape {
    /// These members.
    #[must_use]
    pub const fn new(members: &'static [Wanted]) -> Self {
        Self { members }
    }

    /// The member with a key that is spelled `key`; its escapes have been checked, and that it is UTF-8 not yet.
    pub(crate) fn find(&self, key: &[u8]) -> Option<&'static Wanted> {
        let plain = self.members.iter().find(|wanted| wanted.key.as_bytes() == key);
        if plain.is_some() || memchr(b'\\', key).is_none() || std::str::from_utf8(key).is_err() {
            return plain;
        }
        self.members.iter().find(|wanted| string::is_spelled(key, wanted.key))
    }
}
