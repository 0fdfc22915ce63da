//! What a recall lists, and what it cites.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    BAR, DEPOT, LOT, OTHER_SHOP, PALLET, SHOP, amount, amounts, arrives, at_place, leaves, made,
    of_lot, packed, places, presence, whereabouts,
};
use crate::ledger::questions::{
    LotPlaces, MAX_GROUNDS, MassBalanceQuestion, TraceDirection, TraceRelation, Whereabouts,
};
use crate::ledger::tests::histories::{
    ALL, all, at, before, event, ledger_of, numbers, object, pack,
};
use crate::testing::MemoryLedger;
use crate::types::LogIndex;

/// Identifier, how it is affected, and the places of the amounts or the container of a single object.
fn affected(ledger: &MemoryLedger, thing: &str) -> Vec<(String, &'static str, Vec<String>)> {
    let recall = all(ledger).recall(thing, 0, 100).unwrap().unwrap();
    assert!(recall.is_complete);
    let rows = recall.affected.into_iter().map(|one| {
        let relation = match one.thing.relation {
            TraceRelation::Content => "content",
            _ => "material",
        };
        let places = match one.whereabouts {
            Whereabouts::Single(presence) => presence
                .map(|presence| presence.containers)
                .unwrap_or_default()
                .iter()
                .map(ToString::to_string)
                .collect(),
            Whereabouts::Class(places) => amounts(&places)
                .into_iter()
                .map(|(place, amount)| format!("{amount} at {place}"))
                .collect(),
            Whereabouts::Ended(_) => Vec::new(),
            other => panic!("{other:?}"),
        };
        (one.thing.id.into(), relation, places)
    });
    rows.collect()
}

fn line(id: &str, relation: &'static str, places: &[&str]) -> (String, &'static str, Vec<String>) {
    let places = places.iter().map(ToString::to_string).collect();
    (id.to_owned(), relation, places)
}

/// What merely carried a thing is not listed, and takes no room: a page has as much as was asked for, and the last one
/// is the last.
#[test]
fn pages_of_a_recall_are_full() {
    let used = |minute, input: &str, output: &str| {
        let rest = json!({"inputEPCList": [input], "outputEPCList": [output]});
        event("TransformationEvent", minute, &rest)
    };
    let put =
        |minute, container: &str, thing: &str| pack(minute, "ADD", container, &[thing], json!({}));
    let ledger = ledger_of(&[
        object(1, "ADD", &["urn:x:0"], json!({})),
        put(2, "urn:x:crate", "urn:x:0"),
        put(3, "urn:x:pallet", "urn:x:crate"),
        used(10, "urn:x:pallet", "urn:x:1"),
        put(11, "urn:x:box", "urn:x:1"),
        used(20, "urn:x:box", "urn:x:2"),
        // Nothing comes after these.
        put(30, "urn:x:bag", "urn:x:2"),
        put(31, "urn:x:truck", "urn:x:bag"),
    ]);
    let events = all(&ledger);
    let whole = events.recall("urn:x:0", 0, 100).unwrap().unwrap();
    let ids: Vec<&str> = whole.affected.iter().map(|it| &*it.thing.id).collect();
    assert_eq!(ids, ["urn:x:0", "urn:x:1", "urn:x:2"]);
    for count in 1..4 {
        let (mut found, mut skip) = (Vec::new(), Some(0));
        while let Some(after) = skip {
            let page = events.recall("urn:x:0", after, count).unwrap().unwrap();
            skip = page.next;
            assert!(page.affected.len() == count || skip.is_none(), "{page:?}");
            assert!(!page.affected.is_empty() && page.is_complete, "{page:?}");
            found.extend(page.affected);
        }
        assert_eq!(found, whole.affected);
    }
}

