//! What a token is for.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::types::KeyPurpose;

/// Something that the bearer of a token may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// To put events on the ledger through the node's gateway key.
    EpcisCapture,
    /// To ask for events.
    EpcisRead,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::EpcisCapture, Self::EpcisRead];

    /// The word in a token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EpcisCapture => "epcis:capture",
            Self::EpcisRead => "epcis:read",
        }
    }

    /// Whether a key of a purpose may ask for it. An auditor's key never writes; the keys of a node
    /// sign no tokens at all.
    pub fn may_be_granted_by(self, purpose: KeyPurpose) -> bool {
        match self {
            Self::EpcisCapture => matches!(purpose, KeyPurpose::Writer | KeyPurpose::Gateway),
            Self::EpcisRead => matches!(
                purpose,
                KeyPurpose::Writer | KeyPurpose::Gateway | KeyPurpose::Auditor
            ),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| {
                let shown: String = text.chars().take(80).collect();
                let known = Self::ALL.map(Self::as_str).join(" and ");
                format!("{shown:?} is no scope; {known} are")
            })
    }
}

/// A set of scopes, not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// The scopes of a list; none if it is empty.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Option<Self> {
        let scopes: BTreeSet<Scope> = scopes.into_iter().collect();
        (!scopes.is_empty()).then_some(Self(scopes))
    }

    /// Whether it is among them.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Scope::as_str).collect();
        formatter.write_str(&words.join(" "))
    }
}

impl FromStr for Scopes {
    type Err = String;

    /// Reads words with one space between, none of them twice.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut scopes = BTreeSet::new();
        for word in text.split(' ') {
            let scope: Scope = word.parse()?;
            if !scopes.insert(scope) {
                return Err(format!("{scope} stands there twice"));
            }
        }
        Ok(Self(scopes))
    }
}
