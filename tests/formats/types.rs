//! The ledger's own types: what is hashed, signed and stored.

use bytes::Bytes;
use waybill::contracts::{Liveness, ProposalStatus};
use waybill::crypto::{Domain, Sha256Digest};
use waybill::ledger::EntryLocation;
use waybill::types::*;

use super::fixtures::*;

pub fn values() -> Vec<(&'static str, Vec<u8>)> {
    let independent = submission(Atomicity::Independent);
    let record_root = independent.record_tree().root();
    vec![
        ("acknowledgement, signed", acknowledgement().to_bytes()),
        (
            "availability certificate",
            availability_certificate().to_bytes(),
        ),
        ("batch", batch().bytes().to_vec()),
        ("batch digest", batch().digest().to_bytes()),
        ("batch reference", batch().reference().to_bytes()),
        ("block", Block::new(header(), body()).to_bytes()),
        ("block body", body().to_bytes()),
        ("block body, empty", BlockBody::default().to_bytes()),
        ("block digest", header().digest().to_bytes()),
        ("block header", header().to_bytes()),
        ("commit certificate", commit_certificate().to_bytes()),
        (
            "committed block",
            CommittedBlock {
                block: Block::new(header(), body()),
                certificate: commit_certificate(),
                log_size: 80,
                log_root: Sha256Digest::of(b"new log"),
                state_root: StateRoot(digest(5)),
            }
            .to_bytes(),
        ),
        ("contract bundle", bundle().to_bytes()),
        ("contract digest", bundle().digest().to_bytes()),
        ("contract schedule", schedule().to_bytes()),
        (
            "contract set digest",
            schedule().digest_at(Height(9)).to_bytes(),
        ),
        ("proposal, open", contract_proposal(ProposalStatus::Open)),
        (
            "proposal, adopted",
            contract_proposal(ProposalStatus::Adopted {
                by: LogIndex(7),
                from: Height(8),
            }),
        ),
        (
            "proposal, rejected",
            contract_proposal(ProposalStatus::Rejected { by: LogIndex(7) }),
        ),
        (
            "proposal, withdrawn",
            contract_proposal(ProposalStatus::Withdrawn { by: LogIndex(7) }),
        ),
        ("proposal step, key and value", proposal_step()),
        ("governors, key and value", governors()),
        ("asset", asset().to_bytes()),
        ("asset revision", asset_revision().to_bytes()),
        ("asset revision, key", asset_revision_key()),
        ("listing, keys", listing_keys()),
        ("device", device_state().to_bytes()),
        ("point, key and value", stored_point()),
        ("production run, keys", production_keys()),
        ("state keys of telemetry and production", family_state()),
        ("trace event", trace_event()),
        ("index keys of events", event_index_keys()),
        ("custody", held().to_bytes()),
        ("custody, open proposal", open_custody().to_bytes()),
        ("custody, step", custody_step().to_bytes()),
        ("custody, decisions", custody_decisions()),
        ("custody, expiry", custody_expiry()),
        ("custody, task", custody_task().to_bytes()),
        ("document", document().to_bytes()),
        ("master data", master_data_state().to_bytes()),
        ("master data keys", master_data_keys()),
        ("keys of custody and documents", custody_keys()),
        (
            "entry, block",
            entry(EntryContent::Block(BlockEntry {
                block: BlockDigest(digest(1)),
                state_root: StateRoot(digest(3)),
                validator_set: validators().digest(),
            })),
        ),
        (
            "entry, derived",
            entry(EntryContent::Derived {
                source: Sha256Digest::of(b"cause"),
                record: record(),
            }),
        ),
        (
            "entry, evidence",
            entry(EntryContent::Evidence(Box::new(double_vote()))),
        ),
        ("entry, accepted", entry(submitted(Outcome::Accepted))),
        (
            "entry, flagged",
            entry(submitted(Outcome::taken(vec![Flag::new(
                "not-holder",
                "reason",
            )]))),
        ),
        (
            "entry, duplicate",
            entry(submitted(Outcome::Duplicate { of: LogIndex(4) })),
        ),
        ("entry, rejected", entry(submitted(rejected()))),
        (
            "entry location, inline",
            EntryLocation::Inline(Bytes::from_static(b"entry")).to_bytes(),
        ),
        ("entry location, submitted", location().to_bytes()),
        ("evidence, double vote", double_vote().to_bytes()),
        (
            "evidence, double proposal",
            Evidence::double_proposal(proposal(None), proposal(Some(Round(1)))).to_bytes(),
        ),
        ("genesis state", genesis_writes()),
        ("ledger tip", tip().to_bytes()),
        (
            "key proof, signed bytes",
            Domain::KeyPossession.message(LEDGER.as_bytes(), b"writer\0acme-foods"),
        ),
        ("liveness", Liveness::new(&validators()).to_bytes()),
        ("member", member().to_bytes()),
        ("member revision, key and value", member_revision()),
        ("ended contract, keys and value", ended_contract()),
        ("offence", double_vote().offence().to_bytes().to_vec()),
        ("proposal, signed", proposal(Some(Round(1))).to_bytes()),
        ("record", record().to_bytes()),
        ("record root", record_root.to_bytes().to_vec()),
        (
            "submission, atomic",
            submission(Atomicity::AllOrNothing).to_bytes(),
        ),
        ("submission, independent", independent.to_bytes()),
        (
            "submission document",
            serde_json::to_vec(&SubmissionDocument::from(&independent)).unwrap(),
        ),
        ("submission header", independent.header().to_bytes()),
        ("submission id", independent.id().to_bytes()),
        (
            "submission, signed bytes",
            independent.header().signed_bytes(&record_root),
        ),
        (
            "submission location",
            SubmissionLocation {
                height: Height(9),
                first_index: LogIndex(77),
                record_count: 2,
                batch: batch().digest(),
                submission_index: 1,
            }
            .to_bytes(),
        ),
        ("validator set", validators().to_bytes()),
        ("validator set digest", validators().digest().to_bytes()),
        (
            "vote for a block, signed",
            vote(Some(BlockDigest(digest(1)))).to_bytes(),
        ),
        ("vote for nil, signed", vote(None).to_bytes()),
    ]
}
