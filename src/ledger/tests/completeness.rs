//! What critical tracking events lack.

mod containers;
mod descriptions;
mod parts;

use serde_json::{Value, json};

use super::histories::{ALL, all, capture, event, ledger_of, object, pack, state};
use crate::ledger::questions::{
    KeyDataElement, ThingSelection, TraceDirection, TrackedEvent, TrackingEvent,
};
use crate::testing::MemoryLedger;

const PRODUCT: &str = "https://id.gs1.org/01/09521001123457";
const LOT: &str = "https://id.gs1.org/01/09521001123457/10/L1";

/// What the events of a thing lack on a ledger where everything that the events of these tests name is
/// described.
fn found(events: &[Value], thing: &str) -> Vec<TrackedEvent> {
    let mut ledger = ledger_of(&[]);
    let names = [
        "urn:x:field",
        "urn:x:from",
        "urn:x:to",
        "urn:x:works",
        "urn:x:a",
    ];
    let mut statements: Vec<Value> = names.map(place).into();
    statements.extend([PRODUCT, "urn:x:beans"].map(product));
    state(&mut ledger, 0, &statements);
    capture(&mut ledger, 0, events);
    events_of(&ledger, thing)
}

fn events_of(ledger: &MemoryLedger, thing: &str) -> Vec<TrackedEvent> {
    let answer = all(ledger).completeness(ThingSelection::One(thing), false, ALL);
    answer.unwrap().unwrap().events
}

/// An element of a vocabulary with attributes of the Core Business Vocabulary.
fn element(vocabulary: &str, id: &str, attributes: &[(&str, &str)]) -> Value {
    let attribute =
        |(name, value): &(&str, &str)| json!({"id": format!("cbvmda:{name}"), "attribute": value});
    let attributes: Vec<Value> = attributes.iter().map(attribute).collect();
    json!({"type": format!("urn:epcglobal:epcis:vtype:{vocabulary}"), "id": id, "attributes": attributes})
}

fn product(id: &str) -> Value {
    element("EPCClass", id, &[("descriptionShort", "Cocoa beans")])
}

const ADDRESS: [(&str, &str); 5] = [
    ("name", "Works"),
    ("telephone", "+45 5550 1000"),
    ("streetAddressOne", "Havnegade 1"),
    ("city", "Aarhus"),
    ("countryCode", "DK"),
];

fn place(id: &str) -> Value {
    element("Location", id, &ADDRESS)
}

/// All that any event of a lot may have to tell.
fn told(step: &str) -> Value {
    json!({
        "bizStep": step,
        "quantityList": [{"epcClass": LOT, "quantity": 10, "uom": "KGM"}],
        "readPoint": {"id": "urn:x:field"},
        "bizTransactionList": [{"type": "bol", "bizTransaction": "urn:x:bol:1"}],
        "sourceList": [{"type": "location", "source": "urn:x:from"}],
        "destinationList": [{"type": "location", "destination": "urn:x:to"}]
    })
}

#[test]
fn events_that_tell_everything_lack_nothing() {
    use TrackingEvent::{Cooling, Growing, Harvesting, Receiving, Shipping};
    let steps = [
        ("https://vocab.example/growing", Growing),
        ("https://vocab.example/harvesting", Harvesting),
        ("https://vocab.example#cooling", Cooling),
        ("shipping", Shipping),
        ("receiving", Receiving),
    ];
    let mut events = vec![object(0, "ADD", &[], told("commissioning"))];
    for (minute, (step, _)) in (1..).zip(steps) {
        events.push(object(minute, "OBSERVE", &[], told(step)));
    }
    let found = found(&events, LOT);
    let kinds: Vec<_> = found
        .iter()
        .map(|event| (event.index.0, event.tracking_event))
        .collect();
    let first = found[0].index.0;
    let expected: Vec<_> = (first..).zip(steps.map(|(_, kind)| kind)).collect();
    assert_eq!(kinds, expected);
    for event in &found {
        assert_eq!(event.missing, [], "{event:?}");
    }
}

