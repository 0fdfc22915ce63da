//! Genesis documents: a good one, and one for each thing that can be wrong.

use serde_json::{Value, json};

use super::*;
use crate::testing::{TestNetwork, secret_key};
use crate::types::limits::MAX_VALIDATORS;

fn good() -> GenesisDocument {
    TestNetwork::new(4, 6).document().clone()
}

fn parse(document: &GenesisDocument) -> Result<Genesis, GenesisError> {
    Genesis::parse(&serde_json::to_vec(document).unwrap())
}

fn fault(change: impl FnOnce(&mut GenesisDocument)) -> GenesisError {
    let mut document = good();
    change(&mut document);
    parse(&document).unwrap_err()
}

fn key(label: &str) -> PublicKey {
    secret_key(label).public_key()
}

fn stated_key(label: &str) -> GenesisKey {
    GenesisKey {
        purpose: KeyPurpose::Writer,
        key: key(label),
    }
}

#[test]
fn a_good_document_is_read() {
    let document = good();
    let bytes = serde_json::to_vec_pretty(&document).unwrap();
    let genesis = Genesis::parse(&bytes).unwrap();
    assert_eq!(genesis.ledger(), LedgerId(Blake3Digest::of(&bytes)));
    assert_eq!(genesis.name(), document.name);
    assert_eq!(genesis.time(), document.time);
    assert_eq!(genesis.consensus(), &document.consensus);
    assert_eq!(genesis.members().len(), 6);
    assert_eq!(genesis.validators().len(), 4);
    let validator = &document.validators[0];
    let member = &genesis.members()[0];
    assert_eq!(member.id, validator.member);
    // The keys of validators are their members' keys, from the first height on.
    for (key, purpose) in [
        (validator.consensus_key, KeyPurpose::Consensus),
        (validator.network_key, KeyPurpose::Network),
        (validator.log_key, KeyPurpose::Log),
        (validator.cosigner_key, KeyPurpose::Cosigner),
    ] {
        let registered = member.key(&key).unwrap();
        assert_eq!(registered.purpose, purpose);
        assert!(registered.is_active_at(Height::FIRST));
    }
    assert_eq!(member.active_keys(KeyPurpose::Writer, Height::FIRST), 1);
}

#[test]
fn every_byte_of_the_document_is_the_ledgers_identity() {
    let document = good();
    let compact = serde_json::to_vec(&document).unwrap();
    let spaced = [&compact[..], b"\n"].concat();
    let (a, b) = (
        Genesis::parse(&compact).unwrap(),
        Genesis::parse(&spaced).unwrap(),
    );
    assert_ne!(a.ledger(), b.ledger());
    assert_eq!(a.validators(), b.validators());
}

#[test]
fn members_are_in_order_of_their_ids() {
    let mut document = good();
    document.members.reverse();
    assert_eq!(
        parse(&document).unwrap().members(),
        parse(&good()).unwrap().members()
    );
}

#[test]
fn roles_and_keys_may_be_left_out() {
    let mut value: Value = serde_json::to_value(good()).unwrap();
    let member = value["members"][5].as_object_mut().unwrap();
    member.remove("roles");
    member.remove("keys");
    let genesis = Genesis::parse(value.to_string().as_bytes()).unwrap();
    assert_eq!(genesis.members()[5].keys, []);
    assert_eq!(genesis.members()[5].roles, []);
}

#[test]
fn a_document_that_is_too_large_is_not_read() {
    let mut bytes = serde_json::to_vec(&good()).unwrap();
    bytes.resize(MAX_GENESIS_BYTES, b' ');
    assert!(Genesis::parse(&bytes).is_ok());
    bytes.push(b' ');
    let length = bytes.len();
    assert_eq!(
        Genesis::parse(&bytes),
        Err(GenesisError::TooLarge { length })
    );
}

