//! What a client has to know of an id token: when it expires. Whether it is genuine is for the API server to say.

use std::time::{Duration, SystemTime};

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

/// When a JWT expires; `None` where it is no JWT, or does not say when.
pub(super) fn expiry(token: &str) -> Option<SystemTime> {
    let mut parts = token.split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let claims: Value = serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()?;
    // Seconds since 1970, of which there may be fractions.
    let seconds = claims.get("exp")?.as_f64()?;
    let since = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(FOR_EVER).min(FOR_EVER);
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// The protocol leaves the padding out; who writes it means no harm.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The year 9999, near enough: what every clock can tell.
const FOR_EVER: Duration = Duration::from_secs(253_402_300_799);

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::{FOR_EVER, expiry};

    /// G11: whatever a token is, its expiry is a time or none.
    #[test]
    fn g11_hostile_tokens_are_borne() {
        let mut chance = fastrand::Rng::with_seed(12);
        let good =
            format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"iss":"i","exp":1795255200,"n":[1,{}]}"#));
        for _ in 0..50_000 {
            let mut token = good.clone().into_bytes();
            for _ in 0..chance.usize(1..4) {
                let at = chance.usize(..token.len());
                token[at] = chance.u8(b'!'..=b'~');
            }
            token.truncate(chance.usize(..=token.len()));
            let _ = expiry(&String::from_utf8(token).expect("ASCII"));
        }
    }

    #[test]
    fn the_expiry_is_read_from_the_claims() {
        let token = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        for (text, want) in [
            (token(r#"{"exp":1795255200}"#), Some(1_795_255_200)),
            (token(r#"{"iss":"https://i","exp":1795255200.0,"sub":"é?>"}"#), Some(1_795_255_200)),
            (token(r#"{"exp":-5}"#), Some(0)),
            (token(r#"{"exp":1e300}"#), Some(FOR_EVER.as_secs())),
            (token(r#"{"exp":18446744073709551615}"#), Some(FOR_EVER.as_secs())),
            (token(r#"{"exp":7}"#).replace(".c2ln", "==.c2ln"), None),
            (format!("e30.{}==.", URL_SAFE_NO_PAD.encode(r#"{"exp":7} "#)), Some(7)),
            (token("{}"), None),
            (token(r#"{"exp":"soon"}"#), None),
            (token(r#"{"exp":null}"#), None),
            (token("[7]"), None),
            (token("no JSON"), None),
            ("e30.!.c2ln".to_owned(), None),
            (token(r#"{"exp":7}"#) + ".more", None),
            ("opaque".to_owned(), None),
            ("..".to_owned(), None),
            (String::new(), None),
        ] {
            let want = want.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(expiry(&text), want, "{text}");
        }
    }
}
