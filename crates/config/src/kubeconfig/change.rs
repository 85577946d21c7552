//! Changing a kubeconfig: entries come, go and get other names, and what names them follows.

use super::{Cluster, Context, Kubeconfig, NamedCluster, NamedContext, NamedUser, Origin, OtherFields, User};
use crate::{Error, ErrorKind, nearest};

impl Kubeconfig {
    /// Makes `name` the current context, as `kubectl config use-context`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such context; nothing is changed then.
    pub fn use_context(&mut self, name: &str) -> Result<(), Error> {
        if self.context(name).is_none() {
            return Err(not_there(
                "context",
                "contexts",
                name,
                self.contexts.iter().map(|entry| &entry.name),
            ));
        }
        self.current_context = Some(name.to_owned());
        self.current_context_origin = None;
        Ok(())
    }

    /// Adds a cluster, or puts it in place of the one of that name, which keeps its file. Relative paths in it are
    /// relative to the file that it will stand in.
    pub fn set_cluster(&mut self, name: &str, cluster: Cluster) {
        match self.clusters.iter_mut().find(|entry| entry.name == name) {
            Some(entry) => entry.cluster = cluster,
            None => self.clusters.push(NamedCluster {
                name: name.to_owned(),
                cluster,
                other: OtherFields::default(),
                origin: Origin::nowhere(),
            }),
        }
    }

    /// Adds a user, or puts it in place of the one of that name; as [`set_cluster`](Self::set_cluster).
    pub fn set_user(&mut self, name: &str, user: User) {
        match self.users.iter_mut().find(|entry| entry.name == name) {
            Some(entry) => entry.user = user,
            None => self.users.push(NamedUser {
                name: name.to_owned(),
                user,
                other: OtherFields::default(),
                origin: Origin::nowhere(),
            }),
        }
    }

    /// Adds a context, or puts it in place of the one of that name; as [`set_cluster`](Self::set_cluster).
    pub fn set_context(&mut self, name: &str, context: Context) {
        match self.contexts.iter_mut().find(|entry| entry.name == name) {
            Some(entry) => entry.context = context,
            None => self.contexts.push(NamedContext {
                name: name.to_owned(),
                context,
                other: OtherFields::default(),
                origin: Origin::nowhere(),
            }),
        }
    }

    /// Gives a context another name, as `kubectl config rename-context`; the current context follows.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such context, [`ErrorKind::Invalid`] if the new name is taken; nothing is
    /// changed then.
    pub fn rename_context(&mut self, from: &str, to: &str) -> Result<(), Error> {
        rename(&mut self.contexts, "context", "contexts", (from, to), |entry| &mut entry.name)?;
        if self.current_context.as_deref() == Some(from) {
            self.current_context = Some(to.to_owned());
        }
        Ok(())
    }

    /// Gives a cluster another name; contexts follow.
    ///
    /// # Errors
    /// As [`rename_context`](Self::rename_context).
    pub fn rename_cluster(&mut self, from: &str, to: &str) -> Result<(), Error> {
        rename(&mut self.clusters, "cluster", "clusters", (from, to), |entry| &mut entry.name)?;
        follow(self.contexts.iter_mut().map(|entry| &mut entry.context.cluster), from, to);
        Ok(())
    }

    /// Gives a user another name; contexts follow.
    ///
    /// # Errors
    /// As [`rename_context`](Self::rename_context).
    pub fn rename_user(&mut self, from: &str, to: &str) -> Result<(), Error> {
        rename(&mut self.users, "user", "users", (from, to), |entry| &mut entry.name)?;
        follow(self.contexts.iter_mut().map(|entry| &mut entry.context.user), from, to);
        Ok(())
    }

    /// Takes a cluster away, if it is there. Contexts that name it stay.
    pub fn remove_cluster(&mut self, name: &str) -> Option<NamedCluster> {
        let at = self.clusters.iter().position(|entry| entry.name == name)?;
        Some(self.clusters.remove(at))
    }

    /// Takes a user away, if it is there. Contexts that name it stay.
    pub fn remove_user(&mut self, name: &str) -> Option<NamedUser> {
        let at = self.users.iter().position(|entry| entry.name == name)?;
        Some(self.users.remove(at))
    }

    /// Takes a context away, if it is there. As in kubectl, `current-context` stays, even if it names just that one.
    pub fn remove_context(&mut self, name: &str) -> Option<NamedContext> {
        let at = self.contexts.iter().position(|entry| entry.name == name)?;
        Some(self.contexts.remove(at))
    }
}

fn rename<T>(
    list: &mut [T],
    what: &'static str,
    plural: &str,
    (from, to): (&str, &str),
    name: impl Fn(&mut T) -> &mut String,
) -> Result<(), Error> {
    let names: Vec<String> = list.iter_mut().map(|entry| name(entry).clone()).collect();
    let Some(at) = names.iter().position(|name| name == from) else {
        return Err(not_there(what, plural, from, names.iter()));
    };
    if from != to && names.iter().any(|name| name == to) {
        return Err(Error::new(ErrorKind::Invalid, "exists already").in_entry(what, to));
    }
    to.clone_into(name(&mut list[at]));
    Ok(())
}

fn follow<'a>(references: impl Iterator<Item = &'a mut Option<String>>, from: &str, to: &str) {
    for reference in references.filter(|reference| reference.as_deref() == Some(from)) {
        *reference = Some(to.to_owned());
    }
}

fn not_there<'a>(
    what: &'static str,
    plural: &str,
    name: &str,
    names: impl Iterator<Item = &'a String>,
) -> Error {
    Error::new(ErrorKind::NotFound, "does not exist").in_entry(what, name).with_hint(nearest::describe(
        plural,
        name,
        names.map(String::as_str),
    ))
}
