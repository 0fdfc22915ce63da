//! How far a trace goes, and what it says when it is cut.

use serde_json::{Value, json};

use super::histories::{all, at, event, ledger_of, object, pack};
use crate::ledger::questions::{
    MAX_EVENTS_PER_THING, MAX_TRACE_LINKS, QuestionError, TraceDirection,
};

const BAR: &str = "urn:x:bar";

fn transform(minute: u32, inputs: &[String], outputs: &[String], id: Option<&str>) -> Value {
    let mut rest = json!({"inputEPCList": inputs, "outputEPCList": outputs});
    if let Some(id) = id {
        rest["transformationID"] = json!(id);
    }
    event("TransformationEvent", minute, &rest)
}

fn names(prefix: &str, count: u32) -> Vec<String> {
    (0..count)
        .map(|number| format!("urn:x:{prefix}{number}"))
        .collect()
}

/// All of a transformation's events lead to the same things, whichever of them is come by.
#[test]
fn a_transformation_of_many_events_is_followed_once() {
    let events: Vec<Value> = (0..100)
        .map(|minute| {
            let inputs = names(&format!("{minute}-"), 90);
            transform(minute, &inputs, &[BAR.to_owned()], Some("urn:x:batch"))
        })
        .collect();
    let ledger = ledger_of(&events);
    let back = all(&ledger).trace(BAR, TraceDirection::Back, 0, 10_000);
    let back = back.unwrap().unwrap();
    assert_eq!((back.things.len(), back.links.len()), (9_001, 9_000));
    assert!(back.is_complete);
    let first = all(&ledger)
        .trace(BAR, TraceDirection::Back, 0, 1)
        .unwrap()
        .unwrap();
    assert_eq!((first.things.len(), first.next), (1, Some(1)));
    assert!(first.is_complete);
}

/// A page with more links than it may have says so; smaller pages have them all.
#[test]
fn a_page_with_too_many_links_says_so() {
    let count = 460_u32;
    assert!((count * count) as usize > MAX_TRACE_LINKS);
    let inputs = names("i", count);
    let ledger = ledger_of(&[
        transform(1, &inputs, &names("o", count), None),
        transform(2, &names("o", count), &[BAR.to_owned()], None),
    ]);
    let (back, all) = (TraceDirection::Back, all(&ledger));
    let whole = all.trace(BAR, back, 0, 10_000).unwrap().unwrap();
    assert!(!whole.is_complete);
    assert_eq!(
        (whole.things.len(), whole.links.len()),
        (921, MAX_TRACE_LINKS)
    );
    let page = all.trace(BAR, back, 0, 200).unwrap().unwrap();
    assert!(page.is_complete);
    assert_eq!(page.links.len(), 460 + 199 * 460);
}

/// What is reached again with more of its time belongs to the page in which that is found.
#[test]
fn links_that_are_found_late_are_on_a_page() {
    let one = |minute, from: &str, to: &str| {
        transform(minute, &[from.to_owned()], &[to.to_owned()], None)
    };
    let ledger = ledger_of(&[
        one(5, "urn:x:a", "urn:x:x"),
        one(9, "urn:x:b", "urn:x:x"),
        one(8, "urn:x:a", "urn:x:b"),
        one(3, "urn:x:f", "urn:x:a"),
        one(7, "urn:x:g", "urn:x:a"),
    ]);
    let (back, events) = (TraceDirection::Back, all(&ledger));
    let whole = events.trace("urn:x:x", back, 0, 10).unwrap().unwrap();
    assert_eq!((whole.things.len(), whole.links.len()), (5, 5));
    let a = whole
        .things
        .iter()
        .find(|thing| &*thing.id == "urn:x:a")
        .unwrap();
    let cited: Vec<u64> = a.events.iter().map(|index| index.0).collect();
    assert_eq!(
        cited,
        [3, 0, 4, 2],
        "in order of time, those of the longer look too"
    );
    for count in 1..6 {
        let (mut links, mut skip) = (Vec::new(), Some(0));
        while let Some(before) = skip {
            let page = events
                .trace("urn:x:x", back, before, count)
                .unwrap()
                .unwrap();
            links.extend(page.links);
            skip = page.next;
        }
        links.sort();
        assert_eq!(
            links,
            whole.links.iter().cloned().collect::<Vec<_>>(),
            "{count}"
        );
    }
}

