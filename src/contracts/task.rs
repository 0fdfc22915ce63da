//! What the ledger can have to do by itself.

use super::context::{EffectError, StateWriter};
use super::custody;
use super::derive::{DeriveContext, Derived, Progress};
use super::energy;
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, LogIndex, MemberId, Timestamp};

/// Something that the ledger has to do when its time comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Certificates expire that nobody has used.
    CertificateExpiry {
        /// When.
        due: Timestamp,
    },
    /// End a proposal to hand things over that nobody has answered.
    ExpireCustody {
        /// The proposal's entry.
        proposal: LogIndex,
        /// Who proposed.
        from: MemberId,
    },
}

impl Task {
    /// Does it, as far as the block has room.
    ///
    /// # Errors
    /// [`EffectError`] if the store fails.
    pub(super) fn run(
        &self,
        state: &mut impl StateWriter,
        context: &DeriveContext<'_>,
        derived: &mut Derived,
    ) -> Result<Progress, EffectError> {
        match self {
            Self::CertificateExpiry { due } => {
                energy::certificates::expire(state, context, derived, self, *due)
            }
            Self::ExpireCustody { proposal, from } => {
                custody::expire(state, context, derived, self, (*proposal, from))?;
                Ok(Progress::Done)
            }
        }
    }
}

impl Encode for Task {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::CertificateExpiry { due } => {
                out.push(40);
                due.encode(out);
            }
            Self::ExpireCustody { proposal, from } => {
                out.push(1);
                proposal.encode(out);
                from.encode(out);
            }
        }
    }
}

impl Decode for Task {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            1 => Ok(Self::ExpireCustody {
                proposal: LogIndex::decode(reader)?,
                from: MemberId::decode(reader)?,
            }),
            40 => Ok(Self::CertificateExpiry {
                due: Timestamp::decode(reader)?,
            }),
            tag => Err(DecodeError::UnknownTag { what: "task", tag }),
        }
    }
}
