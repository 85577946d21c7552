//! Names that are safe to put into a path, once they are parsed.

use std::fmt;

/// Declares a text type that holds only what [`check`] lets through.
macro_rules! path_segment {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// Takes `text` if it is one segment of a path: not empty, neither `.` nor `..`, without `/`, `%` and
            /// control characters. The rest of the naming rules is the server's to say, for they differ by kind.
            ///
            /// # Errors
            /// If it is none of that.
            pub fn parse(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                match check(&text) {
                    Ok(()) => Ok(Self(text)),
                    Err(problem) => Err(NameError { what: $what, text, problem }),
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

path_segment! {
    /// The name of an object.
    ///
    /// ```
    /// use steersman_meta::Name;
    ///
    /// assert_eq!(Name::parse("web-0")?.as_str(), "web-0");
    /// assert!(Name::parse("../secrets").is_err());
    /// # Ok::<(), steersman_meta::NameError>(())
    /// ```
    Name, "name"
}

path_segment! {
    /// The name of a namespace.
    Namespace, "namespace"
}

/// What `client-go` refuses in a path segment (`rest/request.go`), and control characters besides.
fn check(text: &str) -> Result<(), Problem> {
    if text.is_empty() {
        return Err(Problem::Empty);
    }
    if text == "." || text == ".." {
        return Err(Problem::Dots);
    }
    match text.chars().find(|c| matches!(c, '/' | '%') || c.is_control()) {
        Some(character) => Err(Problem::Character(character)),
        None => Ok(()),
    }
}

/// A text that can't be a name: it would address something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    what: &'static str,
    text: String,
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Empty,
    Dots,
    Character(char),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, text, problem } = self;
        match problem {
            Problem::Empty => write!(f, "the {what} is empty"),
            Problem::Dots => write!(f, "{text:?} is no {what}: it means a folder"),
            Problem::Character(character) => write!(f, "{text:?} is no {what}: it holds {character:?}"),
        }
    }
}

impl std::error::Error for NameError {}

/// A version of a resource, or of a list of them, as the server gave it: opaque, and never empty.
///
/// Only equality means something; the order of two versions is the server's business.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResourceVersion(String);

impl ResourceVersion {
    /// Takes what the server sent; an empty text is no version.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.is_empty()).then_some(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names_that_would_leave_their_place_are_refused() {
        for (text, ok) in [
            ("web", true),
            ("system:node:a", true),
            ("a?b#c", true), // encoded by the path builder
            ("", false),
            (".", false),
            ("..", false),
            ("...", true),
            ("a/b", false),
            ("a%2fb", false),
            ("a\r\nb", false),
            ("a\0", false),
        ] {
            assert_eq!(Name::parse(text).is_ok(), ok, "{text:?}");
        }
    }

    #[test]
    fn the_error_shows_the_text() {
        let error = Name::parse("a/b").expect_err("a slash");
        assert_eq!(error.to_string(), r#""a/b" is no name: it holds '/'"#);
    }
}
