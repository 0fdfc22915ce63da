//! What a question about events is written with: names and values as they stand in events, read with the
//! prefixes that the question declares.

use std::collections::BTreeMap;

use super::context::Context;
use super::error::{EpcisError, FieldFault};
use super::extension::ExtensionName;
use super::identifier::Identifier;
use super::uri::is_uri;
use super::vocabulary::{Vocabulary, VocabularyTerm, web_vocabulary};
use crate::types::json::Json;

/// Most prefixes that a question declares.
pub const MAX_DECLARED_PREFIXES: usize = 32;

/// Longest namespace that a question declares, in bytes; events have the same bound.
pub const MAX_DECLARED_NAMESPACE_BYTES: usize = 512;

/// The namespaces that a question declares prefixes for, beside those of the standard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces(BTreeMap<Box<str>, Box<str>>);

/// Other addresses of the namespaces of vocabulary terms. Events may not have them; clients write them.
const OTHER_ADDRESSES: [(&str, &str); 6] = [
    ("https://ns.gs1.org/cbv/", "https://ref.gs1.org/cbv/"),
    ("http://ns.gs1.org/cbv/", "https://ref.gs1.org/cbv/"),
    ("http://ref.gs1.org/cbv/", "https://ref.gs1.org/cbv/"),
    ("http://gs1.org/voc/", "https://gs1.org/voc/"),
    ("https://www.gs1.org/voc/", "https://gs1.org/voc/"),
    ("http://www.gs1.org/voc/", "https://gs1.org/voc/"),
];

impl Namespaces {
    /// Declares what a prefix stands for; a later declaration wins.
    ///
    /// # Errors
    /// [`FieldFault`] if the prefix is reserved, the namespace too long or no URI, or there are too many.
    pub fn declare(&mut self, prefix: &str, namespace: &str) -> Result<(), FieldFault> {
        if ["http", "https", "urn"].contains(&prefix) {
            return Err(FieldFault::ReservedPrefix {
                prefix: prefix.to_owned(),
            });
        }
        if namespace.len() > MAX_DECLARED_NAMESPACE_BYTES {
            return Err(FieldFault::TooLong {
                length_bytes: namespace.len(),
                limit_bytes: MAX_DECLARED_NAMESPACE_BYTES,
            });
        }
        if prefix.is_empty() || prefix.contains(':') || !is_uri(namespace) {
            return Err(FieldFault::NotAUri {
                text: [prefix, "=", namespace].concat(),
            });
        }
        self.0.insert(prefix.into(), namespace.into());
        if self.0.len() > MAX_DECLARED_PREFIXES {
            return Err(FieldFault::TooMany {
                found: self.0.len(),
                limit: MAX_DECLARED_PREFIXES,
            });
        }
        Ok(())
    }

    /// Takes the prefixes from the value of an `@context`.
    ///
    /// # Errors
    /// [`EpcisError`] if it is no context, or declares what may not be declared.
    pub fn read(json: &Json<'_>) -> Result<Self, EpcisError> {
        let context = Context::read(json)?;
        let mut namespaces = Self::default();
        for (prefix, namespace) in context.declared() {
            namespaces.declare(prefix, namespace)?;
        }
        Ok(namespaces)
    }

    /// The prefixes with their namespaces, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(prefix, name)| (&**prefix, &**name))
    }

    fn context(&self) -> Context<'_> {
        Context::of(self.iter())
    }

    /// What the name of an extension stands for; none if its prefix is not known.
    #[must_use]
    pub fn extension_name(&self, text: &str) -> Option<ExtensionName> {
        let name = self.context().extension_name(text);
        name.canonical().starts_with('{').then_some(name)
    }

    /// A value with its compact URI expanded, as those of extensions are.
    #[must_use]
    pub fn expand(&self, text: &str) -> String {
        self.context().expand(text).into_owned()
    }

    /// Reads an identifier in either spelling.
    ///
    /// # Errors
    /// [`FieldFault`] if it is no URI, or a malformed EPC or Digital Link.
    pub fn identifier(&self, text: &str) -> Result<Identifier, FieldFault> {
        Identifier::parse(&self.context().expand(text))
    }

    /// Reads a term in any of its spellings: the bare word of the JSON binding, the URN of older versions of the
    /// vocabulary, or a full or compact URI.
    ///
    /// # Errors
    /// [`FieldFault::UnknownWord`] if it is neither a word of the vocabulary nor a URI.
    pub fn term(&self, vocabulary: Vocabulary, text: &str) -> Result<VocabularyTerm, FieldFault> {
        if let Some(term) = vocabulary.standard_term(text) {
            return Ok(term);
        }
        if !is_uri(text) {
            return Err(FieldFault::UnknownWord {
                text: text.to_owned(),
                vocabulary,
            });
        }
        if let Some(uri) = web_vocabulary(text) {
            return Ok(VocabularyTerm::of_uri(uri));
        }
        let other = OTHER_ADDRESSES
            .iter()
            .find_map(|(start, namespace)| Some([namespace, text.strip_prefix(start)?].concat()));
        if let Some(uri) = other {
            return Ok(VocabularyTerm::of_uri(uri));
        }
        Ok(VocabularyTerm::of_uri(self.expand(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_term_is_one_term() {
        let namespaces = Namespaces::default();
        let term = |text| {
            let term = namespaces.term(Vocabulary::BizStep, text).unwrap();
            term.uri().to_owned()
        };
        let shipping = "https://ref.gs1.org/cbv/BizStep-shipping";
        for text in [
            "shipping",
            "urn:epcglobal:cbv:bizstep:shipping",
            "https://ref.gs1.org/cbv/BizStep-shipping",
            "http://ns.gs1.org/cbv/BizStep-shipping",
            "cbv:BizStep-shipping",
        ] {
            assert_eq!(term(text), shipping, "{text}");
        }
        assert_eq!(term("https://a.example/step"), "https://a.example/step");
        assert!(namespaces.term(Vocabulary::BizStep, "shiping").is_err());
        let heat = namespaces.term(Vocabulary::MeasurementType, "gs1:Temperature");
        let bare = namespaces.term(Vocabulary::MeasurementType, "Temperature");
        assert_eq!(heat, bare);
    }

    #[test]
    fn names_are_known_by_declared_prefixes_only() {
        let mut namespaces = Namespaces::default();
        assert_eq!(namespaces.extension_name("cocoa:grade"), None);
        let declared = namespaces.declare("cocoa", "https://cocoa.example/terms/");
        assert_eq!(declared, Ok(()));
        let name = namespaces.extension_name("cocoa:grade").unwrap();
        assert_eq!(name.canonical(), "{https://cocoa.example/terms/}grade");
        let full = namespaces.extension_name("https://cocoa.example/terms/grade");
        assert_eq!(full, Some(name));
        assert!(namespaces.declare("urn", "https://cocoa.example/").is_err());
        assert!(namespaces.declare("a", "no uri").is_err());
    }
}
