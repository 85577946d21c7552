//! What is wrong with a call itself.

use std::{error::Error as StdError, fmt};

use steersman_meta::{ApiResource, ContentError, NameError, ObjectError, ReadError, SelectorError, Verb};

/// What is wrong with a call, found before anything was sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LocalError {
    /// An object that is to get a controller has another one.
    AnotherController {
        /// The other one's kind.
        kind: String,
        /// The other one's name.
        name: String,
    },
    /// All namespaces were asked for where one is needed.
    AllNamespaces,
    /// The content is no JSON.
    Content(ContentError),
    /// A header whose name or value is none.
    Header {
        /// The name that was given.
        name: String,
    },
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
    /// A change of an object that does not say which version of it is changed: what comes of a dry run, for one.
    MissingResourceVersion,
    /// An object that is to own others and was never stored, so that it has no uid, or no resource version beside one that a dry
    /// run made up.
    MissingUid,
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
    /// Null where a list is needed.
    NoContent,
    /// A list without items.
    NoItems,
    /// A wait that was not told what to wait for.
    NothingToWaitFor,
    /// An owner in one namespace, and an object elsewhere, which the garbage collector would delete.
    OwnerElsewhere {
        /// The owner's namespace.
        owner: String,
        /// The object's; empty where it has none.
        object: String,
    },
    /// The content's own `metadata.ownerReferences` can't be read, so that none can be added.
    OwnersUnread(ReadError),
    /// A parameter by hand that has no effect where it stands: the options of a delete go in its body.
    ParameterWithoutEffect {
        /// Its name.
        name: String,
    },
    /// A path that does not lead to one place in an object.
    Path {
        /// The path.
        path: String,
    },
    /// A request by hand, of a client that only tries, that the server would carry out all the same.
    RealInDryRun {
        /// What it is, in short.
        what: &'static str,
    },
    /// A request to a subresource that was told once more where to go.
    PlaceIsKnown {
        /// What it was told: `namespace`, `version` or `base`.
        option: &'static str,
    },
    /// A selector that the server would refuse.
    Selector(SelectorError),
    /// A version that is neither `v1` nor `GROUP/VERSION`, and no base that it lies below.
    UnknownApiVersion {
        /// The version.
        version: String,
    },
    /// A deletion of a part of all objects: a server that does not know parts would delete everything.
    ShardedDeletion,
    /// The resource has no such subresource.
    UnknownSubresource {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        served: Vec<String>,
    },
    /// There is nothing to send requests with: no client was given, and the feature `tls` is off.
    NoClient,
    /// An item of a mixed list is of a kind that the server did not know when an item before it asked.
    UnknownKind {
        /// The apiVersion.
        api_version: String,
        /// The kind.
        kind: String,
    },
    /// The path and the query are longer than a URI can be, which is 65,534 bytes: a selector with thousands of names.
    UriTooLong {
        /// How long they are.
        bytes: usize,
    },
    /// A watch that was told to go without something that it goes on by.
    WatchNeeds {
        /// What it is called in the API.
        option: &'static str,
    },
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
            Err(Self::VerbNotServed { verb, served: resource.verbs.to_vec() })
        }
    }

    pub(super) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::AllNamespaces => Some("say which namespace: .namespace(\"…\") or .default_namespace()"),
            Self::ManagedFields => Some("remove metadata.managedFields from what you apply"),
            Self::MissingFieldManager => {
                Some("say who you are: .field_manager(\"…\") on the call, or on DynamicClient::builder()")
            }
            Self::MissingName => Some("set metadata.name in the content"),
            Self::MissingResourceVersion => Some("read the object first: get(\"…\"), or refresh()"),
            Self::MissingUid => {
                Some("create the owner first, and not by a dry run, and take what the server gives")
            }
            Self::AnotherController { .. } => Some(
                "own it beside the controller, by as_owner(), or take the other owner away: remove_owner(…)",
            ),
            Self::OwnerElsewhere { .. } => {
                Some("an owner is cluster-scoped, or in the namespace of what it owns; else mark by a label")
            }
            Self::MissingNamespace => Some(
                "say which: .namespace(\"…\"), .default_namespace() for the context's own, or .all_namespaces() for lists \
                 and watches",
            ),
            Self::NamespaceOnClusterScoped { .. } => Some("leave the namespace out"),
            Self::NothingToWaitFor => Some("say what for: .for_condition(\"…\"), .for_deletion(), …"),
            Self::ParameterWithoutEffect { .. } => Some("say it by the verb's own option"),
            Self::RealInDryRun { .. } => {
                Some("if it is meant, say for_real(); a delete only tries by its verb, or without a body")
            }
            Self::Path { .. } => {
                Some("write it as /status/phase, status.phase or {.status.phase}; for more, wait .until(…)")
            }
            Self::PlaceIsKnown { .. } => Some(
                "say the namespace before, .subresource(\"…\")?.namespace(\"…\"), and what is behind the subresource by \
                 .url(\"…\")",
            ),
            Self::UnknownApiVersion { .. } => {
                Some("say v1 or GROUP/VERSION, or what it lies below: .base(\"/…\")")
            }
            Self::ShardedDeletion => Some("list the part, and delete its objects one by one"),
            Self::WatchNeeds { .. } => {
                Some("leave the option out, or send one request as it is said: .raw()")
            }
            Self::UriTooLong { .. } => Some("ask in several calls, each with a part of the selector"),
            _ => None,
        }
    }
}

