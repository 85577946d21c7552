//! Asking again: whether a request may be repeated is decided from values alone; the service only waits and sends.

mod decision;
mod layer;
mod policy;
mod retry_after;
mod service;

pub use decision::{Attempt, Decision, Outcome, Stop, decide};
pub use layer::RetryLayer;
pub use policy::RetryPolicy;
pub(crate) use retry_after::retry_after;
pub use service::{AttemptNumber, RetryService};

#[cfg(test)]
mod tests;
