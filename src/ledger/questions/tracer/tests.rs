//! Limits that are too far off to be come to on a ledger of a test.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::ledger::questions::EventScope;
use crate::testing::{MemoryLedger, TestNetwork, record};

/// A chain of things, each made of the one before.
fn chain(length: usize) -> MemoryLedger {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
    let events = (0..length).map(|number| {
        json!({
            "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            "type": "TransformationEvent",
            "eventTime": format!("2024-05-01T00:{number:02}:00Z"),
            "eventTimeZoneOffset": "+00:00",
            "inputEPCList": [format!("urn:x:{number}")],
            "outputEPCList": [format!("urn:x:{}", number + 1)]
        })
    });
    let records = events.map(|event| record("epcis.event", 1, event.to_string()));
    let submission = ledger
        .network()
        .submission(0, ledger.expiry(), records.collect());
    ledger.submit(vec![submission]);
    ledger
}

/// A trace that is cut tells what it found, says that this is not all, and has no next page.
#[test]
fn a_trace_that_reads_too_much_is_cut_and_says_so() {
    let ledger = chain(20);
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let trace = |most, skip| {
        let history = History::of_at_most(&events, most);
        let found = history.trace("urn:x:0", TraceDirection::Forward, false, skip, 100);
        found.unwrap().unwrap()
    };
    let whole = trace(MAX_TRACE_EVENTS, 0);
    assert_eq!((whole.things.len(), whole.is_complete), (21, true));
    let cut = trace(40, 0);
    assert!(!cut.is_complete && cut.next.is_none());
    let found = cut.things.len();
    assert!((2..20).contains(&found), "{found}");
    assert_eq!(cut.things[..], whole.things[..found]);
    // Whatever page is asked for: it is no page of another answer, but the trace does not come so far.
    let behind = trace(40, 20);
    assert!(behind.things.is_empty() && !behind.is_complete);
}

#[test]
fn times_are_joined_where_they_touch() {
    let at = |ms| (crate::types::Timestamp::from_ms(ms), LogIndex(0));
    let mut seen = Seen {
        place: 0,
        times: BTreeMap::from([(at(10), at(20))]),
    };
    assert!(seen.covers(at(10), at(20)) && seen.covers(at(12), at(12)));
    assert!(!seen.covers(at(9), at(12)) && !seen.covers(at(12), at(21)));
    seen.add(at(30), at(40));
    assert!(!seen.covers(at(12), at(32)));
    seen.add(at(20), at(30));
    assert!(seen.covers(at(10), at(40)));
    assert_eq!(seen.times.len(), 1);
    seen.add(at(0), at(50));
    assert_eq!(seen.times, BTreeMap::from([(at(0), at(50))]));
}
