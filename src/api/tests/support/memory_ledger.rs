//! A ledger in memory: real blocks, applied as a node applies them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;

use crate::contracts;
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::complete_subtree_root;
use crate::ledger::{Applied, BlockCommit, LedgerTip, genesis_state};
use crate::testing::scan_values;
use crate::types::{
    Batch, BatchDigest, CommittedBlock, Decode, Encode, Entry, EntryContent, EvidenceRecord,
    Genesis, Height, KeyValue, LedgerReader, LedgerView, LogIndex, Member, MemberId, ReadError,
    RecordProof, ScanOrder, Space, StateReader, SubmissionId, SubmissionLocation, Timestamp, Tip,
    ValidatorSet, Write,
};

/// What the store does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api::tests) enum ReaderFault {
    /// It answers.
    None,
    /// Every call fails.
    Fails,
    /// Every call panics.
    Panics,
}

struct State {
    genesis_time: Timestamp,
    fault: ReaderFault,
    tip: LedgerTip,
    blocks: Vec<CommittedBlock>,
    sets: BTreeMap<u64, ValidatorSet>,
    entries: Vec<Bytes>,
    leaves: Vec<Sha256Digest>,
    values: BTreeMap<(Space, Bytes), Bytes>,
    batches: BTreeMap<BatchDigest, Arc<Batch>>,
    evidence: Vec<EvidenceRecord>,
    checkpoint: Option<String>,
}

/// The ledger.
pub(in crate::api::tests) struct MemoryLedger {
    state: Mutex<State>,
}

/// A ledger at a moment.
pub(in crate::api::tests) struct Snapshot {
    genesis_time: Timestamp,
    values: BTreeMap<(Space, Bytes), Bytes>,
    tip: Tip,
    entries: Vec<Bytes>,
    blocks: Vec<CommittedBlock>,
}

impl StateReader for Snapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        let place = (space, Bytes::copy_from_slice(key));
        Ok(self.values.get(&place).cloned())
    }
}

impl LedgerView for Snapshot {
    fn genesis_time(&self) -> Timestamp {
        self.genesis_time
    }

