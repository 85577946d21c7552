//! The client: does what the state machine says, as the driver of a real watch does; and the places where it can be made
//! wrong on purpose.

use std::{
    mem,
    time::{Duration, Instant},
};

use bytes::Bytes;
use steersman_json::Document;
use steersman_meta::{ObjectList, ResourceVersion};
use steersman_watch::{Decoder, Event, Failure, Frame, Inventory, Resume, Settings, Start, Step};

use super::{
    bugs::Bug,
    consumer::{Broken, Violation, broken},
    world::{Received, World},
};

pub(crate) struct Client {
    resume: Resume,
    inventory: Option<Inventory>,
    decoder: Decoder,
    next_page: Option<String>,
    /// What is for the consumer.
    told: Vec<Event>,
    bug: Option<Bug>,
    /// What a bug remembers: a version, and how far its clock is wrong.
    version: Option<String>,
    skew: Duration,
    initial: bool,
    settings: Settings,
}

/// The longest event that it takes.
const LONGEST_EVENT: usize = 4_000;

impl Client {
    pub(crate) fn new(settings: Settings, keeps: bool, bug: Option<Bug>) -> Self {
        Self {
            resume: Resume::new(Start::List, settings.clone()),
            inventory: keeps.then(|| Inventory::new(&Start::List)),
            decoder: Decoder::new(LONGEST_EVENT),
            next_page: None,
            told: Vec::new(),
            bug,
            version: None,
            skew: Duration::ZERO,
            initial: false,
            settings,
        }
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn now(&self, world: &World) -> Instant {
        world.now + self.skew
    }

    /// What is for the consumer since it was last asked.
    pub(crate) fn told(&mut self) -> Vec<Event> {
        mem::take(&mut self.told)
    }

    /// Whether it has nothing to do but read.
    pub(crate) fn is_reading(&self) -> bool {
        self.resume.is_reading()
    }

    /// Does one step.
    pub(crate) fn step(&mut self, world: &mut World) -> Result<(), Violation> {
        self.resume.listens(self.now(world));
        match self.resume.next_step(self.now(world)) {
            Step::List { .. } => {
                self.drop_connection(world);
                self.list(world);
            }
            Step::Watch { resource_version, timeout_seconds, .. } => {
                self.drop_connection(world);
                let from = match (self.bug, &self.version) {
                    (Some(Bug::EmptyVersionKept | Bug::OldBookmarkKept), Some(version)) => version.clone(),
                    _ => resource_version.to_string(),
                };
                self.initial = false;
                let opened = world.watch(&from, timeout_seconds);
                self.opened(opened, world);
            }
            Step::WatchList { timeout_seconds, .. } => {
                self.drop_connection(world);
                self.initial = true;
                let opened = world.stream(timeout_seconds);
                self.opened(opened, world);
            }
            Step::Read { until, .. } => return self.read(until, world),
            Step::Check => {
                // A look at the newest version; the bug is to take no look.
                let newest = world.server.version.to_string();
                let newest = ResourceVersion::new(newest).filter(|_| !self.has(Bug::NeverLooks));
                let event = self.resume.checked(newest.as_ref());
                self.tell(event);
            }
            Step::Wait { until, .. } => {
                self.drop_connection(world);
                if self.has(Bug::NoBackOff) {
                    self.skew += until.saturating_duration_since(self.now(world));
                } else if self.has(Bug::ShortBackOff) {
                    let rest = until.saturating_duration_since(self.now(world) + Duration::from_millis(900));
                    self.skew += rest;
                    world.sleep(until.checked_sub(self.skew).unwrap_or(until));
                } else {
                    world.sleep(until.checked_sub(self.skew).unwrap_or(until));
                }
            }
            step @ (Step::End | Step::Fail(_)) => return Err(broken(Broken::Ended, format!("{step:?}"))),
        }
        if world.open > 1 {
            return Err(broken(Broken::Leak, format!("{} connections", world.open)));
        }
        world.check_budget()
    }

    fn drop_connection(&mut self, world: &mut World) {
        if !self.has(Bug::ConnectionsLeak) {
            world.close();
        }
    }

    fn opened(&mut self, opened: Result<(), Failure>, world: &mut World) {
        match opened {
            Ok(()) => {
                self.decoder = Decoder::new(LONGEST_EVENT);
                self.resume.watch_opened(self.now(world));
            }
            Err(failure) if self.has(Bug::GoneAnswerRetried) && code(&failure) == Some(410) => {
                self.failed(Failure::Transport, world);
            }
            Err(failure) if self.has(Bug::TooLargeRetried) && code(&failure) == Some(504) => {
                self.failed(Failure::Transport, world);
            }
            Err(failure) if self.has(Bug::ListsAfterBusy) && code(&failure) == Some(429) => self.begin_anew(),
            Err(failure) => self.failed(failure, world),
        }
    }

    /// One page of a list.
    fn list(&mut self, world: &mut World) {
        let token = self.next_page.take();
        let version = self.version.clone().filter(|_| self.has(Bug::VersionBesideToken));
        let page = match world.list(token.as_deref(), version.as_deref()) {
            Ok(page) => page,
            Err(failure) if self.has(Bug::ExpiredTokenEndsTheList) && code(&failure) == Some(410) => {
                let event = self.resume.listed(self.version.clone().and_then(ResourceVersion::new));
                return self.tell(event);
            }
            Err(failure) => return self.failed(failure, world),
        };
        let list = match Document::parse(page) {
            Ok(document) => ObjectList::from_document(&document).expect("a list"),
            Err(error) => {
                return self.failed(Failure::Decode(steersman_watch::DecodeError::Json(error)), world);
            }
        };
        let mut version = list.metadata.resource_version.clone();
        for object in list.items {
            if self.has(Bug::VersionOfAnItem) {
                version = object.resource_version().map(str::to_owned);
            }
            let event = self.resume.item(object);
            self.tell(Some(event));
        }
        self.version.clone_from(&version);
        self.next_page = match self.bug {
            Some(Bug::EmptyTokenFollowed) => list.metadata.continue_token,
            Some(Bug::PagesLeftOut) => None,
            _ => list.metadata.next_page().map(str::to_owned),
        };
        if self.next_page.is_none() {
            if !self.has(Bug::VersionBesideToken) {
                self.version = None;
            }
            let event = self.resume.listed(version.and_then(ResourceVersion::new));
            self.tell(event);
        }
    }

    fn read(&mut self, until: Instant, world: &mut World) -> Result<(), Violation> {
        let waits_for_ever =
            self.has(Bug::SilenceNeverNoticed) || (self.has(Bug::WaitsForTheClosingBookmark) && self.initial);
        let until = until.checked_sub(self.skew).unwrap_or(until);
        match world.read((!waits_for_ever).then_some(until))? {
            Received::Bytes(bytes) => self.bytes(bytes, world),
            Received::Nothing => {
                let now = self.now(world);
                let is_over = |step| matches!(step, Step::Read { until, .. } if until <= now);
                let event = self.resume.elapsed(now);
                if event.is_some() {
                    self.tell(event);
                    self.drop_connection(world);
                } else if !waits_for_ever && is_over(self.resume.next_step(now)) {
                    self.failed(Failure::Silent, world);
                }
            }
            Received::Failed(_) if self.has(Bug::CutEventDropped) => self.cut(world),
            Received::Failed(_) if self.has(Bug::BrokenConnectionEndsIt) => {
                return Err(broken(Broken::Ended, "the connection broke"));
            }
            Received::Failed(failure) => self.failed(failure, world),
            Received::Closed if self.has(Bug::CutEventDropped) && self.decoder.finish().is_err() => {
                self.cut(world)
            }
            Received::Closed if self.has(Bug::ListsAfterAClose) => self.begin_anew(),
            Received::Closed => match self.decoder.finish() {
                Ok(frame) => {
                    if let Some(frame) = frame {
                        self.frame(frame, world);
                    }
                    let (now, jitter) = (self.now(world), world.rng.f64());
                    let event = self.resume.closed(now, jitter);
                    self.tell(event);
                    self.drop_connection(world);
                }
                Err(error) => self.failed(error.into(), world),
            },
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: Bytes, world: &mut World) {
        let bytes = match self.bug {
            Some(Bug::CharactersCutByChunks) => Bytes::from(String::from_utf8_lossy(&bytes).into_owned()),
            // A reader of lines that drops what is no whole event.
            Some(Bug::OnlyWholeLines) => {
                let text = String::from_utf8_lossy(&bytes);
                let lines: String = text
                    .lines()
                    .filter(|line| line.starts_with("{\""))
                    .map(|line| format!("{line}\n"))
                    .collect();
                Bytes::from(lines)
            }
            _ => bytes,
        };
        self.decoder.push(bytes);
        loop {
            match self.decoder.next() {
                Ok(None) => return,
                Ok(Some(frame)) => self.frame(frame, world),
                Err(error) if self.has(Bug::LongEventDropped) && !error.is_incomplete() => {
                    self.decoder = Decoder::new(LONGEST_EVENT);
                    let seen = bookmark(world.server.version);
                    return self.frame(seen, world);
                }
                Err(error) => return self.failed(error.into(), world),
            }
            if !self.resume.is_reading() {
                return self.drop_connection(world);
            }
        }
    }

    fn frame(&mut self, frame: Frame, world: &mut World) {
        match (&frame, self.bug) {
            (Frame::Error(status), Some(Bug::GoneEventIgnored)) if status.code == 410 => {
                return self.failed(Failure::Transport, world);
            }
            (Frame::Bookmark { resource_version: None, .. }, Some(Bug::EmptyVersionKept)) => {
                self.version = Some(String::new());
            }
            (Frame::Bookmark { resource_version: Some(version), .. }, Some(Bug::OldBookmarkKept)) => {
                self.version = Some(version.to_string());
            }
            (Frame::Bookmark { initial_events_end: true, .. }, _) => self.initial = false,
            (Frame::Added(object) | Frame::Modified(object) | Frame::Deleted(object), _) => {
                if self.has(Bug::OldBookmarkKept) {
                    self.version = object.resource_version().map(str::to_owned);
                }
                if self.has(Bug::EmptyVersionKept) {
                    self.version = None;
                }
            }
            _ => {}
        }
        let raw = match frame.clone() {
            Frame::Added(object) => Some(Event::Added(object)),
            Frame::Modified(object) => Some(Event::Modified(object)),
            Frame::Deleted(object) => Some(Event::Deleted(object)),
            _ => None,
        };
        let (now, jitter) = (self.now(world), world.rng.f64());
        let event = self.resume.frame(frame, now, jitter);
        if matches!(event, Some(Event::Restarted(_))) {
            self.version = None;
        }
        let told_raw =
            [Bug::RepeatsTold, Bug::EmptyVersionKept, Bug::OldBookmarkKept].map(Some).contains(&self.bug);
        self.tell(if told_raw { event.or(raw) } else { event });
    }

    fn failed(&mut self, failure: Failure, world: &mut World) {
        let jitter = if self.has(Bug::NoChance) { 0.0 } else { world.rng.f64() };
        let event = self.resume.failed(failure, self.now(world), jitter);
        self.tell(event);
        self.drop_connection(world);
    }

    /// The bug that takes a cut event for a seen one.
    fn cut(&mut self, world: &mut World) {
        if let Some(change) = world.server.log.iter().find(|change| {
            self.resume
                .resource_version()
                .is_some_and(|seen| change.state.version.to_string() > seen.to_string())
        }) {
            let seen = bookmark(change.state.version);
            self.frame(seen, world);
        }
        self.failed(Failure::Transport, world);
    }

    /// The bug that lists where a watch would do.
    fn begin_anew(&mut self) {
        self.resume = Resume::new(Start::List, self.settings.clone());
        if let Some(restarted) =
            self.told.iter().rev().find(|event| matches!(event, Event::Restarted(_))).cloned()
        {
            self.told.push(restarted);
        }
    }

    fn tell(&mut self, event: Option<Event>) {
        let Some(event) = event else { return };
        if self.has(Bug::RestartUntold) && matches!(event, Event::Restarted(_)) {
            return;
        }
        match &mut self.inventory {
            Some(inventory) => inventory.pass(event, &mut self.told),
            None => self.told.push(event),
        }
        if self.has(Bug::DeletionsNotDerived) {
            self.told.retain(|event| !matches!(event, Event::Vanished(_)));
        }
    }
}

fn code(failure: &Failure) -> Option<u16> {
    match failure {
        Failure::Status { status, .. } => Some(status.code),
        _ => None,
    }
}

/// What a bug holds to be seen.
fn bookmark(version: u64) -> Frame {
    let text = format!(r#"{{"type":"BOOKMARK","object":{{"metadata":{{"resourceVersion":"{version}"}}}}}}"#);
    Frame::from_document(&Document::parse(text).expect("JSON")).expect("a bookmark")
}
