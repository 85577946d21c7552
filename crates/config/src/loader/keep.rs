//! Keeping the tokens that were given in place of a kubeconfig's own.

use super::Loader;
use crate::{Error, ErrorKind, Kubeconfig, Secret};

impl Loader {
    /// Writes new tokens of an OpenID Connect provider to the user's entry that [`load`](Self::load) would read: its
    /// `id-token` and its `refresh-token`, as kubectl does.
    ///
    /// ```
    /// use steersman_config::{Environment, Loader, Secret};
    ///
    /// let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("config");
    /// std::fs::write(&path, "
    /// users: [{name: jane, user: {auth-provider: {name: oidc, config: {client-id: c, idp-issuer-url: 'https://i'}}}}]
    /// contexts: [{name: dev, context: {cluster: c, user: jane}}]
    /// current-context: dev
    /// ")?;
    /// let loader = Loader::new().environment(Environment::empty()).path(&path);
    /// loader.keep_oidc_tokens(&Secret::new("new"), &Secret::new("newer"))?;
    /// let kept = loader.kubeconfig()?.user("jane").and_then(|jane| jane.user.auth_provider.clone());
    /// assert_eq!(kept.map(|kept| kept.config["refresh-token"].expose().to_owned()).as_deref(), Some("newer"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`edit`](Self::edit); [`ErrorKind::NotFound`] if the kubeconfig leads to no user with such a provider.
    pub fn keep_oidc_tokens(&self, id_token: &Secret, refresh_token: &Secret) -> Result<(), Error> {
        let keep = |kubeconfig: &mut Kubeconfig| {
            let missing = || {
                Error::new(ErrorKind::NotFound, "leads to no user with the auth-provider oidc")
                    .in_field("current-context")
            };
            let context = self.context.as_ref().or(kubeconfig.current_context.as_ref());
            let user = match &self.user {
                Some(user) => Some(user),
                None => context
                    .and_then(|name| kubeconfig.context(name))
                    .and_then(|context| context.context.user.as_ref()),
            };
            let entry = user.and_then(|name| kubeconfig.user(name)).ok_or_else(missing)?;
            let (name, mut user) = (entry.name.clone(), entry.user.clone());
            let provider = user.auth_provider.as_mut();
            let provider =
                provider.filter(|provider| provider.name.as_deref() == Some("oidc")).ok_or_else(missing)?;
            provider.config.insert("id-token".to_owned(), id_token.clone());
            provider.config.insert("refresh-token".to_owned(), refresh_token.clone());
            kubeconfig.set_user(&name, user);
            Ok(())
        };
        self.edit(keep).map(drop)
    }
}
