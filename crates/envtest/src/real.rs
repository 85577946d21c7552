//! The real control plane on this machine: etcd, kube-apiserver and, if asked for, kube-controller-manager.
//!
//! [`ControlPlane::builder`] finds the programs, makes certificates, picks ports on loopback, starts everything and waits
//! until it answers. Nothing needs root, a container runtime or a network.
//!
//! **Invariant.** Nothing outlives its owner: neither a program nor a file, whether the owner stops it, drops it, panics
//! or is killed by a signal that nobody can catch.

mod arguments;
mod binaries;
mod builder;
mod certificates;
mod control_plane;
mod error;
mod keeper;
mod kwok;
mod layout;
mod ports;
mod probe;
mod program;

pub use builder::ControlPlaneBuilder;
pub use control_plane::ControlPlane;
pub use error::Error;
pub use kwok::PodLog;
