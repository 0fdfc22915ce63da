//! What nodes ask each other for, and the answers.

use bytes::Bytes;

use crate::types::codec::{Reader, put_bytes, put_option, put_sequence};
use crate::types::limits::MAX_BATCH_BYTES;
use crate::types::{BatchDigest, Block, CommitCertificate, Decode, DecodeError, Encode, Height};

/// Longest encoded request, in bytes.
pub const MAX_REQUEST_BYTES: usize = 64;

/// Longest encoded answer, in bytes: one batch, or blocks up to as much.
pub const MAX_RESPONSE_BYTES: usize = MAX_BATCH_BYTES + 64;

/// Most blocks in one answer.
pub const MAX_BLOCKS_PER_RESPONSE: usize = 64;

/// A request to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncRequest {
    /// Decided blocks from a height on.
    Blocks {
        /// The first height.
        from: Height,
    },
    /// A batch.
    Batch {
        /// Its digest.
        digest: BatchDigest,
    },
}

impl Encode for SyncRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Blocks { from } => {
                out.push(0);
                from.encode(out);
            }
            Self::Batch { digest } => {
                out.push(1);
                digest.encode(out);
            }
        }
    }
}

impl Decode for SyncRequest {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Blocks {
                from: Height::decode(reader)?,
            }),
            1 => Ok(Self::Batch {
                digest: BatchDigest::decode(reader)?,
            }),
            tag => Err(DecodeError::UnknownTag {
                what: "sync request",
                tag,
            }),
        }
    }
}

/// A block with the certificate that decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedBlock {
    /// The block.
    pub block: Block,
    /// The precommits of a quorum for it.
    pub certificate: CommitCertificate,
}

impl Encode for DecidedBlock {
    fn encode(&self, out: &mut Vec<u8>) {
        self.block.encode(out);
        self.certificate.encode(out);
    }
}

impl Decode for DecidedBlock {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            block: Block::decode(reader)?,
            certificate: CommitCertificate::decode(reader)?,
        })
    }
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncResponse {
    /// Consecutive decided blocks from the requested height on; fewer at the peer's tip.
    Blocks(Vec<DecidedBlock>),
    /// The bytes of the batch, if the peer holds it.
    Batch(Option<Bytes>),
}

struct BatchBytes(Bytes);

impl Encode for BatchBytes {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, &self.0);
    }
}

impl Decode for BatchBytes {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let bytes = reader.bytes("batch", MAX_BATCH_BYTES)?;
        Ok(Self(Bytes::copy_from_slice(bytes)))
    }
}

impl Encode for SyncResponse {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Blocks(blocks) => {
                out.push(0);
                put_sequence(out, blocks);
            }
            Self::Batch(bytes) => {
                out.push(1);
                put_option(out, bytes.clone().map(BatchBytes).as_ref());
            }
        }
    }
}

impl Decode for SyncResponse {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Blocks(
                reader.sequence("blocks of an answer", MAX_BLOCKS_PER_RESPONSE)?,
            )),
            1 => Ok(Self::Batch(
                reader
                    .option::<BatchBytes>("batch of an answer")?
                    .map(|bytes| bytes.0),
            )),
            tag => Err(DecodeError::UnknownTag {
                what: "sync response",
                tag,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::Blake3Digest;

    #[test]
    fn requests_are_short_and_survive_bytes() {
        let digest = BatchDigest(Blake3Digest::of(b"batch"));
        for request in [
            SyncRequest::Blocks { from: Height(7) },
            SyncRequest::Batch { digest },
        ] {
            let bytes = request.to_bytes();
            assert!(bytes.len() <= MAX_REQUEST_BYTES);
            assert_eq!(SyncRequest::from_bytes(&bytes), Ok(request));
        }
        assert!(SyncRequest::from_bytes(&[2]).is_err());
    }

    #[test]
    fn a_batch_above_the_limit_is_refused_before_it_is_copied() {
        let mut bytes = vec![1, 1];
        bytes.extend_from_slice(&u32::MAX.to_be_bytes());
        assert!(matches!(
            SyncResponse::from_bytes(&bytes),
            Err(DecodeError::LimitExceeded { .. })
        ));
    }

    proptest! {
        #[test]
        fn answers_survive_bytes(body in prop::option::of(prop::collection::vec(any::<u8>(), 0..200))) {
            let response = SyncResponse::Batch(body.map(Bytes::from));
            prop_assert_eq!(SyncResponse::from_bytes(&response.to_bytes()), Ok(response));
        }

        #[test]
        fn arbitrary_bytes_never_panic_and_decode_to_themselves(
            bytes in prop::collection::vec(any::<u8>(), 0..300)
        ) {
            if let Ok(response) = SyncResponse::from_bytes(&bytes) {
                prop_assert_eq!(response.to_bytes(), bytes.clone());
            }
            if let Ok(request) = SyncRequest::from_bytes(&bytes) {
                prop_assert_eq!(request.to_bytes(), bytes);
            }
        }
    }
}
