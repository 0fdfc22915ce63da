//! What validators said at recent heights: late equivocation is noticed here, and precommits that
//! come after the decision are collected.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::limits::{MAX_HEIGHTS_REMEMBERED, MAX_ROUND, MAX_ROUNDS_AHEAD, MAX_ROUNDS_REMEMBERED};
use crate::types::{
    BlockDigest, CommitCertificate, Evidence, Height, IndexedSignature, Proposal, Round, Signed,
    ValidatorIndex, ValidatorSet, Vote, VoteType,
};

/// The first statement of a validator in a slot, and whether a second one was reported.
#[derive(Debug)]
struct Said<T> {
    first: Signed<T>,
    reported: bool,
}

/// What one validator said in one round.
#[derive(Debug, Default)]
struct Statements {
    proposal: Option<Said<Proposal>>,
    prevote: Option<Said<Vote>>,
    precommit: Option<Said<Vote>>,
}

#[derive(Debug)]
struct HeightHistory {
    set: Arc<ValidatorSet>,
    /// The round that the state machine reached.
    reached: Round,
    rounds: BTreeMap<Round, BTreeMap<ValidatorIndex, Statements>>,
    decided: Option<CommitCertificate>,
}

/// Statements of the last [`MAX_HEIGHTS_REMEMBERED`] heights. In each, at most
/// [`MAX_ROUNDS_REMEMBERED`] rounds, none further ahead of the current one than
/// [`MAX_ROUNDS_AHEAD`], with three statements per validator: no validator can make it grow.
#[derive(Debug, Default)]
pub(super) struct StatementHistory {
    heights: BTreeMap<Height, HeightHistory>,
}

impl StatementHistory {
    /// Begins a height and forgets the oldest.
    pub(super) fn start(&mut self, height: Height, set: Arc<ValidatorSet>) {
        let history = HeightHistory {
            set,
            reached: Round::ZERO,
            rounds: BTreeMap::new(),
            decided: None,
        };
        self.heights.insert(height, history);
        while self.heights.len() > MAX_HEIGHTS_REMEMBERED {
            self.heights.pop_first();
        }
    }

    /// The validators of a remembered height.
    pub(super) fn validators(&self, height: Height) -> Option<Arc<ValidatorSet>> {
        let history = self.heights.get(&height)?;
        Some(Arc::clone(&history.set))
    }

    /// Notes the round that the state machine is in.
    pub(super) fn reach(&mut self, height: Height, round: Round) {
        if let Some(history) = self.heights.get_mut(&height) {
            history.reached = round;
        }
    }

    /// Notes a decision. Gives the earlier one if it is another.
    pub(super) fn decide(&mut self, certificate: &CommitCertificate) -> Option<BlockDigest> {
        let history = self.heights.get_mut(&certificate.height)?;
        match &mut history.decided {
            Some(known) if known.block != certificate.block => Some(known.block),
            Some(_) => None,
            unknown => {
                *unknown = Some(certificate.clone());
                None
            }
        }
    }

    /// Remembers a vote whose signature is known to be good. Gives evidence when it conflicts with
    /// one remembered, the first time that it does.
    pub(super) fn vote(&mut self, vote: &Signed<Vote>) -> Option<Evidence> {
        let message = &vote.message;
        let history = self.heights.get_mut(&message.height)?;
        let signer = history.set.index_of(&message.validator)?;
        let statements = history.statements(message.round, signer)?;
        let slot = match message.vote_type {
            VoteType::Prevote => &mut statements.prevote,
            VoteType::Precommit => &mut statements.precommit,
        };
        let first = conflict(slot, vote)?;
        Some(Evidence::double_vote(first, vote.clone()))
    }

    /// Remembers a proposal, as [`StatementHistory::vote`] does a vote.
    pub(super) fn proposal(&mut self, proposal: &Signed<Proposal>) -> Option<Evidence> {
        let message = &proposal.message;
        let history = self.heights.get_mut(&message.height)?;
        let signer = history.set.index_of(&message.validator)?;
        let statements = history.statements(message.round, signer)?;
        let first = conflict(&mut statements.proposal, proposal)?;
        Some(Evidence::double_proposal(first, proposal.clone()))
    }

