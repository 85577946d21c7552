//! The server as a client reaches it: requests, bytes, faults and time.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use bytes::Bytes;
use fastrand::Rng;
use serde_json::{Value, json};
use steersman_meta::Status;
use steersman_watch::Failure;

use super::{
    consumer::{Broken, Violation, broken},
    faults::{Answer, Disruption, Fault, Framing, Gap, Request, Upheaval},
    server::{Server, pod},
};

pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) now: Instant,
    pub(crate) server: Server,
    faults: Vec<Fault>,
    /// Whether things still go wrong, and happen.
    pub(crate) active: bool,
    /// Whether each fault strikes each time.
    always: bool,
    connection: Option<Connection>,
    /// How many connections are open, as far as the server knows.
    pub(crate) open: usize,
    requests: VecDeque<Instant>,
    pub(crate) requested: usize,
    /// How often a watch was told that its version is too old.
    pub(crate) expired: usize,
    /// Answers that can't be read, and tokens that expired, in a row: five of either would end the watch, and that is
    /// another test.
    unreadable: u32,
    expired_pages: u32,
    /// What is refused while data of a backup is there.
    restore: Option<Upheaval>,
    /// A watch is open and everything has been told.
    pub(crate) settled: bool,
}

#[derive(Default)]
struct Connection {
    /// Up to where the log has been told.
    position: u64,
    initial: VecDeque<String>,
    /// The version of the bookmark that closes what there is.
    closing: Option<u64>,
    chunks: VecDeque<Bytes>,
    end: Option<Received>,
    /// Nothing comes any more, not even its end.
    dead: bool,
    told: bool,
    /// The last change, as it was written.
    latest: Option<String>,
    ends_at: Option<Instant>,
    /// It is a streamed list of a server that has none.
    never_closes: bool,
}

/// What a read gives.
#[derive(Clone, Debug)]
pub(crate) enum Received {
    Bytes(Bytes),
    Closed,
    Failed(Failure),
    /// Nothing until the given time.
    Nothing,
}

/// The most requests in ten seconds: what comes nearest is a list of several pages on a server that closes at once.
const BUDGET: usize = 30;

