//! A Kubernetes API server for tests: [`EnvTest`], embedded in the process, or the [`real`] one beside it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), steersman_envtest::Error> {
//! let env = steersman_envtest::EnvTest::start().await?;
//! let config = env.config(); // a client's configuration, with a client certificate
//! # drop(config);
//! # Ok(())
//! # }
//! ```
//!
//! # What the embedded server does not do
//! It runs no controllers: a Deployment makes no pods, and owned objects are not garbage collected (foreground and
//! orphaning deletions end at once). There is no protobuf: what sends that, like `kubectl create namespace|configmap …`,
//! is refused with 415, where `kubectl create -f` and `kubectl apply` work. There is no admission webhook, no conversion webhook, no CEL rule, no
//! OpenAPI document (kubectl needs `--validate=false`), no exec, no port-forward. A pod's log is what the test writes with [`EnvTest::pod_log`], and what its proxy leads to is what the test
//! answers with [`EnvTest::answer_for_pod`]. What a disruption budget allows is what the test writes into its status, and a certificate that is approved is not
//! signed. Of built-in kinds, the
//! fields that its semantics need are typed and checked; others are kept as they come.
//!
//! **Invariant.** Of the client it knows only `steersman-config`: one bug must not sit on both sides of the wire.

mod embedded;
mod error;

#[cfg(unix)]
pub mod real;

pub use embedded::{Access, EnvTest, EnvTestBuilder, Fault, PodLog, RecordedRequest, User};
pub use error::{Error, ErrorKind};
