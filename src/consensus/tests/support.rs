//! Validators with known keys, and short ways to make what they say.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::consensus::*;
use crate::crypto::{Blake3Digest, PublicKey, SecretKey, Signature};
use crate::types::{
    BlockDigest, CommitCertificate, ConsensusParameters, Decode, DecodeError, Encode, Height,
    IndexedSignature, LedgerId, MemberId, Proposal, Round, Signable, Signed, Validator,
    ValidatorIndex, ValidatorSet, Vote, VoteType,
};

pub(crate) fn ledger() -> LedgerId {
    LedgerId(Blake3Digest::of(b"a ledger"))
}

pub(crate) fn block(name: &str) -> BlockDigest {
    BlockDigest(Blake3Digest::of(name.as_bytes()))
}

/// The validators of a test, in the order of their places in the set.
pub(crate) struct Committee {
    seeds: Vec<u8>,
    pub(crate) set: ValidatorSet,
}

impl Committee {
    pub(crate) fn new(count: u8) -> Self {
        let key = |seed: u8| SecretKey::from_seed([seed; 32]).public_key();
        let mut seeds: Vec<u8> = (1..=count).collect();
        seeds.sort_by_key(|seed| *key(*seed).as_bytes());
        let validators = seeds.iter().map(|seed| Validator {
            member: MemberId::new(&format!("member-{seed}")).unwrap(),
            consensus_key: key(*seed),
            network_key: key(seed + 64),
            log_key: key(seed + 128),
            cosigner_key: key(seed + 190),
        });
        let set = ValidatorSet::new(validators.collect()).unwrap();
        Self { seeds, set }
    }

    pub(crate) fn secret(&self, validator: usize) -> SecretKey {
        SecretKey::from_seed([self.seeds[validator]; 32])
    }

    pub(crate) fn key(&self, validator: usize) -> PublicKey {
        self.secret(validator).public_key()
    }

    pub(crate) fn sign<T: Signable>(&self, validator: usize, message: T) -> Signed<T> {
        let signature =
            self.secret(validator)
                .sign(T::DOMAIN, ledger().as_bytes(), &message.to_bytes());
        Signed { message, signature }
    }

    pub(crate) fn vote(
        &self,
        validator: usize,
        vote_type: VoteType,
        (height, round): (u64, u32),
        block: Option<BlockDigest>,
    ) -> Signed<Vote> {
        let vote = Vote {
            vote_type,
            height: Height(height),
            round: Round(round),
            block,
            validator: self.key(validator),
        };
        self.sign(validator, vote)
    }

    pub(crate) fn prevote(
        &self,
        validator: usize,
        at: (u64, u32),
        block: Option<BlockDigest>,
    ) -> Signed<Vote> {
        self.vote(validator, VoteType::Prevote, at, block)
    }

    pub(crate) fn precommit(
        &self,
        validator: usize,
        at: (u64, u32),
        block: Option<BlockDigest>,
    ) -> Signed<Vote> {
        self.vote(validator, VoteType::Precommit, at, block)
    }

    pub(crate) fn proposal(
        &self,
        validator: usize,
        (height, round): (u64, u32),
        polka_round: Option<u32>,
        block: BlockDigest,
    ) -> Signed<Proposal> {
        let proposal = Proposal {
            height: Height(height),
            round: Round(round),
            polka_round: polka_round.map(Round),
            block,
            validator: self.key(validator),
        };
        self.sign(validator, proposal)
    }

    fn signatures(&self, votes: impl Iterator<Item = Signed<Vote>>) -> Vec<IndexedSignature> {
        votes
            .map(|vote| IndexedSignature {
                validator: self.set.index_of(&vote.message.validator).unwrap(),
                signature: vote.signature,
            })
            .collect()
    }

    pub(crate) fn polka(
        &self,
        voters: &[usize],
        at: (u64, u32),
        block: BlockDigest,
    ) -> PolkaCertificate {
        let votes = voters
            .iter()
            .map(|voter| self.prevote(*voter, at, Some(block)));
        PolkaCertificate {
            height: Height(at.0),
            round: Round(at.1),
            block,
            signatures: self.signatures(votes),
        }
    }

    pub(crate) fn commit(
        &self,
        voters: &[usize],
        at: (u64, u32),
        block: BlockDigest,
    ) -> CommitCertificate {
        let votes = voters
            .iter()
            .map(|voter| self.precommit(*voter, at, Some(block)));
        CommitCertificate {
            height: Height(at.0),
            round: Round(at.1),
            block,
            signatures: self.signatures(votes),
        }
    }

    pub(crate) fn round_certificate(
        &self,
        kind: RoundCertificateKind,
        votes: &[Signed<Vote>],
    ) -> RoundCertificate {
        RoundCertificate {
            height: votes[0].message.height,
            round: votes[0].message.round,
            kind,
            votes: votes
                .iter()
                .map(|vote| RoundVote {
                    validator: self.set.index_of(&vote.message.validator).unwrap(),
                    vote_type: vote.message.vote_type,
                    block: vote.message.block,
                    signature: vote.signature,
                })
                .collect(),
        }
    }

