//! The body of a ballot.

use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::LogIndex;

/// What a governing member says to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It shall be carried out.
    Approve,
    /// It shall not.
    Reject,
    /// Its proposer takes it back.
    Withdraw,
}

impl Decision {
    /// The word in bodies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
        }
    }
}

/// A governing member's answer to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// The proposal's entry in the log.
    pub proposal: LogIndex,
    /// SHA-256 of the proposal's body.
    pub digest: Sha256Digest,
    /// The answer.
    pub decision: Decision,
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_ballot(body: &[u8]) -> Result<Ballot, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a ballot")?;
    fields.allow_only(&["proposal", "digest", "decision"])?;
    let all = [Decision::Approve, Decision::Reject, Decision::Withdraw];
    Ok(Ballot {
        proposal: LogIndex(fields.whole_number("proposal")?),
        digest: fields.parse("digest", Sha256Digest::from_hex)?,
        decision: fields.parse("decision", |stated| {
            all.into_iter()
                .find(|decision| decision.as_str() == stated)
                .ok_or_else(|| format!("{stated:?} is not approve, reject or withdraw"))
        })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ballot_is_read_and_each_fault_is_at_its_place() {
        let digest = Sha256Digest::of(b"body");
        let body = format!(r#"{{"proposal":7,"digest":"{digest}","decision":"approve"}}"#);
        assert_eq!(
            check_ballot(body.as_bytes()),
            Ok(Ballot {
                proposal: LogIndex(7),
                digest,
                decision: Decision::Approve
            })
        );
        let cases = [
            ("[]".to_owned(), ""),
            (body.replace(":7,", ":-7,"), "/proposal"),
            (body.replace(":7,", ":\"7\","), "/proposal"),
            (body.replace("approve", "yes"), "/decision"),
            (format!(r#"{{"proposal":7,"digest":"{}"}}"#, "0"), "/digest"),
            (body.replace("decision", "decison"), "/decison"),
        ];
        for (body, place) in cases {
            assert_eq!(
                check_ballot(body.as_bytes()).unwrap_err().pointer,
                place,
                "{body}"
            );
        }
    }
}
