//! Counts and positions: heights, rounds, log indices.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::codec::{Decode, DecodeError, Encode, Reader};

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $read:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The next one; the last one stays itself.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }

            /// The one `count` later; the last one stays itself.
            #[must_use]
            pub const fn plus(self, count: $inner) -> Self {
                Self(self.0.saturating_add(count))
            }

            /// The previous one, none before zero.
            pub const fn previous(self) -> Option<Self> {
                match self.0.checked_sub(1) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0.to_be_bytes());
            }
        }

        impl Decode for $name {
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self(reader.$read()?))
            }
        }
    };
}

counter!(
    /// A height of the chain. The genesis document is height 0, the first block height 1.
    Height, u64, u64
);
counter!(
    /// A round of consensus within a height, from 0.
    Round, u32, u32
);
counter!(
    /// The position of an entry in the log, from 0.
    LogIndex, u64, u64
);
counter!(
    /// The number of a batch among those of its author, from 0.
    BatchSequence, u64, u64
);

impl Height {
    /// The height of the genesis document, before the first block.
    pub const GENESIS: Self = Self(0);
    /// The height of the first block.
    pub const FIRST: Self = Self(1);
}

impl Round {
    /// The first round.
    pub const ZERO: Self = Self(0);
}
