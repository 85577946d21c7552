//! Serves the logs of pods as kube-apiserver and a kubelet do together.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::watch;

use super::{
    kinds::Kind,
    pod_logs::{Key, Line, Log},
    reply::Reply,
    request::{Query, ResourcePath},
    server::{Shared, Signal},
    status::{Cause, Failure, Outcome},
    store,
};

/// Answers a read of a pod's log.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    kind: &Kind,
    resource: &ResourcePath,
    query: &Query,
) -> Outcome<Reply> {
    let name = resource.name.as_deref().unwrap_or_default();
    let options = LogOptions::parse(query, name)?;
    let key = store::key(resource.namespace.as_deref(), name);
    let pod = shared.read(|state| state.store.get(&kind.bucket(), &key).cloned());
    let pod = pod.ok_or_else(|| kind.not_found(name))?;
    let container = container(&pod, name, &options.container)?;
    let log_key: Key =
        (resource.namespace.clone().unwrap_or_default(), name.to_owned(), container.to_owned());
    if !shared.logs.read(&log_key, |log| log.is_some()) {
        return match pod["spec"]["nodeName"].as_str() {
            // Where it would run, nobody knows yet.
            None | Some("") => Ok(Reply::text(204, "")),
            Some(node) => Err(Failure::not_found("nodes", "", node)),
        };
    }
    if options.previous && shared.logs.read(&log_key, |log| log.is_none_or(|log| log.previous.is_none())) {
        let message = format!("previous terminated container {container:?} in pod {name:?} not found");
        return Err(Failure::bad_request(message));
    }
    let uid = pod["metadata"]["uid"].clone();
    let mut reader = Reader {
        log_changes: shared.logs.subscribe(),
        changes: shared.subscribe(),
        shared: shared.clone(),
        pod: Pod { bucket: kind.bucket(), key, uid },
        log_key,
        left: options.limit_bytes,
        since: options.since,
        next: None,
        options,
    };
    if !reader.options.follow {
        return Ok(Reply::bytes(200, "text/plain", reader.take().bytes));
    }
    // A kubelet sends the head of its answer with the first byte, and kube-apiserver waits for it.
    let first = reader.wait().await.unwrap_or_default();
    let chunks = stream::unfold((Some(first), reader), |(first, mut reader)| async move {
        let bytes = match first {
            Some(first) => Some(first),
            None => reader.wait().await,
        };
        bytes.map(|bytes| (Ok::<_, Infallible>(Frame::data(bytes)), (None, reader)))
    });
    Ok(Reply::stream("text/plain", chunks))
}

/// What of a log is wanted, checked.
#[derive(Clone, Debug, Default)]
struct LogOptions {
    container: String,
    follow: bool,
    previous: bool,
    timestamps: bool,
    tail_lines: Option<usize>,
    limit_bytes: Option<usize>,
    since: Option<OffsetDateTime>,
}

impl LogOptions {
    fn parse(query: &Query, pod: &str) -> Outcome<Self> {
        let (tail, limit) = (query.number("tailLines")?, query.number("limitBytes")?);
        let since_seconds = query.number("sinceSeconds")?;
        let since_time = match query.get("sinceTime") {
            "" => None,
            text => Some(OffsetDateTime::parse(text, &Rfc3339).map_err(|_| {
                let layout = "2006-01-02T15:04:05Z07:00";
                Failure::bad_request(format!(
                    "parsing time {text:?} as {layout:?}: cannot parse {text:?} as \"2006\""
                ))
            })?),
        };
        let mut causes = Vec::new();
        if let Some(tail) = tail.filter(|tail| *tail < 0) {
            causes.push(Cause::invalid("tailLines", &tail.into(), "must be greater than or equal to 0"));
        }
        if let Some(limit) = limit.filter(|limit| *limit < 1) {
            causes.push(Cause::invalid("limitBytes", &limit.into(), "must be greater than 0"));
        }
        match since_seconds {
            Some(_) if since_time.is_some() => {
                let detail = "at most one of `sinceTime` or `sinceSeconds` may be specified";
                causes.push(Cause::forbidden("", detail));
            }
            Some(seconds) if seconds < 1 => {
                causes.push(Cause::invalid("sinceSeconds", &seconds.into(), "must be greater than 0"));
            }
            _ => {}
        }
        if !causes.is_empty() {
            return Err(Failure::invalid("PodLogOptions", "", pod, &causes));
        }
        let ago = |seconds| OffsetDateTime::now_utc().checked_sub(time::Duration::seconds(seconds));
        let number = |value: Option<i64>| value.map(|value| usize::try_from(value).unwrap_or(usize::MAX));
        Ok(Self {
            container: query.get("container").to_owned(),
            follow: query.flag("follow"),
            previous: query.flag("previous"),
            timestamps: query.flag("timestamps"),
            tail_lines: number(tail),
            limit_bytes: number(limit),
            since: since_time.or_else(|| since_seconds.and_then(ago)),
        })
    }
}

