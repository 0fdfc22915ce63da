//! A policy, and what satisfies it.

use std::collections::BTreeSet;

use super::{PolicyBuilder, PolicyError, PolicyName};
use crate::crypto::PublicKey;
use crate::crypto::note::VerifierKey;

/// Logs of the largest policy: one for each validator, well above the 32 that every implementation
/// should support.
pub const MAX_LOGS: usize = 256;
/// Witnesses of the largest policy: one for each validator.
pub const MAX_WITNESSES: usize = 256;
/// Groups of the largest policy. Two hold a validator set with its quorum; the rest is for policies
/// of others.
pub const MAX_GROUPS: usize = 256;

/// A trust policy: a checkpoint is valid if one of the logs signed it and the quorum of witnesses
/// cosigned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub(super) logs: Vec<Log>,
    pub(super) witnesses: Vec<Witness>,
    pub(super) groups: Vec<Group>,
    pub(super) quorum: Quorum,
}

/// A `log` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Log {
    pub(super) key: VerifierKey,
    pub(super) url: Option<Vec<u8>>,
}

/// A `witness` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Witness {
    pub(super) name: PolicyName,
    pub(super) key: VerifierKey,
    pub(super) url: Option<Vec<u8>>,
}

/// A `group` line: 1 <= threshold <= members, each member defined before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: PolicyName,
    pub(super) threshold: usize,
    pub(super) members: Vec<Member>,
}

/// What a name in a group or in the quorum line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Member {
    /// The witness at this position.
    Witness(usize),
    /// The group at this position.
    Group(usize),
}

/// The `quorum` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quorum {
    /// No cosignature is needed.
    None,
    /// This witness, or this group, must have witnessed the checkpoint.
    Of(Member),
}

impl Policy {
    /// The policy of a set of validators: any of the log keys, and cosignatures by `threshold` of
    /// the witness keys. Each witness is named as its key; the group is called `quorum`.
    ///
    /// # Errors
    /// What [`PolicyBuilder`] refuses: duplicate or ambiguous keys, wrong types, a threshold out of
    /// range, a set beyond the limits.
    pub fn of_quorum(
        logs: impl IntoIterator<Item = VerifierKey>,
        witnesses: impl IntoIterator<Item = VerifierKey>,
        threshold: usize,
    ) -> Result<Self, PolicyError> {
        let mut builder = PolicyBuilder::new();
        for key in logs {
            builder.log(key, None)?;
        }
        let mut members = Vec::new();
        for key in witnesses {
            let name = PolicyName::new(key.name().as_str())?;
            builder.witness(name.clone(), key, None)?;
            members.push(name);
        }
        let group = PolicyName::new("quorum")?;
        builder.group(group.clone(), threshold, &members)?;
        builder.quorum(&group)?;
        builder.build()
    }

    /// The keys of the logs, in order.
    pub fn log_keys(&self) -> impl Iterator<Item = &VerifierKey> {
        self.logs.iter().map(|log| &log.key)
    }

    /// The keys of the witnesses, in order.
    pub fn witness_keys(&self) -> impl Iterator<Item = &VerifierKey> {
        self.witnesses.iter().map(|witness| &witness.key)
    }

    /// Whether cosignatures by these keys, each of them verified by the caller, make up the quorum.
    /// Keys that are not witnesses of this policy count for nothing, and a key given twice counts
    /// once.
    pub fn is_satisfied_by<'key>(
        &self,
        cosigners: impl IntoIterator<Item = &'key VerifierKey>,
    ) -> bool {
        let Quorum::Of(quorum) = self.quorum else {
            return true;
        };
        let cosigners: BTreeSet<&PublicKey> = cosigners.into_iter().map(VerifierKey::key).collect();
        let mut satisfied: BTreeSet<Member> = self
            .witnesses
            .iter()
            .enumerate()
            .filter(|(_, witness)| cosigners.contains(witness.key.key()))
            .map(|(position, _)| Member::Witness(position))
            .collect();
        // Members stand before their group, so one pass in order settles all groups.
        for (position, group) in self.groups.iter().enumerate() {
            let count = group
                .members
                .iter()
                .filter(|member| satisfied.contains(member))
                .count();
            if count >= group.threshold {
                satisfied.insert(Member::Group(position));
            }
        }
        satisfied.contains(&quorum)
    }
}