#[test]
fn what_has_another_shape_is_refused() {
    let malformed = |bytes: &[u8]| {
        matches!(
            Genesis::parse(bytes),
            Err(GenesisError::Malformed { reason }) if !reason.is_empty()
        )
    };
    assert!(malformed(b""));
    assert!(malformed(b"[]"));
    assert!(malformed(b"\xff"));
    let text = serde_json::to_string(&good()).unwrap();
    assert!(malformed(&text.as_bytes()[..text.len() - 1]));
    assert!(malformed(format!("{text}{text}").as_bytes()));
    assert!(malformed(
        text.replacen('{', "{\"unknown\":1,", 1).as_bytes()
    ));
    assert!(malformed(
        text.replacen('{', "{\"name\":\"a\",", 1).as_bytes()
    ));
    let changed = |change: fn(&mut Value)| {
        let mut value = serde_json::to_value(good()).unwrap();
        change(&mut value);
        malformed(value.to_string().as_bytes())
    };
    assert!(changed(|value| value["time"] = json!(0)));
    assert!(changed(|value| value["members"][0]["id"] = json!("A")));
    assert!(changed(
        |value| value["members"][0]["keys"][0]["purpose"] = json!("any")
    ));
    assert!(changed(
        |value| value["validators"][0]["logKey"] = json!("00".repeat(32))
    ));
    assert!(changed(
        |value| value["consensus"]["heartbeatMs"] = json!(-1)
    ));
    assert!(changed(|value| value["consensus"]["extra"] = json!(1)));
}

#[test]
fn another_format_is_refused() {
    assert_eq!(
        fault(|document| document.format = "waybill-genesis/2".to_owned()),
        GenesisError::UnknownFormat {
            found: "waybill-genesis/2".to_owned()
        }
    );
}

#[test]
fn a_name_has_to_be_an_origin() {
    let longest = "n".repeat(MAX_LEDGER_NAME_BYTES);
    let mut document = good();
    document.name = longest.clone();
    assert!(parse(&document).is_ok());
    let too_long = format!("{longest}n");
    let names = ["", "a b", "a+b", "a\nb", "a\u{7f}b", "a\u{a0}b", &too_long];
    for bad in names {
        match fault(|document| document.name = bad.to_owned()) {
            GenesisError::BadName { rule, .. } => assert!(!rule.is_empty()),
            other => panic!("{bad:?}: {other}"),
        }
    }
    // Whatever the rule takes can name the log's key and its checkpoints.
    for good_name in ["a", "ledger.example/cocoa", "é", &longest] {
        let mut document = good();
        document.name = good_name.to_owned();
        let genesis = parse(&document).unwrap();
        assert!(crate::crypto::note::KeyName::new(genesis.name()).is_ok());
    }
}

#[test]
fn parameters_have_ranges() {
    type Field = fn(&mut ConsensusParameters) -> &mut u64;
    let fields: [(&str, Field, u64, u64); 7] = [
        ("blockBeatMs", |c| &mut c.block_beat_ms, 1, 60_000),
        ("heartbeatMs", |c| &mut c.heartbeat_ms, 100, 3_600_000),
        (
            "proposeTimeoutMs",
            |c| &mut c.propose_timeout_ms,
            10,
            600_000,
        ),
        ("voteTimeoutMs", |c| &mut c.vote_timeout_ms, 10, 600_000),
        ("timeoutStepMs", |c| &mut c.timeout_step_ms, 1, 600_000),
        ("clockDriftMs", |c| &mut c.clock_drift_ms, 1, 600_000),
        (
            "checkpointInterval",
            |c| &mut c.checkpoint_interval,
            1,
            1_000_000,
        ),
    ];
    let page = include_str!("../../docs/operator-guide.md");
    let grouped = |number: u64| match number {
        1_000_000.. => format!(
            "{},{:03},{:03}",
            number / 1_000_000,
            number / 1_000 % 1_000,
            number % 1_000
        ),
        1_000.. => format!("{},{:03}", number / 1_000, number % 1_000),
        _ => number.to_string(),
    };
    for (parameter, field, least, most) in fields {
        let default = *field(&mut ConsensusParameters::default());
        let [default, from, to] = [default, least, most].map(grouped);
        let row = format!("| `{parameter}` | {default} | {from} | {to} |");
        assert!(page.contains(&row), "{row}");
        for value in [least, most] {
            let mut document = good();
            *field(&mut document.consensus) = value;
            assert!(parse(&document).is_ok(), "{parameter} = {value}");
        }
        for value in [least - 1, most + 1] {
            assert_eq!(
                fault(|document| *field(&mut document.consensus) = value),
                GenesisError::BadParameter {
                    parameter,
                    value,
                    least,
                    most
                }
            );
        }
    }
}

