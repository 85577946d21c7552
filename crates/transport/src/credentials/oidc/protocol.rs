//! What is asked of a provider, and what it answers: OpenID Connect Discovery 1.0 and RFC 6749, as values.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use steersman_config::{Secret, ServerUrl};

/// Where tokens are given, and how a client says which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) server: ServerUrl,
    /// The path with its query.
    pub(super) target: String,
    /// In the order in which they are tried.
    pub(super) ways: Vec<Way>,
}

/// How a client says which one it is (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// `client_secret_basic`: in the header `Authorization`.
    Header,
    /// `client_secret_post`, and without a secret `none`: in the body.
    Body,
}

/// A client of the provider.
#[derive(Debug)]
pub(super) struct ClientId {
    pub(super) id: String,
    pub(super) secret: Option<Secret>,
}

/// What is wrong with an answer. Nothing of it is quoted: it may hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The document of the provider is no JSON object.
    NoDocument,
    /// It names no token endpoint.
    NoEndpoint,
    /// The token endpoint is no `https` URL.
    BadEndpoint,
    /// The answer of the token endpoint is no JSON object.
    NoAnswer,
    /// There is no id token in it.
    NoIdToken,
    /// The id token is no JWT that says when it expires.
    NotAJwt,
    /// The id token does not fit into a header.
    BadToken,
}

impl Fault {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::NoDocument => "what it says of itself is no JSON object",
            Self::NoEndpoint => "what it says of itself names no token_endpoint",
            Self::BadEndpoint => "its token_endpoint is no https URL",
            Self::NoAnswer => "the answer of its token endpoint is no JSON object",
            Self::NoIdToken => {
                "it gave no id_token: the login did not ask for the scope openid, or it gives none for a refresh token"
            }
            Self::NotAJwt => "its id_token is no JWT that says when it expires",
            Self::BadToken => "its id_token does not fit into a header",
        }
    }
}

