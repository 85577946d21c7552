//! Lists page by page.

use serde_json::json;
use steersman::{Error, prelude::*};

use crate::{
    Context, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    c15_a_bad_continue_token,
    c15_a_selector_holds_on_every_page,
    c15_all_pages_show_one_version,
    c15_limit_and_continue_by_hand,
    d24_a_stream_of_pages_is_the_whole_list,
    d25_the_metadata_of_a_stream,
];

/// Widgets `w0`, `w1` and so on.
async fn some(widgets: &Resource, count: usize) -> Result<(), Error> {
    for number in 0..count {
        widgets.create(Context::widget(&format!("w{number}"), "red")).await?;
    }
    Ok(())
}

fn names(list: &ResourceList) -> Vec<&str> {
    list.iter().map(|item| item.name()).collect()
}

/// C15: a token that no list gave.
async fn c15_a_bad_continue_token(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    let error = refused!(widgets.list().limit(1).continue_from("nonsense").await);
    same!(error.code(), Some(400));
    let message = error.status().map(ToString::to_string).unwrap_or_default();
    ensure!(message.contains("continue key is not valid"), "{message}");
    Ok(())
}

/// C15: the limit counts what is selected; what remains is then not known.
async fn c15_a_selector_holds_on_every_page(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for (name, app) in [("a", "web"), ("b", "db"), ("c", "web"), ("d", "db"), ("e", "web")] {
        config_maps.create(Context::config_map(name, app)).await?;
    }
    let page = config_maps.list().labels("app=web").limit(2).await?;
    same!((names(&page), page.metadata().remaining_item_count), (vec!["a", "c"], None));
    let token = page.metadata().next_page().unwrap_or_default();
    let page = config_maps.list().labels("app=web").limit(2).continue_from(token).await?;
    same!((names(&page), page.metadata().next_page()), (vec!["e"], None));
    Ok(())
}

/// C15: what changes between two pages is not seen in the second.
async fn c15_all_pages_show_one_version(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    some(&widgets, 4).await?;
    let first = widgets.list().limit(2).await?;
    widgets.delete("w3").await?;
    widgets.create(Context::widget("w4", "red")).await?;
    let token = first.metadata().next_page().unwrap_or_default();
    let second = widgets.list().limit(2).continue_from(token).await?;
    same!((names(&second), second.metadata().next_page()), (vec!["w2", "w3"], None));
    same!(second.metadata().resource_version, first.metadata().resource_version);
    same!(names(&widgets.list().await?), ["w0", "w1", "w2", "w4"]);
    Ok(())
}

/// C15, A18: each page says with what to go on, and how much is left.
async fn c15_limit_and_continue_by_hand(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    some(&widgets, 5).await?;
    let mut token: Option<String> = None;
    for (want, remaining) in [(vec!["w0", "w1"], Some(3)), (vec!["w2", "w3"], Some(1)), (vec!["w4"], None)] {
        let list = widgets.list().limit(2);
        let page = match token {
            Some(token) => list.continue_from(token).await?,
            None => list.await?,
        };
        same!((names(&page), page.metadata().remaining_item_count), (want, remaining));
        token = page.metadata().next_page().map(str::to_owned);
    }
    same!(token, None);
    Ok(())
}

/// D25, A18, C15: with the first page the version of all pages is known, and with each page how much is left behind it.
async fn d25_the_metadata_of_a_stream(context: Context) -> Outcome {
    // Of these, servers send a page's metadata before its objects.
    let secrets = context.resource("v1", "Secret").await?;
    for number in 0..5 {
        secrets.create(json!({"metadata": {"name": format!("w{number}")}})).await?;
    }
    let mut stream = secrets.list().limit(2).stream();
    same!(stream.metadata().cloned(), None);
    let mut version = None;
    for (name, remaining) in
        [("w0", Some(3)), ("w1", Some(3)), ("w2", Some(1)), ("w3", Some(1)), ("w4", None)]
    {
        let object = stream.try_next().await?;
        same!(object.as_ref().map(|object| object.name()), Some(name));
        let metadata = stream.metadata().cloned().unwrap_or_default();
        let first = version.get_or_insert_with(|| metadata.resource_version.clone());
        ensure!(first.is_some(), "{metadata:?}");
        same!((metadata.remaining_item_count, &metadata.resource_version), (remaining, &*first));
    }
    same!(stream.try_next().await?, None);
    same!(stream.metadata().map(|metadata| metadata.resource_version.clone()), version);

    // Of these, behind them.
    let widgets = context.widgets().await?;
    some(&widgets, 3).await?;
    let mut stream = widgets.list().limit(2).stream();
    for _ in 0..3 {
        ensure!(stream.try_next().await?.is_some(), "there are three");
    }
    ensure!(stream.metadata().is_some_and(|metadata| metadata.resource_version.is_some()), "{stream:?}");
    Ok(())
}

/// D24, A18: object by object, with pages of any size.
async fn d24_a_stream_of_pages_is_the_whole_list(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    some(&widgets, 7).await?;
    let whole = widgets.list().await?;
    for limit in [1, 3, 7, 100] {
        let mut stream = widgets.all_namespaces().list().limit(limit).stream();
        let mut objects = Vec::new();
        while let Some(object) = stream.try_next().await? {
            objects.push(object);
        }
        same!(objects, whole.items());
    }
    Ok(())
}
