//! Following goods, on the cocoa story that the demonstration tells.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::ledger::questions::{
    Affected, Corrections, EventScope, Events, Trace, TraceDirection, TraceRelation, Whereabouts,
};
use crate::records::epcis::canonical_identifier;
use crate::testing::{MemoryLedger, TestNetwork, record};
use crate::types::{Height, Outcome, Timestamp};

const COMPANIES: [&str; 5] = [
    "goaso-cooperative",
    "tema-export",
    "northquay-logistics",
    "zaanhuis-chocolate",
    "linden-market",
];

/// The documents of the cocoa story in their order, each with the number of its company.
fn story() -> Vec<(usize, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/demo-data/cocoa");
    let mut documents = Vec::new();
    for (number, company) in COMPANIES.iter().enumerate() {
        for entry in fs::read_dir(root.join(company)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let document = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            documents.push((name, number, document));
        }
    }
    documents.sort_by(|a, b| a.0.cmp(&b.0));
    documents
        .into_iter()
        .map(|(_, number, document)| (number, document))
        .collect()
}

/// The story on a ledger: a block for each document.
pub(super) fn cocoa() -> MemoryLedger {
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, COMPANIES.len())));
    for (company, document) in story() {
        let context = &document["@context"];
        let events = document["epcisBody"]["eventList"].as_array().unwrap();
        let records = events
            .iter()
            .map(|event| {
                let mut event = event.clone();
                event["@context"] = context.clone();
                record("epcis.event", 1, event.to_string())
            })
            .collect();
        let submission = ledger
            .network()
            .submission(company, ledger.expiry(), records);
        let applied = ledger.submit(vec![submission]);
        for outcome in &applied.records[0].outcomes {
            assert_eq!(*outcome, Outcome::Accepted);
        }
    }
    ledger
}

fn trace(ledger: &MemoryLedger, thing: &str, direction: TraceDirection) -> Trace {
    let events = Events::open(ledger, EventScope::default()).unwrap();
    let thing = canonical_identifier(thing);
    events.trace(&thing, direction, 0, 10_000).unwrap().unwrap()
}

fn named<'a>(trace: &'a Trace, part: &str) -> BTreeSet<&'a str> {
    let materials = trace
        .things
        .iter()
        .filter(|thing| thing.relation == TraceRelation::Material);
    materials
        .map(|thing| &*thing.id)
        .filter(|id| id.contains(part))
        .collect()
}

const BAR: &str = "https://id.gs1.org/01/09521004007013/21/AHAFO0005";

#[test]
fn a_bar_leads_back_to_six_of_the_eight_farms() {
    let ledger = cocoa();
    let back = trace(&ledger, BAR, TraceDirection::Back);
    assert!(back.is_complete && back.next.is_none());
    let lots: BTreeSet<&str> = named(&back, "/10/GOA-25-");
    assert_eq!(lots.len(), 6, "{lots:?}");
    assert_eq!(back.things[0].id.as_ref(), BAR);
    assert_eq!(back.things[0].depth, 0);
    // Every thing but the first was found from another one.
    for thing in &back.things[1..] {
        let is_linked = back.links.iter().any(|link| link.from == thing.id);
        assert!(is_linked, "{}", thing.id);
    }
    assert!(back.things.is_sorted_by_key(|thing| thing.depth));
}

#[test]
fn a_farmers_lot_leads_to_all_products() {
    let ledger = cocoa();
    let eight = named(&trace(&ledger, BAR, TraceDirection::Back), "/10/GOA-25-").len();
    assert_eq!(eight, 6);
    let lot = trace(&ledger, BAR, TraceDirection::Back);
    let lot = named(&lot, "GOA-25-04");
    let lot = lot.first().unwrap().to_string();
    let forward = trace(&ledger, &lot, TraceDirection::Forward);
    let bars = named(&forward, "/01/0952100400");
    assert!(bars.contains(BAR));
    // 48 numbered bars and two lots of others, whatever else was made on the way.
    assert_eq!(bars.iter().filter(|id| id.contains("AHAFO")).count(), 48);
    let shops: BTreeSet<String> = forward
        .things
        .iter()
        .filter(|thing| thing.relation == TraceRelation::Carrier)
        .map(|thing| thing.id.to_string())
        .collect();
    assert!(!shops.is_empty());
}

/// What one direction joins, the other does.
#[test]
fn back_and_forward_agree() {
    let ledger = cocoa();
    let back = trace(&ledger, BAR, TraceDirection::Back);
    for thing in &back.things {
        let forward = trace(&ledger, &thing.id, TraceDirection::Forward);
        let ids: Vec<&str> = forward.things.iter().map(|thing| &*thing.id).collect();
        assert!(ids.contains(&BAR), "{}", thing.id);
    }
}