/// What says nothing about what a thing was made of is not in the way of what does.
#[test]
fn sightings_are_not_in_the_way() {
    let many = u32::try_from(MAX_EVENTS_PER_THING).unwrap() + 10;
    let mut events: Vec<Value> = (0..many)
        .map(|minute| object(minute, "OBSERVE", &[BAR], json!({})))
        .collect();
    events.push(transform(
        many + 1,
        &["urn:x:beans".to_owned()],
        &[BAR.to_owned()],
        None,
    ));
    events.push(pack(many + 2, "ADD", "urn:x:case", &[BAR], json!({})));
    events.push(transform(
        many + 3,
        &["urn:x:case".to_owned()],
        &["urn:x:gift".to_owned()],
        None,
    ));
    let ledger = ledger_of(&events);
    let events = all(&ledger);
    for (thing, direction, found) in [
        (BAR, TraceDirection::Back, 2),
        (BAR, TraceDirection::Forward, 3),
        ("urn:x:gift", TraceDirection::Back, 4),
    ] {
        let trace = events.trace(thing, direction, 0, 10).unwrap().unwrap();
        assert_eq!(
            (trace.things.len(), trace.is_complete),
            (found, true),
            "{thing}"
        );
        let bar = trace.things.iter().find(|thing| &*thing.id == BAR).unwrap();
        assert_eq!(
            (bar.events.len(), bar.has_more_events),
            (MAX_EVENTS_PER_THING, true)
        );
    }
    let parents = events.parents(BAR, at(many + 2)).unwrap();
    assert_eq!(&*parents[0].parent, "urn:x:case");
}

/// A container that was used for what it is made of itself held other things then.
#[test]
fn a_container_that_leads_to_itself_is_asked_for_both_times() {
    let case = ["urn:x:case".to_owned()];
    let ledger = ledger_of(&[
        pack(1, "ADD", "urn:x:case", &[BAR], json!({})),
        transform(2, &case, &["urn:x:gift".to_owned()], Some("urn:x:batch")),
        transform(3, &["urn:x:board".to_owned()], &case, Some("urn:x:batch")),
        pack(4, "ADD", "urn:x:other", &[BAR], json!({})),
    ]);
    let back = all(&ledger).trace("urn:x:case", TraceDirection::Back, 0, 10);
    let back = back.unwrap().unwrap();
    assert!(back.things.iter().any(|thing| &*thing.id == BAR));
}

/// More events of one transformation than are followed are not left out in silence.
#[test]
fn a_transformation_of_too_many_events_is_told_as_cut() {
    let many = u32::try_from(MAX_EVENTS_PER_THING).unwrap() + 1;
    let events: Vec<Value> = (0..many)
        .map(|minute| {
            let input = [format!("urn:x:i{minute}")];
            transform(
                minute,
                &input,
                &[format!("urn:x:o{minute}")],
                Some("urn:x:batch"),
            )
        })
        .collect();
    let ledger = ledger_of(&events);
    let last = format!("urn:x:o{}", many - 1);
    let back = all(&ledger).trace(&last, TraceDirection::Back, 0, 10_000);
    let back = back.unwrap().unwrap();
    assert!(!back.is_complete);
    // Its own event is followed all the same.
    let own = format!("urn:x:i{}", many - 1);
    assert!(back.things.iter().any(|thing| *thing.id == *own));
}

#[test]
fn a_page_behind_the_end_is_refused() {
    let ledger = ledger_of(&[transform(
        1,
        &["urn:x:beans".to_owned()],
        &[BAR.to_owned()],
        None,
    )]);
    let after = |skip| all(&ledger).trace(BAR, TraceDirection::Back, skip, 10);
    assert_eq!(after(1).unwrap().unwrap().things.len(), 1);
    for skip in [2, 9] {
        let refused = QuestionError::BeyondAnswer {
            after: skip,
            count: 2,
        };
        assert_eq!(after(skip), Err(refused));
    }
}
