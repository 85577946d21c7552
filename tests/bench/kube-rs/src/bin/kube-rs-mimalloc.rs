//! kube-rs with mimalloc.

use clap::Parser;
use steersman_bench_frame::Arguments;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Does one thing with kube-rs, and prints what it took.
#[derive(Parser)]
struct Program {
    #[command(flatten)]
    arguments: Arguments,
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    steersman_bench_kube_rs::run(&Program::parse().arguments)
}