#[test]
fn each_element_that_is_left_out_is_named() {
    use KeyDataElement::{
        Harvest, Location, LocationDescription, LotCodeSource, LotCodeSourceDescription,
        PreviousSource, PreviousSourceDescription, Quantity, Recipient, RecipientDescription,
        ReferenceDocument,
    };
    for (step, field, missing) in [
        ("shipping", "readPoint", vec![Location, LocationDescription]),
        ("shipping", "bizTransactionList", vec![ReferenceDocument]),
        (
            "shipping",
            "destinationList",
            vec![Recipient, RecipientDescription],
        ),
        (
            "receiving",
            "sourceList",
            vec![PreviousSource, PreviousSourceDescription],
        ),
        ("https://vocab.example/cooling", "sourceList", vec![Harvest]),
    ] {
        let mut rest = told(step);
        rest.as_object_mut().unwrap().remove(field);
        let events = [
            object(0, "ADD", &[], told("commissioning")),
            object(1, "OBSERVE", &[], rest),
        ];
        assert_eq!(found(&events, LOT)[0].missing, missing, "{field}");
    }
    // A document without a type is half of what is asked for.
    let mut rest = told("shipping");
    rest["bizTransactionList"] = json!([{"bizTransaction": "urn:x:bol:1"}]);
    let events = [
        object(0, "ADD", &[], told("commissioning")),
        object(1, "OBSERVE", &[], rest),
    ];
    assert_eq!(found(&events, LOT)[0].missing, [ReferenceDocument]);
    let mut rest = told("receiving");
    rest["quantityList"] = json!([{"epcClass": LOT}]);
    let missing = found(&[object(1, "OBSERVE", &[], rest)], LOT)[0]
        .missing
        .clone();
    assert_eq!(missing, [Quantity, LotCodeSource, LotCodeSourceDescription]);
}

/// What was made from lots leads back to their harvest by these, also if the transformation is told in parts.
#[test]
fn a_lot_that_was_made_from_others_leads_back_to_the_harvest() {
    let cooled = || object(9, "OBSERVE", &[], told("https://vocab.example#cooling"));
    let lot = json!([{"epcClass": LOT, "quantity": 10, "uom": "KGM"}]);
    let input = json!([{"epcClass": "urn:x:beans", "quantity": 12, "uom": "KGM"}]);
    let lacks = |events: &[Value]| {
        let found = found(events, LOT);
        let cooling = found
            .into_iter()
            .find(|event| event.tracking_event == TrackingEvent::Cooling);
        cooling.unwrap().missing.contains(&KeyDataElement::Harvest)
    };
    let whole = json!({"inputQuantityList": input, "outputQuantityList": lot});
    assert!(!lacks(&[event("TransformationEvent", 0, &whole), cooled()]));
    let part = |field: &str, value: &Value| json!({"transformationID": "urn:x:run", field: value});
    let output = event("TransformationEvent", 1, &part("outputQuantityList", &lot));
    let inputs = event("TransformationEvent", 0, &part("inputQuantityList", &input));
    assert!(lacks(&[output.clone(), cooled()]));
    assert!(!lacks(&[inputs, output, cooled()]));
    // What merely came to be does not.
    assert!(lacks(&[
        object(0, "ADD", &[], told("commissioning")),
        cooled()
    ]));
}

#[test]
fn a_product_is_no_lot_and_a_serial_number_is_finer_than_one() {
    let product = "https://id.gs1.org/01/09521001123457";
    let mut rest = told("receiving");
    rest["quantityList"][0]["epcClass"] = json!(product);
    let events = [
        object(0, "ADD", &[], {
            let mut rest = told("commissioning");
            rest["quantityList"][0]["epcClass"] = json!(product);
            rest
        }),
        object(1, "OBSERVE", &[], rest),
    ];
    assert_eq!(
        found(&events, product)[0].missing,
        [KeyDataElement::LotCode]
    );
    let serial = "https://id.gs1.org/01/09521001123457/21/7";
    let mut rest = told("receiving");
    rest.as_object_mut().unwrap().remove("quantityList");
    let events = [
        object(0, "ADD", &[serial], json!({"readPoint": {"id": "urn:x:a"}})),
        object(1, "OBSERVE", &[serial], rest),
    ];
    assert_eq!(found(&events, serial)[0].missing, []);
}

