//! The wire and disk formats, pinned.
//!
//! Each type has one fixed value here; the length and SHA-256 of its canonical bytes stand in
//! [`PINNED`]. If this test fails, the bytes that nodes exchange, store, sign or hash have changed:
//! old data would not be read, old signatures not verify, and nodes of two versions not agree.
//!
//! - If the change is an accident, undo it.
//! - If it is meant, give the format a new version (its version constant, or the protocol version
//!   and a height from which it holds), keep the old version readable, add a decision record in
//!   `src/docs/decisions/`, say so in the changelog, and pin the new values: the failing test
//!   prints the whole table.

#![allow(
    clippy::unwrap_used,
    reason = "a test: a fixture that cannot be made has to stop it"
)]

use bytes::Bytes;
use waybill::crypto::merkle::Frontier;
use waybill::crypto::{Blake3Digest, Domain, SecretKey, Sha256Digest};
use waybill::ledger::{EntryLocation, LedgerTip, contract_set, genesis_state};
use waybill::types::*;

/// Name, bytes, SHA-256.
#[rustfmt::skip]
const PINNED: &[(&str, usize, &str)] = &[
    ("acknowledgement, signed", 160, "9e2b5cdea2e107554956db3e642b14f23beffb5343261edaf353f4fede1c35b6"),
    ("availability certificate", 326, "227ced5e48444251ae09fa93381e226cf18bc756612112fe669ffb1c004d9189"),
    ("batch", 644, "0ce7c462743b50b085d3d431ea1479caa0dbdc36e02f25dde1cfc68debe813fe"),
    ("batch digest", 32, "d534b0302c3d8cc46e77f399d8ac33ff57e07ed387cc83e204edb9f64a030192"),
    ("batch reference", 124, "1f9645c5867ef5040e6f5a0788b9a7368d262fa2bed2ab6172b4e433b211d415"),
    ("block", 1371, "199c141083bead05ca3ce8af0a8dfa39c9231ab05ae5d49e6bd1d8e8fd2cdbca"),
    ("block body", 1121, "0108356e92aa0e5d7abf5095ae32f7a304cb3717507dbeb229c09ca8c6b1fb91"),
    ("block body, empty", 9, "3e7077fd2f66d689e0cee6a7cf5b37bf2dca7c979af356d0a31cbc5c85605c7d"),
    ("block digest", 32, "de03df1713998f02c7dec8c9acdd984bc10b63255a1783853d9818eb9835b111"),
    ("block header", 250, "2458c7e9814a28c1b5bb1265142a9d55e0dd79ae8a5de796ffe2de718bd13a2f"),
    ("commit certificate", 246, "14e45c2b1930cf33b081fd4ed1edd361fc7b420a781acdc82e84590a527ed7f7"),
    ("committed block", 1689, "1a282a63e1f68e85e790590067e117b6631d1dfcd3a7e0dc686476232ed6d763"),
    ("contract set digest", 32, "d2c1b68477e13f1d726a172bb01b2881afdd1d33a2e0551c792003acc0891fa6"),
    ("entry, block", 114, "51157e02775bd0ac0f22d1bae7336dd38401770a6d45a23f839fe665731f3ad3"),
    ("entry, derived", 93, "f9e434ceeb719244b0afa9055b644632ad8c02db6c4fcedbbf55bc327e26ca8a"),
    ("entry, evidence", 271, "6f41610a401a50edf528703d445d2ad4276b9a3531cde7f2d3ad49fe3029f09f"),
    ("entry, accepted", 144, "b49a06e72b6fe661f19a6fd0e5de87cd6e8055823ba201a2d5bd67ff9aaaab2d"),
    ("entry, duplicate", 152, "f05b2177beb1562a4c6a29d1fc18b62a032f5a772eb3a4868039c29d01124c93"),
    ("entry, rejected", 183, "3a9c94ded79882cddf1f87c11a0c8f6dd278e5c45060884d1dbd56c366e4fb51"),
    ("entry location, inline", 10, "65be217caa2491ab70634fb6517713bfea040c9b18620bfa6405350cba226219"),
    ("entry location, submitted", 133, "f9c50eff709244391c8134222ee2b796557802047c919d10ad5690f44d7ae595"),
    ("evidence, double vote", 253, "607c09a1d884c95c589b619495a4234892bbf3ee33d8b065534592ad546e9616"),
    ("evidence, double proposal", 287, "5708b89791f906b9db7f0a58ae0ac19fc68e7615e7668d61752ca214408758c1"),
    ("genesis state", 2059, "21b79e885b956f3f729a0f7388afeeb75544188404f388aea140e53e74f2cd43"),
    ("ledger tip", 189, "8b4a32736275e9199cbc19ea28aeb370d3193eeddeac51404b75eef818a2a893"),
    ("member", 143, "2b9bc4019a386bce9c0c7e00a20738082f43030ff372bdb8b6f56f7f23b8fda0"),
    ("offence", 32, "44e097d762c9574d95dfb9133a45c5e9eebb7afdfee3b29df91b5c7fed452fdf"),
    ("proposal, signed", 145, "9ad69a2a6ee9d33c4e6e32421a5cbd8e93ce08aa02c3725383e8c309459c97c7"),
    ("record", 43, "b861c633746a6f8609561ae770da646d0b2ec3d9a0ce1a50bf1f6f46e50f565b"),
    ("record root", 32, "0565a961c71a14903d68afee28665505916f418bd3ad7f4998a6908e3170e4e5"),
    ("submission, atomic", 247, "5385305232824d21172934a34bab581bec1c70de8126a00ee1b0e26b56d153c7"),
    ("submission, independent", 247, "67c65b5e7d13c93027cd3ed395bd6f8355f7ed607aadbc4971f2243cad0c069b"),
    ("submission document", 521, "2af3ac16c71bd2bb889b4c1cfef464857478894533e73780d1b716afcfdbb27e"),
    ("submission header", 91, "8acab89fc53e33d6064e133dd6e11c83105716ba8d006bd97b757e194c25ea21"),
    ("submission id", 32, "668938fbae0464ce80a5a804717cab46f12f22a0a3c5078bc495c04b08f9a528"),
    ("submission, signed bytes", 145, "df874072feb7c770cf9a8b5f7aacfcbf8ff3a44c3c6ba43c63f8148f80dc3dc2"),
    ("submission location", 56, "5a2c1fcb11a117562d03cbda09e6c93024a8b4b1fc81bf55be37b95a20001961"),
    ("validator set", 572, "037d2a366fbbf30095efde3b2686e95b4cc81445bce60834aaea5cd659419a85"),
    ("validator set digest", 32, "cc55d6ab741a075b7a6ad8e00b8e81be0b1e9e51969cec8633e51938033d303a"),
    ("vote for a block, signed", 142, "391c66dc3eeed843e7812000f53c3032481c5c894d932e4bf5c0024fa3db347a"),
    ("vote for nil, signed", 110, "7f477829d457240fb6e96723812f5c693a2daca1e01e144cc6b1f508ecda8358"),
];

