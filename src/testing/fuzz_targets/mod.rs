//! The bodies of the fuzz targets, so that the fuzzer and an ordinary test run the same code.
//!
//! Each target takes arbitrary bytes and panics if a decoder panics, takes bytes that are not the
//! canonical form of what it gives, or contradicts itself.

mod codec;
mod contracts;
mod decoders;
mod disk;
mod documents;
mod proofs;
mod questions;

pub use decoders::{check as check_decoder, decoders};

use codec::canonical;

use crate::consensus::{
    ConsensusMessage, LogRecord, PolkaCertificate, RoundCertificate, SignGuard,
};
use crate::contracts::energy::market::{Book, OpenOrder, OrderState};
use crate::contracts::{
    Asset, AssetRevision, CertificateIssuance, CertificatePiece, CertificateStep, ContractSchedule,
    Custody, CustodyDecision, CustodyStep, DeviceState, Document, Governors, HourOfEnergy,
    HourOfReadings, Liveness, MasterDataState, MemberRevision, Meter, MeterStep, OpenCustody,
    ProposalState, ProposalStep, RunState, Task,
};
use crate::ledger::{EntryLocation, LedgerTip, RecordReceipt};
use crate::records::energy::market;
use crate::replica::{LogEntry, PeerMessage};
use crate::sync::{SyncRequest, SyncResponse};
use crate::types;

/// A fuzz target: its name, which is that of its file in `fuzz/fuzz_targets`, and what it runs.
#[derive(Clone, Copy, Debug)]
pub struct FuzzTarget {
    /// The name.
    pub name: &'static str,
    /// The body.
    pub run: fn(&[u8]),
}

