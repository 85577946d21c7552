//! What is said in place of the kubeconfig, and what that clears.

use std::time::Duration;

use steersman_config::{Impersonation, Order, Overrides, Secret, Warning};

use crate::harness::{CERTIFICATE, CERTIFICATE_DATA, Home, KEY, KEY_DATA, one};

type Change = fn(&mut Overrides);

/// Overrides that differ from none at all in what `change` does.
fn with(change: Change) -> Overrides {
    let mut overrides = Overrides::default();
    change(&mut overrides);
    overrides
}

fn home(cluster: &str, user: &str) -> Home {
    let cluster = cluster.replace("CERTIFICATE_DATA", CERTIFICATE_DATA);
    let user = user.replace("CERTIFICATE_DATA", CERTIFICATE_DATA).replace("KEY_DATA", KEY_DATA);
    Home::new()
        .file(".kube/config", one(&cluster, &user))
        .file(".kube/ca.pem", "-----BEGIN CERTIFICATE-----\nAQI=\n-----END CERTIFICATE-----\n")
        .file(".kube/token", "from-file")
        .file("work/ca.pem", CERTIFICATE)
        .file("work/c.pem", CERTIFICATE)
        .file("work/k.pem", KEY)
        .file("work/token", "mine")
}

/// D01, E02: a URL, trust, a proxy and a timeout of the caller's own.
#[test]
fn of_the_cluster() {
    // (the cluster's entry, what is said, what comes of it after the context)
    let cases: &[(&str, Change, &str)] = &[
        ("server: 'https://a'", |_| {}, "https://a:443"),
        ("server: 'https://a'", |o| o.server = Some("https://b:6443/p".into()), "https://b:6443/p"),
        ("server: 'https://a'", |o| o.server = Some(String::new()), "https://a:443"),
        ("server: 'https://a'", |o| o.server = Some("b".into()), "http://b:80"),
        (
            "server: 'https://a'",
            |o| o.server = Some("ftp://b".into()),
            "!server: is not the address of a server",
        ),
        ("server: ''", |o| o.server = Some("https://b".into()), "https://b:443"),
        // Another server has another name in its certificate.
        ("server: 'https://a', tls-server-name: n", |o| o.server = Some("https://b".into()), "https://b:443"),
        (
            "server: 'https://a', tls-server-name: n",
            |o| {
                o.server = Some("https://b".into());
                o.tls_server_name = Some("m".into());
            },
            "https://b:443 name=m",
        ),
        (
            "server: 'https://a', tls-server-name: n",
            |o| o.tls_server_name = Some("m".into()),
            "https://a:443 name=m",
        ),
        (
            "server: 'https://a', tls-server-name: n",
            |o| o.tls_server_name = Some(String::new()),
            "https://a:443 name=n",
        ),
        (
            "server: 'https://a'",
            |o| o.tls_server_name = Some("a b".into()),
            "!tls-server-name: is neither a host name nor an IP address",
        ),
        // Of insecure, authority and its data an override replaces all three.
        (
            "server: 'https://a', certificate-authority: ca.pem",
            |o| o.insecure_skip_tls_verify = true,
            "https://a:443 Insecure",
        ),
        (
            "server: 'https://a', certificate-authority-data: CERTIFICATE_DATA",
            |o| o.insecure_skip_tls_verify = true,
            "https://a:443 Insecure",
        ),
        (
            "server: 'https://a', insecure-skip-tls-verify: true",
            |o| o.certificate_authority = Some("ca.pem".into()),
            "https://a:443 ca=C",
        ),
        (
            "server: 'https://a', certificate-authority-data: AA==",
            |o| o.certificate_authority = Some("ca.pem".into()),
            "https://a:443 ca=C",
        ),
        (
            "server: 'https://a', certificate-authority: none.pem",
            |o| o.certificate_authority_data = Some(CERTIFICATE_DATA.into()),
            "https://a:443 ca=C",
        ),
        (
            "server: 'https://a', insecure-skip-tls-verify: true",
            |o| o.insecure_skip_tls_verify = false,
            "https://a:443 Insecure",
        ),
        (
            "server: 'https://a', insecure-skip-tls-verify: true",
            |o| o.certificate_authority = Some(String::new()),
            "https://a:443 Insecure",
        ),
        (
            "server: 'https://a'",
            |o| {
                o.insecure_skip_tls_verify = true;
                o.certificate_authority = Some("ca.pem".into());
            },
            "!insecure-skip-tls-verify: is true although the cluster names a certificate authority",
        ),
        (
            "server: 'https://a'",
            |o| {
                o.certificate_authority = Some("ca.pem".into());
                o.certificate_authority_data = Some(CERTIFICATE_DATA.into());
            },
            "!certificate-authority-data: certificate-authority and certificate-authority-data are both set",
        ),
        (
            "server: 'https://a'",
            |o| o.certificate_authority = Some("none.pem".into()),
            "!certificate-authority: ~/work/none.pem does not exist",
        ),
        (
            "server: 'https://a'",
            |o| o.certificate_authority_data = Some("*".into()),
            "!certificate-authority-data: is not base64",
        ),
        // The rest stands alone.
        (
            "server: 'https://a'",
            |o| o.proxy_url = Some(Secret::new("http://p")),
            "https://a:443 proxy=http://p:80",
        ),
        (
            "server: 'https://a', proxy-url: 'http://q'",
            |o| o.proxy_url = Some(Secret::new("socks5://p")),
            "https://a:443 proxy=socks5://p:1080",
        ),
        (
            "server: 'https://a', proxy-url: 'http://q'",
            |o| o.proxy_url = Some(Secret::new("")),
            "https://a:443 proxy=http://q:80",
        ),
        (
            "server: 'https://a'",
            |o| o.proxy_url = Some(Secret::new("socks5h://p")),
            "!proxy-url: is not the address of a proxy",
        ),
        ("server: 'https://a'", |o| o.disable_compression = true, "https://a:443 uncompressed"),
        ("server: 'https://a', disable-compression: true", |_| {}, "https://a:443 uncompressed"),
        ("server: 'https://a'", |o| o.timeout = Some(Duration::from_secs(5)), "https://a:443 timeout=5s"),
        ("server: 'https://a'", |o| o.timeout = Some(Duration::ZERO), "https://a:443"),
    ];
    for (cluster, change, want) in cases {
        let home = home(cluster, "");
        let got = home.show(&home.loader().overrides(with(*change)).load());
        let want = match want.strip_prefix('!') {
            Some(error) => format!("override: {error}"),
            None => match want.split_once(' ') {
                Some((server, rest)) => format!("{server} default context=dev {rest}"),
                None => format!("{want} default context=dev"),
            },
        };
        assert_eq!(got, want, "{cluster} {:?}", with(*change));
    }
}

