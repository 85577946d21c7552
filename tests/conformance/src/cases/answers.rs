//! The forms of an answer, for requests by hand.

use futures::StreamExt;
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use steersman::{Resource, transport};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, same},
};

cases![
    b08_a_table,
    b08_only_the_metadata,
    c09_warnings_name_the_field,
    d35_a_list_as_a_watch,
    e09_versions_health_and_groups,
];

async fn get(context: &Context, path: &str, accept: &str) -> Result<(HeaderMap, Value), Failure> {
    let request = Request::get(path).header("accept", accept).body(transport::Body::empty())?;
    let (head, body) = context.cluster.client().request_bytes(request).await?;
    Ok((head.headers, serde_json::from_slice(&body)?))
}

fn path(context: &Context, widgets: &Resource) -> String {
    format!("/apis/{}/namespaces/{}/widgets", widgets.api().api_version(), context.namespace)
}

/// B08, E07: what kubectl prints.
async fn b08_a_table(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    widgets.create(Context::widget("a", "red")).await?;
    context.config_maps().await?.create(Context::config_map("a", "web")).await?;
    let config_map = format!("/api/v1/namespaces/{}/configmaps/a", context.namespace);
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    for (path, columns) in
        [(config_map, vec!["Name", "Data", "Age"]), (path(&context, &widgets), vec!["Name", "Age"])]
    {
        let (_, table) = get(&context, &path, accept).await?;
        same!((&table["kind"], &table["apiVersion"]), (&json!("Table"), &json!("meta.k8s.io/v1")));
        let names: Vec<&str> = table["columnDefinitions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["name"].as_str())
            .collect();
        same!(names, columns);
        let rows = table["rows"].as_array().cloned().unwrap_or_default();
        same!((rows.len(), &rows[0]["cells"][0]), (1, &json!("a")));
        same!(rows[0]["object"]["kind"], "PartialObjectMetadata");
    }
    Ok(())
}

/// B08: for those who need no more.
async fn b08_only_the_metadata(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let created = widgets.create(Context::widget("a", "red")).await?;
    let accept = |kind: &str| format!("application/json;as={kind};g=meta.k8s.io;v=v1");
    let path = path(&context, &widgets);
    let (_, list) = get(&context, &path, &accept("PartialObjectMetadataList")).await?;
    same!(list["kind"], "PartialObjectMetadataList");
    let (_, one) = get(&context, &format!("{path}/a"), &accept("PartialObjectMetadata")).await?;
    same!((&one["kind"], &one["apiVersion"]), (&json!("PartialObjectMetadata"), &json!("meta.k8s.io/v1")));
    same!(one["metadata"], created.to_value()["metadata"]);
    same!((&one["spec"], &list["items"][0]["metadata"]), (&Value::Null, &one["metadata"]));
    Ok(())
}

/// C09: code 299, for what was dropped.
async fn c09_warnings_name_the_field(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let send = async |field: &str, validation: &str| {
        let content = json!({
            "apiVersion": widgets.api().api_version(), "kind": "Widget", "metadata": {"generateName": "w-"},
            "spec": {field: "x"},
        });
        let path = format!("{}?fieldValidation={validation}", path(&context, &widgets));
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.body(transport::Body::from(content.to_string()))?;
        let (head, _) = context.cluster.client().request_bytes(request).await?;
        let warnings = head.headers.get_all("warning").iter();
        Ok::<_, Failure>(warnings.filter_map(|one| one.to_str().ok().map(str::to_owned)).collect::<Vec<_>>())
    };
    same!(send("colour", "Warn").await?, ["299 - \"unknown field \\\"spec.colour\\\"\""]);
    same!(send("colour", "Ignore").await?, [""; 0]);
    same!(send("color", "Warn").await?, [""; 0]);
    Ok(())
}

/// D35: what there is and what changes, in one stream (`sendInitialEvents`).
async fn d35_a_list_as_a_watch(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for name in ["a", "b"] {
        widgets.create(Context::widget(name, "red")).await?;
    }
    let query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=5";
    let request =
        Request::get(format!("{}?{query}", path(&context, &widgets))).body(transport::Body::empty())?;
    let mut chunks = context.cluster.client().request(request).await?.into_body().into_stream();
    let mut text = Vec::new();
    while let Some(chunk) = chunks.next().await {
        text.extend_from_slice(&chunk?);
    }
    let mut events = Vec::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_slice(line)?;
        let last = event["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true";
        let name =
            if last { "the end" } else { event["object"]["metadata"]["name"].as_str().unwrap_or_default() };
        events.push(format!("{} {name}", event["type"].as_str().unwrap_or_default()));
    }
    ensure!(events.len() >= 3, "{events:?}");
    same!(events[..3], ["ADDED a", "ADDED b", "BOOKMARK the end"]);
    Ok(())
}

/// E09, A04: paths outside of the API groups.
async fn e09_versions_health_and_groups(context: Context) -> Outcome {
    for path in ["/healthz", "/livez", "/readyz"] {
        let request = Request::get(path).body(transport::Body::empty())?;
        let (_, body) = context.cluster.client().request_bytes(request).await?;
        same!(&*body, b"ok");
    }
    let (_, versions) = get(&context, "/api", "application/json").await?;
    same!((&versions["kind"], &versions["versions"]), (&json!("APIVersions"), &json!(["v1"])));
    let (_, group) = get(&context, "/apis/apps", "application/json").await?;
    same!(
        (&group["kind"], &group["preferredVersion"]["groupVersion"]),
        (&json!("APIGroup"), &json!("apps/v1"))
    );
    let (_, version) = get(&context, "/version", "application/json").await?;
    same!(version["gitVersion"].as_str(), Some(&*context.cluster.version().await?.git_version));
    Ok(())
}
