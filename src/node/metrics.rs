//! The node's metrics in the Prometheus text format.

use std::sync::atomic::Ordering;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::executor::SyncCounters;
use super::observed::Snapshot;
use crate::network::{Channel, NetworkMetrics, PeerLink};
use crate::storage::StoreMetrics;

/// All metrics at a moment. Names begin with `waybill_`; what they count is in their help text.
pub(super) fn metrics_text(
    snapshot: &Snapshot,
    network: &NetworkMetrics,
    store: Option<&StoreMetrics>,
    syncs: &SyncCounters,
    pending_submissions: usize,
) -> String {
    let mut registry = Registry::with_prefix("waybill");
    add_replica(&mut registry, snapshot, pending_submissions);
    add_network(&mut registry, network);
    if let Some(store) = store {
        add_store(&mut registry, store);
    }
    let totals = [
        (
            "consensus_log_syncs",
            "Syncs of the consensus log",
            &syncs.log_syncs,
        ),
        (
            "sign_guard_syncs",
            "Syncs of the sign guard",
            &syncs.guard_syncs,
        ),
        (
            "consensus_sync_microseconds",
            "How long the replica has waited for the consensus log and the sign guard",
            &syncs.waited_us,
        ),
    ];
    for (name, help, value) in totals {
        counter(&mut registry, name, help, value.load(Ordering::Relaxed));
    }
    let mut text = String::new();
    // Writing to a string does not fail.
    if encode(&mut text, &registry).is_err() {
        text.clear();
    }
    text
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    registry.register(name, help, ConstGauge::new(value));
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    registry.register(name, help, ConstCounter::new(value));
}

fn add_replica(registry: &mut Registry, snapshot: &Snapshot, pending_submissions: usize) {
    let gauges = [
        ("height", "Height that is being decided", snapshot.height.0),
        (
            "round",
            "Round of the height that is being decided",
            u64::from(snapshot.round.0),
        ),
        (
            "heights_behind",
            "Heights behind the best peer, as the peers say",
            snapshot.heights_behind,
        ),
        (
            "queued_submissions",
            "Submissions that are in no batch",
            snapshot.queued_submissions as u64,
        ),
        (
            "queued_bytes",
            "Bytes of submissions that are in no batch",
            snapshot.queued_bytes as u64,
        ),
        (
            "unordered_batches",
            "Batches that are not ordered",
            snapshot.unordered_batches as u64,
        ),
        (
            "pending_submissions",
            "Submissions taken from clients and not committed",
            pending_submissions as u64,
        ),
        (
            "signs",
            "1 if this node is a validator that signs, 0 for followers and while it is muted",
            u64::from(snapshot.signs),
        ),
    ];
    for (name, help, value) in gauges {
        gauge(registry, name, help, value);
    }
    let counters = &snapshot.counters;
    let totals = [
        (
            "submissions_admitted",
            "Submissions admitted",
            counters.submissions_admitted,
        ),
        (
            "submissions_refused",
            "Submissions refused",
            counters.submissions_refused,
        ),
        (
            "submissions_expired",
            "Submissions that expired in the queue",
            counters.submissions_expired,
        ),
        (
            "submissions_resealed",
            "Submissions sealed anew, since their batches could not be ordered any more",
            counters.submissions_resealed,
        ),
        (
            "submissions_given_up",
            "Submissions taken that this node could not have ordered any more",
            counters.submissions_given_up,
        ),
        (
            "batches_sealed",
            "Batches sealed by this node",
            counters.batches_sealed,
        ),
        (
            "batches_taken",
            "Batches of others that were taken",
            counters.batches_taken,
        ),
        (
            "batches_refused",
            "Batches of others that were refused",
            counters.batches_refused,
        ),
        (
            "batches_expired",
            "Own batches that could no longer be ordered",
            counters.batches_expired,
        ),
        (
            "blocks_committed",
            "Blocks committed",
            counters.blocks_committed,
        ),
        (
            "blocks_synced",
            "Blocks got by catching up",
            counters.blocks_synced,
        ),
        (
            "records_committed",
            "Records committed",
            counters.records_committed,
        ),
        (
            "rounds_failed",
            "Rounds above the first",
            counters.rounds_failed,
        ),
        (
            "proposals_dropped",
            "Proposals dropped",
            counters.proposals_dropped,
        ),
        (
            "requests_failed",
            "Requests to peers that failed",
            counters.requests_failed,
        ),
        ("evidence", "Pieces of evidence seen", counters.evidence),
        ("checkpoints", "Checkpoints published", counters.checkpoints),
    ];
    for (name, help, value) in totals {
        counter(registry, name, help, value);
    }
}

fn add_network(registry: &mut Registry, network: &NetworkMetrics) {
    let connected = network
        .peers
        .values()
        .filter(|peer| peer.link == PeerLink::Connected)
        .count();
    gauge(
        registry,
        "peers_connected",
        "Peers that are connected",
        connected as u64,
    );
    for channel in Channel::ALL {
        let metrics = network.channels.get(channel);
        let name = channel.name();
        let sub = registry.sub_registry_with_label(("channel".into(), name.into()));
        let totals = [
            ("network_sent_frames", "Messages sent", metrics.sent_frames),
            ("network_sent_bytes", "Bytes sent", metrics.sent_bytes),
            (
                "network_received_frames",
                "Messages received",
                metrics.received_frames,
            ),
            (
                "network_received_bytes",
                "Bytes received",
                metrics.received_bytes,
            ),
            (
                "network_rejected_frames",
                "Messages that a full queue refused",
                metrics.rejected_frames,
            ),
            (
                "network_expired_frames",
                "Messages that grew too old to be sent",
                metrics.expired_frames,
            ),
        ];
        for (name, help, value) in totals {
            counter(sub, name, help, value);
        }
    }
    let totals = [
        (
            "network_refused_connections",
            "Connections refused",
            network.refused_connections,
        ),
        (
            "network_dial_failures",
            "Dials that led to no connection",
            network.dial_failures,
        ),
        (
            "network_violations",
            "Violations of limits by peers, faulty messages included",
            network.violations,
        ),
        (
            "network_cut_offs",
            "How often a peer was cut off for its violations",
            network.cut_offs,
        ),
    ];
    for (name, help, value) in totals {
        counter(registry, name, help, value);
    }
}

fn add_store(registry: &mut Registry, store: &StoreMetrics) {
    let gauges = [
        (
            "store_disk_bytes",
            "Bytes of the store's files",
            store.disk_bytes,
        ),
        (
            "store_write_buffer_bytes",
            "Bytes of writes that are in no table file",
            store.write_buffer_bytes,
        ),
        (
            "store_block_cache_bytes",
            "Bytes of the block cache",
            store.block_cache_bytes,
        ),
        (
            "store_pending_compaction_bytes",
            "Bytes that compaction has to rewrite",
            store.pending_compaction_bytes,
        ),
    ];
    for (name, help, value) in gauges {
        gauge(registry, name, help, value);
    }
    counter(
        registry,
        "store_synced_writes",
        "Writes that have waited for the disk",
        store.synced_writes,
    );
    counter(
        registry,
        "store_synced_write_microseconds",
        "How long writes have waited for the disk",
        store.synced_write_us,
    );
}
