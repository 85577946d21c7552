//! The whole suite on the embedded server, so that plain `cargo test` runs it.

use steersman_conformance::{Server, all, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_case_holds_on_the_embedded_server() {
    let cases = all();
    let server = Server::embedded().await.expect("a server that starts");
    let mut failed = Vec::new();
    let summary = run(&server, &cases, |line| {
        if !line.starts_with("ok ") {
            failed.push(line.to_owned());
        }
    })
    .await
    .expect("a server that can be reached");
    server.stop().await.expect("a server that stops");
    println!("{} passed, {} failed", summary.passed, summary.failed);
    assert!(failed.is_empty(), "{} of {} cases failed:\n{}", summary.failed, cases.len(), failed.join("\n"));
    assert_eq!(summary.passed, cases.len());
}
