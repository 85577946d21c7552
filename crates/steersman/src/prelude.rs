//! What most programs need: `use steersman::prelude::*;`.

pub use steersman_config::Config;
pub use steersman_dynamic::{
    DynamicClient, Resource, ResourceInstance, ResourceList, Subresource, Watch, WatchEvent, verbs::Deleted,
};
pub use steersman_meta::{Content, Object, Patch};
