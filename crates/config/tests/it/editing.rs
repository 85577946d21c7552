//! Changing kubeconfig files: what is written where, under which lock, and that nothing is ever half written.

#![expect(clippy::unwrap_used, reason = "part of the tests: a file that cannot be read ends them")]

use std::{fs, path::PathBuf};

use steersman_config::{Cluster, Context, Error, ErrorKind, Kubeconfig, Loader, Secret, User};

use crate::harness::{Home, one};

const A: &str = "\
# A comment, which is lost.
clusters: [{name: a, cluster: {server: 'https://a', certificate-authority: pki/ca.pem, new: 1}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: a, user: u}}]
future: {deep: 1}
";
const B: &str = "\
clusters: [{name: b, cluster: {server: 'https://b'}}]
contexts: [{name: y, context: {cluster: b, user: u}}, {name: x, context: {cluster: shadowed}}]
current-context: y
";

/// Two files, of which the first names no current context.
fn two() -> Home {
    Home::new().file("a", A).file("b", B).variable("KUBECONFIG", "~/none:~/a:~/b")
}

fn names(home: &Home, written: &[PathBuf]) -> Vec<String> {
    written.iter().map(|path| home.tilde(path.to_str().unwrap())).collect()
}

fn read(home: &Home, name: &str) -> Kubeconfig {
    Kubeconfig::read(home.path(name), &home.environment).unwrap()
}

#[test]
fn each_change_goes_to_its_file() {
    type Change = fn(&mut Kubeconfig) -> Result<(), Error>;
    // (the change, the files that are written)
    let cases: &[(&str, Change, &[&str])] = &[
        ("nothing", |_| Ok(()), &[]),
        ("the same again", |k| k.use_context("y"), &[]),
        ("another context", |k| k.use_context("x"), &["~/a"]),
        (
            "no context",
            |k| {
                k.current_context = None;
                Ok(())
            },
            &["~/b"],
        ),
        (
            "an entry of the first",
            |k| {
                k.clusters[0].cluster.disable_compression = true;
                Ok(())
            },
            &["~/a"],
        ),
        (
            "an entry of the second",
            |k| {
                k.clusters[1].cluster.disable_compression = true;
                Ok(())
            },
            &["~/b"],
        ),
        (
            "an entry's unknown key",
            |k| {
                k.users[0].user.token = Some(Secret::new("n"));
                Ok(())
            },
            &["~/a"],
        ),
        ("a new name", |k| k.rename_context("y", "z"), &["~/b", "~/a"]),
        ("a new name of a cluster", |k| k.rename_cluster("b", "c"), &["~/b"]),
        ("a new name of a user", |k| k.rename_user("u", "v"), &["~/a", "~/b"]),
        ("the same name", |k| k.rename_user("u", "u"), &[]),
        (
            "a new entry",
            |k| {
                k.set_cluster("n", Cluster::default());
                Ok(())
            },
            &["~/a"],
        ),
        (
            "a new user",
            |k| {
                k.set_user("n", User::default());
                Ok(())
            },
            &["~/a"],
        ),
        (
            "a new context",
            |k| {
                k.set_context("n", Context::default());
                Ok(())
            },
            &["~/a"],
        ),
        (
            "a replaced entry",
            |k| {
                k.set_cluster("b", Cluster::default());
                Ok(())
            },
            &["~/b"],
        ),
        (
            "an entry less",
            |k| {
                k.remove_cluster("b").unwrap();
                Ok(())
            },
            &["~/b"],
        ),
        (
            "a user less",
            |k| {
                k.remove_user("u").unwrap();
                Ok(())
            },
            &["~/a"],
        ),
        (
            "preferences",
            |k| {
                k.preferences.colors = true;
                Ok(())
            },
            &["~/a"],
        ),
        (
            "both files",
            |k| {
                k.remove_cluster("a");
                k.remove_cluster("b");
                Ok(())
            },
            &["~/a", "~/b"],
        ),
    ];
    for (what, change, want) in cases {
        let home = two();
        let mut wanted = home.loader().kubeconfig().unwrap();
        change(&mut wanted).unwrap();
        let written = home.loader().edit(change).unwrap();
        assert_eq!(names(&home, &written), *want, "{what}");
        // What is read afterwards is what was wanted.
        assert_eq!(in_any_order(&home.loader().kubeconfig().unwrap()), in_any_order(&wanted), "{what}");
        for (name, text) in [("a", A), ("b", B)] {
            let is_written = want.contains(&format!("~/{name}").as_str());
            assert_eq!(fs::read_to_string(home.path(name)).unwrap() == text, !is_written, "{what} {name}");
        }
        assert!(!home.path("none").exists() && left_overs(&home).is_empty(), "{what}");
    }
}

