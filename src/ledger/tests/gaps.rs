//! What does not fit in what is told of goods.

use serde_json::{Value, json};

use super::histories::{ALL, all, capture, event, ledger_of, object, pack, state};
use crate::ledger::questions::{
    EventScope, Events, Gap, GapKind, GapMeasure, MAX_STATEMENTS, PageRange, ThingSelection,
    TraceDirection,
};
use crate::records::epcis::canonical_identifier;
use crate::testing::MemoryLedger;

const THING: &str = "urn:example:thing";
const SPEED_KMH: u64 = 1_000;

fn gaps(ledger: &MemoryLedger, thing: &str) -> Vec<Gap> {
    let answer = all(ledger).gaps(ThingSelection::One(thing), SPEED_KMH, ALL);
    answer.unwrap().unwrap().gaps
}

fn kinds(gaps: &[Gap]) -> Vec<(GapKind, Vec<u64>)> {
    let indices = |gap: &Gap| gap.entries.iter().map(|(index, _)| index.0).collect();
    gaps.iter().map(|gap| (gap.kind, indices(gap))).collect()
}

fn found(events: &[Value]) -> Vec<(GapKind, Vec<u64>)> {
    kinds(&gaps(&ledger_of(events), THING))
}

fn at_place(place: &str) -> Value {
    json!({"readPoint": {"id": place}})
}

fn step(word: &str, place: &str) -> Value {
    json!({"bizStep": word, "readPoint": {"id": place}})
}

#[test]
fn a_life_without_gaps_has_none() {
    let events = [
        object(0, "ADD", &[THING], step("commissioning", "urn:x:a")),
        object(10, "OBSERVE", &[THING], step("shipping", "urn:x:a")),
        object(11, "OBSERVE", &[THING], step("departing", "urn:x:a")),
        object(20, "OBSERVE", &[THING], step("arriving", "urn:x:b")),
        object(21, "OBSERVE", &[THING], step("receiving", "urn:x:b")),
        object(30, "DELETE", &[THING], step("destroying", "urn:x:b")),
        object(40, "ADD", &[THING], step("commissioning", "urn:x:c")),
    ];
    assert_eq!(found(&events), []);
}

#[test]
fn beginnings_and_ends_have_to_fit() {
    use GapKind::{CommissionedTwice, NeverCommissioned, SeenAfterEnd, SeenBeforeCommissioned};
    let seen = |minute| object(minute, "OBSERVE", &[THING], json!({}));
    let born = |minute| object(minute, "ADD", &[THING], json!({}));
    let ends = |minute| object(minute, "DELETE", &[THING], json!({}));
    assert_eq!(found(&[seen(5)]), [(NeverCommissioned, vec![0])]);
    assert_eq!(
        found(&[seen(5), born(6)]),
        [(SeenBeforeCommissioned, vec![0, 1])]
    );
    assert_eq!(
        found(&[born(5), born(6)]),
        [(CommissionedTwice, vec![0, 1])]
    );
    assert_eq!(
        found(&[born(5), ends(6), seen(7), seen(8)]),
        [(SeenAfterEnd, vec![1, 2])]
    );
    let used = json!({"inputEPCList": [THING], "outputEPCList": ["urn:example:made"]});
    let used = event("TransformationEvent", 6, &used);
    assert_eq!(
        found(&[born(5), used.clone(), seen(7)]),
        [(SeenAfterEnd, vec![1, 2])]
    );
    let ledger = ledger_of(&[born(5), used]);
    assert_eq!(gaps(&ledger, "urn:example:made"), []);
}

