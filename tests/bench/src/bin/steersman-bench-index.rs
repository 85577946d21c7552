//! `steersman-bench-index`: what the index of a large cluster takes in memory, and what a look-up allocates. It counts each
//! allocation, which is why it is a program of its own.

use std::{alloc::System, error::Error, process::ExitCode};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use steersman::{Discoverer, EagerDiscoverer};
use steersman_bench::{Documents, client};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]
fn main() -> ExitCode {
    match measure() {
        Ok((line, true)) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Ok((line, false)) => {
            println!("{line}");
            eprintln!(
                "steersman-bench-index: more than {MOST} times the documents, or a look-up that allocates"
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("steersman-bench-index: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What was measured, and whether it is within bounds.
fn measure() -> Result<(String, bool), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let documents = Documents::new(GROUPS);
    let held = |stats: Stats| stats.bytes_allocated.wrapping_sub(stats.bytes_deallocated);
    let discover = || {
        runtime.block_on(async {
            let known = EagerDiscoverer::new(client(&documents)).discover().await;
            // The tasks that asked end, and give back what they hold.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            known
        })
    };
    // Once beforehand, so that what is made at the first use is not counted.
    drop(discover()?);
    let before = held(ALLOCATOR.stats());
    let known = discover()?;
    // The discoverer is gone; what is left is the index.
    let index = held(ALLOCATOR.stats()).wrapping_sub(before);

    let region = Region::new(ALLOCATOR);
    let found =
        [("v1", "Pod"), ("apps/v1", "Deployment"), ("g7.example.net/v1", "Thing7x1"), ("v1", "Nothing")]
            .map(|(api_version, kind)| known.get(api_version, kind).cloned().is_some());
    let allocations = region.change().allocations;
    if found != [true, true, true, false] {
        return Err("a look-up did not find what is served".into());
    }
    let ratio = index as f64 / documents.bytes() as f64;
    let line = serde_json::json!({
        "documents_bytes": documents.bytes(),
        "index_bytes": index,
        "index_to_documents": (ratio * 100.0).round() / 100.0,
        "look_up_allocations": allocations,
    });
    Ok((line.to_string(), ratio <= MOST && allocations == 0))
}

const GROUPS: usize = 300;
/// What the index may come to.
const MOST: f64 = 1.5;
