//! What a proposal would do.

use serde::Serialize;
use utoipa::ToSchema;

use crate::contracts::ProposedChange;
use crate::types::{ProvenKey, Role, Validator};

/// What a proposal would do, by `action`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProposedChange)]
#[serde(
    tag = "action",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ProposedChangeView {
    /// A version of a contract comes into force.
    InstallContract {
        /// The contract.
        name: String,
        /// The version.
        version: u32,
        /// blake3 over its files.
        digest: String,
    },
    /// A contract is in force no more.
    RetireContract {
        /// The contract.
        name: String,
    },
    /// An enterprise becomes a member, for the first time or again.
    AddMember {
        /// Its id.
        member: String,
        /// Its name for people.
        name: String,
        /// What it may do.
        roles: Vec<String>,
        /// Its first keys.
        keys: Vec<NewKeyView>,
    },
    /// A member's roles are these and no others.
    ChangeRoles {
        /// Who.
        member: String,
        /// All its roles from then on.
        roles: Vec<String>,
    },
    /// A member is one no more; its keys end.
    RemoveMember {
        /// Who.
        member: String,
    },
    /// A node becomes a validator.
    AddValidator {
        /// The one that comes.
        validator: NewValidatorView,
    },
    /// A validator is one no more.
    RemoveValidator {
        /// The consensus key of the one that goes.
        consensus_key: String,
    },
    /// A validator takes the place of another.
    ReplaceValidator {
        /// The consensus key of the one that goes.
        consensus_key: String,
        /// The one that comes.
        validator: NewValidatorView,
    },
}

/// A key that would be registered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewKey)]
#[serde(rename_all = "camelCase")]
pub struct NewKeyView {
    /// The Ed25519 public key.
    pub key: String,
    /// What it may be used for.
    #[schema(example = "writer")]
    pub purpose: &'static str,
}

/// A node that would be a validator.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewValidator)]
#[serde(rename_all = "camelCase")]
pub struct NewValidatorView {
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

impl From<&ProposedChange> for ProposedChangeView {
    fn from(change: &ProposedChange) -> Self {
        let roles = |roles: &[Role]| roles.iter().map(ToString::to_string).collect();
        match change {
            ProposedChange::InstallContract {
                name,
                version,
                digest,
            } => Self::InstallContract {
                name: name.to_string(),
                version: *version,
                digest: digest.to_string(),
            },
            ProposedChange::RetireContract { name } => Self::RetireContract {
                name: name.to_string(),
            },
            ProposedChange::AddMember {
                member,
                name,
                roles: of_member,
                keys,
            } => Self::AddMember {
                member: member.to_string(),
                name: name.clone(),
                roles: roles(of_member),
                keys: keys.iter().map(NewKeyView::from).collect(),
            },
            ProposedChange::ChangeRoles {
                member,
                roles: of_member,
            } => Self::ChangeRoles {
                member: member.to_string(),
                roles: roles(of_member),
            },
            ProposedChange::RemoveMember { member } => Self::RemoveMember {
                member: member.to_string(),
            },
            ProposedChange::AddValidator(new) => Self::AddValidator {
                validator: new.into(),
            },
            ProposedChange::RemoveValidator { consensus_key } => Self::RemoveValidator {
                consensus_key: consensus_key.to_string(),
            },
            ProposedChange::ReplaceValidator { consensus_key, new } => Self::ReplaceValidator {
                consensus_key: consensus_key.to_string(),
                validator: new.into(),
            },
        }
    }
}

impl From<&ProvenKey> for NewKeyView {
    fn from(key: &ProvenKey) -> Self {
        Self {
            key: key.key.to_string(),
            purpose: key.purpose.as_str(),
        }
    }
}

impl From<&Validator> for NewValidatorView {
    fn from(validator: &Validator) -> Self {
        Self {
            member: validator.member.to_string(),
            consensus_key: validator.consensus_key.to_string(),
            network_key: validator.network_key.to_string(),
            log_key: validator.log_key.to_string(),
            cosigner_key: validator.cosigner_key.to_string(),
        }
    }
}
