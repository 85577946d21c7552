//! What was found that does no harm, but may not be what was meant.

use std::{fmt, path::PathBuf};

/// Something in a configuration that works, and may surprise.
///
/// `Display` is one sentence, lower case, without a final dot. It names no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// `KUBECONFIG` names files, and none of them exists: the configuration came from somewhere else.
    AllMissing(Vec<PathBuf>),
    /// A client key without a certificate is not used.
    ClientKeyUnused {
        /// The user's entry.
        user: String,
    },
    /// The server is spoken to without TLS, so that the user's credentials are not sent.
    CredentialsUnused {
        /// The user's entry.
        user: String,
    },
    /// Any certificate of the server is believed, because the configuration says so.
    Insecure,
    /// The service account comes without authorities that can be used, so that those of the system are believed.
    NoAuthorities {
        /// What is wrong with the file.
        reason: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllMissing(paths) => {
                f.write_str("KUBECONFIG names only files that do not exist: ")?;
                for (i, path) in paths.iter().enumerate() {
                    write!(f, "{}{}", if i == 0 { "" } else { ", " }, path.display())?;
                }
                Ok(())
            }
            Self::ClientKeyUnused { user } => {
                write!(f, "user {user:?} has a client key without a certificate, which is not used")
            }
            Self::CredentialsUnused { user } => {
                write!(f, "the server has no TLS, so the credentials of user {user:?} are not sent")
            }
            Self::Insecure => {
                f.write_str("the server's certificate is not verified, as the configuration says")
            }
            Self::NoAuthorities { reason } => {
                write!(
                    f,
                    "the authorities of the system are believed, as those of the service account can't be used: {reason}"
                )
            }
        }
    }
}
