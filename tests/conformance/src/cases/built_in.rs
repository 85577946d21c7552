//! The rules of built-in kinds, as far as they matter to whoever writes them.

use serde_json::{Value, json};
use steersman::{Error, prelude::*};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a07_defaults_of_a_deployment,
    a07_defaults_of_a_service,
    a09_a_lease_has_times,
    c09_a_resource_version_is_not_the_creators,
    c09_the_server_keeps_its_own_metadata,
    d38_a_deployment_that_does_not_select_its_pods,
    d38_a_pod_without_containers,
    d38_a_selector_does_not_change,
    d38_labels_that_are_none,
    d38_what_is_immutable_stays,
];

/// The fields of the causes, in order, each once.
fn fields(error: &Error) -> Vec<String> {
    let causes = error.status().map(|status| status.causes().to_vec()).unwrap_or_default();
    let mut fields: Vec<String> = causes.into_iter().map(|cause| cause.field).collect();
    fields.sort();
    fields.dedup();
    fields
}

/// C09: an object that is read from one cluster can't be created in another as it is.
async fn c09_a_resource_version_is_not_the_creators(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let content = json!({"metadata": {"name": "a", "resourceVersion": "5"}});
        let error = refused!(resource.create(content).await);
        let message = error.status().map(ToString::to_string).unwrap_or_default();
        ensure!(message.contains("resourceVersion should not be set on objects to be created"), "{message}");
    }
    Ok(())
}

/// C09: uid, times and generation are the server's, whatever the content says.
async fn c09_the_server_keeps_its_own_metadata(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let mut content = Context::widget("a", "red");
    content["metadata"]["uid"] = json!("00000000-0000-0000-0000-000000000000");
    content["metadata"]["creationTimestamp"] = json!("2001-01-01T00:00:00Z");
    content["metadata"]["deletionTimestamp"] = json!("2001-01-01T00:00:00Z");
    content["metadata"]["generation"] = json!(7);
    let created = widgets.create(content).await?;
    ensure!(created.uid() != Some("00000000-0000-0000-0000-000000000000"), "{}", created.as_json());
    ensure!(created.metadata().creation_timestamp.as_deref() > Some("2026"), "{}", created.as_json());
    same!((created.metadata().generation, &created.metadata().deletion_timestamp), (Some(1), &None));
    Ok(())
}

/// A07: what is left out gets a value, so that what comes back is more than what was sent.
async fn a07_defaults_of_a_deployment(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    let mut content = Context::deployment("web", 0);
    content["spec"].as_object_mut().map(|spec| spec.remove("replicas"));
    let web = deployments.create(content).dry_run().await?;
    for (pointer, want) in [
        ("/spec/replicas", json!(1)),
        ("/spec/revisionHistoryLimit", json!(10)),
        ("/spec/progressDeadlineSeconds", json!(600)),
        (
            "/spec/strategy",
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}),
        ),
        ("/spec/template/spec/restartPolicy", json!("Always")),
        ("/spec/template/spec/dnsPolicy", json!("ClusterFirst")),
        ("/spec/template/spec/terminationGracePeriodSeconds", json!(30)),
        ("/spec/template/spec/containers/0/imagePullPolicy", json!("IfNotPresent")),
        ("/spec/template/spec/containers/0/terminationMessagePath", json!("/dev/termination-log")),
        ("/spec/template/spec/containers/0/resources", json!({})),
    ] {
        let got: Option<Value> = web.at(pointer)?;
        ensure!(got.as_ref() == Some(&want), "{pointer} is {got:?}, and not {want}");
    }
    Ok(())
}

/// A07: type, protocol, target port and an address of its own.
async fn a07_defaults_of_a_service(context: Context) -> Outcome {
    let services = context.resource("v1", "Service").await?;
    let spec = json!({"selector": {"app": "web"}, "ports": [{"port": 80}]});
    let web = services.create(json!({"metadata": {"name": "web"}, "spec": spec})).await?;
    same!(web.at::<Value>("/spec/ports")?, Some(json!([{"port": 80, "protocol": "TCP", "targetPort": 80}])));
    same!(web.field::<String>("spec.type")?.as_deref(), Some("ClusterIP"));
    same!(web.field::<String>("spec.sessionAffinity")?.as_deref(), Some("None"));
    let address = web.field::<String>("spec.clusterIP")?.unwrap_or_default();
    ensure!(address.parse::<std::net::IpAddr>().is_ok(), "{address:?}");
    let ports =
        json!([{"name": "http", "port": 80}, {"name": "metrics", "port": 9090, "targetPort": "metrics"}]);
    let patched = services.patch("web", Patch::strategic(json!({"spec": {"ports": ports}}))).await?;
    same!(patched.at::<Vec<Value>>("/spec/ports")?.map(|ports| ports.len()), Some(2));
    same!(patched.field::<String>("spec.clusterIP")?, Some(address));
    Ok(())
}

