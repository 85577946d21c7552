//! What a server, and what lies between, can do to a watch: one class a row.

use std::time::Duration;

use steersman_watch::RestartReason;

/// One way in which things go wrong, and what may come of it.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) fault: Fault,
    /// Why all may be told anew. Whatever is not in here is a relist without need.
    pub(crate) may: &'static [RestartReason],
    /// How long the watch may need to be well again once the server is.
    pub(crate) recovers: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A request is answered so.
    Answer(Request, Answer),
    /// This happens to a connection that is open.
    Stream(Disruption),
    /// The server writes its events so.
    Framing(Framing),
    /// The server has no streamed lists, and shows it so.
    Gap(Gap),
    /// This happens to the data.
    Data(Upheaval),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    List,
    LaterPage,
    Watch,
    Streamed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// No answer: refused, reset, timed out.
    None,
    Status(u16),
    /// With a `Retry-After` in seconds.
    Later(u16, u64),
    /// The version is too old, with or without a `Status` that says so.
    Expired,
    Gone,
    BareGone,
    /// The server has not reached the version; said by a cause, or by the message alone as older servers do.
    TooLarge,
    TooLargeByMessage,
    /// A page of a proxy, as 200.
    Html,
    /// The body of a list breaks off.
    Cut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disruption {
    Close,
    CloseAtOnce,
    Break,
    /// In the middle of an event, and then the body ends, or the connection breaks.
    CutAndClose,
    CutAndBreak,
    Error(Answer),
    /// A `Status` with no event around it.
    BareStatus(u16),
    UnknownType,
    NoObject,
    Html,
    EmptyBookmark,
    BookmarkWithoutMetadata,
    OldBookmark,
    Repeat,
    ReplayAll,
    Silence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Pretty,
    Concatenated,
    Crlf,
    BlankLines,
    /// A byte a chunk: every character is cut.
    Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    Refused(u16),
    /// The parameter is not known: an ordinary watch.
    Ignored,
    /// The closing bookmark says not that it is one.
    NoAnnotation,
    /// The connection hangs before the closing bookmark.
    NeverCloses,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upheaval {
    Compaction,
    ReplaceAll,
    Burst,
    Huge,
    /// A backup comes back, and a version from before it is refused, taken in silence, or given what is older.
    RestoreAndRefuse,
    RestoreInSilence,
    RestoreAndReplay,
}

use RestartReason::{ClosedAtOnce, Expired, ListBroken, ResourceVersionTooLarge, Undecodable, WentBack};

/// The longest wait, and a little: G3 says a minute.
pub(crate) const SOON: Duration = Duration::from_secs(62);
/// Behind a wait, a streamed list is given 10 s to be closed, and then there is a list.
const UNCLOSED: Duration = Duration::from_secs(75 + 15);
/// A connection that is dead is given up when it should have ended: after ten minutes at most, and then one wait.
const AT_ITS_END: Duration = Duration::from_secs(600 + 5 + 75);
/// Whoever went back is given time to catch up, which doubles up to 32 minutes.
const IN_DOUBT: Duration = Duration::from_secs(40 * 60);

/// All of them.
pub(crate) fn classes() -> Vec<Class> {
    let row = |name: String, fault, may, recovers| Class { name, fault, may, recovers };
    let mut classes = Vec::new();
    for request in [Request::List, Request::LaterPage, Request::Watch, Request::Streamed] {
        for answer in [
            Answer::None,
            Answer::Status(408),
            Answer::Status(425),
            Answer::Status(429),
            Answer::Later(429, 7),
            Answer::Status(500),
            Answer::Status(502),
            Answer::Status(503),
            Answer::Later(503, 20),
            Answer::Status(504),
            Answer::Html,
        ] {
            let may: &[RestartReason] = match (request, answer) {
                (Request::LaterPage, _) => &[ListBroken],
                (Request::Watch | Request::Streamed, Answer::Html) => &[Undecodable],
                _ => &[],
            };
            classes.push(row(
                format!("{request:?} is answered {answer:?}"),
                Fault::Answer(request, answer),
                may,
                SOON,
            ));
        }
    }
    for (request, answer, may) in [
        (Request::List, Answer::Cut, &[ListBroken][..]),
        (Request::LaterPage, Answer::Cut, &[ListBroken]),
        (Request::LaterPage, Answer::Expired, &[ListBroken]),
        (Request::LaterPage, Answer::BareGone, &[ListBroken]),
        (Request::Streamed, Answer::Expired, &[]),
        (Request::Streamed, Answer::TooLarge, &[]),
        (Request::Watch, Answer::Expired, &[Expired]),
        (Request::Watch, Answer::Gone, &[Expired]),
        (Request::Watch, Answer::BareGone, &[Expired]),
        (Request::Watch, Answer::TooLarge, &[ResourceVersionTooLarge]),
        (Request::Watch, Answer::TooLargeByMessage, &[ResourceVersionTooLarge]),
    ] {
        classes.push(row(
            format!("{request:?} is answered {answer:?}"),
            Fault::Answer(request, answer),
            may,
            SOON,
        ));
    }
    for (disruption, may, recovers) in [
        (Disruption::Close, &[ListBroken][..], SOON),
        (Disruption::CloseAtOnce, &[ClosedAtOnce], SOON),
        (Disruption::Break, &[ListBroken], SOON),
        (Disruption::CutAndClose, &[ListBroken], SOON),
        (Disruption::CutAndBreak, &[ListBroken], SOON),
        (Disruption::Error(Answer::Expired), &[Expired, ListBroken], SOON),
        (Disruption::Error(Answer::Gone), &[Expired, ListBroken], SOON),
        (Disruption::Error(Answer::Status(500)), &[ListBroken], SOON),
        (Disruption::Error(Answer::Status(504)), &[ListBroken], SOON),
        (Disruption::Error(Answer::Later(429, 5)), &[ListBroken], SOON),
        (Disruption::Error(Answer::TooLarge), &[ResourceVersionTooLarge, ListBroken], SOON),
        (Disruption::BareStatus(500), &[ListBroken], SOON),
        (Disruption::BareStatus(410), &[Expired, ListBroken], SOON),
        (Disruption::UnknownType, &[Undecodable, ListBroken], SOON),
        (Disruption::NoObject, &[Undecodable, ListBroken], SOON),
        (Disruption::Html, &[Undecodable, ListBroken], SOON),
        (Disruption::EmptyBookmark, &[], SOON),
        (Disruption::BookmarkWithoutMetadata, &[], SOON),
        (Disruption::OldBookmark, &[WentBack], SOON),
        (Disruption::Repeat, &[WentBack], SOON),
        (Disruption::ReplayAll, &[WentBack], SOON),
        (Disruption::Silence, &[ListBroken], AT_ITS_END),
    ] {
        classes.push(row(format!("a stream meets {disruption:?}"), Fault::Stream(disruption), may, recovers));
    }
    for framing in
        [Framing::Pretty, Framing::Concatenated, Framing::Crlf, Framing::BlankLines, Framing::Bytes]
    {
        classes.push(row(format!("events are written {framing:?}"), Fault::Framing(framing), &[], SOON));
    }
    for code in [400, 403, 405, 406, 415, 422, 501] {
        let name = format!("streamed lists are refused with {code}");
        classes.push(row(name, Fault::Gap(Gap::Refused(code)), &[], SOON));
    }
    for gap in [Gap::Ignored, Gap::NoAnnotation, Gap::NeverCloses] {
        classes.push(row(
            format!("streamed lists are not there: {gap:?}"),
            Fault::Gap(gap),
            &[ListBroken],
            UNCLOSED,
        ));
    }
    for (upheaval, may, recovers) in [
        (Upheaval::Compaction, &[Expired, ListBroken][..], SOON),
        (Upheaval::ReplaceAll, &[], SOON),
        (Upheaval::Burst, &[], SOON),
        (Upheaval::Huge, &[Undecodable, ListBroken], SOON),
        (Upheaval::RestoreAndRefuse, &[ResourceVersionTooLarge, ListBroken], IN_DOUBT),
        (Upheaval::RestoreInSilence, &[WentBack, ListBroken], IN_DOUBT),
        (Upheaval::RestoreAndReplay, &[WentBack, ListBroken], IN_DOUBT),
    ] {
        classes.push(row(format!("the data meets {upheaval:?}"), Fault::Data(upheaval), may, recovers));
    }
    classes
}
