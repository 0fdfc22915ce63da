//! The proposals and blocks of the next heights.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checked_message::SignatureVerdict;
use crate::crypto::PublicKey;
use crate::types::{Block, BlockDigest, Height, Proposal, Round, Signed};

/// Proposals of one validator kept for one height, the latest rounds. Each has room of its own, so
/// that nobody takes up that of others.
const MAX_PROPOSALS_PER_VALIDATOR: usize = 4;

/// A block that was proposed, and how far its judgement is.
#[derive(Debug)]
pub(super) struct ProposedBlock {
    pub(super) block: Arc<Block>,
    /// The verdict on its signatures.
    pub(super) signatures: SignatureVerdict,
    /// Whether it is in the log.
    pub(super) is_logged: bool,
    /// Whether it has been found valid.
    pub(super) is_valid: bool,
}

/// What was proposed and is not decided.
#[derive(Debug, Default)]
pub(super) struct ProposalStore {
    proposals: BTreeMap<(Height, PublicKey, Round), Signed<Proposal>>,
    blocks: BTreeMap<BlockDigest, ProposedBlock>,
}

fn slot(proposal: &Proposal) -> (Height, PublicKey, Round) {
    (proposal.height, proposal.validator, proposal.round)
}

impl ProposalStore {
    /// Keeps a proposal with its block, the first of a validator in each round. Returns whether it
    /// was kept.
    pub(super) fn insert(
        &mut self,
        proposal: &Signed<Proposal>,
        block: Arc<Block>,
        signatures: SignatureVerdict,
    ) -> bool {
        let slot = slot(&proposal.message);
        match self.proposals.get(&slot) {
            // A second block in one round: evidence for consensus, no work for anybody else.
            Some(first) if first.message.block != proposal.message.block => return false,
            Some(_) => {}
            None => {
                let (height, validator, _) = slot;
                let of_validator =
                    (height, validator, Round::ZERO)..=(height, validator, Round(u32::MAX));
                let rounds: Vec<_> = self
                    .proposals
                    .range(of_validator)
                    .map(|(k, _)| *k)
                    .collect();
                if rounds.len() >= MAX_PROPOSALS_PER_VALIDATOR
                    && let Some(lowest) = rounds.first()
                {
                    self.drop_proposal(lowest);
                }
                self.proposals.insert(slot, proposal.clone());
            }
        }
        self.insert_block(block, signatures);
        true
    }

    /// Forgets a proposal, and its block unless this node may vote for it or another names it.
    fn drop_proposal(&mut self, slot: &(Height, PublicKey, Round)) {
        let Some(gone) = self.proposals.remove(slot) else {
            return;
        };
        let digest = gone.message.block;
        let is_needed = self.proposals_of(&digest).next().is_some()
            || self
                .block(&digest)
                .is_some_and(|proposed| proposed.is_logged || proposed.is_valid);
        if !is_needed {
            self.blocks.remove(&digest);
        }
    }

    /// Keeps a block without its proposal: one of this node's own, or from its log.
    pub(super) fn insert_block(
        &mut self,
        block: Arc<Block>,
        signatures: SignatureVerdict,
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
        self.proposals
            .insert(slot(&proposal.message), proposal.clone());
    }

    pub(super) fn block(&self, digest: &BlockDigest) -> Option<&ProposedBlock> {
        self.blocks.get(digest)
    }

    pub(super) fn block_mut(&mut self, digest: &BlockDigest) -> Option<&mut ProposedBlock> {
        self.blocks.get_mut(digest)
    }

    /// The proposals of a round, by whomever.
    pub(super) fn proposals_in(
        &self,
        height: Height,
        round: Round,
    ) -> impl Iterator<Item = &Signed<Proposal>> {
        self.proposals.values().filter(move |proposal| {
            proposal.message.height == height && proposal.message.round == round
        })
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
        self.proposals.retain(|(of, _, _), _| *of >= height);
        self.blocks
            .retain(|_, proposed| proposed.block.height() >= height);
    }
}
