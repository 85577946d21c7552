//! What lies below built-in kinds, besides their status and their scale.

use http::Method;
use serde_json::{Value, json};
use steersman::{
    config::{Credentials, Secret},
    prelude::*,
    transport::RetryPolicy,
};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
    context::eventually,
};

cases![
    a12_what_pods_and_services_have_below_them,
    a20_a_container_that_is_added,
    a20_a_container_that_was_added_stays,
    a20_a_pod_that_asks_for_more,
    a20_a_pod_that_would_be_of_another_class,
    a20_a_proxy_to_nothing,
    a20_a_request_for_a_certificate_is_approved,
    a20_a_request_for_a_certificate_is_not_both,
    b53_a_binding_gives_a_pod_its_node,
    b53_a_binding_that_can_not_be,
    b53_a_token_is_a_service_account,
    b53_a_token_is_bound_to_its_pod,
    b53_a_token_that_can_not_be,
    b53_an_eviction_deletes_a_pod,
    b53_an_eviction_that_a_budget_forbids,
    b53_an_eviction_with_options,
    d39_no_subresource_is_written_by_a_verb_that_it_lacks,
];

/// A12, B53: each with the type of what it takes and its verbs, built in or not.
async fn a12_what_pods_and_services_have_below_them(context: Context) -> Outcome {
    let parts = ["get", "patch", "update"];
    let proxy = ["create", "delete", "get", "patch", "update"];
    for (api_version, kind, subresource, gives, verbs) in [
        ("v1", "Pod", "binding", "v1 Binding", &["create"][..]),
        ("v1", "Pod", "ephemeralcontainers", "v1 Pod", &parts),
        ("v1", "Pod", "eviction", "policy/v1 Eviction", &["create"]),
        ("v1", "Pod", "log", "v1 Pod", &["get"]),
        ("v1", "Pod", "proxy", "v1 PodProxyOptions", &proxy),
        ("v1", "Pod", "resize", "v1 Pod", &parts),
        ("v1", "Pod", "status", "v1 Pod", &parts),
        ("v1", "Service", "proxy", "v1 ServiceProxyOptions", &proxy),
        ("v1", "ServiceAccount", "token", "authentication.k8s.io/v1 TokenRequest", &["create"]),
        (
            "certificates.k8s.io/v1",
            "CertificateSigningRequest",
            "approval",
            "certificates.k8s.io/v1 CertificateSigningRequest",
            &parts,
        ),
    ] {
        let resource = context.resource(api_version, kind).await?;
        let found = resource.api().subresource(subresource);
        let found = found.ok_or_else(|| Failure::new(format!("{kind} has no {subresource}")))?;
        same!(found.kind.to_string(), gives);
        let mut listed: Vec<&str> = found.verbs.iter().map(steersman::meta::Verb::as_str).collect();
        listed.sort_unstable();
        same!(listed, verbs);
    }
    Ok(())
}

/// B53, E02: whoever sends it is the account, and may do what everybody may.
async fn b53_a_token_is_a_service_account(context: Context) -> Outcome {
    let accounts = context.resource("v1", "ServiceAccount").await?;
    let robot = accounts.create(json!({"metadata": {"name": "robot"}})).await?;
    let tokens = robot.subresource("token")?;
    let answer = tokens.create("robot", json!({"spec": {"expirationSeconds": 900}})).await?;
    same!((answer.api_version(), answer.kind()), ("authentication.k8s.io/v1", "TokenRequest"));
    same!((answer.name(), answer.at::<i64>("/spec/expirationSeconds")?), ("robot", Some(900)));
    ensure!(answer.at::<String>("/status/expirationTimestamp")?.is_some(), "it ends");
    let user = connect(&context, &answer).await?.whoami().await?;
    same!(user.username, format!("system:serviceaccount:{}:robot", context.namespace));
    ensure!(user.groups.contains(&format!("system:serviceaccounts:{}", context.namespace)), "{user:?}");
    let pods = connect(&context, &answer).await?.resource("v1", "Pod").await?;
    ensure!(
        refused!(pods.namespace(&context.namespace).list().await).is_forbidden(),
        "nobody gave it the right"
    );
    // One that was only tried is no token.
    let tried = tokens.create("robot", json!({})).dry_run().await?;
    same!(tried.at::<i64>("/spec/expirationSeconds")?, Some(3600));
    Ok(())
}

