//! What a proposal would do.

use std::collections::BTreeMap;

use crate::crypto::{PublicKey, Signature};
use crate::records::BodyError;
use crate::records::fields::Fields;
use crate::records::membership::own_key;
use crate::types::json::Json;
use crate::types::limits::{MAX_MEMBER_NAME_BYTES, MAX_ROLES_PER_MEMBER};
use crate::types::{
    ContractBundle, ContractName, KeyProof, KeyPurpose, MemberId, ProvenKey, Role, Validator,
};

/// Most keys that a new member begins with; it adds further ones by itself.
pub const MAX_KEYS_OF_NEW_MEMBER: usize = 8;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A contract, or a new version of one, comes into force.
    InstallContract(ContractBundle),
    /// A contract is in force no more.
    RetireContract(ContractName),
    /// An enterprise becomes a member, for the first time or again.
    AddMember(NewMember),
    /// A member's roles are these and no others.
    ChangeRoles {
        /// Who.
        member: MemberId,
        /// All its roles from then on.
        roles: Vec<Role>,
    },
    /// A member is one no more.
    RemoveMember(MemberId),
    /// A member's node becomes a validator.
    AddValidator(ProvenValidator),
    /// A validator, named by its consensus key, is one no more.
    RemoveValidator(PublicKey),
    /// A validator takes another's place; a validator with a new key takes its own.
    ReplaceValidator {
        /// The consensus key of the one that goes.
        old: PublicKey,
        /// The one that comes.
        new: ProvenValidator,
    },
}

/// An enterprise that is to be a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMember {
    /// Its id.
    pub id: MemberId,
    /// Its name for people.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// Its first keys.
    pub keys: Vec<ProvenKey>,
}

/// A node that is to be a validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenValidator {
    /// The member and its node's keys.
    pub validator: Validator,
    /// The proofs of its keys: consensus, network, log, cosigner.
    pub keys: [ProvenKey; 4],
}

impl Action {
    /// The word in bodies.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::InstallContract(_) => "installContract",
            Self::RetireContract(_) => "retireContract",
            Self::AddMember(_) => "addMember",
            Self::ChangeRoles { .. } => "changeRoles",
            Self::RemoveMember(_) => "removeMember",
            Self::AddValidator(_) => "addValidator",
            Self::RemoveValidator(_) => "removeValidator",
            Self::ReplaceValidator { .. } => "replaceValidator",
        }
    }

    /// The keys that it would register, each with the member that proves to have it and its place
    /// in the body.
    pub fn proven_keys(&self) -> Vec<(String, &MemberId, &ProvenKey)> {
        match self {
            Self::AddMember(member) => (0..)
                .zip(&member.keys)
                .map(|(index, key): (usize, _)| (format!("/keys/{index}/proof"), &member.id, key))
                .collect(),
            Self::AddValidator(new) | Self::ReplaceValidator { new, .. } => new
                .keys
                .iter()
                .map(|key| {
                    let place = format!("/keys/{}/proof", key.purpose);
                    (place, &new.validator.member, key)
                })
                .collect(),
            Self::InstallContract(_)
            | Self::RetireContract(_)
            | Self::ChangeRoles { .. }
            | Self::RemoveMember(_)
            | Self::RemoveValidator(_) => Vec::new(),
        }
    }
}

/// Reads the action of a proposal. Returns it with the names of its own fields.
pub(super) fn read(
    fields: &Fields<'_, '_>,
) -> Result<(Action, &'static [&'static str]), BodyError> {
    let member = || fields.parse("member", MemberId::new);
    let old = || fields.parse("consensusKey", PublicKey::from_hex);
    Ok(match fields.text("action")? {
        "installContract" => (
            Action::InstallContract(contract(fields)?),
            &["contract", "fromHeight"],
        ),
        "retireContract" => (
            Action::RetireContract(fields.parse("name", ContractName::new)?),
            &["name", "fromHeight"],
        ),
        "addMember" => (
            Action::AddMember(new_member(fields)?),
            &["member", "name", "roles", "keys"],
        ),
        "changeRoles" => {
            let (member, roles) = (member()?, roles(fields)?);
            (Action::ChangeRoles { member, roles }, &["member", "roles"])
        }
        "removeMember" => (Action::RemoveMember(member()?), &["member"]),
        "addValidator" => (
            Action::AddValidator(validator(fields)?),
            &["member", "keys"],
        ),
        "removeValidator" => (Action::RemoveValidator(old()?), &["consensusKey"]),
        "replaceValidator" => {
            let (old, new) = (old()?, validator(fields)?);
            (
                Action::ReplaceValidator { old, new },
                &["consensusKey", "member", "keys"],
            )
        }
        other => {
            return Err(BodyError::new(
                fields.place("action"),
                format!(
                    "{other:?} is no action; installContract, retireContract, addMember, \
                     changeRoles, removeMember, addValidator, removeValidator and \
                     replaceValidator are"
                ),
            ));
        }
    })
}

/// The files of a contract: an object of paths and texts.
fn contract(fields: &Fields<'_, '_>) -> Result<ContractBundle, BodyError> {
    let place = fields.place("contract");
    let fault = |reason: String| BodyError::new(place.clone(), reason);
    let Json::Object(object) = fields.require("contract")? else {
        return Err(fault(
            "an object of file names and texts is expected".to_owned(),
        ));
    };
    let mut files = BTreeMap::new();
    for (path, text) in object.iter() {
        let text = text
            .as_str()
            .ok_or_else(|| fault(format!("the text of {path:?} is a string")))?;
        files.insert(path.to_owned(), text.to_owned());
    }
    ContractBundle::new(files).map_err(|error| fault(error.to_string()))
}

