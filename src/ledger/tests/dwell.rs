//! How long things were where: crafted histories, and random ones against a plain replay.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::histories::{ALL, ALL_VISITS, all, at, before, event, ledger_of, object, pack};
use crate::ledger::questions::{PageRange, QuestionError, Visit, VisitPlace};
use crate::testing::MemoryLedger;
use crate::types::{Duration, Timestamp};

const A: &str = "urn:example:place:a";
const B: &str = "urn:example:place:b";

fn visits(ledger: &MemoryLedger, thing: &str) -> Vec<Visit> {
    let answer = all(ledger).dwell(thing, None, false, ALL).unwrap().unwrap();
    answer.visits.into_iter().map(|one| one.visit).collect()
}

fn at_place(place: &str) -> Value {
    json!({"bizLocation": {"id": place}})
}

fn leaves(place: &str) -> Value {
    json!({"bizStep": "shipping", "readPoint": {"id": place}})
}

#[test]
fn what_comes_out_of_what_used_it_up_stays() {
    let thing = "urn:example:thing";
    let transformed = |outputs: &[&str]| {
        let mut rest = at_place(A);
        rest["inputEPCList"] = json!([thing]);
        rest["outputEPCList"] = json!(outputs);
        event("TransformationEvent", 20, &rest)
    };
    let made = || object(10, "ADD", &[thing], at_place(A));
    let through = ledger_of(&[made(), transformed(&[thing, "urn:x:chip"])]);
    let found = visits(&through, thing);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].departure, None);
    assert_eq!(found[0].last_seen.1.0, 1);
    let used = ledger_of(&[made(), transformed(&["urn:x:chip"])]);
    assert_eq!(visits(&used, thing)[0].departure.unwrap().1.0, 1);
}

#[test]
fn a_visit_ends_when_the_thing_leaves_or_is_seen_elsewhere() {
    let thing = "urn:example:thing";
    let ledger = ledger_of(&[
        object(10, "ADD", &[thing], at_place(A)),
        object(20, "OBSERVE", &[thing], at_place(A)),
        object(30, "OBSERVE", &[thing], leaves(A)),
        object(50, "OBSERVE", &[thing], at_place(B)),
        object(80, "OBSERVE", &[thing], at_place(A)),
    ]);
    let found = visits(&ledger, thing);
    let places: Vec<&str> = found.iter().map(|visit| &*visit.place).collect();
    assert_eq!(places, [A, B, A]);
    assert_eq!(found[0].duration, Duration::from_ms(20 * 60_000));
    assert!(found[0].is_departure_seen);
    assert_eq!(found[0].arrival.1.0, 0);
    assert_eq!(found[0].departure.unwrap().1.0, 2);
    assert_eq!(found[1].departure.unwrap().0, at(80));
    assert!(!found[1].is_departure_seen);
    assert_eq!(found[2].departure, None);
    // What has not ended is measured up to the end of the times that count.
    let until = before(&ledger, 100).dwell(thing, Some(A), true, ALL);
    let until = until.unwrap().unwrap();
    assert_eq!(until.visits.len(), 1);
    assert_eq!(
        until.visits[0].visit.duration,
        Duration::from_ms(20 * 60_000)
    );
    assert_eq!(until.until, at(100));
    let open = all(&ledger)
        .dwell(thing, Some(A), true, ALL)
        .unwrap()
        .unwrap();
    assert_eq!(open.until, ledger.tip().time);
}

#[test]
fn what_is_in_a_container_is_where_that_is() {
    let (thing, crate_, truck) = (
        "urn:example:thing",
        "urn:example:crate",
        "urn:example:truck",
    );
    let ledger = ledger_of(&[
        object(0, "ADD", &[thing], at_place(A)),
        pack(10, "ADD", crate_, &[thing], json!({})),
        pack(20, "ADD", truck, &[crate_], json!({})),
        object(30, "OBSERVE", &[truck], leaves(A)),
        object(40, "OBSERVE", &[truck], at_place(B)),
        pack(50, "DELETE", truck, &[], json!({})),
        object(60, "OBSERVE", &[truck], at_place(A)),
        object(70, "DELETE", &[thing], json!({})),
        object(80, "OBSERVE", &[crate_], at_place(A)),
    ]);
    let found = visits(&ledger, thing);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].departure.unwrap().0, at(30));
    assert_eq!((&*found[1].place, found[1].arrival.0), (B, at(40)));
    assert_eq!(found[1].container.as_deref(), Some(truck));
    // The truck went on without it, and it ended before its crate was seen again.
    assert_eq!(found[1].departure.unwrap().0, at(70));
}

