//! Label and field selectors.

use serde_json::json;
use steersman::{
    meta::{FieldSelector, LabelSelector},
    prelude::*,
};

use crate::{
    Context, Failure, Outcome,
    case::cases,
    check::{ensure, refused, same},
};

cases![
    a36_several_labels_and_a_loop_of_patches,
    d27_a_field_that_can_not_be_selected_by,
    d27_a_malformed_selector_is_not_sent,
    d27_fields_of_built_in_kinds,
    d27_fields_of_custom_kinds,
    d27_labels_by_every_operator,
    d27_name_and_namespace_of_any_kind,
    d27_field_selectors_at_random_here_and_there,
    d27_selectors_at_random_here_and_there,
    d27_the_same_fields_here_and_there,
    d27_the_same_labels_here_and_there,
    d27_what_is_no_selector_here_and_there,
];

/// A36, B42: each found object is changed by its own name and namespace.
async fn a36_several_labels_and_a_loop_of_patches(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for (name, app, env) in
        [("a", "nginx", "production"), ("b", "nginx", "test"), ("c", "nginx", "production")]
    {
        let labels = json!({"app": app, "env": env});
        config_maps.create(json!({"metadata": {"name": name, "labels": labels}})).await?;
    }
    let all = config_maps.all_namespaces();
    for found in all.list().labels([("app", "nginx"), ("env", "production")]).await? {
        // Other cases may have such objects too.
        if found.namespace() == Some(&*context.namespace) {
            let place = config_maps.namespace(found.namespace().unwrap_or_default());
            place.patch(found.name(), Patch::merge(json!({"data": {"seen": "yes"}}))).await?;
        }
    }
    for (name, seen) in [("a", Some("yes")), ("b", None), ("c", Some("yes"))] {
        same!(config_maps.get(name).await?.at::<String>("/data/seen")?.as_deref(), seen);
    }
    Ok(())
}

/// D27, B54: 400, and the field is named.
async fn d27_a_field_that_can_not_be_selected_by(context: Context) -> Outcome {
    for (resource, field, says) in [
        (context.config_maps().await?, "data.key", "\"data.key\" is not a known field selector"),
        (context.widgets().await?, "spec.color", "field label not supported: spec.color"),
    ] {
        let error = refused!(resource.list().fields(format!("{field}=a")).await);
        same!(error.code(), Some(400));
        let message = error.status().map(ToString::to_string).unwrap_or_default();
        ensure!(message.contains(says), "{message}");
    }
    Ok(())
}

/// D27: a selector that breaks the grammar is an error before anything is sent.
async fn d27_a_malformed_selector_is_not_sent(context: Context) -> Outcome {
    let config_maps = context.config_maps().await?;
    for error in [
        refused!(config_maps.list().labels("app in web").await),
        refused!(config_maps.list().fields("metadata.name").await),
        refused!(config_maps.watch().labels("=x").start().await),
        refused!(config_maps.delete_collection().labels("app=we b").await),
    ] {
        ensure!(error.local().is_some(), "{error:?}");
    }
    Ok(())
}

/// D27: a field beyond the name, and two at a time.
async fn d27_fields_of_built_in_kinds(context: Context) -> Outcome {
    let pods = context.resource("v1", "Pod").await?;
    for name in ["a", "b"] {
        pods.create(Context::pod(name)).await?;
    }
    for (selector, want) in [
        ("status.phase=Pending", 2),
        ("status.phase!=Pending", 0),
        ("status.phase=Pending,metadata.name!=a", 1),
        ("spec.nodeName=", 2),
        ("spec.restartPolicy=Always,metadata.name=b", 1),
    ] {
        let found = pods.list().fields(selector).await?;
        ensure!(found.len() == want, "{selector}: {}", found.len());
    }
    let secrets = context.resource("v1", "Secret").await?;
    secrets.create(json!({"metadata": {"name": "a"}, "type": "example.com/key"})).await?;
    same!(secrets.list().fields("type=example.com/key").await?.len(), 1);
    Ok(())
}

/// D27: the fields that a definition offers.
async fn d27_fields_of_custom_kinds(context: Context) -> Outcome {
    let mut definition = context.widget_definition();
    definition["spec"]["versions"][0]["selectableFields"] = json!([{"jsonPath": ".spec.color"}]);
    let widgets = context.define(definition).await?;
    for (name, color) in [("a", "red"), ("b", "blue"), ("c", "red")] {
        widgets.create(Context::widget(name, color)).await?;
    }
    for (selector, want) in [
        ("spec.color=red", vec!["a", "c"]),
        ("spec.color!=red", vec!["b"]),
        ("spec.color=red,metadata.name=c", vec!["c"]),
    ] {
        let found = widgets.list().fields(selector).await?;
        same!(found.iter().map(|item| item.name()).collect::<Vec<_>>(), want);
    }
    Ok(())
}

