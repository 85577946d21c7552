//! Runs cases side by side, and says what became of each.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use steersman::{Config, prelude::*};

use crate::{
    Case, Context, Failure, Outcome, Server, ServerError, case::Company, history::History, pod_logs::PodLogs,
};

/// How many cases passed and failed on one server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Those that held.
    pub passed: usize,
    /// Those that did not.
    pub failed: usize,
}

/// How many cases run at a time.
const AT_A_TIME: usize = 4;

/// How long one case may take.
const LIMIT: Duration = Duration::from_secs(90);

/// Runs `cases` against `server`; `tell` gets a line a case, in the order in which they end.
///
/// # Errors
/// If a client can't be made for the server.
pub async fn run(
    server: &Server,
    cases: &[Case],
    mut tell: impl FnMut(&str),
) -> Result<Summary, ServerError> {
    let access = Access {
        config: server.config(),
        token_config: server.token_config(),
        stranger_config: server.stranger_config()?,
        logs: server.logs(),
        history: server.history(),
    };
    let running = |company: Company| {
        let numbered = cases.iter().copied().enumerate();
        stream::iter(numbered.filter(move |(_, case)| case.company == company)).map(|(number, case)| {
            let access = access.clone();
            async move {
                let started = Instant::now();
                let outcome = run_one(case, number, access).await;
                (case, outcome, started.elapsed())
            }
        })
    };
    let beside = running(Company::Any).buffer_unordered(AT_A_TIME);
    let mut ended = beside.chain(running(Company::None).buffer_unordered(1));
    let mut summary = Summary::default();
    while let Some((case, outcome, elapsed)) = ended.next().await {
        match outcome {
            Ok(()) => {
                summary.passed += 1;
                tell(&format!("ok      {} ({} ms)", case.name, elapsed.as_millis()));
            }
            Err(failure) => {
                summary.failed += 1;
                let failure = failure.to_string().replace('\n', "\n        ");
                tell(&format!("FAILED  {} ({} ms)\n        {failure}", case.name, elapsed.as_millis()));
            }
        }
    }
    Ok(summary)
}

#[derive(Clone)]
struct Access {
    config: Config,
    token_config: Config,
    stranger_config: Config,
    logs: PodLogs,
    history: History,
}

/// Gives the case a namespace and a client, and clears up whatever became of it.
async fn run_one(case: Case, number: usize, access: Access) -> Outcome {
    let namespace = format!("case-{number}-{}", std::process::id());
    let cluster = DynamicClient::builder().config(access.config.clone()).connect().await?;
    let namespaces = cluster.resource("v1", "Namespace").await?;
    namespaces.create(Context::namespace_content(&namespace, &namespace)).await?;
    let context = Context {
        cluster: cluster.clone(),
        namespace: namespace.clone(),
        config: access.config,
        token_config: access.token_config,
        stranger_config: access.stranger_config,
        logs: access.logs,
        history: access.history,
    };
    // A task of its own, so that a panic is this case's failure and nobody else's.
    let outcome = match tokio::time::timeout(LIMIT, tokio::spawn((case.run)(context))).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(Failure::new(panic.to_string())),
        Err(_) => Err(Failure::new(format!("it took more than {} s", LIMIT.as_secs()))),
    };
    outcome.and(clear_up(&cluster, &namespace).await)
}

/// Removes what carries the case's label. What the server itself removes in its own time is not waited for.
async fn clear_up(cluster: &DynamicClient, namespace: &str) -> Outcome {
    let label = [("conformance", namespace)];
    let definitions = cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition").await?;
    definitions.delete_collection().labels(label).await?;
    for namespace in cluster.resource("v1", "Namespace").await?.list().labels(label).await? {
        match namespace.delete().await {
            Err(error) if !error.is_not_found() => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Summary, run};
    use crate::{
        Case, Context, Outcome, Server,
        case::{Company, cases},
        check::refused,
    };

    cases![holds, fails, panics, wants_a_failure];

    async fn holds(context: Context) -> Outcome {
        context.config_maps().await?.create(Context::config_map("a", "web")).await?;
        Ok(())
    }

    async fn fails(context: Context) -> Outcome {
        context.config_maps().await?.get("missing").await?;
        Ok(())
    }

    async fn panics(context: Context) -> Outcome {
        panic!("in {}", context.namespace);
    }

    async fn wants_a_failure(context: Context) -> Outcome {
        refused!(context.config_maps().await?.list().await);
        Ok(())
    }

    #[tokio::test]
    async fn a_case_that_fails_or_panics_is_told_and_stops_no_other() {
        let server = Server::embedded().await.expect("a server that starts");
        let mut lines = Vec::new();
        let summary = run(&server, CASES, |line| lines.push(line.to_owned())).await.expect("a server");
        assert_eq!(summary, Summary { passed: 1, failed: 3 });
        let told = |start: &str, words: &str| {
            lines.iter().any(|line| line.starts_with(start) && line.contains(words))
        };
        assert!(told("ok      holds (", ""), "{lines:?}");
        assert!(told("FAILED  fails (", "configmaps \"missing\" not found"), "{lines:?}");
        assert!(told("FAILED  panics (", "panicked"), "{lines:?}");
        assert!(told("FAILED  wants_a_failure (", ".list().await gave"), "{lines:?}");
        let left =
            Case { name: "left", company: Company::Any, run: |context| Box::pin(nothing_is_left(context)) };
        let summary = run(&server, &[left], |line| lines.push(line.to_owned())).await.expect("a server");
        assert_eq!(summary.failed, 0, "{lines:?}");
    }

    /// Of the cases before, no namespace is left.
    async fn nothing_is_left(context: Context) -> Outcome {
        let namespaces =
            context.cluster.resource("v1", "Namespace").await?.list().labels("conformance").await?;
        assert_eq!(namespaces.len(), 1, "only this case's own");
        Ok(())
    }
}
