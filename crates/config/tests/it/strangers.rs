//! A configuration from a stranger reaches nothing on this machine; and no configuration runs anything while it is read.

use std::path::Path;

use steersman_config::{Author, ErrorKind, Overrides};

use crate::harness::{CERTIFICATE, Home, one};

#[test]
fn files_and_programs_are_refused() {
    let file = "names a file, which a stranger's configuration may not";
    let program = "names a program, which a stranger's configuration may not";
    // (cluster, user, field, what is said)
    for (cluster, user, field, want) in [
        ("certificate-authority: c.pem", "", "certificate-authority", file),
        ("certificate-authority: /etc/hostname", "", "certificate-authority", file),
        ("", "client-certificate: c.pem, client-key: k.pem", "client-certificate", file),
        ("", "tokenFile: token", "tokenFile", file),
        ("", "token: t, tokenFile: token", "tokenFile", file),
        ("", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}", "exec", program),
        (
            "",
            "token: t, exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
            "exec",
            program,
        ),
        ("", "exec: {}", "exec", program),
        (
            "",
            "auth-provider: {name: oidc, config: {idp-issuer-url: i, client-id: c, idp-certificate-authority: c.pem}}",
            "auth-provider.config.idp-certificate-authority",
            file,
        ),
    ] {
        let cluster = format!("server: 'https://a', {cluster}");
        let home = Home::new().file(".kube/config", one(&cluster, user)).file(".kube/c.pem", CERTIFICATE);
        let error = home.loader().author(Author::Stranger).load().expect_err(user);
        assert_eq!(error.kind(), ErrorKind::Refused, "{cluster} {user}");
        assert_eq!(error.field(), Some(field), "{cluster} {user}");
        assert!(error.to_string().ends_with(want), "{error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn what_stands_in_the_file_itself_is_taken() {
    let home = Home::new()
        .file(".kube/config", one("server: 'https://a', proxy-url: 'http://p'", "token: t, as: jane"))
        .file("work/token", "mine")
        .file("work/ca.pem", CERTIFICATE);
    let stranger = home.loader().author(Author::Stranger);
    assert_eq!(
        home.show(&stranger.load()),
        "https://a:443 default context=dev proxy=http://p:80 token=t as=jane None [] {}"
    );
    // What the user says is not the stranger's.
    let mut overrides = Overrides::default();
    overrides.token_file = Some("token".into());
    overrides.certificate_authority = Some("ca.pem".into());
    assert_eq!(
        home.show(&stranger.overrides(overrides).load()),
        "https://a:443 default context=dev ca=C proxy=http://p:80 token=mine file=~/work/token as=jane None [] {}"
    );
    // What is not in use may stand there.
    let text = "\
clusters: [{name: c, cluster: {server: 'https://a'}}, {name: d, cluster: {certificate-authority: ca.pem}}]
users: [{name: u, user: {exec: {command: x}}}]
contexts: [{name: x, context: {cluster: c}}]
current-context: x
";
    let home = Home::new().file(".kube/config", text);
    assert_eq!(home.show(&home.loader().author(Author::Stranger).load()), "https://a:443 default context=x");
}

/// A plugin that leaves a trace if it is run: by any of its names, from any of its folders.
#[test]
#[cfg(unix)]
fn reading_runs_nothing() {
    use std::os::unix::fs::PermissionsExt as _;

    let user = |command: &Path| {
        format!(
            "exec: {{command: '{}', apiVersion: client.authentication.k8s.io/v1beta1, provideClusterInfo: true}}",
            command.display()
        )
    };
    let home = Home::new();
    let trace = home.path("trace");
    let script = format!("#!/bin/sh\n: > '{}'\n", trace.display());
    for folder in [".kube", "work", "bin"] {
        home.write(&format!("{folder}/login"), &script);
        let path = home.path(&format!("{folder}/login"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    let home = home.variable("PATH", "~/bin");
    for command in
        ["login", "./login", "../bin/login"].map(Path::new).into_iter().chain([&*home.path("bin/login")])
    {
        home.write(".kube/config", one("server: 'https://a'", &user(command)));
        for author in [Author::Known, Author::Stranger] {
            let loader = home.loader().author(author);
            assert_eq!(loader.load().is_ok(), author == Author::Known, "{}", command.display());
            loader.kubeconfig().unwrap().flatten(&home.environment).unwrap();
            assert!(!trace.exists(), "{}", command.display());
        }
    }
}
