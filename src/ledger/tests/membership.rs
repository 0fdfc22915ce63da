//! Changes of keys: from which height they count, and every reason to reject one.

use std::sync::Arc;

use crate::crypto::{Blake3Digest, SecretKey};
use crate::testing::{
    MemoryLedger, TestNetwork, add_key, event_record, record, revoke_key, secret_key,
};
use crate::types::limits::{MAX_KEYS_PER_MEMBER, MAX_NETWORK_KEYS_PER_MEMBER};
use crate::types::{
    Atomicity, GenesisKey, Height, KeyPurpose, LedgerId, Outcome, Record, Submission,
};

fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(1, 2)))
}

fn outcome(ledger: &mut MemoryLedger, change: Record) -> Outcome {
    let submission = ledger
        .network()
        .submission(0, ledger.expiry(), vec![change]);
    let applied = ledger.submit(vec![submission]);
    applied.records[0].outcomes[0].clone()
}

/// The code of a change that has to be rejected and leave the state as it was.
fn rejection(ledger: &mut MemoryLedger, change: Record) -> String {
    let before = ledger.tip().state_root;
    let outcome = outcome(ledger, change);
    assert_eq!(ledger.tip().state_root, before);
    match outcome {
        Outcome::Rejected(rejection) => rejection.code().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_key_counts_from_the_next_height() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let key = secret_key("second writer");
    let by_new_key = |ledger: &MemoryLedger, number| {
        let expires = ledger.expiry();
        let records = vec![event_record(number)];
        network.submission_with(0, &key, expires, Atomicity::Independent, records)
    };
    let ledger_id = network.ledger();
    let change = add_key(&ledger_id, &network.member(0), &key, KeyPurpose::Writer);
    let before = ledger.tip().state_root;
    let add = network.submission(0, ledger.expiry(), vec![change]);
    let early = by_new_key(&ledger, 1);
    let applied = ledger.submit(vec![add, early]);
    assert_eq!(applied.records[0].outcomes, [Outcome::Accepted]);
    assert_eq!(applied.skipped[0].unauthorised, 1);
    assert_ne!(ledger.tip().state_root, before);
    let registered = ledger.member(&network.member(0)).unwrap();
    let registered = registered.key(&key.public_key()).unwrap();
    assert_eq!(registered.valid_from, Height(2));
    assert_eq!(registered.valid_until, None);
    let late = by_new_key(&ledger, 1);
    let applied = ledger.submit(vec![late]);
    assert_eq!(applied.records.len(), 1);
}

#[test]
fn a_revoked_key_counts_until_the_next_height() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let member = network.member(0);
    let second = secret_key("second writer");
    let change = add_key(&network.ledger(), &member, &second, KeyPurpose::Writer);
    outcome(&mut ledger, change);
    let old = network.writer(0).public_key();
    let submit = |ledger: &MemoryLedger, record: Record| -> Submission {
        network.submission(0, ledger.expiry(), vec![record])
    };
    let revoke = submit(&ledger, revoke_key(&member, &old));
    let same_block = submit(&ledger, event_record(1));
    let applied = ledger.submit(vec![revoke, same_block]);
    assert_eq!(applied.records.len(), 2);
    let late = submit(&ledger, event_record(2));
    let applied = ledger.submit(vec![late]);
    assert_eq!(applied.skipped[0].unauthorised, 1);
    let registered = ledger.member(&member).unwrap();
    let registered = registered.key(&old).unwrap();
    assert_eq!(registered.valid_until, Some(Height(3)));
    assert!(registered.is_active_at(Height(2)) && !registered.is_active_at(Height(3)));
}

#[test]
fn a_gateway_key_may_submit_and_an_auditors_may_not() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let member = network.member(0);
    for (purpose, entries) in [(KeyPurpose::Gateway, 1), (KeyPurpose::Auditor, 0)] {
        let key = secret_key(purpose.as_str());
        let change = add_key(&network.ledger(), &member, &key, purpose);
        assert_eq!(outcome(&mut ledger, change), Outcome::Accepted);
        let expires = ledger.expiry();
        let records = vec![event_record(1)];
        let by_key = network.submission_with(0, &key, expires, Atomicity::Independent, records);
        assert_eq!(ledger.submit(vec![by_key]).records.len(), entries);
    }
}