/// What is in a container now is affected with it, at all levels; what left before is not, nor what else there is
/// of a lot.
#[test]
fn a_recall_of_a_container_lists_what_is_in_it() {
    let (truck, bag, other, soup) = (
        "urn:example:truck",
        "urn:example:bag",
        "urn:example:bar:other",
        "urn:example:soup",
    );
    let used = json!({
        "inputQuantityList": amount(2.0), "outputEPCList": [soup], "readPoint": {"id": DEPOT}});
    let ledger = ledger_of(&[
        made(10.0),
        packed(10, "ADD", &amount(6.0), DEPOT),
        pack(20, "ADD", PALLET, &[bag, other], at_place(DEPOT)),
        pack(30, "ADD", bag, &[BAR], at_place(DEPOT)),
        pack(40, "ADD", truck, &[PALLET], at_place(DEPOT)),
        pack(50, "DELETE", PALLET, &[other], at_place(DEPOT)),
        // Of what was made of the lot since it was packed nobody tells of which part.
        event("TransformationEvent", 60, &used),
    ]);
    let lot = line(LOT, "content", &["6 at urn:example:place:depot"]);
    let in_pallet = [
        lot.clone(),
        line(bag, "content", &[PALLET, truck]),
        line(soup, "material", &[]),
        line(BAR, "content", &[bag, PALLET, truck]),
    ];
    let found = affected(&ledger, PALLET);
    assert_eq!(found[0], line(PALLET, "material", &[truck]));
    let sorted = |mut rows: Vec<_>| {
        rows.sort();
        rows
    };
    assert_eq!(sorted(found[1..].to_vec()), sorted(in_pallet.to_vec()));
    let found = affected(&ledger, truck);
    assert_eq!(found[0], line(truck, "material", &[]));
    assert_eq!(found[1], line(PALLET, "content", &[truck]));
    assert_eq!(sorted(found[2..].to_vec()), sorted(in_pallet.to_vec()));
    // A recall of what is inside does not spread to what stands beside it.
    let inside: Vec<_> = affected(&ledger, bag)
        .into_iter()
        .map(|row| row.0)
        .collect();
    assert_eq!(inside, [bag, BAR]);
    assert_eq!(affected(&ledger, BAR).len(), 1);
    // Asked as of a time before, it is what was in there then.
    let then = before(&ledger, 45).recall(PALLET, 0, 100).unwrap().unwrap();
    assert!(then.affected.iter().any(|one| *one.thing.id == *other));
}

/// What was made of a lot before the pallet with the rest went on the truck is not affected by the truck.
#[test]
fn what_was_made_before_something_went_in_is_not_affected() {
    let (truck, soup) = ("urn:example:truck", "urn:example:soup");
    let used = json!({
        "inputQuantityList": amount(2.0), "outputEPCList": [soup], "readPoint": {"id": DEPOT}});
    let ledger = ledger_of(&[
        made(10.0),
        packed(10, "ADD", &amount(6.0), DEPOT),
        event("TransformationEvent", 20, &used),
        pack(40, "ADD", truck, &[PALLET], at_place(DEPOT)),
    ]);
    let names = |thing| {
        let rows = affected(&ledger, thing).into_iter();
        rows.map(|row| row.0).collect::<Vec<_>>()
    };
    assert_eq!(names(truck), [truck, PALLET, LOT]);
    assert!(names(PALLET).contains(&soup.to_owned()));
}

