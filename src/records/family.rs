//! The table of record families.

use thiserror::Error;

use super::epcis::{self, EventIdentity};
use super::membership::{self, MembershipChange};
use crate::types::{Record, RecordKind};

/// What a body is, once it has been read and checked by its family: all that applying it needs,
/// so that no body is parsed twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedBody {
    /// An EPCIS event.
    EpcisEvent(EventIdentity),
    /// A change of a member's keys.
    MembershipChange(MembershipChange),
}

/// A kind of record: its name, its version, and who checks it. A new family is a folder beside
/// this file and a line in [`FAMILIES`].
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The kind, such as `epcis.event`.
    pub kind: &'static str,
    /// The only version that is supported.
    pub version: u16,
    /// What it is, for people.
    pub title: &'static str,
    check: fn(&[u8]) -> Result<CheckedBody, BodyError>,
}

/// All families that this program knows.
pub const FAMILIES: &[Family] = &[
    Family {
        kind: "epcis.event",
        version: 1,
        title: "an EPCIS 2.0 event as bare JSON with its @context",
        check: |body| epcis::check(body).map(CheckedBody::EpcisEvent),
    },
    Family {
        kind: "membership.change",
        version: 1,
        title: "a key that a member adds or revokes",
        check: |body| membership::check(body).map(CheckedBody::MembershipChange),
    },
];

/// Why a body is not of its kind: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at {pointer:?}: {reason}")]
pub struct BodyError {
    /// JSON pointer (RFC 6901) into the body; empty for the whole body.
    pub pointer: String,
    /// What is wrong, for the author of the body.
    pub reason: String,
}

/// Why a record cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// No family has this kind.
    #[error("{kind} is no kind of record that this ledger knows")]
    UnknownKind {
        /// The kind found.
        kind: RecordKind,
    },
    /// The family has another version.
    #[error("version {version} of {kind} is not supported, version {supported} is")]
    UnsupportedVersion {
        /// The kind.
        kind: RecordKind,
        /// The version found.
        version: u16,
        /// The version that is supported.
        supported: u16,
    },
    /// The body is not valid for its kind.
    #[error("not a valid {kind}: {error}")]
    InvalidBody {
        /// The kind.
        kind: RecordKind,
        /// Where and why.
        error: BodyError,
    },
}

impl RecordError {
    /// The stable code, for outcomes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKind { .. } => "unknown-kind",
            Self::UnsupportedVersion { .. } => "unsupported-version",
            Self::InvalidBody { .. } => "invalid-record",
        }
    }
}

/// Reads and checks a record by itself, without the ledger's state. A pure function of the record:
/// it may run on any thread, once, and its result be kept until the record is applied.
///
/// # Errors
/// [`RecordError`] if no family takes the record.
pub fn check(record: &Record) -> Result<CheckedBody, RecordError> {
    let Some(family) = FAMILIES
        .iter()
        .find(|family| family.kind == record.kind.as_str())
    else {
        return Err(RecordError::UnknownKind {
            kind: record.kind.clone(),
        });
    };
    if family.version != record.version {
        return Err(RecordError::UnsupportedVersion {
            kind: record.kind.clone(),
            version: record.version,
            supported: family.version,
        });
    }
    (family.check)(&record.body).map_err(|error| RecordError::InvalidBody {
        kind: record.kind.clone(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn record(kind: &str, version: u16, body: &'static str) -> Record {
        Record {
            kind: RecordKind::new(kind).unwrap(),
            version,
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn every_family_has_a_proper_kind_and_only_one() {
        for (index, family) in FAMILIES.iter().enumerate() {
            assert!(RecordKind::new(family.kind).is_ok(), "{}", family.kind);
            assert!(FAMILIES[..index].iter().all(|f| f.kind != family.kind));
        }
    }

    #[test]
    fn what_no_family_takes_is_told_apart() {
        let codes = [
            (record("epcis.nothing", 1, "{}"), "unknown-kind"),
            (record("epcis.event", 2, "{}"), "unsupported-version"),
            (record("epcis.event", 1, "{}"), "invalid-record"),
            (record("membership.change", 1, "[]"), "invalid-record"),
        ];
        for (record, code) in codes {
            assert_eq!(check(&record).unwrap_err().code(), code);
        }
    }
}
