//! A log entry: the leaf that auditors read and prove.
//!
//! Its canonical bytes are the leaf's data in the RFC 6962 tree. Whoever holds an entry needs
//! nothing else to read it. The last entry of every block is a *block* entry, so that one
//! checkpoint covers the state as well.

use super::codec::{Decode, DecodeError, Encode, Reader};
use super::evidence::Evidence;
use super::height::Height;
use super::ids::{BlockDigest, MemberId, StateRoot, SubmissionId, ValidatorSetDigest};
use super::outcome::Outcome;
use super::record::Record;
use super::time::Timestamp;
use crate::crypto::{PublicKey, Sha256Digest};

/// Version of the entry's format.
const ENTRY_VERSION: u8 = 1;

/// A log entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The block that made it.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// What it holds.
    pub content: EntryContent,
}

/// What a log entry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryContent {
    /// An authentic record that a member submitted.
    Submitted(Box<SubmittedEntry>),
    /// A record that the ledger made by itself, such as the clearing of an auction.
    Derived {
        /// Digest of the height and the cause.
        source: Sha256Digest,
        /// The record.
        record: Record,
    },
    /// A validator was caught signing two different things where it may sign one.
    Evidence(Box<Evidence>),
    /// The end of a block.
    Block(BlockEntry),
}

/// An authentic record with who submitted it and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmittedEntry {
    /// Who submitted it.
    pub member: MemberId,
    /// The key that signed the submission.
    pub key: PublicKey,
    /// The submission it came in.
    pub submission: SubmissionId,
    /// Its place among the records of the submission, from 0.
    pub record_index: u32,
    /// What became of it.
    pub outcome: Outcome,
    /// The record as submitted.
    pub record: Record,
}

/// What a block leaves behind: the digest of what was decided and the roots after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockEntry {
    /// The block that was decided.
    pub block: BlockDigest,
    /// The state after it.
    pub state_root: StateRoot,
    /// The validators who decided it.
    pub validator_set: ValidatorSetDigest,
}

impl Encode for Entry {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(ENTRY_VERSION);
        self.height.encode(out);
        self.time.encode(out);
        match &self.content {
            EntryContent::Submitted(submitted) => {
                out.push(0);
                submitted.member.encode(out);
                submitted.key.encode(out);
                submitted.submission.encode(out);
                out.extend_from_slice(&submitted.record_index.to_be_bytes());
                submitted.outcome.encode(out);
                submitted.record.encode(out);
            }
            EntryContent::Derived { source, record } => {
                out.push(1);
                source.encode(out);
                record.encode(out);
            }
            EntryContent::Evidence(evidence) => {
                out.push(2);
                evidence.encode(out);
            }
            EntryContent::Block(block) => {
                out.push(3);
                block.block.encode(out);
                block.state_root.encode(out);
                block.validator_set.encode(out);
            }
        }
    }
}

impl Decode for Entry {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u8()?;
        if version != ENTRY_VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "log entry",
                version: version.into(),
            });
        }
        let height = Height::decode(reader)?;
        let time = Timestamp::decode(reader)?;
        let content = match reader.u8()? {
            0 => EntryContent::Submitted(Box::new(SubmittedEntry {
                member: MemberId::decode(reader)?,
                key: PublicKey::decode(reader)?,
                submission: SubmissionId::decode(reader)?,
                record_index: reader.u32()?,
                outcome: Outcome::decode(reader)?,
                record: Record::decode(reader)?,
            })),
            1 => EntryContent::Derived {
                source: Sha256Digest::decode(reader)?,
                record: Record::decode(reader)?,
            },
            2 => EntryContent::Evidence(Box::new(Evidence::decode(reader)?)),
            3 => EntryContent::Block(BlockEntry {
                block: BlockDigest::decode(reader)?,
                state_root: StateRoot::decode(reader)?,
                validator_set: ValidatorSetDigest::decode(reader)?,
            }),
            tag => {
                return Err(DecodeError::UnknownTag {
                    what: "log entry",
                    tag,
                });
            }
        };
        Ok(Self {
            height,
            time,
            content,
        })
    }
}
