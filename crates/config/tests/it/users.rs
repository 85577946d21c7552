//! Who we are.

use crate::harness::{CERTIFICATE, CERTIFICATE_DATA, Home, KEY, KEY_DATA, one};

#[test]
fn users() {
    let data = format!("client-certificate-data: {CERTIFICATE_DATA}, client-key-data: {KEY_DATA}");
    let mixed = format!("client-certificate: c.pem, client-key-data: {KEY_DATA}");
    let both_certificates = format!("{data}, client-certificate: c.pem");
    let both_keys = format!("{data}, client-key: k.pem");
    let certificate_only = format!("client-certificate-data: {CERTIFICATE_DATA}");
    let swapped = format!("client-certificate-data: {CERTIFICATE_DATA}, client-key-data: {CERTIFICATE_DATA}");
    let with_token = format!("{data}, token: t");
    // What comes after the server, or after the entry in an error.
    let cases: &[(&str, &str)] = &[
        ("", ""),
        ("token: t", " token=t"),
        ("token: ''", ""),
        ("tokenFile: token", " token=from-file file=~/.kube/token"),
        ("tokenFile: ./../.kube/token", " token=from-file file=~/.kube/./../.kube/token"),
        ("token: t, tokenFile: token", " token=t file=~/.kube/token"),
        ("token: t, tokenFile: later", " token=t file=~/.kube/later"),
        ("tokenFile: later", "!tokenFile: ~/.kube/later does not exist"),
        ("tokenFile: blank", "!tokenFile: ~/.kube/blank is empty"),
        (
            "tokenFile: two-lines",
            "!tokenFile: ~/.kube/two-lines holds a character that no token can have, such as a line break",
        ),
        ("tokenFile: binary", "!tokenFile: ~/.kube/binary is not text"),
        ("token: \"a\\nb\"", "!token: holds a character that no token can have, such as a line break"),
        ("client-certificate: c.pem, client-key: k.pem", " cert=C+K"),
        (&data, " cert=C+K"),
        (&mixed, " cert=C+K"),
        (&with_token, " token=t cert=C+K"),
        // A key without a certificate is of no use, and no harm: client-go does not look at it.
        ("client-key: k.pem", ""),
        ("client-key: none.pem", ""),
        (
            &both_certificates,
            "!client-certificate-data: client-certificate and client-certificate-data are both set",
        ),
        (&both_keys, "!client-key-data: client-key and client-key-data are both set"),
        (&certificate_only, "!client-key: is not set although there is a client certificate"),
        (&swapped, "!client-key-data: holds no PEM private key"),
        (
            "client-certificate: k.pem, client-key: k.pem",
            "!client-certificate: ~/.kube/k.pem holds no PEM certificate",
        ),
        (
            "client-certificate: c.pem, client-key: c.pem",
            "!client-key: ~/.kube/c.pem holds no PEM private key",
        ),
        ("client-certificate-data: '*', client-key: k.pem", "!client-certificate-data: is not base64"),
        ("client-certificate-data: AQI, client-key: k.pem", "!client-certificate-data: is not base64"),
        (
            "client-certificate-data: AQID, client-key: k.pem",
            "!client-certificate-data: holds no PEM certificate",
        ),
        (
            "token: t, username: u",
            "!token: token and username or password are both set, only one of them is allowed",
        ),
        ("username: u, password: p", "!username: basic authentication is not supported yet"),
        ("password: p", "!password: basic authentication is not supported yet"),
        ("as: jane", "!as: impersonation is not supported yet"),
        ("as-groups: [g]", "!as-groups: is set although as is not"),
        ("as-uid: u", "!as-uid: is set although as is not"),
        ("as-user-extra: {k: [v]}", "!as-user-extra: is set although as is not"),
        ("as-groups: [], as-user-extra: {}", ""),
        ("exec: {command: x}", "!exec: credential plugins are not supported yet"),
        ("exec: null", ""),
        (
            "exec: {command: x}, auth-provider: {name: oidc}",
            "!auth-provider: exec and auth-provider are both set",
        ),
        (
            "auth-provider: {name: oidc, config: {id-token: x}}",
            "!auth-provider: auth providers are not supported",
        ),
        ("extensions: [{name: x, extension: 1}], what: ever", ""),
    ];
    for (user, want) in cases {
        let home = Home::new()
            .file(".kube/config", one("server: 'https://a'", user))
            .file(".kube/c.pem", CERTIFICATE)
            .file(".kube/k.pem", KEY)
            .file(".kube/token", " from-file\n")
            .file(".kube/blank", " \n")
            .file(".kube/two-lines", "a\nb")
            .file(".kube/binary", b"\xff\x00");
        let want = match want.strip_prefix('!') {
            Some(error) => format!("kubeconfig ~/.kube/config, line 2: user \"dev\": {error}"),
            None => format!("https://a:443 default context=dev{want}"),
        };
        assert_eq!(home.show(&home.load()), want, "{user}");
    }
}

/// Without TLS nothing secret is sent, and what would be secret is not even looked at.
#[test]
fn without_tls_there_are_no_credentials() {
    for (user, want) in [
        ("token: t", Ok(())),
        ("tokenFile: none", Ok(())),
        ("exec: {command: x}", Ok(())),
        ("username: u", Ok(())),
        ("as: jane", Err("impersonation is not supported yet")),
    ] {
        let home = Home::new().file(".kube/config", one("server: 'http://a'", user));
        let want = match want {
            Ok(()) => "http://a:80 default context=dev".to_owned(),
            Err(error) => format!("kubeconfig ~/.kube/config, line 2: user \"dev\": as: {error}"),
        };
        assert_eq!(home.show(&home.load()), want, "{user}");
    }
}

#[test]
fn old_providers_say_what_replaced_them() {
    for (name, replacement) in
        [("gcp", "gke-gcloud-auth-plugin"), ("azure", "kubelogin"), ("oidc", "tokenFile")]
    {
        let user = format!("auth-provider: {{name: {name}}}");
        let home = Home::new().file(".kube/config", one("server: 'https://a'", &user));
        let error = home.load().unwrap_err();
        assert!(error.hint().unwrap().contains(replacement), "{name}: {:?}", error.hint());
    }
}
