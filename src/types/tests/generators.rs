//! Strategies for every type of this floor, and for damage to encoded bytes.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::crypto::{Blake3Digest, PublicKey, SecretKey, Sha256Digest, Signature};
use crate::types::*;

pub(super) fn blake3() -> impl Strategy<Value = Blake3Digest> {
    any::<[u8; 32]>().prop_map(Blake3Digest::from_bytes)
}

pub(super) fn sha256() -> impl Strategy<Value = Sha256Digest> {
    any::<[u8; 32]>().prop_map(Sha256Digest::from_bytes)
}

pub(super) fn secret_key() -> impl Strategy<Value = SecretKey> {
    any::<[u8; 32]>().prop_map(SecretKey::from_seed)
}

pub(super) fn public_key() -> impl Strategy<Value = PublicKey> {
    secret_key().prop_map(|secret| secret.public_key())
}

pub(super) fn signature() -> impl Strategy<Value = Signature> {
    any::<[[u8; 32]; 2]>().prop_map(|halves| {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(halves.as_flattened());
        Signature::from_bytes(bytes)
    })
}

pub(super) fn height() -> impl Strategy<Value = Height> {
    any::<u64>().prop_map(Height)
}

pub(super) fn round() -> impl Strategy<Value = Round> {
    any::<u32>().prop_map(Round)
}

pub(super) fn log_index() -> impl Strategy<Value = LogIndex> {
    any::<u64>().prop_map(LogIndex)
}

pub(super) fn batch_sequence() -> impl Strategy<Value = BatchSequence> {
    any::<u64>().prop_map(BatchSequence)
}

pub(super) fn validator_index() -> impl Strategy<Value = ValidatorIndex> {
    any::<u16>().prop_map(ValidatorIndex)
}

pub(super) fn timestamp() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_ms)
}

/// An instant that its text can say: the years 0000 to 9999.
pub(super) fn printable_timestamp() -> impl Strategy<Value = Timestamp> {
    (-62_167_219_200_000_i64..=253_402_300_799_999).prop_map(Timestamp::from_ms)
}

pub(super) fn ledger_id() -> impl Strategy<Value = LedgerId> {
    blake3().prop_map(LedgerId)
}

pub(super) fn submission_id() -> impl Strategy<Value = SubmissionId> {
    sha256().prop_map(SubmissionId)
}

pub(super) fn batch_digest() -> impl Strategy<Value = BatchDigest> {
    blake3().prop_map(BatchDigest)
}

pub(super) fn block_digest() -> impl Strategy<Value = BlockDigest> {
    blake3().prop_map(BlockDigest)
}

pub(super) fn state_root() -> impl Strategy<Value = StateRoot> {
    blake3().prop_map(StateRoot)
}

pub(super) fn validator_set_digest() -> impl Strategy<Value = ValidatorSetDigest> {
    blake3().prop_map(ValidatorSetDigest)
}

pub(super) fn contract_set_digest() -> impl Strategy<Value = ContractSetDigest> {
    blake3().prop_map(ContractSetDigest)
}

pub(super) fn member_id() -> impl Strategy<Value = MemberId> {
    "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?".prop_map(|text| MemberId::new(&text).unwrap())
}

pub(super) fn role() -> impl Strategy<Value = Role> {
    "[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?".prop_map(|text| Role::new(&text).unwrap())
}

pub(super) fn record_kind() -> impl Strategy<Value = RecordKind> {
    "[a-z0-9]{1,20}(\\.[a-z0-9][a-z0-9-]{0,8}[a-z0-9]){1,4}"
        .prop_map(|text| RecordKind::new(&text).unwrap())
}

/// Bodies of any bytes, most of them short.
pub(super) fn body() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        9 => vec(any::<u8>(), 0..40),
        1 => (any::<u8>(), 0..=limits::MAX_BODY_BYTES).prop_map(|(byte, length)| vec![byte; length]),
    ]
    .prop_map(Bytes::from)
}

pub(super) fn record() -> impl Strategy<Value = Record> {
    (record_kind(), any::<u16>(), body()).prop_map(|(kind, version, body)| Record {
        kind,
        version,
        body,
    })
}

