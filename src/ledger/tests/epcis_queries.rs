//! Queries of EPCIS, on random events, against a filter that goes through all of them and knows no index.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;

use crate::contracts::ListedField;
use crate::ledger::questions::epcis_query::{
    Cursor, EpcisQuery, EpcisQueryError, MAX_EVENTS_LOOKED_AT, QueryText, known_epcs, known_values,
    search,
};
use crate::records::epcis::{Namespaces, canonical_identifier, parse};
use crate::testing::{MemoryLedger, TestNetwork, record};
use crate::types::{Decode, Encode, Outcome, Timestamp};

mod hashes;
mod samples;

use samples::*;

/// A condition, which can be written as parameter and checked on a sample.
#[derive(Clone, Debug)]
enum Condition {
    Type(u8),
    Epc(Vec<usize>, bool),
    AnyEpc(usize, bool),
    InputEpc(usize),
    AnyPattern,
    Parent(usize),
    Class(usize),
    AnyClass(usize),
    Step(usize, bool),
    ReadPoint(usize),
    Location(usize),
    From(i64),
    Before(i64),
    RecordedFrom(i64),
    RecordedBefore(i64),
    AtLeast(i64),
    Grade(i64),
    HasGrade,
    Depth(usize),
    Declared,
    Named(usize),
    Hashed(usize),
    Serial(usize),
}

fn condition() -> impl Strategy<Value = Condition> {
    use Condition as C;
    let two = || prop::collection::vec(0..4_usize, 1..3);
    prop_oneof![
        (0..3_u8).prop_map(C::Type),
        (two(), any::<bool>()).prop_map(|(n, l)| C::Epc(n, l)),
        (0..4_usize, any::<bool>()).prop_map(|(n, l)| C::AnyEpc(n, l)),
        (0..4_usize).prop_map(C::InputEpc),
        Just(C::AnyPattern),
        (0..2_usize).prop_map(C::Parent),
        (0..2_usize).prop_map(C::Class),
        (0..2_usize).prop_map(C::AnyClass),
        (0..STEPS.len(), any::<bool>()).prop_map(|(n, l)| C::Step(n, l)),
        (0..3_usize).prop_map(C::ReadPoint),
        (0..3_usize).prop_map(C::Location),
        (0..6_i64).prop_map(C::From),
        (0..7_i64).prop_map(C::Before),
        (0..5_i64).prop_map(C::RecordedFrom),
        (0..6_i64).prop_map(C::RecordedBefore),
        (0..4_i64).prop_map(C::AtLeast),
        (0..4_i64).prop_map(C::Grade),
        Just(C::HasGrade),
        (0..3_usize).prop_map(C::Depth),
        Just(C::Declared),
        (0..10_usize).prop_map(C::Named),
        (0..10_usize).prop_map(C::Hashed),
        (0..10_usize).prop_map(C::Serial),
    ]
}

/// A sample on the ledger.
struct Placed<'a> {
    sample: &'a Sample,
    serial: usize,
    block: i64,
    record_time: Timestamp,
}

