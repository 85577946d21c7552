//! The tests of `steersman-watch` through its public surface, in one program.
//!
//! This program is always built with `cfg(test)`; saying so tells clippy that helpers are test code too.
#![cfg(test)]

mod decoder;
mod campaign;
mod streams;

/// How many cases are tried of each of so many kinds: `STEERSMAN_CAMPAIGN_CASES` for all of them together, or a number
/// that takes a moment.
#[expect(clippy::disallowed_methods, reason = "a test is told its size by who starts it")]
fn cases(default: u64, among: usize) -> u64 {
    let told = std::env::var("STEERSMAN_CAMPAIGN_CASES").ok();
    let told = told.map(|cases| cases.parse::<u64>().expect("STEERSMAN_CAMPAIGN_CASES is a number"));
    told.map_or(default, |cases| (cases / u64::try_from(among).expect("not that many")).max(1))
}
