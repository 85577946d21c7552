//! D32, D33, D34: what is decided after which events.

use std::sync::Arc;

use serde_json::{Value, json};
use steersman_json::Document;
use steersman_meta::Object;

use super::{Aim, Goal, LastSeen, Mode, Seen, Verdict, WaitError, WaitState};

/// An event of a table.
enum Event {
    List,
    Object(Value),
    End,
    Gone,
}
use Event::{End, Gone, List};

fn conditions(conditions: &[(&str, &str, &str)]) -> Value {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(kind, status, message)| json!({"type": kind, "status": status, "message": message}))
        .collect();
    json!({"metadata": {"name": "web", "uid": "u"}, "status": {"conditions": conditions}})
}

fn with(list: &[(&str, &str, &str)]) -> Event {
    Event::Object(conditions(list))
}

fn bare(uid: &str) -> Event {
    Event::Object(json!({"metadata": {"name": "web", "uid": uid}}))
}

fn condition(condition_type: &str) -> Goal {
    Goal::Condition { condition_type: condition_type.to_owned(), status: "True".to_owned() }
}

fn aim(goals: Vec<Goal>, mode: Mode, failures: &[&str]) -> Aim {
    Aim::Goals { goals, mode, failures: failures.iter().map(|&one| one.to_owned()).collect() }
}

/// The verdict after the last event; before it, there must be none.
#[track_caller]
fn verdict(aim: Aim, events: Vec<Event>) -> Verdict {
    let mut state = WaitState::new(aim, "widgets/web".to_owned(), None);
    let last = events.len() - 1;
    for (at, event) in events.into_iter().enumerate() {
        let object;
        let verdict = state.see(match event {
            List => Seen::ListBegins,
            Event::Object(value) => {
                object = Object::from_content(value).expect("an object");
                Seen::Object(&object)
            }
            End => Seen::ListEnds,
            Gone => Seen::Gone,
        });
        if at == last {
            return verdict;
        }
        assert_eq!(verdict, Verdict::Wait, "event {at}");
    }
    unreachable!("there is a last event")
}

fn failed(messages: &[&str]) -> Verdict {
    Verdict::Failed(WaitError::Failed { messages: messages.iter().map(|&one| one.to_owned()).collect() })
}

fn deleted() -> Verdict {
    Verdict::Failed(WaitError::Deleted { object: "widgets/web".to_owned() })
}

/// D32: only a condition that is true counts, and success before failure.
#[test]
fn d32_conditions() {
    let ready = |failures: &[&str]| aim(vec![condition("Ready")], Mode::Any, failures);
    for (name, aim, events, want) in [
        ("true", ready(&[]), vec![with(&[("Ready", "True", "")])], Verdict::Met),
        ("false", ready(&[]), vec![with(&[("Ready", "False", "")])], Verdict::Wait),
        ("unknown", ready(&[]), vec![with(&[("Ready", "Unknown", "")])], Verdict::Wait),
        ("other", ready(&[]), vec![with(&[("ready", "True", "")])], Verdict::Wait),
        (
            "later",
            ready(&[]),
            vec![with(&[]), End, with(&[("Ready", "False", "")]), with(&[("Ready", "True", "")])],
            Verdict::Met,
        ),
        (
            "failure, by message",
            ready(&["Bad"]),
            vec![with(&[("Bad", "True", "no disk")])],
            failed(&["no disk"]),
        ),
        ("failure, by type", ready(&["Bad"]), vec![with(&[("Bad", "True", "")])], failed(&["Bad"])),
        ("a failure that is false", ready(&["Bad"]), vec![with(&[("Bad", "False", "fine")])], Verdict::Wait),
        (
            "both in one event: success first",
            ready(&["Bad"]),
            vec![with(&[("Bad", "True", "x"), ("Ready", "True", "")])],
            Verdict::Met,
        ),
        (
            "several failures",
            ready(&["Bad", "Worse"]),
            vec![with(&[("Bad", "True", "a"), ("Odd", "True", "b"), ("Worse", "True", "")])],
            failed(&["a", "Worse"]),
        ),
    ] {
        assert_eq!(verdict(aim, events), want, "{name}");
    }
}

/// D32: any, or all.
#[test]
fn d32_any_and_all() {
    let two = || vec![condition("A"), condition("B")];
    for (mode, list, want) in [
        (Mode::Any, &[("A", "False", ""), ("B", "True", "")][..], Verdict::Met),
        (Mode::Any, &[("A", "False", ""), ("B", "False", "")], Verdict::Wait),
        (Mode::All, &[("A", "False", ""), ("B", "True", "")], Verdict::Wait),
        (Mode::All, &[("A", "True", ""), ("B", "True", "")], Verdict::Met),
    ] {
        assert_eq!(verdict(aim(two(), mode, &[]), vec![with(list)]), want, "{mode:?} {list:?}");
    }
}

