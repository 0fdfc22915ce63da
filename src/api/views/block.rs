//! Blocks.

use serde::Serialize;
use utoipa::ToSchema;

use crate::types::{AvailabilityCertificate, CommitCertificate, CommittedBlock};

/// A decided block, the proof of its decision, and what applying it gave.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Block)]
#[serde(rename_all = "camelCase")]
pub struct BlockView {
    /// Its height, from 1.
    pub height: u64,
    /// Its name: BLAKE3 over its header.
    pub digest: String,
    /// The block before; the ledger id in the first one.
    pub parent: String,
    /// Block time.
    #[schema(format = DateTime)]
    pub time: String,
    /// The rules by which it is to be judged.
    pub protocol_version: u16,
    /// The digest of its body.
    pub body: String,
    /// The validators who decided it.
    pub validator_set: String,
    /// The contracts by which its records were judged.
    pub contract_set: String,
    /// The root of the log before it.
    pub previous_log_root: String,
    /// The state before it.
    pub previous_state_root: String,
    /// The index of its first entry, which is the size of the log before it.
    pub first_index: u64,
    /// The size of the log after it: its last entry is the one before.
    pub log_size: u64,
    /// The root of the log after it.
    pub log_root: String,
    /// The state after it.
    pub state_root: String,
    /// The batches that it orders.
    pub batches: Vec<BatchView>,
    /// How many pieces of evidence it carries.
    pub evidence_count: u64,
    /// The quorum that decided it.
    pub certificate: CertificateView,
}

/// A batch of submissions that a block orders.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Batch)]
#[serde(rename_all = "camelCase")]
pub struct BatchView {
    /// Names the batch.
    pub digest: String,
    /// The consensus key of the validator that sealed it.
    pub author: String,
    /// Its number among the author's batches.
    pub sequence: u64,
    /// The length of its canonical bytes.
    pub byte_count: u32,
    /// How many submissions it has.
    pub submission_count: u32,
    /// How many records they have together.
    pub record_count: u32,
}

/// Proof that a quorum precommitted a block.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommitCertificate)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    /// The round that decided the block.
    pub round: u32,
    /// The precommits, in order of their signers.
    pub signatures: Vec<SignatureView>,
}

/// A validator's precommit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValidatorSignature)]
#[serde(rename_all = "camelCase")]
pub struct SignatureView {
    /// The signer's place in the validator set of the height.
    pub validator: u16,
    /// Its signature.
    pub signature: String,
}

impl From<&CommittedBlock> for BlockView {
    fn from(committed: &CommittedBlock) -> Self {
        let header = committed.block.header();
        let body = committed.block.body();
        Self {
            height: header.height.0,
            digest: committed.block.digest().to_string(),
            parent: header.parent.to_string(),
            time: header.time.to_string(),
            protocol_version: header.protocol_version,
            body: header.body.to_string(),
            validator_set: header.validator_set.to_string(),
            contract_set: header.contract_set.to_string(),
            previous_log_root: header.log_root.to_string(),
            previous_state_root: header.state_root.to_string(),
            first_index: committed.first_index().0,
            log_size: committed.log_size,
            log_root: committed.log_root.to_string(),
            state_root: committed.state_root.to_string(),
            batches: body.batches.iter().map(BatchView::from).collect(),
            evidence_count: body.evidence.len() as u64,
            certificate: CertificateView::from(&committed.certificate),
        }
    }
}

impl From<&AvailabilityCertificate> for BatchView {
    fn from(certificate: &AvailabilityCertificate) -> Self {
        let batch = &certificate.batch;
        Self {
            digest: batch.digest.to_string(),
            author: batch.author.to_string(),
            sequence: batch.sequence.0,
            byte_count: batch.byte_count,
            submission_count: batch.submission_count,
            record_count: batch.record_count,
        }
    }
}

impl From<&CommitCertificate> for CertificateView {
    fn from(certificate: &CommitCertificate) -> Self {
        Self {
            round: certificate.round.0,
            signatures: certificate
                .signatures
                .iter()
                .map(|signed| SignatureView {
                    validator: signed.validator.0,
                    signature: signed.signature.to_string(),
                })
                .collect(),
        }
    }
}
