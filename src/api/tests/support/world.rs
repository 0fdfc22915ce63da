//! A ledger with four validators and a cocoa trader, and some blocks on it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::captures::MemoryCaptures;
use super::{FakeNode, FakeSubmissions, MemoryLedger, MemoryQueries};
use crate::api::{ApiLimits, ApiSetup, CaptureJobs, CaptureQueue, EpcisSetup, NodePort};
use crate::contracts::{GOVERNOR_ROLE, shipped_contracts};
use crate::crypto::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::crypto::note::{Cosigner, KeyName, LogSigner};
use crate::crypto::policy::Policy;
use crate::crypto::{Blake3Digest, Domain, PublicKey, SecretKey};
use crate::ledger::{self, CheckedBatch, SubmissionContext, checkpoint_policy, witness_name};
use crate::testing::{crates_contract, crates_record, install_contract};
use crate::types::{
    AccessToken, Atomicity, AvailabilityCertificate, Batch, BatchSequence, Block, BlockBody,
    BlockDigest, BlockHeader, CommitCertificate, Encode, Evidence, GENESIS_FORMAT, Genesis,
    GenesisDocument, GenesisKey, GenesisMember, GenesisValidator, Height, IndexedSignature,
    KeyPurpose, LedgerId, MemberId, PROTOCOL_VERSION, Record, RecordKind, Role, Round, Signed,
    Submission, SubmissionId, Timestamp, TokenClaims, ValidatorIndex, Vote, VoteType,
};

pub(in crate::api::tests) const LEDGER_NAME: &str = "ledger.example/cocoa";
const GENESIS_TIME_MS: i64 = 1_727_740_800_000;

/// The ledger with the keys of all who act on it.
pub(in crate::api::tests) struct World {
    pub(in crate::api::tests) genesis: Genesis,
    pub(in crate::api::tests) ledger: Arc<MemoryLedger>,
    pub(in crate::api::tests) node: Arc<FakeNode>,
    pub(in crate::api::tests) submissions: Arc<FakeSubmissions>,
    pub(in crate::api::tests) captures: Arc<MemoryCaptures>,
    named_queries: Arc<MemoryQueries>,
    /// The key that the node signs with for clients without one.
    pub(in crate::api::tests) gateway: Option<Arc<SecretKey>>,
    /// For whom it does, beside the trader.
    pub(in crate::api::tests) capture_members: BTreeSet<MemberId>,
}

fn secret(purpose: u8, number: u8) -> SecretKey {
    let mut seed = [purpose; 32];
    seed[0] = number;
    SecretKey::from_seed(seed)
}

/// The trader's writer key.
pub(in crate::api::tests) fn writer_key() -> SecretKey {
    secret(1, 0)
}

/// The key that the trader's node signs with for clients without one.
pub(in crate::api::tests) fn gateway_key() -> SecretKey {
    secret(6, 0)
}

/// The writer key of another member.
pub(in crate::api::tests) fn grower_key() -> SecretKey {
    secret(1, 1)
}

/// The key of an auditor.
pub(in crate::api::tests) fn inspector_key() -> SecretKey {
    secret(7, 0)
}

/// The network key of the node that is asked.
fn node_key() -> PublicKey {
    secret(3, 0).public_key()
}

fn trader() -> MemberId {
    MemberId::new("trader").unwrap()
}

fn member(number: u8) -> MemberId {
    MemberId::new(&format!("port-{number}")).unwrap()
}

/// A harvest; another number is another event.
pub(in crate::api::tests) fn harvest(number: u32) -> Record {
    let (minute, second) = (number / 60 % 60, number % 60);
    let body = json!({
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "ObjectEvent",
        "eventTime": format!("2024-09-30T06:{minute:02}:{second:02}Z"),
        "eventTimeZoneOffset": "+00:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "quantityList": [{
            "epcClass": "urn:epc:class:lgtin:762003.0418257.FARM12-2024",
            "quantity": 62.50,
            "uom": "KGM"
        }]
    });
    record("epcis.event", body.to_string())
}

pub(in crate::api::tests) fn record(kind: &str, body: impl Into<bytes::Bytes>) -> Record {
    Record {
        kind: RecordKind::new(kind).unwrap(),
        version: 1,
        body: body.into(),
    }
}

