//! The manifests: lints, the order of the members, where versions stand, a row of `docs/design.md` for each dependency,
//! and what the pure crates may not call.

use super::Violation;
use crate::layers::Layer;
use crate::workspace::File;

/// The crates without sockets, clocks, environment or threads.
pub(crate) const PURE: &[&str] = &["json", "meta", "watch"];

/// What a pure crate's `clippy.toml` has to ban, one method of each kind.
const BANNED_IN_PURE: &[&str] = &[
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "std::env::var",
    "std::fs::read",
    "std::thread::spawn",
];

/// The lints that hold in all crates, whatever else is set.
const WORKSPACE_LINTS: &[&str] = &["unsafe_code = \"forbid\"", "missing_docs = \"deny\""];

/// Rules on the manifests of the workspace.
pub(super) fn check(files: &[File], layers: &[Layer]) -> Vec<Violation> {
    let text_of = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
    let mut violations = Vec::new();

    let root = text_of("Cargo.toml").unwrap_or_default();
    let members = members(root);
    let folders: Vec<&str> = layers.iter().map(|layer| layer.folder).collect();
    if members != folders {
        let message =
            format!("the members are not in the order of the data path, which is {}", folders.join(", "));
        violations.push(Violation::new("Cargo.toml", message));
    }
    for lint in WORKSPACE_LINTS {
        if !section(root, "workspace.lints.rust").any(|line| line == *lint) {
            violations.push(Violation::new("Cargo.toml", format!("[workspace.lints.rust] has no `{lint}`")));
        }
    }
    violations.extend(check_reasons(root, text_of("docs/design.md").unwrap_or_default()));
    for folder in members {
        let path = format!("{folder}/Cargo.toml");
        match text_of(&path) {
            Some(text) => violations.extend(check_member(&path, text)),
            None => violations.push(Violation::new(path, "the manifest of a member is missing")),
        }
    }
    for name in PURE {
        let path = format!("crates/{name}/clippy.toml");
        let rules = text_of(&path).unwrap_or_default();
        for method in BANNED_IN_PURE.iter().filter(|method| !rules.contains(&format!("\"{method}\""))) {
            violations
                .push(Violation::new(&path, format!("a pure crate does not call `{method}`: ban it here")));
        }
        // The nearest file is the only one that clippy reads.
        for line in text_of("clippy.toml").unwrap_or_default().lines() {
            if !rules.lines().any(|rule| rule == line) {
                violations
                    .push(Violation::new(&path, format!("hides the root's clippy.toml: repeat `{line}`")));
            }
        }
    }
    violations
}

/// Each package of others has a row in the table of dependencies, which says why it is there.
fn check_reasons(root: &str, design: &str) -> Vec<Violation> {
    let table = design.split_once("\n## Dependencies\n").map_or("", |(_, rest)| rest);
    let table = table.split("\n## ").next().unwrap_or_default();
    // Other cells name packages too, without giving reasons for them.
    let cells: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next()).collect();
    let mut violations = Vec::new();
    for line in section(root, "workspace.dependencies") {
        let Some((key, value)) = line.split_once('=') else { continue };
        if value.contains("path = ") {
            continue;
        }
        let renamed = value.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next());
        let package = renamed.unwrap_or_else(|| key.trim());
        if !cells.iter().any(|cell| cell.contains(&format!("`{package}`"))) {
            let message = format!("the table of dependencies has no row for `{package}`");
            violations.push(Violation::new("docs/design.md", message));
        }
    }
    violations
}

fn check_member(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !section(text, "lints").any(|line| line == "workspace = true") {
        violations.push(Violation::new(path, "does not take the lints of the workspace"));
    }
    for key in ["version", "edition", "rust-version", "license", "publish"] {
        if !section(text, "package").any(|line| line == format!("{key}.workspace = true")) {
            violations.push(Violation::new(path, format!("`{key}` is not that of the workspace")));
        }
    }
    for name in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for line in section(text, name) {
            let named = line.split_once('=').is_some_and(|(key, _)| !key.trim().is_empty());
            let compact: String = line.split_whitespace().collect();
            if named && !compact.contains("workspace=true") {
                let message = format!("`{line}`: versions stand in [workspace.dependencies] alone");
                violations.push(Violation::new(path, message));
            }
        }
    }
    let features = section(text, "features").filter(|line| line.contains(" = [")).count();
    if features > 6 {
        violations.push(Violation::new(path, "more than five features beside the default"));
    }
    violations
}