const LEDGER: LedgerId = LedgerId(Blake3Digest::from_bytes([7; 32]));
const TIME: Timestamp = Timestamp::from_ms(1_767_225_600_123);

/// The secret keys of these values.
fn secret(number: u8) -> SecretKey {
    SecretKey::from_seed([number; 32])
}

fn digest(number: u8) -> Blake3Digest {
    Blake3Digest::of(&[number])
}

fn member_id() -> MemberId {
    MemberId::new("acme-foods").unwrap()
}

fn record() -> Record {
    Record {
        kind: RecordKind::new("epcis.event").unwrap(),
        version: 1,
        body: Bytes::from_static(b"{\"type\":\"ObjectEvent\"}"),
    }
}

fn submission(atomicity: Atomicity) -> Submission {
    let records = vec![record(), record()];
    Submission::sign(LEDGER, member_id(), &secret(1), TIME, atomicity, records).unwrap()
}

fn validators() -> ValidatorSet {
    let validator = |number: u8| Validator {
        member: member_id(),
        consensus_key: secret(10 * number + 1).public_key(),
        network_key: secret(10 * number + 2).public_key(),
        log_key: secret(10 * number + 3).public_key(),
        cosigner_key: secret(10 * number + 4).public_key(),
    };
    ValidatorSet::new((1..=4).map(validator).collect()).unwrap()
}

