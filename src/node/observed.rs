//! What the replica thread shows to other threads: a snapshot after each group of inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::consensus::MutedReason;
use crate::crypto::PublicKey;
use crate::replica::{Counters, MessageContext, Replica};
use crate::types::{BatchDigest, Height, Round, Timestamp};

/// The replica at a moment.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// What messages are checked against.
    pub(super) context: Arc<MessageContext>,
    /// The height that is being decided.
    pub(super) height: Height,
    /// Its round.
    pub(super) round: Round,
    /// When the last block came here.
    pub(super) last_commit: Timestamp,
    /// Heights behind the best peer.
    pub(super) heights_behind: u64,
    /// Submissions in the queue.
    pub(super) queued_submissions: usize,
    /// Bytes in the queue.
    pub(super) queued_bytes: usize,
    /// Batches that are not ordered.
    pub(super) unordered_batches: usize,
    /// The unordered batches that are on disk.
    pub(super) stored_batches: Arc<BTreeSet<BatchDigest>>,
    /// Whether this node decides the next height.
    pub(super) is_validator: bool,
    /// Why it takes no submissions, as one without a vote; none if it has one, and keeps it.
    pub(super) no_vote_reason: Option<&'static str>,
    /// Whether it would sign if it did.
    pub(super) is_ready_to_sign: bool,
    /// Whether this node is a validator that signs.
    pub(super) signs: bool,
    /// Why it does not, if it is a validator.
    pub(super) muted: Option<MutedReason>,
    /// The heights that connected peers say they have.
    pub(super) peers: BTreeMap<PublicKey, Option<Height>>,
    /// Totals.
    pub(super) counters: Counters,
}

impl Snapshot {
    /// The height that this node is on its way to.
    pub(super) fn target(&self) -> Height {
        let committed = self.height.previous().unwrap_or_default();
        committed.plus(self.heights_behind)
    }
}

/// The latest snapshot.
#[derive(Debug)]
pub(super) struct Observed(Mutex<Arc<Snapshot>>);

impl Observed {
    pub(super) fn new(replica: &Replica) -> Self {
        Self(Mutex::new(Arc::new(snapshot(replica, None))))
    }

    pub(super) fn update(&self, replica: &Replica) {
        let before = self.latest();
        let after = Arc::new(snapshot(replica, Some(&before)));
        *self.lock() = after;
    }

    pub(super) fn latest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Snapshot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn snapshot(replica: &Replica, before: Option<&Snapshot>) -> Snapshot {
    let context = before
        .map(|before| &before.context)
        .filter(|context| {
            context.submissions.rulebook.digest() == replica.rulebook().digest()
                && context.sets.next_height() == replica.next_height()
        })
        .map_or_else(|| Arc::new(replica.message_context()), Arc::clone);
    let backlog = replica.backlog();
    Snapshot {
        context,
        height: replica.next_height(),
        round: replica.consensus().round().unwrap_or_default(),
        last_commit: replica.last_commit(),
        heights_behind: replica.heights_behind(),
        queued_submissions: backlog.queued_submissions,
        queued_bytes: backlog.queued_bytes,
        unordered_batches: backlog.unordered_batches,
        stored_batches: replica.stored_batches(),
        is_validator: replica.is_validator(),
        no_vote_reason: replica.no_vote_reason(),
        is_ready_to_sign: replica.consensus().is_ready_to_sign(),
        signs: replica.signs(),
        muted: replica.muted(),
        peers: replica.peer_heights(),
        counters: *replica.counters(),
    }
}
