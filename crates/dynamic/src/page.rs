//! One answer to a list request, while it arrives.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures::Stream;
use http::Method;
use steersman_meta::{ListDecoder, ListMeta, ListOptions, Verb};
use steersman_transport::{Body, BodyStream};

use crate::{Error, Resource, ResourceInstance, call::Call, error::Attempt, place::Reach};

/// An answer to a list request, whose objects come out as they arrive.
pub(crate) struct Page {
    attempt: Attempt,
    /// Where the objects live.
    home: Resource,
    body: BodyStream,
    decoder: ListDecoder,
}

impl Page {
    /// Asks for it; the objects in it may be `max_object_bytes` long.
    pub(crate) async fn open(
        resource: &Resource,
        options: &ListOptions,
        max_object_bytes: usize,
    ) -> Result<Self, Error> {
        let call = Call::collection(resource, "list", Verb::List, Reach::Any, None)?;
        options.check().map_err(|error| call.failed(error))?;
        let body = call.open(Method::GET, &options.query()).await?;
        let (api_version, kind) = resource.form().of_items(resource.api());
        Ok(Self {
            attempt: call.attempt().clone(),
            home: call.home(),
            body: body.into_stream(),
            decoder: ListDecoder::new(max_object_bytes).expecting(api_version, kind),
        })
    }

    /// The same, which fails once more than `max_bytes` have come.
    pub(crate) fn limited(self, max_bytes: usize) -> Self {
        Self { body: Body::from_stream(self.body).limited(max_bytes).into_stream(), ..self }
    }

    /// The next object; none at the end of the body.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<ResourceInstance>, Error>> {
        loop {
            if let Some(object) = self.decoder.next().map_err(|error| self.attempt.failed(error))? {
                return Poll::Ready(Ok(Some(ResourceInstance::new(self.home.clone(), object))));
            }
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(chunk)) => self.decoder.push(chunk),
                Some(Err(error)) => return Poll::Ready(Err(self.attempt.failed(error))),
                None => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// The list's metadata, as far as it has come.
    pub(crate) fn metadata(&self) -> Option<&ListMeta> {
        self.decoder.metadata()
    }

    /// The list's metadata at the end of the body; an error if the list was not at its end.
    pub(crate) fn finish(&mut self) -> Result<ListMeta, Error> {
        self.decoder.finish().map_err(|error| self.attempt.failed(error))
    }

    pub(crate) fn into_home(self) -> Resource {
        self.home
    }
}
