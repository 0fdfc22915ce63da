//! Fixed values of every type that is stored, sent, signed or hashed.

use std::collections::BTreeMap;

use bytes::Bytes;
use waybill::contracts::{
    Asset, AssetKey, AssetOperation, AssetRevision, ChannelId, ChannelState, ContractDecision,
    ContractSchedule, ContractSummary, Custody, CustodyDecision, CustodyEnd, CustodyStep,
    DeviceState, Document, EffectContext, Governors, IndexKey, LatestPoint, ListedField, Listing,
    ListingRow, MasterDataState, MemberRevision, OpenCustody, ProposalState, ProposalStatus,
    ProposalStep, ProposedChange, Rulebook, RunGroup, StateKey, StateWriter, StoredPoint, Task,
    check, execute, shipped_contracts,
};
use waybill::crypto::merkle::Frontier;
use waybill::crypto::{Blake3Digest, Domain, SecretKey, Sha256Digest};
use waybill::ledger::{EntryLocation, LedgerTip, genesis_state};
use waybill::records::telemetry::Expectation;
use waybill::records::{custody, epcis};
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
"contracts":[{{"contract.toml":"{}","README.md":"x","schemas/x.json":"{{}}"}}],
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
        ("README.md", "# x\n"),
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
    let genesis = ContractDecision::GENESIS;
    schedule.install(contract(1), None, genesis).unwrap();
    let decision = ContractDecision {
        next: Height(2),
        from: Height(9),
        by: Some(LogIndex(3)),
    };
    schedule.install(contract(2), None, decision).unwrap();
    schedule
}

/// The version that ended, with its keys.
pub fn ended_contract() -> Vec<u8> {
    let ended = schedule().take_ended(Height(9)).remove(0);
    let (name, version) = (&ended.contract.name, ended.contract.version);
    let mut bytes = StateKey::EndedContract { name, version }.to_bytes();
    bytes.extend(StateKey::EndedVersion(name).to_bytes());
    bytes.extend(ended.to_bytes());
    bytes
}

pub fn proposal_step() -> Vec<u8> {
    let row = IndexKey::ProposalStep {
        proposal: LogIndex(5),
        index: LogIndex(7),
    };
    let step = ProposalStep {
        approvals: vec![member_id()],
        rejections: vec![MemberId::new("carrier").unwrap()],
        status: ProposalStatus::Rejected { by: LogIndex(7) },
    };
    [row.to_bytes(), step.to_bytes()].concat()
}

pub fn governors() -> Vec<u8> {
    let row = IndexKey::Governors {
        height: Height(3),
        index: LogIndex(7),
    };
    [row.to_bytes(), Governors(vec![member_id()]).to_bytes()].concat()
}

pub fn member_revision() -> Vec<u8> {
    let revision = MemberRevision {
        entry: Some(LogIndex(7)),
        member: member(),
    };
    let mut bytes = IndexKey::MemberRevision {
        member: &revision.member.id,
        height: Height(8),
        index: LogIndex(7),
    }
    .to_bytes();
    bytes.extend(revision.to_bytes());
    bytes
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
        stage: Some(AssetStage::new("placed").unwrap()),
        parties: vec![member_id()],
        stated: LogIndex(3),
        body: Bytes::from_static(b"{}"),
    }
}

