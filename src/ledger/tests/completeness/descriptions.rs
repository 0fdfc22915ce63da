//! Whose master data describe products and places.

use serde_json::{Value, json};

use super::{ADDRESS, LOT, PRODUCT, element, events_of, place, product, told};
use crate::ledger::questions::{
    Description, DescriptionPart, EventScope, Events, KeyDataElement, MAX_LISTED_DESCRIPTIONS,
    MAX_STATEMENTS, ThingSelection, TrackedEvent,
};
use crate::ledger::tests::histories::{ALL, capture, ledger_of, object, pack, state};
use crate::testing::MemoryLedger;
use crate::types::LogIndex;

const FIELD: &str = "urn:x:field";

/// A ledger on which the first member has harvested a lot in the field, and nothing is described.
fn harvested() -> MemoryLedger {
    let rest = told("https://vocab.example/harvesting");
    ledger_of(&[object(0, "ADD", &[], rest)])
}

/// The entry of the next record.
fn next_entry(ledger: &MemoryLedger) -> LogIndex {
    LogIndex(ledger.log_size())
}

fn first_of(ledger: &MemoryLedger) -> TrackedEvent {
    events_of(ledger, LOT).remove(0)
}

fn description(event: &TrackedEvent, element: KeyDataElement) -> Description {
    let mut found = event.descriptions.iter();
    let found = found.find(|description| description.element == element);
    found.unwrap().clone()
}

fn of_field(ledger: &MemoryLedger) -> Description {
    description(&first_of(ledger), KeyDataElement::LocationDescription)
}

/// Who describes something, by the entries.
fn cited(description: &Description) -> Option<(String, Vec<u64>)> {
    let by = description.by.as_ref()?;
    let entries = by.entries.iter().map(|entry| entry.0).collect();
    Some((by.member.to_string(), entries))
}

#[test]
fn what_nobody_describes_is_missing_with_what_it_takes() {
    let event = first_of(&harvested());
    use KeyDataElement::{LocationDescription, ProductDescription, RecipientDescription};
    assert_eq!(
        event.missing,
        [
            ProductDescription,
            LocationDescription,
            RecipientDescription
        ]
    );
    let of: Vec<&str> = event.descriptions.iter().map(|one| &*one.of).collect();
    assert_eq!(of, [PRODUCT, FIELD, "urn:x:to"]);
    for description in &event.descriptions {
        assert_eq!(description.by, None);
    }
    assert_eq!(event.descriptions[0].lacks, [DescriptionPart::ProductName]);
    use DescriptionPart::{BusinessName, City, Country, Phone, Street};
    assert_eq!(
        event.descriptions[1].lacks,
        [BusinessName, Phone, Street, City, Country]
    );
}

#[test]
fn the_word_of_the_events_own_member_counts_first_and_a_whole_one_before_a_part() {
    let mut ledger = harvested();
    let members = [ledger.network().member(0), ledger.network().member(1)].map(|id| id.to_string());
    // A part of the other's is better than nothing.
    let part = next_entry(&ledger).0;
    state(&mut ledger, 1, &[element("Location", FIELD, &ADDRESS[..3])]);
    let found = of_field(&ledger);
    assert_eq!(cited(&found), Some((members[1].clone(), vec![part])));
    assert_eq!(
        found.lacks,
        [DescriptionPart::City, DescriptionPart::Country]
    );
    // A part of one's own is better than that, though the two together would be whole.
    let own = next_entry(&ledger).0;
    state(&mut ledger, 0, &[element("Location", FIELD, &ADDRESS[3..])]);
    let found = of_field(&ledger);
    assert_eq!(cited(&found), Some((members[0].clone(), vec![own])));
    assert_eq!(found.lacks.len(), 3);
    // The other's whole one is better than one's own part.
    let whole = next_entry(&ledger).0;
    state(&mut ledger, 1, &[place(FIELD)]);
    let found = of_field(&ledger);
    assert_eq!(cited(&found), Some((members[1].clone(), vec![whole])));
    assert_eq!(found.lacks, []);
    let height = ledger.tip().height;
    // And one's own whole one is best.
    let best = next_entry(&ledger).0;
    state(&mut ledger, 0, &[place(FIELD)]);
    assert_eq!(
        cited(&of_field(&ledger)),
        Some((members[0].clone(), vec![best]))
    );
    // At the height before it was not there.
    let before = Events::open(&ledger, EventScope::as_of(Some(height))).unwrap();
    let answer = before.completeness(ThingSelection::One(LOT), false, ALL);
    let event = answer.unwrap().unwrap().events.remove(0);
    let found = description(&event, KeyDataElement::LocationDescription);
    assert_eq!(cited(&found), Some((members[1].clone(), vec![whole])));
}

#[test]
fn a_description_that_is_taken_back_is_missing_again() {
    let mut ledger = harvested();
    state(&mut ledger, 0, &[place(FIELD)]);
    assert_eq!(of_field(&ledger).lacks, []);
    state(&mut ledger, 0, &[element("Location", FIELD, &[])]);
    let found = of_field(&ledger);
    assert_eq!((found.by, found.lacks.len()), (None, 5));
}

