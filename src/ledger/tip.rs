//! The end of the ledger, as applying the next block needs it.

use crate::crypto::merkle::Frontier;
use crate::types::codec::{Reader, put_bytes};
use crate::types::{BlockDigest, Decode, DecodeError, Encode, Height, StateRoot, Timestamp, Tip};

/// Longest encoded frontier, in bytes.
const MAX_FRONTIER_BYTES: usize = crate::crypto::merkle::MAX_FRONTIER_BYTES;

/// What the next block rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTip {
    /// The last applied height.
    pub height: Height,
    /// The block of that height; the ledger id before the first.
    pub block: BlockDigest,
    /// Its time; the genesis time before the first.
    pub time: Timestamp,
    /// The right edge of the log's tree.
    pub frontier: Frontier,
    /// The state after it.
    pub state_root: StateRoot,
}

impl LedgerTip {
    /// The tip as readers see it.
    pub fn summary(&self) -> Tip {
        Tip {
            height: self.height,
            time: self.time,
            log_size: self.frontier.size(),
            log_root: self.frontier.root(),
            state_root: self.state_root,
        }
    }
}

impl Encode for LedgerTip {
    fn encode(&self, out: &mut Vec<u8>) {
        self.height.encode(out);
        self.block.encode(out);
        self.time.encode(out);
        put_bytes(out, &self.frontier.encode());
        self.state_root.encode(out);
    }
}

impl Decode for LedgerTip {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: Height::decode(reader)?,
            block: BlockDigest::decode(reader)?,
            time: Timestamp::decode(reader)?,
            frontier: Frontier::decode(reader.bytes("frontier", MAX_FRONTIER_BYTES)?)
                .map_err(|error| DecodeError::invalid("frontier", error.to_string()))?,
            state_root: StateRoot::decode(reader)?,
        })
    }
}