impl fmt::Display for LocalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherController { kind, name } => {
                write!(f, "it has a controller, the {kind} {name:?}, and can have only one")
            }
            Self::AllNamespaces => f.write_str("this call works in one namespace, not in all of them"),
            Self::Content(error) => error.fmt(f),
            Self::Header { name } => {
                // The value is left out: it may be a secret.
                write!(f, "the header {name:?} has a name or a value that no header can have")
            }
            Self::KindMismatch { content, resource } => {
                write!(f, "the content is of kind {content}, and the resource takes {resource}")
            }
            Self::ManagedFields => f.write_str("an apply must not send metadata.managedFields"),
            Self::MissingFieldManager => f.write_str("an apply needs a field manager"),
            Self::MissingName => f.write_str("the content has no metadata.name"),
            Self::MissingResourceVersion => {
                f.write_str("the object has no resource version, so that others' changes would be lost")
            }
            Self::MissingUid => f.write_str(
                "the object lacks a uid or a resource version: it was never stored, and can own nothing",
            ),
            Self::OwnersUnread(_) => f.write_str("the metadata of the content can't be read"),
            Self::OwnerElsewhere { owner, object } if object.is_empty() => {
                write!(f, "the owner is in namespace {owner:?}, and the object in none")
            }
            Self::OwnerElsewhere { owner, object } => {
                write!(f, "the owner is in namespace {owner:?}, and the object in {object:?}")
            }
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
            Self::NoContent => f.write_str("there is no content"),
            Self::NoItems => f.write_str("the list has no items"),
            Self::UnknownKind { api_version, kind } => {
                write!(
                    f,
                    "the server serves no {api_version} {kind}, as an item before this one has found out"
                )
            }
            Self::NothingToWaitFor => f.write_str("nothing was said to wait for"),
            Self::ParameterWithoutEffect { name } => {
                write!(f, "a delete takes no parameter {name:?}: the server would not look at it")
            }
            Self::RealInDryRun { what } => {
                write!(f, "the client only tries, and the server would carry out {what}")
            }
            Self::Path { path } => write!(f, "the path {path:?} does not lead to one place in an object"),
            Self::PlaceIsKnown { option } => {
                write!(f, "a request to a subresource goes where that is, and takes no {option}")
            }
            Self::Selector(error) => error.fmt(f),
            Self::ShardedDeletion => f.write_str("a deletion can't be limited to a shard"),
            Self::UnknownApiVersion { version } => {
                write!(f, "unknown API version {version:?}: the base must be specified")
            }
            Self::UnknownSubresource { name, served } if served.is_empty() => {
                write!(f, "there is no subresource {name:?}: the kind has none")
            }
            Self::UnknownSubresource { name, served } => {
                write!(f, "there is no subresource {name:?}: the kind has {}", served.join(", "))
            }
            Self::UriTooLong { bytes } => {
                write!(f, "the path and the query are {bytes} bytes long, which is more than a URI can be")
            }
            Self::WatchNeeds { option } => {
                write!(f, "a watch that goes on by itself decides about {option}")
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
            Self::OwnersUnread(error) => Some(error),
            _ => None,
        }
    }
}
