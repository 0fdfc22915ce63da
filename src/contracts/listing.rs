//! What is listed while it is open, and can be listed again as of any height.
//!
//! What is open has one row. When it ends that row goes, and two others stay: one in the order of the list, one in
//! the order of the entries that ended it. So the list of the last height is a plain range of rows, that of a recent
//! height needs only what ended since, and that of any height is found in the order of the list.

use bytes::Bytes;

use super::context::{EffectError, StateWriter};
use super::index_keys::IndexKey;
use crate::types::{ContractName, Decode, Encode, LogIndex, MemberId, Space};

/// Whose list of what.
///
/// An item of a list is bytes of which none are the beginning of another's: their order is that of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing<'a> {
    /// The open assets of a party in a contract, by their encoded keys.
    Assets {
        /// The contract.
        contract: &'a ContractName,
        /// The member.
        party: &'a MemberId,
    },
    /// The open proposals to hand things over that a member made or is to answer, by their entries.
    Custody(&'a MemberId),
}

/// A row of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingRow<'a> {
    /// An item that is listed: since which entry.
    Open(&'a [u8]),
    /// An item that was listed since an entry: until which.
    Past {
        /// The item.
        item: &'a [u8],
        /// The entry that listed it.
        since: LogIndex,
    },
    /// An item that was listed until an entry: since which.
    Ended {
        /// The entry that took it off.
        until: LogIndex,
        /// The item.
        item: &'a [u8],
    },
}

impl Listing<'_> {
    /// The bytes of a row's key.
    pub fn row(self, row: ListingRow<'_>) -> Vec<u8> {
        IndexKey::Listing(self, row).to_bytes()
    }

    /// Lists an item, by an entry.
    pub fn open(self, state: &mut impl StateWriter, item: &[u8], since: LogIndex) {
        let row = self.row(ListingRow::Open(item));
        state.put(Space::Index, &row, Bytes::from(since.to_bytes()));
    }

    /// Takes an item off that is listed, by an entry.
    ///
    /// # Errors
    /// [`EffectError`] if the store fails, or has no such item.
    pub fn end(
        self,
        state: &mut impl StateWriter,
        item: &[u8],
        until: LogIndex,
    ) -> Result<(), EffectError> {
        let row = self.row(ListingRow::Open(item));
        let since = state.get(Space::Index, &row)?.unwrap_or_default();
        let since = LogIndex::from_bytes(&since).map_err(|error| EffectError::Corrupt {
            what: "listed item",
            error,
        })?;
        state.remove(Space::Index, &row);
        let past = self.row(ListingRow::Past { item, since });
        state.append(Space::Index, past, Bytes::from(until.to_bytes()));
        let ended = self.row(ListingRow::Ended { until, item });
        state.append(Space::Index, ended, Bytes::from(since.to_bytes()));
        Ok(())
    }

    /// Writes the beginning of the keys of a kind of row.
    fn encode(self, row: ListingRow<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Assets { contract, party } => {
                out.push(match row {
                    ListingRow::Open(_) => 25,
                    ListingRow::Past { .. } => 29,
                    ListingRow::Ended { .. } => 30,
                });
                contract.encode(out);
                party.encode(out);
            }
            Self::Custody(member) => {
                out.push(match row {
                    ListingRow::Open(_) => 18,
                    ListingRow::Past { .. } => 31,
                    ListingRow::Ended { .. } => 48,
                });
                member.encode(out);
            }
        }
    }
}

impl ListingRow<'_> {
    /// Writes the key of a row of a list.
    pub(super) fn encode(self, listing: Listing<'_>, out: &mut Vec<u8>) {
        listing.encode(self, out);
        match self {
            Self::Open(item) => out.extend_from_slice(item),
            Self::Past { item, since } => {
                out.extend_from_slice(item);
                since.encode(out);
            }
            Self::Ended { until, item } => {
                until.encode(out);
                out.extend_from_slice(item);
            }
        }
    }
}
