//! Master data, as a client sees it.

use serde_json::{Value, json};

use super::support::{Server, World, assert_problem, record};
use crate::records::epcis::canonical_identifier;

const HALL: &str = "urn:epc:id:sgln:9521001.00001.0";
const ROOM: &str = "urn:epc:id:sgln:9521001.00001.1";
const SHELF: &str = "urn:epc:id:sgln:9521001.00001.2";
const SHOP: &str = "urn:epc:id:sgln:9521001.00009.0";
const LOCATIONS: &str = "urn:epcglobal:epcis:vtype:BusinessLocation";
const READ_POINTS: &str = "urn:epcglobal:epcis:vtype:ReadPoint";

fn place(vocabulary: &str, id: &str, city: Value, children: &[&str]) -> Value {
    json!({"type": vocabulary, "id": id, "children": children,
        "attributes": [{"id": "urn:epcglobal:cbv:mda:city", "attribute": city}]})
}

fn sighting(hour: u32, place: &str) -> Value {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"cocoa": "https://cocoa.example/terms/"}],
        "type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sscc:9521001.0000000001"],
        "eventTime": format!("2024-09-01T{hour:02}:00:00Z"), "eventTimeZoneOffset": "+00:00",
        "readPoint": {"id": place}, "bizLocation": {"id": place}, "cocoa:inspectedAt": place})
}

/// The trader says that a room is in a hall and a shelf in the room, the port has its own word on the hall;
/// then the trader corrects the hall's city.
fn world() -> World {
    let world = World::new();
    let state = |body: Value| record("epcis.master-data", body.to_string());
    for body in [
        place(LOCATIONS, HALL, json!("Odense"), &[ROOM]),
        place(LOCATIONS, ROOM, json!("Odense"), &[SHELF, HALL]),
    ] {
        world.commit(vec![world.sign(vec![state(body)])], Vec::new());
    }
    let theirs = state(place(READ_POINTS, HALL, json!(8000), &[]));
    world.commit(vec![world.sign_as_port(vec![theirs])], Vec::new());
    for (hour, place) in [(1, HALL), (2, ROOM), (3, SHELF), (4, SHOP)] {
        let event = record("epcis.event", sighting(hour, place).to_string());
        world.commit(vec![world.sign(vec![event])], Vec::new());
    }
    let corrected = state(place(LOCATIONS, HALL, json!("Aarhus"), &[ROOM]));
    world.commit(vec![world.sign(vec![corrected])], Vec::new());
    world
}

