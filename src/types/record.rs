//! A record: what a member puts on the ledger.

use bytes::Bytes;

use super::codec::{Decode, DecodeError, Encode, Reader, owned, put_bytes};
use super::ids::RecordKind;
use super::limits::MAX_BODY_BYTES;
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::leaf_hash;

/// One record: a kind, the version of the kind's format, and a body that is kept exactly as its
/// author wrote it. A body is JSON text for every built-in kind; it is never serialised again, so
/// what is signed, hashed, stored and served are the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What the body is, such as `epcis.event`.
    pub kind: RecordKind,
    /// The version of the kind's format, from 1.
    pub version: u16,
    /// The body, at most [`MAX_BODY_BYTES`].
    pub body: Bytes,
}

impl Record {
    /// The leaf of this record in its submission's record tree: the RFC 6962 leaf hash of its
    /// canonical bytes.
    pub fn leaf(&self) -> Sha256Digest {
        leaf_hash(&self.to_bytes())
    }

    /// The length of the canonical bytes.
    pub fn encoded_length(&self) -> usize {
        4 + self.kind.as_str().len() + 2 + 4 + self.body.len()
    }
}

/// Kind (u32 length and text), version (u16), body (u32 length and bytes).
impl Encode for Record {
    fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_length());
        self.kind.encode(out);
        out.extend_from_slice(&self.version.to_be_bytes());
        put_bytes(out, &self.body);
    }
}

impl Decode for Record {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            kind: RecordKind::decode(reader)?,
            version: reader.u16()?,
            body: owned(reader.bytes("record body", MAX_BODY_BYTES)?),
        })
    }
}
