//! A submission as a JSON document, for clients without the binary codec.
//!
//! Bodies are JSON strings that hold the body's exact text, so that whatever stands between the
//! author and the ledger cannot reformat what was signed.

use std::fmt;

use bytes::Bytes;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::codec::DecodeError;
use super::ids::{LedgerId, MemberId, RecordKind};
use super::limits::{MAX_BODY_BYTES, MAX_RECORDS_PER_SUBMISSION};
use super::record::Record;
use super::submission::{Atomicity, Submission, SubmissionHeader};
use super::time::Timestamp;
use crate::crypto::{PublicKey, Signature};

/// A record as a JSON document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct RecordDocument {
    /// Such as `epcis.event`.
    pub kind: RecordKind,
    /// The version of the kind's format.
    pub version: u16,
    /// The exact text of the body.
    pub body: String,
}

/// A submission as a JSON document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct SubmissionDocument {
    /// The ledger id, 64 hexadecimal digits.
    pub ledger: LedgerId,
    /// Who submits.
    pub member: MemberId,
    /// The public key that signs, 64 hexadecimal digits.
    pub key: PublicKey,
    /// RFC 3339, with milliseconds at most.
    pub expires: Timestamp,
    /// All records or none.
    #[serde(default)]
    pub atomic: bool,
    /// The records, in order.
    pub records: Vec<RecordDocument>,
    /// 128 hexadecimal digits.
    pub signature: Signature,
}

/// Derived readers take a list of the fields' values for an object as well; these take objects only.
macro_rules! read_as_object {
    ($document:ident, $expected:literal) => {
        impl Serialize for $document {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $document {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;

                impl<'de> Visitor<'de> for ObjectVisitor {
                    type Value = $document;

                    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                        formatter.write_str($expected)
                    }

                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$document, A::Error> {
                        $document::deserialize(MapAccessDeserializer::new(map))
                    }
                }

                deserializer.deserialize_map(ObjectVisitor)
            }
        }
    };
}

read_as_object!(RecordDocument, "a record as a JSON object");
read_as_object!(SubmissionDocument, "a submission as a JSON object");

impl From<&Submission> for SubmissionDocument {
    /// A body that is not UTF-8 does not survive: no family takes one.
    fn from(submission: &Submission) -> Self {
        let header = submission.header();
        Self {
            ledger: header.ledger,
            member: header.member.clone(),
            key: header.key,
            expires: header.expires,
            atomic: header.atomicity == Atomicity::AllOrNothing,
            records: submission
                .records()
                .iter()
                .map(|record| RecordDocument {
                    kind: record.kind.clone(),
                    version: record.version,
                    body: String::from_utf8_lossy(&record.body).into_owned(),
                })
                .collect(),
            signature: *submission.signature(),
        }
    }
}

impl TryFrom<SubmissionDocument> for Submission {
    type Error = DecodeError;

    fn try_from(document: SubmissionDocument) -> Result<Self, DecodeError> {
        let limit = |what, length, limit| {
            if length > limit {
                return Err(DecodeError::LimitExceeded {
                    what,
                    length,
                    limit,
                });
            }
            Ok(())
        };
        limit(
            "records of a submission",
            document.records.len(),
            MAX_RECORDS_PER_SUBMISSION,
        )?;
        let mut records = Vec::with_capacity(document.records.len());
        for record in document.records {
            limit("record body", record.body.len(), MAX_BODY_BYTES)?;
            records.push(Record {
                kind: record.kind,
                version: record.version,
                body: Bytes::from(record.body),
            });
        }
        let header = SubmissionHeader {
            ledger: document.ledger,
            member: document.member,
            key: document.key,
            expires: document.expires,
            atomicity: if document.atomic {
                Atomicity::AllOrNothing
            } else {
                Atomicity::Independent
            },
            record_count: u32::try_from(records.len()).unwrap_or(u32::MAX),
        };
        Self::new(header, records, document.signature)
    }
}
