//! An object of any kind.

use std::{borrow::Cow, fmt, sync::OnceLock};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use steersman_json::{Document, Kind, Outline, Shape, Value, Wanted};

use crate::{Content, GroupVersion, GroupVersionKind, Metadata};

mod error;

use error::Problem;
pub use error::{ObjectError, ReadError};

/// An object of any kind: the JSON that the server sent, read where it is asked about.
///
/// What identifies it (apiVersion, kind, name, namespace, uid, resource version) is known from the start and can't
/// fail. Everything else is read from the text with [`at`](Self::at) and its like; no tree is built. An object is
/// cheap to clone, and never changes: an edit gives a new one.
///
/// Two objects are equal if their content is: the order of members, white space and the spelling of numbers do not
/// matter.
///
/// ```
/// use steersman_meta::Object;
///
/// let object = Object::parse(r#"{"apiVersion": "apps/v1", "kind": "Deployment",
///     "metadata": {"name": "web", "namespace": "shop", "labels": {"tier": "front"}}, "spec": {"replicas": 3}}"#)?;
/// assert_eq!((object.kind(), object.name(), object.namespace()), ("Deployment", "web", Some("shop")));
/// assert_eq!(object.at::<i64>("/spec/replicas")?, Some(3));
/// assert_eq!(object.at::<i64>("/spec/paused")?, None);
/// assert_eq!(object.labels()["tier"], "front");
/// assert_eq!(object.set("/spec/replicas", serde_json::json!(5))?.at::<i64>("/spec/replicas")?, Some(5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Object {
    /// Of the shape [`Object::SHAPE`].
    outline: Outline,
    /// What identifies the object, where the text spells some of it with escapes.
    escaped: Option<Box<[Option<Box<str>>; HEAD.len()]>>,
    metadata: OnceLock<Box<Metadata>>,
}

/// The slots of [`Object::SHAPE`]; those of the texts that identify an object come first.
pub(crate) mod slot {
    pub(crate) const API_VERSION: usize = 0;
    pub(crate) const KIND: usize = 1;
    pub(super) const NAME: usize = 2;
    pub(super) const NAMESPACE: usize = 3;
    pub(super) const UID: usize = 4;
    pub(super) const RESOURCE_VERSION: usize = 5;
    pub(super) const METADATA: usize = 6;
    pub(super) const MANAGED_FIELDS: usize = 7;
    pub(super) const SPEC: usize = 8;
    pub(super) const STATUS: usize = 9;
}

/// The texts that identify an object, by slot.
const HEAD: [&str; 6] = ["apiVersion", "kind", "name", "namespace", "uid", "resourceVersion"];

static OBJECT: Shape = Shape::new(&[
    Wanted::new("apiVersion", slot::API_VERSION),
    Wanted::new("kind", slot::KIND),
    Wanted::new("metadata", slot::METADATA).with(&METADATA),
    Wanted::new("spec", slot::SPEC),
    Wanted::new("status", slot::STATUS),
]);

static METADATA: Shape = Shape::new(&[
    Wanted::new("name", slot::NAME),
    Wanted::new("namespace", slot::NAMESPACE),
    Wanted::new("uid", slot::UID),
    Wanted::new("resourceVersion", slot::RESOURCE_VERSION),
    Wanted::new("managedFields", slot::MANAGED_FIELDS),
]);

impl Object {
    /// What an object wants to know of its text; it takes the slots below [`SLOTS`](Self::SLOTS).
    pub const SHAPE: &'static Shape = &OBJECT;

    /// The slots from here on are free for what lies around an object.
    pub const SLOTS: usize = 10;

    /// Takes in JSON text.
    ///
    /// # Errors
    /// If it is not well-formed, is no JSON object, or one of the members that identify an object is no text.
    pub fn parse(text: impl Into<Bytes>) -> Result<Self, ObjectError> {
        Self::from_outline(Outline::parse(text, Self::SHAPE).map_err(ObjectError::json)?)
    }

    /// Takes in a checked document.
    ///
    /// # Errors
    /// If it is no JSON object, or one of the members that identify an object is no text.
    #[expect(clippy::needless_pass_by_value, reason = "the document becomes the object")]
    pub fn from_document(document: Document) -> Result<Self, ObjectError> {
        Self::parse(document.bytes().clone())
    }