/// A client that holds what a request for a token was answered with.
async fn connect(context: &Context, answer: &Object) -> Result<DynamicClient, Failure> {
    let token: Option<String> = answer.at("/status/token")?;
    let mut config = context.config.clone();
    config.credentials = Credentials::default();
    config.credentials.token = token.map(Secret::new);
    Ok(DynamicClient::builder().config(config).connect().await?)
}

/// B53: it names the object with which it ends, and that must be there.
async fn b53_a_token_is_bound_to_its_pod(context: Context) -> Outcome {
    context.resource("v1", "ServiceAccount").await?.create(json!({"metadata": {"name": "robot"}})).await?;
    let pods = context.resource("v1", "Pod").await?;
    let mut content = Context::pod("holder");
    content["spec"]["serviceAccountName"] = "robot".into();
    let pod = pods.create(content).await?;
    let tokens = context.resource("v1", "ServiceAccount").await?.subresource("token")?;
    let bound = |name: &str, uid: Option<&str>| json!({"spec": {"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid}}});
    let answer = tokens.create("robot", bound("holder", pod.uid())).await?;
    same!(answer.at::<String>("/spec/boundObjectRef/name")?.as_deref(), Some("holder"));
    connect(&context, &answer).await?.whoami().await?;
    let error = refused!(tokens.create("robot", bound("missing", None)).await);
    ensure!(error.is_not_found(), "{error:?}");
    let error = refused!(tokens.create("robot", bound("holder", Some("another"))).await);
    ensure!(error.is_conflict(), "{error:?}");
    Ok(())
}

/// B53: too short a life, and an account that is not there.
async fn b53_a_token_that_can_not_be(context: Context) -> Outcome {
    let accounts = context.resource("v1", "ServiceAccount").await?;
    accounts.create(json!({"metadata": {"name": "robot"}})).await?;
    let tokens = accounts.subresource("token")?;
    let error = refused!(tokens.create("robot", json!({"spec": {"expirationSeconds": 60}})).await);
    ensure!(error.is_invalid(), "{error:?}");
    let causes = error.status().map(|status| status.causes().to_vec()).unwrap_or_default();
    same!(causes.iter().map(|cause| cause.field.as_str()).collect::<Vec<_>>(), ["spec.expirationSeconds"]);
    let error = refused!(tokens.create("missing", json!({})).await);
    ensure!(error.is_not_found(), "{error:?}");
    same!(error.status().map(ToString::to_string), Some("serviceaccounts \"missing\" not found".to_owned()));
    Ok(())
}

/// B53: what a scheduler does.
async fn b53_a_binding_gives_a_pod_its_node(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    pods.create(Context::pod("web")).await?;
    let bindings = pods.subresource("binding")?;
    let binding = json!({"metadata": {"name": "web"}, "target": {"kind": "Node", "name": "nowhere"}});
    bindings.create("web", &binding).dry_run().await?;
    same!(pods.get("web").await?.at::<String>("/spec/nodeName")?, None);
    let answer = bindings.create("web", &binding).await?;
    same!((answer.kind(), answer.at::<String>("/status")?.as_deref()), ("Status", Some("Success")));
    let bound = pods.get("web").await?;
    same!(bound.at::<String>("/spec/nodeName")?.as_deref(), Some("nowhere"));
    let conditions: Vec<Value> = bound.at("/status/conditions")?.unwrap_or_default();
    let scheduled = conditions.iter().find(|condition| condition["type"] == "PodScheduled");
    same!(scheduled.map(|condition| condition["status"].clone()), Some(json!("True")));
    pods.delete("web").grace_period_seconds(0).await?;
    Ok(())
}

/// B53: a pod has one node, and a binding names it.
async fn b53_a_binding_that_can_not_be(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    pods.create(Context::pod("web")).await?;
    let bindings = pods.subresource("binding")?;
    let to =
        |pod: &str, node: &str| json!({"metadata": {"name": pod}, "target": {"kind": "Node", "name": node}});
    ensure!(refused!(bindings.create("web", to("other", "nowhere")).await).is_bad_request(), "two names");
    let error = refused!(bindings.create("missing", to("missing", "nowhere")).await);
    ensure!(error.is_not_found(), "{error:?}");
    bindings.create("web", to("web", "nowhere")).await?;
    let error = refused!(bindings.create("web", to("web", "elsewhere")).await);
    ensure!(error.is_conflict(), "{error:?}");
    let said = error.status().map(ToString::to_string).unwrap_or_default();
    ensure!(said.contains("pod web is already assigned to node \"nowhere\""), "{said}");
    pods.delete("web").grace_period_seconds(0).await?;
    Ok(())
}

/// B53: a pod that nothing protects goes.
async fn b53_an_eviction_deletes_a_pod(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    pods.create(Context::pod("web")).await?;
    let evictions = pods.subresource("eviction")?;
    let eviction = json!({"metadata": {"name": "web"}});
    evictions.create("web", &eviction).dry_run().await?;
    pods.get("web").await?;
    let answer = evictions.create("web", &eviction).await?;
    same!((answer.kind(), answer.at::<String>("/status")?.as_deref()), ("Status", Some("Success")));
    same!(pods.get("web").if_exists().await?, None);
    let error = refused!(evictions.create("web", &eviction).await);
    ensure!(error.is_not_found(), "{error:?}");
    Ok(())
}

/// B53, C29: 429 as long as the budget allows none.
async fn b53_an_eviction_that_a_budget_forbids(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let pod = pods.create(Context::pod("web")).await?;
    let ready = json!([{"type": "Ready", "status": "True"}]);
    let running = json!({"status": {"phase": "Running", "conditions": ready}});
    let pod = pod.patch_status(Patch::strategic(running)).await?;
    let budgets = context.resource("policy/v1", "PodDisruptionBudget").await?;
    let spec = json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}});
    let budget = budgets.create(json!({"metadata": {"name": "web"}, "spec": spec})).await?;
    // What a controller counts, where there is one.
    let counted = |generation: i64, desired: i64| {
        json!({"status": {"observedGeneration": generation, "disruptionsAllowed": 1 - desired, "currentHealthy": 1,
            "desiredHealthy": desired, "expectedPods": 1}})
    };
    budget.patch_status(Patch::merge(counted(1, 1))).await?;
    let evictions = pods.subresource("eviction")?;
    let eviction = json!({"metadata": {"name": "web"}});
    let error = refused!(evictions.create("web", &eviction).await);
    ensure!(error.is_too_many_requests(), "{error:?}");
    let causes = error.status().map(|status| status.causes().to_vec()).unwrap_or_default();
    same!(causes.iter().map(|cause| cause.reason.as_str()).collect::<Vec<_>>(), ["DisruptionBudget"]);
    ensure!(pod.exists().await?, "it was refused");

    let budget = budgets.patch("web", Patch::merge(json!({"spec": {"minAvailable": 0}}))).await?;
    budget.patch_status(Patch::merge(counted(2, 0))).await?;
    budgets.wait("web").for_path("status.disruptionsAllowed", json!(1)).await?;
    evictions.create("web", &eviction).await?;
    ensure!(!pod.exists().await?, "it was allowed");
    Ok(())
}

