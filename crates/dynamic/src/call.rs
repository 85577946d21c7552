//! One request about one resource: everything that can be decided before it is sent, and the sending.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use steersman_meta::{ApiPath, Content, Name, Namespace, Object, PatchType, Query, Verb};
use steersman_transport::Body;

use crate::{
    Error, LocalError, Resource,
    error::{Attempt, Cause},
    exchange::{Exchange, Prepared},
    place::Reach,
};

/// What a call sends: its type and its bytes.
pub(crate) struct Payload {
    content_type: &'static str,
    bytes: Bytes,
}

impl Payload {
    pub(crate) fn json(object: &Object) -> Self {
        Self { content_type: JSON, bytes: object.document().bytes().clone() }
    }

    pub(crate) fn patch(patch_type: PatchType, bytes: Bytes) -> Self {
        Self { content_type: patch_type.content_type(), bytes }
    }
}

/// A request about a resource whose place is known.
pub(crate) struct Call<'a> {
    resource: &'a Resource,
    attempt: Attempt,
    path: ApiPath,
    namespace: Option<Namespace>,
    /// In which forms the answer may come.
    accept: &'static str,
}

impl<'a> Call<'a> {
    /// A call about all objects of a resource, in one namespace or, where `reach` allows, in all.
    ///
    /// `said` is the verb in the words of the caller, `verb` the one that the resource must serve.
    pub(crate) fn collection(
        resource: &'a Resource,
        said: &'static str,
        verb: Verb,
        reach: Reach,
        content: Option<&Object>,
    ) -> Result<Self, Error> {
        let mut attempt = resource.attempt(said);
        let accept = resource.form().accept(&verb);
        let content_namespace = content.and_then(Object::namespace);
        let placed = resource.check_verb(verb).and_then(|()| resource.namespace_of(content_namespace, reach));
        let namespace = placed.map_err(|error| attempt.failed(error))?;
        attempt.namespace.clone_from(&namespace);
        let path = ApiPath::collection(resource.api(), namespace.as_ref());
        Ok(Self { resource, attempt, path, namespace, accept })
    }

    /// A call about one object, or about the subresource below it.
    pub(crate) fn object(
        resource: &'a Resource,
        said: &'static str,
        verb: Verb,
        name: &str,
        content: Option<&Object>,
    ) -> Result<Self, Error> {
        let mut attempt = resource.attempt(said);
        let accept = resource.form().accept(&verb);
        let located = || -> Result<_, Cause> {
            resource.check_verb(verb)?;
            let namespace = resource.namespace_of(content.and_then(Object::namespace), Reach::One)?;
            let name = Name::parse(name)?;
            let mut path = ApiPath::object(resource.api(), namespace.as_ref(), &name);
            if let Some(subresource) = resource.subresource_name() {
                path = path.subresource(subresource)?;
            }
            Ok((namespace, name, path))
        };
        match located() {
            Ok((namespace, name, path)) => {
                attempt.namespace.clone_from(&namespace);
                attempt.name = Some(name);
                Ok(Self { resource, attempt, path, namespace, accept })
            }
            Err(cause) => {
                attempt.name = Name::parse(name).ok();
                Err(attempt.failed(cause))
            }
        }
    }

    /// The same call, with the content's name for what is said about it.
    pub(crate) fn named(mut self, object: &Object) -> Self {
        self.attempt.name = Name::parse(object.name()).ok();
        self
    }