/// All answers agree: what is in a container, at any depth, is used up with it.
#[test]
fn what_is_in_a_container_is_used_up_with_it() {
    let (box_of, outer, soup) = ("urn:example:box", "urn:example:outer", "urn:example:soup");
    let used = |inputs: Value| {
        let mut rest = json!({"outputQuantityList":
            [{"epcClass": soup, "quantity": 7.0, "uom": "KGM"}], "readPoint": {"id": DEPOT}});
        for (name, value) in inputs.as_object().unwrap() {
            rest[name] = value.clone();
        }
        event("TransformationEvent", 50, &rest)
    };
    let mut told = vec![
        made(10.0),
        packed(10, "ADD", &amount(6.0), DEPOT),
        pack(20, "ADD", PALLET, &[box_of], at_place(DEPOT)),
        pack(30, "ADD", box_of, &[BAR], at_place(DEPOT)),
        pack(40, "ADD", outer, &[PALLET], at_place(DEPOT)),
        used(json!({"inputEPCList": [outer]})),
    ];
    let total = |ledger: &MemoryLedger| {
        let question = MassBalanceQuestion {
            thing: Some(LOT),
            site: None,
            from: None,
        };
        let answer = all(ledger).mass_balance(question, ALL).unwrap().unwrap();
        let total = &answer.lots[0].totals[0];
        (total.used.to_string(), total.remaining.to_string())
    };
    let check = |told: &[Value]| {
        let ledger = ledger_of(told);
        assert_eq!(total(&ledger), ("6".to_owned(), "4".to_owned()));
        assert_eq!(amounts(&places(&ledger)), [(DEPOT, "4".to_owned())]);
        for (thing, held) in [
            (outer, PALLET),
            (PALLET, LOT),
            (PALLET, box_of),
            (box_of, BAR),
        ] {
            let held_at = |minute| {
                let contents = all(&ledger).contents(thing, at(minute)).unwrap().contents;
                contents.iter().any(|content| *content.object.id == *held)
            };
            assert!(held_at(45) && !held_at(50), "{held} in {thing}");
            let emptied = all(&ledger).contents(thing, at(50)).unwrap().emptied;
            assert_eq!(emptied, Some(LogIndex(5)), "{thing}");
            assert_eq!(all(&ledger).parents(held, at(50)).unwrap(), []);
        }
        for gone in [BAR, box_of, PALLET, outer] {
            let Whereabouts::Ended(end) = whereabouts(&all(&ledger), gone) else {
                panic!("{gone}");
            };
            assert_eq!((end.time, numbers(&end.entries.indices)), (at(50), vec![5]));
        }
        let visits = all(&ledger).dwell(BAR, None, false, ALL).unwrap().unwrap();
        assert_eq!(
            visits.visits[0].visit.departure,
            Some((at(50), LogIndex(5)))
        );
        let back = |thing: &str| -> BTreeSet<String> {
            let trace = all(&ledger).trace(thing, TraceDirection::Back, 0, 100);
            let things = trace.unwrap().unwrap().things.into_iter();
            things.map(|thing| thing.id.into()).collect()
        };
        let held = [BAR, box_of, LOT, outer, PALLET].map(str::to_owned);
        // Of the container itself too, though it holds nothing any more.
        assert_eq!(back(outer), held.clone().into());
        let mut made_of = BTreeSet::from(held);
        made_of.insert(soup.to_owned());
        assert_eq!(back(soup), made_of);
        for thing in [BAR, LOT, box_of] {
            assert!(
                affected(&ledger, thing).iter().any(|one| one.0 == soup),
                "{thing}"
            );
        }
    };
    check(&told);
    // What the event says of the lot itself counts, and not once more.
    told[5] = used(json!({"inputEPCList": [outer], "inputQuantityList": amount(6.0)}));
    check(&told);
    // What was taken out before is there still.
    told[5] = used(json!({"inputEPCList": [outer]}));
    told.push(pack(45, "DELETE", PALLET, &[box_of], at_place(DEPOT)));
    let ledger = ledger_of(&told);
    assert!(presence(&ledger, BAR).is_some());
    assert_eq!(presence(&ledger, PALLET), None);
}