impl World {
    pub(crate) fn new(seed: u64, faults: &[Fault]) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut server = Server::new(&mut rng);
        server.may_be_huge = faults.contains(&Fault::Data(Upheaval::Huge));
        Self {
            now: origin(),
            server,
            faults: faults.to_vec(),
            active: true,
            always: false,
            connection: None,
            open: 0,
            requests: VecDeque::new(),
            requested: 0,
            expired: 0,
            unreadable: 0,
            expired_pages: 0,
            restore: None,
            settled: false,
            rng,
        }
    }

    /// From now on each fault strikes each time.
    pub(crate) fn always(&mut self) {
        self.always = true;
    }

    /// One page of a list.
    pub(crate) fn list(&mut self, token: Option<&str>, version: Option<&str>) -> Result<Bytes, Failure> {
        self.ask();
        if token.is_some() && version.is_some() {
            return Err(refused(
                400,
                "BadRequest",
                "specifying resource version is not allowed when using continue",
            ));
        }
        let request = if token.is_some() { Request::LaterPage } else { Request::List };
        let answer = self.answer(request);
        if let Some(refusal) = answer.filter(|answer| !matches!(answer, Answer::Cut | Answer::Html)) {
            return Err(failure(refusal));
        }
        if token.is_none() {
            self.noticed();
        }
        let Some((page, is_last)) = self.server.page(token, &mut self.rng) else {
            if self.expired_pages < 4 {
                self.expired_pages += 1;
                return Err(refused(410, "Expired", "the provided continue parameter is too old"));
            }
            return Err(refused(503, "ServiceUnavailable", "busy"));
        };
        if is_last && answer.is_none() {
            self.expired_pages = 0;
        }
        match answer {
            Some(Answer::Html) => Ok(Bytes::from_static(HTML)),
            Some(Answer::Cut) => {
                Ok(Bytes::copy_from_slice(&page.as_bytes()[..self.rng.usize(1..page.len())]))
            }
            _ => Ok(Bytes::from(page)),
        }
    }

    /// Opens a watch from a version; without one, the server tells what there is first, and never says when it has.
    pub(crate) fn watch(&mut self, from: &str, seconds: u32) -> Result<(), Failure> {
        self.ask();
        let answer = self.answer(Request::Watch);
        let from = from.parse::<u64>().unwrap_or(0);
        if let Some(refusal) = answer.filter(|answer| *answer != Answer::Html) {
            if matches!(refusal, Answer::Expired | Answer::Gone | Answer::BareGone) {
                self.expired += 1;
            }
            return Err(failure(refusal));
        }
        if from > self.server.version && self.restore == Some(Upheaval::RestoreAndRefuse) {
            return Err(failure(Answer::TooLarge));
        }
        if self.is_forgotten(from) && self.rng.bool() {
            self.expired += 1;
            return Err(failure(Answer::Expired));
        }
        let mut connection = self.connect(seconds);
        connection.position = from;
        if from == 0 {
            connection.position = self.server.version;
            connection.initial = self.initial_events();
        }
        if from > self.server.version && self.restore == Some(Upheaval::RestoreAndReplay) {
            connection.position = self.server.version;
            connection.initial = self.initial_events();
        }
        if answer == Some(Answer::Html) {
            connection.chunks.push_back(Bytes::from_static(HTML));
        }
        self.connection = Some(connection);
        Ok(())
    }

    /// Opens a watch that begins with what there is.
    pub(crate) fn stream(&mut self, seconds: u32) -> Result<(), Failure> {
        self.ask();
        let answer = self.answer(Request::Streamed);
        if let Some(refusal) = answer.filter(|answer| *answer != Answer::Html) {
            return Err(failure(refusal));
        }
        let gap = self.gap();
        if let Some(Gap::Refused(code)) = gap {
            return Err(refused(code, "Invalid", "sendInitialEvents is forbidden for watch"));
        }
        self.noticed();
        let mut connection = self.connect(seconds);
        connection.position = self.server.version;
        connection.initial = self.initial_events();
        if answer == Some(Answer::Html) {
            connection.chunks.push_back(Bytes::from_static(HTML));
        }
        match gap {
            None => connection.closing = Some(self.server.version),
            Some(Gap::NoAnnotation) => {
                connection.initial.push_back(bookmark(&self.server.version.to_string()))
            }
            Some(_) => {}
        }
        connection.never_closes = gap.is_some();
        connection.dead = gap == Some(Gap::NeverCloses) && connection.initial.is_empty();
        self.connection = Some(connection);
        Ok(())
    }

    /// What comes next on the open connection, until a time, or for ever.
    pub(crate) fn read(&mut self, until: Option<Instant>) -> Result<Received, Violation> {
        if self.active {
            self.happen();
        }
        let Some(mut connection) = self.connection.take() else {
            return Ok(Received::Failed(Failure::Transport));
        };
        let received = self.read_from(&mut connection, until);
        self.connection = Some(connection);
        let more = self.connection.as_ref().is_some_and(|connection| !connection.chunks.is_empty());
        if !more && !matches!(received, Ok(Received::Nothing)) {
            // When all is quiet a consumer that has fallen behind catches up.
            let pause = self.rng.u64(1..if self.active { 400 } else { 20 });
            self.pass(Duration::from_millis(pause));
        }
        received
    }

    fn read_from(
        &mut self,
        connection: &mut Connection,
        until: Option<Instant>,
    ) -> Result<Received, Violation> {
        self.settled = false;
        if connection.chunks.is_empty() && connection.end.is_none() && !connection.dead {
            self.fill(connection);
        }
        if let Some(chunk) = connection.chunks.pop_front() {
            return Ok(Received::Bytes(chunk));
        }
        if let Some(end) = connection.end.clone() {
            return Ok(end);
        }
        // Nothing comes for now.
        let initial_is_over = connection.initial.is_empty() && connection.closing.is_none();
        let caught_up = connection.position == self.server.version && initial_is_over && !connection.dead;
        self.settled = !self.active && caught_up && !self.server.restored && !connection.never_closes;
        if self.settled {
            return Ok(Received::Nothing);
        }
        let Some(until) = until else {
            return if connection.dead || !self.active {
                Err(broken(Broken::Stuck, "nothing comes, and it waits for ever"))
            } else {
                self.pass(Duration::from_secs(5));
                Ok(Received::Nothing)
            };
        };
        let pause = Duration::from_millis(if self.active { self.rng.u64(100..20_000) } else { 700_000 });
        self.now = (self.now + pause).min(until).max(self.now);
        Ok(Received::Nothing)
    }

    /// Writes what comes next on a connection, if anything does.
    fn fill(&mut self, connection: &mut Connection) {
        if let Some(disruption) = self.disruption() {
            self.disrupt(connection, disruption);
            if !connection.chunks.is_empty() || connection.end.is_some() || connection.dead {
                return;
            }
        }
        if let Some(text) = connection.initial.pop_front() {
            connection.told = true;
            self.write(connection, &text);
            connection.dead = connection.never_closes
                && self.gap() == Some(Gap::NeverCloses)
                && connection.initial.is_empty();
            return;
        }
        if let Some(version) = connection.closing.take() {
            let annotations = json!({"k8s.io/initial-events-end": "true"});
            let metadata = json!({"resourceVersion": version.to_string(), "annotations": annotations});
            let text =
                json!({"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": metadata}}).to_string();
            return self.write(connection, &text);
        }
        if self.is_forgotten(connection.position) {
            self.expired += usize::from(!connection.never_closes);
            let text = error(Answer::Expired);
            self.write(connection, &text);
            connection.end = Some(Received::Closed);
            return;
        }
        if let Some(change) = self.server.behind(connection.position) {
            let text = json!({"type": change.kind, "object": pod(&change.name, change.state)}).to_string();
            connection.position = change.state.version;
            connection.latest = Some(text.clone());
            if change.state.huge {
                self.unreadable += 1;
            } else if self.restore.is_none() {
                // What is older than what was seen is no progress to a client.
                self.unreadable = 0;
            }
            return self.write(connection, &text);
        }
        if connection.ends_at.is_some_and(|end| end <= self.now) {
            connection.end = Some(Received::Closed);
        } else if self.rng.u8(..6) == 0 && connection.position <= self.server.version && self.active {
            connection.position = self.server.version;
            let text = bookmark(&connection.position.to_string());
            self.write(connection, &text);
        }
    }

    fn disrupt(&mut self, connection: &mut Connection, disruption: Disruption) {
        let running = connection.closing.is_some() || connection.never_closes;
        let garbage = |world: &mut Self, connection: &mut Connection, text: &str| {
            if world.unreadable < world.most_unreadable() {
                world.unreadable += 1;
                world.write(connection, text);
                connection.end = Some(Received::Closed);
            }
        };
        match disruption {
            Disruption::Close if connection.told => connection.end = Some(Received::Closed),
            Disruption::CloseAtOnce if !connection.told && !running => {
                connection.end = Some(Received::Closed)
            }
            Disruption::Close | Disruption::CloseAtOnce => {}
            Disruption::Break => connection.end = Some(Received::Failed(Failure::Transport)),
            Disruption::CutAndClose | Disruption::CutAndBreak => {
                let Some(change) = self.server.behind(connection.position) else { return };
                let text =
                    json!({"type": change.kind, "object": pod(&change.name, change.state)}).to_string();
                let cut = self.rng.usize(1..text.len());
                connection.chunks.push_back(Bytes::copy_from_slice(&text.as_bytes()[..cut]));
                connection.end = Some(match disruption {
                    Disruption::CutAndClose => Received::Closed,
                    _ => Received::Failed(Failure::Transport),
                });
            }
            Disruption::Error(answer) => {
                if matches!(answer, Answer::Expired | Answer::Gone) && !running {
                    self.expired += 1;
                }
                let text = error(answer);
                self.write(connection, &text);
            }
            Disruption::BareStatus(code) => {
                if code == 410 && !running {
                    self.expired += 1;
                }
                let reason = if code == 410 { "Expired" } else { "InternalError" };
                let status = json!({"kind": "Status", "status": "Failure", "code": code, "reason": reason});
                self.write(connection, &status.to_string());
            }
            Disruption::UnknownType => garbage(self, connection, r#"{"type":"RENAMED","object":{}}"#),
            Disruption::NoObject => garbage(self, connection, r#"{"type":"ADDED"}"#),
            Disruption::Html => garbage(self, connection, "<html>Bad Gateway</html>"),
            // Behind the closing bookmark: before it, any bookmark is a sign of a server without streamed lists.
            _ if running => {}
            Disruption::EmptyBookmark => self.write(connection, &bookmark("")),
            Disruption::BookmarkWithoutMetadata => {
                self.write(connection, r#"{"type":"BOOKMARK","object":{"kind":"Pod"}}"#);
            }
            Disruption::OldBookmark => {
                let old = self.server.version.min(connection.position) - self.rng.u64(1..50);
                self.write(connection, &bookmark(&old.to_string()));
            }
            Disruption::Repeat => {
                if let Some(latest) = connection.latest.clone() {
                    self.write(connection, &latest);
                }
            }
            Disruption::ReplayAll => connection.initial = self.events_up_to(connection.position),
            Disruption::Silence => connection.dead = true,
        }
    }

    /// Writes an event as this server does, cut anywhere.
    fn write(&mut self, connection: &mut Connection, text: &str) {
        connection.told = true;
        let framing = self.faults.iter().find_map(|fault| match fault {
            Fault::Framing(framing) => Some(*framing),
            _ => None,
        });
        let pretty = || {
            let value: Option<Value> = serde_json::from_str(text).ok();
            value.map_or_else(|| text.to_owned(), |value| format!("{value:#}\n"))
        };
        let text = match framing {
            Some(Framing::Pretty) => pretty(),
            Some(Framing::Concatenated) => text.to_owned(),
            Some(Framing::Crlf) => format!("{text}\r\n"),
            Some(Framing::BlankLines) => format!("\n\n{text}\n \n"),
            Some(Framing::Bytes) | None => format!("{text}\n"),
        };
        let mut bytes = Bytes::from(text);
        while !bytes.is_empty() {
            let most = if framing == Some(Framing::Bytes) { 1 } else { bytes.len() };
            let cut = if self.rng.bool() { most } else { self.rng.usize(1..=most) };
            connection.chunks.push_back(bytes.split_to(cut));
        }
    }

    /// The client drops its connection.
    pub(crate) fn close(&mut self) {
        if self.connection.take().is_some() {
            self.open -= 1;
        }
    }

    /// The client does nothing.
    pub(crate) fn sleep(&mut self, until: Instant) {
        self.now = self.now.max(until);
        if self.active {
            self.happen();
        }
    }

    /// No more than so many requests were made in ten seconds.
    pub(crate) fn check_budget(&self) -> Result<(), Violation> {
        if self.requests.len() > BUDGET {
            return Err(broken(Broken::Budget, format!("{} requests in ten seconds", self.requests.len())));
        }
        Ok(())
    }

    fn ask(&mut self) {
        let pause = self.rng.u64(1..30);
        self.pass(Duration::from_millis(pause));
        self.requested += 1;
        self.requests.push_back(self.now);
        while self.requests.front().is_some_and(|at| *at + Duration::from_secs(10) < self.now) {
            self.requests.pop_front();
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn connect(&mut self, seconds: u32) -> Connection {
        self.open += 1;
        let ends_at = self.now + Duration::from_secs(seconds.into());
        Connection { ends_at: Some(ends_at), ..Connection::default() }
    }

    fn gap(&self) -> Option<Gap> {
        self.faults.iter().find_map(|fault| match fault {
            Fault::Gap(gap) => Some(*gap),
            _ => None,
        })
    }

    fn initial_events(&self) -> VecDeque<String> {
        self.events_up_to(u64::MAX)
    }

    fn events_up_to(&self, version: u64) -> VecDeque<String> {
        let there = self.server.objects.iter();
        let there =
            there.filter(|(_, state)| version == u64::MAX || (state.version <= version && !state.huge));
        there.map(|(name, state)| json!({"type": "ADDED", "object": pod(name, *state)}).to_string()).collect()
    }

    fn is_forgotten(&self, from: u64) -> bool {
        from < self.server.compacted && self.server.behind(from).is_some()
    }

    /// Somebody has asked for what there is, and so knows of the backup.
    fn noticed(&mut self) {
        self.server.restored = false;
        self.restore = None;
    }

    /// Things happen on the server.
    fn happen(&mut self) {
        for fault in self.faults.clone() {
            let Fault::Data(upheaval) = fault else { continue };
            match upheaval {
                Upheaval::Compaction if self.rng.u8(..12) == 0 => {
                    let kept = self.rng.u64(..4);
                    self.server.forget(self.server.version - kept);
                }
                Upheaval::ReplaceAll if self.rng.u8(..20) == 0 && !self.server.restored => {
                    self.server.replace_all(&mut self.rng);
                }
                Upheaval::Burst if self.rng.u8(..20) == 0 => {
                    (0..60).for_each(|_| self.server.change(&mut self.rng))
                }
                Upheaval::RestoreAndRefuse | Upheaval::RestoreInSilence | Upheaval::RestoreAndReplay
                    if self.rng.u8(..40) == 0 && self.server.version > 12_000 && self.restore.is_none() =>
                {
                    // What is on its way arrives first.
                    if self.connection.as_ref().is_some_and(|connection| !connection.chunks.is_empty()) {
                        continue;
                    }
                    self.server.restore(&mut self.rng);
                    self.restore = Some(upheaval);
                    // The servers are down for a moment.
                    if let Some(connection) = &mut self.connection {
                        connection.end = Some(Received::Failed(Failure::Transport));
                    }
                }
                _ => {}
            }
        }
        if self.rng.u8(..3) == 0 {
            self.server.change(&mut self.rng);
        }
    }

    /// Whether the consumer is at something else for a while.
    pub(crate) fn pauses(&mut self) -> bool {
        self.active && !self.always && self.rng.u8(..100) == 0
    }

    fn strikes(&mut self, one_in: u32) -> bool {
        self.active && (self.always || self.rng.u32(..one_in) == 0)
    }

    fn answer(&mut self, to: Request) -> Option<Answer> {
        let answers = self.faults.iter().filter_map(|fault| match fault {
            Fault::Answer(request, answer) if *request == to => Some(*answer),
            _ => None,
        });
        let answers: Vec<_> = answers.collect();
        if answers.is_empty() || !self.strikes(3) {
            return None;
        }
        let answer = answers[self.rng.usize(..answers.len())];
        match answer {
            Answer::Html | Answer::Cut if self.unreadable >= self.most_unreadable() => return None,
            Answer::Html | Answer::Cut => self.unreadable += 1,
            Answer::Expired | Answer::BareGone if to == Request::LaterPage && self.expired_pages >= 4 => {
                return None;
            }
            Answer::Expired | Answer::BareGone if to == Request::LaterPage => self.expired_pages += 1,
            _ => {}
        }
        Some(answer)
    }

    fn disruption(&mut self) -> Option<Disruption> {
        let disruptions: Vec<_> = self
            .faults
            .iter()
            .filter_map(|fault| match fault {
                Fault::Stream(disruption) => Some(*disruption),
                _ => None,
            })
            .collect();
        // A server that closes at once does so several times.
        let one_in = if disruptions.contains(&Disruption::CloseAtOnce) { 2 } else { 10 };
        if disruptions.is_empty() || !self.strikes(one_in) {
            return None;
        }
        Some(disruptions[self.rng.usize(..disruptions.len())])
    }

    /// How many unreadable answers may come in a row.
    fn most_unreadable(&self) -> u32 {
        // What is too long is unreadable, too, and comes several times before it is passed over.
        if self.server.may_be_huge { 0 } else { 3 }
    }
}

/// The failure that an answer is to a client.
fn failure(answer: Answer) -> Failure {
    let (Some(status), retry_after) = refusal(answer) else { return Failure::Transport };
    let (code, body) =
        (status["code"].as_u64().and_then(|code| u16::try_from(code).ok()), status.to_string());
    let body = if answer == Answer::BareGone { "" } else { &body };
    let status = Status::from_http(code.expect("a code"), "GET", body.as_bytes());
    Failure::status_with_retry_after(status, retry_after)
}

/// The event that tells it.
fn error(answer: Answer) -> String {
    let (status, retry_after) = refusal(answer);
    let mut status = status.expect("only a refusal is told");
    if let Some(retry_after) = retry_after {
        status["details"] = json!({"retryAfterSeconds": retry_after.as_secs()});
    }
    json!({"type": "ERROR", "object": status}).to_string()
}

fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
}

/// What the server says, and how long it wants to be left alone; no status where it says nothing.
fn refusal(answer: Answer) -> (Option<Value>, Option<Duration>) {
    let old = "too old resource version: 5 (9)";
    let status = match answer {
        Answer::None | Answer::Html | Answer::Cut => return (None, None),
        Answer::Status(code) => status(code, "", "no"),
        Answer::Later(code, seconds) => {
            return (Some(status(code, "", "later")), Some(Duration::from_secs(seconds)));
        }
        Answer::Expired => status(410, "Expired", old),
        Answer::Gone | Answer::BareGone => status(410, "Gone", old),
        Answer::TooLarge => {
            let mut status = status(504, "Timeout", "not yet");
            status["details"] = json!({"causes": [{"reason": "ResourceVersionTooLarge"}]});
            status
        }
        Answer::TooLargeByMessage => status(504, "Timeout", "Too large resource version: 9, current: 5"),
    };
    (Some(status), None)
}

/// A refusal that is no fault, but what this server says to such a request.
fn refused(code: u16, reason: &str, message: &str) -> Failure {
    Failure::status(Status::from_http(code, "GET", status(code, reason, message).to_string().as_bytes()))
}

fn bookmark(version: &str) -> String {
    json!({"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": version}}})
        .to_string()
}

const HTML: &[u8] = b"<html>Bad Gateway</html>";

#[expect(clippy::disallowed_methods, reason = "no other way to have an instant; only differences count")]
fn origin() -> Instant {
    Instant::now()
}
