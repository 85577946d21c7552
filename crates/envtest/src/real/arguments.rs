//! What each program is told on its command line.

use std::{collections::BTreeMap, path::Path};

use super::{layout::Layout, ports::Ports};

/// The flags of a program: each once, sorted by name, `--name=value`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments(BTreeMap<String, String>);

impl Arguments {
    /// Adds flags; one that is there already gets the new value.
    pub(super) fn extend(&mut self, flags: impl IntoIterator<Item = (String, String)>) {
        self.0.extend(flags);
    }

    pub(super) fn render(&self) -> Vec<String> {
        self.0.iter().map(|(name, value)| format!("--{name}={value}")).collect()
    }

    fn new<const N: usize>(flags: [(&str, String); N]) -> Self {
        Self(flags.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

pub(super) fn etcd(layout: &Layout, ports: Ports) -> Arguments {
    let url = etcd_url(ports);
    Arguments::new([
        ("advertise-client-urls", url.clone()),
        ("data-dir", text(&layout.etcd_data())),
        ("listen-client-urls", url),
        // It has no peers; the system picks the port.
        ("listen-peer-urls", "http://127.0.0.1:0".to_owned()),
        // Nobody needs the data after a crash, and waiting for disks is most of a write.
        ("unsafe-no-fsync", "true".to_owned()),
    ])
}

pub(super) fn apiserver(layout: &Layout, ports: Ports) -> Arguments {
    Arguments::new([
        // Goes into the endpoints of the service `kubernetes` and is never connected to. Without it the server looks
        // for a network interface, and there may be none; loopback addresses are refused.
        ("advertise-address", "192.0.2.1".to_owned()),
        ("allow-privileged", "true".to_owned()),
        ("authorization-mode", "RBAC".to_owned()),
        ("bind-address", "127.0.0.1".to_owned()),
        ("cert-dir", text(&layout.run())),
        ("client-ca-file", text(&layout.client_ca())),
        // It would refuse pods until a controller has made the service account of their namespace.
        ("disable-admission-plugins", "ServiceAccount".to_owned()),
        ("etcd-servers", etcd_url(ports)),
        ("secure-port", ports.apiserver.to_string()),
        ("service-account-issuer", "https://kubernetes.default.svc".to_owned()),
        ("service-account-key-file", text(&layout.service_account_public_key())),
        ("service-account-signing-key-file", text(&layout.service_account_key())),
        ("service-cluster-ip-range", "10.0.0.0/24".to_owned()),
        // A server that stops would wait a minute for watches that nobody ends, and two seconds for idle connections.
        ("shutdown-send-retry-after", "true".to_owned()),
        ("shutdown-watch-termination-grace-period", "1s".to_owned()),
        ("tls-cert-file", text(&layout.serving_certificate())),
        ("tls-private-key-file", text(&layout.serving_key())),
        ("token-auth-file", text(&layout.tokens())),
    ])
}

pub(super) fn controller_manager(layout: &Layout) -> Arguments {
    Arguments::new([
        ("controllers", "*".to_owned()),
        ("kubeconfig", text(&layout.controller_manager_kubeconfig())),
        ("leader-elect", "false".to_owned()),
        ("root-ca-file", text(&layout.serving_ca())),
        // It serves nothing, so that it needs neither a port nor a certificate.
        ("secure-port", "0".to_owned()),
        ("service-account-private-key-file", text(&layout.service_account_key())),
        ("use-service-account-credentials", "false".to_owned()),
    ])
}

pub(super) fn kwok(layout: &Layout, ports: Ports) -> Arguments {
    Arguments::new([
        ("config", text(&layout.kwok_config())),
        ("kubeconfig", text(&layout.kwok_kubeconfig())),
        ("manage-all-nodes", "true".to_owned()),
        ("node-ip", "127.0.0.1".to_owned()),
        ("node-port", ports.kwok.to_string()),
        ("server-address", format!("127.0.0.1:{}", ports.kwok)),
        ("tls-cert-file", text(&layout.serving_certificate())),
        ("tls-private-key-file", text(&layout.serving_key())),
    ])
}

pub(super) fn etcd_url(ports: Ports) -> String {
    format!("http://127.0.0.1:{}", ports.etcd)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Arguments, apiserver, controller_manager, etcd, kwok};
    use crate::real::{layout::Layout, ports::Ports};

    /// Where a path under the folder reads as `DIR/…`.
    #[track_caller]
    fn check(arguments: impl Fn(&Layout, Ports) -> Arguments, want: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path(), None).unwrap();
        let rendered = arguments(&layout, Ports { etcd: 2379, apiserver: 6443, kwok: 10250 }).render();
        let folder = folder.path().to_str().unwrap();
        let rendered: Vec<String> = rendered.iter().map(|argument| argument.replace(folder, "DIR")).collect();
        assert_eq!(rendered, want);
    }

    #[test]
    fn etcd_listens_on_loopback_only() {
        check(
            etcd,
            &[
                "--advertise-client-urls=http://127.0.0.1:2379",
                "--data-dir=DIR/etcd",
                "--listen-client-urls=http://127.0.0.1:2379",
                "--listen-peer-urls=http://127.0.0.1:0",
                "--unsafe-no-fsync=true",
            ],
        );
    }

    #[test]
    fn apiserver_flags_are_sorted_and_replaced_by_the_caller_s() {
        let flag = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        check(
            |layout, ports| {
                let mut arguments = apiserver(layout, ports);
                arguments.extend([flag("authorization-mode", "Node,RBAC"), flag("feature-gates", "A=true")]);
                arguments
            },
            &[
                "--advertise-address=192.0.2.1",
                "--allow-privileged=true",
                "--authorization-mode=Node,RBAC",
                "--bind-address=127.0.0.1",
                "--cert-dir=DIR/run",
                "--client-ca-file=DIR/client-ca.crt",
                "--disable-admission-plugins=ServiceAccount",
                "--etcd-servers=http://127.0.0.1:2379",
                "--feature-gates=A=true",
                "--secure-port=6443",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=DIR/service-account.pub",
                "--service-account-signing-key-file=DIR/service-account.key",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--shutdown-send-retry-after=true",
                "--shutdown-watch-termination-grace-period=1s",
                "--tls-cert-file=DIR/apiserver.crt",
                "--tls-private-key-file=DIR/apiserver.key",
                "--token-auth-file=DIR/tokens.csv",
            ],
        );
    }

    #[test]
    fn controller_manager_serves_nothing_and_elects_nobody() {
        check(
            |layout, _| controller_manager(layout),
            &[
                "--controllers=*",
                "--kubeconfig=DIR/controller-manager.kubeconfig",
                "--leader-elect=false",
                "--root-ca-file=DIR/serving-ca.crt",
                "--secure-port=0",
                "--service-account-private-key-file=DIR/service-account.key",
                "--use-service-account-credentials=false",
            ],
        );
    }

    #[test]
    fn kwok_is_the_kubelet_of_all_nodes() {
        check(
            kwok,
            &[
                "--config=DIR/kwok.yaml",
                "--kubeconfig=DIR/kwok.kubeconfig",
                "--manage-all-nodes=true",
                "--node-ip=127.0.0.1",
                "--node-port=10250",
                "--server-address=127.0.0.1:10250",
                "--tls-cert-file=DIR/apiserver.crt",
                "--tls-private-key-file=DIR/apiserver.key",
            ],
        );
    }
}