#[test]
fn a_place_lists_what_was_there_and_in_what() {
    let (one, two, crate_) = ("urn:example:1", "urn:example:2", "urn:example:crate");
    let ledger = ledger_of(&[
        pack(0, "ADD", crate_, &[one], json!({})),
        object(10, "OBSERVE", &[crate_], at_place(A)),
        object(20, "OBSERVE", &[two], at_place(A)),
        object(30, "OBSERVE", &[two], leaves(A)),
    ]);
    let events = all(&ledger);
    let answer = events.dwell_at(A, false, ALL_VISITS).unwrap().unwrap();
    let things: Vec<&str> = answer.visits.iter().map(|one| &*one.thing).collect();
    assert_eq!(things, [one, two, crate_]);
    let present = events.dwell_at(A, true, ALL_VISITS).unwrap().unwrap();
    assert_eq!(present.visits.len(), 2);
    assert_eq!(events.dwell_at(B, false, ALL_VISITS).unwrap(), None);
    let begin = |things, visits| VisitPlace { things, visits };
    let page = events.dwell_at(A, false, (begin(1, 0), 1));
    let page = page.unwrap().unwrap();
    assert_eq!((page.visits.len(), page.next), (1, Some(begin(2, 0))));
    assert_eq!(&*page.visits[0].thing, two);
    for foreign in [begin(3, 0), begin(0, 1)] {
        let refused = events.dwell_at(A, false, (foreign, 1));
        let is_beyond = matches!(refused, Err(QuestionError::BeyondAnswer { .. }));
        assert!(is_beyond, "{foreign:?}: {refused:?}");
    }
}

/// A thing that comes and goes has more visits than a page.
#[test]
fn pages_of_a_place_have_as_many_visits_as_they_may() {
    let things = ["urn:example:1", "urn:example:2", "urn:example:3"];
    let mut told = vec![object(0, "OBSERVE", &things, at_place(A))];
    for minute in [10, 20, 30] {
        told.push(object(minute, "OBSERVE", &things[..2], leaves(A)));
        told.push(object(minute + 5, "OBSERVE", &things[..2], at_place(A)));
    }
    let ledger = ledger_of(&told);
    let events = all(&ledger);
    for present in [false, true] {
        let whole = events.dwell_at(A, present, ALL_VISITS).unwrap().unwrap();
        assert_eq!(whole.visits.len(), if present { 3 } else { 9 });
        for count in 1..=10 {
            let (mut begin, mut visits) = (Some(VisitPlace::default()), Vec::new());
            while let Some(place) = begin {
                assert_eq!(VisitPlace::of_number(place.to_number()), place);
                let page = events.dwell_at(A, present, (place, count));
                let page = page.unwrap().unwrap();
                assert!(page.visits.len() <= count);
                visits.extend(page.visits);
                begin = page.next;
            }
            assert_eq!(visits, whole.visits, "{count}");
        }
    }
}

#[test]
fn a_class_is_where_some_of_it_is() {
    let lot = |minute, action, step, place, quantity| {
        let rest = json!({"action": action, "bizStep": step, "readPoint": {"id": place},
            "quantityList": [{"epcClass": "urn:example:lot", "quantity": quantity, "uom": "KGM"}]});
        event("ObjectEvent", minute, &rest)
    };
    let ledger = ledger_of(&[
        lot(0, "ADD", "commissioning", A, 10),
        lot(10, "OBSERVE", "shipping", A, 4),
        lot(20, "OBSERVE", "receiving", B, 4),
        lot(30, "DELETE", "destroying", B, 4),
        lot(40, "OBSERVE", "shipping", A, 6),
    ]);
    let found = visits(&ledger, "urn:example:lot");
    let told: Vec<_> = found
        .iter()
        .map(|visit| {
            (
                &*visit.place,
                visit.arrival.0,
                visit.departure.map(|(time, _)| time),
            )
        })
        .collect();
    assert_eq!(told, [(A, at(0), Some(at(40))), (B, at(20), Some(at(30)))]);
    let at_b = all(&ledger)
        .dwell_at(B, false, ALL_VISITS)
        .unwrap()
        .unwrap();
    assert_eq!(at_b.visits.len(), 1);
}

