//! Capturing one event.

use std::time::Duration;

use super::*;
use crate::api::ApiLimits;
use crate::api::tests::support::{SubmitBehaviour, gateway_key};
use crate::types::{Decode, Entry, EntryContent, KeyPurpose, MemberId, Outcome, Refusal};

/// Posts an event, and commits what the node submits.
async fn capture(server: &Server, world: &World, given: usize, body: String) -> Response {
    let request = post(server, world, EVENTS, body).send();
    let commit = async {
        world.submissions.until_given(given).await;
        world.submissions.until_waiting(given).await;
        world.commit(world.submissions.take(), Vec::new());
        world.submissions.settle();
    };
    tokio::join!(request, commit).0.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_on_the_ledger_as_it_was_sent_when_its_answer_comes() {
    let world = World::new();
    let server = Server::start(&world).await;
    // Spaces and digits that a writer of JSON would not keep.
    let body = event(1).replace("62.5", " 62.500 ");
    let response = capture(&server, &world, 1, body.clone()).await;
    assert_eq!(response.status(), 201);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        location.starts_with("/epcis/events/ni%3A%2F%2F%2Fsha-256%3B"),
        "{location}"
    );
    assert_eq!(response.text().await.unwrap(), body);
    let entry = Entry::from_bytes(&world.ledger.entry_bytes(0)).unwrap();
    let EntryContent::Submitted(entry) = entry.content else {
        panic!("an entry of a record");
    };
    assert_eq!(entry.record.body, body.as_bytes());
    assert_eq!(entry.member.as_str(), "trader");
    assert_eq!(entry.key, gateway_key().public_key());
    assert_eq!(entry.outcome, Outcome::Accepted);

    // A second time it is there already, without another entry.
    let response = post(&server, &world, EVENTS, body).send().await.unwrap();
    assert_eq!(response.headers()["location"], location.as_str());
    let problem = assert_exception(response, 409, "ResourceAlreadyExistsException").await;
    assert!(problem["cause"].as_str().unwrap().contains("entry 0"));
    assert!(world.submissions.take().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_found_by_the_id_that_its_author_gave_it() {
    let world = World::new();
    let server = Server::start(&world).await;
    let body = event(2).replacen(
        '{',
        r#"{"eventID":"urn:uuid:0fa7c4b8-5f4c-4a02-8b94-1d3b1d2ad2f0","#,
        1,
    );
    let response = capture(&server, &world, 1, body).await;
    assert_eq!(response.status(), 201);
    assert_eq!(
        response.headers()["location"],
        "/epcis/events/urn%3Auuid%3A0fa7c4b8-5f4c-4a02-8b94-1d3b1d2ad2f0"
    );
}

/// An `eventID` is no part of what an event says, so the first may have another one, or none.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_under_another_id_is_where_the_first_is() {
    let world = World::new();
    let server = Server::start(&world).await;
    let named = |id: &str| {
        let id = format!(r#"{{"eventID":"urn:uuid:{id}","#);
        event(2).replacen('{', &id, 1)
    };
    let first = capture(&server, &world, 1, named(FIRST)).await;
    let location = first.headers()["location"].clone();
    assert!(location.to_str().unwrap().ends_with(FIRST));
    for again in [named("5d9f6ab2-8d0f-4a1c-9f6e-0f3a4a0d7c11"), event(2)] {
        let response = post(&server, &world, EVENTS, again).send().await.unwrap();
        assert_eq!(response.headers()["location"], location);
        assert_exception(response, 409, "ResourceAlreadyExistsException").await;
        let found = server
            .client
            .get(server.url(location.to_str().unwrap()))
            .bearer_auth(world.token("epcis:read"));
        assert_eq!(found.send().await.unwrap().status(), 200);
    }
    let first = capture(&server, &world, 2, event(3)).await;
    let location = first.headers()["location"].clone();
    let again = event(3).replacen('{', r#"{"eventID":"urn:x:again","#, 1);
    let response = post(&server, &world, EVENTS, again).send().await.unwrap();
    assert_eq!(response.headers()["location"], location);
}

const FIRST: &str = "0fa7c4b8-5f4c-4a02-8b94-1d3b1d2ad2f0";

/// Two at once, under two names: who comes second is told of the first when it is committed.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_send_an_event_at_once_one_is_told_of_the_other() {
    let world = World::new();
    let server = Server::start(&world).await;
    let named = |id: &str| event(3).replacen('{', &format!(r#"{{"eventID":"{id}","#), 1);
    let first = post(&server, &world, EVENTS, named("urn:x:first")).send();
    let clock = &world.node.now_ms;
    let second = async {
        world.submissions.until_given(1).await;
        // Another time gives another submission.
        clock.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        post(&server, &world, EVENTS, named("urn:x:second"))
            .send()
            .await
    };
    let commit = async {
        world.submissions.until_waiting(2).await;
        world.commit(world.submissions.take(), Vec::new());
        world.submissions.settle();
    };
    let (first, second, ()) = tokio::join!(first, second, commit);
    let (first, second) = (first.unwrap(), second.unwrap());
    let mut statuses = [first.status().as_u16(), second.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(first.headers()["location"], second.headers()["location"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_refused_with_the_place() {
    let world = World::new();
    let server = Server::start(&world).await;
    let good = event(4);
    for (body, pointer) in [
        (good.replace("\"ADD\"", "\"MULTIPLY\""), Some("/action")),
        (good.replace("@context", "context"), None),
        (
            good.replace("urn:epc:class:lgtin", "urn:epc:class:lgtinn"),
            None,
        ),
        (
            good.replace("2024-09-30T06", "yesterday"),
            Some("/eventTime"),
        ),
        (document(&[event(5)]), Some("/type")),
        (format!("[{good}]"), None),
        ("{".to_owned(), None),
        (String::new(), None),
        ("\u{feff}{}".to_owned(), None),
    ] {
        let response = post(&server, &world, EVENTS, body.clone())
            .send()
            .await
            .unwrap();
        let problem = assert_exception(response, 400, "ValidationException").await;
        if let Some(pointer) = pointer {
            assert_eq!(problem["pointer"], pointer, "{body}: {problem}");
        }
    }
    assert!(world.submissions.take().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_and_sizes_that_are_not_taken_have_their_own_problems() {
    let world = World::new();
    let server = Server::start(&world).await;
    for media_type in [
        "application/xml",
        "text/plain",
        "application/octet-stream",
        "application/json; charset=iso-8859-1",
    ] {
        let request = request(&server, &world, Method::POST, EVENTS)
            .header("content-type", media_type)
            .body(event(6));
        let response = request.send().await.unwrap();
        assert_exception(response, 415, "UnsupportedMediaTypeException").await;
    }
    let long = event(6).replacen('{', &format!("{{{}", " ".repeat(60 * 1024)), 1);
    let response = post(&server, &world, EVENTS, long).send().await.unwrap();
    assert_eq!(response.headers()["gs1-epcis-capture-limit"], "10000");
    let problem = assert_exception(response, 413, "CaptureLimitExceededException").await;
    // The limits that headers tell are of documents.
    let way_out = problem["wayOut"].as_str().unwrap();
    assert!(way_out.contains("several events"), "{way_out}");
    let response = post(&server, &world, &format!("{EVENTS}?wait=1"), event(6))
        .send()
        .await;
    assert_exception(response.unwrap(), 400, "QueryParameterException").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn json_ld_is_taken_as_well() {
    let world = World::new();
    let server = Server::start(&world).await;
    let request = request(&server, &world, Method::POST, EVENTS)
        .header("content-type", "application/ld+json; charset=utf-8")
        .body(event(7))
        .send();
    let commit = async {
        world.submissions.until_waiting(1).await;
        world.commit(world.submissions.take(), Vec::new());
        world.submissions.settle();
    };
    assert_eq!(tokio::join!(request, commit).0.unwrap().status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_not_ordered_in_time_leaves_its_submission_to_ask_for() {
    let world = World::new();
    let limits = ApiLimits {
        event_commit_timeout: Duration::from_millis(50),
        ..ApiLimits::default()
    };
    let server = Server::start_limited(&world, limits).await;
    let response = post(&server, &world, EVENTS, event(8))
        .send()
        .await
        .unwrap();
    let [submission] = <[_; 1]>::try_from(world.submissions.take()).unwrap();
    assert_eq!(
        response.headers()["location"],
        format!("/v1/submissions/{}", submission.id()).as_str()
    );
    let problem = assert_exception(response, 500, "ImplementationException").await;
    assert_eq!(problem["submission"], submission.id().to_string());
    // It comes after all: repeating the request finds the event.
    world.commit(vec![submission], Vec::new());
    let response = post(&server, &world, EVENTS, event(8))
        .send()
        .await
        .unwrap();
    assert_exception(response, 409, "ResourceAlreadyExistsException").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_as_what_it_is() {
    let world = World::new();
    let server = Server::start(&world).await;
    let key = Box::new(gateway_key().public_key());
    let member = MemberId::new("trader").unwrap();
    let cases = [
        (
            Refusal::Busy {
                reason: "the queue is full",
                retry_after_ms: 1_500,
            },
            503,
            "ImplementationException",
        ),
        (
            Refusal::NotReady {
                reason: "it is stopping",
            },
            503,
            "ImplementationException",
        ),
        (
            Refusal::NotValidator {
                reason: "it is a follower",
            },
            501,
            "ImplementationException",
        ),
        (
            Refusal::UnknownKey {
                member,
                key: key.clone(),
            },
            500,
            "ImplementationException",
        ),
        (
            Refusal::WrongPurpose {
                key,
                purpose: KeyPurpose::Auditor,
            },
            500,
            "ImplementationException",
        ),
        (
            Refusal::RuleBroken {
                record: 0,
                kind: crate::types::RecordKind::new("epcis.event").unwrap(),
                rule: "no-monday".to_owned(),
                reason: "not on Mondays".to_owned(),
            },
            400,
            "ValidationException",
        ),
    ];
    for (refusal, status, name) in cases {
        let is_transient = status == 503;
        world.submissions.behave(SubmitBehaviour::Refuse(refusal));
        let response = post(&server, &world, EVENTS, event(9))
            .send()
            .await
            .unwrap();
        assert_eq!(response.headers().contains_key("retry-after"), is_transient);
        assert_exception(response, status, name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_a_gateway_key_says_how_to_get_one() {
    let mut world = World::new();
    world.gateway = None;
    let server = Server::start(&world).await;
    for path in [EVENTS, CAPTURE] {
        let response = post(&server, &world, path, event(10)).send().await.unwrap();
        let problem = assert_exception(response, 501, "ImplementationException").await;
        let way_out = problem["wayOut"].as_str().unwrap();
        assert!(
            way_out.contains("waybill keys generate --only gateway"),
            "{way_out}"
        );
    }
}
