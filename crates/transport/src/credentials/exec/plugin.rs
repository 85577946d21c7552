//! A plugin, and what it printed.

use std::{sync::Arc, time::SystemTime};

use http::HeaderValue;
use steersman_config::{ClientCertificate, ExecPlugin};

use super::{
    policy::ExecPolicy,
    protocol::{Credential, is_fresh},
    run::{ExecError, run},
};
use crate::credentials::{
    obtained::{Obtain, Obtained},
    source::bearer,
};

/// What a plugin printed last. Two are the same only if they are of the same run.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) bearer: Option<HeaderValue>,
    pub(crate) certificate: Option<ClientCertificate>,
    expires: Option<SystemTime>,
}

/// A plugin that is run when credentials are needed.
#[derive(Debug)]
pub(crate) struct Plugin {
    plugin: ExecPlugin,
    policy: ExecPolicy,
}

impl Plugin {
    pub(crate) fn new(plugin: ExecPlugin, policy: ExecPolicy) -> Arc<Obtained<Self>> {
        Obtained::new(Self { plugin, policy }, None)
    }
}

impl Obtain for Plugin {
    type Value = Printed;
    type Error = ExecError;

    async fn obtain(&self, _: Option<Arc<Printed>>) -> Result<Printed, ExecError> {
        run(&self.plugin, &self.policy).await.map(Printed::from)
    }

    fn is_fresh(printed: &Printed, now: SystemTime) -> bool {
        is_fresh(printed.expires, now)
    }

    fn can_renew(&self, _: &Printed) -> bool {
        true
    }

    fn lost(&self) -> ExecError {
        ExecError::lost(self.plugin.command.clone())
    }
}

impl From<Credential> for Printed {
    fn from(credential: Credential) -> Self {
        let bearer = credential.token.as_ref().and_then(|token| bearer(token.expose()));
        Self { bearer, certificate: credential.certificate, expires: credential.expires }
    }
}
