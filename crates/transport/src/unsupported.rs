//! What a configuration may ask for and this client does not do yet: refused, never passed over.

use steersman_config::Config;

use crate::error::{Error, ErrorKind};

/// Refuses a configuration whose server would be spoken to in another way, or by somebody else, than it says.
///
/// # Errors
/// [`ErrorKind::Unsupported`] with the first such field.
pub(crate) fn refuse(config: &Config) -> Result<(), Error> {
    let credentials = &config.credentials;
    let fields = [
        ("proxy-url", config.proxy_url.is_some()),
        // Whoever acts as another must not act as themselves instead.
        ("as", credentials.impersonation.is_some()),
        ("username", credentials.basic.is_some()),
        // A plugin is not run where there are other credentials, and then it may stand there.
        ("exec", credentials.uses_exec()),
        ("auth-provider", credentials.oidc.is_some()),
    ];
    match fields.into_iter().find(|(_, asked_for)| *asked_for) {
        Some((field, _)) => Err(Error::new(ErrorKind::Unsupported { field })),
        None => Ok(()),
    }
}
