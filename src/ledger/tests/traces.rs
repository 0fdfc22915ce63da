//! Traces and containment on random histories, against a plain replay of the whole world that knows neither
//! index nor window of time.

mod model;
mod steps;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use self::model::{Happened, Listed, Model, worlds};
use self::steps::{Step, THINGS, name, step};
use super::histories::{at, ledger_of};
use crate::ledger::questions::{EventScope, Events, Trace, TraceDirection, TraceRelation};

fn materials(trace: &Trace) -> BTreeSet<String> {
    let found = trace.things.iter();
    found
        .filter(|thing| thing.relation == TraceRelation::Material)
        .map(|thing| thing.id.to_string())
        .collect()
}

/// Reads a trace page by page; the pages share nothing.
fn in_pages(
    events: &Events<'_>,
    id: &str,
    direction: TraceDirection,
    count: usize,
) -> Result<Trace, TestCaseError> {
    let whole = events.trace(id, direction, 0, 1_000).unwrap().unwrap();
    let (mut ids, mut links, mut skip) = (Vec::new(), 0, Some(0));
    let mut in_whole = whole.things.iter();
    let mut named = BTreeSet::new();
    while let Some(before) = skip {
        let page = events.trace(id, direction, before, count).unwrap().unwrap();
        prop_assert!(page.is_complete && page.things.len() <= count);
        ids.extend(
            page.things
                .iter()
                .map(|thing| (thing.id.clone(), thing.relation as u8)),
        );
        for thing in &page.things {
            let Some(told) = in_whole.next() else { break };
            prop_assert!(!told.has_more_events, "{}", thing.id);
            let is_part = thing.events.iter().all(|event| told.events.contains(event));
            prop_assert!(is_part, "{:?} in {:?}", thing, told);
            let says_so = thing.has_more_events || thing.events == told.events;
            prop_assert!(says_so, "{:?} of {:?}", thing, told);
        }
        links += page.links.len();
        named.extend(page.links);
        skip = page.next;
    }
    let expected = whole.things.iter();
    let expected: Vec<_> = expected
        .map(|thing| (thing.id.clone(), thing.relation as u8))
        .collect();
    prop_assert_eq!(ids, expected);
    prop_assert_eq!(links, named.len(), "a link is on one page");
    prop_assert_eq!(&named, &whole.links);
    Ok(whole)
}

/// Every thing but the first is at the end of a link that leads to it.
fn assert_linked(trace: &Trace, direction: TraceDirection) -> Result<(), TestCaseError> {
    for thing in trace.things.iter().skip(1) {
        let is_linked = trace.links.iter().any(|link| match direction {
            TraceDirection::Back => link.from == thing.id,
            TraceDirection::Forward => link.to == thing.id,
        });
        prop_assert!(is_linked, "{}", thing.id);
    }
    Ok(())
}

/// Steps in their order, each in the minute of the one before or later; no event twice.
fn history(steps: &[(Step, bool)]) -> Vec<(u32, Step, Value)> {
    let mut told: Vec<(u32, Step, Value)> = Vec::new();
    let mut minute = 0;
    for (step, is_same_minute) in steps {
        minute += u32::from(!is_same_minute);
        let event = step.event(minute);
        if told.iter().all(|(_, _, other)| *other != event) {
            told.push((minute, step.clone(), event));
        }
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    /// Whatever happened, and in whatever order it was captured, the indices say what a plain replay of
    /// the history says.
    #[test]
    fn traces_are_those_of_a_plain_replay(
        steps in prop::collection::vec(
            (step().prop_filter("sound", Step::is_sound), prop::bool::weighted(0.2)),
            1..18,
        ),
        order in any::<prop::sample::Index>(),
        reversed in any::<bool>(),
        count in 1..5usize,
        moment in any::<prop::sample::Index>(),
    ) {
        let mut told = history(&steps);
        let turn = order.index(told.len());
        told.rotate_left(turn);
        if reversed {
            told.reverse();
        }
        let events: Vec<Value> = told.iter().map(|(_, _, event)| event.clone()).collect();
        let ledger = ledger_of(&events);
        let mut history: Vec<Happened> = (0..)
            .zip(told)
            .map(|(index, (minute, step, _))| Happened { minute, index, step })
            .collect();
        history.sort_by_key(|happened| (happened.minute, happened.index));
        let worlds = worlds(&history);
        let model = Model { history: &history, worlds: &worlds };
        let last = history.len() - 1;
        // The end of some minute.
        let minute = history[moment.index(history.len())].minute;
        let then = history.iter().rposition(|happened| happened.minute == minute).unwrap();

        let events = Events::open(&ledger, EventScope::default()).unwrap();
        for thing in 0..THINGS {
            let id = name(thing);
            for (after, time) in [(last, events.last_time()), (then, at(minute))] {
                let answer = events.contents(&id, time).unwrap();
                prop_assert!(answer.is_complete);
                let listed: BTreeSet<Listed> = answer.contents.iter().map(Listed::of).collect();
                prop_assert_eq!(listed.len(), answer.contents.len());
                prop_assert_eq!(listed, model.contents(thing, after), "in {} after {}", id, after);
                let inside = worlds[after].iter().filter(|((child, ..), _)| *child == thing);
                let expected: BTreeSet<_> = inside.map(|((_, parent, _), held)| {
                    (name(*parent), history[held.since].index, format!("{:?}", held.put_in_by.of()))
                }).collect();
                let parents: BTreeSet<_> = answer.parents.iter().map(|found| {
                    let content = &found.content;
                    (found.parent.to_string(), content.index.0, format!("{:?}", content.event_type))
                }).collect();
                prop_assert_eq!(parents, expected, "around {} after {}", id, after);
                // Whoever asks for the container is told the same.
                for found in &answer.parents {
                    let held = events.contents(&found.parent, time).unwrap();
                    prop_assert!(held.contents.contains(&found.content), "{:?} in {:?}", found, held);
                }
            }
            if !events.knows(&id).unwrap() {
                continue;
            }
            let back = in_pages(&events, &id, TraceDirection::Back, count)?;
            let mut known = BTreeSet::new();
            model.back(thing, last, &mut known);
            let expected: BTreeSet<String> = known.iter().map(|(thing, ..)| name(*thing)).collect();
            prop_assert_eq!(materials(&back), expected, "back from {}", id);
            assert_linked(&back, TraceDirection::Back)?;
            let forward = in_pages(&events, &id, TraceDirection::Forward, count)?;
            let expected: BTreeSet<String> = model.forward(thing).into_iter().map(name).collect();
            prop_assert_eq!(materials(&forward), expected, "forward from {}", id);
            assert_linked(&forward, TraceDirection::Forward)?;
        }
    }
}
