//! The bodies of the fuzz targets, so that the fuzzer and an ordinary test run the same code.
//!
//! Each target takes arbitrary bytes and panics if a decoder panics, takes bytes that are not the
//! canonical form of what it gives, or contradicts itself.

use std::fmt::Debug;

use bytes::Bytes;

use crate::crypto::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::crypto::merkle::Frontier;
use crate::crypto::note::{Note, VerifierKey};
use crate::crypto::policy::Policy;
use crate::crypto::tile::{
    TilePath, TileWidth, decode_bundle, decode_hash_tile, encode_bundle, encode_hash_tile,
};
use crate::crypto::tlog_proof::TlogProof;
use crate::ledger::{EntryLocation, LedgerTip, check_submission};
use crate::records::{FAMILIES, epcis, membership};
use crate::types::{self, Decode, Encode, Genesis, Record, RecordKind, Submission, json};

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
    target("batch", batch),
    target("batch_reference", canonical::<types::BatchReference>),
    target("block", canonical::<types::Block>),
    target("block_body", canonical::<types::BlockBody>),
    target("block_header", canonical::<types::BlockHeader>),
    target("commit_certificate", canonical::<types::CommitCertificate>),
    target("committed_block", canonical::<types::CommittedBlock>),
    target("entry", canonical::<types::Entry>),
    target("entry_location", canonical::<EntryLocation>),
    target("evidence", canonical::<types::Evidence>),
    target("ledger_tip", canonical::<LedgerTip>),
    target("member", canonical::<types::Member>),
    target("outcome", canonical::<types::Outcome>),
    target("proposal", canonical::<types::Signed<types::Proposal>>),
    target("record", canonical::<Record>),
    target("submission", submission),
    target("submission_header", canonical::<types::SubmissionHeader>),
    target(
        "submission_location",
        canonical::<types::SubmissionLocation>,
    ),
    target("validator_set", canonical::<types::ValidatorSet>),
    target("vote", canonical::<types::Signed<types::Vote>>),
    // Documents.
    target("epcis_event", epcis_event),
    target("genesis", genesis),
    target("json", json_text),
    target("membership_change", membership_change),
    target("record_families", record_families),
    target("submission_document", submission_document),
    // What the log is proved with.
    target("checkpoint", checkpoint),
    target("entry_bundle", entry_bundle),
    target("frontier", frontier),
    target("hash_tile", hash_tile),
    target("policy", policy),
    target("signed_note", signed_note),
    target("tile_path", tile_path),
    target("tlog_proof", tlog_proof),
    target("verifier_key", verifier_key),
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

/// Whatever decodes is the canonical form of what it decodes to.
fn canonical<T: Decode + Encode + PartialEq + Debug>(data: &[u8]) {
    if let Ok(value) = T::from_bytes(data) {
        assert_eq!(value.to_bytes(), data, "{value:?}");
    }
}

fn batch(data: &[u8]) {
    if let Ok(batch) = types::Batch::from_shared_bytes(Bytes::copy_from_slice(data)) {
        assert_eq!(batch.bytes(), data);
        assert_eq!(
            usize::try_from(batch.reference().byte_count),
            Ok(data.len())
        );
        // What stands between the header and the signature is the submissions, byte for byte.
        let submissions: Vec<u8> = batch
            .submissions()
            .iter()
            .flat_map(Encode::to_bytes)
            .collect();
        let body = data.len() - crate::crypto::keys::SIGNATURE_BYTES;
        assert!(data[..body].ends_with(&submissions));
    }
}

/// A submission that decodes has the length that it states and can be checked and shown as JSON.
fn submission(data: &[u8]) {
    canonical::<Submission>(data);
    if let Ok(submission) = Submission::from_bytes(data) {
        assert_eq!(submission.encoded_length(), data.len());
        let checked = check_submission(&submission.header().ledger, &submission);
        assert_eq!(checked.id, submission.id());
        assert_eq!(checked.is_authentic, submission.verify().is_ok());
        let document = types::SubmissionDocument::from(&submission);
        assert_eq!(document.records.len(), submission.records().len());
    }
}

