//! The process that outlives us by a moment, to take everything else down.

use std::{
    io,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// A small shell process that leads the process group which all programs join, and holds the reading end of a pipe
/// whose writing end only we have.
///
/// However we end, the kernel closes our end. The keeper then signals its group, removes the folder, and kills the
/// group with itself in it. So there is no list of process ids that could be stale, and no program that was
/// started in between: to start is to join the group.
///
/// Dropping it kills the group at once; only a killed owner needs the keeper's own hand.
#[derive(Debug)]
pub(super) struct Keeper {
    /// Not reaped before the group is killed, so that its id cannot have been given to somebody else.
    process: Child,
}

impl Keeper {
    /// Starts the keeper of an empty group; `folder` is removed with the group if we are killed.
    pub(super) fn start(folder: &Path) -> io::Result<Self> {
        let process = Command::new("sh")
            .args(["-c", SCRIPT, "steersman-keeper"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { process })
    }

    /// The process group to start programs in.
    pub(super) fn group(&self) -> i32 {
        Pid::from_child(&self.process).as_raw_nonzero().get()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Both can only fail if the group is gone already, which is what we want.
        let _ = kill_process_group(Pid::from_child(&self.process), Signal::KILL);
        let _ = self.process.wait();
    }
}

/// Reads until the pipe is closed. The gentle signal, which the keeper itself ignores, is there so that nobody writes new
/// files while the folder is removed.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
while read -r line; do :; done
kill -TERM 0
if [ -n "$1" ]; then rm -rf -- "$1"; fi
kill -KILL 0
"#;

#[cfg(test)]
mod tests {
    use std::{
        io::Read as _,
        os::unix::process::CommandExt as _,
        process::{Child, Command, Stdio},
    };

    use super::Keeper;

    /// A program that ignores every polite request and never ends; its output ends when it does.
    fn stubborn(keeper: &Keeper) -> Child {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' HUP INT TERM; echo up; while :; do sleep 1000; done"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(keeper.group())
            .spawn()
            .unwrap();
        let mut line = [0; 3];
        child.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
        assert_eq!(&line, b"up\n");
        child
    }

    /// Returns when the last process that held the child's output is gone: the shell and its `sleep`.
    fn wait_until_gone(mut child: Child) {
        assert_eq!(child.stdout.take().unwrap().read_to_end(&mut Vec::new()).unwrap(), 0);
        assert!(!child.wait().unwrap().success());
    }

    #[test]
    fn a_closed_pipe_takes_the_group_and_the_folder_down() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "x").unwrap();
        let mut keeper = Keeper::start(folder.path()).unwrap();
        let children = [stubborn(&keeper), stubborn(&keeper)];
        // This is what the kernel does for us when we are killed.
        drop(keeper.process.stdin.take());
        children.into_iter().for_each(wait_until_gone);
        assert!(!keeper.process.wait().unwrap().success());
        assert!(!folder.path().exists());
    }

    #[test]
    fn a_dropped_keeper_takes_the_group_down() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::start(folder.path()).unwrap();
        let child = stubborn(&keeper);
        drop(keeper);
        wait_until_gone(child);
        assert!(folder.path().exists(), "the folder is its owner's to remove");
    }
}
