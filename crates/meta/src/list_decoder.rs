//! From the chunks of a body to the objects of a list.

use std::{error, fmt};

use bytes::Bytes;
use steersman_json::{Cut, Document, ElementCutter, Error, Kind, Outline, Shape, Value, Wanted};

use crate::{ListMeta, Object, ObjectError, Status, object};

/// Takes a list apart while it arrives: an object is there as soon as its last byte is.
///
/// Items that do not say what they are get the list's apiVersion, and the list's kind without `List`; the server leaves
/// both out of what it lists. A list of mixed kinds is called just `List`: what its items are, they say themselves. If the
/// list says what it is behind its items only, they are of the [expected](Self::expecting) kind, or it is an error.
///
/// Memory is that of [`ElementCutter`]: an object that is kept keeps the segment that it lies in, 256 KiB of list, so
/// [detach](Object::detach) what you keep if that is a few of many.
///
/// ```
/// use steersman_meta::ListDecoder;
///
/// let mut decoder = ListDecoder::new(1 << 20);
/// decoder.push(r#"{"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": {"name": "a"}}, {"#.into());
/// let pod = decoder.next()?.expect("it is there");
/// assert_eq!((pod.name(), pod.kind(), pod.api_version()), ("a", "Pod", "v1"));
/// assert!(decoder.next()?.is_none());
/// decoder.push(r#"}], "metadata": {"resourceVersion": "7"}}"#.into());
/// assert_eq!(decoder.next()?.expect("it is there").name(), "");
/// assert!(decoder.next()?.is_none());
/// assert_eq!(decoder.finish()?.resource_version.as_deref(), Some("7"));
/// # Ok::<(), steersman_meta::ListError>(())
/// ```
#[derive(Debug)]
pub struct ListDecoder {
    cutter: ElementCutter,
    expected: Naming,
    naming: Naming,
    /// How many objects have come out.
    objects: usize,
    /// The last that was said of it.
    metadata: Option<ListMeta>,
    ended: bool,
}

/// What items are, by the list that they stand in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Naming {
    api_version: Option<String>,
    /// Without `List`, and not empty.
    kind: Option<String>,
}

/// Why a text is no list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ListError {
    /// It is not JSON, is cut off, or one of its parts is too long.
    Json(Error),
    /// It is JSON, and no list of objects.
    NotAList(ObjectError),
    /// It is the server's refusal.
    Refused(Box<Status>),
}

/// What is noted of a list.
mod slot {
    pub(super) const ITEMS: usize = 0;
    pub(super) const METADATA: usize = 1;
    pub(super) const API_VERSION: usize = 2;
    pub(super) const KIND: usize = 3;
}

static LIST: Shape = Shape::new(&[
    Wanted::new("items", slot::ITEMS),
    Wanted::new("metadata", slot::METADATA),
    Wanted::new("apiVersion", slot::API_VERSION),
    Wanted::new("kind", slot::KIND),
]);

impl ListDecoder {
    /// A decoder for objects of at most `max_object_bytes`; what is around them may be as long.
    #[must_use]
    pub fn new(max_object_bytes: usize) -> Self {
        Self {
            cutter: ElementCutter::new(&LIST, slot::ITEMS, Object::SHAPE, max_object_bytes),
            expected: Naming::default(),
            naming: Naming::default(),
            objects: 0,
            metadata: None,
            ended: false,
        }
    }

    /// The same, which knows what the items are of a list that does not say so before them.
    #[must_use]
    pub fn expecting(self, api_version: impl Into<String>, kind: impl Into<String>) -> Self {
        self.expecting_naming(Naming { api_version: Some(api_version.into()), kind: Some(kind.into()) })
    }

    pub(crate) fn expecting_naming(self, expected: Naming) -> Self {
        Self { expected, ..self }
    }

    /// Takes the next chunk of the body. Take all objects out before the next one.
    pub fn push(&mut self, chunk: Bytes) {
        self.cutter.push(chunk);
    }

