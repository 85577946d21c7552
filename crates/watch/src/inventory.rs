//! What a consumer has been told to be there.

use std::{collections::BTreeMap, iter};

use steersman_meta::{Object, ResourceVersion};

use crate::{
    Event, Start, Vanished,
    version::{Order, order},
};

/// Remembers which objects a consumer knows, so that lost history becomes a difference.
///
/// The events of a [`Resume`](crate::Resume) go [through](Self::pass) it. Between [`Event::Restarted`] and the bookmark
/// that closes the list only what has changed is then told: nothing of an object with the same uid and version,
/// [`Event::Modified`] for one that has another version, and in front of the bookmark [`Event::Vanished`] for each that is
/// gone. An object that was deleted and created anew is told as both. A change that was told before, or is older than
/// what was told of its object, is left out.
///
/// It keeps name, uid and version: about 200 bytes for each object, as long as the object is there.
///
/// ```
/// use steersman_meta::Object;
/// use steersman_watch::{Event, Inventory, Start};
///
/// let pod = Object::parse(r#"{"metadata":{"name":"a","uid":"1","resourceVersion":"7"}}"#)?;
/// let mut inventory = Inventory::new(&Start::List);
/// let mut told = Vec::new();
/// inventory.pass(Event::Added(pod.clone()), &mut told);
/// inventory.pass(Event::Added(pod.clone()), &mut told);
/// assert_eq!(told, [Event::Added(pod)], "the same state is told once");
/// # Ok::<(), steersman_meta::ObjectError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Inventory {
    /// By namespace and name, so that what is gone is told in an order that can be relied on.
    objects: BTreeMap<Box<str>, Known>,
    /// Which list is running, or ran last.
    list: u32,
    listing: bool,
    /// Whether everything that the consumer knows is in here.
    complete: bool,
}

#[derive(Clone, Debug)]
struct Known {
    /// Empty if the server gave none.
    uid: Box<str>,
    /// Empty if the server gave none.
    version: Box<str>,
    /// The list that it was last seen in, or behind.
    list: u32,
}

impl Inventory {
    /// The inventory of a consumer who knows nothing yet, for a watch that begins so.
    #[must_use]
    pub fn new(start: &Start) -> Self {
        let listing = start.is_list();
        Self { objects: BTreeMap::new(), list: 1, listing, complete: listing }
    }

    /// Enters an object that the consumer knows from elsewhere: from a list, or from what it has stored.
    pub fn know(&mut self, object: &Object) {
        self.enter(object, 0);
    }

    /// How many objects the consumer knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Takes an event in, and passes on what it means to the consumer: nothing, itself, or several.
    pub fn pass(&mut self, event: Event, told: &mut impl Extend<Event>) {
        match event {
            Event::Added(object) | Event::Modified(object) if self.is_news(&object) == News::Nothing => {
                // An older object of the same name is none that is there.
                if self
                    .objects
                    .get(&*key(&object))
                    .is_some_and(|known| *known.uid == *object.uid().unwrap_or_default())
                {
                    self.enter(&object, self.list);
                }
            }
            Event::Added(object) => self.there(object, Event::Added, told),
            Event::Modified(object) => self.there(object, Event::Modified, told),
            Event::Deleted(object) => {
                let known = self.objects.get(&*key(&object));
                let replayed = match known {
                    Some(known) => !self.listing && compared(known, &object) == Order::Older,
                    None => self.complete,
                };
                if !replayed {
                    self.objects.remove(&*key(&object));
                    told.extend(iter::once(Event::Deleted(object)));
                }
            }
            Event::Restarted(restarted) => {
                self.list += 1;
                self.listing = true;
                told.extend(iter::once(Event::Restarted(restarted)));
            }
            Event::Bookmark(bookmark) => {
                if bookmark.initial_events_end {
                    self.sweep(told);
                    (self.listing, self.complete) = (false, true);
                }
                told.extend(iter::once(Event::Bookmark(bookmark)));
            }
            Event::Vanished(vanished) => told.extend(iter::once(Event::Vanished(vanished))),
        }
    }

    /// An object is there, and the consumer does not know it so.
    fn there(&mut self, object: Object, tell: fn(Object) -> Event, told: &mut impl Extend<Event>) {
        let event = match self.is_news(&object) {
            News::Replaced => {
                let name = key(&object);
                let gone = self.objects.remove(&*name).map(|known| Event::Vanished(vanished(&name, &known)));
                told.extend(gone);
                Event::Added
            }
            News::Changed => Event::Modified,
            News::Unknown | News::Nothing => tell,
        };
        self.enter(&object, self.list);
        told.extend(iter::once(event(object)));
    }

    fn is_news(&self, object: &Object) -> News {
        let Some(known) = self.objects.get(&*key(object)) else { return News::Unknown };
        let order = compared(known, object);
        if order == Order::Older && !self.listing {
            return News::Nothing;
        }
        match object.uid() {
            Some(uid) if !known.uid.is_empty() && *known.uid != *uid => News::Replaced,
            _ if order == Order::Same => News::Nothing,
            _ => News::Changed,
        }
    }

    fn enter(&mut self, object: &Object, list: u32) {
        let (uid, version) =
            (object.uid().unwrap_or_default(), object.resource_version().unwrap_or_default());
        match self.objects.get_mut(&*key(object)) {
            Some(known) if *known.uid == *uid => {
                known.list = list;
                if *known.version != *version
                    && (self.listing || order(&known.version, version) != Order::Older)
                {
                    known.version = version.into();
                }
            }
            _ => {
                let known = Known { uid: uid.into(), version: version.into(), list };
                self.objects.insert(key(object).into(), known);
            }
        }
    }

