//! The client's own rate limit: a token bucket, off unless somebody asks for it.

mod bucket;
mod layer;
mod service;

pub use bucket::RateLimit;
pub use layer::RateLimitLayer;
pub use service::RateLimitService;

#[cfg(test)]
mod tests;
