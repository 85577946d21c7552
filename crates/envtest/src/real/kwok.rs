//! kwok, the fake kubelet: nodes without machines, and pods whose logs are files.

use std::{
    fmt::Write as _,
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Error, layout::write};

/// A container whose log is a file: the pod's name, in whatever namespace, and the container's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoggingContainer {
    pub(super) pod: String,
    pub(super) container: String,
}

/// The log of a container that kwok stands in for: what is written here is what its pod's log is.
///
/// The file has the form that container runtimes write. It belongs to the names of the pod and the container, in all
/// namespaces.
#[derive(Clone, Debug)]
pub struct PodLog {
    path: PathBuf,
}

impl PodLog {
    pub(super) fn new(folder: &Path, one: &LoggingContainer) -> Self {
        Self { path: folder.join(format!("{}.{}.log", one.pod, one.container)) }
    }

    /// Writes a line at this time, as RFC 3339 writes it. Its newline is not part of `text`.
    ///
    /// # Errors
    /// If that is no time, or the file cannot be written.
    pub fn line_at(&self, time: &str, text: &str) -> Result<(), Error> {
        OffsetDateTime::parse(time, &Rfc3339).map_err(|cause| {
            let cause = std::io::Error::new(std::io::ErrorKind::InvalidInput, cause);
            Error::file("write a line without a time to", &self.path, cause)
        })?;
        append(&self.path, time, text)
    }

    /// Writes a line, now.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn line(&self, text: &str) -> Result<(), Error> {
        append(&self.path, &OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(), text)
    }

    /// Where the log of the container before the last restart is.
    #[must_use]
    pub fn previous(&self) -> Self {
        Self { path: self.path.with_extension("previous.log") }
    }

    /// The file is there, with nothing in it.
    pub(super) fn create(&self) -> Result<(), Error> {
        write(&self.path, "")
    }
}

/// One whole line, in one write: a reader that follows never sees half of it.
fn append(path: &Path, time: &str, text: &str) -> Result<(), Error> {
    let lines: String = text.split('\n').fold(String::new(), |mut lines, text| {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{time} stdout F {text}");
        lines
    });
    let file = File::options().append(true).open(path);
    file.and_then(|mut file| file.write_all(lines.as_bytes()))
        .map_err(|cause| Error::file("write to", path, cause))
}

/// kwok's configuration: the nodes turn ready and the pods run by themselves; each log is a file in `folder`.
pub(super) fn configuration(folder: &Path, logs: &[LoggingContainer]) -> String {
    let mut text = STAGES.to_owned();
    for (number, one) in logs.iter().enumerate() {
        let log = PodLog::new(folder, one);
        let path = |log: &PathBuf| serde_json::Value::from(log.to_string_lossy()).to_string();
        let LoggingContainer { pod, container } = one;
        let (log, previous) = (path(&log.path), path(&log.previous().path));
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "---\n\
             apiVersion: kwok.x-k8s.io/v1alpha1\n\
             kind: ClusterLogs\n\
             metadata: {{name: \"log-{number}\"}}\n\
             spec:\n  \
               selector: {{matchNames: [{pod:?}]}}\n  \
               logs:\n  \
               - {{containers: [{container:?}], logsFile: {log}, previousLogsFile: {previous}, follow: true}}\n"
        );
    }
    text
}

/// What happens to nodes and pods by itself: a node has an address and is ready, a pod on it runs, and one that is marked for
/// deletion goes.
const STAGES: &str = r#"apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: node-ready}
spec:
  resourceRef: {apiGroup: v1, kind: Node}
  selector:
    matchExpressions:
    - {key: '.status.phase', operator: NotIn, values: [Running]}
  next:
    statusTemplate: |
      phase: Running
      addresses:
      - {type: InternalIP, address: {{ NodeIP | Quote }}}
      daemonEndpoints: {kubeletEndpoint: {Port: {{ NodePort }}}}
      conditions:
      - {type: Ready, status: "True", reason: KubeletReady, lastTransitionTime: {{ Now | Quote }}, lastHeartbeatTime: {{ Now | Quote }}}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-running}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - {key: '.metadata.deletionTimestamp', operator: DoesNotExist}
    - {key: '.status.phase', operator: In, values: [Pending]}
  next:
    statusTemplate: |
      phase: Running
      startTime: {{ Now | Quote }}
      conditions:
      - {type: Ready, status: "True", lastTransitionTime: {{ Now | Quote }}}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-gone}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - {key: '.metadata.deletionTimestamp', operator: Exists}
  next: {delete: true}
"#;

#[cfg(test)]
mod tests {
    use super::{LoggingContainer, PodLog, configuration};

    #[test]
    fn lines_are_whole_and_in_the_form_of_container_runtimes() {
        let folder = tempfile::tempdir().unwrap();
        let one = LoggingContainer { pod: "web".to_owned(), container: "main".to_owned() };
        let log = PodLog::new(folder.path(), &one);
        log.create().unwrap();
        log.line_at("2026-11-21T02:00:01.5Z", "one\ntwo").unwrap();
        assert_eq!(
            std::fs::read_to_string(folder.path().join("web.main.log")).unwrap(),
            "2026-11-21T02:00:01.5Z stdout F one\n2026-11-21T02:00:01.5Z stdout F two\n"
        );
        assert!(log.line_at("yesterday", "x").unwrap_err().to_string().contains("without a time"));
    }

    #[test]
    fn each_document_of_the_configuration_is_yaml() {
        let one = LoggingContainer { pod: "web".to_owned(), container: "main".to_owned() };
        let text = configuration("/tmp/a \"b\"".as_ref(), &[one]);
        let documents: Vec<serde_json::Value> =
            text.split("---\n").map(|text| serde_yaml::from_str(text).unwrap()).collect();
        assert_eq!(documents.len(), 4);
        assert_eq!(documents[3]["spec"]["selector"]["matchNames"][0], "web");
        let log = &documents[3]["spec"]["logs"][0];
        assert_eq!(log["logsFile"], "/tmp/a \"b\"/web.main.log");
        assert_eq!(log["previousLogsFile"], "/tmp/a \"b\"/web.main.previous.log");
    }
}
