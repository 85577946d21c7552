//! The check that a text is JSON, which can stop at any byte and go on when more bytes are there.
//!
//! It accepts what RFC 8259 calls JSON text, except that half a surrogate pair (`"\ud800"`) is refused: such a
//! string can be spelled but not read. UTF-8 is not checked here: outside of strings only ASCII passes, and
//! whoever has the whole text checks the rest at once.

use crate::{error::Expected, tracker::Tracker};

mod nest;
mod plain;
mod step;
mod token;

use nest::Nest;
pub(crate) use token::{is_white, plain_run};
use token::{plain_end, scalar};

/// How deep arrays and objects may be nested.
///
/// It is what keeps hostile text from exhausting the stack. Kubernetes' own deepest documents, the schemas of
/// custom resources, stay far below it.
pub const MAX_DEPTH: usize = 512;

/// Why a text is not JSON; the caller knows where the text begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Syntax { at: usize, expected: Expected },
    TooDeep,
}

/// What came of feeding bytes to a [`Scanner`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The value ended; `used` bytes of this input belong to it.
    Complete { used: usize },
    /// An array opened that the [`Tracker`] stops at; `used` bytes of this input are read, its bracket the last of them.
    /// Elements can be left out of what is fed next.
    Opened { used: usize },
    /// All bytes were used and the value goes on.
    More,
}

/// Checks one value, with white space before it, and notes on the way where the members stand that are wanted.
///
/// What nobody watches is checked by [`plain`](Self::plain) where it is plain, and what else lies in one piece token by
/// token, by [`run`](Self::run); what the end of a piece cuts, and what is rare, byte by byte, by [`step`](Self::step).
#[derive(Clone, Debug)]
pub(crate) struct Scanner {
    state: State,
    tracker: Tracker,
    /// How many bytes were fed before the piece that is being read.
    passed: usize,
    /// Whether the string being read is a key.
    in_key: bool,
    nest: Nest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A value has to come.
    Value,
    /// A value or `]` has to come.
    FirstElement,
    /// The same, and whoever feeds is to be told.
    Opened,
    /// A key or `}` has to come.
    FirstKey,
    /// A key has to come.
    Key,
    Colon,
    /// Inside a container, behind a value.
    After,
    Text,
    Escape,
    /// Inside `\uXXXX`; `left` digits are to come.
    Unicode {
        left: u8,
        code: u16,
    },
    /// Behind the first half of a surrogate pair.
    LowBackslash,
    LowU,
    LowUnicode {
        left: u8,
        code: u16,
    },
    /// Inside `true`, `false` or `null`.
    Word {
        rest: &'static [u8],
    },
    /// Behind a word that stands alone: it ends here only if a delimiter follows.
    WordEnd,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    Done,
}

impl Scanner {
    pub(crate) const fn new(tracker: Tracker) -> Self {
        Self { state: State::Value, tracker, passed: 0, in_key: false, nest: Nest::NONE }
    }

    /// Begins anew, for the next value.
    pub(crate) fn restart(&mut self) {
        self.state = State::Value;
        self.tracker.restart();
        self.passed = 0;
        self.in_key = false;
        self.nest.depth = 0;
    }

    /// Where the wanted members stand, counted from the first byte that was fed.
    pub(crate) fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// How many containers are open.
    pub(crate) fn depth(&self) -> usize {
        self.nest.depth
    }

    /// Whether no byte of a value has been seen yet.
    pub(crate) fn is_before_value(&self) -> bool {
        self.state == State::Value && self.nest.depth == 0
    }

    /// Whether the value is complete if the text ends here.
    pub(crate) fn may_end(&self) -> bool {
        self.nest.depth == 0
            && matches!(
                self.state,
                State::Done
                    | State::WordEnd
                    | State::Zero
                    | State::Integer
                    | State::Fraction
                    | State::ExponentDigits
            )
    }

