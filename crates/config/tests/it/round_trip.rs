//! What is written as a kubeconfig is read back as the same configuration.

use steersman_config::{
    Basic, ClientCertificate, Config, ExecApiVersion, ExecPlugin, Impersonation, InteractiveMode, Kubeconfig,
    Oidc, Secret, Trust,
};

use crate::harness::{CERTIFICATE, Home, KEY};

#[test]
fn a_configuration_survives_being_written() {
    let base = || Config::new("https://10.0.0.1:6443/prefix".parse().unwrap());
    let with = |change: &dyn Fn(&mut Config)| {
        let mut config = base();
        change(&mut config);
        config
    };
    let certificate = || Some(ClientCertificate::new(CERTIFICATE, Secret::new(KEY)));
    let configs = [
        base(),
        with(&|config| config.default_namespace = "no".to_owned()),
        with(&|config| config.trust = Trust::Insecure),
        with(&|config| config.trust = Trust::Authorities([CERTIFICATE, CERTIFICATE].concat().into_bytes())),
        with(&|config| config.tls_server_name = Some("kubernetes".to_owned())),
        with(&|config| config.credentials.token = Some(Secret::new("0777"))),
        with(&|config| config.credentials.token = Some(Secret::new("a: 'b' \"c\" # \\ {"))),
        with(&|config| {
            config.credentials.token = Some(Secret::new("initial"));
            config.credentials.token_file = Some("/a/ b#c/tok\"en".into());
        }),
        with(&|config| config.credentials.client_certificate = certificate()),
        with(&|config| {
            config.proxy_url = Some("socks5://u:p%40@[::1]:9".parse().unwrap());
            config.disable_compression = true;
            config.credentials.basic = Some(Basic::new("jane", Secret::new("")));
        }),
        with(&|config| {
            let mut exec = ExecPlugin::new("/opt/login", ExecApiVersion::V1, InteractiveMode::Always);
            exec.args = vec!["--a b".to_owned(), String::new()];
            exec.env = vec![("A".to_owned(), Secret::new("1")), ("A".to_owned(), Secret::new(""))];
            exec.install_hint = Some("install it\nfirst".to_owned());
            config.credentials.exec = Some(exec);
            let mut who = Impersonation::new("jane");
            who.uid = Some("012".to_owned());
            who.groups = vec!["yes".to_owned()];
            who.extra.insert("a: b".to_owned(), vec!["c".to_owned(), String::new()]);
            config.credentials.impersonation = Some(who);
        }),
        with(&|config| {
            let mut oidc = Oidc::new("https://issuer", "client");
            oidc.client_secret = Some(Secret::new("s"));
            oidc.id_token = Some(Secret::new("i"));
            oidc.refresh_token = Some(Secret::new("r"));
            oidc.certificate_authority = Some(CERTIFICATE.into());
            oidc.other.insert("extra-scopes".to_owned(), Secret::new("groups"));
            config.credentials.oidc = Some(oidc);
        }),
        with(&|config| {
            config.server = "http://localhost:8080".parse().unwrap();
            config.default_namespace = "n".to_owned();
        }),
        with(&|config| {
            config.server = "https://[::1]:1".parse().unwrap();
            config.trust = Trust::Authorities(CERTIFICATE.into());
            config.credentials.token = Some(Secret::new("t"));
            config.credentials.client_certificate = certificate();
        }),
    ];
    for (i, mut config) in configs.into_iter().enumerate() {
        let name = ["dev", "no", "a: b", "é\n\"'", "kind-\u{85}"][i % 5];
        let text = config.to_kubeconfig(name);
        config.context = Some(name.to_owned());
        let mut read = Config::from_bytes(text.as_bytes()).unwrap();
        read.warnings.clear();
        assert_eq!(read, config, "{text}");

        let kubeconfig = Kubeconfig::parse(text.as_bytes()).unwrap();
        assert_eq!(kubeconfig.current_context.as_deref(), Some(name));
        assert_eq!(
            (&*kubeconfig.clusters[0].name, &*kubeconfig.users[0].name, &*kubeconfig.contexts[0].name),
            (name, name, name)
        );
    }
}