fn submission_document(data: &[u8]) {
    let Ok(document) = serde_json::from_slice::<types::SubmissionDocument>(data) else {
        return;
    };
    if let Ok(submission) = Submission::try_from(document.clone()) {
        assert_eq!(types::SubmissionDocument::from(&submission), document);
        canonical::<Submission>(&submission.to_bytes());
    }
}

fn genesis(data: &[u8]) {
    if let Ok(genesis) = Genesis::parse(data) {
        assert!(genesis.validators().quorum() > 2 * genesis.validators().fault_tolerance());
        assert!(crate::ledger::genesis_state(&genesis).is_ok());
    }
}

fn json_text(data: &[u8]) {
    match json::read(data) {
        Ok(value) => {
            assert!(value.is_equivalent(&value));
            // Our reader is stricter than a stock one, never laxer.
            assert!(serde_json::from_slice::<&serde_json::value::RawValue>(data).is_ok());
        }
        Err(error) => {
            let (line, column) = error.line_and_column(data);
            assert!(line >= 1 && column >= 1, "{error}");
        }
    }
}

fn epcis_event(data: &[u8]) {
    if let Ok(event) = epcis::parse(data) {
        let again = epcis::parse(data).expect("the same bytes");
        assert_eq!(event.event_hash(), again.event_hash());
        assert!(!epcis::pre_hash_string(event.content()).is_empty());
        assert!(epcis::check(data).is_ok());
    } else {
        assert!(epcis::check(data).is_err());
    }
}

fn membership_change(data: &[u8]) {
    if let Ok(change) = membership::check(data) {
        assert!(!change.member().as_str().is_empty());
    }
}

/// The body is tried as each kind, in the version that the kind has and in another.
fn record_families(data: &[u8]) {
    for family in FAMILIES {
        for version in [family.version, family.version + 1] {
            let record = Record {
                kind: RecordKind::new(family.kind).expect("a record kind"),
                version,
                body: Bytes::copy_from_slice(data),
            };
            let verdict = crate::records::check(&record);
            assert!(version == family.version || verdict.is_err());
        }
    }
}

fn signed_note(data: &[u8]) {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(note.to_string().as_bytes(), data);
    }
}

fn verifier_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
}

fn checkpoint(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(checkpoint) = Checkpoint::parse(text)
    {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(signed) = SignedCheckpoint::parse(data) {
        assert_eq!(signed.note().to_string().as_bytes(), data);
    }
}

/// A policy's comments and spacing are not kept, so its printed form is what has to be stable.
fn policy(data: &[u8]) {
    if let Ok(policy) = Policy::parse(data) {
        let printed = policy.to_bytes();
        let again = Policy::parse(&printed).expect("a printed policy");
        assert_eq!(again.to_bytes(), printed);
    }
}

fn tlog_proof(data: &[u8]) {
    if let Ok(proof) = TlogProof::parse(data) {
        assert_eq!(proof.to_string().as_bytes(), data);
    }
}

fn tile_path(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(path) = TilePath::parse(text) {
        assert_eq!(path.to_string(), text);
    }
}

/// The first byte chooses the width, the rest is the tile.
fn hash_tile(data: &[u8]) {
    let Some((width, tile)) = data.split_first() else {
        return;
    };
    let width = TileWidth::new(u16::from(*width) + 1).expect("1 to 256");
    if let Ok(hashes) = decode_hash_tile(tile, width) {
        assert_eq!(encode_hash_tile(&hashes).expect("decoded hashes"), tile);
    }
}

/// The first byte chooses the width, the rest is the bundle.
fn entry_bundle(data: &[u8]) {
    let Some((width, bundle)) = data.split_first() else {
        return;
    };
    let width = TileWidth::new(u16::from(*width) + 1).expect("1 to 256");
    if let Ok(entries) = decode_bundle(bundle, width) {
        assert_eq!(encode_bundle(&entries).expect("decoded entries"), bundle);
    }
}

fn frontier(data: &[u8]) {
    if let Ok(frontier) = Frontier::decode(data) {
        assert_eq!(frontier.encode(), data);
    }
}
