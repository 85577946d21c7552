//! The real control plane, seen from outside.
//!
//! The tests in [`fake`] put small scripts in place of the programs and run everywhere. Those in [`servers`] start the
//! real ones from the folder that `STEERSMAN_CONTROL_PLANE_BIN` names, and say so when they are skipped since it is not set.
//!
//! This program is always built with `cfg(test)`; saying so tells clippy that helpers are test code too.

#![cfg(unix)]
#![cfg(test)]

mod fake;
mod servers;
