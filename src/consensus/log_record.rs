//! What the write-ahead log of a height holds.

use super::certificate::{Certificate, PolkaCertificate};
use super::input::{BlockVerdict, Verdict};
use super::limits::{MAX_MESSAGE_BYTES, MAX_ROUND};
use super::timeout::{Timeout, TimeoutKind, decode_round};
use crate::types::codec::{Decode, DecodeError, Encode, Reader};
use crate::types::{BlockDigest, Height, LedgerId, Proposal, Round, Signed, ValidatorSet, Vote};

/// Version of the disk format.
const LOG_RECORD_VERSION: u16 = 1;

/// An input of the state machine, or a statement of this node itself, in the order in which the
/// state machine took it. Replaying a height's records brings back every lock and every vote.
///
/// Round certificates are not among them: they dissolve into the votes that they are made of.
/// Neither is this node's answer to a request for a block: it becomes a verdict and a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogRecord {
    /// A vote, of anyone.
    Vote(Signed<Vote>),
    /// A proposal, of anyone.
    Proposal(Signed<Proposal>),
    /// That a block is valid or not.
    Verdict(BlockVerdict),
    /// A timeout that ended. Never one for rebroadcasting, which changes nothing.
    Timeout(Timeout),
    /// A polka.
    Polka(PolkaCertificate),
}

impl LogRecord {
    /// The height whose log it belongs to.
    pub fn height(&self) -> Height {
        match self {
            Self::Vote(vote) => vote.message.height,
            Self::Proposal(proposal) => proposal.message.height,
            Self::Verdict(verdict) => verdict.height,
            Self::Timeout(timeout) => timeout.height,
            Self::Polka(certificate) => certificate.height,
        }
    }

    /// Checks its signatures again: a log is only as good as its disk.
    pub(super) fn verify(&self, ledger: &LedgerId, set: &ValidatorSet) -> Result<(), String> {
        match self {
            Self::Vote(vote) => vote.verify(ledger).map_err(|error| error.to_string()),
            Self::Proposal(proposal) => check_proposal(&proposal.message)
                .and_then(|()| proposal.verify(ledger).map_err(|error| error.to_string())),
            Self::Polka(certificate) => certificate
                .verify(ledger, set)
                .map_err(|error| error.to_string()),
            Self::Verdict(_) | Self::Timeout(_) => Ok(()),
        }
    }
}

/// A polka that a proposal names is of an earlier round (line 28 of the paper's algorithm). The
/// library takes that for granted when it replays.
fn check_proposal(proposal: &Proposal) -> Result<(), String> {
    match proposal.polka_round {
        Some(polka_round) if polka_round >= proposal.round => {
            Err("the polka round of a proposal is not before its round".to_owned())
        }
        _ => Ok(()),
    }
}

impl Encode for BlockVerdict {
    fn encode(&self, out: &mut Vec<u8>) {
        self.height.encode(out);
        self.round.encode(out);
        self.block.encode(out);
        out.push(match self.verdict {
            Verdict::Valid => 0,
            Verdict::Invalid => 1,
        });
    }
}

impl Decode for BlockVerdict {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: Height::decode(reader)?,
            round: decode_round(reader)?,
            block: BlockDigest::decode(reader)?,
            verdict: if reader.flag("verdict")? {
                Verdict::Invalid
            } else {
                Verdict::Valid
            },
        })
    }
}

impl Encode for LogRecord {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&LOG_RECORD_VERSION.to_be_bytes());
        match self {
            Self::Vote(vote) => {
                out.push(0);
                vote.encode(out);
            }
            Self::Proposal(proposal) => {
                out.push(1);
                proposal.encode(out);
            }
            Self::Verdict(verdict) => {
                out.push(2);
                verdict.encode(out);
            }
            Self::Timeout(timeout) => {
                out.push(3);
                timeout.encode(out);
            }
            Self::Polka(certificate) => {
                out.push(4);
                certificate.encode(out);
            }
        }
    }
}

impl Decode for LogRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u16()?;
        if version != LOG_RECORD_VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "consensus log record",
                version,
            });
        }
        let record = match reader.u8()? {
            0 => Self::Vote(Signed::decode(reader)?),
            1 => Self::Proposal(Signed::decode(reader)?),
            2 => Self::Verdict(BlockVerdict::decode(reader)?),
            3 => Self::Timeout(Timeout::decode(reader)?),
            4 => Self::Polka(PolkaCertificate::decode(reader)?),
            tag => {
                return Err(DecodeError::UnknownTag {
                    what: "consensus log record",
                    tag,
                });
            }
        };
        record.check()?;
        Ok(record)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(DecodeError::LimitExceeded {
                what: "consensus log record",
                length: bytes.len(),
                limit: MAX_MESSAGE_BYTES,
            });
        }
        let mut reader = Reader::new(bytes);
        let record = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(record)
    }
}

impl LogRecord {
    fn check(&self) -> Result<(), DecodeError> {
        let invalid = |why: &str| Err(DecodeError::invalid("consensus log record", why));
        match self {
            Self::Vote(vote) if vote.message.round > Round(MAX_ROUND) => {
                invalid("its round is too high")
            }
            Self::Proposal(proposal) if proposal.message.round > Round(MAX_ROUND) => {
                invalid("its round is too high")
            }
            Self::Timeout(timeout) if timeout.kind == TimeoutKind::Rebroadcast => {
                invalid("a timeout for rebroadcasting is never logged")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
