//! A Kubernetes API server for tests: embedded in the process, or the real one

#[cfg(unix)]
pub mod real;
