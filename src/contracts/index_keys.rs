//! The keys of the indices: what can be found again from the log, and is kept for those who ask.
//!
//! The first byte tells the index. Texts carry their length and numbers are big-endian, with the sign
//! turned round where they may be negative, so that the order of keys is that of their parts.

use super::definition::AssetKey;
use crate::crypto::Sha256Digest;
use crate::records::epcis::ThingId;
use crate::types::{ContractName, Encode, LogIndex, MarketArea, MemberId, MeterId, Timestamp};

/// A key of the indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKey<'a> {
    /// A step in the history of an asset.
    AssetRevision {
        /// The contract.
        contract: &'a ContractName,
        /// The asset's key.
        key: &'a AssetKey,
        /// How many records had changed it, this one included.
        revision: u64,
    },
    /// That an event speaks of a thing: its roles. In order of event time.
    Mention {
        /// The thing.
        thing: &'a ThingId,
        /// When the event happened.
        time: Timestamp,
        /// The event's entry.
        index: LogIndex,
    },
    /// The declaration that the event of an entry is wrong: the declaration's entry.
    Declaration(LogIndex),
    /// A declaration that came before the event that it declares wrong, by what that one will be
    /// known by.
    EarlyDeclaration(&'a Sha256Digest),
    /// That there are orders for an interval: the entry of the first.
    MarketInterval {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
    },
    /// An order for an interval.
    MarketOrder {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
        /// The order's entry.
        index: LogIndex,
    },
    /// The clearing of an interval.
    MarketClearing {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
    },
    /// A trade of an interval.
    MarketTrade {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
        /// The trade's entry.
        index: LogIndex,
    },
    /// A settlement of an interval.
    MarketSettlement {
        /// The area.
        area: &'a MarketArea,
        /// When delivery begins.
        start: Timestamp,
        /// The settlement's entry.
        index: LogIndex,
    },
    /// An order of a member.
    MemberOrder {
        /// The member.
        member: &'a MemberId,
        /// The order's entry.
        index: LogIndex,
    },
    /// The withdrawal of the order of an entry: the withdrawal's entry.
    OrderWithdrawal(LogIndex),
    /// How much of the order of an entry was served, in Wh.
    OrderServed(LogIndex),
    /// A step in the history of a meter.
    MeterStep {
        /// The meter.
        meter: &'a MeterId,
        /// How many records had stated it, this one included.
        revision: u64,
    },
}

impl IndexKey<'_> {
    /// The bytes of the key.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(40);
        match self {
            Self::AssetRevision {
                contract,
                key,
                revision,
            } => {
                bytes.push(1);
                contract.encode(&mut bytes);
                key.encode(&mut bytes);
                bytes.extend_from_slice(&revision.to_be_bytes());
            }
            Self::Mention { thing, time, index } => {
                bytes.push(2);
                bytes.extend_from_slice(thing.as_bytes());
                put_time(&mut bytes, time);
                index.encode(&mut bytes);
            }
            Self::Declaration(index) => {
                bytes.push(3);
                index.encode(&mut bytes);
            }
            Self::EarlyDeclaration(key) => {
                bytes.push(4);
                bytes.extend_from_slice(key.as_bytes());
            }
            Self::MarketInterval { area, start } => {
                put_interval(&mut bytes, 32, area, start);
            }
            Self::MarketOrder { area, start, index } => {
                put_interval(&mut bytes, 33, area, start);
                index.encode(&mut bytes);
            }
            Self::MarketClearing { area, start } => {
                put_interval(&mut bytes, 34, area, start);
            }
            Self::MarketTrade { area, start, index } => {
                put_interval(&mut bytes, 35, area, start);
                index.encode(&mut bytes);
            }
            Self::MarketSettlement { area, start, index } => {
                put_interval(&mut bytes, 36, area, start);
                index.encode(&mut bytes);
            }
            Self::MemberOrder { member, index } => {
                bytes.push(37);
                member.encode(&mut bytes);
                index.encode(&mut bytes);
            }
            Self::OrderWithdrawal(index) => {
                bytes.push(38);
                index.encode(&mut bytes);
            }
            Self::OrderServed(index) => {
                bytes.push(39);
                index.encode(&mut bytes);
            }
            Self::MeterStep { meter, revision } => {
                bytes.push(40);
                meter.encode(&mut bytes);
                bytes.extend_from_slice(&revision.to_be_bytes());
            }
        }
        bytes
    }

    /// The time at the end of a key of [`IndexKey::MarketInterval`].
    pub fn time(key: &[u8]) -> Option<Timestamp> {
        let (_, time) = key.split_last_chunk::<8>()?;
        let time = u64::from_be_bytes(*time) ^ SIGN;
        Some(Timestamp::from_ms(time.cast_signed()))
    }

    /// The entry at the end of a key that ends with one.
    pub fn index(key: &[u8]) -> Option<LogIndex> {
        let (_, index) = key.split_last_chunk::<8>()?;
        Some(LogIndex(u64::from_be_bytes(*index)))
    }

    /// The time and entry at the end of a key of [`IndexKey::Mention`].
    pub fn time_and_index(key: &[u8]) -> Option<(Timestamp, LogIndex)> {
        let (rest, index) = key.split_last_chunk::<8>()?;
        let (_, time) = rest.split_last_chunk::<8>()?;
        let time = u64::from_be_bytes(*time) ^ SIGN;
        Some((
            Timestamp::from_ms(time.cast_signed()),
            LogIndex(u64::from_be_bytes(*index)),
        ))
    }
}

/// The bit that puts negative numbers before the others.
const SIGN: u64 = 1 << 63;

fn put_time(out: &mut Vec<u8>, time: Timestamp) {
    let ordered = time.as_ms().cast_unsigned() ^ SIGN;
    out.extend_from_slice(&ordered.to_be_bytes());
}

fn put_interval(out: &mut Vec<u8>, tag: u8, area: &MarketArea, start: Timestamp) {
    out.push(tag);
    area.encode(out);
    put_time(out, start);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_in_order_of_time_and_entry() {
        let thing = ThingId::of("https://id.gs1.org/01/09521234123450/21/1");
        let places = [(-5, 9), (-1, 3), (0, 2), (7, 1), (7, 4)];
        let keys: Vec<Vec<u8>> = places
            .iter()
            .map(|(ms, index)| {
                let (time, index) = (Timestamp::from_ms(*ms), LogIndex(*index));
                let key = IndexKey::Mention {
                    thing: &thing,
                    time,
                    index,
                };
                let bytes = key.to_bytes();
                assert_eq!(IndexKey::time_and_index(&bytes), Some((time, index)));
                bytes
            })
            .collect();
        assert!(keys.is_sorted());
    }
}