/// D32: what was said of an older spec is no news.
#[test]
fn d32_a_condition_of_an_older_spec_does_not_count() {
    let of = |generation: i64| {
        let mut object = conditions(&[("Ready", "True", ""), ("Bad", "True", "old")]);
        object["metadata"]["generation"] = generation.into();
        object["status"]["observedGeneration"] = 1.into();
        Event::Object(object)
    };
    let ready = || aim(vec![condition("Ready")], Mode::Any, &["Bad"]);
    assert_eq!(verdict(ready(), vec![of(2)]), Verdict::Wait);
    assert_eq!(verdict(ready(), vec![of(2), of(1)]), Verdict::Met);
}

/// D33: however it comes to be known.
#[test]
fn d33_deletion_is_always_noticed() {
    let ready = || aim(vec![condition("Ready")], Mode::Any, &[]);
    for (name, events, want) in [
        ("an event says so", vec![with(&[]), End, Gone], deleted()),
        // The upstream client overlooks the deletion of what has no status.
        ("an event, without a status", vec![bare("u"), End, Gone], deleted()),
        ("the next list does not have it", vec![bare("u"), End, List, End], deleted()),
        ("the next list has it", vec![bare("u"), End, List, bare("u"), End], Verdict::Wait),
        ("another one has its name", vec![bare("u"), End, List, bare("v")], deleted()),
        ("it is not there yet", vec![End, List, End], Verdict::Wait),
        ("it comes, and is met", vec![End, bare("u"), with(&[("Ready", "True", "")])], Verdict::Met),
        ("a bookmark in between says nothing", vec![bare("u"), End, End], Verdict::Wait),
    ] {
        assert_eq!(verdict(ready(), events), want, "{name}");
    }
}

/// D33: until it is gone.
#[test]
fn d33_waiting_for_a_deletion() {
    for (name, events, want) in [
        ("it was not there", vec![End], Verdict::Gone),
        ("it goes", vec![bare("u"), End, Gone], Verdict::Gone),
        ("it went while nobody looked", vec![bare("u"), End, List, End], Verdict::Gone),
        ("it was made anew while nobody looked", vec![bare("u"), End, List, bare("v")], Verdict::Gone),
        ("it changes", vec![bare("u"), End, bare("u")], Verdict::Wait),
    ] {
        assert_eq!(verdict(Aim::Deletion, events), want, "{name}");
    }
}

/// D33: another object is not the one that is meant.
#[test]
fn d33_one_certain_object() {
    let ready = aim(vec![condition("Ready")], Mode::Any, &[]);
    let mut state = WaitState::new(ready, "widgets/web".to_owned(), Some("before".to_owned()));
    let other = Object::from_content(conditions(&[("Ready", "True", "")])).expect("an object");
    assert_eq!(state.see(Seen::Object(&other)), deleted(), "it is another object of the same name");
}

/// D34: places, and whatever the caller says.
#[test]
fn d34_paths_and_predicates() {
    let path = |pointer: &str, value: Option<&str>| Goal::Path {
        pointer: pointer.to_owned(),
        value: value.map(|text| Document::parse(text.to_owned()).expect("JSON")),
    };
    let object = json!({"status": {"phase": "Running", "size": 3, "nothing": null}});
    for (goal, want) in [
        (path("/status/phase", Some("\"Running\"")), Verdict::Met),
        (path("/status/phase", Some("\"Pending\"")), Verdict::Wait),
        (path("/status/size", Some("3.0")), Verdict::Met),
        (path("/status/phase", None), Verdict::Met),
        (path("/status/nothing", None), Verdict::Wait),
        (path("/status/nothing", Some("null")), Verdict::Met),
        (path("/status/missing", None), Verdict::Wait),
        (Goal::Predicate(Arc::new(|object| object.at("/status/size").ok() == Some(Some(3)))), Verdict::Met),
        (Goal::Predicate(Arc::new(|_| false)), Verdict::Wait),
    ] {
        let shown = format!("{goal:?}");
        assert_eq!(
            verdict(aim(vec![goal], Mode::Any, &[]), vec![Event::Object(object.clone())]),
            want,
            "{shown}"
        );
    }
}

/// D34: for the error of the deadline.
#[test]
fn d34_what_was_seen_last() {
    let state = || WaitState::new(Aim::Deletion, String::new(), None);
    assert_eq!(state().into_last_seen(), LastSeen::Nothing);
    let mut seen = state();
    let object = Object::from_content(conditions(&[("Ready", "False", "why")])).expect("an object");
    seen.see(Seen::Object(&object));
    assert_eq!(seen.into_last_seen().to_string(), "its conditions were Ready=False");
    let mut absent = WaitState::new(aim(vec![condition("A")], Mode::Any, &[]), String::new(), None);
    absent.see(Seen::ListEnds);
    assert_eq!(absent.into_last_seen(), LastSeen::NoObject);
}
