//! Deadlines: of the head of a response, between the chunks of its body, and of the whole.

mod body;
mod future;
mod layer;
mod service;

pub use future::ResponseFuture;
pub use layer::DeadlineLayer;
pub use service::DeadlineService;
pub(crate) use service::HeadDeadline;

#[cfg(test)]
mod tests;
