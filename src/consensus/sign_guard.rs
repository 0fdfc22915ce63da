//! The sign guard: what this node signed last, so that it never signs two statements for one slot.

use thiserror::Error;

use crate::types::codec::{Decode, DecodeError, Encode, Reader, put_option};
use crate::types::{BlockDigest, Height, Proposal, Round, Signable, Step, Vote, VoteType};

/// Version of the guard's disk format.
const GUARD_VERSION: u16 = 1;

/// Where a validator may sign one statement only. Slots are ordered as a validator passes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignSlot {
    /// The height.
    pub height: Height,
    /// The round of it.
    pub round: Round,
    /// Propose, then prevote, then precommit.
    pub step: Step,
}

/// What a validator says in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignValue {
    /// The block, or none for nil.
    pub block: Option<BlockDigest>,
    /// The polka round that a proposal names: two proposals that differ in it only conflict too.
    pub polka_round: Option<Round>,
}

/// A statement that takes up a slot.
pub trait Slotted: Signable {
    /// The slot.
    fn slot(&self) -> SignSlot;

    /// What is said in it: with slot and signer it determines the statement.
    fn value(&self) -> SignValue;
}

impl Slotted for Vote {
    fn slot(&self) -> SignSlot {
        SignSlot {
            height: self.height,
            round: self.round,
            step: match self.vote_type {
                VoteType::Prevote => Step::Prevote,
                VoteType::Precommit => Step::Precommit,
            },
        }
    }

    fn value(&self) -> SignValue {
        SignValue {
            block: self.block,
            polka_round: None,
        }
    }
}

impl Slotted for Proposal {
    fn slot(&self) -> SignSlot {
        SignSlot {
            height: self.height,
            round: self.round,
            step: Step::Propose,
        }
    }

    fn value(&self) -> SignValue {
        SignValue {
            block: Some(self.block),
            polka_round: self.polka_round,
        }
    }
}

/// A signature that must not be given.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "signing {asked_value:?} for {asked:?} is refused: {signed_value:?} was signed for {signed:?}"
)]
pub struct SignRefused {
    /// The slot asked for.
    pub asked: SignSlot,
    /// What was to be said in it.
    pub asked_value: SignValue,
    /// The last slot signed.
    pub signed: SignSlot,
    /// What was said in it.
    pub signed_value: SignValue,
}

/// A statement that the guard has recorded: the only thing that can be signed.
#[derive(Debug)]
pub struct Permitted<T>(T);

impl<T> Permitted<T> {
    /// The statement.
    pub(super) fn into_statement(self) -> T {
        self.0
    }
}

/// The last slot signed and what was said in it. To be made durable before what was signed leaves
/// the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignGuard {
    last: Option<(SignSlot, SignValue)>,
}

impl SignGuard {
    /// The guard of a key that has never signed.
    pub const fn unused() -> Self {
        Self { last: None }
    }

    /// The last slot signed and what was said in it, if anything was.
    pub fn last(&self) -> Option<(SignSlot, SignValue)> {
        self.last
    }

    /// Whether a statement may be signed: its slot is later than the last one, or it is the same
    /// statement again (signatures are deterministic, so that repeats the same bytes).
    ///
    /// # Errors
    /// [`SignRefused`] otherwise.
    pub fn check(&self, statement: &impl Slotted) -> Result<(), SignRefused> {
        let (asked, asked_value) = (statement.slot(), statement.value());
        match self.last {
            Some((signed, signed_value))
                if asked < signed || (asked == signed && asked_value != signed_value) =>
            {
                Err(SignRefused {
                    asked,
                    asked_value,
                    signed,
                    signed_value,
                })
            }
            _ => Ok(()),
        }
    }

    /// Records a statement and permits its signature.
    ///
    /// # Errors
    /// [`SignRefused`] as [`SignGuard::check`]; the guard is unchanged then.
    pub fn permit<T: Slotted>(&mut self, statement: T) -> Result<Permitted<T>, SignRefused> {
        self.check(&statement)?;
        self.last = Some((statement.slot(), statement.value()));
        Ok(Permitted(statement))
    }
}

impl Encode for Step {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::Propose => 0,
            Self::Prevote => 1,
            Self::Precommit => 2,
        });
    }
}

impl Decode for Step {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Propose),
            1 => Ok(Self::Prevote),
            2 => Ok(Self::Precommit),
            tag => Err(DecodeError::UnknownTag { what: "step", tag }),
        }
    }
}

impl Encode for SignGuard {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&GUARD_VERSION.to_be_bytes());
        match &self.last {
            None => out.push(0),
            Some((slot, value)) => {
                out.push(1);
                slot.height.encode(out);
                slot.round.encode(out);
                slot.step.encode(out);
                put_option(out, value.block.as_ref());
                put_option(out, value.polka_round.as_ref());
            }
        }
    }
}

impl Decode for SignGuard {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u16()?;
        if version != GUARD_VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "sign guard",
                version,
            });
        }
        if !reader.flag("last signature")? {
            return Ok(Self::unused());
        }
        let slot = SignSlot {
            height: Height::decode(reader)?,
            round: Round::decode(reader)?,
            step: Step::decode(reader)?,
        };
        let value = SignValue {
            block: reader.option("signed block")?,
            polka_round: reader.option("signed polka round")?,
        };
        let is_proposal = slot.step == Step::Propose;
        if (is_proposal && value.block.is_none()) || (!is_proposal && value.polka_round.is_some()) {
            return Err(DecodeError::invalid(
                "sign guard",
                "no statement of its step has this value",
            ));
        }
        Ok(Self {
            last: Some((slot, value)),
        })
    }
}

#[cfg(test)]
mod tests;
