//! Bodies by themselves.

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body::{Body as _, Frame};
use http_body_util::StreamBody;

use super::Body;
use crate::error::{BoxError, Error, ErrorKind};

fn chunks(parts: &[&'static str]) -> Body {
    let parts: Vec<_> =
        parts.iter().map(|part| Ok::<_, BoxError>(Bytes::from_static(part.as_bytes()))).collect();
    Body::from_stream(stream::iter(parts))
}

#[tokio::test]
async fn bytes_can_be_sent_again_and_a_stream_never() {
    for (body, text) in [
        (Body::from("a"), "a"),
        (Body::from("b".to_owned()), "b"),
        (Body::from(b"c".to_vec()), "c"),
        (Body::from(b"d".as_slice()), "d"),
        (Body::from(Bytes::from_static(b"e")), "e"),
        (Body::from(()), ""),
    ] {
        let again = body.try_clone().expect("bytes");
        assert_eq!(body.size_hint().exact(), Some(text.len() as u64));
        assert_eq!(body.is_end_stream(), text.is_empty());
        for body in [body, again, Body::new(Body::from(text))] {
            assert_eq!(body.as_bytes().map(|bytes| bytes.as_ref()), Some(text.as_bytes()));
            assert_eq!(body.collect(1).await.expect("bytes"), text);
        }
    }
    assert!(chunks(&["a"]).try_clone().is_none());
    assert!(chunks(&["a"]).as_bytes().is_none());
}

#[tokio::test]
async fn bodies_are_collected_up_to_the_limit() {
    for (parts, limit, want) in [
        (&["abc"][..], 3, Some("abc")),
        (&["abc"], 2, None),
        (&["", "a", "", "b", "c"], 3, Some("abc")),
        (&["a", "b", "c"], 2, None),
        (&["a", "bc"], 2, None),
        (&[], 0, Some("")),
        (&["a"], 0, None),
    ] {
        let whole = chunks(parts).collect(limit).await;
        let in_chunks = chunks(parts).limited(limit).collect(9).await;
        for got in [whole, in_chunks] {
            match (got, want) {
                (Ok(got), Some(want)) => assert_eq!(got, want),
                (Err(error), None) => assert_eq!(error.kind(), &ErrorKind::TooLarge { limit }),
                (got, want) => panic!("{parts:?} up to {limit}: {got:?} in place of {want:?}"),
            }
        }
    }
    let error = Body::from("abc").collect(2).await.expect_err("too long");
    assert_eq!(error.kind(), &ErrorKind::TooLarge { limit: 2 });
}

#[tokio::test]
async fn what_there_is_of_a_body() {
    for (limit, want) in [(0, ""), (1, "a"), (3, "abc"), (4, "abcd"), (9, "abcd")] {
        assert_eq!(chunks(&["ab", "cd"]).collect_some(limit).await, want);
    }
}

#[tokio::test]
async fn one_chunk_is_not_copied() {
    let bytes = Bytes::from("a whole body".to_owned());
    let body = Body::from_stream(stream::iter([Ok::<_, BoxError>(bytes.clone())]));
    assert_eq!(body.collect(100).await.expect("bytes").as_ptr(), bytes.as_ptr());
}

#[tokio::test]
async fn after_an_error_it_is_at_its_end() {
    let parts = [Ok(Bytes::from_static(b"a")), Err(BoxError::from("broken")), Ok(Bytes::from_static(b"b"))];
    let read: Vec<Result<Bytes, Error>> =
        Body::from_stream(stream::iter(parts)).into_stream().collect().await;
    assert!(matches!(read.as_slice(), [Ok(_), Err(_)]), "{read:?}");
}

#[tokio::test]
async fn trailers_are_skipped() {
    let frames = [
        Ok::<_, BoxError>(Frame::data(Bytes::from_static(b"a"))),
        Ok(Frame::trailers(http::HeaderMap::new())),
    ];
    let mut body = Body::new(StreamBody::new(stream::iter(frames)));
    assert_eq!(body.next_chunk().await.expect("a chunk").expect("bytes"), "a");
    assert!(body.next_chunk().await.is_none());
    assert!(body.is_end_stream());
}
