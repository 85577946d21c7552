//! The rules as tables: what happens, and what the machine says to it.

use std::time::{Duration, Instant};

use steersman_meta::{Object, Reason, ResourceVersion, Status, StatusCause, StatusDetails};

use super::{InitialEvents, Resume, Settings, Start, Step};
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
        ["retried", kind, seconds] => {
            resume.retried(failure(kind), Duration::from_secs(seconds.parse().unwrap()), *now, 0.0)
        }
        ["checked", text] => resume.checked(version(text).as_ref()),
        ["stop"] => {
            resume.stop();
            None
        }
        ["give-up", kind] => {
            resume.give_up(failure(kind));
            None
        }
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
        ["end", text] => {
            let resource_version = version(text);
            resume.frame(Frame::Bookmark { resource_version, initial_events_end: true }, *now, 0.0)
        }
        ["error", kind] => {
            let Failure::Status { status, .. } = failure(kind) else { panic!("{kind}") };
            resume.frame(Frame::Error(*status), *now, 0.0)
        }
        ["closed"] => resume.closed(*now, 0.0),
        ["elapsed"] => resume.elapsed(*now),
        ["listens"] => {
            resume.listens(*now);
            None
        }
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
        Event::Vanished(vanished) => format!("Vanished {}", vanished.name),
    }
}

fn show_step(step: &Step, now: Instant) -> String {
    match step {
        Step::Check => "check".to_owned(),
        Step::List { limit } if limit.get() == 500 => "list".to_owned(),
        Step::List { limit } => format!("list {limit}"),
        Step::WatchList { timeout_seconds } => format!("watch-list {timeout_seconds}s"),
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
    check(Start::List, listing(), script);
}

/// The settings of a watch that gets lists.
fn listing() -> Settings {
    Settings { initial_events: InitialEvents::Listed, ..Settings::default() }
}

/// A watch that asks for streamed lists.
#[track_caller]
fn streaming(script: &str) {
    check(Start::List, Settings::default(), script);
}

#[track_caller]
fn from_version(version: &str, script: &str) {
    check(Start::At(ResourceVersion::new(version).unwrap()), listing(), script);
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
         opened -> read 120s
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
         error 410 -> Restarted Expired; wait 3.2s
         +3.2 -> list
         listed 11 -> End 11; watch 11 300s
         opened -> read 305s
         added a 12 -> Added a 12; read 305s
         +10 -> read 295s
         error 410 -> Restarted Expired; list",
    );
    // A streamed list is no sign that its version will be kept, either.
    streaming(
        "opened -> read 10s
         added a 3 -> Added a 3; read 10s
         end 5 -> End 5; read 180s
         error 410 -> Restarted Expired; watch-list 300s
         opened -> read 10s
         end 5 -> End 5; read 180s
         error 410 -> Restarted Expired; wait 800ms
         +0.8 -> watch-list 300s
         opened -> read 10s
         end 5 -> End 5; read 180s
         error 410 -> Restarted Expired; wait 1.6s",
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
                 opened -> read 120s
                 failed {fault} -> wait 3.2s
                 +3.2 -> watch 7 300s
                 opened -> read 120s
                 bookmark 8 -> Bookmark 8; read 180s
                 +1 -> read 179s
                 failed {fault} -> wait 800ms
                 +0.8 -> watch 8 300s
                 failed {fault} -> wait 1.6s
                 +1.6 -> watch 8 300s
                 opened -> read 120s
                 +120 -> check
                 checked - -> read 60s
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
        "failed 429:7 -> wait 7s
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
        from_list(&format!("failed {fault} -> fail: the server refused"));
    }
    from_version("7", "failed local -> fail: the request cannot be made");
    from_list("failed local -> fail: the request cannot be made");
    from_list("listed - -> fail: the list names no resourceVersion to watch from");
}

