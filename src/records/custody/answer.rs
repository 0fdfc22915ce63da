//! The bodies of an acceptance, a rejection and a withdrawal.

use super::MAX_CUSTODY_REASON_CHARS;
use super::evidence::CustodyEvidence;
use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::records::things::read_identifier;
use crate::types::LogIndex;

/// What is said to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// The member that is to hold the things takes them.
    Acceptance,
    /// It does not.
    Rejection,
    /// The holder takes the proposal back.
    Withdrawal,
}

/// An answer to a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What is said.
    pub kind: AnswerKind,
    /// The proposal's entry in the log.
    pub proposal: LogIndex,
    /// SHA-256 of the proposal's body.
    pub digest: Sha256Digest,
    /// Why; a rejection says so.
    pub reason: Option<Box<str>>,
    /// Where, canonical.
    pub place: Option<Box<str>>,
    /// What goes with it.
    pub evidence: Option<CustodyEvidence>,
}

/// Reads and checks the body of an acceptance.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_acceptance(body: &[u8]) -> Result<Answer, BodyError> {
    read(body, AnswerKind::Acceptance)
}

/// Reads and checks the body of a rejection.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_rejection(body: &[u8]) -> Result<Answer, BodyError> {
    let answer = read(body, AnswerKind::Rejection)?;
    if answer.reason.is_none() {
        return Err(BodyError::new("/reason", "this field is required"));
    }
    Ok(answer)
}

/// Reads and checks the body of a withdrawal.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_withdrawal(body: &[u8]) -> Result<Answer, BodyError> {
    read(body, AnswerKind::Withdrawal)
}

fn read(body: &[u8], kind: AnswerKind) -> Result<Answer, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "an answer to a proposal")?;
    let allowed: &[&str] = match kind {
        AnswerKind::Acceptance => &["proposal", "digest", "place", "evidence"],
        AnswerKind::Rejection => &["proposal", "digest", "reason", "place", "evidence"],
        AnswerKind::Withdrawal => &["proposal", "digest", "reason"],
    };
    fields.allow_only(allowed)?;
    Ok(Answer {
        kind,
        proposal: LogIndex(fields.whole_number("proposal")?),
        digest: fields.parse("digest", Sha256Digest::from_hex)?,
        reason: fields.optional_words("reason", MAX_CUSTODY_REASON_CHARS)?,
        place: fields.parse_optional("place", read_identifier)?,
        evidence: CustodyEvidence::read(&fields)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_fields() {
        let digest = Sha256Digest::of(b"body");
        let bare = format!(r#"{{"proposal":7,"digest":"{digest}"}}"#);
        let because = format!(r#"{{"proposal":7,"digest":"{digest}","reason":"late"}}"#);
        assert_eq!(
            check_acceptance(bare.as_bytes()).unwrap().kind,
            AnswerKind::Acceptance
        );
        assert!(check_withdrawal(bare.as_bytes()).is_ok());
        let answer = check_rejection(because.as_bytes()).unwrap();
        assert_eq!(answer.reason.as_deref(), Some("late"));
        assert_eq!((answer.proposal, answer.digest), (LogIndex(7), digest));
        assert!(check_withdrawal(because.as_bytes()).is_ok());
        let place = |error: BodyError| error.pointer;
        assert_eq!(
            check_acceptance(because.as_bytes()).map_err(place),
            Err("/reason".to_owned())
        );
        assert_eq!(
            check_rejection(bare.as_bytes()).map_err(place),
            Err("/reason".to_owned())
        );
        for (changed, pointer) in [
            (because.replace("late", " "), "/reason"),
            (because.replace("late", &"x".repeat(513)), "/reason"),
            (because.replace(":7,", ":-7,"), "/proposal"),
            (because.replace("\"digest\"", "\"hash\""), "/hash"),
        ] {
            assert_eq!(
                check_rejection(changed.as_bytes()).map_err(place),
                Err(pointer.to_owned()),
                "{changed}"
            );
        }
    }
}
