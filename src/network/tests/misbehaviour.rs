//! Peers that break the rules.

use std::time::Duration;

use futures::io::{AsyncReadExt, AsyncWriteExt};

use super::harness::{Node, Plan, key, quick_limits};
use super::raw_peer::RawPeer;
use crate::network::frame::{FrameHeader, Greeting};
use crate::network::sequence::{Sequence, Session};
use crate::network::{
    Channel, DisconnectReason, NetworkEvent, NetworkLimits, StreamKind, Violation,
};

const VOTES: StreamKind = StreamKind::Channel(Channel::Consensus);

fn strict_limits(threshold: u32, back_off: Duration) -> NetworkLimits {
    let mut limits = quick_limits();
    limits.misbehaviour.threshold = threshold;
    limits.misbehaviour.back_off = back_off;
    limits
}

async fn victim(limits: NetworkLimits) -> (Node, RawPeer) {
    let node = Plan::new(1, &[2]).limits(limits).start().await;
    let raw = RawPeer::start(2, node.key, node.address);
    (node, raw)
}

async fn misbehaved(node: &mut Node) -> Violation {
    let event = node
        .expect("misbehaviour", |event| {
            matches!(event, NetworkEvent::Misbehaved { .. })
        })
        .await;
    match event {
        NetworkEvent::Misbehaved {
            peer, violation, ..
        } => {
            assert_eq!(peer, key(2));
            violation
        }
        _ => unreachable!(),
    }
}

fn greeting() -> [u8; 8] {
    Greeting {
        session: Session(9),
    }
    .encode()
}

fn frame(payload: &[u8], sequence: u64) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    let header = FrameHeader::new(length, Sequence(sequence), payload.len()).unwrap();
    [&header.encode()[..], payload].concat()
}

/// A header that no encoder of ours writes.
fn bad_header(length: u32) -> Vec<u8> {
    [&length.to_be_bytes()[..], &0_u64.to_be_bytes()].concat()
}

#[tokio::test]
async fn a_repeated_offender_is_cut_off_for_a_while_and_may_come_back() {
    let back_off = Duration::from_secs(4);
    let (mut node, raw) = victim(strict_limits(2, back_off)).await;
    for offence in 1..=2 {
        let mut stream = raw.open(VOTES).await;
        stream.write_all(&greeting()).await.unwrap();
        stream.write_all(&bad_header(u32::MAX)).await.unwrap();
        stream.flush().await.unwrap();
        node.metrics_until("violation", |metrics| metrics.violations == offence)
            .await;
        // The stream is closed: after the answer to the greeting nothing more comes.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.len() <= 8);
    }
    let oversize = Violation::Oversize {
        stream: VOTES,
        bytes: u32::MAX,
    };
    assert_eq!(misbehaved(&mut node).await, oversize);
    let event = node.disconnected(key(2)).await;
    assert!(matches!(
        event,
        NetworkEvent::Disconnected {
            reason: DisconnectReason::Misbehaved,
            ..
        }
    ));
    node.connected(key(2)).await;
    let refused = |metrics: &crate::network::NetworkMetrics| metrics.refused_connections >= 1;
    node.metrics_until("refusal", refused).await;
    assert_eq!(node.handle.metrics().cut_offs, 1);
    // It dials all the time and is let in again at last.
    node.connected(key(2)).await;
}

#[tokio::test]
async fn a_single_offence_costs_the_stream_only() {
    let (mut node, raw) = victim(strict_limits(2, Duration::from_secs(60))).await;
    let mut stream = raw.open(VOTES).await;
    stream.write_all(&greeting()).await.unwrap();
    stream.write_all(&bad_header(0)).await.unwrap();
    stream.flush().await.unwrap();
    node.metrics_until("violation", |metrics| metrics.violations == 1)
        .await;
    let mut stream = raw.open(VOTES).await;
    stream.write_all(&greeting()).await.unwrap();
    stream.write_all(&frame(b"vote", 0)).await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(node.message(key(2), Channel::Consensus).await, "vote");
    assert!(!node.has_seen(|event| matches!(event, NetworkEvent::Disconnected { .. })));
}