#[test]
fn a_list_that_breaks_off_is_told_if_its_objects_were() {
    from_list(
        "failed transport -> wait 800ms
         +0.8 -> list
         item a 1 -> Added a 1; list
         failed 410 -> Restarted ListBroken; wait 1.6s
         +1.6 -> list 1000
         failed 503 -> wait 3.2s
         +3.2 -> list 1000
         item a 1 -> Added a 1; list 1000
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
         opened -> read 180s
         +2 -> read 178s
         added b 100 -> Added b 100; read 180s
         added c 99 -> read 60s
         bookmark 98 -> read 60s
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
         opened -> read 120s
         +1 -> read 119s
         closed -> watch 9 300s",
    );
    // Nothing at all, three times: the version may be one that this server silently refuses.
    from_version(
        "7",
        "opened -> read 305s
         closed -> wait 800ms
         +0.8 -> watch 7 300s
         opened -> read 120s
         +0.9 -> read 119.1s
         closed -> wait 1.6s
         +1.6 -> watch 7 300s
         opened -> read 120s
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
         opened -> read 120s
         failed unreadable -> Restarted Undecodable; wait 1.6s
         +1.6 -> list
         listed 20 -> End 20; watch 20 300s
         opened -> read 305s
         added a 21 -> Added a 21; read 305s
         +1 -> read 304s
         failed unreadable -> wait 800ms",
    );
    // What comes again is no progress.
    from_version(
        "7",
        "opened -> read 305s
         bookmark 7 -> Bookmark 7; read 180s
         failed unreadable -> wait 800ms
         +0.8 -> watch 7 300s
         opened -> read 120s
         bookmark 7 -> Bookmark 7; read 180s
         failed unreadable -> Restarted Undecodable; wait 1.6s",
    );
    from_version(
        "7",
        "failed unreadable -> wait 800ms
         +0.8 -> watch 7 300s
         failed unreadable -> Restarted Undecodable; wait 1.6s
         +1.6 -> list
         failed unreadable -> wait 3.2s
         +3.2 -> list
         listed 20 -> End 20; watch 20 300s
         failed unreadable -> Restarted Undecodable; wait 6.4s
         +6.4 -> list
         failed unreadable -> fail: the server's answer cannot be read",
    );
}

