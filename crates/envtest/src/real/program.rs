//! One running program of the control plane.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep_until, timeout_at},
};

use super::{
    Error,
    arguments::Arguments,
    error::Evidence,
    keeper::Keeper,
    layout::{Layout, write},
    probe::Probe,
};

/// A program in the keeper's group, with its log.
#[derive(Debug)]
pub(super) struct Program {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts `binary` in the group of `keeper`.
    pub(super) fn start(
        name: &'static str,
        binary: &Path,
        arguments: &Arguments,
        keeper: &Keeper,
        layout: &Layout,
    ) -> Result<Self, Error> {
        let log = layout.log(name);
        write(&log, "")?;
        let output =
            || File::options().append(true).open(&log).map_err(|cause| Error::file("open", &log, cause));
        let mut command = Command::new(binary);
        // They take all that they need by flags. etcd would take any flag from a variable as well, and whoever runs an
        // etcd of their own may have such variables set.
        command.env_clear().envs(
            std::env::vars_os().filter(|(name, _)| INHERITED.iter().any(|inherited| name == inherited)),
        );
        let child = command
            .args(arguments.render())
            .current_dir(layout.run())
            .stdin(Stdio::null())
            .stdout(output()?)
            .stderr(output()?)
            .process_group(keeper.group())
            .spawn()
            .map_err(|cause| Error::not_started(name, cause))?;
        Ok(Self { name, child, log })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks until every path in `paths` has answered 200, in that order; fails if the program ends or `deadline` passes.
    pub(super) async fn until_ready(
        &mut self,
        probe: &Probe,
        paths: &[&str],
        deadline: Instant,
    ) -> Result<(), Error> {
        let started = Instant::now();
        for path in paths {
            let mut answer = None;
            loop {
                match timeout_at(deadline, probe.check(path)).await {
                    Ok(Ok(())) => break,
                    Ok(Err(wrong)) => answer = Some(format!("{path}: {}", wrong.trim_end())),
                    Err(_) => {}
                }
                if let Ok(status) = timeout_at(Instant::now() + INTERVAL, self.child.wait()).await {
                    return Err(self.exited(status));
                }
                if Instant::now() >= deadline {
                    return Err(Error::not_ready(self.name, started.elapsed(), self.evidence(answer)));
                }
            }
        }
        Ok(())
    }

    /// Returns once the program has ended. Cancel safe.
    pub(super) async fn ended(&mut self) -> Error {
        let status = self.child.wait().await;
        self.exited(status)
    }

    /// Asks the program to stop, and waits until it has or `deadline` passes; gives whether it has.
    pub(super) async fn stop(&mut self, deadline: Instant) -> bool {
        // There is an id until the end has been noticed, and until then it is nobody else's.
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It fails only for a process that has ended, which the wait below sees.
            let _ = kill_process(pid, Signal::TERM);
        }
        tokio::select! {
            biased;
            _ = self.child.wait() => true,
            () = sleep_until(deadline) => false,
        }
    }

    fn exited(&self, status: std::io::Result<ExitStatus>) -> Error {
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        Error::exited(self.name, status, self.evidence(None))
    }

    fn evidence(&self, answer: Option<String>) -> Evidence {
        Evidence { answer, log: tail(&self.log).unwrap_or_default() }
    }
}

/// The last lines of a file, or of what is left of it.
fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"))
}

/// Between two questions about readiness.
const INTERVAL: Duration = Duration::from_millis(50);

const TAIL_LINES: usize = 20;
const TAIL_BYTES: u64 = 16 * 1024;

/// What a program may know of our own environment: where things are, and how Go's runtime is tuned.
const INHERITED: [&str; 7] = ["PATH", "HOME", "TMPDIR", "TZ", "GODEBUG", "GOMAXPROCS", "GOMEMLIMIT"];

#[cfg(test)]
mod tests {
    use super::{TAIL_BYTES, tail};

    #[test]
    fn the_tail_is_short() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, want) in [
            (String::new(), String::new()),
            ("one\ntwo\n".to_owned(), "one\ntwo".to_owned()),
            (
                (1..=30).map(|n| format!("{n}\n")).collect(),
                (11..=30).map(|n| n.to_string()).collect::<Vec<_>>().join("\n"),
            ),
        ] {
            std::fs::write(file.path(), text).unwrap();
            assert_eq!(tail(file.path()).unwrap(), want);
        }
        std::fs::write(file.path(), "x".repeat(100_000)).unwrap();
        assert_eq!(tail(file.path()).unwrap().len() as u64, TAIL_BYTES);
    }
}