#[test]
fn what_was_packed_is_told_by_the_packing() {
    let pallet = "https://id.gs1.org/00/095210010000000017";
    let quantity = json!([{"epcClass": LOT, "quantity": 10, "uom": "KGM"}]);
    let mut rest = told("shipping");
    rest.as_object_mut().unwrap().remove("quantityList");
    let events = [
        object(0, "ADD", &[], told("commissioning")),
        pack(
            1,
            "ADD",
            pallet,
            &[],
            json!({"childQuantityList": quantity, "bizStep": "packing"}),
        ),
        object(2, "OBSERVE", &[pallet], rest.clone()),
    ];
    let of_lot = found(&events, LOT);
    assert_eq!(
        of_lot.len(),
        1,
        "packing into a container is no initial packing"
    );
    assert_eq!(
        (of_lot[0].carrier.as_deref(), &of_lot[0].missing[..]),
        (Some(pallet), &[][..])
    );
    // Of a pallet that holds nothing that is known, neither lot nor amount is told.
    let empty = found(&[object(2, "OBSERVE", &[pallet], rest)], pallet);
    assert_eq!(
        empty[0].missing,
        [
            KeyDataElement::LotCode,
            KeyDataElement::Quantity,
            KeyDataElement::ProductDescription,
            KeyDataElement::LotCodeSource,
            KeyDataElement::LotCodeSourceDescription
        ]
    );
}

#[test]
fn transformations_name_what_went_in_and_what_came_out() {
    use KeyDataElement::{LotCode, ReferenceDocument, SourceLots};
    let made = |input: Value, step: &str| {
        let rest = json!({"inputQuantityList": [input], "bizStep": step, "readPoint": {"id": "urn:x:works"},
            "outputQuantityList": [{"epcClass": LOT, "quantity": 8, "uom": "KGM"}]});
        event("TransformationEvent", 5, &rest)
    };
    let with = json!({"epcClass": "urn:x:beans", "quantity": 10, "uom": "KGM"});
    let without = json!({"epcClass": "urn:x:beans"});
    let complete = found(&[made(with.clone(), "commissioning")], LOT);
    assert_eq!(complete[0].tracking_event, TrackingEvent::Transformation);
    assert_eq!(complete[0].missing, [ReferenceDocument]);
    let lacking = found(&[made(without, "commissioning")], LOT);
    assert_eq!(lacking[0].missing, [SourceLots, ReferenceDocument]);
    let packed = found(
        &[made(with.clone(), "https://vocab.example/initial_packing")],
        LOT,
    );
    assert_eq!(packed[0].tracking_event, TrackingEvent::InitialPacking);
    assert_eq!(packed[0].missing, [ReferenceDocument]);
    let ledger = ledger_of(&[made(with, "commissioning")]);
    let back = ThingSelection::Trace(LOT, TraceDirection::Back);
    let answer = all(&ledger).completeness(back, true, ALL).unwrap().unwrap();
    let things: Vec<&str> = answer.events.iter().map(|event| &*event.thing).collect();
    assert_eq!(things, [LOT, "urn:x:beans"]);
    assert!(!answer.events[0].missing.contains(&LotCode));
}

