//! The keys of the authenticated state. A key's first part names what it holds; the state root covers
//! them all alike, so a new part changes no format.

use super::definition::AssetKey;
use crate::crypto::{PublicKey, Sha256Digest};
use crate::records::energy::market::OrderId;
use crate::records::epcis::ThingId;
use crate::types::{ContractName, LogIndex, MarketArea, MemberId, MeterId, Timestamp};

/// What the keys of members begin with.
pub const MEMBER_PREFIX: &[u8] = b"member/";

/// What the keys of contracts that have ended begin with.
pub const ENDED_CONTRACT_PREFIX: &[u8] = b"ended-contract/";

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
    /// A version of a contract that judges no more, with the heights at which it did.
    EndedContract {
        /// Its name.
        name: &'a ContractName,
        /// Its version.
        version: u32,
    },
    /// The greatest version of a contract that has ended.
    EndedVersion(&'a ContractName),
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
    /// Who holds a thing.
    Custody(&'a ThingId),
    /// A proposal to hand things over that has not been decided, by its entry.
    OpenCustody(LogIndex),
    /// How many proposals of a member to hand things over have their time yet to come.
    CustodyDeadlines(&'a MemberId),
    /// A document that was anchored, by the digest of its bytes.
    Document(&'a Sha256Digest),
    /// What a member says of an element of a vocabulary.
    MasterData {
        /// The element.
        element: &'a ThingId,
        /// The vocabulary.
        vocabulary: &'a ThingId,
        /// Who says so.
        member: &'a MemberId,
    },
    /// A measuring device.
    Device {
        /// Its owner.
        member: &'a MemberId,
        /// The owner's name of it.
        device: &'a str,
    },
    /// The book of an interval of a market area.
    MarketBook {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
    },
    /// How many orders of a member are in the book of an interval.
    MemberBook {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
        /// The member.
        member: &'a MemberId,
    },
    /// An order, by what its member calls it.
    Order {
        /// The member.
        member: &'a MemberId,
        /// What it calls the order.
        order: &'a OrderId,
    },
    /// A production run.
    ProductionRun {
        /// Its owner.
        member: &'a MemberId,
        /// The owner's name of it.
        run: &'a str,
    },
    /// An issuance of certificates, by its entry.
    CertificateIssuance(LogIndex),
    /// A piece of an issuance.
    CertificatePiece {
        /// The issuance, by its entry.
        issuance: LogIndex,
        /// The number of its first certificate.
        first: u64,
    },
    /// How many pieces of an issuance a member's records have made by cutting.
    CertificateCuts {
        /// The issuance, by its entry.
        issuance: LogIndex,
        /// The member.
        member: &'a MemberId,
    },
    /// The first of the issuances that expire at a time.
    CertificateExpiry(Timestamp),
    /// A meter.
    Meter(&'a MeterId),
    /// The readings of a meter in an hour.
    MeterReadings {
        /// The meter.
        meter: &'a MeterId,
        /// The hour, counted from 1970.
        hour: u64,
    },
    /// The energy metered for a member in an area in an hour.
    MeteredEnergy {
        /// The area.
        area: &'a MarketArea,
        /// The member.
        member: &'a MemberId,
        /// The hour, counted from 1970.
        hour: u64,
    },
}

impl StateKey<'_> {
    /// What the keys of [`StateKey::MasterData`] of an element begin with; the vocabulary's 16 bytes and the
    /// member follow.
    pub fn master_data(element: &ThingId) -> Vec<u8> {
        [b"master-data/", element.as_bytes().as_slice()].concat()
    }

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
            // The names are in order, and of each the latest version comes first.
            Self::EndedContract { name, version } => [
                ENDED_CONTRACT_PREFIX,
                name.as_str().as_bytes(),
                b"/",
                &u32::MAX.abs_diff(version).to_be_bytes(),
            ]
            .concat(),
            Self::EndedVersion(name) => text(&["ended-version/", name.as_str()]),
            Self::Governors => b"governors".to_vec(),
            Self::OpenProposals => b"open-proposals".to_vec(),
            Self::Proposal(index) => text(&["proposal/", &index.to_string()]),
            Self::ProposedContract(index) => text(&["proposed-contract/", &index.to_string()]),
            // No contract's name has a slash, so the key is the rest, whatever is in it.
            Self::Asset { contract, key } => {
                text(&["asset/", contract.as_str(), "/", key.as_str()])
            }
            Self::Custody(thing) => [b"custody/", thing.as_bytes().as_slice()].concat(),
            Self::OpenCustody(index) => text(&["open-custody/", &index.to_string()]),
            Self::CustodyDeadlines(member) => text(&["custody-deadlines/", member.as_str()]),
            Self::Document(digest) => [b"document/", digest.as_bytes().as_slice()].concat(),
            Self::MasterData {
                element,
                vocabulary,
                member,
            } => [
                &Self::master_data(element),
                vocabulary.as_bytes().as_slice(),
                member.as_str().as_bytes(),
            ]
            .concat(),
            // No member's id has a slash either.
            Self::Device { member, device } => text(&["device/", member.as_str(), "/", device]),
            Self::ProductionRun { member, run } => text(&["run/", member.as_str(), "/", run]),
            Self::CertificateIssuance(index) => {
                text(&["certificate-issuance/", &index.to_string()])
            }
            // No area, member or order id has a slash.
            Self::MarketBook { area, start } => {
                text(&["market/", area.as_str(), "/", &start.as_ms().to_string()])
            }
            Self::MemberBook {
                area,
                start,
                member,
            } => text(&[
                "market-member/",
                area.as_str(),
                "/",
                &start.as_ms().to_string(),
                "/",
                member.as_str(),
            ]),
            Self::CertificatePiece { issuance, first } => text(&[
                "certificate-piece/",
                &issuance.to_string(),
                "/",
                &first.to_string(),
            ]),
            Self::CertificateCuts { issuance, member } => text(&[
                "certificate-cuts/",
                &issuance.to_string(),
                "/",
                member.as_str(),
            ]),
            Self::CertificateExpiry(time) => {
                text(&["certificate-expiry/", &time.as_ms().to_string()])
            }
            Self::Order { member, order } => {
                text(&["order/", member.as_str(), "/", order.as_str()])
            }
            Self::Meter(id) => text(&["meter/", id.as_str()]),
            // Ids have no slash, and hours all have the same length: their order is that of time.
            Self::MeterReadings { meter, hour } => {
                let meter = text(&["meter-readings/", meter.as_str(), "/"]);
                [meter.as_slice(), &hour.to_be_bytes()].concat()
            }
            Self::MeteredEnergy { area, member, hour } => {
                let whose = text(&["metered/", area.as_str(), "/", member.as_str(), "/"]);
                [whose.as_slice(), &hour.to_be_bytes()].concat()
            }
        }
    }
}
