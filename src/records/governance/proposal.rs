//! The body of a proposal.

use std::collections::BTreeMap;

use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::json::Json;
use crate::types::{ContractBundle, ContractName, Height, Timestamp};

/// Longest reason that a proposal gives, in bytes.
pub const MAX_PROPOSAL_REASON_BYTES: usize = 1_024;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A contract, or a new version of one, comes into force.
    InstallContract(ContractBundle),
    /// A contract is in force no more.
    RetireContract(ContractName),
}

impl Action {
    /// The word in bodies.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::InstallContract(_) => "installContract",
            Self::RetireContract(_) => "retireContract",
        }
    }
}

/// A proposal to the governing members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What is to be done.
    pub action: Action,
    /// From which height it is to hold; the one after its adoption if that is later, or if there
    /// is none.
    pub from_height: Option<Height>,
    /// The block time at which it can be decided no more.
    pub expires: Timestamp,
    /// Why, for the other members.
    pub reason: String,
    /// SHA-256 of the body, which ballots repeat.
    pub digest: Sha256Digest,
}

/// Reads and checks a body, but for what is in a contract's files.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_proposal(body: &[u8]) -> Result<Proposal, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a proposal")?;
    let common = ["action", "fromHeight", "expires", "reason"];
    let (action, own) = match fields.text("action")? {
        "installContract" => (Action::InstallContract(contract(&fields)?), "contract"),
        "retireContract" => {
            let name = fields.parse("name", ContractName::new)?;
            (Action::RetireContract(name), "name")
        }
        other => {
            return Err(BodyError::new(
                "/action",
                format!("{other:?} is no action; installContract and retireContract are"),
            ));
        }
    };
    let allowed: Vec<&str> = common.into_iter().chain([own]).collect();
    fields.allow_only(&allowed)?;
    let reason = fields.text("reason")?;
    if reason.trim().is_empty() || reason.len() > MAX_PROPOSAL_REASON_BYTES {
        return Err(BodyError::new(
            "/reason",
            format!("a text of 1 to {MAX_PROPOSAL_REASON_BYTES} bytes is expected"),
        ));
    }
    let from_height = match fields.get("fromHeight") {
        None => None,
        Some(_) => Some(Height(fields.whole_number("fromHeight")?)),
    };
    Ok(Proposal {
        action,
        from_height,
        expires: fields.parse("expires", Timestamp::parse_rfc3339)?,
        reason: reason.to_owned(),
        digest: Sha256Digest::of(body),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_actions_are_read() {
        let body = br#"{"action":"installContract","contract":{"contract.toml":"x"},
            "fromHeight":9,"expires":"2026-01-02T00:00:00Z","reason":"why"}"#;
        let proposal = check_proposal(body).unwrap();
        assert_eq!(proposal.from_height, Some(Height(9)));
        assert_eq!(proposal.digest, Sha256Digest::of(body));
        assert_eq!(proposal.action.as_str(), "installContract");
        let body = br#"{"action":"retireContract","name":"orders","expires":"2026-01-02T00:00:00Z",
            "reason":"why"}"#;
        assert_eq!(
            check_proposal(body).unwrap().action.as_str(),
            "retireContract"
        );
    }

    #[test]
    fn each_fault_is_at_its_place() {
        let retire = r#"{"action":"retireContract","name":"orders","expires":"2026-01-02T00:00:00Z","reason":"why"}"#;
        let cases = [
            ("7".to_owned(), ""),
            (retire.replace("retireContract", "retire"), "/action"),
            (retire.replace("orders", "Orders"), "/name"),
            (
                retire.replace("2026-01-02T00:00:00Z", "tomorrow"),
                "/expires",
            ),
            (retire.replace("why", " "), "/reason"),
            (
                retire.replace("\"reason\"", "\"fromHeight\":1.5,\"reason\""),
                "/fromHeight",
            ),
            (
                retire.replace("\"reason\"", "\"contract\":{},\"reason\""),
                "/contract",
            ),
            (
                retire.replace("retireContract", "installContract"),
                "/contract",
            ),
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
