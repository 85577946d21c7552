//! Why a look-up gave no resource, and which ones may have been meant.

use std::{error::Error as StdError, fmt};

use steersman_meta::{ApiResource, GroupVersionKind, GroupVersionResource, Text};

use crate::GroupFailure;

/// Why a look-up gave no resource.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LookupError {
    /// The server serves nothing of that name.
    #[non_exhaustive]
    NotFound {
        /// What was asked for.
        asked: Asked,
        /// What the server does serve under names like it, the nearest first; at most three.
        suggestions: Vec<Candidate>,
        /// What could not be read, and may hide it.
        failures: Vec<GroupFailure>,
    },
    /// Several resources of one group version have that name.
    #[non_exhaustive]
    Ambiguous {
        /// What was asked for.
        asked: Asked,
        /// Those that have it.
        candidates: Vec<Candidate>,
    },
    /// Nobody knows: the group version that was asked for could not be read, or the core group, where a word that names no
    /// group is looked for first.
    #[non_exhaustive]
    Unavailable {
        /// What was asked for.
        asked: Asked,
        /// Why it could not be read.
        failure: GroupFailure,
    },
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// An apiVersion and a kind.
    #[non_exhaustive]
    Kind {
        /// The apiVersion, as it was given.
        api_version: String,
        /// The kind, as it was given.
        kind: String,
    },
    /// A word, as kubectl takes it.
    Name(String),
}

/// A resource that may be the one that was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// The type of its objects.
    pub gvk: GroupVersionKind,
    /// Its plural name.
    pub plural: Text,
}

impl Candidate {
    pub(crate) fn of(resource: &ApiResource) -> Self {
        Self { gvk: resource.gvk(), plural: resource.plural.clone() }
    }

    /// Its plural name with its group, as RBAC and kubectl write it: `deployments.apps`, `pods`.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        if self.gvk.group.is_empty() {
            self.plural.to_string()
        } else {
            format!("{}.{}", self.plural, self.gvk.group)
        }
    }

    /// Where its objects are served. Its text form, `deployments.v1.apps`, finds just this resource.
    #[must_use]
    pub fn gvr(&self) -> GroupVersionResource {
        GroupVersionResource::new(&self.gvk.group, &self.gvk.version, &self.plural)
    }
}

impl LookupError {
    /// What was asked for.
    #[must_use]
    pub fn asked(&self) -> &Asked {
        match self {
            Self::NotFound { asked, .. }
            | Self::Ambiguous { asked, .. }
            | Self::Unavailable { asked, .. } => asked,
        }
    }

    /// The resources that may have been meant: the nearest names, or those that tie.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        match self {
            Self::NotFound { suggestions, .. } => suggestions,
            Self::Ambiguous { candidates, .. } => candidates,
            Self::Unavailable { .. } => &[],
        }
    }

    /// What to do about it, where that can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { suggestions, failures, .. } => {
                let near = (!suggestions.is_empty()).then(|| format!("did you mean {}?", self.choice(suggestions)));
                let hidden = (!failures.is_empty()).then(|| {
                    let failures: Vec<_> = failures.iter().take(5).map(ToString::to_string).collect();
                    format!("it may hide where the server could not be read: {}", failures.join("; "))
                });
                let parts: Vec<_> = near.into_iter().chain(hidden).collect();
                (!parts.is_empty()).then(|| parts.join(" "))
            }
            Self::Ambiguous { candidates, .. } => {
                let names: Vec<_> = candidates.iter().map(|candidate| candidate.gvr().to_string()).collect();
                Some(format!("say which: {}", names.join(", ")))
            }
            Self::Unavailable { .. } => Some(
                "the service behind this group version is mostly to blame: look at its APIService and its pods".to_owned(),
            ),
        }
    }

    /// The names of candidates in the words of the question, each once: "deployments.apps or daemonsets.apps".
    fn choice(&self, candidates: &[Candidate]) -> String {
        let mut names: Vec<String> = Vec::new();
        for candidate in candidates {
            let name = match self.asked() {
                Asked::Kind { .. } => candidate.gvk.to_string(),
                Asked::Name(_) => candidate.qualified_name(),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => names.concat(),
        }
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = self.asked();
        match self {
            Self::NotFound { .. } => write!(f, "the server serves no {asked}"),
            Self::Ambiguous { candidates, .. } => {
                write!(f, "{asked} is ambiguous: {} resources have that name", candidates.len())
            }
            Self::Unavailable { .. } => write!(f, "whether the server serves {asked} is not known"),
        }
    }
}

impl StdError for LookupError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unavailable { failure, .. } => Some(failure),
            Self::NotFound { .. } | Self::Ambiguous { .. } => None,
        }
    }
}

impl fmt::Display for Asked {
    /// `"apps/v1 Deployment"`, `resource "deploy"`: what the user gave is quoted, and stays on its line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind { api_version, kind } => write!(f, "{:?}", format!("{api_version} {kind}")),
            Self::Name(name) => write!(f, "resource {name:?}"),
        }
    }
}

impl fmt::Display for Candidate {
    /// `deployments.v1.apps (Deployment)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.gvr(), self.gvk.kind)
    }
}
