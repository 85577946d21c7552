//! Who is measured at what, and what is asked of the ratios: data.

use std::fmt;

use clap::ValueEnum;

use super::numbers::{Run, Runs};
use crate::run::Failure;

/// Who does the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Client {
    Steersman,
    /// Bare hyper: receives, or cuts lines, and looks at nothing.
    Receive,
    RawValue,
    Value,
    /// hyper-util's pooled client.
    Pooled,
    KubeRs,
    KubeRsMimalloc,
}

impl Client {
    /// Whether it is built outside of the workspace.
    pub(super) fn is_outside(self) -> bool {
        matches!(self, Self::KubeRs | Self::KubeRsMimalloc)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Steersman => "steersman",
            Self::Receive => "receive",
            Self::RawValue => "raw-value",
            Self::Value => "value",
            Self::Pooled => "pooled",
            Self::KubeRs => "kube-rs",
            Self::KubeRsMimalloc => "kube-rs-mimalloc",
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What the bytes go over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Wire {
    /// Plain HTTP/1.1.
    Http,
    /// TLS with HTTP/2.
    Tls,
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Http => "http",
            Self::Tls => "tls",
        })
    }
}

use Client::{KubeRs, KubeRsMimalloc, Pooled, RawValue, Receive, Steersman, Value};

/// The modes, each with those who have it; ours is the first.
pub(super) const MODES: &[(&str, &[Client])] = &[
    ("list", &[Steersman, Receive, RawValue, Value, KubeRs, KubeRsMimalloc]),
    ("list-paged", &[Steersman, KubeRs, KubeRsMimalloc]),
    ("watch", &[Steersman, Receive, RawValue, KubeRs, KubeRsMimalloc]),
    ("store", &[Steersman, KubeRs, KubeRsMimalloc]),
    ("get", &[Steersman, Pooled, KubeRs, KubeRsMimalloc]),
    ("get-16", &[Steersman, Pooled, KubeRs, KubeRsMimalloc]),
    ("discovery", &[Steersman, KubeRs, KubeRsMimalloc]),
    ("request", &[Steersman, Pooled]),
    ("request-16", &[Steersman, Pooled]),
    ("body", &[Steersman, Receive]),
];

pub(super) fn clients(mode: &str) -> &'static [Client] {
    MODES.iter().find(|(name, _)| *name == mode).map_or(&[], |(_, clients)| clients)
}

/// The modes that were asked for, in their own order; none asked for are all. `request` and `get` stand for themselves
/// alone.
pub(super) fn chosen(asked: &[String]) -> Result<Vec<&'static str>, Failure> {
    let names = || MODES.iter().map(|(name, _)| *name);
    if let Some(unknown) = asked.iter().find(|asked| !names().any(|name| name == asked.as_str())) {
        let known: Vec<&str> = names().collect();
        return Err(Failure::new(format!("no mode `{unknown}`; there are {} and record", known.join(", "))));
    }
    Ok(names().filter(|name| asked.is_empty() || asked.iter().any(|asked| asked == name)).collect())
}

/// How long what is served is, which some bars are measured by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sizes {
    pub(super) list_bytes: f64,
    pub(super) store_bytes: f64,
}

/// What is asked of one number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar {
    mode: &'static str,
    /// On which wire; none is each.
    wire: Option<Wire>,
    of: Of,
    /// The most that is wanted.
    most: f64,
    /// The most that CI lets pass: room for a busy machine and a short run, and where the bar is not reached yet, as much as
    /// there is today and a little more. So nothing gets worse unseen.
    ci: f64,
}

/// A number of ours that is divided by another.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Of {
    /// The processor's time, against that of another client.
    Cpu(Client),
    /// The processor's time for one item, against that of ours in another mode.
    CpuOfMode(&'static str),
    /// The peak of the memory, against that of another client.
    Memory(Client),
    /// The peak of the memory in MB.
    MemoryInMb,
    /// The peak of the memory, against the body of the whole list.
    MemoryInLists,
    /// The peak of the memory without 12 MB, against all pods without managedFields.
    MemoryInStores,
}

const fn bar(mode: &'static str, wire: Option<Wire>, of: Of, most: f64, ci: f64) -> Bar {
    Bar { mode, wire, of, most, ci }
}

const HTTP: Option<Wire> = Some(Wire::Http);
const TLS: Option<Wire> = Some(Wire::Tls);

/// What the project asks of itself.
const BARS: &[Bar] = &[
    bar("list", None, Of::Cpu(KubeRs), 0.2, 0.6),
    bar("list", None, Of::Cpu(Receive), 4.0, 6.0),
    bar("list", HTTP, Of::MemoryInLists, 1.2, 1.6),
    bar("list", HTTP, Of::Memory(KubeRs), 0.125, 0.25),
    bar("list-paged", None, Of::Cpu(KubeRs), 1.0 / 6.0, 0.5),
    bar("list-paged", HTTP, Of::MemoryInMb, 25.0, 25.0),
    bar("watch", None, Of::Cpu(KubeRs), 1.0 / 6.0, 0.5),
    bar("watch", None, Of::Cpu(RawValue), 1.5, 1.8),
    bar("watch", HTTP, Of::MemoryInMb, 12.0, 14.0),
    bar("store", None, Of::Cpu(KubeRs), 0.2, 0.6),
    bar("store", HTTP, Of::MemoryInStores, 1.1, 1.4),
    bar("get", None, Of::Cpu(KubeRs), 0.2, 0.6),
    bar("get", None, Of::Cpu(Pooled), 1.6, 3.0),
    bar("get", HTTP, Of::MemoryInMb, 12.0, 14.0),
    bar("get-16", None, Of::Cpu(KubeRs), 0.2, 0.6),
    bar("get-16", None, Of::Cpu(Pooled), 2.5, 3.5),
    bar("get-16", HTTP, Of::MemoryInMb, 12.0, 14.0),
    bar("request", TLS, Of::Cpu(Pooled), 1.25, 1.9),
    bar("request-16", TLS, Of::CpuOfMode("request"), 1.1, 1.3),
    bar("body", TLS, Of::Cpu(Receive), 1.25, 1.6),
];

