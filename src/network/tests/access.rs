//! Who connects, and to whom.

use super::harness::{Plan, key, ledger, numbered, pair, quick_limits};
use crate::network::{
    Channel, DisconnectReason, Network, NetworkError, NetworkEvent, NetworkSetup, PeerLink,
    SendError,
};

#[tokio::test]
async fn an_unknown_key_is_refused() {
    let mut host = Plan::new(1, &[2]).start().await;
    let mut stranger = Plan::new(3, &[1]).dials(1, host.address).start().await;
    host.metrics_until("refusals", |metrics| metrics.refused_connections >= 2)
        .await;
    assert!(!host.was_ever_connected());
    assert!(!stranger.was_ever_connected());
    let metrics = host.handle.metrics();
    assert!(!metrics.peers.contains_key(&key(3)));
    assert_eq!(
        host.handle.send(&key(3), Channel::Status, numbered(1)),
        Err(SendError::UnknownPeer)
    );
}

#[tokio::test]
async fn the_wrong_identity_at_an_address_is_refused() {
    let mut host = Plan::new(1, &[2, 3]).start().await;
    // The address is right, the key that is expected there is another's.
    let mut guest = Plan::new(2, &[1, 3]).dials(3, host.address).start().await;
    guest
        .metrics_until("failed dials", |metrics| metrics.dial_failures >= 2)
        .await;
    assert!(!host.was_ever_connected());
    assert!(!guest.was_ever_connected());
}

#[tokio::test]
async fn another_ledger_is_refused() {
    let mut host = Plan::new(1, &[2]).start().await;
    let mut plan = Plan::new(2, &[1]).dials(1, host.address);
    plan.ledger = ledger("another");
    let mut guest = plan.start().await;
    guest
        .metrics_until("failed attempts", |metrics| {
            metrics.foreign_peers + metrics.dial_failures >= 1
        })
        .await;
    assert!(!host.was_ever_connected());
    assert!(!guest.was_ever_connected());
}

#[tokio::test]
async fn a_removed_peer_is_cut_and_a_readmitted_one_comes_back() {
    let (mut one, mut two) = pair(quick_limits()).await;
    one.handle.set_allowed(&[key(3)].into()).unwrap();
    let event = one.disconnected(two.key).await;
    assert!(matches!(
        event,
        NetworkEvent::Disconnected {
            reason: DisconnectReason::NotAllowed,
            ..
        }
    ));
    two.disconnected(one.key).await;
    one.metrics_until("refusal", |metrics| metrics.refused_connections >= 1)
        .await;
    one.handle.set_allowed(&[key(2)].into()).unwrap();
    one.connected(two.key).await;
    two.connected(one.key).await;
    let metrics = one.handle.metrics();
    assert_eq!(metrics.peers.len(), 1);
    assert_eq!(metrics.peers[&two.key].link, PeerLink::Connected);
}

#[tokio::test]
async fn crossing_dials_leave_one_connection() {
    for round in 0..4_u8 {
        let (a, b) = (round * 2 + 10, round * 2 + 11);
        let free = Plan::new(a, &[b]).start().await;
        let port_of_a = free.address;
        free.kill().await;
        let mut two = Plan::new(b, &[a]).dials(a, port_of_a).start().await;
        let mut one = Plan::new(a, &[b]).dials(b, two.address);
        one.listen = port_of_a;
        let mut one = one.start().await;
        one.connected(two.key).await;
        two.connected(one.key).await;
        one.handle
            .send(&two.key, Channel::Consensus, numbered(1))
            .unwrap();
        two.handle
            .send(&one.key, Channel::Consensus, numbered(2))
            .unwrap();
        assert_eq!(two.message(one.key, Channel::Consensus).await, numbered(1));
        assert_eq!(one.message(two.key, Channel::Consensus).await, numbered(2));
        for node in [&one, &two] {
            node.metrics_until("single connection", |metrics| metrics.connections == 1)
                .await;
        }
    }
}

#[tokio::test]
async fn a_taken_port_is_an_error_and_a_gone_node_ends_the_driver() {
    let host = Plan::new(1, &[2]).start().await;
    let setup = NetworkSetup {
        identity: super::harness::secret(2),
        ledger: ledger("tests"),
        listen: vec![host.address],
        peers: Vec::new(),
        allowed: [key(1)].into(),
        limits: quick_limits(),
    };
    assert!(matches!(
        Network::new(setup),
        Err(NetworkError::Listen { address, .. }) if address == host.address
    ));
    assert!(host.leave().await.is_ok());
}
