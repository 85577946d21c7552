//! kubectl's own cache folder: `servergroups.json`, and a `serverresources.json` for each group version.
//!
//! All documents there are of the older form, and their age is that of the file.

use std::{
    env, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use steersman_meta::{ApiResource, GroupVersion};
use steersman_transport::Client;

use super::{file, guard::Access};
use crate::{
    Discovery,
    described::is_segment,
    document::{self, RootKind},
    listing::{self, Content, Group, Listing, Root, Version},
    source::{Form, Source},
};

/// The folder that kubectl keeps the client's server in; `None` if the client was not made of a configuration.
pub(super) fn folder_for(client: &Client) -> Option<PathBuf> {
    let folder = env::var_os("KUBECACHEDIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = folder.or_else(|| env::home_dir().map(|home| home.join(".kube").join("cache")))?;
    let host = host_folder(&client.config()?.server.to_string())?;
    Some(folder.join("discovery").join(host))
}

/// How kubectl names a server in a path: without its scheme, and with `_` for what is unusual. What would lead elsewhere
/// has no name.
fn host_folder(server: &str) -> Option<String> {
    let host = server.strip_prefix("https://").or_else(|| server.strip_prefix("http://")).unwrap_or(server);
    let usual = |c: char| c.is_ascii_alphanumeric() || "_/.()".contains(c);
    let name: String = host.chars().map(|c| if usual(c) { c } else { '_' }).collect();
    let name = name.trim_matches('/');
    let leads_on = |part: &str| !part.is_empty() && part != "." && part != "..";
    name.split('/').all(leads_on).then(|| name.to_owned())
}

/// What is kept there and younger than `ttl`.
pub(super) fn load(folder: &Path, now: SystemTime, ttl: Duration) -> Result<Discovery, String> {
    let (bytes, read_at) = young_file(&folder.join(GROUPS), now, ttl)?;
    let mut groups = document::kubectl_groups(&bytes)?;
    for group in &mut groups {
        for version in &mut group.versions {
            let this = GroupVersion::new(&group.name, &version.name);
            if matches!(version.content, Content::Unread) {
                let loaded = load_version(folder, &this, now, ttl);
                version.content = loaded.map_or(Content::Unread, |(content, _)| content);
            }
        }
    }
    let (core, groups) = groups.into_iter().partition(|group| RootKind::of(&group.name) == RootKind::Core);
    let source = Source { form: Form::Kubectl, etag: None, read_at, is_current: true };
    let root = |groups| Some(Root { source: source.clone(), groups });
    Ok(listing::assemble(Listing { core: root(core), groups: root(groups) }))
}

/// Writes what was read whole, as old as it is.
///
/// A group version that is stale, or could not be read, is listed and has no file: whoever wants it asks for it, as
/// kubectl does.
pub(super) fn save(
    folder: &Path,
    discovery: &Discovery,
    now: SystemTime,
    ttl: Duration,
) -> Result<(), String> {
    let Listing { core: Some(core), groups: Some(groups) } = listing::take_apart(discovery) else {
        return Ok(());
    };
    let roots = [core, groups];
    // A list of groups counts as whole there.
    if !roots.iter().all(|root| root.source.is_current && is_nameable(root)) {
        return Ok(());
    }
    for root in &roots {
        for group in &root.groups {
            for version in &group.versions {
                save_version(folder, &root.source, group, version, now, ttl)?;
            }
        }
    }
    let listed = roots.iter().flat_map(|root| &root.groups).filter(|group| !group.versions.is_empty());
    let list: Vec<Value> = listed.map(group_document).collect();
    let list = json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": list});
    let [core, groups] = &roots;
    replace(&folder.join(GROUPS), &list, core.source.read_at.min(groups.source.read_at))
}

/// Whether each group version has a name that can stand in a path. One that has none could not be read again.
fn is_nameable(root: &Root) -> bool {
    root.groups.iter().all(|group| {
        (group.name.is_empty() || is_segment(&group.name))
            && group.versions.iter().all(|version| is_segment(&version.name))
    })
}

/// Removes what is kept, so that the next process asks, whichever it is.
pub(super) fn forget(folder: &Path) -> io::Result<()> {
    let path = folder.join(GROUPS);
    let (bytes, _) = file::read(&path, Access::GroupToo)?;
    file::remove(&path)?;
    for group in document::kubectl_groups(&bytes).unwrap_or_default() {
        for version in &group.versions {
            remove_version(folder, &GroupVersion::new(&group.name, &version.name));
        }
    }
    Ok(())
}

fn load_version(
    folder: &Path,
    version: &GroupVersion,
    now: SystemTime,
    ttl: Duration,
) -> Option<(Content, SystemTime)> {
    let (bytes, written_at) = young_file(&resources_file(folder, version), now, ttl).ok()?;
    let content = document::resource_list(&bytes, version).ok()?;
    matches!(content, Content::Read { fault: None, .. }).then_some((content, written_at))
}

fn save_version(
    folder: &Path,
    source: &Source,
    group: &Group,
    version: &Version,
    now: SystemTime,
    ttl: Duration,
) -> Result<(), String> {
    let this = GroupVersion::new(&group.name, &version.name);
    let resources = match &version.content {
        Content::Unread => return Ok(()),
        Content::Read { resources, fault: None } if !resources.is_empty() => resources,
        Content::Read { .. } | Content::Failed(_) => {
            remove_version(folder, &this);
            return Ok(());
        }
    };
    let is_whole_root = source.form == Form::Aggregated;
    if let Some((Content::Read { resources: kept, .. }, written_at)) = load_version(folder, &this, now, ttl) {
        let is_as_good = if is_whole_root {
            written_at >= source.read_at
        } else {
            // It may have come from that file, and keeps its age then.
            kept.iter().map(document_of).eq(resources.iter().map(document_of))
        };
        if is_as_good {
            return Ok(());
        }
    }
    let list: Vec<Value> = resources.iter().flat_map(document_of).collect();
    let api_version = this.to_string();
    let list = json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": list,
    });
    replace(&resources_file(folder, &this), &list, if is_whole_root { source.read_at } else { now })
}