#[test]
fn both_forms_of_an_identifier_name_one_thing() {
    let ledger = cocoa();
    let by_urn = trace(
        &ledger,
        "urn:epc:id:sscc:9521001.0000002001",
        TraceDirection::Forward,
    );
    let by_link = trace(
        &ledger,
        "https://id.gs1.org/00/095210010000020015",
        TraceDirection::Forward,
    );
    assert_eq!(by_urn, by_link);
    assert!(by_urn.things.len() > 1);
}

#[test]
fn pages_of_a_trace_follow_each_other() {
    let ledger = cocoa();
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let whole = trace(&ledger, BAR, TraceDirection::Back);
    let (mut things, mut links, mut skip) = (Vec::new(), BTreeSet::new(), Some(0));
    while let Some(before) = skip {
        let page = events.trace(BAR, TraceDirection::Back, before, 7);
        let mut page = page.unwrap().unwrap();
        assert!(page.things.len() <= 7);
        for thing in &mut page.things {
            // The trace might come to it again on the next page.
            assert!(
                page.next.is_some() || !thing.has_more_events,
                "{}",
                thing.id
            );
            thing.has_more_events = false;
        }
        things.extend(page.things);
        links.extend(page.links);
        skip = page.next;
    }
    assert_eq!(things, whole.things);
    assert_eq!(links, whole.links);
}

#[test]
fn a_trace_is_as_the_ledger_stood_and_as_things_had_happened() {
    let ledger = cocoa();
    let whole = trace(&ledger, BAR, TraceDirection::Back).things.len();
    let at = |as_of, before: Option<&str>| {
        let scope = EventScope {
            as_of,
            event_time_before: before.map(|text| Timestamp::parse_rfc3339(text).unwrap()),
            ..EventScope::default()
        };
        let events = Events::open(&ledger, scope).unwrap();
        let found = events.trace(BAR, TraceDirection::Back, 0, 10_000).unwrap();
        found.map_or(0, |trace| trace.things.len())
    };
    assert_eq!(at(Some(ledger.tip().height), None), whole);
    assert_eq!(at(Some(Height::GENESIS), None), 0);
    assert_eq!(at(Some(Height(4)), None), 0);
    assert_eq!(at(None, Some("2020-01-01T00:00:00Z")), 0);
    assert_eq!(at(None, Some("2099-01-01T00:00:00Z")), whole);
    let beyond = EventScope {
        as_of: Some(Height(1_000)),
        ..EventScope::default()
    };
    assert!(Events::open(&ledger, beyond).is_err());
}

#[test]
fn containers_are_told_at_any_time() {
    let ledger = cocoa();
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let pallet = canonical_identifier("urn:epc:id:sscc:9521001.0000002001");
    // Each pallet has four sacks from when it is packed until it is opened in the works.
    let counts: Vec<usize> = ["2025-01-01T00:00:00Z", "2099-01-01T00:00:00Z"]
        .iter()
        .map(|at| {
            let at = Timestamp::parse_rfc3339(at).unwrap();
            events.contents(&pallet, at).unwrap().contents.len()
        })
        .collect();
    assert_eq!(counts, [0, 0]);
    let back = trace(&ledger, &pallet, TraceDirection::Forward);
    let packed = events.event(back.things[0].events[0]).unwrap();
    let contents = events.contents(&pallet, packed.event_time).unwrap();
    assert_eq!(contents.contents.len(), 4);
    for content in &contents.contents {
        let inside = events.parents(&content.object.id, packed.event_time);
        assert_eq!(inside.unwrap()[0].parent.as_ref(), &*pallet);
        let last = events.parents(&content.object.id, events.last_time());
        assert_eq!(last.unwrap(), []);
    }
}

/// One weighing was typed wrong, and withdrawn.
#[test]
fn what_was_declared_wrong_does_not_count() {
    let ledger = cocoa();
    let pallet = "urn:epc:id:sscc:9521001.0000002003";
    let pallet = canonical_identifier(pallet);
    let count = |corrections| {
        let scope = EventScope {
            corrections,
            ..EventScope::default()
        };
        let events = Events::open(&ledger, scope).unwrap();
        let trace = events.trace(&pallet, TraceDirection::Forward, 0, 1);
        trace.unwrap().unwrap().things[0].events.clone()
    };
    let (raw, resolved) = (count(Corrections::Raw), count(Corrections::Resolved));
    assert_eq!(raw.len(), resolved.len() + 1, "the wrong one");
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let gone: Vec<_> = raw
        .iter()
        .filter(|index| !resolved.contains(index))
        .collect();
    let declarations: Vec<_> = gone
        .iter()
        .filter_map(|index| events.declaration(**index).unwrap())
        .collect();
    assert_eq!(declarations.len(), 1);
    assert!(
        !raw.contains(&declarations[0]),
        "it says nothing of a pallet"
    );
    let declaration = events.event(declarations[0]).unwrap();
    assert!(declaration.is_error_declaration);
    assert_eq!(declaration.corrective_event_ids.len(), 1);
}