/// What a transformation uses up in a container has ended like what it names as an input.
#[test]
fn what_was_used_up_in_a_container_has_ended() {
    use GapKind::{CommissionedTwice, SeenAfterEnd};
    let born = |minute| object(minute, "ADD", &[THING], json!({}));
    let seen = |minute| object(minute, "OBSERVE", &[THING], json!({}));
    let put =
        |minute, container: &str, thing: &str| pack(minute, "ADD", container, &[thing], json!({}));
    let used = |minute, input: &str, output: &str| {
        let rest = json!({"inputEPCList": [input], "outputEPCList": [output]});
        event("TransformationEvent", minute, &rest)
    };
    let packed = [born(1), put(2, "urn:x:crate", THING)];
    let after = |rest: &[Value]| found(&[&packed[..], rest].concat());
    let crate_used = || used(5, "urn:x:crate", "urn:x:made");
    assert_eq!(
        after(&[crate_used(), seen(6)]),
        [(SeenAfterEnd, vec![2, 3])]
    );
    assert_eq!(after(&[crate_used(), born(6), seen(7)]), []);
    let again = used(6, THING, "urn:x:more");
    assert_eq!(after(&[crate_used(), again]), [(SeenAfterEnd, vec![2, 3])]);
    let repacked = put(6, "urn:x:box", THING);
    assert_eq!(
        after(&[crate_used(), repacked]),
        [(SeenAfterEnd, vec![2, 3])]
    );
    // At any depth.
    let pallet = [
        put(3, "urn:x:pallet", "urn:x:crate"),
        used(5, "urn:x:pallet", "urn:x:made"),
    ];
    assert_eq!(
        after(&[&pallet[..], &[seen(6)]].concat()),
        [(SeenAfterEnd, vec![3, 4])]
    );
    // What was taken out before is there still.
    let out = pack(3, "DELETE", "urn:x:crate", &[THING], json!({}));
    assert_eq!(after(&[out.clone(), crate_used(), seen(6)]), []);
    assert_eq!(
        after(&[out, crate_used(), born(6)]),
        [(CommissionedTwice, vec![0, 4])]
    );
    // It goes through in its container, and comes out under its own name.
    assert_eq!(after(&[used(5, "urn:x:crate", THING), seen(6)]), []);
}

#[test]
fn what_goes_through_a_transformation_under_its_own_name_was_there_before_it() {
    use GapKind::SeenAfterEnd;
    let through = |minute| {
        let rest = json!({"inputEPCList": [THING], "outputEPCList": [THING, "urn:x:chip"]});
        event("TransformationEvent", minute, &rest)
    };
    let born = || object(1, "ADD", &[THING], json!({}));
    let seen = |minute| object(minute, "OBSERVE", &[THING], json!({}));
    assert_eq!(found(&[born(), through(2), seen(3)]), []);
    let gone = object(2, "DELETE", &[THING], json!({}));
    assert_eq!(
        found(&[born(), gone, through(3), seen(4)]),
        [(SeenAfterEnd, vec![1, 2])]
    );
}

#[test]
fn nothing_is_in_what_is_in_it() {
    let put = |minute, container: &str, thing: &str| {
        pack(minute, "ADD", container, &[thing], at_place("urn:x:a"))
    };
    let circles = |events: &[Value], thing: &str| -> Vec<(u64, Vec<u64>)> {
        let gaps = gaps(&ledger_of(events), thing).into_iter();
        let circles = gaps.filter(|gap| gap.kind == GapKind::InItself);
        let told = |gap: Gap| gap.entries.iter().map(|(index, _)| index.0).collect();
        let minute = |gap: &Gap| (gap.time.as_ms() / 60_000) as u64;
        let zero = (super::histories::at(0).as_ms() / 60_000) as u64;
        circles
            .map(|gap| (minute(&gap) - zero, told(gap)))
            .collect()
    };
    let two = [
        put(1, "urn:x:one", "urn:x:two"),
        put(2, "urn:x:two", "urn:x:one"),
    ];
    for thing in ["urn:x:one", "urn:x:two"] {
        assert_eq!(circles(&two, thing), [(2, vec![0, 1])]);
    }
    // At any depth, and only while it lasts.
    let three = [
        put(1, "urn:x:one", "urn:x:two"),
        put(2, "urn:x:two", "urn:x:three"),
        put(3, "urn:x:three", "urn:x:one"),
        pack(4, "DELETE", "urn:x:two", &["urn:x:three"], json!({})),
        put(5, "urn:x:two", "urn:x:three"),
        put(6, "urn:x:four", "urn:x:three"),
    ];
    for thing in ["urn:x:one", "urn:x:two", "urn:x:three"] {
        assert_eq!(
            circles(&three, thing),
            [(3, vec![0, 1, 2]), (5, vec![0, 2, 4])]
        );
    }
    assert_eq!(circles(&three, "urn:x:four"), []);
    // Out before it goes in the other way round.
    let turned = [
        put(1, "urn:x:one", "urn:x:two"),
        pack(2, "DELETE", "urn:x:one", &["urn:x:two"], json!({})),
        put(3, "urn:x:two", "urn:x:one"),
    ];
    assert_eq!(circles(&turned, "urn:x:one"), []);
}

