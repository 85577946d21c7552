//! The servers in the background, one set for each cache folder: `up`, `down`, `kubeconfig`.
//!
//! Whether they are up is told by a lock. The locked file is the standard input of the program that runs them, so the system
//! frees it in the moment in which that program ends, and no process id is trusted that could be somebody else's.

use std::fs::{self, File, TryLockError};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::control_plane::build;
use crate::run::{self, Failure, cargo};
use crate::workspace::{self, cannot};

#[derive(Debug, clap::Args)]
pub(crate) struct Up {
    /// Leaves kube-controller-manager out.
    #[arg(long)]
    no_controller_manager: bool,
    /// Passes `--NAME=VALUE` to kube-apiserver; can be given again.
    #[arg(long, value_name = "NAME=VALUE")]
    apiserver_flag: Vec<String>,
}

pub(super) fn up(options: &Up) -> Result<(), Failure> {
    let files = Files::create()?;
    let Some(lock) = files.try_lock()? else {
        let state = files.state()?;
        println!("already up since an earlier `up`");
        print_use(&state);
        return Ok(());
    };
    let bin_dir = build::binaries()?;
    let program = build_program()?;
    files.clear()?;
    let log = files.path("up.log");
    let errors = File::create(&log).map_err(|error| cannot("create", &log, &error))?;
    let mut command = run::program(program);
    command
        .args(["real", "up", "--detached", "--bin-dir"])
        .arg(&bin_dir)
        .arg("--write-kubeconfig")
        .arg(files.path("kubeconfig"))
        .arg("--token-kubeconfig")
        .arg(files.path("token-kubeconfig"))
        .arg("--log-dir")
        .arg(files.path("logs"));
    if options.no_controller_manager {
        command.arg("--no-controller-manager");
    }
    for flag in &options.apiserver_flag {
        command.arg(format!("--apiserver-flag={flag}"));
    }
    // A group of its own, so that the terminal's Ctrl-C is not for it.
    command.stdin(lock).stdout(Stdio::piped()).stderr(errors).process_group(0);
    let mut child = command.spawn().map_err(|error| run::not_started(&command, &error))?;
    // One line when it is ready. It ends by itself, and with it the pipe, if that takes too long.
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut line).map_err(|error| cannot("read", &log, &error))?;
    }
    if line.is_empty() {
        let status = child.wait().map_err(|error| run::not_started(&command, &error))?;
        let said = fs::read_to_string(&log).unwrap_or_default();
        return Err(Failure::new(format!("the control plane did not start ({status})\n{}", said.trim_end())));
    }
    let state = files.path(STATE);
    fs::write(&state, &line).map_err(|error| cannot("write", &state, &error))?;
    println!("up");
    print_use(&files.state()?);
    Ok(())
}

pub(super) fn down() -> Result<(), Failure> {
    let files = Files::create()?;
    if files.try_lock()?.is_some() {
        println!("not up");
        return Ok(());
    }
    let pid = files.state()?["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| Failure::new("the state of the control plane names no process"))?;
    for (signal, patience) in [(Signal::TERM, STOP), (Signal::KILL, KILL)] {
        // It fails only for a process that has ended, which the lock shows.
        let _ = kill_process(pid, signal);
        if files.wait_until_free(patience)? {
            files.clear()?;
            println!("stopped");
            return Ok(());
        }
    }
    Err(Failure::new(format!("process {pid} does not end", pid = pid.as_raw_nonzero())))
}

pub(super) fn kubeconfig() -> Result<PathBuf, Failure> {
    let files = Files::create()?;
    if files.try_lock()?.is_some() {
        return Err(Failure::new("the control plane is not up: `cargo xtask control-plane up` starts it"));
    }
    files.state()?["kubeconfig"]
        .as_str()
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new("its state names no kubeconfig"))
}

fn print_use(state: &Value) {
    let text = |name: &str| state[name].as_str().unwrap_or_default().to_owned();
    println!("  server      {}", text("server"));
    println!("  etcd        {}", text("etcd"));
    println!("  logs        {}", text("logs"));
    println!("  kubeconfig  {}", text("kubeconfig"));
    println!("  with token  {}", text("tokenKubeconfig"));
    println!("use it:   export KUBECONFIG={}", text("kubeconfig"));
    println!("stop it:  cargo xtask control-plane down");
}

fn build_program() -> Result<PathBuf, Failure> {
    run::run(&mut cargo(["build", "-p", "steersman-envtest", "--bins"]))?;
    Ok(workspace::target_dir()?
        .join("debug")
        .join(format!("steersman-envtest{}", std::env::consts::EXE_SUFFIX)))
}

/// The folder of the servers that are up.
#[derive(Debug)]
struct Files(PathBuf);

impl Files {
    fn create() -> Result<Self, Failure> {
        Self::create_in(&build::cache()?)
    }

    fn create_in(cache: &Path) -> Result<Self, Failure> {
        let folder = cache.join("up");
        fs::create_dir_all(&folder).map_err(|error| cannot("create", &folder, &error))?;
        Ok(Self(folder))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The lock, or nothing if the servers are up, or somebody is about to start them.
    fn try_lock(&self) -> Result<Option<File>, Failure> {
        let path = self.path("lock");
        let opened = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let file = opened.map_err(|error| cannot("open", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(cannot("lock", &path, &error)),
        }
    }

    fn wait_until_free(&self, patience: Duration) -> Result<bool, Failure> {
        let started = Instant::now();
        while self.try_lock()?.is_none() {
            if started.elapsed() > patience {
                return Ok(false);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(true)
    }

    /// What the program said when it was ready.
    fn state(&self) -> Result<Value, Failure> {
        let text = fs::read_to_string(self.path(STATE))
            .map_err(|_| Failure::new("the control plane is being started or stopped by somebody else"))?;
        serde_json::from_str(&text).map_err(|error| Failure::new(format!("its state is not JSON: {error}")))
    }

    /// Removes what an earlier run left; its credentials are good for nothing any more.
    fn clear(&self) -> Result<(), Failure> {
        for name in [STATE, "kubeconfig", "token-kubeconfig"] {
            let path = self.path(name);
            if path.exists() {
                fs::remove_file(&path).map_err(|error| cannot("remove", &path, &error))?;
            }
        }
        Ok(())
    }
}

const STATE: &str = "state.json";

/// Longer than the program itself waits before it kills what it runs.
const STOP: Duration = Duration::from_secs(30);

const KILL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    //! The lock lives exactly as long as the program that has it as its standard input.

    use std::process::Command;

    use super::*;

    #[test]
    fn the_lock_is_held_by_the_program_and_freed_by_its_end() {
        let files = Files::create_in(&workspace::scratch("control-plane-up").unwrap()).unwrap();
        let lock = files.try_lock().unwrap().expect("nobody else has it");
        let mut command = Command::new("sleep");
        let mut child = command.arg("1000").stdin(lock).spawn().unwrap();
        drop(command);
        assert!(files.try_lock().unwrap().is_none(), "the program has it");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(files.wait_until_free(Duration::from_secs(10)).unwrap());
    }

    #[test]
    fn without_a_state_somebody_is_about_to_start_or_stop() {
        let files = Files::create_in(&workspace::scratch("control-plane-state").unwrap()).unwrap();
        let message = files.state().unwrap_err().to_string();
        assert_eq!(message, "the control plane is being started or stopped by somebody else");
        fs::write(files.path(STATE), "{\"pid\": 7}\n").unwrap();
        assert_eq!(files.state().unwrap()["pid"], 7);
        files.clear().unwrap();
        assert!(!files.path(STATE).exists());
    }
}
