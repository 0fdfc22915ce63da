//! The committed ledger as its readers see it: queries of the API, sync, proofs.

use bytes::Bytes;

use super::block::Block;
use super::codec::{Decode, DecodeError, Encode, Reader};
use super::evidence::Evidence;
use super::height::{Height, LogIndex};
use super::ids::{BatchDigest, MemberId, StateRoot, SubmissionId};
use super::member::Member;
use super::state::{ReadError, Space, StateReader};
use super::submission::SubmissionHeader;
use super::time::Timestamp;
use super::validator::ValidatorSet;
use super::vote::CommitCertificate;
use crate::crypto::{Sha256Digest, Signature};

/// The end of the committed ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The last committed height; [`Height::GENESIS`] before the first block.
    pub height: Height,
    /// The time of that block, or of genesis.
    pub time: Timestamp,
    /// How many entries the log has.
    pub log_size: u64,
    /// The root over them.
    pub log_root: Sha256Digest,
    /// The state after them.
    pub state_root: StateRoot,
}

/// A decided block with the proof of its decision and what applying it gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedBlock {
    /// The block.
    pub block: Block,
    /// The quorum that decided it.
    pub certificate: CommitCertificate,
    /// The log's size after it; its entries end there.
    pub log_size: u64,
    /// The log's root after it.
    pub log_root: Sha256Digest,
    /// The state after it.
    pub state_root: StateRoot,
}

impl CommittedBlock {
    /// The index of its first entry.
    pub fn first_index(&self) -> LogIndex {
        LogIndex(self.block.header().log_size)
    }
}

impl Encode for CommittedBlock {
    fn encode(&self, out: &mut Vec<u8>) {
        self.block.encode(out);
        self.certificate.encode(out);
        out.extend_from_slice(&self.log_size.to_be_bytes());
        self.log_root.encode(out);
        self.state_root.encode(out);
    }
}

impl Decode for CommittedBlock {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            block: Block::decode(reader)?,
            certificate: CommitCertificate::decode(reader)?,
            log_size: reader.u64()?,
            log_root: Sha256Digest::decode(reader)?,
            state_root: StateRoot::decode(reader)?,
        })
    }
}

/// Where a committed submission is: all its records are consecutive entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmissionLocation {
    /// The block that has it.
    pub height: Height,
    /// The entry of its first record.
    pub first_index: LogIndex,
    /// How many records it has.
    pub record_count: u32,
    /// The batch it came in.
    pub batch: BatchDigest,
    /// Its place in the batch, from 0.
    pub submission_index: u32,
}

impl Encode for SubmissionLocation {
    fn encode(&self, out: &mut Vec<u8>) {
        self.height.encode(out);
        self.first_index.encode(out);
        out.extend_from_slice(&self.record_count.to_be_bytes());
        self.batch.encode(out);
        out.extend_from_slice(&self.submission_index.to_be_bytes());
    }
}

impl Decode for SubmissionLocation {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: Height::decode(reader)?,
            first_index: LogIndex::decode(reader)?,
            record_count: reader.u32()?,
            batch: BatchDigest::decode(reader)?,
            submission_index: reader.u32()?,
        })
    }
}

/// What shows that a record is what its author signed, beside its place in the log: the header
/// and signature of its submission, and the record's path to the signed record root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordProof {
    /// The submission's header.
    pub header: SubmissionHeader,
    /// The root over the submission's records, which the signature covers.
    pub record_root: Sha256Digest,
    /// The author's signature.
    pub signature: Signature,
    /// The record's place in the submission.
    pub record_index: u32,
    /// The record's inclusion proof in the submission's record tree.
    pub path: Vec<Sha256Digest>,
}

/// Evidence on the ledger, with its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRecord {
    /// Its entry.
    pub index: LogIndex,
    /// The block that has it.
    pub height: Height,
    /// The two statements.
    pub evidence: Evidence,
}

/// Which way a range of keys is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanOrder {
    /// The smallest key first.
    Ascending,
    /// The greatest key first.
    Descending,
}

/// A key with its value.
pub type KeyValue = (Bytes, Bytes);