#[test]
fn of_the_user() {
    // (the user's entry, what is said, what comes of it)
    let cases: &[(&str, Change, &str)] = &[
        ("token: t", |o| o.token = Some(Secret::new("u")), " token=u"),
        ("token: t", |o| o.token = Some(Secret::new("")), " token=t"),
        ("", |o| o.token = Some(Secret::new("u")), " token=u"),
        // A file would win over the token that was just said.
        ("tokenFile: token", |o| o.token = Some(Secret::new("u")), " token=u"),
        ("token: t, tokenFile: none", |o| o.token = Some(Secret::new("u")), " token=u"),
        ("token: t", |o| o.token_file = Some("token".into()), " token=mine file=~/work/token"),
        ("tokenFile: none", |o| o.token_file = Some("token".into()), " token=mine file=~/work/token"),
        (
            "token: t",
            |o| {
                o.token = Some(Secret::new("u"));
                o.token_file = Some("token".into());
            },
            " token=u file=~/work/token",
        ),
        ("", |o| o.token_file = Some("none".into()), "!tokenFile: ~/work/none does not exist"),
        (
            "",
            |o| o.token = Some(Secret::new("a\nb")),
            "!token: holds a character that no token can have, such as a line break",
        ),
        (
            "username: n, password: p",
            |o| o.token = Some(Secret::new("u")),
            "!token: token and username or password are both set, only one of them is allowed",
        ),
        // Of a certificate and its data, of a key and its data, an override replaces both.
        (
            "client-certificate-data: AA==, client-key-data: KEY_DATA",
            |o| o.client_certificate = Some("c.pem".into()),
            " cert=C+K",
        ),
        (
            "client-certificate: none, client-key: none",
            |o| {
                o.client_certificate_data = Some(CERTIFICATE_DATA.into());
                o.client_key_data = Some(Secret::new(KEY_DATA));
            },
            " cert=C+K",
        ),
        (
            "client-certificate-data: CERTIFICATE_DATA, client-key-data: AA==",
            |o| o.client_key = Some("k.pem".into()),
            " cert=C+K",
        ),
        (
            "client-certificate-data: CERTIFICATE_DATA, client-key-data: KEY_DATA",
            |o| o.client_certificate = Some(String::new()),
            " cert=C+K",
        ),
        (
            "",
            |o| {
                o.client_certificate = Some("c.pem".into());
                o.client_certificate_data = Some(CERTIFICATE_DATA.into());
            },
            "!client-certificate-data: client-certificate and client-certificate-data are both set",
        ),
        ("username: n", |o| o.password = Some(Secret::new("p")), " basic=n:p"),
        ("username: n, password: p", |o| o.username = Some("m".into()), " basic=m:p"),
        // Whoever says a token needs no plugin; it stays where it was.
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
            |o| o.token = Some(Secret::new("u")),
            " token=u exec=x [] client.authentication.k8s.io/v1beta1 IfAvailable",
        ),
        ("", |o| o.impersonation = Some(Impersonation::new("jane")), " as=jane None [] {}"),
        ("as: joe", |o| o.impersonation = Some(Impersonation::new("jane")), " as=jane None [] {}"),
        (
            "as: joe, as-uid: '1', as-groups: [g], as-user-extra: {k: [v], l: [w]}",
            |o| {
                let mut who = Impersonation::new("jane");
                who.groups = vec!["h".into()];
                who.extra.insert("k".into(), vec!["x".into()]);
                o.impersonation = Some(who);
            },
            " as=jane Some(\"1\") [\"h\"] {\"k\": [\"x\"], \"l\": [\"w\"]}",
        ),
        (
            "as: joe",
            |o| {
                let mut who = Impersonation::new("");
                who.uid = Some("2".into());
                o.impersonation = Some(who);
            },
            " as=joe Some(\"2\") [] {}",
        ),
        (
            "",
            |o| {
                let mut who = Impersonation::new("");
                who.groups = vec!["g".into()];
                o.impersonation = Some(who);
            },
            "!as-groups: is set although as is not",
        ),
    ];
    for (user, change, want) in cases {
        let home = home("server: 'https://a'", user);
        let got = home.show(&home.loader().overrides(with(*change)).load());
        let want = match want.strip_prefix('!') {
            Some(error) => format!("override: {error}"),
            None => format!("https://a:443 default context=dev{want}"),
        };
        assert_eq!(got, want, "{user} {:?}", with(*change));
    }
}

