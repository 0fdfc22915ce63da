//! The keys of the authenticated state. A key's first part names what it holds; the state root covers
//! them all alike, so a new part changes no format.

use super::definition::AssetKey;
use crate::crypto::PublicKey;
use crate::types::{ContractName, LogIndex, MemberId};

/// What the keys of members begin with.
pub const MEMBER_PREFIX: &[u8] = b"member/";

/// A key of the authenticated state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKey<'a> {
    /// A member with its keys.
    Member(&'a MemberId),
    /// The member that a key belongs to: one key never belongs to two.
    KeyOwner(&'a PublicKey),
    /// The validators of the next height.
    Validators,
    /// The validators of the height after the next one, if they are others.
    ScheduledValidators,
    /// The validators who decided the tip, if they are others than those of the next height.
    PreviousValidators,
    /// How many members the ledger has had.
    MemberCount,
    /// Which validators have been missing from commit certificates, and for how long.
    Liveness,
    /// Which contracts are in force at which height.
    Contracts,
    /// The files of a version of a contract.
    Contract {
        /// Its name.
        name: &'a ContractName,
        /// Its version.
        version: u32,
    },
    /// The members that govern the ledger.
    Governors,
    /// The proposals that can still be decided.
    OpenProposals,
    /// A proposal and what has become of it, by its entry.
    Proposal(LogIndex),
    /// The contract that an open proposal would install, by the proposal's entry.
    ProposedContract(LogIndex),
    /// What the records of a contract state about a thing.
    Asset {
        /// The contract.
        contract: &'a ContractName,
        /// The asset's key.
        key: &'a AssetKey,
    },
}

impl StateKey<'_> {
    /// The bytes of the key.
    pub fn to_bytes(self) -> Vec<u8> {
        let text = |parts: &[&str]| parts.concat().into_bytes();
        match self {
            Self::Member(id) => [MEMBER_PREFIX, id.as_str().as_bytes()].concat(),
            Self::KeyOwner(key) => [b"key/", key.as_bytes().as_slice()].concat(),
            Self::Validators => b"validators".to_vec(),
            Self::ScheduledValidators => b"validators/scheduled".to_vec(),
            Self::PreviousValidators => b"validators/previous".to_vec(),
            Self::MemberCount => b"member-count".to_vec(),
            Self::Liveness => b"liveness".to_vec(),
            Self::Contracts => b"contracts".to_vec(),
            Self::Contract { name, version } => {
                text(&["contract/", name.as_str(), "/", &version.to_string()])
            }
            Self::Governors => b"governors".to_vec(),
            Self::OpenProposals => b"open-proposals".to_vec(),
            Self::Proposal(index) => text(&["proposal/", &index.to_string()]),
            Self::ProposedContract(index) => text(&["proposed-contract/", &index.to_string()]),
            // No contract's name has a slash, so the key is the rest, whatever is in it.
            Self::Asset { contract, key } => {
                text(&["asset/", contract.as_str(), "/", key.as_str()])
            }
        }
    }
}
