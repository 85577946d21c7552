//! The tokens of service accounts: who holds one is that account, until it ends.

use std::collections::HashMap;

use serde_json::Value;
use time::OffsetDateTime;

use super::{auth::Identity, meta, store::Store};

/// Whom the server's own tokens are for.
pub(crate) const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";

/// All tokens that were issued, by their text.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    issued: HashMap<String, Issued>,
}

#[derive(Debug)]
struct Issued {
    namespace: String,
    account: String,
    holders: Vec<Holder>,
    expires: OffsetDateTime,
}

/// Who takes a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// This server.
    Server,
    /// Whoever it is for, if anybody.
    Others,
}

/// An object with which a token ends.
#[derive(Debug)]
pub(crate) struct Holder {
    bucket: String,
    key: String,
    uid: String,
}

impl Holder {
    pub(crate) fn of(bucket: &str, key: String, object: &Value) -> Self {
        Self { bucket: bucket.to_owned(), key, uid: meta::text(object, "uid").to_owned() }
    }
}

impl Tokens {
    /// A new token; this server knows those that it takes.
    pub(crate) fn issue(
        &mut self,
        reader: Reader,
        namespace: &str,
        account: &str,
        holders: Vec<Holder>,
        expires: OffsetDateTime,
    ) -> String {
        let token = format!("{}.{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
        if reader == Reader::Server {
            let issued =
                Issued { namespace: namespace.to_owned(), account: account.to_owned(), holders, expires };
            self.issued.insert(token.clone(), issued);
        }
        token
    }

    /// Whose token it is, if it holds now.
    pub(crate) fn identity(&self, token: &str, store: &Store, now: OffsetDateTime) -> Option<Identity> {
        let issued = self.issued.get(token)?;
        let held = issued.holders.iter().all(|holder| {
            let found = store.get(&holder.bucket, &holder.key);
            found.is_some_and(|object| meta::text(object, "uid") == holder.uid)
        });
        (held && now < issued.expires).then(|| Identity::service_account(&issued.namespace, &issued.account))
    }
}
