//! How the server is reached and trusted.

use crate::harness::{CERTIFICATE, CERTIFICATE_DATA, Home, one};

#[test]
fn clusters() {
    let both_ca = format!(
        "server: 'https://a', certificate-authority: ca.pem, certificate-authority-data: {CERTIFICATE_DATA}"
    );
    let data = format!("server: 'https://a', certificate-authority-data: {CERTIFICATE_DATA}");
    let wrapped = format!(
        "server: 'https://a', certificate-authority-data: \"{}\\n{}\\n\"",
        &CERTIFICATE_DATA[..40],
        &CERTIFICATE_DATA[40..]
    );
    let insecure_ca = format!("{data}, insecure-skip-tls-verify: true");
    let http_insecure_ca = insecure_ca.replace("https:", "http:");
    let http_ca = data.replace("https:", "http:");
    let cases: &[(&str, &str)] = &[
        ("server: 'https://a'", "https://a:443 default context=dev"),
        ("server: 'https://a:6443/'", "https://a:6443 default context=dev"),
        ("server: 'https://a/k8s/clusters/c-1/?x=y#z'", "https://a:443/k8s/clusters/c-1 default context=dev"),
        ("server: 'https://[fd00::1]:6443'", "https://[fd00::1]:6443 default context=dev"),
        ("server: 'http://a'", "http://a:80 default context=dev"),
        // Without a scheme it is plain HTTP, as in client-go.
        ("server: 'a:8080'", "http://a:8080 default context=dev"),
        ("server: 'localhost'", "http://localhost:80 default context=dev"),
        (
            "server: 'a/prefix'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": server: is not the address of a server",
        ),
        (
            "server: 'ftp://a'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": server: is not the address of a server",
        ),
        (
            "server: 'https://'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": server: is not the address of a server",
        ),
        ("", "kubeconfig ~/.kube/config, line 1: cluster \"dev\": server: is not set"),
        ("server: ''", "kubeconfig ~/.kube/config, line 1: cluster \"dev\": server: is not set"),
        // Trust.
        (&data, "https://a:443 default context=dev ca=C"),
        (&wrapped, "https://a:443 default context=dev ca=C"),
        ("server: 'https://a', certificate-authority: ca.pem", "https://a:443 default context=dev ca=C"),
        ("server: 'https://a', certificate-authority: ''", "https://a:443 default context=dev"),
        ("server: 'https://a', insecure-skip-tls-verify: true", "https://a:443 default context=dev Insecure"),
        ("server: 'https://a', insecure-skip-tls-verify: false", "https://a:443 default context=dev"),
        (
            "server: 'https://a', insecure-skip-tls-verify: 'true'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": insecure-skip-tls-verify: must be true or false, is a string",
        ),
        (
            &both_ca,
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": certificate-authority-data: certificate-authority and \
             certificate-authority-data are both set",
        ),
        (
            &insecure_ca,
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": insecure-skip-tls-verify: is true although the cluster \
             names a certificate authority",
        ),
        (
            "server: 'https://a', certificate-authority: none.pem",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": certificate-authority: ~/.kube/none.pem does not exist",
        ),
        // Without TLS there is nothing to trust, but what is named must exist, as in client-go.
        (&http_ca, "http://a:80 default context=dev"),
        (&http_insecure_ca, "http://a:80 default context=dev"),
        (
            "server: 'http://a', certificate-authority: none.pem",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": certificate-authority: ~/.kube/none.pem does not exist",
        ),
        // Names.
        (
            "server: 'https://10.0.0.1', tls-server-name: kubernetes",
            "https://10.0.0.1:443 default context=dev name=kubernetes",
        ),
        ("server: 'https://a', tls-server-name: 10.0.0.1", "https://a:443 default context=dev name=10.0.0.1"),
        ("server: 'http://a', tls-server-name: b", "http://a:80 default context=dev"),
        (
            "server: 'https://a', tls-server-name: 'a b'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": tls-server-name: is neither a host name nor an IP address",
        ),
        // What changes nothing, or little.
        ("server: 'https://a', disable-compression: true", "https://a:443 default context=dev uncompressed"),
        ("server: 'http://a', disable-compression: true", "http://a:80 default context=dev uncompressed"),
        ("server: 'https://a', disable-compression: null", "https://a:443 default context=dev"),
        (
            "server: 'https://a', extensions: [{name: x, extension: {a: 1}}], what: ever",
            "https://a:443 default context=dev",
        ),
        // Proxies, by the schemes of client-go; without TLS too.
        ("server: 'https://a', proxy-url: 'http://p'", "https://a:443 default context=dev proxy=http://p:80"),
        ("server: 'http://a', proxy-url: 'http://p'", "http://a:80 default context=dev proxy=http://p:80"),
        (
            "server: 'https://a', proxy-url: 'https://u:pw@p:8443'",
            "https://a:443 default context=dev proxy=https://u:pw@p:8443",
        ),
        (
            "server: 'https://a', proxy-url: 'socks5://p'",
            "https://a:443 default context=dev proxy=socks5://p:1080",
        ),
        ("server: 'https://a', proxy-url: ''", "https://a:443 default context=dev"),
        (
            "server: 'https://a', proxy-url: 'socks5h://p'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": proxy-url: is not the address of a proxy",
        ),
        (
            "server: 'https://a', proxy-url: 'ftp://p'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": proxy-url: is not the address of a proxy",
        ),
        (
            "server: 'https://a', proxy-url: 'p:3128'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": proxy-url: is not the address of a proxy",
        ),
        (
            "server: 'https://a', proxy-url: 'http://'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": proxy-url: is not the address of a proxy",
        ),
        // Odd servers.
        (
            "server: 'https://u:p@a'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": server: is not the address of a server",
        ),
        ("server: 'HTTPS://A.example/'", "https://a.example:443 default context=dev"),
        ("server: '10.0.0.1'", "http://10.0.0.1:80 default context=dev"),
        (
            "server: '//a'",
            "kubeconfig ~/.kube/config, line 1: cluster \"dev\": server: is not the address of a server",
        ),
        ("server: 'https://a:0443'", "https://a:443 default context=dev"),
        ("server: 'https://a/b/../c'", "https://a:443/b/../c default context=dev"),
        ("server: 'https://a?x=1'", "https://a:443 default context=dev"),
        ("server: 'https://a', certificate-authority-data: ''", "https://a:443 default context=dev"),
        ("server: 'https://a', tls-server-name: ''", "https://a:443 default context=dev"),
    ];
    for (cluster, want) in cases {
        let home = Home::new().file(".kube/config", one(cluster, "")).file(".kube/ca.pem", CERTIFICATE);
        assert_eq!(home.show(&home.load()), *want, "{cluster}");
    }
}

