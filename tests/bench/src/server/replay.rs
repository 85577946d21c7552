//! Which answer belongs to which request.

use std::{collections::HashMap, sync::Arc};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    answer::{Answer, answer},
    items::{Items, VERSION},
    template::Template,
};
use crate::{
    Outcome,
    recorded::{CONFIG_MAP, DISCOVERY, NAMESPACE, PODS, VERSION as SERVER_VERSION},
};

/// What a server with so many pods says.
pub(super) struct Replay {
    pods: u64,
    templates: Arc<[Template]>,
    /// Answers that are always the same, by path.
    fixed: HashMap<String, Bytes>,
    aggregated: HashMap<String, Bytes>,
}

#[derive(Deserialize)]
struct Discovery<'a> {
    #[serde(borrow)]
    aggregated: HashMap<String, &'a RawValue>,
    #[serde(borrow)]
    plain: HashMap<String, &'a RawValue>,
}

impl Replay {
    pub(super) fn new(pods: u64) -> Outcome<Self> {
        let templates: Arc<[Template]> = Template::of_list(PODS)?.into();
        let discovery: Discovery<'_> = serde_json::from_str(DISCOVERY)?;
        let bytes = |(path, document): (String, &RawValue)| (path, line(document.get()));
        let mut fixed: HashMap<String, Bytes> = discovery.plain.into_iter().map(bytes).collect();
        let aggregated = discovery.aggregated.into_iter().map(bytes).collect();
        fixed.insert("/version".to_owned(), line(SERVER_VERSION.trim_end()));
        let namespace = format!("/api/v1/namespaces/{NAMESPACE}");
        fixed.insert(format!("{namespace}/configmaps/small"), line(CONFIG_MAP.trim_end()));
        for (number, template) in (0..).zip(templates.iter()) {
            let mut pod = BytesMut::new();
            template.write(number, VERSION + number, &mut pod);
            let path = format!("{namespace}/pods/{}", template.name(number));
            fixed.insert(path, line(&with_kind(&String::from_utf8(pod.into())?)));
        }
        Ok(Self { pods, templates, fixed, aggregated })
    }

    /// How long the whole list is, about.
    pub(super) fn list_bytes(&self) -> u64 {
        let mut pod = BytesMut::new();
        for (number, template) in (0..).zip(self.templates.iter()) {
            template.write(number, VERSION + number, &mut pod);
        }
        pod.len() as u64 * self.pods / self.templates.len() as u64
    }

    /// How long all pods are without managedFields, about.
    pub(super) fn store_bytes(&self) -> Outcome<u64> {
        let mut length = 0;
        for template in self.templates.iter() {
            let mut pod = BytesMut::new();
            template.write(0, VERSION, &mut pod);
            let mut pod: Value = serde_json::from_slice(&pod)?;
            if let Some(metadata) = pod["metadata"].as_object_mut() {
                metadata.remove("managedFields");
            }
            length += pod.to_string().len() as u64;
        }
        Ok(length * self.pods / self.templates.len() as u64)
    }

    pub(super) fn answer<B>(&self, request: &Request<B>) -> Response<Answer> {
        let path = request.uri().path();
        if wants_aggregated(request.headers())
            && let Some(body) = self.aggregated.get(path)
        {
            return answer(StatusCode::OK, AGGREGATED, Answer::Fixed(Some(body.clone())));
        }
        if let Some(body) = self.fixed.get(path) {
            return answer(StatusCode::OK, JSON, Answer::Fixed(Some(body.clone())));
        }
        if path == "/api/v1/pods" || path == format!("/api/v1/namespaces/{NAMESPACE}/pods") {
            let items = self.pods(&Query::parse(request.uri().query().unwrap_or_default()));
            return answer(StatusCode::OK, JSON, Answer::Items(items));
        }
        answer(StatusCode::NOT_FOUND, JSON, Answer::Fixed(Some(Bytes::from_static(NOT_FOUND))))
    }

