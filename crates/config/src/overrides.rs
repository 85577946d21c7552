//! What a user says in place of the kubeconfig: kubectl's flags.

use std::{collections::BTreeSet, fmt, path::PathBuf, time::Duration};

use crate::{Cluster, Impersonation, Secret, User};

/// What is said in place of the kubeconfig's entries, as by kubectl's flags.
///
/// `None`, an empty text and `false` say nothing, as in kubectl: an override can't take a value away. It replaces more than
/// its own field where the rest of the entry would contradict it; each field says what. Relative paths are relative to the
/// current folder of the [`Environment`](crate::Environment).
///
/// In a pod they apply to the service account too; client-go takes only server, token and certificate authority there,
/// and drops the rest without a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overrides {
    /// The URL of the server, as `--server`. Clears the entry's `tls-server-name`. With it no cluster needs to be named.
    pub server: Option<String>,
    /// The name in the server's certificate, as `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// Believes any certificate of the server, as `--insecure-skip-tls-verify`. Clears the entry's certificate authority.
    pub insecure_skip_tls_verify: bool,
    /// A PEM file of certificate authorities, as `--certificate-authority`. Clears the entry's authority and its
    /// `insecure-skip-tls-verify`.
    pub certificate_authority: Option<String>,
    /// PEM of certificate authorities in base64; no flag of kubectl's. Clears the same.
    pub certificate_authority_data: Option<String>,
    /// A proxy, as `--proxy-url`. May hold a password.
    pub proxy_url: Option<Secret>,
    /// Asks for answers that are not compressed, as `--disable-compression`.
    pub disable_compression: bool,
    /// How long a request may take, as `--request-timeout`; zero is no limit. [`parse_timeout`](Self::parse_timeout) reads
    /// the flag's text.
    pub timeout: Option<Duration>,
    /// A bearer token, as `--token`. Clears the entry's `tokenFile`, which would win over it; client-go leaves that, so
    /// that the flag has no effect there.
    pub token: Option<Secret>,
    /// A file with a bearer token. Clears the entry's `token`, unless a token is given too.
    pub token_file: Option<PathBuf>,
    /// A PEM file with a client certificate, as `--client-certificate`. Clears the entry's certificate.
    pub client_certificate: Option<String>,
    /// PEM of a client certificate in base64. Clears the same.
    pub client_certificate_data: Option<String>,
    /// A PEM file with the key, as `--client-key`. Clears the entry's key.
    pub client_key: Option<String>,
    /// PEM of the key in base64. Clears the same.
    pub client_key_data: Option<Secret>,
    /// The user name of basic authentication, as `--username`.
    pub username: Option<String>,
    /// The password of basic authentication, as `--password`.
    pub password: Option<Secret>,
    /// As whom to act, as `--as`, `--as-uid`, `--as-group` and `--as-user-extra`. What is not said of the user stays as
    /// in the entry; the keys of `extra` are put on top of the entry's, as in client-go. An empty user is the entry's.
    pub impersonation: Option<Impersonation>,
}

/// The fields of an entry whose values were overridden.
pub(crate) type Overridden = BTreeSet<&'static str>;