/// A pallet has no description of its own: what was on it right before it was used up went in.
#[test]
fn of_a_pallet_that_is_used_up_what_was_on_it_is_asked_for() {
    use KeyDataElement::{ReferenceDocument, SourceLotDescriptions, SourceLots};
    const OUTER: &str = "https://id.gs1.org/00/095210010000000017";
    const INNER: &str = "https://id.gs1.org/00/095210010000000024";
    let holds = |unit: &str, children: &[&str], amounts: Value| {
        let rest = json!({"childQuantityList": amounts, "bizStep": "packing"});
        pack(1, "ADD", unit, children, rest)
    };
    let beans = |id: &str| json!([{"epcClass": id, "quantity": 12, "uom": "KGM"}]);
    let made = |inputs: &[&str]| {
        let rest = json!({"inputEPCList": inputs, "readPoint": {"id": "urn:x:works"},
            "outputQuantityList": [{"epcClass": LOT, "quantity": 8, "uom": "KGM"}]});
        event("TransformationEvent", 5, &rest)
    };
    let of = |events: &[Value]| {
        let [event] = &found(events, LOT)[..] else {
            panic!("{events:?}");
        };
        let sources = event.descriptions.iter();
        let sources = sources.filter(|it| it.element == SourceLotDescriptions);
        let sources: Vec<Box<str>> = sources.map(|it| it.of.clone()).collect();
        (event.missing.clone(), sources)
    };
    let packed = [
        holds(INNER, &[], beans("urn:x:beans")),
        holds(OUTER, &[INNER], json!([])),
    ];
    let whole = [&packed[..], &[made(&[OUTER])]].concat();
    assert_eq!(
        of(&whole),
        (vec![ReferenceDocument], vec!["urn:x:beans".into()])
    );
    // Of what is on it something is lacking.
    let nameless = [holds(INNER, &[], beans("urn:x:nameless")), made(&[INNER])];
    assert_eq!(
        of(&nameless),
        (
            vec![SourceLotDescriptions, ReferenceDocument],
            vec!["urn:x:nameless".into()]
        )
    );
    let uncounted = [
        holds(INNER, &[], json!([{"epcClass": "urn:x:beans"}])),
        made(&[INNER]),
    ];
    assert_eq!(
        of(&uncounted),
        (
            vec![SourceLots, ReferenceDocument],
            vec!["urn:x:beans".into()]
        )
    );
    // Nobody told what was on one of them.
    let unknown = [
        holds(INNER, &[], beans("urn:x:beans")),
        made(&[INNER, OUTER]),
    ];
    assert_eq!(
        of(&unknown),
        (
            vec![SourceLots, SourceLotDescriptions, ReferenceDocument],
            vec!["urn:x:beans".into()]
        )
    );
}

/// Crates come back: what was in them went in, and an empty one is nothing.
#[test]
fn of_a_crate_that_is_used_up_what_was_in_it_is_asked_for() {
    use KeyDataElement::{ReferenceDocument, SourceLotDescriptions, SourceLots};
    const CRATE: &str = "https://id.gs1.org/8003/09521001000017A1";
    const TANK: &str = "https://id.gs1.org/8004/9521001TANK7";
    let fill = |container: &str, product: &str| {
        let rest =
            json!({"childQuantityList": [{"epcClass": product, "quantity": 12, "uom": "KGM"}]});
        pack(1, "ADD", container, &[], rest)
    };
    let made = |inputs: &[&str], outputs: &[&str]| {
        let rest = json!({"inputEPCList": inputs, "outputEPCList": outputs,
            "readPoint": {"id": "urn:x:works"},
            "outputQuantityList": [{"epcClass": LOT, "quantity": 8, "uom": "KGM"}]});
        event("TransformationEvent", 5, &rest)
    };
    let of = |events: &[Value]| {
        let [event] = &found(events, LOT)[..] else {
            panic!("{events:?}");
        };
        let described = event.descriptions.iter();
        let described: Vec<Box<str>> = described.map(|it| it.of.clone()).collect();
        (event.missing.clone(), described)
    };
    let has = |described: &[Box<str>], id: &str| described.iter().any(|it| **it == *id);
    let (missing, described) = of(&[
        fill(CRATE, "urn:x:beans"),
        fill(TANK, "urn:x:nameless"),
        made(&[CRATE, TANK], &[CRATE]),
    ]);
    assert_eq!(missing, [SourceLotDescriptions, ReferenceDocument]);
    assert!(has(&described, "urn:x:beans") && has(&described, "urn:x:nameless"));
    assert!(
        !described
            .iter()
            .any(|it| it.starts_with("https://id.gs1.org/800"))
    );
    let (missing, _) = of(&[fill(CRATE, "urn:x:beans"), made(&[CRATE, TANK], &[])]);
    assert_eq!(missing, [ReferenceDocument]);
    let (missing, _) = of(&[made(&[CRATE], &[])]);
    assert_eq!(
        missing,
        [SourceLots, SourceLotDescriptions, ReferenceDocument]
    );
}