#[test]
fn one_members_words_count_together_over_vocabularies_and_the_site_of_a_place() {
    const DOCK: &str = "https://id.gs1.org/414/9521002000207/254/DOCK-4";
    const SITE: &str = "https://id.gs1.org/414/9521002000207";
    let mut rest = told("https://vocab.example/harvesting");
    rest["readPoint"]["id"] = json!(DOCK);
    let mut ledger = ledger_of(&[object(0, "ADD", &[], rest)]);
    let first = next_entry(&ledger).0;
    let words = [
        element("ReadPoint", DOCK, &ADDRESS[..1]),
        element("BusinessLocation", SITE, &ADDRESS[1..2]),
        element("Location", SITE, &ADDRESS[2..]),
    ];
    state(&mut ledger, 0, &words);
    let found = of_field(&ledger);
    assert_eq!(&*found.of, DOCK);
    let member = ledger.network().member(0).to_string();
    assert_eq!(
        cited(&found),
        Some((member, vec![first, first + 1, first + 2]))
    );
    assert_eq!(found.lacks, []);
}

#[test]
fn products_are_described_by_themselves_by_their_lot_or_by_the_event_that_made_them() {
    let of_product = |ledger: &MemoryLedger| {
        let event = first_of(ledger);
        description(&event, KeyDataElement::ProductDescription)
    };
    // By the product, as an EPC pattern too.
    let mut ledger = harvested();
    let other = "urn:epc:idpat:sgtin:9521001.012346.*";
    state(&mut ledger, 0, &[product(other)]);
    assert_eq!(of_product(&ledger).by, None);
    let entry = next_entry(&ledger).0;
    let pattern = "urn:epc:idpat:sgtin:9521001.012345.*";
    state(&mut ledger, 0, &[product(pattern)]);
    let found = of_product(&ledger);
    assert_eq!((&*found.of, found.lacks.len()), (PRODUCT, 0));
    assert_eq!(cited(&found).unwrap().1, [entry]);
    // By the lot.
    let mut ledger = harvested();
    state(&mut ledger, 0, &[product(LOT)]);
    assert_eq!(&*of_product(&ledger).of, LOT);
    // By the event that made the lot, for the events after it as well.
    let mut rest = told("commissioning");
    rest["ilmd"] = json!({"farm:descriptionShort": "Cocoa beans"});
    let ledger = ledger_of(&[
        object(0, "ADD", &[], rest),
        object(1, "OBSERVE", &[], told("shipping")),
    ]);
    let found = of_product(&ledger);
    assert_eq!((&*found.of, found.lacks.len()), (PRODUCT, 0));
    let made = first_of(&ledger).index.0 - 1;
    assert_eq!(cited(&found).unwrap().1, [made]);
}

#[test]
fn a_logistic_unit_is_described_by_the_products_in_it_at_any_depth() {
    const PALLET: &str = "https://id.gs1.org/00/095210010000000017";
    const CASE: &str = "https://id.gs1.org/00/095210010000000024";
    let amount = json!([{"epcClass": LOT, "quantity": 10, "uom": "KGM"}]);
    let mut rest = told("shipping");
    rest.as_object_mut().unwrap().remove("quantityList");
    let mut ledger = ledger_of(&[
        pack(
            0,
            "ADD",
            CASE,
            &["urn:x:fish:7"],
            json!({"childQuantityList": amount}),
        ),
        pack(1, "ADD", PALLET, &[CASE], json!({})),
        object(2, "OBSERVE", &[PALLET], rest),
    ]);
    let products = |ledger: &MemoryLedger| -> Vec<(String, usize)> {
        let event = events_of(ledger, PALLET).remove(0);
        let found = event.descriptions.into_iter();
        let found = found.filter(|one| one.element == KeyDataElement::ProductDescription);
        found.map(|one| (one.of.into(), one.lacks.len())).collect()
    };
    let both = [(PRODUCT.to_owned(), 1), ("urn:x:fish:7".to_owned(), 1)];
    assert_eq!(products(&ledger), both);
    state(&mut ledger, 0, &[product(PRODUCT)]);
    // What lacks something comes first.
    assert_eq!(
        products(&ledger),
        [both[1].clone(), (PRODUCT.to_owned(), 0)]
    );
    state(&mut ledger, 1, &[product("urn:x:fish:7")]);
    let missing = events_of(&ledger, PALLET).remove(0).missing;
    assert!(
        !missing.contains(&KeyDataElement::ProductDescription),
        "{missing:?}"
    );
}

