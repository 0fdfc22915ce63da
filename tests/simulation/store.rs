//! The ledger store of a simulated node: what is durable, and the queue of what is being written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use waybill::contracts;
use waybill::crypto::Sha256Digest;
use waybill::crypto::merkle::leaf_hash;
use waybill::ledger::{self, BlockCommit, EntryLocation, LedgerTip};
use waybill::types::{
    Batch, BatchDigest, BatchReference, CommitCertificate, CommittedBlock, Decode, DecodeError,
    EvidenceRecord, Genesis, Height, LedgerReader, LedgerView, LogIndex, Member, MemberId,
    ReadError, RecordProof, Space, StateReader, SubmissionId, SubmissionLocation, Tip,
    ValidatorSet, Write,
};

/// Something to write, synced.
#[derive(Clone)]
pub enum Job {
    /// Batches that are not ordered yet.
    Batches(Vec<Arc<Batch>>),
    /// A block with everything it brings.
    Commit {
        commit: Box<BlockCommit>,
        batches: Vec<Arc<Batch>>,
        cosigned_size: Option<u64>,
    },
    /// Unordered batches whose last height is below this one go.
    Discard(Height),
}

/// What a node's store holds durably, and what it is writing.
#[derive(Clone)]
pub struct Store {
    tip: LedgerTip,
    state: BTreeMap<(Space, Bytes), Bytes>,
    blocks: Vec<CommittedBlock>,
    entries: Vec<EntryLocation>,
    batches: BTreeMap<BatchDigest, (BatchReference, Bytes)>,
    ordered: BTreeSet<BatchDigest>,
    evidence: Vec<EvidenceRecord>,
    cosigned_size: u64,
    queue: VecDeque<Job>,
}

impl Store {
    /// The store of a fresh node.
    pub fn new(genesis: &Genesis) -> Self {
        let (tip, writes) = ledger::genesis_state(genesis).unwrap();
        let mut store = Self {
            tip,
            state: BTreeMap::new(),
            blocks: Vec::new(),
            entries: Vec::new(),
            batches: BTreeMap::new(),
            ordered: BTreeSet::new(),
            evidence: Vec::new(),
            cosigned_size: 0,
            queue: VecDeque::new(),
        };
        store.write(writes);
        store
    }

    /// The end of the ledger.
    pub fn ledger_tip(&self) -> &LedgerTip {
        &self.tip
    }

    /// The certificate of the last block.
    pub fn tip_certificate(&self) -> Option<CommitCertificate> {
        self.blocks.last().map(|block| block.certificate.clone())
    }

    /// All blocks, from height 1 on.
    pub fn blocks(&self) -> &[CommittedBlock] {
        &self.blocks
    }

    /// The evidence on the ledger.
    pub fn evidence_records(&self) -> &[EvidenceRecord] {
        &self.evidence
    }

    /// The greatest size that may have been cosigned.
    pub fn cosigned_size(&self) -> u64 {
        self.cosigned_size
    }

    /// Whether a batch is on disk, ordered or not.
    pub fn holds_batch(&self, digest: &BatchDigest) -> bool {
        self.batches.contains_key(digest)
    }

    /// Whether a block has ordered a batch.
    pub fn is_batch_ordered(&self, digest: &BatchDigest) -> bool {
        self.ordered.contains(digest)
    }

    /// The unordered batches on disk.
    pub fn pending_batches(&self) -> impl Iterator<Item = &Bytes> {
        self.batches
            .iter()
            .filter(|(digest, _)| !self.ordered.contains(*digest))
            .map(|(_, (_, bytes))| bytes)
    }

    /// Adds a job. Says whether the queue was empty: the caller then starts it.
    pub fn enqueue(&mut self, job: Job) -> bool {
        self.queue.push_back(job);
        self.queue.len() == 1
    }

    /// Begins to write the oldest job. Batches that wait together are written together.
    pub fn begin(&mut self) {
        let mut together = Vec::new();
        while let Some(Job::Batches(_)) = self.queue.front()
            && let Some(Job::Batches(batches)) = self.queue.pop_front()
        {
            together.extend(batches);
        }
        if !together.is_empty() {
            self.queue.push_front(Job::Batches(together));
        }
    }

    /// How many jobs wait, the one being written included.
    pub fn jobs(&self) -> usize {
        self.queue.len()
    }

    /// Makes the oldest job durable.
    pub fn complete(&mut self) -> Option<Job> {
        let job = self.queue.pop_front()?;
        match job.clone() {
            Job::Batches(batches) => self.put_batches(&batches),
            Job::Commit {
                commit,
                batches,
                cosigned_size,
            } => {
                self.put_batches(&batches);
                self.cosigned_size = self.cosigned_size.max(cosigned_size.unwrap_or(0));
                self.commit(*commit);
            }
            Job::Discard(below) => {
                let ordered = &self.ordered;
                self.batches.retain(|digest, (reference, _)| {
                    ordered.contains(digest) || reference.last_height >= below
                });
            }
        }
        Some(job)
    }