/// A record whose body is text, as all that documents can carry.
pub(super) fn text_record() -> impl Strategy<Value = Record> {
    (
        record_kind(),
        any::<u16>(),
        "\\PC{0,40}|[\u{0}-\u{1f}\"\\\\]{0,8}",
    )
        .prop_map(|(kind, version, body)| Record {
            kind,
            version,
            body: Bytes::from(body),
        })
}

pub(super) fn atomicity() -> impl Strategy<Value = Atomicity> {
    prop_oneof![Just(Atomicity::Independent), Just(Atomicity::AllOrNothing)]
}

pub(super) fn submission_header() -> impl Strategy<Value = SubmissionHeader> {
    (
        ledger_id(),
        member_id(),
        public_key(),
        timestamp(),
        atomicity(),
        any::<u32>(),
    )
        .prop_map(
            |(ledger, member, key, expires, atomicity, record_count)| SubmissionHeader {
                ledger,
                member,
                key,
                expires,
                atomicity,
                record_count,
            },
        )
}

/// A submission with a signature of any bytes.
pub(super) fn submission() -> impl Strategy<Value = Submission> {
    submission_of(vec(record(), 1..5), timestamp())
}

/// A submission that a document can carry.
pub(super) fn text_submission() -> impl Strategy<Value = Submission> {
    submission_of(vec(text_record(), 1..5), printable_timestamp())
}

fn submission_of(
    records: impl Strategy<Value = Vec<Record>>,
    expires: impl Strategy<Value = Timestamp>,
) -> impl Strategy<Value = Submission> {
    (submission_header(), expires, records, signature()).prop_map(
        |(mut header, expires, records, signature)| {
            header.expires = expires;
            header.record_count = u32::try_from(records.len()).unwrap();
            Submission::new(header, records, signature).unwrap()
        },
    )
}

/// A submission that is truly signed, with the secret that signed it.
pub(super) fn signed_submission() -> impl Strategy<Value = Submission> {
    (
        secret_key(),
        ledger_id(),
        member_id(),
        timestamp(),
        atomicity(),
        vec(record(), 1..5),
    )
        .prop_map(|(secret, ledger, member, expires, atomicity, records)| {
            Submission::sign(ledger, member, &secret, expires, atomicity, records).unwrap()
        })
}

pub(super) fn outcome() -> impl Strategy<Value = Outcome> {
    let codes = prop_oneof![Just("invalid-record"), Just("atomic"), Just("")];
    prop_oneof![
        Just(Outcome::Accepted),
        (codes, "\\PC{0,60}")
            .prop_map(|(code, reason)| Outcome::Rejected(Rejection::new(code, reason))),
        log_index().prop_map(|of| Outcome::Duplicate { of }),
        prop::collection::vec("\\PC{0,200}", 1..6).prop_map(|reasons| {
            Outcome::taken(reasons.into_iter().map(|r| Flag::new("flag", r)).collect())
        }),
    ]
}

fn submitted_entry() -> impl Strategy<Value = SubmittedEntry> {
    (
        member_id(),
        public_key(),
        submission_id(),
        any::<u32>(),
        outcome(),
        record(),
    )
        .prop_map(
            |(member, key, submission, record_index, outcome, record)| SubmittedEntry {
                member,
                key,
                submission,
                record_index,
                outcome,
                record,
            },
        )
}

fn block_entry() -> impl Strategy<Value = BlockEntry> {
    (block_digest(), state_root(), validator_set_digest()).prop_map(
        |(block, state_root, validator_set)| BlockEntry {
            block,
            state_root,
            validator_set,
        },
    )
}

fn entry_content() -> impl Strategy<Value = EntryContent> {
    prop_oneof![
        submitted_entry().prop_map(|entry| EntryContent::Submitted(Box::new(entry))),
        (sha256(), record()).prop_map(|(source, record)| EntryContent::Derived { source, record }),
        evidence().prop_map(|evidence| EntryContent::Evidence(Box::new(evidence))),
        block_entry().prop_map(EntryContent::Block),
    ]
}

