//! Which files are read, in which order, and how they are merged. (A37, C02, D01, D02, D03, D07, E02, E14)

use std::fs;

use steersman_config::{Config, ErrorKind, Kubeconfig, Order, ServerUrl};

use crate::harness::{Home, one, show};

/// A file with one context that is the current one; all three are called `name`.
fn file(name: &str) -> String {
    one(&format!("server: 'https://{name}'"), "").replace("dev", name)
}

/// A37, C02, D02, E02: without a choice, what kubectl would read.
#[test]
fn the_files_that_are_read() {
    // (KUBECONFIG, files, what comes of it)
    type Case = (Option<&'static str>, &'static [(&'static str, &'static str)], &'static str);
    let cases: &[Case] = &[
        (None, &[(".kube/config", "home")], "https://home:443 default context=home"),
        (Some(""), &[(".kube/config", "home")], "https://home:443 default context=home"),
        (Some("~/a"), &[(".kube/config", "home"), ("a", "first")], "https://first:443 default context=first"),
        (Some("~/a:~/b"), &[("a", "first"), ("b", "second")], "https://first:443 default context=first"),
        (Some("~/b:~/a"), &[("a", "first"), ("b", "second")], "https://second:443 default context=second"),
        (Some("~/none:~/b"), &[("b", "second")], "https://second:443 default context=second"),
        (Some(":~/b::"), &[("b", "second")], "https://second:443 default context=second"),
        (Some("~/b:~/b"), &[("b", "second")], "https://second:443 default context=second"),
        (Some("b"), &[("work/b", "here")], "https://here:443 default context=here"),
        (Some("~/dir/../a"), &[("a", "first"), ("dir/x", "x")], "https://first:443 default context=first"),
        (
            Some("~/none"),
            &[(".kube/config", "home")],
            "no cluster is configured: ~/none does not exist; KUBERNETES_SERVICE_HOST is not set, so this is no pod",
        ),
        (
            Some("~/x:~/y:~/x"),
            &[],
            "no cluster is configured: ~/x does not exist; ~/y does not exist; KUBERNETES_SERVICE_HOST is not set, so \
             this is no pod",
        ),
        (
            Some("::"),
            &[(".kube/config", "home")],
            "no cluster is configured: KUBECONFIG names no file; KUBERNETES_SERVICE_HOST is not set, so this is no pod",
        ),
        (
            None,
            &[],
            "no cluster is configured: KUBECONFIG is not set; ~/.kube/config does not exist; KUBERNETES_SERVICE_HOST is \
             not set, so this is no pod",
        ),
    ];
    for (list, files, want) in cases {
        let mut home = Home::new();
        for (name, entry) in *files {
            home = home.file(name, file(entry));
        }
        if let Some(list) = list {
            home = home.variable("KUBECONFIG", list);
        }
        assert_eq!(home.show(&home.load()), *want, "KUBECONFIG={list:?}");
    }
}

#[test]
fn without_home_and_without_anything() {
    let home = Home::new();
    let environment = steersman_config::Environment::empty();
    let error = home.loader().environment(environment).load().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
    assert!(error.is_not_configured());
    assert_eq!(error.tried()[0], "KUBECONFIG is not set, and there is no home folder");
    assert_eq!(
        error.hint(),
        Some("set KUBECONFIG to the path of a kubeconfig, or put one at ~/.kube/config")
    );
}

/// E02: a kubeconfig by its path.
#[test]
fn an_explicit_path_is_read_alone() {
    let home =
        Home::new().file(".kube/config", file("home")).file("a", file("first")).variable("KUBECONFIG", "~/a");
    let home = home.file("work/mine", file("mine"));
    let load = |path: &str| home.show(&home.loader().path(path).load());
    assert_eq!(load("mine"), "https://mine:443 default context=mine");
    assert_eq!(load("none"), "kubeconfig ~/work/none: does not exist");
    let error = home.loader().path("none").load().unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.path(), Some(home.path("work/none").as_path()));
    let home = home.file("empty", "");
    assert_eq!(
        home.show(&home.loader().path(home.path("empty")).load()),
        "no cluster is configured: ~/empty has no contexts; KUBERNETES_SERVICE_HOST is not set, so this is no pod"
    );
}

