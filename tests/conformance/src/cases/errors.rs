//! What the server refuses, and what is known of it then.

use http::Request;
use serde_json::json;
use steersman::{Reason, prelude::*, transport};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    b54_a_bad_name_is_invalid,
    a28_an_error_has_the_whole_answer,
    b54_the_fields_of_a_status,
    b54_an_unknown_path,
    b55_an_error_says_it_all,
    c29_a_body_that_is_no_json,
    c29_a_body_that_is_too_large,
    c29_a_content_type_that_is_not_taken,
    c29_a_content_type_that_is_not_served,
    c29_a_method_that_is_not_allowed,
];

/// Sends what no verb would, and gives code and reason of the refusal.
async fn refusal(
    context: &Context,
    request: http::request::Builder,
    body: &'static str,
) -> Result<(u16, Reason), crate::Failure> {
    let request = request.body(transport::Body::from(body))?;
    let error = refused!(context.cluster.client().request_bytes(request).await);
    let reason = error.reason().cloned().unwrap_or_default();
    Ok((error.code().map_or(0, |code| code.as_u16()), reason))
}

fn path(context: &Context) -> String {
    format!("/api/v1/namespaces/{}/configmaps", context.namespace)
}

/// B54, C29: 422, with the field.
async fn b54_a_bad_name_is_invalid(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        for name in ["Upper", "under_score", "-edge", "a..b"] {
            let error = refused!(resource.create(json!({"metadata": {"name": name}})).await);
            ensure!(error.is_invalid(), "{name}: {error:?}");
            let causes = error.status().map(|status| status.causes().to_vec()).unwrap_or_default();
            same!(causes.iter().map(|cause| &*cause.field).collect::<Vec<_>>(), ["metadata.name"]);
            same!(causes[0].reason, "FieldValueInvalid");
        }
    }
    let error = refused!(context.config_maps().await?.create(json!({"data": {}})).await);
    ensure!(error.is_invalid(), "{error:?}");
    Ok(())
}

/// B54, C29: reason, code, kind, group and name.
async fn b54_the_fields_of_a_status(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        let error = refused!(resource.get("missing").await);
        let status = error.status().cloned().unwrap_or_default();
        same!((status.status.as_str(), status.code, &status.reason), ("Failure", 404, &Reason::NotFound));
        let details = status.details.clone().unwrap_or_default();
        same!((&*details.name, &*details.group), ("missing", &*resource.api().group));
        same!(details.kind, resource.api().plural);
    }
    Ok(())
}

/// A28, B13, B54: the answer itself, with the parts that the predicates come from.
async fn a28_an_error_has_the_whole_answer(context: Context) -> Outcome {
    let error = refused!(context.config_maps().await?.get("missing").await);
    same!((error.code(), error.reason(), error.verb()), (Some(404), Some(&Reason::NotFound), "get"));
    same!((error.namespace(), error.name()), (Some(&*context.namespace), Some("missing")));
    let headers = error.headers().cloned().unwrap_or_default();
    ensure!(headers.get("content-type").is_some_and(|one| one == "application/json"), "{headers:?}");
    ensure!(headers.contains_key("audit-id"), "{headers:?}");
    let body: serde_json::Value = serde_json::from_slice(error.body().map_or(&[], |body| &body[..]))?;
    same!((&body["kind"], &body["code"]), (&json!("Status"), &json!(404)));
    Ok(())
}

/// B54: a path below which there is nothing.
async fn b54_an_unknown_path(context: Context) -> Outcome {
    for path in ["/apis/nothing.example.com/v1/things", "/api/v1/things", "/nothing"] {
        same!(refusal(&context, Request::get(path), "").await?, (404, Reason::NotFound));
    }
    Ok(())
}

/// B55: what was tried, on what, and the server's words.
async fn b55_an_error_says_it_all(context: Context) -> Outcome {
    let error = refused!(context.config_maps().await?.get("missing").await);
    same!(error.to_string(), format!("could not get v1 ConfigMap {}/missing", context.namespace));
    let report = error.report().to_string();
    ensure!(report.contains("configmaps \"missing\" not found"), "{report}");
    let error = refused!(context.config_maps().await?.patch("missing", Patch::merge(json!({}))).await);
    ensure!(error.to_string().starts_with("could not patch v1 ConfigMap"), "{error}");
    Ok(())
}

/// C29: 400.
async fn c29_a_body_that_is_no_json(context: Context) -> Outcome {
    let request = || Request::post(path(&context)).header("content-type", "application/json");
    for body in ["{", "", "[]", r#"{"metadata": {"name": 5}}"#] {
        same!(refusal(&context, request(), body).await?, (400, Reason::BadRequest));
    }
    let other = r#"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}"#;
    same!(refusal(&context, request(), other).await?, (400, Reason::BadRequest));
    Ok(())
}

/// C29: 413 above 3 MiB; 422 above what a `ConfigMap` may hold.
async fn c29_a_body_that_is_too_large(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    let of = |bytes: usize| json!({"metadata": {"name": "a"}, "data": {"key": "x".repeat(bytes)}});
    let error = refused!(config_maps.create(of(4 << 20)).await);
    let reason = error.status().map(|status| status.reason.clone());
    same!((error.code(), reason), (Some(413), Some(Reason::RequestEntityTooLarge)));
    let error = refused!(config_maps.create(of((1 << 20) + 1)).await);
    ensure!(error.is_invalid(), "{error:?}");
    Ok(())
}

/// C29: 415.
async fn c29_a_content_type_that_is_not_taken(context: Context) -> Outcome {
    let want = (415, Reason::UnsupportedMediaType);
    let request = Request::post(path(&context)).header("content-type", "text/csv");
    same!(refusal(&context, request, "a,b").await?, want);
    context.config_maps().await?.create(Context::config_map("a", "web")).await?;
    let request = Request::patch(format!("{}/a", path(&context))).header("content-type", "application/json");
    same!(refusal(&context, request, "{}").await?, want);
    Ok(())
}

/// C29: 406.
async fn c29_a_content_type_that_is_not_served(context: Context) -> Outcome {
    let request = Request::get(path(&context)).header("accept", "text/csv");
    same!(refusal(&context, request, "").await?, (406, Reason::NotAcceptable));
    Ok(())
}

/// C29: 405.
async fn c29_a_method_that_is_not_allowed(context: Context) -> Outcome {
    let want = (405, Reason::MethodNotAllowed);
    same!(refusal(&context, Request::put(path(&context)), "{}").await?, want);
    let request = Request::post(format!("{}/a", path(&context))).header("content-type", "application/json");
    same!(refusal(&context, request, "{}").await?, want);
    same!(refusal(&context, Request::delete("/api/v1/configmaps"), "").await?, want);
    Ok(())
}