/// B53, C10: the options of a delete go in the eviction.
async fn b53_an_eviction_with_options(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let pod = pods.create(Context::pod("web")).await?;
    let evictions = pods.subresource("eviction")?;
    let with = |uid: Option<&str>| json!({"metadata": {"name": "web"}, "deleteOptions": {"preconditions": {"uid": uid}}});
    let error = refused!(evictions.create("web", with(Some("another"))).await);
    ensure!(error.is_conflict(), "{error:?}");
    ensure!(pod.exists().await?, "it is another pod that was meant");
    evictions.create("web", with(pod.uid())).await?;
    ensure!(!pod.exists().await?, "it was meant");
    Ok(())
}

/// A20, A22: what a debugger does.
async fn a20_a_container_that_is_added(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let pod = pods.create(Context::pod("web")).await?;
    let ephemeral = pods.subresource("ephemeralcontainers")?;
    let debugger = json!({"name": "debugger", "image": "example.com/debug:1"});
    let patch = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"ephemeralContainers": [debugger]}});
    let patched = ephemeral.patch("web", Patch::strategic(patch)).await?;
    same!((patched.kind(), patched.uid()), ("Pod", pod.uid()));
    same!(patched.at::<String>("/spec/ephemeralContainers/0/name")?.as_deref(), Some("debugger"));
    same!(
        patched.at::<String>("/spec/ephemeralContainers/0/imagePullPolicy")?.as_deref(),
        Some("IfNotPresent")
    );
    same!(patched.labels().get("a"), None);
    same!(ephemeral.get("web").await?.at::<Value>("/spec")?, pods.get("web").await?.at::<Value>("/spec")?);
    Ok(())
}