/// The container that is meant: the named one, or the only one.
fn container<'a>(pod: &'a Value, name: &str, wanted: &'a str) -> Outcome<&'a str> {
    let names = |list: &str| -> Vec<&'a str> {
        let list = pod["spec"][list].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|container| container["name"].as_str()).collect()
    };
    let (containers, init, ephemeral) =
        (names("containers"), names("initContainers"), names("ephemeralContainers"));
    let all = || [&init[..], &containers, &ephemeral].concat();
    match (wanted, containers.as_slice()) {
        ("", [only]) => Ok(only),
        ("", []) => Err(Failure::bad_request(format!("a container name must be specified for pod {name}"))),
        ("", _) => Err(Failure::bad_request(format!(
            "a container name must be specified for pod {name}, choose one of: [{}]",
            all().join(" ")
        ))),
        (wanted, _) if all().contains(&wanted) => Ok(wanted),
        (wanted, _) => Err(Failure::bad_request(format!("container {wanted} is not valid for pod {name}"))),
    }
}

/// A reader of one log, as far as it has come.
#[derive(Debug)]
struct Reader {
    shared: Arc<Shared>,
    changes: watch::Receiver<Signal>,
    log_changes: watch::Receiver<u64>,
    pod: Pod,
    log_key: Key,
    options: LogOptions,
    since: Option<OffsetDateTime>,
    /// How many bytes it may still give.
    left: Option<usize>,
    /// The line that is read next, and of which start of the container; `None` before the first.
    next: Option<(u64, usize)>,
}

/// Where the pod is, and which one it is.
#[derive(Debug)]
struct Pod {
    bucket: String,
    key: String,
    uid: Value,
}

/// What a look at the log gives.
#[derive(Debug, Default)]
struct Taken {
    bytes: Bytes,
    /// Nothing will come any more.
    over: bool,
}

impl Reader {
    /// What has come since the last time.
    fn take(&mut self) -> Taken {
        let (next, previous) = (self.next, self.options.previous);
        let (lines, ended, starts, len) = self.shared.logs.read(&self.log_key, |log| {
            let log = log.map_or_else(|| std::borrow::Cow::Owned(Log::default()), std::borrow::Cow::Borrowed);
            let lines = if previous { log.previous.as_deref().unwrap_or_default() } else { &log.lines };
            let from = match next {
                Some((starts, at)) if starts == log.starts => at.min(lines.len()),
                // The container that was followed is not there any more.
                Some(_) => lines.len(),
                None => lines.len() - self.options.tail_lines.unwrap_or(lines.len()).min(lines.len()),
            };
            let gone = next.is_some_and(|(starts, _)| starts != log.starts);
            (lines[from..].to_vec(), log.ended || gone || previous, log.starts, lines.len())
        });
        self.next = Some((next.map_or(starts, |(starts, _)| starts), len));
        let mut bytes = shown(&lines, self.since, self.options.timestamps);
        let full = self.left.is_some_and(|left| bytes.len() >= left);
        if let Some(left) = &mut self.left {
            bytes.truncate(*left);
            *left -= bytes.len();
        }
        Taken { bytes: bytes.into(), over: ended || full || self.is_gone() }
    }

    /// Waits for more; `None` when nothing will come any more.
    async fn wait(&mut self) -> Option<Bytes> {
        if self.left == Some(0) {
            return None;
        }
        loop {
            // Before the look, so that nothing that happens after it is missed.
            self.log_changes.mark_unchanged();
            self.changes.mark_unchanged();
            let Taken { bytes, over } = self.take();
            if !bytes.is_empty() {
                return Some(bytes);
            }
            if over {
                return None;
            }
            tokio::select! {
                _ = self.log_changes.changed() => {}
                _ = self.changes.changed() => {}
            }
        }
    }

