//! `bench`: whole client processes against a replayed kube-apiserver, by turns, in one run.
//!
//! Each process connects, does one thing, and prints what that took. The clients take turns, so that what else goes on on
//! the machine meets all of them; what is told is the median of the ratios of the turns, and not the ratio of two medians.

use std::fs;

use clap::ValueEnum;

use crate::run::{self, Failure};
use crate::served::Served;
use crate::workspace;

mod cases;
mod numbers;
mod programs;
mod report;

use cases::{Client, Wire};
use numbers::Runs;
use programs::Programs;

/// Where the tables are kept.
const DOCUMENT: &str = "docs/performance.md";

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What is measured: one mode or several, or `record`, which makes the recordings anew. Default: all modes.
    #[arg(value_name = "MODE")]
    modes: Vec<String>,
    /// With the clients outside of the workspace: kube-rs, which takes some minutes to build.
    #[arg(long)]
    peers: bool,
    /// How often each client has its turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How many pods the server has.
    #[arg(long, default_value_t = 10_000)]
    pods: u64,
    /// How many events are watched, and how many GETs and requests are sent.
    #[arg(long, default_value_t = 20_000)]
    count: u64,
    /// Over what: plain HTTP/1.1, or TLS with HTTP/2. Default: both.
    #[arg(long, value_enum)]
    wire: Option<Wire>,
    /// Prints every number of every turn as JSON.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Prints the tables of docs/performance.md.
    #[arg(long)]
    markdown: bool,
    /// Writes the tables into docs/performance.md.
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    document: bool,
    /// Fails where a ratio is above what CI lets pass.
    #[arg(long)]
    check: bool,
}

impl Options {
    /// A share of all this for CI: small, with the peers in the workspace alone, and with an eye on the ratios.
    pub(crate) fn ci() -> Self {
        Self {
            modes: Vec::new(),
            peers: false,
            rounds: 3,
            pods: 4_000,
            count: 6_000,
            wire: None,
            json: false,
            markdown: false,
            document: false,
            check: true,
        }
    }

    fn clients(&self, mode: &str) -> Vec<Client> {
        let peers = |client: &&Client| self.peers || !client.is_outside();
        cases::clients(mode).iter().filter(peers).copied().collect()
    }

    fn wires(&self) -> Vec<Wire> {
        self.wire.map_or_else(|| Wire::value_variants().to_vec(), |wire| vec![wire])
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if options.modes.iter().any(|mode| mode == "record") {
        return record();
    }
    let modes = cases::chosen(&options.modes)?;
    let programs = Programs::build(options.peers)?;
    let server = programs.serve(options.pods)?;
    let mut runs = Runs::default();
    for round in 0..options.rounds.max(1) {
        for (mode, wire) in pairs(&modes, &options.wires()) {
            let mut clients = options.clients(mode);
            // Nobody is always the first.
            let first = round % clients.len();
            clients.rotate_left(first);
            for client in clients {
                let run = programs.client(&server, client, mode, wire, options.count)?;
                eprintln!("{:>3} {mode:<11} {wire:<5} {client:<16} {run}", round + 1);
                runs.add(mode, wire, client, run);
            }
        }
    }
    if modes.contains(&"discovery") {
        for line in programs.discovery(options.check)? {
            eprintln!("{line}");
        }
    }
    let verdicts = cases::verdicts(&runs, &server.sizes);
    if options.json {
        println!("{}", report::json(&runs, &verdicts));
    } else if options.markdown {
        println!("{}", report::markdown(&runs, &verdicts, &programs::machine()));
    } else if options.document {
        write(&report::markdown(&runs, &verdicts, &programs::machine()))?;
    } else {
        println!("{}", report::text(&runs, &verdicts));
    }
    let above: Vec<String> = verdicts
        .iter()
        .filter(|verdict| options.check && !verdict.passes_ci())
        .map(ToString::to_string)
        .collect();
    if above.is_empty() { Ok(()) } else { Err(Failure::new(format!("too much: {}", above.join("; ")))) }
}

fn pairs<'a>(modes: &[&'a str], wires: &[Wire]) -> Vec<(&'a str, Wire)> {
    modes.iter().flat_map(|mode| wires.iter().map(move |wire| (*mode, *wire))).collect()
}

/// Puts the tables in their place in the document.
fn write(tables: &str) -> Result<(), Failure> {
    let path = workspace::root().join(DOCUMENT);
    let text = fs::read_to_string(&path).map_err(|error| workspace::cannot("read", &path, &error))?;
    let whole = report::in_document(&text, tables)
        .ok_or_else(|| Failure::new(format!("{DOCUMENT} has no place for the tables")))?;
    fs::write(&path, whole).map_err(|error| workspace::cannot("write", &path, &error))?;
    println!("written to {DOCUMENT}");
    Ok(())
}

/// Makes the recordings anew, on a real control plane that is thrown away. It has no kube-controller-manager, which would
/// delete the pods at once, as their owners are not there.
fn record() -> Result<(), Failure> {
    let server = Served::real_without_controllers("bench")?;
    let mut command = run::cargo(["run", "-p", "steersman-bench", "--", "record", "--kubeconfig"]);
    run::run(command.arg(server.kubeconfig()))
}
