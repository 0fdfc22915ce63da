//! Order, once-ness, back-pressure, reconnects.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::harness::{Node, Plan, key, numbered, pair, quick_limits};
use crate::crypto::PublicKey;
use crate::network::{Channel, DisconnectReason, NetworkEvent, NetworkLimits, PeerLink, SendError};

fn others(keys: &[PublicKey], own: PublicKey) -> Vec<PublicKey> {
    keys.iter().copied().filter(|peer| *peer != own).collect()
}

#[tokio::test]
async fn four_nodes_form_a_mesh_that_delivers_in_order_and_once() {
    const MESSAGES: u32 = 60;
    let seeds = [1, 2, 3, 4];
    let mut nodes: Vec<Node> = Vec::new();
    for seed in seeds {
        let mut plan = Plan::new(seed, &seeds);
        for (other, node) in seeds.iter().zip(&nodes) {
            plan = plan.dials(*other, node.address);
        }
        nodes.push(plan.start().await);
    }
    let keys = seeds.map(key);
    for node in &mut nodes {
        for peer in others(&keys, node.key) {
            node.connected(peer).await;
        }
    }
    let channels = [Channel::Consensus, Channel::Acknowledgements];
    for number in 0..MESSAGES {
        for node in &nodes {
            for channel in channels {
                let sent = node.handle.broadcast(channel, numbered(number)).unwrap();
                assert_eq!((sent.queued, sent.rejected.len()), (3, 0));
            }
        }
    }
    for node in &mut nodes {
        for peer in others(&keys, node.key) {
            for channel in channels {
                for number in 0..MESSAGES {
                    assert_eq!(node.message(peer, channel).await, numbered(number));
                }
            }
        }
    }
    // Only now: what a node has not taken yet is not acknowledged beyond its room.
    for node in &mut nodes {
        assert!(!node.has_seen(|event| matches!(event, NetworkEvent::Message { .. })));
        let metrics = node
            .metrics_until("acknowledgements and pings", |metrics| {
                metrics
                    .peers
                    .values()
                    .all(|peer| peer.queued_frames == 0 && peer.round_trip.is_some())
            })
            .await;
        let consensus = metrics.channels.get(Channel::Consensus);
        assert_eq!(consensus.received_frames, u64::from(MESSAGES) * 3);
        assert_eq!(consensus.sent_frames, u64::from(MESSAGES) * 3);
        assert_eq!(consensus.sent_bytes, u64::from(MESSAGES) * 12);
        assert_eq!(consensus.repeated_frames, 0);
    }
}

#[tokio::test]
async fn a_restarted_peer_gets_what_was_queued_meanwhile() {
    let (mut one, two) = pair(quick_limits()).await;
    let address = one.address;
    two.kill().await;
    let event = one.disconnected(key(2)).await;
    assert!(matches!(
        event,
        NetworkEvent::Disconnected {
            reason: DisconnectReason::Closed { .. },
            ..
        }
    ));
    for number in 0..10 {
        one.handle
            .send(&key(2), Channel::Batches, numbered(number))
            .unwrap();
    }
    let metrics = one.handle.metrics();
    assert_eq!(metrics.peers[&key(2)].queued_frames, 8 + 2);
    assert_eq!(metrics.peers[&key(2)].link, PeerLink::Disconnected);
    let mut two = Plan::new(2, &[1]).dials(1, address).start().await;
    for number in 0..10 {
        assert_eq!(
            two.message(one.key, Channel::Batches).await,
            numbered(number)
        );
    }
    one.connected(two.key).await;
}

#[tokio::test]
async fn the_dialler_finds_a_restarted_peer_at_its_old_address() {
    let (one, mut two) = pair(quick_limits()).await;
    let address = one.address;
    one.kill().await;
    two.disconnected(key(1)).await;
    two.handle
        .send(&key(1), Channel::Cosignatures, numbered(5))
        .unwrap();
    two.metrics_until("failed dial", |metrics| metrics.dial_failures >= 1)
        .await;
    let mut plan = Plan::new(1, &[2]);
    plan.listen = address;
    let mut one = plan.start().await;
    assert_eq!(
        one.message(two.key, Channel::Cosignatures).await,
        numbered(5)
    );
    two.connected(one.key).await;
}

/// Forwards connections to `target` until told to cut them.
async fn cuttable_wire(target: SocketAddr) -> (SocketAddr, watch::Sender<u32>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (cut, cuts) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((mut inbound, _)) = listener.accept().await {
            let mut cuts = cuts.clone();
            cuts.mark_unchanged();
            tokio::spawn(async move {
                let Ok(mut outbound) = TcpStream::connect(target).await else {
                    return;
                };
                tokio::select! {
                    _ = copy_bidirectional(&mut inbound, &mut outbound) => {}
                    _ = cuts.changed() => {}
                }
            });
        }
    });
    (address, cut)
}