#[test]
fn a_serial_number_that_two_members_commission_names_both() {
    let mut ledger = ledger_of(&[object(5, "ADD", &[THING], json!({}))]);
    capture(&mut ledger, 1, &[object(9, "ADD", &[THING], json!({}))]);
    let found = gaps(&ledger, THING);
    assert_eq!(found[0].kind, GapKind::CommissionedTwice);
    let members: Vec<_> = found[0]
        .entries
        .iter()
        .map(|(_, member)| member.clone())
        .collect();
    assert_ne!(members[0], members[1]);
}

#[test]
fn a_logistic_unit_comes_to_be_when_it_is_packed() {
    let pallet = "urn:epc:id:sscc:9521001.0000000001";
    let ledger = ledger_of(&[
        object(0, "ADD", &[THING], json!({})),
        pack(5, "ADD", pallet, &[THING], json!({})),
    ]);
    let canonical = canonical_identifier(pallet);
    assert_eq!(gaps(&ledger, &canonical), []);
}

#[test]
fn shipments_have_to_arrive_and_arrivals_to_have_left() {
    use GapKind::{ReceivedNotShipped, ShippedNotReceived};
    let born = object(0, "ADD", &[THING], at_place("urn:x:a"));
    let told = |minute, word, place| object(minute, "OBSERVE", &[THING], step(word, place));
    let open = [born.clone(), told(5, "shipping", "urn:x:a")];
    assert_eq!(found(&open), [(ShippedNotReceived, vec![1])]);
    let twice = [
        born.clone(),
        told(5, "shipping", "urn:x:a"),
        told(9, "shipping", "urn:x:b"),
        told(12, "receiving", "urn:x:c"),
    ];
    assert_eq!(found(&twice), [(ShippedNotReceived, vec![1, 2])]);
    let unsent = [
        born.clone(),
        told(5, "receiving", "urn:x:b"),
        told(6, "accepting", "urn:x:b"),
    ];
    assert_eq!(found(&unsent), [(ReceivedNotShipped, vec![1])]);
    // What carries it is received for it.
    let carried = [
        born,
        pack(1, "ADD", "urn:x:crate", &[THING], json!({})),
        object(5, "OBSERVE", &["urn:x:crate"], step("shipping", "urn:x:a")),
        object(8, "OBSERVE", &["urn:x:crate"], step("receiving", "urn:x:b")),
    ];
    assert_eq!(found(&carried), []);
}

#[test]
fn nothing_is_in_two_places_nor_faster_than_it_may_be() {
    let born = object(0, "ADD", &[THING], at_place("geo:52.52,13.405"));
    let seen = |minute, place| object(minute, "OBSERVE", &[THING], at_place(place));
    // Berlin to Paris, 877 km: in an hour it is possible, in half of it it is not.
    assert_eq!(found(&[born.clone(), seen(60, "geo:48.8566,2.3522")]), []);
    let fast = ledger_of(&[born.clone(), seen(30, "geo:48.8566,2.3522")]);
    let fast = gaps(&fast, THING);
    assert_eq!(kinds(&fast), [(GapKind::ImpossibleTravel, vec![0, 1])]);
    let Some(GapMeasure::Travel {
        distance_m,
        time_ms,
    }) = fast[0].measure
    else {
        panic!("{fast:?}");
    };
    assert_eq!(time_ms, 30 * 60_000);
    assert!((870_000..878_000).contains(&distance_m), "{distance_m}");
    // Two readers of one yard.
    assert_eq!(found(&[born, seen(0, "geo:52.5201,13.405")]), []);
    let unknown = [
        object(0, "ADD", &[THING], at_place("urn:x:a")),
        seen(0, "urn:x:b"),
    ];
    assert_eq!(found(&unknown), [(GapKind::TwoPlacesAtOnce, vec![0, 1])]);
}

const AMSTERDAM: &str = "urn:epc:id:sgln:9521002.00020.0";
const NEW_YORK: &str = "urn:epc:id:sgln:9521003.00030.0";
const IN_AMSTERDAM: (&str, &str) = ("52.37", "4.89");
const IN_NEW_YORK: (&str, &str) = ("40.71", "-74.01");

/// A statement of where a place is.
fn lies(vocabulary: &str, place: &str, (latitude, longitude): (&str, &str)) -> Value {
    let attribute =
        |name: &str, value: &str| json!({"id": format!("cbvmda:{name}"), "attribute": value});
    json!({"type": format!("urn:epcglobal:epcis:vtype:{vocabulary}"), "id": place,
        "attributes": [attribute("latitude", latitude), attribute("longitude", longitude)]})
}