impl World {
    /// A ledger before its first block.
    pub(in crate::api::tests) fn new() -> Self {
        let mut members: Vec<GenesisMember> = (0..4)
            .map(|number| GenesisMember {
                id: member(number),
                name: format!("Port {number}"),
                roles: Vec::new(),
                keys: match number {
                    1 => vec![GenesisKey {
                        purpose: KeyPurpose::Writer,
                        key: secret(8, 1).public_key(),
                    }],
                    _ => Vec::new(),
                },
            })
            .collect();
        members.push(GenesisMember {
            id: MemberId::new("trader").unwrap(),
            name: "Cocoa Trader".to_owned(),
            roles: [GOVERNOR_ROLE, "certificate-issuer"]
                .map(|role| Role::new(role).unwrap())
                .to_vec(),
            keys: vec![
                GenesisKey {
                    purpose: KeyPurpose::Writer,
                    key: secret(1, 0).public_key(),
                },
                GenesisKey {
                    purpose: KeyPurpose::Gateway,
                    key: gateway_key().public_key(),
                },
            ],
        });
        for (id, purpose, key) in [
            ("grower", KeyPurpose::Writer, grower_key()),
            ("inspector", KeyPurpose::Auditor, inspector_key()),
        ] {
            members.push(GenesisMember {
                id: MemberId::new(id).unwrap(),
                name: id.to_owned(),
                roles: Vec::new(),
                keys: vec![GenesisKey {
                    purpose,
                    key: key.public_key(),
                }],
            });
        }
        let validators = (0..4)
            .map(|number| GenesisValidator {
                member: member(number),
                consensus_key: secret(2, number).public_key(),
                network_key: secret(3, number).public_key(),
                log_key: secret(4, number).public_key(),
                cosigner_key: secret(5, number).public_key(),
            })
            .collect();
        let document = GenesisDocument {
            format: GENESIS_FORMAT.to_owned(),
            name: LEDGER_NAME.to_owned(),
            time: Timestamp::from_ms(GENESIS_TIME_MS),
            consensus: Default::default(),
            members,
            validators,
            contracts: [shipped_contracts(), vec![crates_contract(1, 10)]].concat(),
        };
        let genesis = Genesis::parse(&serde_json::to_vec(&document).unwrap()).unwrap();
        let ledger = Arc::new(MemoryLedger::new(&genesis));
        Self {
            submissions: Arc::new(FakeSubmissions::new()),
            captures: Arc::new(MemoryCaptures::default()),
            named_queries: Arc::new(MemoryQueries::default()),
            gateway: Some(Arc::new(gateway_key())),
            capture_members: BTreeSet::new(),
            node: Arc::new(FakeNode::new(
                node_key(),
                secret(3, 1).public_key(),
                GENESIS_TIME_MS + 5_000,
            )),
            ledger,
            genesis,
        }
    }

    /// A ledger with three blocks: 300 harvests; a mixed submission beside evidence; nothing. The
    /// checkpoint covers all of it.
    pub(in crate::api::tests) fn with_blocks() -> (Self, Vec<SubmissionId>) {
        let world = Self::new();
        let harvests = world.sign((0..300).map(harvest).collect());
        let mixed = world.sign(vec![
            harvest(7),
            record("epcis.event", "{\"type\": \"ObjectEvent\"}"),
            record("epcis.event", &b"\xff\xfe"[..]),
        ]);
        let ids = vec![harvests.id(), mixed.id()];
        world.commit(vec![harvests], Vec::new());
        world.commit(vec![mixed], vec![world.double_vote()]);
        world.commit(Vec::new(), Vec::new());
        world.cosign();
        (world, ids)
    }