    /// Takes in a checked document of which is known where its parts stand; of another shape than
    /// [`SHAPE`](Self::SHAPE), the object is not what its text says.
    ///
    /// # Errors
    /// If it is no JSON object, or one of the members that identify an object is no text.
    pub fn from_outline(outline: Outline) -> Result<Self, ObjectError> {
        let root = outline.document().root();
        if root.kind() != Kind::Object {
            return Err(ObjectError(Problem::NotAnObject(root.kind())));
        }
        if let Some(metadata) = outline.value(slot::METADATA)
            && !matches!(metadata.kind(), Kind::Object | Kind::Null)
        {
            return Err(ObjectError::member("metadata", metadata.kind()));
        }
        let mut escaped = None::<Box<[Option<Box<str>>; HEAD.len()]>>;
        for (slot, member) in HEAD.into_iter().enumerate() {
            let Some(value) = outline.value(slot) else { continue };
            match value.kind() {
                Kind::Null => {}
                Kind::String if value.is_plain() => {}
                Kind::String => {
                    let text = value.as_str().map(|text| text.into());
                    escaped.get_or_insert_default()[slot] = text;
                }
                kind => return Err(ObjectError::member(member, kind)),
            }
        }
        Ok(Self { outline, escaped, metadata: OnceLock::new() })
    }

    /// Takes in whatever a request could carry.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and if the value can't be written as JSON.
    pub fn from_content(content: impl Into<Content>) -> Result<Self, ObjectError> {
        let document =
            content.into().document().map_err(|error| ObjectError(Problem::Content(error)))?.clone();
        Self::from_document(document)
    }

    /// The apiVersion; empty where there is none.
    #[must_use]
    pub fn api_version(&self) -> &str {
        self.text(slot::API_VERSION)
    }

