//! Where the programs are.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::Error;

/// Finds `program` in the folder that the caller named, or by the variables that envtest reads.
///
/// In this order: `folder`; `TEST_ASSET_<PROGRAM>`, a file; `KUBEBUILDER_ASSETS`, a folder; `/usr/local/kubebuilder/bin`.
/// envtest ranks the variables above a folder that the program names; here, what the code says is what runs.
pub(super) fn find(
    program: &'static str,
    folder: Option<&Path>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, Error> {
    let path = folder
        .map(|folder| folder.join(program))
        .or_else(|| variable(&asset_variable(program)).map(PathBuf::from))
        .or_else(|| variable("KUBEBUILDER_ASSETS").map(|folder| Path::new(&folder).join(program)))
        .unwrap_or_else(|| Path::new("/usr/local/kubebuilder/bin").join(program));
    existing(program, &path)
}

/// The file that the caller named.
pub(super) fn existing(program: &'static str, path: &Path) -> Result<PathBuf, Error> {
    // The programs run in a folder of their own, where a relative path would mean something else.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if path.is_file() { Ok(path) } else { Err(Error::no_binary(program, path)) }
}

/// `kube-apiserver` is `TEST_ASSET_KUBE_APISERVER`, as controller-runtime's envtest spells it.
fn asset_variable(program: &str) -> String {
    format!("TEST_ASSET_{}", program.to_ascii_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, fs};

    use super::find;

    #[test]
    fn the_folder_wins_then_the_program_s_variable_then_the_folder_s() {
        let home = tempfile::tempdir().unwrap();
        for folder in ["named", "asset", "assets"] {
            fs::create_dir(home.path().join(folder)).unwrap();
            fs::write(home.path().join(folder).join("kube-apiserver"), "").unwrap();
        }
        let named = home.path().join("named");
        let missing = home.path().join("missing");
        let asset = home.path().join("asset/kube-apiserver");
        let assets = home.path().join("assets");
        for (folder, variables, want) in [
            (Some(&named), &[("TEST_ASSET_KUBE_APISERVER", &asset)][..], Ok("named/kube-apiserver")),
            (
                None,
                &[("TEST_ASSET_KUBE_APISERVER", &asset), ("KUBEBUILDER_ASSETS", &assets)],
                Ok("asset/kube-apiserver"),
            ),
            (
                None,
                &[("TEST_ASSET_ETCD", &asset), ("KUBEBUILDER_ASSETS", &assets)],
                Ok("assets/kube-apiserver"),
            ),
            (None, &[("KUBEBUILDER_ASSETS", &missing)], Err("missing/kube-apiserver")),
            (Some(&missing), &[("KUBEBUILDER_ASSETS", &assets)], Err("missing/kube-apiserver")),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, path)| OsString::from(path))
            };
            let found = find("kube-apiserver", folder.map(|path| path.as_path()), variable);
            match want {
                Ok(path) => assert_eq!(found.unwrap(), home.path().join(path)),
                Err(path) => {
                    let error = found.unwrap_err();
                    assert!(error.is_no_binary() && error.hint().is_some());
                    let path = home.path().join(path);
                    assert_eq!(
                        error.to_string(),
                        format!("there is no kube-apiserver at {}", path.display())
                    );
                }
            }
        }
    }
}