/// What a recall finds, with where it is.
fn recall(ledger: &MemoryLedger, thing: &str) -> Vec<Affected> {
    let events = Events::open(ledger, EventScope::default()).unwrap();
    let found = events.recall(thing, 0, 10_000).unwrap().unwrap();
    assert!(found.is_complete && found.next.is_none());
    found.affected
}

#[test]
fn every_bar_is_somewhere_or_gone() {
    let ledger = cocoa();
    let lot = trace(&ledger, BAR, TraceDirection::Back);
    let lot = named(&lot, "GOA-25-04").first().unwrap().to_string();
    let (mut present, mut gone) = (0, 0);
    for bar in recall(&ledger, &lot) {
        if !bar.thing.id.contains("AHAFO") {
            continue;
        }
        match bar.whereabouts {
            Whereabouts::Single(Some(presence)) => {
                assert!(presence.place.is_some(), "{}", bar.thing.id);
                present += 1;
            }
            Whereabouts::Ended(_) => gone += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(present + gone, 48);
    // One was destroyed; what is sold is observed, and leaves the shop for good all the same.
    assert!(gone >= 1, "{gone}");
}

/// The amounts of the story, which add up: see its README.
#[test]
fn lots_are_where_the_story_leaves_them() {
    let ledger = cocoa();
    let farmer = trace(&ledger, BAR, TraceDirection::Back);
    let farmer = named(&farmer, "GOA-25-04").first().unwrap().to_string();
    let mut lots = Vec::new();
    for affected in recall(&ledger, &farmer) {
        if let Whereabouts::Class(places) = affected.whereabouts {
            assert_eq!(places.unquantified, [], "{}", affected.thing.id);
            lots.push((affected.thing.id, places.balances));
        }
    }
    assert_eq!(
        (&*lots[0].0, &*lots[0].1),
        (&*farmer, &[][..]),
        "all of it was roasted"
    );
    lots.retain(|(_, balances)| !balances.is_empty());
    // Nothing but unnumbered bars is left, and they are in the two shops or in the works.
    for (lot, balances) in &lots {
        assert!(lot.contains("/10/BAR"), "{lot} {balances:?}");
        for balance in balances {
            assert!(!balance.quantity.is_negative(), "{lot} {balance:?}");
            assert!(balance.place.is_some(), "{lot} {balance:?}");
        }
    }
    assert!(!lots.is_empty());
    // Three were sold in the second shop, which had got two cases of 24 and opened one.
    let (_, bars) = lots.iter().find(|(lot, _)| lot.contains("BAR60")).unwrap();
    let sum = |place: &str| {
        let there = bars.iter().filter(|balance| {
            balance
                .place
                .as_deref()
                .is_some_and(|id| id.contains(place))
        });
        let amounts = there.map(|balance| balance.quantity.to_scaled_integer(0).unwrap());
        amounts.sum::<i128>()
    };
    assert_eq!(
        [sum("9521005001010"), sum("9521005001027"), sum("")],
        [48, 45, 5_937]
    );
}

#[test]
fn the_page_on_traceability_names_the_limits() {
    use crate::ledger::questions::{
        MAX_ANSWER_EVENTS, MAX_ANSWER_ROWS, MAX_CONTAINER_EVENTS, MAX_EVENTS_PER_THING,
        MAX_GROUNDS, MAX_TRACE_EVENTS, MAX_TRACE_LINKS, MAX_TRACE_STEPS, MAX_TRACE_THINGS,
    };
    let page = include_str!("../../docs/traceability.md");
    for (what, limit) in [
        ("things in one trace", MAX_TRACE_THINGS),
        (
            "events followed for each thing in a trace",
            MAX_EVENTS_PER_THING,
        ),
        ("steps of one trace", MAX_TRACE_STEPS),
        ("events that one trace goes through", MAX_TRACE_EVENTS),
        ("links on one page", MAX_TRACE_LINKS),
        ("events of one container", MAX_CONTAINER_EVENTS),
        ("events that another answer goes through", MAX_ANSWER_EVENTS),
        ("rows of the index", MAX_ANSWER_ROWS),
        ("entries that a recall cites for one statement", MAX_GROUNDS),
    ] {
        let (millions, thousands) = (limit / 1_000_000, limit / 1_000 % 1_000);
        let limit = match millions {
            0 if thousands == 0 => limit.to_string(),
            0 => format!("{thousands},{:03}", limit % 1_000),
            _ => format!("{millions},{thousands:03},{:03}", limit % 1_000),
        };
        let row = page.lines().find(|line| line.contains(what)).unwrap();
        assert!(row.ends_with(&format!("| {limit} |")), "{row}: {limit}");
    }
}