/// What a kubeconfig says, whatever the order of its entries.
fn in_any_order(kubeconfig: &Kubeconfig) -> Vec<String> {
    let mut lines: Vec<String> = kubeconfig.to_yaml().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Locks and new files that were left behind.
fn left_overs(home: &Home) -> Vec<String> {
    let names =
        fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".lock") || name.ends_with(".new")).collect()
}

#[test]
fn what_is_not_changed_survives() {
    let home = two();
    home.loader().edit(|k| k.use_context("x")).unwrap();
    let a = read(&home, "a");
    assert_eq!(a.current_context.as_deref(), Some("x"));
    assert_eq!(a.other.as_map()["future"]["deep"], 1);
    assert_eq!(a.clusters[0].cluster.other.as_map()["new"], 1);
    assert_eq!(a.clusters[0].cluster.certificate_authority.as_deref(), Some("pki/ca.pem"));
    // The first file wins, so the second one may go on saying what it said.
    assert_eq!(read(&home, "b").current_context.as_deref(), Some("y"));
    assert_eq!(home.loader().kubeconfig().unwrap().current_context.as_deref(), Some("x"));
}

#[test]
fn an_entry_that_goes_brings_the_shadowed_one_to_light() {
    let home = two();
    home.loader()
        .edit(|k| {
            k.remove_context("x");
            Ok(())
        })
        .unwrap();
    let context = home.loader().kubeconfig().unwrap().context("x").unwrap().clone();
    assert_eq!(context.context.cluster.as_deref(), Some("shadowed"));
}

#[test]
fn paths_below_the_files_folder_become_relative() {
    let home = Home::new().file(".kube/config", "{}");
    let below = home.path(".kube/pki/ca.pem").to_str().unwrap().to_owned();
    let beside = home.path("ca.pem").to_str().unwrap().to_owned();
    home.loader()
        .edit(|k| {
            for (name, path) in [("below", &below), ("beside", &beside)] {
                let mut cluster = Cluster::default();
                cluster.certificate_authority = Some(path.clone());
                k.set_cluster(name, cluster);
            }
            let mut user = User::default();
            user.client_certificate = Some(below.clone());
            user.client_key = Some(below.clone());
            user.token_file = Some(below.clone());
            let mut exec = steersman_config::ExecConfig::default();
            exec.command = Some(below.clone());
            user.exec = Some(exec);
            k.set_user("u", user);
            Ok(())
        })
        .unwrap();
    let written = read(&home, ".kube/config");
    let relative = Some("pki/ca.pem");
    assert_eq!(written.cluster("below").unwrap().cluster.certificate_authority.as_deref(), relative);
    assert_eq!(written.cluster("beside").unwrap().cluster.certificate_authority, Some(beside));
    let user = &written.users[0].user;
    let paths = [&user.client_certificate, &user.client_key, &user.token_file];
    assert!(paths.iter().all(|path| path.as_deref() == relative), "{user:?}");
    // Without its folder it would be looked for in PATH.
    assert_eq!(user.exec.as_ref().unwrap().command, Some(below));
}

#[test]
fn a_file_is_made_where_there_is_none() {
    // (KUBECONFIG, --kubeconfig, the file that is made)
    for (list, path, want) in [
        (None, None, "~/.kube/config"),
        (Some("~/one"), None, "~/one"),
        (Some("~/one:~/two"), None, "~/two"),
        (Some("~/deep/er/one"), None, "~/deep/er/one"),
        (Some("~/one"), Some("mine"), "~/work/mine"),
    ] {
        let mut home = Home::new();
        if let Some(list) = list {
            home = home.variable("KUBECONFIG", list);
        }
        let mut loader = home.loader();
        loader.path = path.map(Into::into);
        let written = loader
            .edit(|k| {
                k.set_context("x", Context::default());
                k.use_context("x")
            })
            .unwrap();
        assert_eq!(names(&home, &written), [want]);
        assert_eq!(loader.kubeconfig().unwrap().current_context.as_deref(), Some("x"));
    }
    let error = Home::new()
        .loader()
        .environment(steersman_config::Environment::empty())
        .edit(|_| Ok(()))
        .unwrap_err();
    assert!(error.is_not_configured());
}

