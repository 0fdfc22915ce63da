//! The column families and their keys.
//!
//! | column family | key | value |
//! |---|---|---|
//! | `meta` | name | format version, ledger id, tip, cosigned size, checkpoint |
//! | `entries` | log index (u64) | where the entry is |
//! | `blocks` | height (u64) | block, certificate and roots |
//! | `batches` | digest | canonical bytes, in blob files |
//! | `pending_batches` | last height (u64) ‖ digest | what names and bounds the batch |
//! | `validator_sets` | digest | the set |
//! | `log_tree` | tile level (u8) ‖ index (u64) | node hash |
//! | `evidence` | log index (u64) | height and evidence |
//! | `state`, `state_tree`, `submissions`, `records`, `ordered_batches`, `offences`, `index`, `trace_events`, `declarations`, `agenda` | as [`crate::types::Space`] | as there |
//!
//! Integers in keys are big-endian, so that the order of keys is that of numbers.

use crate::types::{BatchDigest, Encode, Height, Space};

/// A column family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Meta,
    Entries,
    Blocks,
    Batches,
    PendingBatches,
    ValidatorSets,
    LogTree,
    Evidence,
    Space(Space),
}

impl Column {
    pub(super) const ALL: [Self; 18] = [
        Self::Meta,
        Self::Entries,
        Self::Blocks,
        Self::Batches,
        Self::PendingBatches,
        Self::ValidatorSets,
        Self::LogTree,
        Self::Evidence,
        Self::Space(Space::State),
        Self::Space(Space::StateTree),
        Self::Space(Space::Submissions),
        Self::Space(Space::Records),
        Self::Space(Space::OrderedBatches),
        Self::Space(Space::Offences),
        Self::Space(Space::Index),
        Self::Space(Space::TraceEvents),
        Self::Space(Space::Declarations),
        Self::Space(Space::Agenda),
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Entries => "entries",
            Self::Blocks => "blocks",
            Self::Batches => "batches",
            Self::PendingBatches => "pending_batches",
            Self::ValidatorSets => "validator_sets",
            Self::LogTree => "log_tree",
            Self::Evidence => "evidence",
            Self::Space(Space::State) => "state",
            Self::Space(Space::StateTree) => "state_tree",
            Self::Space(Space::Submissions) => "submissions",
            Self::Space(Space::Records) => "records",
            Self::Space(Space::OrderedBatches) => "ordered_batches",
            Self::Space(Space::Offences) => "offences",
            Self::Space(Space::Index) => "index",
            Self::Space(Space::TraceEvents) => "trace_events",
            Self::Space(Space::Declarations) => "declarations",
            Self::Space(Space::Agenda) => "agenda",
        }
    }

    /// Whether keys and values are digests for the most part, which no compression makes shorter.
    pub(super) const fn is_mostly_digests(self) -> bool {
        matches!(
            self,
            Self::LogTree
                | Self::Space(
                    Space::StateTree
                        | Space::Submissions
                        | Space::Records
                        | Space::OrderedBatches
                        | Space::Offences
                        | Space::Index
                )
        )
    }

    /// Whether keys are looked for that may not be there, in no order: a filter pays then. The indices
    /// are scanned, and their filters would only drive what is read out of the cache.
    pub(super) const fn has_random_reads(self) -> bool {
        !matches!(
            self,
            Self::Meta
                | Self::Entries
                | Self::Blocks
                | Self::LogTree
                | Self::Evidence
                | Self::Space(Space::Index | Space::TraceEvents)
        )
    }
}

/// Keys of [`Column::Meta`].
pub(super) mod meta {
    pub(in crate::storage::store) const FORMAT: &[u8] = b"format";
    pub(in crate::storage::store) const LEDGER: &[u8] = b"ledger";
    pub(in crate::storage::store) const TIP: &[u8] = b"tip";
    pub(in crate::storage::store) const COSIGNED_SIZE: &[u8] = b"cosigned_size";
    pub(in crate::storage::store) const CHECKPOINT: &[u8] = b"checkpoint";
}

/// A key of [`Column::PendingBatches`].
pub(super) fn pending_key(last_height: Height, digest: &BatchDigest) -> Vec<u8> {
    let mut key = Vec::with_capacity(40);
    last_height.encode(&mut key);
    digest.encode(&mut key);
    key
}

/// A key of [`Column::LogTree`]: the node `index` of tree level 8 · `tile_level`.
pub(super) fn tree_key(tile_level: u8, index: u64) -> [u8; 9] {
    let mut key = [0; 9];
    let (level, rest) = key.split_at_mut(1);
    level.fill(tile_level);
    rest.copy_from_slice(&index.to_be_bytes());
    key
}
