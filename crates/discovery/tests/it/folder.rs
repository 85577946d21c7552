//! Discovery of a folder of recorded documents.

use std::{fs, path::Path};

use http::{Method, Request};
use steersman_discovery::{Discoverer, EagerDiscoverer, LazyDiscoverer, recorded};
use steersman_transport::Body;
use tempfile::TempDir;

use crate::recorded::{Recorded, document, line};

/// The documents of a folder of `tests/data`, each where its path says.
fn folder(form: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder of the test's own");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(form);
    for entry in fs::read_dir(data).expect("a folder of the test's own") {
        let name = entry
            .expect("a folder of the test's own")
            .file_name()
            .into_string()
            .expect("a folder of the test's own");
        let file = folder.path().join(name.replace('_', "/"));
        fs::create_dir_all(file.parent().expect("a folder of the test's own"))
            .expect("a folder of the test's own");
        fs::write(file, document(&format!("{form}/{name}"))).expect("a folder of the test's own");
    }
    folder
}

/// A folder says what the server said that it was recorded from, in either form, to every discoverer.
#[tokio::test]
async fn a_folder_is_as_good_as_its_server() {
    for (form, server) in [("aggregated", Recorded::aggregated()), ("legacy", Recorded::legacy())] {
        let folder = folder(form);
        let want: Vec<String> = server.discover().await.iter().map(line).collect();
        let eager = EagerDiscoverer::new(recorded(folder.path())).discover().await.unwrap();
        assert_eq!(eager.iter().map(line).collect::<Vec<_>>(), want, "{form}");
        let lazy = LazyDiscoverer::new(recorded(folder.path()));
        assert_eq!(lazy.get("apps/v1", "Deployment").await.unwrap().plural, "deployments", "{form}");
    }
}

/// What is not there, or can't be read, is told as of a server; nothing outside of the folder is read.
#[tokio::test]
async fn what_is_not_recorded() {
    let folder = folder("legacy");
    fs::remove_file(folder.path().join("apis/apps/v1.json")).unwrap();
    fs::write(folder.path().join("apis/batch/v1.json"), "{").unwrap();
    let discovery = EagerDiscoverer::new(recorded(folder.path())).discover().await.unwrap();
    assert!(discovery.get("v1", "Pod").is_some() && discovery.get("apps/v1", "Deployment").is_none());
    let failed: Vec<String> = discovery.failures().iter().map(ToString::to_string).collect();
    assert!(failed.iter().any(|failure| failure.contains("apps/v1")), "{failed:?}");
    assert!(failed.iter().any(|failure| failure.contains("batch/v1")), "{failed:?}");

    fs::write(folder.path().join("secret.json"), "{}").unwrap();
    let client = recorded(folder.path().join("apis"));
    for (method, path, code) in [
        (Method::GET, "/events.k8s.io/v1", 200),
        (Method::POST, "/events.k8s.io/v1", 404),
        (Method::GET, "/../secret", 404),
        (Method::GET, "/apps/../../secret", 404),
        (Method::GET, "/%2e%2e/secret", 404),
        (Method::GET, "//secret", 404),
        (Method::GET, "/", 404),
    ] {
        let request = Request::builder().method(&method).uri(path).body(Body::empty()).unwrap();
        let response = client.send(request).await.unwrap();
        assert_eq!(response.status().as_u16(), code, "{method} {path}");
    }

    let nothing = EagerDiscoverer::new(recorded(folder.path().join("none"))).discover().await;
    assert!(nothing.is_err(), "a folder without documents is no server");
}
