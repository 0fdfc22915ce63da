//! Every decoder of a canonical encoding, by the name of what it gives.

use crate::consensus::{self, ConsensusMessage, LogRecord, PolkaCertificate, SignGuard};
use crate::contracts::{IndexKey, MarketLevelKey, stored_values};
use crate::ledger::questions;
use crate::records::energy::market::{self, Side};
use crate::records::energy::{
    Carrier, CertificateId, IntervalDuration, MeterKind, MeteringInterval,
};
use crate::records::epcis::{ThingId, ThingRoles, TraceEvent, TracedObject};
use crate::types::{self, MarketArea, NamedDecoder, Timestamp};
use crate::{api, crypto, ledger, network, replica, storage, sync};

/// What parts of several floors are made of.
const OF_TYPES: &[NamedDecoder] = &[
    NamedDecoder::of::<types::Acknowledgement>("Acknowledgement"),
    NamedDecoder::of::<types::AvailabilityCertificate>("AvailabilityCertificate"),
    NamedDecoder::of::<types::BatchReference>("BatchReference"),
    NamedDecoder::of::<types::Block>("Block"),
    NamedDecoder::of::<types::BlockBody>("BlockBody"),
    NamedDecoder::of::<types::BlockHeader>("BlockHeader"),
    NamedDecoder::of::<types::CommitCertificate>("CommitCertificate"),
    NamedDecoder::of::<types::CommittedBlock>("CommittedBlock"),
    NamedDecoder::of::<types::ContractBundle>("ContractBundle"),
    NamedDecoder::of::<types::Decimal>("Decimal"),
    NamedDecoder::of::<types::Entry>("Entry"),
    NamedDecoder::of::<types::Evidence>("Evidence"),
    NamedDecoder::of::<types::Flag>("Flag"),
    NamedDecoder::of::<types::IndexedSignature>("IndexedSignature"),
    NamedDecoder::of::<types::KeyPurpose>("KeyPurpose"),
    NamedDecoder::of::<types::Member>("Member"),
    NamedDecoder::of::<types::MemberKey>("MemberKey"),
    NamedDecoder::of::<types::Outcome>("Outcome"),
    NamedDecoder::of::<types::Proposal>("Proposal"),
    NamedDecoder::of::<types::ProvenKey>("ProvenKey"),
    NamedDecoder::of::<types::Record>("Record"),
    NamedDecoder::of::<types::Signed<types::Vote>>("Signed"),
    NamedDecoder::of::<types::Submission>("Submission"),
    NamedDecoder::of::<types::SubmissionHeader>("SubmissionHeader"),
    NamedDecoder::of::<types::SubmissionLocation>("SubmissionLocation"),
    NamedDecoder::of::<types::Timestamp>("Timestamp"),
    NamedDecoder::of::<types::Validator>("Validator"),
    NamedDecoder::of::<types::ValidatorIndex>("ValidatorIndex"),
    NamedDecoder::of::<types::ValidatorSet>("ValidatorSet"),
    NamedDecoder::of::<types::Vote>("Vote"),
    NamedDecoder::of::<crypto::Blake3Digest>("Blake3Digest"),
    NamedDecoder::of::<crypto::PublicKey>("PublicKey"),
    NamedDecoder::of::<crypto::Sha256Digest>("Sha256Digest"),
    NamedDecoder::of::<crypto::Signature>("Signature"),
    // Numbers and names are made by macros: one of each.
    NamedDecoder::of::<types::Height>("Height"),
    NamedDecoder::of::<types::LedgerId>("LedgerId"),
    NamedDecoder::of::<types::MemberId>("MemberId"),
];

const OF_RECORDS: &[NamedDecoder] = &[
    NamedDecoder::of::<Carrier>("Carrier"),
    NamedDecoder::of::<IntervalDuration>("IntervalDuration"),
    NamedDecoder::of::<MeterKind>("MeterKind"),
    NamedDecoder::of::<MeteringInterval>("MeteringInterval"),
    NamedDecoder::of::<market::AuctionRule>("AuctionRule"),
    NamedDecoder::of::<market::Clearing>("Clearing"),
    NamedDecoder::of::<market::Currency>("Currency"),
    NamedDecoder::of::<market::DeliveryDuration>("DeliveryDuration"),
    NamedDecoder::of::<market::DeliveryInterval>("DeliveryInterval"),
    NamedDecoder::of::<market::EnergyOrder>("EnergyOrder"),
    NamedDecoder::of::<market::OrderId>("OrderId"),
    NamedDecoder::of::<market::OrderTerms>("OrderTerms"),
    NamedDecoder::of::<market::Settlement>("Settlement"),
    NamedDecoder::of::<market::Side>("Side"),
    NamedDecoder::of::<market::Trade>("Trade"),
    NamedDecoder::of::<market::TradeSide>("TradeSide"),
    NamedDecoder::of::<market::VoidReason>("VoidReason"),
    NamedDecoder::of::<TracedObject>("TracedObject"),
    NamedDecoder::of::<TraceEvent>("TraceEvent"),
];