/// The lines of a section of a manifest that say something, without comments.
fn section<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let header = format!("[{name}]");
    let lines = text.lines().map(str::trim).skip_while(move |line| *line != header).skip(1);
    lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn members(root: &str) -> Vec<&str> {
    let list =
        root.split_once("members = [").map_or("", |(_, rest)| rest.split(']').next().unwrap_or_default());
    list.split(',')
        .map(|member| member.trim().trim_matches('"'))
        .filter(|member| !member.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    //! A workspace of two members, and each way in which its manifests can go wrong.

    use super::*;

    const LAYERS: &[Layer] = &[
        Layer { folder: "crates/json", package: "json", imports: &[], dev_imports: &[] },
        Layer { folder: "xtask", package: "xtask", imports: &[], dev_imports: &[] },
    ];

    const MEMBER: &str = "[package]\nname = \"x\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\n[lints]\n\
        workspace = true\n\n[dependencies]\nbytes.workspace = true\n# A comment = 1.\n\
        tokio = { workspace = true, features = [\"rt\"] }\n\n[features]\ndefault = [\"a\"]\na = []\n";

    fn workspace() -> Vec<File> {
        let root = "[workspace]\nmembers = [\n    \"crates/json\",\n    \"xtask\",\n]\n\n[workspace.lints.rust]\n\
            unsafe_code = \"forbid\"\nmissing_docs = \"deny\"\n\n[workspace.dependencies]\n\
            json = { path = \"crates/json\" }\nbytes = \"1\"\nyaml = { package = \"yaml_serde\", version = \"1\" }\n";
        let design = "# D\n\n## Dependencies\n\n| package | for | instead of |\n|---|---|---|\n\
            | `bytes` | parts | `tokio` |\n| `yaml_serde`, under the name `yaml` | files | – |\n";
        let rules = format!("allow = true\ndisallowed-methods = [\"{}\"]\n", BANNED_IN_PURE.join("\", \""));
        let mut files = vec![
            File::new("Cargo.toml", root),
            File::new("clippy.toml", "allow = true\n"),
            File::new("docs/design.md", design),
            File::new("crates/json/Cargo.toml", MEMBER),
            File::new("xtask/Cargo.toml", MEMBER),
        ];
        files.extend(PURE.iter().map(|name| File::new(&format!("crates/{name}/clippy.toml"), &rules)));
        files
    }

    #[track_caller]
    fn check_change(path: &str, from: &str, to: &str, expected: &[&str]) {
        let mut files = workspace();
        let file = files.iter_mut().find(|file| file.path == path).unwrap();
        assert!(file.text.contains(from), "{path} has no {from}");
        file.text = file.text.replace(from, to);
        let found: Vec<String> = check(&files, LAYERS).iter().map(Violation::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{from} to {to}: {found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} does not say {expected}");
        }
    }

    #[test]
    fn manifests_are_refused_for_one_fault_each() {
        assert_eq!(check(&workspace(), LAYERS), []);
        let order = ["the order of the data path, which is crates/json, xtask"];
        check_change("Cargo.toml", "\"crates/json\",\n    \"xtask\"", "\"xtask\", \"crates/json\"", &order);
        check_change("Cargo.toml", "    \"xtask\",\n", "", &order);
        check_change("Cargo.toml", "\"forbid\"", "\"warn\"", &["no `unsafe_code = \"forbid\"`"]);
        check_change("Cargo.toml", "missing_docs = \"deny\"\n", "", &["no `missing_docs = \"deny\"`"]);
        let member = "xtask/Cargo.toml";
        check_change(member, "[lints]\nworkspace = true", "[lints]", &["does not take the lints"]);
        check_change(
            member,
            "[lints]\nworkspace = true",
            "[lints.rust]\nx = 1",
            &["does not take the lints"],
        );
        check_change(member, "edition.workspace = true", "edition = \"2021\"", &["`edition` is not that"]);
        check_change(member, "bytes.workspace = true", "bytes = \"1\"", &["[workspace.dependencies] alone"]);
        check_change(
            member,
            "bytes.workspace = true",
            "bytes = { version = \"1\" }",
            &["`bytes = { version"],
        );
        check_change(
            member,
            "[features]",
            "[dev-dependencies]\nx = { path = \"y\" }\n[features]",
            &["`x = { path"],
        );
        let many = "a = []\nb = []\nc = []\nd = []\ne = []\nf = []\n";
        check_change(member, "a = []\n", many, &["more than five features"]);
    }

    #[test]
    fn a_dependency_without_a_reason_is_refused() {
        let design = "docs/design.md";
        for (path, from, to, package) in [
            (design, "| `bytes` | parts", "| `octets` | parts", "bytes"),
            (design, "`yaml_serde`, under the name ", "", "yaml_serde"),
            (design, "| `bytes` | parts |", "| `octets` | `bytes` |", "bytes"),
            (design, "| `yaml_serde`", "\n## Later\n\n| `yaml_serde`", "yaml_serde"),
            ("Cargo.toml", "bytes = \"1\"", "bytes = \"1\"\ntokio = { version = \"1\" }", "tokio"),
        ] {
            check_change(
                path,
                from,
                to,
                &[&format!("docs/design.md: the table of dependencies has no row for `{package}`")],
            );
        }
        check_change("Cargo.toml", "bytes = \"1\"", "# tokio = \"1\"\nbytes = \"1\"", &[]);
    }

    #[test]
    fn a_pure_crate_bans_what_is_not_pure() {
        let rules = "crates/watch/clippy.toml";
        check_change(
            rules,
            "std::env::var",
            "std::env::home",
            &["clippy.toml: a pure crate does not call `std::env::var`"],
        );
        check_change(rules, "allow = true\n", "", &["repeat `allow = true`"]);
    }

    #[test]
    fn a_missing_manifest_is_said() {
        let files: Vec<File> =
            workspace().into_iter().filter(|file| file.path != "xtask/Cargo.toml").collect();
        assert_eq!(
            check(&files, LAYERS),
            [Violation::new("xtask/Cargo.toml", "the manifest of a member is missing")]
        );
    }
}