    fn tip(&self) -> Tip {
        self.tip
    }

    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError> {
        let place = usize::try_from(index.0).unwrap_or(usize::MAX);
        Ok(self.entries.get(place).cloned())
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, ReadError> {
        let of_height = |block: &&CommittedBlock| block.block.height() == height;
        Ok(self.blocks.iter().find(of_height).cloned())
    }

    fn scan(
        &self,
        space: Space,
        first: &[u8],
        end: &[u8],
        order: ScanOrder,
        count: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        Ok(scan_values(&self.values, space, (first, end), order, count))
    }
}

impl MemoryLedger {
    pub(in crate::api::tests) fn new(genesis: &Genesis) -> Self {
        let (tip, writes) = genesis_state(genesis).unwrap();
        let mut state = State {
            genesis_time: genesis.time(),
            fault: ReaderFault::None,
            tip,
            blocks: Vec::new(),
            sets: BTreeMap::from([(1, genesis.validators().clone())]),
            entries: Vec::new(),
            leaves: Vec::new(),
            values: BTreeMap::new(),
            batches: BTreeMap::new(),
            evidence: Vec::new(),
            checkpoint: None,
        };
        state.write(writes);
        Self {
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, ReadError> {
        let state = self.lock();
        let fault = state.fault;
        match fault {
            ReaderFault::None => Ok(state),
            ReaderFault::Fails => Err(ReadError::new("the disk of the test is gone")),
            ReaderFault::Panics => {
                drop(state);
                panic!("the reader of the test panics")
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(in crate::api::tests) fn set_fault(&self, fault: ReaderFault) {
        self.lock().fault = fault;
    }

    pub(in crate::api::tests) fn set_checkpoint(&self, text: Option<String>) {
        self.lock().checkpoint = text;
    }

    pub(in crate::api::tests) fn ledger_tip(&self) -> LedgerTip {
        self.lock().tip.clone()
    }

    pub(in crate::api::tests) fn snapshot(&self) -> Snapshot {
        self.lock().snapshot()
    }

    pub(in crate::api::tests) fn entry_bytes(&self, index: u64) -> Bytes {
        self.lock().entries[usize::try_from(index).unwrap()].clone()
    }

    /// Takes over what applying a block gave.
    pub(in crate::api::tests) fn commit(&self, applied: &Applied, batches: &[Arc<Batch>]) {
        let commit: &BlockCommit = &applied.commit;
        let mut state = self.lock();
        for batch in batches {
            state.batches.insert(batch.digest(), Arc::clone(batch));
        }
        for location in &commit.entries {
            let bytes = location
                .clone()
                .resolve(|digest| {
                    Ok::<_, crate::types::DecodeError>(state.batches[digest].bytes().clone())
                })
                .unwrap();
            state.leaves.push(crate::crypto::merkle::leaf_hash(&bytes));
            state.entries.push(bytes);
        }
        let height = commit.tip.height;
        for (index, evidence) in &commit.evidence {
            state.evidence.push(EvidenceRecord {
                index: *index,
                height,
                evidence: evidence.clone(),
            });
        }
        state.write(commit.writes.clone());
        state.tip = commit.tip.clone();
        state.blocks.push(commit.block.clone());
        let next = state.snapshot();
        let set = contracts::read_validators(&next).unwrap();
        state.sets.insert(height.0 + 1, set);
    }
}

impl State {
    fn snapshot(&self) -> Snapshot {
        Snapshot {
            genesis_time: self.genesis_time,
            values: self.values.clone(),
            tip: self.tip.summary(),
            entries: self.entries.clone(),
            blocks: self.blocks.clone(),
        }
    }

    fn write(&mut self, writes: Vec<Write>) {
        for write in writes {
            let key = (write.space, write.key);
            match write.value {
                Some(value) => self.values.insert(key, value),
                None => self.values.remove(&key),
            };
        }
    }

    fn location(&self, id: &SubmissionId) -> Option<SubmissionLocation> {
        let key = (Space::Submissions, Bytes::copy_from_slice(id.as_bytes()));
        let bytes = self.values.get(&key)?;
        Some(SubmissionLocation::from_bytes(bytes).unwrap())
    }

    fn node(&self, level: u8, index: u64) -> Option<Sha256Digest> {
        let count = 1_usize.checked_shl(level.into())?;
        let begin = usize::try_from(index).ok()?.checked_mul(count)?;
        complete_subtree_root(self.leaves.get(begin..begin.checked_add(count)?)?)
    }
}

impl LedgerReader for MemoryLedger {
    fn tip(&self) -> Result<Tip, ReadError> {
        Ok(self.state()?.tip.summary())
    }

    fn view(&self) -> Result<Box<dyn LedgerView + '_>, ReadError> {
        Ok(Box::new(self.state()?.snapshot()))
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, ReadError> {
        let state = self.state()?;
        let place = height
            .0
            .checked_sub(1)
            .and_then(|at| usize::try_from(at).ok());
        Ok(place.and_then(|at| state.blocks.get(at)).cloned())
    }

    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError> {
        Ok(self.entries(index, 1)?.pop())
    }

    fn entries(&self, first: LogIndex, count: usize) -> Result<Vec<Bytes>, ReadError> {
        let state = self.state()?;
        let first = usize::try_from(first.0).unwrap_or(usize::MAX);
        Ok(state
            .entries
            .iter()
            .skip(first)
            .take(count)
            .cloned()
            .collect())
    }

    fn submission(&self, id: &SubmissionId) -> Result<Option<SubmissionLocation>, ReadError> {
        Ok(self.state()?.location(id))
    }

    fn record_proof(&self, index: LogIndex) -> Result<Option<RecordProof>, ReadError> {
        let Some(bytes) = self.entry(index)? else {
            return Ok(None);
        };
        let EntryContent::Submitted(entry) = Entry::from_bytes(&bytes).unwrap().content else {
            return Ok(None);
        };
        let state = self.state()?;
        let location = state.location(&entry.submission).unwrap();
        let place = location.submission_index as usize;
        let submission = &state.batches[&location.batch].submissions()[place];
        let tree = submission.record_tree();
        Ok(Some(RecordProof {
            header: submission.header().clone(),
            record_root: tree.root(),
            signature: *submission.signature(),
            record_index: entry.record_index,
            path: tree.inclusion_proof(entry.record_index.into()).unwrap(),
        }))
    }

    fn batch(&self, digest: &BatchDigest) -> Result<Option<Bytes>, ReadError> {
        let state = self.state()?;
        Ok(state.batches.get(digest).map(|batch| batch.bytes().clone()))
    }

    fn member(&self, id: &MemberId) -> Result<Option<Member>, ReadError> {
        drop(self.state()?);
        contracts::read_member(&self.snapshot(), id)
            .map_err(|error| ReadError::new(error.to_string()))
    }

    fn members(&self, after: Option<&MemberId>, count: usize) -> Result<Vec<Member>, ReadError> {
        let state = self.state()?;
        let members = state.values.iter().filter(|((space, key), _)| {
            *space == Space::State && key.starts_with(contracts::MEMBER_PREFIX)
        });
        Ok(members
            .map(|(_, value)| Member::from_bytes(value).unwrap())
            .filter(|member| after.is_none_or(|after| member.id > *after))
            .take(count)
            .collect())
    }

    fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, ReadError> {
        Ok(self.state()?.sets.get(&height.0).cloned())
    }

    fn evidence(&self, first: LogIndex, count: usize) -> Result<Vec<EvidenceRecord>, ReadError> {
        let state = self.state()?;
        let from = state.evidence.iter().filter(|record| record.index >= first);
        Ok(from.take(count).cloned().collect())
    }

    fn tree_node(&self, level: u8, index: u64) -> Result<Option<Sha256Digest>, ReadError> {
        Ok(self.state()?.node(level, index))
    }

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Option<Bytes>, ReadError> {
        let state = self.state()?;
        let mut bytes = Vec::new();
        for offset in 0..u64::from(width) {
            let place = index
                .checked_mul(256)
                .and_then(|begin| begin.checked_add(offset));
            let node = place.and_then(|place| state.node(level.checked_mul(8)?, place));
            let Some(node) = node else {
                return Ok(None);
            };
            node.encode(&mut bytes);
        }
        Ok(Some(bytes.into()))
    }

    fn checkpoint(&self) -> Result<Option<String>, ReadError> {
        Ok(self.state()?.checkpoint.clone())
    }
}
