//! An answer with the headers that kube-apiserver gives.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame};

use super::items::Items;

/// The body of an answer. Neither says how long it is: kube-apiserver does not either, but for the smallest.
pub(super) enum Answer {
    Fixed(Option<Bytes>),
    Items(Items),
}

pub(super) fn answer(status: StatusCode, content_type: &'static str, body: Answer) -> Response<Answer> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Fixed(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Items(items) => Pin::new(items).poll_frame(cx),
        }
    }
}

/// What stands in each answer.
const HEADERS: &[(&str, &str)] = &[
    ("audit-id", "7d1c0a5e-3f49-4f0c-8a4b-2e6d9c1b7f35"),
    ("cache-control", "no-cache, private"),
    ("x-kubernetes-pf-flowschema-uid", "0c8a4f2e-6b1d-4e5a-9f37-5d2c8b7a1e90"),
    ("x-kubernetes-pf-prioritylevel-uid", "e19b3d70-8c52-4a6f-b0d4-7f3a5c9e2b18"),
];
