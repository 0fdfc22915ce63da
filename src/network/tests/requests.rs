//! Requests and responses.

use std::time::Duration;

use bytes::Bytes;

use super::harness::{Node, key, pair, quick_limits};
use crate::network::{NetworkEvent, RequestError, Responder, ResponseTooLarge};

async fn asked(node: &mut Node) -> (Bytes, Responder) {
    let event = node
        .expect("request", |event| {
            matches!(event, NetworkEvent::Request { .. })
        })
        .await;
    match event {
        NetworkEvent::Request {
            peer,
            bytes,
            responder,
        } => {
            assert_ne!(peer, node.key);
            (bytes, responder)
        }
        _ => unreachable!(),
    }
}

#[tokio::test]
async fn requests_are_answered_in_any_order_and_size() {
    let (mut one, two) = pair(quick_limits()).await;
    let sizes = [0, 1, 64 * 1024];
    let answers = [8 * 1024 * 1024, 0, 70_000];
    let mut waiting = Vec::new();
    for size in sizes {
        waiting.push(tokio::spawn(
            two.handle.request(&one.key, Bytes::from(vec![1; size])),
        ));
    }
    let mut responders = Vec::new();
    for _ in sizes {
        responders.push(asked(&mut one).await);
    }
    for (request, responder) in responders.into_iter().rev() {
        let index = sizes
            .iter()
            .position(|size| *size == request.len())
            .unwrap();
        let response = Bytes::from(vec![2; answers[index]]);
        assert_eq!(responder.respond(response), Ok(()));
    }
    for (answer, size) in waiting.into_iter().zip(answers) {
        assert_eq!(answer.await.unwrap().unwrap(), vec![2; size]);
    }
    assert_eq!(two.handle.metrics().requests_sent, 3);
    assert_eq!(one.handle.metrics().requests_received, 3);
}

#[tokio::test]
async fn refusals_have_their_reasons() {
    let (mut one, two) = pair(quick_limits()).await;
    let limit = quick_limits().requests.max_request_bytes;
    let too_long = two
        .handle
        .request(&one.key, Bytes::from(vec![0; limit + 1]))
        .await;
    assert_eq!(
        too_long,
        Err(RequestError::Oversize {
            bytes: limit + 1,
            limit
        })
    );
    let unknown = two.handle.request(&key(9), Bytes::new()).await;
    assert_eq!(unknown, Err(RequestError::UnknownPeer));

    let dropped = tokio::spawn(two.handle.request(&one.key, Bytes::new()));
    drop(asked(&mut one).await);
    assert_eq!(dropped.await.unwrap(), Err(RequestError::Refused));

    let limit = quick_limits().requests.max_response_bytes;
    let too_large = tokio::spawn(two.handle.request(&one.key, Bytes::new()));
    let (_, responder) = asked(&mut one).await;
    assert_eq!(
        responder.respond(Bytes::from(vec![0; limit + 1])),
        Err(ResponseTooLarge {
            bytes: limit + 1,
            limit
        })
    );
    assert_eq!(too_large.await.unwrap(), Err(RequestError::Refused));

    let address = one.address;
    one.kill().await;
    let mut two = two;
    two.disconnected(key(1)).await;
    let away = two.handle.request(&key(1), Bytes::new()).await;
    assert_eq!(away, Err(RequestError::NotConnected), "{address}");
}

#[tokio::test]
async fn a_silent_peer_times_out_and_the_place_is_free_again() {
    let mut limits = quick_limits();
    limits.requests.timeout = Duration::from_millis(400);
    limits.requests.max_outbound_per_peer = 1;
    let (mut one, two) = pair(limits).await;
    let first = two.handle.request(&one.key, Bytes::from_static(b"a"));
    let second = two.handle.request(&one.key, Bytes::from_static(b"b"));
    assert_eq!(
        second.await,
        Err(RequestError::TooManyInFlight { limit: 1 })
    );
    assert_eq!(first.await, Err(RequestError::Timeout { timeout_ms: 400 }));
    let held = asked(&mut one).await;
    // A place is free once the future has ended.
    let third = two.handle.request(&one.key, Bytes::from_static(b"c"));
    assert_ne!(third.await, Err(RequestError::TooManyInFlight { limit: 1 }));
    drop(held);
}

#[tokio::test]
async fn more_than_a_peer_works_on_is_refused() {
    let mut limits = quick_limits();
    limits.requests.max_outbound_per_peer = 3;
    limits.requests.max_inbound_per_peer = 2;
    let (mut one, two) = pair(limits).await;
    let mut waiting: Vec<_> = (0..3)
        .map(|_| tokio::spawn(two.handle.request(&one.key, Bytes::from_static(b"?"))))
        .collect();
    let held = [asked(&mut one).await, asked(&mut one).await];
    one.metrics_until("refusal", |metrics| metrics.requests_refused == 1)
        .await;
    for (_, responder) in held {
        responder.respond(Bytes::from_static(b"!")).unwrap();
    }
    let mut answers = Vec::new();
    for answer in waiting.drain(..) {
        answers.push(answer.await.unwrap());
    }
    let refused = answers
        .iter()
        .filter(|answer| **answer == Err(RequestError::Refused))
        .count();
    assert_eq!((refused, answers.len()), (1, 3));
}

#[tokio::test]
async fn a_lost_connection_ends_open_requests() {
    let (mut one, two) = pair(quick_limits()).await;
    let waiting = tokio::spawn(two.handle.request(&one.key, Bytes::from_static(b"?")));
    let _held = asked(&mut one).await;
    one.kill().await;
    let answer = waiting.await.unwrap();
    assert!(matches!(
        answer,
        Err(RequestError::Disconnected | RequestError::Refused)
    ));
}
