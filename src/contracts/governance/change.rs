//! What a proposal would do, as the state keeps it.

use crate::contracts::schedule::ContractSummary;
use crate::crypto::PublicKey;
use crate::records::governance::{Action, MAX_KEYS_OF_NEW_MEMBER};
use crate::types::codec::{Reader, put_bytes, put_sequence};
use crate::types::limits::{MAX_MEMBER_NAME_BYTES, MAX_ROLES_PER_MEMBER};
use crate::types::{
    ContractDigest, ContractName, Decode, DecodeError, Encode, MemberId, ProvenKey, Role, Validator,
};

/// What a proposal would do. The proofs of keys have been checked when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposedChange {
    /// A version of a contract comes into force.
    InstallContract {
        /// The contract.
        name: ContractName,
        /// The version.
        version: u32,
        /// Names its files.
        digest: ContractDigest,
    },
    /// A contract is in force no more.
    RetireContract {
        /// The contract.
        name: ContractName,
    },
    /// An enterprise becomes a member, for the first time or again.
    AddMember {
        /// Its id.
        member: MemberId,
        /// Its name for people.
        name: String,
        /// What it may do.
        roles: Vec<Role>,
        /// Its first keys.
        keys: Vec<ProvenKey>,
    },
    /// A member's roles are these and no others.
    ChangeRoles {
        /// Who.
        member: MemberId,
        /// All its roles from then on.
        roles: Vec<Role>,
    },
    /// A member is one no more.
    RemoveMember {
        /// Who.
        member: MemberId,
    },
    /// A node becomes a validator.
    AddValidator(Validator),
    /// A validator is one no more.
    RemoveValidator {
        /// Its consensus key.
        consensus_key: PublicKey,
    },
    /// A validator takes the place of another.
    ReplaceValidator {
        /// The consensus key of the one that goes.
        consensus_key: PublicKey,
        /// The one that comes.
        new: Validator,
    },
}

impl ProposedChange {
    /// What a proposal's action comes to. None if it installs a contract that is not given.
    pub(super) fn of(action: &Action, contract: Option<&ContractSummary>) -> Option<Self> {
        Some(match action {
            Action::InstallContract(_) => {
                let contract = contract?;
                Self::InstallContract {
                    name: contract.name.clone(),
                    version: contract.version,
                    digest: contract.digest,
                }
            }
            Action::RetireContract(name) => Self::RetireContract { name: name.clone() },
            Action::AddMember(new) => Self::AddMember {
                member: new.id.clone(),
                name: new.name.clone(),
                roles: new.roles.clone(),
                keys: new.keys.clone(),
            },
            Action::ChangeRoles { member, roles } => Self::ChangeRoles {
                member: member.clone(),
                roles: roles.clone(),
            },
            Action::RemoveMember(member) => Self::RemoveMember {
                member: member.clone(),
            },
            Action::AddValidator(new) => Self::AddValidator(new.validator.clone()),
            Action::RemoveValidator(old) => Self::RemoveValidator {
                consensus_key: *old,
            },
            Action::ReplaceValidator { old, new } => Self::ReplaceValidator {
                consensus_key: *old,
                new: new.validator.clone(),
            },
        })
    }
}

impl Encode for ProposedChange {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::InstallContract {
                name,
                version,
                digest,
            } => {
                out.push(0);
                name.encode(out);
                out.extend_from_slice(&version.to_be_bytes());
                digest.encode(out);
            }
            Self::RetireContract { name } => {
                out.push(1);
                name.encode(out);
            }
            Self::AddMember {
                member,
                name,
                roles,
                keys,
            } => {
                out.push(2);
                member.encode(out);
                put_bytes(out, name.as_bytes());
                put_sequence(out, roles);
                put_sequence(out, keys);
            }
            Self::ChangeRoles { member, roles } => {
                out.push(3);
                member.encode(out);
                put_sequence(out, roles);
            }
            Self::RemoveMember { member } => {
                out.push(4);
                member.encode(out);
            }
            Self::AddValidator(new) => {
                out.push(5);
                new.encode(out);
            }
            Self::RemoveValidator { consensus_key } => {
                out.push(6);
                consensus_key.encode(out);
            }
            Self::ReplaceValidator { consensus_key, new } => {
                out.push(7);
                consensus_key.encode(out);
                new.encode(out);
            }
        }
    }
}

impl Decode for ProposedChange {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let roles =
            |reader: &mut Reader<'_>| reader.sequence("roles of a member", MAX_ROLES_PER_MEMBER);
        Ok(match reader.u8()? {
            0 => Self::InstallContract {
                name: ContractName::decode(reader)?,
                version: reader.u32()?,
                digest: ContractDigest::decode(reader)?,
            },
            1 => Self::RetireContract {
                name: ContractName::decode(reader)?,
            },
            2 => Self::AddMember {
                member: MemberId::decode(reader)?,
                name: reader
                    .text("member name", MAX_MEMBER_NAME_BYTES)?
                    .to_owned(),
                roles: roles(reader)?,
                keys: reader.sequence("keys of a new member", MAX_KEYS_OF_NEW_MEMBER)?,
            },
            3 => Self::ChangeRoles {
                member: MemberId::decode(reader)?,
                roles: roles(reader)?,
            },
            4 => Self::RemoveMember {
                member: MemberId::decode(reader)?,
            },
            5 => Self::AddValidator(Validator::decode(reader)?),
            6 => Self::RemoveValidator {
                consensus_key: PublicKey::decode(reader)?,
            },
            7 => Self::ReplaceValidator {
                consensus_key: PublicKey::decode(reader)?,
                new: Validator::decode(reader)?,
            },
            tag => {
                return Err(DecodeError::UnknownTag {
                    what: "proposed change",
                    tag,
                });
            }
        })
    }
}
