//! Credential plugins: programs that print credentials.

mod plugin;
mod policy;
mod protocol;
mod run;

pub(crate) use plugin::{Plugin, Printed};
pub use policy::{ExecPolicy, ExecRule};
pub(crate) use run::ExecError;

#[cfg(test)]
mod tests;
