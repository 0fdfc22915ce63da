//! The keys of the indices: what can be found again from the log, and is kept for those who ask.
//!
//! The first byte tells the index. Texts carry their length and numbers are big-endian, with the sign
//! turned round where they may be negative, so that the order of keys is that of their parts.

use super::definition::AssetKey;
use super::listed_field::ListedField;
use super::listing::{Listing, ListingRow};
use super::production::RunGroup;
use super::telemetry::ChannelId;
use crate::crypto::Sha256Digest;
use crate::records::energy::CertificateId;
use crate::records::energy::market::Side;
use crate::records::epcis::ThingId;
use crate::types::codec::put_bytes;
use crate::types::{
    ContractName, Encode, Height, LogIndex, MarketArea, MemberId, MeterId, Timestamp,
};

/// Bytes of a key of [`IndexKey::Mention`]: the index, the thing, the time and the entry.
const MENTION_BYTES: usize = 1 + 16 + 8 + 8;

/// A key of the indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKey<'a> {
    /// A step in the history of an asset.
    AssetRevision {
        /// The contract.
        contract: &'a ContractName,
        /// The asset's key.
        key: &'a AssetKey,
        /// How many records had changed it, this one included.
        revision: u64,
    },
    /// That an event speaks of a thing: its roles. In order of event time.
    Mention {
        /// The thing.
        thing: &'a ThingId,
        /// When the event happened.
        time: Timestamp,
        /// The event's entry.
        index: LogIndex,
    },
    /// A step in the chain of custody of a thing: its claim, or a proposal to hand it over.
    CustodyStep {
        /// The thing.
        thing: &'a ThingId,
        /// How many steps there were, this one included.
        number: u64,
    },
    /// What became of the proposal of an entry to hand things over.
    CustodyDecision(LogIndex),
    /// An anchor of a document: its entry.
    DocumentAnchor {
        /// The document.
        digest: &'a Sha256Digest,
        /// How many anchors there were, this one included.
        number: u64,
    },
    /// That an anchored document is about a thing.
    DocumentOf {
        /// The thing.
        thing: &'a ThingId,
        /// The anchor's entry.
        index: LogIndex,
    },
    /// A statement of a member about an element of a vocabulary: its entry.
    MasterDataRevision {
        /// The element.
        element: &'a ThingId,
        /// The vocabulary.
        vocabulary: &'a ThingId,
        /// Who says so.
        member: &'a MemberId,
        /// How many statements there were, this one included.
        revision: u64,
    },
    /// An element of a vocabulary: the first entry that tells of it.
    VocabularyElement {
        /// The vocabulary.
        vocabulary: &'a ThingId,
        /// The element.
        element: &'a ThingId,
    },
    /// What is listed while it is open, or was.
    Listing(Listing<'a>, ListingRow<'a>),
    /// A point of a channel. In order of time.
    TelemetryPoint {
        /// The channel.
        channel: &'a ChannelId,
        /// When it was measured.
        time: Timestamp,
    },
    /// What is known of a device by a statement of its owner: the device as that left it.
    DeviceStatement {
        /// Whose device it is.
        member: &'a MemberId,
        /// The member's name of it.
        device: &'a str,
        /// The statement's entry.
        index: LogIndex,
    },
    /// A run of a group. In order of start.
    ProductionRun {
        /// The group.
        group: RunGroup,
        /// When the run began.
        start: Timestamp,
        /// The entry that tells it.
        index: LogIndex,
    },
    /// The latest runs of a machine.
    MachineRuns(RunGroup),
    /// The correction of what an entry says of a run: the correction's entry.
    RunCorrection(LogIndex),
    /// A step in the history of a meter.
    MeterStep {
        /// The meter.
        meter: &'a MeterId,
        /// How many records had stated it, this one included.
        revision: u64,
    },
    /// What an entry stated of a reading that has been corrected since.
    CorrectedReading(LogIndex),
    /// A step in the history of a piece of an issuance of certificates.
    CertificateStep {
        /// The issuance, by its entry.
        issuance: LogIndex,
        /// The number of the piece's first certificate.
        first: u64,
        /// The entry that made the step.
        index: LogIndex,
    },
    /// That certificates are somebody's: the entry that says so. In order of statuses.
    CertificateHolding {
        /// Whose.
        owner: &'a MemberId,
        /// The code of their status.
        status: u8,
        /// The issuance, by its entry.
        issuance: LogIndex,
        /// The number of the first certificate of the piece.
        first: u64,
    },
    /// That certificates are somebody's, or were at some time. In order of statuses.
    CertificateHeld {
        /// Whose.
        owner: &'a MemberId,
        /// The code of their status.
        status: u8,
        /// The issuance, by its entry.
        issuance: LogIndex,
        /// The number of the first certificate of the piece.
        first: u64,
    },
    /// That there are orders for an interval: the entry of the first.
    MarketInterval {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
    },
    /// An order for an interval.
    MarketOrder {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
        /// The order's entry.
        index: LogIndex,
    },
    /// What the book of an interval was after an entry.
    MarketBookStep {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
        /// The entry.
        index: LogIndex,
    },
    /// The open orders of one side at one price.
    MarketLevel(MarketLevelKey<'a>),
    /// What they were after an entry. From the last row of a side on its prices get worse.
    MarketLevelStep {
        /// The side and price.
        level: MarketLevelKey<'a>,
        /// The entry.
        index: LogIndex,
    },
    /// The clearing of an interval.
    MarketClearing {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
    },
    /// A trade of an interval.
    MarketTrade {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
        /// The trade's entry.
        index: LogIndex,
    },
    /// A settlement of an interval.
    MarketSettlement {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
        /// The settlement's entry.
        index: LogIndex,
    },
    /// An order of a member.
    MemberOrder {
        /// The member.
        member: &'a MemberId,
        /// The order's entry.
        index: LogIndex,
    },
    /// The withdrawal of the order of an entry: the withdrawal's entry.
    OrderWithdrawal(LogIndex),
    /// How much of the order of an entry was served, in Wh.
    OrderServed(LogIndex),
    /// That an event happened. In order of event time.
    EventTime {
        /// When.
        time: Timestamp,
        /// The event's entry.
        index: LogIndex,
    },
    /// That an event is known by a name that its content and its member do not give: its own identifier, or, if it
    /// declares another wrong, the hash that both have. In order of event time.
    EventName {
        /// The name.
        name: &'a ThingId,
        /// When the event happened.
        time: Timestamp,
        /// The event's entry.
        index: LogIndex,
    },
    /// What a member was after an entry of a height; the entry of the genesis document is that of the index 0.
    MemberRevision {
        /// The member.
        member: &'a MemberId,
        /// The height.
        height: Height,
        /// The entry.
        index: LogIndex,
    },
    /// What a proposal to the governing members had come to with an entry.
    ProposalStep {
        /// The proposal's entry.
        proposal: LogIndex,
        /// The entry.
        index: LogIndex,
    },
    /// Who governed after an entry of a height; the entry of the genesis document is that of the index 0.
    Governors {
        /// The height.
        height: Height,
        /// The entry.
        index: LogIndex,
    },
    /// That some event has a value: written by each one that has it, and the same for all.
    Value {
        /// Of which field.
        field: ListedField,
        /// The value: a word as a full URI, or a place in canonical form.
        text: &'a str,
    },
}

