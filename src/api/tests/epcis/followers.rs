//! Capturing at a node without a vote, which takes no submissions.

use std::time::Duration;

use super::captures::{commit, events, finished, job, start};
use super::*;
use crate::api::tests::support::SubmitBehaviour;
use crate::api::{ApiLimits, run_captures};
use crate::types::Refusal;

const REASON: &str = "it is a follower; validators take submissions";

fn not_a_validator() -> SubmitBehaviour {
    SubmitBehaviour::Refuse(Refusal::NotValidator { reason: REASON })
}

/// From now on the node has no vote, and refuses what it is given.
fn lose_vote(world: &World) {
    *world.node.no_vote.lock().unwrap() = Some(REASON);
    world.submissions.behave(not_a_validator());
}

/// Limits of a worker that gives up soon.
fn impatient() -> ApiLimits {
    ApiLimits {
        capture_give_up_after: Duration::from_millis(300),
        ..ApiLimits::default()
    }
}

async fn assert_sent_elsewhere(response: Response) {
    assert_eq!(response.headers().get("retry-after"), None);
    let problem = assert_exception(response, 501, "ImplementationException").await;
    let (cause, way_out) = (&problem["cause"], &problem["wayOut"]);
    assert!(cause.as_str().unwrap().contains(REASON), "{problem}");
    let way_out = way_out.as_str().unwrap();
    assert!(
        way_out.starts_with("send it to the node of a validator"),
        "{way_out}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_promises_nothing_and_names_the_validators() {
    let world = World::new();
    lose_vote(&world);
    let server = Server::start_capturing(&world).await;
    for (path, body) in [(EVENTS, event(1)), (CAPTURE, document(&[event(1)]))] {
        let response = post(&server, &world, path, body).send().await.unwrap();
        assert_sent_elsewhere(response).await;
    }
    let jobs = request(&server, &world, Method::GET, CAPTURE);
    let jobs: Value = jobs.send().await.unwrap().json().await.unwrap();
    assert_eq!(jobs, serde_json::json!([]));
    assert_eq!(world.submissions.given(), 0);
    // It says so as well if it could sign.
    let mut world = World::new();
    world.gateway = None;
    lose_vote(&world);
    let server = Server::start(&world).await;
    let response = post(&server, &world, EVENTS, event(1)).send().await;
    assert_sent_elsewhere(response.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_that_is_lost_meanwhile_ends_the_request_or_the_job() {
    let world = World::new();
    let server = Server::start_capturing(&world).await;
    world.submissions.behave(not_a_validator());
    let response = post(&server, &world, EVENTS, event(1)).send().await;
    assert_sent_elsewhere(response.unwrap()).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["failedCount"], 2);
    let error = &done["errors"][0];
    assert_eq!(
        (&error["type"], &error["status"]),
        (
            &"epcisException:ImplementationException".into(),
            &501.into()
        )
    );
    assert!(error["detail"].as_str().unwrap().contains(REASON), "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_job_of_a_node_that_has_lost_its_vote_ends_and_says_what_may_yet_be() {
    let world = World::new();
    let server = Server::start(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    lose_vote(&world);
    let _worker = Server::start_capturing_limited(&world, impatient()).await;
    let done = finished(&server, &world, &location).await;
    assert_eq!(
        (&done["success"], &done["failedCount"]),
        (&false.into(), &2.into())
    );
    let submission = done["submissions"][0].as_str().unwrap();
    let detail = done["errors"][0]["detail"].as_str().unwrap();
    for said in [
        REASON,
        "until 2024-10-01T00:30:05.000Z",
        &format!("GET /v1/submissions/{submission}"),
    ] {
        assert!(detail.contains(said), "{detail}");
    }
    // It was not tried in vain, and is not any more.
    assert_eq!(world.submissions.given(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_validators_have_put_on_the_ledger_counts_for_a_job_of_a_node_that_has_left_them()
{
    let world = World::new();
    let server = Server::start(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    let (setup, queue) = world.setup_with_queue(ApiLimits::default());
    let worker = tokio::spawn(run_captures(setup, queue));
    world.submissions.until_given(1).await;
    worker.abort();
    lose_vote(&world);
    // A node that does not see its peers does not know what there is on the ledger.
    let unready = &world.node.reasons;
    unready.lock().unwrap().push("it is catching up".to_owned());
    world.submissions.settle();
    let _worker = Server::start_capturing_limited(&world, impatient()).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(job(&server, &world, &location).await["running"], true);
    world.commit(world.submissions.take(), Vec::new());
    let done = finished(&server, &world, &location).await;
    assert_eq!(
        (&done["success"], &done["capturedCount"]),
        (&true.into(), &2.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_gets_its_vote_back_goes_on_with_its_jobs() {
    let world = World::new();
    let server = Server::start(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    lose_vote(&world);
    let _worker = Server::start_capturing(&world).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(world.submissions.given(), 0);
    *world.node.no_vote.lock().unwrap() = None;
    world.submissions.behave(SubmitBehaviour::Take);
    commit(&world, 1).await;
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["capturedCount"], 2);
}
