//! Proofs as JSON. An inclusion proof is a `.tlog-proof` text instead.

use serde::Serialize;
use utoipa::ToSchema;

/// Proof that the log at one size begins with the log at another (RFC 9162, section 2.1.4).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsistencyProof)]
#[serde(rename_all = "camelCase")]
pub struct ConsistencyProofView {
    /// The smaller size.
    pub from: u64,
    /// The root at the smaller size.
    pub from_root: String,
    /// The larger size.
    pub to: u64,
    /// The root at the larger size. Compare it with a cosigned checkpoint: this answer is not
    /// signed.
    pub to_root: String,
    /// The hashes, in the order of the RFC; none for equal sizes.
    pub hashes: Vec<String>,
}
