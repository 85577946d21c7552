//! What can go wrong, in the words of the person who called.

use std::{error::Error as StdError, fmt};

use steersman_meta::{
    ApiResource, ContentError, Name, NameError, Namespace, ObjectError, ReadError, SelectorError, Status,
    Verb,
};

use crate::Report;

/// A call that failed: what was tried, on which object, and why.
///
/// `Display` says what was tried; the cause is in [`source`](StdError::source), and what to do about it in
/// [`hint`](Self::hint). `Debug` prints all of it, line by line, so that a `main` that returns this error tells its
/// user everything; so does [`report`](Self::report).
pub struct Error(Box<Inner>);

struct Inner {
    attempt: Attempt,
    cause: Cause,
}

/// What was tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempt {
    /// `get`, `connect`, `find`.
    pub(crate) verb: &'static str,
    /// `apps/v1 Deployment`; empty where it is about no resource.
    pub(crate) resource: String,
    pub(crate) subresource: Option<String>,
    pub(crate) namespace: Option<Namespace>,
    pub(crate) name: Option<Name>,
}

impl Attempt {
    /// An attempt that is about no object yet.
    pub(crate) fn to(verb: &'static str, resource: impl Into<String>) -> Self {
        Self { verb, resource: resource.into(), ..Self::default() }
    }

    /// It failed.
    pub(crate) fn failed(&self, cause: impl Into<Cause>) -> Error {
        Error(Box::new(Inner { attempt: self.clone(), cause: cause.into() }))
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb)?;
        if !self.resource.is_empty() {
            write!(f, " {}", self.resource)?;
        }
        match (&self.namespace, &self.name) {
            (Some(namespace), Some(name)) => write!(f, " {namespace}/{name}")?,
            (Some(namespace), None) => write!(f, " in namespace {namespace}")?,
            (None, Some(name)) => write!(f, " {name}")?,
            (None, None) => {}
        }
        match &self.subresource {
            Some(subresource) => write!(f, " ({subresource})"),
            None => Ok(()),
        }
    }
}

/// Why it failed.
#[derive(Debug)]
pub(crate) enum Cause {
    Config(steersman_config::Error),
    Discovery(steersman_discovery::Error),
    Local(LocalError),
    Transport(steersman_transport::Error),
    /// The server ended a watch with this.
    Refused(Box<Status>),
    /// The server's answer is not what the API promises.
    Answer(ObjectError),
    /// The server's answer is no JSON.
    Json(steersman_json::Error),
    /// A value is not of the type that it was read as.
    Read(ReadError),
    /// A watch that can't go on.
    Watch(steersman_watch::Failure),
}

macro_rules! cause_from {
    ($($type:ty => $variant:ident),* $(,)?) => {
        $(impl From<$type> for Cause {
            fn from(error: $type) -> Self {
                Self::$variant(error)
            }
        })*
    };
}

impl From<steersman_json::Error> for Cause {
    fn from(error: steersman_json::Error) -> Self {
        Self::Json(error)
    }
}

cause_from! {
    steersman_config::Error => Config,
    steersman_discovery::Error => Discovery,
    steersman_transport::Error => Transport,
    LocalError => Local,
    ObjectError => Answer,
}

macro_rules! local_from {
    ($($type:ty => $variant:ident),* $(,)?) => {
        $(impl From<$type> for Cause {
            fn from(error: $type) -> Self {
                Self::Local(LocalError::$variant(error))
            }
        })*
    };
}

local_from! { ContentError => Content, NameError => Name, SelectorError => Selector }

/// What is wrong with a call, found before anything was sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LocalError {
    /// All namespaces were asked for where one is needed.
    AllNamespaces,
    /// The content is no JSON.
    Content(ContentError),
    /// The content is of another kind than the resource.
    KindMismatch {
        /// What the content says it is.
        content: String,
        /// What the resource takes.
        resource: String,
    },
    /// An apply that sends `managedFields`, which the server refuses.
    ManagedFields,
    /// An apply without anyone to own its fields.
    MissingFieldManager,
    /// The content has no `metadata.name`.
    MissingName,
    /// A namespaced kind, and nobody said which namespace.
    MissingNamespace,
    /// A name that would lead elsewhere.
    Name(NameError),
    /// A namespace on a kind that has none.
    NamespaceOnClusterScoped {
        /// The namespace.
        namespace: String,
    },
    /// The call says one namespace, and the content another.
    NamespaceMismatch {
        /// The call's.
        call: String,
        /// The content's.
        content: String,
    },
    /// The content is JSON, and no object.
    NotAnObject(ObjectError),
    /// A selector that the server would refuse.
    Selector(SelectorError),
    /// The resource has no such subresource.
    UnknownSubresource {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        served: Vec<String>,
    },
    /// There is nothing to send requests with: no client was given, and the feature `tls` is off.
    NoClient,
    /// The resource does not serve the verb.
    VerbNotServed {
        /// The verb.
        verb: Verb,
        /// Those that it serves.
        served: Vec<Verb>,
    },
}

impl LocalError {
    /// An error if `resource` said that it does not serve `verb`.
    pub(crate) fn check_verb(resource: &ApiResource, verb: Verb) -> Result<(), Self> {
        if resource.serves(&verb) {
            Ok(())
        } else {
            Err(Self::VerbNotServed { verb, served: resource.verbs.clone() })
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::AllNamespaces => Some("say which namespace: .namespace(\"…\") or .default_namespace()"),
            Self::ManagedFields => Some("remove metadata.managedFields from what you apply"),
            Self::MissingFieldManager => {
                Some("say who you are: .field_manager(\"…\") on the call, or on DynamicClient::builder()")
            }
            Self::MissingName => Some("set metadata.name in the content"),
            Self::MissingNamespace => Some(
                "say which: .namespace(\"…\"), .default_namespace() for the context's own, or .all_namespaces() for lists \
                 and watches",
            ),
            Self::NamespaceOnClusterScoped { .. } => Some("leave the namespace out"),
            _ => None,
        }
    }
}

