//! What can go wrong between finding the programs and stopping them.

use std::{
    error,
    fmt::{self, Write as _},
    path::PathBuf,
    time::Duration,
};

/// Why the control plane could not be started or stopped.
///
/// Its text names the step and the program. What the program answered and wrote last is the
/// [source](error::Error::source), advice is in [`hint`](Self::hint).
#[derive(Debug)]
pub struct Error(Box<Inner>);

impl Error {
    /// What to do about it, where there is something to say in general.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self.0.kind {
            Kind::NoBinary { .. } => Some(
                "name a folder that holds the programs, or set KUBEBUILDER_ASSETS to it; inside a clone of steersman, \
                 `cargo xtask control-plane build` makes one",
            ),
            Kind::NotReady { .. } => Some("give it longer if the machine is busy"),
            Kind::NotStarted { .. } => Some("see that the program is executable and made for this machine"),
            _ => None,
        }
    }

    /// Whether one of the programs is not where it was looked for.
    #[must_use]
    pub fn is_no_binary(&self) -> bool {
        matches!(self.0.kind, Kind::NoBinary { .. })
    }

    /// Whether one of the programs ended when it should have run.
    #[must_use]
    pub fn is_exited(&self) -> bool {
        matches!(self.0.kind, Kind::Exited { .. })
    }

    /// Whether a deadline passed: the one for starting, or the one for stopping.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::NotReady { .. } | Kind::Killed { .. })
    }

    /// The last lines that the program wrote, for an error that is about a program that had started.
    #[must_use]
    pub fn log(&self) -> Option<&str> {
        match self.0.source.as_ref()? {
            Source::Evidence(evidence) => Some(&evidence.log),
            Source::Other(_) => None,
        }
    }

    pub(super) fn no_binary(program: &'static str, path: PathBuf) -> Self {
        Self::new(Kind::NoBinary { program, path }, None)
    }

    pub(super) fn not_started(program: &'static str, cause: std::io::Error) -> Self {
        Self::new(Kind::NotStarted { program }, Some(Source::Other(cause.into())))
    }

    pub(super) fn exited(program: &'static str, status: String, evidence: Evidence) -> Self {
        Self::new(Kind::Exited { program, status }, Some(Source::Evidence(evidence)))
    }

    pub(super) fn not_ready(program: &'static str, waited: Duration, evidence: Evidence) -> Self {
        Self::new(Kind::NotReady { program, waited }, Some(Source::Evidence(evidence)))
    }

    pub(super) fn killed(program: &'static str, waited: Duration) -> Self {
        Self::new(Kind::Killed { program, waited }, None)
    }

    pub(super) fn file(doing: &'static str, path: impl Into<PathBuf>, cause: std::io::Error) -> Self {
        Self::new(Kind::File { doing, path: path.into() }, Some(Source::Other(cause.into())))
    }

    pub(super) fn certificate(cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self::new(Kind::Certificate, Some(Source::Other(cause.into())))
    }

    pub(super) fn ports(cause: std::io::Error) -> Self {
        Self::new(Kind::Ports, Some(Source::Other(cause.into())))
    }

    fn new(kind: Kind, source: Option<Source>) -> Self {
        Self(Box::new(Inner { kind, source }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::NoBinary { program, path } => write!(f, "there is no {program} at {}", path.display()),
            Kind::NotStarted { program } => write!(f, "{program} cannot be started"),
            Kind::Exited { program, status } => write!(f, "{program} ended with {status}"),
            Kind::NotReady { program, waited } => {
                write!(f, "{program} was not ready after {:.1} s", waited.as_secs_f64())
            }
            Kind::Killed { program, waited } => write!(
                f,
                "{program} did not stop within {:.1} s; it and what was left was killed",
                waited.as_secs_f64()
            ),
            Kind::File { doing, path } => write!(f, "cannot {doing} {}", path.display()),
            Kind::Certificate => f.write_str("the certificates cannot be made"),
            Kind::Ports => f.write_str("no free port on loopback"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self.0.source.as_ref()? {
            Source::Evidence(evidence) => Some(evidence),
            Source::Other(cause) => Some(cause.as_ref()),
        }
    }
}

#[derive(Debug)]
struct Inner {
    kind: Kind,
    source: Option<Source>,
}

#[derive(Debug)]
enum Kind {
    NoBinary { program: &'static str, path: PathBuf },
    NotStarted { program: &'static str },
    Exited { program: &'static str, status: String },
    NotReady { program: &'static str, waited: Duration },
    Killed { program: &'static str, waited: Duration },
    File { doing: &'static str, path: PathBuf },
    Certificate,
    Ports,
}

#[derive(Debug)]
enum Source {
    Evidence(Evidence),
    Other(Box<dyn error::Error + Send + Sync>),
}

/// What is known of a program that failed us. Its files are gone by the time that somebody reads the error.
#[derive(Debug)]
pub(super) struct Evidence {
    /// What the last question about its readiness gave; `None` if none was asked.
    pub(super) answer: Option<String>,
    /// The end of its log.
    pub(super) log: String,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(answer) = &self.answer {
            write!(f, "its last answer was: {answer}; ")?;
        }
        if self.log.is_empty() {
            return f.write_str("it wrote nothing");
        }
        f.write_str("it last wrote:")?;
        self.log.lines().try_for_each(|line| {
            f.write_char('\n')?;
            f.write_str(line)
        })
    }
}

impl error::Error for Evidence {}

#[cfg(test)]
mod tests {
    use std::{error::Error as _, time::Duration};

    use super::{Error, Evidence};

    #[test]
    fn the_text_names_the_program_and_the_source_has_the_log() {
        let evidence = Evidence { answer: Some("500 etcd failed".to_owned()), log: "one\ntwo".to_owned() };
        let error = Error::not_ready("kube-apiserver", Duration::from_millis(2500), evidence);
        assert_eq!(error.to_string(), "kube-apiserver was not ready after 2.5 s");
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("its last answer was: 500 etcd failed; it last wrote:\none\ntwo")
        );
        assert_eq!((error.log(), error.is_timeout(), error.is_exited()), (Some("one\ntwo"), true, false));

        let error = Error::killed("kube-apiserver", Duration::from_secs(20));
        assert_eq!(
            error.to_string(),
            "kube-apiserver did not stop within 20.0 s; it and what was left was killed"
        );
        assert!(error.source().is_none() && error.log().is_none());
    }
}
