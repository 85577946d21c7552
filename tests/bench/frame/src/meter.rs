//! The meter: the clock, the processor's time of the process, and its memory.

use std::{
    fs, io,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

use crate::{Measured, Mode};

/// Measures from its start.
///
/// The processor's time of all threads together is exact to the nanosecond. How much of it was spent in the kernel is
/// counted by the system in ticks of a hundredth of a second, so over a short work the two parts are rough, and their sum
/// is not.
#[derive(Debug)]
pub struct Meter {
    started: Instant,
    cpu: Duration,
    ticks: Ticks,
}

impl Meter {
    /// Starts.
    ///
    /// # Errors
    /// If the system tells nothing of the process.
    pub fn start() -> io::Result<Self> {
        Ok(Self { ticks: Ticks::now()?, cpu: cpu(), started: Instant::now() })
    }

    /// Stops, and tells what was measured for `items` of work in `requests`.
    ///
    /// # Errors
    /// If the system tells nothing of the process.
    pub fn stop(self, mode: Mode, items: u64, requests: u64) -> io::Result<Measured> {
        let wall = self.started.elapsed();
        let cpu = cpu().saturating_sub(self.cpu);
        let system = Ticks::now()?.system_share_since(self.ticks);
        let cpu_sys_s = cpu.as_secs_f64() * system;
        Ok(Measured {
            mode: mode.to_string(),
            items,
            wall_s: wall.as_secs_f64(),
            cpu_user_s: cpu.as_secs_f64() - cpu_sys_s,
            cpu_sys_s,
            peak_rss_kb: peak_rss_kb(&fs::read_to_string("/proc/self/status")?).ok_or_else(no_answer)?,
            requests,
        })
    }
}

/// The processor's time of all threads of the process so far.
#[must_use]
pub fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// What the system counts in ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ticks {
    user: u64,
    system: u64,
}

impl Ticks {
    fn now() -> io::Result<Self> {
        Self::parse(&fs::read_to_string("/proc/self/stat")?).ok_or_else(no_answer)
    }

    /// Fields 14 and 15 of `/proc/PID/stat` (proc(5)). The name of the program, field 2, may hold anything but ends with
    /// the last parenthesis.
    fn parse(stat: &str) -> Option<Self> {
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        Some(Self { user: fields.next()?.parse().ok()?, system: fields.next()?.parse().ok()? })
    }

    fn system_share_since(self, earlier: Self) -> f64 {
        let (user, system) = (self.user - earlier.user, self.system - earlier.system);
        if user + system == 0 { 0.0 } else { system as f64 / (user + system) as f64 }
    }
}

/// The peak of the resident memory, from `/proc/PID/status` (proc(5)).
fn peak_rss_kb(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn no_answer() -> io::Error {
    io::Error::other("the system does not say what the process has used")
}

#[cfg(test)]
mod tests {
    //! What the system says is read as proc(5) has it.

    use super::{Ticks, peak_rss_kb};

    #[test]
    fn ticks_are_read_behind_any_name() {
        let stat = "7 (a) b (c) R 1 7 7 0 -1 4194304 90 0 0 0 31 12 0 0 20 0 1 0 5 6 7";
        assert_eq!(Ticks::parse(stat), Some(Ticks { user: 31, system: 12 }));
        assert_eq!(Ticks::parse("7 (a) R 1"), None);
        let since = Ticks { user: 34, system: 13 }.system_share_since(Ticks { user: 31, system: 12 });
        assert!((since - 0.25).abs() < 1e-9);
    }

    #[test]
    fn the_peak_is_read() {
        assert_eq!(peak_rss_kb("VmPeak:\t 9 kB\nVmHWM:\t    1932 kB\nVmRSS:\t 7 kB\n"), Some(1932));
        assert_eq!(peak_rss_kb("VmPeak:\t 9 kB\n"), None);
    }
}
