//! Events that are asked for by their hashes, on a ledger with many members.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use super::*;
use crate::contracts::MEMBER_PREFIX;
use crate::ledger::questions::epcis_query::{EpcisPage, MAX_CAPTURES_LOOKED_FOR};
use crate::types::{
    CommittedBlock, Height, KeyValue, LedgerView, LogIndex, ReadError, ScanOrder, Space,
    StateReader, Tip,
};

/// A ledger with more members than it has, which counts what is read of it.
struct Crowd<'a> {
    ledger: &'a MemoryLedger,
    more_members: Vec<Bytes>,
    members_read: AtomicUsize,
    captures_looked_for: AtomicUsize,
}

impl<'a> Crowd<'a> {
    /// A ledger of so many members in all.
    fn new(ledger: &'a MemoryLedger, members: usize) -> Self {
        let own = Crowd::of(ledger, Vec::new());
        let own = own.members(MEMBER_PREFIX, usize::MAX).len();
        let more = (own..members).map(|number| {
            let key = [MEMBER_PREFIX, format!("zz-{number:05}").as_bytes()].concat();
            Bytes::from(key)
        });
        Crowd::of(ledger, more.collect())
    }

    fn of(ledger: &'a MemoryLedger, more_members: Vec<Bytes>) -> Self {
        Self {
            ledger,
            more_members,
            members_read: AtomicUsize::new(0),
            captures_looked_for: AtomicUsize::new(0),
        }
    }

    fn members(&self, first: &[u8], count: usize) -> Vec<KeyValue> {
        let end = [MEMBER_PREFIX, &[0xff]].concat();
        let order = ScanOrder::Ascending;
        let own = self
            .ledger
            .scan(Space::State, first, &end, order, usize::MAX);
        let more = self.more_members.iter().filter(|key| **key >= *first);
        let more = more.map(|key| (key.clone(), Bytes::new()));
        own.unwrap().into_iter().chain(more).take(count).collect()
    }

    /// The first page of a query, with the members that were read for it, and the captures that were looked for.
    fn ask(&self, text: &QueryText) -> (Result<EpcisPage, EpcisQueryError>, usize, usize) {
        let query = EpcisQuery::read(&self.ledger.network().ledger(), text).unwrap();
        let page = search(self, &query, 30, None);
        let members = self.members_read.swap(0, Ordering::Relaxed);
        (
            page,
            members,
            self.captures_looked_for.swap(0, Ordering::Relaxed),
        )
    }
}

impl StateReader for Crowd<'_> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        if space == Space::Records {
            self.captures_looked_for.fetch_add(1, Ordering::Relaxed);
        }
        StateReader::get(self.ledger, space, key)
    }
}

impl LedgerView for Crowd<'_> {
    fn genesis_time(&self) -> Timestamp {
        self.ledger.genesis_time()
    }

    fn tip(&self) -> Tip {
        LedgerView::tip(self.ledger)
    }

    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError> {
        LedgerView::entry(self.ledger, index)
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, ReadError> {
        self.ledger.block(height)
    }

    fn scan(
        &self,
        space: Space,
        first: &[u8],
        end: &[u8],
        order: ScanOrder,
        count: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        if space == Space::State && first.starts_with(MEMBER_PREFIX) {
            let members = self.members(first, count);
            self.members_read
                .fetch_add(members.len(), Ordering::Relaxed);
            return Ok(members);
        }
        self.ledger.scan(space, first, end, order, count)
    }
}

/// The hash of an event that nobody captured.
fn unknown_hash(number: usize) -> String {
    format!("ni:///sha-256;{number:064x}?ver=CBV2.0")
}

fn history() -> History {
    History::new(&[(0..4).map(|minute| plain(minute, 1)).collect()])
}

/// A query for the events of a history, and for others, by so many hashes.
fn by_hashes(history: &History, count: usize) -> QueryText {
    let known = history.placed.iter().map(|(_, _, hash)| hash.clone());
    let hashes: Vec<String> = known.chain((0..).map(unknown_hash)).take(count).collect();
    let mut text = text();
    text.add("EQ_eventID", &hashes.join("|")).unwrap();
    text
}

#[test]
fn members_are_read_once_for_all_hashes_of_a_query() {
    let history = history();
    let members = 300;
    let crowd = Crowd::new(&history.ledger, members);
    for count in [1, 4, 50] {
        let captures = count * members;
        let (page, members_read, looked_for) = crowd.ask(&by_hashes(&history, count));
        assert_eq!(page.unwrap().events.len(), count.min(4));
        assert_eq!((members_read, looked_for), (members, captures));
        // Also if the events are counted first, put in another order, or could be found by something else.
        for more in [
            &[("maxEventCount", "9")][..],
            &[("orderBy", "recordTime"), ("orderDirection", "ASC")],
            &[("EQ_readPoint", "urn:epc:id:sgln:9521001.00001.0")],
        ] {
            let mut text = by_hashes(&history, count);
            for (name, value) in more {
                text.add(name, value).unwrap();
            }
            let (page, members_read, looked_for) = crowd.ask(&text);
            page.unwrap();
            assert_eq!((members_read, looked_for), (members, captures), "{more:?}");
        }
    }
    // Whoever names no hash asks no member.
    let mut text = text();
    text.add("EQ_eventID", &own_name(1)).unwrap();
    let (_, members_read, looked_for) = crowd.ask(&text);
    assert_eq!((members_read, looked_for), (0, 0));
}

#[test]
fn so_many_captures_are_looked_for_and_no_more() {
    let history = history();
    let hashes = 50;
    let most = MAX_CAPTURES_LOOKED_FOR / hashes;
    let text = by_hashes(&history, hashes);
    let (page, _, looked_for) = Crowd::new(&history.ledger, most).ask(&text);
    assert_eq!(page.unwrap().events.len(), 4);
    assert_eq!(looked_for, MAX_CAPTURES_LOOKED_FOR);
    let (page, members_read, looked_for) = Crowd::new(&history.ledger, most + 1).ask(&text);
    let error = EpcisQueryError::TooManyCaptures {
        hashes,
        members: most,
    };
    assert_eq!(page, Err(error));
    assert_eq!((members_read, looked_for), (most + 1, 0));
    // One event is found among as many members as a ledger may have.
    let crowd = Crowd::new(&history.ledger, 10_000);
    let (page, ..) = crowd.ask(&by_hashes(&history, 1));
    assert_eq!(page.unwrap().events.len(), 1);
}
