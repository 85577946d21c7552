//! The verbs of a list: each item by itself.

use steersman_meta::{
    Content, CreateOptions, DeleteOptions, DryRun, FieldValidation, Patch, PatchOptions, PatchType,
    UpdateOptions,
};

use crate::{
    Bulk, BulkOutcomes, Error, LocalError, ResourceInstance,
    call::name_of,
    verbs::{Deleted, awaits, delete::delete_setters},
};

/// Creates, replaces, patches or applies the items of a list. Awaited, it gives the outcome of each; it fails as a whole only if
/// the list is none.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct BulkWrite {
    bulk: Bulk,
    verb: Write,
    content: Content,
    /// Those of all writes: what a verb does not take is not set.
    options: PatchOptions,
    at_a_time: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Apply,
    Create,
    Patch(PatchType),
    Replace,
}

/// Reads the items of a list anew. Awaited, it gives the outcome of each.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct BulkGet {
    bulk: Bulk,
    content: Content,
    at_a_time: usize,
}

/// Deletes the items of a list. Awaited, it gives the outcome of each; it fails as a whole only if the list is none.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct BulkDelete {
    bulk: Bulk,
    content: Content,
    options: DeleteOptions,
    at_a_time: usize,
}

impl Bulk {
    /// Reads each item anew, by its name.
    pub fn get(&self, list: impl Into<Content>) -> BulkGet {
        BulkGet { bulk: self.clone(), content: list.into(), at_a_time: AT_A_TIME }
    }

    /// Creates each item.
    pub fn create(&self, list: impl Into<Content>) -> BulkWrite {
        self.write(Write::Create, list.into())
    }

    /// Replaces each item as a whole, by its name.
    pub fn replace(&self, list: impl Into<Content>) -> BulkWrite {
        self.write(Write::Replace, list.into())
    }

    /// Changes parts of each item, by its name: each item is a strategic merge patch of its object, unless
    /// [`patch_type`](BulkWrite::patch_type) says otherwise.
    pub fn patch(&self, list: impl Into<Content>) -> BulkWrite {
        self.write(Write::Patch(PatchType::Strategic), list.into())
    }

    /// Applies each item on the server.
    pub fn apply(&self, list: impl Into<Content>) -> BulkWrite {
        self.write(Write::Apply, list.into())
    }

    /// Deletes each item, by its name.
    pub fn delete(&self, list: impl Into<Content>) -> BulkDelete {
        let options = DeleteOptions::default();
        BulkDelete { bulk: self.clone(), content: list.into(), options, at_a_time: AT_A_TIME }
    }

    fn write(&self, verb: Write, content: Content) -> BulkWrite {
        let options = PatchOptions::default();
        BulkWrite { bulk: self.clone(), verb, content, options, at_a_time: AT_A_TIME }
    }
}

/// The setters that all bulk verbs share.
macro_rules! bulk_setters {
    () => {
        /// How many items are under way at once, 8 by default; with 1, each begins when the one before it is done.
        pub fn at_a_time(mut self, items: usize) -> Self {
            self.at_a_time = items;
            self
        }

        crate::extras::parameter_setters!(bulk);

        /// How long each item may take, with everything that is sent again. Default: the client's.
        pub fn timeout(mut self, limit: std::time::Duration) -> Self {
            self.bulk = self.bulk.with_extras(|extras| extras.set_timeout(limit));
            self
        }
    };
}

impl BulkGet {
    bulk_setters!();

    async fn send(self) -> Result<BulkOutcomes<ResourceInstance>, Error> {
        let each = |resource: crate::Resource, item: steersman_meta::Object| async move {
            let name = named(&resource, "get", &item)?;
            resource.get(name).await
        };
        self.bulk.run("get", &self.content, self.at_a_time, each).await
    }
}

awaits!(BulkGet => BulkOutcomes<ResourceInstance>);

impl BulkWrite {
    bulk_setters!();

    /// Only tries: the server does everything but store the results.
    pub fn dry_run(mut self) -> Self {
        self.options.dry_run = Some(DryRun::All);
        self
    }

    /// Really writes, also with a client that only tries by default.
    pub fn for_real(mut self) -> Self {
        self.options.dry_run = Some(DryRun::Off);
        self
    }

    /// Under which name the fields that are set are entered in `managedFields`.
    pub fn field_manager(mut self, field_manager: impl Into<String>) -> Self {
        self.options.field_manager = Some(field_manager.into());
        self
    }

    /// What becomes of fields that the kinds do not have. Default: the server drops them and warns.
    pub fn field_validation(mut self, validation: FieldValidation) -> Self {
        self.options.field_validation = Some(validation);
        self
    }

    /// Of an apply: takes fields over that others own. Of other verbs, nothing.
    pub fn force(mut self) -> Self {
        self.options.force = Some(true);
        self
    }

    /// Of a patch: which form the items are. A list of operations is no item, and [`apply`](Bulk::apply) is a verb of its own.
    /// Custom kinds take [`PatchType::Merge`].
    pub fn patch_type(mut self, patch_type: PatchType) -> Self {
        if let Write::Patch(_) = self.verb {
            self.verb = Write::Patch(patch_type);
        }
        self
    }

    async fn send(self) -> Result<BulkOutcomes<ResourceInstance>, Error> {
        let Self { bulk, verb, content, options, at_a_time } = self;
        let said = match verb {
            Write::Apply => "apply",
            Write::Create => "create",
            Write::Patch(_) => "patch",
            Write::Replace => "replace",
        };
        let options = &options;
        let each = |resource: crate::Resource, item: steersman_meta::Object| async move {
            let PatchOptions { dry_run, field_manager, field_validation, force } = options.clone();
            match verb {
                Write::Apply => resource.apply(&item).options(options.clone()).await,
                Write::Create => {
                    resource
                        .create(&item)
                        .options(CreateOptions { dry_run, field_manager, field_validation })
                        .await
                }
                Write::Replace => {
                    resource
                        .replace(&item)
                        .options(UpdateOptions { dry_run, field_manager, field_validation })
                        .await
                }
                Write::Patch(patch_type) => {
                    let name = named(&resource, said, &item)?;
                    let patch = match patch_type {
                        PatchType::Apply => Patch::apply(&item),
                        PatchType::Json => Patch::json(&item),
                        PatchType::Merge => Patch::merge(&item),
                        PatchType::Strategic => Patch::strategic(&item),
                    };
                    let force = force.filter(|_| patch_type == PatchType::Apply);
                    let options = PatchOptions { dry_run, field_manager, field_validation, force };
                    resource.patch(name, patch).options(options).await
                }
            }
        };
        bulk.run(said, &content, at_a_time, each).await
    }
}

awaits!(BulkWrite => BulkOutcomes<ResourceInstance>);

impl BulkDelete {
    bulk_setters!();

    delete_setters!();

    async fn send(self) -> Result<BulkOutcomes<Deleted>, Error> {
        let options = &self.options;
        let each = |resource: crate::Resource, item: steersman_meta::Object| async move {
            let name = named(&resource, "delete", &item)?;
            resource.delete(name).options(options.clone()).await
        };
        self.bulk.run("delete", &self.content, self.at_a_time, each).await
    }
}

awaits!(BulkDelete => BulkOutcomes<Deleted>);

fn named(
    resource: &crate::Resource,
    said: &'static str,
    item: &steersman_meta::Object,
) -> Result<String, Error> {
    let name = name_of(item).map(str::to_owned);
    name.map_err(|error: LocalError| resource.attempt(said).failed(error))
}

/// How many items are under way at once, if nothing else is said.
const AT_A_TIME: usize = 8;
