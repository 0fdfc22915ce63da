//! The genesis document: what all nodes of a ledger agree on before the first block.
//!
//! It is a JSON file. The ledger id is the blake3 digest of its bytes, so a stock `b3sum` shows
//! whether two nodes have the same one, and nobody may reformat it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::codec::DecodeError;
use super::contract_bundle::ContractBundle;
use super::height::Height;
use super::ids::{LedgerId, MemberId, Role};
use super::limits::{
    MAX_CLOCK_DRIFT_MS, MAX_GENESIS_CONTRACTS, MAX_HEARTBEAT_MS, MAX_KEYS_PER_MEMBER,
    MAX_LEDGER_NAME_BYTES, MAX_MEMBER_NAME_BYTES, MAX_MEMBERS, MAX_ROLES_PER_MEMBER,
};
use super::member::{KeyPurpose, Member, MemberKey};
use super::plain_words;
use super::time::Timestamp;
use super::validator::{Validator, ValidatorSet};
use crate::crypto::{Blake3Digest, PublicKey};

/// The format that this program reads and writes.
pub const GENESIS_FORMAT: &str = "waybill-genesis/1";

/// Largest genesis document, in bytes.
pub const MAX_GENESIS_BYTES: usize = 8 * 1024 * 1024;

/// Why a document is not a genesis document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GenesisError {
    /// It is too large.
    #[error("the genesis document has {length} bytes, the limit is {MAX_GENESIS_BYTES}")]
    TooLarge {
        /// Its length.
        length: usize,
    },
    /// It is not JSON of the right shape.
    #[error("the genesis document cannot be read: {reason}")]
    Malformed {
        /// What the JSON reader says, with line and column.
        reason: String,
    },
    /// It is of another format.
    #[error("the genesis document has format {found:?}, this program reads {GENESIS_FORMAT:?}")]
    UnknownFormat {
        /// The format found.
        found: String,
    },
    /// The ledger's name cannot be the origin of a checkpoint.
    #[error("the ledger name {name:?} cannot be used: {rule}")]
    BadName {
        /// The name.
        name: String,
        /// The rule.
        rule: &'static str,
    },
    /// A parameter is out of its range.
    #[error(
        "the genesis parameter {parameter} is {value}, it has to be {}",
        plain_words::range(.least, .most)
    )]
    BadParameter {
        /// Which one.
        parameter: &'static str,
        /// Its value.
        value: u64,
        /// The least allowed.
        least: u64,
        /// The most allowed.
        most: u64,
    },
    /// A member is listed twice.
    #[error("member {member} is listed twice in the genesis document")]
    MemberTwice {
        /// Who.
        member: MemberId,
    },
    /// A member has too much of something, or a name that is too long.
    #[error("member {member} of the genesis document has too many or too long {what}")]
    MemberTooLarge {
        /// Who.
        member: MemberId,
        /// Of what.
        what: &'static str,
    },
    /// There are too many members.
    #[error("the genesis document has {count} members, the limit is {MAX_MEMBERS}")]
    TooManyMembers {
        /// How many.
        count: usize,
    },
    /// There are too many contracts.
    #[error("the genesis document has {count} contracts, the limit is {MAX_GENESIS_CONTRACTS}")]
    TooManyContracts {
        /// How many.
        count: usize,
    },
    /// A key is registered twice.
    #[error("the key {key} is registered twice in the genesis document")]
    KeyTwice {
        /// Which.
        key: Box<PublicKey>,
    },
    /// A validator is of no listed member.
    #[error("a validator of the genesis document belongs to {member}, who is not a member")]
    ValidatorWithoutMember {
        /// Whom it names.
        member: MemberId,
    },
    /// The validators are not a set.
    #[error("the validators of the genesis document are no set: {reason}")]
    BadValidators {
        /// Why.
        reason: String,
    },
}

/// What consensus runs by. The same on every node; all times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsensusParameters {
    /// A block is proposed at the earliest this long after the one before, as long as there is
    /// something to order.
    pub block_beat_ms: u64,
    /// A block is proposed at the latest this long after the one before, even if it is empty.
    pub heartbeat_ms: u64,
    /// How long to wait for a proposal in round 0, at most: a node that has seen proposals come
    /// sooner waits less, down to a quarter.
    pub propose_timeout_ms: u64,
    /// How long to wait for more prevotes or precommits in round 0.
    pub vote_timeout_ms: u64,
    /// How much longer in each further round.
    pub timeout_step_ms: u64,
    /// How far ahead of its own clock a validator lets a block's time be.
    pub clock_drift_ms: u64,
    /// Every so many heights the validators cosign the log.
    pub checkpoint_interval: u64,
}

