//! `campaign`: the seeded property tests with as many cases as a time budget holds.
//!
//! A property test reads the number of its cases from the variable [`CASES`]; it has a default for everyday runs. The
//! number grows from round to round until the next round would not fit.

use std::time::{Duration, Instant};

use crate::run::{self, Failure, cargo};
use crate::workspace::{self, File};

/// The variable that holds the number of cases of a seeded property test.
const CASES: &str = "STEERSMAN_CAMPAIGN_CASES";

/// The cases of the first round.
const FIRST: u64 = 1_000;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How long it may take, without building.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
}

impl Options {
    pub(crate) fn minutes(minutes: u64) -> Self {
        Self { minutes }
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let packages = packages(&workspace::files()?);
    if packages.is_empty() {
        return Err(Failure::new(format!("no test reads {CASES}")));
    }
    let budget =
        Duration::from_secs(options.minutes * 60) / u32::try_from(packages.len()).unwrap_or(u32::MAX);
    for package in packages {
        run::run(test(&package).arg("--no-run"))?;
        let started = Instant::now();
        let mut cases = FIRST;
        loop {
            let round = Instant::now();
            run::run(test(&package).arg("--quiet").env(CASES, cases.to_string()))?;
            let (took, left) = (round.elapsed(), budget.saturating_sub(started.elapsed()));
            println!("{package}: {cases} cases in {:.1} s", took.as_secs_f64());
            match next(cases, took, left) {
                Some(more) => cases = more,
                None => break,
            }
        }
    }
    Ok(())
}

fn test(package: &str) -> std::process::Command {
    // Optimised, as it is the number of cases that finds something.
    cargo(["test", "--release", "-p", package, "--lib", "--tests"])
}

/// The cases of the next round: as many as the time that is left holds, but at most ten times as many as in the last;
/// none if that would not be twice as many.
fn next(cases: u64, took: Duration, left: Duration) -> Option<u64> {
    let took = took.max(Duration::from_millis(1));
    // A part is kept back, as a case can take longer than those before it.
    let fitting = left.as_secs_f64() * 0.8 / took.as_secs_f64();
    (fitting >= 2.0).then(|| cases.saturating_mul(if fitting >= 10.0 { 10 } else { fitting as u64 }))
}

/// The packages with a test that reads the number of its cases.
fn packages(files: &[File]) -> Vec<String> {
    let mut packages: Vec<String> = files
        .iter()
        .filter(|file| {
            file.path.ends_with(".rs") && file.text.contains(CASES) && !file.path.starts_with("xtask/")
        })
        .filter_map(|file| file.path.strip_prefix("crates/")?.split('/').next())
        .map(|folder| if folder == "steersman" { folder.to_owned() } else { format!("steersman-{folder}") })
        .collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

#[cfg(test)]
mod tests {
    //! The rounds grow into the time that is left, and stop before it is over.

    use super::*;

    #[test]
    fn the_next_round_fits() {
        let seconds = Duration::from_secs;
        assert_eq!(next(1_000, seconds(1), seconds(100)), Some(10_000));
        assert_eq!(next(1_000, seconds(10), seconds(50)), Some(4_000));
        assert_eq!(next(1_000, seconds(10), seconds(24)), None);
        assert_eq!(next(1_000, seconds(10), seconds(0)), None);
        assert_eq!(next(1_000, seconds(0), seconds(1)), Some(10_000));
        assert_eq!(next(u64::MAX, seconds(1), seconds(100)), Some(u64::MAX));
    }

    #[test]
    fn the_packages_are_found_by_the_variable() {
        let reads = format!("std::env::var(\"{CASES}\")");
        let files = [
            File::new("crates/json/tests/it/cut.rs", &reads),
            File::new("crates/json/src/tests.rs", &reads),
            File::new("crates/steersman/tests/it/main.rs", &reads),
            File::new("crates/meta/src/lib.rs", "//! Nothing.\n"),
            File::new("crates/json/README.md", &reads),
            File::new("xtask/src/campaign.rs", &reads),
        ];
        assert_eq!(packages(&files), ["steersman", "steersman-json"]);
        assert!(packages(&[]).is_empty());
    }
}