/// Whose word it is where the places of a gap are: the members by their numbers.
fn located_by(ledger: &MemoryLedger, gap: &Gap) -> Vec<(usize, u64)> {
    let members = [ledger.network().member(0), ledger.network().member(1)];
    let number = |member| members.iter().position(|one| one == member).unwrap();
    let by = gap.located_by.iter();
    by.map(|by| (number(&by.member), by.index.0)).collect()
}

/// Seen in Amsterdam, and half an hour later in New York, by the first member.
fn across_the_sea() -> MemoryLedger {
    ledger_of(&[
        object(0, "ADD", &[THING], at_place(AMSTERDAM)),
        object(30, "OBSERVE", &[THING], at_place(NEW_YORK)),
    ])
}

#[test]
fn master_data_tell_where_places_are_that_do_not_say_so_themselves() {
    let mut ledger = across_the_sea();
    assert_eq!(gaps(&ledger, THING), []);
    let one = [lies("Location", AMSTERDAM, IN_AMSTERDAM)];
    state(&mut ledger, 1, &one);
    assert_eq!(gaps(&ledger, THING), []);
    let before = ledger.tip().height;
    state(&mut ledger, 1, &[lies("Location", NEW_YORK, IN_NEW_YORK)]);
    let found = gaps(&ledger, THING);
    assert_eq!(kinds(&found), [(GapKind::ImpossibleTravel, vec![0, 1])]);
    assert_eq!(
        found[0].places,
        [AMSTERDAM, NEW_YORK].map(|place| canonical_identifier(place).into())
    );
    assert_eq!(located_by(&ledger, &found[0]), [(1, 3), (1, 5)]);
    let Some(GapMeasure::Travel { distance_m, .. }) = found[0].measure else {
        panic!("{found:?}");
    };
    assert!((5_800_000..5_900_000).contains(&distance_m), "{distance_m}");
    // At the height before nobody had said where New York is.
    let then = Events::open(&ledger, EventScope::as_of(Some(before))).unwrap();
    let answer = then.gaps(ThingSelection::One(THING), SPEED_KMH, ALL);
    assert_eq!(answer.unwrap().unwrap().gaps, []);
    // The word of the member that captured the events counts first.
    state(&mut ledger, 0, &[lies("Location", NEW_YORK, IN_AMSTERDAM)]);
    assert_eq!(gaps(&ledger, THING), []);
    // Its last word counts, in whatever vocabulary.
    state(&mut ledger, 0, &[lies("ReadPoint", NEW_YORK, IN_NEW_YORK)]);
    let found = gaps(&ledger, THING);
    assert_eq!(located_by(&ledger, &found[0]), [(1, 3), (0, 9)]);
}

#[test]
fn a_part_of_a_location_is_where_that_is_unless_it_says_otherwise() {
    const DOCK: &str = "urn:epc:id:sgln:9521003.00030.DOCK-4";
    let mut ledger = ledger_of(&[
        object(0, "ADD", &[THING], at_place(AMSTERDAM)),
        object(30, "OBSERVE", &[THING], at_place(DOCK)),
    ]);
    let words = [
        lies("Location", AMSTERDAM, IN_AMSTERDAM),
        lies("Location", NEW_YORK, IN_NEW_YORK),
    ];
    state(&mut ledger, 0, &words);
    assert_eq!(
        located_by(&ledger, &gaps(&ledger, THING)[0]),
        [(0, 3), (0, 4)]
    );
    state(&mut ledger, 0, &[lies("ReadPoint", DOCK, IN_AMSTERDAM)]);
    assert_eq!(gaps(&ledger, THING), []);
}

#[test]
fn a_place_of_which_two_members_say_that_it_is_elsewhere_is_one_place() {
    let mut ledger = ledger_of(&[object(0, "ADD", &[THING], at_place(AMSTERDAM))]);
    capture(
        &mut ledger,
        1,
        &[object(1, "OBSERVE", &[THING], at_place(AMSTERDAM))],
    );
    state(&mut ledger, 0, &[lies("Location", AMSTERDAM, IN_AMSTERDAM)]);
    state(&mut ledger, 1, &[lies("Location", AMSTERDAM, IN_NEW_YORK)]);
    assert_eq!(gaps(&ledger, THING), []);
}

