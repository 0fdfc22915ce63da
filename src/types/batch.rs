//! Batches of submissions, and the certificates that say they can be fetched.
//!
//! A batch is spread apart from ordering. A validator that has checked its form, verified every
//! client's signature and stored it durably acknowledges it; a quorum of acknowledgements is an
//! availability certificate, and blocks order certificates. An acknowledgement attests storage
//! and limits, not that the records will be accepted.

use super::codec::{Decode, DecodeError, Encode, Reader, put_sequence};
use super::height::{BatchSequence, Height};
use super::ids::{BatchDigest, LedgerId, ValidatorSetDigest};
use super::limits::{
    MAX_BATCH_BYTES, MAX_RECORDS_PER_BATCH, MAX_SUBMISSIONS_PER_BATCH, MAX_VALIDATORS,
};
use super::submission::Submission;
use super::validator::ValidatorSet;
use super::vote::{CertificateError, IndexedSignature, Signable, verify_quorum};
use crate::crypto::{Blake3Digest, Domain, KeyError, PublicKey, SecretKey, Signature};

/// Version of the batch's wire and disk format.
const BATCH_VERSION: u16 = 1;

/// What names a batch and bounds it; what acknowledgements and certificates are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchReference {
    /// Names the batch.
    pub digest: BatchDigest,
    /// The consensus key of the validator that sealed it.
    pub author: PublicKey,
    /// Its number among the author's batches.
    pub sequence: BatchSequence,
    /// The set whose acknowledgements count.
    pub validator_set: ValidatorSetDigest,
    /// The last height at which it may be ordered.
    pub last_height: Height,
    /// The length of its canonical bytes.
    pub byte_count: u32,
    /// How many submissions it has.
    pub submission_count: u32,
    /// How many records they have together.
    pub record_count: u32,
}

impl Encode for BatchReference {
    fn encode(&self, out: &mut Vec<u8>) {
        self.digest.encode(out);
        self.author.encode(out);
        self.sequence.encode(out);
        self.validator_set.encode(out);
        self.last_height.encode(out);
        for count in [self.byte_count, self.submission_count, self.record_count] {
            out.extend_from_slice(&count.to_be_bytes());
        }
    }
}

impl Decode for BatchReference {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            digest: BatchDigest::decode(reader)?,
            author: PublicKey::decode(reader)?,
            sequence: BatchSequence::decode(reader)?,
            validator_set: ValidatorSetDigest::decode(reader)?,
            last_height: Height::decode(reader)?,
            byte_count: reader.u32()?,
            submission_count: reader.u32()?,
            record_count: reader.u32()?,
        })
    }
}

/// Submissions that travel and are stored together, signed by the validator that sealed them.
/// Its canonical bytes are kept with it: they are stored and sent as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    reference: BatchReference,
    submissions: Vec<Submission>,
    signature: Signature,
    bytes: bytes::Bytes,
}

