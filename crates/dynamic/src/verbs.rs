//! The verbs: each a builder that is awaited.
//!
//! What a builder fills is a plain options struct of `steersman-meta`, which can also be passed whole. Nothing happens
//! before the builder is awaited, and what is wrong with the call itself is then an error before anything is sent.
//!
//! What no option covers goes with the request by `query` and `header`, and `timeout` says how long it may take. Whoever wants
//! something else than objects takes the answer itself, by `raw`: a [`RawAnswer`](crate::RawAnswer).
//!
//! # Errors
//! A verb fails with an [`Error`](crate::Error): if something is wrong with the call
//! ([`local`](crate::Error::local)), if the server refuses ([`status`](crate::Error::status)), if there is no answer, or
//! if the answer is none that the API knows.
//!
//! # Cancel safety
//! The future of a read can be dropped at any time. If that of a write is dropped, the server may or may not do what was
//! asked. Of no verb is anything sent twice.

mod apply;
mod bulk;
mod can_i;
mod change;
mod create;
mod create_or_get;
mod delete;
mod delete_collection;
mod get;
mod list;
mod logs;
mod patch;
mod replace;
mod table;
mod upgrade;
mod wait;
mod watch;
mod whoami;

pub use crate::list_stream::ListStream;
pub use apply::Apply;
pub use bulk::{BulkDelete, BulkGet, BulkWrite};
pub use can_i::{CanI, CanIPath};
pub use create::Create;
pub use create_or_get::{CreateOrGet, Obtained};
pub use delete::{Delete, Deleted};
pub use delete_collection::DeleteCollection;
pub use get::{Get, GetIfExists};
pub use list::List;
pub use logs::Logs;
pub use patch::PatchObject;
pub use replace::Replace;
pub use table::{GetTable, ListTable};
pub use wait::{Wait, WaitForDeletion};
pub use watch::WatchObjects;

/// Lets a builder be awaited: the future is its `send`.
macro_rules! awaits {
    ($builder:ty => $output:ty) => {
        impl std::future::IntoFuture for $builder {
            type Output = Result<$output, crate::Error>;
            type IntoFuture = futures::future::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

/// The setters that all writes share.
macro_rules! write_setters {
    ($options:ty) => {
        crate::extras::request_setters!();

        /// All options at once, in place of what was set before.
        pub fn options(mut self, options: $options) -> Self {
            self.options = options;
            self
        }

        /// Only tries: the server does everything but store the result.
        pub fn dry_run(mut self) -> Self {
            self.options.dry_run = Some(steersman_meta::DryRun::All);
            self
        }

        /// Really writes, also with a client that only tries by default.
        pub fn for_real(mut self) -> Self {
            self.options.dry_run = Some(steersman_meta::DryRun::Off);
            self
        }

        /// Under which name the fields that are set are entered in `managedFields`.
        pub fn field_manager(mut self, field_manager: impl Into<String>) -> Self {
            self.options.field_manager = Some(field_manager.into());
            self
        }

        /// What becomes of fields that the kind does not have. Default: the server drops them and warns.
        pub fn field_validation(mut self, validation: steersman_meta::FieldValidation) -> Self {
            self.options.field_validation = Some(validation);
            self
        }

        /// What the call does not say, the client's defaults do.
        fn complete(&mut self) {
            let defaults = self.resource.cluster().defaults();
            self.options.dry_run = self.options.dry_run.or(defaults.dry_run);
            self.options.field_validation = self.options.field_validation.or(defaults.field_validation);
            if self.options.field_manager.is_none() {
                self.options.field_manager.clone_from(&defaults.field_manager);
            }
        }
    };
}

pub(crate) use awaits;
use write_setters;
