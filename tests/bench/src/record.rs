//! `record`: makes pods on a real kube-apiserver as its controllers and kubelets would, and keeps what the server says.
//!
//! The pods are made by several managers, as in a cluster at work: a controller creates them, a deployment tool and a mesh
//! apply labels and annotations, the network plugin annotates them, kubelet writes their status. So almost half of each is
//! managedFields.

use std::{fs, path::PathBuf};

use http::{Request, header};
use serde_json::{Map, Value, value::RawValue};
use steersman::{Config, DynamicClient, Patch, config::Loader, transport::Body};

use crate::{Outcome, recorded::NAMESPACE};

mod pod;

/// The arguments of `record`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How to reach a real kube-apiserver that is thrown away afterwards.
    #[arg(long, value_name = "FILE")]
    kubeconfig: PathBuf,
    /// Where to keep what it says.
    #[arg(long, value_name = "FOLDER", default_value = "tests/bench/data")]
    out: PathBuf,
}

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let config = Loader::new().path(options.kubeconfig.clone()).load()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(record(config, options))
}

async fn record(config: Config, options: &Options) -> Outcome<()> {
    let cluster = DynamicClient::builder().config(config).without_cache().connect().await?;
    make(&cluster).await?;
    let keep = |name: &str, text: String| fs::write(options.out.join(name), text + "\n");
    let path = |rest: &str| format!("/api/v1/namespaces/{NAMESPACE}/{rest}");
    keep("pods.json", document(&cluster, &path("pods"), JSON).await?)?;
    keep("configmap.json", document(&cluster, &path("configmaps/small"), JSON).await?)?;
    keep("version.json", document(&cluster, "/version", JSON).await?)?;
    keep("discovery.json", discovery(&cluster).await?)?;
    Ok(())
}

async fn make(cluster: &DynamicClient) -> Outcome<()> {
    let namespaces = cluster.resource("v1", "Namespace").await?;
    namespaces.create(serde_json::json!({"metadata": {"name": NAMESPACE}})).await?;
    let maps = cluster.resource("v1", "ConfigMap").await?.namespace(NAMESPACE);
    maps.create(serde_json::json!({"metadata": {"name": "small"}, "data": {"mode": "fast"}})).await?;
    let pods = cluster.resource("v1", "Pod").await?.namespace(NAMESPACE);
    let status = pods.subresource("status")?;
    for pod in pod::PODS {
        pods.create(pod.created()).field_manager("kube-controller-manager").await?;
        for (manager, configuration) in pod.applied() {
            pods.apply(configuration).field_manager(manager).await?;
        }
        let network = Patch::merge(pod.network());
        status.patch(pod.name, network).field_manager("multus-daemon").await?;
        for stage in pod.statuses() {
            status.patch(pod.name, Patch::strategic(stage)).field_manager("kubelet").await?;
        }
    }
    Ok(())
}

/// All documents of discovery, aggregated and not.
async fn discovery(cluster: &DynamicClient) -> Outcome<String> {
    let mut aggregated = Map::new();
    let mut plain = Map::new();
    for path in ["/api", "/apis"] {
        aggregated
            .insert(path.to_owned(), serde_json::from_str(&document(cluster, path, AGGREGATED).await?)?);
        plain.insert(path.to_owned(), serde_json::from_str(&document(cluster, path, JSON).await?)?);
    }
    let versions = plain["/apis"]["groups"].as_array().into_iter().flatten();
    let versions = versions.flat_map(|group| group["versions"].as_array().into_iter().flatten());
    let named = versions.filter_map(|version| version["groupVersion"].as_str());
    let paths: Vec<String> =
        std::iter::once("/api/v1".to_owned()).chain(named.map(|name| format!("/apis/{name}"))).collect();
    for path in paths {
        let list = document(cluster, &path, JSON).await?;
        plain.insert(path, serde_json::from_str::<Value>(&list)?);
    }
    Ok(serde_json::to_string(&serde_json::json!({"aggregated": aggregated, "plain": plain}))?)
}

/// An answer, word for word, without the line feed at its end.
async fn document(cluster: &DynamicClient, path: &str, accept: &str) -> Outcome<String> {
    let request = Request::get(path).header(header::ACCEPT, accept).body(Body::empty())?;
    let (_, body) = cluster.client().request_bytes(request).await?;
    let document: &RawValue = serde_json::from_slice(&body)?;
    // Some documents are sent indented; what is kept is one line.
    let text = document.get();
    Ok(if text.contains('\n') { serde_json::from_str::<Value>(text)?.to_string() } else { text.to_owned() })
}

const JSON: &str = "application/json";
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
