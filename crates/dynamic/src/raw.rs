//! A request by hand.

use std::fmt;

use bytes::Bytes;
use http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header, response::Parts,
};
use serde::de::DeserializeOwned;
use steersman_meta::{ApiPath, Content, DryRun, Namespace, Query};
use steersman_transport::{Body, BoxError, RequestTimeouts, TimeoutOverride};

use crate::{
    DynamicClient, Error, LocalError, RawAnswer,
    call::LONGEST_TARGET,
    error::{Attempt, Cause},
    exchange::{Exchange, Refusal},
    verbs::awaits,
};

/// A request by hand, for what no verb covers. Awaited, it gives the answer with its whole body.
///
/// Where it goes is said in parts: below [`base`](Self::base), or else below `/api` or `/apis` as
/// [`version`](Self::version) says, in a [`namespace`](Self::namespace) if there is one, to [`url`](Self::url). Each part
/// is encoded, so that none leads elsewhere. A request [to a subresource](crate::Subresource::request) knows all of them but
/// the last, and is told no other. The defaults of the client (its namespace and its field manager) are for verbs,
/// and not for this; but its timeout holds, and of a client that only tries, what is no GET or HEAD only tries too, unless
/// [`for_real`](Self::for_real) says otherwise.
///
/// An answer that is no success is an error, unless [`any_status`](Self::any_status) says otherwise. The answer is read
/// whole ([`text`](Self::text), [`value`](Self::value), [`decode`](Self::decode), or awaited), or
/// [as it comes](Self::stream).
///
/// # Errors
/// If something is wrong with the request itself ([`local`](Error::local)), if the server refuses
/// ([`status`](Error::status)), if there is no answer, or if it is not what it is read as.
///
/// # Cancel safety
/// If the future is dropped, the server may or may not do what was asked.
#[must_use = "a request does nothing until it is awaited"]
pub struct RawRequest {
    cluster: DynamicClient,
    method: Method,
    version: Option<String>,
    base: Option<String>,
    /// What it lies below, where that is known already.
    root: Option<Root>,
    namespace: String,
    url: String,
    query: Query,
    headers: HeaderMap,
    content_type: Option<HeaderValue>,
    body: Body,
    has_body: bool,
    extensions: Extensions,
    refusal: Refusal,
    /// What the client says, where it only tries.
    dry_run: Option<DryRun>,
    /// The first thing that was wrong with what was said so far.
    fault: Option<LocalError>,
}

/// A path that requests are below.
pub(crate) enum Root {
    /// One that ends with a slash, if nothing is said of what is below.
    Folder(ApiPath),
    Path(ApiPath),
}

impl RawRequest {
    pub(crate) fn new(cluster: DynamicClient, method: Method) -> Self {
        Self {
            dry_run: cluster.defaults().dry_run,
            cluster,
            method,
            version: None,
            base: None,
            root: None,
            namespace: String::new(),
            url: String::new(),
            query: Query::default(),
            headers: HeaderMap::new(),
            content_type: None,
            body: Body::empty(),
            has_body: false,
            extensions: Extensions::new(),
            refusal: Refusal::Error,
            fault: None,
        }
    }

    /// Below this path. What else is said of where it is, but for the [`url`](Self::url), is an error.
    pub(crate) fn at(mut self, root: Root) -> Self {
        self.root = Some(root);
        self
    }

    /// The API version that it is about: `v1`, or `GROUP/VERSION`. Default: `v1`; with a [`base`](Self::base) none.
    pub fn version(self, version: impl Into<String>) -> Self {
        let version = version.into();
        self.locate("version", |request| request.version = Some(version))
    }

    /// What it lies below, in place of `/api` and `/apis`: `/version`, `/readyz`, or a whole path. A slash in front may be
    /// missing. Default: as the [`version`](Self::version) says.
    pub fn base(self, base: impl Into<String>) -> Self {
        let base = base.into();
        self.locate("base", |request| request.base = Some(base))
    }

    /// The namespace that it is in. Default, and also where it is empty: in none, which for a list of a namespaced kind
    /// means in all of them.
    pub fn namespace(self, namespace: impl Into<String>) -> Self {
        let namespace = namespace.into();
        self.locate("namespace", |request| request.namespace = namespace)
    }

