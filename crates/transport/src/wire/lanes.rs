//! As many HTTP/2 connections as the streams of all requests need, and no more.
//!
//! A lane is a pool that has one HTTP/2 connection (or several of HTTP/1.1, of which each takes a request at a time). A
//! request takes the first lane with room; where there is none, a lane is added.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project::pin_project;
use tokio::sync::Notify;

/// How many streams a lane takes.
#[derive(Debug, Default)]
pub(super) struct LaneState {
    /// 0 until it is known.
    limit: AtomicU32,
    /// Whether a request has failed before the limit was known: then the others don't wait for it.
    failed: AtomicBool,
    in_flight: AtomicU32,
    changed: Notify,
}

impl LaneState {
    /// A connection says how many streams it takes.
    pub(super) fn set_limit(&self, limit: u32) {
        self.limit.store(limit.max(1), Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    /// Room for one request.
    fn try_take(&self) -> Taking {
        let most = match (self.limit.load(Ordering::SeqCst), self.failed.load(Ordering::SeqCst)) {
            // The first makes the connection that tells.
            (0, false) => 1,
            (0, true) => ASSUMED,
            (limit, _) => limit,
        };
        let taken = self.in_flight.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| {
            if now < most { Some(now + 1) } else { None }
        });
        match taken {
            Ok(_) => Taking::Taken,
            Err(_) if self.limit.load(Ordering::SeqCst) == 0 && !self.failed.load(Ordering::SeqCst) => {
                Taking::Unknown
            }
            Err(_) => Taking::Full,
        }
    }

    fn give_back(&self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        if self.limit.load(Ordering::SeqCst) == 0 {
            self.failed.store(true, Ordering::SeqCst);
            self.changed.notify_waiters();
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Taking {
    Taken,
    /// It is not known yet whether there is room.
    Unknown,
    Full,
}

/// Lanes, each with a pool.
#[derive(Debug)]
pub(super) struct Lanes<P> {
    lanes: Mutex<Vec<(Arc<LaneState>, P)>>,
}

impl<P: Clone> Lanes<P> {
    pub(super) fn new() -> Self {
        Self { lanes: Mutex::new(Vec::new()) }
    }

    /// A place, and the pool that it is on, where there is room now.
    pub(super) fn try_place(&self) -> Option<(Place, P)> {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, pool) = lanes.iter().find(|(state, _)| state.try_take() == Taking::Taken)?;
        Some((Place(Arc::clone(state)), pool.clone()))
    }

    /// Waits for a place, and gives the pool that it is on; `add` makes the pool of a new lane.
    ///
    /// # Cancel safety
    /// Safe: nothing is taken before it returns.
    pub(super) async fn place(&self, add: impl Fn(Arc<LaneState>) -> P) -> (Place, P) {
        loop {
            let unknown = {
                let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
                let mut unknown = None;
                for (state, pool) in lanes.iter() {
                    match state.try_take() {
                        Taking::Taken => return (Place(Arc::clone(state)), pool.clone()),
                        Taking::Unknown => unknown = Some(Arc::clone(state)),
                        Taking::Full => {}
                    }
                }
                if unknown.is_none() {
                    let state = Arc::new(LaneState::default());
                    lanes.push((Arc::clone(&state), add(state)));
                }
                unknown
            };
            if let Some(state) = unknown {
                let changed = state.changed.notified();
                tokio::pin!(changed);
                // From here on a change is not missed; it may have come just before.
                changed.as_mut().enable();
                if state.limit.load(Ordering::SeqCst) == 0 && !state.failed.load(Ordering::SeqCst) {
                    changed.await;
                }
            }
        }
    }
}

/// A request's place on its lane.
#[derive(Debug)]
pub(super) struct Place(Arc<LaneState>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// A body that holds its request's place until it is over.
#[pin_project]
#[derive(Debug)]
pub(crate) struct Placed {
    #[pin]
    inner: Incoming,
    place: Option<Place>,
}

impl Placed {
    pub(super) fn new(inner: Incoming, place: Place) -> Self {
        let place = (!inner.is_end_stream()).then_some(place);
        Self { inner, place }
    }
}

impl HttpBody for Placed {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.project();
        let frame = this.inner.poll_frame(cx);
        if let Poll::Ready(None | Some(Err(_))) = frame {
            *this.place = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// What kube-apiserver allows by default.
const ASSUMED: u32 = 100;

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures::{FutureExt, future::join_all};

    use super::{LaneState, Lanes};

    /// 1,000 at once: on no more lanes than the limit asks for, once it is known; and places that are free are used.
    #[tokio::test]
    async fn lanes_are_added_as_they_are_needed() {
        for (limit, count, want) in
            [(250, 1000, 4), (100, 1000, 10), (1000, 1000, 1), (999, 1000, 2), (u32::MAX, 1000, 1), (0, 5, 5)]
        {
            let lanes = Arc::new(Lanes::new());
            let states = Arc::new(Mutex::new(Vec::<Arc<LaneState>>::new()));
            let all = (0..count).map(|_| {
                let (lanes, states) = (Arc::clone(&lanes), Arc::clone(&states));
                async move {
                    let (place, number) = lanes
                        .place(|state| {
                            let mut states = states.lock().expect("no panic");
                            states.push(state);
                            states.len() - 1
                        })
                        .await;
                    // The connection of the first tells.
                    let state = Arc::clone(&states.lock().expect("no panic")[number]);
                    tokio::task::yield_now().await;
                    state.set_limit(limit);
                    place
                }
            });
            let places = join_all(all).await;
            assert_eq!(states.lock().expect("no panic").len(), want, "{limit}");
            drop(places);
            let again = lanes.place(|_| panic!("there is room")).now_or_never().expect("a place");
            assert_eq!(again.1, 0);
        }
    }

    /// Where the first request fails before a connection has told, the others go.
    #[tokio::test]
    async fn nobody_waits_for_a_connection_that_failed() {
        let lanes = Lanes::new();
        let (first, ()) = lanes.place(|_| ()).await;
        let mut waiting: Vec<_> = (0..50).map(|_| Box::pin(lanes.place(|_| ()))).collect();
        for waiting in &mut waiting {
            assert!(futures::poll!(waiting).is_pending());
        }
        drop(waiting.pop());
        drop(first);
        assert_eq!(join_all(waiting).await.len(), 49);
    }
}
