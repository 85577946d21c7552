//! Who we are.

use steersman_config::Warning;

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
        (
            "tokenFile: token, username: u",
            "!tokenFile: tokenFile and username or password are both set, only one of them is allowed",
        ),
        (
            "token: t, password: p",
            "!token: token and username or password are both set, only one of them is allowed",
        ),
        ("username: u, password: p", " basic=u:p"),
        ("username: u", " basic=u:"),
        ("password: p", " basic=:p"),
        ("username: '', password: ''", ""),
        ("as: jane", " as=jane None [] {}"),
        (
            "as: jane, as-uid: '7', as-groups: [g, h], as-user-extra: {k: [v, w]}",
            " as=jane Some(\"7\") [\"g\", \"h\"] {\"k\": [\"v\", \"w\"]}",
        ),
        ("token: t, as: jane", " token=t as=jane None [] {}"),
        ("as: ''", ""),
        ("as-groups: [g]", "!as-groups: is set although as is not"),
        ("as-uid: u", "!as-uid: is set although as is not"),
        ("as-user-extra: {k: [v]}", "!as-user-extra: is set although as is not"),
        ("as-groups: [], as-user-extra: {}", ""),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}",
            " exec=x [] client.authentication.k8s.io/v1 Never",
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
            " exec=x [] client.authentication.k8s.io/v1 Always",
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable}",
            " exec=x [] client.authentication.k8s.io/v1 IfAvailable",
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
            " exec=x [] client.authentication.k8s.io/v1beta1 IfAvailable",
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, interactiveMode: Never}",
            " exec=x [] client.authentication.k8s.io/v1beta1 Never",
        ),
        (
            "exec: {command: x, args: [-a, b c], apiVersion: client.authentication.k8s.io/v1beta1, env: [{name: A, value: '1'}, {name: B}, {name: A, value: '2'}]}",
            " exec=x [\"-a\", \"b c\"] client.authentication.k8s.io/v1beta1 IfAvailable A=1 B= A=2",
        ),
        (
            "exec: {command: bin/x, apiVersion: client.authentication.k8s.io/v1beta1}",
            " exec=~/.kube/bin/x [] client.authentication.k8s.io/v1beta1 IfAvailable",
        ),
        (
            "exec: {command: ./x, apiVersion: client.authentication.k8s.io/v1beta1}",
            " exec=~/.kube/./x [] client.authentication.k8s.io/v1beta1 IfAvailable",
        ),
        (
            "exec: {command: /opt/x, apiVersion: client.authentication.k8s.io/v1beta1}",
            " exec=/opt/x [] client.authentication.k8s.io/v1beta1 IfAvailable",
        ),
        (
            "exec: {command: $HOME, apiVersion: client.authentication.k8s.io/v1beta1}",
            " exec=$HOME [] client.authentication.k8s.io/v1beta1 IfAvailable",
        ),
        (
            "token: t, exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
            " token=t exec=x [] client.authentication.k8s.io/v1beta1 IfAvailable",
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1}",
            "!exec.interactiveMode: is not set, which v1 needs",
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: never}",
            "!exec.interactiveMode: must be Never, IfAvailable or Always",
        ),
        ("exec: {command: x, interactiveMode: Never}", "!exec.apiVersion: is not set"),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}",
            "!exec.apiVersion: is v1alpha1, which Kubernetes has removed",
        ),
        (
            "exec: {command: x, apiVersion: v1}",
            "!exec.apiVersion: is no version of client.authentication.k8s.io",
        ),
        ("exec: {apiVersion: client.authentication.k8s.io/v1beta1}", "!exec.command: is not set"),
        ("exec: {}", "!exec.command: is not set"),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, env: [{name: A, value: b}, {value: c}]}",
            "!exec.env[1].name: is not set",
        ),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, env: [{name: A=B, value: c}]}",
            "!exec.env[0].name: holds a character that no variable's name can have",
        ),
        ("exec: null", ""),
        (
            "exec: {command: x}, auth-provider: {name: oidc}",
            "!auth-provider: exec and auth-provider are both set",
        ),
        (
            "auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: c}}",
            " oidc=https://i c",
        ),
        (
            "auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: c, client-secret: s, id-token: t, refresh-token: r, extra-scopes: groups}}",
            " oidc=https://i c secret=s id=t refresh=r",
        ),
        (
            "auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: c, idp-certificate-authority: c.pem}}",
            " oidc=https://i c idp-ca=C",
        ),
        (
            "auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: c, idp-certificate-authority: none, idp-certificate-authority-data: CERTIFICATE_DATA}}",
            " oidc=https://i c idp-ca=C",
        ),
        (
            "auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: c, idp-certificate-authority: none.pem}}",
            "!auth-provider.config.idp-certificate-authority: ~/.kube/none.pem does not exist",
        ),
        (
            "auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: c, idp-certificate-authority-data: '*'}}",
            "!auth-provider.config.idp-certificate-authority-data: is not base64",
        ),
        (
            "auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: c, id-token: \"a\\nb\"}}",
            "!auth-provider.config.id-token: holds a character that no token can have, such as a line break",
        ),
        (
            "auth-provider: {name: oidc, config: {client-id: c}}",
            "!auth-provider.config.idp-issuer-url: is not set, which the provider oidc needs",
        ),
        (
            "auth-provider: {name: oidc, config: {idp-issuer-url: i}}",
            "!auth-provider.config.client-id: is not set, which the provider oidc needs",
        ),
        (
            "auth-provider: {name: oidc}",
            "!auth-provider.config.idp-issuer-url: is not set, which the provider oidc needs",
        ),
        ("auth-provider: {config: {}}", "!auth-provider.name: is not set"),
        (
            "auth-provider: {name: gcp}",
            "!auth-provider: the provider gcp has been removed from Kubernetes clients",
        ),
        (
            "auth-provider: {name: azure}",
            "!auth-provider: the provider azure has been removed from Kubernetes clients",
        ),
        ("auth-provider: {name: openstack}", "!auth-provider: there is no provider of that name"),
        ("auth-provider: null", ""),
        ("extensions: [{name: x, extension: 1}], what: ever", ""),
    ];
    for (user, want) in cases {
        let user = &user.replace("CERTIFICATE_DATA", CERTIFICATE_DATA);
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

/// Without TLS nothing secret is sent, and what would be secret is not even looked at. As whom to act is no secret.
#[test]
fn without_tls_there_are_no_credentials() {
    for (user, want) in [
        ("token: t", ""),
        ("tokenFile: none", ""),
        ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}", ""),
        ("auth-provider: {name: gcp}", ""),
        ("username: u", ""),
        ("client-certificate: none, client-key: none", ""),
        ("token: t, as: jane, as-groups: [g]", " as=jane None [\"g\"] {}"),
        // What contradicts itself is wrong all the same.
        ("exec: {command: x}", "!exec.apiVersion: is not set"),
        ("as-uid: x", "!as-uid: is set although as is not"),
        (
            "token: t, username: u",
            "!token: token and username or password are both set, only one of them is allowed",
        ),
    ] {
        let home = Home::new().file(".kube/config", one("server: 'http://a'", user));
        let got = home.load();
        let want = match want.strip_prefix('!') {
            None => {
                let unused = Warning::CredentialsUnused { user: "dev".to_owned() };
                assert_eq!(got.as_ref().unwrap().warnings, [unused], "{user}");
                format!("http://a:80 default context=dev{want}")
            }
            Some(error) => format!("kubeconfig ~/.kube/config, line 2: user \"dev\": {error}"),
        };
        assert_eq!(home.show(&got), want, "{user}");
    }
}

