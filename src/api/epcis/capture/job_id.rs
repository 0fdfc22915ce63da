//! What a job is called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::crypto::Sha256Digest;
use crate::types::Timestamp;

/// Digits of the time, and of the digest.
const TIME_DIGITS: usize = 12;
const DIGEST_DIGITS: usize = 16;

/// Names a capture job: its time and the beginning of a digest of what it was asked for, both in hexadecimal.
/// Later jobs have greater names, and nobody can tell a name from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaptureId(String);

impl CaptureId {
    /// The name of a job that begins now, with the digest of all that it was asked for and by whom: jobs of one name
    /// are one job.
    pub fn new(now: Timestamp, asked: &Sha256Digest) -> Self {
        let digest = hex::encode(asked.as_bytes());
        let digest = digest.get(..DIGEST_DIGITS).unwrap_or_default();
        Self(format!("{:0TIME_DIGITS$x}{digest}", now.as_ms().max(0)))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaptureId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for CaptureId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_name = text.len() == TIME_DIGITS + DIGEST_DIGITS
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_name {
            Ok(Self(text.to_owned()))
        } else {
            Err("a capture id is 28 lower-case hexadecimal digits".to_owned())
        }
    }
}

impl TryFrom<String> for CaptureId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CaptureId> for String {
    fn from(id: CaptureId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_jobs_have_greater_names() {
        let first = Sha256Digest::of(b"1");
        let other = Sha256Digest::of(b"2");
        let id = |ms| CaptureId::new(Timestamp::from_ms(ms), &first);
        assert!(id(1_790_000_000_000) < id(1_790_000_000_001));
        assert!(id(9) < id(16));
        assert_ne!(id(9), CaptureId::new(Timestamp::from_ms(9), &other));
        assert_eq!(id(7).to_string().parse(), Ok(id(7)));
        for text in ["", "../../etc/passwd", &"0".repeat(27), &"G".repeat(28)] {
            assert!(text.parse::<CaptureId>().is_err(), "{text}");
        }
    }
}
