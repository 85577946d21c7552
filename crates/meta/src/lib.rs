//! The nouns of the Kubernetes API machinery, as plain values: names, group-version-kinds, [`ApiResource`],
//! lazy [`Object`]s, selectors, [`Status`], patches, the options of each verb, and the one place that builds
//! API paths.
//!
//! **Invariant.** Nothing here opens a socket, reads a clock or waits: every item is a value or a function of
//! values, and the crate builds for targets that have neither files nor threads.

mod text;
mod shared;
mod name;
mod version;
mod verb;
mod api_resource;
mod path;
mod urls;
mod query;
mod selector;
mod shard;
mod options;
mod log_options;
mod content;
mod patch;
mod metadata;
mod object;
mod condition;
mod list;
mod table;
mod list_decoder;
mod status;
mod managed_fields;

pub use api_resource::{ApiResource, ApiSubresource, Scope};
pub use condition::Condition;
pub use content::{Content, ContentError};
pub use list::{ListMeta, ObjectList};
pub use list_decoder::{ListDecoder, ListError};
pub use log_options::PodLogOptions;
pub use managed_fields::{ApplyConflict, FieldSet, ManagedFields, ManagedFieldsEntry, Operation};
pub use metadata::{Metadata, OwnerReference};
pub use name::{Name, NameError, Namespace, ResourceVersion};
pub use object::{Object, ObjectError, ReadError};
pub use options::{
    CreateOptions, DeleteOptions, DryRun, FieldValidation, GetOptions, ListOptions, PatchOptions,
    Preconditions, PropagationPolicy, ResourceVersionMatch, UpdateOptions,
};
pub use patch::{Patch, PatchType};
pub use path::ApiPath;
pub use query::Query;
pub use selector::{FieldSelector, FieldTest, LabelSelector, LabelTest, SelectorError};
pub use shard::{ShardInfo, ShardKey, ShardSelector};
pub use shared::Shared;
pub use status::{Reason, Status, StatusCause, StatusDetails};
pub use table::{Table, TableColumn, TableRow, TableText};
pub use text::Text;
pub use urls::ApiUrls;
pub use verb::Verb;
pub use version::{GroupVersion, GroupVersionError, GroupVersionKind, GroupVersionResource};