    /// Three blocks more: crates are lent; corrected, and a proposal that its only governing member
    /// adopts; they come back. Returns the index of the proposal.
    pub(in crate::api::tests) fn with_assets() -> (Self, Vec<SubmissionId>, u64) {
        let (world, ids) = Self::with_blocks();
        let trader = MemberId::new("trader").unwrap();
        let crates = |kind: &str, count| crates_record(kind, "PO-7/1", count, &trader);
        let expires = Timestamp::from_ms(GENESIS_TIME_MS + 600_000);
        let proposal = install_contract(&crates_contract(2, 5), None, expires);
        world.commit(vec![world.sign(vec![crates("lend", 3)])], Vec::new());
        let index = world.ledger.ledger_tip().frontier.size() + 1;
        world.commit(
            vec![world.sign(vec![crates("correct", 4), proposal])],
            Vec::new(),
        );
        world.commit(vec![world.sign(vec![crates("return", 4)])], Vec::new());
        world.cosign();
        (world, ids, index)
    }

    pub(in crate::api::tests) fn id(&self) -> LedgerId {
        self.genesis.ledger()
    }

    pub(in crate::api::tests) fn policy(&self) -> Policy {
        checkpoint_policy(LEDGER_NAME, self.genesis.validators()).unwrap()
    }

    pub(in crate::api::tests) fn setup(&self, limits: ApiLimits) -> ApiSetup {
        self.setup_with_queue(limits).0
    }

    /// The setup, and what a worker on capture jobs is told.
    pub(in crate::api::tests) fn setup_with_queue(
        &self,
        limits: ApiLimits,
    ) -> (ApiSetup, CaptureQueue) {
        let (captures, queue) = CaptureJobs::open(self.captures.clone()).unwrap();
        let setup = ApiSetup {
            ledger: self.id(),
            ledger_name: LEDGER_NAME.to_owned(),
            reader: self.ledger.clone(),
            submissions: self.submissions.clone(),
            node: self.node.clone(),
            epcis: EpcisSetup {
                member: trader(),
                node_key: node_key(),
                gateway: self.gateway.clone(),
                capture_members: self.capture_members.clone(),
                captures,
            },
            named_queries: self.named_queries.clone(),
            limits,
        };
        (setup, queue)
    }

    /// The claims of a token that the trader makes now, for this ledger and node.
    pub(in crate::api::tests) fn claims(&self, scopes: &str) -> TokenClaims {
        TokenClaims {
            member: trader(),
            ledger: self.id(),
            node: node_key(),
            issued: self.node.now(),
            lifetime_s: 300,
            scopes: scopes.parse().unwrap(),
        }
    }

    /// A token of the trader's writer key.
    pub(in crate::api::tests) fn token(&self, scopes: &str) -> String {
        AccessToken::sign(&self.claims(scopes), &writer_key())
    }

    /// Signs records for the trader.
    pub(in crate::api::tests) fn sign(&self, records: Vec<Record>) -> Submission {
        self.sign_as(MemberId::new("trader").unwrap(), &secret(1, 0), records)
    }

    /// Signs records for port 1.
    pub(in crate::api::tests) fn sign_as_port(&self, records: Vec<Record>) -> Submission {
        self.sign_as(member(1), &secret(8, 1), records)
    }

    fn sign_as(&self, member: MemberId, key: &SecretKey, records: Vec<Record>) -> Submission {
        Submission::sign(
            self.id(),
            member,
            key,
            Timestamp::from_ms(GENESIS_TIME_MS + 600_000),
            Atomicity::Independent,
            records,
        )
        .unwrap()
    }

    /// Applies a block with a batch of these submissions, if any, a second after the last one.
    pub(in crate::api::tests) fn commit(
        &self,
        submissions: Vec<Submission>,
        evidence: Vec<Evidence>,
    ) {
        self.commit_after(1_000, submissions, evidence);
    }

    /// Applies an empty block of a time.
    pub(in crate::api::tests) fn commit_at(&self, time: Timestamp) {
        self.commit_block(time, Vec::new(), Vec::new());
    }

    /// Applies a block so many milliseconds after the last one.
    pub(in crate::api::tests) fn commit_after(
        &self,
        ms: i64,
        submissions: Vec<Submission>,
        evidence: Vec<Evidence>,
    ) {
        let time = self.ledger.ledger_tip().time.as_ms() + ms;
        self.commit_block(Timestamp::from_ms(time), submissions, evidence);
    }

