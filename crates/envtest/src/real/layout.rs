//! The files of one control plane.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Error;

/// Names every file under the folder of a control plane. The folder is ours alone (mode 0700) and goes when it does.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    folder: PathBuf,
    logs: PathBuf,
}

impl Layout {
    /// Lays out `folder`; the logs go to `logs` if there is one, so that they can outlive the rest.
    pub(super) fn create(folder: &Path, logs: Option<&Path>) -> Result<Self, Error> {
        let logs = logs.map_or_else(|| folder.join("logs"), Path::to_path_buf);
        let layout = Self { folder: folder.to_owned(), logs };
        for folder in [&layout.logs, &layout.run()] {
            fs::create_dir_all(folder).map_err(|cause| Error::file("create", folder, cause))?;
        }
        Ok(layout)
    }

    pub(super) fn logs(&self) -> &Path {
        &self.logs
    }

    pub(super) fn log(&self, program: &str) -> PathBuf {
        self.logs.join(format!("{program}.log"))
    }

    /// Where the programs run, and where kube-apiserver would put certificates of its own.
    pub(super) fn run(&self) -> PathBuf {
        self.folder.join("run")
    }

    pub(super) fn etcd_data(&self) -> PathBuf {
        self.folder.join("etcd")
    }

    pub(super) fn serving_ca(&self) -> PathBuf {
        self.folder.join("serving-ca.crt")
    }

    pub(super) fn serving_certificate(&self) -> PathBuf {
        self.folder.join("apiserver.crt")
    }

    pub(super) fn serving_key(&self) -> PathBuf {
        self.folder.join("apiserver.key")
    }

    pub(super) fn client_ca(&self) -> PathBuf {
        self.folder.join("client-ca.crt")
    }

    pub(super) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens.csv")
    }

    pub(super) fn service_account_key(&self) -> PathBuf {
        self.folder.join("service-account.key")
    }

    pub(super) fn service_account_public_key(&self) -> PathBuf {
        self.folder.join("service-account.pub")
    }

    pub(super) fn kwok_config(&self) -> PathBuf {
        self.folder.join("kwok.yaml")
    }

    pub(super) fn kwok_kubeconfig(&self) -> PathBuf {
        self.folder.join("kwok.kubeconfig")
    }

    /// Where the logs of pods are.
    pub(super) fn pod_logs(&self) -> PathBuf {
        self.folder.join("pod-logs")
    }

    pub(super) fn controller_manager_kubeconfig(&self) -> PathBuf {
        self.folder.join("controller-manager.kubeconfig")
    }
}

/// Writes a whole file, and names it if that fails.
pub(super) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Error> {
    fs::write(path, text).map_err(|cause| Error::file("write", path, cause))
}