/// D27, A36: every operator, on the server.
async fn d27_labels_by_every_operator(context: Context) -> Outcome {
    let widgets = context.widgets().await?;
    for (name, labels) in [
        ("a", json!({"app": "web", "weight": "3"})),
        ("b", json!({"app": "db", "weight": "10", "x.io/y": ""})),
        ("c", json!({"tier": "front"})),
    ] {
        widgets.create(json!({"metadata": {"name": name, "labels": labels}})).await?;
    }
    for (selector, want) in [
        ("", "abc"),
        ("app=web", "a"),
        ("app==web", "a"),
        ("app!=web", "bc"),
        ("app", "ab"),
        ("!app", "c"),
        ("app in (web, db)", "ab"),
        ("app notin (web)", "bc"),
        ("weight>3", "b"),
        ("weight<4", "a"),
        ("x.io/y=", "b"),
        ("x.io/y in ()", "b"),
        ("app,app!=web", "b"),
        ("app=web,app=db", ""),
    ] {
        let found = widgets.list().labels(selector).await?;
        let found: String = found.iter().map(|item| item.name()).collect();
        ensure!(found == want, "{selector:?} selects {found:?}, and not {want:?}");
    }
    Ok(())
}

/// D27: two fields that every kind can be selected by.
async fn d27_name_and_namespace_of_any_kind(context: Context) -> Outcome {
    for resource in [context.config_maps().await?, context.widgets().await?] {
        for name in ["a", "b", "c"] {
            resource.create(json!({"metadata": {"name": name, "labels": {"app": "web"}}})).await?;
        }
        for (selector, want) in [
            ("metadata.name=b", "b"),
            ("metadata.name!=b", "ac"),
            ("metadata.name=a,metadata.name=b", ""),
            ("metadata.namespace=elsewhere", ""),
        ] {
            let found = resource.list().labels("app=web").fields(selector).await?;
            same!(found.iter().map(|item| item.name()).collect::<String>(), want);
        }
    }
    Ok(())
}

/// D27: what a selector matches here is what the server lists.
async fn d27_the_same_labels_here_and_there(context: Context) -> Outcome {
    // Of these, no controller makes any of its own.
    let secrets = context.resource("v1", "Secret").await?;
    for (name, labels) in [
        ("a", json!({"app": "web", "weight": "3"})),
        ("b", json!({"app": "db", "weight": "10", "x.io/y": ""})),
        ("c", json!({"tier": "front", "weight": "007", "in": "notin"})),
        ("d", json!({"app": "", "weight": "light", "A-b_c.d": "E_f.g-h"})),
        ("e", json!({})),
    ] {
        secrets.create(json!({"metadata": {"name": name, "labels": labels}})).await?;
    }
    let all = secrets.list().await?;
    for text in [
        "",
        "app=web",
        "app == web",
        "app!=web",
        "app",
        "!app",
        "app=",
        "app!=",
        "app in (web,,db)",
        "app in ()",
        "app notin (web, db)",
        "app notin ()",
        "in in (in,notin)",
        "in notin (in)",
        "in",
        "weight>3",
        "weight>6,weight<8",
        "weight < 10",
        "weight>0",
        "weight in (3,007)",
        "x.io/y",
        "x.io/y!=z",
        "A-b_c.d=E_f.g-h",
        "app,app!=web,!tier",
        " tier = front , weight ",
    ] {
        let selector = LabelSelector::from(text);
        let mut here = Vec::new();
        for one in &all {
            if selector.matches(one.labels()).map_err(|error| Failure::new(error.to_string()))? {
                here.push(one.name());
            }
        }
        let there = secrets.list().labels(selector).await?;
        let there: Vec<_> = there.iter().map(|one| one.name()).collect();
        ensure!(here == there, "{text:?}: here {here:?}, there {there:?}");
    }
    Ok(())
}