/// A20, A23: added is added.
async fn a20_a_container_that_was_added_stays(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    pods.create(Context::pod("web")).await?;
    let ephemeral = pods.subresource("ephemeralcontainers")?;
    let debugger = json!([{"name": "debugger", "image": "example.com/debug:1"}]);
    let patch = Patch::strategic(json!({"spec": {"ephemeralContainers": debugger}}));
    let added = ephemeral.patch("web", patch).await?;
    let other = added.set("/spec/ephemeralContainers/0/image", json!("example.com/debug:2"))?;
    ensure!(refused!(ephemeral.replace("web", other).await).is_invalid(), "it was changed");
    let without = added.remove("/spec/ephemeralContainers")?;
    ensure!(refused!(ephemeral.replace("web", without).await).is_invalid(), "it was removed");
    Ok(())
}

fn asking(name: &str, cpu: &str) -> Value {
    let mut pod = Context::pod(name);
    pod["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu, "memory": "10Mi"}});
    pod
}

/// A20, A22, A35: what the containers ask for changes, and nothing else.
async fn a20_a_pod_that_asks_for_more(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let pod = pods.create(asking("web", "100m")).await?;
    same!(pod.at::<String>("/status/qosClass")?.as_deref(), Some("Burstable"));
    let resize = pods.subresource("resize")?;
    let container =
        json!({"name": "main", "image": "example.com/other:1", "resources": {"requests": {"cpu": "200m"}}});
    let patch = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container]}});
    let resized = resize.patch("web", Patch::strategic(patch)).await?;
    let of = |pod: &Object, field: &str| pod.at::<Value>(&format!("/spec/containers/0/{field}"));
    same!(of(&resized, "resources/requests")?, Some(json!({"cpu": "200m", "memory": "10Mi"})));
    same!(of(&resized, "image")?, of(&pod, "image")?);
    same!(resized.labels().get("a"), None);
    let whole = pods.patch(
        "web",
        Patch::strategic(json!({"spec": {"containers": [
            {"name": "main", "resources": {"requests": {"cpu": "300m"}}},
        ]}})),
    );
    ensure!(refused!(whole.await).is_invalid(), "the pod itself can't be resized");
    Ok(())
}

/// A20: that is decided when a pod is made.
async fn a20_a_pod_that_would_be_of_another_class(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let pod = pods.create(Context::pod("web")).await?;
    same!(pod.at::<String>("/status/qosClass")?.as_deref(), Some("BestEffort"));
    let container = json!({"name": "main", "resources": {"requests": {"cpu": "200m"}}});
    let patch = Patch::strategic(json!({"spec": {"containers": [container]}}));
    let error = refused!(pods.subresource("resize")?.patch("web", patch).await);
    ensure!(error.is_invalid(), "{error:?}");
    let said = error.status().map(ToString::to_string).unwrap_or_default();
    ensure!(said.contains("QOS"), "{said}");
    Ok(())
}

fn certificate_request(name: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "spec": {"request": REQUEST, "signerName": "example.com/nobody", "usages": ["client auth"]},
    })
}

/// A20, A22, A23: a condition is set by who may, and nothing else.
async fn a20_a_request_for_a_certificate_is_approved(context: Context) -> Outcome {
    let requests = context.resource("certificates.k8s.io/v1", "CertificateSigningRequest").await?;
    let created = requests.create(certificate_request(&context.namespace)).await?;
    let outcome = approve(&context, &requests, &created).await;
    created.delete().await?;
    outcome
}

async fn approve(context: &Context, requests: &Resource, created: &ResourceInstance) -> Outcome {
    let name = &*context.namespace;
    let user = context.cluster.whoami().await?;
    same!(created.at::<String>("/spec/username")?, Some(user.username));
    let approval = requests.subresource("approval")?;
    let read = approval.get(name).await?;
    same!((read.uid(), read.kind()), (created.uid(), "CertificateSigningRequest"));
    let approved =
        json!([{"type": "Approved", "status": "True", "reason": "Looked", "message": "it is fine"}]);
    let wanted =
        read.set("/status/conditions", &approved)?.set("/spec/signerName", json!("example.com/other"))?;
    let answer = approval.replace(name, wanted).await?;
    same!(answer.at::<String>("/status/conditions/0/type")?.as_deref(), Some("Approved"));
    ensure!(answer.at::<String>("/status/conditions/0/lastUpdateTime")?.is_some(), "it says when");
    same!(answer.at::<String>("/spec/signerName")?.as_deref(), Some("example.com/nobody"));
    let removed = answer.remove("/status/conditions")?;
    ensure!(refused!(approval.replace(name, removed).await).is_invalid(), "it was taken back");
    // Elsewhere it can't be said.
    let denied = json!({"status": {"conditions": [{"type": "Denied", "status": "True"}]}});
    let patched = requests.patch(name, Patch::merge(denied)).await?;
    same!(patched.at::<String>("/status/conditions/0/type")?.as_deref(), Some("Approved"));
    Ok(())
}

