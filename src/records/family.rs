//! The table of native record families.

use thiserror::Error;

use super::epcis::{self, CheckedEvent};
use super::governance::{self, Ballot, Proposal};
use super::membership::{self, MembershipChange};

/// What a body is, once it has been read and checked by its family: all that applying it needs,
/// so that no body is parsed twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NativeBody {
    /// An EPCIS event.
    EpcisEvent(Box<CheckedEvent>),
    /// A change of a member's keys.
    MembershipChange(Box<MembershipChange>),
    /// A proposal to the governing members.
    Proposal(Box<Proposal>),
    /// A governing member's answer to a proposal.
    Ballot(Ballot),
}

/// A family of records whose effects are part of this program. A contract chooses one by its name
/// for a kind of record. A new family is a folder beside this file and a line in [`FAMILIES`].
#[derive(Clone, Copy, Debug)]
pub struct NativeFamily {
    /// The name, such as `epcis.event`.
    pub name: &'static str,
    check: fn(&[u8]) -> Result<NativeBody, BodyError>,
}

impl NativeFamily {
    /// Reads and checks a body by itself, without the ledger's state. A pure function of the bytes: it
    /// may run on any thread, once, and its result be kept until the record is applied.
    ///
    /// # Errors
    /// [`BodyError`] with the place and the rule.
    pub fn check(&self, body: &[u8]) -> Result<NativeBody, BodyError> {
        (self.check)(body)
    }
}

impl PartialEq for NativeFamily {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for NativeFamily {}

/// All native families.
pub const FAMILIES: &[NativeFamily] = &[
    NativeFamily {
        name: "epcis.event",
        check: |body| epcis::check(body).map(|event| NativeBody::EpcisEvent(Box::new(event))),
    },
    NativeFamily {
        name: "membership.change",
        check: |body| {
            membership::check(body).map(|change| NativeBody::MembershipChange(Box::new(change)))
        },
    },
    NativeFamily {
        name: governance::PROPOSAL,
        check: |body| governance::check_proposal(body).map(|p| NativeBody::Proposal(Box::new(p))),
    },
    NativeFamily {
        name: governance::BALLOT,
        check: |body| governance::check_ballot(body).map(NativeBody::Ballot),
    },
];

/// The family of a name.
pub fn family(name: &str) -> Option<&'static NativeFamily> {
    FAMILIES.iter().find(|family| family.name == name)
}

/// Why a body is not of its kind: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at {pointer:?}: {reason}")]
pub struct BodyError {
    /// JSON pointer (RFC 6901) into the body; empty for the whole body.
    pub pointer: String,
    /// What is wrong, for the author of the body.
    pub reason: String,
}

impl BodyError {
    /// A fault at a place.
    pub fn new(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::RecordKind;

    #[test]
    fn every_family_has_a_proper_name_and_only_one() {
        for (index, family) in FAMILIES.iter().enumerate() {
            assert!(RecordKind::new(family.name).is_ok(), "{}", family.name);
            assert!(FAMILIES[..index].iter().all(|f| f.name != family.name));
            assert!(family.check(b"[]").is_err(), "{}", family.name);
        }
    }
}