impl Batch {
    /// Seals submissions into a batch.
    ///
    /// # Errors
    /// [`DecodeError`] if there are none, or more than a batch may hold.
    pub fn seal(
        ledger: &LedgerId,
        secret: &SecretKey,
        sequence: BatchSequence,
        validator_set: ValidatorSetDigest,
        last_height: Height,
        submissions: Vec<Submission>,
    ) -> Result<Self, DecodeError> {
        let author = secret.public_key();
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&BATCH_VERSION.to_be_bytes());
        author.encode(&mut bytes);
        sequence.encode(&mut bytes);
        validator_set.encode(&mut bytes);
        last_height.encode(&mut bytes);
        put_sequence(&mut bytes, &submissions);
        let digest = BatchDigest(Blake3Digest::of(&bytes));
        let signature = secret.sign(Domain::Batch, ledger.as_bytes(), digest.as_bytes());
        signature.encode(&mut bytes);
        Self::new(
            author,
            sequence,
            validator_set,
            last_height,
            submissions,
            (digest, signature),
            bytes.into(),
        )
    }

    fn new(
        author: PublicKey,
        sequence: BatchSequence,
        validator_set: ValidatorSetDigest,
        last_height: Height,
        submissions: Vec<Submission>,
        (digest, signature): (BatchDigest, Signature),
        bytes: bytes::Bytes,
    ) -> Result<Self, DecodeError> {
        if submissions.is_empty() {
            return Err(DecodeError::invalid("batch", "it has no submissions"));
        }
        let limit = |what, length, limit| {
            if length > limit {
                Err(DecodeError::LimitExceeded {
                    what,
                    length,
                    limit,
                })
            } else {
                Ok(u32::try_from(length).unwrap_or(u32::MAX))
            }
        };
        let records = submissions.iter().map(|s| s.records().len()).sum();
        let reference = BatchReference {
            digest,
            author,
            sequence,
            validator_set,
            last_height,
            byte_count: limit("batch", bytes.len(), MAX_BATCH_BYTES)?,
            submission_count: limit(
                "submissions of a batch",
                submissions.len(),
                MAX_SUBMISSIONS_PER_BATCH,
            )?,
            record_count: limit("records of a batch", records, MAX_RECORDS_PER_BATCH)?,
        };
        Ok(Self {
            reference,
            submissions,
            signature,
            bytes,
        })
    }

    /// Reads a batch and keeps its bytes.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are not the canonical form of a batch within the limits.
    pub fn from_shared_bytes(bytes: bytes::Bytes) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_BATCH_BYTES {
            return Err(DecodeError::LimitExceeded {
                what: "batch",
                length: bytes.len(),
                limit: MAX_BATCH_BYTES,
            });
        }
        let mut reader = Reader::new(&bytes);
        let version = reader.u16()?;
        if version != BATCH_VERSION {
            return Err(DecodeError::UnknownVersion {
                what: "batch",
                version,
            });
        }
        let author = PublicKey::decode(&mut reader)?;
        let sequence = BatchSequence::decode(&mut reader)?;
        let validator_set = ValidatorSetDigest::decode(&mut reader)?;
        let last_height = Height::decode(&mut reader)?;
        let submissions = reader.sequence("submissions of a batch", MAX_SUBMISSIONS_PER_BATCH)?;
        let signed = bytes.get(..reader.offset()).unwrap_or_default();
        let digest = BatchDigest(Blake3Digest::of(signed));
        let signature = Signature::decode(&mut reader)?;
        reader.finish()?;
        Self::new(
            author,
            sequence,
            validator_set,
            last_height,
            submissions,
            (digest, signature),
            bytes.clone(),
        )
    }

    /// Checks that the author sealed it. Says nothing about the submissions.
    ///
    /// # Errors
    /// [`KeyError`] if the author's signature does not verify strictly.
    pub fn verify_author(&self, ledger: &LedgerId) -> Result<(), KeyError> {
        self.reference.author.verify(
            Domain::Batch,
            ledger.as_bytes(),
            self.reference.digest.as_bytes(),
            &self.signature,
        )
    }

    /// What names and bounds it.
    pub fn reference(&self) -> &BatchReference {
        &self.reference
    }

    /// Its name.
    pub fn digest(&self) -> BatchDigest {
        self.reference.digest
    }

    /// The submissions, in order; at least one.
    pub fn submissions(&self) -> &[Submission] {
        &self.submissions
    }

    /// The canonical bytes, for the wire and the disk.
    pub fn bytes(&self) -> &bytes::Bytes {
        &self.bytes
    }
}

/// A validator's word that it has a batch on its disk and has verified its signatures.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acknowledgement {
    /// The batch.
    pub batch: BatchDigest,
    /// The consensus key of the validator that has it.
    pub validator: PublicKey,
    /// What the author needs besides, to make a certificate: the encoded [`BatchReference`] is
    /// what is signed, so that no bound of the batch can be changed afterwards.
    pub reference_digest: Blake3Digest,
}

impl Acknowledgement {
    /// The acknowledgement of a batch by a validator.
    pub fn of(reference: &BatchReference, validator: PublicKey) -> Self {
        Self {
            batch: reference.digest,
            validator,
            reference_digest: Blake3Digest::of(&reference.to_bytes()),
        }
    }
}

impl Signable for Acknowledgement {
    const DOMAIN: Domain = Domain::Acknowledgement;

    fn signer(&self) -> &PublicKey {
        &self.validator
    }
}

impl Encode for Acknowledgement {
    fn encode(&self, out: &mut Vec<u8>) {
        self.batch.encode(out);
        self.validator.encode(out);
        self.reference_digest.encode(out);
    }
}

impl Decode for Acknowledgement {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            batch: BatchDigest::decode(reader)?,
            validator: PublicKey::decode(reader)?,
            reference_digest: Blake3Digest::decode(reader)?,
        })
    }
}

/// Proof that a quorum has a batch on disk: it can be fetched from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailabilityCertificate {
    /// The batch.
    pub batch: BatchReference,
    /// The acknowledgements, in ascending order of their signers.
    pub signatures: Vec<IndexedSignature>,
}

impl AvailabilityCertificate {
    /// Checks the certificate against the set that it names.
    ///
    /// # Errors
    /// [`CertificateError`] with the first thing that is wrong.
    pub fn verify(&self, ledger: &LedgerId, set: &ValidatorSet) -> Result<(), CertificateError> {
        if self.batch.validator_set != set.digest() {
            return Err(CertificateError::OtherValidatorSet);
        }
        verify_quorum(
            Domain::Acknowledgement,
            ledger,
            set,
            &self.signatures,
            |validator| Acknowledgement::of(&self.batch, *validator).to_bytes(),
        )
    }
}

impl Encode for AvailabilityCertificate {
    fn encode(&self, out: &mut Vec<u8>) {
        self.batch.encode(out);
        put_sequence(out, &self.signatures);
    }
}

impl Decode for AvailabilityCertificate {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            batch: BatchReference::decode(reader)?,
            signatures: reader.sequence("signatures of a certificate", MAX_VALIDATORS)?,
        })
    }
}