    /// The same call, whose answer may come in these forms, if the caller says nothing else.
    pub(crate) fn accepting(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    /// The same call failed for this cause.
    pub(crate) fn failed(&self, cause: impl Into<Cause>) -> Error {
        self.attempt.failed(cause)
    }

    /// The request, ready to be sent.
    pub(crate) fn request(
        &self,
        method: Method,
        query: &Query,
        payload: Option<Payload>,
    ) -> Result<Request<Body>, Error> {
        let extras = self.resource.extras();
        let target = match extras {
            Some(extras) => self.path.with_query(&extras.query_after(query)),
            None => self.path.with_query(query),
        };
        let request = request(method, target, self.accept, payload);
        let mut request = request.map_err(|error| self.attempt.failed(error))?;
        if let Some(extras) = extras {
            extras.add_to(&mut request).map_err(|error| self.attempt.failed(error))?;
        }
        Ok(request)
    }

    /// What is tried, for what is said when it fails.
    pub(crate) fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The request, with all that is needed to send it.
    pub(crate) fn exchange(
        self,
        method: Method,
        query: &Query,
        payload: Option<Payload>,
    ) -> Result<Exchange, Error> {
        let request = self.request(method, query, payload)?;
        Ok(Exchange::new(self.resource.cluster().clone(), self.attempt, request))
    }

    /// The same, for an answer about objects.
    pub(crate) fn prepare(
        self,
        method: Method,
        query: &Query,
        payload: Option<Payload>,
    ) -> Result<Prepared, Error> {
        let home = self.home();
        Ok(Prepared { exchange: self.exchange(method, query, payload)?, home })
    }

    /// In which namespace it is, where the kind has one.
    pub(crate) fn namespace(&self) -> Option<&Namespace> {
        self.namespace.as_ref()
    }

    /// The resource in the place where this call goes.
    pub(crate) fn placed(&self) -> Resource {
        match &self.namespace {
            Some(namespace) if !self.resource.is_in(namespace) => self.resource.namespace(namespace.as_str()),
            _ => self.resource.clone(),
        }
    }

    /// What comes back lives there.
    pub(crate) fn home(&self) -> Resource {
        self.placed().of_answers()
    }
}

/// A request in the form that the transport takes: its URI is a path. The answer may come in the forms of `accept`.
pub(crate) fn request(
    method: Method,
    target: String,
    accept: &'static str,
    payload: Option<Payload>,
) -> Result<Request<Body>, LocalError> {
    if target.len() > LONGEST_TARGET {
        return Err(LocalError::UriTooLong { bytes: target.len() });
    }
    // Made in place: the builder of requests moves all of it with each step.
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = target.try_into().expect("paths and queries are encoded where they are built");
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(accept));
    if let Some(payload) = payload {
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(payload.content_type));
        *request.body_mut() = Body::from(payload.bytes);
    }
    Ok(request)
}

/// The content of a create or a replace as an object that says what it is: what is missing of apiVersion and kind is
/// filled in, what contradicts the resource is refused (row D40).
pub(crate) fn typed(resource: &Resource, content: &Content) -> Result<Object, Cause> {
    let document = content.document()?.clone();
    let mut object = Object::from_document(document).map_err(LocalError::NotAnObject)?;
    let want = resource.content_kind();
    let want_version = match want.group.as_str() {
        "" => want.version.to_string(),
        group => format!("{group}/{}", want.version),
    };
    if object.kind().is_empty() {
        object = object.set("/kind", Content::of(&want.kind)).map_err(LocalError::NotAnObject)?;
    }
    if object.api_version().is_empty() {
        object = object.set("/apiVersion", Content::of(&want_version)).map_err(LocalError::NotAnObject)?;
    }
    if object.kind() != want.kind || object.api_version() != want_version {
        return Err(LocalError::KindMismatch {
            content: format!("{} {}", object.api_version(), object.kind()),
            resource: format!("{want_version} {}", want.kind),
        }
        .into());
    }
    Ok(object)
}

/// The name that the content carries.
pub(crate) fn name_of(object: &Object) -> Result<&str, LocalError> {
    Some(object.name()).filter(|name| !name.is_empty()).ok_or(LocalError::MissingName)
}

/// What `http::Uri` takes.
pub(crate) const LONGEST_TARGET: usize = 65_534;

pub(crate) const JSON: &str = "application/json";