/// Every statement names what it rests on: what made a thing affected, how it ended, where it is and how much.
#[test]
fn a_recall_cites_what_it_rests_on() {
    let used = json!({
        "inputQuantityList": amount(10.0), "outputEPCList": [BAR], "readPoint": {"id": DEPOT}});
    let mut told = vec![
        made(40.0),
        of_lot(10, "OBSERVE", "shipping", DEPOT, &amount(30.0)),
        event("TransformationEvent", 20, &used),
        object(30, "DELETE", &[BAR], at_place(SHOP)),
    ];
    let of = |told: &[Value]| all(&ledger_of(told)).recall(LOT, 0, 100).unwrap().unwrap();
    let entries = |places: &LotPlaces| -> Vec<Vec<u64>> {
        let rows = places.balances.iter();
        rows.map(|one| numbers(&one.entries.indices)).collect()
    };
    let found = of(&told);
    let [lot, bar] = &found.affected[..] else {
        panic!("{found:?}");
    };
    assert_eq!(numbers(&lot.thing.joined_by.indices), [0_u64; 0]);
    let Whereabouts::Class(places) = &lot.whereabouts else {
        panic!("{lot:?}");
    };
    assert_eq!(amounts(places), [("way", "30".to_owned())]);
    assert_eq!(entries(places), [[1]]);
    assert_eq!(places.end, None);
    assert_eq!(numbers(&bar.thing.joined_by.indices), [2]);
    let Whereabouts::Ended(end) = &bar.whereabouts else {
        panic!("{bar:?}");
    };
    assert_eq!((end.time, numbers(&end.entries.indices)), (at(30), vec![3]));
    // All of it is spent.
    told.push(of_lot(40, "DELETE", "destroying", SHOP, &amount(30.0)));
    let found = of(&told);
    let Whereabouts::Class(places) = &found.affected[0].whereabouts else {
        panic!("{found:?}");
    };
    assert_eq!(places.balances, []);
    let end = places.end.as_ref().unwrap();
    assert_eq!(
        (end.time, numbers(&end.entries.indices)),
        (at(40), vec![0, 1, 2, 4])
    );
    // That nothing of it left for somewhere does not make it end later.
    told.push(of_lot(45, "OBSERVE", "shipping", SHOP, &amount(0.0)));
    let found = of(&told);
    let Whereabouts::Class(places) = &found.affected[0].whereabouts else {
        panic!("{found:?}");
    };
    assert_eq!(places.end.as_ref().unwrap().time, at(40));
    told.pop();
    // In a container: what packed it, and what tells where that is; and both ways that lead to the bar.
    let in_pallet = json!({"inputEPCList": [PALLET], "outputEPCList": [BAR]});
    let mut told = vec![
        made(40.0),
        packed(10, "ADD", &amount(30.0), DEPOT),
        packed(20, "ADD", &amount(10.0), DEPOT),
        object(30, "OBSERVE", &[PALLET], arrives(OTHER_SHOP)),
        object(40, "OBSERVE", &[PALLET], leaves(OTHER_SHOP)),
        object(
            50,
            "OBSERVE",
            &[PALLET],
            json!({"bizLocation": {"id": SHOP}, "disposition": "in_progress"}),
        ),
    ];
    let found = of(&told);
    let Whereabouts::Class(places) = &found.affected[0].whereabouts else {
        panic!("{found:?}");
    };
    assert_eq!(amounts(places), [(SHOP, "40".to_owned())]);
    assert_eq!(entries(places), [[1, 2, 5]]);
    told.push(event("TransformationEvent", 60, &in_pallet));
    let found = of(&told);
    let bar = found.affected.iter().find(|one| *one.thing.id == *BAR);
    assert_eq!(numbers(&bar.unwrap().thing.joined_by.indices), [1, 6]);
}

/// A balance of very many entries cites the latest of them, and says that there are more.
#[test]
fn what_a_balance_rests_on_is_bounded() {
    let mut told = vec![made(400.0)];
    let most = u32::try_from(MAX_GROUNDS).unwrap();
    told.extend(
        (1..=most).map(|minute| of_lot(minute, "DELETE", "destroying", DEPOT, &amount(1.0))),
    );
    let found = places(&ledger_of(&told));
    let entries = &found.balances[0].entries;
    assert_eq!(entries.indices.len(), MAX_GROUNDS);
    assert!(entries.has_more);
    assert_eq!(
        entries.indices.last().map(|index| index.0),
        Some(u64::from(most))
    );
    told.pop();
    let found = places(&ledger_of(&told));
    assert!(!found.balances[0].entries.has_more);
}
