//! Timeouts: which they are, and how long.

use super::limits::MAX_ROUND;
use crate::types::codec::{Decode, DecodeError, Encode, Reader};
use crate::types::{ConsensusParameters, Height, Round};

/// What a timeout waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeoutKind {
    /// A proposal (line 21 of the paper's algorithm).
    Propose,
    /// A quorum of prevotes that agree (line 35).
    Prevote,
    /// A quorum of precommits that agree (line 48).
    Precommit,
    /// The time to say again what this node said in the round: the network may have lost it.
    Rebroadcast,
}

/// A timeout of one round. Its identity is all three fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timeout {
    /// The height it was set in: one that fires late is recognised.
    pub height: Height,
    /// The round it was set in.
    pub round: Round,
    /// What it waits for.
    pub kind: TimeoutKind,
}

impl Timeout {
    /// How long it is, in milliseconds: linear in the round, so that after the network has become
    /// synchronous some round is long enough. `propose_timeout_ms` is that of the height, see
    /// [`StartHeight::propose_timeout_ms`](super::StartHeight::propose_timeout_ms).
    pub fn after_ms(&self, parameters: &ConsensusParameters, propose_timeout_ms: u64) -> u64 {
        let base_ms = match self.kind {
            TimeoutKind::Propose => propose_timeout_ms,
            TimeoutKind::Rebroadcast => parameters.propose_timeout_ms,
            TimeoutKind::Prevote | TimeoutKind::Precommit => parameters.vote_timeout_ms,
        };
        let step_ms = parameters
            .timeout_step_ms
            .saturating_mul(u64::from(self.round.0));
        base_ms.saturating_add(step_ms)
    }
}

impl Encode for Timeout {
    fn encode(&self, out: &mut Vec<u8>) {
        self.height.encode(out);
        self.round.encode(out);
        out.push(match self.kind {
            TimeoutKind::Propose => 0,
            TimeoutKind::Prevote => 1,
            TimeoutKind::Precommit => 2,
            TimeoutKind::Rebroadcast => 3,
        });
    }
}

impl Decode for Timeout {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: Height::decode(reader)?,
            round: decode_round(reader)?,
            kind: match reader.u8()? {
                0 => TimeoutKind::Propose,
                1 => TimeoutKind::Prevote,
                2 => TimeoutKind::Precommit,
                3 => TimeoutKind::Rebroadcast,
                tag => {
                    return Err(DecodeError::UnknownTag {
                        what: "timeout",
                        tag,
                    });
                }
            },
        })
    }
}

/// Reads a round that is not above [`MAX_ROUND`].
pub(super) fn decode_round(reader: &mut Reader<'_>) -> Result<Round, DecodeError> {
    let round = Round::decode(reader)?;
    if round.0 > MAX_ROUND {
        return Err(DecodeError::LimitExceeded {
            what: "round",
            length: round.0 as usize,
            limit: MAX_ROUND as usize,
        });
    }
    Ok(round)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_grow_with_the_round_and_never_overflow() {
        let parameters = ConsensusParameters::default();
        let after_ms = |kind, round| {
            let timeout = Timeout {
                height: Height(1),
                round: Round(round),
                kind,
            };
            timeout.after_ms(&parameters, 400)
        };
        assert_eq!(after_ms(TimeoutKind::Propose, 0), 400);
        assert_eq!(after_ms(TimeoutKind::Propose, 2), 1_400);
        assert_eq!(after_ms(TimeoutKind::Prevote, 0), 500);
        assert_eq!(after_ms(TimeoutKind::Precommit, 3), 2_000);
        assert_eq!(after_ms(TimeoutKind::Rebroadcast, 1), 1_500);
        let endless = ConsensusParameters {
            timeout_step_ms: u64::MAX,
            ..parameters
        };
        let timeout = Timeout {
            height: Height(1),
            round: Round(9),
            kind: TimeoutKind::Prevote,
        };
        assert_eq!(timeout.after_ms(&endless, 400), u64::MAX);
    }

    #[test]
    fn a_timeout_of_an_absurd_round_is_refused() {
        let timeout = Timeout {
            height: Height(1),
            round: Round(MAX_ROUND + 1),
            kind: TimeoutKind::Prevote,
        };
        assert!(matches!(
            Timeout::from_bytes(&timeout.to_bytes()),
            Err(DecodeError::LimitExceeded { what: "round", .. })
        ));
    }
}
