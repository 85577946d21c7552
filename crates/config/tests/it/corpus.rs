//! Bad files: each is refused by a typed error, in bounded time, and what it is refused for never quotes a secret. They are
//! also broken further, at random from fixed seeds, and then still never do harm.

#![expect(clippy::unwrap_used, reason = "part of the tests: a corpus that cannot be read ends them")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fastrand::Rng;
use steersman_config::{Config, Error, ErrorKind, Kubeconfig};

use crate::generate;

const CANARY: &str = "hunter2";

/// What one file may take, in a build without optimization on a busy machine. Most take a thousandth of it.
const AT_MOST: Duration = Duration::from_secs(60);

fn corpus() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/test_data/bad");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Reads and resolves in bounded time, and looks whether an error quotes the secret.
#[track_caller]
fn survive(bytes: &[u8], context: &str) -> Result<Kubeconfig, Error> {
    let started = Instant::now();
    let read = Kubeconfig::parse(bytes);
    let resolved = read.as_ref().ok().map(Config::from_kubeconfig);
    assert!(started.elapsed() < AT_MOST, "{context}: {:?}", started.elapsed());
    for error in [read.as_ref().err(), resolved.as_ref().and_then(|result| result.as_ref().err())]
        .into_iter()
        .flatten()
    {
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(!shown.contains(CANARY), "{context}: {shown}");
        // Long names are shown, long values never are.
        assert!(shown.len() < 4_000, "{context}: {} bytes", shown.len());
    }
    read
}

#[test]
fn every_bad_file_is_refused() {
    let corpus = corpus();
    assert!(corpus.len() >= 35, "{}", corpus.len());
    for (path, bytes) in corpus {
        let name = path.display().to_string();
        let Err(error) = survive(&bytes, &name) else { panic!("{name} was read") };
        assert_eq!(error.kind(), ErrorKind::Malformed, "{name}: {error}");
    }
}

/// Files that grow without bound, or take time without bound, in a reader that does not look out.
#[test]
fn bombs_end_in_an_error() {
    let laughs = |levels: usize| {
        let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for i in 1..levels {
            let aliases = vec![format!("*a{}", i - 1); 9].join(", ");
            text.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
        }
        text
    };
    let merges = |levels: usize| {
        let mut text = "a0: &a0 {k: v}\n".to_owned();
        for i in 1..levels {
            text.push_str(&format!("a{i}: &a{i} {{x{i}: *a{p}, y{i}: *a{p}, <<: *a{p}}}\n", p = i - 1));
        }
        text
    };
    for (what, text) in [
        ("aliases of lists", laughs(20)),
        ("aliases of mappings", merges(40)),
        (
            "an alias of a long text",
            format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), "*a, ".repeat(100)),
        ),
        ("nested lists", format!("users: {}", "[".repeat(100_000))),
        ("nested lists that end", format!("users: {}{}", "[".repeat(50_000), "]".repeat(50_000))),
        ("nested mappings", format!("users: {}", "{a: ".repeat(100_000))),
        ("nested JSON", format!("{{\"users\": {}1{}}}", "[".repeat(50_000), "]".repeat(50_000))),
        ("nested block lists", format!("users: {}x", "- ".repeat(100_000))),
        ("nested block mappings", (0..2_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect()),
        (
            "unbounded depth of a value that nobody reads",
            format!("future: {}{}", "[".repeat(400), "]".repeat(400)),
        ),
        ("as many nodes as fit", format!("users: [{}]", "1,".repeat(510_000))),
        ("too large", " ".repeat(3 * 1024 * 1024 + 1)),
    ] {
        let error = survive(text.as_bytes(), what).expect_err(what);
        assert!(matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Unreadable), "{what}: {error}");
    }
}

#[test]
fn broken_bad_files_do_no_harm() {
    let corpus = corpus();
    let mut refused = 0;
    for seed in 0..4_000 {
        let rng = &mut Rng::with_seed(seed);
        let (path, bytes) = rng.choice(&corpus).unwrap();
        let mutated = mutate(rng, bytes, &corpus);
        refused += u32::from(survive(&mutated, &format!("seed {seed} of {}", path.display())).is_err());
    }
    assert!(refused > 2_000, "{refused}");
}

/// The same with files that are nearly sound, which get further.
#[test]
fn broken_good_files_do_no_harm() {
    let corpus = corpus();
    let mut read = 0;
    for seed in 0..2_000 {
        let rng = &mut Rng::with_seed(seed);
        let text = generate::text(rng);
        let mutated = mutate(rng, text.as_bytes(), &corpus);
        if let Ok(kubeconfig) = survive(&mutated, &format!("seed {seed}")) {
            // What was read can be written, and read again.
            let written = kubeconfig.to_yaml();
            let again = Kubeconfig::parse(written.as_bytes())
                .unwrap_or_else(|error| panic!("seed {seed}: {error}: {written}"));
            assert_eq!(again.to_yaml(), written, "seed {seed}");
            read += 1;
        }
    }
    assert!(read > 200, "{read}");
}

/// One to four changes: bytes flipped, cut, doubled, moved, replaced by what YAML gives a meaning, or taken from elsewhere.
fn mutate(rng: &mut Rng, bytes: &[u8], corpus: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
    const MEANT: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ": ",
        "- ",
        "\n",
        "\n- ",
        "&a ",
        "*a",
        "<<: ",
        "!!binary ",
        "|\n",
        ">",
        "#",
        "%",
        "'",
        "\"",
        "\\",
        "?",
        "---\n",
        "...\n",
        "\t",
        "\0",
        "\u{feff}",
        "null",
        "~",
        "true",
        "1e999",
        "0x",
        "\r\n",
        "\u{2028}",
    ];
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.usize(1..=4) {
        let at = rng.usize(..=bytes.len());
        let end = (at + rng.usize(0..12)).min(bytes.len());
        match rng.u8(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(0..8),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => {
                let part = bytes[at..end].repeat(rng.usize(1..4));
                bytes.splice(at..at, part);
            }
            4 | 0 => {
                let meant = rng.choice(MEANT).unwrap();
                bytes.splice(at..at, meant.bytes());
            }
            5 => {
                let (_, other) = rng.choice(corpus).unwrap();
                let from = rng.usize(..=other.len());
                bytes.splice(at..end, other[from..].iter().copied());
            }
            _ => bytes.insert(at, rng.u8(..)),
        }
    }
    bytes
}