/// D27: and of fields: names, those of a kind's own, those that are absent, and values that need escapes.
async fn d27_the_same_fields_here_and_there(context: Context) -> Outcome {
    let mut definition = context.widget_definition();
    let selectable = json!([{"jsonPath": ".spec.color"}, {"jsonPath": ".spec.replicas"}]);
    definition["spec"]["versions"][0]["selectableFields"] = selectable;
    let widgets = context.define(definition).await?;
    for (name, spec) in [
        ("a", json!({"color": "red", "replicas": 3})),
        ("b", json!({"color": "a,b=c\\d!", "replicas": 0})),
        ("c", json!({})),
    ] {
        widgets.create(json!({"metadata": {"name": name}, "spec": spec})).await?;
    }
    let pods = context.resource("v1", "Pod").await?;
    for name in ["a", "b"] {
        pods.create(Context::pod(name)).await?;
    }
    let services = context.resource("v1", "Service").await?;
    let spec = json!({"ports": [{"port": 80}], "clusterIP": "None"});
    services.create(json!({"metadata": {"name": "a"}, "spec": spec})).await?;
    let secrets = context.resource("v1", "Secret").await?;
    secrets.create(json!({"metadata": {"name": "a"}, "type": "example.com/key"})).await?;
    let namespaced = format!("metadata.namespace={},metadata.name!=a", context.namespace);
    for (resource, texts) in [
        (
            &widgets,
            vec![
                "spec.color=red",
                "spec.color!=red",
                "spec.color=",
                "spec.color!=",
                r"spec.color=a\,b\=c\\d!",
                r"spec.color!=a\,b\=c\\d!,metadata.name!=c",
                "spec.replicas=3",
                "spec.replicas==0",
                "spec.replicas=",
                "metadata.name=a,",
                &namespaced,
                "metadata.namespace=",
            ],
        ),
        (
            &pods,
            vec![
                "spec.nodeName=",
                "spec.host=",
                "spec.hostNetwork=false",
                "spec.hostNetwork=",
                "spec.restartPolicy=Always,metadata.name=b",
                "spec.serviceAccountName=default",
                "status.podIP=",
                "status.podIPs=",
                "status.nominatedNodeName!=",
                &namespaced,
            ],
        ),
        (&services, vec!["spec.clusterIP=None", "spec.type=ClusterIP", "spec.type!=ClusterIP"]),
        (&secrets, vec!["type=example.com/key", "type!=example.com/key,metadata.name=a"]),
    ] {
        for text in texts {
            let all = resource.list().await?;
            let selector = FieldSelector::from(text);
            let mut here = Vec::new();
            for one in &all {
                if selector.matches(one).map_err(|error| Failure::new(error.to_string()))? {
                    here.push(one.name());
                }
            }
            let there = resource.list().fields(selector).await?;
            let there: Vec<_> = there.iter().map(|one| one.name()).collect();
            ensure!(here == there, "{} {text:?}: here {here:?}, there {there:?}", resource.api().plural);
        }
    }
    Ok(())
}

/// D27: what is refused here is what the server refuses, and the other way round.
async fn d27_what_is_no_selector_here_and_there(context: Context) -> Outcome {
    let labels = [
        "app=web,",
        ",app",
        "app in web",
        "app in (web",
        "app in (a b)",
        "app=we b",
        "app>x",
        "app>-1",
        "app>+1",
        "app>",
        "-app",
        "a/b/c",
        "A.io/b",
        "a..io/b",
        "-a.io/b",
        "/b",
        "a/",
        "!app=web",
        "app!web",
        "!",
        "=x",
        "(a)",
        "app notin",
        "app in (-a)",
        "a=b=c",
        "a=>b",
        "a==b",
        "a in (a,)",
        "a in (,)",
        "!a,!b",
        "a.b/c",
        "a\t=\nb",
    ];
    let long =
        ["a".repeat(63), "a".repeat(64), format!("a={}", "b".repeat(63)), format!("a={}", "b".repeat(64))];
    let fields = [
        "metadata.name",
        "metadata.name=a=b",
        "metadata.name=a==b",
        "metadata.name=a\\",
        r"metadata.name=a\b",
        r"metadata.name=a\,b",
        r"metadata.name=a\=b\\",
        ",",
        "metadata.name=a,,metadata.name=b",
        "metadata.name===a",
        "=a",
        "!=a",
        "metadata.name!a",
        " metadata.name=a",
        "metadata.name!==a",
    ];
    let config_maps = context.config_maps().await?;
    let labels = labels.map(str::to_owned).into_iter().chain(long).map(|text| {
        let here = LabelSelector::from(text.as_str()).check().is_ok();
        ("labelSelector", text, here)
    });
    let fields = fields.map(|text| {
        let is_known = FieldSelector::from(text).terms().is_ok_and(|terms| {
            // Which fields there are, is for the server to say.
            terms.iter().all(|(field, _)| field == "metadata.name")
        });
        ("fieldSelector", text.to_owned(), is_known)
    });
    for (parameter, text, here) in labels.chain(fields) {
        let request = context.cluster.request(http::Method::GET).namespace(&context.namespace);
        let there = match request.url(&config_maps.api().plural).query(parameter, &text).await {
            Ok(_) => true,
            Err(error) if error.is_bad_request() => false,
            Err(error) => return Err(error.into()),
        };
        ensure!(here == there, "{parameter} {text:?}: taken here: {here}, there: {there}");
    }
    Ok(())
}

