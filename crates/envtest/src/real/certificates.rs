//! The authorities, certificates and keys of one control plane.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use steersman_config::{ClientCertificate, Config, Secret, ServerUrl, Trust};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    Error,
    layout::{Layout, write},
};

/// Everything secret about a control plane. The authority for servers and the one for clients are two, so that
/// a mix-up of the two in a client shows.
pub(super) struct Identities {
    serving: CertifiedIssuer<'static, KeyPair>,
    clients: CertifiedIssuer<'static, KeyPair>,
    admin_token: Secret,
}

impl Identities {
    /// Makes fresh ones and writes down what the programs read.
    pub(super) fn create(layout: &Layout) -> Result<Self, Error> {
        let identities = Self {
            serving: authority("steersman-envtest serving").map_err(Error::certificate)?,
            clients: authority("steersman-envtest clients").map_err(Error::certificate)?,
            admin_token: Secret::new(Uuid::new_v4().simple().to_string()),
        };
        identities.write(layout)?;
        Ok(identities)
    }

    fn write(&self, layout: &Layout) -> Result<(), Error> {
        let (certificate, key) = self.server().map_err(Error::certificate)?;
        let service_accounts = KeyPair::generate().map_err(Error::certificate)?;
        let token = self.admin_token.expose();
        write(&layout.serving_ca(), self.serving.pem())?;
        write(&layout.serving_certificate(), certificate)?;
        write(&layout.serving_key(), key)?;
        write(&layout.client_ca(), self.clients.pem())?;
        write(&layout.tokens(), format!("{token},{ADMIN},{ADMIN},\"{MASTERS}\"\n"))?;
        write(&layout.service_account_key(), service_accounts.serialize_pem())?;
        write(&layout.service_account_public_key(), service_accounts.public_key_pem())
    }

    /// Everything is allowed to this user, who shows a client certificate.
    pub(super) fn admin(&self, server: &ServerUrl) -> Result<Config, Error> {
        self.client(server, ADMIN, Some(MASTERS))
    }

    /// The same user, who shows a bearer token.
    pub(super) fn admin_by_token(&self, server: &ServerUrl) -> Config {
        let mut config = self.anonymous(server);
        config.credentials.token = Some(self.admin_token.clone());
        config
    }

    /// kube-controller-manager, which here does without a service account for each controller.
    pub(super) fn controller_manager(&self, server: &ServerUrl) -> Result<Config, Error> {
        self.client(server, "system:kube-controller-manager", Some(MASTERS))
    }

    /// `user`, in no group but that of the authenticated.
    pub(super) fn user(&self, server: &ServerUrl, user: &str) -> Result<Config, Error> {
        self.client(server, user, None)
    }

    /// For our own questions about readiness.
    pub(super) fn tls(&self) -> Result<Arc<ClientConfig>, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(self.serving.der().clone()).map_err(Error::certificate)?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Error::certificate)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    pub(super) fn admin_token(&self) -> &Secret {
        &self.admin_token
    }

    fn anonymous(&self, server: &ServerUrl) -> Config {
        let mut config = Config::new(server.clone());
        config.trust = Trust::Authorities(self.serving.pem().into_bytes());
        config
    }

    fn client(&self, server: &ServerUrl, user: &str, group: Option<&str>) -> Result<Config, Error> {
        let (chain, key) = self.client_pair(user, group).map_err(Error::certificate)?;
        let mut config = self.anonymous(server);
        config.credentials.client_certificate = Some(ClientCertificate::new(chain, Secret::new(key)));
        Ok(config)
    }

    /// A certificate and its key, PEM: the common name is the user, the organization the group.
    fn client_pair(&self, user: &str, group: Option<&str>) -> Result<(String, String), rcgen::Error> {
        let mut params = parameters(user);
        if let Some(group) = group {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate()?;
        Ok((params.signed_by(&key, &self.clients)?.pem(), key.serialize_pem()))
    }

    fn server(&self) -> Result<(String, String), rcgen::Error> {
        let names = ["127.0.0.1", "localhost", "kubernetes.default.svc", "10.0.0.1"];
        let named = CertificateParams::new(names.map(str::to_owned).to_vec())?;
        let mut params = parameters("kube-apiserver");
        params.subject_alt_names = named.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        Ok((params.signed_by(&key, &self.serving)?.pem(), key.serialize_pem()))
    }
}

/// Keys have no business in a debugger's output or a log.
impl std::fmt::Debug for Identities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identities").finish_non_exhaustive()
    }
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = parameters(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn parameters(common_name: &str) -> CertificateParams {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    // Clocks of containers can be behind the one that we read.
    params.not_before = now - Duration::hours(1);
    params.not_after = now + LIFETIME;
    params
}

const ADMIN: &str = "steersman-admin";

/// The group that the authorizer lets do anything.
const MASTERS: &str = "system:masters";

/// Longer than anyone leaves a test server running.
const LIFETIME: Duration = Duration::days(365);
