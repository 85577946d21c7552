//! Prints what the server of the current context serves, a resource a line, sorted by group and name: its apiVersion,
//! kind, plural, short names (or `-`), whether it is namespaced, and its verbs (or `-`).

use std::{error::Error, fmt::Display, process::ExitCode};

use steersman_discovery::{ApiResource, Client, Config, Discoverer, EagerDiscoverer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match print_what_is_served().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("discovery-alone: {said}");
            ExitCode::FAILURE
        }
    }
}

async fn print_what_is_served() -> Result<(), String> {
    let config = Config::infer().map_err(|error| told(&error, error.hint()))?;
    let client = Client::new(config).map_err(|error| told(&error, error.hint()))?;
    let served = EagerDiscoverer::new(client).discover().await.map_err(|error| told(&error, error.hint()))?;
    let mut resources: Vec<&ApiResource> = served.iter().collect();
    resources.sort_by_key(|resource| (&resource.group, &resource.plural, &resource.version));
    for resource in resources {
        println!("{}", line(resource));
    }
    for failure in served.failures() {
        eprintln!("discovery-alone: {}", told(failure, None::<String>));
    }
    Ok(())
}

fn line(resource: &ApiResource) -> String {
    let list = |names: Vec<&str>| if names.is_empty() { "-".to_owned() } else { names.join(",") };
    format!(
        "{} {} {} {} {} {}",
        resource.api_version(),
        resource.kind,
        resource.plural,
        list(resource.short_names.iter().map(AsRef::as_ref).collect()),
        resource.is_namespaced(),
        list(resource.verbs.iter().map(|verb| verb.as_str()).collect()),
    )
}

/// An error with its causes and its hint.
fn told(error: &dyn Error, hint: Option<impl Display>) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("\n  because {error}"));
        cause = error.source();
    }
    if let Some(hint) = hint {
        text.push_str(&format!("\n  hint: {hint}"));
    }
    text
}
