//! A submission: one signature over many records.
//!
//! What is signed is `"waybill/submission/v1" ‖ 0x00 ‖ ledger id ‖ header ‖ record root`, where the
//! header is the canonical encoding of member, key, expiry, atomicity and record count, and the
//! record root is the RFC 6962 root over the record leaves. So one signature covers every record,
//! and each record can still be proved alone with its path. The submission id is SHA-256 of the
//! same bytes: a second, equally valid signature by the same key does not make a second id.

use super::codec::{Decode, DecodeError, Encode, Reader, put_sequence};
use super::ids::{LedgerId, MemberId, SubmissionId};
use super::limits::{MAX_BODY_BYTES, MAX_RECORDS_PER_SUBMISSION, MAX_SUBMISSION_BYTES};
use super::record::Record;
use super::time::Timestamp;
use crate::crypto::merkle::MemoryTree;
use crate::crypto::{Domain, KeyError, PublicKey, SecretKey, Sha256Digest, Signature};

/// Version of the submission's wire format.
const SUBMISSION_VERSION: u16 = 1;

/// Whether the records of a submission stand or fall together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atomicity {
    /// Each record is judged by itself.
    Independent,
    /// If one record is rejected, all are.
    AllOrNothing,
}

/// Everything about a submission but its records and signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionHeader {
    /// The ledger it is meant for.
    pub ledger: LedgerId,
    /// Who submits.
    pub member: MemberId,
    /// The registered key of the member that signs.
    pub key: PublicKey,
    /// The block time after which the submission must not be ordered any more.
    pub expires: Timestamp,
    /// Whether the records stand or fall together.
    pub atomicity: Atomicity,
    /// How many records there are.
    pub record_count: u32,
}

impl SubmissionHeader {
    /// The bytes that are signed and hashed: see the module.
    pub fn signed_bytes(&self, record_root: &Sha256Digest) -> Vec<u8> {
        Domain::Submission.message(self.ledger.as_bytes(), &self.payload(record_root))
    }

    /// The id of the submission with this header over this record root.
    pub fn submission_id(&self, record_root: &Sha256Digest) -> SubmissionId {
        SubmissionId(Sha256Digest::of(&self.signed_bytes(record_root)))
    }

    /// Checks the signature over this header and a record root.
    ///
    /// # Errors
    /// [`KeyError`] if it does not verify strictly.
    pub fn verify(
        &self,
        record_root: &Sha256Digest,
        signature: &Signature,
    ) -> Result<(), KeyError> {
        self.key.verify(
            Domain::Submission,
            self.ledger.as_bytes(),
            &self.payload(record_root),
            signature,
        )
    }

    fn payload(&self, record_root: &Sha256Digest) -> Vec<u8> {
        let mut payload = Vec::with_capacity(160);
        self.encode_after_ledger(&mut payload);
        record_root.encode(&mut payload);
        payload
    }

    fn encode_after_ledger(&self, out: &mut Vec<u8>) {
        self.member.encode(out);
        self.key.encode(out);
        self.expires.encode(out);
        out.push(match self.atomicity {
            Atomicity::Independent => 0,
            Atomicity::AllOrNothing => 1,
        });
        out.extend_from_slice(&self.record_count.to_be_bytes());
    }
}

impl Encode for SubmissionHeader {
    fn encode(&self, out: &mut Vec<u8>) {
        self.ledger.encode(out);
        self.encode_after_ledger(out);
    }
}

impl Decode for SubmissionHeader {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            ledger: LedgerId::decode(reader)?,
            member: MemberId::decode(reader)?,
            key: PublicKey::decode(reader)?,
            expires: Timestamp::decode(reader)?,
            atomicity: if reader.flag("atomicity")? {
                Atomicity::AllOrNothing
            } else {
                Atomicity::Independent
            },
            record_count: reader.u32()?,
        })
    }
}

/// A signed submission. Decoding checks its form and limits; [`Submission::verify`] checks the
/// signature, and what the ledger knows is checked at admission and again when it is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    header: SubmissionHeader,
    records: Vec<Record>,
    signature: Signature,
}

