//! The keys of the indices: what can be found again from the log, and is kept for those who ask.
//!
//! The first byte tells the index. Texts carry their length and numbers are big-endian, with the sign
//! turned round where they may be negative, so that the order of keys is that of their parts.

use super::definition::AssetKey;
use crate::crypto::Sha256Digest;
use crate::records::energy::CertificateId;
use crate::records::epcis::ThingId;
use crate::types::{ContractName, Encode, LogIndex, MemberId, MeterId, Timestamp};

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
    /// A step in the history of a meter.
    MeterStep {
        /// The meter.
        meter: &'a MeterId,
        /// How many records had stated it, this one included.
        revision: u64,
    },
    /// A step in the history of a piece of an issuance of certificates.
    CertificateStep {
        /// The issuance, by its entry.
        issuance: LogIndex,
        /// The number of the piece's first certificate.
        first: u64,
        /// The entry that made the step.
        index: LogIndex,
    },
    /// That certificates are, or were, somebody's: the entry that says so. In order of statuses.
    CertificateHolding {
        /// Whose.
        owner: &'a MemberId,
        /// The code of their status.
        status: u8,
        /// The issuance, by its entry.
        issuance: LogIndex,
        /// The number of the first certificate of the piece.
        first: u64,
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
            Self::MeterStep { meter, revision } => {
                bytes.push(40);
                meter.encode(&mut bytes);
                bytes.extend_from_slice(&revision.to_be_bytes());
            }
            Self::CertificateStep {
                issuance,
                first,
                index,
            } => {
                bytes.push(41);
                issuance.encode(&mut bytes);
                bytes.extend_from_slice(&first.to_be_bytes());
                index.encode(&mut bytes);
            }
            Self::CertificateHolding {
                owner,
                status,
                issuance,
                first,
            } => {
                bytes.push(42);
                owner.encode(&mut bytes);
                bytes.push(status);
                issuance.encode(&mut bytes);
                bytes.extend_from_slice(&first.to_be_bytes());
            }
        }
        bytes
    }

    /// The certificate at the end of a key of [`IndexKey::CertificateHolding`].
    pub fn certificate(key: &[u8]) -> Option<CertificateId> {
        let (rest, number) = key.split_last_chunk::<8>()?;
        let (_, issuance) = rest.split_last_chunk::<8>()?;
        Some(CertificateId {
            issuance: LogIndex(u64::from_be_bytes(*issuance)),
            number: u64::from_be_bytes(*number),
        })
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