/// A20: approved or denied.
async fn a20_a_request_for_a_certificate_is_not_both(context: Context) -> Outcome {
    let requests = context.resource("certificates.k8s.io/v1", "CertificateSigningRequest").await?;
    let created = requests.create(certificate_request(&context.namespace)).await?;
    let condition = |kind: &str| json!({"type": kind, "status": "True", "reason": "Looked"});
    let both = json!({"status": {"conditions": [condition("Approved"), condition("Denied")]}});
    let error = requests.subresource("approval")?.patch(created.name(), Patch::merge(both)).await;
    created.delete().await?;
    ensure!(refused!(error).is_invalid(), "it is both");
    Ok(())
}

/// A20, B08, B12: a proxy leads on, or says why it does not.
async fn a20_a_proxy_to_nothing(context: Context) -> Outcome {
    let services = context.resource("v1", "Service").await?;
    let ports = json!([{"name": "http", "port": 80}]);
    services
        .create(json!({"metadata": {"name": "web"}, "spec": {"ports": ports, "selector": {"app": "web"}}}))
        .await?;
    let proxy = services.subresource("proxy")?;
    // A controller says a moment later that nobody is behind the service; before that, nobody knows.
    let error = eventually("a service without endpoints", || async {
        // A 503 would be asked again for by itself.
        let request = proxy.request(Method::GET, "web:http")?.extension(RetryPolicy::never());
        let error = refused!(request.url("healthz").text().await);
        Ok((!error.is_not_found()).then_some(error))
    })
    .await?;
    same!(
        (error.code(), error.reason().map(ToString::to_string)),
        (Some(503), Some("ServiceUnavailable".to_owned()))
    );
    let said = error.status().map(ToString::to_string).unwrap_or_default();
    ensure!(said.contains("no endpoints available for service"), "{said}");
    let error = refused!(proxy.request(Method::GET, "missing")?.url("healthz").text().await);
    ensure!(error.is_not_found() || error.code() == Some(503), "{error:?}");
    let pods = context.resource("v1", "Pod").await?.subresource("proxy")?;
    let error = refused!(pods.request(Method::GET, "missing")?.url("healthz").text().await);
    ensure!(error.is_not_found(), "{error:?}");
    let nodes = context.resource("v1", "Node").await?.subresource("proxy")?;
    let error = refused!(nodes.request(Method::GET, "missing")?.url("healthz").text().await);
    ensure!(error.is_not_found(), "{error:?}");
    context.resource("v1", "Pod").await?.create(Context::pod("nowhere")).await?;
    let error = refused!(pods.request(Method::GET, "nowhere")?.url("healthz").text().await);
    ensure!(error.is_bad_request(), "a pod without an address: {error:?}");
    Ok(())
}

/// A12, D39: refused by what discovery lists, before anything is sent.
async fn d39_no_subresource_is_written_by_a_verb_that_it_lacks(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let merge = || Patch::merge(json!({}));
    for error in [
        refused!(pods.subresource("log")?.patch("web", merge()).await),
        refused!(pods.subresource("eviction")?.get("web").await),
        refused!(pods.subresource("binding")?.replace("web", json!({})).await),
        refused!(pods.subresource("status")?.delete("web").await),
    ] {
        let said = error.local().map(ToString::to_string).unwrap_or_default();
        ensure!(said.starts_with("the resource does not serve"), "{error:?}");
    }
    Ok(())
}

/// A PEM block of a request that asks for a certificate of `CN=applicant`, in base64.
const REQUEST: &str = concat!(
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIT01IWUNBUUF3RkRFU01CQUdBMVVFQXd3SllYQndiR2xqWVc1",
    "ME1Ga3dFd1lIS29aSXpqMENBUVlJS29aSQp6ajBEQVFjRFFnQUVrVjZ0TmdETVdWZnlOdDJmSXdhWWk4aDhJMjJjRVB3czVIVnRU",
    "Q2RzVCtCKzRaZjRDVmJECmRYeWR1TkUwVlQyb0xJNjA2N2w4WmtFdkd4RjdudTdCRXFBQU1Bb0dDQ3FHU000OUJBTUNBMGdBTUVV",
    "Q0lRRG4KUkdTbHIxNjhJMnFUM00vU1M0MUJDcFZFUmsxTUlBWTA0VDdncVJlUDBBSWdhR0o5Q05FN0NNVDVqTkZWaS8yNApPcnl1",
    "TElUZU9zWTFBaDZjSThGN3lFQT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==",
);