    pub(crate) fn proposers(&self, height: u64) -> ProposerOrder {
        ProposerOrder::new(&self.set, Height(height), &BTreeSet::new())
    }

    pub(crate) fn proposer(&self, height: u64, round: u32) -> usize {
        usize::from(self.proposers(height).proposer(Round(round)).unwrap().0)
    }

    pub(crate) fn start(&self, height: u64, replay: Vec<LogRecord>) -> Input {
        Input::StartHeight(Box::new(StartHeight {
            height: Height(height),
            validators: self.set.clone(),
            proposers: self.proposers(height),
            propose_timeout_ms: ConsensusParameters::default().propose_timeout_ms,
            replay,
        }))
    }

    pub(crate) fn consensus(&self, validator: usize) -> Consensus {
        self.restored(validator, SignGuard::unused(), SigningState::Active)
    }

    pub(crate) fn restored(
        &self,
        validator: usize,
        guard: SignGuard,
        signing: SigningState,
    ) -> Consensus {
        Consensus::new(ConsensusSetup {
            ledger: ledger(),
            signer: Some(self.secret(validator)),
            parameters: ConsensusParameters::default(),
            guard,
            signing,
        })
    }

    pub(crate) fn observer(&self) -> Consensus {
        Consensus::new(ConsensusSetup {
            ledger: ledger(),
            signer: None,
            parameters: ConsensusParameters::default(),
            guard: SignGuard::unused(),
            signing: SigningState::Active,
        })
    }

    pub(crate) fn input(&self, message: ConsensusMessage) -> Input {
        message.verify(&ledger(), &self.set).unwrap()
    }
}

pub(crate) fn verdict(at: (u64, u32), block: BlockDigest, verdict: Verdict) -> BlockVerdict {
    BlockVerdict {
        height: Height(at.0),
        round: Round(at.1),
        block,
        verdict,
    }
}

pub(crate) fn timeout(kind: TimeoutKind, (height, round): (u64, u32)) -> Timeout {
    Timeout {
        height: Height(height),
        round: Round(round),
        kind,
    }
}

fn arbitrary_signature() -> impl Strategy<Value = Signature> {
    any::<[u8; 32]>().prop_map(|half| {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&half);
        bytes[32..].copy_from_slice(&half);
        Signature::from_bytes(bytes)
    })
}

fn arbitrary_key() -> impl Strategy<Value = PublicKey> {
    any::<[u8; 32]>().prop_map(|seed| SecretKey::from_seed(seed).public_key())
}

fn arbitrary_block() -> impl Strategy<Value = BlockDigest> {
    any::<[u8; 32]>().prop_map(|bytes| BlockDigest(Blake3Digest::from_bytes(bytes)))
}

fn arbitrary_round() -> impl Strategy<Value = Round> {
    (0..=limits::MAX_ROUND).prop_map(Round)
}

fn arbitrary_vote_type() -> impl Strategy<Value = VoteType> {
    prop_oneof![Just(VoteType::Prevote), Just(VoteType::Precommit)]
}

fn arbitrary_signers<T: std::fmt::Debug>(
    item: impl Strategy<Value = T>,
) -> impl Strategy<Value = Vec<(ValidatorIndex, T)>> {
    prop::collection::btree_map(any::<u16>(), item, 0..8).prop_map(|map| {
        map.into_iter()
            .map(|(index, item)| (ValidatorIndex(index), item))
            .collect()
    })
}

fn arbitrary_indexed() -> impl Strategy<Value = Vec<IndexedSignature>> {
    arbitrary_signers(arbitrary_signature()).prop_map(|signers| {
        signers
            .into_iter()
            .map(|(validator, signature)| IndexedSignature {
                validator,
                signature,
            })
            .collect()
    })
}

pub(crate) fn arbitrary_vote() -> impl Strategy<Value = Signed<Vote>> {
    (
        (arbitrary_vote_type(), any::<u64>(), arbitrary_round()),
        prop::option::of(arbitrary_block()),
        arbitrary_key(),
        arbitrary_signature(),
    )
        .prop_map(
            |((vote_type, height, round), block, validator, signature)| Signed {
                message: Vote {
                    vote_type,
                    height: Height(height),
                    round,
                    block,
                    validator,
                },
                signature,
            },
        )
}

pub(crate) fn arbitrary_proposal() -> impl Strategy<Value = Signed<Proposal>> {
    (
        (any::<u64>(), arbitrary_round()),
        prop::option::of(arbitrary_round()),
        arbitrary_block(),
        arbitrary_key(),
        arbitrary_signature(),
    )
        .prop_map(
            |((height, round), polka_round, block, validator, signature)| Signed {
                message: Proposal {
                    height: Height(height),
                    round,
                    polka_round,
                    block,
                    validator,
                },
                signature,
            },
        )
}