#[test]
fn a_member_is_listed_once() {
    // Without keys, so that the repeated id is all that is wrong.
    let twice = |document: &mut GenesisDocument| {
        let mut again = document.members[5].clone();
        again.keys.clear();
        document.members.push(again);
    };
    let member = good().members[5].id.clone();
    assert_eq!(fault(twice), GenesisError::MemberTwice { member });
}

#[test]
fn a_member_has_a_most_of_everything() {
    let member = good().members[5].id.clone();
    let too_large = |what| GenesisError::MemberTooLarge {
        member: member.clone(),
        what,
    };
    let mut document = good();
    document.members[5].name = "n".repeat(MAX_MEMBER_NAME_BYTES);
    let roles = |count: usize| {
        (0..count)
            .map(|number| Role::new(&format!("role-{number}")).unwrap())
            .collect()
    };
    let keys = |count: usize| (0..count).map(|n| stated_key(&n.to_string())).collect();
    document.members[5].roles = roles(MAX_ROLES_PER_MEMBER);
    document.members[5].keys = keys(MAX_KEYS_PER_MEMBER);
    assert!(parse(&document).is_ok());
    assert_eq!(
        fault(|document| document.members[5].name = "n".repeat(MAX_MEMBER_NAME_BYTES + 1)),
        too_large("name")
    );
    assert_eq!(
        fault(|document| document.members[5].roles = roles(MAX_ROLES_PER_MEMBER + 1)),
        too_large("roles")
    );
    assert_eq!(
        fault(|document| document.members[5].keys = keys(MAX_KEYS_PER_MEMBER + 1)),
        too_large("keys")
    );
    // The keys of a member's validator count as well.
    let of_validator = good().members[0].id.clone();
    assert_eq!(
        fault(|document| document.members[0].keys = keys(MAX_KEYS_PER_MEMBER - 3)),
        GenesisError::MemberTooLarge {
            member: of_validator,
            what: "keys"
        }
    );
}

#[test]
fn a_ledger_has_a_most_of_members() {
    let members = |document: &mut GenesisDocument, count: usize| {
        let have = document.members.len();
        let more = (have..count).map(|number| GenesisMember {
            id: MemberId::new(&format!("m{number}")).unwrap(),
            name: String::new(),
            roles: Vec::new(),
            keys: Vec::new(),
        });
        document.members.extend(more);
    };
    let mut document = good();
    members(&mut document, MAX_MEMBERS);
    assert!(parse(&document).is_ok());
    let count = MAX_MEMBERS + 1;
    assert_eq!(
        fault(|document| members(document, count)),
        GenesisError::TooManyMembers { count }
    );
}

#[test]
fn a_key_is_registered_once() {
    let taken = good().members[0].keys[0].clone();
    let validators = good().validators[0].clone();
    assert_eq!(
        fault(|document| document.members[5].keys.push(taken.clone())),
        GenesisError::KeyTwice {
            key: Box::new(taken.key)
        }
    );
    assert_eq!(
        fault(|document| {
            document.members[5].keys.push(GenesisKey {
                purpose: KeyPurpose::Auditor,
                key: validators.cosigner_key,
            });
        }),
        GenesisError::KeyTwice {
            key: Box::new(validators.cosigner_key)
        }
    );
}

#[test]
fn a_validator_belongs_to_a_member() {
    let stranger = MemberId::new("stranger").unwrap();
    assert_eq!(
        fault(|document| document.validators[0].member = stranger.clone()),
        GenesisError::ValidatorWithoutMember { member: stranger }
    );
}

#[test]
fn the_validators_are_a_set() {
    let bad = |change: fn(&mut GenesisDocument)| {
        matches!(
            fault(change),
            GenesisError::BadValidators { reason } if !reason.is_empty()
        )
    };
    assert!(bad(|document| document.validators.clear()));
    assert!(bad(|document| {
        document.validators[1].log_key = document.validators[0].consensus_key;
    }));
    assert!(bad(|document| {
        let validator = document.validators[0].clone();
        document.validators = vec![validator; MAX_VALIDATORS + 1];
    }));
}
