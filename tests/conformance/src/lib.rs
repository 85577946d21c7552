//! One suite of cases for every API server that the client meets: plain async functions over a client.
//!
//! A case that passes on the real kube-apiserver and fails on the embedded server is a fault of the embedded server; one
//! that fails on the real one is a fault of the client, or of the case.
//!
//! **Invariant.** A case does not know which server it talks to. It gets a namespace of its own, and whatever it makes
//! outside of it carries that namespace's name, so that cases can run side by side and in any order; the few that do something to the whole server
//! say so, and run alone.

mod case;
mod cases;
mod check;
mod context;
mod events;
mod history;
mod pod_logs;
mod run;
mod samples;
mod server;

pub use case::{Case, Outcome};
pub use cases::all;
pub use check::Failure;
pub use context::Context;
pub use run::{Summary, run};
pub use server::{Server, ServerError};
