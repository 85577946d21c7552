//! What of a pod's log is asked for.

use crate::Query;

/// The options of a read of a pod's log (`PodLogOptions` of the core group).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is written with `..Default::default()`, which new fields do not break"
)]
pub struct PodLogOptions {
    /// Whose log. `None`: the only container's; with several it is an error of the server's.
    pub container: Option<String>,
    /// `Some(true)`: goes on as the log grows, until the container ends. `None`: what is there.
    pub follow: Option<bool>,
    /// `Some(true)`: the log of the container that was there before the last restart. `None`: the present one's.
    pub previous: Option<bool>,
    /// Only lines of the last so many seconds, 1 at least. The server refuses it together with `since_time`.
    pub since_seconds: Option<u64>,
    /// Only lines from this time on, as RFC 3339 writes it.
    pub since_time: Option<String>,
    /// `Some(true)`: each line begins with its time, as RFC 3339 writes it, and a space. `None`: it does not.
    pub timestamps: Option<bool>,
    /// Only so many of the last lines. `None`: all.
    pub tail_lines: Option<u64>,
    /// At most so many bytes, 1 at least; the last line may be cut. `None`: no limit.
    pub limit_bytes: Option<u64>,
    /// `Stdout`, `Stderr` or `All`, where the server tells them apart. `None`: all.
    pub stream: Option<String>,
}

impl PodLogOptions {
    /// The parameters on the wire.
    ///
    /// ```
    /// use steersman_meta::PodLogOptions;
    ///
    /// let options = PodLogOptions { tail_lines: Some(5), timestamps: Some(true), ..Default::default() };
    /// assert_eq!(options.query().to_string(), "timestamps=true&tailLines=5");
    /// ```
    #[must_use]
    pub fn query(&self) -> Query {
        let mut query = Query::default();
        query.push_some("container", self.container.as_ref());
        query.push_some("follow", self.follow);
        query.push_some("previous", self.previous);
        query.push_some("sinceSeconds", self.since_seconds);
        query.push_some("sinceTime", self.since_time.as_ref());
        query.push_some("timestamps", self.timestamps);
        query.push_some("tailLines", self.tail_lines);
        query.push_some("limitBytes", self.limit_bytes);
        query.push_some("stream", self.stream.as_ref());
        query
    }
}
