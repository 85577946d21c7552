//! The stack: which layer stands where, and why.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};
use steersman_config::{Config, Trust};
use tower::{ServiceBuilder, util::option_layer};
use tower_http::set_header::SetRequestHeaderLayer;

use crate::{
    client::{BoxService, erase},
    closing::Closing,
    compression::{Compression, CompressionLayer},
    credentials::{
        CredentialsLayer, ExecPolicy, ImpersonationLayer, OidcStore, Source, impersonation_headers,
    },
    deadline::DeadlineLayer,
    error::Error,
    limits::Limits,
    live::LiveTimeouts,
    observe::{ObserveLayer, SharedMetrics},
    origin::OriginLayer,
    proxy::{Proxy, Way},
    rate_limit::{RateLimit, RateLimitLayer},
    retry::{RetryLayer, RetryPolicy},
    slot::{Slot, SlotService, Wrap},
    tls::{ClientIdentity, Crypto},
    warnings::{Warnings, WarningsLayer},
    wire::{Connecting, Counts, Dial, HttpVersions, Wire},
};

/// What the stack is assembled from.
pub(crate) struct Stack<'a> {
    pub(crate) config: &'a Config,
    pub(crate) outer: Vec<Wrap>,
    pub(crate) wire: Vec<Wrap>,
    /// The user's own layers in place of ours.
    pub(crate) own: Own,
    pub(crate) dial: Dial,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeouts: LiveTimeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) exec: ExecPolicy,
    /// Through which a provider of tokens is asked.
    pub(crate) proxy: Proxy,
    pub(crate) proxy_trust: Trust,
    pub(crate) oidc_store: OidcStore,
    pub(crate) warnings: Warnings,
    pub(crate) metrics: SharedMetrics,
    pub(crate) limits: Limits,
    pub(crate) versions: HttpVersions,
    pub(crate) crypto: Crypto,
    pub(crate) compression: Compression,
    pub(crate) closing: Closing,
}

/// Layers of the user's own, each in place of one of ours.
#[derive(Default)]
pub(crate) struct Own {
    pub(crate) retry: Option<Wrap>,
    pub(crate) rate_limit: Option<Wrap>,
    pub(crate) credentials: Option<Wrap>,
}

/// Assembles the stack, from the user's own layers, outermost, to the wire.
pub(crate) fn assemble(stack: Stack<'_>) -> Result<BoxService, Error> {
    let Stack { config, own, metrics, timeouts, limits, .. } = stack;
    let way = Way { proxy: stack.proxy, trust: stack.proxy_trust, crypto: stack.crypto };
    let source = match own.credentials {
        Some(_) => Source::None,
        None => Source::of(&config.credentials, &stack.exec, &way, &stack.oidc_store)?,
    };
    let changing = source.may_have_a_certificate();
    let identity = Arc::new(ClientIdentity::new(stack.crypto));
    let impersonation = match &config.credentials.impersonation {
        Some(who) => impersonation_headers(who)?,
        None => HeaderMap::new(),
    };
    let counts = Counts { metrics: metrics.clone(), closing: stack.closing };
    let connecting = Connecting {
        config: config.clone(),
        dial: stack.dial,
        versions: stack.versions,
        crypto: stack.crypto,
        timeouts: timeouts.clone(),
        counts,
        changing,
    };
    let wire = Wire::new(connecting, &limits, Arc::clone(&identity))?;
    let retry = RetryLayer::new(stack.retry).with_metrics(metrics.clone());
    let rate_limit = stack.rate_limit.map(|limit| RateLimitLayer::new(limit).with_metrics(metrics.clone()));
    let service = ServiceBuilder::new()
        // Around all of ours, so that it sees what the caller sees: one request, whatever becomes of it below.
        .layer(ObserveLayer::new(&config.server, metrics))
        // Once for each answer that the caller gets, and not for those that are asked for again.
        .layer(WarningsLayer::new(stack.warnings))
        // The clock runs while anything below works: reading a token, connecting, waiting.
        .layer(DeadlineLayer::live(timeouts))
        // Above all that may repeat a request: it is the same in each attempt.
        .layer(SetRequestHeaderLayer::if_not_present(header::USER_AGENT, stack.user_agent))
        // Below the deadlines, which bound all attempts together, and above all that is new with each attempt.
        .layer(Slot::new(own.retry, Some(retry)))
        // Below the retries: each attempt is a request to the server, and counts.
        .layer(Slot::new(own.rate_limit, rate_limit))
        // Above the credentials: what is not for the configured server never meets them.
        .layer(OriginLayer::new(&config.server))
        // Beside the credentials, and not part of them: as whom to act does not change with who we are.
        .layer(option_layer((!impersonation.is_empty()).then(|| ImpersonationLayer::new(impersonation))))
        // As low as can be: a token is asked for when it is needed, and no other layer of ours sees it.
        .layer(Slot::new(own.credentials, Some(CredentialsLayer::new(source, identity))))
        // Right above the wire: everything else reads plain text, errors of the server included.
        .layer(option_layer((stack.compression == Compression::Gzip).then_some(CompressionLayer)))
        // The user's own, next to the wire: they see what is sent.
        .service(next_to(wire, stack.wire));
    Ok(around(erase(service), stack.outer))
}

/// The wire with the user's own layers around it; where there are none, its type need not be forgotten.
fn next_to(wire: Wire, layers: Vec<Wrap>) -> SlotService<Wire, Wire> {
    match layers.is_empty() {
        true => SlotService::Ours(wire),
        false => SlotService::Theirs(around(erase(wire), layers)),
    }
}

/// Puts layers around a service, of which the first becomes outermost.
fn around(service: BoxService, layers: Vec<Wrap>) -> BoxService {
    layers.into_iter().rev().fold(service, |inner, wrap| wrap(inner))
}
