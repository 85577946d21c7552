//! Prints what `kubectl api-resources -o wide --sort-by=name` prints, of the cluster that kubectl would use:
//!
//! ```text
//! cargo run -p steersman-discovery --example api_resources
//! ```
//!
//! Names behind it print the resources that they mean: `-- deploy pods.metrics`. With `-- --recorded FOLDER` first, the
//! documents of a folder are read in place of a server's; with `-- --kubectl-cache` first, kubectl's own cache folder is read
//! and written, as kubectl does.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{env, error::Error as StdError, process::ExitCode};

use steersman_discovery::{
    ApiResource, Client, Config, Discoverer, DiskCache, EagerDiscoverer, Error, recorded,
};

#[tokio::main]
async fn main() -> ExitCode {
    match api_resources().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            if let Some(hint) = error.downcast_ref::<Error>().and_then(Error::hint) {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn api_resources() -> Result<(), Box<dyn StdError>> {
    let mut names: Vec<String> = env::args().skip(1).collect();
    let client = match names.as_slice() {
        [option, folder, ..] if option == "--recorded" => {
            let client = recorded(folder);
            names.drain(..2);
            client
        }
        _ => Client::new(Config::infer()?)?,
    };
    let mut discoverer = EagerDiscoverer::new(client.clone());
    if names.first().is_some_and(|option| option == "--kubectl-cache") {
        names.remove(0);
        let cache = DiskCache::kubectl_for(&client).ok_or("there is no cache folder of kubectl")?;
        discoverer = discoverer.with_cache(cache);
    }
    let mut found = Vec::new();
    for name in &names {
        found.push(discoverer.find(name).await?);
    }
    let discovery = discoverer.discover().await?;
    for name in &names {
        for other in discovery.could_also_mean(name) {
            let other = other.qualified_name();
            eprintln!("Warning: short name {name:?} could also match lower priority resource {other}");
        }
    }
    if names.is_empty() {
        // Those with which anything can be done. The sort keeps the order of priority where names are equal.
        found = discovery.preferred_resources().filter(|it| !it.verbs.is_empty()).cloned().collect();
        found.sort_by(|a, b| a.plural.cmp(&b.plural));
    }
    print(&found);
    for failure in discovery.failures() {
        eprintln!("warning: {failure}");
    }
    Ok(())
}

fn print(resources: &[ApiResource]) {
    let header = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", "VERBS", "CATEGORIES"];
    let row = |resource: &ApiResource| {
        let verbs: Vec<_> = resource.verbs.iter().map(|verb| verb.as_str()).collect();
        [
            resource.plural.to_string(),
            resource.short_names.join(","),
            resource.api_version(),
            resource.is_namespaced().to_string(),
            resource.kind.to_string(),
            verbs.join(","),
            resource.categories.join(","),
        ]
    };
    let rows: Vec<[String; 7]> =
        std::iter::once(header.map(str::to_owned)).chain(resources.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len() - 1).map(width).collect();
    for row in &rows {
        let [cells @ .., last] = row;
        let cells: String =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}   ")).collect();
        println!("{cells}{last}");
    }
}