impl Default for ConsensusParameters {
    fn default() -> Self {
        Self {
            block_beat_ms: 25,
            heartbeat_ms: 10_000,
            propose_timeout_ms: 1_000,
            vote_timeout_ms: 500,
            timeout_step_ms: 500,
            clock_drift_ms: 1_000,
            checkpoint_interval: 1,
        }
    }
}

impl ConsensusParameters {
    fn check(&self) -> Result<(), GenesisError> {
        let ranges = [
            ("blockBeatMs", self.block_beat_ms, 1, 60_000),
            ("heartbeatMs", self.heartbeat_ms, 100, MAX_HEARTBEAT_MS),
            ("proposeTimeoutMs", self.propose_timeout_ms, 10, 600_000),
            ("voteTimeoutMs", self.vote_timeout_ms, 10, 600_000),
            ("timeoutStepMs", self.timeout_step_ms, 1, 600_000),
            ("clockDriftMs", self.clock_drift_ms, 1, MAX_CLOCK_DRIFT_MS),
            ("checkpointInterval", self.checkpoint_interval, 1, 1_000_000),
        ];
        for (parameter, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return Err(GenesisError::BadParameter {
                    parameter,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}

/// A key as the document states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisKey {
    /// What it may be used for.
    pub purpose: KeyPurpose,
    /// The key, 64 hexadecimal digits.
    pub key: PublicKey,
}

/// A member as the document states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisMember {
    /// Its id.
    pub id: MemberId,
    /// Its name for people.
    pub name: String,
    /// What it may do.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Its keys, without those of its validators.
    #[serde(default)]
    pub keys: Vec<GenesisKey>,
}

/// A validator as the document states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisValidator {
    /// Whose node it is.
    pub member: MemberId,
    /// Signs votes, proposals, batches and acknowledgements.
    pub consensus_key: PublicKey,
    /// The libp2p identity.
    pub network_key: PublicKey,
    /// Signs checkpoints as the log.
    pub log_key: PublicKey,
    /// Cosigns checkpoints.
    pub cosigner_key: PublicKey,
}

/// The document's text, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisDocument {
    /// [`GENESIS_FORMAT`].
    pub format: String,
    /// The ledger's name, unique in the world: the origin of its checkpoints.
    pub name: String,
    /// The time before the first block.
    pub time: Timestamp,
    /// What consensus runs by.
    pub consensus: ConsensusParameters,
    /// The members.
    pub members: Vec<GenesisMember>,
    /// The validators of the first height.
    pub validators: Vec<GenesisValidator>,
    /// The contracts by which records are judged from the first height on: the files of each.
    pub contracts: Vec<ContractBundle>,
}

/// A checked genesis document with the ledger id that its bytes make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    ledger: LedgerId,
    name: String,
    time: Timestamp,
    consensus: ConsensusParameters,
    members: Vec<Member>,
    validators: ValidatorSet,
    contracts: Vec<ContractBundle>,
}

impl Genesis {
    /// Reads and checks a document.
    ///
    /// # Errors
    /// [`GenesisError`] with the first thing that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, GenesisError> {
        if bytes.len() > MAX_GENESIS_BYTES {
            return Err(GenesisError::TooLarge {
                length: bytes.len(),
            });
        }
        let document: GenesisDocument =
            serde_json::from_slice(bytes).map_err(|error| GenesisError::Malformed {
                reason: plain_words::of_json(&error),
            })?;
        if document.format != GENESIS_FORMAT {
            return Err(GenesisError::UnknownFormat {
                found: document.format,
            });
        }
        check_name(&document.name)?;
        document.consensus.check()?;
        if document.contracts.len() > MAX_GENESIS_CONTRACTS {
            return Err(GenesisError::TooManyContracts {
                count: document.contracts.len(),
            });
        }
        let validators = check_validators(&document)?;
        let members = check_members(&document)?;
        Ok(Self {
            ledger: LedgerId(Blake3Digest::of(bytes)),
            name: document.name,
            time: document.time,
            consensus: document.consensus,
            members,
            validators,
            contracts: document.contracts,
        })
    }

    /// The id that the document's bytes make.
    pub fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The ledger's name, which is the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time before the first block.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// What consensus runs by.
    pub fn consensus(&self) -> &ConsensusParameters {
        &self.consensus
    }

    /// The members with all their keys, in order of their ids.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member whose node has these public keys: the one with its consensus or its network key.
    /// None means that its peers refuse the node until the ledger has registered its network key.
    pub fn node_owner(&self, keys: &BTreeMap<KeyPurpose, PublicKey>) -> Option<&Member> {
        let of_node = [KeyPurpose::Consensus, KeyPurpose::Network];
        self.members.iter().find(|member| {
            let own = of_node.iter().filter_map(|purpose| keys.get(purpose));
            own.into_iter().any(|key| member.key(key).is_some())
        })
    }

    /// The contracts in force from the first height on, as files: what they say is checked when the
    /// state before the first block is made.
    pub fn contracts(&self) -> &[ContractBundle] {
        &self.contracts
    }

    /// The validators of the first height.
    pub fn validators(&self) -> &ValidatorSet {
        &self.validators
    }
}

