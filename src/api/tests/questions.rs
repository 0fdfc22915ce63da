//! Questions about what happened to goods, as a client sees them.

use serde_json::{Value, json};

use super::support::{Server, World, assert_problem, record};

const LOT: &str = "urn:epc:class:lgtin:9521001.012345.A1";
pub(super) const FISH: &str = "urn:epc:id:sgtin:9521001.011111.7";
pub(super) const CASE: &str = "urn:epc:id:sscc:9521001.0000000001";
pub(super) const WORKS: &str = "urn:epc:id:sgln:9521001.00001.0";
pub(super) const SHOP: &str = "urn:epc:id:sgln:9521001.00009.0";

fn event(event_type: &str, hour: u32, rest: Value) -> crate::types::Record {
    let mut event = json!({
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": event_type,
        "eventTime": format!("2024-09-01T{hour:02}:00:00Z"),
        "eventTimeZoneOffset": "+00:00"
    });
    for (name, value) in rest.as_object().unwrap() {
        event[name] = value.clone();
    }
    record("epcis.event", event.to_string())
}

/// A fish of a lot goes to a shop in a case, which gets warm on its way, and is commissioned again there.
pub(super) fn world() -> World {
    let world = World::new();
    let works = json!({"id": WORKS});
    let caught = json!([{"epcClass": LOT, "quantity": 100.5, "uom": "KGM"}]);
    let used = json!([{"epcClass": LOT, "quantity": 101, "uom": "KGM"}]);
    let warm = json!([{"sensorReport": [
        {"type": "Temperature", "time": "2024-09-01T04:10:00Z", "value": 9.5, "uom": "CEL"},
        {"type": "Temperature", "time": "2024-09-01T04:40:00Z", "value": 3, "uom": "CEL"}]}]);
    let records = [
        event(
            "ObjectEvent",
            1,
            json!({"action": "ADD", "quantityList": caught, "bizLocation": works}),
        ),
        event(
            "TransformationEvent",
            2,
            json!({"inputQuantityList": used, "outputEPCList": [FISH], "readPoint": works}),
        ),
        event(
            "AggregationEvent",
            3,
            json!({"action": "ADD", "parentID": CASE, "childEPCs": [FISH]}),
        ),
        event(
            "ObjectEvent",
            4,
            json!({"action": "OBSERVE", "epcList": [CASE], "bizStep": "shipping", "readPoint": works}),
        ),
        event(
            "ObjectEvent",
            5,
            json!({"action": "OBSERVE", "epcList": [CASE], "bizStep": "receiving",
                "bizLocation": {"id": SHOP}, "sensorElementList": warm}),
        ),
        event(
            "ObjectEvent",
            6,
            json!({"action": "ADD", "epcList": [FISH], "bizLocation": {"id": SHOP}}),
        ),
    ];
    for record in records {
        world.commit(vec![world.sign(vec![record])], Vec::new());
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn dwell_times_are_told_by_thing_and_by_place() {
    let server = Server::start(&world()).await;
    let path = format!("/v1/dwell?thing={FISH}&event_time_before=2024-09-01T08:00:00Z");
    let answer = server.json(&path).await;
    let visits = answer["visits"].as_array().unwrap();
    assert_eq!(visits.len(), 2, "{answer}");
    assert_eq!(
        (&answer["height"], &visits[0]["durationMs"]),
        (&json!(6), &json!(7_200_000))
    );
    assert_eq!(
        (&visits[0]["duration"], &visits[0]["departureSeen"]),
        (&json!("PT2H"), &json!(true))
    );
    assert_eq!(
        (&visits[1]["open"], &visits[1]["duration"]),
        (&json!(true), &json!("PT3H"))
    );
    // Each visit's events are entries of the log.
    let index = &visits[1]["arrivalIndex"];
    let entry = server.json(&format!("/v1/records/{index}")).await;
    assert_eq!(entry["record"]["content"]["bizStep"], "receiving");
    let at_shop = server
        .json(&format!("/v1/dwell?place={SHOP}&present=true"))
        .await;
    let things = at_shop["visits"].as_array().unwrap();
    assert_eq!(things.len(), 2, "{at_shop}");
    let place = format!("/v1/dwell?place={SHOP}&present=true&limit=1");
    let first = server.json(&place).await;
    assert_eq!(first["visits"], json!(things[..1]));
    let next = first["next"].as_str().unwrap();
    let height = &first["height"];
    let second = format!("{place}&as_of_height={height}&after={next}");
    let second = server.json(&second).await;
    assert_eq!(second["visits"], json!(things[1..]));
    assert!(second.get("next").is_none(), "{second}");
    let page = server
        .json(&format!("/v1/dwell?thing={FISH}&limit=1"))
        .await;
    assert_eq!(page["visits"].as_array().unwrap().len(), 1);
    let earlier = server
        .json(&format!("/v1/dwell?thing={FISH}&as_of_height=3"))
        .await;
    assert_eq!(earlier["visits"].as_array().unwrap().len(), 1);
    // The answer of the earlier height ends where that page would begin.
    let next = page["next"].as_str().unwrap();
    let beyond = format!("/v1/dwell?thing={FISH}&as_of_height=3&after={next}");
    let problem = assert_problem(server.get(&beyond).await, 400, "bad-query").await;
    assert!(
        problem["cause"]
            .as_str()
            .unwrap()
            .contains("another answer")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mass_balance_shows_what_was_overdrawn() {
    let server = Server::start(&world()).await;
    let answer = server.json(&format!("/v1/mass-balance?thing={LOT}")).await;
    let lot = &answer["lots"][0];
    assert_eq!(lot["totals"][0]["remaining"], "-0.5");
    assert_eq!(lot["totals"][0]["overdrawn"]["by"], "0.5");
    assert_eq!(
        lot["totals"][0]["overdrawn"]["entries"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(lot["transformations"][0]["outputObjects"], 1);
    let site = format!("/v1/mass-balance?site={WORKS}&event_time_from=2024-09-01T02:00:00Z");
    let site = server.json(&site).await;
    let row = &site["lots"][0]["sites"][0];
    assert_eq!(
        (&row["opening"], &row["used"], &row["closing"]),
        (&json!("100.5"), &json!("101"), &json!("-0.5"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_an_aggregation_tells_and_what_nobody_weighed_are_told() {
    let world = World::new();
    let amount = json!([{"epcClass": LOT, "quantity": 10, "uom": "KGM"}]);
    let place = |site: &str| json!({"id": site});
    let packed = json!({"action": "ADD", "parentID": CASE, "childQuantityList": amount});
    let shipped = json!({"action": "OBSERVE", "epcList": [CASE], "bizStep": "shipping", "readPoint": place(WORKS)});
    let received = json!({"action": "OBSERVE", "parentID": CASE, "childQuantityList": amount,
        "bizStep": "receiving", "bizLocation": place(SHOP)});
    let used = json!({"inputQuantityList": [amount[0], {"epcClass": "urn:example:salt"}],
        "outputQuantityList": [{"epcClass": "urn:example:salted", "quantity": 12, "uom": "KGM"}],
        "readPoint": place(SHOP)});
    let records = [
        event(
            "ObjectEvent",
            1,
            json!({"action": "ADD", "quantityList": amount, "bizLocation": place(WORKS)}),
        ),
        event("AggregationEvent", 2, packed),
        event("ObjectEvent", 3, shipped),
        event("AggregationEvent", 4, received),
        event("TransformationEvent", 5, used),
    ];
    world.commit(vec![world.sign(records.into())], Vec::new());
    let server = Server::start(&world).await;
    let answer = server.json(&format!("/v1/mass-balance?thing={LOT}")).await;
    let lot = &answer["lots"][0];
    assert_eq!(lot["totals"][0]["inTransit"], "0", "{answer}");
    let found = &lot["transformations"][0];
    assert_eq!(
        (
            &found["inputsPartial"],
            &found["outputsPartial"],
            &found["loss"]
        ),
        (&json!(true), &json!(false), &json!([]))
    );
    let gaps = server.json(&format!("/v1/gaps?thing={LOT}")).await;
    assert_eq!(gaps["gaps"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_breach_on_the_way_lists_what_was_inside() {
    let server = Server::start(&world()).await;
    let path = format!("/v1/cold-chain?thing={FISH}&min=0&max=4&longer_than=PT15M");
    let answer = server.json(&path).await;
    assert_eq!(
        (&answer["breachCount"], &answer["readingCount"]),
        (&json!(1), &json!(2))
    );
    let breach = &answer["breaches"][0];
    assert_eq!(
        (&breach["duration"], &breach["subjectKind"]),
        (&json!("PT30M"), &json!("container"))
    );
    assert_eq!(
        (&breach["worst"], &breach["certain"]),
        (&json!("9.5"), &json!(true))
    );
    assert_eq!(breach["affected"].as_array().unwrap().len(), 1);
    let none = server.json(&path.replace("PT15M", "PT30M")).await;
    assert_eq!(none["breaches"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_and_what_events_lack_are_told_of_traces_too() {
    let server = Server::start(&world()).await;
    let gaps = server.json(&format!("/v1/gaps?thing={FISH}")).await;
    assert_eq!(gaps["gaps"][0]["kind"], "commissioned-twice");
    assert_eq!(gaps["gaps"][0]["entries"][0]["member"], "trader");
    let gaps = server
        .json(&format!("/v1/gaps?trace_forward_of={LOT}"))
        .await;
    let kinds: Vec<_> = gaps["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["kind"].clone())
        .collect();
    assert_eq!(kinds, ["spent-more-than-made", "commissioned-twice"]);
    let lacking = server
        .json(&format!(
            "/v1/completeness?trace_forward_of={LOT}&lacking=true"
        ))
        .await;
    let events = lacking["events"].as_array().unwrap();
    assert!(events.iter().any(|event| {
        event["trackingEvent"] == "shipping"
            && event["missing"]
                .as_array()
                .unwrap()
                .contains(&json!("recipient"))
    }));
    assert!(events.iter().all(|event| event["complete"] == false));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_refused_with_their_cause() {
    let server = Server::start(&world()).await;
    for (path, status, code, cause) in [
        (
            "/v1/dwell".to_owned(),
            400,
            "bad-query",
            "neither thing nor place",
        ),
        (
            format!("/v1/dwell?thing={FISH}&depth=1"),
            400,
            "bad-query",
            "depth",
        ),
        (
            format!("/v1/dwell?thing={FISH}&after=3"),
            400,
            "bad-query",
            "no page token of this question",
        ),
        (
            format!("/v1/dwell?thing={FISH}&limit=1001"),
            400,
            "bad-query",
            "limit",
        ),
        (
            format!("/v1/dwell?thing={FISH}&view=corrected"),
            400,
            "bad-query",
            "resolved",
        ),
        (
            format!("/v1/dwell?thing={FISH}&as_of_height=99"),
            400,
            "bad-query",
            "beyond",
        ),
        (
            "/v1/dwell?thing=09521001011111".to_owned(),
            400,
            "bad-query",
            "thing",
        ),
        (
            format!("/v1/dwell?thing={FISH}9"),
            404,
            "no-such-thing",
            "speaks of",
        ),
        (
            format!("/v1/dwell?place={SHOP}9"),
            404,
            "no-such-thing",
            "speaks of",
        ),
        (
            "/v1/mass-balance".to_owned(),
            400,
            "bad-query",
            "neither thing nor site",
        ),
        (
            format!("/v1/mass-balance?thing={FISH}"),
            400,
            "bad-query",
            "single object",
        ),
        (
            format!(
                "/v1/mass-balance?thing={LOT}&event_time_from=2024-09-02T00:00:00Z\
                 &event_time_before=2024-09-01T00:00:00Z"
            ),
            400,
            "bad-query",
            "is after event_time_before",
        ),
        (
            format!("/v1/cold-chain?thing={FISH}"),
            400,
            "bad-query",
            "neither min nor max",
        ),
        (
            format!("/v1/cold-chain?thing={FISH}&min=5&max=4"),
            400,
            "bad-query",
            "above max",
        ),
        (
            format!("/v1/cold-chain?thing={FISH}&max=cold"),
            400,
            "bad-query",
            "max",
        ),
        (
            format!("/v1/cold-chain?thing={FISH}&max=1&longer_than=15M"),
            400,
            "bad-query",
            "longer_than",
        ),
        (
            format!("/v1/cold-chain?thing={FISH}&max=1&longer_than=P1M"),
            400,
            "bad-query",
            "fixed length",
        ),
        (
            format!("/v1/cold-chain?thing={FISH}&max=1&type=Heat"),
            400,
            "bad-query",
            "Heat",
        ),
        (
            format!("/v1/cold-chain?thing={FISH}&max=1&type=Pressure"),
            400,
            "bad-query",
            "uom",
        ),
        (
            format!("/v1/cold-chain?thing={FISH}&max=1&uom=KGM"),
            400,
            "bad-query",
            "KGM is no unit of Temperature",
        ),
        (
            format!("/v1/cold-chain?thing={FISH}&max=1&uom=CEL&type=https://gs1.org/voc/Mass"),
            400,
            "bad-query",
            "CEL is no unit of",
        ),
        ("/v1/cold-chain?max=1".to_owned(), 400, "bad-query", "thing"),
        (
            format!("/v1/gaps?thing={FISH}&trace_back_of={FISH}"),
            400,
            "bad-query",
            "exactly one",
        ),
        ("/v1/gaps".to_owned(), 400, "bad-query", "exactly one"),
        (
            format!("/v1/gaps?thing={FISH}&max_speed_kmh=0"),
            400,
            "bad-query",
            "max_speed_kmh",
        ),
        (
            format!("/v1/gaps?thing={FISH}&after=2"),
            400,
            "bad-query",
            "no page token of this question",
        ),
        (
            format!("/v1/completeness?thing={FISH}&after=50"),
            400,
            "bad-query",
            "no page token of this question",
        ),
        (
            format!("/v1/completeness?thing={FISH}9"),
            404,
            "no-such-thing",
            "speaks of",
        ),
    ] {
        let problem = assert_problem(server.get(&path).await, status, code).await;
        let found = problem["cause"].as_str().unwrap();
        assert!(found.contains(cause), "{path}: {found}");
    }
}
