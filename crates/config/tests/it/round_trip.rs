//! What is written as a kubeconfig is read back as the same configuration.

use steersman_config::{ClientCertificate, Config, Kubeconfig, Secret, Trust};

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
        assert_eq!(Config::from_bytes(text.as_bytes()).unwrap(), config, "{text}");

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
    assert_eq!(Config::from_bytes(written.as_bytes()).unwrap(), config);
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