    /// The kind; empty where there is none.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text(slot::KIND)
    }

    /// Group, version and kind; `None` where the object does not say what it is.
    #[must_use]
    pub fn gvk(&self) -> Option<GroupVersionKind> {
        let group_version: GroupVersion = self.api_version().parse().ok()?;
        (!self.kind().is_empty()).then(|| group_version.with_kind(self.kind()))
    }

    /// The name; empty where there is none yet.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text(slot::NAME)
    }

    /// The namespace; `None` for an object that is in none.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        Some(self.text(slot::NAMESPACE)).filter(|namespace| !namespace.is_empty())
    }

    /// The uid; `None` before the server has given one.
    #[must_use]
    pub fn uid(&self) -> Option<&str> {
        Some(self.text(slot::UID)).filter(|uid| !uid.is_empty())
    }

    /// The version of this state of the object; `None` before the server has given one.
    #[must_use]
    pub fn resource_version(&self) -> Option<&str> {
        Some(self.text(slot::RESOURCE_VERSION)).filter(|version| !version.is_empty())
    }

    /// One of the texts that identify the object; empty where it is missing.
    fn text(&self, slot: usize) -> &str {
        if let Some(text) = self.escaped.as_ref().and_then(|texts| texts[slot].as_deref()) {
            return text;
        }
        match self.outline.value(slot).and_then(|value| value.as_str()) {
            Some(Cow::Borrowed(text)) => text,
            // It would be among those with escapes.
            Some(Cow::Owned(_)) | None => "",
        }
    }

    /// The rest of the metadata, parsed at the first call. A member of the wrong type makes it empty:
    /// [`try_metadata`](Self::try_metadata) says which.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        self.metadata.get_or_init(|| Box::new(self.try_metadata().unwrap_or_default()))
    }

    /// The rest of the metadata, parsed at each call.
    ///
    /// # Errors
    /// If a member of it has the wrong type.
    pub fn try_metadata(&self) -> Result<Metadata, ReadError> {
        Ok(self.at("/metadata")?.unwrap_or_default())
    }

    /// The labels.
    #[must_use]
    pub fn labels(&self) -> &std::collections::BTreeMap<String, String> {
        &self.metadata().labels
    }

    /// The annotations.
    #[must_use]
    pub fn annotations(&self) -> &std::collections::BTreeMap<String, String> {
        &self.metadata().annotations
    }

    /// Reads what a JSON pointer (RFC 6901) leads to, straight from the text; `None` where nothing is there, or null.
    ///
    /// # Errors
    /// If what is there is of another type.
    pub fn at<T: DeserializeOwned>(&self, pointer: &str) -> Result<Option<T>, ReadError> {
        read(self.value(pointer), pointer)
    }

    /// Reads what a dotted path leads to (`spec.replicas`), straight from the text; `None` where nothing is there, or
    /// null. For names with dots in them, use [`at`](Self::at).
    ///
    /// # Errors
    /// If what is there is of another type.
    pub fn field<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ReadError> {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let value = match slot_of(first) {
            Some(slot) if rest.is_empty() => self.outline.value(slot),
            Some(slot) => self.outline.value(slot).and_then(|section| section.field(rest)),
            None => self.document().root().field(path),
        };
        read(value, path)
    }

    /// A borrowed view of what a JSON pointer leads to, to walk on from.
    #[must_use]
    pub fn value(&self, pointer: &str) -> Option<Value<'_>> {
        let Some(first) = pointer.strip_prefix('/') else { return self.document().root().pointer(pointer) };
        let end = first.find('/').unwrap_or(first.len());
        match slot_of(&first[..end]) {
            Some(slot) => self.outline.value(slot)?.pointer(&first[end..]),
            None => self.document().root().pointer(pointer),
        }
    }

    /// Reads the whole object as a type of the caller's.
    ///
    /// # Errors
    /// If the object does not fit the type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        self.document().root().deserialize().map_err(|_| ReadError::new::<T>("", Kind::Object))
    }

    /// The whole object as a tree. It takes about ten times the memory of the text.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        self.document().root().deserialize().expect("the text was checked when it was taken in")
    }

    /// The whole object as YAML, members in the order of the text. Without managedFields, first
    /// [`without_managed_fields`](Self::without_managed_fields).
    ///
    /// A number is written as the server reads it: beyond 64 bits it is the nearest `f64`. The text of
    /// [`as_json`](Self::as_json) loses no digit.
    ///
    /// # Errors
    /// If it holds a number beyond the largest `f64`, such as `1e400`.
    pub fn to_yaml(&self) -> Result<String, ObjectError> {
        serde_yaml::to_string(self).map_err(|error| ObjectError(Problem::Yaml(error.to_string())))
    }

    /// The object's text.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.document().as_str()
    }

    /// The text of the object, as a text of its own; [`as_json`](Self::as_json) lends it.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.as_json().to_owned()
    }

    /// The object's text, as a document.
    #[must_use]
    pub fn document(&self) -> &Document {
        self.outline.document()
    }

    /// The object with another value at a JSON pointer; objects on the way there are made, `-` adds to a list.
    /// What is not touched stays as it is, byte for byte.
    ///
    /// # Errors
    /// If the pointer leads through something else than an object or a list, or the result is no object.
    pub fn set(&self, pointer: &str, value: impl Into<Content>) -> Result<Self, ObjectError> {
        let content = value.into();
        let value = content.document().map_err(|error| ObjectError(Problem::Content(error)))?;
        let document =
            self.document().set(pointer, value).map_err(|error| ObjectError(Problem::Json(error)))?;
        Self::from_document(document)
    }

    /// The object without what a JSON pointer leads to; without it already, the same object.
    ///
    /// # Errors
    /// If the pointer is malformed, or what is left is no object.
    pub fn remove(&self, pointer: &str) -> Result<Self, ObjectError> {
        let document = self.document().remove(pointer).map_err(|error| ObjectError(Problem::Json(error)))?;
        Self::from_document(document)
    }

    /// The object in a buffer of its own, so that it does not keep a whole list's alive.
    #[must_use]
    pub fn detach(&self) -> Self {
        Self {
            outline: self.outline.detach(),
            escaped: self.escaped.clone(),
            metadata: self.metadata.clone(),
        }
    }

    /// The object without its managedFields, in a buffer of its own: for keeping. They say who set which field, and are
    /// often nearly half of an object. Nothing is parsed for it.
    #[must_use]
    pub fn without_managed_fields(&self) -> Self {
        match self.outline.without(slot::MANAGED_FIELDS) {
            Some(outline) => Self { outline, escaped: self.escaped.clone(), metadata: self.metadata.clone() },
            // A text that says things twice: each is read the long way.
            None => {
                self.remove("/metadata/managedFields").map_or_else(|_| self.detach(), |kept| kept.detach())
            }
        }
    }
}

