//! Selectors by fields.

use super::SelectorError;

/// A field selector, as the API writes it: `metadata.name=web,status.phase!=Running`.
///
/// Which fields a kind can be selected by is the server's to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector(pub(super) String);

impl FieldSelector {
    /// The selector's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks that the text is a list of `FIELD=VALUE` and `FIELD!=VALUE`, where a backslash in a value takes `,`, `=` and
    /// itself for what they are.
    ///
    /// # Errors
    /// If it is not, with the place.
    pub fn check(&self) -> Result<(), SelectorError> {
        let mut at = 0;
        let mut escaped = false;
        let comma = |c: char| {
            let ends = c == ',' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        };
        for term in self.0.split(comma) {
            if !self.0.is_empty()
                && term.split_once('=').is_none_or(|(field, _)| field.trim_end_matches('!').is_empty())
            {
                return Err(SelectorError {
                    text: self.0.clone(),
                    at,
                    expected: "FIELD=VALUE or FIELD!=VALUE",
                });
            }
            at += term.len() + 1;
        }
        Ok(())
    }

    /// The selector of the one object that has this name, joined with what is selected already (row B21).
    #[must_use]
    pub fn and_name(self, name: &crate::Name) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        Self(format!("{}{comma}metadata.name={name}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::FieldSelector;
    use crate::Name;

    /// B21: a name is joined with the user's own field selector, it does not replace it.
    #[test]
    fn b21_field_selectors() {
        let name = Name::parse("a").expect("a name");
        assert_eq!(FieldSelector::default().and_name(&name).as_str(), "metadata.name=a");
        assert_eq!(FieldSelector::from("x=y").and_name(&name).as_str(), "x=y,metadata.name=a");
        for (text, ok) in
            [("", true), ("a=b", true), ("a!=b,c=d", true), ("a", false), ("=b", false), ("a=b,", false)]
        {
            assert_eq!(FieldSelector::from(text).check().is_ok(), ok, "{text:?}");
        }
    }
}
