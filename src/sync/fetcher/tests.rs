use super::*;
use crate::crypto::{Blake3Digest, SecretKey};

fn key(n: u8) -> PublicKey {
    SecretKey::from_seed([n; 32]).public_key()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn digest(n: u8) -> BatchDigest {
    BatchDigest(Blake3Digest::of(&[n]))
}

fn connected(peers: &[u8]) -> Fetcher {
    let mut fetcher = Fetcher::new();
    for n in peers {
        fetcher.on_connected(key(*n));
    }
    fetcher
}

#[test]
fn blocks_are_asked_of_one_who_has_them_and_of_one_at_a_time() {
    let mut fetcher = connected(&[1, 2]);
    assert!(fetcher.plan(Height(5), at(0)).is_empty());
    fetcher.on_height(&key(1), Height(4), at(0));
    assert!(fetcher.plan(Height(5), at(0)).is_empty());
    fetcher.on_height(&key(2), Height(9), at(0));
    let requests = fetcher.plan(Height(5), at(0));
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].peer, key(2));
    assert_eq!(requests[0].request, SyncRequest::Blocks { from: Height(5) });
    assert!(fetcher.plan(Height(5), at(1)).is_empty());
    assert!(fetcher.on_answer(requests[0].id).is_some());
    assert!(fetcher.on_answer(requests[0].id).is_none());
    assert_eq!(fetcher.plan(Height(6), at(2)).len(), 1);
}

#[test]
fn a_peer_that_lies_about_its_height_cannot_keep_the_node_waiting() {
    let mut fetcher = connected(&[1, 2]);
    fetcher.on_height(&key(1), Height(u64::MAX), at(0));
    let request = fetcher.plan(Height(5), at(0)).remove(0);
    assert_eq!(request.peer, key(1));
    fetcher.on_answer(request.id);
    fetcher.on_failed(&key(1), at(0));
    // It repeats its statement while it rests; nobody believes it.
    fetcher.on_height(&key(1), Height(u64::MAX), at(1));
    assert_eq!(fetcher.best_height(), None);
    assert!(fetcher.plan(Height(5), at(1)).is_empty());
    fetcher.on_height(&key(2), Height(6), at(2));
    assert_eq!(fetcher.plan(Height(5), at(2))[0].peer, key(2));
}

#[test]
fn penalties_double_up_to_a_bound_and_end_with_a_delivery() {
    let mut fetcher = connected(&[1]);
    let mut now = 0;
    for expected_ms in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        fetcher.on_failed(&key(1), at(now));
        fetcher.on_height(&key(1), Height(9), at(now + expected_ms - 1));
        assert_eq!(fetcher.best_height(), None);
        now += expected_ms;
        fetcher.on_height(&key(1), Height(9), at(now));
        assert_eq!(fetcher.best_height(), Some(Height(9)));
    }
    fetcher.on_delivered(&key(1));
    fetcher.on_failed(&key(1), at(now));
    fetcher.on_height(&key(1), Height(9), at(now + 500));
    assert_eq!(fetcher.best_height(), Some(Height(9)));
}

#[test]
fn a_request_without_an_answer_goes_to_another_peer() {
    let mut fetcher = connected(&[1, 2]);
    fetcher.want_batch(digest(1), [key(1)].into());
    let first = fetcher.plan(Height(1), at(0)).remove(0);
    assert_eq!(first.peer, key(1));
    assert!(
        fetcher
            .plan(Height(1), at(REQUEST_TIMEOUT_MS - 1))
            .is_empty()
    );
    let second = fetcher.plan(Height(1), at(REQUEST_TIMEOUT_MS)).remove(0);
    assert_eq!(second.peer, key(2));
    assert!(fetcher.on_answer(first.id).is_none());
}

#[test]
fn a_lost_peer_loses_its_requests() {
    let mut fetcher = connected(&[1, 2]);
    fetcher.want_batch(digest(1), [key(1), key(2)].into());
    let first = fetcher.plan(Height(1), at(0)).remove(0);
    fetcher.on_disconnected(&first.peer);
    let second = fetcher.plan(Height(1), at(1)).remove(0);
    assert_ne!(second.peer, first.peer);
}

#[test]
fn a_batch_that_nobody_has_is_asked_for_again_and_again() {
    let mut fetcher = connected(&[1, 2, 3]);
    fetcher.want_batch(digest(1), [key(2)].into());
    let mut asked = Vec::new();
    for round in 0..6 {
        let request = fetcher.plan(Height(1), at(round)).remove(0);
        asked.push(request.peer);
        fetcher.on_answer(request.id);
        fetcher.on_batch_missing(&digest(1), &request.peer);
    }
    assert_eq!(asked[0], key(2));
    for n in 1..=3 {
        assert_eq!(asked.iter().filter(|peer| **peer == key(n)).count(), 2);
    }
    fetcher.forget_batch(&digest(1));
    assert!(fetcher.plan(Height(1), at(9)).is_empty());
}

#[test]
fn requests_in_flight_are_bounded() {
    let mut fetcher = connected(&[1, 2, 3]);
    for n in 0..100 {
        fetcher.want_batch(digest(n), [key(1)].into());
    }
    let requests = fetcher.plan(Height(1), at(0));
    assert_eq!(requests.len(), MAX_BATCH_REQUESTS);
    for n in 1..=3 {
        let count = requests.iter().filter(|r| r.peer == key(n)).count();
        assert!(count <= MAX_REQUESTS_PER_PEER, "{count}");
    }
    assert!(fetcher.plan(Height(1), at(1)).is_empty());
}
