//! Which arrays and objects are open.

use super::{Fault, MAX_DEPTH};

/// The open containers.
#[derive(Clone, Debug)]
pub(super) struct Nest {
    /// `0 <= depth <= MAX_DEPTH`
    pub(super) depth: usize,
    /// The bits of the innermost containers, the innermost one lowest: set for an object.
    pub(super) near: u64,
    /// The bits of those further out, in words of 64, outermost first; filled where `depth` passes a multiple of 64.
    far: [u64; MAX_DEPTH / 64],
}

impl Nest {
    pub(super) const NONE: Self = Self { depth: 0, near: 0, far: [0; MAX_DEPTH / 64] };

    #[inline]
    pub(super) fn open(&mut self, object: bool) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        if self.depth.is_multiple_of(64) {
            self.far[self.depth / 64] = self.near;
        }
        self.near = self.near << 1 | u64::from(object);
        self.depth += 1;
        Ok(())
    }

    /// Closes the innermost one, which there has to be.
    #[inline]
    pub(super) fn close(&mut self) {
        self.depth -= 1;
        self.near >>= 1;
        if self.depth.is_multiple_of(64) {
            self.near = self.far[self.depth / 64];
        }
    }

    /// Whether the innermost one is an object.
    #[inline]
    pub(super) fn is_in_object(&self) -> bool {
        self.near & 1 == 1
    }
}