#[test]
fn pages_of_other_answers_are_refused() {
    let ledger = ledger_of(&[object(5, "OBSERVE", &["urn:example:1"], at_place(A))]);
    let events = all(&ledger);
    let page = PageRange { skip: 2, count: 10 };
    let foreign = events.dwell("urn:example:1", None, false, page);
    let refusal = QuestionError::BeyondAnswer { after: 2, count: 1 };
    assert_eq!(foreign, Err(refusal));
    assert_eq!(events.dwell("urn:example:3", None, false, ALL), Ok(None));
}

/// What random histories are made of.
#[derive(Clone, Debug)]
enum Step {
    See(usize, Option<usize>),
    Ship(usize, Option<usize>),
    End(usize, Option<usize>),
    PutIn(usize, Vec<usize>, Option<usize>),
    TakeOut(usize, Vec<usize>, Option<usize>),
    Empty(usize, Option<usize>),
}

/// Six things, two boxes that hold things, two trucks that hold both.
const THINGS: usize = 10;
const FIRST_BOX: usize = 6;
const FIRST_TRUCK: usize = 8;

fn name(thing: usize) -> String {
    format!("urn:example:thing:{thing}")
}

fn place_name(place: usize) -> String {
    format!("urn:example:place:{place}")
}

fn step() -> impl Strategy<Value = Step> {
    let place = || prop::option::weighted(0.8, 0..3_usize);
    let load = || {
        prop_oneof![
            (
                FIRST_BOX..FIRST_TRUCK,
                prop::collection::btree_set(0..FIRST_BOX, 1..3)
            ),
            (
                FIRST_TRUCK..THINGS,
                prop::collection::btree_set(0..FIRST_TRUCK, 1..3)
            ),
        ]
        .prop_map(|(parent, children)| (parent, Vec::from_iter(children)))
    };
    prop_oneof![
        3 => (0..THINGS, place()).prop_map(|(thing, place)| Step::See(thing, place)),
        2 => (0..THINGS, place()).prop_map(|(thing, place)| Step::Ship(thing, place)),
        1 => (0..THINGS, place()).prop_map(|(thing, place)| Step::End(thing, place)),
        4 => (load(), place()).prop_map(|((parent, children), place)| Step::PutIn(parent, children, place)),
        2 => (load(), place()).prop_map(|((parent, children), place)| Step::TakeOut(parent, children, place)),
        1 => (FIRST_BOX..THINGS, place()).prop_map(|(parent, place)| Step::Empty(parent, place)),
    ]
}

impl Step {
    fn place(&self) -> Option<usize> {
        match self {
            Self::See(_, place)
            | Self::Ship(_, place)
            | Self::End(_, place)
            | Self::PutIn(_, _, place)
            | Self::TakeOut(_, _, place)
            | Self::Empty(_, place) => *place,
        }
    }

    fn event(&self, minute: u32) -> Value {
        let mut rest = json!({});
        if let Some(place) = self.place() {
            rest["readPoint"] = json!({"id": place_name(place)});
        }
        let names = |things: &[usize]| things.iter().map(|thing| name(*thing)).collect::<Vec<_>>();
        let packed = |action, parent, children: &[usize], rest| {
            let children = names(children);
            let children: Vec<&str> = children.iter().map(String::as_str).collect();
            pack(minute, action, &name(parent), &children, rest)
        };
        match self {
            Self::See(thing, _) => object(minute, "OBSERVE", &[&name(*thing)], rest),
            Self::Ship(thing, _) => {
                rest["bizStep"] = json!("departing");
                object(minute, "OBSERVE", &[&name(*thing)], rest)
            }
            Self::End(thing, _) => object(minute, "DELETE", &[&name(*thing)], rest),
            Self::PutIn(parent, children, _) => packed("ADD", *parent, children, rest),
            Self::TakeOut(parent, children, _) => packed("DELETE", *parent, children, rest),
            Self::Empty(parent, _) => packed("DELETE", *parent, &[], rest),
        }
    }
}

