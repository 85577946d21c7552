//! Paths into an object as people write them, turned into JSON pointers.

/// The JSON pointer that a path means: a pointer itself (`/status/phase`), a dotted path (`status.phase`), or a JSONPath of
/// kubectl's that names one place (`{.status.loadBalancer.ingress[0].ip}`, `{.metadata.labels.app\.kubernetes\.io/name}`,
/// `{.metadata.labels['app.kubernetes.io/name']}`).
///
/// `None` for a JSONPath that searches, filters or slices: it names no one place.
pub(crate) fn pointer(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return Some(path.to_owned());
    }
    let path = path.strip_prefix('{').map_or(Some(path), |inner| inner.strip_suffix('}'))?;
    let path = path.strip_prefix('$').unwrap_or(path);
    let mut rest = path.strip_prefix('.').unwrap_or(path);
    let mut pointer = String::new();
    while !rest.is_empty() {
        let (token, after) =
            if let Some(inner) = rest.strip_prefix('[') { bracketed(inner)? } else { dotted(rest)? };
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        rest = match after.strip_prefix('.') {
            // A dot announces a name.
            Some(name) if name.is_empty() || name.starts_with('[') => return None,
            Some(name) => name,
            None => after,
        };
    }
    (!pointer.is_empty()).then_some(pointer)
}

/// A name up to the next dot or bracket, in which a backslash takes the next character as it is; and what follows.
fn dotted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, one)) = characters.next() {
        match one {
            '\\' => name.push(characters.next()?.1),
            '.' | '[' => return (!name.is_empty()).then_some((name, &text[at..])),
            '*' | '?' | '@' | '{' | '}' | ']' => return None,
            one => name.push(one),
        }
    }
    (!name.is_empty()).then_some((name, ""))
}

/// An index or a quoted name, and what follows its bracket.
fn bracketed(text: &str) -> Option<(String, &str)> {
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote) {
            let (name, after) = inner.split_once(quote)?;
            return Some((name.to_owned(), after.strip_prefix(']')?));
        }
    }
    let (index, after) = text.split_once(']')?;
    let is_index = !index.is_empty() && index.bytes().all(|one| one.is_ascii_digit());
    is_index.then(|| (index.to_owned(), after))
}

#[cfg(test)]
mod tests {
    use super::pointer;

    #[test]
    fn paths_become_pointers() {
        for (path, want) in [
            ("/status/phase", Some("/status/phase")),
            ("status.phase", Some("/status/phase")),
            (".status.phase", Some("/status/phase")),
            ("{.status.phase}", Some("/status/phase")),
            ("{$.status.phase}", Some("/status/phase")),
            ("{.status.loadBalancer.ingress[0].ip}", Some("/status/loadBalancer/ingress/0/ip")),
            ("{.spec.a[0][12]}", Some("/spec/a/0/12")),
            (
                r"{.metadata.labels.app\.kubernetes\.io/name}",
                Some("/metadata/labels/app.kubernetes.io~1name"),
            ),
            ("metadata.labels['a.b/c']", Some("/metadata/labels/a.b~1c")),
            (r#"data["~x"].y"#, Some("/data/~0x/y")),
            ("", None),
            ("{}", None),
            (".", None),
            ("a..b", None),
            ("a.", None),
            ("{.status.phase", None),
            ("{.items[*].metadata.name}", None),
            ("{..name}", None),
            ("{.a[-1]}", None),
            ("{.a[0:2]}", None),
            ("{.a.[0]}", None),
            (r#"{.status.conditions[?(@.type=="Ready")].status}"#, None),
            (r"a\", None),
            ("a['b", None),
        ] {
            assert_eq!(pointer(path).as_deref(), want, "{path}");
        }
    }
}
