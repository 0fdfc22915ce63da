//! The page on questions says what the program does, and the demonstration's story has answers.

use serde_json::json;

use super::histories::{ALL, ALL_VISITS, all, capture, ledger_of, object, state};
use super::questions::cocoa;
use crate::ledger::questions::{
    EventScope, Events, GapKind, MassBalanceQuestion, SensorLimits, SubjectKind, ThingSelection,
    TraceDirection,
};
use crate::records::epcis::canonical_identifier;
use crate::types::{Decimal, Height};

const BAR: &str = "https://id.gs1.org/01/09521004007013/21/AHAFO0005";
const LOT: &str = "urn:epc:class:lgtin:9521001.000101.GOA-25-03";
const PALLET: &str = "urn:epc:id:sscc:9521001.0000002001";

#[test]
fn a_pallet_of_the_story_has_visits_that_follow_each_other() {
    let ledger = cocoa();
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let pallet = canonical_identifier(PALLET);
    let answer = events.dwell(&pallet, None, false, ALL).unwrap().unwrap();
    assert!(answer.visits.len() >= 3, "{answer:?}");
    for (one, next) in answer.visits.iter().zip(answer.visits.iter().skip(1)) {
        assert!(one.visit.departure.unwrap().0 <= next.visit.arrival.0);
        assert_ne!(
            (&one.visit.place, one.visit.departure),
            (&next.visit.place, None)
        );
    }
    let place = answer.visits[1].visit.place.clone();
    let there = events.dwell_at(&place, false, ALL_VISITS).unwrap().unwrap();
    let its = there.visits.iter().filter(|one| *one.thing == *pallet);
    assert!(its.count() >= 1);
    let early = EventScope {
        as_of: Some(Height::GENESIS),
        ..EventScope::default()
    };
    let early = Events::open(&ledger, early).unwrap();
    assert_eq!(early.dwell(&pallet, None, false, ALL), Ok(None));
}

/// The amounts of the story add up: see its README.
#[test]
fn the_lots_of_the_story_add_up() {
    let ledger = cocoa();
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let lot = canonical_identifier(LOT);
    let forward = events.trace(&lot, TraceDirection::Forward, 0, 10_000);
    let things = forward.unwrap().unwrap().things;
    let classes: Vec<_> = things.iter().filter(|thing| thing.is_class).collect();
    assert!(classes.len() > 3);
    for class in classes {
        let question = MassBalanceQuestion {
            thing: Some(&class.id),
            site: None,
            from: None,
        };
        let answer = events.mass_balance(question, ALL).unwrap().unwrap();
        for total in &answer.lots[0].totals {
            assert_eq!(total.overdrawn, None, "{} {total:?}", class.id);
            assert!(!total.remaining.is_negative());
        }
        for site in &answer.lots[0].sites {
            assert!(!site.closing.is_negative(), "{} {site:?}", class.id);
        }
    }
}

#[test]
fn moisture_of_the_story_is_within_its_limit_and_above_a_lower_one() {
    let ledger = cocoa();
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let lot = canonical_identifier(LOT);
    let limits = |tenths: i128| SensorLimits {
        kind: "https://gs1.org/voc/VolumeFraction".into(),
        uom: "P1".into(),
        min: None,
        max: Decimal::from_parts(tenths, 1),
    };
    let within = events
        .cold_chain(&lot, &limits(75), None, ALL)
        .unwrap()
        .unwrap();
    assert!(within.reading_count >= 1, "{within:?}");
    assert_eq!((within.breach_count, within.unread.len()), (0, 0));
    let above = events
        .cold_chain(&lot, &limits(49), None, ALL)
        .unwrap()
        .unwrap();
    assert!(above.breach_count >= 1);
    assert_eq!(above.breaches[0].kind, SubjectKind::Thing);
}

#[test]
fn a_bar_of_the_story_came_to_be_once_and_is_one_thing() {
    let ledger = cocoa();
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let answer = events
        .gaps(ThingSelection::One(BAR), 1_000, ALL)
        .unwrap()
        .unwrap();
    let kinds: Vec<GapKind> = answer.gaps.iter().map(|gap| gap.kind).collect();
    for kind in [
        GapKind::NeverCommissioned,
        GapKind::CommissionedTwice,
        GapKind::SeenBeforeCommissioned,
        GapKind::SeenAfterEnd,
        GapKind::ImpossibleTravel,
    ] {
        assert!(!kinds.contains(&kind), "{:?}", answer.gaps);
    }
    let back = ThingSelection::Trace(BAR, TraceDirection::Back);
    let complete = events.completeness(back, false, ALL).unwrap().unwrap();
    assert!(complete.events.len() > 5);
}

