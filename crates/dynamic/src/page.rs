//! One answer to a list request, while it arrives.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures::Stream;
use steersman_meta::{ListDecoder, ListMeta};
use steersman_transport::{Body, BodyStream};

use crate::{Error, Resource, ResourceInstance, error::Attempt, exchange::Prepared, shard::ShardCheck};

/// An answer to a list request, whose objects come out as they arrive.
pub(crate) struct Page {
    attempt: Attempt,
    /// Where the objects live.
    home: Resource,
    /// Which part of all objects was asked for, where it was one.
    shard: Option<ShardCheck>,
    body: BodyStream,
    decoder: ListDecoder,
}

impl Page {
    /// Asks for it; the objects in it may be `max_object_bytes` long, and are of the part `shard`.
    pub(crate) async fn open(
        list: Prepared,
        shard: Option<ShardCheck>,
        max_object_bytes: usize,
    ) -> Result<Self, Error> {
        let Prepared { exchange, home } = list;
        let attempt = exchange.attempt().clone();
        let body = exchange.open().await?;
        let (api_version, kind) = home.form().of_items(home.api());
        Ok(Self {
            attempt,
            home,
            shard,
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
                if let Some(shard) = &self.shard {
                    let echo = self.decoder.metadata().map_or(Ok(()), |metadata| shard.metadata(metadata));
                    echo.and_then(|()| shard.object(&object)).map_err(|error| self.attempt.failed(error))?;
                }
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
        let metadata = self.decoder.finish().map_err(|error| self.attempt.failed(error))?;
        let echo = self.shard.as_ref().map_or(Ok(()), |shard| shard.metadata(&metadata));
        echo.map_err(|error| self.attempt.failed(error))?;
        Ok(metadata)
    }

    pub(crate) fn into_home(self) -> Resource {
        self.home
    }
}