#[test]
fn a_change_that_fails_writes_nothing() {
    let home = two();
    for (error, want) in [
        (home.loader().edit(|k| k.use_context("none")), "context \"none\": does not exist"),
        (home.loader().edit(|k| k.rename_context("none", "z")), "context \"none\": does not exist"),
        (home.loader().edit(|k| k.rename_context("x", "y")), "context \"y\": exists already"),
        (
            home.loader().edit(|k| {
                k.clusters.clear();
                k.rename_user("x", "y")
            }),
            "user \"x\": does not exist",
        ),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), want);
    }
    assert_eq!((fs::read_to_string(home.path("a")).unwrap().as_str(), left_overs(&home).len()), (A, 0));
    let home = home.file("b", "clusters: 1");
    assert_eq!(home.loader().edit(|k| k.use_context("x")).unwrap_err().kind(), ErrorKind::Malformed);
    assert!(left_overs(&home).is_empty());
}

/// Somebody else's lock is named, and its age is said; it is never taken away, however old it is.
#[test]
fn a_lock_is_never_stolen() {
    let home = two().file("b.lock", "");
    let lock = home.path("b.lock");
    for (age, want) in [(0, "0 s"), (90, "90 s"), (600, "10 min"), (90_000, "25 h"), (9_000_000, "104 days")]
    {
        let made = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
        fs::File::options().write(true).open(&lock).unwrap().set_modified(made).unwrap();
        let error = home.loader().edit(|k| k.use_context("x")).unwrap_err();
        assert!(error.is_locked());
        assert_eq!(error.path(), Some(home.path("b").as_path()));
        let shown = home.tilde(&error.to_string());
        assert_eq!(shown, format!("kubeconfig ~/b: is locked: ~/b.lock has been there for {want}"));
        assert!(error.hint().unwrap().contains("remove the lock"));
        // The lock of the other file was ours, and is gone again.
        assert_eq!(left_overs(&home), ["b.lock"]);
    }
    assert_eq!(fs::read_to_string(home.path("a")).unwrap(), A);
    // Reading needs no lock.
    assert_eq!(home.loader().kubeconfig().unwrap().clusters.len(), 2);
    fs::remove_file(lock).unwrap();
    home.loader().edit(|k| k.use_context("x")).unwrap();
}

/// While the file is being changed, another writer is told so.
#[test]
fn two_writers_exclude_each_other() {
    let home = two();
    home.loader()
        .edit(|k| {
            assert!(home.path("a.lock").is_file() && home.path("b.lock").is_file());
            assert!(home.loader().edit(|_| Ok(())).unwrap_err().is_locked());
            k.use_context("x")
        })
        .unwrap();
    assert!(left_overs(&home).is_empty());
}

#[cfg(unix)]
mod unix {
    //! Modes, links, and writers that are killed.

    use std::{
        io::Read as _,
        os::unix::{fs::PermissionsExt as _, fs::symlink},
        process::{Command, Stdio},
    };

    use super::*;

    fn mode(path: PathBuf) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_written_is_its_owners_alone() {
        let home = two();
        fs::set_permissions(home.path("a"), fs::Permissions::from_mode(0o666)).unwrap();
        home.loader().edit(|k| k.use_context("x")).unwrap();
        assert_eq!(mode(home.path("a")), 0o600);
        let home = Home::new();
        home.loader()
            .edit(|k| {
                k.set_user("u", User::default());
                Ok(())
            })
            .unwrap();
        assert_eq!(mode(home.path(".kube/config")), 0o600);
    }