/// If all files of `KUBECONFIG` are missing and the pod serves in their place, the result says so.
#[test]
fn missing_files_are_a_warning_if_all_are() {
    // (KUBECONFIG, the files that the warning names)
    for (list, want) in [
        (None, None),
        (Some("~/x"), Some("~/x")),
        (Some("~/x:~/y::~/x"), Some("~/x, ~/y")),
        (Some("~/x:~/empty"), None),
        (Some("::"), None),
    ] {
        let mut home = Home::new().pod().file("empty", "");
        if let Some(list) = list {
            home = home.variable("KUBECONFIG", list);
        }
        let config = home.load().unwrap();
        assert_eq!(config.server.host(), "10.96.0.1");
        // What is missing at the default place is missed by nobody.
        let want: Vec<_> = want
            .iter()
            .map(|paths| format!("KUBECONFIG names only files that do not exist: {paths}"))
            .collect();
        let got: Vec<_> = config.warnings.iter().map(|warning| home.tilde(&warning.to_string())).collect();
        assert_eq!(got, want, "{list:?}");
    }
}

/// E14: nothing is remembered between two loads.
#[test]
fn a_changed_variable_or_file_is_seen_by_the_next_load() {
    let home = Home::new().file("a", file("first")).file("b", file("second")).variable("KUBECONFIG", "~/a");
    assert_eq!(home.load().unwrap().server.host(), "first");
    let home = home.variable("KUBECONFIG", "~/b");
    assert_eq!(home.load().unwrap().server.host(), "second");
    let home = home.file("b", file("third"));
    assert_eq!(home.load().unwrap().server.host(), "third");
}

/// D07: a program may choose not to trust its environment.
#[test]
fn without_variables_only_the_default_file_is_read() {
    let mut home =
        Home::new().file(".kube/config", file("home")).file("a", file("first")).variable("KUBECONFIG", "~/a");
    home.environment = home.environment.clone().without_variables();
    assert_eq!(home.load().unwrap().server.host(), "home");
}

#[test]
fn merging() {
    // (first file, second file, context to ask for, what comes of it)
    let base = "clusters: [{name: c, cluster: {server: 'https://c'}}]\n";
    let cases: &[(&str, &str, &str, &str)] = &[
        // An entry is taken whole: the token of the second file is not mixed in.
        (
            "users: [{name: u, user: {}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]",
            "users: [{name: u, user: {token: second}}]",
            "x",
            "https://c:443 default context=x",
        ),
        (
            "users: [{name: u, user: {token: first}}]",
            "contexts: [{name: x, context: {cluster: c, user: u}}]",
            "x",
            "https://c:443 default context=x token=first",
        ),
        // An entry without a body is an entry.
        (
            "contexts: [{name: x, context: {cluster: c}}]",
            "contexts: [{name: x, context: {cluster: c, namespace: second}}]",
            "x",
            "https://c:443 default context=x",
        ),
        // The first scalar that is set wins, and an empty one is not set.
        (
            "current-context: ''",
            "current-context: y\ncontexts: [{name: y, context: {cluster: c}}]",
            "",
            "https://c:443 default context=y",
        ),
        (
            "current-context: y",
            "current-context: z\ncontexts: [{name: y, context: {cluster: c}}]",
            "",
            "https://c:443 default context=y",
        ),
        // What only the second file has is there.
        ("", "contexts: [{name: y, context: {cluster: c, namespace: n}}]", "y", "https://c:443 n context=y"),
        (
            "null",
            "contexts: [{name: y, context: {cluster: c, namespace: n}}]",
            "y",
            "https://c:443 n context=y",
        ),
        (
            "clusters: null\nusers:\n",
            "contexts: [{name: y, context: {cluster: c}}]",
            "y",
            "https://c:443 default context=y",
        ),
        (
            "current-context: gone",
            "contexts: [{name: y, context: {cluster: c}}]",
            "",
            "kubeconfig ~/a, line 1: current-context: names the context \"gone\", which does not exist",
        ),
    ];
    for (first, second, context, want) in cases {
        let home = Home::new()
            .file("a", first)
            .file("b", second)
            .file("c", base)
            .variable("KUBECONFIG", "~/a:~/b:~/c");
        assert_eq!(home.show(&home.loader().context(*context).load()), *want, "{first} + {second}");
    }
}

