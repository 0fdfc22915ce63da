//! The ledger as its readers see it, in memory and as plainly as possible: what a store is compared
//! with, and what a reader can be tested on without one.

use bytes::Bytes;

use super::memory_ledger::MemoryLedger;
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::{HashReader, MemoryTree, leaf_hash};
use crate::ledger::Applied;
use crate::types::{
    Batch, BatchDigest, CommittedBlock, Decode, Entry, EntryContent, Evidence, EvidenceRecord,
    Height, LedgerReader, LedgerView, LogIndex, Member, MemberId, ReadError, RecordProof,
    Submission, SubmissionId, SubmissionLocation, SubmittedEntry, Tip, ValidatorSet,
};

/// A [`MemoryLedger`] that can be read like a store. Every answer is looked for from the start.
#[derive(Clone, Debug)]
pub struct LedgerModel {
    ledger: MemoryLedger,
    batches: Vec<Batch>,
    tree: MemoryTree,
    checkpoint: Option<String>,
}

impl LedgerModel {
    /// The readers' side of a ledger before its first block.
    pub fn new(ledger: MemoryLedger) -> Self {
        assert_eq!(ledger.tip().height, Height::GENESIS);
        Self {
            ledger,
            batches: Vec::new(),
            tree: MemoryTree::new(),
            checkpoint: None,
        }
    }

    /// The ledger, for making what comes next.
    pub fn ledger(&self) -> &MemoryLedger {
        &self.ledger
    }

    /// Makes the next block of these batches and this evidence, applies and commits it.
    pub fn order(&mut self, batches: &[Batch], evidence: Vec<Evidence>) -> Applied {
        let applied = self.ledger.order(batches, evidence);
        self.batches.extend_from_slice(batches);
        while self.tree.size() < self.ledger.log_size() {
            let entry = self.ledger.entry(LogIndex(self.tree.size())).unwrap();
            self.tree.append(leaf_hash(&entry)).unwrap();
        }
        applied
    }

    /// Sets the checkpoint that readers get.
    pub fn set_checkpoint(&mut self, note: impl Into<String>) {
        self.checkpoint = Some(note.into());
    }

    fn decoded(&self) -> impl Iterator<Item = (LogIndex, Entry)> + '_ {
        (0..self.ledger.log_size()).map(LogIndex).map(|index| {
            let bytes = self.ledger.entry(index).unwrap();
            (index, Entry::from_bytes(&bytes).unwrap())
        })
    }

    fn submitted(&self) -> impl Iterator<Item = (LogIndex, Height, SubmittedEntry)> + '_ {
        self.decoded()
            .filter_map(|(index, entry)| match entry.content {
                EntryContent::Submitted(submitted) => Some((index, entry.height, *submitted)),
                _ => None,
            })
    }

    /// The batch and place of a submission in the block of a height.
    fn find(&self, height: Height, id: &SubmissionId) -> Option<(&Batch, u32, &Submission)> {
        let block = self.ledger.blocks().get(height.0 as usize - 1)?;
        let ordered = &block.block.body().batches;
        self.batches
            .iter()
            .filter(|batch| ordered.iter().any(|o| o.batch.digest == batch.digest()))
            .find_map(|batch| {
                (0u32..)
                    .zip(batch.submissions())
                    .find(|(_, submission)| submission.id() == *id)
                    .map(|(place, submission)| (batch, place, submission))
            })
    }
}

impl LedgerReader for LedgerModel {
    fn tip(&self) -> Result<Tip, ReadError> {
        Ok(self.ledger.tip().summary())
    }

    fn view(&self) -> Result<Box<dyn LedgerView + '_>, ReadError> {
        Ok(Box::new(self.ledger.clone()))
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, ReadError> {
        let blocks = self.ledger.blocks();
        Ok(blocks.iter().find(|b| b.block.height() == height).cloned())
    }

    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError> {
        Ok(self.ledger.entry(index))
    }

    fn entries(&self, first: LogIndex, count: usize) -> Result<Vec<Bytes>, ReadError> {
        Ok((first.0..self.ledger.log_size())
            .take(count)
            .filter_map(|index| self.ledger.entry(LogIndex(index)))
            .collect())
    }

    fn submission(&self, id: &SubmissionId) -> Result<Option<SubmissionLocation>, ReadError> {
        let first = self.submitted().find(|(_, _, s)| s.submission == *id);
        Ok(first.map(|(first_index, height, _)| {
            let (batch, submission_index, submission) = self.find(height, id).unwrap();
            SubmissionLocation {
                height,
                first_index,
                record_count: submission.header().record_count,
                batch: batch.digest(),
                submission_index,
            }
        }))
    }

    fn record_proof(&self, index: LogIndex) -> Result<Option<RecordProof>, ReadError> {
        let found = self.submitted().find(|(at, _, _)| *at == index);
        Ok(found.map(|(_, height, entry)| {
            let (_, _, submission) = self.find(height, &entry.submission).unwrap();
            let tree = submission.record_tree();
            RecordProof {
                header: submission.header().clone(),
                record_root: tree.root(),
                signature: *submission.signature(),
                record_index: entry.record_index,
                path: tree.inclusion_proof(entry.record_index.into()).unwrap(),
            }
        }))
    }

    fn batch(&self, digest: &BatchDigest) -> Result<Option<Bytes>, ReadError> {
        let found = self.batches.iter().find(|batch| batch.digest() == *digest);
        Ok(found.map(|batch| batch.bytes().clone()))
    }

    fn member(&self, id: &MemberId) -> Result<Option<Member>, ReadError> {
        Ok(self.ledger.member(id))
    }

    fn members(&self, after: Option<&MemberId>, count: usize) -> Result<Vec<Member>, ReadError> {
        let network = self.ledger.network();
        let ids = network.genesis().members().iter().map(|member| &member.id);
        Ok(ids
            .filter(|id| after.is_none_or(|after| *id > after))
            .take(count)
            .filter_map(|id| self.ledger.member(id))
            .collect())
    }

    fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, ReadError> {
        let known = Height::FIRST..=self.ledger.next_height().next();
        let set = self.ledger.network().validators();
        Ok(known.contains(&height).then(|| set.clone()))
    }

    fn evidence(&self, first: LogIndex, count: usize) -> Result<Vec<EvidenceRecord>, ReadError> {
        Ok(self
            .decoded()
            .filter(|(index, _)| *index >= first)
            .filter_map(|(index, entry)| match entry.content {
                EntryContent::Evidence(evidence) => Some(EvidenceRecord {
                    index,
                    height: entry.height,
                    evidence: *evidence,
                }),
                _ => None,
            })
            .take(count)
            .collect())
    }

    fn tree_node(&self, level: u8, index: u64) -> Result<Option<Sha256Digest>, ReadError> {
        Ok(self.tree.node(level, index))
    }

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Option<Bytes>, ReadError> {
        let Some(tree_level) = level.checked_mul(8).filter(|_| (1..=256).contains(&width)) else {
            return Ok(None);
        };
        let hashes: Option<Vec<u8>> = (0..u64::from(width))
            .map(|offset| {
                let node = index.checked_mul(256)?.checked_add(offset)?;
                self.tree.node(tree_level, node)
            })
            .collect::<Option<Vec<Sha256Digest>>>()
            .map(|hashes| hashes.iter().flat_map(|hash| hash.to_bytes()).collect());
        Ok(hashes.map(Bytes::from))
    }

    fn checkpoint(&self) -> Result<Option<String>, ReadError> {
        Ok(self.checkpoint.clone())
    }
}
