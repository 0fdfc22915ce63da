//! What an event names: EPCs, GS1 Digital Links, and any other URI.
//!
//! GS1 keys have two spellings, EPC URN and GS1 Digital Link. Both are kept apart from what they mean:
//! [`canonical_identifier`] maps both to one constrained canonical Digital Link (CBV 2.0 event hash, rules 17
//! and 18), under which identifiers are indexed, compared and hashed. Of all other URIs the parts in which case means
//! nothing are written small to index and compare them; the event hash, which knows no such rule, takes them as written.

mod characters;
mod digital_link;
mod epc_urn;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use self::digital_link::Link;
use super::error::FieldFault;
use super::uri::{is_uri, with_lower_case};

/// A checked identifier: as its author wrote it, compact URIs expanded, and in canonical form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    written: Box<str>,
    /// Absent when the identifier is canonical as written.
    canonical: Option<Canonical>,
}

/// A canonical spelling that is not the one written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Canonical {
    /// The constrained canonical Digital Link of a GS1 key.
    Link(Box<str>),
    /// A Digital Link of another domain than GS1's with a wrong check digit. The event hash, which judges none, is of the link;
    /// whoever it names is known by the address.
    NoKey { link: Box<str>, address: Box<str> },
    /// Any other URI, in lower case where case means nothing.
    Uri(Box<str>),
}

impl Canonical {
    fn as_str(&self) -> &str {
        match self {
            Self::Link(text) | Self::Uri(text) => text,
            Self::NoKey { address, .. } => address,
        }
    }
}

/// Why a URI that claims to hold a GS1 key does not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentifierError {
    /// `urn:epc:` in other letters (the EPC Tag Data Standard fixes lower case).
    #[error("write urn:epc: and the scheme in lower case")]
    NotLowerCase,
    /// A kind or scheme of EPC that cannot stand in an event.
    #[error("urn:epc:{scheme} is not an EPC, EPC class or EPC pattern that events accept")]
    UnknownScheme {
        /// Kind and scheme found.
        scheme: String,
    },
    /// The parts of an EPC have the wrong number, length or characters.
    #[error("expected {expected}")]
    Structure {
        /// The form of the scheme (EPC Tag Data Standard 2.0).
        expected: &'static str,
    },
    /// A part of an EPC has a character that none of its kind may have, or a broken encoding.
    #[error("{character:?} is no character that this may have; expected {expected}")]
    Character {
        /// The character as it is written, encoded or not.
        character: String,
        /// The form of the scheme (EPC Tag Data Standard 2.0).
        expected: &'static str,
    },
    /// A Digital Link at `id.gs1.org` whose key has the wrong length or characters, or with qualifiers that
    /// do not belong to its key.
    #[error("not a GS1 Digital Link with a valid key {application_identifier}")]
    DigitalLink {
        /// GS1 application identifier of the key.
        application_identifier: &'static str,
    },
    /// The check digit of a GS1 key is wrong.
    #[error("the check digit of {key} must be {expected}")]
    CheckDigit {
        /// The digits up to and including the check digit.
        key: String,
        /// The digit that would be right.
        expected: char,
    },
}

impl Identifier {
    /// Checks a URI. What is neither an EPC nor a Digital Link is accepted, whatever it is.
    ///
    /// # Errors
    /// [`IdentifierError`]
    pub(super) fn check(text: &str) -> Result<Self, IdentifierError> {
        let is_epc = epc_urn::claims_to_be(text);
        let link = match is_epc {
            true => epc_urn::to_digital_link(text)?.map(|text| Link { text, is_key: true }),
            false => digital_link::canonical(text)?,
        };
        let address = || with_lower_case(text).map(Box::<str>::from);
        let canonical = match link {
            Some(Link {
                text: link,
                is_key: false,
            }) => Some(Canonical::NoKey {
                link: link.into(),
                address: address().unwrap_or_else(|| text.into()),
            }),
            Some(Link { text: link, .. }) => {
                Some(Canonical::Link(link.into())).filter(|link| link.as_str() != text)
            }
            None if is_epc => None,
            None => address().map(Canonical::Uri),
        };
        Ok(Self {
            written: text.into(),
            canonical,
        })
    }

    /// Reads an identifier that stands by itself, such as in a question.
    ///
    /// # Errors
    /// [`FieldFault`] if it is no URI, or a malformed EPC or Digital Link.
    pub fn parse(text: &str) -> Result<Self, FieldFault> {
        if !is_uri(text) {
            return Err(FieldFault::NotAUri {
                text: text.to_owned(),
            });
        }
        Ok(Self::check(text)?)
    }

    /// The identifier as written, with a compact URI expanded.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The one spelling under which all spellings of this identifier are known.
    #[must_use]
    pub fn canonical(&self) -> &str {
        let canonical = self.canonical.as_ref();
        canonical.map_or(&self.written, Canonical::as_str)
    }

    /// The spelling that the event hash is of: that of a GS1 key is canonical, of anything else it is the one written
    /// (CBV 2.0 event hash, rules 17 and 18).
    pub(super) fn in_event_hash(&self) -> &str {
        match &self.canonical {
            Some(Canonical::Link(link) | Canonical::NoKey { link, .. }) => link,
            Some(Canonical::Uri(_)) | None => &self.written,
        }
    }

    /// Whether this names a class of objects, such as a lot, or a single one; none if it is no GS1 key and no EPC.
    pub(super) fn is_class(&self) -> Option<bool> {
        // All EPC classes and patterns have a GS1 key, some EPCs of single objects have none.
        digital_link::is_class(self.canonical())
            .or_else(|| self.written.starts_with("urn:epc:id:").then_some(false))
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({:?})", self.written)
    }
}

/// The canonical spelling of an identifier: a constrained canonical GS1 Digital Link for EPC URNs, EPC classes,
/// EPC patterns and Digital Links of any domain, unless their check digit is wrong; of other URIs the scheme, the host, the namespace of
/// a URN and a whole UUID in lower case; every other text unchanged. Applying it twice changes nothing.
///
/// Nothing is checked: a malformed identifier is returned as it is.
#[must_use]
pub fn canonical_identifier(text: &str) -> Cow<'_, str> {
    match Identifier::check(text) {
        Ok(Identifier {
            canonical: Some(canonical),
            ..
        }) => Cow::Owned(canonical.as_str().to_owned()),
        _ => Cow::Borrowed(text),
    }
}

/// The spelling that the event hash is of if a text is an identifier: see [`Identifier::in_event_hash`].
pub(super) fn in_event_hash(text: &str) -> Cow<'_, str> {
    match Identifier::check(text) {
        Ok(Identifier {
            canonical: Some(Canonical::Link(link) | Canonical::NoKey { link, .. }),
            ..
        }) => Cow::Owned(link.into()),
        _ => Cow::Borrowed(text),
    }
}

/// What a canonical identifier names without its qualifiers: the product of a lot or of a serial number, the
/// location of one of its parts. An identifier that has none is given back as it is.
#[must_use]
pub fn without_qualifiers(canonical: &str) -> &str {
    digital_link::without_qualifiers(canonical)
}