pub(super) fn entry() -> impl Strategy<Value = Entry> {
    (height(), timestamp(), entry_content()).prop_map(|(height, time, content)| Entry {
        height,
        time,
        content,
    })
}

pub(super) fn batch() -> impl Strategy<Value = Batch> {
    (
        ledger_id(),
        secret_key(),
        batch_sequence(),
        validator_set_digest(),
        height(),
        vec(submission(), 1..4),
    )
        .prop_map(
            |(ledger, secret, sequence, validator_set, last_height, submissions)| {
                Batch::seal(
                    &ledger,
                    &secret,
                    sequence,
                    validator_set,
                    last_height,
                    submissions,
                )
                .unwrap()
            },
        )
}

pub(super) fn batch_reference() -> impl Strategy<Value = BatchReference> {
    (
        batch_digest(),
        public_key(),
        batch_sequence(),
        validator_set_digest(),
        height(),
        any::<[u32; 3]>(),
    )
        .prop_map(
            |(digest, author, sequence, validator_set, last_height, counts)| BatchReference {
                digest,
                author,
                sequence,
                validator_set,
                last_height,
                byte_count: counts[0],
                submission_count: counts[1],
                record_count: counts[2],
            },
        )
}

pub(super) fn acknowledgement() -> impl Strategy<Value = Acknowledgement> {
    (batch_reference(), public_key())
        .prop_map(|(reference, validator)| Acknowledgement::of(&reference, validator))
}

pub(super) fn indexed_signature() -> impl Strategy<Value = IndexedSignature> {
    (validator_index(), signature()).prop_map(|(validator, signature)| IndexedSignature {
        validator,
        signature,
    })
}

pub(super) fn availability_certificate() -> impl Strategy<Value = AvailabilityCertificate> {
    (batch_reference(), vec(indexed_signature(), 0..6))
        .prop_map(|(batch, signatures)| AvailabilityCertificate { batch, signatures })
}

pub(super) fn commit_certificate() -> impl Strategy<Value = CommitCertificate> {
    (
        height(),
        round(),
        block_digest(),
        vec(indexed_signature(), 0..6),
    )
        .prop_map(|(height, round, block, signatures)| CommitCertificate {
            height,
            round,
            block,
            signatures,
        })
}

pub(super) fn vote() -> impl Strategy<Value = Vote> {
    let vote_type = prop_oneof![Just(VoteType::Prevote), Just(VoteType::Precommit)];
    (
        vote_type,
        height(),
        round(),
        option::of(block_digest()),
        public_key(),
    )
        .prop_map(|(vote_type, height, round, block, validator)| Vote {
            vote_type,
            height,
            round,
            block,
            validator,
        })
}

pub(super) fn proposal() -> impl Strategy<Value = Proposal> {
    (
        height(),
        round(),
        option::of(round()),
        block_digest(),
        public_key(),
    )
        .prop_map(|(height, round, polka_round, block, validator)| Proposal {
            height,
            round,
            polka_round,
            block,
            validator,
        })
}

/// A statement with a signature of any bytes.
pub(super) fn signed<T: std::fmt::Debug>(
    message: impl Strategy<Value = T>,
) -> impl Strategy<Value = Signed<T>> {
    (message, signature()).prop_map(|(message, signature)| Signed { message, signature })
}

pub(super) fn evidence() -> impl Strategy<Value = Evidence> {
    prop_oneof![
        (signed(vote()), signed(vote())).prop_map(|(a, b)| Evidence::DoubleVote(a, b)),
        (signed(proposal()), signed(proposal())).prop_map(|(a, b)| Evidence::DoubleProposal(a, b)),
    ]
}

pub(super) fn validator() -> impl Strategy<Value = Validator> {
    (
        member_id(),
        public_key(),
        public_key(),
        public_key(),
        public_key(),
    )
        .prop_map(
            |(member, consensus_key, network_key, log_key, cosigner_key)| Validator {
                member,
                consensus_key,
                network_key,
                log_key,
                cosigner_key,
            },
        )
}

pub(super) fn validator_set() -> impl Strategy<Value = ValidatorSet> {
    vec(validator(), 1..6).prop_map(|validators| ValidatorSet::new(validators).unwrap())
}

