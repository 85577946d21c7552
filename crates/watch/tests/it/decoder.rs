//! From bytes to frames, however they are cut.

use std::error::Error as _;

use bytes::Bytes;
use steersman_watch::{Decoder, Frame};

/// What comes out, a line each.
fn outcome(chunks: &[&[u8]], limit: usize) -> String {
    let mut decoder = Decoder::new(limit);
    let mut record = String::new();
    for chunk in chunks {
        decoder.push(Bytes::copy_from_slice(chunk));
        loop {
            match decoder.next() {
                Ok(Some(frame)) => record += &show(&frame),
                Ok(None) => break,
                Err(error) if is_final(&error) => {
                    return record + &format!("{error}: {:?}\n", error.source().map(ToString::to_string));
                }
                Err(error) => record += &format!("{error}\n"),
            }
        }
    }
    loop {
        match decoder.finish() {
            Ok(Some(frame)) => record += &show(&frame),
            Ok(None) => return record,
            Err(error) if is_final(&error) => {
                return record + &format!("{error}: {:?}\n", error.source().map(ToString::to_string));
            }
            Err(error) => record += &format!("{error}\n"),
        }
    }
}

fn is_final(error: &steersman_watch::DecodeError) -> bool {
    matches!(error, steersman_watch::DecodeError::Json(_) | steersman_watch::DecodeError::NotJson { .. })
}

fn show(frame: &Frame) -> String {
    match frame {
        Frame::Added(object) => format!("ADDED {} {:?}\n", object.name(), object.resource_version()),
        Frame::Modified(object) => format!("MODIFIED {} {:?}\n", object.name(), object.resource_version()),
        Frame::Deleted(object) => format!("DELETED {} {:?}\n", object.name(), object.resource_version()),
        Frame::Bookmark { resource_version, initial_events_end, .. } => {
            format!("BOOKMARK {resource_version:?} {initial_events_end}\n")
        }
        Frame::Error(status) => format!("ERROR {} {} {status}\n", status.code, status.reason),
        _ => "?\n".to_owned(),
    }
}

#[track_caller]
fn check(body: &str, want: &str) {
    let whole = outcome(&[body.as_bytes()], 1000);
    assert_eq!(whole, want);
    for at in 0..=body.len() {
        let (head, tail) = body.as_bytes().split_at(at);
        assert_eq!(outcome(&[head, tail], 1000).lines().count(), want.lines().count(), "cut at {at}");
    }
    if !want.contains("it begins") {
        let bytes: Vec<_> = body.as_bytes().chunks(1).collect();
        assert_eq!(outcome(&bytes, 1000), want, "byte by byte");
    }
}

#[test]
fn events() {
    check("", "");
    check("\r\n\n", "");
    check(
        concat!(
            r#"{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"é😀","resourceVersion":"1"}}}"#,
            "\n",
            r#"{"object":{"metadata":{"name":"\u00e9","resourceVersion":"2"}},"type":"MODIFIED","more":1}"#,
            "\r\n{\n  \"type\": \"DELETED\",\n  \"object\": {\"metadata\": {\"name\": \"c\"}}\n}\n",
            r#"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"7"}}}"#,
            r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"8","annotations":{"k8s.io/initial-events-end":"true"}}}}"#,
            r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":""}}}"#,
            r#"{"type":"BOOKMARK"}"#,
            r#"{"type":"ERROR","object":{"kind":"Status","status":"Failure","message":"too old","reason":"Expired","code":410}}"#,
        ),
        "ADDED é😀 Some(\"1\")\nMODIFIED é Some(\"2\")\nDELETED c None\nBOOKMARK Some(\"7\") false\n\
         BOOKMARK Some(\"8\") true\nBOOKMARK None false\nBOOKMARK None false\nERROR 410 Expired too old\n",
    );
}

#[test]
fn a_status_that_stands_alone_is_an_error() {
    check(
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#,
        "ERROR 401 Unauthorized Unauthorized\n",
    );
}