impl Overrides {
    /// Reads a timeout as `--request-timeout` takes it: a number of seconds, or numbers with units (`1m30s`, `500ms`;
    /// ns, us, ms, s, m and h). `0` is no limit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use steersman_config::Overrides;
    ///
    /// assert_eq!(Overrides::parse_timeout("30"), Ok(Duration::from_secs(30)));
    /// assert_eq!(Overrides::parse_timeout("1m1.5s"), Ok(Duration::from_millis(61_500)));
    /// assert!(Overrides::parse_timeout("soon").is_err());
    /// ```
    ///
    /// # Errors
    /// If it is neither; also if it is negative, which client-go takes for a timeout that has passed.
    pub fn parse_timeout(text: &str) -> Result<Duration, TimeoutError> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Duration::from_secs).map_err(|_| TimeoutError(()));
        }
        let mut rest = text.strip_prefix('+').unwrap_or(text);
        if rest == "0" {
            return Ok(Duration::ZERO);
        }
        let mut total = Duration::ZERO;
        if rest.is_empty() {
            return Err(TimeoutError(()));
        }
        while !rest.is_empty() {
            let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(TimeoutError(()))?;
            let (number, after) = rest.split_at(number_end);
            let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
            let (unit, after) = after.split_at(unit_end);
            let nanos_each: u64 = match unit {
                "ns" => 1,
                "us" | "µs" | "μs" => 1_000,
                "ms" => 1_000_000,
                "s" => 1_000_000_000,
                "m" => 60_000_000_000,
                "h" => 3_600_000_000_000,
                _ => return Err(TimeoutError(())),
            };
            total =
                part(number, nanos_each).and_then(|part| total.checked_add(part)).ok_or(TimeoutError(()))?;
            rest = after;
        }
        Ok(total)
    }

    /// Puts what is said of the cluster in place of what `cluster` says, and tells which fields that were.
    pub(crate) fn apply_to_cluster(&self, cluster: &mut Cluster) -> Overridden {
        let mut overridden = Overridden::new();
        let mut set = |target: &mut Option<String>, value: &Option<String>, field| {
            if let Some(value) = said(value) {
                *target = Some(value.clone());
                overridden.insert(field);
            }
        };
        if said(&self.server).is_some() {
            cluster.tls_server_name = None;
        }
        set(&mut cluster.server, &self.server, "server");
        set(&mut cluster.tls_server_name, &self.tls_server_name, "tls-server-name");
        let trust = (said(&self.certificate_authority), said(&self.certificate_authority_data));
        if self.insecure_skip_tls_verify || trust != (None, None) {
            cluster.insecure_skip_tls_verify = self.insecure_skip_tls_verify;
            cluster.certificate_authority = trust.0.cloned();
            cluster.certificate_authority_data = trust.1.cloned();
            overridden.extend([
                "insecure-skip-tls-verify",
                "certificate-authority",
                "certificate-authority-data",
            ]);
        }
        if let Some(proxy) = self.proxy_url.as_ref().filter(|proxy| !proxy.expose().is_empty()) {
            cluster.proxy_url = Some(proxy.clone());
            overridden.insert("proxy-url");
        }
        cluster.disable_compression |= self.disable_compression;
        overridden
    }

    /// Puts what is said of the user in place of what `user` says, and tells which fields that were.
    pub(crate) fn apply_to_user(&self, user: &mut User) -> Overridden {
        let mut overridden = Overridden::new();
        if let Some(file) = self.token_file.as_ref().filter(|file| !file.as_os_str().is_empty()) {
            user.token_file = Some(file.to_string_lossy().into_owned());
            user.token = None;
            overridden.extend(["token", "tokenFile"]);
        }
        if let Some(token) = said_secret(&self.token) {
            if !overridden.contains("tokenFile") {
                user.token_file = None;
            }
            user.token = Some(token.clone());
            overridden.extend(["token", "tokenFile"]);
        }
        let certificate = (said(&self.client_certificate), said(&self.client_certificate_data));
        if certificate != (None, None) {
            user.client_certificate = certificate.0.cloned();
            user.client_certificate_data = certificate.1.cloned();
            overridden.extend(["client-certificate", "client-certificate-data"]);
        }
        let key = (said(&self.client_key), said_secret(&self.client_key_data));
        if key != (None, None) {
            user.client_key = key.0.cloned();
            user.client_key_data = key.1.cloned();
            overridden.extend(["client-key", "client-key-data"]);
        }
        if let Some(name) = said(&self.username) {
            user.username = Some(name.clone());
            overridden.insert("username");
        }
        if let Some(password) = said_secret(&self.password) {
            user.password = Some(password.clone());
            overridden.insert("password");
        }
        if let Some(impersonation) = &self.impersonation {
            apply_impersonation(impersonation, user, &mut overridden);
        }
        overridden
    }

    /// Whether a server is given, so that no cluster needs to be named.
    pub(crate) fn names_a_server(&self) -> bool {
        said(&self.server).is_some()
    }
}

fn apply_impersonation(impersonation: &Impersonation, user: &mut User, overridden: &mut Overridden) {
    let Impersonation { user: name, uid, groups, extra } = impersonation;
    if !name.is_empty() {
        user.impersonate = Some(name.clone());
        overridden.insert("as");
    }
    if let Some(uid) = said(uid) {
        user.impersonate_uid = Some(uid.clone());
        overridden.insert("as-uid");
    }
    if !groups.is_empty() {
        user.impersonate_groups.clone_from(groups);
        overridden.insert("as-groups");
    }
    if !extra.is_empty() {
        user.impersonate_user_extra.extend(extra.clone());
        overridden.insert("as-user-extra");
    }
}

fn said(value: &Option<String>) -> Option<&String> {
    value.as_ref().filter(|value| !value.is_empty())
}

fn said_secret(value: &Option<Secret>) -> Option<&Secret> {
    value.as_ref().filter(|value| !value.expose().is_empty())
}

/// `number` of a unit; digits after the ninth place of a fraction are dropped.
fn part(number: &str, nanos_each: u64) -> Option<Duration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nanos_each = u128::from(nanos_each);
    let mut nanos = u128::from(whole) * nanos_each;
    let mut place = 1_u128;
    for digit in fraction.bytes().take(9) {
        place *= 10;
        nanos += u128::from(digit - b'0') * nanos_each / place;
    }
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    Some(Duration::new(seconds, u32::try_from(nanos % 1_000_000_000).ok()?))
}

/// A text that is no timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutError(());

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a timeout is a number of seconds, or numbers with units such as 1m30s")
    }
}

impl std::error::Error for TimeoutError {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Overrides;

    #[test]
    fn timeouts() {
        for (text, want) in [
            ("0", Some(0)),
            ("30", Some(30_000)),
            ("1s", Some(1_000)),
            ("1.5s", Some(1_500)),
            (".5s", Some(500)),
            ("1.s", Some(1_000)),
            ("2m", Some(120_000)),
            ("1h1m1s1ms", Some(3_661_001)),
            ("1000000ns", Some(1)),
            ("1000us", Some(1)),
            ("1000µs", Some(1)),
            ("+1s", Some(1_000)),
            ("", None),
            ("s", None),
            (".s", None),
            ("1.1.1s", None),
            ("1", Some(1_000)),
            ("1.5", None),
            ("-1", None),
            ("-1s", None),
            ("1d", None),
            ("1 s", None),
            ("99999999999999999999", None),
            ("99999999999999999999h", None),
        ] {
            let got = Overrides::parse_timeout(text).ok();
            assert_eq!(got, want.map(Duration::from_millis), "{text:?}");
        }
    }
}