    /// The next object, or none if more of the body is needed.
    ///
    /// # Errors
    /// If the body is no list. There is no next object then.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that ends is not asked again; this one is"
    )]
    pub fn next(&mut self) -> Result<Option<Object>, ListError> {
        while let Some(cut) = self.cutter.next()? {
            match cut {
                Cut::Start(start) => self.start(&start)?,
                Cut::Element(item) => {
                    let object = self.naming.object(item);
                    let object = object.map_err(|error| ObjectError::item(self.objects, error))?;
                    self.objects += 1;
                    return Ok(Some(object));
                }
                Cut::End(end) => self.end(&end)?,
            }
        }
        Ok(None)
    }

    /// The list's own metadata, as far as it has come: most servers send it before the items. None until then.
    #[must_use]
    pub fn metadata(&self) -> Option<&ListMeta> {
        self.metadata.as_ref()
    }

    /// The list's own metadata, when the body has ended and all objects are taken out.
    ///
    /// # Errors
    /// If the body ended too early, or is no list.
    pub fn finish(&mut self) -> Result<ListMeta, ListError> {
        // Nothing comes out here: it would be an object that the caller has not asked for.
        self.cutter.finish()?;
        match self.metadata.take() {
            Some(metadata) if self.ended => Ok(metadata),
            _ => Err(ListError::NotAList(ObjectError::member("items", Kind::Array))),
        }
    }

    fn start(&mut self, start: &Outline) -> Result<(), ListError> {
        if start.value(slot::METADATA).is_some() {
            self.metadata = Some(metadata(start)?);
        }
        self.naming = self.named(Naming::of(&start.document().root()));
        let mut members = Vec::new();
        if let Some(kind) = &self.naming.kind {
            if let Some(api_version) = &self.naming.api_version {
                members.push((object::slot::API_VERSION, "apiVersion", api_version.as_str()));
            }
            members.push((object::slot::KIND, "kind", kind.as_str()));
        }
        self.cutter.fill(&members);
        Ok(())
    }

    /// What the list says that its items are, with what it has not said yet as it is expected.
    fn named(&self, said: Option<Naming>) -> Naming {
        match said {
            None => self.expected.clone(),
            Some(said) if said.api_version.is_none() && said.kind == self.expected.kind => {
                self.expected.clone()
            }
            Some(said) => said,
        }
    }

    fn end(&mut self, end: &Outline) -> Result<(), ListError> {
        let root = end.document().root();
        if root.kind() != Kind::Object {
            return Err(ObjectError::not_an_object(root.kind()).into());
        }
        match end.value(slot::ITEMS) {
            Some(items) if matches!(items.kind(), Kind::Array | Kind::Null) => {}
            Some(items) => return Err(ObjectError::member("items", items.kind()).into()),
            None => {
                let status = Status::parse(end.document().bytes()).filter(Status::is_failure);
                if let Some(status) = status {
                    return Err(ListError::Refused(Box::new(status)));
                }
                let kind = end.value(slot::KIND).and_then(|kind| kind.as_str());
                return Err(match kind {
                    Some(kind) if !kind.is_empty() && !kind.ends_with("List") => {
                        ObjectError::not_a_list(kind.into_owned()).into()
                    }
                    _ => ObjectError::member("items", Kind::Null).into(),
                });
            }
        }
        let said = self.named(Naming::of(&root));
        if self.objects > 0 && said != self.naming {
            return Err(ObjectError::mixed_kinds(said.to_string(), self.naming.to_string()).into());
        }
        self.metadata = Some(metadata(end)?);
        self.ended = true;
        Ok(())
    }
}

fn metadata(list: &Outline) -> Result<ListMeta, ObjectError> {
    match list.value(slot::METADATA).filter(|metadata| !metadata.is_null()) {
        None => Ok(ListMeta::default()),
        // serde reads a struct from an array too.
        Some(metadata) if metadata.kind() != Kind::Object => {
            Err(ObjectError::member("metadata", metadata.kind()))
        }
        Some(metadata) => metadata.deserialize().map_err(|_| ObjectError::member("metadata", Kind::Object)),
    }
}

impl Naming {
    /// None if the list does not say its kind.
    pub(crate) fn of(list: &Value<'_>) -> Option<Self> {
        let text = |member| list.get(member).and_then(|value| value.as_str().map(|text| text.into_owned()));
        let kind = text("kind").filter(|kind| !kind.is_empty())?;
        let kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty()).map(str::to_owned);
        Some(Self { api_version: text("apiVersion"), kind })
    }

    /// An item, most often with all that it says filled in already.
    fn object(&self, item: Outline) -> Result<Object, ObjectError> {
        let object = Object::from_outline(item)?;
        let Some(kind) = &self.kind else { return Ok(object) };
        let mut document = None::<Document>;
        if object.kind().is_empty() {
            document = Some(with_member(object.document(), "/kind", kind)?);
        }
        if let Some(api_version) = self.api_version.as_deref().filter(|_| object.api_version().is_empty()) {
            let object = document.as_ref().unwrap_or_else(|| object.document());
            document = Some(with_member(object, "/apiVersion", api_version)?);
        }
        document.map_or(Ok(object), Object::from_document)
    }
}

impl fmt::Display for Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.as_deref().unwrap_or("of any kind");
        match &self.api_version {
            Some(api_version) => write!(f, "{api_version} {kind}"),
            None => f.write_str(kind),
        }
    }
}

fn with_member(document: &Document, pointer: &str, text: &str) -> Result<Document, ObjectError> {
    let value = Document::from_serialize(text).map_err(ObjectError::json)?;
    document.set(pointer, &value).map_err(ObjectError::json)
}

impl From<Error> for ListError {
    fn from(error: Error) -> Self {
        Self::Json(error)
    }
}

impl From<ObjectError> for ListError {
    fn from(error: ObjectError) -> Self {
        Self::NotAList(error)
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::NotAList(error) => error.fmt(f),
            Self::Refused(status) => status.fmt(f),
        }
    }
}

impl error::Error for ListError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Json(error) => error.source(),
            Self::NotAList(error) => error.source(),
            Self::Refused(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ListDecoder;

    /// D40, B42: the members of a list may come in any order; what has not come yet is as it is expected.
    #[test]
    fn d40_b42_members_in_any_order() {
        let (kind, version) = (r#""kind":"PodList""#, r#""apiVersion":"v1""#);
        let (items, metadata) =
            (r#""items":[{"metadata":{"name":"a"}}]"#, r#""metadata":{"resourceVersion":"7"}"#);
        for order in [
            [kind, version, metadata, items],
            [kind, items, version, metadata],
            [version, items, kind, metadata],
            [items, metadata, version, kind],
            [items, kind, metadata, version],
            [metadata, kind, items, version],
        ] {
            let text = format!("{{{}}}", order.join(","));
            let mut decoder = ListDecoder::new(1 << 10).expecting("v1", "Pod");
            decoder.push(text.clone().into());
            let pod = decoder.next().expect(&text).expect("an object");
            assert_eq!((pod.api_version(), pod.kind(), pod.name()), ("v1", "Pod", "a"), "{text}");
            assert!(decoder.next().expect(&text).is_none());
            let metadata = decoder.finish().expect(&text);
            assert_eq!(metadata.resource_version.as_deref(), Some("7"), "{text}");
        }
    }
}
