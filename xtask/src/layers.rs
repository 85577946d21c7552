//! Which crate may import which: the table of `docs/architecture.md`, compared with what cargo says.
//!
//! "May import" is what the manifests really list: an edge that is not here fails, and so does a row or an edge here
//! that no manifest has any more. A new edge is a change of its own, with its reason.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::tidy::Violation;

/// One package of the workspace and the packages of the workspace that it lists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layer {
    pub(crate) folder: &'static str,
    pub(crate) package: &'static str,
    /// The normal dependencies, optional ones too.
    pub(crate) imports: &'static [&'static str],
    /// The dependencies of its tests and examples.
    pub(crate) dev_imports: &'static [&'static str],
}

/// The crates in the order of the data path.
pub(crate) const LAYERS: &[Layer] = &[
    Layer { folder: "crates/json", package: "steersman-json", imports: &[], dev_imports: &[] },
    Layer {
        folder: "crates/meta",
        package: "steersman-meta",
        imports: &["steersman-json"],
        dev_imports: &[],
    },
    Layer {
        folder: "crates/config",
        package: "steersman-config",
        imports: &["steersman-meta"],
        dev_imports: &[],
    },
    Layer {
        folder: "crates/transport",
        package: "steersman-transport",
        imports: &["steersman-meta", "steersman-config"],
        dev_imports: &[],
    },
    Layer {
        folder: "crates/discovery",
        package: "steersman-discovery",
        imports: &["steersman-meta", "steersman-config", "steersman-transport"],
        dev_imports: &["steersman-envtest"],
    },
    Layer {
        folder: "crates/watch",
        package: "steersman-watch",
        imports: &["steersman-json", "steersman-meta"],
        dev_imports: &[],
    },
    Layer {
        folder: "crates/dynamic",
        package: "steersman-dynamic",
        imports: &[
            "steersman-json",
            "steersman-meta",
            "steersman-config",
            "steersman-transport",
            "steersman-discovery",
            "steersman-watch",
        ],
        dev_imports: &["steersman-envtest"],
    },
    Layer {
        folder: "crates/steersman",
        package: "steersman",
        imports: &[
            "steersman-json",
            "steersman-meta",
            "steersman-config",
            "steersman-transport",
            "steersman-discovery",
            "steersman-watch",
            "steersman-dynamic",
        ],
        dev_imports: &["steersman-envtest"],
    },
    Layer {
        folder: "crates/envtest",
        package: "steersman-envtest",
        imports: &["steersman-config"],
        dev_imports: &[],
    },
    Layer {
        folder: "tests/conformance",
        package: "steersman-conformance",
        imports: &["steersman", "steersman-envtest"],
        dev_imports: &[],
    },
    Layer { folder: "tests/bench/frame", package: "steersman-bench-frame", imports: &[], dev_imports: &[] },
    Layer {
        folder: "tests/bench",
        package: "steersman-bench",
        imports: &["steersman", "steersman-bench-frame"],
        dev_imports: &[],
    },
    Layer { folder: "xtask", package: "xtask", imports: &[], dev_imports: &[] },
];

/// What the test-only server may use of the shared nouns: names, group-version-kinds and group-version-resources. With
/// more in common, one bug could sit on both sides of the wire.
pub(crate) const NOUNS_OF_ENVTEST: &[&str] = &[
    "GroupVersion",
    "GroupVersionError",
    "GroupVersionKind",
    "GroupVersionResource",
    "Name",
    "NameError",
    "Namespace",
];

