//! Identifiers: what names a ledger, a member, a submission, a batch, a block, a state.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::codec::{Decode, DecodeError, Encode, Reader, put_bytes};
use super::limits::{
    MAX_CONTRACT_NAME_BYTES, MAX_KIND_BYTES, MAX_MARKET_AREA_BYTES, MAX_MEMBER_ID_BYTES,
    MAX_METER_ID_BYTES, MAX_ROLE_BYTES,
};
use crate::crypto::{Blake3Digest, Sha256Digest};

macro_rules! digest_id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The 32 bytes.
            pub fn as_bytes(&self) -> &[u8; 32] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let digest = <$inner>::from_hex(text).map_err(|_| IdError::NotADigest {
                    what: stringify!($name),
                })?;
                Ok(Self(digest))
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                self.0.encode(out);
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self(<$inner>::decode(reader)?))
            }
        }
    };
}

digest_id!(
    /// Names a ledger: the blake3 digest of its genesis document, byte for byte.
    LedgerId, Blake3Digest
);
digest_id!(
    /// Names a submission: SHA-256 over exactly what its author signs (see
    /// [`Submission`](super::Submission)), so that a client computes it with a stock tool.
    SubmissionId, Sha256Digest
);
digest_id!(
    /// Names a batch: blake3 over its canonical bytes without the author's signature.
    BatchDigest, Blake3Digest
);
digest_id!(
    /// Names a block: blake3 over its header.
    BlockDigest, Blake3Digest
);
digest_id!(
    /// The authenticated root over the state after a block.
    StateRoot, Blake3Digest
);
digest_id!(
    /// Names a validator set: blake3 over its canonical bytes.
    ValidatorSetDigest, Blake3Digest
);
digest_id!(
    /// Names the contracts in force: blake3 over their canonical list.
    ContractSetDigest, Blake3Digest
);
digest_id!(
    /// Names a version of a contract: blake3 over the names and texts of its files.
    ContractDigest, Blake3Digest
);

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdError {
    /// Not 64 lower-case hexadecimal digits.
    #[error("a {what} is 64 lower-case hexadecimal digits")]
    NotADigest {
        /// The type wanted.
        what: &'static str,
    },
    /// Empty, too long, or with a character that is not allowed.
    #[error("{text:?} is not a {what}: {rule}")]
    NotAName {
        /// The type wanted.
        what: &'static str,
        /// What was given, cut to 80 characters.
        text: String,
        /// The rule for the type.
        rule: &'static str,
    },
}

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $limit:expr, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks a name.
            ///
            /// # Errors
            /// [`IdError::NotAName`] with the rule.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if text.is_empty() || text.len() > $limit || !check(text) {
                    return Err(IdError::NotAName {
                        what: $what,
                        text: text.chars().take(80).collect(),
                        rule: $rule,
                    });
                }
                Ok(Self(text.into()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.into()
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                put_bytes(out, self.0.as_bytes());
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let text = reader.text($what, $limit)?;
                Self::new(text).map_err(|error| DecodeError::invalid($what, error.to_string()))
            }
        }
    };
}

name_id!(
    /// Names a member of the ledger, such as `acme-foods`: a DNS label.
    MemberId,
    "member id",
    MAX_MEMBER_ID_BYTES,
    "1 to 63 lower-case letters, digits and inner hyphens",
    is_label
);
name_id!(
    /// Names a kind of record, such as `epcis.event`: a family and a name in it.
    RecordKind,
    "record kind",
    MAX_KIND_BYTES,
    "two or more labels of lower-case letters, digits and inner hyphens, joined by dots, at most 64 bytes",
    |text| text.contains('.') && text.split('.').all(is_label)
);
name_id!(
    /// Names a contract, such as `energy-trade`: a DNS label.
    ContractName,
    "contract name",
    MAX_CONTRACT_NAME_BYTES,
    "1 to 63 lower-case letters, digits and inner hyphens",
    is_label
);
name_id!(
    /// Names a role that a member has, such as `producer`.
    Role,
    "role",
    MAX_ROLE_BYTES,
    "1 to 64 lower-case letters, digits and inner hyphens",
    is_label
);
name_id!(
    /// Names a market area, in which energy is traded and settled, such as `CH-ZH` or an EIC code.
    MarketArea,
    "market area",
    MAX_MARKET_AREA_BYTES,
    "1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit",
    is_code
);
name_id!(
    /// Names a meter, such as `CH-1001` or the number of a metering point.
    MeterId,
    "meter id",
    MAX_METER_ID_BYTES,
    "1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit",
    is_code
);

fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    bytes.first().is_some_and(u8::is_ascii_alphanumeric) && bytes.iter().all(inner)
}

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bytes.first().is_some_and(letter)
        && bytes.last().is_some_and(letter)
        && bytes.iter().all(|byte| letter(byte) || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels() {
        for good in ["a", "acme-foods", "4-you", "x1"] {
            assert_eq!(MemberId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "-a", "a-", "Acme", "a b", "a.b", "é", &"a".repeat(64)] {
            assert!(MemberId::new(bad).is_err(), "{bad}");
        }
        for good in ["epcis.event", "membership.change", "a.b.c"] {
            assert!(RecordKind::new(good).is_ok(), "{good}");
        }
        for bad in ["event", "epcis.", ".event", "epcis..event", "epcis.Event"] {
            assert!(RecordKind::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn meters_and_areas_have_codes() {
        for good in ["7", "CH-ZH", "10YCH-SWISSGRIDZ", "a_b.c"] {
            assert!(MeterId::new(good).is_ok() && MarketArea::new(good).is_ok());
        }
        for bad in ["", "-a", ".a", "a b", "a/b", "\u{e9}", &"a".repeat(65)] {
            assert!(MeterId::new(bad).is_err() && MarketArea::new(bad).is_err());
        }
    }

    #[test]
    fn ids_survive_text_and_bytes() {
        let id = LedgerId(Blake3Digest::of(b"genesis"));
        assert_eq!(id.to_string().parse::<LedgerId>(), Ok(id));
        assert_eq!(LedgerId::from_bytes(&id.to_bytes()), Ok(id));
        assert!("xyz".parse::<LedgerId>().is_err());
        let name = MemberId::new("acme").unwrap();
        assert_eq!(MemberId::from_bytes(&name.to_bytes()), Ok(name));
    }
}
