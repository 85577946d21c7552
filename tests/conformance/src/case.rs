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
    pub(crate) company: Company,
    pub(crate) run: fn(Context) -> Running,
}

/// Beside what a case may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    /// Any other cases.
    Any,
    /// None: it does something to the whole server.
    None,
}

/// The cases of a file: the names of its async functions; with `alone:` in front, cases that run beside no other.
macro_rules! cases {
    (alone: $($function:ident),* $(,)?) => {
        $crate::case::cases!(@ $crate::case::Company::None; $($function),*);
    };
    (@ $company:expr; $($function:ident),*) => {
        pub(super) const CASES: &[$crate::case::Case] = &[$(
            $crate::case::Case {
                name: stringify!($function),
                company: $company,
                run: |context| Box::pin($function(context)),
            },
        )*];
    };
    ($($function:ident),* $(,)?) => {
        $crate::case::cases!(@ $crate::case::Company::Any; $($function),*);
    };
}

pub(crate) use cases;