impl Condition {
    fn parameter(&self, history: &History) -> (&'static str, String) {
        let grade = |start: &str| match start {
            "GE" => "GE_cocoa:grade",
            _ => "EXISTS_cocoa:grade",
        };
        match self {
            Self::Type(0) => ("eventType", "ObjectEvent".to_owned()),
            Self::Type(1) => ("eventType", "AggregationEvent".to_owned()),
            Self::Type(_) => ("eventType", "TransformationEvent".to_owned()),
            Self::Epc(numbers, is_link) => {
                let epcs: Vec<String> = numbers.iter().map(|n| epc(*n, *is_link)).collect();
                ("MATCH_epc", epcs.join("|"))
            }
            Self::AnyEpc(number, is_link) => ("MATCH_anyEPC", epc(*number, *is_link)),
            Self::InputEpc(number) => ("MATCH_inputEPC", epc(*number, false)),
            Self::AnyPattern => ("MATCH_outputEPC", "urn:epc:idpat:sscc:9521001.*".to_owned()),
            Self::Parent(number) => ("MATCH_parentID", container(*number)),
            Self::Class(number) => ("MATCH_epcClass", lot(*number)),
            Self::AnyClass(number) => ("MATCH_anyEPCClass", lot(*number)),
            Self::Step(number, false) => ("EQ_bizStep", STEPS[*number].to_owned()),
            Self::Step(number, true) => (
                "EQ_bizStep",
                format!("urn:epcglobal:cbv:bizstep:{}", STEPS[*number]),
            ),
            Self::ReadPoint(number) => (
                "EQ_readPoint",
                canonical_identifier(&place(*number)).into_owned(),
            ),
            Self::Location(number) => ("WD_bizLocation", place(*number)),
            Self::From(minute) => ("GE_eventTime", minute_text(*minute)),
            Self::Before(minute) => ("LT_eventTime", minute_text(*minute)),
            Self::RecordedFrom(block) => ("GE_recordTime", history.time_of(*block).to_string()),
            Self::RecordedBefore(block) => ("LT_recordTime", history.time_of(*block).to_string()),
            Self::AtLeast(quantity) => ("GE_quantity_KGM", quantity.to_string()),
            Self::Grade(number) => (grade("GE"), number.to_string()),
            Self::HasGrade => (grade("EXISTS"), String::new()),
            Self::Depth(number) => (
                "EQ_INNER_https://cocoa.example/terms/depth",
                number.to_string(),
            ),
            Self::Declared => ("EXISTS_errorDeclaration", "true".to_owned()),
            Self::Named(serial) => ("EQ_eventID", own_name(*serial)),
            Self::Hashed(serial) => {
                let hash = history.placed.get(*serial).map(|(_, _, hash)| hash.clone());
                ("EQ_eventID", hash.unwrap_or_else(|| own_name(99)))
            }
            Self::Serial(serial) => ("EQ_cocoa:serial", serial.to_string()),
        }
    }

    fn holds(&self, placed: &Placed<'_>, history: &History) -> bool {
        let sample = placed.sample;
        let is_lot = |number: &usize| sample.lot.is_some_and(|(own, _)| own == *number);
        match self {
            Self::Type(kind) => sample.kind == *kind,
            Self::Epc(numbers, _) => {
                sample.kind != 2 && numbers.iter().any(|n| sample.things.contains(n))
            }
            Self::AnyEpc(number, _) => sample.things.contains(number),
            Self::InputEpc(number) => sample.kind == 2 && sample.things.contains(number),
            Self::AnyPattern => sample.kind == 2 && sample.lot.is_none(),
            Self::Parent(number) => sample.kind == 1 && sample.parent == *number,
            Self::Class(number) => sample.kind != 2 && is_lot(number),
            Self::AnyClass(number) => is_lot(number),
            Self::Step(number, _) => sample.step == *number,
            Self::ReadPoint(number) => sample.place == Some(*number),
            Self::Location(number) => sample.location == Some(*number),
            Self::From(minute) => sample.minute >= *minute,
            Self::Before(minute) => sample.minute < *minute,
            Self::RecordedFrom(block) => placed.record_time >= history.time_of(*block),
            Self::RecordedBefore(block) => placed.record_time < history.time_of(*block),
            Self::AtLeast(least) => sample.lot.is_some_and(|(_, quantity)| quantity >= *least),
            Self::Grade(least) => sample.grade.is_some_and(|grade| grade >= *least),
            Self::HasGrade => sample.grade.is_some(),
            Self::Depth(depth) => placed.serial % 3 == *depth,
            Self::Declared => sample.is_declaration,
            Self::Named(serial) => sample.is_named && placed.serial == *serial,
            Self::Hashed(serial) => placed.serial == *serial,
            Self::Serial(serial) => placed.serial == *serial,
        }
    }
}

/// Samples in blocks on a ledger.
struct History {
    ledger: MemoryLedger,
    first_time: Timestamp,
    /// Sample, block and hash of each.
    placed: Vec<(Sample, i64, String)>,
}

impl History {
    fn new(blocks: &[Vec<Sample>]) -> Self {
        let ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
        let mut history = Self {
            first_time: ledger.next_time(),
            ledger,
            placed: Vec::new(),
        };
        for block in blocks {
            history.order(block);
        }
        history
    }

    fn order(&mut self, block: &[Sample]) {
        let number = i64::try_from(self.ledger.tip().height.0).unwrap();
        let mut records = Vec::new();
        for sample in block {
            let body = sample.event(self.placed.len());
            let hash = parse(body.as_bytes()).unwrap().event_hash().to_string();
            records.push(record("epcis.event", 1, body));
            self.placed.push((sample.clone(), number, hash));
        }
        let network = self.ledger.network();
        let submission = network.submission(0, self.ledger.expiry(), records);
        let applied = self.ledger.submit(vec![submission]);
        for outcome in &applied.records[0].outcomes {
            assert_eq!(*outcome, Outcome::Accepted);
        }
    }

