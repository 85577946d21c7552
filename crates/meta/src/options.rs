//! The options of each verb, called what `meta/v1` calls them.
//!
//! Each is plain data: `None` means that nothing is sent, and the server's default holds. Write them with
//! `..Default::default()`, so that a field that is added later changes nothing.
//!
//! ```
//! use steersman_meta::ListOptions;
//!
//! let options = ListOptions { label_selector: "app=web".into(), limit: Some(500), ..Default::default() };
//! assert_eq!(options.query().to_string(), "labelSelector=app%3Dweb&limit=500");
//! ```

use serde::Serialize;

use crate::{FieldSelector, LabelSelector, Query, ResourceVersion, ShardSelector};

/// The options of a read of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is written with `..Default::default()`, which new fields do not break"
)]
pub struct GetOptions {
    /// The oldest version of the data that will do. `None`: the newest that a majority of the servers know.
    pub resource_version: Option<ResourceVersion>,
}

impl GetOptions {
    /// The parameters on the wire.
    #[must_use]
    pub fn query(&self) -> Query {
        let mut query = Query::default();
        query.push_some("resourceVersion", self.resource_version.as_ref());
        query
    }
}

/// The options of a list and of a watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is written with `..Default::default()`, which new fields do not break"
)]
pub struct ListOptions {
    /// Only objects with these labels. Empty: all.
    pub label_selector: LabelSelector,
    /// Only objects with these fields. Empty: all.
    pub field_selector: FieldSelector,
    /// Only this part of all objects. Empty: all. A server that does not know it, or has it switched off, sends all.
    pub shard_selector: ShardSelector,
    /// At most so many items in one answer; the rest comes under a continue token. `None` and 0: all at once.
    pub limit: Option<u32>,
    /// The token that the page before gave.
    pub continue_token: Option<String>,
    /// The version of the data; what it means is said by [`resource_version_match`](Self::resource_version_match).
    pub resource_version: Option<ResourceVersion>,
    /// Whether `resource_version` is exact or a lower bound.
    pub resource_version_match: Option<ResourceVersionMatch>,
    /// After how many seconds the server ends the call. For a watch the server's own choice is 30 to 60 minutes.
    pub timeout_seconds: Option<u32>,
    /// For a watch: whether everything that is there comes first, closed by a bookmark. It needs
    /// `resource_version_match: Some(NotOlderThan)`; a list must not have it. `None`: as the resource version says.
    pub send_initial_events: Option<bool>,
    /// For a watch: whether the server may send bookmarks, which tell how far it is. `None`: it may not.
    pub allow_watch_bookmarks: Option<bool>,
}

impl ListOptions {
    /// The parameters on the wire. A continue token stands without the resource version that it replaces: the server
    /// refuses both together.
    #[must_use]
    pub fn query(&self) -> Query {
        let mut query = Query::default();
        query.push_some("labelSelector", Some(self.label_selector.as_str()).filter(|text| !text.is_empty()));
        query.push_some("fieldSelector", Some(self.field_selector.as_str()).filter(|text| !text.is_empty()));
        query.push_some("shardSelector", Some(&self.shard_selector).filter(|part| !part.is_everything()));
        query.push_some("limit", self.limit);
        match self.continue_token.as_deref().filter(|token| !token.is_empty()) {
            Some(token) => query.push("continue", token),
            None => {
                query.push_some("resourceVersion", self.resource_version.as_ref());
                query.push_some(
                    "resourceVersionMatch",
                    self.resource_version_match.map(ResourceVersionMatch::as_str),
                );
            }
        }
        query.push_some("timeoutSeconds", self.timeout_seconds);
        query.push_some("sendInitialEvents", self.send_initial_events);
        query.push_some("allowWatchBookmarks", self.allow_watch_bookmarks);
        query
    }

    /// Checks what can be checked before anything is sent.
    ///
    /// # Errors
    /// If a selector does not follow its grammar.
    pub fn check(&self) -> Result<(), crate::SelectorError> {
        self.label_selector.check()?;
        self.field_selector.check()?;
        self.shard_selector.check()
    }
}

