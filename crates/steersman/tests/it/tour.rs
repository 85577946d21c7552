//! The tour, as the README has it, and on a cluster that is not its own.

use steersman::prelude::*;
use steersman_envtest::{Access, EnvTest, Fault, User};

use crate::example::Home;

/// The kinds that the tour makes objects of outside of its namespace.
const KINDS: [(&str, &str); 2] =
    [("v1", "Namespace"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition")];

#[tokio::test]
async fn the_readme_command_does_the_main_job() {
    let run = Home::empty().run("tour", &[]).await;
    assert!(run.ok, "{}", run.stderr);
    for part in [
        "\"deploy\" is apps/v1 Deployment",
        "is served, with status and scale",
        "widget-3 has spec.replicas = Some(3)",
        "widget-1, widget-2, widget-3, widget-4, widget-5, widget-6, widget-7\n",
        "bob is told: Apply failed with 1 conflict: conflict with \"alice\"",
        "bob insists, and it is blue",
        "Scale of widget-1 now wants Some(10)",
        "modified widget-2\n   added widget-8\n   deleted widget-4\n",
        "4 are deleted, 3 are left: widget-2, widget-6, widget-8",
        "8 objects created, 3 changes watched, 4 deleted by selector.",
    ] {
        assert!(run.stdout.contains(part), "without {part:?}:\n{}", run.stdout);
    }
}

#[tokio::test]
async fn on_a_cluster_it_leaves_nothing_and_touches_nothing_else() {
    let server = EnvTest::start().await.expect("the embedded server starts");
    let cluster = DynamicClient::builder().config(server.config()).connect().await.expect("a client");
    let before = names(&cluster).await;
    // Left by a run that is over; left by one that is not; somebody else's.
    let namespaces = cluster.resource("v1", "Namespace").await.expect("namespaces");
    for (name, until) in [("over", Some("1")), ("running", Some("99999999999")), ("theirs", None)] {
        let mut metadata = serde_json::json!({"name": name, "labels": {"tour.steersman.example/run": name}});
        if let Some(until) = until {
            metadata["annotations"] = serde_json::json!({"tour.steersman.example/until": until});
        }
        namespaces.create(serde_json::json!({"metadata": metadata})).await.expect("a namespace");
    }

    let run =
        Home::with_kubeconfig(&server.config().to_kubeconfig("staging")).run("tour", &["--cluster"]).await;
    assert!(run.ok, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.starts_with("The cluster is that of the context staging."), "{}", run.stdout);
    assert!(run.stdout.contains("Removing what an earlier tour left: Namespace over."), "{}", run.stdout);
    let mut want = before;
    want.extend(["running".to_owned(), "theirs".to_owned()]);
    want.sort();
    assert_eq!(names(&cluster).await, want);
}

#[tokio::test]
async fn when_it_fails_half_way_it_leaves_nothing_either() {
    let server = EnvTest::start().await.expect("the embedded server starts");
    let cluster = DynamicClient::builder().config(server.config()).connect().await.expect("a client");
    let before = names(&cluster).await;
    server.fail_next(Fault::status(500).path_contains("/widgets/widget-1/scale"));

    let run = Home::with_kubeconfig(&server.kubeconfig()).run("tour", &["--cluster"]).await;
    assert!(!run.ok, "{}", run.stdout);
    assert!(run.stdout.contains("bob insists"), "it came as far as the scale: {}", run.stdout);
    assert!(run.stderr.starts_with("error: could not patch "), "{}", run.stderr);
    assert_eq!(names(&cluster).await, before);
}

#[tokio::test]
async fn what_can_not_be_cleared_up_is_told_and_keeps_nothing_else() {
    let server = EnvTest::start().await.expect("the embedded server starts");
    let cluster =
        DynamicClient::builder().config(server.config()).without_cache().connect().await.expect("a client");
    let before = names(&cluster).await;
    let definitions = || Fault::status(403).method("DELETE").path_contains("/customresourcedefinitions/");
    server.fail_next(definitions());

    let run = Home::with_kubeconfig(&server.kubeconfig()).run("tour", &["--cluster"]).await;
    assert!(!run.ok, "{}", run.stdout);
    assert!(run.stderr.starts_with("error: could not delete "), "{}", run.stderr);
    let left: Vec<String> = names(&cluster).await.into_iter().filter(|name| !before.contains(name)).collect();
    assert!(matches!(&left[..], [widgets] if widgets.starts_with("widgets.run-")), "{left:?}");
}

#[tokio::test]
async fn without_the_rights_it_makes_nothing() {
    let server = EnvTest::builder()
        .user(User::new("reader").access(Access::ReadOnly))
        .start()
        .await
        .expect("the embedded server starts");
    let reader = server.config_for("reader").expect("the user exists");
    let run = Home::with_kubeconfig(&reader.to_kubeconfig("staging")).run("tour", &["--cluster"]).await;
    assert!(!run.ok, "{}", run.stdout);
    assert_eq!(
        run.stderr,
        "error: the server would not let us create namespaces, so nothing was made\n  hint: use a context with the \
         rights of an administrator, or run the tour without --cluster\n"
    );
}

async fn names(cluster: &DynamicClient) -> Vec<String> {
    let mut names = Vec::new();
    for (api_version, kind) in KINDS {
        let resource = cluster.resource(api_version, kind).await.expect("it is served");
        names.extend(resource.list().await.expect("a list").iter().map(|object| object.name().to_owned()));
    }
    names.sort();
    names
}
