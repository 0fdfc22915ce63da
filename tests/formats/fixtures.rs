//! Fixed values of every type that is stored, sent, signed or hashed.

use std::collections::BTreeMap;

use bytes::Bytes;
use waybill::contracts::{
    Asset, AssetKey, AssetOperation, AssetRevision, ContractSchedule, ContractSummary, IndexKey,
    ProposalState, ProposalStatus, ProposedChange,
};
use waybill::crypto::merkle::Frontier;
use waybill::crypto::{Blake3Digest, Domain, SecretKey, Sha256Digest};
use waybill::ledger::{EntryLocation, LedgerTip, genesis_state};
use waybill::records::epcis;
use waybill::types::*;

pub const LEDGER: LedgerId = LedgerId(Blake3Digest::from_bytes([7; 32]));
pub const TIME: Timestamp = Timestamp::from_ms(1_767_225_600_123);

/// The secret keys of these values.
pub fn secret(number: u8) -> SecretKey {
    SecretKey::from_seed([number; 32])
}

pub fn digest(number: u8) -> Blake3Digest {
    Blake3Digest::of(&[number])
}

pub fn member_id() -> MemberId {
    MemberId::new("acme-foods").unwrap()
}

pub fn record() -> Record {
    Record {
        kind: RecordKind::new("epcis.event").unwrap(),
        version: 1,
        body: Bytes::from_static(b"{\"type\":\"ObjectEvent\"}"),
    }
}

pub fn submission(atomicity: Atomicity) -> Submission {
    let records = vec![record(), record()];
    Submission::sign(LEDGER, member_id(), &secret(1), TIME, atomicity, records).unwrap()
}

pub fn validators() -> ValidatorSet {
    let validator = |number: u8| Validator {
        member: member_id(),
        consensus_key: secret(10 * number + 1).public_key(),
        network_key: secret(10 * number + 2).public_key(),
        log_key: secret(10 * number + 3).public_key(),
        cosigner_key: secret(10 * number + 4).public_key(),
    };
    ValidatorSet::new((1..=4).map(validator).collect()).unwrap()
}

pub fn batch() -> Batch {
    Batch::seal(
        &LEDGER,
        &secret(11),
        BatchSequence(5),
        validators().digest(),
        Height(9),
        vec![
            submission(Atomicity::Independent),
            submission(Atomicity::AllOrNothing),
        ],
    )
    .unwrap()
}

pub fn signatures() -> Vec<IndexedSignature> {
    (0..3)
        .map(|place| IndexedSignature {
            validator: ValidatorIndex(place),
            signature: secret(1).sign(Domain::ConsensusVote, LEDGER.as_bytes(), b"fixture"),
        })
        .collect()
}

pub fn vote(block: Option<BlockDigest>) -> Signed<Vote> {
    let message = Vote {
        vote_type: VoteType::Precommit,
        height: Height(8),
        round: Round(2),
        block,
        validator: secret(11).public_key(),
    };
    let signature = secret(11).sign(Vote::DOMAIN, LEDGER.as_bytes(), &message.to_bytes());
    Signed { message, signature }
}

pub fn proposal(polka_round: Option<Round>) -> Signed<Proposal> {
    let message = Proposal {
        height: Height(8),
        round: Round(2),
        polka_round,
        block: BlockDigest(digest(1)),
        validator: secret(11).public_key(),
    };
    let signature = secret(11).sign(Proposal::DOMAIN, LEDGER.as_bytes(), &message.to_bytes());
    Signed { message, signature }
}

pub fn acknowledgement() -> Signed<Acknowledgement> {
    let message = Acknowledgement::of(batch().reference(), secret(21).public_key());
    let domain = Acknowledgement::DOMAIN;
    let signature = secret(21).sign(domain, LEDGER.as_bytes(), &message.to_bytes());
    Signed { message, signature }
}

pub fn double_vote() -> Evidence {
    Evidence::double_vote(vote(None), vote(Some(BlockDigest(digest(1)))))
}

pub fn commit_certificate() -> CommitCertificate {
    CommitCertificate {
        height: Height(8),
        round: Round(2),
        block: BlockDigest(digest(1)),
        signatures: signatures(),
    }
}

pub fn availability_certificate() -> AvailabilityCertificate {
    AvailabilityCertificate {
        batch: batch().reference().clone(),
        signatures: signatures(),
    }
}

pub fn header() -> BlockHeader {
    BlockHeader {
        protocol_version: PROTOCOL_VERSION,
        ledger: LEDGER,
        height: Height(9),
        parent: BlockDigest(digest(1)),
        time: TIME,
        body: digest(2),
        log_size: 77,
        log_root: Sha256Digest::of(b"log"),
        state_root: StateRoot(digest(3)),
        validator_set: validators().digest(),
        contract_set: ContractSetDigest(digest(4)),
    }
}