#[test]
fn a_loaded_configuration_survives_being_written() {
    let home = Home::new().pod();
    let mut config = home.load().unwrap();
    let written = config.to_kubeconfig("pod");
    config.context = Some("pod".to_owned());
    // What is written holds the authorities, and not where they were read.
    assert!(config.certificate_authority_file.take().is_some());
    assert_eq!(Config::from_bytes(written.as_bytes()).unwrap(), config);
}

/// What a plugin is told of the cluster is written with the cluster.
#[test]
fn a_plugin_survives_with_what_it_is_told() {
    let text = "\
clusters: [{name: c, cluster: {server: 'https://a:443', extensions: [{name: client.authentication.k8s.io/exec, extension: [1]}]}}]
users: [{name: u, user: {exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, provideClusterInfo: true}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
";
    let config = Config::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(config.credentials.exec.as_ref().unwrap().cluster_info.as_ref().unwrap().config[0], 1);
    assert_eq!(Config::from_bytes(config.to_kubeconfig("x").as_bytes()).unwrap(), config);
}

/// All that a kubeconfig can hold is in what is written of it, unknown keys too.
#[test]
fn a_kubeconfig_survives_being_written() {
    let text = "\
apiVersion: v1
kind: Config
future: {deep: [1, null, 2.5]}
preferences: {colors: true, new: x, extensions: [{name: p, extension: {}}]}
extensions: [{name: e, extension: {a: 1}, beside: 2}]
clusters:
- {name: c, beside: 3, cluster: {server: 'https://c', tls-server-name: n, insecure-skip-tls-verify: true, proxy-url: 'http://p',
   certificate-authority: ca.pem, certificate-authority-data: AA==, disable-compression: true, new: x,
   extensions: [{name: x, extension: 4}]}}
- {name: '', cluster: {}}
users:
- {name: u, beside: 5, user: {client-certificate: c.pem, client-certificate-data: AA==, client-key: k.pem, client-key-data: AA==,
   token: t, tokenFile: f, as: a, as-uid: '1', as-groups: [g], as-user-extra: {k: [v, '']}, username: n, password: p, new: x,
   auth-provider: {name: oidc, config: {a: b, c: ''}, new: x}, extensions: [{name: x, extension: null}],
   exec: {command: x, args: [a, ''], env: [{name: A, value: B, new: x}], apiVersion: v, installHint: h, provideClusterInfo: true,
   interactiveMode: Never, new: x}}}
contexts: [{name: x, beside: 6, context: {cluster: c, user: u, namespace: n, new: x, extensions: [{name: x, extension: y}]}}]
current-context: x
";
    let once = Kubeconfig::parse(text.as_bytes()).unwrap();
    let written = once.to_yaml();
    let twice = Kubeconfig::parse(written.as_bytes()).unwrap();
    assert_eq!(twice.to_yaml(), written);
    assert_eq!(
        (&twice.other, &twice.preferences, &twice.extensions, &twice.current_context),
        (&once.other, &once.preferences, &once.extensions, &once.current_context)
    );
    for (a, b) in twice.clusters.iter().zip(&once.clusters) {
        assert_eq!((&a.name, &a.cluster, &a.other), (&b.name, &b.cluster, &b.other));
    }
    let (a, b) = (&twice.users[0], &once.users[0]);
    assert_eq!((&a.name, &a.user, &a.other), (&b.name, &b.user, &b.other));
    let (a, b) = (&twice.contexts[0], &once.contexts[0]);
    assert_eq!((&a.name, &a.context, &a.other), (&b.name, &b.context, &b.other));
    // Not a word of it is lost: only the spelling of some values changes.
    let values = |text: &str| serde_yaml::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(values(&written), values(text));
}

/// The text as a whole: kubectl reads YAML 1.1, in which bare words may mean something else.
#[test]
fn the_text() {
    let mut config = Config::new("https://10.0.0.1".parse().unwrap());
    config.credentials.token = Some(Secret::new("t"));
    assert_eq!(
        config.to_kubeconfig("on"),
        "\
apiVersion: \"v1\"
clusters:
  - cluster:
      server: \"https://10.0.0.1:443\"
    name: \"on\"
contexts:
  - context:
      cluster: \"on\"
      namespace: \"default\"
      user: \"on\"
    name: \"on\"
current-context: \"on\"
kind: \"Config\"
users:
  - name: \"on\"
    user:
      token: \"t\"
"
    );
}
