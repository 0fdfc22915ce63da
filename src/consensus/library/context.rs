//! Our types in the library's terms.

use arc_malachitebft_core_types as library;
use library::{LinearTimeouts, NilOrVal};

use super::convert::from_round;
use super::validators::CoreValidators;
use super::vote::CoreVote;
use crate::crypto::{KeyError, PublicKey, Signature};
use crate::types::{BlockDigest, Height, Proposal, Round, Validator, Vote, VoteType};

/// The context of the library. It has no state: whatever a height depends on comes with the height.
#[derive(Clone, Copy, Debug)]
pub(super) struct LedgerContext;

/// The signature scheme by name only: the library never signs or verifies by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ed25519;

/// A part of a proposal. There are none: blocks travel beside consensus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoPart {}

impl library::Context for LedgerContext {
    type Address = PublicKey;
    type Height = Height;
    type ProposalPart = NoPart;
    type Proposal = Proposal;
    type Validator = Validator;
    type ValidatorSet = CoreValidators;
    type Timeouts = LinearTimeouts;
    type Value = BlockDigest;
    type Vote = CoreVote;
    type Extension = ();
    type SigningScheme = Ed25519;

    fn select_proposer<'a>(
        &self,
        validators: &'a CoreValidators,
        _height: Height,
        round: library::Round,
    ) -> &'a Validator {
        validators.proposer(round)
    }

    fn new_proposal(
        &self,
        height: Height,
        round: library::Round,
        block: BlockDigest,
        polka_round: library::Round,
        validator: PublicKey,
    ) -> Proposal {
        Proposal {
            height,
            round: round_of_statement(round),
            polka_round: from_round(polka_round),
            block,
            validator,
        }
    }

    fn new_prevote(
        &self,
        height: Height,
        round: library::Round,
        block: NilOrVal<BlockDigest>,
        validator: PublicKey,
    ) -> CoreVote {
        new_vote(VoteType::Prevote, height, round, block, validator)
    }

    fn new_precommit(
        &self,
        height: Height,
        round: library::Round,
        block: NilOrVal<BlockDigest>,
        validator: PublicKey,
    ) -> CoreVote {
        new_vote(VoteType::Precommit, height, round, block, validator)
    }
}

fn new_vote(
    vote_type: VoteType,
    height: Height,
    round: library::Round,
    block: NilOrVal<BlockDigest>,
    validator: PublicKey,
) -> CoreVote {
    CoreVote::new(Vote {
        vote_type,
        height,
        round: round_of_statement(round),
        block: match block {
            NilOrVal::Nil => None,
            NilOrVal::Val(block) => Some(block),
        },
        validator,
    })
}

/// The round of a statement. The library makes statements in rounds that began only; a statement
/// before round 0 would have no meaning, and could not be published either.
fn round_of_statement(round: library::Round) -> Round {
    from_round(round).unwrap_or(Round::ZERO)
}

impl library::Address for PublicKey {}

impl library::Height for Height {
    const ZERO: Self = Self::GENESIS;
    const INITIAL: Self = Self::FIRST;

    fn increment_by(&self, count: u64) -> Self {
        self.plus(count)
    }

    fn decrement_by(&self, count: u64) -> Option<Self> {
        self.0.checked_sub(count).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}

impl library::Value for BlockDigest {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}

impl library::ProposalPart<LedgerContext> for NoPart {
    fn is_first(&self) -> bool {
        match *self {}
    }

    fn is_last(&self) -> bool {
        match *self {}
    }
}

impl library::SigningScheme for Ed25519 {
    type DecodingError = KeyError;
    type Signature = Signature;
    type PublicKey = PublicKey;
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<Signature, KeyError> {
        Signature::try_from(bytes)
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.as_bytes().to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, KeyError> {
        let actual = bytes.len();
        let bytes = bytes
            .try_into()
            .map_err(|_| KeyError::SignatureLength { actual })?;
        PublicKey::from_bytes(bytes)
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        key.as_bytes().to_vec()
    }
}