fn batch() -> Batch {
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

fn signatures() -> Vec<IndexedSignature> {
    (0..3)
        .map(|place| IndexedSignature {
            validator: ValidatorIndex(place),
            signature: secret(1).sign(Domain::ConsensusVote, LEDGER.as_bytes(), b"fixture"),
        })
        .collect()
}

fn vote(block: Option<BlockDigest>) -> Signed<Vote> {
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

fn proposal(polka_round: Option<Round>) -> Signed<Proposal> {
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

fn acknowledgement() -> Signed<Acknowledgement> {
    let message = Acknowledgement::of(batch().reference(), secret(21).public_key());
    let domain = Acknowledgement::DOMAIN;
    let signature = secret(21).sign(domain, LEDGER.as_bytes(), &message.to_bytes());
    Signed { message, signature }
}

fn double_vote() -> Evidence {
    Evidence::double_vote(vote(None), vote(Some(BlockDigest(digest(1)))))
}

fn commit_certificate() -> CommitCertificate {
    CommitCertificate {
        height: Height(8),
        round: Round(2),
        block: BlockDigest(digest(1)),
        signatures: signatures(),
    }
}

fn availability_certificate() -> AvailabilityCertificate {
    AvailabilityCertificate {
        batch: batch().reference().clone(),
        signatures: signatures(),
    }
}

fn header() -> BlockHeader {
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

fn body() -> BlockBody {
    BlockBody {
        parent_certificate: Some(commit_certificate()),
        batches: vec![availability_certificate()],
        evidence: vec![
            double_vote(),
            Evidence::double_proposal(proposal(None), proposal(Some(Round(1)))),
        ],
    }
}

fn member() -> Member {
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
    }
}

fn submitted(outcome: Outcome) -> EntryContent {
    EntryContent::Submitted(Box::new(SubmittedEntry {
        member: member_id(),
        key: secret(1).public_key(),
        submission: submission(Atomicity::Independent).id(),
        record_index: 1,
        outcome,
        record: record(),
    }))
}

fn entry(content: EntryContent) -> Vec<u8> {
    let height = Height(9);
    let time = TIME;
    let entry = Entry {
        height,
        time,
        content,
    };
    entry.to_bytes()
}

fn rejected() -> Outcome {
    Outcome::Rejected(Rejection::new("invalid-record", "no such field: é"))
}

fn tip() -> LedgerTip {
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

fn location() -> EntryLocation {
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

/// Every value that the genesis document of a one-node ledger puts into the state.
fn genesis_writes() -> Vec<u8> {
    let text = format!(
        r#"{{"format":"waybill-genesis/1","name":"fixture.example","time":"2026-01-01T00:00:00.000Z",
"consensus":{{"blockBeatMs":25,"heartbeatMs":10000,"proposeTimeoutMs":1000,"voteTimeoutMs":500,
"timeoutStepMs":500,"clockDriftMs":1000,"checkpointInterval":1}},
"members":[{{"id":"acme-foods","name":"Acme Foods","roles":["producer"],
"keys":[{{"purpose":"writer","key":"{}"}}]}}],
"validators":[{{"member":"acme-foods","consensusKey":"{}","networkKey":"{}","logKey":"{}",
"cosignerKey":"{}"}}]}}"#,
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

fn values() -> Vec<(&'static str, Vec<u8>)> {
    let independent = submission(Atomicity::Independent);
    let record_root = independent.record_tree().root();
    vec![
        ("acknowledgement, signed", acknowledgement().to_bytes()),
        (
            "availability certificate",
            availability_certificate().to_bytes(),
        ),
        ("batch", batch().bytes().to_vec()),
        ("batch digest", batch().digest().to_bytes()),
        ("batch reference", batch().reference().to_bytes()),
        ("block", Block::new(header(), body()).to_bytes()),
        ("block body", body().to_bytes()),
        ("block body, empty", BlockBody::default().to_bytes()),
        ("block digest", header().digest().to_bytes()),
        ("block header", header().to_bytes()),
        ("commit certificate", commit_certificate().to_bytes()),
        (
            "committed block",
            CommittedBlock {
                block: Block::new(header(), body()),
                certificate: commit_certificate(),
                log_size: 80,
                log_root: Sha256Digest::of(b"new log"),
                state_root: StateRoot(digest(5)),
            }
            .to_bytes(),
        ),
        ("contract set digest", contract_set().to_bytes()),
        (
            "entry, block",
            entry(EntryContent::Block(BlockEntry {
                block: BlockDigest(digest(1)),
                state_root: StateRoot(digest(3)),
                validator_set: validators().digest(),
            })),
        ),
        (
            "entry, derived",
            entry(EntryContent::Derived {
                source: Sha256Digest::of(b"cause"),
                record: record(),
            }),
        ),
        (
            "entry, evidence",
            entry(EntryContent::Evidence(Box::new(double_vote()))),
        ),
        ("entry, accepted", entry(submitted(Outcome::Accepted))),
        (
            "entry, duplicate",
            entry(submitted(Outcome::Duplicate { of: LogIndex(4) })),
        ),
        ("entry, rejected", entry(submitted(rejected()))),
        (
            "entry location, inline",
            EntryLocation::Inline(Bytes::from_static(b"entry")).to_bytes(),
        ),
        ("entry location, submitted", location().to_bytes()),
        ("evidence, double vote", double_vote().to_bytes()),
        (
            "evidence, double proposal",
            Evidence::double_proposal(proposal(None), proposal(Some(Round(1)))).to_bytes(),
        ),
        ("genesis state", genesis_writes()),
        ("ledger tip", tip().to_bytes()),
        ("member", member().to_bytes()),
        ("offence", double_vote().offence().to_bytes().to_vec()),
        ("proposal, signed", proposal(Some(Round(1))).to_bytes()),
        ("record", record().to_bytes()),
        ("record root", record_root.to_bytes().to_vec()),
        (
            "submission, atomic",
            submission(Atomicity::AllOrNothing).to_bytes(),
        ),
        ("submission, independent", independent.to_bytes()),
        (
            "submission document",
            serde_json::to_vec(&SubmissionDocument::from(&independent)).unwrap(),
        ),
        ("submission header", independent.header().to_bytes()),
        ("submission id", independent.id().to_bytes()),
        (
            "submission, signed bytes",
            independent.header().signed_bytes(&record_root),
        ),
        (
            "submission location",
            SubmissionLocation {
                height: Height(9),
                first_index: LogIndex(77),
                record_count: 2,
                batch: batch().digest(),
                submission_index: 1,
            }
            .to_bytes(),
        ),
        ("validator set", validators().to_bytes()),
        ("validator set digest", validators().digest().to_bytes()),
        (
            "vote for a block, signed",
            vote(Some(BlockDigest(digest(1)))).to_bytes(),
        ),
        ("vote for nil, signed", vote(None).to_bytes()),
    ]
}

#[test]
fn formats_are_as_pinned() {
    let found: Vec<(&str, usize, String)> = values()
        .iter()
        .map(|(name, bytes)| (*name, bytes.len(), Sha256Digest::of(bytes).to_string()))
        .collect();
    let pinned: Vec<(&str, usize, String)> = PINNED
        .iter()
        .map(|(name, length, hash)| (*name, *length, (*hash).to_owned()))
        .collect();
    let changed: Vec<&str> = found
        .iter()
        .filter(|value| !pinned.contains(value))
        .map(|(name, _, _)| *name)
        .collect();
    let table: String = found
        .iter()
        .map(|(name, length, hash)| format!("    ({name:?}, {length}, {hash:?}),\n"))
        .collect();
    assert!(
        found == pinned,
        "formats changed: {changed:?}; what to do is said at the head of this file. All values \
         now:\n{table}"
    );
}

/// The pinned values are those of real, valid things.
#[test]
fn the_fixtures_are_valid() {
    assert!(submission(Atomicity::AllOrNothing).verify().is_ok());
    assert!(batch().verify_author(&LEDGER).is_ok());
    assert!(vote(None).verify(&LEDGER).is_ok());
    assert!(proposal(None).verify(&LEDGER).is_ok());
    assert!(acknowledgement().verify(&LEDGER).is_ok());
    assert!(double_vote().verify(&LEDGER).is_ok());
}