    fn pods(&self, query: &Query) -> Items {
        if query.watch {
            return Items::watch(Arc::clone(&self.templates), self.pods);
        }
        let start = query.start.min(self.pods);
        let end = query.limit.map_or(self.pods, |limit| self.pods.min(start + limit));
        let rest = self.pods - end;
        let version = VERSION + self.pods;
        let next = match rest {
            0 => String::new(),
            _ => format!(",\"continue\":\"{end}\",\"remainingItemCount\":{rest}"),
        };
        let head = format!(
            "{{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{{\"resourceVersion\":\"{version}\"{next}}},\"items\":["
        );
        Items::list(Arc::clone(&self.templates), start, end, head, "]}\n".to_owned())
    }
}

/// What a list or a watch is asked for. The token with which a list goes on is the number of the next copy.
#[derive(Debug, Default, PartialEq)]
struct Query {
    watch: bool,
    limit: Option<u64>,
    start: u64,
}

impl Query {
    fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "watch" => parsed.watch = matches!(value, "1" | "true"),
                "limit" => parsed.limit = value.parse().ok().filter(|limit| *limit > 0),
                "continue" => parsed.start = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        parsed
    }
}

fn wants_aggregated(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("as=APIGroupDiscoveryList")
}

/// Items of a list do not say what they are, and an object alone does.
fn with_kind(pod: &str) -> String {
    format!("{{\"kind\":\"Pod\",\"apiVersion\":\"v1\",{}", pod.trim_start_matches('{'))
}

fn line(text: &str) -> Bytes {
    format!("{text}\n").into()
}

const JSON: &str = "application/json";
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const NOT_FOUND: &[u8] = b"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\
    \"message\":\"the server could not find the requested resource\",\"reason\":\"NotFound\",\"details\":{},\"code\":404}\n";

#[cfg(test)]
mod tests {
    //! A list in pages is the whole list, and a watch goes through the pods in turn.

    use super::{Answer, Query, Replay, Value};
    use http::{Request, StatusCode};
    use http_body_util::BodyExt;

    async fn json(replay: &Replay, path: &str) -> Value {
        let answer = replay.answer(&Request::get(path).body(()).expect("a request"));
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice(&body).expect("JSON")
    }

    #[tokio::test]
    async fn pages_are_the_whole_list() {
        let replay = Replay::new(23).expect("a replay");
        let whole = json(&replay, "/api/v1/pods").await;
        assert_eq!(whole["items"].as_array().expect("items").len(), 23);
        assert_eq!(whole["metadata"].get("continue"), None);
        let (mut pages, mut token) = (Vec::new(), "0".to_owned());
        loop {
            let page = json(&replay, &format!("/api/v1/namespaces/shop/pods?limit=5&continue={token}")).await;
            pages.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["metadata"]["continue"].as_str() {
                Some(next) => token = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(pages, *whole["items"].as_array().expect("items"));
    }

    #[tokio::test]
    async fn a_watch_has_as_many_events_as_are_read() {
        let replay = Replay::new(3).expect("a replay");
        let watch = Request::get("/api/v1/pods?watch=1").body(()).expect("a request");
        let mut body: Answer = replay.answer(&watch).into_body();
        let mut seen = Vec::new();
        for _ in 0..5 {
            let frame = body.frame().await.expect("an event").expect("no error");
            let event: Value = serde_json::from_slice(frame.data_ref().expect("data")).expect("JSON");
            let name = event["object"]["metadata"]["name"].as_str().expect("a name");
            seen.push((
                event["type"].as_str().expect("a type").to_owned(),
                name[name.len() - 5..].to_owned(),
            ));
        }
        let expected = [
            ("ADDED", "00000"),
            ("ADDED", "00001"),
            ("ADDED", "00002"),
            ("MODIFIED", "00000"),
            ("MODIFIED", "00001"),
        ];
        assert_eq!(seen, expected.map(|(kind, name)| (kind.to_owned(), name.to_owned())));
    }

    #[test]
    fn queries_are_read() {
        let query = Query { watch: true, limit: Some(7), start: 9 };
        assert_eq!(Query::parse("watch=1&limit=7&continue=9&x=y"), query);
        assert_eq!(Query::parse("limit=0&watch=false"), Query::default());
    }
}
