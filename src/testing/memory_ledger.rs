//! A ledger that is kept in memory: the smallest complete store.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::network::TestNetwork;
use crate::contracts::{self, Rulebook};
use crate::crypto::{Blake3Digest, Signature};
use crate::ledger::{
    Applied, BlockContext, BlockVerdict, CheckedBatch, EntryLocation, LedgerError, LedgerTip,
    SubmissionContext, apply, check_block, check_block_signatures, genesis_state,
};
use crate::types::{
    Batch, BatchDigest, Block, BlockBody, BlockHeader, CommitCertificate, CommittedBlock,
    DecodeError, Evidence, Height, IndexedSignature, KeyValue, LedgerView, LogIndex, Member,
    MemberId, PROTOCOL_VERSION, ReadError, ScanOrder, Space, StateReader, Submission, Timestamp,
    Tip, Write,
};

/// How far a block's time is after its parent's in blocks that the ledger makes itself.
const BLOCK_INTERVAL_MS: i64 = 1_000;

/// A test network's ledger: builds the next block, applies it, and keeps what it gives. A clone
/// goes its own way from there.
#[derive(Clone, Debug)]
pub struct MemoryLedger {
    network: Arc<TestNetwork>,
    values: BTreeMap<(Space, Bytes), Bytes>,
    tip: LedgerTip,
    rulebook: Arc<Rulebook>,
    batches: BTreeMap<BatchDigest, Bytes>,
    entries: Vec<EntryLocation>,
    blocks: Vec<CommittedBlock>,
}

impl MemoryLedger {
    /// The ledger before its first block.
    pub fn new(network: Arc<TestNetwork>) -> Self {
        let (tip, writes) = genesis_state(network.genesis()).expect("an empty state");
        let mut ledger = Self {
            network,
            values: BTreeMap::new(),
            tip,
            rulebook: Arc::new(Rulebook::of(&[]).expect("no contracts")),
            batches: BTreeMap::new(),
            entries: Vec::new(),
            blocks: Vec::new(),
        };
        ledger.write(writes);
        ledger.refresh_rulebook();
        ledger
    }

    /// The network whose ledger it is.
    pub fn network(&self) -> &Arc<TestNetwork> {
        &self.network
    }

    /// The end of the ledger.
    pub fn tip(&self) -> &LedgerTip {
        &self.tip
    }

    /// The committed blocks, from the first height on.
    pub fn blocks(&self) -> &[CommittedBlock] {
        &self.blocks
    }

    /// The time that the next block has, unless a test chooses another.
    pub fn next_time(&self) -> Timestamp {
        Timestamp::from_ms(self.tip.time.as_ms() + BLOCK_INTERVAL_MS)
    }

    /// An expiry that holds for some blocks to come.
    pub fn expiry(&self) -> Timestamp {
        Timestamp::from_ms(self.tip.time.as_ms() + 100 * BLOCK_INTERVAL_MS)
    }

    /// Seals submissions into a batch of the first validator that the next block may order.
    pub fn batch(&self, submissions: Vec<Submission>) -> Batch {
        let sequence = u64::try_from(self.batches.len()).expect("few batches");
        let last_height = self.tip.height.plus(10);
        self.network.batch(0, sequence, last_height, submissions)
    }

    /// The body of the next block: certificates of these batches, and the parent's certificate.
    pub fn next_body(&self, batches: &[Batch], evidence: Vec<Evidence>) -> BlockBody {
        BlockBody {
            parent_certificate: self.blocks.last().map(|block| block.certificate.clone()),
            batches: batches
                .iter()
                .map(|batch| self.network.availability_certificate(batch.reference()))
                .collect(),
            evidence,
        }
    }

    /// The header of the next block, valid for whatever body is put under it.
    pub fn next_header(&self) -> BlockHeader {
        BlockHeader {
            protocol_version: PROTOCOL_VERSION,
            ledger: self.network.ledger(),
            height: self.tip.height.next(),
            parent: self.tip.block,
            time: self.next_time(),
            body: Blake3Digest::ZERO,
            log_size: self.tip.frontier.size(),
            log_root: self.tip.frontier.root(),
            state_root: self.tip.state_root,
            validator_set: contracts::read_validator_set_digest(self).expect("a whole state"),
            contract_set: self.rulebook.digest(),
        }
    }

    /// The next block, which orders these batches.
    pub fn next_block(&self, batches: &[Batch], evidence: Vec<Evidence>) -> Block {
        Block::new(self.next_header(), self.next_body(batches, evidence))
    }

    /// The verdict on a block.
    ///
    /// # Errors
    /// [`LedgerError`] if the state cannot be read.
    pub fn check(&self, block: &Block) -> Result<BlockVerdict, LedgerError> {
        let ledger = self.network.ledger();
        let set = self.network.validators();
        let context = BlockContext {
            ledger: &ledger,
            tip: &self.tip,
            validators: set,
            contract_set: self.rulebook.digest(),
        };
        match check_block(self, context, block)? {
            BlockVerdict::Valid => Ok(match check_block_signatures(&ledger, set, set, block) {
                Ok(()) => BlockVerdict::Valid,
                Err(fault) => BlockVerdict::Invalid(fault),
            }),
            invalid => Ok(invalid),
        }
    }

    /// Checks batches as a node does before ordering.
    pub fn checked(&self, batches: &[Batch]) -> Vec<Arc<CheckedBatch>> {
        let context = self.submission_context();
        batches
            .iter()
            .map(|batch| Arc::new(CheckedBatch::check(&context, Arc::new(batch.clone()))))
            .collect()
    }

