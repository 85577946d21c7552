//! What is measured of this project, a file for each mode. They use what a user would use, and nothing else.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use steersman::{
    Client, Config, DynamicClient,
    config::Trust,
    transport::{Metrics, RequestSummary},
};
use steersman_bench_frame::{Arguments, Measured, Meter, Mode};

use crate::Outcome;

mod body;
mod discovery;
mod get;
mod list;
mod request;
mod store;
mod watch;

/// Connects, does what the arguments say, and tells what it took.
pub(crate) async fn run(arguments: &Arguments) -> Outcome<Measured> {
    let bench = Bench::connect(arguments).await?;
    match arguments.mode {
        Mode::List => list::whole(&bench).await,
        Mode::ListPaged => list::paged(&bench).await,
        Mode::Watch => watch::run(&bench).await,
        Mode::Store => store::run(&bench).await,
        Mode::Get | Mode::Get16 => get::run(&bench).await,
        Mode::Discovery => discovery::run(&bench).await,
        Mode::Request | Mode::Request16 => request::run(&bench).await,
        Mode::Body => body::run(&bench).await,
        mode => Err(steersman_bench_frame::Unsupported::new(mode).into()),
    }
}

/// A client that is connected, and what it is told to do.
struct Bench<'a> {
    arguments: &'a Arguments,
    client: Client,
    cluster: DynamicClient,
    requests: Arc<Requests>,
}

impl<'a> Bench<'a> {
    /// One small request has been answered when this returns, so that the connection is there.
    async fn connect(arguments: &'a Arguments) -> Outcome<Self> {
        let mut config = Config::new(arguments.server.parse()?);
        if let Some(pem) = arguments.authority()? {
            config.trust = Trust::Authorities(pem);
        }
        let requests = Arc::new(Requests::default());
        let mut builder = Client::builder(config);
        if !known_requests(arguments.mode) {
            builder = builder.metrics(Arc::clone(&requests) as Arc<dyn Metrics>);
        }
        let client = builder.build()?;
        let cluster = DynamicClient::builder().client(client.clone()).without_cache().connect().await?;
        cluster.version().await?;
        Ok(Self { arguments, client, cluster, requests })
    }

    fn start(&self) -> Outcome<Meter> {
        self.requests.0.store(0, Ordering::Relaxed);
        Ok(Meter::start()?)
    }

    fn stop(&self, meter: Meter, items: u64) -> Outcome<Measured> {
        let counted = self.requests.0.load(Ordering::Relaxed);
        let requests = if known_requests(self.arguments.mode) { items } else { counted };
        Ok(meter.stop(self.arguments.mode, items, requests)?)
    }
}

/// Whether there is a request for each item. Those of the other modes are counted, which costs a little with each.
fn known_requests(mode: Mode) -> bool {
    matches!(mode, Mode::Get | Mode::Get16 | Mode::Request | Mode::Request16 | Mode::Body)
}

/// Counts the requests.
#[derive(Debug, Default)]
struct Requests(AtomicU64);

impl Metrics for Requests {
    fn request(&self, _: &RequestSummary<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
