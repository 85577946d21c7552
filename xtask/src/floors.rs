//! The oldest versions of foreign crates that may stand in `Cargo.lock`: the advisories that concern a client like this
//! one, kept by hand in place of an advisory database, which would have to be fetched.
//!
//! A floor for a crate that is not in the lock file waits for the day when somebody adds it.

use crate::tidy::Violation;

/// The oldest version of a crate that is allowed, and why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    pub(crate) package: &'static str,
    pub(crate) version: (u64, u64, u64),
    pub(crate) why: &'static str,
}

/// By package. Where several advisories concern one, the floor is that of the last and the others are named with it.
pub(crate) const FLOORS: &[Floor] = &[
    Floor {
        package: "astral-tokio-tar",
        version: (0, 6, 2),
        why: "RUSTSEC-2025-0110, 2026-0066, 2026-0112, 2026-0113, 2026-0145: archives that write elsewhere",
    },
    Floor { package: "bytes", version: (1, 11, 1), why: "RUSTSEC-2026-0007: overflow in BytesMut::reserve" },
    Floor {
        package: "h2",
        version: (0, 4, 16),
        why: "RUSTSEC-2023-0034, 2024-0003, 2024-0332 (0.4.4): floods of resets and CONTINUATION; 2026-0258: of empty \
              DATA frames",
    },
    Floor {
        package: "hyper",
        version: (1, 0, 0),
        why: "RUSTSEC-2016-0002, 2017-0002, 2020-0008, 2021-0020, 2021-0078, 2021-0079: host names, header newlines, \
              request smuggling (all fixed by 0.14.10; the stack is that of hyper 1)",
    },
    Floor {
        package: "idna",
        version: (1, 0, 3),
        why: "RUSTSEC-2024-0421: names that are equal after Punycode",
    },
    Floor {
        package: "ring",
        version: (0, 17, 12),
        why: "RUSTSEC-2025-0009: panics in AES when overflow checks are on; 0.16 is not maintained (2025-0010)",
    },
    Floor {
        package: "rustls",
        version: (0, 23, 45),
        why: "RUSTSEC-2024-0336, 2024-0399 (0.23.18): loops and panics in the handshake; 2026-0285: handshake messages \
              taken across a change of keys",
    },
    Floor {
        package: "rustls-webpki",
        version: (0, 103, 13),
        why: "RUSTSEC-2023-0053 (0.101.4): CPU in chain building; 2026-0049, 2026-0098, 2026-0099: constraints and \
              revocation; 2026-0104: panic on a revocation list",
    },
    Floor {
        package: "serde_yaml",
        version: (0, 8, 4),
        why: "RUSTSEC-2018-0005: recursion aborts the process",
    },
    Floor {
        package: "tar",
        version: (0, 4, 45),
        why: "RUSTSEC-2018-0002, 2021-0080, 2026-0067 (CVE-2026-33056), 2026-0068: archives that write elsewhere",
    },
    Floor { package: "time", version: (0, 3, 47), why: "RUSTSEC-2026-0009: stack exhausted while parsing" },
    Floor {
        package: "tokio",
        version: (1, 44, 2),
        why: "RUSTSEC-2025-0023: broadcast clones in parallel without Sync; 2021-0124, 2023-0001, 2023-0005 before it",
    },
    Floor {
        package: "tokio-rustls",
        version: (0, 13, 1),
        why: "RUSTSEC-2020-0019: reads buffer without a limit, back-pressure does not reach the socket",
    },
    Floor {
        package: "tokio-tar",
        version: (u64::MAX, 0, 0),
        why: "RUSTSEC-2025-0111: a desynchronised header smuggles entries, and nobody maintains it",
    },
    Floor {
        package: "tungstenite",
        version: (0, 20, 1),
        why: "RUSTSEC-2023-0065: a long header in the handshake",
    },
    Floor { package: "webpki", version: (0, 22, 2), why: "RUSTSEC-2023-0052: CPU in chain building" },
    Floor {
        package: "yaml-rust",
        version: (0, 4, 1),
        why: "RUSTSEC-2018-0006: recursion aborts the process",
    },
];

