//! Validator sets.

use serde::Serialize;
use utoipa::ToSchema;

use crate::types::{Height, Validator, ValidatorIndex, ValidatorSet};

/// The validators who decide a height.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValidatorSet)]
#[serde(rename_all = "camelCase")]
pub struct ValidatorSetView {
    /// The height.
    pub height: u64,
    /// Names the set.
    pub digest: String,
    /// How many of them decide.
    pub quorum: u64,
    /// How many of them may fail or lie.
    pub fault_tolerance: u64,
    /// In order of their consensus keys.
    pub validators: Vec<ValidatorView>,
}

/// A member's node that votes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Validator)]
#[serde(rename_all = "camelCase")]
pub struct ValidatorView {
    /// Its place in the set, by which certificates name it.
    pub index: u16,
    /// Whose node it is.
    pub member: String,
    /// Signs votes, proposals, batches and acknowledgements.
    pub consensus_key: String,
    /// The libp2p identity of the node.
    pub network_key: String,
    /// Signs checkpoints as the log.
    pub log_key: String,
    /// Cosigns checkpoints.
    pub cosigner_key: String,
}

impl ValidatorSetView {
    /// The view of the set that decides `height`.
    pub fn new(height: Height, set: &ValidatorSet) -> Self {
        Self {
            height: height.0,
            digest: set.digest().to_string(),
            quorum: set.quorum() as u64,
            fault_tolerance: set.fault_tolerance() as u64,
            validators: set.iter().map(ValidatorView::from).collect(),
        }
    }
}

impl From<(ValidatorIndex, &Validator)> for ValidatorView {
    fn from((index, validator): (ValidatorIndex, &Validator)) -> Self {
        Self {
            index: index.0,
            member: validator.member.to_string(),
            consensus_key: validator.consensus_key.to_string(),
            network_key: validator.network_key.to_string(),
            log_key: validator.log_key.to_string(),
            cosigner_key: validator.cosigner_key.to_string(),
        }
    }
}
