//! Files that a kubeconfig points to: where they are looked for, and which are not read.

use std::{os::unix, process::Command};

use steersman_config::{Environment, ErrorKind, Kubeconfig};

use crate::harness::{CERTIFICATE, CERTIFICATE_DATA, Home, KEY, KEY_DATA, one};

#[test]
fn relative_paths_are_relative_to_the_file_they_stand_in() {
    let cluster = |file: &str| one(&format!("server: 'https://a', certificate-authority: {file}"), "");
    for (config, reference, certificate) in [
        ("deep/er/config", "ca.pem", "deep/er/ca.pem"),
        ("deep/er/config", "./ca.pem", "deep/er/ca.pem"),
        ("deep/er/config", "../ca.pem", "deep/ca.pem"),
        ("config", "pki/ca.pem", "pki/ca.pem"),
        // Neither the tilde nor variables mean anything: these are folders with odd names.
        ("config", "'~/ca.pem'", "~/ca.pem"),
        ("config", "$HOME/ca.pem", "$HOME/ca.pem"),
    ] {
        let home = Home::new().file(config, cluster(reference)).file(certificate, CERTIFICATE);
        let path = home.path(config);
        let shown = home.show(&home.loader().path(&path).load());
        assert_eq!(shown, "https://a:443 default context=dev ca=C", "{config} {reference}");
    }

    // Text that came from no file has the current folder only.
    let home = Home::new().file("work/ca.pem", CERTIFICATE);
    let kubeconfig = Kubeconfig::parse(cluster("ca.pem").as_bytes()).unwrap();
    assert_eq!(home.show(&home.loader().resolve(&kubeconfig)), "https://a:443 default context=dev ca=C");
    let nowhere = home.loader().environment(Environment::empty()).resolve(&kubeconfig);
    assert_eq!(
        nowhere.unwrap_err().to_string(),
        "kubeconfig, line 1: cluster \"dev\": certificate-authority: is a relative path, and there is no folder that it \
         is relative to"
    );
}

/// What was read from files is read again as it is rotated, so where it was read is kept; a pair whose halves came from
/// two kinds of places can't change together.
#[test]
fn where_certificates_were_read_is_kept() {
    let data = format!("certificate-authority-data: {CERTIFICATE_DATA}");
    let both = "client-certificate: c.pem, client-key: k.pem";
    let half = format!("client-certificate: c.pem, client-key-data: {KEY_DATA}");
    for (server, trust, user, authority, pair) in [
        ("https://a", "certificate-authority: ca.pem", both, Some("ca.pem"), Some(("c.pem", "k.pem"))),
        ("https://a", &data, &half, None, None),
        ("http://a", "certificate-authority: ca.pem", both, None, None),
    ] {
        let home = Home::new()
            .file(".kube/config", one(&format!("server: '{server}', {trust}"), user))
            .file(".kube/ca.pem", CERTIFICATE)
            .file(".kube/c.pem", CERTIFICATE)
            .file(".kube/k.pem", KEY);
        let config = home.load().unwrap();
        let path = |name| home.path(".kube").join(name);
        assert_eq!(config.certificate_authority_file, authority.map(path), "{server} {trust}");
        let files = config.credentials.client_certificate.and_then(|certificate| certificate.files);
        let files = files.map(|files| (files.chain, files.key));
        assert_eq!(files, pair.map(|(chain, key)| (path(chain), path(key))), "{server} {user}");
    }
    let pod = Home::new().pod();
    assert_eq!(pod.load().unwrap().certificate_authority_file, Some(pod.path("sa/ca.crt")));
}

#[test]
fn absolute_paths_stay() {
    let home = Home::new().file("pki/ca.pem", CERTIFICATE);
    let cluster =
        format!("server: 'https://a', certificate-authority: '{}'", home.path("pki/ca.pem").display());
    let home = home.file(".kube/config", one(&cluster, ""));
    assert_eq!(home.show(&home.load()), "https://a:443 default context=dev ca=C");
}

#[test]
fn links_to_regular_files_are_followed() {
    let home = Home::new().file("real.pem", CERTIFICATE).file(".kube/real", one("server: 'https://a'", ""));
    unix::fs::symlink(home.path(".kube/real"), home.path(".kube/config")).unwrap();
    assert_eq!(home.show(&home.load()), "https://a:443 default context=dev");
}