#[test]
fn all_that_went_into_a_transformation_is_to_be_described() {
    let amounts = |ids: &[String]| -> Value {
        let amount = |id| json!({"epcClass": id, "quantity": 1});
        ids.iter().map(amount).collect()
    };
    let inputs: Vec<String> = (0..30).map(|number| format!("urn:x:in:{number}")).collect();
    let rest = json!({"inputQuantityList": amounts(&inputs), "outputQuantityList": amounts(&[LOT.to_owned()])});
    let mut ledger = ledger_of(&[super::event("TransformationEvent", 0, &rest)]);
    let words: Vec<Value> = inputs[..29].iter().map(|id| product(id)).collect();
    state(&mut ledger, 0, &words);
    let event = first_of(&ledger);
    assert!(
        event
            .missing
            .contains(&KeyDataElement::SourceLotDescriptions)
    );
    assert_eq!(event.descriptions.len(), MAX_LISTED_DESCRIPTIONS);
    assert!(event.more_descriptions);
    let lacking = event
        .descriptions
        .iter()
        .filter(|one| !one.lacks.is_empty());
    let lacking: Vec<&str> = lacking.map(|one| &*one.of).collect();
    assert_eq!(lacking, ["urn:x:in:29", PRODUCT]);
    state(&mut ledger, 0, &[product("urn:x:in:29")]);
    let missing = first_of(&ledger).missing;
    assert!(!missing.contains(&KeyDataElement::SourceLotDescriptions));
}

#[test]
fn lots_of_one_product_share_its_description() {
    let lots =
        (0..3).map(|number| json!({"epcClass": format!("{PRODUCT}/10/IN{number}"), "quantity": 1}));
    let lots: Value = lots.collect();
    let output = json!([{"epcClass": LOT, "quantity": 3}]);
    let rest = json!({"inputQuantityList": lots, "outputQuantityList": output});
    let ledger = ledger_of(&[super::event("TransformationEvent", 0, &rest)]);
    let of = |element| -> Vec<String> {
        let found = first_of(&ledger).descriptions.into_iter();
        let found = found.filter(|one| one.element == element);
        found.map(|one| one.of.into()).collect()
    };
    assert_eq!(of(KeyDataElement::SourceLotDescriptions), [PRODUCT]);
    assert_eq!(of(KeyDataElement::ProductDescription), [PRODUCT]);
}

#[test]
fn any_end_of_a_transfer_may_be_described_and_places_come_before_parties() {
    let mut rest = told("shipping");
    rest["destinationList"] = json!([
        {"type": "owning_party", "destination": "urn:x:buyer"},
        {"type": "location", "destination": "urn:x:to"}
    ]);
    let mut ledger = ledger_of(&[object(0, "ADD", &[], rest)]);
    let recipient = |ledger: &MemoryLedger| {
        description(&first_of(ledger), KeyDataElement::RecipientDescription)
    };
    assert_eq!(&*recipient(&ledger).of, "urn:x:to");
    state(&mut ledger, 0, &[place("urn:x:buyer")]);
    assert_eq!(&*recipient(&ledger).of, "urn:x:buyer");
    state(&mut ledger, 0, &[place("urn:x:to")]);
    assert_eq!(&*recipient(&ledger).of, "urn:x:to");
    assert_eq!(recipient(&ledger).lacks, []);
}

#[test]
fn the_place_that_a_lot_code_is_from_is_to_be_described() {
    let mut made = told("commissioning");
    made["readPoint"]["id"] = json!("urn:x:origin");
    let mut ledger = ledger_of(&[
        object(0, "ADD", &[], made),
        object(1, "OBSERVE", &[], told("shipping")),
    ]);
    capture(
        &mut ledger,
        1,
        &[object(2, "OBSERVE", &[], told("receiving"))],
    );
    let element = KeyDataElement::LotCodeSourceDescription;
    for event in events_of(&ledger, LOT) {
        assert_eq!(&*description(&event, element).of, "urn:x:origin");
        assert!(event.missing.contains(&element));
    }
    state(&mut ledger, 0, &[place("urn:x:origin")]);
    for event in events_of(&ledger, LOT) {
        assert!(!event.missing.contains(&element));
    }
}

/// One member's word about what is not its own keeps nobody from an answer.
#[test]
fn what_too_many_statements_describe_is_not_known_and_the_answer_says_so() {
    let mut ledger = harvested();
    state(&mut ledger, 0, &[place(FIELD), product(PRODUCT)]);
    let height = ledger.tip().height;
    let words = |from: usize, until: usize| -> Vec<Value> {
        let word = |number| element(&format!("V{number}"), FIELD, &[("city", "Aarhus")]);
        (from..until).map(word).collect()
    };
    state(&mut ledger, 1, &words(1, MAX_STATEMENTS));
    let found = of_field(&ledger);
    assert_eq!(
        (found.lacks, found.has_too_many_statements),
        (vec![], false)
    );
    state(&mut ledger, 1, &words(MAX_STATEMENTS, MAX_STATEMENTS + 1));
    let is_unknown = |event: &TrackedEvent| {
        let found = description(event, KeyDataElement::LocationDescription);
        assert_eq!((found.by, found.lacks.len()), (None, 5));
        assert!(found.has_too_many_statements);
        let product = description(event, KeyDataElement::ProductDescription);
        assert_eq!(
            (product.lacks, product.has_too_many_statements),
            (vec![], false)
        );
    };
    is_unknown(&first_of(&ledger));
    // They are as many for an answer of a height before them, which would have to look at each.
    let before = Events::open(&ledger, EventScope::as_of(Some(height))).unwrap();
    let answer = before.completeness(ThingSelection::One(LOT), false, ALL);
    is_unknown(&answer.unwrap().unwrap().events.remove(0));
}
