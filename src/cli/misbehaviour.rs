//! Portable proof that validators signed two checkpoints that no honest one signs both.
//!
//! Two cases. Same size, another root: plain. Different sizes: the larger log is shown, by a
//! consistency proof under its own signed root, to have had another root at the smaller size than
//! the smaller checkpoint states. Whoever has the policy verifies the file alone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::client::ConsistencyReport;
use crate::crypto::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::crypto::merkle::{ProofError, verify_consistency};
use crate::crypto::note::NoteError;
use crate::crypto::policy::Policy;

/// The format that this program reads and writes.
pub const MISBEHAVIOUR_FORMAT: &str = "waybill-misbehaviour/1";

/// Two signed checkpoints that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Misbehaviour {
    format: String,
    /// The signed note of the smaller log.
    first: String,
    /// The signed note of the larger log.
    second: String,
    /// If the sizes differ: that the larger log had another root at the smaller size.
    consistency: Option<ConsistencyReport>,
}

/// Why a document proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MisbehaviourError {
    /// It is not the document.
    #[error("it is no proof of misbehaviour: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// A checkpoint cannot be read.
    #[error("a checkpoint cannot be read: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A signature is bad.
    #[error("a signature does not verify: {0}")]
    Signature(#[from] NoteError),
    /// They are of two logs.
    #[error("the checkpoints are of two logs, {first} and {second}")]
    TwoLogs {
        /// Of one.
        first: String,
        /// Of the other.
        second: String,
    },
    /// They do not contradict each other.
    #[error("the checkpoints do not contradict each other")]
    NoContradiction,
    /// What should show the contradiction does not.
    #[error("the consistency proof does not hold: {0}")]
    Consistency(#[from] ProofError),
    /// Nobody signed both.
    #[error("no key of the policy signed both checkpoints")]
    NobodySignedBoth,
}

impl Misbehaviour {
    /// Puts two checkpoints together, in whichever order.
    pub fn new(
        one: &SignedCheckpoint,
        other: &SignedCheckpoint,
        consistency: Option<ConsistencyReport>,
    ) -> Self {
        let (first, second) = if one.checkpoint().size() <= other.checkpoint().size() {
            (one, other)
        } else {
            (other, one)
        };
        Self {
            format: MISBEHAVIOUR_FORMAT.to_owned(),
            first: first.to_string(),
            second: second.to_string(),
            consistency,
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`MisbehaviourError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, MisbehaviourError> {
        let malformed = |reason| MisbehaviourError::Malformed { reason };
        let document: Self = serde_json::from_slice(bytes)
            .map_err(|error| malformed(crate::types::plain_words::of_json(&error)))?;
        if document.format != MISBEHAVIOUR_FORMAT {
            return Err(malformed(format!("its format is {:?}", document.format)));
        }
        Ok(document)
    }

    /// The names of the keys of the policy that signed both checkpoints, if these contradict each
    /// other.
    ///
    /// # Errors
    /// [`MisbehaviourError`] if nothing is proved.
    pub fn accused(&self, policy: &Policy) -> Result<BTreeSet<String>, MisbehaviourError> {
        let first = SignedCheckpoint::parse(self.first.as_bytes())?;
        let second = SignedCheckpoint::parse(self.second.as_bytes())?;
        let (earlier, later) = (first.checkpoint(), second.checkpoint());
        if earlier.origin() != later.origin() {
            return Err(MisbehaviourError::TwoLogs {
                first: earlier.origin().to_string(),
                second: later.origin().to_string(),
            });
        }
        match &self.consistency {
            None => {
                if earlier.size() != later.size() || earlier.root() == later.root() {
                    return Err(MisbehaviourError::NoContradiction);
                }
            }
            Some(shown) => {
                if (shown.from, shown.to) != (earlier.size(), later.size())
                    || shown.from_root == *earlier.root()
                {
                    return Err(MisbehaviourError::NoContradiction);
                }
                verify_consistency(
                    shown.from,
                    shown.to,
                    &shown.hashes,
                    &shown.from_root,
                    later.root(),
                )?;
            }
        }
        let of_first = signers(&first, policy)?;
        let of_second = signers(&second, policy)?;
        let both: BTreeSet<_> = of_first.intersection(&of_second).cloned().collect();
        if both.is_empty() {
            return Err(MisbehaviourError::NobodySignedBoth);
        }
        Ok(both)
    }
}

/// The keys of the policy that signed a checkpoint, as texts that name them exactly.
fn signers(
    signed: &SignedCheckpoint,
    policy: &Policy,
) -> Result<BTreeSet<String>, MisbehaviourError> {
    let origin = signed.checkpoint().origin();
    let known = policy
        .log_keys()
        .filter(|key| key.name() == origin)
        .chain(policy.witness_keys());
    Ok(signed
        .note()
        .verify(known)?
        .into_iter()
        .map(|signature| signature.key.to_string())
        .collect())
}

#[cfg(test)]
mod tests;
