//! The validators of a height with their turns, as the library wants them.

use std::sync::Arc;

use arc_malachitebft_core_types as library;
use library::VotingPower;

use super::context::LedgerContext;
use crate::consensus::error::ConsensusError;
use crate::consensus::proposer_order::ProposerOrder;
use crate::crypto::PublicKey;
use crate::types::{Validator, ValidatorSet};

/// The set and the order of proposers of one height. The library knows no per-height order, so it
/// travels with the set, which the library hands back whenever it asks for a proposer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CoreValidators {
    set: Arc<ValidatorSet>,
    /// Who proposes in round 0: there is one, whatever the order.
    first: Arc<Validator>,
    turns: Arc<Vec<Validator>>,
}

impl CoreValidators {
    /// Joins a set with an order of proposers.
    ///
    /// # Errors
    /// [`ConsensusError::ProposersMismatch`] unless every validator has exactly one turn.
    pub(super) fn new(
        set: Arc<ValidatorSet>,
        order: &ProposerOrder,
    ) -> Result<Self, ConsensusError> {
        let mismatch = || ConsensusError::ProposersMismatch {
            listed: order.as_slice().len(),
            validators: set.len(),
        };
        let mut sorted = order.as_slice().to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(set.iter().map(|(index, _)| index)) {
            return Err(mismatch());
        }
        let turns: Vec<Validator> = order
            .as_slice()
            .iter()
            .filter_map(|index| set.get(*index).cloned())
            .collect();
        let first = Arc::new(turns.first().cloned().ok_or_else(mismatch)?);
        Ok(Self {
            set,
            first,
            turns: Arc::new(turns),
        })
    }

    /// The set without the order.
    pub(super) fn set(&self) -> &Arc<ValidatorSet> {
        &self.set
    }

    /// Who proposes in a round.
    pub(super) fn proposer(&self, round: library::Round) -> &Validator {
        let turn = round
            .as_u32()
            .and_then(|round| usize::try_from(round).ok())
            .and_then(|round| round.checked_rem(self.turns.len()));
        turn.and_then(|turn| self.turns.get(turn))
            .unwrap_or(&self.first)
    }
}

impl library::ValidatorSet<LedgerContext> for CoreValidators {
    fn count(&self) -> usize {
        self.set.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        VotingPower::try_from(self.set.len()).unwrap_or(VotingPower::MAX)
    }

    fn get_by_address(&self, address: &PublicKey) -> Option<&Validator> {
        self.set.get(self.set.index_of(address)?)
    }

    fn get_by_index(&self, index: usize) -> Option<&Validator> {
        let index = u16::try_from(index).ok()?;
        self.set.get(crate::types::ValidatorIndex(index))
    }
}

impl library::Validator<LedgerContext> for Validator {
    fn address(&self) -> &PublicKey {
        &self.consensus_key
    }

    fn public_key(&self) -> &PublicKey {
        &self.consensus_key
    }

    fn voting_power(&self) -> VotingPower {
        1
    }
}
