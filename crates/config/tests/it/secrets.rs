//! Nothing that prints shows a secret.

use steersman_config::{Config, Kubeconfig, Overrides, Secret};

use crate::harness::{CERTIFICATE_DATA, Home, KEY_DATA, one};

const CANARY: &str = "hunter2";

#[test]
fn values_print_without_their_secrets() {
    let user = format!(
        "token: {CANARY}, password: {CANARY}, client-key-data: {CANARY}, \
         auth-provider: {{name: oidc, config: {{id-token: {CANARY}}}}}, \
         exec: {{command: x, args: [--password={CANARY}], env: [{{name: A, value: {CANARY}}}]}}, \
         extensions: [{{name: e, extension: {CANARY}}}], unknown: {CANARY}"
    );
    let cluster = format!(
        "server: 'https://u:{CANARY}@a', proxy-url: 'http://u:{CANARY}@p', unknown: {CANARY}, \
         extensions: [{{name: e, extension: {{deep: {CANARY}}}}}]"
    );
    let text = format!("{}unknown: {CANARY}\npreferences: {{x: {CANARY}}}\n", one(&cluster, &user));
    let kubeconfig = Kubeconfig::parse(text.as_bytes()).unwrap();
    for shown in [format!("{kubeconfig:?}"), format!("{kubeconfig:#?}")] {
        assert!(!shown.contains(CANARY), "{shown}");
        assert!(shown.contains("command"), "{shown}");
    }

    let user =
        format!("token: {CANARY}, client-certificate-data: {CERTIFICATE_DATA}, client-key-data: {KEY_DATA}");
    let config = Config::from_bytes(one("server: 'https://a'", &user).as_bytes()).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains(CANARY) && !shown.contains("PRIVATE KEY"), "{shown}");

    for (cluster, user) in [
        (format!("proxy-url: 'http://u:{CANARY}@p'"), format!("username: u, password: {CANARY}, as: jane")),
        (
            format!(
                "extensions: [{{name: client.authentication.k8s.io/exec, extension: {CANARY}}}], proxy-url: 'http://{CANARY}@p'"
            ),
            format!(
                "exec: {{command: x, apiVersion: client.authentication.k8s.io/v1beta1, provideClusterInfo: true, \
                 args: [{CANARY}], env: [{{name: A, value: {CANARY}}}]}}"
            ),
        ),
        (
            String::new(),
            format!(
                "auth-provider: {{name: oidc, config: {{idp-issuer-url: i, client-id: c, client-secret: {CANARY}, \
                 id-token: {CANARY}, refresh-token: {CANARY}, other: {CANARY}}}}}"
            ),
        ),
    ] {
        let config =
            Config::from_bytes(one(&format!("server: 'https://a', {cluster}"), &user).as_bytes()).unwrap();
        for shown in [format!("{config:?}"), format!("{config:#?}"), format!("{:?}", config.warnings)] {
            assert!(!shown.contains(CANARY), "{shown}");
        }
        // It is there all the same.
        assert!(config.to_kubeconfig("x").contains(CANARY));
    }

    let mut overrides = Overrides::default();
    for secret in [
        &mut overrides.proxy_url,
        &mut overrides.token,
        &mut overrides.client_key_data,
        &mut overrides.password,
    ] {
        *secret = Some(Secret::new(CANARY));
    }
    let loader = Home::new().loader().overrides(overrides);
    assert!(!format!("{loader:?}").contains(CANARY));

    let home = Home::new().variable("SECRET", CANARY);
    let shown = format!("{:?} {:?}", home.environment, home.loader());
    assert!(!shown.contains(CANARY) && shown.contains("SECRET"), "{shown}");
}

/// A file with a secret is broken at each of its bytes in turn; whatever is said about it, the secret is not.
#[test]
fn errors_never_quote_a_secret() {
    let user = format!(
        "token: {CANARY}, tokenFile: 't', client-certificate-data: {CANARY}, client-key-data: {CANARY}, \
         password: {CANARY}, unknown: [{CANARY}]"
    );
    let whole = one("server: 'https://a'", &user);
    let mut errors = 0;
    for at in 0..whole.len() {
        for broken in [
            whole[..at].to_owned(),
            format!("{}{}", &whole[..at], &whole[at + 1..]),
            format!("{}:{}", &whole[..at], &whole[at..]),
            format!("{}\u{1}{}", &whole[..at], &whole[at..]),
            format!("{}*{}", &whole[..at], &whole[at..]),
            format!("{}\n- {}", &whole[..at], &whole[at..]),
        ] {
            if let Err(error) = Config::from_bytes(broken.as_bytes()) {
                errors += 1;
                let shown = format!("{error} {error:?} {:?}", error.hint());
                // A name is not a secret: breaking the file may turn the secret into the name of something.
                assert!(!shown.contains(CANARY), "{broken}: {shown}");
            }
        }
    }
    assert!(errors > whole.len(), "{errors}");
}
