//! A folder of recorded documents in place of a server.

use std::{
    io,
    path::{Path, PathBuf},
};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use steersman_transport::{Body, Client};
use tokio::task::spawn_blocking;

/// A client that answers from a folder of documents: what was asked for at `/apis/apps/v1` is what stands in
/// `apis/apps/v1.json`, and what has no file is not found. Every discoverer takes it, and none of them can tell.
///
/// `kubectl get --raw /apis > apis.json` records a document; of a server that aggregates, `api.json` and `apis.json` say
/// all if they were asked for in that form:
///
/// ```text
/// form='application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
/// curl --header "Accept: $form" --output apis.json https://SERVER/apis …
/// ```
///
/// A file of more than 64 MiB, or one that can't be read, is a server that fails (500), with the reason.
///
/// ```
/// use steersman_discovery::{Discoverer, EagerDiscoverer, recorded};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// # std::fs::write(folder.join("api.json"), r#"{"kind":"APIVersions","versions":["v1"]}"#)?;
/// # std::fs::write(folder.join("apis.json"), r#"{"kind":"APIGroupList","groups":[]}"#)?;
/// # std::fs::create_dir(folder.join("api"))?;
/// # std::fs::write(folder.join("api/v1.json"), r#"{"kind":"APIResourceList","groupVersion":"v1","resources":[
/// #     {"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["get"],"shortNames":["po"]}]}"#)?;
/// let discoverer = EagerDiscoverer::new(recorded(folder));
/// assert_eq!(discoverer.find("po").await?.kind, "Pod");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn recorded(folder: impl Into<PathBuf>) -> Client {
    let folder = folder.into();
    Client::from_service(tower::service_fn(move |request: Request<Body>| {
        let file = (request.method() == Method::GET).then(|| file(&folder, request.uri().path())).flatten();
        async move {
            let Some(file) = file else {
                return Ok::<_, io::Error>(failed(StatusCode::NOT_FOUND, "not recorded"));
            };
            let read = spawn_blocking(move || read(&file)).await.map_err(io::Error::other).flatten();
            Ok(match read {
                Ok(text) => {
                    let mut response = Response::new(Body::from(text));
                    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
                    response
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    failed(StatusCode::NOT_FOUND, "not recorded")
                }
                Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
            })
        }
    }))
}

/// Where the document of that path stands; none for a path that leads elsewhere.
fn file(folder: &Path, path: &str) -> Option<PathBuf> {
    let named = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    let path = path.strip_prefix('/')?;
    path.split('/').all(named).then(|| folder.join(format!("{path}.json")))
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file of at most 64 MiB"));
    }
    std::fs::read(file)
}

fn failed(code: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(message.to_owned()));
    *response.status_mut() = code;
    response
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Far more than any cluster says.
const MAX_BYTES: u64 = 64 << 20;
