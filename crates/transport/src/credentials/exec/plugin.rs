//! One plugin for all requests: it is run when credentials are needed, once for all who wait.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use http::HeaderValue;
use steersman_config::{ClientCertificate, ExecPlugin};
use tokio::time::Instant;

use super::{
    policy::ExecPolicy,
    protocol::{Credential, is_fresh},
    run::{ExecError, run},
};
use crate::{
    credentials::source::bearer,
    error::{BoxError, Error, ErrorKind},
};

/// What a plugin printed last. Two are the same only if they are of the same run.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) bearer: Option<HeaderValue>,
    pub(crate) certificate: Option<ClientCertificate>,
    expires: Option<SystemTime>,
}

type Outcome = Result<Arc<Printed>, Arc<ExecError>>;

/// A plugin, and what it printed.
pub(crate) struct Plugin {
    plugin: ExecPlugin,
    policy: ExecPolicy,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Printed>>,
    flight: Option<Shared<BoxFuture<'static, Outcome>>>,
    /// Until when the last failure stands, so that a plugin that fails is not run for each request.
    failed: Option<(Instant, Arc<ExecError>)>,
}

impl Plugin {
    pub(crate) fn new(plugin: ExecPlugin, policy: ExecPolicy) -> Arc<Self> {
        Arc::new(Self { plugin, policy, state: Mutex::default() })
    }

    /// The credentials, where the plugin need not be run for them.
    pub(crate) fn fresh(&self, now: SystemTime) -> Option<Arc<Printed>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.current.clone().filter(|current| is_fresh(current.expires, now))
    }

    /// Forgets credentials that the server refused, unless there are newer ones.
    pub(crate) fn forget(&self, refused: &Arc<Printed>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, refused)) {
            state.current = None;
        }
    }

    /// The credentials, for which the plugin is run if need be.
    ///
    /// # Cancel safety
    /// The plugin runs on for the others who wait, and for the next who asks.
    pub(crate) async fn printed(self: &Arc<Self>) -> Result<Arc<Printed>, BoxError> {
        if let Some(printed) = self.fresh(SystemTime::now()) {
            return Ok(printed);
        }
        let flight = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            match (&state.flight, &state.failed) {
                (Some(flight), _) => flight.clone(),
                (None, Some((until, error))) if Instant::now() < *until => return Err(refused(error)),
                (None, _) => {
                    let flight = self.take_off();
                    state.flight = Some(flight.clone());
                    flight
                }
            }
        };
        flight.await.map_err(|error| refused(&error))
    }

    /// Runs the plugin in a task of its own.
    fn take_off(self: &Arc<Self>) -> Shared<BoxFuture<'static, Outcome>> {
        let this = Arc::clone(self);
        let task = tokio::spawn(async move {
            let outcome =
                run(&this.plugin, &this.policy).await.map(Printed::from).map(Arc::new).map_err(Arc::new);
            let mut state = this.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.flight = None;
            match &outcome {
                Ok(printed) => {
                    state.current = Some(Arc::clone(printed));
                    state.failed = None;
                }
                Err(error) => state.failed = Some((Instant::now() + AFTER_FAILURE, Arc::clone(error))),
            }
            outcome
        });
        let command = self.plugin.command.clone();
        async move { task.await.unwrap_or_else(|_| Err(Arc::new(ExecError::lost(command)))) }.boxed().shared()
    }
}

impl From<Credential> for Printed {
    fn from(credential: Credential) -> Self {
        let bearer = credential.token.as_ref().and_then(|token| bearer(token.expose()));
        Self { bearer, certificate: credential.certificate, expires: credential.expires }
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

fn refused(error: &Arc<ExecError>) -> BoxError {
    Error::new(ErrorKind::Credentials).because(Arc::clone(error)).into()
}

const AFTER_FAILURE: Duration = Duration::from_secs(1);