    fn commit_block(&self, time: Timestamp, submissions: Vec<Submission>, evidence: Vec<Evidence>) {
        let set = self.genesis.validators();
        let tip = self.ledger.ledger_tip();
        let mut batches = Vec::new();
        if !submissions.is_empty() {
            let batch = Batch::seal(
                &self.id(),
                &secret(2, 0),
                BatchSequence(tip.height.0),
                set.digest(),
                Height(tip.height.0 + 100),
                submissions,
            );
            batches.push(Arc::new(batch.unwrap()));
        }
        let snapshot = self.ledger.snapshot();
        let context = SubmissionContext::read(self.id(), &snapshot, tip.height.next()).unwrap();
        let checked: Vec<_> = batches
            .iter()
            .map(|batch| Arc::new(CheckedBatch::check(&context, Arc::clone(batch))))
            .collect();
        let header = BlockHeader {
            protocol_version: PROTOCOL_VERSION,
            ledger: self.id(),
            height: tip.height.next(),
            parent: tip.block,
            time,
            body: Blake3Digest::ZERO,
            log_size: tip.frontier.size(),
            log_root: tip.frontier.root(),
            state_root: tip.state_root,
            validator_set: set.digest(),
            contract_set: context.rulebook.digest(),
        };
        let certificates = batches.iter().map(|batch| AvailabilityCertificate {
            batch: batch.reference().clone(),
            signatures: Vec::new(),
        });
        let body = BlockBody {
            parent_certificate: None,
            batches: certificates.collect(),
            evidence,
        };
        let block = Block::new(header, body);
        let certificate = self.certify(&block);
        let rulebook = &context.rulebook;
        let applied =
            ledger::apply(&snapshot, rulebook, &tip, &block, &certificate, &checked).unwrap();
        self.ledger.commit(&applied, &batches);
    }

    fn certify(&self, block: &Block) -> CommitCertificate {
        let signatures = (0..4).map(|number| {
            let key = secret(2, number).public_key();
            let vote = self.precommit(number, block.height(), Some(block.digest()));
            IndexedSignature {
                validator: self.genesis.validators().index_of(&key).unwrap(),
                signature: vote.signature,
            }
        });
        let mut signatures: Vec<_> = signatures.collect();
        signatures.sort_by_key(|signed: &IndexedSignature| -> ValidatorIndex { signed.validator });
        CommitCertificate {
            height: block.height(),
            round: Round::ZERO,
            block: block.digest(),
            signatures,
        }
    }

    fn precommit(&self, number: u8, height: Height, block: Option<BlockDigest>) -> Signed<Vote> {
        let secret = secret(2, number);
        let message = Vote {
            vote_type: VoteType::Precommit,
            height,
            round: Round::ZERO,
            block,
            validator: secret.public_key(),
        };
        let signature = secret.sign(
            Domain::ConsensusVote,
            self.id().as_bytes(),
            &message.to_bytes(),
        );
        Signed { message, signature }
    }

    /// At height 1 the third validator votes for a block, and for none.
    pub(in crate::api::tests) fn double_vote(&self) -> Evidence {
        self.double_vote_at(1)
    }

    pub(in crate::api::tests) fn double_vote_at(&self, height: u64) -> Evidence {
        let block = BlockDigest(self.id().0);
        Evidence::double_vote(
            self.precommit(2, Height(height), None),
            self.precommit(2, Height(height), Some(block)),
        )
    }

    /// Three of four validators cosign the log as it is.
    pub(in crate::api::tests) fn cosign(&self) {
        let tip = self.ledger.ledger_tip();
        let origin = KeyName::new(LEDGER_NAME).unwrap();
        let checkpoint =
            Checkpoint::new(origin.clone(), tip.frontier.size(), tip.frontier.root()).unwrap();
        let log = LogSigner::new(origin, secret(4, 0));
        let mut signatures = vec![checkpoint.sign_as_log(&log).unwrap()];
        for number in 0..3 {
            let set = self.genesis.validators();
            let index = set.index_of(&secret(2, number).public_key()).unwrap();
            let name = witness_name(LEDGER_NAME, set.get(index).unwrap()).unwrap();
            let cosigner = Cosigner::new(name, secret(5, number));
            signatures.push(checkpoint.cosign(&cosigner, 1_727_740_900).unwrap());
        }
        let signed = SignedCheckpoint::new(checkpoint, signatures).unwrap();
        self.ledger.set_checkpoint(Some(signed.to_string()));
    }
}
