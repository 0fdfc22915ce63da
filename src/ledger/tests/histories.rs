//! Ledgers of crafted events.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::ledger::questions::{
    EventScope, Events, LotBalance, MassBalanceQuestion, PageRange, SiteBalance, VisitPlace,
};
use crate::testing::{MemoryLedger, TestNetwork, record};
use crate::types::{LogIndex, Outcome, Timestamp};

/// The whole of any answer.
pub(super) const ALL: PageRange = PageRange {
    skip: 0,
    count: 10_000,
};

/// All visits of any place.
pub(super) const ALL_VISITS: (VisitPlace, usize) = (
    VisitPlace {
        things: 0,
        visits: 0,
    },
    ALL.count,
);

/// An event of the day of these tests, so many minutes after midnight.
pub(super) fn event(event_type: &str, minute: u32, rest: &Value) -> Value {
    let mut event = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"farm": "https://vocab.example/farm/"}],
        "type": event_type,
        "eventTime": at(minute).to_string(),
        "eventTimeZoneOffset": "+00:00"
    });
    for (name, value) in rest.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

/// Something is seen, or comes to be (ADD), or ends (DELETE).
pub(super) fn object(minute: u32, action: &str, things: &[&str], rest: Value) -> Value {
    let mut rest = rest;
    rest["action"] = json!(action);
    if !things.is_empty() {
        rest["epcList"] = json!(things);
    }
    event("ObjectEvent", minute, &rest)
}

/// Something is packed (ADD) or unpacked (DELETE).
pub(super) fn pack(
    minute: u32,
    action: &str,
    parent: &str,
    children: &[&str],
    rest: Value,
) -> Value {
    let mut rest = rest;
    rest["action"] = json!(action);
    rest["parentID"] = json!(parent);
    rest["childEPCs"] = json!(children);
    event("AggregationEvent", minute, &rest)
}

/// An instant of the day.
pub(super) fn at(minute: u32) -> Timestamp {
    let midnight = Timestamp::parse_rfc3339("2025-05-01T00:00:00Z").unwrap();
    Timestamp::from_ms(midnight.as_ms() + i64::from(minute) * 60_000)
}

/// A ledger on which the first member has put these events, in one block.
pub(super) fn ledger_of(events: &[Value]) -> MemoryLedger {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 2)));
    capture(&mut ledger, 0, events);
    ledger
}

/// Puts events of a member on a ledger, in a block of their own.
pub(super) fn capture(ledger: &mut MemoryLedger, member: usize, events: &[Value]) {
    take(ledger, member, "epcis.event", events);
}

/// Puts statements of master data of a member on a ledger, in a block of their own.
pub(super) fn state(ledger: &mut MemoryLedger, member: usize, statements: &[Value]) {
    take(ledger, member, "epcis.master-data", statements);
}

fn take(ledger: &mut MemoryLedger, member: usize, kind: &str, bodies: &[Value]) {
    if bodies.is_empty() {
        return;
    }
    let records = bodies
        .iter()
        .map(|body| record(kind, 1, body.to_string()))
        .collect();
    let submission = ledger
        .network()
        .submission(member, ledger.expiry(), records);
    let applied = ledger.submit(vec![submission]);
    for (outcome, body) in applied.records[0].outcomes.iter().zip(bodies) {
        assert_eq!(*outcome, Outcome::Accepted, "{body}");
    }
}

/// All of a ledger's events.
pub(super) fn all(ledger: &MemoryLedger) -> Events<'_> {
    Events::open(ledger, EventScope::default()).unwrap()
}

/// What happened before a minute.
pub(super) fn before(ledger: &MemoryLedger, minute: u32) -> Events<'_> {
    let scope = EventScope {
        event_time_before: Some(at(minute)),
        ..EventScope::default()
    };
    Events::open(ledger, scope).unwrap()
}

/// Entries as numbers.
pub(super) fn numbers(indices: &[LogIndex]) -> Vec<u64> {
    indices.iter().map(|index| index.0).collect()
}

/// The mass balance of a lot, everywhere and at all times.
pub(super) fn balance_of(ledger: &MemoryLedger, lot: &str) -> LotBalance {
    let question = MassBalanceQuestion {
        thing: Some(lot),
        site: None,
        from: None,
    };
    let answer = all(ledger).mass_balance(question, ALL).unwrap().unwrap();
    answer.lots.into_iter().next().unwrap()
}

/// The row of a site in it.
pub(super) fn row_of<'a>(lot: &'a LotBalance, site: &str) -> &'a SiteBalance {
    let mut rows = lot.sites.iter();
    rows.find(|row| row.site.as_deref() == Some(site)).unwrap()
}
