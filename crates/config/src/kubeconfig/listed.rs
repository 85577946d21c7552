//! What clusters, users and contexts have in common when they are written to their files.

use std::path::Path;

use super::{Kubeconfig, NamedCluster, NamedContext, NamedUser, Origin};

/// An entry of one of the three lists.
pub(crate) trait Listed: Clone {
    fn name(&self) -> &str;
    fn origin(&self) -> &Origin;
    /// Whether both say the same, wherever they stand.
    fn says_the_same(&self, other: &Self) -> bool;
    fn list(kubeconfig: &Kubeconfig) -> &Vec<Self>;
    fn list_mut(kubeconfig: &mut Kubeconfig) -> &mut Vec<Self>;
    /// Writes absolute paths below `folder` relative to it, as kubectl does.
    fn shorten_paths(&mut self, folder: &Path);
}

impl Listed for NamedCluster {
    fn name(&self) -> &str {
        &self.name
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.cluster == other.cluster && self.other == other.other
    }

    fn list(kubeconfig: &Kubeconfig) -> &Vec<Self> {
        &kubeconfig.clusters
    }

    fn list_mut(kubeconfig: &mut Kubeconfig) -> &mut Vec<Self> {
        &mut kubeconfig.clusters
    }

    fn shorten_paths(&mut self, folder: &Path) {
        shorten(&mut self.cluster.certificate_authority, folder);
    }
}

impl Listed for NamedUser {
    fn name(&self) -> &str {
        &self.name
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.user == other.user && self.other == other.other
    }

    fn list(kubeconfig: &Kubeconfig) -> &Vec<Self> {
        &kubeconfig.users
    }

    fn list_mut(kubeconfig: &mut Kubeconfig) -> &mut Vec<Self> {
        &mut kubeconfig.users
    }

    /// Not the program of an exec plugin: without its folder it would be another one, looked for in `PATH`.
    fn shorten_paths(&mut self, folder: &Path) {
        shorten(&mut self.user.client_certificate, folder);
        shorten(&mut self.user.client_key, folder);
        shorten(&mut self.user.token_file, folder);
    }
}

impl Listed for NamedContext {
    fn name(&self) -> &str {
        &self.name
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.context == other.context && self.other == other.other
    }

    fn list(kubeconfig: &Kubeconfig) -> &Vec<Self> {
        &kubeconfig.contexts
    }

    fn list_mut(kubeconfig: &mut Kubeconfig) -> &mut Vec<Self> {
        &mut kubeconfig.contexts
    }

    fn shorten_paths(&mut self, _: &Path) {}
}

fn shorten(path: &mut Option<String>, folder: &Path) {
    let Some(absolute) = path else { return };
    let relative = Path::new(absolute.as_str()).strip_prefix(folder).ok().and_then(Path::to_str);
    let Some(relative) = relative.filter(|relative| !relative.is_empty() && !relative.starts_with(".."))
    else {
        return;
    };
    *path = Some(relative.to_owned());
}
