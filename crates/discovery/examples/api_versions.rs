//! Prints what `kubectl api-versions` prints, of the cluster that kubectl would use:
//!
//! ```text
//! cargo run -p steersman-discovery --example api_versions
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use steersman_discovery::{ApiGroup, Client, Config, Discoverer, LazyDiscoverer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let discoverer = LazyDiscoverer::new(Client::new(Config::infer()?)?);
    let discovery = discoverer.discover().await?;
    let mut versions: Vec<String> = discovery.api_groups().iter().flat_map(ApiGroup::api_versions).collect();
    versions.sort();
    for version in versions {
        println!("{version}");
    }
    Ok(())
}