#[test]
fn merging_keeps_all_that_is_not_named_alike() {
    let parse = |text: &str| Kubeconfig::parse(text.as_bytes()).unwrap();
    let merged = parse("preferences: {colors: true}\nextensions: [{name: a, extension: 1}]\nx: 1\ny: 1")
        .merge(parse(
            "preferences: {extensions: [{name: p, extension: {}}]}\n\
         extensions: [{name: a, extension: 2}, {name: b, extension: 3}]\nx: 2\nz: 2",
        ));
    assert!(merged.preferences.colors);
    assert_eq!(merged.preferences.extensions[0].name, "p");
    let extensions: Vec<_> =
        merged.extensions.iter().map(|e| (e.name.as_str(), e.extension.as_i64())).collect();
    assert_eq!(extensions, [("a", Some(1)), ("b", Some(3))]);
    let other: Vec<_> =
        merged.other.as_map().iter().map(|(key, value)| (key.as_str(), value.as_i64())).collect();
    assert_eq!(other, [("x", Some(1)), ("y", Some(1)), ("z", Some(2))]);
}

/// A list of names as long as a file can hold is merged in a moment.
#[test]
fn merging_is_linear() {
    let names =
        |from: usize| -> String { (from..from + 20_000).map(|i| format!("- name: n{i}\n")).collect() };
    let parse = |text: String| Kubeconfig::parse(format!("users:\n{text}").as_bytes()).unwrap();
    let merged = parse(names(0)).merge(parse(names(10_000)));
    assert_eq!(merged.users.len(), 30_000);
}

#[test]
fn entries_remember_their_file() {
    let home =
        Home::new().file("a", file("first")).file("b", file("second")).variable("KUBECONFIG", "~/a:~/b");
    let kubeconfig = home.loader().kubeconfig().unwrap();
    let paths: Vec<_> = kubeconfig.clusters.iter().map(|entry| entry.file().unwrap().to_owned()).collect();
    assert_eq!(paths, [home.path("a"), home.path("b")]);
    assert_eq!(kubeconfig.user("second").unwrap().file(), Some(home.path("b").as_path()));
    assert_eq!(kubeconfig.context("second").unwrap().file(), Some(home.path("b").as_path()));
    assert_eq!(Kubeconfig::parse(file("x").as_bytes()).unwrap().clusters[0].file(), None);
}

