//! The rules as tables: what happens, and what the machine says to it.

use std::time::{Duration, Instant};

use steersman_meta::{Object, Reason, ResourceVersion, Status, StatusCause, StatusDetails};

use super::{Resume, Settings, Start, Step};
use crate::{DecodeError, Event, Failure, Frame};

/// Plays a script and compares the record. A line of the script is one report, `+SECONDS` lets time pass; behind the
/// arrow stand the event, if there is one, and the step that is due then.
#[track_caller]
fn check(start: Start, settings: Settings, script: &str) {
    let origin = origin();
    let mut now = origin;
    let mut resume = Resume::new(start, settings);
    let mut record = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (report, _) = line.split_once("->").unwrap_or((line, ""));
        let report = report.trim();
        let event = act(&mut resume, report, &mut now);
        let step = resume.next_step(now);
        assert_eq!(resume.next_step(now), step, "asked again, it says the same");
        let event = event.map(|event| show_event(&event) + "; ").unwrap_or_default();
        record += &format!("{report} -> {event}{}\n", show_step(&step, now));
    }
    let script: String =
        script.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect();
    assert_eq!(record, script);
}

#[expect(clippy::disallowed_methods, reason = "no other way to have an instant; only differences count")]
fn origin() -> Instant {
    Instant::now()
}

fn act(resume: &mut Resume, report: &str, now: &mut Instant) -> Option<Event> {
    let words: Vec<_> = report.split(' ').collect();
    let version = |text: &str| ResourceVersion::new(text.replace('-', ""));
    match words[..] {
        ["start"] => None,
        ["item", name, version] => Some(resume.item(pod(name, version))),
        ["listed", text] => resume.listed(version(text)),
        ["list-failed", kind] => resume.list_failed(failure(kind), *now, 0.0),
        ["opened"] => {
            resume.watch_opened(*now);
            None
        }
        ["added", name, version] => resume.frame(Frame::Added(pod(name, version)), *now, 0.0),
        ["modified", name, version] => resume.frame(Frame::Modified(pod(name, version)), *now, 0.0),
        ["deleted", name, version] => resume.frame(Frame::Deleted(pod(name, version)), *now, 0.0),
        ["bookmark", text] => {
            let resource_version = version(text);
            resume.frame(Frame::Bookmark { resource_version, initial_events_end: false }, *now, 0.0)
        }
        ["error", kind] => {
            let Failure::Status { status, .. } = failure(kind) else { panic!("{kind}") };
            resume.frame(Frame::Error(*status), *now, 0.0)
        }
        ["closed"] => resume.closed(*now, 0.0),
        ["failed", kind] => resume.failed(failure(kind), *now, 0.0),
        [seconds] if seconds.starts_with('+') => {
            *now += Duration::from_secs_f64(seconds[1..].parse().unwrap());
            None
        }
        _ => panic!("{report}"),
    }
}