/// Compares the floors with the text of `Cargo.lock`.
pub(crate) fn check(floors: &[Floor], lock: &str) -> Vec<Violation> {
    let packages = packages(lock);
    if packages.is_empty() {
        return vec![Violation::new("Cargo.lock", "no package found: is this a lock file?")];
    }
    let mut violations = Vec::new();
    for (name, version) in packages {
        for floor in floors.iter().filter(|floor| floor.package == name) {
            let (major, minor, patch) = floor.version;
            let message = match parsed(version) {
                Some(found) if found >= (major, minor, patch, true) => continue,
                Some(_) if major == u64::MAX => format!("`{name}` is not used here: {}", floor.why),
                Some(_) => format!("`{name}` {version} is older than {major}.{minor}.{patch}: {}", floor.why),
                None => format!("`{name}` has a version that is not understood: `{version}`"),
            };
            violations.push(Violation::new("Cargo.lock", message));
        }
    }
    violations
}

/// The names and versions in a lock file.
fn packages(lock: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = lock.lines().collect();
    lines.windows(2).filter_map(|pair| Some((value(pair[0], "name")?, value(pair[1], "version")?))).collect()
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')
}

/// The three numbers of a version, and whether it is a release: a pre-release is older than its release.
fn parsed(version: &str) -> Option<(u64, u64, u64, bool)> {
    let without_build = version.split('+').next()?;
    let release = without_build.split('-').next()?;
    let mut numbers = release.split('.').map(str::parse::<u64>);
    let (major, minor, patch) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some((major, minor, patch, release.len() == without_build.len()))
}

#[cfg(test)]
mod tests {
    //! Each floor refuses what is below it, and lets pass what is not.

    use super::*;

    const FLOOR: &[Floor] = &[
        Floor { package: "h2", version: (0, 4, 4), why: "a flood" },
        Floor { package: "gone", version: (u64::MAX, 0, 0), why: "nobody keeps it" },
    ];

    #[track_caller]
    fn check_lock(lock: &str, expected: &[&str]) {
        let found = check(FLOOR, lock);
        let found: Vec<&str> = found.iter().map(|violation| violation.message.as_str()).collect();
        assert_eq!(found, expected, "{lock}");
    }

    #[test]
    fn a_version_below_its_floor_is_refused() {
        let lock =
            |name: &str, version: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        check_lock(&lock("h2", "0.4.4"), &[]);
        check_lock(&lock("h2", "0.5.0"), &[]);
        check_lock(&lock("h2", "1.0.0"), &[]);
        check_lock(&lock("other", "0.0.1"), &[]);
        check_lock(&lock("h2", "0.4.3"), &["`h2` 0.4.3 is older than 0.4.4: a flood"]);
        check_lock(&lock("h2", "0.3.30"), &["`h2` 0.3.30 is older than 0.4.4: a flood"]);
        check_lock(&lock("h2", "0.4.4-rc.1"), &["`h2` 0.4.4-rc.1 is older than 0.4.4: a flood"]);
        check_lock(&lock("h2", "0.4.5-rc.1"), &[]);
        check_lock(&lock("h2", "new"), &["`h2` has a version that is not understood: `new`"]);
        check_lock(&lock("gone", "9.9.9"), &["`gone` is not used here: nobody keeps it"]);
        check_lock(
            &(lock("h2", "0.4.9") + &lock("h2", "0.3.1")),
            &["`h2` 0.3.1 is older than 0.4.4: a flood"],
        );
        check_lock("", &["no package found: is this a lock file?"]);
    }

    #[test]
    fn the_table_is_sorted_and_says_why() {
        assert!(FLOORS.is_sorted_by(|one, next| one.package < next.package));
        for floor in FLOORS {
            assert!(floor.why.contains("RUSTSEC-"), "{} names no advisory", floor.package);
            let (major, minor, patch) = floor.version;
            let below = format!("name = \"{}\"\nversion = \"0.0.0\"\n", floor.package);
            assert_eq!(check(FLOORS, &below).len(), 1, "{} {major}.{minor}.{patch}", floor.package);
        }
    }
}