#[tokio::test]
async fn each_kind_of_violation_is_recognised() {
    let malformed = |fault| Violation::Malformed {
        stream: VOTES,
        fault,
    };
    let request_limit = NetworkLimits::default().requests.max_request_bytes;
    let oversize_request = u32::try_from(request_limit).unwrap() + 1;
    let cases: [(StreamKind, Vec<u8>, Violation); 4] = [
        (
            VOTES,
            [&greeting()[..], &bad_header(0)].concat(),
            malformed("an empty frame"),
        ),
        (
            VOTES,
            [&greeting()[..], &frame(b"a", 3), &frame(b"b", 3)].concat(),
            malformed("a sequence that does not grow"),
        ),
        (
            VOTES,
            [&greeting()[..], &frame(b"a", u64::MAX)].concat(),
            malformed("a sequence that does not grow"),
        ),
        (
            StreamKind::Request,
            oversize_request.to_be_bytes().to_vec(),
            Violation::Oversize {
                stream: StreamKind::Request,
                bytes: oversize_request,
            },
        ),
    ];
    let (mut node, raw) = victim(strict_limits(1, Duration::from_millis(100))).await;
    for (kind, bytes, expected) in cases {
        let mut stream = raw.open(kind).await;
        stream.write_all(&bytes).await.unwrap();
        stream.flush().await.unwrap();
        assert_eq!(misbehaved(&mut node).await, expected);
        node.disconnected(key(2)).await;
    }
}

#[tokio::test]
async fn a_flood_of_messages_is_cut() {
    let mut limits = strict_limits(1, Duration::from_secs(60));
    let status = limits.channels.get_mut(Channel::Status);
    status.frames_per_second = 1;
    status.max_in_flight = 4;
    // The node holds all of them, so that only the rate can stop the flood.
    status.delivery_slots = 1_000;
    let (mut node, raw) = victim(limits).await;
    let mut stream = raw.open(StreamKind::Channel(Channel::Status)).await;
    stream.write_all(&greeting()).await.unwrap();
    for sequence in 0..1_000 {
        // The stream breaks somewhere on the way.
        if stream.write_all(&frame(b"x", sequence)).await.is_err() {
            break;
        }
    }
    let _ = stream.flush().await;
    let expected = Violation::RateExceeded {
        stream: StreamKind::Channel(Channel::Status),
    };
    assert_eq!(misbehaved(&mut node).await, expected);
    let received = node
        .handle
        .metrics()
        .channels
        .get(Channel::Status)
        .received_frames;
    assert!((10..100).contains(&received), "{received} came through");
}

#[tokio::test]
async fn a_flood_of_pings_or_streams_is_cut() {
    let (mut node, raw) = victim(strict_limits(1, Duration::from_millis(100))).await;
    let mut stream = raw.open(StreamKind::Liveness).await;
    for nonce in 0..2_000_u64 {
        if stream.write_all(&nonce.to_be_bytes()).await.is_err() {
            break;
        }
    }
    let _ = stream.flush().await;
    let pings = Violation::RateExceeded {
        stream: StreamKind::Liveness,
    };
    assert_eq!(misbehaved(&mut node).await, pings);
    node.disconnected(key(2)).await;
    let flood = async {
        loop {
            drop(raw.open(VOTES).await);
        }
    };
    tokio::select! {
        () = flood => {}
        violation = misbehaved(&mut node) => {
            assert_eq!(violation, Violation::RateExceeded { stream: VOTES });
        }
    }
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_given_up() {
    let mut limits = quick_limits();
    limits.connections.ping_timeout = Duration::from_millis(300);
    let (mut node, raw) = victim(limits).await;
    let _stream = raw.open(VOTES).await;
    node.connected(key(2)).await;
    let event = node.disconnected(key(2)).await;
    assert!(matches!(
        event,
        NetworkEvent::Disconnected {
            reason: DisconnectReason::Unresponsive,
            ..
        }
    ));
}