#[tokio::test]
async fn cut_connections_lose_and_repeat_nothing() {
    const CUTS: u32 = 4;
    const PER_CUT: u32 = 100;
    let mut one = Plan::new(1, &[2]).start().await;
    let (wire, cut) = cuttable_wire(one.address).await;
    let mut two = Plan::new(2, &[1]).dials(1, wire).start().await;
    one.connected(two.key).await;
    let mut expected = 0;
    for round in 0..CUTS {
        for number in 0..PER_CUT {
            two.handle
                .send(
                    &one.key,
                    Channel::Consensus,
                    numbered(round * PER_CUT + number),
                )
                .unwrap();
        }
        // Somewhere in the middle: some delivered, some under way, some not sent.
        for _ in 0..PER_CUT / 2 {
            assert_eq!(
                one.message(two.key, Channel::Consensus).await,
                numbered(expected)
            );
            expected += 1;
        }
        cut.send_modify(|cuts| *cuts += 1);
    }
    while expected < CUTS * PER_CUT {
        assert_eq!(
            one.message(two.key, Channel::Consensus).await,
            numbered(expected)
        );
        expected += 1;
    }
    two.metrics_until("acknowledgements", |metrics| {
        metrics.peers[&one.key].queued_frames == 0
    })
    .await;
    assert!(!one.has_seen(|event| matches!(event, NetworkEvent::Message { .. })));
    let metrics = one.handle.metrics();
    let consensus = metrics.channels.get(Channel::Consensus);
    assert_eq!(consensus.received_frames, u64::from(CUTS * PER_CUT));
    two.disconnected(one.key).await;
}

/// Limits under which batches are large and few.
fn batch_limits() -> NetworkLimits {
    let mut limits = quick_limits();
    let batches = limits.channels.get_mut(Channel::Batches);
    batches.delivery_slots = 2;
    batches.max_in_flight = 2;
    batches.max_queued_frames = 6;
    limits
}

#[tokio::test]
async fn batches_that_are_stuck_do_not_delay_votes() {
    let (mut one, two) = pair(batch_limits()).await;
    let size = two_mebibytes();
    let mut queued = 0;
    let rejected = loop {
        match two
            .handle
            .send(&one.key, Channel::Batches, Bytes::from(vec![queued; size]))
        {
            Ok(()) => queued += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(
        rejected,
        SendError::QueueFull {
            channel: Channel::Batches
        }
    );
    assert!(queued >= 6);
    // The node holds the first two and frees no slot: no third may come.
    let is_batch = |event: &NetworkEvent| {
        matches!(
            event,
            NetworkEvent::Message {
                channel: Channel::Batches,
                ..
            }
        )
    };
    let held = [
        one.expect("first batch", is_batch).await,
        one.expect("second batch", is_batch).await,
    ];
    for number in 0..200 {
        two.handle
            .send(&one.key, Channel::Consensus, numbered(number))
            .unwrap();
    }
    for number in 0..200 {
        assert_eq!(
            one.message(two.key, Channel::Consensus).await,
            numbered(number)
        );
    }
    assert!(!one.has_seen(is_batch), "only freed slots let batches in");
    drop(held);
    for number in 2..queued {
        let batch = one.message(two.key, Channel::Batches).await;
        assert_eq!((batch.len(), batch.first()), (size, Some(&number)));
    }
    let metrics = two.handle.metrics();
    assert_eq!(metrics.channels.get(Channel::Batches).rejected_frames, 1);
}

fn two_mebibytes() -> usize {
    2 * 1024 * 1024
}

#[tokio::test]
async fn a_node_that_reads_nothing_slows_its_peers_and_loses_nothing() {
    let mut limits = quick_limits();
    let status = limits.channels.get_mut(Channel::Status);
    status.delivery_slots = 3;
    status.max_in_flight = 2;
    status.max_queued_frames = 8;
    let (mut one, two) = pair(limits).await;
    let mut sent = 0;
    // Full means: three held, the rest kept by the sender.
    let full = |metrics: &crate::network::NetworkMetrics| {
        metrics.channels.get(Channel::Status).received_frames == 3
    };
    while sent < 11 {
        if two
            .handle
            .send(&one.key, Channel::Status, numbered(sent))
            .is_ok()
        {
            sent += 1;
        } else {
            tokio::task::yield_now().await;
        }
    }
    one.metrics_until("three held", full).await;
    two.metrics_until("eight kept", |metrics| {
        metrics.peers[&one.key].queued_frames == 8
    })
    .await;
    assert!(
        two.handle
            .send(&one.key, Channel::Status, numbered(99))
            .is_err()
    );
    for number in 0..sent {
        assert_eq!(
            one.message(two.key, Channel::Status).await,
            numbered(number)
        );
    }
}

#[tokio::test]
async fn what_no_channel_takes_is_refused_at_once() {
    let node = Plan::new(1, &[2]).start().await;
    let send = |bytes: Bytes| node.handle.send(&key(2), Channel::Status, bytes);
    assert_eq!(send(Bytes::new()), Err(SendError::Empty));
    let limit = NetworkLimits::default()
        .channels
        .get(Channel::Status)
        .max_frame_bytes;
    assert_eq!(
        send(Bytes::from(vec![0; limit + 1])),
        Err(SendError::Oversize {
            channel: Channel::Status,
            bytes: limit + 1,
            limit
        })
    );
    assert_eq!(send(Bytes::from(vec![0; limit])), Ok(()));
    let broadcast = node.handle.broadcast(Channel::Status, Bytes::new());
    assert_eq!(broadcast, Err(SendError::Empty));
}

#[tokio::test]
async fn what_waits_too_long_is_dropped_and_counted() {
    let mut limits = quick_limits();
    limits.channels.get_mut(Channel::Consensus).retention = Duration::ZERO;
    let node = Plan::new(1, &[2]).limits(limits).start().await;
    for number in 0..3 {
        node.handle
            .send(&key(2), Channel::Consensus, numbered(number))
            .unwrap();
    }
    let metrics = node.handle.metrics();
    let expired = metrics.channels.get(Channel::Consensus).expired_frames;
    assert!(
        (1..=2).contains(&expired),
        "{expired} of three have expired"
    );
}
