//! The body of the record that the ledger makes when a proposal has expired.

use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::{LogIndex, MemberId};

/// A proposal was neither accepted nor rejected in time: its things stay with their holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The proposal's entry in the log.
    pub proposal: LogIndex,
    /// SHA-256 of the proposal's body.
    pub digest: Sha256Digest,
    /// Who proposed, and goes on holding.
    pub from: MemberId,
    /// Who did not answer.
    pub to: MemberId,
}

impl Expiry {
    /// The body: the same on every node, and the only spelling that [`check_expiry`] is given.
    pub fn to_body(&self) -> Vec<u8> {
        let Self {
            proposal,
            digest,
            from,
            to,
        } = self;
        format!(r#"{{"proposal":{proposal},"digest":"{digest}","from":"{from}","to":"{to}"}}"#)
            .into_bytes()
    }
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_expiry(body: &[u8]) -> Result<Expiry, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "an expiry")?;
    fields.allow_only(&["proposal", "digest", "from", "to"])?;
    Ok(Expiry {
        proposal: LogIndex(fields.whole_number("proposal")?),
        digest: fields.parse("digest", Sha256Digest::from_hex)?,
        from: fields.parse("from", MemberId::new)?,
        to: fields.parse("to", MemberId::new)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let expiry = Expiry {
            proposal: LogIndex(7),
            digest: Sha256Digest::of(b"body"),
            from: MemberId::new("acme").unwrap(),
            to: MemberId::new("carrier").unwrap(),
        };
        assert_eq!(check_expiry(&expiry.to_body()), Ok(expiry));
        let error = check_expiry(br#"{"proposal":7,"by":"me"}"#).unwrap_err();
        assert_eq!(error.pointer, "/by");
    }
}