    #[test]
    fn a_link_stays_a_link() {
        let home = Home::new().file("real/config", one("server: 'https://a'", "")).file(".kube/x", "");
        symlink("../real/config", home.path(".kube/config")).unwrap();
        home.loader().edit(|k| k.rename_context("dev", "prod")).unwrap();
        assert!(fs::symlink_metadata(home.path(".kube/config")).unwrap().is_symlink());
        assert_eq!(read(&home, "real/config").current_context.as_deref(), Some("prod"));
        // A link to nowhere is not made somewhere.
        fs::remove_file(home.path("real/config")).unwrap();
        let error = home
            .loader()
            .edit(|k| {
                k.set_user("u", User::default());
                Ok(())
            })
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unwritable);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let home = two();
        // A folder in the way of the new file does it for root too.
        fs::create_dir(home.path("a.new")).unwrap();
        let error = home.loader().edit(|k| k.use_context("x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unwritable);
        assert_eq!(error.path(), Some(home.path("a").as_path()));
        assert!(std::error::Error::source(&error).is_some());
        assert_eq!(fs::read_to_string(home.path("a")).unwrap(), A);
    }

    /// What a writer that was killed had begun is no obstacle to the next one.
    #[test]
    fn half_a_file_of_a_dead_writer_is_in_nobodys_way() {
        let home = two().file("a.new", "half of");
        home.loader().edit(|k| k.use_context("x")).unwrap();
        assert!(left_overs(&home).is_empty());
        assert_eq!(read(&home, "a").current_context.as_deref(), Some("x"));
    }

    const FOLDER: &str = "STEERSMAN_TEST_WRITER";

    /// The padding that makes writing the file take a while.
    fn padded(name: &str) -> Context {
        let mut context = Context::default();
        context.namespace = Some(name.repeat(20_000));
        context
    }

    /// Not a test by itself: the process that [`a_writer_that_is_killed_leaves_the_old_or_the_new`] kills. It changes the
    /// file for ever, and says so with a byte after each change.
    #[test]
    fn writer() {
        use std::io::Write as _;

        let Some(folder) = std::env::var_os(FOLDER) else { return };
        let environment = steersman_config::Environment::empty();
        let loader = Loader::new().environment(environment).path(PathBuf::from(folder).join("config"));
        for name in ["old", "new"].iter().cycle() {
            loader
                .edit(|k| {
                    k.set_context("x", padded(name));
                    Ok(())
                })
                .unwrap();
            std::io::stderr().write_all(b".").unwrap();
        }
    }

    #[test]
    fn a_writer_that_is_killed_leaves_the_old_or_the_new() {
        let home = Home::new();
        let file = home.path("config");
        let loader = home.loader().path(&file);
        loader
            .edit(|k| {
                k.set_context("x", padded("old"));
                Ok(())
            })
            .unwrap();
        let mut points = [0_u32; 3];
        for round in 0..40_u64 {
            let mut writer = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "editing::unix::writer", "--nocapture", "--test-threads=1"])
                .env(FOLDER, home.path(""))
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // It is at work once it has said so. Then it is killed at once, or a while later, or as soon as half a file is
            // seen.
            let mut byte = [0_u8];
            writer.stderr.as_mut().unwrap().read_exact(&mut byte).unwrap();
            let began = home.path("config.new");
            match round % 4 {
                0 => {
                    std::hint::black_box((0..round * 20_000).fold(0, |sum, i| std::hint::black_box(sum ^ i)));
                }
                _ => while !began.exists() && writer.try_wait().unwrap().is_none() {},
            }
            writer.kill().unwrap();
            writer.wait().unwrap();

            let namespace = loader.kubeconfig().unwrap().contexts[0].context.namespace.clone().unwrap();
            let whole = ["old", "new"].iter().any(|name| namespace == name.repeat(20_000));
            assert!(whole, "round {round}: {} bytes", namespace.len());
            let lock = home.path("config.lock");
            match (lock.exists(), home.path("config.new").exists()) {
                (false, _) => points[0] += 1,
                (true, false) => points[1] += 1,
                (true, true) => points[2] += 1,
            }
            if lock.exists() {
                // It died with its lock, and that is what the next one is told.
                assert!(loader.edit(|_| Ok(())).unwrap_err().is_locked());
                fs::remove_file(lock).unwrap();
            }
            loader
                .edit(|k| {
                    k.set_context("y", Context::default());
                    Ok(())
                })
                .unwrap();
        }
        println!("killed with no lock, with a lock, with half a file: {points:?}");
        // Killing at one and the same point would show little.
        assert!(points.iter().filter(|count| **count > 0).count() >= 2, "{points:?}");
    }
}

/// New tokens go to the entry that the loader reads, in its own file, and change nothing else.
#[test]
fn tokens_of_a_provider_are_kept_where_they_came_from() {
    let provider = "{name: oidc, config: {client-id: c, idp-issuer-url: 'https://i', id-token: old, x: y}}";
    let home = Home::new()
        .file("a", format!("users: [{{name: u, user: {{auth-provider: {provider}, new: 1}}}}]"))
        .file("b", "users: [{name: other, user: {token: t}}]\n\
                    contexts: [{name: x, context: {cluster: c, user: u}}, {name: y, context: {user: other}}]\n\
                    current-context: x\n")
        .variable("KUBECONFIG", "~/a:~/b");
    let before = fs::read_to_string(home.path("b")).unwrap();
    let keep = |loader: Loader| loader.keep_oidc_tokens(&Secret::new("i2"), &Secret::new("r2"));
    let loader = || Loader::new().environment(home.environment.clone());
    keep(loader()).unwrap();
    let user = read(&home, "a").user("u").unwrap().user.clone();
    let kept: Vec<_> = user
        .auth_provider
        .unwrap()
        .config
        .iter()
        .map(|(name, value)| format!("{name}={}", value.expose()))
        .collect();
    assert_eq!(kept, ["client-id=c", "id-token=i2", "idp-issuer-url=https://i", "refresh-token=r2", "x=y"]);
    assert_eq!(fs::read_to_string(home.path("b")).unwrap(), before);
    keep(loader().context("y").user("u")).unwrap();
    for wrong in [loader().context("y"), loader().context("none"), loader().user("none")] {
        assert!(keep(wrong).unwrap_err().is_not_found());
    }
}
