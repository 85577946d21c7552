//! Bugs that real clients had, put in on purpose: the test of the tests.

use super::consumer::Broken;

/// What is wrong with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    SilenceNeverNoticed,
    GoneEventIgnored,
    GoneAnswerRetried,
    NoBackOff,
    NeverLooks,
    TooLargeRetried,
    RepeatsTold,
    DeletionsNotDerived,
    PagesLeftOut,
    EmptyTokenFollowed,
    VersionBesideToken,
    ExpiredTokenEndsTheList,
    ListsAfterBusy,
    ShortBackOff,
    ListsAfterAClose,
    VersionOfAnItem,
    EmptyVersionKept,
    WaitsForTheClosingBookmark,
    RestartUntold,
    CharactersCutByChunks,
    LongEventDropped,
    ConnectionsLeak,
    BrokenConnectionEndsIt,
    CutEventDropped,
    OldBookmarkKept,
    OnlyWholeLines,
    /// Of many watches that were cut together: no chance in their waits.
    NoChance,
}

impl Bug {
    /// Whether it shows where what there is comes by lists.
    pub(crate) fn is_about_lists(self) -> bool {
        matches!(
            self,
            Self::PagesLeftOut
                | Self::EmptyTokenFollowed
                | Self::VersionBesideToken
                | Self::ExpiredTokenEndsTheList
                | Self::VersionOfAnItem
        )
    }
}

/// One bug, the rows of section 2 of the reliability page that tell of it, the classes of faults (parts of their names)
/// under which it shows, and the promises that it breaks.
pub(crate) struct Row {
    pub(crate) bug: Bug,
    pub(crate) section_2: &'static [u8],
    pub(crate) shows_under: &'static [&'static str],
    pub(crate) breaks: &'static [Broken],
}

const fn row(
    bug: Bug,
    section_2: &'static [u8],
    shows_under: &'static [&'static str],
    breaks: &'static [Broken],
) -> Row {
    Row { bug, section_2, shows_under, breaks }
}

use Broken::{Budget, Converged, Ended, Garbled, Leak, Loud, Ordered, Reliable, Relist, Stuck, Unique};

/// Not a class of faults, but a server that is away for long, and many watches at once.
pub(crate) const OUTAGE: &[&str] = &["an outage"];
pub(crate) const HERD: &[&str] = &["a herd"];

/// The rows of section 2 that are about something else than what a watch decides: 5 and 32 are about exec, 14 is
/// [`Bug::PagesLeftOut`], 28 about credentials, which the transport renews below the watch.
pub(crate) const ROWS: &[Row] = &[
    row(Bug::SilenceNeverNoticed, &[1, 2, 3, 4], &["a stream meets Silence"], &[Stuck]),
    row(Bug::GoneEventIgnored, &[6], &["Error(Expired)", "Error(Gone)"], &[Loud]),
    row(Bug::GoneAnswerRetried, &[7], &["Watch is answered Expired", "Watch is answered BareGone"], &[Loud]),
    row(Bug::NoBackOff, &[8, 18, 31], OUTAGE, &[Budget]),
    row(Bug::NeverLooks, &[9], &["RestoreInSilence"], &[Stuck]),
    row(Bug::TooLargeRetried, &[10], &["RestoreAndRefuse"], &[Stuck]),
    row(Bug::RepeatsTold, &[11, 21], &["ReplayAll", "Repeat"], &[Unique, Ordered]),
    row(Bug::DeletionsNotDerived, &[12, 13], &["the data meets Compaction"], &[Converged, Reliable]),
    row(Bug::PagesLeftOut, &[14], &["Burst"], &[Converged, Reliable]),
    row(Bug::EmptyTokenFollowed, &[15], &["Burst"], &[Unique, Budget, Stuck]),
    row(Bug::VersionBesideToken, &[16], &["LaterPage is answered None"], &[Ended]),
    row(Bug::ExpiredTokenEndsTheList, &[17], &["LaterPage is answered Expired"], &[Converged, Reliable]),
    row(Bug::ListsAfterBusy, &[18], &["Watch is answered Status(429)"], &[Loud, Relist]),
    row(Bug::ShortBackOff, &[18], OUTAGE, &[Budget]),
    row(Bug::ListsAfterAClose, &[20, 30], &["a stream meets Close"], &[Loud, Relist]),
    row(Bug::VersionOfAnItem, &[21], &["Burst", "ReplaceAll"], &[Unique, Ordered, Reliable]),
    row(Bug::EmptyVersionKept, &[22], &["EmptyBookmark"], &[Unique, Ordered, Relist]),
    row(Bug::WaitsForTheClosingBookmark, &[23], &["NeverCloses", "Ignored"], &[Stuck]),
    row(Bug::RestartUntold, &[6, 24], &["Error(Expired)"], &[Loud, Ordered, Unique, Reliable]),
    row(Bug::CharactersCutByChunks, &[25], &["Bytes"], &[Garbled, Stuck, Ended]),
    row(Bug::LongEventDropped, &[26], &["Huge"], &[Reliable]),
    row(Bug::ConnectionsLeak, &[27], &["a stream meets Break"], &[Leak]),
    row(Bug::BrokenConnectionEndsIt, &[29, 30], &["a stream meets Break"], &[Ended]),
    row(Bug::CutEventDropped, &[25], &["CutAndClose", "CutAndBreak"], &[Reliable]),
    row(Bug::OldBookmarkKept, &[21], &["OldBookmark"], &[Unique, Ordered]),
    row(Bug::OnlyWholeLines, &[25], &["Pretty"], &[Reliable, Stuck, Converged]),
    row(Bug::NoChance, &[19], HERD, &[Broken::Herd]),
];