/// Known to be far apart, two places at once are told once, with the distance; near each other they are two places
/// still.
#[test]
fn two_places_at_once_are_told_once() {
    let mut ledger = ledger_of(&[
        object(0, "ADD", &[THING], at_place(AMSTERDAM)),
        object(0, "OBSERVE", &[THING], at_place(NEW_YORK)),
    ]);
    state(&mut ledger, 0, &[lies("Location", AMSTERDAM, IN_AMSTERDAM)]);
    let at_once = [(GapKind::TwoPlacesAtOnce, vec![0, 1])];
    assert_eq!(kinds(&gaps(&ledger, THING)), at_once);
    state(&mut ledger, 0, &[lies("Location", NEW_YORK, IN_AMSTERDAM)]);
    assert_eq!(kinds(&gaps(&ledger, THING)), at_once);
    state(&mut ledger, 0, &[lies("Location", NEW_YORK, IN_NEW_YORK)]);
    let far = [(GapKind::ImpossibleTravel, vec![0, 1])];
    assert_eq!(kinds(&gaps(&ledger, THING)), far);
}

#[test]
fn a_place_with_too_many_statements_has_no_coordinates_and_the_answer_says_so() {
    let mut ledger = across_the_sea();
    let words: Vec<Value> = (0..MAX_STATEMENTS)
        .map(|number| lies(&format!("V{number}"), NEW_YORK, IN_NEW_YORK))
        .collect();
    state(&mut ledger, 0, &[lies("Location", AMSTERDAM, IN_AMSTERDAM)]);
    words
        .chunks(500)
        .for_each(|some| state(&mut ledger, 1, some));
    let ask = |ledger: &MemoryLedger| {
        let answer = all(ledger).gaps(ThingSelection::One(THING), SPEED_KMH, ALL);
        let answer = answer.unwrap().unwrap();
        (kinds(&answer.gaps), answer.unread_places)
    };
    let far = vec![(GapKind::ImpossibleTravel, vec![0, 1])];
    assert_eq!(ask(&ledger), (far, vec![]));
    state(&mut ledger, 1, &[lies("Location", NEW_YORK, IN_NEW_YORK)]);
    let unread = vec![canonical_identifier(NEW_YORK).into()];
    assert_eq!(ask(&ledger), (vec![], unread));
}

#[test]
fn amounts_of_a_class_have_to_fit() {
    let lot = |minute, action, word, place, kilograms: u32| {
        let rest = json!({"bizStep": word, "readPoint": {"id": place},
            "quantityList": [{"epcClass": THING, "quantity": kilograms, "uom": "KGM"}]});
        object(minute, action, &[], rest)
    };
    let events = [
        lot(0, "ADD", "commissioning", "urn:x:a", 10),
        lot(5, "OBSERVE", "shipping", "urn:x:a", 8),
        lot(9, "OBSERVE", "receiving", "urn:x:b", 6),
        lot(12, "DELETE", "destroying", "urn:x:b", 11),
    ];
    let found = gaps(&ledger_of(&events), THING);
    let told = kinds(&found);
    assert_eq!(
        told,
        [
            (GapKind::ShippedNotReceived, vec![1, 2]),
            (GapKind::SpentMoreThanMade, vec![0, 3])
        ]
    );
    let Some(GapMeasure::Amount { quantity, .. }) = &found[0].measure else {
        panic!("{found:?}");
    };
    assert_eq!(quantity.to_string(), "2");
    assert_eq!(
        kinds(&gaps(&ledger_of(&events[1..3]), THING))[0],
        (GapKind::NeverCommissioned, vec![0])
    );
}

/// Whether or not anyone told how much: what was seen and never made was never made.
#[test]
fn a_class_has_to_have_come_to_be() {
    use GapKind::{NeverCommissioned, SeenBeforeCommissioned};
    let lot = |minute, action, word, amount: Value| {
        let mut rest = step(word, "urn:x:a");
        rest["quantityList"] = json!([amount]);
        object(minute, action, &[], rest)
    };
    let unknown = || json!({"epcClass": THING});
    let known = || json!({"epcClass": THING, "quantity": 5, "uom": "KGM"});
    let moved = lot(1, "DELETE", "destroying", unknown());
    assert_eq!(
        found(std::slice::from_ref(&moved)),
        [(NeverCommissioned, vec![0])]
    );
    assert_eq!(
        found(&[lot(0, "ADD", "commissioning", unknown()), moved]),
        []
    );
    let made = json!({"inputEPCList": ["urn:x:1"], "outputQuantityList": [unknown()]});
    assert_eq!(found(&[event("TransformationEvent", 0, &made)]), []);
    let late = lot(6, "ADD", "commissioning", known());
    let seen = lot(5, "OBSERVE", "inspecting", known());
    assert_eq!(
        found(&[seen, late.clone()]),
        [(SeenBeforeCommissioned, vec![0, 1])]
    );
    let at_once = lot(6, "OBSERVE", "inspecting", known());
    assert_eq!(found(&[at_once, late]), []);
}

