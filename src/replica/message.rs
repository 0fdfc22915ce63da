//! What nodes send each other, and what the consensus log holds.

use bytes::Bytes;

use crate::consensus::{ConsensusMessage, LogRecord};
use crate::types::codec::{Reader, put_bytes};
use crate::types::limits::{MAX_BATCH_BYTES, MAX_BLOCK_BYTES};
use crate::types::{
    Acknowledgement, AvailabilityCertificate, Block, Decode, DecodeError, Encode, Evidence, Height,
    Proposal, Signed,
};

/// Longest encoded message, in bytes: a batch with its tag and length.
pub const MAX_PEER_MESSAGE_BYTES: usize = MAX_BATCH_BYTES + 64;

/// Longest checkpoint message, in bytes: a note with two signatures.
pub(super) const MAX_CHECKPOINT_BYTES: usize = 4 * 1024;

/// Version of the wire format.
const MESSAGE_VERSION: u8 = 1;

/// A message between nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerMessage {
    /// A proposal with its block.
    Proposal(Signed<Proposal>, Box<Block>),
    /// Votes and certificates of consensus.
    Consensus(ConsensusMessage),
    /// The bytes of a batch.
    Batch(Bytes),
    /// A validator has a batch of the receiver on disk.
    Acknowledgement(Signed<Acknowledgement>),
    /// A batch can be ordered.
    Certificate(AvailabilityCertificate),
    /// A validator was caught.
    Evidence(Box<Evidence>),
    /// A checkpoint as a signed note, with the sender's two signatures.
    Checkpoint(String),
    /// The height that the sender has committed.
    Status {
        /// The height.
        height: Height,
    },
}

impl PeerMessage {
    /// The bytes of the message whose canonical form starts with the version and a tag.
    fn tag(&self) -> u8 {
        match self {
            Self::Proposal(..) => 0,
            Self::Consensus(_) => 1,
            Self::Batch(_) => 2,
            Self::Acknowledgement(_) => 3,
            Self::Certificate(_) => 4,
            Self::Evidence(_) => 5,
            Self::Checkpoint(_) => 6,
            Self::Status { .. } => 7,
        }
    }
}

impl Encode for PeerMessage {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(MESSAGE_VERSION);
        out.push(self.tag());
        match self {
            Self::Proposal(proposal, block) => {
                proposal.encode(out);
                block.encode(out);
            }
            Self::Consensus(message) => message.encode(out),
            Self::Batch(bytes) => put_bytes(out, bytes),
            Self::Acknowledgement(acknowledgement) => acknowledgement.encode(out),
            Self::Certificate(certificate) => certificate.encode(out),
            Self::Evidence(evidence) => evidence.encode(out),
            Self::Checkpoint(note) => put_bytes(out, note.as_bytes()),
            Self::Status { height } => height.encode(out),
        }
    }
}

impl Decode for PeerMessage {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u8()?;
        if version != MESSAGE_VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "peer message",
                version: version.into(),
            });
        }
        Ok(match reader.u8()? {
            0 => {
                if reader.remaining() > MAX_BLOCK_BYTES {
                    return Err(DecodeError::LimitExceeded {
                        what: "proposal",
                        length: reader.remaining(),
                        limit: MAX_BLOCK_BYTES,
                    });
                }
                Self::Proposal(Signed::decode(reader)?, Box::new(Block::decode(reader)?))
            }
            1 => Self::Consensus(ConsensusMessage::decode(reader)?),
            2 => Self::Batch(Bytes::copy_from_slice(
                reader.bytes("batch", MAX_BATCH_BYTES)?,
            )),
            3 => Self::Acknowledgement(Signed::decode(reader)?),
            4 => Self::Certificate(AvailabilityCertificate::decode(reader)?),
            5 => Self::Evidence(Box::new(Evidence::decode(reader)?)),
            6 => Self::Checkpoint(reader.text("checkpoint", MAX_CHECKPOINT_BYTES)?.to_owned()),
            7 => Self::Status {
                height: Height::decode(reader)?,
            },
            tag => {
                return Err(DecodeError::UnknownTag {
                    what: "peer message",
                    tag,
                });
            }
        })
    }
}

/// What the write-ahead log holds of a height: what consensus took in, and the blocks it judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEntry {
    /// An input of consensus.
    Consensus(Box<LogRecord>),
    /// A block that this node may vote for. It is kept so that a decision can be carried out even
    /// if every validator stops right after voting.
    Block(Box<Block>),
}

impl LogEntry {
    /// The height whose log it belongs to.
    pub fn height(&self) -> Height {
        match self {
            Self::Consensus(record) => record.height(),
            Self::Block(block) => block.height(),
        }
    }
}

impl Encode for LogEntry {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Consensus(record) => {
                out.push(0);
                record.encode(out);
            }
            Self::Block(block) => {
                out.push(1);
                block.encode(out);
            }
        }
    }
}

impl Decode for LogEntry {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Consensus(Box::new(LogRecord::decode(reader)?))),
            1 => Ok(Self::Block(Box::new(Block::decode(reader)?))),
            tag => Err(DecodeError::UnknownTag {
                what: "consensus log entry",
                tag,
            }),
        }
    }
}