#[test]
fn the_page_on_questions_names_the_limits() {
    use crate::ledger::questions::{
        MAX_AFFECTED_THINGS, MAX_ANSWER_BODIES, MAX_ANSWER_DESCRIPTIONS, MAX_ANSWER_EVENTS,
        MAX_ANSWER_REPORTS, MAX_ANSWER_STATEMENTS, MAX_CITED_ENTRIES, MAX_CONTAINER_EVENTS,
        MAX_CONTENT_ENTRIES, MAX_GAP_ENTRIES, MAX_KEPT_BYTES, MAX_LISTED_CONTAINERS,
        MAX_LISTED_DESCRIPTIONS, MAX_LOT_SITES, MAX_NAMING_EVENTS, MAX_STATEMENTS, MAX_UNREAD,
        MAX_UNREAD_PLACES, MAX_YIELDS, NEAR_M,
    };
    let page = include_str!("../../docs/questions.md");
    for (what, limit) in [
        ("events of one thing or place", MAX_CONTAINER_EVENTS),
        ("events that one answer goes through", MAX_ANSWER_EVENTS),
        ("events whose bodies", MAX_ANSWER_BODIES),
        ("for what containers held", MAX_ANSWER_EVENTS),
        ("in its ILMD what came out", MAX_NAMING_EVENTS),
        ("sensor reports held", MAX_ANSWER_REPORTS),
        ("reports named that", MAX_UNREAD),
        ("sites and units", MAX_LOT_SITES),
        ("transformations shown", MAX_YIELDS),
        ("listed as affected by one breach", MAX_AFFECTED_THINGS),
        ("MiB kept at once", MAX_KEPT_BYTES >> 20),
        ("cited for one sum", MAX_CITED_ENTRIES),
        ("cited for one gap", MAX_GAP_ENTRIES),
        ("that one answer reads", MAX_ANSWER_STATEMENTS),
        ("that one answer judges", MAX_ANSWER_DESCRIPTIONS),
        ("about one product or place", MAX_STATEMENTS),
        ("places named that have too many", MAX_UNREAD_PLACES),
        ("descriptions listed", MAX_LISTED_DESCRIPTIONS),
    ] {
        let limit = match limit {
            1_000.. => format!("{},{:03}", limit / 1_000, limit % 1_000),
            _ => limit.to_string(),
        };
        let row = page.lines().find(|line| line.contains(what)).unwrap();
        assert!(row.ends_with(&format!("| {limit} |")), "{row}: {limit}");
    }
    let page_of_traces = include_str!("../../docs/traceability.md");
    for (what, limit) in [
        ("cited for one thing in one container", MAX_CONTENT_ENTRIES),
        ("that one thing is listed in", MAX_LISTED_CONTAINERS),
    ] {
        let row = page_of_traces.lines().find(|line| line.contains(what));
        let limit = match limit {
            1_000.. => format!("{},{:03}", limit / 1_000, limit % 1_000),
            _ => limit.to_string(),
        };
        assert!(
            row.unwrap().ends_with(&format!("| {limit} |")),
            "{what}: {limit}"
        );
    }
    assert_eq!(NEAR_M, 1_000);
    assert!(page.contains("less than 1,000 metres"));
}

/// The page's tables are those of the code.
#[test]
fn the_page_on_questions_names_units_and_gaps() {
    use crate::records::epcis::Unit;
    use crate::types::Decimal;
    let page = include_str!("../../docs/questions.md");
    for (base, codes) in [
        ("KGM", "MGM, GRM, HGM, KGM, DTN, TNE, LBR, ONZ"),
        ("LTR", "MLT, CLT, DLT, LTR, HLT, CMQ, DMQ, MTQ, GLL, GLI"),
        ("MTR", "MMT, CMT, DMT, MTR, KMT"),
        ("pieces", "C62, EA, H87, DZN"),
    ] {
        assert!(page.contains(&format!("| {base} |")) && page.contains(codes));
        for code in codes.split(", ") {
            let (unit, _) = Unit::sum_in(Decimal::from(1), Some(code)).unwrap();
            assert_eq!(unit.code().unwrap_or("pieces"), base, "{code}");
        }
    }
}

/// The page names the attributes that count, and its example of a statement describes its place.
#[test]
fn the_page_on_questions_names_what_describes() {
    use crate::ledger::questions::DescriptionPart;
    use crate::records::epcis::check_master_data;
    let page = include_str!("../../docs/questions.md");
    let (_, table) = page
        .split_once("| part | attributes |\n|---|---|\n")
        .unwrap();
    for (row, part) in table.lines().zip(DescriptionPart::ALL) {
        let names: Vec<String> = part
            .attributes()
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        assert!(row.contains(&names.join(", ")), "{row}");
    }
    let example = page
        .split("```json\n")
        .find(|text| text.starts_with("{\"type\""));
    let (body, _) = example.unwrap().split_once("```").unwrap();
    let read = check_master_data(body.as_bytes()).unwrap();
    let place = read.id.clone();
    let mut ledger = ledger_of(&[]);
    let statement = serde_json::from_str(body).unwrap();
    state(&mut ledger, 0, &[statement]);
    let rest = json!({"bizStep": "shipping", "readPoint": {"id": *place}});
    capture(&mut ledger, 0, &[object(0, "OBSERVE", &["urn:x:a"], rest)]);
    let answer = all(&ledger).completeness(ThingSelection::One("urn:x:a"), false, ALL);
    let event = answer.unwrap().unwrap().events.remove(0);
    let mut found = event.descriptions.into_iter();
    let found = found.find(|description| description.of == place).unwrap();
    assert_eq!(found.lacks, []);
}
