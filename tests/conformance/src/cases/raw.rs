//! Requests by hand: where they go, and what comes back.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use steersman::Resource;

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, same},
};

cases![
    b08_e08_urls_of_requests,
    b09_b10_what_goes_with_a_request,
    b12_answers_of_requests,
    e07_a_watch_by_hand,
    e07_refusals_by_choice,
    e09_bases_of_requests,
    e10_an_unknown_version_is_not_sent,
];

fn version(widgets: &Resource) -> String {
    widgets.api().api_version()
}

/// B08, E08: one namespace, all of them, one object, what lies below it.
async fn b08_e08_urls_of_requests(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    context.config_maps().await?.create(Context::config_map("c", "web")).await?;
    let get = || context.cluster.request(Method::GET).namespace(context.namespace.as_str());
    let one: Value = get().version(version(&widgets)).url("widgets/a").value().await?;
    same!((&one["kind"], &one["metadata"]["name"]), (&json!("Widget"), &json!("a")));
    let list: Value = get().version(version(&widgets)).url("widgets").value().await?;
    same!(list["items"].as_array().map(Vec::len), Some(1));
    let core: Value = get().url("configmaps/c").value().await?;
    same!(core["metadata"]["namespace"], context.namespace.as_str());
    let everywhere: Value =
        context.cluster.request(Method::GET).namespace("").url("configmaps").value().await?;
    same!(everywhere["kind"], "ConfigMapList");
    let ours = everywhere["items"].as_array().into_iter().flatten();
    same!(
        ours.filter(|one| one["metadata"]["namespace"] == context.namespace.as_str()
            && one["metadata"]["name"] == "c")
            .count(),
        1
    );
    Ok(())
}

/// B09, B10: parameters, headers, and contents of several types.
async fn b09_b10_what_goes_with_a_request(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for (name, color) in [("a", "red"), ("b", "blue")] {
        let request = context.cluster.request(Method::POST).version(version(&widgets)).url("widgets");
        let mut content = Context::widget(name, color);
        content["apiVersion"] = version(&widgets).into();
        content["kind"] = "Widget".into();
        content["metadata"]["labels"] = json!({"color": color});
        let created = request
            .namespace(context.namespace.as_str())
            .query("fieldManager", "by-hand")
            .content(content)
            .await?;
        same!(created.status(), StatusCode::CREATED);
    }
    let get = || {
        context
            .cluster
            .request(Method::GET)
            .version(version(&widgets))
            .namespace(context.namespace.as_str())
            .url("widgets")
    };
    let blue: Value = get().query("labelSelector", "color in (blue)").query("limit", 5).value().await?;
    let names: Vec<_> =
        blue["items"].as_array().into_iter().flatten().map(|one| one["metadata"]["name"].clone()).collect();
    same!(names, ["b"]);
    let table: Value = get().header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").value().await?;
    same!(table["kind"], "Table");
    let patched: Value = context
        .cluster
        .request(Method::PATCH)
        .version(version(&widgets))
        .namespace(context.namespace.as_str())
        .url("widgets/a")
        .query("dryRun", "All")
        .body("application/merge-patch+json", r#"{"spec":{"color":"green"}}"#)
        .value()
        .await?;
    same!(patched["spec"]["color"], "green");
    same!(widgets.get("a").await?.to_value()["spec"]["color"], "red");
    let wrong = context
        .cluster
        .request(Method::PATCH)
        .version(version(&widgets))
        .namespace(context.namespace.as_str());
    let error = wrong.url("widgets/a").body("text/plain", "{}").await.expect_err("no such patch");
    same!(error.code(), Some(415));
    Ok(())
}

/// B12: as it is, as text, and read by the caller.
async fn b12_answers_of_requests(context: Context) -> Outcome {
    let get = || context.cluster.request(Method::GET).base("/version");
    let whole = get().await?;
    same!(whole.headers()[header::CONTENT_TYPE], "application/json");
    ensure!(get().text().await?.contains("gitVersion"), "no version");
    let version = context.cluster.version().await?.git_version;
    let read = |body: &[u8]| -> Result<String, serde_json::Error> {
        Ok(serde_json::from_slice::<Value>(body)?["gitVersion"].as_str().unwrap_or_default().to_owned())
    };
    same!(get().decode(|_, body| read(&body)).await?, version);
    let error = get().decode(|_, _| Err::<(), _>("not for me")).await.expect_err("its own error");
    ensure!(error.status().is_none() && format!("{error:?}").contains("not for me"), "{error:?}");
    Ok(())
}

/// E07: an answer that is read as it comes.
async fn e07_a_watch_by_hand(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    let answer = context
        .cluster
        .request(Method::GET)
        .version(version(&widgets))
        .namespace(context.namespace.as_str())
        .url("widgets")
        .query("watch", true)
        .query("timeoutSeconds", 20)
        .stream()
        .await?;
    let mut body = answer.into_body();
    let mut text = Vec::new();
    // Read no further than the first event: the body ends when it is dropped.
    while !text.contains(&b'\n') {
        let Some(chunk) = body.next_chunk().await else { break };
        text.extend_from_slice(&chunk?);
    }
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let event: Value = serde_json::from_slice(line)?;
    same!((&event["type"], &event["object"]["metadata"]["name"]), (&json!("ADDED"), &json!("a")));
    Ok(())
}

/// E07 (`raise_for_status`): what is refused is an error, or an answer.
async fn e07_refusals_by_choice(context: Context) -> Outcome {
    let missing =
        || context.cluster.request(Method::GET).namespace(context.namespace.as_str()).url("configmaps/none");
    let error = missing().await.expect_err("there is none");
    ensure!(error.is_not_found(), "{error:?}");
    let answer = missing().any_status().await?;
    same!(answer.status(), StatusCode::NOT_FOUND);
    let status: Value = serde_json::from_slice(answer.body())?;
    same!((&status["kind"], &status["reason"]), (&json!("Status"), &json!("NotFound")));
    Ok(())
}

/// E09: what is no group version.
async fn e09_bases_of_requests(context: Context) -> Outcome {
    let ask = |base: &str| context.cluster.request(Method::GET).base(base);
    for base in ["/healthz", "livez", "/readyz"] {
        same!(ask(base).text().await?, "ok");
    }
    same!(
        ask("/version").version("").value::<Value>().await?["gitVersion"].as_str(),
        Some(&*context.cluster.version().await?.git_version)
    );
    same!(ask("/apis").version("apps").value::<Value>().await?["kind"], "APIGroup");
    same!(ask("/api").value::<Value>().await?["versions"], json!(["v1"]));
    Ok(())
}

/// E10: `Unknown API version, base must be specified.`
async fn e10_an_unknown_version_is_not_sent(context: Context) -> Outcome {
    for version in ["apps", "v2"] {
        let error =
            context.cluster.request(Method::GET).version(version).url("pods").await.expect_err(version);
        ensure!(matches!(error.local(), Some(steersman::LocalError::UnknownApiVersion { .. })), "{error:?}");
    }
    let error = context.cluster.request(Method::GET).url("pods/../secrets").await.expect_err("up");
    ensure!(error.local().is_some(), "{error:?}");
    Ok(())
}
