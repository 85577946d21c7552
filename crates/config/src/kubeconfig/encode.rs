//! From the entries of a kubeconfig back to its text.

use serde_json::{Map, Value};

use super::{
    AuthProvider, Cluster, Context, ExecConfig, ExecEnvVar, Kubeconfig, NamedExtension, OtherFields,
    Preferences, User,
};
use crate::{Secret, emit};

impl Kubeconfig {
    /// The text of a kubeconfig file, readable by kubectl and by this crate. It holds the secrets in clear, so **it is a
    /// secret**: write it to files of mode 0600 only.
    ///
    /// Unknown keys are in it, comments and anchors of the file that was read are not. Relative paths stay as they are, and
    /// so mean something else in another folder; [`flatten`](Self::flatten) takes them away.
    ///
    /// ```
    /// use steersman_config::Kubeconfig;
    ///
    /// let kubeconfig = Kubeconfig::parse(b"{contexts: [{name: dev, context: {cluster: c, colour: blue}}]}")?;
    /// let again = Kubeconfig::parse(kubeconfig.to_yaml().as_bytes())?;
    /// assert_eq!(again.contexts[0].context, kubeconfig.contexts[0].context);
    /// # Ok::<(), steersman_config::Error>(())
    /// ```
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut fields = Fields::over(&self.other);
        fields.put("apiVersion", Value::from("v1"));
        fields.put("kind", Value::from("Config"));
        fields.list("clusters", &self.clusters, |entry| {
            entry_of(&entry.other, &entry.name, "cluster", cluster(&entry.cluster))
        });
        fields.list("users", &self.users, |entry| {
            entry_of(&entry.other, &entry.name, "user", user(&entry.user))
        });
        fields.list("contexts", &self.contexts, |entry| {
            entry_of(&entry.other, &entry.name, "context", context(&entry.context))
        });
        // These stand in every file that kubectl writes, and people look for them.
        for key in ["clusters", "users", "contexts"] {
            fields.0.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        }
        fields.put("current-context", Value::from(self.current_context.as_deref().unwrap_or_default()));
        if self.preferences != Preferences::default() {
            fields.put("preferences", preferences(&self.preferences));
        }
        fields.extensions(&self.extensions);
        emit::to_yaml(&fields.into())
    }
}

/// The fields of a mapping; what is empty is left out.
struct Fields(Map<String, Value>);

impl Fields {
    fn over(other: &OtherFields) -> Self {
        Self(other.as_map().clone())
    }

    fn put(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    fn text(&mut self, key: &str, value: &Option<String>) {
        if let Some(text) = value {
            self.put(key, text.as_str().into());
        }
    }

    fn secret(&mut self, key: &str, value: &Option<Secret>) {
        if let Some(text) = value {
            self.put(key, text.expose().into());
        }
    }

    fn flag(&mut self, key: &str, value: bool) {
        if value {
            self.put(key, true.into());
        }
    }

    fn texts(&mut self, key: &str, value: &[String]) {
        self.list(key, value, |text| text.as_str().into());
    }

    fn list<T>(&mut self, key: &str, items: &[T], write: impl Fn(&T) -> Value) {
        if !items.is_empty() {
            self.put(key, items.iter().map(write).collect());
        }
    }

    fn extensions(&mut self, extensions: &[NamedExtension]) {
        self.list("extensions", extensions, |extension| {
            entry_of(&extension.other, &extension.name, "extension", extension.extension.clone())
        });
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self::Object(fields.0)
    }
}

fn entry_of(other: &OtherFields, name: &str, key: &str, body: Value) -> Value {
    let mut fields = Fields::over(other);
    fields.put("name", name.into());
    fields.put(key, body);
    fields.into()
}

fn cluster(cluster: &Cluster) -> Value {
    let mut fields = Fields::over(&cluster.other);
    fields.text("server", &cluster.server);
    fields.text("tls-server-name", &cluster.tls_server_name);
    fields.flag("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify);
    fields.text("certificate-authority", &cluster.certificate_authority);
    fields.text("certificate-authority-data", &cluster.certificate_authority_data);
    fields.secret("proxy-url", &cluster.proxy_url);
    fields.flag("disable-compression", cluster.disable_compression);
    fields.extensions(&cluster.extensions);
    fields.into()
}

fn user(user: &User) -> Value {
    let mut fields = Fields::over(&user.other);
    fields.text("client-certificate", &user.client_certificate);
    fields.text("client-certificate-data", &user.client_certificate_data);
    fields.text("client-key", &user.client_key);
    fields.secret("client-key-data", &user.client_key_data);
    fields.secret("token", &user.token);
    fields.text("tokenFile", &user.token_file);
    fields.text("as", &user.impersonate);
    fields.text("as-uid", &user.impersonate_uid);
    fields.texts("as-groups", &user.impersonate_groups);
    if !user.impersonate_user_extra.is_empty() {
        let extra = user.impersonate_user_extra.iter();
        let extra = extra.map(|(key, values)| (key.clone(), Value::from(values.clone())));
        fields.put("as-user-extra", Value::Object(extra.collect()));
    }
    fields.text("username", &user.username);
    fields.secret("password", &user.password);
    if let Some(provider) = &user.auth_provider {
        fields.put("auth-provider", auth_provider(provider));
    }
    if let Some(config) = &user.exec {
        fields.put("exec", exec(config));
    }
    fields.extensions(&user.extensions);
    fields.into()
}

fn auth_provider(provider: &AuthProvider) -> Value {
    let mut fields = Fields::over(&provider.other);
    fields.text("name", &provider.name);
    if !provider.config.is_empty() {
        let config = provider.config.iter().map(|(key, value)| (key.clone(), Value::from(value.expose())));
        fields.put("config", Value::Object(config.collect()));
    }
    fields.into()
}

fn exec(config: &ExecConfig) -> Value {
    let mut fields = Fields::over(&config.other);
    fields.text("command", &config.command);
    fields.texts("args", &config.args);
    fields.list("env", &config.env, exec_env);
    fields.text("apiVersion", &config.api_version);
    fields.text("installHint", &config.install_hint);
    fields.flag("provideClusterInfo", config.provide_cluster_info);
    fields.text("interactiveMode", &config.interactive_mode);
    fields.into()
}

fn exec_env(variable: &ExecEnvVar) -> Value {
    let mut fields = Fields::over(&variable.other);
    fields.put("name", variable.name.as_deref().unwrap_or_default().into());
    fields.put("value", variable.value.as_ref().map(Secret::expose).unwrap_or_default().into());
    fields.into()
}

fn context(context: &Context) -> Value {
    let mut fields = Fields::over(&context.other);
    fields.text("cluster", &context.cluster);
    fields.text("user", &context.user);
    fields.text("namespace", &context.namespace);
    fields.extensions(&context.extensions);
    fields.into()
}

fn preferences(preferences: &Preferences) -> Value {
    let mut fields = Fields::over(&preferences.other);
    fields.flag("colors", preferences.colors);
    fields.extensions(&preferences.extensions);
    fields.into()
}
