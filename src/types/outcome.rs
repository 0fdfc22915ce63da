//! What became of an authentic record when its block was applied.

use serde::Serialize;

use super::codec::{Decode, DecodeError, Encode, Reader, put_bytes, put_sequence};
use super::height::LogIndex;
use super::limits::{MAX_CODE_BYTES, MAX_FLAG_REASON_BYTES, MAX_FLAGS, MAX_REASON_BYTES};

/// The outcome of a record, kept in its log entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    /// It took effect.
    Accepted,
    /// It took effect, and something about it wants looking at.
    Flagged {
        /// What, the first [`MAX_FLAGS`] of it.
        flags: Vec<Flag>,
    },
    /// It broke a rule, and had no effect.
    Rejected(Rejection),
    /// The same record by the same member is in the log already; it had no effect again.
    Duplicate {
        /// Where the first one is.
        of: LogIndex,
    },
}

impl Outcome {
    /// That of a record that took effect, with what wants looking at: those beyond [`MAX_FLAGS`] are
    /// left out.
    pub fn taken(mut flags: Vec<Flag>) -> Self {
        if flags.is_empty() {
            return Self::Accepted;
        }
        flags.truncate(MAX_FLAGS);
        Self::Flagged { flags }
    }

    /// Whether the record took effect.
    pub fn took_effect(&self) -> bool {
        matches!(self, Self::Accepted | Self::Flagged { .. })
    }
}

/// Something about an accepted record that wants looking at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flag {
    code: String,
    reason: String,
}

impl Flag {
    /// A flag with a stable code for programs and a reason for people, which is cut at
    /// [`MAX_FLAG_REASON_BYTES`].
    pub fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            reason: cut(reason.into(), MAX_FLAG_REASON_BYTES),
        }
    }

    /// The stable code, such as `not-holder`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What wants looking at.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Cuts a text at a character boundary: it must fit the entry, and be cut on every node alike.
fn cut(mut text: String, most_bytes: usize) -> String {
    if text.len() > most_bytes {
        let mut end = most_bytes;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}

/// Why a record was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    code: String,
    reason: String,
}

impl Rejection {
    /// A rejection with a stable code for programs and a reason for people, which is cut at
    /// [`MAX_REASON_BYTES`].
    pub fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            reason: cut(reason.into(), MAX_REASON_BYTES),
        }
    }

    /// With other words for some in its reason.
    #[must_use]
    pub fn with_words(self, some: &str, other: &str) -> Self {
        Self {
            code: self.code,
            reason: cut(self.reason.replace(some, other), MAX_REASON_BYTES),
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
            Self::Flagged { flags } => {
                out.push(3);
                put_sequence(out, flags);
            }
        }
    }
}

impl Encode for Flag {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.code.as_bytes());
        put_bytes(out, self.reason.as_bytes());
    }
}

impl Decode for Flag {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            code: reader.text("flag code", MAX_CODE_BYTES)?.to_owned(),
            reason: reader
                .text("flag reason", MAX_FLAG_REASON_BYTES)?
                .to_owned(),
        })
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
            3 => {
                let flags: Vec<Flag> = reader.sequence("flags", MAX_FLAGS)?;
                if flags.is_empty() {
                    return Err(DecodeError::invalid("flags", "none are in the list"));
                }
                Ok(Self::Flagged { flags })
            }
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
            Outcome::taken(vec![Flag::new("code", "reason"); MAX_FLAGS + 1]),
        ] {
            assert_eq!(Outcome::from_bytes(&outcome.to_bytes()), Ok(outcome));
        }
        assert!(Outcome::from_bytes(&[4]).is_err());
        assert!(Outcome::from_bytes(&[3, 0, 0, 0, 0]).is_err());
        assert_eq!(Outcome::taken(Vec::new()), Outcome::Accepted);
    }
}
