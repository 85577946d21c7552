//! Running a plugin.

use std::{
    error::Error as StdError,
    fmt,
    io::{self, IsTerminal},
    process::{ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use futures::future::join3;
use steersman_config::{ExecPlugin, InteractiveMode};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    process::{Child, Command},
    time::timeout,
};

use super::{
    policy::{ExecPolicy, find},
    protocol::{Credential, exec_info, parse},
};

/// Runs a plugin and reads what it prints.
///
/// It gets no shell, the environment of this process with its own variables on top, and no terminal unless it may ask
/// the user. What it writes to standard error goes to ours: all of it where it has the terminal, else no more than 64 KiB.
///
/// # Cancel safety
/// If it is dropped the plugin is killed.
pub(super) async fn run(plugin: &ExecPlugin, policy: &ExecPolicy) -> Result<Credential, ExecError> {
    let fail = |what: What, source: Option<io::Error>| ExecError {
        command: plugin.command.clone(),
        install_hint: plugin.install_hint.clone(),
        what,
        source,
    };
    let Some(path) = find(&plugin.command, std::env::var_os("PATH").as_deref()) else {
        return Err(fail(What::NotFound, None));
    };
    if !policy.rule.allows(&plugin.command, &path) {
        return Err(fail(What::Denied, None));
    }
    let terminal = io::stdin().is_terminal();
    let interactive = match plugin.interactive_mode {
        InteractiveMode::Never => false,
        InteractiveMode::Always if !terminal => return Err(fail(What::NoTerminal, None)),
        _ => terminal,
    };
    let mut command = Command::new(path);
    command
        .args(&plugin.args)
        .envs(plugin.env.iter().map(|(name, value)| (name, value.expose())))
        .env("KUBERNETES_EXEC_INFO", exec_info(plugin, interactive))
        .stdin(if interactive { Stdio::inherit() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(if interactive { Stdio::inherit() } else { Stdio::piped() })
        .kill_on_drop(true);
    if !interactive {
        own_group(&mut command);
    }
    let child = command.spawn().map_err(|error| fail(What::NotStarted, Some(error)))?;
    let group = if interactive { None } else { child.id() };
    let mut child = Running { group: AtomicU32::new(group.unwrap_or(NO_GROUP)), child };
    let limit = if interactive { policy.timeout.saturating_mul(5) } else { policy.timeout };
    let output = timeout(limit, child.output(tokio::io::stderr())).await;
    let (status, stdout) = match output {
        Err(_) => return Err(fail(What::TimedOut, None)),
        Ok(Err(error)) => return Err(fail(What::NotRead, Some(error))),
        Ok(Ok(output)) => output,
    };
    if stdout.len() as u64 > MAX_OUTPUT_BYTES {
        return Err(fail(What::TooMuch, None));
    }
    if !status.success() {
        return Err(fail(What::Failed(status.code()), None));
    }
    parse(plugin.api_version, &stdout).map_err(|fault| fail(What::Printed(fault.text()), None))
}

/// A plugin that runs; dropped before its end it is killed, with its process group.
struct Running {
    child: Child,
    /// [`NO_GROUP`] once it has been waited for: after that the number may be somebody else's.
    group: AtomicU32,
}

impl Running {
    /// Its exit status and the beginning of what it printed, one byte more than may be. The beginning of what it writes
    /// to standard error goes to `told`.
    async fn output(&mut self, told: impl AsyncWrite + Unpin) -> io::Result<(ExitStatus, Vec<u8>)> {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let (child, group) = (&mut self.child, &self.group);
        let read = async {
            let mut read = Vec::new();
            if let Some(pipe) = stdout {
                pipe.take(MAX_OUTPUT_BYTES + 1).read_to_end(&mut read).await?;
            }
            if read.len() as u64 > MAX_OUTPUT_BYTES {
                kill(group, After::Nothing);
            }
            Ok::<_, io::Error>(read)
        };
        let relay = async {
            if let Some(pipe) = stderr {
                relay(pipe, told).await;
            }
        };
        let wait = async {
            let status = child.wait().await;
            // What it left behind in its group is not waited for, but does not stay either: it may hold the pipes.
            kill(group, After::Waiting);
            status
        };
        let (read, (), status) = join3(read, relay, wait).await;
        Ok((status?, read?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        kill(&self.group, After::Nothing);
    }
}

/// Whether the leader of the group has been waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Nothing,
    Waiting,
}

fn kill(group: &AtomicU32, after: After) {
    let number = match after {
        After::Nothing => group.load(Ordering::SeqCst),
        After::Waiting => group.swap(NO_GROUP, Ordering::SeqCst),
    };
    if number != NO_GROUP {
        kill_group(number);
    }
}

/// Passes on the beginning of what a plugin says, and reads the rest, so that it is not held up.
async fn relay(mut said: impl AsyncRead + Unpin, mut told: impl AsyncWrite + Unpin) {
    let mut chunk = [0; 4 << 10];
    let mut left = MAX_TOLD_BYTES;
    // What can't be passed on is not worth failing for.
    while let Ok(length @ 1..) = said.read(&mut chunk).await {
        let length = length.min(left);
        left -= length;
        if length > 0 && told.write_all(&chunk[..length]).await.is_ok() {
            let _ = told.flush().await;
        }
    }
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

#[cfg(unix)]
fn kill_group(group: u32) {
    let group = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // It may be gone already.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// There are no groups; the child itself dies with its handle.
#[cfg(not(unix))]
fn kill_group(_: u32) {}

/// Why there are no credentials from a plugin.
#[derive(Debug)]
pub(crate) struct ExecError {
    command: String,
    install_hint: Option<String>,
    what: What,
    source: Option<io::Error>,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Denied,
    Failed(Option<i32>),
    NoTerminal,
    NotFound,
    NotRead,
    NotStarted,
    Printed(&'static str),
    TimedOut,
    TooMuch,
}

impl ExecError {
    /// The task that ran it is gone, with its runtime.
    pub(super) fn lost(command: String) -> Self {
        Self { command, install_hint: None, what: What::Failed(None), source: None }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match (self.what, &self.install_hint) {
            (What::NotFound | What::NotStarted, Some(hint)) => {
                // It comes from a file: nothing in it moves the cursor of a terminal.
                hint.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect()
            }
            (What::NotFound | What::NotStarted, None) => {
                "install the plugin, or set the command of the user's exec entry to where it is".to_owned()
            }
            (What::Denied, _) => "the program's policy does not allow this plugin".to_owned(),
            (What::NoTerminal, _) => {
                "run it where there is a terminal: this plugin has to ask the user".to_owned()
            }
            _ => format!("run {} by itself to see what is wrong", self.command.escape_debug()),
        }
    }
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the credential plugin {}", self.command.escape_debug())?;
        match self.what {
            What::Denied => f.write_str(" may not be run"),
            What::Failed(Some(code)) => write!(f, " failed with exit code {code}"),
            What::Failed(None) => f.write_str(" was killed"),
            What::NoTerminal => f.write_str(" needs a terminal, and there is none"),
            What::NotFound => f.write_str(" was not found"),
            What::NotRead => f.write_str(" could not be read from"),
            What::NotStarted => f.write_str(" could not be started"),
            What::Printed(fault) => write!(f, " can't be used: {fault}"),
            What::TimedOut => f.write_str(" did not end in time"),
            What::TooMuch => f.write_str(" printed more than 1 MiB"),
        }
    }
}

impl StdError for ExecError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

const MAX_OUTPUT_BYTES: u64 = 1 << 20;
const MAX_TOLD_BYTES: usize = 64 << 10;
/// No process has this number.
const NO_GROUP: u32 = 0;

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use tokio::process::Command;

    use super::{AtomicU32, MAX_TOLD_BYTES, NO_GROUP, Running, relay};

    /// What a plugin says is passed on up to the limit, and read to its end.
    #[tokio::test]
    async fn what_is_said_has_a_limit() {
        for length in [0, 1, MAX_TOLD_BYTES - 1, MAX_TOLD_BYTES, MAX_TOLD_BYTES + 1, 10 * MAX_TOLD_BYTES] {
            let said: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let mut told = Vec::new();
            let mut unread = said.as_slice();
            relay(&mut unread, &mut told).await;
            assert!(unread.is_empty() && told == said[..length.min(MAX_TOLD_BYTES)], "{length}");
        }
    }
    /// A plugin that says more than that is not held up.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_plugin_may_say_a_lot() {
        let said = "head -c 300000 /dev/zero >&2; echo printed; head -c 300000 /dev/zero >&2";
        let mut command = Command::new("/bin/sh");
        let command = command.args(["-c", said]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("a shell");
        let mut running = Running { group: AtomicU32::new(NO_GROUP), child };
        let mut told = Vec::new();
        let (status, printed) = running.output(&mut told).await.expect("an end");
        assert!(status.success() && printed == b"printed\n");
        assert_eq!(told.len(), MAX_TOLD_BYTES);
    }
}
