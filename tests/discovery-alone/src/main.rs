//! Prints what the server of the current context serves, a kind a line: its apiVersion, kind and plural.

use std::error::Error;
use std::process::ExitCode;

use steersman_discovery::{Client, Config, Discoverer, EagerDiscoverer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match print_what_is_served().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("discovery-alone: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn print_what_is_served() -> Result<(), Box<dyn Error>> {
    let client = Client::new(Config::infer()?)?;
    let served = EagerDiscoverer::new(client).discover().await?;
    for resource in served.resources() {
        println!("{} {} {}", resource.api_version(), resource.kind, resource.plural);
    }
    for failure in served.failures() {
        eprintln!("discovery-alone: {failure}");
    }
    Ok(())
}
