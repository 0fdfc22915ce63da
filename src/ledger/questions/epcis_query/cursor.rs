//! Where the next page of a query begins.

use super::list::EventPlace;
use crate::types::{Decode, DecodeError, Encode, Height, LogIndex};

/// Version of the encoding.
const VERSION: u8 = 1;

/// Where a page ends. It holds all that the next one needs, so nothing of it is kept anywhere: it works at
/// every node that has come to the height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Digest of ledger and query.
    pub(super) query: [u8; 16],
    /// The height of the first page, which all pages are of.
    pub height: Height,
    /// How many events the pages before have.
    pub given: u64,
    /// The last event that was looked at.
    pub(super) last: EventPlace,
}

impl Encode for Cursor {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        out.extend_from_slice(&self.query);
        self.height.encode(out);
        out.extend_from_slice(&self.given.to_be_bytes());
        self.last.time.encode(out);
        self.last.index.encode(out);
    }
}

impl Decode for Cursor {
    fn decode(reader: &mut crate::types::codec::Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u8()?;
        if version != VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "page token",
                version: version.into(),
            });
        }
        Ok(Self {
            query: reader.array()?,
            height: Height::decode(reader)?,
            given: reader.u64()?,
            last: EventPlace {
                time: crate::types::Timestamp::decode(reader)?,
                index: LogIndex::decode(reader)?,
            },
        })
    }
}