pub(crate) fn arbitrary_polka() -> impl Strategy<Value = PolkaCertificate> {
    (
        any::<u64>(),
        arbitrary_round(),
        arbitrary_block(),
        arbitrary_indexed(),
    )
        .prop_map(|(height, round, block, signatures)| PolkaCertificate {
            height: Height(height),
            round,
            block,
            signatures,
        })
}

pub(crate) fn arbitrary_commit() -> impl Strategy<Value = CommitCertificate> {
    arbitrary_polka().prop_map(|polka| CommitCertificate {
        height: polka.height,
        round: polka.round,
        block: polka.block,
        signatures: polka.signatures,
    })
}

pub(crate) fn arbitrary_round_certificate() -> impl Strategy<Value = RoundCertificate> {
    let kind = prop_oneof![
        Just(RoundCertificateKind::Skip),
        Just(RoundCertificateKind::Precommit)
    ];
    let vote = (
        arbitrary_vote_type(),
        prop::option::of(arbitrary_block()),
        arbitrary_signature(),
    );
    (
        any::<u64>(),
        arbitrary_round(),
        kind,
        arbitrary_signers(vote),
    )
        .prop_map(|(height, round, kind, signers)| RoundCertificate {
            height: Height(height),
            round,
            kind,
            votes: signers
                .into_iter()
                .map(|(validator, (vote_type, block, signature))| RoundVote {
                    validator,
                    vote_type,
                    block,
                    signature,
                })
                .collect(),
        })
}

pub(crate) fn arbitrary_verdict() -> impl Strategy<Value = BlockVerdict> {
    let judged = prop_oneof![Just(Verdict::Valid), Just(Verdict::Invalid)];
    (any::<u64>(), arbitrary_round(), arbitrary_block(), judged).prop_map(
        |(height, round, block, verdict)| BlockVerdict {
            height: Height(height),
            round,
            block,
            verdict,
        },
    )
}

pub(crate) fn arbitrary_message() -> impl Strategy<Value = ConsensusMessage> {
    prop_oneof![
        arbitrary_vote().prop_map(ConsensusMessage::Vote),
        arbitrary_proposal().prop_map(ConsensusMessage::Proposal),
        arbitrary_polka().prop_map(ConsensusMessage::Polka),
        arbitrary_round_certificate().prop_map(ConsensusMessage::Round),
        arbitrary_commit().prop_map(ConsensusMessage::Commit),
    ]
}

pub(crate) fn arbitrary_record() -> impl Strategy<Value = LogRecord> {
    let kind = prop_oneof![
        Just(TimeoutKind::Propose),
        Just(TimeoutKind::Prevote),
        Just(TimeoutKind::Precommit)
    ];
    let timeout = (any::<u64>(), arbitrary_round(), kind).prop_map(|(height, round, kind)| {
        LogRecord::Timeout(Timeout {
            height: Height(height),
            round,
            kind,
        })
    });
    prop_oneof![
        arbitrary_vote().prop_map(LogRecord::Vote),
        arbitrary_proposal().prop_map(LogRecord::Proposal),
        arbitrary_verdict().prop_map(LogRecord::Verdict),
        timeout,
        arbitrary_polka().prop_map(LogRecord::Polka),
    ]
}

/// Whether a value survives being encoded, within the limit of messages and log records.
pub(crate) fn check_round_trip<T>(value: T) -> Result<(), TestCaseError>
where
    T: Encode + Decode + PartialEq + std::fmt::Debug,
{
    let bytes = value.to_bytes();
    prop_assert!(bytes.len() <= limits::MAX_MESSAGE_BYTES);
    prop_assert_eq!(T::from_bytes(&bytes), Ok(value));
    Ok(())
}

/// Whether bytes that are accepted at all are the encoding of what they mean.
pub(crate) fn check_canonical<T: Encode + Decode>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(value) = T::from_bytes(bytes) {
        prop_assert_eq!(value.to_bytes(), bytes);
    }
    Ok(())
}

/// Whether one changed byte gives another value or none, and bytes too few or too many give none.
pub(crate) fn check_mutations<T>(
    value: &T,
    at: prop::sample::Index,
    flip: u8,
    cut: prop::sample::Index,
) -> Result<(), TestCaseError>
where
    T: Encode + Decode + PartialEq + std::fmt::Debug,
{
    let mut bytes = value.to_bytes();
    let at = at.index(bytes.len());
    bytes[at] ^= flip;
    check_canonical::<T>(&bytes)?;
    bytes[at] ^= flip;
    prop_assert!(T::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
    bytes.push(0);
    prop_assert_eq!(
        T::from_bytes(&bytes),
        Err(DecodeError::TrailingBytes { count: 1 })
    );
    Ok(())
}
