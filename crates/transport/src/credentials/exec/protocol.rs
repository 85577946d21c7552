//! What a plugin is told, and what it prints: `ExecCredential`, in the versions `v1` and `v1beta1`.

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use steersman_config::{ClientCertificate, ExecApiVersion, ExecPlugin, Secret};

use crate::credentials::source::bearer;

/// The value of `KUBERNETES_EXEC_INFO`.
pub(super) fn exec_info(plugin: &ExecPlugin, interactive: bool) -> String {
    let mut spec = json!({ "interactive": interactive });
    if let Some(cluster) = &plugin.cluster_info {
        let mut said = Map::new();
        said.insert("server".to_owned(), cluster.server.clone().into());
        if let Some(name) = &cluster.tls_server_name {
            said.insert("tls-server-name".to_owned(), name.clone().into());
        }
        if cluster.insecure_skip_tls_verify {
            said.insert("insecure-skip-tls-verify".to_owned(), true.into());
        }
        if let Some(pem) = &cluster.certificate_authority_data {
            said.insert("certificate-authority-data".to_owned(), STANDARD.encode(pem).into());
        }
        if let Some(proxy) = &cluster.proxy_url {
            said.insert("proxy-url".to_owned(), proxy.expose().into());
        }
        if cluster.disable_compression {
            said.insert("disable-compression".to_owned(), true.into());
        }
        said.insert("config".to_owned(), cluster.config.clone());
        spec["cluster"] = said.into();
    }
    json!({ "kind": "ExecCredential", "apiVersion": plugin.api_version.as_str(), "spec": spec }).to_string()
}

/// What a plugin printed.
pub(super) struct Credential {
    pub(super) token: Option<Secret>,
    pub(super) certificate: Option<ClientCertificate>,
    pub(super) expires: Option<SystemTime>,
}

/// What is wrong with what a plugin printed. Nothing of it is quoted: it holds secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    NotJson,
    Kind,
    Version,
    NoStatus,
    NoCredential,
    HalfACertificate,
    Token,
    Expiry,
}

impl Fault {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::NotJson => "what it printed is no JSON object",
            Self::Kind => "what it printed is no ExecCredential",
            Self::Version => "it speaks another version than the configuration says",
            Self::NoStatus => "what it printed has no status",
            Self::NoCredential => "it printed neither a token nor a client certificate",
            Self::HalfACertificate => {
                "it printed a client certificate without its key, or a key without its certificate"
            }
            Self::Token => "its token does not fit into a header",
            Self::Expiry => "the expirationTimestamp that it printed is no timestamp",
        }
    }
}

/// Reads what a plugin printed.
pub(super) fn parse(version: ExecApiVersion, stdout: &[u8]) -> Result<Credential, Fault> {
    let Ok(Value::Object(printed)) = serde_json::from_slice(stdout) else { return Err(Fault::NotJson) };
    if printed.get("kind").and_then(Value::as_str) != Some("ExecCredential") {
        return Err(Fault::Kind);
    }
    if printed.get("apiVersion").and_then(Value::as_str) != Some(version.as_str()) {
        return Err(Fault::Version);
    }
    let Some(Value::Object(status)) = printed.get("status") else { return Err(Fault::NoStatus) };
    let text = |name: &str| status.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let certificate = match (text("clientCertificateData"), text("clientKeyData")) {
        (Some(chain), Some(key)) => Some(ClientCertificate::new(chain, Secret::new(key))),
        (None, None) => None,
        _ => return Err(Fault::HalfACertificate),
    };
    let token = text("token");
    if token.is_some_and(|token| bearer(token).is_none()) {
        return Err(Fault::Token);
    }
    let token = token.map(Secret::new);
    if token.is_none() && certificate.is_none() {
        return Err(Fault::NoCredential);
    }
    let expires = match status.get("expirationTimestamp") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(timestamp(text).ok_or(Fault::Expiry)?),
        Some(_) => return Err(Fault::Expiry),
    };
    Ok(Credential { token, certificate, expires })
}