type PlainVisit = (String, Timestamp, Option<Timestamp>);

/// Everything is replayed in order, and every event is passed on to all that is inside of what it names.
#[derive(Default)]
struct Replay {
    inside: BTreeMap<usize, usize>,
    visits: BTreeMap<usize, Vec<PlainVisit>>,
}

impl Replay {
    fn within(&self, outer: usize, found: &mut Vec<usize>) {
        if found.contains(&outer) {
            return;
        }
        found.push(outer);
        let children = self.inside.iter().filter(|(_, parent)| **parent == outer);
        for (child, _) in children {
            self.within(*child, found);
        }
    }

    fn see(&mut self, thing: usize, place: Option<usize>, time: Timestamp, leaves: bool) {
        let visits = self.visits.entry(thing).or_default();
        let current = visits.last_mut().filter(|visit| visit.2.is_none());
        if let Some(place) = place.map(place_name) {
            let is_there = current.as_ref().is_some_and(|visit| visit.0 == place);
            if !is_there {
                if let Some(visit) = current {
                    visit.2 = Some(time);
                }
                visits.push((place, time, None));
            }
        }
        if leaves && let Some(visit) = visits.last_mut() {
            visit.2 = visit.2.or(Some(time));
        }
    }

    fn step(&mut self, step: &Step, time: Timestamp) {
        let (named, leaving) = match step {
            Step::See(thing, _) | Step::End(thing, _) => (vec![*thing], false),
            Step::Ship(thing, _) => (vec![*thing], true),
            Step::PutIn(parent, children, _) => {
                self.inside
                    .extend(children.iter().map(|child| (*child, *parent)));
                ([vec![*parent], children.clone()].concat(), false)
            }
            Step::TakeOut(parent, children, _) => {
                ([vec![*parent], children.clone()].concat(), false)
            }
            Step::Empty(parent, _) => (vec![*parent], false),
        };
        let mut reached = Vec::new();
        for thing in named {
            self.within(thing, &mut reached);
        }
        for thing in reached {
            self.see(thing, step.place(), time, leaving);
        }
        match step {
            Step::End(thing, _) => {
                self.see(*thing, None, time, true);
                self.inside.remove(thing);
            }
            Step::TakeOut(parent, children, _) => {
                self.inside
                    .retain(|child, other| other != parent || !children.contains(child));
            }
            Step::Empty(parent, _) => self.inside.retain(|_, other| other != parent),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever happened, and in whatever order it was captured: visits are those of a plain replay, none
    /// overlaps the next, and each event at a place lies in a visit of it.
    #[test]
    fn visits_are_those_of_a_plain_replay(
        steps in prop::collection::vec(step(), 1..16),
        turn in any::<prop::sample::Index>(),
    ) {
        let mut told: Vec<Value> = (0..).zip(&steps).map(|(minute, step)| step.event(minute)).collect();
        told.rotate_left(turn.index(steps.len()));
        let ledger = ledger_of(&told);
        let mut replay = Replay::default();
        for (minute, step) in (0..).zip(&steps) {
            replay.step(step, at(minute));
        }
        for thing in 0..THINGS {
            let answer = all(&ledger).dwell(&name(thing), None, false, ALL).unwrap();
            let found: Vec<Visit> = answer
                .map(|answer| answer.visits.into_iter().map(|one| one.visit).collect())
                .unwrap_or_default();
            let plain: Vec<PlainVisit> = found
                .iter()
                .map(|visit| {
                    let departure = visit.departure.map(|(time, _)| time);
                    (visit.place.to_string(), visit.arrival.0, departure)
                })
                .collect();
            let expected = replay.visits.get(&thing).cloned().unwrap_or_default();
            prop_assert_eq!(plain, expected, "{}", name(thing));
            for (visit, next) in found.iter().zip(found.iter().skip(1)) {
                prop_assert!(visit.departure.is_some_and(|(time, _)| time <= next.arrival.0));
            }
        }
    }
}
