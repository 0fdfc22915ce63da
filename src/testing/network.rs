//! A network whose every secret is known: genesis, and what its members and validators sign.

use super::keys::secret_key;
use crate::contracts::{GOVERNOR_ROLE, shipped_contracts};
use crate::crypto::{Blake3Digest, Domain, SecretKey};
use crate::types::{
    Acknowledgement, Atomicity, AvailabilityCertificate, Batch, BatchReference, BatchSequence,
    BlockDigest, CommitCertificate, ConsensusParameters, Evidence, GENESIS_FORMAT, Genesis,
    GenesisDocument, GenesisKey, GenesisMember, GenesisValidator, Height, IndexedSignature,
    KeyPurpose, LedgerId, MemberId, Proposal, Record, Role, Round, Signable, Signed, Submission,
    Timestamp, ValidatorIndex, ValidatorSet, Vote, VoteType,
};

/// The time of every test network's genesis document: 2026-01-01T00:00:00Z.
pub const GENESIS_TIME: Timestamp = Timestamp::from_ms(1_767_225_600_000);

/// A ledger with members `member-0`, `member-1`, …; each has a writer key, and the first of them
/// run a validator each. A validator is named by its index in the set throughout.
#[derive(Debug)]
pub struct TestNetwork {
    document: GenesisDocument,
    genesis: Genesis,
    /// For each validator, in the order of the set, the number of its member.
    seats: Vec<usize>,
}

impl TestNetwork {
    /// A network of `validators` validators and at least as many members.
    pub fn new(validators: usize, members: usize) -> Self {
        Self::from_document(document(validators, members.max(validators)))
    }

    /// The network of a changed document. Keys are found by the number of their member, so members
    /// may be renamed and given more, and validators left out, but their own keys stay.
    pub fn from_document(document: GenesisDocument) -> Self {
        let genesis = Genesis::parse(&serde_json::to_vec(&document).expect("plain data"))
            .expect("a good genesis document");
        let seats = genesis
            .validators()
            .iter()
            .map(|(_, validator)| {
                let holds = |number: &usize| {
                    let key = validator_key(*number, KeyPurpose::Consensus);
                    key.public_key() == validator.consensus_key
                };
                (0..document.members.len())
                    .find(holds)
                    .expect("the validator's own key")
            })
            .collect();
        Self {
            document,
            genesis,
            seats,
        }
    }

    /// The genesis document, for tests that change it.
    pub fn document(&self) -> &GenesisDocument {
        &self.document
    }

    /// The checked genesis.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The ledger.
    pub fn ledger(&self) -> LedgerId {
        self.genesis.ledger()
    }

    /// The validators.
    pub fn validators(&self) -> &ValidatorSet {
        self.genesis.validators()
    }

    /// The id of a member.
    pub fn member(&self, number: usize) -> MemberId {
        self.document.members[number].id.clone()
    }

    /// The writer key of a member.
    pub fn writer(&self, number: usize) -> SecretKey {
        writer_key(number)
    }

    /// The consensus key of a validator.
    pub fn consensus_key(&self, validator: usize) -> SecretKey {
        validator_key(self.seats[validator], KeyPurpose::Consensus)
    }

    /// The libp2p identity of a validator.
    pub fn network_key(&self, validator: usize) -> SecretKey {
        validator_key(self.seats[validator], KeyPurpose::Network)
    }

    /// The log key of a validator.
    pub fn log_key(&self, validator: usize) -> SecretKey {
        validator_key(self.seats[validator], KeyPurpose::Log)
    }

    /// The cosigning key of a validator.
    pub fn cosigner_key(&self, validator: usize) -> SecretKey {
        validator_key(self.seats[validator], KeyPurpose::Cosigner)
    }

    /// Records that a member signs with its writer key, each judged by itself.
    pub fn submission(
        &self,
        member: usize,
        expires: Timestamp,
        records: Vec<Record>,
    ) -> Submission {
        let key = self.writer(member);
        self.submission_with(member, &key, expires, Atomicity::Independent, records)
    }

    /// Records that stand or fall together.
    pub fn atomic_submission(
        &self,
        member: usize,
        expires: Timestamp,
        records: Vec<Record>,
    ) -> Submission {
        let key = self.writer(member);
        self.submission_with(member, &key, expires, Atomicity::AllOrNothing, records)
    }

    /// Records in the name of a member, signed by any key.
    pub fn submission_with(
        &self,
        member: usize,
        key: &SecretKey,
        expires: Timestamp,
        atomicity: Atomicity,
        records: Vec<Record>,
    ) -> Submission {
        Submission::sign(
            self.ledger(),
            self.member(member),
            key,
            expires,
            atomicity,
            records,
        )
        .expect("records within the limits")
    }

    /// A batch that a validator seals for its set.
    pub fn batch(
        &self,
        author: usize,
        sequence: u64,
        last_height: Height,
        submissions: Vec<Submission>,
    ) -> Batch {
        Batch::seal(
            &self.ledger(),
            &self.consensus_key(author),
            BatchSequence(sequence),
            self.validators().digest(),
            last_height,
            submissions,
        )
        .expect("submissions within the limits")
    }