#[test]
fn every_reason_to_reject_a_change() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let (own, other) = (network.member(0), network.member(1));
    let new_secret = secret_key("new");
    let new = new_secret.public_key();
    let writer = network.writer(0).public_key();
    let others_writer = network.writer(1).public_key();
    let consensus = network.consensus_key(0).public_key();
    let network_key = network.network_key(0).public_key();
    let id = network.ledger();
    let add = |member, secret: &SecretKey, purpose| add_key(&id, member, secret, purpose);
    let unproven = |from: &str, to: &str| {
        let good = add(&own, &new_secret, KeyPurpose::Writer);
        let body = String::from_utf8(good.body.to_vec()).unwrap();
        assert!(body.contains(from));
        record("membership.change", 1, body.replace(from, to))
    };
    let cases = [
        (
            add(&other, &new_secret, KeyPurpose::Writer),
            "not-own-member",
        ),
        (revoke_key(&other, &others_writer), "not-own-member"),
        // A proof for another purpose, by another key, on another ledger.
        (unproven("\"writer\"", "\"gateway\""), "invalid-record"),
        (
            unproven(&new.to_string(), &others_writer.to_string()),
            "invalid-record",
        ),
        (
            add_key(
                &LedgerId(Blake3Digest::of(b"elsewhere")),
                &own,
                &new_secret,
                KeyPurpose::Writer,
            ),
            "invalid-record",
        ),
        (
            add(&own, &network.writer(0), KeyPurpose::Gateway),
            "key-taken",
        ),
        (
            add(&own, &network.writer(1), KeyPurpose::Writer),
            "key-taken",
        ),
        (
            add(&own, &network.consensus_key(0), KeyPurpose::Writer),
            "key-taken",
        ),
        (revoke_key(&own, &network_key), "validator-key"),
        (revoke_key(&own, &new), "unknown-key"),
        (revoke_key(&own, &others_writer), "unknown-key"),
        (revoke_key(&own, &consensus), "validator-key"),
        (revoke_key(&own, &writer), "last-writer-key"),
    ];
    for (change, code) in cases {
        assert_eq!(rejection(&mut ledger, change), code);
    }
    // A gateway key does not stand in for a writer key.
    let gateway_secret = secret_key("gateway");
    let gateway = gateway_secret.public_key();
    let change = add(&own, &gateway_secret, KeyPurpose::Gateway);
    assert_eq!(outcome(&mut ledger, change), Outcome::Accepted);
    let code = rejection(&mut ledger, revoke_key(&own, &writer));
    assert_eq!(code, "last-writer-key");
    assert_eq!(
        outcome(&mut ledger, revoke_key(&own, &gateway)),
        Outcome::Accepted
    );
    let code = rejection(&mut ledger, revoke_key(&own, &gateway));
    assert_eq!(code, "key-revoked");
    // A revoked key is not free for anybody.
    let again = add(&own, &gateway_secret, KeyPurpose::Writer);
    assert_eq!(rejection(&mut ledger, again), "key-taken");
}

#[test]
fn a_member_lets_its_followers_in_and_no_more_than_some() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let member = network.member(0);
    let secret = |number: usize| secret_key(&format!("follower {number}"));
    // Its validator has one.
    for number in 1..MAX_NETWORK_KEYS_PER_MEMBER {
        let change = add_key(
            &network.ledger(),
            &member,
            &secret(number),
            KeyPurpose::Network,
        );
        assert_eq!(outcome(&mut ledger, change), Outcome::Accepted);
    }
    let more = add_key(&network.ledger(), &member, &secret(99), KeyPurpose::Network);
    assert_eq!(rejection(&mut ledger, more.clone()), "too-many-keys");
    let revoke = revoke_key(&member, &secret(1).public_key());
    assert_eq!(outcome(&mut ledger, revoke), Outcome::Accepted);
    assert_eq!(outcome(&mut ledger, more), Outcome::Accepted);
}

#[test]
fn two_changes_of_one_block_see_each_other() {
    let mut ledger = ledger();
    let network = ledger.network().clone();
    let member = network.member(0);
    let old = network.writer(0).public_key();
    let secret = secret_key("new");
    let new = secret.public_key();
    let add = || add_key(&network.ledger(), &member, &secret, KeyPurpose::Writer);
    let changes = vec![
        revoke_key(&member, &old),
        add(),
        add(),
        revoke_key(&member, &old),
        revoke_key(&member, &new),
    ];
    let submission = network.submission(0, ledger.expiry(), changes);
    let applied = ledger.submit(vec![submission]);
    let codes: Vec<&str> = applied.records[0]
        .outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Rejected(rejection) => rejection.code(),
            _ => "accepted",
        })
        .collect();
    assert_eq!(
        codes,
        [
            "last-writer-key",
            "accepted",
            "key-taken",
            "accepted",
            "last-writer-key"
        ]
    );
}

#[test]
fn a_member_has_a_most_of_keys() {
    let mut document = TestNetwork::new(1, 2).document().clone();
    let keys = (0..MAX_KEYS_PER_MEMBER - 6).map(|number| GenesisKey {
        purpose: KeyPurpose::Auditor,
        key: secret_key(&format!("auditor {number}")).public_key(),
    });
    // With its writer key and the four keys of its validator one place is left.
    document.members[0].keys.extend(keys);
    let network = Arc::new(TestNetwork::from_document(document));
    let mut ledger = MemoryLedger::new(network.clone());
    let add = |label| {
        let key = secret_key(label);
        add_key(
            &network.ledger(),
            &network.member(0),
            &key,
            KeyPurpose::Writer,
        )
    };
    assert_eq!(outcome(&mut ledger, add("the last")), Outcome::Accepted);
    let code = rejection(&mut ledger, add("one more"));
    assert_eq!(code, "too-many-keys");
}
