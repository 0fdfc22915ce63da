//! What must hold at every step, whatever the world does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use waybill::consensus::{ConsensusMessage, SignGuard, SignSlot, SignValue, Slotted};
use waybill::contracts::StateKey;
use waybill::crypto::checkpoint::SignedCheckpoint;
use waybill::crypto::policy::Policy;
use waybill::crypto::{Blake3Digest, PublicKey, Sha256Digest};
use waybill::ledger::{BlockCommit, EntryRecord, checkpoint_policy};
use waybill::replica::PeerMessage;
use waybill::types::{
    BlockDigest, Decode, Evidence, Genesis, Height, Round, Space, StateRoot, SubmissionId,
    SubmissionLocation, ValidatorSet, ValidatorSetDigest, Vote, VoteType,
};

/// The promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// No two different blocks, logs or states at one height.
    Agreement,
    /// What is committed is never lost.
    Durability,
    /// No honest validator signs two statements for one slot.
    SignOnce,
    /// What a validator said is covered by its sign guard on disk.
    GuardBeforeSend,
    /// A validator that precommitted a block prevotes for no other without a later polka.
    Lock,
    /// Every block on the ledger has its certificates, and so has every batch in it.
    Certified,
    /// Effects keep their contract.
    Contract,
    /// A submission gives entries once.
    OnlyOnce,
    /// Nobody honest is accused, and nobody honest sends what does not check.
    NoFalseAccusation,
    /// Checkpoints verify under the policy, and are of one log.
    Checkpoints,
    /// Memory is bounded.
    Bounds,
    /// A node does not stop by itself.
    NoHalt,
    /// After the world is healed, all is well in time.
    Liveness,
}

/// A broken promise.
#[derive(Clone, Debug)]
pub struct Violation {
    pub invariant: Invariant,
    pub details: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.invariant, self.details)
    }
}

/// Fails with a broken promise unless it holds.
pub fn require(
    holds: bool,
    invariant: Invariant,
    details: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if holds {
        return Ok(());
    }
    Err(Violation {
        invariant,
        details: details(),
    })
}

/// What is known of a committed height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedHeight {
    pub block: BlockDigest,
    pub log_size: u64,
    pub log_root: Sha256Digest,
    pub state_root: StateRoot,
}

/// What all nodes together have said and committed.
pub struct Invariants {
    genesis: Arc<Genesis>,
    /// Who decides a height, up to two heights after the greatest committed one.
    sets: BTreeMap<Height, Arc<ValidatorSet>>,
    policies: BTreeMap<ValidatorSetDigest, Policy>,
    liars: BTreeSet<PublicKey>,
    heights: BTreeMap<Height, CommittedHeight>,
    roots: BTreeMap<u64, Sha256Digest>,
    said: BTreeMap<(PublicKey, SignSlot), SignValue>,
    last_said: BTreeMap<PublicKey, SignSlot>,
    prevotes: BTreeMap<(Height, Round, BlockDigest), BTreeSet<PublicKey>>,
    /// Precommits for blocks, by validator.
    locks: BTreeMap<PublicKey, BTreeMap<(Height, Round), BlockDigest>>,
    submissions: BTreeMap<SubmissionId, SubmissionLocation>,
    cosigned: BTreeMap<PublicKey, u64>,
    notes: BTreeSet<Blake3Digest>,
}

impl Invariants {
    /// Nothing has happened; these validators may lie.
    pub fn new(genesis: Arc<Genesis>, liars: BTreeSet<PublicKey>) -> Self {
        let set = Arc::new(genesis.validators().clone());
        let first = [1, 2].map(|height| (Height(height), Arc::clone(&set)));
        Self {
            sets: BTreeMap::from(first),
            policies: BTreeMap::new(),
            genesis,
            liars,
            heights: BTreeMap::new(),
            roots: BTreeMap::new(),
            said: BTreeMap::new(),
            last_said: BTreeMap::new(),
            prevotes: BTreeMap::new(),
            locks: BTreeMap::new(),
            submissions: BTreeMap::new(),
            cosigned: BTreeMap::new(),
            notes: BTreeSet::new(),
        }
    }

    /// The greatest committed height.
    pub fn greatest_height(&self) -> Height {
        self.heights
            .last_key_value()
            .map_or(Height::GENESIS, |(height, _)| *height)
    }

    /// How many sets have decided so far.
    pub fn sets_so_far(&self) -> usize {
        let digests: BTreeSet<_> = self.sets.values().map(|set| set.digest()).collect();
        digests.len()
    }

    /// Every submission that is committed anywhere.
    pub fn committed_submissions(&self) -> impl Iterator<Item = &SubmissionId> {
        self.submissions.keys()
    }

    /// Whether a validator has spoken in a slot.
    pub fn has_said(&self, validator: &PublicKey, slot: SignSlot) -> bool {
        self.said.contains_key(&(*validator, slot))
    }

