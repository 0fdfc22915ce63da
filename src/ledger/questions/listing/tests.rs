use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::contracts::StateWriter;
use crate::crypto::{Blake3Digest, Sha256Digest};
use crate::testing::scan_values;
use crate::types::{CommittedBlock, Height, MemberId, StateReader, StateRoot, Timestamp, Tip};

/// A store of index rows, and how far its log has come.
#[derive(Default)]
struct Store {
    values: BTreeMap<(Space, Bytes), Bytes>,
    log_size: u64,
}

impl StateReader for Store {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        let place = (space, Bytes::copy_from_slice(key));
        Ok(self.values.get(&place).cloned())
    }
}

impl StateWriter for Store {
    fn put(&mut self, space: Space, key: &[u8], value: Bytes) {
        let place = (space, Bytes::copy_from_slice(key));
        self.values.insert(place, value);
    }

    fn remove(&mut self, space: Space, key: &[u8]) {
        self.values.remove(&(space, Bytes::copy_from_slice(key)));
    }
}

impl LedgerView for Store {
    fn genesis_time(&self) -> Timestamp {
        Timestamp::from_ms(0)
    }

    fn tip(&self) -> Tip {
        Tip {
            height: Height(self.log_size),
            time: Timestamp::from_ms(0),
            log_size: self.log_size,
            log_root: Sha256Digest::of(b""),
            state_root: StateRoot(Blake3Digest::ZERO),
        }
    }

    fn entry(&self, _: LogIndex) -> Result<Option<Bytes>, ReadError> {
        Ok(None)
    }

    fn block(&self, _: Height) -> Result<Option<CommittedBlock>, ReadError> {
        Ok(None)
    }

    fn scan(
        &self,
        space: Space,
        first: &[u8],
        end: &[u8],
        order: ScanOrder,
        count: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        Ok(scan_values(&self.values, space, (first, end), order, count))
    }
}

/// Items of different lengths, as asset keys are.
fn item(number: usize) -> Vec<u8> {
    let text = "abc".repeat(number % 3) + &number.to_string();
    let mut bytes = vec![u8::try_from(text.len()).unwrap()];
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

/// All pages of a list as it stood.
fn all(
    store: &Store,
    listing: Listing<'_>,
    log_size: u64,
    count: usize,
    most: usize,
) -> Vec<Vec<u8>> {
    let standing = Standing {
        height: Height(log_size),
        log_size,
        time: Timestamp::from_ms(0),
    };
    let mut items = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows = Rows {
            view: store,
            listing,
            standing: &standing,
            after: after.as_deref(),
            most,
        };
        let found = page(&rows, count).unwrap();
        assert!(found.items.len() <= count);
        items.extend(found.items);
        match found.next {
            None => return items,
            // Every page gets further.
            Some(next) => assert!(after.replace(next.clone()) < Some(next)),
        }
    }
}

proptest! {
    /// Items come and go, again and again, in the lists of two members. Whatever the size of pages, and however few
    /// rows one goes through, all of them together are what a plain replay has at every point of the log.
    #[test]
    fn pages_are_those_of_a_plain_replay(
        steps in prop::collection::vec((0..2_usize, 0..8_usize, 1..3_u64), 0..60),
        count in 1..5_usize,
        most in 1..6_usize,
    ) {
        let members = ["acme", "acme-2"].map(|id| MemberId::new(id).unwrap());
        let mut store = Store::default();
        let mut lists = [BTreeSet::new(), BTreeSet::new()];
        let mut history = vec![(0, lists.clone())];
        for (member, number, entries) in steps {
            let (listing, item) = (Listing::Custody(&members[member]), item(number));
            let index = LogIndex(store.log_size);
            if lists[member].remove(&item) {
                listing.end(&mut store, &item, index).unwrap();
            } else {
                listing.open(&mut store, &item, index);
                lists[member].insert(item);
            }
            store.log_size += entries;
            history.push((store.log_size, lists.clone()));
        }
        for (log_size, lists) in history {
            for (member, expected) in members.iter().zip(lists) {
                let expected: Vec<_> = expected.into_iter().collect();
                for most in [most, MAX_EXAMINED_LISTINGS] {
                    let found = all(&store, Listing::Custody(member), log_size, count, most);
                    prop_assert_eq!(&found, &expected, "at {} with {}", log_size, most);
                }
            }
        }
    }
}