const OF_NODES: &[NamedDecoder] = &[
    NamedDecoder::of::<consensus::BlockVerdict>("BlockVerdict"),
    NamedDecoder::of::<ConsensusMessage>("ConsensusMessage"),
    NamedDecoder::of::<LogRecord>("LogRecord"),
    NamedDecoder::of::<PolkaCertificate>("PolkaCertificate"),
    NamedDecoder::of::<consensus::RoundCertificate>("RoundCertificate"),
    NamedDecoder::of::<consensus::RoundVote>("RoundVote"),
    NamedDecoder::of::<SignGuard>("SignGuard"),
    NamedDecoder::of::<consensus::Timeout>("Timeout"),
    NamedDecoder::of::<sync::DecidedBlock>("DecidedBlock"),
    NamedDecoder::of::<sync::SyncRequest>("SyncRequest"),
    NamedDecoder::of::<sync::SyncResponse>("SyncResponse"),
    NamedDecoder::of::<replica::LogEntry>("LogEntry"),
    NamedDecoder::of::<replica::PeerMessage>("PeerMessage"),
];

/// Texts that stand for one thing each.
const OF_TEXTS: &[NamedDecoder] = &[
    NamedDecoder::of_text::<CertificateId>("CertificateId"),
    NamedDecoder::of_text::<types::LedgerId>("LedgerId in text"),
    NamedDecoder::of_text::<types::MemberId>("MemberId in text"),
    NamedDecoder::of_text::<types::RecordKind>("RecordKind in text"),
];

/// All of them, in an order that does not change.
pub fn decoders() -> Vec<NamedDecoder> {
    let mut all: Vec<NamedDecoder> = stored_values().collect();
    for list in [
        OF_TYPES,
        OF_RECORDS,
        OF_NODES,
        OF_TEXTS,
        ledger::STORED,
        storage::store::STORED,
        questions::READERS,
        network::FRAME_READERS,
        api::TOKENS,
    ] {
        all.extend(list);
    }
    all
}

/// What decodes is the canonical form of what it decodes to.
///
/// # Panics
/// If it is not.
pub fn check(decoder: &NamedDecoder, bytes: &[u8]) -> bool {
    let again = (decoder.again)(bytes);
    if let Some(again) = &again {
        assert_eq!(again, bytes, "{}", decoder.name);
    }
    again.is_some()
}

/// The first byte chooses the decoder, the rest is for it.
pub(super) fn any_decoder(data: &[u8]) {
    let Some((number, bytes)) = data.split_first() else {
        return;
    };
    let all = decoders();
    if let Some(decoder) = all.get(usize::from(*number) % all.len()) {
        check(decoder, bytes);
    }
}

/// What the keys and values of rows say besides, at their ends.
pub(super) fn index_row(data: &[u8]) {
    let read = (IndexKey::index(data), IndexKey::time(data));
    assert_eq!(read.0.is_some(), data.len() >= 8);
    assert_eq!(read.1.is_some(), data.len() >= 8);
    if let Some((time, index)) = IndexKey::time_and_index(data) {
        let thing = &ThingId::of("x");
        let key = IndexKey::Mention { thing, time, index }.to_bytes();
        assert!(key.ends_with(&data[data.len() - 16..]));
    }
    if let Some(id) = IndexKey::certificate(data) {
        let numbers = [id.issuance.0.to_be_bytes(), id.number.to_be_bytes()];
        assert!(data.ends_with(&numbers.concat()));
    }
    let area = MarketArea::new("A").expect("an area");
    for side in [Side::Bid, Side::Offer] {
        if let Some((price, since)) = IndexKey::price_and_index(data, side) {
            let level = MarketLevelKey {
                area: &area,
                start: Timestamp::from_ms(0),
                since,
                side,
                price,
            };
            let key = IndexKey::MarketLevelStep {
                level,
                index: since,
            }
            .to_bytes();
            // No offer has the one price that has no negative.
            let again = IndexKey::price_and_index(&key, side);
            assert_eq!(again, Some((price, since)));
        }
    }
    if let Some(byte) = data.first() {
        assert_eq!(ThingRoles::from_byte(*byte).to_byte(), *byte);
    }
}
