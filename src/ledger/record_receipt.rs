//! What makes a record's inclusion proof say who signed the record: the `extra` data of a
//! `.tlog-proof`.
//!
//! The log proves that an entry is in it; the receipt adds the author's own signature, which covers
//! the record through its path in the submission's record tree. Nothing in a receipt is trusted: it
//! is bound to the entry, whose leaf the log proves.
//!
//! Format: version (u16) ‖ submission header ‖ record root (32) ‖ signature (64) ‖ path (u32 count,
//! 32 bytes each). The record's place is not repeated: the entry has it.

use thiserror::Error;

use crate::crypto::merkle::{ProofError, verify_inclusion};
use crate::crypto::{KeyError, Sha256Digest, Signature};
use crate::types::codec::{Reader, put_sequence};
use crate::types::{
    Decode, DecodeError, Encode, Entry, EntryContent, LedgerId, RecordProof, SubmissionHeader,
    SubmissionId, SubmittedEntry,
};

/// Version of the receipt's format.
const RECEIPT_VERSION: u16 = 1;

/// Longest path in a record tree: 10,000 records make a tree of 14 levels.
pub const MAX_RECORD_PATH_HASHES: usize = 14;

/// The author's signature over a record, with what leads from the record to the signed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordReceipt {
    header: SubmissionHeader,
    record_root: Sha256Digest,
    signature: Signature,
    path: Vec<Sha256Digest>,
}

/// Why a receipt does not show that the author signed the entry's record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordReceiptError {
    /// The entry cannot be read.
    #[error("the entry cannot be read: {0}")]
    Entry(#[source] DecodeError),
    /// The entry is not a submitted record: nobody but the ledger made it.
    #[error("the entry is not a submitted record, so no author signed it")]
    NotSubmitted,
    /// The submission was signed for another ledger.
    #[error("the submission was signed for ledger {found}, not for {expected}")]
    OtherLedger {
        /// The ledger that the header names.
        found: LedgerId,
        /// The ledger asked for.
        expected: LedgerId,
    },
    /// The receipt is about another submission than the entry.
    #[error("the receipt is of submission {found}, the entry is of {expected}")]
    OtherSubmission {
        /// What header and root make.
        found: SubmissionId,
        /// What the entry names.
        expected: SubmissionId,
    },
    /// The entry names another author than the signed header.
    #[error("the entry names another member or key than the signed header")]
    OtherAuthor,
    /// The signature does not verify.
    #[error("the author's signature does not verify: {0}")]
    Signature(#[source] KeyError),
    /// The record is not among those that were signed.
    #[error("the record is not among those that the author signed: {0}")]
    Path(#[source] ProofError),
}

impl RecordReceipt {
    /// Puts the parts of a receipt together.
    ///
    /// # Errors
    /// [`DecodeError::LimitExceeded`] if the path is longer than that of any record tree.
    pub fn new(
        header: SubmissionHeader,
        record_root: Sha256Digest,
        signature: Signature,
        path: Vec<Sha256Digest>,
    ) -> Result<Self, DecodeError> {
        if path.len() > MAX_RECORD_PATH_HASHES {
            return Err(DecodeError::LimitExceeded {
                what: "record path",
                length: path.len(),
                limit: MAX_RECORD_PATH_HASHES,
            });
        }
        Ok(Self {
            header,
            record_root,
            signature,
            path,
        })
    }

    /// The receipt that a store's proof makes.
    ///
    /// # Errors
    /// As [`RecordReceipt::new`].
    pub fn from_proof(proof: RecordProof) -> Result<Self, DecodeError> {
        Self::new(proof.header, proof.record_root, proof.signature, proof.path)
    }

    /// The header that the author signed, not to be trusted before [`RecordReceipt::verify`].
    pub fn header(&self) -> &SubmissionHeader {
        &self.header
    }

    /// Checks that the member and key that the entry names signed the entry's record for `ledger`,
    /// and gives what was signed. That the entry is in the log is another question, which the
    /// proof around the receipt answers.
    ///
    /// # Errors
    /// [`RecordReceiptError`] with the first thing that is wrong.
    pub fn verify(
        &self,
        ledger: &LedgerId,
        entry: &[u8],
    ) -> Result<SubmittedEntry, RecordReceiptError> {
        let entry = Entry::from_bytes(entry).map_err(RecordReceiptError::Entry)?;
        let EntryContent::Submitted(submitted) = entry.content else {
            return Err(RecordReceiptError::NotSubmitted);
        };
        if self.header.ledger != *ledger {
            return Err(RecordReceiptError::OtherLedger {
                found: self.header.ledger,
                expected: *ledger,
            });
        }
        if (&self.header.member, &self.header.key) != (&submitted.member, &submitted.key) {
            return Err(RecordReceiptError::OtherAuthor);
        }
        let found = self.header.submission_id(&self.record_root);
        if found != submitted.submission {
            return Err(RecordReceiptError::OtherSubmission {
                found,
                expected: submitted.submission,
            });
        }
        self.header
            .verify(&self.record_root, &self.signature)
            .map_err(RecordReceiptError::Signature)?;
        verify_inclusion(
            submitted.record_index.into(),
            self.header.record_count.into(),
            &submitted.record.leaf(),
            &self.path,
            &self.record_root,
        )
        .map_err(RecordReceiptError::Path)?;
        Ok(*submitted)
    }
}

impl Encode for RecordReceipt {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&RECEIPT_VERSION.to_be_bytes());
        self.header.encode(out);
        self.record_root.encode(out);
        self.signature.encode(out);
        put_sequence(out, &self.path);
    }
}

impl Decode for RecordReceipt {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u16()?;
        if version != RECEIPT_VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "record receipt",
                version,
            });
        }
        Self::new(
            SubmissionHeader::decode(reader)?,
            Sha256Digest::decode(reader)?,
            Signature::decode(reader)?,
            reader.sequence("record path", MAX_RECORD_PATH_HASHES)?,
        )
    }
}

#[cfg(test)]
mod tests;