pub fn asset_revision() -> AssetRevision {
    AssetRevision {
        index: LogIndex(5),
        height: Height(2),
        time: TIME,
        member: member_id(),
        operation: AssetOperation::Update,
        stage: Some(AssetStage::new("placed").unwrap()),
        stated: LogIndex(5),
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

/// The keys of an item in both lists that there are.
pub fn listing_keys() -> Vec<u8> {
    let (contract, member) = (&contract_name(), &member_id());
    let (key, proposal) = (asset_key().to_bytes(), LogIndex(7).to_bytes());
    let assets = Listing::Assets {
        contract,
        party: member,
    };
    let lists = [(assets, &key), (Listing::Custody(member), &proposal)];
    let rows = lists.into_iter().flat_map(|(listing, item)| {
        let (since, until) = (LogIndex(7), LogIndex(9));
        [
            ListingRow::Open(item),
            ListingRow::Past { item, since },
            ListingRow::Ended { until, item },
        ]
        .map(|row| listing.row(row))
    });
    rows.flatten().collect()
}

pub fn device_state() -> DeviceState {
    DeviceState {
        registered: Some(LogIndex(3)),
        channels: vec![ChannelState {
            quantity: "temperature".into(),
            unit: "CEL".into(),
            expectation: Expectation {
                interval_ms: Some(60_000),
                minimum: Decimal::from_json_number("-30.5").ok(),
                maximum: None,
                maximum_change_per_minute: Some(Decimal::from(2)),
            },
            points: 7,
            series: 2,
            first: Some(LogIndex(4)),
            latest: Some(LatestPoint {
                time: TIME,
                value: Decimal::from(4),
                index: LogIndex(9),
            }),
        }],
    }
}

pub fn stored_point() -> Vec<u8> {
    let channel = ChannelId::of(&member_id(), "cold-room-3", "temperature");
    let place = IndexKey::TelemetryPoint {
        channel: &channel,
        time: TIME,
    };
    let point = StoredPoint {
        value: Decimal::from_json_number("-30.5").unwrap(),
        index: LogIndex(9),
    };
    [place.to_bytes(), point.to_bytes()].concat()
}

pub fn production_keys() -> Vec<u8> {
    let site = "https://id.gs1.org/414/9521004000019";
    let groups = [
        RunGroup::ALL,
        RunGroup::of_site(site),
        RunGroup::of_machine(site, "conche-2"),
    ];
    let mut bytes = Vec::new();
    for group in groups {
        let (start, index) = (TIME, LogIndex(7));
        let place = IndexKey::ProductionRun {
            group,
            start,
            index,
        };
        bytes.extend(place.to_bytes());
        bytes.extend(IndexKey::MachineRuns(group).to_bytes());
    }
    bytes.extend(IndexKey::RunCorrection(LogIndex(7)).to_bytes());
    bytes
}

/// What a device, a series and a run leave in the state and the indices, under all their keys.
pub fn family_state() -> Vec<u8> {
    let mut state = Written::default();
    let records = [
        (
            "telemetry.device",
            r#"{"device":"cold-room-3","channels":[{"quantity":"temperature","unit":"CEL"}]}"#,
        ),
        (
            "telemetry.series",
            r#"{"device":"cold-room-3","quantity":"temperature","unit":"CEL",
                "start":"2026-01-01T00:00:00Z","offsetsMs":[0,1],"values":[4.5,5]}"#,
        ),
        (
            "production.run",
            r#"{"run":"r1","site":"urn:example:s","machine":"m1","product":"urn:example:p",
                "start":"2025-12-01T00:00:00Z","end":"2025-12-01T01:00:00Z",
                "output":{"quantity":4,"unit":"EA"}}"#,
        ),
    ];
    let rulebook = Rulebook::of(&shipped_contracts()).unwrap();
    let submitter = member();
    for (index, (kind, body)) in (7..).zip(records) {
        let record = Record {
            kind: RecordKind::new(kind).unwrap(),
            version: 1,
            body: Bytes::from_static(body.as_bytes()),
        };
        let content = check(&rulebook, &record).unwrap();
        let context = EffectContext {
            height: Height(9),
            time: TIME,
            submitter: &submitter,
            index: LogIndex(index),
        };
        let outcome = execute(&mut state, &rulebook, &context, &record, &content).unwrap();
        assert_eq!(outcome, Outcome::Accepted);
    }
    let mut bytes = Vec::new();
    for ((space, key), value) in state.0 {
        let place = Space::ALL.iter().position(|known| *known == space);
        bytes.push(u8::try_from(place.unwrap()).unwrap());
        codec::put_bytes(&mut bytes, &key);
        codec::put_bytes(&mut bytes, &value);
    }
    bytes
}

/// A state that begins empty.
#[derive(Default)]
struct Written(BTreeMap<(Space, Vec<u8>), Bytes>);

impl StateReader for Written {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        Ok(self.0.get(&(space, key.to_vec())).cloned())
    }
}

impl StateWriter for Written {
    fn put(&mut self, space: Space, key: &[u8], value: Bytes) {
        self.0.insert((space, key.to_vec()), value);
    }

