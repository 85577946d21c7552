//! The loading rules as tables: what stands in files and variables, and the configuration or the error that it gives.

mod bad_files;
mod clusters;
mod harness;
mod in_cluster;
#[cfg(unix)]
mod references;
mod round_trip;
mod secrets;
mod sources;
mod users;
