//! The proposals and blocks of the next heights.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ledger::BlockFault;
use crate::types::{Block, BlockDigest, Height, Proposal, Round, Signed, ValidatorSetDigest};

/// Proposals kept for one height: a round has one proposer, and few rounds fail.
const MAX_PROPOSALS_PER_HEIGHT: usize = 64;

/// A block that was proposed, and how far its judgement is.
#[derive(Debug)]
pub(super) struct ProposedBlock {
    pub(super) block: Arc<Block>,
    /// The verdict on its signatures, by the validators of that digest.
    pub(super) signatures: Result<ValidatorSetDigest, BlockFault>,
    /// Whether it is in the log.
    pub(super) is_logged: bool,
    /// Whether it has been found valid.
    pub(super) is_valid: bool,
}

/// What was proposed and is not decided.
#[derive(Debug, Default)]
pub(super) struct ProposalStore {
    proposals: BTreeMap<(Height, Round), Signed<Proposal>>,
    blocks: BTreeMap<BlockDigest, ProposedBlock>,
}

impl ProposalStore {
    /// Keeps a proposal with its block, the first of each round. Returns whether there was room.
    pub(super) fn insert(
        &mut self,
        proposal: &Signed<Proposal>,
        block: Arc<Block>,
        signatures: Result<ValidatorSetDigest, BlockFault>,
    ) -> bool {
        let slot = (proposal.message.height, proposal.message.round);
        if !self.proposals.contains_key(&slot) {
            let of_height = (slot.0, Round::ZERO)..=(slot.0, Round(u32::MAX));
            if self.proposals.range(of_height).count() >= MAX_PROPOSALS_PER_HEIGHT {
                return false;
            }
            self.proposals.insert(slot, proposal.clone());
        } else if self
            .proposals
            .get(&slot)
            .is_some_and(|first| first.message.block != proposal.message.block)
        {
            // A second block in one round: evidence for consensus, no work for anybody else.
            return false;
        }
        self.insert_block(block, signatures);
        true
    }

    /// Keeps a block without its proposal: one of this node's own, or from its log.
    pub(super) fn insert_block(
        &mut self,
        block: Arc<Block>,
        signatures: Result<ValidatorSetDigest, BlockFault>,
    ) -> &mut ProposedBlock {
        self.blocks
            .entry(block.digest())
            .or_insert_with(|| ProposedBlock {
                block,
                signatures,
                is_logged: false,
                is_valid: false,
            })
    }

    /// Keeps a proposal of this node whose block is here.
    pub(super) fn insert_own(&mut self, proposal: &Signed<Proposal>) {
        let slot = (proposal.message.height, proposal.message.round);
        self.proposals.insert(slot, proposal.clone());
    }

    pub(super) fn block(&self, digest: &BlockDigest) -> Option<&ProposedBlock> {
        self.blocks.get(digest)
    }

    pub(super) fn block_mut(&mut self, digest: &BlockDigest) -> Option<&mut ProposedBlock> {
        self.blocks.get_mut(digest)
    }

    pub(super) fn proposal(&self, height: Height, round: Round) -> Option<&Signed<Proposal>> {
        self.proposals.get(&(height, round))
    }

    /// The proposals for a block at a height, in order of their rounds.
    pub(super) fn proposals_of(
        &self,
        digest: &BlockDigest,
    ) -> impl Iterator<Item = &Signed<Proposal>> {
        self.proposals
            .values()
            .filter(move |proposal| proposal.message.block == *digest)
    }

    /// The blocks that were proposed for a height.
    pub(super) fn blocks_of(&self, height: Height) -> Vec<BlockDigest> {
        self.blocks
            .iter()
            .filter(|(_, proposed)| proposed.block.height() == height)
            .map(|(digest, _)| *digest)
            .collect()
    }

    /// Forgets everything below a height.
    pub(super) fn forget_below(&mut self, height: Height) {
        self.proposals = self.proposals.split_off(&(height, Round::ZERO));
        self.blocks
            .retain(|_, proposed| proposed.block.height() >= height);
    }
}
