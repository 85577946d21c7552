//! Lists page by page.

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