pub(super) fn key_purpose() -> impl Strategy<Value = KeyPurpose> {
    proptest::sample::select(&KeyPurpose::ALL)
}

pub(super) fn member_key() -> impl Strategy<Value = MemberKey> {
    (public_key(), key_purpose(), height(), option::of(height())).prop_map(
        |(key, purpose, valid_from, valid_until)| MemberKey {
            key,
            purpose,
            valid_from,
            valid_until,
        },
    )
}

pub(super) fn member() -> impl Strategy<Value = Member> {
    (
        member_id(),
        "\\PC{0,40}",
        proptest::collection::btree_set(role(), 0..4),
        vec(member_key(), 0..4),
        proptest::option::of(height()),
    )
        .prop_map(|(id, name, roles, keys, removed_from)| Member {
            id,
            name,
            roles: roles.into_iter().collect(),
            keys,
            removed_from,
        })
}

pub(super) fn block_header() -> impl Strategy<Value = BlockHeader> {
    (
        (ledger_id(), height(), block_digest(), timestamp(), blake3()),
        (any::<u64>(), sha256(), state_root()),
        (validator_set_digest(), contract_set_digest()),
    )
        .prop_map(
            |(
                (ledger, height, parent, time, body),
                (log_size, log_root, state_root),
                (validator_set, contract_set),
            )| BlockHeader {
                protocol_version: PROTOCOL_VERSION,
                ledger,
                height,
                parent,
                time,
                body,
                log_size,
                log_root,
                state_root,
                validator_set,
                contract_set,
            },
        )
}

pub(super) fn block_body() -> impl Strategy<Value = BlockBody> {
    (
        option::of(commit_certificate()),
        vec(availability_certificate(), 0..4),
        vec(evidence(), 0..3),
    )
        .prop_map(|(parent_certificate, batches, evidence)| BlockBody {
            parent_certificate,
            batches,
            evidence,
        })
}

pub(super) fn block() -> impl Strategy<Value = Block> {
    (block_header(), block_body()).prop_map(|(header, body)| Block::new(header, body))
}

pub(super) fn committed_block() -> impl Strategy<Value = CommittedBlock> {
    (
        block(),
        commit_certificate(),
        any::<u64>(),
        sha256(),
        state_root(),
    )
        .prop_map(
            |(block, certificate, log_size, log_root, state_root)| CommittedBlock {
                block,
                certificate,
                log_size,
                log_root,
                state_root,
            },
        )
}

pub(super) fn submission_location() -> impl Strategy<Value = SubmissionLocation> {
    (
        height(),
        log_index(),
        any::<u32>(),
        batch_digest(),
        any::<u32>(),
    )
        .prop_map(
            |(height, first_index, record_count, batch, submission_index)| SubmissionLocation {
                height,
                first_index,
                record_count,
                batch,
                submission_index,
            },
        )
}

/// One piece of damage.
#[derive(Clone, Debug)]
pub(super) enum Damage {
    Flip(Index, u8),
    Set(Index, u8),
    Cut(Index),
    Insert(Index, u8),
    Remove(Index),
    Append(Vec<u8>),
}

impl Damage {
    pub(super) fn apply(&self, bytes: &mut Vec<u8>) {
        if let Self::Append(tail) = self {
            bytes.extend_from_slice(tail);
        }
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Flip(at, bit) => *at.get_mut(bytes) ^= 1 << (bit % 8),
            Self::Set(at, byte) => *at.get_mut(bytes) = *byte,
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Insert(at, byte) => bytes.insert(at.index(bytes.len()), *byte),
            Self::Remove(at) => {
                bytes.remove(at.index(bytes.len()));
            }
            Self::Append(_) => {}
        }
    }
}

/// One to three pieces of damage.
pub(super) fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (
            any::<Index>(),
            prop_oneof![Just(0), Just(1), Just(0xff), any::<u8>()]
        )
            .prop_map(|(at, byte)| Damage::Set(at, byte)),
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        any::<Index>().prop_map(Damage::Remove),
        vec(any::<u8>(), 1..9).prop_map(Damage::Append),
    ];
    vec(one, 1..4)
}
