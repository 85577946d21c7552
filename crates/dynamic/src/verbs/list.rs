//! `list`: objects, whole or page by page.

use std::future;

use http::Method;
use steersman_json::DEFAULT_MAX_DOCUMENT_BYTES;
use steersman_meta::{
    FieldSelector, LabelSelector, ListOptions, ResourceVersion, ResourceVersionMatch, ShardSelector, Verb,
};

use crate::{
    Error, Resource, ResourceInstance, ResourceList, call::Call, exchange::Prepared, list_stream::ListStream,
    page::Page, place::Reach, shard::ShardCheck, verbs::awaits,
};

/// Lists objects. Awaited, it gives one answer: all objects, or with a [`limit`](Self::limit) the first page. As a
/// [`stream`](Self::stream) it gives object by object, and fetches pages as they are read.
#[derive(Clone, Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct List {
    resource: Resource,
    options: ListOptions,
}

impl List {
    pub(crate) fn new(resource: Resource) -> Self {
        Self { resource, options: ListOptions::default() }
    }

    /// All options at once, in place of what was set before.
    pub fn options(mut self, options: ListOptions) -> Self {
        self.options = options;
        self
    }

    crate::extras::request_setters!();
    crate::extras::raw_answer!();

    /// Only objects with these labels: `app=web,tier in (front,back)`. Default: all.
    pub fn labels(mut self, selector: impl Into<LabelSelector>) -> Self {
        self.options.label_selector = selector.into();
        self
    }

    /// Only objects with these fields: `status.phase=Running`. Default: all.
    pub fn fields(mut self, selector: impl Into<FieldSelector>) -> Self {
        self.options.field_selector = selector.into();
        self
    }

    /// Only this part of all objects, by the hash of their uid or namespace (Kubernetes 1.36, alpha). Default: all.
    ///
    /// A server that does not give parts leaves this aside. That is noticed: what comes is held against the part, and an
    /// object outside of it, or the echo of another part, is an error that
    /// [`is_shard_ignored`](Error::is_shard_ignored). A server that gives the part says so in
    /// [`ListMeta::shard_info`](steersman_meta::ListMeta::shard_info), except for custom kinds.
    ///
    /// ```no_run
    /// # async fn doc(pods: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
    /// use steersman_meta::{ShardKey, ShardSelector};
    ///
    /// let mine = pods.all_namespaces().list().shard(ShardSelector::one_of(ShardKey::Uid, 0, 3)).await?;
    /// # let _ = mine;
    /// # Ok(())
    /// # }
    /// ```
    pub fn shard(mut self, part: impl Into<ShardSelector>) -> Self {
        self.options.shard_selector = part.into();
        self
    }

    /// At most so many objects in one answer. Default: all; for a stream, 500 a page.
    pub fn limit(mut self, limit: u32) -> Self {
        self.options.limit = Some(limit);
        self
    }

    /// Goes on where a page ended: with its `metadata().next_page()`.
    pub fn continue_from(mut self, token: impl Into<String>) -> Self {
        self.options.continue_token = Some(token.into());
        self
    }

    /// The data as of this version, or not older; [`resource_version_match`](Self::resource_version_match) says which.
    /// Default: the newest.
    pub fn resource_version(mut self, version: impl Into<String>) -> Self {
        self.options.resource_version = ResourceVersion::new(version);
        self
    }

    /// What [`resource_version`](Self::resource_version) means.
    pub fn resource_version_match(mut self, rule: ResourceVersionMatch) -> Self {
        self.options.resource_version_match = Some(rule);
        self
    }

    /// The objects one by one, each as soon as it has come. Pages are fetched as the stream is read, so that in memory are
    /// the objects that are kept, and the part of a page that is being read.
    ///
    /// All pages show the same version of the data; on a page whose token has expired meanwhile (the server keeps
    /// versions for about five minutes) the stream ends with an error that [`is_expired`](Error::is_expired), unless
    /// [`going_on_when_expired`](ListStream::going_on_when_expired).
    ///
    /// An object may be 16 MiB long; a stream as a whole may be of any length.
    #[must_use = "a stream does nothing until it is read"]
    pub fn stream(mut self) -> ListStream {
        self.options.limit = self.options.limit.or(Some(DEFAULT_PAGE));
        ListStream::new(self)
    }

    pub(super) fn into_parts(self) -> (Resource, ListOptions) {
        (self.resource, self.options)
    }

    async fn send(self) -> Result<ResourceList, Error> {
        self.page().await
    }

    /// One answer, kept whole: the objects share the memory that they were put together in.
    pub(crate) async fn page(&self) -> Result<ResourceList, Error> {
        let limit = self.resource.client().limits().max_body_bytes;
        let mut page = self.open_page(limit).await?.limited(limit);
        let mut items: Vec<ResourceInstance> = Vec::new();
        while let Some(item) = future::poll_fn(|cx| page.poll_next(cx)).await? {
            items.push(item);
        }
        let metadata = page.finish()?;
        Ok(ResourceList::of(page.into_home(), metadata, items))
    }

    /// The answer that this asks for, to be read object by object.
    pub(crate) async fn open(self) -> Result<Page, Error> {
        self.open_page(DEFAULT_MAX_DOCUMENT_BYTES).await
    }

    async fn open_page(&self, max_object_bytes: usize) -> Result<Page, Error> {
        Page::open(self.prepare()?, self.shard_check(), max_object_bytes).await
    }

    fn prepare(&self) -> Result<Prepared, Error> {
        let call = Call::collection(&self.resource, "list", Verb::List, Reach::Any, None)?;
        self.options.check().map_err(|error| call.failed(error))?;
        call.prepare(Method::GET, &self.options.query(), None)
    }

    /// What the answer is held against, where a part of all objects is asked for.
    pub(super) fn shard_check(&self) -> Option<ShardCheck> {
        ShardCheck::of(&self.options)
    }

    /// The same list from where `token` says.
    pub(crate) fn goes_on_at(&mut self, token: &str) {
        self.options.continue_token = Some(token.to_owned());
    }
}

awaits!(List => ResourceList);

/// client-go's page (`tools/pager`).
const DEFAULT_PAGE: u32 = 500;