fn pod(name: &str, version: &str) -> Object {
    let version = version.replace('-', "");
    let text = format!(r#"{{"kind":"Pod","metadata":{{"name":"{name}","resourceVersion":"{version}"}}}}"#);
    Object::parse(text).unwrap()
}

/// A failure by its name: `transport`, or a code with what comes with it, such as `429:7`.
fn failure(kind: &str) -> Failure {
    let (code, more) = kind.split_once(':').unwrap_or((kind, ""));
    let mut status = Status::default();
    match (code, more) {
        ("transport", _) => return Failure::Transport,
        ("local", _) => return Failure::Local,
        ("silent", _) => return Failure::Silent,
        ("unreadable", _) => return Failure::Decode(DecodeError::UnknownType { event_type: "X".to_owned() }),
        ("cut-off", _) => {
            return Failure::Decode(DecodeError::Json(steersman_json::Error::Incomplete { offset: 3 }));
        }
        ("Expired", _) => status.reason = Reason::Expired,
        (_, "too-large") => {
            let mut cause = StatusCause::default();
            cause.reason = "ResourceVersionTooLarge".to_owned();
            let mut details = StatusDetails::default();
            details.causes = vec![cause];
            status.details = Some(details);
        }
        (_, "") => {}
        (_, seconds) if seconds.starts_with('h') => {
            let seconds = Duration::from_secs(seconds[1..].parse().unwrap());
            status.code = code.parse().unwrap();
            return Failure::status_with_retry_after(status, Some(seconds));
        }
        (_, seconds) => {
            let mut details = StatusDetails::default();
            details.retry_after_seconds = seconds.parse().unwrap();
            status.details = Some(details);
        }
    }
    status.code = code.parse().unwrap_or_default();
    Failure::status(status)
}

fn show_event(event: &Event) -> String {
    let named = |object: &Object| format!("{} {}", object.name(), object.resource_version().unwrap_or("-"));
    match event {
        Event::Added(object) => format!("Added {}", named(object)),
        Event::Modified(object) => format!("Modified {}", named(object)),
        Event::Deleted(object) => format!("Deleted {}", named(object)),
        Event::Bookmark(bookmark) if bookmark.initial_events_end => {
            format!("End {}", bookmark.resource_version)
        }
        Event::Bookmark(bookmark) => format!("Bookmark {}", bookmark.resource_version),
        Event::Restarted(restarted) => format!("Restarted {:?}", restarted.reason),
    }
}

fn show_step(step: &Step, now: Instant) -> String {
    match step {
        Step::List => "list".to_owned(),
        Step::Watch { resource_version, timeout_seconds } => {
            format!("watch {resource_version} {timeout_seconds}s")
        }
        Step::Read { until } => format!("read {:?}", *until - now),
        Step::Wait { until } => format!("wait {:?}", *until - now),
        Step::End => "end".to_owned(),
        Step::Fail(failure) => format!("fail: {failure}"),
    }
}

#[track_caller]
fn from_list(script: &str) {
    check(Start::List, Settings::default(), script);
}

#[track_caller]
fn from_version(version: &str, script: &str) {
    check(Start::At(ResourceVersion::new(version).unwrap()), Settings::default(), script);
}

/// D35: a clean end is no event; the watch goes on from the last version.
#[test]
fn d35_a_clean_end_is_followed_by_a_watch_from_the_last_version() {
    from_list(
        "start -> list
         item a 3 -> Added a 3; list
         item b 9 -> Added b 9; list
         listed 5 -> End 5; watch 5 300s
         opened -> read 305s
         +10 -> read 295s
         added c 6 -> Added c 6; read 305s
         closed -> watch 6 300s
         opened -> read 305s
         +1 -> read 304s
         closed -> watch 6 300s
         opened -> read 305s
         bookmark 20 -> Bookmark 20; read 180s
         +60 -> read 120s
         modified c 30 -> Modified c 30; read 180s
         deleted c 31 -> Deleted c 31; read 180s
         closed -> watch 31 300s",
    );
}

/// A11: from a version, nothing is listed.
#[test]
fn a11_from_a_version() {
    from_version(
        "7",
        "start -> watch 7 300s
         opened -> read 305s
         deleted a 8 -> Deleted a 8; read 305s",
    );
    from_version("0", "start -> list");
    from_version("abc", "start -> watch abc 300s");
}

#[test]
fn a_version_that_is_forgotten_is_told_once_and_listed_once() {
    for gone in ["error 410", "error Expired", "failed 410"] {
        from_list(&format!(
            "listed 5 -> End 5; watch 5 300s
             opened -> read 305s
             added a 6 -> Added a 6; read 305s
             {gone} -> Restarted Expired; list
             item a 9 -> Added a 9; list
             listed 10 -> End 10; watch 10 300s"
        ));
    }
    // It may not heal: the second time in a row waits, and so on.
    from_version(
        "7",
        "failed 410 -> Restarted Expired; list
         listed 8 -> End 8; watch 8 300s
         failed 410 -> Restarted Expired; wait 800ms
         +0.8 -> list
         listed 8 -> End 8; watch 8 300s
         failed 410 -> Restarted Expired; wait 1.6s
         +1.6 -> list
         listed 9 -> End 9; watch 9 300s
         opened -> read 305s
         added a 10 -> Added a 10; read 305s
         error 410 -> Restarted Expired; list",
    );
}

#[test]
fn a_long_silence_is_a_good_connection() {
    from_version(
        "7",
        "failed 410 -> Restarted Expired; list
         listed 8 -> End 8; watch 8 300s
         opened -> read 305s
         +120 -> read 185s
         closed -> watch 8 300s
         failed 410 -> Restarted Expired; list",
    );
}

#[test]
fn a_version_from_the_future_is_listed_anew() {
    from_version(
        "1200",
        "failed 504:too-large -> Restarted ResourceVersionTooLarge; wait 800ms
         +0.8 -> list
         listed 1000 -> End 1000; watch 1000 300s",
    );
}

#[test]
fn what_heals_is_tried_again_without_a_list() {
    for fault in ["transport", "silent", "cut-off", "408", "425", "429", "500", "502", "503", "504"] {
        from_version(
            "7",
            &format!(
                "failed {fault} -> wait 800ms
                 +0.8 -> watch 7 300s
                 failed {fault} -> wait 1.6s
                 +1 -> wait 600ms
                 +0.6 -> watch 7 300s
                 opened -> read 305s
                 failed {fault} -> wait 3.2s
                 +3.2 -> watch 7 300s
                 opened -> read 305s
                 bookmark 8 -> Bookmark 8; read 180s
                 failed {fault} -> wait 800ms
                 +0.8 -> watch 8 300s
                 failed {fault} -> wait 1.6s
                 +1.6 -> watch 8 300s
                 opened -> read 305s
                 +120 -> read 185s
                 failed {fault} -> wait 800ms"
            ),
        );
    }
    from_version(
        "7",
        "opened -> read 305s
         error 500 -> wait 800ms
         +0.8 -> watch 7 300s",
    );
}

#[test]
fn retry_after_is_honoured() {
    from_version(
        "7",
        "failed 429:7 -> wait 7s
         +7 -> watch 7 300s
         failed 429:1 -> wait 1.6s
         +1.6 -> watch 7 300s
         failed 503:h9 -> wait 9s
         +9 -> watch 7 300s
         failed 429:4000000000 -> wait 600s",
    );
    from_list(
        "list-failed 429:7 -> wait 7s
         +7 -> list",
    );
}

#[test]
fn what_does_not_heal_ends_the_watch() {
    for fault in ["400", "401", "403", "404", "405", "406", "415", "422"] {
        for report in [format!("failed {fault}"), format!("error {fault}")] {
            from_version(
                "7",
                &format!(
                    "opened -> read 305s
                     added a 8 -> Added a 8; read 305s
                     {report} -> fail: the server refused
                     +100 -> fail: the server refused
                     opened -> fail: the server refused"
                ),
            );
        }
        from_list(&format!("list-failed {fault} -> fail: the server refused"));
    }
    from_version("7", "failed local -> fail: the request cannot be made");
    from_list("list-failed local -> fail: the request cannot be made");
    from_list("listed - -> fail: the list names no resourceVersion to watch from");
}

#[test]
fn a_list_that_breaks_off_is_told_if_its_objects_were() {
    from_list(
        "list-failed transport -> wait 800ms
         +0.8 -> list
         item a 1 -> Added a 1; list
         list-failed 410 -> Restarted ListBroken; wait 1.6s
         +1.6 -> list
         list-failed 503 -> wait 3.2s
         +3.2 -> list
         item a 1 -> Added a 1; list
         listed 5 -> End 5; watch 5 300s",
    );
}

#[test]
fn versions_are_never_empty_and_never_go_back() {
    from_list(
        "item a 90 -> Added a 90; list
         listed 50 -> End 50; watch 50 300s
         opened -> read 305s
         +2 -> read 303s
         added b - -> Added b -; read 305s
         bookmark - -> read 180s
         closed -> watch 50 300s
         opened -> read 305s
         +2 -> read 303s
         added b 100 -> Added b 100; read 305s
         added c 99 -> Added c 99; read 305s
         bookmark 98 -> Bookmark 98; read 180s
         closed -> watch 100 300s",
    );
}

#[test]
fn connections_that_end_at_once() {
    // The first that brought something is no matter; when it goes on so, it slows down.
    from_version(
        "7",
        "opened -> read 305s
         added a 8 -> Added a 8; read 305s
         closed -> watch 8 300s
         opened -> read 305s
         added a 9 -> Added a 9; read 305s
         closed -> wait 800ms
         +0.8 -> watch 9 300s
         opened -> read 305s
         +1 -> read 304s
         closed -> watch 9 300s",
    );
    // Nothing at all, three times: the version may be one that this server silently refuses.
    from_version(
        "7",
        "opened -> read 305s
         closed -> wait 800ms
         +0.8 -> watch 7 300s
         opened -> read 305s
         +0.9 -> read 304.1s
         closed -> wait 1.6s
         +1.6 -> watch 7 300s
         opened -> read 305s
         closed -> Restarted ClosedAtOnce; wait 3.2s
         +3.2 -> list
         listed 9 -> End 9; watch 9 300s
         opened -> read 305s
         closed -> wait 6.4s",
    );
}

#[test]
fn what_cannot_be_read_is_passed_over_by_a_list() {
    from_version(
        "7",
        "opened -> read 305s
         added a 8 -> Added a 8; read 305s
         failed unreadable -> wait 800ms
         +0.8 -> watch 8 300s
         opened -> read 305s
         failed unreadable -> Restarted Undecodable; wait 1.6s
         +1.6 -> list
         listed 20 -> End 20; watch 20 300s
         opened -> read 305s
         added a 21 -> Added a 21; read 305s
         failed unreadable -> wait 800ms",
    );
    from_version(
        "7",
        "failed unreadable -> wait 800ms
         +0.8 -> watch 7 300s
         failed unreadable -> Restarted Undecodable; wait 1.6s
         +1.6 -> list
         list-failed unreadable -> wait 3.2s
         +3.2 -> list
         listed 20 -> End 20; watch 20 300s
         failed unreadable -> Restarted Undecodable; wait 6.4s
         +6.4 -> list
         list-failed unreadable -> fail: the server's answer cannot be read",
    );
}

/// B22, A34: with a time limit the server ends the watch, and it stays ended.
#[test]
fn b22_a34_a_time_limit_ends_the_watch() {
    let settings = || Settings { timeout: Some(Duration::from_secs(60)), ..Settings::default() };
    check(
        Start::List,
        settings(),
        "+100 -> list
         listed 5 -> End 5; watch 5 60s
         opened -> read 65s
         +20.5 -> read 44.5s
         added a 6 -> Added a 6; read 44.5s
         failed transport -> wait 800ms
         +0.8 -> watch 6 39s
         opened -> read 43.7s
         +38.7 -> read 5s
         closed -> end
         +1 -> end",
    );
    check(
        Start::List,
        settings(),
        "listed 5 -> End 5; watch 5 60s
         opened -> read 65s
         +10 -> read 55s
         closed -> watch 5 50s",
    );
    // A server that does not end it.
    check(
        Start::List,
        settings(),
        "listed 5 -> End 5; watch 5 60s
         opened -> read 65s
         +64 -> read 1s
         added a 6 -> Added a 6; read 1s
         +1 -> end",
    );
    // A limit beyond a connection's, and one beyond the clock's.
    for timeout in [Duration::from_secs(3600), Duration::MAX] {
        check(
            Start::List,
            Settings { timeout: Some(timeout), ..Settings::default() },
            "listed 5 -> End 5; watch 5 300s
             opened -> read 305s
             +300 -> read 5s
             closed -> watch 5 300s",
        );
    }
    // No wait goes beyond it.
    check(
        Start::List,
        settings(),
        "listed 5 -> End 5; watch 5 60s
         +59.5 -> watch 5 1s
         failed transport -> wait 500ms
         +0.5 -> end",
    );
}

#[test]
fn reports_that_do_not_belong_to_the_step_are_ignored() {
    from_list(
        "opened -> list
         closed -> list
         added a 1 -> list
         failed 404 -> list
         listed 5 -> End 5; watch 5 300s
         listed 9 -> watch 5 300s
         list-failed 404 -> watch 5 300s
         closed -> watch 5 300s
         failed transport -> wait 800ms
         opened -> wait 800ms
         added a 6 -> wait 800ms",
    );
}

#[test]
fn connections_last_between_five_and_ten_minutes() {
    for (spread, want) in
        [(0.0, 300), (0.5, 450), (0.999, 599), (1.0, 600), (9.0, 600), (-1.0, 300), (f64::NAN, 300)]
    {
        let settings = Settings { spread, ..Settings::default() };
        check(Start::At(ResourceVersion::new("7").unwrap()), settings, &format!("start -> watch 7 {want}s"));
    }
}

/// How many requests an hour of nothing but failures costs.
#[test]
fn an_outage_costs_few_requests() {
    let start = origin();
    for report in ["failed transport", "failed 429", "failed 503", "closed"] {
        let (mut now, mut requests) = (start, 0);
        let mut resume = Resume::new(Start::At(ResourceVersion::new("7").unwrap()), Settings::default());
        while now < start + Duration::from_secs(3600) {
            match resume.next_step(now) {
                Step::Watch { .. } => {
                    requests += 1;
                    resume.watch_opened(now);
                }
                Step::Read { .. } => drop(act(&mut resume, report, &mut now)),
                Step::List => {
                    requests += 1;
                    let _ = resume.listed(ResourceVersion::new("7"));
                }
                Step::Wait { until } => now = until,
                step => panic!("{report}: {step:?}"),
            }
        }
        assert!(requests < 3600 / 20, "{report}: {requests}");
        assert!(resume.failures() > 100, "{report}");
    }
}
