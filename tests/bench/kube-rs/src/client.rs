//! The modes, and the client with its counter of requests.

use std::{
    collections::HashMap,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{StreamExt, TryStreamExt, future::try_join_all};
use http::{Request, Response};
use kube::{
    Api, Client, Config, ResourceExt,
    api::{DynamicObject, ListParams, WatchEvent, WatchParams},
    client::{Body, ClientBuilder},
    core::{ApiResource, GroupVersionKind},
    discovery::Discovery,
};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use steersman_bench_frame::{Arguments, Measured, Meter, Mode, Unsupported};
use tower::{Service, layer::layer_fn};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Does what the arguments say, and prints what it took.
///
/// # Errors
/// If the server does not answer as it should.
pub fn run(arguments: &Arguments) -> Outcome<()> {
    arguments.runtime()?.block_on(measure(arguments))?.print()?;
    Ok(())
}

async fn measure(arguments: &Arguments) -> Outcome<Measured> {
    let requests = Arc::new(AtomicU64::new(0));
    let client = client(arguments, Arc::clone(&requests))?;
    let pods = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Pod"));
    client.apiserver_version().await?;
    requests.store(0, Ordering::Relaxed);
    let meter = Meter::start()?;
    let mut kept = HashMap::new();
    let all: Api<DynamicObject> = Api::all_with(client.clone(), &pods);
    let items = match arguments.mode {
        Mode::List => {
            let list = all.list(&ListParams::default()).await?;
            list.items.iter().map(name_and_node).sum()
        }
        Mode::ListPaged => {
            let mut items = 0;
            let mut params = ListParams::default().limit(500);
            loop {
                let page = all.list(&params).await?;
                let next = page.metadata.continue_.clone();
                items += page.items.into_iter().map(|pod| name_and_node(&pod)).sum::<u64>();
                match next {
                    Some(token) if !token.is_empty() => params = params.continue_token(&token),
                    _ => break items,
                }
            }
        }
        Mode::Store => {
            let mut params = ListParams::default().limit(500);
            loop {
                let page = all.list(&params).await?;
                let next = page.metadata.continue_.clone();
                for mut pod in page.items {
                    pod.metadata.managed_fields = None;
                    kept.insert((pod.namespace(), pod.name_any()), pod);
                }
                match next {
                    Some(token) if !token.is_empty() => params = params.continue_token(&token),
                    _ => break kept.len() as u64,
                }
            }
        }
        Mode::Watch => {
            let params = WatchParams::default();
            let mut events = all.watch(&params, "1").await?.take(arguments.count as usize).boxed();
            let mut items = 0;
            while let Some(event) = events.try_next().await? {
                let (kind, pod) = match &event {
                    WatchEvent::Added(pod) => ("ADDED", pod),
                    WatchEvent::Modified(pod) => ("MODIFIED", pod),
                    WatchEvent::Deleted(pod) => ("DELETED", pod),
                    _ => continue,
                };
                items += u64::from(!kind.is_empty() && !pod.name_any().is_empty());
            }
            items
        }
        Mode::Get | Mode::Get16 => {
            let (namespace, name) = arguments.namespace_and_name();
            let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &pods);
            let each = arguments.count / arguments.mode.loops();
            let loops = (0..arguments.mode.loops()).map(|_| async {
                let mut items = 0;
                for _ in 0..each {
                    items += u64::from(!api.get(name).await?.name_any().is_empty());
                }
                Ok::<_, kube::Error>(items)
            });
            try_join_all(loops).await?.into_iter().sum()
        }
        Mode::Discovery => {
            let found = Discovery::new(client.clone()).run_aggregated().await?;
            found.groups().map(|group| group.recommended_resources().len() as u64).sum()
        }
        mode => return Err(Unsupported::new(mode).into()),
    };
    Ok(meter.stop(arguments.mode, items, requests.load(Ordering::Relaxed))?)
}

/// Reads what the modes with lists read, and counts the pod.
fn name_and_node(pod: &DynamicObject) -> u64 {
    let node = pod.data["spec"]["nodeName"].as_str().unwrap_or_default();
    u64::from(!pod.name_any().is_empty() && !node.is_empty())
}

fn client(arguments: &Arguments, requests: Arc<AtomicU64>) -> Outcome<Client> {
    let mut config = Config::new(arguments.server.parse()?);
    if let Some(pem) = arguments.authority()? {
        let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>()?;
        config.root_cert = Some(certificates.iter().map(|certificate| certificate.to_vec()).collect());
    }
    let counted = layer_fn(move |inner| Counted { inner, requests: Arc::clone(&requests) });
    Ok(ClientBuilder::try_from(config)?.with_layer(&counted).build())
}

/// A service that counts its requests.
#[derive(Clone)]
struct Counted<S> {
    inner: S,
    requests: Arc<AtomicU64>,
}

impl<S, B> Service<Request<Body>> for Counted<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.inner.call(request)
    }
}