/// What a resource version in a list means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResourceVersionMatch {
    /// That version and no other.
    Exact,
    /// That version, or a newer one.
    NotOlderThan,
}

impl ResourceVersionMatch {
    fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "Exact",
            Self::NotOlderThan => "NotOlderThan",
        }
    }
}

/// Whether a write is stored, or only tried.
#[expect(clippy::exhaustive_enums, reason = "Kubernetes knows `All` and nothing else")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// The server does everything but store the result: `dryRun=All`.
    All,
    /// The write is real.
    Off,
}

/// What the server does with fields that the kind does not have, and with fields that stand twice.
#[expect(clippy::exhaustive_enums, reason = "the three values of meta/v1")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValidation {
    /// It drops them without a word.
    Ignore,
    /// It refuses the request.
    Strict,
    /// It drops them and sends a warning. The server's default.
    Warn,
}

impl FieldValidation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ignore => "Ignore",
            Self::Strict => "Strict",
            Self::Warn => "Warn",
        }
    }
}

/// Declares the options of a write, whose common part is the same for all.
macro_rules! write_options {
    ($(#[$doc:meta])* $type:ident { $($(#[$field_doc:meta])* $field:ident: $field_type:ty),* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[expect(
            clippy::exhaustive_structs,
            reason = "it is written with `..Default::default()`, which new fields do not break"
        )]
        pub struct $type {
            /// Whether the write is only tried. `None`: the client's default, which is a real write.
            pub dry_run: Option<DryRun>,
            /// Under which name the fields that are set are entered in `managedFields`. `None`: the client's default;
            /// the server's is the first word of the User-Agent.
            pub field_manager: Option<String>,
            /// What becomes of fields that the kind does not have. `None`: the server's default, a warning.
            pub field_validation: Option<FieldValidation>,
            $($(#[$field_doc])* pub $field: $field_type,)*
        }

        impl $type {
            fn common_query(&self) -> Query {
                let mut query = Query::default();
                query.push_some("dryRun", self.dry_run.and_then(DryRun::on_the_wire));
                query.push_some("fieldManager", self.field_manager.as_deref());
                query.push_some("fieldValidation", self.field_validation.map(FieldValidation::as_str));
                query
            }
        }
    };
}

impl DryRun {
    fn on_the_wire(self) -> Option<&'static str> {
        (self == Self::All).then_some("All")
    }
}

write_options! {
    /// The options of a create.
    CreateOptions {}
}

impl CreateOptions {
    /// The parameters on the wire.
    #[must_use]
    pub fn query(&self) -> Query {
        self.common_query()
    }
}

write_options! {
    /// The options of a replace.
    UpdateOptions {}
}

impl UpdateOptions {
    /// The parameters on the wire.
    #[must_use]
    pub fn query(&self) -> Query {
        self.common_query()
    }
}

write_options! {
    /// The options of a patch and of a server-side apply.
    PatchOptions {
        /// For an apply: whether to take fields over that others own. Sent only with an apply.
        force: Option<bool>
    }
}

impl PatchOptions {
    /// The parameters on the wire.
    #[must_use]
    pub fn query(&self) -> Query {
        let mut query = self.common_query();
        query.push_some("force", self.force);
        query
    }
}

/// The options of a delete. They travel in the request's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is written with `..Default::default()`, which new fields do not break"
)]
pub struct DeleteOptions {
    /// Whether the delete is only tried. `None`: the client's default, which is a real delete.
    pub dry_run: Option<DryRun>,
    /// How many seconds the object has to end by itself; 0 means at once, and is sent. `None`: the kind's default.
    pub grace_period_seconds: Option<u32>,
    /// Whether to delete also what the server can't read from its store; finalizers and preconditions are not looked at then.
    /// `None`: such an object is an error.
    pub ignore_store_read_error_with_cluster_breaking_potential: Option<bool>,
    /// The older form of `propagation_policy`, for servers that only know it: whether the objects that it owns stay. Servers
    /// refuse both together.
    pub orphan_dependents: Option<bool>,
    /// What the object must still be, or the delete fails with a conflict.
    pub preconditions: Option<Preconditions>,
    /// What becomes of the objects that it owns. `None`: the kind's default, mostly `Background`.
    pub propagation_policy: Option<PropagationPolicy>,
}

