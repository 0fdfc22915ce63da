//! A vote as the library wants it: it asks for a reference to its own option type.

use arc_malachitebft_core_types as library;
use library::{NilOrVal, SignedExtension};

use super::context::LedgerContext;
use super::convert::to_round;
use crate::crypto::PublicKey;
use crate::types::{BlockDigest, Height, Proposal, Vote, VoteType};

/// Our vote, and what it is for in the library's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CoreVote {
    vote: Vote,
    value: NilOrVal<BlockDigest>,
}

impl CoreVote {
    /// Wraps a vote.
    pub(super) fn new(vote: Vote) -> Self {
        let value = match vote.block {
            None => NilOrVal::Nil,
            Some(block) => NilOrVal::Val(block),
        };
        Self { vote, value }
    }

    /// The vote.
    pub(super) fn into_vote(self) -> Vote {
        self.vote
    }
}

impl library::Vote<LedgerContext> for CoreVote {
    fn height(&self) -> Height {
        self.vote.height
    }

    fn round(&self) -> library::Round {
        to_round(self.vote.round)
    }

    fn value(&self) -> &NilOrVal<BlockDigest> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<BlockDigest> {
        self.value
    }

    fn vote_type(&self) -> library::VoteType {
        match self.vote.vote_type {
            VoteType::Prevote => library::VoteType::Prevote,
            VoteType::Precommit => library::VoteType::Precommit,
        }
    }

    fn validator_address(&self) -> &PublicKey {
        &self.vote.validator
    }

    // Vote extensions are not in use: a vote never has one, and takes none.
    fn extension(&self) -> Option<&SignedExtension<LedgerContext>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<LedgerContext>> {
        None
    }

    fn extend(self, _extension: SignedExtension<LedgerContext>) -> Self {
        self
    }
}

impl library::Proposal<LedgerContext> for Proposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> library::Round {
        to_round(self.round)
    }

    fn value(&self) -> &BlockDigest {
        &self.block
    }

    fn take_value(self) -> BlockDigest {
        self.block
    }

    fn pol_round(&self) -> library::Round {
        self.polka_round.map_or(library::Round::Nil, to_round)
    }

    fn validator_address(&self) -> &PublicKey {
        &self.validator
    }
}
