//! The loading rules as tables: what stands in files and variables, and the configuration or the error that it gives.

mod bad_files;
mod clusters;
mod corpus;
mod editing;
mod generate;
mod harness;
mod in_cluster;
mod kubectl;
mod merging;
mod overrides;
#[cfg(unix)]
mod references;
mod round_trip;
mod secrets;
mod sources;
mod strangers;
mod users;