/// D27: texts at random, of what selectors are made of: here and there the same ones are selectors, and select the same.
async fn d27_selectors_at_random_here_and_there(context: Context) -> Outcome {
    const PARTS: [&str; 24] = [
        "a",
        "b",
        "in",
        "notin",
        " ",
        "(",
        ")",
        ",",
        "=",
        "==",
        "!=",
        "!",
        "<",
        ">",
        "1",
        "2",
        "-",
        ".",
        "/",
        "A",
        "x/a",
        "a=1",
        "b in (1,2)",
        "!b",
    ];
    // Of these, no controller makes any of its own.
    let secrets = context.resource("v1", "Secret").await?;
    for (name, labels) in [
        ("none", json!({})),
        ("one", json!({"a": "1"})),
        ("two", json!({"a": "2", "b": "1"})),
        ("three", json!({"b": "", "in": "a", "x/a": "A"})),
        ("four", json!({"a": "b", "b": "2", "A": "in", "notin": "1"})),
    ] {
        secrets.create(json!({"metadata": {"name": name, "labels": labels}})).await?;
    }
    let all = secrets.list().await?;
    let mut random = fastrand::Rng::with_seed(27);
    let mut taken = 0;
    for _ in 0..600 {
        let text: String = (0..random.usize(1..7)).map(|_| PARTS[random.usize(0..PARTS.len())]).collect();
        let selector = LabelSelector::from(text.as_str());
        let matching = all.iter().map(|one| (one.name().to_owned(), selector.matches(one.labels())));
        let here: Result<Vec<String>, ()> = matching
            .filter(|(_, matches)| *matches != Ok(false))
            .map(|(name, matches)| matches.map(|_| name).map_err(drop))
            .collect();
        // By hand, as what is no selector is not sent otherwise.
        let there = listed(&context, "labelSelector", &text).await?;
        ensure!(here == there, "{text:?}: here {here:?}, there {there:?}");
        taken += usize::from(there.is_ok());
    }
    ensure!((60..540).contains(&taken), "{taken} of 600 texts are selectors");
    Ok(())
}

/// D27: and of fields; those that the kind does not have are the server's to refuse.
async fn d27_field_selectors_at_random_here_and_there(context: Context) -> Outcome {
    const PARTS: [&str; 16] = [
        "metadata.name",
        "metadata.namespace",
        "metadata.name=",
        "metadata.name!=",
        "metadata.name=a",
        ",metadata.name!=b",
        "=",
        "==",
        "!=",
        ",",
        "\\",
        "\\,",
        "a",
        "b",
        " ",
        "!",
    ];
    // Of these, no controller makes any of its own.
    let secrets = context.resource("v1", "Secret").await?;
    for name in ["a", "b", "ab"] {
        secrets.create(json!({"metadata": {"name": name}})).await?;
    }
    let all = secrets.list().await?;
    let mut random = fastrand::Rng::with_seed(27);
    let mut taken = 0;
    for _ in 0..600 {
        let text: String = (0..random.usize(1..6)).map(|_| PARTS[random.usize(0..PARTS.len())]).collect();
        // The real server takes a term of nothing for everything, and we take it for a slip.
        if text.split(',').any(|term| matches!(term, "=" | "==" | "!=")) {
            continue;
        }
        let selector = FieldSelector::from(text.as_str());
        let is_known = |(field, _): &(String, _)| matches!(&**field, "metadata.name" | "metadata.namespace");
        let here: Result<Vec<String>, ()> = match selector.terms() {
            Ok(terms) if terms.iter().all(is_known) => {
                let matching = all.iter().filter(|one| selector.matches(one) == Ok(true));
                Ok(matching.map(|one| one.name().to_owned()).collect())
            }
            _ => Err(()),
        };
        let there = listed(&context, "fieldSelector", &text).await?;
        ensure!(here == there, "{text:?}: here {here:?}, there {there:?}");
        taken += usize::from(there.is_ok());
    }
    ensure!((60..540).contains(&taken), "{taken} of 600 texts are selectors");
    Ok(())
}

fn names(list: &serde_json::Value) -> Vec<String> {
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item["metadata"]["name"].as_str().map(str::to_owned)).collect()
}

/// The secrets that the server gives for a parameter by hand; none where it says that the text is no selector.
async fn listed(context: &Context, parameter: &str, text: &str) -> Result<Result<Vec<String>, ()>, Failure> {
    let request = context.cluster.request(http::Method::GET).namespace(&context.namespace).url("secrets");
    match request.query(parameter, text).value::<serde_json::Value>().await {
        Ok(list) => Ok(Ok(names(&list))),
        Err(error) if error.is_bad_request() => Ok(Err(())),
        Err(error) => Err(error.into()),
    }
}
