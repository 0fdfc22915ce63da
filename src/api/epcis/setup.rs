//! What the EPCIS interface is made of.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::capture::CaptureJobs;
use crate::crypto::{PublicKey, SecretKey};
use crate::types::MemberId;

/// What the EPCIS interface needs beside the ledger and the node.
#[derive(Clone, Debug)]
pub struct EpcisSetup {
    /// Whose node it is, and in whose name events are captured.
    pub member: MemberId,
    /// The node's network key: what tokens name the node by.
    pub node_key: PublicKey,
    /// The key that signs what is captured; none if the node captures nothing.
    pub gateway: Option<Arc<SecretKey>>,
    /// The members that events are captured for, beside the node's own.
    pub capture_members: BTreeSet<MemberId>,
    /// The jobs that capture documents.
    pub captures: CaptureJobs,
}
