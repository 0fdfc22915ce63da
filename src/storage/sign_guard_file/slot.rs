//! One slot: two copies of a stored guard.

use bytes::Bytes;

use crate::crypto::Blake3Digest;
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, LedgerId};

/// Longest guard, in bytes: a position and a digest, with room.
pub const MAX_GUARD_BYTES: usize = 1024;

/// The format of the copies.
pub(super) const GUARD_VERSION: u16 = 1;

/// How far the copies are apart: in other sectors, and on other pages of flash.
pub(super) const COPY_DISTANCE: u64 = 4096;

/// Where the copies begin.
pub(super) const COPY_OFFSETS: [u64; 2] = [0, COPY_DISTANCE];

const MAGIC: &[u8; 8] = b"wb-sign\n";
const TAG: &[u8] = b"waybill/sign-guard-file/v1\0";

/// What one copy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) ledger: LedgerId,
    /// The number of the store that wrote it, from 1.
    pub(super) sequence: u64,
    pub(super) payload: Bytes,
}

/// Why bytes are no copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CopyFault {
    /// A version that this program does not know. Its checksum may be elsewhere, so it may as well
    /// be damage.
    Version(u16),
    /// Anything else.
    Damaged(DecodeError),
}

impl From<DecodeError> for CopyFault {
    fn from(error: DecodeError) -> Self {
        Self::Damaged(error)
    }
}

impl Copy {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&GUARD_VERSION.to_be_bytes());
        self.ledger.encode(&mut bytes);
        bytes.extend_from_slice(&self.sequence.to_be_bytes());
        // At most MAX_GUARD_BYTES, as the caller has checked.
        let length = u16::try_from(self.payload.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&self.payload);
        Blake3Digest::of_parts(&[TAG, &bytes]).encode(&mut bytes);
        bytes
    }

    /// Reads the copy that begins `bytes`; what follows it belongs to an older, longer one.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, CopyFault> {
        let mut reader = Reader::new(bytes);
        let magic: [u8; 8] = reader.array()?;
        if magic != *MAGIC {
            return Err(DecodeError::invalid("sign guard", "it does not begin as one").into());
        }
        let version = reader.u16()?;
        if version != GUARD_VERSION {
            return Err(CopyFault::Version(version));
        }
        let ledger = LedgerId::decode(&mut reader)?;
        let sequence = reader.u64()?;
        let length = usize::from(reader.u16()?);
        if length > MAX_GUARD_BYTES {
            return Err(DecodeError::LimitExceeded {
                what: "sign guard",
                length,
                limit: MAX_GUARD_BYTES,
            }
            .into());
        }
        let payload = Bytes::copy_from_slice(reader.take(length)?);
        let checked = bytes.get(..reader.offset()).unwrap_or_default();
        if Blake3Digest::decode(&mut reader)? != Blake3Digest::of_parts(&[TAG, checked]) {
            return Err(DecodeError::invalid("sign guard", "its checksum is wrong").into());
        }
        Ok(Self {
            ledger,
            sequence,
            payload,
        })
    }
}