/// Whether a credential can be used, now. It is asked for anew some seconds before it expires, so that no request is on
/// the way with one that has.
pub(super) fn is_fresh(expires: Option<SystemTime>, now: SystemTime) -> bool {
    expires.is_none_or(|expires| now.checked_add(LEEWAY).is_some_and(|soon| soon < expires))
}

/// client-go's of token files; for plugins it has none.
const LEEWAY: Duration = Duration::from_secs(10);

/// A timestamp of RFC 3339; before 1970 is 1970.
fn timestamp(text: &str) -> Option<SystemTime> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let mark = |at: usize, wanted: &[u8]| text.as_bytes().get(at).is_some_and(|byte| wanted.contains(byte));
    if !(mark(4, b"-") && mark(7, b"-") && mark(10, b"Tt ") && mark(13, b":") && mark(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 { return None } else { &fraction[digits..] }
        }
        None => rest,
    };
    let offset = match rest {
        "Z" | "z" => 0,
        _ => {
            let sign = match rest.as_bytes() {
                [b'+', ..] => 1,
                [b'-', ..] => -1,
                _ => return None,
            };
            let (hours, minutes) = rest.get(1..)?.split_once(':')?;
            let two = |text: &str| {
                if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) {
                    text.parse::<i64>().ok()
                } else {
                    None
                }
            };
            sign * (two(hours)? * 3600 + two(minutes)? * 60)
        }
    };
    // Days from a year that begins in March, so that the leap day is the last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
        - 1
        - 719_468;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}
#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use steersman_config::ExecApiVersion;

    use super::{is_fresh, parse, timestamp};

    #[test]
    fn timestamps_are_read() {
        for (text, want) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-03-01T00:00:00Z", Some(5_097_600)),
            ("2000-02-29T12:30:45Z", Some(951_827_445)),
            ("2026-11-21T10:00:00Z", Some(1_795_255_200)),
            ("2026-11-21T12:00:00+02:00", Some(1_795_255_200)),
            ("2026-11-21t05:30:00.123456789-04:30", Some(1_795_255_200)),
            ("1960-01-01T00:00:00Z", Some(0)),
            ("2026-11-21", None),
            ("2026-11-21T10:00:00", None),
            ("2026-11-21T10:00:00.Z", None),
            ("2026-13-21T10:00:00Z", None),
            ("2026-11-21T24:00:00Z", None),
            ("2026-11-21T10:00:00+2:00", None),
            ("2026-11-21T10:00:00 Z", None),
            ("+026-11-21T10:00:00Z", None),
            ("é026-11-21T10:00:00Z", None),
            ("", None),
        ] {
            let want = want.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(timestamp(text), want, "{text}");
        }
    }

    /// G11: whatever a plugin prints, it is read or refused.
    #[test]
    fn g11_hostile_output_is_borne() {
        let good = r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t","expirationTimestamp":"2026-11-21T10:00:00.5+01:30"}}"#;
        let mut chance = fastrand::Rng::with_seed(13);
        let mut read = 0;
        for _ in 0..50_000 {
            let mut printed = good.as_bytes().to_vec();
            for _ in 0..chance.usize(0..3) {
                let at = chance.usize(..printed.len());
                printed[at] = chance.u8(..);
            }
            if chance.bool() {
                printed.truncate(chance.usize(..=printed.len()));
            }
            read += usize::from(parse(ExecApiVersion::V1, &printed).is_ok());
        }
        assert!(read > 1_000, "{read}");
    }

    #[test]
    fn credentials_are_renewed_before_they_expire() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (left, want) in [(0, false), (9, false), (10, false), (11, true), (3600, true)] {
            assert_eq!(is_fresh(Some(now + Duration::from_secs(left)), now), want, "{left}");
        }
        assert!(!is_fresh(Some(now - Duration::from_secs(60)), now));
        assert!(is_fresh(None, now));
    }
}
