//! What goes with a call besides the options of its verb.

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use steersman_meta::Query;
use steersman_transport::{Body, RequestTimeouts, TimeoutOverride};

use crate::LocalError;

/// The query parameters and headers that the caller adds, and the call's own time limit.
#[derive(Clone, Default)]
pub(crate) struct Extras {
    query: Query,
    headers: HeaderMap,
    timeout: TimeoutOverride,
    /// The first thing that was wrong; the call reports it.
    wrong: Option<LocalError>,
}

impl fmt::Debug for Extras {
    /// Nothing of them: they may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extras").finish_non_exhaustive()
    }
}

impl Extras {
    pub(crate) fn push_query(&mut self, name: &str, value: &str) {
        self.query.push(name, value);
    }

    pub(crate) fn push_header(&mut self, name: &str, value: &str) {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
            }
            _ => {
                self.wrong.get_or_insert(LocalError::Header { name: name.to_owned() });
            }
        }
    }

    pub(crate) fn set_timeout(&mut self, limit: Duration) {
        self.timeout = TimeoutOverride::After(limit);
    }

    pub(crate) fn set_no_timeout(&mut self) {
        self.timeout = TimeoutOverride::Unlimited;
    }

    /// For another request of the same call, which knows nothing of the parameters.
    pub(crate) fn drop_query(&mut self) {
        self.query = Query::default();
    }

    /// The query of the verb, and behind it the caller's.
    pub(crate) fn query_after(&self, query: &Query) -> Query {
        let mut query = query.clone();
        query.extend(&self.query);
        query
    }

    /// The first parameter of these names, if there is one.
    pub(crate) fn parameter_of<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| self.query.has(name))
    }

    /// Adds the rest; a header takes the place of the verb's own, but for one that would make something else of an
    /// apply than an apply (row B16).
    pub(crate) fn add_to(&self, request: &mut Request<Body>) -> Result<(), LocalError> {
        if let Some(wrong) = &self.wrong {
            return Err(wrong.clone());
        }
        let mut headers = self.headers.clone();
        let is_apply = |headers: &HeaderMap| {
            let content_type = headers.get(header::CONTENT_TYPE);
            content_type.is_some_and(|it| it.as_bytes().starts_with(b"application/apply-patch+"))
        };
        if is_apply(request.headers()) && !is_apply(&headers) {
            headers.remove(header::CONTENT_TYPE);
        }
        request.headers_mut().extend(headers);
        if self.timeout != TimeoutOverride::Inherit {
            let mut timeouts = RequestTimeouts::default();
            timeouts.total = self.timeout;
            request.extensions_mut().insert(timeouts);
        }
        Ok(())
    }
}

/// The setters of what goes with one request. `$resource` is the builder's field that has it.
macro_rules! request_setters {
    ($($resource:ident).+) => {
        crate::extras::parameter_setters!($($resource).+);

        /// How long the call may take in all, with everything that is sent again. Default: the client's.
        pub fn timeout(mut self, limit: std::time::Duration) -> Self {
            self.$($resource).+ = self.$($resource).+.with_extras(|extras| extras.set_timeout(limit));
            self
        }

        /// The call may take as long as it likes, also with a client that limits calls by default. How long an answer may be
        /// silent is the client's to say all the same.
        pub fn without_timeout(mut self) -> Self {
            self.$($resource).+ = self.$($resource).+.with_extras(crate::extras::Extras::set_no_timeout);
            self
        }
    };
    () => { crate::extras::request_setters!(resource); };
}

/// The setters of what goes with each request, of verbs that send several.
macro_rules! parameter_setters {
    ($($resource:ident).+) => {
        /// Adds a query parameter that no option covers, behind those of the options.
        pub fn query(mut self, name: &str, value: impl ToString) -> Self {
            let value = value.to_string();
            self.$($resource).+ = self.$($resource).+.with_extras(|extras| extras.push_query(name, &value));
            self
        }

        /// Adds a header, which takes the place of the one that the verb sends by this name; an apply stays an apply.
        /// What is no header is an error
        /// of the call, before anything is sent.
        pub fn header(mut self, name: &str, value: &str) -> Self {
            self.$($resource).+ = self.$($resource).+.with_extras(|extras| extras.push_header(name, value));
            self
        }
    };
    () => { crate::extras::parameter_setters!(resource); };
}

/// The way to the answer itself, of builders that are a request each. `exchange` says that they prepare no more than that.
macro_rules! raw_answer {
    () => {
        /// The answer itself, for the caller to read: its status, headers and bytes, or a type of the caller's own.
        pub fn raw(self) -> crate::RawAnswer {
            crate::RawAnswer::to(self.prepare().map(|prepared| prepared.exchange))
        }
    };
    (exchange) => {
        /// The answer itself, for the caller to read: its status, headers and bytes, or a type of the caller's own.
        pub fn raw(self) -> crate::RawAnswer {
            crate::RawAnswer::to(self.prepare())
        }
    };
}

pub(crate) use {parameter_setters, raw_answer, request_setters};
