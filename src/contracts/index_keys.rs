//! The keys of the indices: what can be found again from the log, and is kept for those who ask.
//!
//! The first byte tells the index. Texts carry their length and numbers are big-endian, with the sign
//! turned round where they may be negative, so that the order of keys is that of their parts.

use super::definition::AssetKey;
use crate::crypto::Sha256Digest;
use crate::records::epcis::ThingId;
use crate::types::{ContractName, Encode, LogIndex, Timestamp};

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
    /// That an event happened. In order of event time.
    EventTime {
        /// When.
        time: Timestamp,
        /// The event's entry.
        index: LogIndex,
    },
    /// That an event is known by a name that its content and its member do not give: its own identifier, or, if it
    /// declares another wrong, the hash that both have. In order of event time.
    EventName {
        /// The name.
        name: &'a ThingId,
        /// When the event happened.
        time: Timestamp,
        /// The event's entry.
        index: LogIndex,
    },
    /// That some event has a value: written by each one that has it, and the same for all.
    Value {
        /// Of which field.
        field: ListedField,
        /// The value: a word as a full URI, or a place in canonical form.
        text: &'a str,
    },
}

/// A field of events whose values are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListedField {
    /// The business step.
    BizStep,
    /// The disposition.
    Disposition,
    /// Where it happened.
    ReadPoint,
    /// Where the objects are afterwards.
    BizLocation,
}

/// Longest value that is listed, in bytes. It bounds the keys of the index: an event may have a longer one,
/// which is found by questions, and not in the list.
pub const MAX_LISTED_VALUE_BYTES: usize = 1024;

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
            Self::EventTime { time, index } => {
                bytes.push(5);
                put_time(&mut bytes, time);
                index.encode(&mut bytes);
            }
            Self::EventName { name, time, index } => {
                bytes.push(6);
                bytes.extend_from_slice(name.as_bytes());
                put_time(&mut bytes, time);
                index.encode(&mut bytes);
            }
            Self::Value { field, text } => {
                bytes.extend([7, field as u8]);
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        bytes
    }

    /// The time and entry at the end of a key of [`IndexKey::Mention`], [`IndexKey::EventTime`] or
    /// [`IndexKey::EventName`].
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