/// What was not overridden is still the entry's, with its file and line.
#[test]
fn an_error_in_the_entry_names_the_entry() {
    let home = home("server: 'https://a'", "client-key: none");
    let overrides = with(|o| o.client_certificate = Some("c.pem".into()));
    assert_eq!(
        home.show(&home.loader().overrides(overrides).load()),
        "kubeconfig ~/.kube/config, line 2: user \"dev\": client-key: ~/.kube/none does not exist"
    );
}

/// With a server that was said no cluster needs to be there, unless it was asked for by its name.
#[test]
fn a_server_needs_no_cluster() {
    let overrides = with(|o| o.server = Some("https://b".into()));
    let file = |text: &str| Home::new().file(".kube/config", text);
    let context = "contexts: [{name: x, context: {cluster: gone, user: u, namespace: n}}]\n";
    let users = "users: [{name: u, user: {token: t}}]\n";
    for (home, want) in [
        (Home::new(), "https://b:443 default"),
        (Home::new().pod(), "https://b:443 pods"),
        (file(users), "https://b:443 default"),
        (file(&format!("{context}{users}current-context: x")), "https://b:443 n context=x token=t"),
        (
            file(&format!("{}{users}current-context: x", context.replace("cluster: gone, ", ""))),
            "https://b:443 n context=x token=t",
        ),
    ] {
        let loader = home.loader().overrides(overrides.clone());
        assert_eq!(home.show(&loader.load()), want);
        assert!(loader.cluster("other").load().unwrap_err().is_not_found());
    }
}

