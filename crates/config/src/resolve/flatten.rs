//! A kubeconfig that needs no other file.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::entry::Entry;
use crate::{Author, Environment, Error, Kubeconfig, Secret, kubeconfig::Origin, overrides::Overridden};

impl Kubeconfig {
    /// Reads the certificates and keys that the entries name into the entries themselves, as
    /// `kubectl config view --flatten` does; so that the result can be moved to another folder or machine.
    ///
    /// Every entry is flattened, used or not. Token files and programs of exec plugins stay files, by their absolute
    /// paths. The content of the files is not looked into.
    ///
    /// # Errors
    /// If a file can't be read, or an entry has both a file and its data; the error names entry and field.
    pub fn flatten(&self, environment: &Environment) -> Result<Self, Error> {
        let mut flat = self.clone();
        for named in &mut flat.clusters {
            let entry = entry("cluster", &named.name, &named.origin, environment);
            let cluster = &mut named.cluster;
            if let Some(data) = content(
                &entry,
                "certificate-authority",
                cluster.certificate_authority.take(),
                cluster.certificate_authority_data.is_some(),
            )? {
                cluster.certificate_authority_data = Some(data);
            }
        }
        for named in &mut flat.users {
            let entry = entry("user", &named.name, &named.origin, environment);
            let user = &mut named.user;
            let has_data = user.client_certificate_data.is_some();
            if let Some(data) =
                content(&entry, "client-certificate", user.client_certificate.take(), has_data)?
            {
                user.client_certificate_data = Some(data);
            }
            let has_data = user.client_key_data.is_some();
            if let Some(data) = content(&entry, "client-key", user.client_key.take(), has_data)? {
                user.client_key_data = Some(Secret::new(data));
            }
            if let Some(file) = &mut user.token_file {
                *file = entry.path("tokenFile", file)?.to_string_lossy().into_owned();
            }
            if let Some(command) = user.exec.as_mut().and_then(|exec| exec.command.as_mut()) {
                *command = entry.command("exec.command", command)?;
            }
        }
        Ok(flat)
    }
}

fn entry<'a>(
    what: &'static str,
    name: &'a str,
    origin: &'a Origin,
    environment: &'a Environment,
) -> Entry<'a> {
    let (overridden, author) = (Overridden::new(), Author::Known);
    Entry { what, name, origin: Some(origin), overridden, environment, author }
}

/// The base64 of the file, if there is one.
fn content(
    entry: &Entry<'_>,
    field: &str,
    file: Option<String>,
    has_data: bool,
) -> Result<Option<String>, Error> {
    match file {
        None => Ok(None),
        Some(_) if has_data => {
            let message = format!("{field} and {field}-data are both set");
            Err(entry.invalid(&format!("{field}-data"), message).with_hint("keep one of them"))
        }
        Some(file) => Ok(Some(STANDARD.encode(entry.read(field, &file)?.1))),
    }
}
