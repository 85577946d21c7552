//! In which form the server answers.

use steersman_meta::{ApiResource, GroupVersion, GroupVersionKind, Verb};

/// In which form the server answers with objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// As they are.
    #[default]
    Whole,
    /// Their metadata and nothing else.
    Metadata,
}

impl Form {
    /// What a request with this verb accepts. Nothing else is accepted besides: a server that does not know the form refuses,
    /// and does not send whole objects to somebody who counts on small ones.
    pub(crate) fn accept(self, verb: &Verb) -> &'static str {
        match (self, verb) {
            (Self::Whole, _) => "application/json",
            (Self::Metadata, Verb::List | Verb::DeleteCollection) => {
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
            }
            (Self::Metadata, _) => "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
        }
    }

    /// The apiVersion and the kind of what a list of this resource holds.
    pub(crate) fn of_items(self, api: &ApiResource) -> (String, String) {
        match self {
            Self::Whole => {
                let GroupVersionKind { group, version, kind } = api.gvk();
                (GroupVersion::new(group, version).to_string(), kind.to_string())
            }
            Self::Metadata => ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadata".to_owned()),
        }
    }
}

/// A `Table`, for lists and single objects.
pub(crate) const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";
