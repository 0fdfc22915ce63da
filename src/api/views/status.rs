//! The node at a moment.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ports::{KindStatus, MempoolStatus, NodeStatus, PeerStatus, SyncStatus};
use crate::types::{LedgerId, Tip};

/// The node and its ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Status)]
#[serde(rename_all = "camelCase")]
pub struct StatusView {
    /// The ledger id, which submissions name.
    pub ledger: String,
    /// The ledger's name, which is the origin of its checkpoints.
    pub ledger_name: String,
    /// The version of the program.
    pub version: String,
    /// Milliseconds since the node started.
    pub uptime_ms: u64,
    /// Whose node it is.
    pub member: String,
    /// The network key: what its peers know it by, and what a token for this node names in `aud`
    /// beside the ledger id.
    pub network_key: String,
    /// The key it votes with; absent for a follower.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consensus_key: Option<String>,
    /// Whether the node can serve: as GET /readyz.
    pub ready: bool,
    /// Why it cannot, if so.
    pub unready_reasons: Vec<String>,
    /// The height that is being decided.
    pub height: u64,
    /// The round of it.
    pub round: u32,
    /// The end of the committed ledger.
    pub tip: TipView,
    /// The latest cosigned checkpoint; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<CheckpointView>,
    /// Whether the node keeps up with the others.
    pub sync: SyncView,
    /// The peers it is connected to.
    pub peers: Vec<PeerView>,
    /// How full its queue is.
    pub mempool: MempoolView,
    /// The kinds of records that the ledger takes.
    pub kinds: Vec<KindView>,
}

/// The end of the committed ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tip)]
#[serde(rename_all = "camelCase")]
pub struct TipView {
    /// The last committed height; 0 before the first block.
    pub height: u64,
    /// The time of that block.
    #[schema(format = DateTime)]
    pub time: String,
    /// How many entries the log has.
    pub log_size: u64,
    /// The root over them.
    pub log_root: String,
    /// The state after them.
    pub state_root: String,
}

/// The latest cosigned checkpoint. The signed text is at GET /checkpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckpointSummary)]
#[serde(rename_all = "camelCase")]
pub struct CheckpointView {
    /// The entries that it covers.
    pub log_size: u64,
    /// The root over them.
    pub log_root: String,
}

/// Whether the node keeps up, by `state`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncState)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum SyncView {
    /// It has what its peers have.
    Synced,
    /// It fetches blocks.
    CatchingUp {
        /// The highest height that a peer says it has.
        #[serde(rename = "targetHeight")]
        target_height: u64,
    },
}

/// A peer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Peer)]
#[serde(rename_all = "camelCase")]
pub struct PeerView {
    /// Its network key.
    pub network_key: String,
    /// Whose node it is, if the ledger says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The last height it said it has, if it said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
}

/// How full the queue of submissions is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mempool)]
#[serde(rename_all = "camelCase")]
pub struct MempoolView {
    /// Submissions in it.
    pub submission_count: u64,
    /// Their bytes.
    pub byte_count: u64,
    /// The bytes it may have.
    pub byte_limit: u64,
}

/// A kind of record that the ledger takes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Kind)]
#[serde(rename_all = "camelCase")]
pub struct KindView {
    /// Its name.
    pub kind: String,
    /// The version that is taken.
    pub version: u16,
    /// What it is.
    pub title: String,
    /// The contract that judges it.
    pub contract: String,
    /// The contract's version.
    pub contract_version: u32,
}

impl StatusView {
    /// Puts together what the node and the store say.
    pub fn new(
        ledger: &LedgerId,
        ledger_name: &str,
        node: NodeStatus,
        unready_reasons: Vec<String>,
        tip: &Tip,
        checkpoint: Option<CheckpointView>,
    ) -> Self {
        Self {
            ledger: ledger.to_string(),
            ledger_name: ledger_name.to_owned(),
            version: node.version,
            uptime_ms: node.uptime_ms,
            member: node.member.to_string(),
            network_key: node.network_key.to_string(),
            consensus_key: node.consensus_key.map(|key| key.to_string()),
            ready: unready_reasons.is_empty(),
            unready_reasons,
            height: node.height.0,
            round: node.round.0,
            tip: TipView {
                height: tip.height.0,
                time: tip.time.to_string(),
                log_size: tip.log_size,
                log_root: tip.log_root.to_string(),
                state_root: tip.state_root.to_string(),
            },
            checkpoint,
            sync: SyncView::from(node.sync),
            peers: node.peers.iter().map(PeerView::from).collect(),
            mempool: MempoolView::from(node.mempool),
            kinds: node.kinds.into_iter().map(KindView::from).collect(),
        }
    }
}

impl From<KindStatus> for KindView {
    fn from(status: KindStatus) -> Self {
        Self {
            kind: status.kind.to_string(),
            version: status.version,
            title: status.title,
            contract: status.contract.to_string(),
            contract_version: status.contract_version,
        }
    }
}

impl From<SyncStatus> for SyncView {
    fn from(status: SyncStatus) -> Self {
        match status {
            SyncStatus::Synced => Self::Synced,
            SyncStatus::CatchingUp { target } => Self::CatchingUp {
                target_height: target.0,
            },
        }
    }
}

impl From<&PeerStatus> for PeerView {
    fn from(peer: &PeerStatus) -> Self {
        Self {
            network_key: peer.network_key.to_string(),
            member: peer.member.as_ref().map(ToString::to_string),
            height: peer.height.map(|height| height.0),
        }
    }
}

impl From<MempoolStatus> for MempoolView {
    fn from(status: MempoolStatus) -> Self {
        Self {
            submission_count: status.submission_count,
            byte_count: status.byte_count,
            byte_limit: status.byte_limit,
        }
    }
}