    /// Whether a validator has precommitted a block at any height.
    pub fn is_locked(&self, validator: &PublicKey) -> bool {
        self.locks
            .get(validator)
            .is_some_and(|locks| !locks.is_empty())
    }

    /// A node sends a message. `guard` is what it has stored last.
    pub fn on_sent(
        &mut self,
        sender: Option<&PublicKey>,
        guard: &SignGuard,
        message: &PeerMessage,
    ) -> Result<(), Violation> {
        match message {
            PeerMessage::Consensus(ConsensusMessage::Vote(vote)) => {
                let vote = &vote.message;
                if sender == Some(&vote.validator) {
                    self.on_said(vote, guard)?;
                    self.on_lock(vote)?;
                }
                self.note_prevote(vote);
            }
            PeerMessage::Proposal(proposal, block) => {
                let proposal = &proposal.message;
                require(
                    proposal.block == block.digest(),
                    Invariant::Contract,
                    || {
                        format!(
                            "a proposal of {:?} goes with another block",
                            proposal.slot()
                        )
                    },
                )?;
                if sender == Some(&proposal.validator) {
                    self.on_said(proposal, guard)?;
                }
            }
            PeerMessage::Checkpoint(note) => {
                if let Some(sender) = sender {
                    self.on_cosigned(sender, note)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A liar sends a message: its votes may be part of a polka all the same.
    pub fn on_lied(&mut self, message: &PeerMessage) {
        if let PeerMessage::Consensus(ConsensusMessage::Vote(vote)) = message {
            self.note_prevote(&vote.message);
        }
    }

    fn on_said<T: Slotted>(&mut self, statement: &T, guard: &SignGuard) -> Result<(), Violation> {
        let (slot, value) = (statement.slot(), statement.value());
        let signer = *statement.signer();
        let first = *self.said.entry((signer, slot)).or_insert(value);
        require(first == value, Invariant::SignOnce, || {
            format!("{signer} said {first:?} and {value:?} in {slot:?}")
        })?;
        let last = self.last_said.entry(signer).or_insert(slot);
        *last = slot.max(*last);
        let guarded = guard.last().map(|(slot, _)| slot);
        require(guarded >= Some(slot), Invariant::GuardBeforeSend, || {
            format!("{signer} speaks in {slot:?} with a guard of {guarded:?}")
        })
    }

    fn note_prevote(&mut self, vote: &Vote) {
        if let (VoteType::Prevote, Some(block)) = (vote.vote_type, vote.block) {
            self.prevotes
                .entry((vote.height, vote.round, block))
                .or_default()
                .insert(vote.validator);
        }
    }

    /// Lines 28 to 33 and 36 to 43 of the algorithm: a lock is left only for a later polka.
    fn on_lock(&mut self, vote: &Vote) -> Result<(), Violation> {
        let Some(block) = vote.block else {
            return Ok(());
        };
        let locks = self.locks.entry(vote.validator).or_default();
        if vote.vote_type == VoteType::Precommit {
            locks.insert((vote.height, vote.round), block);
            return Ok(());
        }
        let earlier = (vote.height, Round::ZERO)..(vote.height, vote.round);
        let Some(((height, round), locked)) = locks.range(earlier).next_back() else {
            return Ok(());
        };
        let (height, round, locked) = (*height, *round, *locked);
        if locked == block {
            return Ok(());
        }
        let Some(quorum) = self.sets.get(&height).map(|set| set.quorum()) else {
            return Ok(());
        };
        let unlocked = self
            .prevotes
            .range((height, round, block)..)
            .take_while(|((h, r, _), _)| *h == height && *r < vote.round)
            .any(|((_, r, b), voters)| *b == block && *r >= round && voters.len() >= quorum);
        require(unlocked, Invariant::Lock, || {
            format!(
                "{} precommitted {locked} at height {height}, round {round}, and prevotes {block} \
                 in round {} without a polka",
                vote.validator, vote.round
            )
        })
    }

    fn on_cosigned(&mut self, sender: &PublicKey, note: &str) -> Result<(), Violation> {
        let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
        let size = signed.checkpoint().size();
        let before = self.cosigned.insert(*sender, size).unwrap_or(0);
        require(size >= before, Invariant::Checkpoints, || {
            format!("{sender} cosigned size {before} and then {size}")
        })?;
        self.check_root(&signed)
    }

    fn check_root(&self, signed: &SignedCheckpoint) -> Result<(), Violation> {
        let checkpoint = signed.checkpoint();
        let known = self.roots.get(&checkpoint.size());
        require(
            known == Some(checkpoint.root()),
            Invariant::Checkpoints,
            || format!("{checkpoint:?} is not of the log, whose root is {known:?}"),
        )
    }

    /// A node publishes a checkpoint.
    pub fn on_published(&mut self, size: u64, note: &str) -> Result<(), Violation> {
        if !self.notes.insert(Blake3Digest::of(note.as_bytes())) {
            return Ok(());
        }
        let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
        require(
            signed.checkpoint().size() == size,
            Invariant::Checkpoints,
            || format!("a checkpoint of size {size} says {:?}", signed.checkpoint()),
        )?;
        let height = self
            .heights
            .iter()
            .find(|(_, committed)| committed.log_size == size)
            .map(|(height, _)| *height);
        let set = height.and_then(|height| self.sets.get(&height)).cloned();
        let Some(set) = set else {
            return self.check_root(&signed);
        };
        let name = self.genesis.name();
        let policy = self
            .policies
            .entry(set.digest())
            .or_insert_with(|| checkpoint_policy(name, &set).unwrap());
        let verified = signed.verify(policy);
        require(verified.is_ok(), Invariant::Checkpoints, || {
            format!("a published checkpoint does not verify: {verified:?}")
        })?;
        self.check_root(&signed)
    }

    /// A node asks for the commit of a block.
    pub fn on_commit(&mut self, commit: &BlockCommit) -> Result<(), Violation> {
        let height = commit.tip.height;
        let committed = CommittedHeight {
            block: commit.block.block.digest(),
            log_size: commit.block.log_size,
            log_root: commit.block.log_root,
            state_root: commit.block.state_root,
        };
        if let Some(first) = self.heights.get(&height) {
            return require(*first == committed, Invariant::Agreement, || {
                format!("height {height} is {first:?} and {committed:?}")
            });
        }
        self.check_certificates(commit)?;
        self.note_validators(commit)?;
        self.roots.insert(committed.log_size, committed.log_root);
        self.heights.insert(height, committed);
        Ok(())
    }

    /// A change that a block decides acts two heights later, and not before.
    fn note_validators(&mut self, commit: &BlockCommit) -> Result<(), Violation> {
        let height = commit.tip.height;
        let written = |key: StateKey<'_>| {
            let key = key.to_bytes();
            let write = commit
                .writes
                .iter()
                .find(|write| write.space == Space::State && write.key == key);
            write
                .and_then(|write| write.value.as_ref())
                .map(|bytes| Arc::new(ValidatorSet::from_bytes(bytes).unwrap()))
        };
        let next = Arc::clone(&self.sets[&height.next()]);
        if let Some(current) = written(StateKey::Validators) {
            require(current == next, Invariant::Contract, || {
                format!(
                    "the validators of height {} were announced as others",
                    height.next()
                )
            })?;
        }
        let after = written(StateKey::ScheduledValidators).unwrap_or(next);
        self.sets.insert(height.next().next(), after);
        Ok(())
    }

    fn check_certificates(&self, commit: &BlockCommit) -> Result<(), Violation> {
        let height = commit.tip.height;
        let (ledger, set) = (self.genesis.ledger(), &self.sets[&height]);
        let named = commit.block.block.header().validator_set;
        require(named == set.digest(), Invariant::Certified, || {
            format!("block {height} names validators {named}")
        })?;
        let decided = &commit.block.certificate;
        let fits = decided.block == commit.block.block.digest() && decided.height == height;
        let verified = decided.verify(&ledger, set);
        require(fits && verified.is_ok(), Invariant::Certified, || {
            format!("block {height} is decided by {decided:?}: {verified:?}")
        })?;
        for certificate in &commit.block.block.body().batches {
            let verified = certificate.verify(&ledger, set);
            require(verified.is_ok(), Invariant::Certified, || {
                let batch = certificate.batch.digest;
                format!("block {height} orders batch {batch}: {verified:?}")
            })?;
        }
        Ok(())
    }

    /// A block is durable at a node, which tells its clients.
    pub fn on_committed(&mut self, records: &[EntryRecord]) -> Result<(), Violation> {
        for record in records {
            let first = *self
                .submissions
                .entry(record.submission)
                .or_insert(record.location);
            require(first == record.location, Invariant::OnlyOnce, || {
                format!(
                    "submission {} is at {first:?} and at {:?}",
                    record.submission, record.location
                )
            })?;
        }
        Ok(())
    }

    /// Somebody is accused.
    pub fn on_accused(&self, accused: &PublicKey, of: impl fmt::Display) -> Result<(), Violation> {
        require(
            self.liars.contains(accused),
            Invariant::NoFalseAccusation,
            || format!("{accused} is honest, and accused: {of}"),
        )
    }

    /// Evidence is found.
    pub fn on_evidence(&self, evidence: &Evidence) -> Result<(), Violation> {
        self.on_accused(evidence.offender(), format!("{:?}", evidence.slot()))
    }

    /// A validator begins again with a guard: it has to cover everything that was said.
    pub fn on_recovered(&self, validator: &PublicKey, guard: &SignGuard) -> Result<(), Violation> {
        let said = self.last_said.get(validator).copied();
        let guarded = guard.last().map(|(slot, _)| slot);
        require(guarded >= said, Invariant::GuardBeforeSend, || {
            format!("{validator} said {said:?} and recovers a guard of {guarded:?}")
        })
    }
}