#[test]
fn what_is_no_event_is_an_error_and_the_rest_can_be_read() {
    check(
        concat!(
            r#"{"type":"RENAMED","object":{}}"#,
            r#"{"type":"ADDED"}"#,
            r#"{"type":"ADDED","object":null}"#,
            r#"{"type":"ADDED","object":[1]}"#,
            r#"{"type":"ADDED","object":{"metadata":{"name":3}}}"#,
            r#"{"type":"ERROR","object":{"kind":"Pod"}}"#,
            r#"{"type":"ERROR"}"#,
            r#"{"type":7,"object":{}}"#,
            r#"{"kind":"SecretList","items":[{"data":{"password":"hunter2"}}]}"#,
            r#"[1] {} "text" "#,
            r#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#,
        ),
        "unknown type of watch event: \"RENAMED\"
a watch event of type ADDED without an object
a watch event of type ADDED without an object
the object of a watch event of type ADDED cannot be read
the object of a watch event of type ADDED cannot be read
an ERROR event that brings no Status: an object of kind Pod
an ERROR event without a Status
not a watch event: an object without a kind
not a watch event: an object of kind SecretList
not a watch event: an array
not a watch event: an object without a kind
not a watch event: \"text\"
ADDED a None
",
    );
}

#[test]
fn what_is_no_json_is_shown_in_short() {
    let event = r#"{"type":"BOOKMARK"}"#;
    let long = format!("{event}\nno healthy upstream{}", "x".repeat(200));
    for (body, want) in [
        ("<html><body>Sign in", "<html><body>Sign in"),
        ("\n\n<html>\r\n\t<b>é", "<html><b>é"),
        ("no healthy upstream", "no healthy upstream"),
        ("\u{1f}\u{8b}binary", "\u{8b}binary"),
        (&long, &format!("no healthy upstream{}…", "x".repeat(61))),
    ] {
        let record = outcome(&[body.as_bytes()], 1000);
        let want =
            format!("the watch's body is not JSON: it begins {:?}: None\n", want.replace('\u{8b}', ""));
        assert_eq!(record.lines().last().map(|line| format!("{line}\n")), Some(want), "{body}");
    }
    check(
        "404 page not found",
        "not a watch event: 404\nthe watch's body is not JSON: it begins \"page not found\": None\n",
    );
}

#[test]
fn no_content_of_an_object_is_shown() {
    for (body, want) in [
        (r#"{"type":"ADDED","object":{"data":"hunter2"}"#, "the JSON text ends too early, at byte 43"),
        (r#"{"type":"ADDED","object":{"data":"hunter2"}]"#, "not JSON at byte 43: expected a comma or }"),
        (r#"{"hunter2""#, "the JSON text ends too early, at byte 10"),
        (r#"{hunter2"#, "not JSON at byte 1: expected a key or }"),
    ] {
        check(body, &format!("the watch's body cannot be read: Some({want:?})\n"));
    }
}

#[test]
fn an_event_that_is_too_long_is_refused() {
    let event = |size: usize| {
        format!(r#"{{"type":"ADDED","object":{{"metadata":{{"name":"{}"}}}}}}"#, "a".repeat(size))
    };
    let overhead = event(0).len();
    assert!(outcome(&[event(500 - overhead).as_bytes()], 500).starts_with("ADDED"));
    let want = "the watch's body cannot be read: Some(\"a JSON document is longer than 500 bytes\")\n";
    assert_eq!(outcome(&[event(501 - overhead).as_bytes()], 500), want);
}

#[test]
fn objects_share_the_chunk() {
    let chunk = Bytes::from(r#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#);
    let mut decoder = Decoder::default();
    decoder.push(chunk.clone());
    let Ok(Some(Frame::Added(object))) = decoder.next() else { panic!("an event") };
    assert_eq!(object.document().bytes().as_ptr(), chunk[25..].as_ptr());
    assert_eq!(decoder.buffered(), 0);
}