    /// What was not in the list is gone.
    fn sweep(&mut self, told: &mut impl Extend<Event>) {
        let list = self.list;
        self.objects.retain(|name, known| {
            let there = known.list == list;
            if !there {
                told.extend(iter::once(Event::Vanished(vanished(name, known))));
            }
            there
        });
    }
}

/// What an object that is there means to a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Changed,
    Nothing,
    /// It has the name of another, which is gone.
    Replaced,
    Unknown,
}

fn compared(known: &Known, object: &Object) -> Order {
    match object.resource_version() {
        Some(version) if !known.version.is_empty() => order(&known.version, version),
        _ => Order::Unknown,
    }
}

fn vanished(key: &str, known: &Known) -> Vanished {
    let (namespace, name) = key.split_once('/').unwrap_or(("", key));
    Vanished {
        namespace: Some(namespace).filter(|namespace| !namespace.is_empty()).map(str::to_owned),
        name: name.to_owned(),
        uid: Some(&*known.uid).filter(|uid| !uid.is_empty()).map(str::to_owned),
        resource_version: ResourceVersion::new(&*known.version),
    }
}

/// Namespace and name; neither has a slash.
fn key(object: &Object) -> String {
    let mut key = object.namespace().unwrap_or_default().to_owned();
    key.push('/');
    key.push_str(object.name());
    key
}

#[cfg(test)]
mod tests {
    use steersman_meta::{Object, ResourceVersion};

    use super::Inventory;
    use crate::{Event, RestartReason, Restarted, Start, event::Bookmark};

    fn object(words: &[&str]) -> Object {
        let [name, uid, version] = words else { panic!("{words:?}") };
        let text =
            format!(r#"{{"metadata":{{"name":"{name}","uid":"{uid}","resourceVersion":"{version}"}}}}"#);
        Object::parse(text).expect("an object")
    }

    /// What comes, and what of it is told, a line each.
    #[track_caller]
    fn check(start: &Start, known: &str, script: &str) {
        let mut inventory = Inventory::new(start);
        for known in known.lines().map(str::trim).filter(|line| !line.is_empty()) {
            inventory.know(&object(&known.split(' ').collect::<Vec<_>>()));
        }
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (event, want) = line.split_once(" ->").expect("an arrow");
            let event = match event.split(' ').collect::<Vec<_>>()[..] {
                ["added", ref rest @ ..] => Event::Added(object(rest)),
                ["modified", ref rest @ ..] => Event::Modified(object(rest)),
                ["deleted", ref rest @ ..] => Event::Deleted(object(rest)),
                ["restarted"] => Event::Restarted(Restarted { reason: RestartReason::Expired }),
                ["end", version] => Event::Bookmark(Bookmark {
                    resource_version: ResourceVersion::new(version).expect("a version"),
                    initial_events_end: true,
                }),
                _ => panic!("{event}"),
            };
            let mut told = Vec::new();
            inventory.pass(event, &mut told);
            let told: Vec<_> = told.iter().map(show).collect();
            assert_eq!(told.join(", "), want.trim(), "{line}");
        }
    }

    fn show(event: &Event) -> String {
        let shown = |what: &str, object: &Object| {
            format!("{what} {} {}", object.name(), object.resource_version().unwrap_or_default())
        };
        match event {
            Event::Added(object) => shown("added", object),
            Event::Modified(object) => shown("modified", object),
            Event::Deleted(object) => shown("deleted", object),
            Event::Bookmark(_) => "end".to_owned(),
            Event::Restarted(_) => "restarted".to_owned(),
            Event::Vanished(vanished) => {
                format!("vanished {} {}", vanished.name, vanished.uid.as_deref().unwrap_or_default())
            }
        }
    }

    fn at(version: &str) -> Start {
        Start::At(ResourceVersion::new(version).expect("a version"))
    }

    #[test]
    fn lost_history_becomes_differences() {
        check(
            &Start::List,
            "",
            "added a 1 3 -> added a 3
             added b 2 4 -> added b 4
             added c 3 5 -> added c 5
             end 9 -> end
             modified a 1 10 -> modified a 10
             restarted -> restarted
             added a 1 10 ->
             added b 2 12 -> modified b 12
             added d 4 13 -> added d 13
             end 20 -> vanished c 3, end
             deleted b 2 21 -> deleted b 21
             deleted b 2 21 ->",
        );
    }

    /// An object of the same name that was made anew is another one.
    #[test]
    fn one_of_the_same_name() {
        check(
            &Start::List,
            "a 1 3",
            "added a 2 7 -> vanished a 1, added a 7
             end 9 -> end
             restarted -> restarted
             end 12 -> vanished a 2, end",
        );
    }

    /// What is older than what is known says nothing, also of another object that had the name before.
    #[test]
    fn an_older_object_is_not_taken_in() {
        check(
            &at("3"),
            "a 2 10",
            "added a 1 5 ->
             deleted a 1 7 ->
             modified a 2 11 -> modified a 11
             deleted a 2 12 -> deleted a 12",
        );
    }

    /// Any version is no version: what there is comes first.
    #[test]
    fn version_0_is_a_list() {
        check(&at("0"), "a 1 1200", "added a 1 900 -> modified a 900\n end 1000 -> end");
        check(&at("0"), "a 1 3\n b 2 4", "added a 1 3 ->\n end 9 -> vanished b 2, end");
    }
}
