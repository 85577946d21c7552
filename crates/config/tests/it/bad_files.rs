//! Files with one thing wrong, and what is said about it: line, entry, field, and what can be done.

use steersman_config::ErrorKind;

use crate::harness::Home;

/// Line 1 to 3 are contexts that are in order, and lead to whatever comes after.
const HEAD: &str = "\
current-context: dev
contexts:
- {name: dev, context: {cluster: c, user: u}}
";
const CLUSTERS: &str = "clusters:\n- {name: c, cluster: {server: 'https://c'}}\n";

#[test]
fn files_that_have_not_the_shape_of_a_kubeconfig() {
    // (text, what is said after the path)
    let cases: &[(&str, &str)] = &[
        ("hunter2", ": must be a mapping, is a string"),
        ("- a\n- b", ": must be a mapping, is a list"),
        ("42", ": must be a mapping, is a number"),
        ("kind: Pod\napiVersion: v1", ", line 1: kind: must be Config: this is not a kubeconfig"),
        ("kind: Config\napiVersion: v2", ", line 2: apiVersion: must be v1: this is not a kubeconfig"),
        ("kind: [Config]", ", line 1: kind: must be a string, is a list"),
        ("a: 1\ncurrent-context: 5", ", line 2: current-context: must be a string, is a number"),
        ("clusters: {}", ", line 1: clusters: must be a list, is a mapping"),
        ("users: hunter2", ", line 1: users: must be a list, is a string"),
        ("contexts: true", ", line 1: contexts: must be a list, is a boolean"),
        ("preferences: []", ", line 1: preferences: must be a mapping, is a list"),
        ("preferences:\n  colors: 1", ", line 2: preferences.colors: must be true or false, is a number"),
        ("extensions: [x]", ", line 1: extensions[0]: must be a mapping, is a string"),
        ("extensions:\n- name: a\n- name: a", ", line 3: extensions[1]: has the name of an earlier one"),
        (
            "clusters:\n- name: c\n  cluster:\n    extensions: [{name: a}, {name: b}, {name: a}]",
            ", line 4: cluster \"c\": extensions[2]: has the name of an earlier one",
        ),
        ("clusters:\n- name: a\n- hunter2", ", line 3: clusters[1]: must be a mapping, is a string"),
        (
            "clusters:\n- name: a\n- cluster: {}\n-",
            ", line 4: cluster \"\": stands in the list clusters twice",
        ),
        ("clusters:\n- name: 7", ", line 2: clusters[0].name: must be a string, is a number"),
        ("users:\n- name: a\n- name: b\n- name: a", ", line 4: user \"a\": stands in the list users twice"),
        ("clusters: [{name: a}, {name: a}]", ", line 1: cluster \"a\": stands in the list clusters twice"),
        ("contexts: [{name: a}, {name: a}]", ", line 1: context \"a\": stands in the list contexts twice"),
        ("users:\n- name: a\n  user: hunter2", ", line 3: user \"a\": user: must be a mapping, is a string"),
        (
            "users:\n- name: a\n  user:\n    token: 12345",
            ", line 4: user \"a\": token: must be a string, is a number",
        ),
        (
            "users:\n- name: a\n  user: {as-groups: hunter2}",
            ", line 3: user \"a\": as-groups: must be a list, is a string",
        ),
        (
            "users:\n- name: a\n  user: {as-groups: [x, 1]}",
            ", line 3: user \"a\": as-groups[1]: must be a string, is a number",
        ),
        (
            "users:\n- name: a\n  user:\n    as-user-extra:\n      k: hunter2",
            ", line 5: user \"a\": as-user-extra.k: must be a list, is a string",
        ),
        (
            "users:\n- name: a\n  user:\n    exec:\n      env:\n      - {name: A, value: x}\n      - {name: B, value: 1}",
            ", line 7: user \"a\": exec.env[1].value: must be a string, is a number",
        ),
        (
            "users:\n- name: a\n  user: {auth-provider: {config: {x: [1]}}}",
            ", line 3: user \"a\": auth-provider.config.x: must be a string, is a list",
        ),
        (
            "contexts:\n- name: a\n  context: {namespace: on}\n  x: {",
            ", line 5: is not valid YAML: did not find expected node content",
        ),
        ("a: 1\nb: 2\na: 3", ", line 3: holds the key \"a\" twice"),
        ("a: 1\n---\nb: 2", ": holds more than one YAML document"),
        ("a: b: c", ", line 1: is not valid YAML: mapping values are not allowed in this context"),
        ("{\"clusters\": [}", ", line 1: is not valid YAML: did not find expected node content"),
        ("a: \u{1}", ", line 1: holds a control character"),
    ];
    for (text, want) in cases {
        let home = Home::new().file(".kube/config", text);
        let error = home.load().expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Malformed, "{text:?}");
        assert_eq!(home.tilde(&error.to_string()), format!("kubeconfig ~/.kube/config{want}"), "{text:?}");
        assert!(!format!("{error:?} {:?}", error.hint()).contains("hunter2"), "{error:?}");
    }
}