    /// The power fails: what waits is lost, but for some of the oldest jobs, whose writes reached the
    /// disk although nobody was told.
    pub fn lose_queue(&mut self, kept_jobs: usize) {
        for _ in 0..kept_jobs {
            self.complete();
        }
        self.queue.clear();
    }

    /// The canonical bytes of all entries.
    pub fn entry_bytes(&self) -> Vec<Bytes> {
        let resolve = |location: &EntryLocation| {
            location
                .clone()
                .resolve::<DecodeError>(|digest| Ok(self.batches[digest].1.clone()))
                .unwrap()
        };
        self.entries.iter().map(resolve).collect()
    }

    fn put_batches(&mut self, batches: &[Arc<Batch>]) {
        for batch in batches {
            let value = (batch.reference().clone(), batch.bytes().clone());
            self.batches.insert(batch.digest(), value);
        }
    }

    fn commit(&mut self, commit: BlockCommit) {
        assert_eq!(commit.tip.height, self.tip.height.next());
        for certificate in &commit.block.block.body().batches {
            assert!(self.batches.contains_key(&certificate.batch.digest));
            self.ordered.insert(certificate.batch.digest);
        }
        for (index, evidence) in commit.evidence {
            self.evidence.push(EvidenceRecord {
                index,
                height: commit.tip.height,
                evidence,
            });
        }
        self.entries.extend(commit.entries);
        self.blocks.push(commit.block);
        self.tip = commit.tip;
        self.write(commit.writes);
    }

    fn write(&mut self, writes: Vec<Write>) {
        for write in writes {
            let key = (write.space, write.key);
            match write.value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
    }
}

impl StateReader for Store {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        let key = (space, Bytes::copy_from_slice(key));
        Ok(self.state.get(&key).cloned())
    }
}

fn not_simulated<T>() -> Result<T, ReadError> {
    Err(ReadError::new("the simulation does not ask for this"))
}

/// What answering peers needs; the rest is not asked for.
impl LedgerReader for Store {
    fn tip(&self) -> Result<Tip, ReadError> {
        Ok(self.tip.summary())
    }

    fn view(&self) -> Result<Box<dyn LedgerView + '_>, ReadError> {
        not_simulated()
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, ReadError> {
        let position = height
            .0
            .checked_sub(1)
            .and_then(|p| usize::try_from(p).ok());
        Ok(position.and_then(|p| self.blocks.get(p)).cloned())
    }

    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError> {
        Ok(self.entries(index, 1)?.pop())
    }

    fn entries(&self, first: LogIndex, count: usize) -> Result<Vec<Bytes>, ReadError> {
        let first = usize::try_from(first.0).unwrap_or(usize::MAX);
        Ok(self
            .entry_bytes()
            .into_iter()
            .skip(first)
            .take(count)
            .collect())
    }

    fn submission(&self, id: &SubmissionId) -> Result<Option<SubmissionLocation>, ReadError> {
        let bytes = self.get(Space::Submissions, id.as_bytes())?;
        Ok(bytes.map(|bytes| SubmissionLocation::from_bytes(&bytes).unwrap()))
    }

    fn record_proof(&self, _: LogIndex) -> Result<Option<RecordProof>, ReadError> {
        not_simulated()
    }

    fn batch(&self, digest: &BatchDigest) -> Result<Option<Bytes>, ReadError> {
        Ok(self.batches.get(digest).map(|(_, bytes)| bytes.clone()))
    }

    fn member(&self, id: &MemberId) -> Result<Option<Member>, ReadError> {
        contracts::read_member(self, id).map_err(|error| ReadError::new(error.to_string()))
    }

    fn members(&self, _: Option<&MemberId>, _: usize) -> Result<Vec<Member>, ReadError> {
        not_simulated()
    }

    fn validators(&self, _: Height) -> Result<Option<ValidatorSet>, ReadError> {
        contracts::read_validators(self)
            .map(Some)
            .map_err(|error| ReadError::new(error.to_string()))
    }

    fn evidence(&self, first: LogIndex, count: usize) -> Result<Vec<EvidenceRecord>, ReadError> {
        let from = self.evidence.iter().filter(|record| record.index >= first);
        Ok(from.take(count).cloned().collect())
    }

    fn tree_node(&self, level: u8, index: u64) -> Result<Option<Sha256Digest>, ReadError> {
        if level != 0 {
            return not_simulated();
        }
        Ok(self.entry(LogIndex(index))?.map(|bytes| leaf_hash(&bytes)))
    }

    fn tile(&self, _: u8, _: u64, _: u16) -> Result<Option<Bytes>, ReadError> {
        not_simulated()
    }

    fn checkpoint(&self) -> Result<Option<String>, ReadError> {
        not_simulated()
    }
}