/// The keys from the first one on and below the second.
pub type KeyRange = (Vec<u8>, Vec<u8>);

/// The ledger at one moment: all that is read through one view is of one height, whatever is
/// committed meanwhile.
pub trait LedgerView: StateReader {
    /// The end of the ledger at that moment.
    fn tip(&self) -> Tip;

    /// The time of genesis.
    fn genesis_time(&self) -> Timestamp;

    /// The canonical bytes of an entry, none beyond the tip.
    ///
    /// # Errors
    /// [`ReadError`] if the store fails.
    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError>;

    /// The block of a height, none beyond the tip.
    ///
    /// # Errors
    /// [`ReadError`] if the store fails.
    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, ReadError>;

    /// Up to `count` keys of a space with their values: those from `first` on and below `end`,
    /// beginning at the end that the order says.
    ///
    /// # Errors
    /// [`ReadError`] if the store fails.
    fn scan(
        &self,
        space: Space,
        first: &[u8],
        end: &[u8],
        order: ScanOrder,
        count: usize,
    ) -> Result<Vec<KeyValue>, ReadError>;

    /// Up to `count` keys of each of several ranges with their values, ascending, in the order of the ranges.
    /// A store may read them at the same time.
    ///
    /// # Errors
    /// [`ReadError`] if the store fails.
    fn scan_each(
        &self,
        space: Space,
        ranges: &[KeyRange],
        count: usize,
    ) -> Result<Vec<Vec<KeyValue>>, ReadError> {
        let scan =
            |(first, end): &KeyRange| self.scan(space, first, end, ScanOrder::Ascending, count);
        ranges.iter().map(scan).collect()
    }
}

/// Reads what is committed. Implementations answer from one consistent state per call and may be
/// called from several threads; a call may wait for the disk.
///
/// # Errors
/// Every method gives [`ReadError`] if the store fails.
pub trait LedgerReader: Send + Sync {
    /// The end of the ledger.
    fn tip(&self) -> Result<Tip, ReadError>;

    /// The ledger as it is now, for questions that take more than one call.
    fn view(&self) -> Result<Box<dyn LedgerView + '_>, ReadError>;

    /// The block of a height, none beyond the tip.
    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, ReadError>;

    /// The canonical bytes of an entry, none beyond the tip.
    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError>;

    /// The canonical bytes of up to `count` entries from `first` on; fewer at the tip.
    fn entries(&self, first: LogIndex, count: usize) -> Result<Vec<Bytes>, ReadError>;

    /// Where a submission is, if it is committed.
    fn submission(&self, id: &SubmissionId) -> Result<Option<SubmissionLocation>, ReadError>;

    /// What proves a submitted entry's record; none for other entries and beyond the tip.
    fn record_proof(&self, index: LogIndex) -> Result<Option<RecordProof>, ReadError>;

    /// The canonical bytes of a batch that is held, ordered or not.
    fn batch(&self, digest: &BatchDigest) -> Result<Option<Bytes>, ReadError>;

    /// A member as of the tip.
    fn member(&self, id: &MemberId) -> Result<Option<Member>, ReadError>;

    /// Up to `count` members after `after`, in order of their ids.
    fn members(&self, after: Option<&MemberId>, count: usize) -> Result<Vec<Member>, ReadError>;

    /// The validators who decide a height; none beyond the second after the tip: a change of them is
    /// decided two heights before.
    fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, ReadError>;

    /// Up to `count` pieces of evidence from index `first` on.
    fn evidence(&self, first: LogIndex, count: usize) -> Result<Vec<EvidenceRecord>, ReadError>;

    /// The hash of a complete subtree of the log: `level` 0 is an entry's leaf hash.
    fn tree_node(&self, level: u8, index: u64) -> Result<Option<Sha256Digest>, ReadError>;

    /// The hashes of a tile (C2SP tlog-tiles) of `width` hashes, none if the log is too short.
    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Option<Bytes>, ReadError>;

    /// The latest checkpoint that a quorum has cosigned, as a signed note.
    fn checkpoint(&self) -> Result<Option<String>, ReadError>;
}
