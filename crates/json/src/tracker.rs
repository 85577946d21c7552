//! Notes on the way of a scanner where wanted members stand.

use crate::{
    Shape, Wanted,
    spans::{Span, Spans},
};

/// The deepest that shapes can be nested.
const MAX_LEVELS: usize = 4;

/// Follows a scanner, and notes where wanted members stand.
///
/// Only objects in objects are followed, from the outermost on: so the depth of the innermost one that is followed is the
/// number of them.
#[derive(Clone, Debug)]
pub(crate) struct Tracker {
    shape: Option<&'static Shape>,
    levels: [Level; MAX_LEVELS],
    /// How many of `levels` are open: `0 <= open <= MAX_LEVELS`
    open: usize,
    /// The key that is being read, if it does not lie in one piece.
    key: Vec<u8>,
    spans: Spans,
    /// The slot of the member at whose elements the scanner stops, if it is an array.
    stop: Option<usize>,
}

/// An open object, and the member of it that is being read.
#[derive(Clone, Copy, Debug)]
struct Level {
    shape: &'static Shape,
    wanted: Option<&'static Wanted>,
    starts: usize,
}

static NOTHING: Shape = Shape::new(&[]);

impl Tracker {
    pub(crate) const fn new(shape: Option<&'static Shape>) -> Self {
        let level = Level { shape: &NOTHING, wanted: None, starts: 0 };
        Self { shape, levels: [level; MAX_LEVELS], open: 0, key: Vec::new(), spans: Spans::NONE, stop: None }
    }

    /// The same, which makes the scanner stop where the array in `slot` opens.
    pub(crate) fn stopping_at(self, slot: usize) -> Self {
        Self { stop: Some(slot), ..self }
    }

    pub(crate) fn restart(&mut self) {
        self.open = 0;
        self.spans = Spans::NONE;
    }

    pub(crate) fn spans(&self) -> &Spans {
        &self.spans
    }

    /// How many objects are followed, of those in which the scanner is.
    #[inline]
    pub(crate) fn followed(&self) -> usize {
        self.open
    }

    /// Whether members at `depth` are those of the innermost object that is followed.
    #[inline]
    pub(crate) fn watches(&self, depth: usize) -> bool {
        depth == self.open && depth > 0
    }

    /// Whether the value that starts here is the one to stop at.
    #[inline]
    pub(crate) fn stops(&self) -> bool {
        let wanted = || self.levels.get(self.open.wrapping_sub(1))?.wanted;
        self.stop.is_some() && wanted().map(|wanted| wanted.slot) == self.stop
    }

    /// An object opens, whose members are at `depth`.
    #[inline]
    pub(crate) fn object_opens(&mut self, depth: usize) {
        if depth != self.open + 1 {
            return;
        }
        let shape = match self.open.checked_sub(1) {
            None => self.shape,
            Some(outer) => self.levels[outer].wanted.and_then(|wanted| wanted.inside),
        };
        if let (Some(shape), Some(level)) = (shape, self.levels.get_mut(self.open)) {
            *level = Level { shape, wanted: None, starts: 0 };
            self.open = depth;
        }
    }

    /// A container closes, and leaves us at `depth`.
    #[inline]
    pub(crate) fn closes(&mut self, depth: usize) {
        self.open = self.open.min(depth);
    }

    /// A key of the object that is watched, as it is spelled.
    #[inline]
    pub(crate) fn key(&mut self, key: &[u8]) {
        let Some(level) = self.levels.get_mut(self.open.wrapping_sub(1)) else { return };
        level.wanted = level.shape.find(key);
        if let Some(wanted) = level.wanted
            && self.spans.at(wanted.slot).is_some()
        {
            self.spans.repeated = true;
            wanted.forget(&mut self.spans);
        }
    }

    /// A key begins that does not lie in one piece.
    pub(crate) fn key_starts(&mut self) {
        self.key.clear();
    }

    /// A part of that key.
    pub(crate) fn key_goes_on(&mut self, part: &[u8]) {
        self.key.extend_from_slice(part);
    }

    /// The end of that key.
    pub(crate) fn key_ends(&mut self) {
        let key = std::mem::take(&mut self.key);
        self.key(&key);
        self.key = key;
    }

    /// A value of the object that is watched starts at this position.
    #[inline]
    pub(crate) fn value_starts(&mut self, at: usize) {
        if let Some(level) = self.levels.get_mut(self.open.wrapping_sub(1)) {
            level.starts = at;
        }
    }

    /// A value of the object that is watched ends before this position.
    #[inline]
    pub(crate) fn value_ends(&mut self, at: usize) {
        if let Some(level) = self.levels.get_mut(self.open.wrapping_sub(1))
            && let Some(wanted) = level.wanted.take()
        {
            self.spans.set(wanted.slot, Span::new(level.starts, at));
        }
    }
}