/// Only what stands on the page is looked up in the log.
#[test]
fn who_captured_what_is_looked_up_for_the_page_alone() {
    let born = (0..40).map(|minute| object(minute, "ADD", &[THING], json!({})));
    let ledger = ledger_of(&born.collect::<Vec<_>>());
    let events = all(&ledger);
    let page = PageRange { skip: 30, count: 5 };
    let ask = |page| {
        events
            .gaps(ThingSelection::One(THING), SPEED_KMH, page)
            .unwrap()
            .unwrap()
    };
    let whole = ask(ALL);
    assert_eq!((whole.gaps.len(), whole.next), (39, None));
    let found = ask(page);
    assert_eq!(
        (found.gaps.as_slice(), found.next),
        (&whole.gaps[30..35], Some(35))
    );
}

/// Nothing is spent and nothing is under way: there is simply more than was made.
#[test]
fn what_leaves_and_arrives_has_to_have_been_made() {
    use GapKind::{MoreThereThanMade, ReceivedNotShipped, ShippedNotReceived};
    let amount = |kilograms: u32| json!([{"epcClass": THING, "quantity": kilograms, "uom": "KGM"}]);
    let lot = |minute, action, word, place, kilograms| {
        let rest =
            json!({"bizStep": word, "readPoint": {"id": place}, "quantityList": amount(kilograms)});
        object(minute, action, &[], rest)
    };
    let made = lot(0, "ADD", "commissioning", "urn:x:a", 10);
    let packed = pack(
        1,
        "ADD",
        "urn:x:box",
        &[],
        json!({"childQuantityList": amount(12)}),
    );
    let carried = [
        made.clone(),
        packed,
        object(5, "OBSERVE", &["urn:x:box"], step("shipping", "urn:x:a")),
        object(9, "OBSERVE", &["urn:x:box"], step("receiving", "urn:x:b")),
    ];
    let told = gaps(&ledger_of(&carried), THING);
    assert_eq!(kinds(&told), [(MoreThereThanMade, vec![0, 2])]);
    assert_eq!(told[0].places, ["urn:x:a".into()]);
    let Some(GapMeasure::Amount { quantity, .. }) = &told[0].measure else {
        panic!("{told:?}");
    };
    assert_eq!(quantity.to_string(), "2");
    // What is told by other gaps is not told once more.
    let shipped = |kilograms| lot(5, "OBSERVE", "shipping", "urn:x:a", kilograms);
    let received = |kilograms| lot(9, "OBSERVE", "receiving", "urn:x:b", kilograms);
    assert_eq!(
        found(&[made.clone(), shipped(12)]),
        [(ShippedNotReceived, vec![1])]
    );
    assert_eq!(
        found(&[made.clone(), shipped(10), received(12)]),
        [(ReceivedNotShipped, vec![1, 2])]
    );
    assert_eq!(found(&[made, shipped(10), received(10)]), []);
}

#[test]
fn all_things_of_a_trace_are_looked_at() {
    let made = json!({"inputEPCList": [THING], "outputEPCList": ["urn:x:1", "urn:x:2"]});
    let ledger = ledger_of(&[
        event("TransformationEvent", 5, &made),
        object(9, "ADD", &["urn:x:2"], json!({})),
    ]);
    let forward = ThingSelection::Trace(THING, TraceDirection::Forward);
    let answer = all(&ledger).gaps(forward, SPEED_KMH, ALL).unwrap().unwrap();
    assert_eq!((answer.thing_count, answer.next), (3, None));
    let told: Vec<_> = answer
        .gaps
        .iter()
        .map(|gap| (&*gap.thing, gap.kind))
        .collect();
    let expected = [
        (THING, GapKind::NeverCommissioned),
        ("urn:x:2", GapKind::CommissionedTwice),
    ];
    assert_eq!(told, expected);
    let page = PageRange { skip: 0, count: 2 };
    let first = all(&ledger)
        .gaps(forward, SPEED_KMH, page)
        .unwrap()
        .unwrap();
    assert_eq!((first.thing_count, first.next), (2, Some(2)));
}
