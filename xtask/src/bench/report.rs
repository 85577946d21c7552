//! The tables: for the terminal, for the document, for programs.

use serde_json::{Value, json};

use clap::ValueEnum;

use super::cases::{Client, MODES, Verdict, Wire};
use super::numbers::{Run, Runs};

/// A row of the tables: one client in one mode on one wire.
struct Row<'a> {
    client: Client,
    turns: &'a [Run],
    cpu_us: f64,
    sys_us: f64,
    wall_us: f64,
    peak_mb: f64,
    requests: f64,
    /// The processor's time against ours.
    times: f64,
}

/// For each mode and wire that was measured, its rows.
fn tables(runs: &Runs) -> Vec<(&'static str, Wire, Vec<Row<'_>>)> {
    let mut tables = Vec::new();
    for (mode, clients) in MODES {
        for wire in Wire::value_variants() {
            let rows: Vec<Row<'_>> =
                clients.iter().filter_map(|client| row(runs, mode, *wire, *client)).collect();
            if !rows.is_empty() {
                tables.push((*mode, *wire, rows));
            }
        }
    }
    tables
}

fn row<'a>(runs: &'a Runs, mode: &'static str, wire: Wire, client: Client) -> Option<Row<'a>> {
    // Who receives only counts one body and not what is in it: all are told by the items of ours.
    let items = runs.median(mode, wire, Client::Steersman, |run| run.items)?;
    let of = |number: fn(&Run) -> f64| runs.median(mode, wire, client, number);
    Some(Row {
        client,
        turns: runs.of((mode, wire, client)),
        cpu_us: of(Run::cpu_s)? / items * 1e6,
        sys_us: of(|run| run.cpu_sys_s)? / items * 1e6,
        wall_us: of(|run| run.wall_s)? / items * 1e6,
        peak_mb: of(|run| run.peak_rss_kb)? * 1024.0 / 1e6,
        requests: of(|run| run.requests)?,
        times: runs.ratio((mode, wire, client), (mode, wire, Client::Steersman), Run::cpu_s)?,
    })
}

pub(super) fn text(runs: &Runs, verdicts: &[Verdict]) -> String {
    let mut out = String::new();
    for (mode, wire, rows) in tables(runs) {
        out += &format!("\n{mode} over {wire}: medians of {} turns, for each item\n", rows[0].turns.len());
        for row in rows {
            out += &format!(
                "  {:<17} {:>9.2} µs CPU ({:>8.2} in the kernel) {:>9.2} µs wall {:>8.1} MB peak {:>6} requests {:>7.2} × the CPU of steersman\n",
                row.client, row.cpu_us, row.sys_us, row.wall_us, row.peak_mb, row.requests, row.times
            );
        }
    }
    out += "\n";
    for verdict in verdicts {
        out += &format!("{:<7} {verdict}\n", if verdict.holds() { "ok" } else { "MISSED" });
    }
    out
}

pub(super) fn markdown(runs: &Runs, verdicts: &[Verdict], machine: &str) -> String {
    let mut out = format!("On {machine}.\n");
    for (mode, wire, rows) in tables(runs) {
        out += &format!("\n### {mode}, over {}\n\n", long_name(wire));
        out += "| client | CPU, µs for each item | of it in the kernel | wall, µs | peak memory, MB | requests | CPU ÷ steersman's |\n";
        out += "|---|---|---|---|---|---|---|\n";
        for row in rows {
            out += &format!(
                "| {} | {:.2} | {:.2} | {:.2} | {:.1} | {} | {:.2} |\n",
                row.client, row.cpu_us, row.sys_us, row.wall_us, row.peak_mb, row.requests, row.times
            );
        }
    }
    out += "\n### Against the bars\n\n| mode | wire | what | measured | wanted at most | |\n|---|---|---|---|---|---|\n";
    for verdict in verdicts {
        let Verdict { mode, wire, of, found, most, .. } = verdict;
        let holds = if verdict.holds() { "reached" } else { "**missed**" };
        out += &format!("| {mode} | {wire} | {of} | {found:.3} | {most:.3} | {holds} |\n");
    }
    out
}

/// The document with other tables; none where it has no place for them.
pub(super) fn in_document(text: &str, tables: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", tables.trim()))
}

const BEGIN: &str = "<!-- measured -->";
const END: &str = "<!-- end of what was measured -->";

pub(super) fn json(runs: &Runs, verdicts: &[Verdict]) -> Value {
    let turns: Vec<Value> = tables(runs)
        .iter()
        .flat_map(|(mode, wire, rows)| {
            rows.iter().map(move |row| {
                let turns: Vec<Value> = row.turns.iter().map(Run::json).collect();
                json!({"mode": mode, "wire": wire.to_string(), "client": row.client.name(), "turns": turns,
                    "cpu_to_steersman": row.times})
            })
        })
        .collect();
    let bars: Vec<Value> = verdicts
        .iter()
        .map(|verdict| {
            json!({"mode": verdict.mode, "wire": verdict.wire.to_string(), "of": verdict.of, "measured": verdict.found,
                "most": verdict.most, "holds": verdict.holds()})
        })
        .collect();
    json!({"measured": turns, "bars": bars})
}

fn long_name(wire: Wire) -> &'static str {
    match wire {
        Wire::Http => "plain HTTP/1.1",
        Wire::Tls => "TLS with HTTP/2",
    }
}

#[cfg(test)]
mod tests {
    //! Tables replace tables, and nothing around them.

    use super::*;

    #[test]
    fn tables_have_their_place() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let new = in_document(&text, "\nnew\n").unwrap();
        assert_eq!(new, format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n"));
        assert_eq!(in_document(&new, "new").unwrap(), new);
        assert_eq!(in_document("a\n", "new"), None);
    }
}
