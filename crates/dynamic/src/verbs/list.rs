//! `list`: objects, whole or page by page.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{Stream, TryStreamExt, stream, stream::BoxStream};
use http::Method;
use steersman_json::Document;
use steersman_meta::{
    FieldSelector, LabelSelector, ListOptions, ObjectList, ResourceVersion, ResourceVersionMatch, Verb,
};

use crate::{Error, Resource, ResourceInstance, ResourceList, call::Call, place::Reach, verbs::awaits};

/// Lists objects. Awaited, it gives one answer: all objects, or with a [`limit`](Self::limit) the first page. As a
/// [`stream`](Self::stream) it gives object by object, and fetches pages as they are read.
#[derive(Debug)]
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

    /// The objects one by one. Pages are fetched as the stream is read, so that a page at most is in memory.
    ///
    /// All pages show the same version of the data; on a page whose token has expired meanwhile (the server keeps
    /// versions for about five minutes) the stream ends with an error that [`is_expired`](Error::is_expired).
    #[must_use = "a stream does nothing until it is read"]
    pub fn stream(mut self) -> ListStream {
        self.options.limit = self.options.limit.or(Some(DEFAULT_PAGE));
        let pages = stream::try_unfold(Some(self), |list| async move {
            let Some(mut list) = list else { return Ok::<_, Error>(None) };
            let page = list.page().await?;
            let next = page.metadata().next_page().map(str::to_owned);
            let rest = next.map(|token| {
                list.options.continue_token = Some(token);
                list
            });
            Ok(Some((stream::iter(page.into_iter().map(Ok)), rest)))
        });
        ListStream { items: Box::pin(pages.try_flatten()) }
    }

    pub(super) fn into_parts(self) -> (Resource, ListOptions) {
        (self.resource, self.options)
    }

    async fn send(self) -> Result<ResourceList, Error> {
        self.page().await
    }

    pub(crate) async fn page(&self) -> Result<ResourceList, Error> {
        let call = Call::collection(&self.resource, "list", Verb::List, Reach::Any, None)?;
        self.options.check().map_err(|error| call.failed(error))?;
        let body = call.send(Method::GET, &self.options.query(), None).await?;
        let document = Document::parse(body).map_err(|error| call.failed(error))?;
        let list = ObjectList::from_document(&document).map_err(|error| call.failed(error))?;
        Ok(ResourceList::new(&call.home(), list))
    }
}

awaits!(List => ResourceList);

/// The objects of a list, one by one. A [`Stream`], with a [`try_next`](Self::try_next) of its own.
#[must_use = "a stream does nothing until it is read"]
pub struct ListStream {
    items: BoxStream<'static, Result<ResourceInstance, Error>>,
}

impl ListStream {
    /// The next object; `None` after the last.
    ///
    /// # Errors
    /// If a page can't be fetched. Then the stream is at its end.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped: the next call goes on with the same page, and asks for it once.
    pub async fn try_next(&mut self) -> Result<Option<ResourceInstance>, Error> {
        TryStreamExt::try_next(&mut self.items).await
    }
}

impl Stream for ListStream {
    type Item = Result<ResourceInstance, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for ListStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListStream").finish_non_exhaustive()
    }
}

/// client-go's page (`tools/pager`).
const DEFAULT_PAGE: u32 = 500;