/// D01, D03, E02: context, cluster, user and namespace.
#[test]
fn choices() {
    let text = "\
clusters: [{name: c, cluster: {server: 'https://c'}}, {name: d, cluster: {server: 'https://d'}}]
users: [{name: u, user: {token: u}}, {name: v, user: {token: v}}]
contexts:
- {name: x, context: {cluster: c, user: u, namespace: n}}
- {name: nobody, context: {cluster: d}}
current-context: x
";
    let home = Home::new().file(".kube/config", text);
    let loader = home.loader();
    for (loader, want) in [
        (loader.clone(), "https://c:443 n context=x token=u"),
        (loader.clone().context("nobody"), "https://d:443 default context=nobody"),
        (loader.clone().context(""), "https://c:443 n context=x token=u"),
        (loader.clone().cluster("d"), "https://d:443 n context=x token=u"),
        (loader.clone().user("v"), "https://c:443 n context=x token=v"),
        (loader.clone().namespace("mine"), "https://c:443 mine context=x token=u"),
        (loader.clone().namespace(""), "https://c:443 n context=x token=u"),
        (loader.clone().context("nobody").user("v").namespace("m"), "https://d:443 m context=nobody token=v"),
        (loader.clone().context("y"), "context \"y\": does not exist"),
        (loader.clone().cluster("y"), "cluster \"y\": does not exist"),
        (loader.clone().user("y"), "user \"y\": does not exist"),
        (loader.namespace("a/b"), "namespace: cannot be the name of a namespace"),
    ] {
        assert_eq!(home.show(&loader.load()), want, "{loader:?}");
    }

    // A cluster alone needs no context.
    let home = Home::new().file(".kube/config", text.replace("current-context: x", ""));
    assert_eq!(home.show(&home.loader().cluster("d").user("v").load()), "https://d:443 default token=v");
    let error = home.load().unwrap_err();
    assert_eq!(home.tilde(&error.tried()[1]), "~/.kube/config names no current context");
    assert_eq!(error.hint(), Some("choose a context: \"x\", \"nobody\""));
}

#[test]
fn a_context_that_is_asked_for_and_no_file_at_all() {
    let home = Home::new();
    let error = home.loader().context("prod").load().unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(
        home.tilde(&error.to_string()),
        "context \"prod\": does not exist: KUBECONFIG is not set; ~/.kube/config does not exist"
    );
}

/// D02: in a pod, the service account first.
#[test]
fn the_order_can_be_turned_round() {
    let home = Home::new().file(".kube/config", file("home")).pod();
    assert_eq!(home.load().unwrap().server.host(), "home");
    let first = home.loader().order(Order::InClusterFirst);
    assert_eq!(first.load().unwrap().server.host(), "10.96.0.1");
    // A choice in kubeconfig files cannot mean the service account.
    assert_eq!(first.clone().context("home").load().unwrap().server.host(), "home");
    assert_eq!(first.path(home.path(".kube/config")).load().unwrap().server.host(), "home");

    let home = Home::new().file(".kube/config", file("home"));
    assert_eq!(home.loader().order(Order::InClusterFirst).load().unwrap().server.host(), "home");
}

/// C01, C02, D02, D10, E02: bytes, a parsed value, a file, a bare URL.
#[test]
fn from_parts() {
    let home = Home::new().file("a", file("first"));
    assert_eq!(show(&Config::from_bytes(file("x").as_bytes()).unwrap()), "https://x:443 default context=x");
    let json = br#"{"clusters": [{"name": "j", "cluster": {"server": "https://j"}}],
        "contexts": [{"name": "j", "context": {"cluster": "j", "namespace": "n"}}], "current-context": "j"}"#;
    assert_eq!(show(&Config::from_bytes(json).unwrap()), "https://j:443 n context=j");
    assert_eq!(show(&Config::from_file(home.path("a")).unwrap()), "https://first:443 default context=first");
    let two = Kubeconfig::parse(file("x").as_bytes())
        .unwrap()
        .merge(Kubeconfig::parse(file("y").as_bytes()).unwrap());
    assert_eq!(show(&Config::from_kubeconfig(&two).unwrap()), "https://x:443 default context=x");
    assert_eq!(show(&Config::from_kubeconfig_context(&two, "y").unwrap()), "https://y:443 default context=y");
    assert!(Config::from_kubeconfig_context(&two, "z").unwrap_err().is_not_found());
    let url: ServerUrl = "https://bare".parse().unwrap();
    assert_eq!(show(&Config::new(url)), "https://bare:443 default");

    let error = Config::from_bytes(b"").unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::NotConfigured, "current-context: is not set")
    );
    assert_eq!(error.hint(), Some("it has no contexts"));
    fs::write(home.path("a"), "{}").unwrap();
    assert!(Config::from_file(home.path("a")).unwrap_err().is_not_configured());
}
