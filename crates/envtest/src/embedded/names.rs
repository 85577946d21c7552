//! Which names objects may have, and what is said about those that they may not.

use serde_json::Value;

use super::{kinds::NameRule, status::Cause};

/// How many characters `generateName` may be followed by.
const SUFFIX: usize = 5;
/// The longest `generateName` that is kept: names of 63 characters fit everywhere.
const MAX_GENERATED: usize = 63;
/// No vowels and no digits that look like letters: generated names spell nothing.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// `prefix` with five random characters.
pub(crate) fn generate(prefix: &str) -> String {
    let base: String = prefix.chars().take(MAX_GENERATED - SUFFIX).collect();
    let random = uuid::Uuid::new_v4();
    let suffix: String = random.as_bytes()[..SUFFIX]
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect();
    base + &suffix
}

/// What is wrong with `name`, if anything is.
pub(crate) fn check(field: &str, name: &str, rule: NameRule) -> Option<Cause> {
    let value = Value::from(name);
    let (fits, most, what) = match rule {
        NameRule::Subdomain => (is_subdomain(name), 253, SUBDOMAIN),
        NameRule::Label => (is_label(name), 63, LABEL),
        NameRule::Label1035 => {
            (is_label(name) && name.starts_with(|one: char| one.is_ascii_lowercase()), 63, LABEL_1035)
        }
    };
    if name.len() > most {
        return Some(Cause::invalid(field, &value, &format!("must be no more than {most} characters")));
    }
    if rule == NameRule::Label && name.contains('.') {
        return Some(Cause::invalid(field, &value, "must not contain dots"));
    }
    (!fits).then(|| Cause::invalid(field, &value, what))
}

pub(crate) fn is_label(text: &str) -> bool {
    let ends = |one: Option<char>| one.is_some_and(|one| one.is_ascii_lowercase() || one.is_ascii_digit());
    text.len() <= 63
        && text.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
        && ends(text.chars().next())
        && ends(text.chars().next_back())
}

pub(crate) fn is_subdomain(text: &str) -> bool {
    let part = |part: &str| {
        let ends =
            |one: Option<char>| one.is_some_and(|one| one.is_ascii_lowercase() || one.is_ascii_digit());
        part.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
            && ends(part.chars().next())
            && ends(part.chars().next_back())
    };
    text.len() <= 253 && text.split('.').all(part)
}

/// A key of a label or an annotation: an optional DNS prefix and a name.
pub(crate) fn is_qualified(text: &str) -> bool {
    let (prefix, name) = text.rsplit_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    let ends = |one: Option<char>| one.is_some_and(|one| one.is_ascii_alphanumeric());
    prefix.is_none_or(is_subdomain)
        && name.len() <= 63
        && name.chars().all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one))
        && ends(name.chars().next())
        && ends(name.chars().next_back())
}

/// The value of a label.
pub(crate) fn is_label_value(text: &str) -> bool {
    let ends = |one: Option<char>| one.is_none_or(|one| one.is_ascii_alphanumeric());
    text.len() <= 63
        && text.chars().all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one))
        && ends(text.chars().next())
        && ends(text.chars().next_back())
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
    alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
    validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
pub(crate) const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, \
    '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or \
    '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
pub(crate) const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start \
    and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

#[cfg(test)]
mod tests {
    use super::{NameRule, check, generate, is_label_value, is_qualified};

    #[test]
    fn names() {
        for (name, rule, fits) in [
            ("a", NameRule::Subdomain, true),
            ("a.b-c.1", NameRule::Subdomain, true),
            ("A", NameRule::Subdomain, false),
            ("a..b", NameRule::Subdomain, false),
            ("-a", NameRule::Subdomain, false),
            ("a.b", NameRule::Label, false),
            ("1a", NameRule::Label, true),
            ("1a", NameRule::Label1035, false),
        ] {
            assert_eq!(check("metadata.name", name, rule).is_none(), fits, "{name}");
        }
        assert!(check("metadata.name", &"a".repeat(254), NameRule::Subdomain).is_some());
        assert!(is_qualified("example.com/Name_1") && !is_qualified("a b") && !is_qualified("E.com/x"));
        assert!(is_label_value("") && is_label_value("a.B_1") && !is_label_value("a/b"));
    }

    #[test]
    fn generated_names() {
        let (one, two) = (generate("web-"), generate("web-"));
        assert_eq!((one.len(), two.len()), (9, 9));
        assert_ne!(one, two);
        assert_eq!(generate(&"a".repeat(80)).len(), 63);
    }
}