    /// Goes on with `bytes`. A number or word that stands alone is complete only when the byte behind it has
    /// been seen, or when [`may_end`](Self::may_end) is asked at the end of the text.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Progress, Fault> {
        let mut at = 0;
        let progress = loop {
            if let Some(next) = Next::of(self.state)
                && self.plain(next, bytes, &mut at)
            {
                break Progress::Complete { used: at };
            }
            if self.nest.depth > 0
                && let Some(next) = Next::of(self.state)
                && self.run(next, bytes, &mut at)?
            {
                break Progress::Complete { used: at };
            }
            if self.state == State::Opened {
                self.state = State::FirstElement;
                break Progress::Opened { used: at };
            }
            if at == bytes.len() {
                break Progress::More;
            }
            if self.step(bytes, &mut at)? {
                break Progress::Complete { used: at };
            }
        };
        self.passed += at;
        Ok(progress)
    }

    /// Reads on from `at`, inside a container, as long as tokens are whole and without an escape; true at the end of
    /// the whole value. Where it stops before that, the state says what is to come.
    ///
    /// One round is a member or an element: its key, its value, and what stands behind it, straight on, as a processor
    /// guesses badly what comes next if it is asked after each token.
    ///
    /// A container that is not watched is left to [`plain`](Self::plain), if it begins plainly.
    fn run(&mut self, mut next: Next, bytes: &[u8], at: &mut usize) -> Result<bool, Fault> {
        let mut here = *at;
        let mut in_object = self.nest.is_in_object();
        let mut watched = self.tracker.watches(self.nest.depth);
        while let Some(&byte) = bytes.get(here) {
            match next {
                Next::Key | Next::FirstKey => match byte {
                    b'"' => {
                        let end = plain_end(bytes, here + 1);
                        if bytes.get(end) != Some(&b'"') {
                            self.in_key = true;
                            self.tracker.key_starts();
                            // The key is read once more, from its first byte: the tracker has to see all of it.
                            return self.leave(State::Text, here + 1, at);
                        }
                        if watched {
                            self.tracker.key(&bytes[here + 1..end]);
                        }
                        here = end + 1;
                        if bytes.get(here) != Some(&b':') {
                            next = Next::Colon;
                            continue;
                        }
                        here += 1;
                        next = Next::Value;
                    }
                    // It is what could stand behind a value.
                    b'}' if next == Next::FirstKey => next = Next::After,
                    b' ' | b'\n' | b'\r' | b'\t' => {
                        here += 1;
                        continue;
                    }
                    _ => return syntax(here, next.expected()),
                },
                Next::Colon => {
                    match byte {
                        b':' => next = Next::Value,
                        b' ' | b'\n' | b'\r' | b'\t' => {}
                        _ => return syntax(here, Expected::Colon),
                    }
                    here += 1;
                }
                Next::Value | Next::FirstElement | Next::After => {}
            }
            if matches!(next, Next::Value | Next::FirstElement) {
                let Some(&byte) = bytes.get(here) else { break };
                if watched {
                    self.tracker.value_starts(self.passed + here);
                }
                match byte {
                    b'"' => {
                        here = plain_end(bytes, here + 1);
                        if bytes.get(here) != Some(&b'"') {
                            return self.leave(State::Text, here, at);
                        }
                        here += 1;
                    }
                    b'{' if self.nest.depth < MAX_DEPTH && bytes.get(here + 1) == Some(&b'}') => here += 2,
                    b'{' | b'[' => {
                        in_object = byte == b'{';
                        let stops = watched && !in_object && self.tracker.stops();
                        self.open(in_object)?;
                        here += 1;
                        if stops {
                            return self.leave(State::Opened, here, at);
                        }
                        watched = self.tracker.watches(self.nest.depth);
                        next = if in_object { Next::FirstKey } else { Next::FirstElement };
                        if !watched && bytes.get(here).is_some_and(|byte| !is_white(*byte)) {
                            break;
                        }
                        continue;
                    }
                    b' ' | b'\n' | b'\r' | b'\t' => {
                        here += 1;
                        continue;
                    }
                    // It is what could stand behind a value; no array is watched.
                    b']' if next == Next::FirstElement => {}
                    _ => {
                        let Some(state) = State::of_scalar(byte) else {
                            return syntax(here, next.expected());
                        };
                        match scalar(&bytes[here..]) {
                            Some(length) => here += length,
                            None => return self.leave(state, here + 1, at),
                        }
                    }
                }
                if watched {
                    self.tracker.value_ends(self.passed + here);
                }
                next = Next::After;
            }
            while next == Next::After {
                let Some(&byte) = bytes.get(here) else { break };
                here += 1;
                match byte {
                    b',' => next = if in_object { Next::Key } else { Next::Value },
                    b'}' | b']' if in_object == (byte == b'}') => {
                        if self.close(here) {
                            *at = here;
                            return Ok(true);
                        }
                        in_object = self.nest.is_in_object();
                        watched = self.tracker.watches(self.nest.depth);
                    }
                    b' ' | b'\n' | b'\r' | b'\t' => {}
                    _ if in_object => return syntax(here - 1, Expected::CommaOrObjectEnd),
                    _ => return syntax(here - 1, Expected::CommaOrArrayEnd),
                }
            }
        }
        self.leave(next.state(), here, at)
    }

    fn leave(&mut self, state: State, here: usize, at: &mut usize) -> Result<bool, Fault> {
        self.state = state;
        *at = here;
        Ok(false)
    }

    #[inline]
    fn open(&mut self, object: bool) -> Result<(), Fault> {
        self.nest.open(object)?;
        if object {
            self.tracker.object_opens(self.nest.depth);
        }
        Ok(())
    }

    /// Closes the innermost container, with the byte before `at`; true if that was the whole value.
    #[inline]
    fn close(&mut self, at: usize) -> bool {
        self.nest.close();
        self.tracker.closes(self.nest.depth);
        self.value_ends(at)
    }

    /// A value ends before `at`; true if it is the whole one.
    fn value_ends(&mut self, at: usize) -> bool {
        if self.tracker.watches(self.nest.depth) {
            self.tracker.value_ends(self.passed + at);
        }
        self.state = if self.nest.depth == 0 { State::Done } else { State::After };
        self.nest.depth == 0
    }
}