/// Several events of one transformation are one: what one of them does not name, the others do.
#[test]
fn a_transformation_that_is_told_in_parts_lacks_nothing_that_one_of_them_tells() {
    use KeyDataElement::{LotCode, ProductDescription, Quantity, ReferenceDocument, SourceLots};
    const PALLET: &str = "https://id.gs1.org/00/095210010000000017";
    let part = |minute, rest: Value| {
        let mut rest = rest;
        rest["transformationID"] = json!("urn:x:run");
        rest["readPoint"] = json!({"id": "urn:x:works"});
        event("TransformationEvent", minute, &rest)
    };
    let amount = |id: &str| json!([{"epcClass": id, "quantity": 12, "uom": "KGM"}]);
    let missing = |events: &[Value], thing: &str| {
        let found = found(events, thing);
        found
            .into_iter()
            .map(|event| event.missing)
            .collect::<Vec<_>>()
    };
    let inputs = |minute| part(minute, json!({"inputQuantityList": amount("urn:x:beans")}));
    let outputs = |minute| part(minute, json!({"outputQuantityList": amount(LOT)}));
    let documents = || vec![vec![ReferenceDocument]];
    for events in [[inputs(5), outputs(6)], [outputs(5), inputs(6)]] {
        assert_eq!(missing(&events, LOT), documents());
        assert_eq!(missing(&events, "urn:x:beans"), documents());
    }
    let alone = vec![vec![
        LotCode,
        Quantity,
        ProductDescription,
        ReferenceDocument,
    ]];
    assert_eq!(missing(&[inputs(5)], "urn:x:beans"), alone);
    // The name of the product is in the other event.
    let rest = json!({"outputQuantityList": amount("urn:x:unheard"), "ilmd": {"farm:productName": "Nibs"}});
    let named = [inputs(5), part(6, rest)];
    assert_eq!(missing(&named, "urn:x:beans"), documents());
    assert_eq!(missing(&named, "urn:x:unheard"), documents());
    // What it names itself counts.
    let rest = json!({"inputQuantityList": [{"epcClass": "urn:x:beans"}], "outputQuantityList": amount(LOT)});
    let own = [inputs(5), part(6, rest)];
    assert_eq!(missing(&own, LOT), [vec![SourceLots, ReferenceDocument]]);
    // A pallet that two events name was used up once, with what was on it.
    let rest = json!({"childQuantityList": amount("urn:x:beans")});
    let packed = pack(1, "ADD", PALLET, &[], rest);
    let uses = |minute| {
        let rest = json!({"inputEPCList": [PALLET], "outputQuantityList": amount(LOT)});
        part(minute, rest)
    };
    let twice = [packed, uses(5), uses(6)];
    assert_eq!(missing(&twice, LOT), [documents(), documents()].concat());
}

#[test]
fn harvests_may_be_told_in_master_data() {
    let mut rest = told("https://vocab.example/initial_packing");
    let plain = found(&[object(1, "ADD", &[], rest.clone())], LOT);
    assert_eq!(plain[0].missing, [KeyDataElement::Harvest]);
    rest["ilmd"] = json!({"farm:harvestStartDate": "2026-04-01"});
    assert_eq!(found(&[object(1, "ADD", &[], rest)], LOT)[0].missing, []);
}