/// D38, B54: the labels of its template.
async fn d38_a_deployment_that_does_not_select_its_pods(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    let mut content = Context::deployment("web", 0);
    content["spec"]["selector"] = json!({"matchLabels": {"app": "db"}});
    let error = refused!(deployments.create(&content).await);
    ensure!(error.is_invalid(), "{error:?}");
    same!(fields(&error), ["spec.template.metadata.labels"]);
    content["spec"].as_object_mut().map(|spec| spec.remove("selector"));
    let error = refused!(deployments.create(content).await);
    ensure!(fields(&error).contains(&"spec.selector".to_owned()), "{:?}", fields(&error));
    Ok(())
}

/// D38, B54: each field that is missing is named.
async fn d38_a_pod_without_containers(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    let error = refused!(pods.create(json!({"metadata": {"name": "a"}, "spec": {"containers": []}})).await);
    ensure!(error.is_invalid(), "{error:?}");
    same!(fields(&error), ["spec.containers"]);
    let containers = json!([{"image": "example.com/main:1"}]);
    let error =
        refused!(pods.create(json!({"metadata": {"name": "a"}, "spec": {"containers": containers}})).await);
    same!(fields(&error), ["spec.containers[0].name"]);
    Ok(())
}

/// D38: a Deployment's selector.
async fn d38_a_selector_does_not_change(context: Context) -> Outcome {
    let deployments = context.resource("apps/v1", "Deployment").await?;
    deployments.create(Context::deployment("web", 0)).await?;
    let labels = json!({"app": "web", "tier": "front"});
    let changes = json!({"spec": {
        "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}},
    }});
    let error = refused!(deployments.patch("web", Patch::merge(changes)).await);
    ensure!(error.is_invalid(), "{error:?}");
    same!(fields(&error), ["spec.selector"]);
    Ok(())
}

/// D38, D31: 422, in every kind.
async fn d38_labels_that_are_none(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        for labels in
            [json!({"a b": "x"}), json!({"a": "x y"}), json!({"a/b/c": "x"}), json!({"a": "x".repeat(64)})]
        {
            let error = refused!(resource.create(json!({"metadata": {"name": "a", "labels": labels}})).await);
            ensure!(error.is_invalid(), "{labels}: {error:?}");
            same!(fields(&error), ["metadata.labels"]);
        }
        let error =
            refused!(resource.create(json!({"metadata": {"name": "a", "annotations": {"a b": "x"}}})).await);
        same!(fields(&error), ["metadata.annotations"]);
    }
    Ok(())
}

/// D38: a `ConfigMap` or a `Secret` that says so, and the type of every `Secret`.
async fn d38_what_is_immutable_stays(context: Context) -> Outcome {
    let (config_maps, secrets) = (context.config_maps().await?, context.resource("v1", "Secret").await?);
    for (resource, data) in [(&config_maps, "data"), (&secrets, "data")] {
        resource
            .create(json!({"metadata": {"name": "fixed"}, "immutable": true, data: {"a": "MQ=="}}))
            .await?;
        for changes in [json!({data: {"a": "Mg=="}}), json!({"immutable": null})] {
            let error = refused!(resource.patch("fixed", Patch::merge(changes)).await);
            ensure!(error.is_invalid(), "{error:?}");
        }
        resource.patch("fixed", Patch::merge(json!({"metadata": {"labels": {"a": "1"}}}))).await?;
    }
    secrets.create(json!({"metadata": {"name": "typed"}, "type": "example.com/a"})).await?;
    let error = refused!(secrets.patch("typed", Patch::merge(json!({"type": "example.com/b"}))).await);
    same!(fields(&error), ["type"]);
    Ok(())
}

/// A09, B07: what leader election writes.
async fn a09_a_lease_has_times(context: Context) -> Outcome {
    let leases = context.resource("coordination.k8s.io/v1", "Lease").await?;
    let spec = json!({
        "holderIdentity": "me", "leaseDurationSeconds": 15, "leaseTransitions": 0,
        "acquireTime": "2026-01-02T03:04:05.000006Z", "renewTime": "2026-01-02T03:04:05.678900Z",
    });
    let lease = leases.create(json!({"metadata": {"name": "a"}, "spec": spec})).await?;
    same!(lease.to_value()["spec"], spec);
    let released = lease.replace(lease.set("/spec/holderIdentity", json!(""))?).await?;
    same!(released.field::<String>("spec.holderIdentity")?.as_deref(), Some(""));
    ensure!(refused!(lease.replace(&lease).await).is_conflict(), "the first holder is still there");
    Ok(())
}