/// The hours of the events that a query finds.
async fn hours(server: &Server, world: &World, query: &str) -> Vec<u32> {
    let url = server.url(&format!(
        "/epcis/events?orderBy=eventTime&orderDirection=ASC&{query}"
    ));
    let request = server
        .client
        .get(url)
        .bearer_auth(world.token("epcis:read"));
    let request = request.header("gs1-extensions", "cocoa=https://cocoa.example/terms/");
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    let events = &answer["epcisBody"]["queryResults"]["resultsBody"]["eventList"];
    let events = events
        .as_array()
        .unwrap_or_else(|| panic!("{query}: {answer}"));
    let hour = |event: &Value| {
        event["eventTime"].as_str().unwrap()[11..13]
            .parse()
            .unwrap()
    };
    events.iter().map(hour).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_member_says_for_itself_and_what_it_said_before_stays_known() {
    let server = Server::start(&world()).await;
    let now = server.json(&format!("/v1/master-data/{HALL}")).await;
    assert_eq!(now["id"], canonical_identifier(HALL).as_ref());
    let statements = now["statements"].as_array().unwrap();
    assert_eq!(statements.len(), 2, "{now}");
    let of = |member: &str| {
        let mut found = statements
            .iter()
            .filter(|s| s["signed"]["member"] == member);
        found.next().unwrap()
    };
    assert_eq!(of("trader")["revision"], 2);
    assert_eq!(
        of("trader")["element"]["attributes"][0]["attribute"],
        "Aarhus"
    );
    assert_eq!(of("port-1")["vocabulary"], READ_POINTS);
    assert_eq!(of("port-1")["element"]["attributes"][0]["attribute"], 8000);

    let then = server
        .json(&format!("/v1/master-data/{HALL}?as_of_height=2"))
        .await;
    assert_eq!(then["statements"].as_array().unwrap().len(), 1, "{then}");
    assert_eq!(then["statements"][0]["revision"], 1);
    let city = &then["statements"][0]["element"]["attributes"][0]["attribute"];
    assert_eq!(city, "Odense");

    let first = server
        .json(&format!("/v1/master-data/{HALL}?limit=1"))
        .await;
    let next = first["next"].as_str().unwrap();
    let second = server
        .json(&format!("/v1/master-data/{HALL}?limit=1&after={next}"))
        .await;
    assert!(second.get("next").is_none(), "{second}");
    let paged = [&first["statements"][0], &second["statements"][0]];
    assert_eq!(paged, [&statements[0], &statements[1]]);

    let places = server
        .json(&format!("/v1/master-data?vocabulary={LOCATIONS}&limit=1"))
        .await;
    let next = places["next"].as_str().unwrap();
    let rest = server
        .json(&format!(
            "/v1/master-data?vocabulary={LOCATIONS}&after={next}"
        ))
        .await;
    let mut ids = vec![&places["elements"][0]["id"], &rest["elements"][0]["id"]];
    ids.sort_by_key(|id| id.to_string());
    assert_eq!(
        ids,
        [&*canonical_identifier(HALL), &*canonical_identifier(ROOM)]
    );
    // A token of one list is none of another.
    for path in [
        format!("/v1/master-data/{HALL}?after={next}"),
        format!("/v1/master-data?vocabulary={READ_POINTS}&after={next}"),
    ] {
        assert_problem(server.get(&path).await, 400, "bad-query").await;
    }
    let none = server.json("/v1/master-data?vocabulary=urn:a:b").await;
    assert_eq!(none["elements"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_or_not_asked_well_is_told() {
    let server = Server::start(&world()).await;
    for (path, status, code) in [
        (format!("/v1/master-data/{SHOP}"), 404, "no-master-data"),
        (
            format!("/v1/master-data/{HALL}?as_of_height=0"),
            404,
            "no-master-data",
        ),
        (
            format!("/v1/master-data/{HALL}?as_of_height=99"),
            400,
            "bad-query",
        ),
        (
            format!("/v1/master-data/{HALL}?after=%21"),
            400,
            "bad-query",
        ),
        (
            format!("/v1/master-data/{HALL}?city=Aarhus"),
            400,
            "bad-query",
        ),
        ("/v1/master-data/hall".to_owned(), 400, "bad-path"),
        ("/v1/master-data?vocabulary=x".to_owned(), 400, "bad-query"),
        (
            format!("/v1/master-data?vocabulary=urn:{}", "x".repeat(2_048)),
            400,
            "bad-query",
        ),
        ("/v1/master-data".to_owned(), 400, "bad-query"),
    ] {
        let response = server.get(&path).await;
        assert_problem(response, status, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_by_where_places_lie_and_by_attributes() {
    let world = world();
    let server = Server::start(&world).await;
    for (query, expected) in [
        // A room that is said to hold its hall does no harm.
        (format!("WD_readPoint={HALL}"), vec![1, 2, 3]),
        (format!("WD_bizLocation={ROOM}"), vec![1, 2, 3]),
        (format!("WD_bizLocation={SHELF}"), vec![3]),
        (format!("WD_bizLocation={SHELF}%7C{SHOP}"), vec![3, 4]),
        (
            format!("WD_bizLocation={HALL}&EQ_readPoint={ROOM}"),
            vec![2],
        ),
        ("HASATTR_bizLocation=cbvmda:city".to_owned(), vec![1, 2]),
        (
            "HASATTR_readPoint=urn:epcglobal:cbv:mda:city%7Curn:a:b".to_owned(),
            vec![1, 2],
        ),
        ("HASATTR_bizLocation=cbvmda:street".to_owned(), vec![]),
        ("HASATTR_bizStep=cbvmda:city".to_owned(), vec![]),
        (
            "HASATTR_cocoa:inspectedAt=cbvmda:city".to_owned(),
            vec![1, 2],
        ),
        ("EQATTR_bizLocation_cbvmda:city=Aarhus".to_owned(), vec![1]),
        (
            "EQ_ATTR_bizLocation_cbvmda:city=Odense%7CAarhus".to_owned(),
            vec![1, 2],
        ),
        // The port's word counts as well; numbers are equal by value.
        (
            "EQATTR_readPoint_urn:epcglobal:cbv:mda:city=8000.0".to_owned(),
            vec![1],
        ),
        (
            "EQATTR_cocoa:inspectedAt_cbvmda:city=Odense".to_owned(),
            vec![2],
        ),
    ] {
        assert_eq!(hours(&server, &world, &query).await, expected, "{query}");
    }
    for query in [
        "HASATTR_bizLocation=city",
        "HASATTR_eventTime=cbvmda:city",
        "HASATTR_wine:place=cbvmda:city",
        "EQATTR_bizLocation=Aarhus",
        "EQATTR_bizLocation_city=Aarhus",
    ] {
        let url = server.url(&format!("/epcis/events?{query}"));
        let request = server
            .client
            .get(url)
            .bearer_auth(world.token("epcis:read"));
        assert_eq!(request.send().await.unwrap().status(), 400, "{query}");
    }
}
