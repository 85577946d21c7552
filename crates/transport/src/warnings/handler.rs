//! Who hears of warnings.

use std::{fmt, sync::Arc};

use super::ServerWarning;

/// Is told each warning of the server; closures of `&ServerWarning` are such.
///
/// It is called where the request is made, before the caller has the answer: it must not block.
pub trait WarningHandler: Send + Sync {
    /// The server warns.
    fn warning(&self, warning: &ServerWarning);
}

impl<F: Fn(&ServerWarning) + Send + Sync> WarningHandler for F {
    fn warning(&self, warning: &ServerWarning) {
        self(warning);
    }
}

/// Who hears of the warnings of one request: an extension of the request, in place of the client's handler.
#[derive(Clone)]
pub struct Warnings {
    pub(super) handler: Arc<dyn WarningHandler>,
}

impl Warnings {
    /// Tells `handler`.
    #[must_use]
    pub fn to(handler: impl WarningHandler + 'static) -> Self {
        Self { handler: Arc::new(handler) }
    }

    /// Tells nobody.
    #[must_use]
    pub fn ignored() -> Self {
        Self::to(|_: &ServerWarning| {})
    }
}

impl fmt::Debug for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Warnings")
    }
}

/// One event each.
pub(crate) fn default_handler() -> Warnings {
    Warnings::to(|warning: &ServerWarning| {
        tracing::warn!(agent = warning.agent, "{}", warning.text);
    })
}