    /// Whether a quorum has prevoted for a block in one round of a height.
    pub(super) fn has_polka(&self, height: Height, block: BlockDigest) -> bool {
        let Some(history) = self.heights.get(&height) else {
            return false;
        };
        history.rounds.values().any(|statements| {
            let prevotes = statements
                .values()
                .filter_map(|said| said.prevote.as_ref())
                .filter(|prevote| prevote.first.message.block == Some(block))
                .count();
            prevotes >= history.set.quorum()
        })
    }

    /// Whether a quorum has prevoted nil in a round, and a quorum precommitted nil: there is no polka
    /// for a block, so nobody can have locked one, and no decision.
    pub(super) fn is_vain(&self, height: Height, round: Round) -> bool {
        let Some(history) = self.heights.get(&height) else {
            return false;
        };
        let Some(statements) = history.rounds.get(&round) else {
            return false;
        };
        let is_nil = |said: &Said<Vote>| said.first.message.block.is_none();
        let count = |of: fn(&Statements) -> Option<&Said<Vote>>| {
            let votes = statements.values().filter_map(of);
            votes.filter(|said| is_nil(said)).count()
        };
        let quorum = history.set.quorum();
        count(|said| said.prevote.as_ref()) >= quorum
            && count(|said| said.precommit.as_ref()) >= quorum
    }

    /// All precommits known for a block in a round, ascending by validator: those that decided it
    /// and those that came later.
    pub(super) fn precommits(
        &self,
        height: Height,
        round: Round,
        block: BlockDigest,
    ) -> Vec<IndexedSignature> {
        let Some(history) = self.heights.get(&height) else {
            return Vec::new();
        };
        let decided = history
            .decided
            .iter()
            .filter(|certificate| certificate.round == round && certificate.block == block)
            .flat_map(|certificate| &certificate.signatures)
            .map(|signed| (signed.validator, signed.signature));
        let remembered =
            history
                .rounds
                .get(&round)
                .into_iter()
                .flatten()
                .filter_map(|(index, statements)| {
                    let precommit = &statements.precommit.as_ref()?.first;
                    (precommit.message.block == Some(block))
                        .then_some((*index, precommit.signature))
                });
        let merged: BTreeMap<_, _> = remembered.chain(decided).collect();
        merged
            .into_iter()
            .map(|(validator, signature)| IndexedSignature {
                validator,
                signature,
            })
            .collect()
    }
}

impl HeightHistory {
    /// Where to note what a validator says in a round; none if the round is out of bounds.
    fn statements(&mut self, round: Round, signer: ValidatorIndex) -> Option<&mut Statements> {
        if round > self.reached.plus(MAX_ROUNDS_AHEAD) || round > Round(MAX_ROUND) {
            return None;
        }
        if !self.rounds.contains_key(&round) && self.rounds.len() >= MAX_ROUNDS_REMEMBERED {
            let (lowest, _) = self.rounds.first_key_value()?;
            if round < *lowest {
                return None;
            }
            self.rounds.pop_first();
        }
        Some(
            self.rounds
                .entry(round)
                .or_default()
                .entry(signer)
                .or_default(),
        )
    }
}

/// Notes a statement; gives the first one if this is another and the offence is not reported yet.
fn conflict<T: Clone + PartialEq>(
    slot: &mut Option<Said<T>>,
    statement: &Signed<T>,
) -> Option<Signed<T>> {
    match slot {
        None => {
            *slot = Some(Said {
                first: statement.clone(),
                reported: false,
            });
            None
        }
        Some(said) if said.reported || said.first.message == statement.message => None,
        Some(said) => {
            said.reported = true;
            Some(said.first.clone())
        }
    }
}

#[cfg(test)]
mod tests;