    fn remove(&mut self, space: Space, key: &[u8]) {
        self.0.remove(&(space, key.to_vec()));
    }
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
    bytes.extend(IndexKey::EventTime { time, index }.to_bytes());
    for name in &event.names {
        bytes.extend(IndexKey::EventName { name, time, index }.to_bytes());
    }
    for (field, value) in [
        (ListedField::BizStep, &event.biz_step),
        (ListedField::Disposition, &event.disposition),
        (ListedField::ReadPoint, &event.read_point),
        (ListedField::BizLocation, &event.biz_location),
    ] {
        let text = value.as_deref().unwrap();
        bytes.extend(IndexKey::Value { field, text }.to_bytes());
    }
    bytes
}

const THING: &str = "https://id.gs1.org/00/040123450000000016";

pub fn held() -> Custody {
    Custody {
        thing: THING.into(),
        holder: member_id(),
        since: LogIndex(7),
        steps: 3,
        proposal: Some(LogIndex(6)),
    }
}

pub fn open_custody() -> OpenCustody {
    OpenCustody {
        from: member_id(),
        to: MemberId::new("carrier").unwrap(),
        things: vec![THING.into()],
        expires: TIME,
        digest: Sha256Digest::of(b"body"),
    }
}

pub fn custody_step() -> CustodyStep {
    CustodyStep {
        index: LogIndex(6),
        height: Height(2),
        time: TIME,
        from: Some(member_id()),
        since: LogIndex(3),
        to: MemberId::new("carrier").unwrap(),
    }
}

/// A decision of each kind.
pub fn custody_decisions() -> Vec<u8> {
    let ends = [
        CustodyEnd::Accepted,
        CustodyEnd::Rejected,
        CustodyEnd::Withdrawn,
        CustodyEnd::Expired,
    ];
    let of = |end| CustodyDecision {
        end,
        index: LogIndex(9),
        height: Height(3),
        time: TIME,
    };
    ends.into_iter()
        .flat_map(|end| of(end).to_bytes())
        .collect()
}

pub fn document() -> Document {
    Document {
        first: LogIndex(5),
        member: member_id(),
        size_bytes: 11,
        anchors: 2,
    }
}

pub fn master_data_state() -> MasterDataState {
    MasterDataState {
        revision: 2,
        index: LogIndex(5),
        body: Sha256Digest::of(b"body"),
    }
}

/// The keys of master data, in the state and in the indices.
pub fn master_data_keys() -> Vec<u8> {
    let (element, member) = (&epcis::ThingId::of(THING), &member_id());
    let vocabulary = &epcis::ThingId::of_vocabulary("urn:epcglobal:epcis:vtype:EPCClass");
    let state = StateKey::MasterData {
        element,
        vocabulary,
        member,
    };
    let rows = [
        IndexKey::MasterDataRevision {
            element,
            vocabulary,
            member,
            revision: 2,
        },
        IndexKey::VocabularyElement {
            vocabulary,
            element,
        },
    ];
    let rows = rows.into_iter().flat_map(IndexKey::to_bytes);
    state.to_bytes().into_iter().chain(rows).collect()
}

/// The keys of custody and documents, in the state and in the indices.
pub fn custody_keys() -> Vec<u8> {
    let (member, thing) = (member_id(), epcis::ThingId::of(THING));
    let digest = Sha256Digest::of(b"document");
    let (thing, digest, number, index) = (&thing, &digest, 2, LogIndex(7));
    let state = [
        StateKey::Custody(thing),
        StateKey::OpenCustody(index),
        StateKey::CustodyDeadlines(&member),
        StateKey::Document(digest),
    ];
    let rows = [
        IndexKey::CustodyStep { thing, number },
        IndexKey::CustodyDecision(index),
        IndexKey::DocumentAnchor { digest, number },
        IndexKey::DocumentOf { thing, index },
    ];
    let state = state.into_iter().flat_map(StateKey::to_bytes);
    state
        .chain(rows.into_iter().flat_map(IndexKey::to_bytes))
        .collect()
}

pub fn custody_task() -> Task {
    Task::ExpireCustody {
        proposal: LogIndex(6),
        from: member_id(),
    }
}

/// The body of the record that the ledger makes of an expiry.
pub fn custody_expiry() -> Vec<u8> {
    custody::Expiry {
        proposal: LogIndex(6),
        digest: Sha256Digest::of(b"body"),
        from: member_id(),
        to: MemberId::new("carrier").unwrap(),
    }
    .to_body()
}
