//! What the ledger can have to do by itself.

use super::agenda::{Share, Shared};
use super::context::{EffectError, StateWriter};
use super::custody;
use super::derive::{DeriveContext, Derived, Progress};
use super::energy;
use super::energy::market;
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, LogIndex, MarketArea, MemberId, Timestamp};

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
    /// The gate of an interval closes: its orders become trades.
    GateClosure {
        /// The market area.
        area: MarketArea,
        /// When delivery begins.
        start: Timestamp,
    },
    /// The trades of an interval are held against the meters.
    MarketSettlement {
        /// The market area.
        area: MarketArea,
        /// When delivery begins.
        start: Timestamp,
    },
}

impl Task {
    pub(super) fn gate_closure(area: &MarketArea, start: Timestamp) -> Self {
        let area = area.clone();
        Self::GateClosure { area, start }
    }

    pub(super) fn market_settlement(area: &MarketArea, start: Timestamp) -> Self {
        let area = area.clone();
        Self::MarketSettlement { area, start }
    }

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
            Self::GateClosure { area, start } => {
                market::close_gate(state, context, derived, self, (area, *start))
            }
            Self::MarketSettlement { area, start } => {
                market::settle(state, context, derived, self, (area, *start))
            }
        }
    }
}

impl Shared for Task {
    fn share(&self) -> Share {
        match self {
            Self::CertificateExpiry { .. } => Share::Certificates,
            Self::ExpireCustody { .. } => Share::Custody,
            Self::GateClosure { .. } | Self::MarketSettlement { .. } => Share::Markets,
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
            Self::GateClosure { area, start } => {
                out.push(16);
                area.encode(out);
                start.encode(out);
            }
            Self::MarketSettlement { area, start } => {
                out.push(17);
                area.encode(out);
                start.encode(out);
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
            16 => Ok(Self::GateClosure {
                area: MarketArea::decode(reader)?,
                start: Timestamp::decode(reader)?,
            }),
            17 => Ok(Self::MarketSettlement {
                area: MarketArea::decode(reader)?,
                start: Timestamp::decode(reader)?,
            }),
            tag => Err(DecodeError::UnknownTag { what: "task", tag }),
        }
    }
}