impl Submission {
    /// Puts a submission together from its parts, as they came over a wire.
    ///
    /// # Errors
    /// [`DecodeError`] if there are no records or too many, if their number is not what the header
    /// says, or if the whole is too long.
    pub fn new(
        header: SubmissionHeader,
        records: Vec<Record>,
        signature: Signature,
    ) -> Result<Self, DecodeError> {
        if records.is_empty() {
            return Err(DecodeError::invalid("submission", "it has no records"));
        }
        if records.len() > MAX_RECORDS_PER_SUBMISSION {
            return Err(DecodeError::LimitExceeded {
                what: "records of a submission",
                length: records.len(),
                limit: MAX_RECORDS_PER_SUBMISSION,
            });
        }
        if usize::try_from(header.record_count) != Ok(records.len()) {
            return Err(DecodeError::invalid(
                "submission",
                format!(
                    "its header says {} records, it has {}",
                    header.record_count,
                    records.len()
                ),
            ));
        }
        if let Some(record) = records.iter().find(|r| r.body.len() > MAX_BODY_BYTES) {
            return Err(DecodeError::LimitExceeded {
                what: "record body",
                length: record.body.len(),
                limit: MAX_BODY_BYTES,
            });
        }
        let submission = Self {
            header,
            records,
            signature,
        };
        let length = submission.encoded_length();
        if length > MAX_SUBMISSION_BYTES {
            return Err(DecodeError::LimitExceeded {
                what: "submission",
                length,
                limit: MAX_SUBMISSION_BYTES,
            });
        }
        Ok(submission)
    }

    /// Signs records for a ledger.
    ///
    /// # Errors
    /// As [`Submission::new`].
    pub fn sign(
        ledger: LedgerId,
        member: MemberId,
        secret: &SecretKey,
        expires: Timestamp,
        atomicity: Atomicity,
        records: Vec<Record>,
    ) -> Result<Self, DecodeError> {
        let header = SubmissionHeader {
            ledger,
            member,
            key: secret.public_key(),
            expires,
            atomicity,
            record_count: u32::try_from(records.len()).unwrap_or(u32::MAX),
        };
        let root = record_tree(&records).root();
        let signature = secret.sign(
            Domain::Submission,
            ledger.as_bytes(),
            &header.payload(&root),
        );
        Self::new(header, records, signature)
    }

    /// Everything but the records and the signature.
    pub fn header(&self) -> &SubmissionHeader {
        &self.header
    }

    /// The records, in order; at least one.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The signature over header and record root.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The tree over the record leaves, for the root and for paths.
    pub fn record_tree(&self) -> MemoryTree {
        record_tree(&self.records)
    }

    /// Checks the signature, and gives the id that it covers.
    ///
    /// # Errors
    /// [`KeyError`] if it does not verify strictly.
    pub fn verify(&self) -> Result<SubmissionId, KeyError> {
        let root = self.record_tree().root();
        self.header.verify(&root, &self.signature)?;
        Ok(self.header.submission_id(&root))
    }

    /// The id, without a check of the signature.
    pub fn id(&self) -> SubmissionId {
        self.header.submission_id(&self.record_tree().root())
    }

    /// The length of the canonical bytes.
    pub fn encoded_length(&self) -> usize {
        let records: usize = self.records.iter().map(Record::encoded_length).sum();
        // Version, ledger, member with its length, key, expiry, atomicity, count.
        let header = 2 + 32 + 4 + self.header.member.as_str().len() + 32 + 8 + 1 + 4;
        header + 4 + records + 64
    }
}

fn record_tree(records: &[Record]) -> MemoryTree {
    let mut tree = MemoryTree::new();
    for record in records {
        // A submission has 10,000 records at most: the tree never fills.
        if tree.append(record.leaf()).is_err() {
            break;
        }
    }
    tree
}

impl Encode for Submission {
    fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_length());
        out.extend_from_slice(&SUBMISSION_VERSION.to_be_bytes());
        self.header.encode(out);
        put_sequence(out, &self.records);
        self.signature.encode(out);
    }
}

impl Decode for Submission {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u16()?;
        if version != SUBMISSION_VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "submission",
                version,
            });
        }
        let header = SubmissionHeader::decode(reader)?;
        let records = reader.sequence("records of a submission", MAX_RECORDS_PER_SUBMISSION)?;
        let signature = Signature::decode(reader)?;
        Self::new(header, records, signature)
    }
}
