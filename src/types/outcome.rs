//! What became of an authentic record when its block was applied.

use serde::Serialize;

use super::codec::{Decode, DecodeError, Encode, Reader, put_bytes};
use super::height::LogIndex;
use super::limits::{MAX_CODE_BYTES, MAX_REASON_BYTES};

/// The outcome of a record, kept in its log entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    /// It took effect.
    Accepted,
    /// It broke a rule, and had no effect.
    Rejected(Rejection),
    /// The same record by the same member is in the log already; it had no effect again.
    Duplicate {
        /// Where the first one is.
        of: LogIndex,
    },
}

/// Why a record was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    code: String,
    reason: String,
}

impl Rejection {
    /// A rejection with a stable code for programs and a reason for people. A reason longer than
    /// [`MAX_REASON_BYTES`] is cut at a character boundary: it must fit the entry on every node
    /// alike.
    pub fn new(code: &'static str, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        if reason.len() > MAX_REASON_BYTES {
            let mut end = MAX_REASON_BYTES;
            while !reason.is_char_boundary(end) {
                end -= 1;
            }
            reason.truncate(end);
        }
        Self {
            code: code.to_owned(),
            reason,
        }
    }

    /// The stable code, such as `epcis-invalid`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What was wrong.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl Encode for Outcome {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Accepted => out.push(0),
            Self::Rejected(rejection) => {
                out.push(1);
                put_bytes(out, rejection.code.as_bytes());
                put_bytes(out, rejection.reason.as_bytes());
            }
            Self::Duplicate { of } => {
                out.push(2);
                of.encode(out);
            }
        }
    }
}

impl Decode for Outcome {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Accepted),
            1 => Ok(Self::Rejected(Rejection {
                code: reader.text("rejection code", MAX_CODE_BYTES)?.to_owned(),
                reason: reader
                    .text("rejection reason", MAX_REASON_BYTES)?
                    .to_owned(),
            })),
            2 => Ok(Self::Duplicate {
                of: LogIndex::decode(reader)?,
            }),
            tag => Err(DecodeError::UnknownTag {
                what: "outcome",
                tag,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let rejection = Rejection::new("code", "é".repeat(MAX_REASON_BYTES));
        assert_eq!(rejection.reason().len(), MAX_REASON_BYTES);
        let rejection = Rejection::new("code", format!("a{}", "é".repeat(MAX_REASON_BYTES)));
        assert_eq!(rejection.reason().len(), MAX_REASON_BYTES - 1);
    }

    #[test]
    fn outcomes_survive_bytes() {
        for outcome in [
            Outcome::Accepted,
            Outcome::Rejected(Rejection::new("code", "reason")),
            Outcome::Duplicate { of: LogIndex(7) },
        ] {
            assert_eq!(Outcome::from_bytes(&outcome.to_bytes()), Ok(outcome));
        }
        assert!(Outcome::from_bytes(&[3]).is_err());
    }
}