fn new_member(fields: &Fields<'_, '_>) -> Result<NewMember, BodyError> {
    let id = fields.parse("member", MemberId::new)?;
    let name = fields.text("name")?;
    if name.is_empty() || name.len() > MAX_MEMBER_NAME_BYTES {
        return Err(BodyError::new(
            fields.place("name"),
            format!("a text of 1 to {MAX_MEMBER_NAME_BYTES} bytes is expected"),
        ));
    }
    let roles = roles(fields)?;
    let keys = fields
        .objects("keys", 1, MAX_KEYS_OF_NEW_MEMBER)?
        .iter()
        .map(|key| {
            key.allow_only(&["key", "purpose", "proof"])?;
            own_key(key)
        })
        .collect::<Result<_, _>>()?;
    Ok(NewMember {
        id,
        name: name.to_owned(),
        roles,
        keys,
    })
}

fn roles(fields: &Fields<'_, '_>) -> Result<Vec<Role>, BodyError> {
    fields.parse_list("roles", MAX_ROLES_PER_MEMBER, Role::new)
}

fn validator(fields: &Fields<'_, '_>) -> Result<ProvenValidator, BodyError> {
    let member = fields.parse("member", MemberId::new)?;
    let keys = fields.object("keys")?;
    keys.allow_only(&["consensus", "network", "log", "cosigner"])?;
    let key = |purpose: KeyPurpose| {
        let of_purpose = keys.object(purpose.as_str())?;
        of_purpose.allow_only(&["key", "proof"])?;
        Ok(ProvenKey {
            purpose,
            key: of_purpose.parse("key", PublicKey::from_hex)?,
            proof: KeyProof(of_purpose.parse("proof", Signature::from_hex)?),
        })
    };
    let keys = [
        key(KeyPurpose::Consensus)?,
        key(KeyPurpose::Network)?,
        key(KeyPurpose::Log)?,
        key(KeyPurpose::Cosigner)?,
    ];
    let [consensus, network, log, cosigner] = &keys;
    Ok(ProvenValidator {
        validator: Validator {
            member,
            consensus_key: consensus.key,
            network_key: network.key,
            log_key: log.key,
            cosigner_key: cosigner.key,
        },
        keys,
    })
}

#[cfg(test)]
mod tests {
    use crate::crypto::SecretKey;
    use crate::records::governance::check_proposal;

    fn body(own: &str) -> String {
        format!(r#"{{{own},"expires":"2026-01-02T00:00:00Z","reason":"why"}}"#)
    }

    fn key(seed: u8) -> String {
        SecretKey::from_seed([seed; 32]).public_key().to_string()
    }

    fn add_member() -> String {
        let (key, proof) = (key(1), "02".repeat(64));
        body(&format!(
            r#""action":"addMember","member":"acme","name":"Acme","roles":["buyer"],
            "keys":[{{"purpose":"writer","key":"{key}","proof":"{proof}"}}]"#
        ))
    }

    fn replace_validator() -> String {
        let proof = "02".repeat(64);
        let keys: Vec<String> = (2u8..)
            .zip(["consensus", "network", "log", "cosigner"])
            .map(|(seed, purpose)| {
                format!(r#""{purpose}":{{"key":"{}","proof":"{proof}"}}"#, key(seed))
            })
            .collect();
        body(&format!(
            r#""action":"replaceValidator","consensusKey":"{}","member":"acme","keys":{{{}}}"#,
            key(1),
            keys.join(",")
        ))
    }

    #[test]
    fn every_action_of_members_and_validators_is_read() {
        let old = key(1);
        let bodies = [
            ("addMember", add_member(), 1),
            (
                "changeRoles",
                body(r#""action":"changeRoles","member":"acme","roles":[]"#),
                0,
            ),
            (
                "removeMember",
                body(r#""action":"removeMember","member":"acme""#),
                0,
            ),
            (
                "addValidator",
                replace_validator()
                    .replace("replaceValidator", "addValidator")
                    .replace(&format!(r#""consensusKey":"{old}","#), ""),
                4,
            ),
            (
                "removeValidator",
                body(&format!(
                    r#""action":"removeValidator","consensusKey":"{old}""#
                )),
                0,
            ),
            ("replaceValidator", replace_validator(), 4),
        ];
        for (name, body, keys) in bodies {
            let proposal = check_proposal(body.as_bytes()).unwrap();
            assert_eq!(proposal.action.as_str(), name);
            assert_eq!(proposal.action.proven_keys().len(), keys, "{name}");
        }
    }

    #[test]
    fn each_fault_is_at_its_place() {
        let (member, validator) = (add_member(), replace_validator());
        let cases = [
            (member.replace("acme", "Acme"), "/member"),
            (member.replace("\"Acme\"", "\"\""), "/name"),
            (member.replace("[\"buyer\"]", "\"buyer\""), "/roles"),
            (member.replace("[\"buyer\"]", "[\"Buyer\"]"), "/roles/0"),
            (member.replace("writer", "log"), "/keys/0/purpose"),
            (member.replace("0202", "02"), "/keys/0/proof"),
            (member.replace("\"key\"", "\"kee\""), "/keys/0/kee"),
            (
                member.replace("\"reason\"", "\"fromHeight\":7,\"reason\""),
                "/fromHeight",
            ),
            (
                validator.replace("consensusKey", "consensus"),
                "/consensusKey",
            ),
            (validator.replace("\"log\"", "\"writer\""), "/keys/writer"),
            (
                validator.replace("\"network\":{\"key\"", "\"network\":{\"kee\""),
                "/keys/network/kee",
            ),
            (validator.replace("replaceV", "removeV"), "/member"),
        ];
        for (body, place) in cases {
            assert_eq!(
                check_proposal(body.as_bytes()).unwrap_err().pointer,
                place,
                "{body}"
            );
        }
    }
}