/// Where below its own URL a provider says what it is; appended to the prefix of the issuer's URL by the client.
pub(super) const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// Reads what a provider says of itself.
pub(super) fn endpoint(document: &[u8], client: &ClientId) -> Result<Endpoint, Fault> {
    let Ok(Value::Object(document)) = serde_json::from_slice(document) else { return Err(Fault::NoDocument) };
    let url = document.get("token_endpoint").and_then(Value::as_str).filter(|url| !url.is_empty());
    let uri: Uri = url.ok_or(Fault::NoEndpoint)?.parse().map_err(|_| Fault::BadEndpoint)?;
    let (Some("https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(Fault::BadEndpoint);
    };
    let server = format!("https://{authority}").parse().map_err(|_| Fault::BadEndpoint)?;
    // A URL with a query and no path has the path `/` (RFC 9110, section 4.2.3).
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = if uri.path().is_empty() { "/" } else { uri.path() };
    let target = format!("{path}{query}");
    let named: Option<Vec<&str>> = document
        .get("token_endpoint_auth_methods_supported")
        .and_then(Value::as_array)
        .map(|methods| methods.iter().filter_map(Value::as_str).collect());
    let header_is_unknown =
        named.is_some_and(|named| !named.is_empty() && !named.contains(&"client_secret_basic"));
    let ways = match client.secret {
        None => vec![Way::Body],
        Some(_) if header_is_unknown => vec![Way::Body],
        // Where a provider does not say, this is its default; but there are some that don't know it.
        Some(_) => vec![Way::Header, Way::Body],
    };
    Ok(Endpoint { server, target, ways })
}

/// The form that asks for a new id token.
pub(super) fn form(client: &ClientId, refresh_token: &Secret, way: Way) -> String {
    let mut form = format!("grant_type=refresh_token&refresh_token={}", encoded(refresh_token.expose()));
    if way == Way::Body {
        form.push_str(&format!("&client_id={}", encoded(&client.id)));
        if let Some(secret) = &client.secret {
            form.push_str(&format!("&client_secret={}", encoded(secret.expose())));
        }
    }
    form
}

/// The header `Authorization` of that request; `None` where it has none.
pub(super) fn authorization(client: &ClientId, way: Way) -> Option<HeaderValue> {
    let (Way::Header, Some(secret)) = (way, &client.secret) else { return None };
    let pair = format!("{}:{}", encoded(&client.id), encoded(secret.expose()));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// What a token endpoint gives.
pub(super) struct Given {
    pub(super) id_token: Secret,
    /// In place of the one that was used.
    pub(super) refresh_token: Option<Secret>,
}

/// Reads what a token endpoint gives.
pub(super) fn given(body: &[u8]) -> Result<Given, Fault> {
    let Ok(Value::Object(answer)) = serde_json::from_slice(body) else { return Err(Fault::NoAnswer) };
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let id_token = Secret::new(text("id_token").ok_or(Fault::NoIdToken)?);
    Ok(Given { id_token, refresh_token: text("refresh_token").map(Secret::new) })
}

/// The reason of a refusal, where it is one of RFC 6749, section 5.2. Anything else is not repeated: it could be what was
/// sent.
pub(super) fn reason(body: &[u8]) -> Option<&'static str> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let reason = answer.get("error")?.as_str()?;
    REASONS.into_iter().find(|known| *known == reason)
}

pub(super) const INVALID_CLIENT: &str = "invalid_client";
pub(super) const INVALID_GRANT: &str = "invalid_grant";
const REASONS: [&str; 6] = [
    "invalid_request",
    INVALID_CLIENT,
    INVALID_GRANT,
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// As a form has it, and as a client's name and secret are put into a header.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, FORM).to_string()
}

const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use steersman_config::Secret;

    use super::{ClientId, Fault, Way, authorization, endpoint, form, given, reason};

    fn client(secret: Option<&str>) -> ClientId {
        ClientId { id: "kube:cli".to_owned(), secret: secret.map(Secret::new) }
    }

    #[test]
    fn a_provider_says_where_its_tokens_are() {
        let url = |url: &str| format!(r#"{{"issuer":"https://i","token_endpoint":"{url}"}}"#);
        for (document, want) in [
            (url("https://i/token"), Ok("https://i:443 /token")),
            (
                url("https://login.example.com:8443/t/v2?p=signin"),
                Ok("https://login.example.com:8443 /t/v2?p=signin"),
            ),
            (url("https://[::1]:5"), Ok("https://[::1]:5 /")),
            (url("https://i?p=signin"), Ok("https://i:443 /?p=signin")),
            (url("http://i/token"), Err(Fault::BadEndpoint)),
            (url("HTTP://i/token"), Err(Fault::BadEndpoint)),
            (url("ftp://i/token"), Err(Fault::BadEndpoint)),
            (url("//i/token"), Err(Fault::BadEndpoint)),
            (url("/token"), Err(Fault::BadEndpoint)),
            (url("https://user:password@i/token"), Err(Fault::BadEndpoint)),
            (url("https://i/a b"), Err(Fault::BadEndpoint)),
            (url(""), Err(Fault::NoEndpoint)),
            (r#"{"token_endpoint":7}"#.to_owned(), Err(Fault::NoEndpoint)),
            ("{}".to_owned(), Err(Fault::NoEndpoint)),
            ("[]".to_owned(), Err(Fault::NoDocument)),
            ("<html>".to_owned(), Err(Fault::NoDocument)),
            (String::new(), Err(Fault::NoDocument)),
        ] {
            let got = endpoint(document.as_bytes(), &client(None));
            let shown =
                got.map(|endpoint| format!("https://{} {}", endpoint.server.authority(), endpoint.target));
            assert_eq!(shown.as_deref(), want.as_ref().map(|text| *text), "{document}");
        }
    }

    #[test]
    fn a_client_names_itself_as_the_provider_wants() {
        let both = [Way::Header, Way::Body];
        for (secret, methods, want) in [
            (None, "", &[Way::Body][..]),
            (None, r#","token_endpoint_auth_methods_supported":["client_secret_basic"]"#, &[Way::Body]),
            (Some("s"), "", &both),
            (Some("s"), r#","token_endpoint_auth_methods_supported":[]"#, &both),
            (Some("s"), r#","token_endpoint_auth_methods_supported":7"#, &both),
            (
                Some("s"),
                r#","token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"]"#,
                &both,
            ),
            (Some("s"), r#","token_endpoint_auth_methods_supported":["client_secret_post"]"#, &[Way::Body]),
        ] {
            let document = format!(r#"{{"token_endpoint":"https://i/t"{methods}}}"#);
            let ways = endpoint(document.as_bytes(), &client(secret)).expect("an endpoint").ways;
            assert_eq!(ways, want, "{secret:?} {methods}");
        }
    }

    /// What is put into the form and the header can't say more than it does.
    #[test]
    fn forms_and_headers_are_encoded() {
        let refresh = Secret::new("r/e f&client_id=evil+%");
        for (secret, way, want_form, want_header) in [
            (
                None,
                Way::Body,
                "grant_type=refresh_token&refresh_token=r%2Fe%20f%26client_id%3Devil%2B%25&client_id=kube%3Acli",
                None,
            ),
            (
                Some("s:&é"),
                Way::Body,
                "grant_type=refresh_token&refresh_token=r%2Fe%20f%26client_id%3Devil%2B%25&client_id=kube%3Acli\
                 &client_secret=s%3A%26%C3%A9",
                None,
            ),
            (
                Some("s:&é"),
                Way::Header,
                "grant_type=refresh_token&refresh_token=r%2Fe%20f%26client_id%3Devil%2B%25",
                // kube%3Acli:s%3A%26%C3%A9
                Some("Basic a3ViZSUzQWNsaTpzJTNBJTI2JUMzJUE5"),
            ),
        ] {
            assert_eq!(form(&client(secret), &refresh, way), want_form);
            let header = authorization(&client(secret), way);
            assert_eq!(header.as_ref().map(|value| value.to_str().expect("text")), want_header);
            assert!(header.is_none_or(|value| value.is_sensitive()));
        }
    }

    /// G11: whatever a provider answers, it is read or refused, and an endpoint is one of `https`.
    #[test]
    fn g11_hostile_answers_are_borne() {
        const PIECES: [&str; 22] = [
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            "\"token_endpoint\":",
            "\"id_token\":",
            "\"error\":",
            "\"https://h/t\"",
            "\"http://h\"",
            "\"https://\"",
            "\"//\"",
            "null",
            "-1",
            "1e999",
            "\\u0000",
            "\\ud800",
            "é",
            "\0",
            " ",
        ];
        let mut chance = fastrand::Rng::with_seed(11);
        for _ in 0..50_000 {
            let text: String =
                (0..chance.usize(0..9)).map(|_| PIECES[chance.usize(..PIECES.len())]).collect();
            let bytes = &text.as_bytes()[..chance.usize(0..=text.len())];
            let client = client(chance.bool().then_some("s"));
            if let Ok(endpoint) = endpoint(bytes, &client) {
                assert!(endpoint.server.is_https() && endpoint.target.starts_with('/'), "{text}");
            }
            if let Ok(given) = given(bytes) {
                assert!(!given.id_token.expose().is_empty(), "{text}");
            }
            assert_eq!(reason(bytes), None, "{text}");
        }
    }

    #[test]
    fn answers_of_the_token_endpoint_are_read() {
        for (body, want) in [
            (r#"{"id_token":"i","refresh_token":"r","access_token":"a"}"#, Ok(("i", Some("r")))),
            (r#"{"id_token":"i","refresh_token":""}"#, Ok(("i", None))),
            (r#"{"id_token":"i"}"#, Ok(("i", None))),
            (r#"{"access_token":"a","refresh_token":"r"}"#, Err(Fault::NoIdToken)),
            (r#"{"id_token":""}"#, Err(Fault::NoIdToken)),
            (r#"{"id_token":7}"#, Err(Fault::NoIdToken)),
            ("id_token=i", Err(Fault::NoAnswer)),
            ("", Err(Fault::NoAnswer)),
        ] {
            let got = given(body.as_bytes());
            let shown = got
                .as_ref()
                .map(|given| (given.id_token.expose(), given.refresh_token.as_ref().map(Secret::expose)));
            assert_eq!(shown.map_err(|fault| *fault), want, "{body}");
        }
        for (body, want) in [
            (r#"{"error":"invalid_grant","error_description":"token r is used up"}"#, Some("invalid_grant")),
            (r#"{"error":"invalid_client"}"#, Some("invalid_client")),
            (r#"{"error":"the-refresh-token"}"#, None),
            (r#"{"error":7}"#, None),
            ("invalid_grant", None),
        ] {
            assert_eq!(reason(body.as_bytes()), want, "{body}");
        }
    }
}
