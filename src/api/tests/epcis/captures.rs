//! Capturing documents.

use std::time::Duration;

use super::*;
use crate::api::tests::support::{SubmitBehaviour, grower_key};
use crate::api::{ApiLimits, CaptureStore, CaptureStoreError, router, run_captures};
use crate::types::{AccessToken, Atomicity, MemberId, Refusal, Submission, Timestamp, TokenClaims};

/// Sends a document; the address of its job.
pub(super) async fn start(server: &Server, world: &World, body: String, behaviour: &str) -> String {
    let request = post(server, world, CAPTURE, body);
    let request = request.header("gs1-capture-error-behaviour", behaviour);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 202, "{}", response.text().await.unwrap());
    response.headers()["location"].to_str().unwrap().to_owned()
}

pub(super) async fn job(server: &Server, world: &World, location: &str) -> Value {
    let request = request(server, world, Method::GET, location);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{location}");
    response.json().await.unwrap()
}

/// The job once it is done.
pub(super) async fn finished(server: &Server, world: &World, location: &str) -> Value {
    for _ in 0..600 {
        let job = job(server, world, location).await;
        if job["running"] == false {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job does not end");
}

/// Commits the next submission that the node gives, once somebody waits for it.
pub(super) async fn commit(world: &World, given: usize) -> Atomicity {
    world.submissions.until_given(given).await;
    world.submissions.until_waiting(given).await;
    let taken = world.submissions.take();
    let atomicity = taken[0].header().atomicity;
    world.commit(taken, Vec::new());
    world.submissions.settle();
    atomicity
}

pub(super) fn events(count: u32) -> Vec<String> {
    (0..count).map(event).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_captured_as_one_atomic_submission() {
    let world = World::new();
    let server = Server::start_capturing(&world).await;
    let response = post(&server, &world, CAPTURE, document(&events(3)))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 202);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let running = job(&server, &world, &location).await;
    assert_eq!(running["running"], true);
    assert_eq!(running["success"], true);
    assert_eq!(running["captureErrorBehaviour"], "rollback");
    assert_eq!(running["createdAt"], "2024-10-01T00:00:05.000Z");
    assert!(running.get("finishedAt").is_none());
    assert_eq!(commit(&world, 1).await, Atomicity::AllOrNothing);
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["success"], true, "{done}");
    assert_eq!(done["errors"], serde_json::json!([]));
    assert_eq!(done["capturedCount"], 3);
    assert!(done["finishedAt"].is_string());
    assert!(location.ends_with(done["captureID"].as_str().unwrap()));
    let submission = done["submissions"][0].as_str().unwrap();
    let committed = server.json(&format!("/v1/submissions/{submission}")).await;
    assert_eq!(committed["entries"].as_array().unwrap().len(), 3);

    // The same once more: nothing fails, and nothing is twice.
    world
        .node
        .now_ms
        .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let again = start(&server, &world, document(&events(3)), "rollback").await;
    commit(&world, 2).await;
    let again = finished(&server, &world, &again).await;
    assert_eq!(again["success"], true);
    assert_eq!(again["duplicateCount"], 3);
    assert_eq!(again["capturedCount"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_event_refuses_all_unless_the_client_says_proceed() {
    let world = World::new();
    let server = Server::start_capturing(&world).await;
    let mut list = events(3);
    list[1] = list[1].replace("\"ADD\"", "\"MULTIPLY\"");
    let response = post(&server, &world, CAPTURE, document(&list))
        .send()
        .await
        .unwrap();
    let problem = assert_exception(response, 400, "ValidationException").await;
    assert_eq!(
        problem["faults"][0]["pointer"],
        "/epcisBody/eventList/1/action"
    );
    assert_eq!(problem["faults"].as_array().unwrap().len(), 1);

    let location = start(&server, &world, document(&list), "proceed").await;
    assert_eq!(commit(&world, 1).await, Atomicity::Independent);
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["success"], false);
    assert_eq!(done["capturedCount"], 2);
    assert_eq!(done["failedCount"], 1);
    let error = &done["errors"][0];
    assert_eq!(error["type"], "epcisException:ValidationException");
    assert_eq!(error["pointer"], "/epcisBody/eventList/1/action");

    let nothing_good = document(&list[1..2]);
    let request = post(&server, &world, CAPTURE, nothing_good);
    let request = request.header("gs1-capture-error-behaviour", "proceed");
    assert_exception(request.send().await.unwrap(), 400, "ValidationException").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_are_none_are_refused_with_the_place() {
    let world = World::new();
    let server = Server::start(&world).await;
    let good = document(&events(1));
    for (body, pointer) in [
        (good.replace("EPCISDocument", "EPCISThing"), Some("/type")),
        (
            good.replace("schemaVersion", "version"),
            Some("/schemaVersion"),
        ),
        (good.replace("\"2.0\"", "\"1.2\""), Some("/schemaVersion")),
        (
            good.replace("2024-09-30T07:00:00Z", "today"),
            Some("/creationDate"),
        ),
        (good.replacen("@context", "context", 1), Some("/@context")),
        (good.replace("eventList", "events"), Some("/epcisBody")),
        (good.replace("epcisBody", "body"), Some("/epcisBody")),
        (document(&[]), None),
        (event(1), Some("/type")),
        ("[]".to_owned(), None),
        ("{".to_owned(), None),
    ] {
        let response = post(&server, &world, CAPTURE, body.clone())
            .send()
            .await
            .unwrap();
        let problem = assert_exception(response, 400, "ValidationException").await;
        if let Some(pointer) = pointer {
            assert_eq!(
                problem["faults"][0]["pointer"], pointer,
                "{body}: {problem}"
            );
        }
    }
    let request = post(&server, &world, CAPTURE, good.clone());
    let request = request.header("gs1-capture-error-behaviour", "all");
    assert_exception(request.send().await.unwrap(), 400, "ValidationException").await;
    let request = request_xml(&server, &world, good);
    let response = request.send().await.unwrap();
    assert_exception(response, 415, "UnsupportedMediaTypeException").await;
    assert!(world.submissions.take().is_empty());
}

fn request_xml(server: &Server, world: &World, body: String) -> RequestBuilder {
    request(server, world, Method::POST, CAPTURE)
        .header("content-type", "application/xml")
        .body(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_is_taken_at_once_is_refused_by_the_limit_it_exceeds() {
    let world = World::new();
    let server = Server::start(&world).await;
    let too_many = document(&vec!["{}".to_owned(); 10_001]);
    // A long context, copied into each event, exceeds one submission, and several of them.
    let long = |count: usize| {
        let filler = format!("https://x.example/{}", "y".repeat(50_000));
        document(&vec!["{}".to_owned(); count]).replacen(
            "\"https://ref",
            &format!("{{\"f\":\"{filler}\"}},\"https://ref"),
            1,
        )
    };
    let blank = format!("{{{}", " ".repeat(4 * 1024 * 1024));
    for (body, behaviour, cause) in [
        (too_many, "rollback", "more than 10000 events"),
        (long(90), "rollback", "one submission"),
        (long(400), "proceed", "4 submissions"),
        (blank, "proceed", "the limit is 4194304"),
    ] {
        let request = post(&server, &world, CAPTURE, body);
        let request = request.header("gs1-capture-error-behaviour", behaviour);
        let response = request.send().await.unwrap();
        assert_eq!(
            response.headers()["gs1-epcis-capture-file-size-limit"],
            "4194304"
        );
        let problem = assert_exception(response, 413, "CaptureLimitExceededException").await;
        assert!(
            problem["cause"].as_str().unwrap().contains(cause),
            "{problem}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn master_data_of_the_header_is_captured_with_the_events() {
    let world = World::new();
    let server = Server::start_capturing(&world).await;
    let with_header = |elements: &str| {
        let header = format!(
            r#""epcisHeader":{{"epcisMasterData":{{"vocabularyList":[{{"type":
            "urn:epcglobal:epcis:vtype:BusinessLocation","vocabularyElementList":[{elements}]}}]}}}},"epcisBody""#
        );
        document(&events(1)).replacen("\"epcisBody\"", &header, 1)
    };
    let hall = r#"{"id":"urn:epc:id:sgln:9521001.00001.0","attributes":[
        {"id":"cbvmda:city","attribute":"Aarhus"}]}"#;
    let location = start(&server, &world, with_header(hall), "rollback").await;
    assert_eq!(commit(&world, 1).await, Atomicity::AllOrNothing);
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["success"], true, "{done}");
    assert_eq!(
        (
            &done["eventCount"],
            &done["masterDataCount"],
            &done["capturedCount"]
        ),
        (&1.into(), &1.into(), &2.into())
    );
    assert_eq!(done["notes"], serde_json::json!([]));
    let answer = server
        .json("/v1/master-data/urn:epc:id:sgln:9521001.00001.0")
        .await;
    let element = &answer["statements"][0]["element"];
    assert_eq!(element["attributes"][0]["attribute"], "Aarhus", "{answer}");
    // The context came along: without it the prefix would be none.
    assert!(!element["@context"].is_null(), "{answer}");

    let bad = with_header(&format!("{hall},{}", hall.replace("cbvmda:city", "city")));
    let response = post(&server, &world, CAPTURE, bad).send().await.unwrap();
    let problem = assert_exception(response, 400, "ValidationException").await;
    assert_eq!(
        problem["faults"][0]["pointer"],
        "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/1/attributes/0/id"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_in_pages_the_latest_first() {
    let world = World::new();
    let server = Server::start(&world).await;
    let mut locations = Vec::new();
    for number in 0..5 {
        world
            .node
            .now_ms
            .fetch_add(10, std::sync::atomic::Ordering::Relaxed);
        let body = document(&[event(number)]);
        locations.push(start(&server, &world, body, "rollback").await);
    }
    let mut path = format!("{CAPTURE}?perPage=2");
    let mut found = Vec::new();
    let mut pages = 0;
    loop {
        let request = request(&server, &world, Method::GET, &path);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let link = response.headers().get("link").cloned();
        let page: Vec<Value> = response.json().await.unwrap();
        found.extend(
            page.iter()
                .map(|job| format!("{CAPTURE}/{}", job["captureID"].as_str().unwrap())),
        );
        pages += 1;
        let Some(link) = link else {
            break;
        };
        let link = link.to_str().unwrap().to_owned();
        let (target, rest) = link.split_once('>').unwrap();
        assert_eq!(rest, "; rel=\"next\"");
        path = target.strip_prefix('<').unwrap().to_owned();
    }
    locations.reverse();
    assert_eq!(found, locations);
    assert_eq!(pages, 3);
    for query in [
        "perPage=0",
        "perPage=-1",
        "perPage=101",
        "perPage=%2B5",
        "perPage=x",
        "nextPageToken=x",
        "page=1",
    ] {
        let path = format!("{CAPTURE}?{query}");
        let response = request(&server, &world, Method::GET, &path)
            .send()
            .await
            .unwrap();
        assert_exception(response, 400, "QueryParameterException").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_its_own_jobs_and_the_nodes_member_those_of_all() {
    let mut world = World::new();
    let grower = MemberId::new("grower").unwrap();
    world.capture_members.insert(grower.clone());
    let server = Server::start(&world).await;
    let own = start(&server, &world, document(&events(1)), "rollback").await;
    let claims = TokenClaims {
        member: grower,
        ..world.claims("epcis:capture")
    };
    let token = AccessToken::sign(&claims, &grower_key());
    let ask = |path: String| {
        server
            .client
            .get(server.url(&path))
            .bearer_auth(&token)
            .send()
    };
    let response = ask(own).await.unwrap();
    assert_exception(response, 404, "NoSuchNameException").await;
    let list: Vec<Value> = ask(CAPTURE.to_owned()).await.unwrap().json().await.unwrap();
    assert_eq!(list, Vec::<Value>::new());
    world
        .node
        .now_ms
        .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let theirs = server.client.post(server.url(CAPTURE)).bearer_auth(&token);
    let theirs = theirs
        .header("content-type", JSON)
        .body(document(&events(2)));
    let theirs = theirs.send().await.unwrap();
    let theirs = theirs.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(ask(theirs.clone()).await.unwrap().status(), 200);
    // What a member of the node's operator may see.
    job(&server, &world, &theirs).await;
    for unknown in ["0".repeat(28), "nonsense".to_owned()] {
        let path = format!("{CAPTURE}/{unknown}");
        let response = request(&server, &world, Method::GET, &path)
            .send()
            .await
            .unwrap();
        assert_exception(response, 404, "NoSuchNameException").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_on_after_a_restart_with_the_same_submission() {
    let world = World::new();
    // Nobody works on jobs before the node is gone.
    let server = Server::start(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    let promised = job(&server, &world, &location).await["submissions"][0].clone();
    drop(server);
    let server = Server::start_capturing(&world).await;
    assert_eq!(job(&server, &world, &location).await["running"], true);
    commit(&world, 1).await;
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["success"], true);
    assert_eq!(done["submissions"][0], promised);
    // Once more: it is done, and nothing is submitted again.
    let _server = Server::start_capturing(&world).await;
    assert!(world.submissions.take().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_submission_was_committed_while_the_node_was_down_finds_it() {
    let world = World::new();
    let server = Server::start(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    let worker = Server::start_capturing(&world).await;
    world.submissions.until_given(1).await;
    drop((server, worker));
    world.commit(world.submissions.take(), Vec::new());
    let (setup, queue) = world.setup_with_queue(ApiLimits::default());
    let worker = tokio::spawn(run_captures(setup, queue));
    let server = Server::start(&world).await;
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["capturedCount"], 2);
    worker.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_that_a_node_refuses_fails_the_job_with_the_reason() {
    let world = World::new();
    let server = Server::start_capturing(&world).await;
    let refusal = Refusal::RuleBroken {
        record: 1,
        kind: crate::types::RecordKind::new("epcis.event").unwrap(),
        rule: "no-monday".to_owned(),
        reason: "not on Mondays".to_owned(),
    };
    world.submissions.behave(SubmitBehaviour::Refuse(refusal));
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["success"], false);
    assert_eq!(done["failedCount"], 2);
    assert_eq!(done["errors"][0]["pointer"], "/epcisBody/eventList/1");
    assert!(
        done["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("Mondays")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_that_nobody_orders_fails_the_job_only_when_it_cannot_be_ordered_any_more() {
    let world = World::new();
    let server = Server::start_capturing(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    world.submissions.until_given(1).await;
    let _lost = world.submissions.take();
    world.submissions.settle();
    // The node's clock alone proves nothing.
    let late = world.node.now_ms.load(std::sync::atomic::Ordering::Relaxed) + 31 * 60_000;
    world
        .node
        .now_ms
        .store(late, std::sync::atomic::Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(job(&server, &world, &location).await["running"], true);
    world.commit_at(Timestamp::from_ms(late));
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["success"], false);
    assert_eq!(done["failedCount"], 2);
    assert_eq!(
        done["errors"][0]["type"],
        "epcisException:ImplementationException"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_cannot_be_kept_is_not_promised() {
    let world = World::new();
    let server = Server::start(&world).await;
    world
        .captures
        .fails
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let response = post(&server, &world, CAPTURE, document(&events(1)))
        .send()
        .await
        .unwrap();
    assert_exception(response, 500, "ImplementationException").await;
    world
        .captures
        .fails
        .store(false, std::sync::atomic::Ordering::Relaxed);
    for number in 0..64 {
        start(&server, &world, document(&[event(number)]), "rollback").await;
    }
    let response = post(&server, &world, CAPTURE, document(&[event(99)]))
        .send()
        .await
        .unwrap();
    assert!(response.headers().contains_key("retry-after"));
    assert_exception(response, 503, "ImplementationException").await;
}

/// Neither for the worker nor for a client does anybody guess what is on a disk that has failed.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_ends_the_worker_whoever_finds_out() {
    let fails = |world: &World| {
        let flag = &world.captures.fails;
        flag.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let ended = async |worker: tokio::task::JoinHandle<_>| {
        let ended = tokio::time::timeout(Duration::from_secs(20), worker).await;
        let error: Result<(), CaptureStoreError> = ended.unwrap().unwrap();
        assert!(matches!(error, Err(CaptureStoreError::Failed { .. })));
    };
    // A client does.
    let world = World::new();
    let (setup, queue) = world.setup_with_queue(ApiLimits::default());
    let worker = tokio::spawn(run_captures(setup.clone(), queue));
    let server = Server::start_router(router(setup), ApiLimits::default()).await;
    fails(&world);
    let refused = post(&server, &world, CAPTURE, document(&events(1)))
        .send()
        .await
        .unwrap();
    assert_exception(refused, 500, "ImplementationException").await;
    ended(worker).await;
    // The worker does, when it writes down what became of a submission.
    let world = World::new();
    let (setup, queue) = world.setup_with_queue(ApiLimits::default());
    let worker = tokio::spawn(run_captures(setup.clone(), queue));
    let server = Server::start_router(router(setup), ApiLimits::default()).await;
    start(&server, &world, document(&events(1)), "rollback").await;
    world.submissions.until_given(1).await;
    fails(&world);
    world.commit(world.submissions.take(), Vec::new());
    world.submissions.settle();
    ended(worker).await;
}

/// A job does not stand still for a submission that is not kept any more: whether it came on the ledger shows there.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_submission_is_lost_ends_with_what_the_ledger_says() {
    let world = World::new();
    let server = Server::start(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    let lost = &world.captures.loses_submissions;
    lost.store(true, std::sync::atomic::Ordering::Relaxed);
    let _worker = Server::start_capturing(&world).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(job(&server, &world, &location).await["running"], true);
    assert!(world.submissions.take().is_empty());
    let late = world.node.now_ms.load(std::sync::atomic::Ordering::Relaxed) + 31 * 60_000;
    world.commit_at(Timestamp::from_ms(late));
    let done = finished(&server, &world, &location).await;
    assert_eq!(
        (&done["success"], &done["failedCount"]),
        (&false.into(), &2.into())
    );
    // One that was committed before counts.
    let world = World::new();
    let server = Server::start(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    let worker = Server::start_capturing(&world).await;
    world.submissions.until_given(1).await;
    drop(worker);
    let lost = &world.captures.loses_submissions;
    lost.store(true, std::sync::atomic::Ordering::Relaxed);
    world.commit(world.submissions.take(), Vec::new());
    let _worker = Server::start_capturing(&world).await;
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["capturedCount"], 2);
}

/// Two requests in one millisecond are one job if they are the same, which is worked on once; whoever else asks, or
/// asks for something else, has a job of its own.
#[tokio::test(flavor = "multi_thread")]
async fn equal_requests_of_one_millisecond_are_one_job() {
    let world = World::new();
    let server = Server::start_capturing(&world).await;
    let first = start(&server, &world, document(&events(2)), "rollback").await;
    let again = start(&server, &world, document(&events(2)), "rollback").await;
    assert_eq!(again, first);
    commit(&world, 1).await;
    let done = finished(&server, &world, &first).await;
    assert_eq!(done["capturedCount"], 2);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let saves = &world.captures.saves;
    assert_eq!(saves.load(std::sync::atomic::Ordering::Relaxed), 1);
    // The same events at another place of another document: the same submission, and another job.
    let spaced = document(&events(2)).replacen('{', "{ ", 1);
    let other = start(&server, &world, spaced, "rollback").await;
    assert_ne!(other, first);
    assert_eq!(finished(&server, &world, &other).await["capturedCount"], 2);
}

/// A file that holds another submission than the job promised is as good as lost: it is not put on the ledger.
#[tokio::test(flavor = "multi_thread")]
async fn another_submission_than_the_promised_one_is_not_submitted() {
    let world = World::new();
    let server = Server::start(&world).await;
    let location = start(&server, &world, document(&[event(1)]), "rollback").await;
    let kept = |world: &World, location: &str| {
        let id = location.rsplit('/').next().unwrap().parse().unwrap();
        world.captures.submission(&id, 0).unwrap()
    };
    let promised = kept(&world, &location);
    let elsewhere = World::new();
    let server_elsewhere = Server::start(&elsewhere).await;
    let body = document(&[event(2)]);
    let other = start(&server_elsewhere, &elsewhere, body, "rollback").await;
    let other = kept(&elsewhere, &other);
    // Another one, and the promised one with a signature that is not its own.
    let forged = Submission::new(
        promised.header().clone(),
        promised.records().to_vec(),
        *other.signature(),
    );
    for substitute in [other, forged.unwrap()] {
        *world.captures.substitute.lock().unwrap() = Some(substitute);
        let worker = Server::start_capturing(&world).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(world.submissions.take().is_empty());
        assert_eq!(job(&server, &world, &location).await["running"], true);
        drop(worker);
    }
    world.commit(vec![promised], Vec::new());
    let _worker = Server::start_capturing(&world).await;
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["capturedCount"], 1);
}