pub fn body() -> BlockBody {
    BlockBody {
        parent_certificate: Some(commit_certificate()),
        batches: vec![availability_certificate()],
        evidence: vec![
            double_vote(),
            Evidence::double_proposal(proposal(None), proposal(Some(Round(1)))),
        ],
    }
}

pub fn member() -> Member {
    let key = |number, purpose, valid_until| MemberKey {
        key: secret(number).public_key(),
        purpose,
        valid_from: Height(3),
        valid_until,
    };
    Member {
        id: member_id(),
        name: "Acme Foods é".to_owned(),
        roles: vec![Role::new("producer").unwrap()],
        keys: vec![
            key(1, KeyPurpose::Writer, None),
            key(2, KeyPurpose::Auditor, Some(Height(6))),
        ],
        removed_from: Some(Height(6)),
    }
}

pub fn submitted(outcome: Outcome) -> EntryContent {
    EntryContent::Submitted(Box::new(SubmittedEntry {
        member: member_id(),
        key: secret(1).public_key(),
        submission: submission(Atomicity::Independent).id(),
        record_index: 1,
        outcome,
        record: record(),
    }))
}

pub fn entry(content: EntryContent) -> Vec<u8> {
    let height = Height(9);
    let time = TIME;
    let entry = Entry {
        height,
        time,
        content,
    };
    entry.to_bytes()
}

pub fn rejected() -> Outcome {
    Outcome::Rejected(Rejection::new("invalid-record", "no such field: é"))
}

pub fn tip() -> LedgerTip {
    let mut frontier = Frontier::new();
    for leaf in 0..13u8 {
        frontier.append(Sha256Digest::of(&[leaf]), |_| {}).unwrap();
    }
    LedgerTip {
        height: Height(9),
        block: BlockDigest(digest(1)),
        time: TIME,
        frontier,
        state_root: StateRoot(digest(3)),
    }
}

pub fn location() -> EntryLocation {
    EntryLocation::Submitted {
        height: Height(9),
        time: TIME,
        batch: batch().digest(),
        submission: submission(Atomicity::Independent).id(),
        submission_offset: 86,
        record_offset: 187,
        record_index: 1,
        outcome: rejected(),
    }
}

/// A contract that compiles and does nothing.
const CONTRACT: &str = "name = \"fixture\"
version = 1
title = \"A fixture\"
[[record]]
kind = \"fixture.x\"
version = 1
title = \"an x\"
schema = \"schemas/x.json\"
";

/// Every value that the genesis document of a one-node ledger puts into the state.
pub fn genesis_writes() -> Vec<u8> {
    let text = format!(
        r#"{{"format":"waybill-genesis/1","name":"fixture.example","time":"2026-01-01T00:00:00.000Z",
"consensus":{{"blockBeatMs":25,"heartbeatMs":10000,"proposeTimeoutMs":1000,"voteTimeoutMs":500,
"timeoutStepMs":500,"clockDriftMs":1000,"checkpointInterval":1}},
"contracts":[{{"contract.toml":"{}","schemas/x.json":"{{}}"}}],
"members":[{{"id":"acme-foods","name":"Acme Foods","roles":["governor","producer"],
"keys":[{{"purpose":"writer","key":"{}"}}]}}],
"validators":[{{"member":"acme-foods","consensusKey":"{}","networkKey":"{}","logKey":"{}",
"cosignerKey":"{}"}}]}}"#,
        CONTRACT.replace('"', "'").replace('\n', "\\n"),
        secret(1).public_key(),
        secret(11).public_key(),
        secret(12).public_key(),
        secret(13).public_key(),
        secret(14).public_key(),
    );
    let genesis = Genesis::parse(text.as_bytes()).unwrap();
    let (tip, writes) = genesis_state(&genesis).unwrap();
    let mut bytes = tip.to_bytes();
    for write in writes {
        let space = Space::ALL.iter().position(|space| *space == write.space);
        bytes.push(u8::try_from(space.unwrap()).unwrap());
        codec::put_bytes(&mut bytes, &write.key);
        codec::put_bytes(&mut bytes, &write.value.unwrap_or_default());
    }
    bytes
}

