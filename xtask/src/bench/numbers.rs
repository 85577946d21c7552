//! What was measured, and what is told of it: medians, and medians of ratios.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::cases::{Client, Wire};
use crate::run::Failure;

/// What one process took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Run {
    pub(super) items: f64,
    pub(super) wall_s: f64,
    pub(super) cpu_user_s: f64,
    pub(super) cpu_sys_s: f64,
    pub(super) peak_rss_kb: f64,
    pub(super) requests: f64,
}

impl Run {
    /// Reads the line that a client program prints.
    pub(super) fn parse(line: &str) -> Result<Self, Failure> {
        let wrong = || Failure::new(format!("a client program printed `{}`", line.trim()));
        let value: Value = serde_json::from_str(line).map_err(|_| wrong())?;
        let number = |name: &str| value[name].as_f64().ok_or_else(wrong);
        Ok(Self {
            items: number("items")?,
            wall_s: number("wall_s")?,
            cpu_user_s: number("cpu_user_s")?,
            cpu_sys_s: number("cpu_sys_s")?,
            peak_rss_kb: number("peak_rss_kb")?,
            requests: number("requests")?,
        })
    }

    pub(super) fn cpu_s(&self) -> f64 {
        self.cpu_user_s + self.cpu_sys_s
    }

    pub(super) fn cpu_of_item_s(&self) -> f64 {
        self.cpu_s() / self.items
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "items": self.items, "wall_s": self.wall_s, "cpu_user_s": self.cpu_user_s, "cpu_sys_s": self.cpu_sys_s,
            "peak_rss_kb": self.peak_rss_kb, "requests": self.requests,
        })
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>8.1} ms wall {:>8.1} ms CPU {:>7.1} MB {:>6} requests",
            self.wall_s * 1e3,
            self.cpu_s() * 1e3,
            self.peak_rss_kb * 1024.0 / 1e6,
            self.requests
        )
    }
}

/// One client in one mode on one wire.
pub(super) type Key<'a> = (&'a str, Wire, Client);

/// All turns of all.
#[derive(Debug, Default)]
pub(super) struct Runs(BTreeMap<(String, Wire, Client), Vec<Run>>);

impl Runs {
    pub(super) fn add(&mut self, mode: &str, wire: Wire, client: Client, run: Run) {
        self.0.entry((mode.to_owned(), wire, client)).or_default().push(run);
    }

    /// All turns of one, in their order; none where it was not measured.
    pub(super) fn of(&self, (mode, wire, client): Key<'_>) -> &[Run] {
        self.0.get(&(mode.to_owned(), wire, client)).map_or(&[], Vec::as_slice)
    }

    /// The median of a number.
    pub(super) fn median(
        &self,
        mode: &str,
        wire: Wire,
        client: Client,
        number: impl Fn(&Run) -> f64,
    ) -> Option<f64> {
        median(self.of((mode, wire, client)).iter().map(number).collect())
    }

    /// The median of the ratios of the turns; none where one of them was not measured.
    pub(super) fn ratio(&self, one: Key<'_>, other: Key<'_>, number: impl Fn(&Run) -> f64) -> Option<f64> {
        let turns = self.of(one).iter().zip(self.of(other));
        median(turns.map(|(one, other)| number(one) / number(other)).collect())
    }
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        length if length % 2 == 1 => Some(numbers[middle]),
        _ => Some(f64::midpoint(numbers[middle - 1], numbers[middle])),
    }
}

#[cfg(test)]
mod tests {
    //! Medians are medians, and a client's line is read.

    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn a_line_is_read_or_shown() {
        let line = r#"{"mode":"list","items":2,"wall_s":0.5,"cpu_user_s":0.25,"cpu_sys_s":0.125,"peak_rss_kb":1000,"requests":1}"#;
        let run = Run::parse(line).unwrap();
        assert_eq!((run.cpu_s(), run.cpu_of_item_s()), (0.375, 0.1875));
        let failure = Run::parse("no numbers\n").unwrap_err();
        assert_eq!(failure.to_string(), "a client program printed `no numbers`");
    }
}