/// The origin of a checkpoint is one line, and a key name without spaces or plus signs (C2SP
/// signed-note).
fn check_name(name: &str) -> Result<(), GenesisError> {
    let rule = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_LEDGER_NAME_BYTES {
        "it has more than 128 bytes"
    } else if name
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || c == '+')
    {
        "it has a space, a control character or a plus sign"
    } else {
        return Ok(());
    };
    Err(GenesisError::BadName {
        name: name.chars().take(MAX_LEDGER_NAME_BYTES).collect(),
        rule,
    })
}

fn check_validators(document: &GenesisDocument) -> Result<ValidatorSet, GenesisError> {
    let members: BTreeSet<&MemberId> = document.members.iter().map(|m| &m.id).collect();
    for validator in &document.validators {
        if !members.contains(&validator.member) {
            return Err(GenesisError::ValidatorWithoutMember {
                member: validator.member.clone(),
            });
        }
    }
    let validators = document
        .validators
        .iter()
        .map(|validator| Validator {
            member: validator.member.clone(),
            consensus_key: validator.consensus_key,
            network_key: validator.network_key,
            log_key: validator.log_key,
            cosigner_key: validator.cosigner_key,
        })
        .collect();
    ValidatorSet::new(validators).map_err(|error: DecodeError| GenesisError::BadValidators {
        reason: error.to_string(),
    })
}

fn check_members(document: &GenesisDocument) -> Result<Vec<Member>, GenesisError> {
    if document.members.len() > MAX_MEMBERS {
        return Err(GenesisError::TooManyMembers {
            count: document.members.len(),
        });
    }
    let mut keys_seen = BTreeSet::new();
    let mut members = Vec::with_capacity(document.members.len());
    for stated in &document.members {
        let too_large = |what| GenesisError::MemberTooLarge {
            member: stated.id.clone(),
            what,
        };
        if stated.name.len() > MAX_MEMBER_NAME_BYTES {
            return Err(too_large("name"));
        }
        if stated.roles.len() > MAX_ROLES_PER_MEMBER {
            return Err(too_large("roles"));
        }
        let of_validators = document
            .validators
            .iter()
            .filter(|validator| validator.member == stated.id)
            .flat_map(|validator| {
                [
                    (KeyPurpose::Consensus, &validator.consensus_key),
                    (KeyPurpose::Network, &validator.network_key),
                    (KeyPurpose::Log, &validator.log_key),
                    (KeyPurpose::Cosigner, &validator.cosigner_key),
                ]
            });
        let stated_keys = stated.keys.iter().map(|key| (key.purpose, &key.key));
        let keys: Vec<MemberKey> = stated_keys
            .chain(of_validators)
            .map(|(purpose, key)| MemberKey {
                key: *key,
                purpose,
                valid_from: Height::GENESIS,
                valid_until: None,
            })
            .collect();
        if keys.len() > MAX_KEYS_PER_MEMBER {
            return Err(too_large("keys"));
        }
        for key in &keys {
            if !keys_seen.insert(*key.key.as_bytes()) {
                return Err(GenesisError::KeyTwice {
                    key: Box::new(key.key),
                });
            }
        }
        members.push(Member {
            id: stated.id.clone(),
            name: stated.name.clone(),
            roles: stated.roles.clone(),
            keys,
            removed_from: None,
        });
    }
    members.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(pair) = members.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(GenesisError::MemberTwice {
            member: pair[0].id.clone(),
        });
    }
    Ok(members)
}

#[cfg(test)]
mod tests;