pub fn bundle() -> ContractBundle {
    let files = [
        (MANIFEST_FILE, "name = \"x\"\n"),
        ("schemas/x.json", "{}\n"),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    ContractBundle::new(BTreeMap::from(files)).unwrap()
}

pub fn contract_name() -> ContractName {
    ContractName::new("orders").unwrap()
}

fn contract(version: u32) -> ContractSummary {
    ContractSummary {
        name: contract_name(),
        version,
        digest: bundle().digest(),
        kinds: vec![RecordKind::new("orders.order").unwrap()],
    }
}

pub fn schedule() -> ContractSchedule {
    let mut schedule = ContractSchedule::default();
    schedule.install(contract(1), Height(0)).unwrap();
    schedule.install(contract(2), Height(9)).unwrap();
    schedule
}

pub fn contract_proposal(status: ProposalStatus) -> Vec<u8> {
    let proposal = |change, from_height| ProposalState {
        proposer: member_id(),
        change,
        from_height,
        expires: TIME,
        reason: "because".to_owned(),
        digest: Sha256Digest::of(b"body"),
        approvals: vec![member_id()],
        rejections: Vec::new(),
        status,
    };
    let install = ProposedChange::InstallContract {
        name: contract_name(),
        version: 2,
        digest: bundle().digest(),
    };
    let retire = ProposedChange::RetireContract {
        name: contract_name(),
    };
    let mut bytes = proposal(install, Some(Height(9))).to_bytes();
    proposal(retire, None).encode(&mut bytes);
    for change in changes_of_members() {
        proposal(change, None).encode(&mut bytes);
    }
    bytes
}

fn changes_of_members() -> Vec<ProposedChange> {
    let key = |number| secret(number).public_key();
    let new = || Validator {
        member: member_id(),
        consensus_key: key(11),
        network_key: key(12),
        log_key: key(13),
        cosigner_key: key(14),
    };
    let roles = || vec![Role::new("producer").unwrap()];
    vec![
        ProposedChange::AddMember {
            member: member_id(),
            name: "Acme Foods é".to_owned(),
            roles: roles(),
            keys: vec![ProvenKey {
                purpose: KeyPurpose::Writer,
                key: key(1),
                proof: KeyProof::sign(&secret(1), &LEDGER, &member_id(), KeyPurpose::Writer),
            }],
        },
        ProposedChange::ChangeRoles {
            member: member_id(),
            roles: roles(),
        },
        ProposedChange::RemoveMember {
            member: member_id(),
        },
        ProposedChange::AddValidator(new()),
        ProposedChange::RemoveValidator {
            consensus_key: key(1),
        },
        ProposedChange::ReplaceValidator {
            consensus_key: key(1),
            new: new(),
        },
    ]
}

pub fn asset_key() -> AssetKey {
    AssetKey::new("PO-7/1").unwrap()
}

pub fn asset() -> Asset {
    Asset {
        is_closed: false,
        revision: 2,
        created: LogIndex(3),
        latest: LogIndex(5),
        member: member_id(),
        contract_version: 1,
        body: Bytes::from_static(b"{}"),
    }
}

pub fn asset_revision() -> AssetRevision {
    AssetRevision {
        index: LogIndex(5),
        height: Height(2),
        time: TIME,
        operation: AssetOperation::Update,
    }
}

pub fn asset_revision_key() -> Vec<u8> {
    IndexKey::AssetRevision {
        contract: &contract_name(),
        key: &asset_key(),
        revision: 2,
    }
    .to_bytes()
}

fn checked_event() -> epcis::CheckedEvent {
    let body = br#"{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type":"TransformationEvent","eventTime":"2026-05-01T10:00:00Z","eventTimeZoneOffset":"+02:00",
        "eventID":"urn:uuid:00000000-0000-4000-8000-000000000001",
        "inputQuantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.012345.L1","quantity":2.5,"uom":"KGM"}],
        "outputEPCList":["urn:epc:id:sgtin:4012345.011111.9"],"transformationID":"urn:example:t:1",
        "bizStep":"commissioning","disposition":"active","readPoint":{"id":"urn:epc:id:sgln:4012345.00001.0"},
        "bizLocation":{"id":"urn:epc:id:sgln:4012345.00002.0"},
        "errorDeclaration":{"declarationTime":"2026-05-02T10:00:00Z",
            "correctiveEventIDs":["urn:uuid:00000000-0000-4000-8000-000000000002"]}}"#;
    epcis::check(body).unwrap()
}

pub fn trace_event() -> Vec<u8> {
    checked_event().trace.to_vec()
}

pub fn event_index_keys() -> Vec<u8> {
    let event = checked_event();
    let index = LogIndex(7);
    let time = event.event_time;
    let mut bytes = event.identity.as_bytes().to_vec();
    for (thing, roles) in &event.things {
        bytes.extend(IndexKey::Mention { thing, time, index }.to_bytes());
        bytes.push(roles.to_byte());
    }
    bytes.extend(IndexKey::Declaration(index).to_bytes());
    let key = Sha256Digest::of(b"key");
    bytes.extend(IndexKey::EarlyDeclaration(&key).to_bytes());
    bytes
}
