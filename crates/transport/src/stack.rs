//! The stack: which layer stands where, and why.

use http::{HeaderValue, header};
use steersman_config::Config;
use tower::ServiceBuilder;
use tower_http::set_header::SetRequestHeaderLayer;

use crate::{
    client::{BoxService, erase},
    credentials::{CredentialsLayer, TokenSource},
    deadline::DeadlineLayer,
    error::Error,
    limits::Limits,
    origin::OriginLayer,
    timeouts::Timeouts,
    wire::Wire,
};

/// A layer of the user's own, put around a service.
pub(crate) type Wrap = Box<dyn FnOnce(BoxService) -> BoxService + Send>;

/// What the stack is assembled from.
pub(crate) struct Stack<'a> {
    pub(crate) config: &'a Config,
    pub(crate) outer: Vec<Wrap>,
    pub(crate) wire: Vec<Wrap>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
}

/// Assembles the stack, from the user's own layers, outermost, to the wire.
///
/// What limits or repeats requests belongs between the user agent and the origin: inside the deadlines, which bound all
/// attempts together, and outside the credentials, so that each attempt has those of its own time. Proxies are a matter
/// of the wire's connector.
pub(crate) fn assemble(stack: Stack<'_>) -> Result<BoxService, Error> {
    let Stack { config, outer, wire, user_agent, timeouts, limits } = stack;
    let token = TokenSource::of(&config.credentials)?;
    let connections = erase(Wire::new(config, &timeouts, &limits)?);
    let service = ServiceBuilder::new()
        // The clock runs while anything below works: reading a token, connecting, waiting.
        .layer(DeadlineLayer::new(timeouts))
        // Above all that may repeat a request: it is the same in each attempt.
        .layer(SetRequestHeaderLayer::if_not_present(header::USER_AGENT, user_agent))
        // Above the credentials: what is not for the configured server never meets them.
        .layer(OriginLayer::new(&config.server))
        // As low as can be: a token is asked for when it is needed, and no other layer of ours sees it.
        .layer(CredentialsLayer::new(token))
        // The user's own, next to the wire: they see what is sent.
        .service(around(connections, wire));
    Ok(around(erase(service), outer))
}

/// Puts layers around a service, of which the first becomes outermost.
fn around(service: BoxService, layers: Vec<Wrap>) -> BoxService {
    layers.into_iter().rev().fold(service, |inner, wrap| wrap(inner))
}
