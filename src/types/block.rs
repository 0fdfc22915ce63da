//! Blocks: what consensus decides. A block carries certificates of batches, not their data, so
//! that ordering costs the same whatever the payload is.

use super::batch::AvailabilityCertificate;
use super::codec::{Decode, DecodeError, Encode, Reader, put_option, put_sequence};
use super::evidence::Evidence;
use super::height::Height;
use super::ids::{BlockDigest, ContractSetDigest, LedgerId, StateRoot, ValidatorSetDigest};
use super::limits::{MAX_BATCHES_PER_BLOCK, MAX_EVIDENCE_PER_BLOCK};
use super::time::Timestamp;
use super::vote::CommitCertificate;
use crate::crypto::{Blake3Digest, Sha256Digest};

/// The rules that this program makes blocks by. Changed by governance at a height only.
pub const PROTOCOL_VERSION: u16 = 1;

/// Keeps a block digest from being any other digest.
const BLOCK_TAG: &[u8] = b"waybill/block/v1\0";

/// The header, which names everything that the block rests on. It never names the round that
/// decided it: a proposal made again in a later round is the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockHeader {
    /// The rules by which it is to be judged.
    pub protocol_version: u16,
    /// The ledger.
    pub ledger: LedgerId,
    /// Its height.
    pub height: Height,
    /// The block before; for the first one the ledger id stands here.
    pub parent: BlockDigest,
    /// Block time: later than the parent's by at least a millisecond.
    pub time: Timestamp,
    /// Digest of the [`BlockBody`].
    pub body: Blake3Digest,
    /// The size of the log before this block.
    pub log_size: u64,
    /// The root of the log before this block.
    pub log_root: Sha256Digest,
    /// The state before this block.
    pub state_root: StateRoot,
    /// The validators who decide it.
    pub validator_set: ValidatorSetDigest,
    /// The contracts by which its records are judged.
    pub contract_set: ContractSetDigest,
}

impl BlockHeader {
    /// Names the block.
    pub fn digest(&self) -> BlockDigest {
        BlockDigest(Blake3Digest::of_parts(&[BLOCK_TAG, &self.to_bytes()]))
    }
}

impl Encode for BlockHeader {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.protocol_version.to_be_bytes());
        self.ledger.encode(out);
        self.height.encode(out);
        self.parent.encode(out);
        self.time.encode(out);
        self.body.encode(out);
        out.extend_from_slice(&self.log_size.to_be_bytes());
        self.log_root.encode(out);
        self.state_root.encode(out);
        self.validator_set.encode(out);
        self.contract_set.encode(out);
    }
}

impl Decode for BlockHeader {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let protocol_version = reader.u16()?;
        if protocol_version != PROTOCOL_VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "block protocol",
                version: protocol_version,
            });
        }
        Ok(Self {
            protocol_version,
            ledger: LedgerId::decode(reader)?,
            height: Height::decode(reader)?,
            parent: BlockDigest::decode(reader)?,
            time: Timestamp::decode(reader)?,
            body: Blake3Digest::decode(reader)?,
            log_size: reader.u64()?,
            log_root: Sha256Digest::decode(reader)?,
            state_root: StateRoot::decode(reader)?,
            validator_set: ValidatorSetDigest::decode(reader)?,
            contract_set: ContractSetDigest::decode(reader)?,
        })
    }
}

/// What a block orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockBody {
    /// The precommits that decided the parent; none in the first block. They tell, alike on every
    /// node, who took part.
    pub parent_certificate: Option<CommitCertificate>,
    /// The batches, in the order of their execution.
    pub batches: Vec<AvailabilityCertificate>,
    /// Evidence that is not on the ledger yet.
    pub evidence: Vec<Evidence>,
}

impl Encode for BlockBody {
    fn encode(&self, out: &mut Vec<u8>) {
        put_option(out, self.parent_certificate.as_ref());
        put_sequence(out, &self.batches);
        put_sequence(out, &self.evidence);
    }
}

impl Decode for BlockBody {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            parent_certificate: reader.option("parent certificate")?,
            batches: reader.sequence("batches of a block", MAX_BATCHES_PER_BLOCK)?,
            evidence: reader.sequence("evidence of a block", MAX_EVIDENCE_PER_BLOCK)?,
        })
    }
}

/// A block: its header, and the body that the header's digest binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    header: BlockHeader,
    body: BlockBody,
    digest: BlockDigest,
}

impl Block {
    /// Puts a body under a header; the header's body digest is set to match.
    pub fn new(mut header: BlockHeader, body: BlockBody) -> Self {
        header.body = Blake3Digest::of(&body.to_bytes());
        let digest = header.digest();
        Self {
            header,
            body,
            digest,
        }
    }

    /// The header.
    pub fn header(&self) -> &BlockHeader {
        &self.header
    }

    /// The body.
    pub fn body(&self) -> &BlockBody {
        &self.body
    }

    /// Its name.
    pub fn digest(&self) -> BlockDigest {
        self.digest
    }

    /// Its height.
    pub fn height(&self) -> Height {
        self.header.height
    }
}

impl Encode for Block {
    fn encode(&self, out: &mut Vec<u8>) {
        self.header.encode(out);
        self.body.encode(out);
    }
}

impl Decode for Block {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let header = BlockHeader::decode(reader)?;
        let stated = header.body;
        let block = Self::new(header, BlockBody::decode(reader)?);
        if block.header.body != stated {
            return Err(DecodeError::invalid(
                "block",
                "its header names another body",
            ));
        }
        Ok(block)
    }
}
