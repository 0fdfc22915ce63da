//! The body of a proposal.

use super::action::{self, Action};
use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::{Height, Timestamp};

/// Longest reason that a proposal gives, in bytes.
pub const MAX_PROPOSAL_REASON_BYTES: usize = 1_024;

/// A proposal to the governing members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What is to be done.
    pub action: Action,
    /// From which height a contract is to hold; the one after its adoption if that is later, or if
    /// there is none.
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
    let (action, own) = action::read(&fields)?;
    let mut allowed = vec!["action", "expires", "reason"];
    allowed.extend(own);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_actions_are_read() {
        let body =
            br#"{"action":"installContract","contract":{"contract.toml":"x","README.md":"why"},
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
            (retire.replace("retireContract", "removeMember"), "/member"),
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
