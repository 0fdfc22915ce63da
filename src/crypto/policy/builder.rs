//! The checks of a policy, line by line.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Group, Log, Member, Quorum, Witness};
use super::{MAX_GROUPS, MAX_LOGS, MAX_URL_BYTES, MAX_WITNESSES, Policy, PolicyError, PolicyName};
use crate::crypto::PublicKey;
use crate::crypto::note::{KeyId, KeyName, SignatureType, VerifierKey};

/// Takes the lines of a policy in order. A line that is refused leaves the builder as it was.
#[derive(Debug, Clone, Default)]
pub struct PolicyBuilder {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    quorum: Option<Quorum>,
    names: BTreeMap<PolicyName, Member>,
    members: BTreeSet<Member>,
    log_keys: BTreeSet<PublicKey>,
    witness_keys: BTreeSet<PublicKey>,
    key_ids: BTreeSet<(KeyName, KeyId)>,
}

impl PolicyBuilder {
    /// A policy without lines.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a log, whose key is named as its origin.
    ///
    /// # Errors
    /// [`PolicyError::TooManyLogs`], [`PolicyError::KeyType`], [`PolicyError::DuplicateKey`],
    /// [`PolicyError::AmbiguousKey`] or [`PolicyError::Url`].
    pub fn log(&mut self, key: VerifierKey, url: Option<&[u8]>) -> Result<(), PolicyError> {
        if self.logs.len() >= MAX_LOGS {
            return Err(PolicyError::TooManyLogs);
        }
        let url = check_url(url)?;
        if key.signature_type() != SignatureType::Ed25519 {
            return Err(PolicyError::KeyType { key: Box::new(key) });
        }
        if self.log_keys.contains(key.key()) {
            return Err(PolicyError::DuplicateKey {
                key: Box::new(*key.key()),
            });
        }
        self.claim_key_id(&key)?;
        self.log_keys.insert(*key.key());
        self.logs.push(Log { key, url });
        Ok(())
    }

    /// Adds a witness.
    ///
    /// # Errors
    /// [`PolicyError::TooManyWitnesses`], [`PolicyError::KeyType`], [`PolicyError::DuplicateKey`],
    /// [`PolicyError::AmbiguousKey`], [`PolicyError::NameTaken`] or [`PolicyError::Url`].
    pub fn witness(
        &mut self,
        name: PolicyName,
        key: VerifierKey,
        url: Option<&[u8]>,
    ) -> Result<(), PolicyError> {
        if self.witnesses.len() >= MAX_WITNESSES {
            return Err(PolicyError::TooManyWitnesses);
        }
        let url = check_url(url)?;
        if key.signature_type() != SignatureType::CosignatureV1 {
            return Err(PolicyError::KeyType { key: Box::new(key) });
        }
        if self.witness_keys.contains(key.key()) {
            return Err(PolicyError::DuplicateKey {
                key: Box::new(*key.key()),
            });
        }
        self.refuse_taken(&name)?;
        self.claim_key_id(&key)?;
        self.witness_keys.insert(*key.key());
        self.names
            .insert(name.clone(), Member::Witness(self.witnesses.len()));
        self.witnesses.push(Witness { name, key, url });
        Ok(())
    }

    /// Adds a group that has witnessed a checkpoint when at least `threshold` of its members have.
    ///
    /// # Errors
    /// [`PolicyError::TooManyGroups`], [`PolicyError::NameTaken`], [`PolicyError::EmptyGroup`],
    /// [`PolicyError::Threshold`], [`PolicyError::UnknownName`] or [`PolicyError::MemberTwice`].
    pub fn group(
        &mut self,
        name: PolicyName,
        threshold: usize,
        members: &[PolicyName],
    ) -> Result<(), PolicyError> {
        if self.groups.len() >= MAX_GROUPS {
            return Err(PolicyError::TooManyGroups);
        }
        self.refuse_taken(&name)?;
        if members.is_empty() {
            return Err(PolicyError::EmptyGroup { name });
        }
        if threshold == 0 || threshold > members.len() {
            return Err(PolicyError::Threshold {
                threshold: threshold.to_string(),
                members: members.len(),
            });
        }
        let mut added = BTreeSet::new();
        let mut in_order = Vec::with_capacity(members.len());
        for name in members {
            let member = self.resolve(name)?;
            if self.members.contains(&member) || !added.insert(member) {
                return Err(PolicyError::MemberTwice { name: name.clone() });
            }
            in_order.push(member);
        }
        self.members.append(&mut added);
        self.names
            .insert(name.clone(), Member::Group(self.groups.len()));
        self.groups.push(Group {
            name,
            threshold,
            members: in_order,
        });
        Ok(())
    }

    /// Requires that this witness or group has witnessed a checkpoint.
    ///
    /// # Errors
    /// [`PolicyError::QuorumTwice`] or [`PolicyError::UnknownName`].
    pub fn quorum(&mut self, name: &PolicyName) -> Result<(), PolicyError> {
        let member = self.resolve(name)?;
        self.set_quorum(Quorum::Of(member))
    }

    /// Requires no cosignature.
    ///
    /// # Errors
    /// [`PolicyError::QuorumTwice`].
    pub fn quorum_none(&mut self) -> Result<(), PolicyError> {
        self.set_quorum(Quorum::None)
    }

    /// Ends the policy.
    ///
    /// # Errors
    /// [`PolicyError::NoQuorum`].
    pub fn build(self) -> Result<Policy, PolicyError> {
        Ok(Policy {
            logs: self.logs,
            witnesses: self.witnesses,
            groups: self.groups,
            quorum: self.quorum.ok_or(PolicyError::NoQuorum)?,
        })
    }

    fn set_quorum(&mut self, quorum: Quorum) -> Result<(), PolicyError> {
        if self.quorum.is_some() {
            return Err(PolicyError::QuorumTwice);
        }
        self.quorum = Some(quorum);
        Ok(())
    }

    fn resolve(&self, name: &PolicyName) -> Result<Member, PolicyError> {
        self.names
            .get(name)
            .copied()
            .ok_or_else(|| PolicyError::UnknownName { name: name.clone() })
    }

    fn refuse_taken(&self, name: &PolicyName) -> Result<(), PolicyError> {
        if self.names.contains_key(name) {
            return Err(PolicyError::NameTaken { name: name.clone() });
        }
        Ok(())
    }

    // An id has 32 bits, so a key with the name and id of another can be made on purpose: it would
    // make notes unverifiable.
    fn claim_key_id(&mut self, key: &VerifierKey) -> Result<(), PolicyError> {
        if self.key_ids.insert((key.name().clone(), key.id())) {
            return Ok(());
        }
        Err(PolicyError::AmbiguousKey {
            key: Box::new(key.clone()),
        })
    }
}

fn check_url(url: Option<&[u8]>) -> Result<Option<Vec<u8>>, PolicyError> {
    let allowed = |byte: &u8| matches!(byte, 0x21..=0x7e | 0x80..=0xff);
    match url {
        Some(url) if url.is_empty() || url.len() > MAX_URL_BYTES || !url.iter().all(allowed) => {
            Err(PolicyError::Url)
        }
        other => Ok(other.map(<[u8]>::to_vec)),
    }
}