/// One side of the book of an interval at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketLevelKey<'a> {
    /// The area.
    pub area: &'a MarketArea,
    /// When delivery begins.
    pub start: Timestamp,
    /// The first order of those that count.
    pub since: LogIndex,
    /// The side.
    pub side: Side,
    /// The limit price.
    pub price: i64,
}

impl MarketLevelKey<'_> {
    fn encode(&self, tag: u8, out: &mut Vec<u8>) {
        put_interval(out, tag, self.area, self.start);
        self.since.encode(out);
        self.side.encode(out);
        put_signed(out, rank(self.side, self.price));
    }
}

/// The order of prices from worst to best: the highest bid is the best, and the lowest offer. Its own inverse.
fn rank(side: Side, price: i64) -> i64 {
    match side {
        Side::Bid => price,
        Side::Offer => price.saturating_neg(),
    }
}

impl IndexKey<'_> {
    /// The bytes of the key.
    pub fn to_bytes(self) -> Vec<u8> {
        // Exactly what most keys take: there are several for each event.
        let mut bytes = Vec::with_capacity(MENTION_BYTES);
        match self {
            Self::AssetRevision {
                contract,
                key,
                revision,
            } => {
                bytes.push(1);
                contract.encode(&mut bytes);
                key.encode(&mut bytes);
                bytes.extend_from_slice(&revision.to_be_bytes());
            }
            Self::Mention { thing, time, index } => {
                bytes.push(2);
                bytes.extend_from_slice(thing.as_bytes());
                put_time(&mut bytes, time);
                index.encode(&mut bytes);
            }
            Self::CustodyStep { thing, number } => {
                bytes.push(16);
                bytes.extend_from_slice(thing.as_bytes());
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            Self::CustodyDecision(index) => {
                bytes.push(17);
                index.encode(&mut bytes);
            }
            Self::DocumentAnchor { digest, number } => {
                bytes.push(19);
                bytes.extend_from_slice(digest.as_bytes());
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            Self::DocumentOf { thing, index } => {
                bytes.push(20);
                bytes.extend_from_slice(thing.as_bytes());
                index.encode(&mut bytes);
            }
            Self::MasterDataRevision {
                element,
                vocabulary,
                member,
                revision,
            } => {
                bytes.push(26);
                bytes.extend_from_slice(element.as_bytes());
                bytes.extend_from_slice(vocabulary.as_bytes());
                member.encode(&mut bytes);
                bytes.extend_from_slice(&revision.to_be_bytes());
            }
            Self::VocabularyElement {
                vocabulary,
                element,
            } => {
                bytes = Self::vocabulary_elements(vocabulary);
                bytes.extend_from_slice(element.as_bytes());
            }
            Self::Listing(listing, row) => row.encode(listing, &mut bytes),
            Self::TelemetryPoint { channel, time } => {
                bytes.push(21);
                bytes.extend_from_slice(channel.as_bytes());
                put_time(&mut bytes, time);
            }
            Self::DeviceStatement {
                member,
                device,
                index,
            } => {
                bytes.push(28);
                member.encode(&mut bytes);
                put_bytes(&mut bytes, device.as_bytes());
                index.encode(&mut bytes);
            }
            Self::ProductionRun {
                group,
                start,
                index,
            } => {
                bytes.push(22);
                bytes.extend_from_slice(&group.to_bytes());
                put_time(&mut bytes, start);
                index.encode(&mut bytes);
            }
            Self::MachineRuns(machine) => {
                bytes.push(23);
                bytes.extend_from_slice(&machine.to_bytes());
            }
            Self::RunCorrection(index) => {
                bytes.push(24);
                index.encode(&mut bytes);
            }
            Self::MemberRevision {
                member,
                height,
                index,
            } => {
                bytes.push(50);
                member.encode(&mut bytes);
                height.encode(&mut bytes);
                index.encode(&mut bytes);
            }
            Self::ProposalStep { proposal, index } => {
                bytes.push(49);
                proposal.encode(&mut bytes);
                index.encode(&mut bytes);
            }
            Self::Governors { height, index } => {
                bytes.push(51);
                height.encode(&mut bytes);
                index.encode(&mut bytes);
            }
            Self::MeterStep { meter, revision } => {
                bytes.push(40);
                meter.encode(&mut bytes);
                bytes.extend_from_slice(&revision.to_be_bytes());
            }
            Self::CorrectedReading(index) => {
                bytes.push(43);
                index.encode(&mut bytes);
            }
            Self::CertificateStep {
                issuance,
                first,
                index,
            } => {
                bytes.push(41);
                issuance.encode(&mut bytes);
                bytes.extend_from_slice(&first.to_be_bytes());
                index.encode(&mut bytes);
            }
            Self::CertificateHolding {
                owner,
                status,
                issuance,
                first,
            } => {
                bytes.push(42);
                owner.encode(&mut bytes);
                bytes.push(status);
                issuance.encode(&mut bytes);
                bytes.extend_from_slice(&first.to_be_bytes());
            }
            Self::CertificateHeld {
                owner,
                status,
                issuance,
                first,
            } => {
                bytes.push(44);
                owner.encode(&mut bytes);
                bytes.push(status);
                issuance.encode(&mut bytes);
                bytes.extend_from_slice(&first.to_be_bytes());
            }
            Self::MarketInterval { area, start } => {
                put_interval(&mut bytes, 32, area, start);
            }
            Self::MarketOrder { area, start, index } => {
                put_interval(&mut bytes, 33, area, start);
                index.encode(&mut bytes);
            }
            Self::MarketBookStep { area, start, index } => {
                put_interval(&mut bytes, 45, area, start);
                index.encode(&mut bytes);
            }
            Self::MarketLevel(level) => level.encode(46, &mut bytes),
            Self::MarketLevelStep { level, index } => {
                level.encode(47, &mut bytes);
                index.encode(&mut bytes);
            }
            Self::MarketClearing { area, start } => {
                put_interval(&mut bytes, 34, area, start);
            }
            Self::MarketTrade { area, start, index } => {
                put_interval(&mut bytes, 35, area, start);
                index.encode(&mut bytes);
            }
            Self::MarketSettlement { area, start, index } => {
                put_interval(&mut bytes, 36, area, start);
                index.encode(&mut bytes);
            }
            Self::MemberOrder { member, index } => {
                bytes.push(37);
                member.encode(&mut bytes);
                index.encode(&mut bytes);
            }
            Self::OrderWithdrawal(index) => {
                bytes.push(38);
                index.encode(&mut bytes);
            }
            Self::OrderServed(index) => {
                bytes.push(39);
                index.encode(&mut bytes);
            }
            Self::EventTime { time, index } => {
                bytes.push(5);
                put_time(&mut bytes, time);
                index.encode(&mut bytes);
            }
            Self::EventName { name, time, index } => {
                bytes.push(6);
                bytes.extend_from_slice(name.as_bytes());
                put_time(&mut bytes, time);
                index.encode(&mut bytes);
            }
            Self::Value { field, text } => {
                bytes.extend([7, field as u8]);
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        bytes
    }

    /// What the keys of [`IndexKey::VocabularyElement`] of a vocabulary begin with; the element's 16 bytes follow.
    pub fn vocabulary_elements(vocabulary: &ThingId) -> Vec<u8> {
        [&[27], vocabulary.as_bytes().as_slice()].concat()
    }

    /// The entry at the end of a key that ends with one.
    pub fn index(key: &[u8]) -> Option<LogIndex> {
        let (_, index) = key.split_last_chunk::<8>()?;
        Some(LogIndex(u64::from_be_bytes(*index)))
    }

    /// The certificate at the end of a key of [`IndexKey::CertificateHolding`] or [`IndexKey::CertificateHeld`].
    pub fn certificate(key: &[u8]) -> Option<CertificateId> {
        let (rest, number) = key.split_last_chunk::<8>()?;
        let (_, issuance) = rest.split_last_chunk::<8>()?;
        Some(CertificateId {
            issuance: LogIndex(u64::from_be_bytes(*issuance)),
            number: u64::from_be_bytes(*number),
        })
    }

    /// The price and entry at the end of a key of [`IndexKey::MarketLevelStep`] of a side.
    pub fn price_and_index(key: &[u8], side: Side) -> Option<(i64, LogIndex)> {
        let (rest, index) = key.split_last_chunk::<8>()?;
        let (_, ordered) = rest.split_last_chunk::<8>()?;
        let ordered = (u64::from_be_bytes(*ordered) ^ SIGN).cast_signed();
        let index = LogIndex(u64::from_be_bytes(*index));
        Some((rank(side, ordered), index))
    }

    /// The time and entry at the end of a key of [`IndexKey::Mention`], [`IndexKey::EventTime`],
    /// [`IndexKey::EventName`] or [`IndexKey::ProductionRun`].
    pub fn time_and_index(key: &[u8]) -> Option<(Timestamp, LogIndex)> {
        let (rest, index) = key.split_last_chunk::<8>()?;
        Some((Self::time(rest)?, LogIndex(u64::from_be_bytes(*index))))
    }

    /// The time at the end of a key of [`IndexKey::TelemetryPoint`] or [`IndexKey::MarketInterval`].
    pub fn time(key: &[u8]) -> Option<Timestamp> {
        let (_, time) = key.split_last_chunk::<8>()?;
        let time = u64::from_be_bytes(*time) ^ SIGN;
        Some(Timestamp::from_ms(time.cast_signed()))
    }
}

/// The bit that puts negative numbers before the others.
const SIGN: u64 = 1 << 63;

fn put_time(out: &mut Vec<u8>, time: Timestamp) {
    put_signed(out, time.as_ms());
}

fn put_signed(out: &mut Vec<u8>, number: i64) {
    let ordered = number.cast_unsigned() ^ SIGN;
    out.extend_from_slice(&ordered.to_be_bytes());
}

fn put_interval(out: &mut Vec<u8>, tag: u8, area: &MarketArea, start: Timestamp) {
    out.push(tag);
    area.encode(out);
    put_time(out, start);
}