    fn time_of(&self, block: i64) -> Timestamp {
        Timestamp::from_ms(self.first_time.as_ms() + block * 1_000)
    }

    fn all(&self) -> Vec<Placed<'_>> {
        let placed = self.placed.iter().enumerate();
        placed
            .map(|(serial, (sample, block, _))| Placed {
                sample,
                serial,
                block: *block,
                record_time: self.time_of(*block),
            })
            .collect()
    }
}

/// A query, with what becomes of it page by page.
#[derive(Clone, Debug)]
struct Asked {
    conditions: Vec<Condition>,
    /// By event time or record time, and up or down.
    order: Option<(bool, bool)>,
    limit: Option<usize>,
    page: usize,
}

fn asked() -> impl Strategy<Value = Asked> {
    let order = prop::option::of((any::<bool>(), any::<bool>()));
    let conditions = prop::collection::vec(condition(), 0..4);
    let limit = prop::option::of(1..5_usize);
    (conditions, order, limit, 1..5_usize).prop_map(|(conditions, order, limit, page)| Asked {
        conditions,
        limit: limit.filter(|_| order.is_some()),
        order,
        page,
    })
}

fn text() -> QueryText {
    let mut namespaces = Namespaces::default();
    namespaces
        .declare("cocoa", "https://cocoa.example/terms/")
        .unwrap();
    QueryText::new(namespaces)
}