impl DeleteOptions {
    /// The request's body.
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            api_version: &'static str,
            kind: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            dry_run: Option<[&'static str; 1]>,
            #[serde(skip_serializing_if = "Option::is_none")]
            grace_period_seconds: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            ignore_store_read_error_with_cluster_breaking_potential: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            orphan_dependents: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            preconditions: Option<&'a Preconditions>,
            #[serde(skip_serializing_if = "Option::is_none")]
            propagation_policy: Option<PropagationPolicy>,
        }
        let body = Body {
            api_version: "v1",
            kind: "DeleteOptions",
            dry_run: self.dry_run.and_then(DryRun::on_the_wire).map(|all| [all]),
            grace_period_seconds: self.grace_period_seconds,
            ignore_store_read_error_with_cluster_breaking_potential: self
                .ignore_store_read_error_with_cluster_breaking_potential,
            orphan_dependents: self.orphan_dependents,
            preconditions: self.preconditions.as_ref(),
            propagation_policy: self.propagation_policy,
        };
        serde_json::to_value(body).expect("these fields are text and numbers")
    }
}

/// What an object must still be, for a delete to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is written with `..Default::default()`, which new fields do not break"
)]
pub struct Preconditions {
    /// It must be this very object, not a later one of the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// It must not have changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
}

/// What becomes of the objects that a deleted object owns.
#[expect(clippy::exhaustive_enums, reason = "the three values of meta/v1")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PropagationPolicy {
    /// They are deleted after it.
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay.
    Orphan,
}

#[cfg(test)]
mod tests {
    use super::{
        CreateOptions, DeleteOptions, DryRun, FieldValidation, ListOptions, PatchOptions, PropagationPolicy,
        ResourceVersionMatch,
    };
    use crate::ResourceVersion;

    /// C15 and the reference's paging rule: a continue token drops the resource version beside it.
    #[test]
    fn c15_continue_stands_without_a_resource_version() {
        let mut options = ListOptions {
            label_selector: "a=b".into(),
            limit: Some(7),
            resource_version: ResourceVersion::new("5"),
            resource_version_match: Some(ResourceVersionMatch::Exact),
            ..ListOptions::default()
        };
        let first = "labelSelector=a%3Db&limit=7&resourceVersion=5&resourceVersionMatch=Exact";
        assert_eq!(options.query().to_string(), first);
        options.continue_token = Some("tok en".to_owned());
        assert_eq!(options.query().to_string(), "labelSelector=a%3Db&limit=7&continue=tok%20en");
        options.continue_token = Some(String::new());
        assert_eq!(options.query().to_string(), first);
    }

    /// D08, D29: dry run and force, each in its three states.
    #[test]
    fn d08_d29_write_options() {
        assert_eq!(CreateOptions::default().query().to_string(), "");
        let options = PatchOptions {
            dry_run: Some(DryRun::All),
            field_manager: Some("me & you".to_owned()),
            field_validation: Some(FieldValidation::Strict),
            force: Some(false),
        };
        assert_eq!(
            options.query().to_string(),
            "dryRun=All&fieldManager=me%20%26%20you&fieldValidation=Strict&force=false"
        );
        let off = PatchOptions { dry_run: Some(DryRun::Off), ..PatchOptions::default() };
        assert_eq!(off.query().to_string(), "");
    }

    /// D14, D15: a grace period of 0 is sent.
    #[test]
    fn d14_d15_delete_options() {
        let options = DeleteOptions {
            grace_period_seconds: Some(0),
            propagation_policy: Some(PropagationPolicy::Foreground),
            dry_run: Some(DryRun::All),
            ..DeleteOptions::default()
        };
        assert_eq!(
            options.body(),
            serde_json::json!({"apiVersion": "v1", "kind": "DeleteOptions", "dryRun": ["All"],
                "gracePeriodSeconds": 0, "propagationPolicy": "Foreground"})
        );
    }
}
