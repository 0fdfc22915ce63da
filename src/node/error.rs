//! Why a node stops, and the exit code that says so.

use std::path::PathBuf;

use thiserror::Error;

use crate::api::CaptureStoreError;
use crate::network::NetworkError;
use crate::replica::ReplicaError;
use crate::storage::{ConsensusRecoveryError, GuardFileError, LogError, StoreError};
use crate::types::ReadError;

/// Of which kind the reason is: the command line makes an exit code of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// The configuration, the keys or the genesis document cannot be used.
    Configuration,
    /// A disk failed: the store, the consensus log or the sign guard cannot be read or written.
    Disk,
    /// The consensus log or the sign guard is damaged; the message names the way out.
    ConsensusLog,
    /// This node's ledger or program contradicts what the validators decided.
    Ledger,
    /// A socket cannot be opened.
    Network,
}

/// Why a node cannot start, or stops.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The configuration does not make a node.
    #[error("{reason}")]
    Configuration {
        /// What is wrong, and the way out.
        reason: String,
    },
    /// The data folder cannot be used.
    #[error("the data folder {} cannot be used: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The ledger store failed.
    #[error("the ledger store failed: {0}")]
    Store(#[from] StoreError),
    /// The ledger store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The consensus log or the sign guard cannot be used at the start.
    #[error(
        "{0}\nIf the damage cannot be repaired, `waybill node --recover-consensus` sets the \
         consensus log aside; the node then follows, and signs again only after \
         it has seen two heights decided."
    )]
    Recovery(#[from] ConsensusRecoveryError),
    /// The consensus log failed.
    #[error("the consensus log failed: {0}")]
    ConsensusLog(#[from] LogError),
    /// The sign guard failed.
    #[error("the sign guard failed: {0}")]
    SignGuard(#[from] GuardFileError),
    /// The capture jobs of EPCIS clients cannot be kept, or the ledger not be read for them.
    #[error(
        "capture jobs cannot go on: {0}\nSee to the disk with the data folder, then start the node again: \
         unfinished jobs go on where they were."
    )]
    Captures(CaptureStoreError),
    /// The named queries of EPCIS clients cannot be written.
    #[error(
        "named queries cannot be kept: {0}\nSee to the disk with the data folder, then start the node again: those \
         that were answered with success are there."
    )]
    NamedQueries(std::io::Error),
    /// The replica cannot go on.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The network cannot start.
    #[error("the network cannot start: {0}")]
    Network(#[from] NetworkError),
    /// A socket for clients cannot be opened.
    #[error("the address {address} cannot be served: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// A thread cannot be started, or ended without a reason.
    #[error("the node's {what} stopped: {reason}")]
    Thread {
        /// Which.
        what: &'static str,
        /// What is known.
        reason: String,
    },
}

impl NodeError {
    /// Of which kind it is.
    pub fn exit_reason(&self) -> ExitReason {
        match self {
            Self::Configuration { .. } | Self::Folder { .. } => ExitReason::Configuration,
            Self::Store(_)
            | Self::Read(_)
            | Self::ConsensusLog(_)
            | Self::SignGuard(_)
            | Self::Captures(_)
            | Self::NamedQueries(_)
            | Self::Thread { .. } => ExitReason::Disk,
            Self::Recovery(_) => ExitReason::ConsensusLog,
            Self::Replica(error) => match error {
                ReplicaError::Consensus(_) => ExitReason::ConsensusLog,
                error if error.is_read_error() => ExitReason::Disk,
                _ => ExitReason::Ledger,
            },
            Self::Network(_) | Self::Listen { .. } => ExitReason::Network,
        }
    }
}