/// What is to come inside a container, between two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Value,
    FirstElement,
    FirstKey,
    Key,
    Colon,
    After,
}

impl Next {
    fn of(state: State) -> Option<Self> {
        Some(match state {
            State::Value => Self::Value,
            State::FirstElement => Self::FirstElement,
            State::FirstKey => Self::FirstKey,
            State::Key => Self::Key,
            State::Colon => Self::Colon,
            State::After => Self::After,
            _ => return None,
        })
    }

    /// What could have come, for one that may be missing something.
    fn expected(self) -> Expected {
        match self {
            Self::Value => Expected::Value,
            Self::FirstElement => Expected::ValueOrArrayEnd,
            Self::FirstKey => Expected::KeyOrObjectEnd,
            Self::Key => Expected::Key,
            Self::Colon => Expected::Colon,
            Self::After => Expected::CommaOrObjectEnd,
        }
    }

    fn state(self) -> State {
        match self {
            Self::Value => State::Value,
            Self::FirstElement => State::FirstElement,
            Self::FirstKey => State::FirstKey,
            Self::Key => State::Key,
            Self::Colon => State::Colon,
            Self::After => State::After,
        }
    }
}

impl State {
    /// Behind the first byte of a number or a word.
    fn of_scalar(byte: u8) -> Option<Self> {
        Some(match byte {
            b'-' => Self::Minus,
            b'0' => Self::Zero,
            b'1'..=b'9' => Self::Integer,
            b't' => Self::Word { rest: b"rue" },
            b'f' => Self::Word { rest: b"alse" },
            b'n' => Self::Word { rest: b"ull" },
            _ => return None,
        })
    }
}

fn syntax<T>(at: usize, expected: Expected) -> Result<T, Fault> {
    Err(Fault::Syntax { at, expected })
}