impl Asked {
    /// The query; none if it names a parameter twice, or asks for a time that ends before it begins.
    fn query(&self, history: &History) -> Option<EpcisQuery> {
        let mut text = text();
        for condition in &self.conditions {
            let (name, values) = condition.parameter(history);
            text.add(name, &values).ok()?;
        }
        if let Some((by_event, is_up)) = self.order {
            text.add("orderBy", if by_event { "eventTime" } else { "recordTime" })
                .unwrap();
            text.add("orderDirection", if is_up { "ASC" } else { "DESC" })
                .unwrap();
        }
        if let Some(limit) = self.limit {
            text.add("eventCountLimit", &limit.to_string()).unwrap();
        }
        match EpcisQuery::read(&history.ledger.network().ledger(), &text) {
            Ok(query) => Some(query),
            Err(EpcisQueryError::BadCombination { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The serials that it has to find, in order.
    fn expected(&self, history: &History, query: &EpcisQuery) -> Vec<usize> {
        let mut found: Vec<Placed<'_>> = history.all();
        found.retain(|placed| self.conditions.iter().all(|c| c.holds(placed, history)));
        let by_event =
            query.order_by() == crate::ledger::questions::epcis_query::OrderBy::EventTime;
        if by_event {
            found.sort_by_key(|placed| (placed.sample.minute, placed.serial));
        } else {
            found.sort_by_key(|placed| (placed.block, placed.serial));
        }
        if matches!(self.order, Some((_, false))) {
            found.reverse();
        }
        let serials = found.iter().map(|placed| placed.serial);
        serials.take(self.limit.unwrap_or(usize::MAX)).collect()
    }
}

fn serials(bodies: &[bytes::Bytes]) -> Vec<usize> {
    let serial = |body: &bytes::Bytes| {
        let event: Value = serde_json::from_slice(body).unwrap();
        usize::try_from(event["cocoa:serial"].as_u64().unwrap()).unwrap()
    };
    bodies.iter().map(serial).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Every query finds what the filter finds, in order, on pages that stay as they are while the
    /// ledger grows.
    #[test]
    fn queries_find_what_a_filter_finds(
        blocks in prop::collection::vec(prop::collection::vec(sample(), 1..4), 1..4),
        later in prop::collection::vec(sample(), 1..4),
        questions in prop::collection::vec(asked(), 1..8),
    ) {
        let mut history = History::new(&blocks);
        for asked in questions {
            let Some(query) = asked.query(&history) else { continue };
            let expected = asked.expected(&history, &query);
            let mut bodies = Vec::new();
            let mut cursor: Option<Cursor> = None;
            loop {
                let page = search(&history.ledger, &query, asked.page, cursor.as_ref()).unwrap();
                prop_assert!(page.events.len() <= asked.page);
                for event in &page.events {
                    let found = parse(&event.body).unwrap();
                    if let Some(hash) = &event.hash_as_id {
                        prop_assert_eq!(hash, &found.event_hash().to_string());
                        prop_assert!(found.event_id.is_none());
                    }
                }
                bodies.extend(page.events.into_iter().map(|event| event.body));
                let Some(next) = page.next else { break };
                prop_assert_eq!(&Cursor::from_bytes(&next.to_bytes()).unwrap(), &next);
                cursor = Some(next);
                if history.placed.len() < 30 {
                    history.order(&later);
                }
            }
            prop_assert_eq!(serials(&bodies), expected, "{:?}", asked);
        }
    }
}

fn plain(minute: i64, thing: usize) -> Sample {
    Sample {
        kind: 0,
        minute,
        things: vec![thing],
        parent: 0,
        lot: None,
        step: 0,
        place: Some(thing % 3),
        location: None,
        grade: None,
        is_named: false,
        is_declaration: false,
        is_link: false,
    }
}

#[test]
fn a_query_with_too_many_matches_is_refused_where_it_asks_for_that() {
    let history = History::new(&[(0..5).map(|minute| plain(minute, 1)).collect()]);
    let ask = |most: &str| {
        let mut text = text();
        text.add("maxEventCount", most).unwrap();
        let query = EpcisQuery::read(&history.ledger.network().ledger(), &text).unwrap();
        search(&history.ledger, &query, 2, None)
    };
    assert_eq!(ask("5").unwrap().events.len(), 2);
    assert_eq!(ask("4"), Err(EpcisQueryError::TooLarge { most: 4 }));
}

#[test]
fn a_cursor_of_another_query_is_refused() {
    let history = History::new(&[(0..5).map(|minute| plain(minute, 1)).collect()]);
    let ledger = history.ledger.network().ledger();
    let ask = |name: &str, value: &str| {
        let mut text = text();
        text.add(name, value).unwrap();
        EpcisQuery::read(&ledger, &text).unwrap()
    };
    let first = ask("eventType", "ObjectEvent");
    let cursor = search(&history.ledger, &first, 2, None).unwrap().next;
    let other = ask("eventType", "ObjectEvent|AggregationEvent");
    let refused = search(&history.ledger, &other, 2, cursor.as_ref());
    assert_eq!(refused, Err(EpcisQueryError::ForeignCursor));
    let mut ahead = cursor.unwrap();
    let tip = ahead.height;
    ahead.height.0 += 1;
    let asked = ahead.height;
    let refused = search(&history.ledger, &first, 2, Some(&ahead));
    assert_eq!(refused, Err(EpcisQueryError::NotYet { asked, tip }));
}

/// What a page may cost is bounded: one that finds nothing in as many events says where to go on.
#[test]
fn a_page_ends_where_its_work_does() {
    let mut history = History::new(&[]);
    let most = MAX_EVENTS_LOOKED_AT;
    for block in 0..=(most / 500) {
        let minute = i64::try_from(block).unwrap();
        history.order(&vec![plain(minute, 1); 500]);
    }
    history.order(&[Sample {
        location: Some(7),
        ..plain(900, 2)
    }]);
    // An event is found by its places whatever happened elsewhere before it.
    for (name, number) in [
        ("EQ_readPoint", 2),
        ("EQ_bizLocation", 7),
        ("WD_readPoint", 2),
    ] {
        let mut text = text();
        text.add(name, &place(number)).unwrap();
        let query = EpcisQuery::read(&history.ledger.network().ledger(), &text).unwrap();
        let page = search(&history.ledger, &query, 30, None).unwrap();
        assert_eq!((page.events.len(), page.next), (1, None), "{name}");
    }
    let mut text = text();
    text.add("EQ_cocoa:serial", &(most + 500).to_string())
        .unwrap();
    let query = EpcisQuery::read(&history.ledger.network().ledger(), &text).unwrap();
    let (mut cursor, mut pages, mut found) = (None, 0, 0);
    loop {
        let page = search(&history.ledger, &query, 30, cursor.as_ref()).unwrap();
        (pages, found) = (pages + 1, found + page.events.len());
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    // Each page reads a thousand bodies.
    assert_eq!((pages, found), (11, 1));
    let mut text = super::epcis_queries::text();
    text.add("EQ_disposition", "recalled").unwrap();
    text.add("maxEventCount", "1").unwrap();
    let query = EpcisQuery::read(&history.ledger.network().ledger(), &text).unwrap();
    let refused = search(&history.ledger, &query, 30, None);
    assert_eq!(
        refused,
        Err(EpcisQueryError::TooComplex { looked_at: most })
    );
}

#[test]
fn what_events_speak_of_is_listed_once_and_page_by_page() {
    let mut samples: Vec<Sample> = (0..9).map(|n| plain(5, n)).collect();
    samples[0].kind = 1;
    samples[1].lot = Some((1, 2));
    samples.extend((0..9).map(|n| plain(3, n)));
    let history = History::new(&[samples]);
    let collect =
        |list: &dyn Fn(Option<&[u8]>) -> crate::ledger::questions::epcis_query::KnownValues| {
            let (mut all, mut after) = (Vec::new(), None);
            loop {
                let page = list(after.as_deref());
                assert!(page.values.len() <= 2);
                all.extend(page.values);
                after = page.next;
                if after.is_none() {
                    all.sort();
                    return all;
                }
            }
        };
    let view = &history.ledger;
    let epcs = collect(&|after| known_epcs(view, after, 2).unwrap());
    let mut expected: Vec<String> = (0..9)
        .map(|n| canonical_identifier(&epc(n, false)).into_owned())
        .collect();
    expected.push(canonical_identifier(&container(0)).into_owned());
    expected.sort();
    assert_eq!(epcs, expected);
    let places = collect(&|after| known_values(view, ListedField::ReadPoint, after, 2).unwrap());
    assert_eq!(places.len(), 3);
    let none = collect(&|after| known_values(view, ListedField::BizLocation, after, 2).unwrap());
    assert!(none.is_empty());
    let steps = collect(&|after| known_values(view, ListedField::BizStep, after, 2).unwrap());
    assert_eq!(steps, ["https://ref.gs1.org/cbv/BizStep-commissioning"]);
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let ledger = TestNetwork::new(1, 1).ledger();
    let refused = |name: &str, value: &str| {
        let mut text = text();
        text.add(name, value)?;
        EpcisQuery::read(&ledger, &text).map(|_| ())
    };
    for (name, value) in [
        ("MATCH_epcs", "urn:epc:id:sgtin:9521001.011111.1"),
        ("EQ_bizstep", "shipping"),
        ("foo", "bar"),
        ("EQ_", "1"),
        ("GT_bizTransaction_po", "urn:a:b"),
        ("EQ_value", "1"),
        ("EQ_percRank_KGM", "1"),
        ("EQ_value_kilo", "1"),
        ("EXISTS_ilmd", ""),
        ("EQ_INNER_", "1"),
    ] {
        let error = refused(name, value).unwrap_err();
        assert!(
            matches!(error, EpcisQueryError::UnknownParameter { .. }),
            "{name}: {error}"
        );
    }
    for (name, value) in [
        ("eventType", "QuantityEvent"),
        ("EQ_action", "add"),
        ("EQ_bizStep", "shiping"),
        ("GE_eventTime", "yesterday"),
        ("GE_eventTime", "2026-01-01T00:00:00Z|2026-01-02T00:00:00Z"),
        ("MATCH_epc", "urn:epc:id:sgtin:9521001.0.1"),
        ("MATCH_epc", "urn:epc:idpat:usdod:CAGEY.*"),
        ("MATCH_epc", "no uri"),
        ("EQ_quantity", "much"),
        ("EQ_hexBinaryValue", "xyz"),
        ("EQ_booleanValue", "yes"),
        ("EXISTS_errorDeclaration", "perhaps"),
        ("eventCountLimit", "0"),
        ("maxEventCount", "-1"),
        ("orderDirection", "UP"),
        ("orderBy", ""),
        ("orderBy", "bizStep"),
        ("EQ_wine:grade", "1"),
        ("GT_cocoa:grade", "good"),
        ("EQ_source_owner", "urn:a:b"),
    ] {
        let error = refused(name, value).unwrap_err();
        assert!(
            matches!(error, EpcisQueryError::BadValue { .. }),
            "{name}: {error}"
        );
    }
    let error = refused("orderBy", "cocoa:grade").unwrap_err();
    assert!(matches!(error, EpcisQueryError::NotSupported { .. }));
    let error = refused("eventCountLimit", "3").unwrap_err();
    assert!(matches!(error, EpcisQueryError::BadCombination { .. }));
}
