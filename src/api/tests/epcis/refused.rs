//! Capture jobs whose submissions the node does not take.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::captures::{events, finished, job, start};
use super::*;
use crate::api::CaptureStore;
use crate::api::tests::support::SubmitBehaviour;
use crate::types::{RecordKind, Refusal, Submission, Timestamp};

/// A document that does not fit into one submission: its context is long, and each event gets a copy.
fn document_in_parts() -> String {
    let own = r#""@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","#;
    let without_own = |number| event(number).replacen(own, "", 1);
    let long = format!("[{}\"https://ref", " ".repeat(40_000));
    let list: Vec<String> = (0..110).map(without_own).collect();
    document(&list).replacen("[\"https://ref", &long, 1)
}

/// A submission that nobody takes holds nothing up: neither the others of its job, nor other jobs.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_keeps_nothing_else_waiting() {
    let world = World::new();
    let server = Server::start(&world).await;
    let location = start(&server, &world, document_in_parts(), "proceed").await;
    let submissions = job(&server, &world, &location).await["submissions"].clone();
    let [first, _] = submissions.as_array().unwrap().as_slice() else {
        panic!("{submissions}");
    };
    let mut refused = vec![first.as_str().unwrap().to_owned()];
    for number in 1_000..1_020 {
        let clock = &world.node.now_ms;
        clock.fetch_add(1, Ordering::Relaxed);
        let body = document(&[event(number)]);
        let location = start(&server, &world, body, "rollback").await;
        let job = job(&server, &world, &location).await;
        refused.push(job["submissions"][0].as_str().unwrap().to_owned());
    }
    let refusal = Refusal::NotReady {
        reason: "not for these",
    };
    let refused = refused.into_iter().collect();
    let behaviour = SubmitBehaviour::RefuseSome(refused, refusal);
    world.submissions.behave(behaviour);
    // They are kept from before, so each is tried again and again.
    let _worker = Server::start_capturing(&world).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let mut taken = world.submissions.take();
    while taken.is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "nothing is taken");
        tokio::time::sleep(Duration::from_millis(50)).await;
        taken = world.submissions.take();
    }
    let captured = taken[0].records().len();
    world.commit(taken, Vec::new());
    world.submissions.settle();
    while job(&server, &world, &location).await["capturedCount"] != captured {
        assert!(tokio::time::Instant::now() < deadline, "it is not counted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The other part is not given up before it cannot be ordered any more.
    assert_eq!(job(&server, &world, &location).await["running"], true);
    let late = world.node.now_ms.load(Ordering::Relaxed) + 31 * 60_000;
    world.commit_at(Timestamp::from_ms(late));
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["capturedCount"], captured);
    assert_eq!(done["success"], false);
}

/// Nobody can put it on the ledger any more, though the node has given it to others.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_a_block_has_passed_over_ends_with_the_cause() {
    let world = World::new();
    let server = Server::start_capturing(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    world.submissions.until_given(1).await;
    world.submissions.until_waiting(1).await;
    let header = promised(&world, &location).header().clone();
    let refusal = Refusal::InactiveKey {
        member: header.member.clone(),
        key: Box::new(header.key),
    };
    let id = promised(&world, &location).id();
    world.submissions.pass_over(id, refusal.clone());
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["success"], false);
    assert_eq!(done["failedCount"], 2);
    let detail = done["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains(&refusal.to_string()), "{detail}");
    assert_eq!(world.submissions.given(), 1);
}

/// What is in it may be allowed again, but a node lets each member try only so much in vain.
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_submission_that_is_refused_for_what_is_in_it_is_seldom_tried_again() {
    let world = World::new();
    let server = Server::start(&world).await;
    let location = start(&server, &world, document(&events(2)), "rollback").await;
    let submission = promised(&world, &location);
    world
        .submissions
        .behave(SubmitBehaviour::Refuse(Refusal::RuleBroken {
            record: 0,
            kind: RecordKind::new("epcis.event").unwrap(),
            rule: "no-monday".to_owned(),
            reason: "not on Mondays".to_owned(),
        }));
    let _worker = Server::start_capturing(&world).await;
    world.submissions.until_given(1).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(world.submissions.given(), 1);
    assert_eq!(job(&server, &world, &location).await["running"], true);
    // Whoever had it before puts it on the ledger, where it is found soon.
    world.commit(vec![submission], Vec::new());
    let done = finished(&server, &world, &location).await;
    assert_eq!(done["capturedCount"], 2);
}

/// The submission that a job has promised.
fn promised(world: &World, location: &str) -> Submission {
    let id = location.rsplit('/').next().unwrap().parse().unwrap();
    world.captures.submission(&id, 0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_behaviour_is_stated_in_two_ways_is_not_started() {
    let world = World::new();
    let server = Server::start_capturing(&world).await;
    let send = |values: [&'static str; 2]| {
        let mut request = post(&server, &world, CAPTURE, document(&[event(1)]));
        for value in values {
            request = request.header("gs1-capture-error-behaviour", value);
        }
        request.send()
    };
    for values in [["rollback", "proceed"], ["proceed", "rollback"]] {
        let response = send(values).await.unwrap();
        let problem = assert_exception(response, 400, "ValidationException").await;
        let cause = problem["cause"].as_str().unwrap();
        assert!(values.iter().all(|value| cause.contains(value)), "{cause}");
    }
    let alike = send(["rollback", "rollback"]).await.unwrap();
    assert_eq!(alike.status(), 202);
}