/// All targets, in order of their names within each group.
pub const ALL: &[FuzzTarget] = &[
    // Canonical codec.
    target(
        "acknowledgement",
        canonical::<types::Signed<types::Acknowledgement>>,
    ),
    target(
        "availability_certificate",
        canonical::<types::AvailabilityCertificate>,
    ),
    target("batch", codec::batch),
    target("batch_reference", canonical::<types::BatchReference>),
    target("block", canonical::<types::Block>),
    target("block_body", canonical::<types::BlockBody>),
    target("block_header", canonical::<types::BlockHeader>),
    target("commit_certificate", canonical::<types::CommitCertificate>),
    target("committed_block", canonical::<types::CommittedBlock>),
    target("asset", canonical::<Asset>),
    target("asset_revision", canonical::<AssetRevision>),
    target("device_state", canonical::<DeviceState>),
    target("production_run_state", canonical::<RunState>),
    target("certificate_issuance", canonical::<CertificateIssuance>),
    target("certificate_piece", canonical::<CertificatePiece>),
    target("certificate_step", canonical::<CertificateStep>),
    target("contract_bundle", canonical::<types::ContractBundle>),
    target("contract_schedule", canonical::<ContractSchedule>),
    target("custody", canonical::<Custody>),
    target("custody_decision", canonical::<CustodyDecision>),
    target("custody_step", canonical::<CustodyStep>),
    target("document", canonical::<Document>),
    target("master_data_state", canonical::<MasterDataState>),
    target("open_custody", canonical::<OpenCustody>),
    target("proposal_state", canonical::<ProposalState>),
    target("proposal_step", canonical::<ProposalStep>),
    target("governors", canonical::<Governors>),
    target("task", canonical::<Task>),
    target(
        "trace_event",
        canonical::<crate::records::epcis::TraceEvent>,
    ),
    target("energy_clearing", canonical::<market::Clearing>),
    target("energy_settlement", canonical::<market::Settlement>),
    target("energy_trade", canonical::<market::Trade>),
    target("entry", canonical::<types::Entry>),
    target("entry_location", canonical::<EntryLocation>),
    target("evidence", canonical::<types::Evidence>),
    target("liveness", canonical::<Liveness>),
    target("record_receipt", canonical::<RecordReceipt>),
    target("ledger_tip", canonical::<LedgerTip>),
    target("hour_of_energy", canonical::<HourOfEnergy>),
    target("hour_of_readings", canonical::<HourOfReadings>),
    target("market_book", canonical::<Book>),
    target("market_open_order", canonical::<OpenOrder>),
    target("market_order_state", canonical::<OrderState>),
    target("member", canonical::<types::Member>),
    target("member_revision", canonical::<MemberRevision>),
    target("meter", canonical::<Meter>),
    target("meter_step", canonical::<MeterStep>),
    target("outcome", canonical::<types::Outcome>),
    target("proposal", canonical::<types::Signed<types::Proposal>>),
    target("record", canonical::<types::Record>),
    target("submission", codec::submission),
    target("submission_header", canonical::<types::SubmissionHeader>),
    target(
        "submission_location",
        canonical::<types::SubmissionLocation>,
    ),
    target("validator_set", canonical::<types::ValidatorSet>),
    target("vote", canonical::<types::Signed<types::Vote>>),
    // What nodes send each other.
    target("consensus_message", canonical::<ConsensusMessage>),
    target("peer_message", canonical::<PeerMessage>),
    target("polka_certificate", canonical::<PolkaCertificate>),
    target("round_certificate", canonical::<RoundCertificate>),
    target("sync_request", canonical::<SyncRequest>),
    target("sync_response", canonical::<SyncResponse>),
    // What they keep beside the store.
    target("consensus_log_entry", canonical::<LogEntry>),
    target("consensus_log_record", canonical::<LogRecord>),
    target("damaged_guard", disk::damaged_guard),
    target("damaged_segment", disk::damaged_segment),
    target("foreign_segment", disk::foreign_segment),
    target("sign_guard", canonical::<SignGuard>),
    // Documents.
    target("access_token", documents::access_token),
    target("epcis_document", documents::epcis_document),
    target("energy_order", documents::energy_order),
    target("epcis_event", documents::epcis_event),
    target("genesis", documents::genesis),
    target("json", documents::json_text),
    target("market_areas", documents::market_areas),
    target("question_text", documents::question_text),
    target("membership_change", documents::membership_change),
    target("custody_record", documents::custody_record),
    target("document_anchor", documents::document_anchor),
    target("epcis_master_data", documents::master_data),
    target("production_run", documents::production_run),
    target("telemetry_device", documents::telemetry_device),
    target("telemetry_series", documents::telemetry_series),
    target("order_withdrawal", documents::order_withdrawal),
    target("record_families", documents::record_families),
    target("submission_document", documents::submission_document),
    // Questions.
    target(
        "epcis_page_token",
        canonical::<crate::ledger::questions::epcis_query::Cursor>,
    ),
    target("epcis_query", questions::epcis_query),
    // All that decodes, and rows of the indices.
    target("any_decoder", decoders::any_decoder),
    target("index_row", decoders::index_row),
    // Contracts, as people write them.
    target("contract_example", contracts::example),
    target("contract_manifest", contracts::manifest),
    target("contract_rule", contracts::rule),
    target("contract_schema", contracts::schema),
    // What the log is proved with.
    target("checkpoint", proofs::checkpoint),
    target("entry_bundle", proofs::entry_bundle),
    target("frontier", proofs::frontier),
    target("hash_tile", proofs::hash_tile),
    target("policy", proofs::policy),
    target("signed_note", proofs::signed_note),
    target("tile_path", proofs::tile_path),
    target("tlog_proof", proofs::tlog_proof),
    target("verifier_key", proofs::verifier_key),
];

const fn target(name: &'static str, run: fn(&[u8])) -> FuzzTarget {
    FuzzTarget { name, run }
}

/// Runs the target of a name.
///
/// # Panics
/// If there is no such target, and if the target finds a fault.
pub fn run(name: &str, data: &[u8]) {
    let target = ALL.iter().find(|target| target.name == name);
    (target.expect("the name of a fuzz target").run)(data);
}