/// The members whose place is known.
fn slot_of(member: &str) -> Option<usize> {
    Some(match member {
        "apiVersion" => slot::API_VERSION,
        "kind" => slot::KIND,
        "metadata" => slot::METADATA,
        "spec" => slot::SPEC,
        "status" => slot::STATUS,
        _ => return None,
    })
}

fn read<T: DeserializeOwned>(value: Option<Value<'_>>, path: &str) -> Result<Option<T>, ReadError> {
    match value {
        Some(value) if !value.is_null() => {
            value.deserialize().map(Some).map_err(|_| ReadError::new::<T>(path, value.kind()))
        }
        _ => Ok(None),
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.document() == other.document()
    }
}

impl fmt::Debug for Object {
    /// What identifies it; the content may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("api_version", &self.api_version())
            .field("kind", &self.kind())
            .field("namespace", &self.namespace())
            .field("name", &self.name())
            .field("resource_version", &self.resource_version())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Object {
    /// The object's text, all of it: for output that was asked for. Logs get `Debug`, which holds no secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.document().fmt(f)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Object {
    /// From any format that says what it holds, as JSON and YAML do; the text is JSON then, in the order of the members.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let document = Document::deserialize(from)?;
        Self::from_document(document).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Object;

    const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"n","uid":"u",
        "resourceVersion":"7","labels":{"app":"web"},"annotations":null,"finalizers":["x/y"],
        "managedFields":[{"manager":"m"}]},"spec":{"nodeName":"node-1","big":18446744073709551616}}"#;

    #[test]
    fn the_head_is_read_for_free() {
        let pod = Object::parse(POD).expect("an object");
        assert_eq!((pod.api_version(), pod.kind(), pod.name()), ("v1", "Pod", "a"));
        assert_eq!((pod.namespace(), pod.uid(), pod.resource_version()), (Some("n"), Some("u"), Some("7")));
        let bare = Object::parse("{}").expect("an object");
        assert_eq!(
            (bare.name(), bare.namespace(), bare.uid(), bare.resource_version()),
            ("", None, None, None)
        );
        assert_eq!(bare.gvk(), None);
    }

    /// A14, B39: sections are read by pointer and by dotted path; what is missing is none.
    #[test]
    fn a14_b39_reads() {
        let pod = Object::parse(POD).expect("an object");
        assert_eq!(pod.at::<String>("/spec/nodeName"), Ok(Some("node-1".to_owned())));
        assert_eq!(pod.field::<String>("spec.nodeName"), Ok(Some("node-1".to_owned())));
        assert_eq!(pod.at::<String>("/spec/none/deeper"), Ok(None));
        assert_eq!(pod.at::<String>("/metadata/annotations"), Ok(None));
        let error = pod.at::<i64>("/spec/nodeName").expect_err("a text").to_string();
        assert_eq!(error, "/spec/nodeName does not read as i64: it is of the JSON type String");
        assert!(pod.deserialize::<Vec<i64>>().is_err());
        assert_eq!(pod.labels().get("app").map(String::as_str), Some("web"));
        assert_eq!(pod.metadata().finalizers, ["x/y"]);
    }

    /// B40: a field is read by its name, whatever methods an object has.
    #[test]
    fn b40_fields_named_as_methods() {
        let text =
            r#"{"items":[1],"keys":2,"get":3,"data":{"items":"i","name":"n"},"metadata":{"name":"m"}}"#;
        let object = Object::parse(text).expect("an object");
        assert_eq!(object.field::<Vec<i64>>("items"), Ok(Some(vec![1])));
        assert_eq!(object.field::<i64>("keys"), Ok(Some(2)));
        assert_eq!(object.field::<i64>("get"), Ok(Some(3)));
        assert_eq!(object.field::<String>("data.items"), Ok(Some("i".to_owned())));
        assert_eq!(object.field::<String>("data.name"), Ok(Some("n".to_owned())));
    }

    /// B41, A15: the whole object as a tree, as JSON and as YAML; of duplicate keys the last one counts in each.
    #[test]
    fn b41_a15_the_whole_object() {
        let text = r#"{"kind":"Pod","n":1,"metadata":{"name":"a"},"n":18446744073709551616,"m":-0,"l":["x: y",true]}"#;
        let object = Object::parse(text).expect("an object");
        assert_eq!(object.to_string(), text);
        let value = json!({"kind": "Pod", "metadata": {"name": "a"}, "n": 18_446_744_073_709_551_616_f64, "m": -0.0,
            "l": ["x: y", true]});
        assert_eq!(object.to_value(), value);
        let yaml = object.to_yaml().expect("YAML");
        assert_eq!(
            yaml,
            "kind: Pod\nmetadata:\n  name: a\nn: 1.8446744073709552e19\nm: -0.0\nl:\n- 'x: y'\n- true\n"
        );
        let back: serde_json::Value = serde_yaml::from_str(&yaml).expect("YAML");
        assert_eq!(back, value);
        let huge = Object::parse(r#"{"n":1e400}"#).expect("an object");
        let error = huge.to_yaml().expect_err("no f64 is that large").to_string();
        assert!(error.starts_with("it can't be written as YAML: a number is beyond"), "{error}");
        assert_eq!(huge.as_json(), r#"{"n":1e400}"#);
    }

    /// B43, A13: what is written goes into the object that comes back, and nothing else changes, digit for digit.
    #[test]
    fn b43_writes_go_into_the_object() {
        let object =
            Object::parse(r#"{"kind":"X","big":18446744073709551616,"huge":1e400,"zero":-0,"spec":{"x":0}}"#)
                .expect("an object");
        let changed =
            object.set("/spec/x", json!(1)).and_then(|object| object.set("/spec/y/z", json!("new")));
        assert_eq!(
            changed.expect("places to set").as_json(),
            r#"{"kind":"X","big":18446744073709551616,"huge":1e400,"zero":-0,"spec":{"x":1,"y":{"z":"new"}}}"#
        );
        assert_eq!(object.at::<i64>("/spec/x"), Ok(Some(0)), "the object itself never changes");
    }

    /// Bytes that say when they are given back.
    struct Watched(Vec<u8>, std::sync::Arc<std::sync::atomic::AtomicBool>);

    impl AsRef<[u8]> for Watched {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    impl Drop for Watched {
        fn drop(&mut self) {
            self.1.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }

    /// One object that is kept keeps the buffer that it lies in, unless it is detached, or kept without its managedFields.
    #[test]
    fn a_detached_object_keeps_no_list() {
        for (keep, frees) in [
            (Object::clone as fn(&Object) -> Object, false),
            (Object::detach, true),
            (Object::without_managed_fields, true),
        ] {
            let given_back = std::sync::Arc::default();
            let list =
                format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{}},"items":[{POD},{POD}]}}"#);
            let text =
                bytes::Bytes::from_owner(Watched(list.into_bytes(), std::sync::Arc::clone(&given_back)));
            let document = steersman_json::Document::parse(text).expect("JSON");
            let items = document.root().get("items").expect("items");
            let last = items.elements().nth(1).expect("two items");
            let item = Object::from_document(document.share(last)).expect("an object");
            let kept = keep(&item);
            drop((document, item));
            assert_eq!(given_back.load(std::sync::atomic::Ordering::Relaxed), frees);
            assert_eq!(
                (kept.name(), kept.field::<String>("spec.nodeName")),
                ("a", Ok(Some("node-1".to_owned())))
            );
            assert_eq!(kept.to_json(), kept.as_json());
            assert!(kept.to_json().contains("18446744073709551616"));
        }
    }

    /// managedFields go by their place alone; where a text says things twice, the long way gives the same.
    #[test]
    fn b39_without_managed_fields() {
        for (text, want) in [
            (POD, POD.replace(",\n        \"managedFields\":[{\"manager\":\"m\"}]", "")),
            (r#"{"metadata":{"name":"a"}}"#, r#"{"metadata":{"name":"a"}}"#.to_owned()),
            (r#"{"metadata":{"managedFields":[],"name":"a"}}"#, r#"{"metadata":{"name":"a"}}"#.to_owned()),
            (r#"{"metadata":{"managedFields":null}}"#, r#"{"metadata":{}}"#.to_owned()),
            (
                r#"{"metadata":{"name":"a","managed\u0046ields":[1]}}"#,
                r#"{"metadata":{"name":"a"}}"#.to_owned(),
            ),
        ] {
            let kept = Object::parse(text.to_owned()).expect("an object").without_managed_fields();
            let want = Object::parse(want).expect("an object");
            assert_eq!(kept.to_value(), want.to_value(), "{text}");
            assert_eq!((kept.name(), kept.uid()), (want.name(), want.uid()));
        }
    }

    /// B43: an object is made of any format that says what it holds, by itself and inside of something else.
    #[test]
    fn b43_from_any_format() {
        #[derive(Debug, serde::Deserialize)]
        struct Holder {
            pod: Object,
        }
        let tree: serde_json::Value = serde_json::from_str(POD).expect("JSON");
        let from_tree: Object = serde_json::from_value(tree.clone()).expect("an object");
        let from_text: Object = serde_json::from_str(POD).expect("an object");
        let from_yaml: Object =
            serde_yaml::from_str("metadata: {name: a, uid: u}\nspec:\n  nodeName: node-1\n")
                .expect("an object");
        let held: Holder = serde_json::from_value(json!({"pod": tree})).expect("a holder");
        for object in [&from_tree, &from_text, &from_yaml, &held.pod] {
            assert_eq!((object.name(), object.uid()), ("a", Some("u")));
            assert_eq!(object.at("/spec/nodeName"), Ok(Some("node-1".to_owned())));
        }
        assert_eq!(from_text.to_value(), Object::parse(POD).expect("an object").to_value());
        for wrong in [json!([1]), json!("text"), json!(null), json!({"metadata": 3})] {
            assert!(serde_json::from_value::<Object>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    /// D05: nothing is read before it is asked for, so what is wrong where nobody looks harms nobody.
    #[test]
    fn d05_parts_are_read_when_they_are_asked_for() {
        let object =
            Object::parse(r#"{"metadata":{"name":"a","labels":3},"spec":{"replicas":"many","x":1}}"#)
                .expect("an object");
        assert_eq!((object.name(), object.at::<i64>("/spec/x")), ("a", Ok(Some(1))));
        assert!(object.at::<i64>("/spec/replicas").is_err());
        assert!(object.try_metadata().is_err());
        assert!(object.labels().is_empty());
    }

    /// B39: arrays and objects are walked in place.
    #[test]
    fn b39_walks() {
        let pod = Object::parse(
            r#"{"spec":{"containers":[{"name":"a","n":1},{"name":"b"}],"limits":{"cpu":1,"x":2}}}"#,
        )
        .expect("an object");
        let containers = pod.value("/spec/containers").expect("they are there");
        let names: Vec<_> = containers.elements().filter_map(|it| it.get("name")?.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let limits = pod.value("/spec/limits").expect("they are there");
        let limits: Vec<_> = limits.members().map(|(key, value)| (key, value.as_i64())).collect();
        assert_eq!(limits, [("cpu".into(), Some(1)), ("x".into(), Some(2))]);
    }

    #[test]
    fn edits_leave_the_rest_alone() {
        let pod = Object::parse(POD).expect("an object");
        let moved = pod.set("/spec/nodeName", json!("node-2")).expect("a place to set");
        assert!(moved.as_json().contains("18446744073709551616"));
        assert_eq!(moved.at::<String>("/spec/nodeName"), Ok(Some("node-2".to_owned())));
        assert_eq!(pod.set("/metadata/name", json!("b")).expect("a place to set").name(), "b");
        assert_eq!(moved.set("/spec/nodeName", json!("node-1")).expect("a place to set"), pod);
        assert_eq!(pod.remove("/metadata/uid").expect("a member").uid(), None);
        assert!(pod.set("/metadata/name", json!(3)).is_err(), "a name is text");
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for (text, message) in [
            ("[]", "it is no JSON object: Array"),
            (r#"{"metadata":{"name":1}}"#, r#"its member "name" is of the wrong type: Number"#),
            (r#"{"metadata":[]}"#, r#"its member "metadata" is of the wrong type: Array"#),
            ("{", "it is no JSON that an object can be read from"),
        ] {
            assert_eq!(Object::parse(text).expect_err(text).to_string(), message);
        }
        assert!(Object::parse(r#"{"metadata":null,"kind":null}"#).is_ok());
    }

    #[test]
    fn debug_shows_no_content() {
        let secret =
            Object::parse(r#"{"kind":"Secret","metadata":{"name":"s"},"data":{"k":"aHVudGVyMg=="}}"#);
        let text = format!("{secret:?}");
        assert!(text.contains("\"s\"") && !text.contains("aHVudGVyMg"), "{text}");
    }
}