/// A bar, and what was measured.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) mode: &'static str,
    pub(super) wire: Wire,
    pub(super) of: String,
    pub(super) found: f64,
    pub(super) most: f64,
    ci: f64,
}

impl Verdict {
    pub(super) fn holds(&self) -> bool {
        self.found <= self.most
    }

    pub(super) fn passes_ci(&self) -> bool {
        self.found <= self.ci
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, wire, of, found, most, .. } = self;
        write!(f, "{mode} over {wire}: {of} {found:.3}, wanted at most {most:.3}")
    }
}

/// Each bar of which all numbers were measured, on each wire.
pub(super) fn verdicts(runs: &Runs, sizes: &Sizes) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for bar in BARS {
        for wire in Wire::value_variants().iter().filter(|wire| bar.wire.is_none_or(|only| only == **wire)) {
            if let Some((of, found)) = measured(runs, sizes, bar, *wire) {
                let Bar { mode, most, ci, .. } = *bar;
                verdicts.push(Verdict { mode, wire: *wire, of, found, most, ci });
            }
        }
    }
    verdicts
}

fn measured(runs: &Runs, sizes: &Sizes, bar: &Bar, wire: Wire) -> Option<(String, f64)> {
    let mode = bar.mode;
    let peak = || runs.median(mode, wire, Steersman, |run| run.peak_rss_kb * 1024.0);
    Some(match bar.of {
        Of::Cpu(peer) => {
            (format!("CPU ÷ {peer}"), runs.ratio((mode, wire, Steersman), (mode, wire, peer), Run::cpu_s)?)
        }
        Of::CpuOfMode(other) => (
            format!("CPU for each ÷ {other}"),
            runs.ratio((mode, wire, Steersman), (other, wire, Steersman), Run::cpu_of_item_s)?,
        ),
        Of::Memory(peer) => (
            format!("peak memory ÷ {peer}"),
            runs.ratio((mode, wire, Steersman), (mode, wire, peer), |run| run.peak_rss_kb)?,
        ),
        Of::MemoryInMb => ("peak memory in MB".to_owned(), peak()? / 1e6),
        Of::MemoryInLists => ("peak memory ÷ the body".to_owned(), peak()? / sizes.list_bytes),
        Of::MemoryInStores => (
            "(peak memory − 12 MB) ÷ the pods without managedFields".to_owned(),
            (peak()? - 12e6) / sizes.store_bytes,
        ),
    })
}

#[cfg(test)]
mod tests {
    //! The table is about modes and clients that there are, and a number above its bar is seen.

    use super::*;

    #[test]
    fn every_bar_can_be_measured() {
        for bar in BARS {
            let peer = match bar.of {
                Of::Cpu(peer) | Of::Memory(peer) => peer,
                Of::CpuOfMode(mode) => {
                    assert!(!clients(mode).is_empty(), "{bar:?}");
                    Steersman
                }
                _ => Steersman,
            };
            assert!(clients(bar.mode).contains(&peer), "{bar:?}");
            assert!(bar.ci >= bar.most, "{bar:?}");
        }
    }

    #[test]
    fn modes_are_chosen_by_name() {
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            chosen(&names)
        };
        assert_eq!(chosen(&[]).unwrap().len(), MODES.len());
        assert_eq!(chosen(&["watch", "list"]).unwrap(), ["list", "watch"]);
        assert!(chosen(&["fly"]).unwrap_err().to_string().starts_with("no mode `fly`; there are list,"));
    }

    #[test]
    fn what_is_too_much_is_seen() {
        let run = |cpu: f64| Run { cpu_user_s: cpu, items: 10.0, peak_rss_kb: 10_000.0, ..Run::default() };
        let mut runs = Runs::default();
        for (ours, theirs) in [(3.0, 1.0), (3.0, 2.0), (9.0, 1.0)] {
            runs.add("watch", Wire::Http, Steersman, run(ours));
            runs.add("watch", Wire::Http, RawValue, run(theirs));
        }
        let verdicts = verdicts(&runs, &Sizes::default());
        let found: Vec<(String, bool, bool)> = verdicts
            .iter()
            .map(|verdict| {
                (format!("{} {:.2}", verdict.of, verdict.found), verdict.holds(), verdict.passes_ci())
            })
            .collect();
        let expected = [("CPU ÷ raw-value 3.00", false, false), ("peak memory in MB 10.24", true, true)];
        assert_eq!(found, expected.map(|(text, holds, ci)| (text.to_owned(), holds, ci)));
    }
}
