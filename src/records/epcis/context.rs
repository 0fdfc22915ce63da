//! Prefixes declared by `@context`, and what names and values mean under them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::error::{EpcisError, FieldFault, Located};
use super::extension::ExtensionName;
use super::uri::is_uri;
use crate::types::json::{Json, Object};

#[cfg(test)]
mod tests;

/// Most entries of an `@context` array; real ones hold two or three. Uniqueness compares every pair.
const MAX_CONTEXT_ENTRIES: usize = 32;

/// Longest namespace that a prefix may stand for. Each use of the prefix is replaced by it, so without a bound a
/// body of 60 KiB could ask for a hundred megabytes.
const MAX_NAMESPACE_BYTES: usize = 512;

/// Prefixes whose meaning EPCIS fixes: those of its own context, and `cbvmda` with the namespace that the
/// XML binding and the event hash use.
const STANDARD_PREFIXES: [(&str, &str); 8] = [
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("cbvmda", "urn:epcglobal:cbv:mda"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("gs1", "https://gs1.org/voc/"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// Addresses of the context of EPCIS, which declares these prefixes and no others. Any other address may declare more.
const EPCIS_CONTEXTS: [&str; 3] = [
    "https://gs1.github.io/EPCIS/epcis-context.jsonld",
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
];

/// Schemes that identify things in every event: as prefixes they would give an identifier a second meaning.
const RESERVED_PREFIXES: [&str; 3] = ["http", "https", "urn"];

/// The prefixes of one event.
#[derive(Debug)]
pub(super) struct Context<'a> {
    declared: BTreeMap<&'a str, &'a str>,
    /// Whether a context is given by an address at which anything may be declared.
    is_open: bool,
}

impl<'a> Context<'a> {
    /// Reads the value of `@context`: an address, an object, or an array of both.
    ///
    /// # Errors
    /// [`EpcisError::Field`], with a pointer from `@context` on.
    pub(super) fn read(json: &'a Json<'a>) -> Result<Self, EpcisError> {
        let mut context = Self {
            declared: BTreeMap::new(),
            is_open: false,
        };
        let Json::Array(entries) = json else {
            context.read_entry(json, "a URI, an object or an array")?;
            return Ok(context);
        };
        if entries.len() > MAX_CONTEXT_ENTRIES {
            return Err(FieldFault::TooMany {
                found: entries.len(),
                limit: MAX_CONTEXT_ENTRIES,
            }
            .into());
        }
        for (index, entry) in entries.iter().enumerate() {
            context
                .read_entry(entry, "a URI or an object")
                .at_index(index)?;
            if entries
                .iter()
                .take(index)
                .any(|earlier| earlier.is_equivalent(entry))
            {
                return Err(FieldFault::NotUnique).at_index(index);
            }
        }
        Ok(context)
    }

    fn read_entry(&mut self, json: &'a Json<'a>, expected: &'static str) -> Result<(), EpcisError> {
        match json {
            Json::String(address) if is_uri(address) => {
                self.is_open |= !EPCIS_CONTEXTS.contains(&&**address);
                Ok(())
            }
            Json::String(address) => Err(FieldFault::NotAUri {
                text: address.to_string(),
            }
            .into()),
            Json::Object(terms) => self.read_terms(terms),
            other => Err(FieldFault::WrongType {
                expected,
                found: other.kind(),
            }
            .into()),
        }
    }

    /// Takes the prefixes from an object of term definitions (JSON-LD 1.1): a term without a
    /// colon that stands for an address, directly or in an expanded definition's `@id`. A later one wins.
    fn read_terms(&mut self, terms: &'a Object<'a>) -> Result<(), EpcisError> {
        // What another document is to declare is not known here.
        self.is_open |= terms.get("@import").is_some();
        for (term, definition) in terms.iter() {
            let address = match definition {
                Json::Object(expanded) => expanded.get("@id").and_then(Json::as_str),
                Json::String(address) => Some(address.as_ref()),
                _ => None,
            };
            let Some(address) = address else { continue };
            let is_reserved = |prefix: &&str| prefix.eq_ignore_ascii_case(term);
            if RESERVED_PREFIXES.iter().any(is_reserved) {
                return Err(FieldFault::ReservedPrefix {
                    prefix: term.to_string(),
                })
                .at(term);
            }
            if !term.starts_with('@') && !term.contains(':') {
                if address.len() > MAX_NAMESPACE_BYTES {
                    return Err(FieldFault::TooLong {
                        length_bytes: address.len(),
                        limit_bytes: MAX_NAMESPACE_BYTES,
                    })
                    .at(term);
                }
                self.declared.insert(term, address);
            }
        }
        Ok(())
    }

    /// A context that declares these prefixes.
    pub(super) fn of(declared: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            declared: declared.collect(),
            is_open: false,
        }
    }

    /// The prefixes that it declares itself, in order.
    pub(super) fn declared(&self) -> impl Iterator<Item = (&str, &str)> {
        self.declared
            .iter()
            .map(|(prefix, namespace)| (*prefix, *namespace))
    }

    /// The namespace that `prefix` stands for.
    fn namespace(&self, prefix: &str) -> Option<&str> {
        self.declared.get(prefix).copied().or_else(|| {
            let standard = STANDARD_PREFIXES.iter().find(|(name, _)| *name == prefix);
            standard.map(|(_, namespace)| *namespace)
        })
    }

    /// Splits a compact URI into namespace and local name; none when its prefix is not declared here.
    fn split_compact<'t>(&self, text: &'t str) -> Option<(&str, &'t str)> {
        let (prefix, local) = text.split_once(':')?;
        // `scheme://` is never a compact URI (JSON-LD 1.1).
        if local.starts_with("//") {
            return None;
        }
        Some((self.namespace(prefix)?, local))
    }

    /// A value with its compact URI expanded, if it is one.
    pub(super) fn expand<'t>(&self, value: &'t str) -> Cow<'t, str> {
        match self.split_compact(value) {
            Some((namespace, local)) => Cow::Owned([namespace, local].concat()),
            None => Cow::Borrowed(value),
        }
    }

    /// Whether a name has a prefix that is certainly not declared.
    pub(super) fn has_undeclared_prefix(&self, name: &str) -> bool {
        !self.is_open && !is_full(name) && self.split_compact(name).is_none()
    }

    /// What the name of an extension stands for.
    pub(super) fn extension_name(&self, name: &str) -> ExtensionName {
        if let Some((namespace, local)) = self.split_compact(name) {
            return ExtensionName::qualified(namespace, local);
        }
        let full = is_full(name);
        match name.rfind(['/', '#', ':']) {
            Some(end) if full && end + 1 < name.len() => {
                let (namespace, local) = name.split_at(end + 1);
                ExtensionName::qualified(namespace, local)
            }
            _ => ExtensionName::as_written(name),
        }
    }
}

/// Whether a URI is written out: any other may be a prefix with a name.
fn is_full(uri: &str) -> bool {
    uri.split_once(':')
        .is_some_and(|(scheme, rest)| rest.starts_with("//") || scheme.eq_ignore_ascii_case("urn"))
}