/// Compares the table with cargo's description of the workspace.
pub(crate) fn check(layers: &[Layer], metadata: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ours: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();

    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(layer) = layers.iter().find(|layer| layer.package == name) else {
            violations.push(Violation::new(
                "xtask/src/layers.rs",
                format!("`{name}` has no row in the import table"),
            ));
            continue;
        };
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        if !manifest.ends_with(&format!("/{}/Cargo.toml", layer.folder)) {
            violations
                .push(Violation::new("xtask/src/layers.rs", format!("`{name}` is not in {}", layer.folder)));
        }
        for (kind, allowed) in
            [(None, layer.imports), (Some("dev"), layer.dev_imports), (Some("build"), &[][..])]
        {
            let found = edges(package, kind, &ours);
            let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
            let path = format!("{}/Cargo.toml", layer.folder);
            let kind = kind.unwrap_or("normal");
            for extra in found.difference(&allowed) {
                violations.push(Violation::new(&path, format!("`{name}` may not import `{extra}` ({kind})")));
            }
            for stale in allowed.difference(&found) {
                let message =
                    format!("`{name}` does not import `{stale}` ({kind}), but the import table says so");
                violations.push(Violation::new("xtask/src/layers.rs", message));
            }
        }
    }
    for layer in layers.iter().filter(|layer| !ours.contains(layer.package)) {
        let message =
            format!("the import table has a row for `{}`, which is not in the workspace", layer.package);
        violations.push(Violation::new("xtask/src/layers.rs", message));
    }
    violations
}

/// The packages of the workspace that one of them lists as dependencies of a kind.
fn edges<'a>(package: &'a Value, kind: Option<&str>, ours: &BTreeSet<&str>) -> BTreeSet<&'a str> {
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    dependencies
        .iter()
        .filter(|dependency| dependency["kind"].as_str() == kind)
        .filter_map(|dependency| dependency["name"].as_str())
        .filter(|name| ours.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    //! The comparison refuses each way in which the table and the manifests can part.

    use serde_json::json;

    use super::*;

    const TABLE: &[Layer] = &[
        Layer { folder: "crates/low", package: "low", imports: &[], dev_imports: &["helper"] },
        Layer { folder: "crates/high", package: "high", imports: &["low"], dev_imports: &[] },
        Layer { folder: "crates/helper", package: "helper", imports: &[], dev_imports: &[] },
    ];

    fn package(name: &str, edges: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<Value> =
            edges.iter().map(|(name, kind)| json!({"name": name, "kind": kind, "optional": false})).collect();
        json!({"name": name, "manifest_path": format!("/x/crates/{name}/Cargo.toml"), "dependencies": dependencies})
    }

    #[track_caller]
    fn check_packages(packages: &[Value], expected: &[&str]) {
        let found = check(TABLE, &json!({ "packages": packages }));
        let found: Vec<&str> = found.iter().map(|violation| violation.message.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_table_and_the_manifests_agree() {
        let low = || package("low", &[("helper", Some("dev")), ("bytes", None)]);
        let high = || package("high", &[("low", None)]);
        let helper = || package("helper", &[]);
        check_packages(&[low(), high(), helper()], &[]);

        let low_up = package("low", &[("helper", Some("dev")), ("high", None)]);
        check_packages(&[low_up, high(), helper()], &["`low` may not import `high` (normal)"]);

        let low_normal = package("low", &[("helper", None)]);
        check_packages(
            &[low_normal, high(), helper()],
            &[
                "`low` may not import `helper` (normal)",
                "`low` does not import `helper` (dev), but the import table says so",
            ],
        );

        let high_built = package("high", &[("low", None), ("helper", Some("build"))]);
        check_packages(&[low(), high_built, helper()], &["`high` may not import `helper` (build)"]);

        let high_alone = package("high", &[]);
        check_packages(
            &[low(), high_alone, helper()],
            &["`high` does not import `low` (normal), but the import table says so"],
        );

        check_packages(
            &[low(), high(), helper(), package("new", &[])],
            &["`new` has no row in the import table"],
        );
        check_packages(
            &[package("low", &[("helper", Some("dev"))]), helper()],
            &["the import table has a row for `high`, which is not in the workspace"],
        );

        let mut moved = helper();
        moved["manifest_path"] = json!("/x/tools/helper/Cargo.toml");
        check_packages(&[low(), high(), moved], &["`helper` is not in crates/helper"]);
    }
}
