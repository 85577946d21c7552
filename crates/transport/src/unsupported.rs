//! What a configuration may ask for and this client does not do yet: refused, never passed over.

use steersman_config::Config;

use crate::error::{Error, ErrorKind};

/// Refuses a configuration whose server would be spoken to by somebody else than it says.
///
/// # Errors
/// [`ErrorKind::Unsupported`] with the field.
pub(crate) fn refuse(config: &Config) -> Result<(), Error> {
    match config.credentials.oidc {
        Some(_) => Err(Error::new(ErrorKind::Unsupported { field: "auth-provider" })),
        None => Ok(()),
    }
}