#[test]
fn entries_that_lead_nowhere() {
    // (text after HEAD, what is said after the path, hint)
    let cases: &[(&str, &str, &str)] = &[
        (
            "",
            ", line 3: context \"dev\": cluster: names the cluster \"c\", which does not exist",
            "there are no clusters",
        ),
        (
            "clusters: [{name: d}]",
            ", line 3: context \"dev\": cluster: names the cluster \"c\", which does not exist",
            "did you mean \"d\"? the clusters there are: \"d\"",
        ),
        (
            CLUSTERS,
            ", line 3: context \"dev\": user: names the user \"u\", which does not exist",
            "there are no users",
        ),
        (
            "clusters: [{name: c, cluster: {server: x, certificate-authority: a, certificate-authority-data: b}}]\nusers: [{name: u}]",
            ", line 4: cluster \"c\": certificate-authority-data: certificate-authority and certificate-authority-data are \
             both set",
            "keep one of them",
        ),
        (
            "clusters:\n- name: c\n  cluster:\n    certificate-authority-data: |\n      ???\n    server: https://c\nusers: [{name: u}]",
            ", line 7: cluster \"c\": certificate-authority-data: is not base64",
            "it is the base64 of a PEM file, on one line or several",
        ),
    ];
    for (text, want, hint) in cases {
        let home = Home::new().file(".kube/config", format!("{HEAD}{text}"));
        let error = home.load().expect_err(text);
        assert_eq!(home.tilde(&error.to_string()), format!("kubeconfig ~/.kube/config{want}"), "{text:?}");
        assert_eq!(error.hint(), Some(*hint), "{text:?}");
    }
}

#[test]
fn a_missing_context_suggests_the_nearest() {
    let contexts = "contexts:\n- {name: staging, context: {}}\n- {name: production, context: {}}\n";
    let home = Home::new().file(".kube/config", format!("{contexts}current-context: prodution\n"));
    let error = home.load().unwrap_err();
    assert_eq!(
        home.tilde(&error.to_string()),
        "kubeconfig ~/.kube/config, line 4: current-context: names the context \"prodution\", which does not exist"
    );
    assert_eq!(
        error.hint(),
        Some("did you mean \"production\"? the contexts there are: \"staging\", \"production\"")
    );
    let error = home.loader().context("Staging").load().unwrap_err();
    assert_eq!(error.to_string(), "context \"Staging\": does not exist");
    assert!(error.hint().unwrap().starts_with("did you mean \"staging\"?"));

    let error = home.loader().context("staging").load().unwrap_err();
    assert_eq!(
        home.tilde(&error.to_string()),
        "kubeconfig ~/.kube/config, line 2: context \"staging\": cluster: is not set"
    );
}

#[test]
fn the_second_file_of_a_list_is_named() {
    let home = Home::new()
        .file("a", HEAD)
        .file("b", "users: [{name: u}]\nclusters:\n- {name: c, cluster: {server: 'https://u:hunter2@c'}}\n")
        .variable("KUBECONFIG", "~/a:~/b");
    let error = home.load().unwrap_err();
    assert_eq!(
        home.tilde(&error.to_string()),
        "kubeconfig ~/b, line 3: cluster \"c\": server: is not the address of a server"
    );
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "it holds a user name, which belongs in the user's entry"
    );
    let home = home.file("b", "clusters: {");
    assert_eq!(home.load().unwrap_err().path(), Some(home.path("b").as_path()));
}

#[test]
fn entries_without_a_name_harm_nobody() {
    let text = "clusters: [null, {name: c, cluster: {server: 'https://c'}}]\nusers: [{name: ''}]\n\
                contexts: [{context: {}}, {name: x, context: {cluster: c}}]\ncurrent-context: x\n";
    let home = Home::new().file(".kube/config", text);
    assert_eq!(home.show(&home.load()), "https://c:443 default context=x");
}

#[test]
fn unknown_keys_are_kept() {
    let text = "\
future: 1
clusters: [{name: c, beside: 2, cluster: {server: 'https://c', inside: 3, extensions: [{name: e, extension: {a: 4}, x: 5}]}}]
users: [{name: u, user: {new: {deep: 6}, exec: {command: x, more: 7}}}]
contexts: [{name: x, context: {cluster: c, colour: blue}}]
current-context: x
";
    let home = Home::new().file(".kube/config", text);
    let kubeconfig = home.loader().kubeconfig().unwrap();
    let cluster = &kubeconfig.clusters[0];
    assert_eq!(kubeconfig.other.as_map()["future"], 1);
    assert_eq!(cluster.other.as_map()["beside"], 2);
    assert_eq!(cluster.cluster.other.as_map()["inside"], 3);
    assert_eq!(cluster.cluster.extensions[0].extension["a"], 4);
    assert_eq!(cluster.cluster.extensions[0].other.as_map()["x"], 5);
    let user = &kubeconfig.users[0].user;
    assert_eq!(user.other.as_map()["new"]["deep"], 6);
    assert_eq!(user.exec.as_ref().unwrap().other.as_map()["more"], 7);
    assert_eq!(kubeconfig.contexts[0].context.other.as_map()["colour"], "blue");
    assert_eq!(home.show(&home.load()), "https://c:443 default context=x");
}