    /// The acknowledgement of a batch by a validator.
    pub fn acknowledgement(
        &self,
        validator: usize,
        batch: &BatchReference,
    ) -> Signed<Acknowledgement> {
        let key = self.consensus_key(validator);
        self.signed(&key, Acknowledgement::of(batch, key.public_key()))
    }

    /// The certificate of a batch by a quorum: the first validators of the set.
    pub fn availability_certificate(&self, batch: &BatchReference) -> AvailabilityCertificate {
        let signatures = (0..self.validators().quorum())
            .map(|validator| IndexedSignature {
                validator: index(validator),
                signature: self.acknowledgement(validator, batch).signature,
            })
            .collect();
        AvailabilityCertificate {
            batch: batch.clone(),
            signatures,
        }
    }

    /// A vote of a validator.
    pub fn vote(
        &self,
        validator: usize,
        vote_type: VoteType,
        height: Height,
        round: Round,
        block: Option<BlockDigest>,
    ) -> Signed<Vote> {
        let key = self.consensus_key(validator);
        let vote = Vote {
            vote_type,
            height,
            round,
            block,
            validator: key.public_key(),
        };
        self.signed(&key, vote)
    }

    /// A proposal of a validator.
    pub fn proposal(
        &self,
        validator: usize,
        height: Height,
        round: Round,
        polka_round: Option<Round>,
        block: BlockDigest,
    ) -> Signed<Proposal> {
        let key = self.consensus_key(validator);
        let proposal = Proposal {
            height,
            round,
            polka_round,
            block,
            validator: key.public_key(),
        };
        self.signed(&key, proposal)
    }

    /// The decision of a block by a quorum in round 0: the first validators of the set.
    pub fn commit_certificate(&self, height: Height, block: BlockDigest) -> CommitCertificate {
        let signers: Vec<usize> = (0..self.validators().quorum()).collect();
        self.commit_certificate_by(&signers, height, block)
    }

    /// The decision of a block in round 0 by these validators, in ascending order.
    pub fn commit_certificate_by(
        &self,
        signers: &[usize],
        height: Height,
        block: BlockDigest,
    ) -> CommitCertificate {
        let round = Round::ZERO;
        let signatures = signers
            .iter()
            .map(|validator| {
                let vote = self.vote(*validator, VoteType::Precommit, height, round, Some(block));
                IndexedSignature {
                    validator: index(*validator),
                    signature: vote.signature,
                }
            })
            .collect();
        CommitCertificate {
            height,
            round,
            block,
            signatures,
        }
    }

    /// A validator's two prevotes for two blocks in round 0 of a height; `variant` makes another
    /// report of the same offence.
    pub fn double_vote(&self, validator: usize, height: Height, variant: u8) -> Evidence {
        let vote = |block: u8| {
            let block = BlockDigest(Blake3Digest::of(&[block, variant]));
            self.vote(
                validator,
                VoteType::Prevote,
                height,
                Round::ZERO,
                Some(block),
            )
        };
        Evidence::double_vote(vote(0), vote(1))
    }

    /// A statement with its signature.
    pub fn signed<T: Signable>(&self, key: &SecretKey, message: T) -> Signed<T> {
        let signature = self.sign(key, T::DOMAIN, &message.to_bytes());
        Signed { message, signature }
    }

    fn sign(&self, key: &SecretKey, domain: Domain, payload: &[u8]) -> crate::crypto::Signature {
        key.sign(domain, self.ledger().as_bytes(), payload)
    }
}

fn index(validator: usize) -> ValidatorIndex {
    ValidatorIndex(u16::try_from(validator).expect("a small set"))
}

fn member_id(number: usize) -> MemberId {
    MemberId::new(&format!("member-{number}")).expect("a label")
}

fn writer_key(number: usize) -> SecretKey {
    secret_key(&format!("member-{number}/writer"))
}

fn validator_key(number: usize, purpose: KeyPurpose) -> SecretKey {
    secret_key(&format!("member-{number}/{purpose}"))
}

/// Whoever runs a validator governs.
fn roles(governs: bool) -> Vec<Role> {
    let governor = Role::new(GOVERNOR_ROLE).expect("a label");
    Vec::from_iter(governs.then_some(governor))
}

fn document(validators: usize, members: usize) -> GenesisDocument {
    let members = (0..members)
        .map(|number| GenesisMember {
            id: member_id(number),
            name: format!("Member {number}"),
            roles: roles(number < validators),
            keys: vec![GenesisKey {
                purpose: KeyPurpose::Writer,
                key: writer_key(number).public_key(),
            }],
        })
        .collect();
    let validators = (0..validators)
        .map(|number| {
            let key = |purpose| validator_key(number, purpose).public_key();
            GenesisValidator {
                member: member_id(number),
                consensus_key: key(KeyPurpose::Consensus),
                network_key: key(KeyPurpose::Network),
                log_key: key(KeyPurpose::Log),
                cosigner_key: key(KeyPurpose::Cosigner),
            }
        })
        .collect();
    GenesisDocument {
        format: GENESIS_FORMAT.to_owned(),
        name: "test.waybill.example".to_owned(),
        time: GENESIS_TIME,
        consensus: ConsensusParameters::default(),
        members,
        validators,
        contracts: shipped_contracts(),
    }
}
