//! Tokens from elsewhere, addresses that are too long, prefixes in paths.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::api::request::PageList;

/// Bytes that a token begins with, which tell whether it is whole.
const MARK_BYTES: usize = 8;

/// Bytes of a cursor before the height of its page: its version and the digest of its query.
const HEIGHT_AT: usize = 17;

/// The token of the second page of all events.
async fn token(client: &Client<'_>) -> Vec<u8> {
    let response = client.get("events?perPage=1").await;
    let next = next_of(&response).unwrap();
    let token = next.split_once("nextPageToken=").unwrap().1;
    URL_SAFE_NO_PAD.decode(token).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_height_is_told_from_one_of_another_query() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let cursor = token(&client).await.split_off(MARK_BYTES);
    // Whole, as another node or another query would give it.
    let list = PageList::new(&world.id(), &["epcis events"]);
    let asked = |cursor: &[u8]| format!("events?perPage=1&nextPageToken={}", list.token(cursor));
    let of_height = |height: u64| {
        let mut cursor = cursor.clone();
        cursor[HEIGHT_AT..HEIGHT_AT + 8].copy_from_slice(&height.to_be_bytes());
        asked(&cursor)
    };
    let tip = world.ledger.ledger_tip().height.0;
    let second = client.get(&of_height(tip)).await;
    assert_eq!(second.status(), 200);
    client.refused(&of_height(0), 400, "QueryParameter").await;
    // Another node may have come that far.
    let ahead = client.get(&of_height(tip + 1)).await;
    assert!(ahead.headers().contains_key("retry-after"));
    assert_exception(ahead, 503, "Implementation").await;
    let mut foreign = cursor.clone();
    foreign[1] ^= 1;
    client
        .refused(&asked(&foreign), 400, "QueryParameter")
        .await;
    // Of the list of objects, and too short for one.
    let short = URL_SAFE_NO_PAD.encode([0xff, 1, 2, 3]);
    client
        .refused(
            &format!("epcs?nextPageToken={short}"),
            400,
            "QueryParameter",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_changed_anywhere_is_refused() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let token = token(&client).await;
    for at in 0..token.len() {
        for byte in [token[at] ^ 1, token[at] ^ 0x80, 0xff ^ token[at]] {
            let mut changed = token.clone();
            changed[at] = byte;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            let path = format!("events?perPage=1&nextPageToken={changed}");
            client.refused(&path, 400, "QueryParameter").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_in_a_path_means_what_it_means_in_a_query() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let declared = [("gs1-extensions", "cocoa=https://cocoa.example/terms/")];
    for path in [
        "bizSteps/cocoa%3Aroasting",
        "bizSteps/cocoa%3Aroasting/events",
    ] {
        let found = client.send(Method::GET, path, &declared).await;
        assert_eq!(found.status(), 200, "{path}");
        client.refused(path, 404, "NoSuchName").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_too_long_for_the_list_has_its_events_nevertheless() {
    let world = World::new();
    let place = format!("https://places.example/{}", "x".repeat(1_100));
    let seen = json!({"action": "OBSERVE", "epcList": [BAR], "bizLocation": {"id": place}});
    let seen = recorded(&event("ObjectEvent", 1, seen));
    world.commit(vec![world.sign(vec![seen])], Vec::new());
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    assert_eq!(client.json("bizLocations").await["member"], json!([]));
    let path = format!("bizLocations/{}/events", encode(&place));
    assert_eq!(client.hours(&path).await, [1]);
    client
        .refused(
            &format!("bizLocations/{}", encode(&format!("{place}y"))),
            404,
            "NoSuchName",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_too_long_is_told_to_become_a_named_query() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let path = format!("events?EQ_bizStep={}", "shipping%7C".repeat(800));
    let response = client.get(&path).await;
    assert_exception(response, 414, "URITooLong").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_lately_is_looked_for_at_the_end_of_the_log() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let late = event(
        "ObjectEvent",
        0,
        json!({"action": "OBSERVE", "epcList": [BAR]}),
    );
    world.commit(vec![world.sign(vec![recorded(&late)])], Vec::new());
    // In order of the log, though the last to come was the first to happen.
    let hours = client
        .hours("events?GE_eventTime=2024-01-01T00:00:00Z&GE_recordTime=2000-01-01T00:00:00Z")
        .await;
    assert_eq!(hours, [1, 2, 3, 4, 5, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_contradict_themselves_are_refused_with_both_values() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let extensions = "gs1-extensions";
    for (name, values, exception) in [
        ("gs1-epcis-version", ["2.0.0", "1.2"], "Validation"),
        ("gs1-epcis-min", ["2.0.0", "3.0"], "Validation"),
        ("gs1-cbv-version", ["2.0.0", "1.2"], "Validation"),
        ("gs1-cbv-max", ["2.0.0", "1.2"], "Validation"),
        (
            "gs1-epc-format",
            ["Never_Translates", "Always_EPC_URN"],
            "Validation",
        ),
        (
            extensions,
            ["a=https://a.example/", "a=https://b.example/"],
            "QueryParameter",
        ),
    ] {
        for values in [values, [values[1], values[0]]] {
            let headers = values.map(|value| (name, value));
            let response = client.send(Method::GET, "events", &headers).await;
            assert_eq!(response.status(), 400, "{name}");
            let problem: Value = response.json().await.unwrap();
            let kind = format!("epcisException:{exception}Exception");
            assert_eq!(problem["type"], kind, "{name}");
            let cause = problem["cause"].as_str().unwrap();
            for value in values {
                let value = value.trim_start_matches("a=");
                assert!(cause.contains(value), "{name}: {cause}");
            }
        }
        let alike = [(name, values[0]), (name, values[0])];
        let response = client.send(Method::GET, "events", &alike).await;
        assert_eq!(response.status(), 200, "{name}");
    }
    let both = "a=https://a.example/, a=https://b.example/";
    let response = client
        .send(Method::GET, "events", &[(extensions, both)])
        .await;
    assert_exception(response, 400, "QueryParameter").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_no_identifier_is_told_of_as_a_path() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    for path in [
        "epcs/foo",
        "epcs/foo/events",
        "epcs/%00",
        "events/foo",
        "events/%00",
        "bizSteps/foo",
        "bizSteps/foo/events",
        "bizLocations/foo",
        "readPoints/foo/events",
    ] {
        let response = client.get(path).await;
        assert_eq!(response.status(), 400, "{path}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(
            problem["type"], "epcisException:ValidationException",
            "{path}"
        );
        let cause = problem["cause"].as_str().unwrap();
        assert!(cause.starts_with("the path: "), "{path}: {cause}");
        let is_own = !cause.contains("MATCH_") && !cause.contains("EQ_");
        assert!(is_own, "{path}: {cause}");
    }
    // What the client gives is told by its name.
    client
        .refused("events?MATCH_anyEPC=foo", 400, "QueryParameter")
        .await;
}