    /// Whether the pod is not there any more.
    fn is_gone(&self) -> bool {
        let Pod { bucket, key, uid } = &self.pod;
        !self
            .shared
            .read(|state| state.store.get(bucket, key).is_some_and(|pod| pod["metadata"]["uid"] == *uid))
    }
}

/// Lines as a kubelet writes them, without those of before `since`.
fn shown(lines: &[Line], since: Option<OffsetDateTime>, timestamps: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines.iter().filter(|line| since.is_none_or(|since| line.time >= since)) {
        if timestamps {
            bytes.extend_from_slice(stamp(line.time).as_bytes());
            bytes.push(b' ');
        }
        bytes.extend_from_slice(&line.text);
        bytes.push(b'\n');
    }
    bytes
}

/// A time with nine digits of fraction.
fn stamp(time: OffsetDateTime) -> String {
    let utc = time.to_offset(time::UtcOffset::UTC);
    let whole = utc.replace_nanosecond(0).unwrap_or(utc).format(&Rfc3339).unwrap_or_default();
    format!("{}.{:09}Z", whole.trim_end_matches('Z'), utc.nanosecond())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::{OffsetDateTime, format_description::well_known::Rfc3339};

    use super::{LogOptions, container, shown};
    use crate::embedded::{pod_logs::Line, request::Query};

    #[test]
    fn options_that_are_refused() {
        for (query, code, want) in [
            ("tailLines=-1", 422, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
            ("limitBytes=0", 422, "limitBytes: Invalid value: 0: must be greater than 0"),
            ("sinceSeconds=0", 422, "sinceSeconds: Invalid value: 0: must be greater than 0"),
            (
                "sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z",
                422,
                "at most one of `sinceTime` or `sinceSeconds`",
            ),
            ("tailLines=x", 400, "invalid syntax"),
            ("sinceTime=x", 400, "parsing time \"x\""),
        ] {
            let failure = LogOptions::parse(&Query::parse(query), "p").expect_err(query);
            assert_eq!(failure.code(), code, "{query}");
            let message = failure.status()["message"].to_string();
            assert!(message.replace("\\\"", "\"").contains(want), "{query}: {message}");
        }
    }

    #[test]
    fn the_container_that_is_meant() {
        let pod = |init: &[&str], containers: &[&str]| {
            let list = |names: &[&str]| names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>();
            json!({"spec": {"initContainers": list(init), "containers": list(containers)}})
        };
        for (pod, wanted, want) in [
            (pod(&[], &["a"]), "", Ok("a")),
            (pod(&["i"], &["a"]), "", Ok("a")),
            (pod(&["i"], &["a"]), "i", Ok("i")),
            (
                pod(&["i"], &["a", "b"]),
                "",
                Err("a container name must be specified for pod p, choose one of: [i a b]"),
            ),
            (pod(&[], &["a"]), "c", Err("container c is not valid for pod p")),
        ] {
            let got = container(&pod, "p", wanted).map_err(|failure| failure.status()["message"].clone());
            assert_eq!(got, want.map_err(|message| json!(message)), "{wanted} of {pod}");
        }
    }

    #[test]
    fn lines_with_and_without_their_times() {
        let line = |time: &str, text: &str| Line {
            time: OffsetDateTime::parse(time, &Rfc3339).expect("a time"),
            text: text.as_bytes().to_vec(),
        };
        let lines = [line("2026-11-21T02:00:01Z", "a"), line("2026-11-21T04:00:02.5+02:00", "b")];
        let text = |since: Option<&Line>, timestamps| {
            String::from_utf8(shown(&lines, since.map(|line| line.time), timestamps)).expect("text")
        };
        assert_eq!(text(None, false), "a\nb\n");
        assert_eq!(text(Some(&lines[1]), false), "b\n");
        assert_eq!(text(None, true), "2026-11-21T02:00:01.000000000Z a\n2026-11-21T02:00:02.500000000Z b\n");
    }
}