#[test]
fn old_providers_say_what_replaced_them() {
    for (name, replacement) in
        [("gcp", "gke-gcloud-auth-plugin"), ("azure", "kubelogin"), ("openstack", "exec plugins")]
    {
        let user = format!("auth-provider: {{name: {name}}}");
        let home = Home::new().file(".kube/config", one("server: 'https://a'", &user));
        let error = home.load().unwrap_err();
        assert!(error.is_unsupported());
        assert!(error.hint().unwrap().contains(replacement), "{name}: {:?}", error.hint());
    }
}

/// What a plugin is told of the cluster, if the configuration wants that.
#[test]
fn a_plugin_is_told_of_the_cluster() {
    let extension = "extensions: [{name: other, extension: 1}, {name: client.authentication.k8s.io/exec, extension: {audience: x}}]";
    let plain = "ExecClusterInfo { server: \"https://a/p\", tls_server_name: None, insecure_skip_tls_verify: false, proxy_url: \
                 None, disable_compression: false, .. }";
    for (cluster, ca, want) in [
        ("server: 'https://a/p?q#f'".to_owned(), None, format!("{plain} null")),
        (format!("server: 'https://a/p', {extension}"), None, format!("{plain} {{\"audience\":\"x\"}}")),
        ("server: 'https://a/p', certificate-authority: c.pem".to_owned(), Some(CERTIFICATE), format!("{plain} null")),
        (
            "server: 'https://a/p', tls-server-name: n, proxy-url: 'http://u:pw@p', disable-compression: true, \
             insecure-skip-tls-verify: true"
                .to_owned(),
            None,
            "ExecClusterInfo { server: \"https://a/p\", tls_server_name: Some(\"n\"), insecure_skip_tls_verify: true, \
             proxy_url: Some(\"http://[redacted]@p:80\"), disable_compression: true, .. } null"
                .to_owned(),
        ),
    ] {
        let user = "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, provideClusterInfo: true}";
        let home = Home::new().file(".kube/config", one(&cluster, user)).file(".kube/c.pem", CERTIFICATE);
        let config = home.load().unwrap();
        let exec = config.credentials.exec.as_ref().unwrap();
        let info = exec.cluster_info.as_ref().unwrap();
        assert_eq!(format!("{info:?} {}", info.config), want, "{cluster}");
        assert_eq!(info.certificate_authority_data.as_deref(), ca.map(str::as_bytes), "{cluster}");
    }
}

/// As in client-go, a plugin is run only where there is nothing else.
#[test]
fn a_plugin_comes_last() {
    let exec = "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}";
    let certificate = format!("client-certificate-data: {CERTIFICATE_DATA}, client-key-data: {KEY_DATA}");
    for (user, want) in [
        ("", true),
        ("token: t,", false),
        ("tokenFile: token,", false),
        ("username: u,", false),
        (&format!("{certificate},"), false),
        ("as: jane,", true),
    ] {
        let home = Home::new()
            .file(".kube/config", one("server: 'https://a'", &format!("{user} {exec}")))
            .file(".kube/token", "t");
        assert_eq!(home.load().unwrap().credentials.uses_exec(), want, "{user}");
    }
}

#[test]
fn a_key_without_a_certificate_is_a_warning() {
    let home = Home::new().file(".kube/config", one("server: 'https://a'", "client-key: k.pem"));
    let warnings = home.load().unwrap().warnings;
    assert_eq!(warnings, [Warning::ClientKeyUnused { user: "dev".to_owned() }]);
    assert_eq!(
        warnings[0].to_string(),
        "user \"dev\" has a client key without a certificate, which is not used"
    );
}