    /// What it is about: `pods`, `pods/web-0/log`. Default: nothing.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.query.push(key, value);
        self
    }

    /// Adds parameters to the query: those of `ListOptions`, `PatchOptions` and their like have a method `query`.
    ///
    /// ```
    /// # use steersman_dynamic::DynamicClient;
    /// # use steersman_transport::{Body, Client};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// # let cluster = DynamicClient::new(Client::from_service(tower::service_fn(|request: http::Request<Body>| async move {
    /// #     Ok::<_, std::io::Error>(http::Response::new(Body::from(request.uri().to_string())))
    /// # })));
    /// use http::Method;
    /// use steersman_meta::{LabelSelector, ListOptions};
    ///
    /// let mut options = ListOptions::default();
    /// options.limit = Some(5);
    /// let sent = cluster.request(Method::GET).url("pods").queries(&options.query()).query("pretty", true).text().await?;
    /// assert_eq!(sent, "/api/v1/pods?limit=5&pretty=true");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn queries(mut self, query: &Query) -> Self {
        self.query.extend(query);
        self
    }

    /// Adds a header. Default: `Accept: application/json`, and with a content its `Content-Type`; a header of one of these
    /// names takes the default's place.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
            }
            _ => {
                self.fault.get_or_insert_with(|| LocalError::Header { name: name.to_owned() });
            }
        }
        self
    }

    /// Sends JSON.
    pub fn content(mut self, content: impl Into<Content>) -> Self {
        match content.into().document() {
            Ok(document) => self.with_body(JSON, document.bytes().clone()),
            Err(error) => {
                self.fault.get_or_insert(LocalError::Content(error));
                self
            }
        }
    }

    /// Sends bytes, or a stream of them, of this type. A stream is sent once at most.
    pub fn body(self, content_type: &str, body: impl Into<Body>) -> Self {
        self.with_body(content_type, body)
    }

    /// How long the whole request may take, the body of the answer included. Default: the client's own limit.
    pub fn timeout(mut self, limit: std::time::Duration) -> Self {
        let mut timeouts = self.extensions.get::<RequestTimeouts>().copied().unwrap_or_default();
        timeouts.total = TimeoutOverride::After(limit);
        self.extensions.insert(timeouts);
        self
    }

    /// Hands something to the layers of the client: its `RequestTimeouts`, its `RetryPolicy`, or what a layer of your own
    /// looks for.
    pub fn extension(mut self, extension: impl Clone + Send + Sync + 'static) -> Self {
        self.extensions.insert(extension);
        self
    }

    /// Takes whatever the server answers for an answer. Default: what is no success (2xx) is an error.
    pub fn any_status(mut self) -> Self {
        self.refusal = Refusal::Answer;
        self
    }

    /// Is meant, also of a client that only tries ([`DynamicClientBuilder::dry_run`](crate::DynamicClientBuilder::dry_run)).
    /// Of such a client what the server would carry out all the same is a local error: a DELETE with a body, what goes
    /// through a proxy, a `dryRun` that is not `All`.
    pub fn for_real(mut self) -> Self {
        self.dry_run = None;
        self
    }

    /// The answer with a body that is read as it comes: a watch, a log. It may be silent for as long as it likes, and go on
    /// for ever, unless [`timeout`](Self::timeout) or `RequestTimeouts` among the extensions say otherwise.
    pub async fn stream(self) -> Result<Response<Body>, Error> {
        self.answer().stream().await
    }

    /// The body of the answer, as text; what is no UTF-8 is replaced.
    pub async fn text(self) -> Result<String, Error> {
        self.answer().text().await
    }

    /// The body of the answer, as JSON, in any type that can be made of it: a `serde_json::Value`, for one. What can't be read
    /// is an error that says where, and nothing of the value, which may be a secret's.
    pub async fn value<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.answer().value().await
    }

    /// The answer, read by `decode`.
    pub async fn decode<T, E>(self, decode: impl FnOnce(&Parts, Bytes) -> Result<T, E>) -> Result<T, Error>
    where
        E: Into<BoxError>,
    {
        self.answer().decode(decode).await
    }

    async fn send(self) -> Result<Response<Bytes>, Error> {
        self.answer().await
    }

    fn answer(self) -> RawAnswer {
        let refusal = self.refusal;
        RawAnswer::to(self.prepare()).with_refusal(refusal)
    }

    fn with_body(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        (self.body, self.has_body) = (body.into(), true);
        match HeaderValue::try_from(content_type) {
            Ok(value) => self.content_type = Some(value),
            Err(_) => {
                let name = header::CONTENT_TYPE.to_string();
                self.fault.get_or_insert(LocalError::Header { name });
            }
        }
        self
    }

    /// Says a part of where it goes, unless that is known already: then it would go elsewhere than was said.
    fn locate(mut self, option: &'static str, say: impl FnOnce(&mut Self)) -> Self {
        if self.root.is_some() {
            self.fault.get_or_insert(LocalError::PlaceIsKnown { option });
        } else {
            say(&mut self);
        }
        self
    }

    /// Where it goes.
    fn path(&self) -> Result<ApiPath, Cause> {
        if let Some(root) = &self.root {
            return Ok(match root {
                Root::Folder(path) if self.url.is_empty() => path.clone().folder(),
                Root::Folder(path) | Root::Path(path) => path.clone().below(&self.url)?,
            });
        }
        let mut path = match (&self.base, self.version.as_deref()) {
            (Some(base), version) => ApiPath::parse(base)?.below(version.unwrap_or_default())?,
            (None, None | Some("v1")) => ApiPath::parse("api/v1")?,
            (None, Some(version)) if version.contains('/') => ApiPath::parse("apis")?.below(version)?,
            (None, Some(version)) => {
                return Err(LocalError::UnknownApiVersion { version: version.to_owned() }.into());
            }
        };
        if !self.namespace.is_empty() {
            path = path.in_namespace(&Namespace::parse(self.namespace.as_str())?);
        }
        Ok(path.below(&self.url)?)
    }

    /// What the server would carry out, whatever the query says.
    fn real_in_dry_run(&self, path: &ApiPath) -> Option<&'static str> {
        let is_behind = |segments: &[&str]| {
            ["pods", "services", "nodes"].contains(&segments[0])
                && ["attach", "exec", "portforward", "proxy"].contains(&segments[2])
        };
        let path = path.to_string();
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        if self.method == Method::DELETE && self.has_body {
            // It takes its options from there alone.
            Some("a DELETE with a body")
        } else if segments.windows(3).any(is_behind) {
            Some("what is asked of the other side")
        } else if self.query.to_string().split('&').any(|it| it.starts_with("dryRun=") && it != "dryRun=All")
        {
            Some("a dryRun of another value")
        } else {
            None
        }
    }

    fn prepare(mut self) -> Result<Exchange, Error> {
        let root = self.root.as_ref().map(|(Root::Folder(path) | Root::Path(path))| path.to_string());
        let said = [
            root.as_deref().unwrap_or_default(),
            self.base.as_deref().unwrap_or_default(),
            self.version.as_deref().unwrap_or_default(),
            &self.url,
        ];
        let said = said.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let mut attempt = Attempt::to("request", format!("{} {said}", self.method));
        attempt.namespace = Namespace::parse(self.namespace.as_str()).ok();
        if let Some(fault) = self.fault.take() {
            return Err(attempt.failed(fault));
        }
        let path = self.path().map_err(|cause| attempt.failed(cause))?;
        let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&self.method);
        if self.dry_run == Some(DryRun::All) && !reads {
            if let Some(what) = self.real_in_dry_run(&path) {
                return Err(attempt.failed(LocalError::RealInDryRun { what }));
            }
            if !self.query.has("dryRun") {
                self.query.push("dryRun", "All");
            }
        }
        let target = path.with_query(&self.query);
        if target.len() > LONGEST_TARGET {
            return Err(attempt.failed(LocalError::UriTooLong { bytes: target.len() }));
        }
        if !self.headers.contains_key(header::ACCEPT) {
            self.headers.insert(header::ACCEPT, HeaderValue::from_static(JSON));
        }
        if let Some(content_type) =
            self.content_type.filter(|_| !self.headers.contains_key(header::CONTENT_TYPE))
        {
            self.headers.insert(header::CONTENT_TYPE, content_type);
        }
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = target.parse().expect("paths and queries are encoded where they are built");
        *request.headers_mut() = self.headers;
        *request.extensions_mut() = self.extensions;
        Ok(Exchange::new(self.cluster, attempt, request))
    }
}

impl fmt::Debug for RawRequest {
    /// Where it goes; nothing of the query, the headers and the body, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRequest")
            .field("method", &self.method)
            .field("base", &self.base)
            .field("version", &self.version)
            .field("namespace", &self.namespace)
            .field("url", &self.url)
            .field("refusal", &self.refusal)
            .finish_non_exhaustive()
    }
}

awaits!(RawRequest => Response<Bytes>);

const JSON: &str = "application/json";
