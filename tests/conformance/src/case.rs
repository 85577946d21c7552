//! A case: a name and a function.

use std::pin::Pin;

use crate::{Context, Failure};

/// What a case comes to.
pub type Outcome = Result<(), Failure>;

/// The future of a running case.
pub(crate) type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One case of the suite.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The function's name, which begins with the feature ids that it shows, or says the rule.
    pub name: &'static str,
    pub(crate) run: fn(Context) -> Running,
}

/// The cases of a file: the names of its async functions.
macro_rules! cases {
    ($($function:ident),* $(,)?) => {
        pub(super) const CASES: &[$crate::case::Case] = &[$(
            $crate::case::Case { name: stringify!($function), run: |context| Box::pin($function(context)) },
        )*];
    };
}

pub(crate) use cases;
