//! What the node keeps on its disk: the ledger store, the consensus log and the sign guard.
//!
//! # Files and trust
//! | file | trusted | loss costs | tampering gains |
//! |---|---|---|---|
//! | store: blocks, batches, entries | as far as their digests and certificates go; [`Store::verify`] derives the log's root again | fetching the ledger from peers, who all have it | nothing towards others: what is served is proved against cosigned checkpoints; this node stops when it notices |
//! | store: state and state tree | yes, until the next block: its header names the state root of a quorum | applying the blocks again | this node diverges, says so and stops; no block is signed on another root than its own |
//! | store: cosigned size | yes | a tree smaller than one cosigned before could be signed; both are prefixes of one log | the same |
//! | store: pending batches | yes: an acknowledgement is a promise to hold them | an availability certificate may have one holder less than it says; f of 2f+1 may | the same |
//! | consensus log | yes | with the sign guard intact: this node may not know its lock, so it signs nothing until it has seen the second height decided | who can write it can make this node vote as if it had seen other messages; the signatures in it are checked again |
//! | sign guard | yes | the node might sign twice for one slot, so it signs nothing until it has seen the second height decided | an older guard put in place together with an older log lets the node sign twice: this is what file permissions protect |
//! | `*.damaged*` | no | nothing: kept for people | nothing |
//!
//! Every file of the log and the guard carries its format version and ledger id, and refuses others
//! with the way out. Checksums find accidents; they keep nobody out who can write the files.
//!
//! # Invariants
//! - Persist before send: [`ConsensusLog::sync`], [`SignGuardFile::store`], [`Store::put_batches`],
//!   [`Store::commit`] and [`Store::put_cosigned_size`] return when what they wrote is durable.
//! - A height's records leave the consensus log only after [`Store::commit`] of its block returned:
//!   [`ConsensusLog::forget_below`] is called then.
//! - Whatever failed to write or sync once refuses all later writes: the state on the disk is known
//!   again only after a restart.
//!
//! The crash points of each part are walked through in its module: [`store`], [`consensus_log`],
//! [`sign_guard_file`].
//!
//! # Deliberately absent
//! Tasks and clocks (every call blocks its thread; the node decides on which; to read many ranges at once a call
//! takes a bounded number of threads for as long as it lasts), and keys: secrets are no part of the data folder.

pub mod consensus_log;
mod consensus_recovery;
mod disk;
mod real_disk;
pub mod sign_guard_file;
pub mod store;

#[cfg(any(test, feature = "testing"))]
pub mod simulated_disk;

pub use consensus_log::{
    ConsensusLog, LogError, LoggedRecords, MAX_RECORD_BYTES, MAX_SEGMENTS, RecoveredLog,
    SEGMENT_BYTES, TornTail, TornTailVerdict,
};
pub use consensus_recovery::{
    ConsensusRecoveryError, LogHistory, RecoveredConsensus, recover_consensus,
};
pub use disk::{Disk, DiskFile};
pub use real_disk::{RealDisk, RealFile};
pub use sign_guard_file::{
    GuardFileError, GuardHealth, LoadedGuard, MAX_GUARD_BYTES, SignGuardFile, StoredGuard,
};
pub use store::{
    DEFAULT_CACHE_BYTES, DiscardProgress, FORMAT_VERSION, MAX_CHECKPOINT_BYTES,
    MAX_DISCARDED_PER_STEP, MAX_STORE_FILES, MIN_CACHE_BYTES, Store, StoreError, StoreMetrics,
    StoreOptions, VerifyProgress, VerifyReport,
};
