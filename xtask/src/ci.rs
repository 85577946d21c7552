//! `ci`: every check that a change has to pass, in order, with what each took.
//!
//! A step that fails does not keep the others from running, so that one run says all that is wrong.

use std::time::{Duration, Instant};

use crate::run::Failure;

mod alone;
mod cargo_steps;
mod deny;
mod purity;
mod real_tour;
mod same_as_kubectl;

pub(crate) use cargo_steps::{TEST, TOUR};

/// What the whole run may take on 2 cores with warm caches; `docs/ci.md` says where it goes.
const BUDGET: Duration = Duration::from_secs(45 * 60);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Runs this step alone; may be given more than once.
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Lists the steps, and runs none.
    #[arg(long)]
    list: bool,
}

/// One check.
#[derive(Clone, Copy, Debug)]
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<Outcome, Failure>,
}

/// How a step went that did not fail.
#[derive(Debug)]
enum Outcome {
    Passed,
    /// What it needs is not on this machine, and is not this machine's to have.
    Skipped(String),
}

const STEPS: &[Step] = &[
    Step { name: "test", what: "the README's test command", run: cargo_steps::test },
    Step { name: "fmt", what: "the format of the code", run: cargo_steps::fmt },
    Step { name: "clippy", what: "the lints, as errors", run: cargo_steps::clippy },
    Step { name: "doc", what: "the documentation, warnings as errors", run: cargo_steps::doc },
    Step { name: "tour", what: "the README's first command, on the embedded server", run: cargo_steps::tour },
    Step { name: "purity", what: "no I/O below the pure crates", run: purity::run },
    Step { name: "features", what: "each crate without its default features", run: cargo_steps::features },
    Step { name: "msrv", what: "the oldest compiler that is promised", run: cargo_steps::msrv },
    Step { name: "deny", what: "bans, licences and sources of the dependencies", run: deny::run },
    Step {
        name: "discovery-alone",
        what: "steersman-discovery is enough alone, and without TLS",
        run: alone::run,
    },
    Step {
        name: "control-plane",
        what: "the pinned servers and kubectl: built once, started, killed, and nothing left",
        run: cargo_steps::control_plane,
    },
    Step {
        name: "kubectl-config",
        what: "kubectl reads the same from kubeconfig files at random",
        run: cargo_steps::kubectl_config,
    },
    Step { name: "kubectl", what: "an unmodified kubectl on the embedded server", run: cargo_steps::kubectl },
    Step {
        name: "same-as-kubectl",
        what: "discovery and tables print what kubectl prints of the real control plane",
        run: same_as_kubectl::run,
    },
    Step {
        name: "conformance",
        what: "one suite on the embedded and the real server",
        run: cargo_steps::conformance,
    },
    Step {
        name: "tour-cluster",
        what: "the tour on the real control plane leaves nothing there",
        run: real_tour::run,
    },
    Step {
        name: "bench",
        what: "what the client takes, against the peers in the workspace",
        run: cargo_steps::bench,
    },
    Step { name: "campaign", what: "a share of the long property tests", run: cargo_steps::campaign },
];

/// The names of the steps, each of which has a row in `docs/ci.md`.
pub(crate) fn step_names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let steps = chosen(STEPS, &options.only)?;
    if options.list {
        for step in steps {
            println!("{:<16} {}", step.name, step.what);
        }
        return Ok(());
    }
    let started = Instant::now();
    let results: Vec<Line> = steps.into_iter().map(run_step).collect();
    let (table, failed) = closing(&results, started.elapsed());
    println!("\n{table}");
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(format!("ci failed: {}", failed.join(", ")))) }
}

/// The steps to run, in their own order.
fn chosen<'a>(steps: &'a [Step], only: &[String]) -> Result<Vec<&'a Step>, Failure> {
    if let Some(unknown) = only.iter().find(|name| !steps.iter().any(|step| step.name == name.as_str())) {
        let known: Vec<&str> = steps.iter().map(|step| step.name).collect();
        return Err(Failure::new(format!("no step `{unknown}`; there are {}", known.join(", "))));
    }
    Ok(steps.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name)).collect())
}

/// A step that ran.
#[derive(Debug)]
struct Line {
    name: &'static str,
    took: Duration,
    result: Result<Outcome, Failure>,
}

fn run_step(step: &Step) -> Line {
    println!("\n== {}: {}", step.name, step.what);
    let started = Instant::now();
    let result = (step.run)();
    let took = started.elapsed();
    match &result {
        Ok(Outcome::Passed) => println!("== {}: passed in {}", step.name, shown(took)),
        Ok(Outcome::Skipped(why)) => println!("== {}: skipped, {why}", step.name),
        Err(failure) => println!("== {}: FAILED in {}: {failure}", step.name, shown(took)),
    }
    Line { name: step.name, took, result }
}

/// The closing table, and the names of the steps that failed.
fn closing(lines: &[Line], total: Duration) -> (String, Vec<&'static str>) {
    let mut table = String::new();
    for line in lines {
        let result = match &line.result {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(failure) => format!("FAILED: {failure}"),
        };
        table += &format!("{:<16} {:>8}  {result}\n", line.name, shown(line.took));
    }
    let failed: Vec<&str> = lines.iter().filter(|line| line.result.is_err()).map(|line| line.name).collect();
    let verdict = if failed.is_empty() { "green" } else { "RED" };
    let budget = if total > BUDGET { ", over the warm" } else { ", budget" };
    table += &format!("ci is {verdict}: {} steps in {}{budget} {}", lines.len(), shown(total), shown(BUDGET));
    (table, failed)
}

fn shown(time: Duration) -> String {
    format!("{}m{:02}s", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    //! The steps are chosen by name, and a failure is seen at the end.

    use super::*;

    const THREE: &[Step] = &[
        Step { name: "good", what: "", run: || Ok(Outcome::Passed) },
        Step { name: "bad", what: "", run: || Err(Failure::new("broken")) },
        Step { name: "away", what: "", run: || Ok(Outcome::Skipped("no moon".to_owned())) },
    ];

    #[test]
    fn steps_are_chosen_by_name_and_keep_their_order() {
        let names = |only: &[&str]| {
            let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
            chosen(THREE, &only).map(|steps| steps.iter().map(|step| step.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap(), ["good", "bad", "away"]);
        assert_eq!(names(&["away", "good"]).unwrap(), ["good", "away"]);
        assert_eq!(names(&["nope"]).unwrap_err().to_string(), "no step `nope`; there are good, bad, away");
    }

    #[test]
    fn a_failed_step_is_said_at_the_end() {
        let lines: Vec<Line> = THREE.iter().map(run_step).collect();
        let (table, failed) = closing(&lines, Duration::from_secs(61));
        assert_eq!(failed, ["bad"]);
        assert!(table.contains("FAILED: broken") && table.contains("skipped: no moon"), "{table}");
        assert!(table.ends_with("ci is RED: 3 steps in 1m01s, budget 45m00s"), "{table}");
        let (table, failed) = closing(&lines[..1], BUDGET + Duration::from_secs(1));
        assert!(failed.is_empty());
        assert!(table.ends_with("ci is green: 1 steps in 45m01s, over the warm 45m00s"), "{table}");
    }
}