impl fmt::Display for LocalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllNamespaces => f.write_str("this call works in one namespace, not in all of them"),
            Self::Content(error) => error.fmt(f),
            Self::KindMismatch { content, resource } => {
                write!(f, "the content is of kind {content}, and the resource takes {resource}")
            }
            Self::ManagedFields => f.write_str("an apply must not send metadata.managedFields"),
            Self::MissingFieldManager => f.write_str("an apply needs a field manager"),
            Self::MissingName => f.write_str("the content has no metadata.name"),
            Self::MissingNamespace => f.write_str("the kind is namespaced, and no namespace was given"),
            Self::Name(error) => error.fmt(f),
            Self::NamespaceOnClusterScoped { namespace } => {
                write!(f, "the kind is cluster-scoped, and the namespace {namespace:?} was given")
            }
            Self::NamespaceMismatch { call, content } => {
                write!(f, "the call says namespace {call:?}, and the content {content:?}")
            }
            Self::NoClient => {
                f.write_str("no client was given, and without the feature tls there is no other")
            }
            Self::NotAnObject(error) => error.fmt(f),
            Self::Selector(error) => error.fmt(f),
            Self::UnknownSubresource { name, served } if served.is_empty() => {
                write!(f, "there is no subresource {name:?}: the kind has none")
            }
            Self::UnknownSubresource { name, served } => {
                write!(f, "there is no subresource {name:?}: the kind has {}", served.join(", "))
            }
            Self::VerbNotServed { verb, served } => {
                let served: Vec<&str> = served.iter().map(Verb::as_str).collect();
                write!(f, "the resource does not serve {verb}, only {}", served.join(", "))
            }
        }
    }
}

impl StdError for LocalError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Content(error) => error.source(),
            Self::NotAnObject(error) => error.source(),
            _ => None,
        }
    }
}

impl Error {
    pub(crate) fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// What the server said, if it was the server that refused.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        match &self.0.cause {
            Cause::Discovery(error) => error.status(),
            Cause::Refused(status) => Some(status),
            Cause::Transport(error) => error.status(),
            _ => None,
        }
    }

    /// The HTTP status code, if it was the server that refused.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.status().map(|status| status.code)
    }

    /// What is wrong with the call itself, if nothing was sent.
    #[must_use]
    pub fn local(&self) -> Option<&LocalError> {
        match &self.0.cause {
            Cause::Local(error) => Some(error),
            _ => None,
        }
    }

    /// Whether there is no such object, or no such kind.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404) || matches!(&self.0.cause, Cause::Discovery(error) if error.is_not_found())
    }

    /// Whether the object is there already: 409 with the reason `AlreadyExists`.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.status().is_some_and(|status| status.reason == steersman_meta::Reason::AlreadyExists)
    }

    /// Whether the object has changed meanwhile, or others own fields that an apply sets: 409, and not
    /// [`is_already_exists`](Self::is_already_exists).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409) && !self.is_already_exists()
    }

    /// Whether we may not do that: 403.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.code() == Some(403)
    }

    /// Whether the server does not know who we are: 401.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.code() == Some(401)
    }

    /// Whether the object breaks a rule of its kind: 422.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.code() == Some(422)
    }

    /// Whether a version or a continue token is too old: 410.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.status().is_some_and(Status::is_expired)
    }

    /// Whether a deadline passed, ours or the server's.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        let ours = match &self.0.cause {
            Cause::Discovery(error) => error.is_timeout(),
            Cause::Transport(error) => error.is_timeout(),
            _ => false,
        };
        ours || self.code() == Some(504)
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &self.0.cause {
            Cause::Config(error) => error.hint().map(Into::into),
            Cause::Discovery(error) => error.hint(),
            Cause::Local(error) => error.hint().map(Into::into),
            Cause::Transport(error) => error.hint().map(Into::into),
            Cause::Refused(status) if status.is_expired() => {
                Some("list again, and watch from the list's resource version".to_owned())
            }
            Cause::Read(_) | Cause::Refused(_) | Cause::Watch(_) => None,
            Cause::Answer(_) | Cause::Json(_) => {
                Some("is there really a Kubernetes API server at this address?".to_owned())
            }
        }
    }

    /// The error with all its causes and the hint, a line each.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        Report::new(self, self.hint())
    }
}

impl From<ReadError> for Error {
    /// So that reads of objects go with `?` among calls.
    fn from(error: ReadError) -> Self {
        Attempt::to("read", "the object").failed(Cause::Read(error))
    }
}

impl From<ObjectError> for Error {
    /// So that edits of objects go with `?` among calls.
    fn from(error: ObjectError) -> Self {
        Attempt::to("change", "the object").failed(LocalError::NotAnObject(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.0.attempt)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report().fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(match &self.0.cause {
            Cause::Config(error) => error,
            Cause::Discovery(error) => error,
            Cause::Local(error) => error,
            Cause::Transport(error) => error,
            Cause::Refused(status) => &**status,
            Cause::Answer(error) => error,
            Cause::Json(error) => error,
            Cause::Read(error) => error,
            Cause::Watch(error) => error,
        })
    }
}
