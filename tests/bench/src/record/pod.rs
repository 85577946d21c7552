//! Pods as clusters at work have them.

use serde_json::{Map, Value, json};

/// What a pod is made of.
pub(super) struct Pod {
    pub(super) name: &'static str,
    app: &'static str,
    owner: (&'static str, &'static str),
    node: &'static str,
    address: &'static str,
    containers: &'static [&'static str],
}

/// One of each kind that a cluster has many of.
pub(super) const PODS: &[Pod] = &[
    Pod {
        name: "web-6c9f7d8b5d-x7k2q",
        app: "web",
        owner: ("ReplicaSet", "web-6c9f7d8b5d"),
        node: "ip-10-0-41-107.compute.internal",
        address: "10.0.41.23",
        containers: &["web"],
    },
    Pod {
        name: "orders-0",
        app: "orders",
        owner: ("StatefulSet", "orders"),
        node: "ip-10-0-52-14.compute.internal",
        address: "10.0.52.77",
        containers: &["orders"],
    },
    Pod {
        name: "log-shipper-w8n4t",
        app: "log-shipper",
        owner: ("DaemonSet", "log-shipper"),
        node: "ip-10-0-63-201.compute.internal",
        address: "10.0.63.201",
        containers: &["log-shipper"],
    },
    Pod {
        name: "invoices-28991520-mv5zc",
        app: "invoices",
        owner: ("Job", "invoices-28991520"),
        node: "ip-10-0-41-98.compute.internal",
        address: "10.0.41.140",
        containers: &["invoices"],
    },
];

impl Pod {
    /// What the controller creates.
    pub(super) fn created(&self) -> Value {
        let (kind, owner) = self.owner;
        let group = if kind == "Job" { "batch/v1" } else { "apps/v1" };
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": self.name,
                "generateName": format!("{owner}-"),
                "labels": {
                    "app.kubernetes.io/name": self.app,
                    "app.kubernetes.io/instance": format!("{}-production", self.app),
                    "pod-template-hash": "6c9f7d8b5d",
                },
                "annotations": {
                    "prometheus.io/scrape": "true",
                    "prometheus.io/port": "9090",
                    "checksum/config": "b7a41a5e0c1c2a7e3c6b1f8e5d0a9c4b6f3e2d1c0b9a8f7e6d5c4b3a29180706",
                },
                "ownerReferences": [{
                    "apiVersion": group, "kind": kind, "name": owner, "controller": true, "blockOwnerDeletion": true,
                    "uid": "0f6f3c52-6a51-4b0e-9c2f-8f1d2a7be901",
                }],
            },
            "spec": {
                "nodeName": self.node,
                "serviceAccountName": self.app,
                "priority": 0,
                "enableServiceLinks": false,
                "terminationGracePeriodSeconds": 30,
                "tolerations": [
                    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                ],
                "containers": self.containers.iter().map(|name| self.container(name)).collect::<Vec<_>>(),
                "volumes": [
                    {"name": "config", "configMap": {"name": format!("{}-config", self.app), "defaultMode": 420}},
                    {"name": "scratch", "emptyDir": {}},
                    {"name": "kube-api-access-4zq7r", "projected": {"defaultMode": 420, "sources": [
                        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
                    ]}},
                ],
            },
        })
    }

    fn container(&self, name: &str) -> Value {
        let from = |field: &str| json!({"fieldRef": {"apiVersion": "v1", "fieldPath": field}});
        json!({
            "name": name,
            "image": format!("registry.example.com/{}/{name}:v2.14.3", self.app),
            "imagePullPolicy": "IfNotPresent",
            "command": ["/usr/local/bin/entrypoint", "--config=/etc/app/config.yaml", "--listen=:8080", "--metrics=:9090"],
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            "env": [
                {"name": "POD_NAME", "valueFrom": from("metadata.name")},
                {"name": "POD_IP", "valueFrom": from("status.podIP")},
                {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": format!("{}-db", self.app), "key": "url"}}},
            ],
            "resources": {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "250m", "memory": "512Mi"}},
            "readinessProbe": {
                "httpGet": {"path": "/healthz/ready", "port": "http", "scheme": "HTTP"},
                "periodSeconds": 10, "timeoutSeconds": 3, "successThreshold": 1, "failureThreshold": 3,
            },
            "securityContext": {
                "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true,
            },
            "volumeMounts": [
                {"name": "config", "mountPath": "/etc/app", "readOnly": true},
                {"name": "scratch", "mountPath": "/var/run/app"},
                {"name": "kube-api-access-4zq7r", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true},
            ],
        })
    }

    /// What others apply on top: the deployment tool and the mesh.
    pub(super) fn applied(&self) -> [(&'static str, Value); 2] {
        let with = |metadata: Value| {
            let mut whole = Map::from_iter([("name".to_owned(), json!(self.name))]);
            whole.extend(metadata.as_object().cloned().unwrap_or_default());
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": whole})
        };
        [
            (
                "argocd-controller",
                with(json!({
                    "labels": {"app.kubernetes.io/managed-by": "argocd", "app.kubernetes.io/part-of": "shop", "team": "storefront"},
                    "annotations": {"argocd.argoproj.io/tracking-id": format!("shop:/Pod:shop/{}", self.app)},
                })),
            ),
            (
                "istio-injector",
                with(json!({
                    "labels": {"security.istio.io/tlsMode": "istio", "service.istio.io/canonical-name": self.app,
                        "service.istio.io/canonical-revision": "latest"},
                    "annotations": {"sidecar.istio.io/status": "{\"initContainers\":[\"istio-init\"],\"containers\":[\"istio-proxy\"]}"},
                })),
            ),
        ]
    }

    /// What the network plugin says.
    pub(super) fn network(&self) -> Value {
        let address = self.address;
        json!({"metadata": {"annotations": {"k8s.v1.cni.cncf.io/network-status":
            format!("[{{\n    \"name\": \"aws-cni\",\n    \"interface\": \"eth0\",\n    \"ips\": [\n        \"{address}\"\n    ],\n    \"default\": true\n}}]")}}})
    }

    /// What kubelet says, first while the pod starts and then when it runs.
    pub(super) fn statuses(&self) -> [Value; 2] {
        let at = "2026-03-02T08:15:27Z";
        let conditions = |ready: &str| {
            ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
                |name| {
                    let status = if name.contains("Ready") { ready } else { "True" };
                    json!({"type": name, "status": status, "lastProbeTime": null, "lastTransitionTime": at})
                },
            )
        };
        let running = self.containers.iter().enumerate().map(|(number, name)| json!({
            "name": name,
            "image": format!("registry.example.com/{}/{name}:v2.14.3", self.app),
            "imageID": format!("registry.example.com/{}/{name}@sha256:7d1f0c5b9e3a4826b1c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a{number}", self.app),
            "containerID": format!("containerd://3f9a1c7e5b2d4860a8c6e4f2b0d9c7a5e3f1b8d6c4a2e0f9b7d5c3a1e8f6b4d{number}"),
            "ready": true, "started": true, "restartCount": 0,
            "state": {"running": {"startedAt": at}},
            "lastState": {},
        }));
        [
            json!({"status": {"phase": "Pending", "startTime": at, "hostIP": "10.0.41.107", "conditions": conditions("False")}}),
            json!({"status": {
                "phase": "Running", "podIP": self.address, "podIPs": [{"ip": self.address}],
                "hostIPs": [{"ip": "10.0.41.107"}], "conditions": conditions("True"),
                "containerStatuses": running.collect::<Vec<_>>(),
            }}),
        ]
    }
}
