//! A list, object by object.

use std::{
    fmt, future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures::{Stream, future::BoxFuture};
use steersman_meta::{ListMeta, Status};

use crate::{Error, ResourceInstance, page::Page, verbs::List};

/// The objects of a list, one by one. A [`Stream`], with a [`try_next`](Self::try_next) of its own.
///
/// An object comes out as soon as it has arrived. It is never silently short: if a page breaks off in its middle, what
/// comes behind its last whole object is an error.
///
/// ```no_run
/// # async fn doc(pods: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
/// let mut pods = pods.all_namespaces().list().labels("app=web").stream();
/// while let Some(pod) = pods.try_next().await? {
///     println!("{}", pod.name());
/// }
/// // What a watch goes on from.
/// println!("{:?}", pods.metadata().and_then(|list| list.resource_version.as_deref()));
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing until it is read"]
pub struct ListStream {
    /// What asks for the next page.
    next: List,
    state: State,
    /// What the page before said.
    metadata: Option<ListMeta>,
    when_expired: WhenExpired,
    is_inconsistent: bool,
}

enum State {
    Between,
    Asking(BoxFuture<'static, Result<Page, Error>>),
    Reading(Box<Page>),
    Over,
}

/// What is done about a token that has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhenExpired {
    Fail,
    GoOn,
    /// As `GoOn`, which has just been done: a new token that has expired too is no reason to ask for ever.
    WentOn,
}

impl ListStream {
    pub(crate) fn new(first: List) -> Self {
        Self {
            next: first,
            state: State::Between,
            metadata: None,
            when_expired: WhenExpired::Fail,
            is_inconsistent: false,
        }
    }

    /// If the token for the next page has expired, goes on with the one that the server offers in its place.
    ///
    /// The pages from there on show a newer version of the data, in which objects may have been changed, created or deleted
    /// since the first pages: [`is_inconsistent`](Self::is_inconsistent) says whether it has happened, and
    /// [`metadata`](Self::metadata) has the newer version. A watch must not go on from such a list: what happened to the
    /// objects of the first pages between the versions was not seen.
    pub fn going_on_when_expired(self) -> Self {
        Self { when_expired: WhenExpired::GoOn, ..self }
    }

    /// Whether pages of different versions have been read; only after
    /// [`going_on_when_expired`](Self::going_on_when_expired).
    #[must_use]
    pub fn is_inconsistent(&self) -> bool {
        self.is_inconsistent
    }

    /// The list's own metadata, as the newest page has it, or the one before if it has not come yet: the resource version,
    /// and how many objects are left behind the page where the server knows. `None` before the first page has come; most
    /// servers send it in front of the page's objects, and all send it by its end.
    #[must_use]
    pub fn metadata(&self) -> Option<&ListMeta> {
        let page = match &self.state {
            State::Reading(page) => page.metadata(),
            State::Between | State::Asking(_) | State::Over => None,
        };
        page.or(self.metadata.as_ref())
    }

    /// The next object; `None` after the last.
    ///
    /// # Errors
    /// If a page can't be fetched, or breaks off. Then the stream is at its end.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped: the next call goes on with the same page, and asks for it once.
    pub async fn try_next(&mut self) -> Result<Option<ResourceInstance>, Error> {
        future::poll_fn(|cx| self.poll_object(cx)).await
    }

    fn poll_object(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<ResourceInstance>, Error>> {
        let polled = self.poll_pages(cx);
        if matches!(polled, Poll::Ready(Err(_))) {
            self.state = State::Over;
        }
        polled
    }

    fn poll_pages(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<ResourceInstance>, Error>> {
        loop {
            self.state = match &mut self.state {
                State::Over => return Poll::Ready(Ok(None)),
                State::Between => State::Asking(Box::pin(self.next.clone().open())),
                State::Asking(page) => match ready!(page.as_mut().poll(cx)) {
                    Ok(page) => State::Reading(Box::new(page)),
                    Err(error) => {
                        let offered = error.status().and_then(Status::inconsistent_continue);
                        match offered.filter(|_| self.when_expired == WhenExpired::GoOn && error.is_expired())
                        {
                            None => return Poll::Ready(Err(error)),
                            Some(token) => {
                                self.next.goes_on_at(token);
                                self.when_expired = WhenExpired::WentOn;
                                self.is_inconsistent = true;
                                State::Between
                            }
                        }
                    }
                },
                State::Reading(page) => {
                    if let Some(object) = ready!(page.poll_next(cx))? {
                        return Poll::Ready(Ok(Some(object)));
                    }
                    let metadata = page.finish()?;
                    if self.when_expired == WhenExpired::WentOn {
                        self.when_expired = WhenExpired::GoOn;
                    }
                    let metadata = self.metadata.insert(metadata);
                    match metadata.next_page() {
                        None => State::Over,
                        Some(token) => {
                            self.next.goes_on_at(token);
                            State::Between
                        }
                    }
                }
            };
        }
    }
}

impl Stream for ListStream {
    type Item = Result<ResourceInstance, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_object(cx).map(Result::transpose)
    }
}

impl fmt::Debug for ListStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListStream").field("metadata", &self.metadata()).finish_non_exhaustive()
    }
}