    /// Applies a block that all validators have decided, without committing what it gives.
    ///
    /// # Errors
    /// [`LedgerError`] if the block cannot be applied.
    pub fn apply(&self, block: &Block, batches: &[Batch]) -> Result<Applied, LedgerError> {
        // Nobody is late here.
        let all: Vec<usize> = (0..self.network.validators().len()).collect();
        let mut certificate =
            self.network
                .commit_certificate_by(&all, block.height(), block.digest());
        let set = contracts::read_validators(self)?;
        let known = certificate.signatures.len();
        let others = set.iter().skip(known).map(|(index, _)| IndexedSignature {
            validator: index,
            // The network has no key of who came later, and whoever applies a decided block has verified it.
            signature: Signature::from_bytes([0; 64]),
        });
        certificate.signatures.extend(others);
        certificate.signatures.truncate(set.len());
        self.apply_decided(block, &certificate, batches)
    }

    /// Applies a block with the certificate of its decision, without committing what it gives.
    ///
    /// # Errors
    /// [`LedgerError`] if the block cannot be applied.
    pub fn apply_decided(
        &self,
        block: &Block,
        certificate: &CommitCertificate,
        batches: &[Batch],
    ) -> Result<Applied, LedgerError> {
        let checked = self.checked(batches);
        apply(
            self,
            &self.rulebook,
            &self.tip,
            block,
            certificate,
            &checked,
        )
    }

    /// Commits what applying the next block gave.
    pub fn commit(&mut self, applied: &Applied, batches: &[Batch]) {
        let commit = &applied.commit;
        assert_eq!(commit.tip.height, self.tip.height.next());
        for batch in batches {
            self.batches.insert(batch.digest(), batch.bytes().clone());
        }
        self.write(commit.writes.clone());
        self.entries.extend(commit.entries.iter().cloned());
        self.blocks.push(commit.block.clone());
        self.tip = commit.tip.clone();
        self.refresh_rulebook();
    }

    /// Makes the next block of these batches and this evidence, applies and commits it.
    pub fn order(&mut self, batches: &[Batch], evidence: Vec<Evidence>) -> Applied {
        let block = self.next_block(batches, evidence);
        let applied = self.apply(&block, batches).expect("the next block");
        self.commit(&applied, batches);
        applied
    }

    /// Seals submissions into one batch and orders it in the next block.
    pub fn submit(&mut self, submissions: Vec<Submission>) -> Applied {
        let batch = self.batch(submissions);
        self.order(&[batch], Vec::new())
    }

    /// How many entries the log has.
    pub fn log_size(&self) -> u64 {
        self.tip.frontier.size()
    }

    /// The canonical bytes of an entry; none beyond the tip.
    pub fn entry(&self, index: LogIndex) -> Option<Bytes> {
        let location = self.entries.get(usize::try_from(index.0).ok()?)?.clone();
        let bytes = location.resolve::<DecodeError>(|digest| {
            let missing = || DecodeError::invalid("batch", "it is not held");
            self.batches.get(digest).cloned().ok_or_else(missing)
        });
        Some(bytes.expect("an entry of this ledger"))
    }

    /// A member after the last block.
    pub fn member(&self, id: &MemberId) -> Option<Member> {
        contracts::read_member(self, id).expect("a readable state")
    }

    /// The height that the next block has.
    pub fn next_height(&self) -> Height {
        self.tip.height.next()
    }

    /// What submissions are checked against now.
    pub fn submission_context(&self) -> SubmissionContext {
        SubmissionContext {
            ledger: self.network.ledger(),
            rulebook: Arc::clone(&self.rulebook),
        }
    }

    /// The contracts in force at the next height.
    pub fn rulebook(&self) -> &Arc<Rulebook> {
        &self.rulebook
    }

    fn refresh_rulebook(&mut self) {
        let known = Arc::clone(&self.rulebook);
        self.rulebook = Rulebook::read(self, self.next_height(), Some(&known))
            .expect("good contracts in the state");
    }

    fn write(&mut self, writes: Vec<Write>) {
        for write in writes {
            let place = (write.space, write.key);
            match write.value {
                Some(value) => self.values.insert(place, value),
                None => self.values.remove(&place),
            };
        }
    }
}

impl LedgerView for MemoryLedger {
    fn genesis_time(&self) -> Timestamp {
        self.network.genesis().time()
    }

    fn tip(&self) -> Tip {
        self.tip.summary()
    }

    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError> {
        Ok(MemoryLedger::entry(self, index))
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

/// [`LedgerView::scan`] over values in memory.
pub fn scan_values(
    values: &BTreeMap<(Space, Bytes), Bytes>,
    space: Space,
    (first, end): (&[u8], &[u8]),
    order: ScanOrder,
    count: usize,
) -> Vec<KeyValue> {
    if first >= end {
        return Vec::new();
    }
    let place = |key: &[u8]| (space, Bytes::copy_from_slice(key));
    let range = values.range(place(first)..place(end));
    let pair = |((_, key), value): (&(Space, Bytes), &Bytes)| (key.clone(), value.clone());
    match order {
        ScanOrder::Ascending => range.map(pair).take(count).collect(),
        ScanOrder::Descending => range.rev().map(pair).take(count).collect(),
    }
}

impl StateReader for MemoryLedger {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        let place = (space, Bytes::copy_from_slice(key));
        Ok(self.values.get(&place).cloned())
    }
}
