//! The service account of a pod.

use std::fs;

use steersman_config::{Environment, ErrorKind, Warning};

use crate::harness::{Home, one};

const POD: &str = "https://10.96.0.1:443 pods ca=C uncompressed token=sa-token file=~/sa/token";

#[test]
fn a_pod_without_kubeconfig_uses_its_service_account() {
    let home = Home::new().pod();
    assert_eq!(home.show(&home.load()), POD);
    // Files that say nothing are no kubeconfig.
    for text in ["", "# nothing", "{}", "apiVersion: v1\nkind: Config\nclusters: []\ncurrent-context: ''\n"] {
        let home = Home::new().pod().file(".kube/config", text);
        assert_eq!(home.show(&home.load()), POD, "{text:?}");
    }
    // Neither is one without a current context.
    let home = Home::new()
        .pod()
        .file(".kube/config", one("server: 'https://a'", "").replace("current-context: dev", ""));
    assert_eq!(home.show(&home.load()), POD);
    // But a broken one is not passed over.
    let home = Home::new().pod().file(".kube/config", "clusters: 1");
    assert_eq!(
        home.show(&home.load()),
        "kubeconfig ~/.kube/config, line 1: clusters: must be a list, is a number"
    );
    let home = Home::new().pod().file(".kube/config", "current-context: gone");
    assert_eq!(home.load().unwrap_err().kind(), ErrorKind::NotFound);
    let home = Home::new().pod();
    assert_eq!(home.loader().context("x").load().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(home.show(&home.loader().namespace("mine").load()), POD.replace("pods", "mine"));
}

#[test]
fn when_this_is_a_pod() {
    // (what is taken away, why it is none then)
    let nothing_found = |home: &Home| home.load().unwrap_err().tried().last().unwrap().clone();
    let home = Home::new().pod().variable("KUBERNETES_SERVICE_HOST", "");
    assert_eq!(nothing_found(&home), "KUBERNETES_SERVICE_HOST is not set, so this is no pod");
    let home = Home::new().pod().variable("KUBERNETES_SERVICE_PORT", "");
    assert_eq!(nothing_found(&home), "KUBERNETES_SERVICE_PORT is not set, so this is no pod");
    let home = Home::new().pod();
    fs::remove_file(home.path("sa/token")).unwrap();
    assert_eq!(home.tilde(&nothing_found(&home)), "~/sa/token is not a file");
    fs::create_dir(home.path("sa/token")).unwrap();
    assert_eq!(home.tilde(&nothing_found(&home)), "~/sa/token is not a file");
}

#[test]
fn the_server_of_a_pod() {
    let invalid = "service account: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT: do not make a server's address";
    for (host, port, want) in [
        ("10.96.0.1", "443", "https://10.96.0.1:443"),
        ("kubernetes.default.svc", "8443", "https://kubernetes.default.svc:8443"),
        ("fd00::1", "443", "https://[fd00::1]:443"),
        ("10.96.0.1", "https", invalid),
        ("10.96.0.1", "443/x", invalid),
        ("a b", "443", invalid),
    ] {
        let home = Home::new()
            .pod()
            .variable("KUBERNETES_SERVICE_HOST", host)
            .variable("KUBERNETES_SERVICE_PORT", port);
        let got = home.load().map_or_else(|error| error.to_string(), |config| config.server.to_string());
        assert_eq!(got, want, "{host} {port}");
    }
}

#[test]
fn the_parts_of_a_service_account() {
    let pod = |change: &dyn Fn(&Home)| {
        let home = Home::new().pod();
        change(&home);
        home.show(&home.load())
    };
    let remove = |name: &'static str| move |home: &Home| fs::remove_file(home.path(name)).unwrap();
    let write =
        |name: &'static str, text: &'static str| move |home: &Home| fs::write(home.path(name), text).unwrap();
    assert_eq!(pod(&remove("sa/namespace")), POD.replace("pods", "default"));
    assert_eq!(pod(&write("sa/namespace", "  \n")), POD.replace("pods", "default"));
    assert_eq!(
        pod(&write("sa/namespace", "../x")),
        "service account: ~/sa/namespace: cannot be the name of a namespace"
    );
    // Without authorities those of the system are believed, as client-go does.
    assert_eq!(pod(&remove("sa/ca.crt")), POD.replace(" ca=C", ""));
    let home = Home::new().pod();
    fs::remove_file(home.path("sa/ca.crt")).unwrap();
    let [warning @ Warning::NoAuthorities { .. }] = &*home.load().unwrap().warnings else {
        panic!("no warning")
    };
    assert_eq!(
        home.tilde(&warning.to_string()),
        "the authorities of the system are believed, as those of the service account can't be used: ~/sa/ca.crt does not \
         exist"
    );
    assert_eq!(pod(&write("sa/ca.crt", "broken")), POD.replace(" ca=C", ""));
    assert_eq!(pod(&write("sa/token", " \n")), "service account: ~/sa/token is empty");
    assert_eq!(
        pod(&write("sa/token", "a\nb")),
        "service account: ~/sa/token holds a character that no token can have, such as a line break"
    );
}

/// D03: the choice, the context, the pod, `default`.
#[test]
fn the_default_namespace() {
    let kubeconfig = |namespace: &str| {
        one("server: 'https://a'", "").replace("user: dev}", &format!("user: dev, {namespace}}}"))
    };
    for (pod, context, variable, choice, want) in [
        (false, "", "", "", "default"),
        (false, "namespace: ''", "", "", "default"),
        (false, "namespace: mine", "", "", "mine"),
        (false, "namespace: mine", "", "chosen", "chosen"),
        // Outside a pod the variable means nothing.
        (false, "", "from-variable", "", "default"),
        (true, "", "", "", "pods"),
        (true, "", "from-variable", "", "from-variable"),
        (true, "", "from-variable", "chosen", "chosen"),
        (true, "namespace: mine", "from-variable", "", "mine"),
        // Said is said, even where it says the default.
        (true, "namespace: default", "from-variable", "", "default"),
    ] {
        let home = Home::new().file(".kube/config", kubeconfig(context)).variable("POD_NAMESPACE", variable);
        let home = if pod { home.pod() } else { home };
        let config = home.loader().namespace(choice).load().unwrap();
        assert_eq!(config.default_namespace, want, "{pod} {context} {variable} {choice}");
    }
    let home = Home::new().pod().variable("POD_NAMESPACE", "a/b");
    assert_eq!(home.show(&home.load()), "service account: POD_NAMESPACE: cannot be the name of a namespace");
    let home = Home::new().file(".kube/config", kubeconfig("namespace: ..").as_bytes());
    assert_eq!(
        home.show(&home.load()),
        "kubeconfig ~/.kube/config, line 3: context \"dev\": namespace: cannot be the name of a namespace"
    );
}

#[test]
fn outside_a_pod_it_is_an_error_of_its_own() {
    // The process that runs the tests has no variable of a pod, or this test would have nothing to show.
    if Environment::of_process() == Environment::empty()
        || std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
    {
        return;
    }
    let error = steersman_config::Config::in_cluster().unwrap_err();
    assert!(error.is_not_configured());
    assert_eq!(error.to_string(), "service account: KUBERNETES_SERVICE_HOST is not set, so this is no pod");
    assert_eq!(error.hint(), Some("outside a pod, use a kubeconfig"));
}
