//! What holds for all calls of a client that say nothing else.

use std::time::Duration;

use steersman_meta::{DryRun, FieldValidation};

/// The defaults of a client; each call can override each of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) namespace: Option<String>,
    pub(crate) field_manager: Option<String>,
    pub(crate) dry_run: Option<DryRun>,
    pub(crate) field_validation: Option<FieldValidation>,
    pub(crate) timeout: Option<Duration>,
}