#[test]
fn what_is_wrong_may_stand_in_other_entries() {
    let others = "\
clusters:
- {name: c, cluster: {server: 'https://c'}}
- {name: proxied, cluster: {server: 'https://p', proxy-url: 'socks4://p'}}
users:
- {name: u, user: {token: t}}
- {name: plugin, user: {exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1, interactiveMode: Never}}}
- {name: old, user: {auth-provider: {name: gcp}}}
- {name: basic, user: {username: a, password: b, token: c}}
- {name: broken, user: {client-key-data: '???', client-certificate: none.pem}}
contexts:
- {name: x, context: {cluster: c, user: u}}
- {name: gone, context: {cluster: nowhere, user: nobody}}
current-context: x
";
    let home = Home::new().file(".kube/config", others);
    assert_eq!(home.show(&home.load()), "https://c:443 default context=x token=t");
    let error = home.loader().cluster("proxied").load().unwrap_err();
    assert_eq!(
        (error.entry(), error.field(), error.line()),
        (Some(("cluster", "proxied")), Some("proxy-url"), Some(3))
    );
    for (user, field, line) in
        [("plugin", "exec.apiVersion", 6), ("old", "auth-provider", 7), ("basic", "token", 8)]
    {
        let error = home.loader().user(user).load().unwrap_err();
        assert_eq!(error.is_unsupported(), user == "old", "{error}");
        assert!(error.hint().is_some(), "{error}");
        assert_eq!(
            (error.entry(), error.field(), error.line()),
            (Some(("user", user)), Some(field), Some(line))
        );
    }
}
