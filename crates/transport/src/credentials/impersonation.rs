//! Acting as somebody else: the headers that ask for it.

use http::{HeaderMap, HeaderName, HeaderValue};
use steersman_config::Impersonation;

use crate::error::{Error, ErrorKind};

/// The headers of an impersonation, in client-go's spelling (`transport/round_trippers.go`).
pub(crate) fn headers(who: &Impersonation) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let mut add = |field: &'static str, name: HeaderName, text: &str| {
        // The text is not quoted: it names a person.
        let value =
            HeaderValue::from_bytes(text.as_bytes()).map_err(|_| Error::new(ErrorKind::Config { field }))?;
        headers.append(name, value);
        Ok::<_, Error>(())
    };
    add("as", HeaderName::from_static("impersonate-user"), &who.user)?;
    if let Some(uid) = &who.uid {
        add("as-uid", HeaderName::from_static("impersonate-uid"), uid)?;
    }
    for group in &who.groups {
        add("as-groups", HeaderName::from_static("impersonate-group"), group)?;
    }
    for (key, values) in &who.extra {
        let name = HeaderName::try_from(format!("impersonate-extra-{}", escaped(key)))
            .map_err(|_| Error::new(ErrorKind::Config { field: "as-user-extra" }))?;
        for value in values {
            add("as-user-extra", name.clone(), value)?;
        }
    }
    Ok(headers)
}

/// A key of `extra` as a part of a header's name: what does not fit into one is percent-encoded, and so is the percent
/// sign itself.
fn escaped(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'!' | b'#' | b'$' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|'
            | b'~' => {
                out.push(byte.into());
            }
            _ if byte.is_ascii_alphanumeric() => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use steersman_config::Impersonation;

    use super::{escaped, headers};

    #[test]
    fn keys_are_escaped_as_client_go_does() {
        for (key, want) in [
            ("scopes", "scopes"),
            ("acme.com/project", "acme.com%2Fproject"),
            ("100%", "100%25"),
            ("a b:c", "a%20b%3Ac"),
            ("é", "%C3%A9"),
            ("a\r\nb\0", "a%0D%0Ab%00"),
            ("!#$&'*+-.^_`|~", "!#$&'*+-.^_`|~"),
        ] {
            assert_eq!(escaped(key), want, "{key}");
        }
    }

    #[test]
    fn an_impersonation_is_headers() {
        let mut who = Impersonation::new("jane");
        who.uid = Some("u-1".to_owned());
        who.groups = vec!["devs".to_owned(), "ops".to_owned()];
        who.extra.insert("acme.com/project".to_owned(), vec!["a".to_owned(), "b".to_owned()]);
        let headers = headers(&who).expect("headers");
        let all: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
            .collect();
        assert_eq!(
            all,
            [
                "impersonate-user: jane",
                "impersonate-uid: u-1",
                "impersonate-group: devs",
                "impersonate-group: ops",
                "impersonate-extra-acme.com%2fproject: a",
                "impersonate-extra-acme.com%2fproject: b",
            ]
        );
    }

    /// G11: what would make two headers of one is refused by the name of the field, and not quoted.
    #[test]
    fn header_values_can_not_be_injected() {
        for bad in ["a\nb", "a\rb", "a\r\nAuthorization: x", "a\0b", "\u{7f}"] {
            let mut user = Impersonation::new("jane");
            user.user = bad.to_owned();
            let mut uid = Impersonation::new("jane");
            uid.uid = Some(bad.to_owned());
            let mut group = Impersonation::new("jane");
            group.groups = vec![bad.to_owned()];
            let mut extra = Impersonation::new("jane");
            extra.extra.insert("k".to_owned(), vec![bad.to_owned()]);
            for (who, field) in
                [(user, "as"), (uid, "as-uid"), (group, "as-groups"), (extra, "as-user-extra")]
            {
                let error = headers(&who).expect_err(bad);
                assert_eq!(error.kind(), &crate::ErrorKind::Config { field });
                assert!(!error.to_string().contains(bad));
            }
        }
    }
    /// Row 27, G11: whatever is said, each text is the value of just one header, or nothing is sent.
    #[test]
    fn any_text_is_one_value_or_an_error() {
        const PIECES: [&str; 16] = [
            "a",
            "Z",
            "0",
            "-",
            "/",
            "%",
            ":",
            " ",
            "\r",
            "\n",
            "\r\n",
            "\0",
            "\t",
            "é",
            "\u{7f}",
            "Impersonate-User: x",
        ];
        let mut chance = fastrand::Rng::with_seed(27);
        let mut sent = 0;
        for _ in 0..100_000 {
            let mut text =
                || (0..chance.usize(0..4)).map(|_| PIECES[chance.usize(..PIECES.len())]).collect::<String>();
            let mut who = Impersonation::new(text());
            who.uid = Some(text());
            who.groups = vec![text()];
            let key = text();
            who.extra.insert(key.clone(), vec![text()]);
            let Ok(headers) = headers(&who) else { continue };
            sent += 1;
            assert_eq!(headers.len(), 4, "{who:?}");
            let value = |name: &str| headers.get(name).map(|value| value.as_bytes().to_vec());
            assert_eq!(value("impersonate-user"), Some(who.user.clone().into_bytes()));
            assert_eq!(value("impersonate-uid"), who.uid.clone().map(String::into_bytes));
            assert_eq!(value("impersonate-group"), Some(who.groups[0].clone().into_bytes()));
            let extra =
                headers.keys().find(|name| name.as_str().starts_with("impersonate-extra-")).expect("one");
            assert_eq!(extra.as_str(), format!("impersonate-extra-{}", escaped(&key)).to_ascii_lowercase());
            assert!(
                !headers
                    .values()
                    .any(|value| value.as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)))
            );
        }
        assert!(sent > 1_000, "{sent}");
    }
}
