//! What names granular certificates.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use thiserror::Error;

use super::meter_reading::MAX_WH_PER_READING;
use crate::records::BodyError;
use crate::records::fields::Fields;
use crate::types::LogIndex;

/// Names one certificate, in text `1234-7`: the entry that issued it, and its number in that issuance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CertificateId {
    /// The entry of the issuance.
    pub issuance: LogIndex,
    /// The number, from 1.
    pub number: u64,
}

/// Why a text names no certificate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{text:?} is not a certificate: the entry of its issuance, a hyphen and its number, such as 1234-7"
)]
pub struct CertificateIdError {
    /// What was given, cut to 80 characters.
    pub text: String,
}

impl fmt::Display for CertificateId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.issuance, self.number)
    }
}

impl FromStr for CertificateId {
    type Err = CertificateIdError;

    fn from_str(text: &str) -> Result<Self, CertificateIdError> {
        let read = |(issuance, number): (&str, &str)| {
            Ok::<_, ParseIntError>((issuance.parse()?, number.parse()?))
        };
        let parts = text.split_once('-').and_then(|parts| read(parts).ok());
        let id = parts.map(|(issuance, number)| Self {
            issuance: LogIndex(issuance),
            number,
        });
        // One name for one certificate: no signs, no leading zeros.
        id.filter(|id| id.number > 0 && id.to_string() == text)
            .ok_or_else(|| CertificateIdError {
                text: text.chars().take(80).collect(),
            })
    }
}

/// Certificates of one issuance whose numbers follow each other, the last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateRange {
    /// The entry of the issuance.
    pub issuance: LogIndex,
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
}

/// The fields that name a range.
pub(super) const RANGE_FIELDS: [&str; 3] = ["issuance", "first", "last"];

impl CertificateRange {
    /// Reads the fields `issuance`, `first` and `last` of a body.
    pub(super) fn read(fields: &Fields<'_, '_>) -> Result<Self, BodyError> {
        let range = Self {
            issuance: LogIndex(fields.whole_number("issuance")?),
            first: fields.whole_number_within("first", 1..=MAX_WH_PER_READING)?,
            last: fields.whole_number_within("last", 1..=MAX_WH_PER_READING)?,
        };
        if range.first > range.last {
            return Err(BodyError::new(
                fields.place("first"),
                format!("{} is beyond the last, {}", range.first, range.last),
            ));
        }
        Ok(range)
    }

    /// How many certificates it has.
    pub fn count(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

impl fmt::Display for CertificateRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "certificates {} to {} of issuance {}",
            self.first, self.last, self.issuance
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_has_one_name() {
        let id = CertificateId {
            issuance: LogIndex(1_234),
            number: 7,
        };
        assert_eq!("1234-7".parse(), Ok(id));
        assert_eq!(id.to_string(), "1234-7");
        for bad in [
            "", "7", "1234-0", "01-7", "1-07", "+1-7", "1-7-", "1--7", "a-7",
        ] {
            assert!(bad.parse::<CertificateId>().is_err(), "{bad}");
        }
    }
}
