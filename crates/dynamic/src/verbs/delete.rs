//! `delete`: one object.

use http::Method;
use steersman_meta::{DeleteOptions, Object, Preconditions, Query, Status, Verb};

use crate::{
    Error, LocalError, Resource, ResourceInstance,
    call::{Call, Payload},
    exchange::{Prepared, Refusal},
    verbs::awaits,
};

/// Deletes one object. Awaited, it gives what the server said.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct Delete {
    resource: Resource,
    name: String,
    options: DeleteOptions,
}

/// What a server says to a delete.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Deleted {
    /// The object as it is now: it may wait for finalizers, for its grace period, or for what it owns.
    Object(ResourceInstance),
    /// It is gone.
    Status(Status),
}

impl Deleted {
    /// Sends the delete, and reads the server's answer.
    async fn answering(prepared: Prepared) -> Result<Self, Error> {
        let (attempt, _, body) = prepared.exchange.whole(Refusal::Error).await?;
        match Status::parse(&body) {
            Some(status) => Ok(Self::Status(status)),
            None => {
                let object = Object::parse(body).map_err(|error| attempt.failed(error))?;
                Ok(Self::Object(ResourceInstance::new(prepared.home, object)))
            }
        }
    }
}

/// The setters of all deletes.
macro_rules! delete_setters {
    () => {
        /// All options at once, in place of what was set before.
        pub fn options(mut self, options: steersman_meta::DeleteOptions) -> Self {
            self.options = options;
            self
        }

        /// Only tries: the server does everything but delete.
        pub fn dry_run(mut self) -> Self {
            self.options.dry_run = Some(steersman_meta::DryRun::All);
            self
        }

        /// Really deletes, also with a client that only tries by default.
        pub fn for_real(mut self) -> Self {
            self.options.dry_run = Some(steersman_meta::DryRun::Off);
            self
        }

        /// Deletes also what the server can't read from its store, as it can't be decrypted or decoded any more. Finalizers
        /// and preconditions are not looked at then, and what the object owned stays as it is: it can break a cluster. Servers
        /// that don't know it, or have it switched off, refuse or leave it aside.
        pub fn ignore_store_read_error_with_cluster_breaking_potential(mut self) -> Self {
            self.options.ignore_store_read_error_with_cluster_breaking_potential = Some(true);
            self
        }

        /// How many seconds an object has to end by itself; 0 is at once. Default: the kind's.
        pub fn grace_period_seconds(mut self, seconds: u32) -> Self {
            self.options.grace_period_seconds = Some(seconds);
            self
        }

        /// What becomes of the objects that a deleted one owns. Default: the kind's, mostly `Background`.
        pub fn propagation_policy(mut self, policy: steersman_meta::PropagationPolicy) -> Self {
            self.options.propagation_policy = Some(policy);
            self
        }
    };
}
pub(super) use delete_setters;

impl Delete {
    pub(crate) fn new(resource: Resource, name: String) -> Self {
        Self { resource, name, options: DeleteOptions::default() }
    }

    delete_setters!();
    crate::extras::request_setters!();
    crate::extras::raw_answer!();

    /// Deletes only the object with this uid, not a later one of the same name: that is a conflict.
    pub fn uid(mut self, uid: impl Into<String>) -> Self {
        self.preconditions().uid = Some(uid.into());
        self
    }

    /// Deletes only if the object has not changed since this version: that is a conflict.
    pub fn resource_version(mut self, version: impl Into<String>) -> Self {
        self.preconditions().resource_version = Some(version.into());
        self
    }

    fn preconditions(&mut self) -> &mut Preconditions {
        self.options.preconditions.get_or_insert_default()
    }

    fn prepare(mut self) -> Result<Prepared, Error> {
        complete(&mut self.options, &self.resource);
        let call = Call::object(&self.resource, "delete", Verb::Delete, &self.name, None)?;
        check_parameters(&self.resource).map_err(|error| call.failed(error))?;
        call.prepare(Method::DELETE, &Query::default(), Some(payload(&self.options)))
    }

    async fn send(self) -> Result<Deleted, Error> {
        Deleted::answering(self.prepare()?).await
    }
}

awaits!(Delete => Deleted);

/// What the call does not say, the client's defaults do: a client that only tries must not delete.
pub(super) fn complete(options: &mut DeleteOptions, resource: &Resource) {
    options.dry_run = options.dry_run.or(resource.cluster().defaults().dry_run);
}

/// A delete has its options in its body; where there is one, the server does not look for them in the query
/// (kube-apiserver's `endpoints/handlers/delete.go`), so that a `dryRun` there would delete for real.
pub(super) fn check_parameters(resource: &Resource) -> Result<(), LocalError> {
    let name = resource.extras().and_then(|extras| extras.parameter_of(&OPTIONS));
    name.map_or(Ok(()), |name| Err(LocalError::ParameterWithoutEffect { name: name.to_owned() }))
}

/// What a delete's body says, and a part of all objects, which nobody may delete by.
const OPTIONS: [&str; 6] = [
    "dryRun",
    "gracePeriodSeconds",
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "orphanDependents",
    "propagationPolicy",
    "shardSelector",
];

pub(super) fn payload(options: &DeleteOptions) -> Payload {
    let body = Object::from_content(options.body()).expect("the options of a delete are an object");
    Payload::json(&body)
}