/// B22, A34: with a time limit the server ends the watch, and it stays ended.
#[test]
fn b22_a34_a_time_limit_ends_the_watch() {
    let settings = || Settings { timeout: Some(Duration::from_secs(60)), ..listing() };
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
            Settings { timeout: Some(timeout), ..listing() },
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
         checked 1 -> list
         listed 5 -> End 5; watch 5 300s
         listed 9 -> watch 5 300s
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
        let mut resume = Resume::new(Start::At(ResourceVersion::new("7").unwrap()), listing());
        while now < start + Duration::from_secs(3600) {
            match resume.next_step(now) {
                Step::Watch { .. } => {
                    requests += 1;
                    resume.watch_opened(now);
                }
                Step::Read { .. } => drop(act(&mut resume, report, &mut now)),
                Step::List { .. } => {
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

/// The objects come on the watch itself, and it goes on from the version of the bookmark that closes them.
#[test]
fn a_streamed_list() {
    streaming(
        "start -> watch-list 300s
         opened -> read 10s
         added a 90 -> Added a 90; read 10s
         +9 -> read 1s
         modified a 2 -> Modified a 2; read 10s
         deleted a 3 -> Deleted a 3; read 10s
         end 50 -> End 50; read 180s
         added b 51 -> Added b 51; read 180s
         +300 -> read 0ns
         closed -> watch 51 300s
         failed 410 -> Restarted Expired; watch-list 300s
         opened -> read 10s
         end 60 -> End 60; read 180s
         +2 -> read 178s
         closed -> watch 60 300s",
    );
}

/// Reliability 2.23: what a server does that has no streamed lists, and that it is asked once.
#[test]
fn a_server_without_streamed_lists_gets_lists() {
    for refusal in ["failed 400", "failed 403", "failed 405", "failed 422", "failed 501"] {
        streaming(&format!(
            "{refusal} -> list
             listed 5 -> End 5; watch 5 300s
             failed 410 -> Restarted Expired; list"
        ));
    }
    for refusal in ["error 422", "failed silent", "bookmark 7", "bookmark -", "end -"] {
        streaming(&format!(
            "opened -> read 10s
             {refusal} -> list
             listed 5 -> End 5; watch 5 300s
             failed 410 -> Restarted Expired; list"
        ));
        streaming(&format!(
            "opened -> read 10s
             added a 1 -> Added a 1; read 10s
             {refusal} -> Restarted ListBroken; list
             item a 1 -> Added a 1; list
             listed 5 -> End 5; watch 5 300s"
        ));
    }
    // Closed when it was due, or never silent and never complete.
    streaming(
        "opened -> read 10s
         +296 -> read 0ns
         closed -> list",
    );
    streaming(
        "opened -> read 10s
         +3901 -> read 0ns
         added a 1 -> list",
    );
}

/// What may heal is tried again with a streamed list; three that break off are enough.
#[test]
fn a_streamed_list_that_breaks_off() {
    streaming(
        "failed 429:7 -> wait 7s
         +7 -> watch-list 300s
         failed transport -> wait 1.6s
         +1.6 -> watch-list 300s
         opened -> read 10s
         added a 1 -> Added a 1; read 10s
         failed cut-off -> Restarted ListBroken; wait 3.2s
         +3.2 -> watch-list 300s
         opened -> read 10s
         closed -> wait 6.4s
         +6.4 -> watch-list 300s
         opened -> read 10s
         error 500 -> wait 12.8s
         +12.8 -> list",
    );
    for fault in ["401", "404", "local"] {
        let why = if fault == "local" { "the request cannot be made" } else { "the server refused" };
        streaming(&format!("failed {fault} -> fail: {why}"));
    }
}

/// Reliability 2.17: pages grow where tokens expire, and not without end.
#[test]
fn continue_tokens_that_expire() {
    from_list(
        "item a 1 -> Added a 1; list
         failed 410 -> Restarted ListBroken; wait 800ms
         +0.8 -> list 1000
         failed 410 -> wait 1.6s
         +1.6 -> list 2000
         failed 410 -> wait 3.2s
         +3.2 -> list 4000
         failed 410 -> wait 6.4s
         +6.4 -> list 8000
         failed 410 -> fail: the server refused",
    );
    from_list(
        "failed 410 -> wait 800ms
         +0.8 -> list 1000
         listed 5 -> End 5; watch 5 300s
         failed 410 -> Restarted Expired; list",
    );
}

/// The same change is told once; what a server replays is left out, and after a minute all is told anew.
#[test]
fn repeated_events_are_left_out() {
    from_version(
        "7",
        "opened -> read 305s
         added a 8 -> Added a 8; read 305s
         added a 8 -> read 305s
         added b 8 -> Added b 8; read 305s
         added a 7 -> read 60s
         +10 -> read 50s
         added c 9 -> Added c 9; read 50s
         +50 -> read 0ns
         failed silent -> Restarted WentBack; list
         item a 8 -> Added a 8; list
         listed 10 -> End 10; watch 10 300s
         opened -> read 305s
         added a 10 -> read 120s
         +120 -> read 0ns
         added d 11 -> Added d 11; read 0ns
         closed -> Restarted WentBack; list",
    );
    // Versions without an order: only the very same change is left out.
    from_version(
        "x",
        "opened -> read 305s
         added a y -> Added a y; read 305s
         added a y -> read 305s
         added a x -> Added a x; read 305s
         added a - -> Added a -; read 305s
         added a - -> Added a -; read 305s",
    );
}

/// Reliability 2.9: an old bookmark moves nothing back; if the server does not catch up, its data comes from a backup.
#[test]
fn a_server_that_has_gone_back() {
    from_version(
        "1200",
        "opened -> read 305s
         bookmark 1000 -> read 60s
         +30 -> read 30s
         bookmark 1200 -> Bookmark 1200; read 180s
         +30 -> read 150s
         bookmark 1000 -> read 60s
         +30 -> read 30s
         closed -> watch 1200 300s
         opened -> read 30s
         +30 -> read 0ns
         failed silent -> Restarted WentBack; list",
    );
    // It says nothing at all: behind a failure, the newest version is looked at.
    from_version(
        "1200",
        "opened -> read 305s
         failed transport -> wait 800ms
         +0.8 -> watch 1200 300s
         opened -> read 120s
         +119 -> read 1s
         +1 -> check
         checked 1200 -> read 185s
         failed transport -> wait 800ms
         +0.8 -> watch 1200 300s
         opened -> read 120s
         +120 -> check
         checked 1000 -> Restarted WentBack; list",
    );
}

#[test]
fn somebody_else_decides() {
    from_version("7", "stop -> end");
    from_version("7", "give-up 503 -> fail: the server refused");
    from_version(
        "7",
        "retried 403 0 -> wait 800ms
         +0.8 -> watch 7 300s
         retried 503 9 -> wait 9s
         +9 -> watch 7 300s
         retried 410 4 -> Restarted Expired; wait 4s
         +4 -> list
         retried 404 0 -> wait 3.2s
         +3.2 -> list
         listed 8 -> End 8; watch 8 300s",
    );
    streaming(
        "retried 401 0 -> wait 800ms
         +0.8 -> watch-list 300s
         retried 422 0 -> list",
    );
}

/// G6: a thousand watches of one client that are cut together come back one after another, whatever cut them.
#[test]
fn g6_a_herd_spreads_out() {
    for (cut, answer) in [("failed transport", "opened"), ("closed", "opened"), ("failed 429", "failed 503")]
    {
        let (origin, mut rng) = (origin(), fastrand::Rng::with_seed(7));
        let minute = Duration::from_secs(60);
        let (mut requests, mut connects) = (0, Vec::new());
        for _ in 0..1000 {
            let mut resume = Resume::new(Start::At(ResourceVersion::new("7").unwrap()), listing());
            resume.set_siblings(999);
            let mut now = origin;
            resume.watch_opened(now);
            now += Duration::from_secs(5);
            let cut_at = now;
            let report = |resume: &mut Resume, report: &str, now, jitter| match report {
                "opened" => resume.watch_opened(now),
                "closed" => drop(resume.closed(now, jitter)),
                _ => drop(resume.failed(failure(report.strip_prefix("failed ").unwrap()), now, jitter)),
            };
            report(&mut resume, cut, now, rng.f64());
            let mut first = true;
            loop {
                match resume.next_step(now) {
                    Step::Watch { .. } => {
                        requests += 1;
                        if first {
                            connects.push(now - cut_at);
                        }
                        first = false;
                        report(&mut resume, answer, now, rng.f64());
                    }
                    Step::Wait { until } => now = until,
                    Step::Read { .. } => break,
                    step => panic!("{step:?}"),
                }
                if now > cut_at + minute {
                    break;
                }
            }
        }
        connects.sort();
        let busiest = |window: Duration| {
            connects
                .iter()
                .map(|from| connects.iter().filter(|at| (*from..*from + window).contains(*at)).count())
                .max()
        };
        assert!(busiest(Duration::from_secs(1)) <= Some(150), "{cut}: {:?}", busiest(Duration::from_secs(1)));
        assert!(connects[999] - connects[0] >= Duration::from_secs(20), "{cut}: {:?}", connects[999]);
        assert!(requests <= 5 * 1000, "{cut}: {requests}");
    }
}

/// G3: a watch that is alone comes back soon.
#[test]
fn g3_the_first_wait_is_short() {
    let mut resume = Resume::new(Start::At(ResourceVersion::new("7").unwrap()), listing());
    let now = origin();
    assert_eq!(resume.failed(Failure::Transport, now, 1.0), None);
    assert_eq!(resume.next_step(now), Step::Wait { until: now + Duration::from_millis(1600) });
}

/// Reliability 2.31: a server that ends each connection at once, ten thousand times.
#[test]
fn ends_at_once_ten_thousand_times() {
    for initial_events in [InitialEvents::Listed, InitialEvents::Streamed] {
        let start = origin();
        let (mut now, mut requests, mut ends) = (start, 0_u32, 0);
        let settings = Settings { initial_events, ..Settings::default() };
        let mut resume = Resume::new(Start::List, settings);
        while ends < 10_000 {
            match resume.next_step(now) {
                Step::Watch { .. } | Step::WatchList { .. } => {
                    requests += 1;
                    resume.watch_opened(now);
                }
                Step::Read { .. } => {
                    ends += 1;
                    let _ = resume.closed(now, 0.5);
                }
                Step::List { .. } => {
                    requests += 1;
                    let _ = resume.listed(ResourceVersion::new("7"));
                }
                Step::Wait { until } => now = until,
                step => panic!("{step:?}"),
            }
        }
        let rate = f64::from(requests) / (now - start).as_secs_f64();
        assert!(rate <= 0.25, "{initial_events:?}: {rate} requests a second");
    }
}

/// A consumer that pauses is no silence of the server; and bytes are none either.
#[test]
fn silence_counts_from_when_somebody_listens() {
    streaming(
        "opened -> read 10s
         added a 3 -> Added a 3; read 10s
         +60 -> read 0ns
         listens -> read 10s
         +9 -> read 1s
         listens -> read 10s
         end 5 -> End 5; read 180s
         +600 -> read 0ns
         listens -> read 180s",
    );
}

/// A server that sends bookmarks does so on each connection.
#[test]
fn bookmarks_are_remembered() {
    from_version(
        "7",
        "opened -> read 305s
         +2 -> read 303s
         bookmark 8 -> Bookmark 8; read 180s
         closed -> watch 8 300s
         opened -> read 180s",
    );
}

/// A server that went back is told as that, and not as silence.
#[test]
fn a_suspicion_comes_due_by_itself() {
    from_version(
        "7",
        "opened -> read 305s
         added a 9 -> Added a 9; read 305s
         added b 8 -> read 60s
         +59 -> read 1s
         elapsed -> read 1s
         +1 -> read 0ns
         elapsed -> Restarted WentBack; list",
    );
}

/// Connections that bring what was seen, and end, are no progress: the waits grow.
#[test]
fn repeats_are_no_progress() {
    from_version(
        "7",
        "opened -> read 305s
         bookmark 7 -> Bookmark 7; read 180s
         closed -> watch 7 300s
         opened -> read 180s
         bookmark 7 -> Bookmark 7; read 180s
         closed -> wait 800ms
         +0.8 -> watch 7 300s
         opened -> read 120s
         bookmark 7 -> Bookmark 7; read 180s
         closed -> wait 1.6s",
    );
}

/// A time limit counts from the first step, and binds while the server is away.
#[test]
fn a_time_limit_before_the_watch_is_open() {
    let settings = Settings { timeout: Some(Duration::from_secs(10)), ..listing() };
    check(
        Start::List,
        settings,
        "start -> list
         retried 503 60 -> wait 10s
         +10 -> end",
    );
}

/// However long a caller wants to wait, the clock does not run over its end.
#[test]
fn the_longest_wait() {
    let mut resume = Resume::new(Start::List, listing());
    let now = origin();
    assert!(resume.retried(Failure::Local, Duration::MAX, now, 0.0).is_none());
    assert!(
        matches!(resume.next_step(now), Step::Wait { until } if until > now + Duration::from_secs(1 << 29))
    );
}

/// A list of the version 0, which means any, is none to go on from.
#[test]
fn a_list_of_any_version() {
    from_list("listed 0 -> fail: the list names no resourceVersion to watch from");
}