/// E02: the folder of a service account, and what is said besides.
#[test]
fn of_the_service_account() {
    let pod = "https://10.96.0.1:443 pods ca=C uncompressed token=sa-token file=~/sa/token";
    let cases: &[(Change, &str)] = &[
        (|_| {}, pod),
        (
            |o| o.server = Some("https://b".into()),
            "https://b:443 pods ca=C uncompressed token=sa-token file=~/sa/token",
        ),
        (|o| o.token = Some(Secret::new("u")), "https://10.96.0.1:443 pods ca=C uncompressed token=u"),
        (
            |o| o.token_file = Some("token".into()),
            "https://10.96.0.1:443 pods ca=C uncompressed token=mine file=~/work/token",
        ),
        (
            |o| o.certificate_authority = Some("other.pem".into()),
            "override: certificate-authority: ~/work/other.pem holds no PEM certificate",
        ),
        (|o| o.certificate_authority = Some("ca.pem".into()), pod),
        (
            |o| o.insecure_skip_tls_verify = true,
            "https://10.96.0.1:443 pods Insecure uncompressed token=sa-token file=~/sa/token",
        ),
        (
            |o| o.tls_server_name = Some("n".into()),
            "https://10.96.0.1:443 pods ca=C name=n uncompressed token=sa-token file=~/sa/token",
        ),
        (
            |o| {
                o.client_certificate = Some("c.pem".into());
                o.client_key = Some("k.pem".into());
            },
            "https://10.96.0.1:443 pods ca=C uncompressed cert=C+K",
        ),
        (
            |o| {
                o.username = Some("u".into());
                o.password = Some(Secret::new("p"));
            },
            "https://10.96.0.1:443 pods ca=C uncompressed basic=u:p",
        ),
        (
            |o| {
                o.impersonation = Some(Impersonation::new("jane"));
                o.proxy_url = Some(Secret::new("http://p"));
                o.timeout = Some(Duration::from_secs(1));
                o.disable_compression = true;
            },
            "https://10.96.0.1:443 pods ca=C proxy=http://p:80 uncompressed timeout=1s token=sa-token file=~/sa/token \
             as=jane None [] {}",
        ),
        // The account's token is not sent in clear.
        (|o| o.server = Some("http://b".into()), "http://b:80 pods uncompressed"),
        (|o| o.server = Some("ftp://b".into()), "override: server: is not the address of a server"),
    ];
    for (change, want) in cases {
        let home = home("", "").pod().file("work/other.pem", "");
        let loader = home.loader().order(Order::InClusterFirst).overrides(with(*change));
        assert_eq!(home.show(&loader.load()), *want, "{:?}", with(*change));
    }
}

#[test]
fn believing_anyone_is_a_warning() {
    let home = home("server: 'https://a'", "");
    let config = home.loader().overrides(with(|o| o.insecure_skip_tls_verify = true)).load().unwrap();
    assert_eq!(config.warnings, [Warning::Insecure]);
    assert!(home.load().unwrap().warnings.is_empty());
}