/// Whoever wants it has to ask for it then. A file that cannot be removed gets too old by itself.
fn remove_version(folder: &Path, version: &GroupVersion) {
    drop(file::remove(&resources_file(folder, version)));
}

fn group_document(group: &Group) -> Value {
    let version = |name: &str| {
        let group_version = GroupVersion::new(&group.name, name).to_string();
        json!({"groupVersion": group_version, "version": name})
    };
    let versions: Vec<Value> = group.versions.iter().map(|it| version(&it.name)).collect();
    let mut document = json!({"name": group.name, "versions": versions});
    // Where all are stale the server prefers none.
    if let Some(preferred) = group.preferred.as_ref().or(group.versions.first().map(|it| &it.name)) {
        document["preferredVersion"] = version(preferred);
    }
    document
}

/// A resource and its subresources, as an `APIResourceList` has them.
fn document_of(resource: &ApiResource) -> Vec<Value> {
    let verbs = |verbs: &[steersman_meta::Verb]| {
        verbs.iter().map(|verb| verb.as_str().to_owned()).collect::<Vec<_>>()
    };
    let mut own = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.is_namespaced(),
        "kind": resource.kind,
        "verbs": verbs(&resource.verbs),
    });
    for (member, names) in [("shortNames", &resource.short_names), ("categories", &resource.categories)] {
        if !names.is_empty() {
            own[member] = json!(names);
        }
    }
    if let Some(other) = &resource.response_group_version {
        own["group"] = json!(other.group);
        own["version"] = json!(other.version);
    }
    if let Some(hash) = &resource.storage_version_hash {
        own["storageVersionHash"] = json!(hash);
    }
    let below = resource.subresources.iter().map(|sub| {
        json!({
            "name": format!("{}/{}", resource.plural, sub.name),
            "singularName": "",
            "namespaced": resource.is_namespaced(),
            "group": sub.kind.group,
            "version": sub.kind.version,
            "kind": sub.kind.kind,
            "verbs": verbs(&sub.verbs),
        })
    });
    std::iter::once(own).chain(below).collect()
}

fn resources_file(folder: &Path, version: &GroupVersion) -> PathBuf {
    folder.join(&*version.group).join(&*version.version).join("serverresources.json")
}

fn young_file(path: &Path, now: SystemTime, ttl: Duration) -> Result<(Vec<u8>, SystemTime), String> {
    let (bytes, written_at) = file::read(path, Access::GroupToo).map_err(|error| error.to_string())?;
    let is_young = now.duration_since(written_at).is_ok_and(|age| age < ttl);
    if is_young { Ok((bytes, written_at)) } else { Err("it is too old, or from the future".to_owned()) }
}

fn replace(path: &Path, document: &Value, written_at: SystemTime) -> Result<(), String> {
    file::replace_as_of(path, document.to_string().as_bytes(), written_at).map_err(|error| error.to_string())
}

const GROUPS: &str = "servergroups.json";

#[cfg(test)]
mod tests {
    use super::host_folder;

    /// The names that kubectl gives; hosts with dots, slashes and worse stay inside.
    #[test]
    fn host_folders() {
        for (server, want) in [
            ("https://1.2.3.4:6443/p", Some("1.2.3.4_6443/p")),
            ("https://[::1]:6443", Some("___1__6443")),
            ("http://Host-1.example:80/", Some("Host_1.example_80")),
            ("https://h/a%2fb", Some("h/a_2fb")),
            ("https://h/../../etc", None),
            ("https://..", None),
            ("https://h//p", None),
            ("", None),
        ] {
            assert_eq!(host_folder(server).as_deref(), want, "{server}");
        }
    }
}