/// A pipe is the dangerous one: opening it would wait for a writer for ever.
#[test]
fn only_regular_files_of_a_sane_size_are_read() {
    let home =
        Home::new().file("big", vec![b' '; 1024 * 1024 + 1]).file("huge", vec![b'#'; 3 * 1024 * 1024 + 1]);
    assert!(Command::new("mkfifo").arg(home.path("pipe")).status().unwrap().success());
    unix::fs::symlink(home.path("loop"), home.path("loop")).unwrap();
    let _socket = unix::net::UnixListener::bind(home.path("socket")).unwrap();
    unix::fs::symlink("/dev/zero", home.path("device")).unwrap();

    for (file, want) in [
        ("work", "is not a regular file"),
        ("pipe", "is not a regular file"),
        ("socket", "is not a regular file"),
        ("device", "is not a regular file"),
        ("loop", "cannot be read"),
        ("big/below", "cannot be read"),
        ("big", "is larger than 1048576 bytes"),
    ] {
        let home = home.write(".kube/config", one("server: 'https://a'", &format!("tokenFile: ../{file}")));
        let error = home.load().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable, "{file}");
        let shown = home.tilde(&error.to_string()).replace("/.kube/..", "");
        assert_eq!(
            shown,
            format!("kubeconfig ~/.kube/config, line 2: user \"dev\": tokenFile: ~/{file} {want}")
        );
    }

    for (file, want) in [
        ("work", "is not a regular file"),
        ("pipe", "is not a regular file"),
        ("device", "is not a regular file"),
        ("loop", "cannot be read"),
        ("huge", "is larger than 3145728 bytes"),
    ] {
        let error = home.loader().path(home.path(file)).load().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable, "{file}");
        assert_eq!(home.tilde(&error.to_string()), format!("kubeconfig ~/{file}: {want}"));
    }
    assert_eq!(
        Kubeconfig::parse(&vec![b'#'; 3 * 1024 * 1024 + 1]).unwrap_err().kind(),
        ErrorKind::Unreadable
    );
}

#[test]
fn the_cause_is_the_operating_systems() {
    use std::error::Error as _;

    let home = Home::new();
    let error = home.loader().path("none").load().unwrap_err();
    let cause = error.source().unwrap().downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
}

/// A flat kubeconfig needs no file but those that are read again and again, and can be moved.
#[test]
fn a_flat_kubeconfig_can_be_moved() {
    let cluster = "server: 'https://a', certificate-authority: pki/ca.pem";
    let user = "client-certificate: c.pem, client-key: k.pem, tokenFile: token, token: t, exec: {command: bin/login, \
                apiVersion: client.authentication.k8s.io/v1beta1}";
    let home = Home::new()
        .file(".kube/config", one(cluster, user))
        .file(".kube/pki/ca.pem", CERTIFICATE)
        .file(".kube/c.pem", CERTIFICATE)
        .file(".kube/k.pem", KEY);
    let before = home.show(&home.load());
    let flat = home.loader().kubeconfig().unwrap().flatten(&home.environment).unwrap();
    let home = home.file("elsewhere/config", flat.to_yaml());
    assert_eq!(home.show(&home.loader().path(home.path("elsewhere/config")).load()), before);
    let (cluster, user) = (&flat.clusters[0].cluster, &flat.users[0].user);
    assert_eq!(
        (&cluster.certificate_authority, &user.client_certificate, &user.client_key),
        (&None, &None, &None)
    );
    assert_eq!(user.token_file.as_deref(), home.path(".kube/token").to_str());

    for (cluster, user, want) in [
        (
            "certificate-authority: none",
            "",
            "cluster \"dev\": certificate-authority: ~/.kube/none does not exist",
        ),
        ("", "client-key: none", "user \"dev\": client-key: ~/.kube/none does not exist"),
        (
            "",
            "client-certificate: c.pem, client-certificate-data: x",
            "user \"dev\": client-certificate-data: client-certificate and client-certificate-data are both set",
        ),
    ] {
        let home = home.write(".kube/config", one(cluster, user));
        let error = home.loader().kubeconfig().unwrap().flatten(&home.environment).unwrap_err();
        assert!(home.tilde(&error.to_string()).ends_with(want), "{error}");
    }
}
