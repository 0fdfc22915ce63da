//! Custody: the holder of a thing under any sequence of records, disputed transfers, and what the ledger does
//! by itself when nobody answers.

mod containers;
mod declarations;
mod events;
mod got;
mod invariants;
mod late;

use std::sync::Arc;

use serde_json::json;

use crate::contracts::{
    CustodyEnd, MAX_CUSTODY_DEADLINES_PER_MEMBER, read_open_custody, shipped_contracts,
};
use crate::crypto::Sha256Digest;
use crate::ledger::questions::{EventScope, Events, QuestionError, ask_open_custody};
use crate::records::custody::check_expiry;
use crate::records::governance::Action;
use crate::testing::{
    MemoryLedger, TestNetwork, ballot, install_contract, packing, record, shipping,
};
use crate::types::{
    ContractBundle, Decode, Entry, EntryContent, Height, LogIndex, Outcome, Record, Timestamp,
};

const PALLET: &str = "urn:epc:id:sscc:7620034.1000000042";

fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(4, 6)))
}

/// Commits one record of a member in a block of its own.
fn commit(ledger: &mut MemoryLedger, member: usize, record: Record) -> (LogIndex, Outcome) {
    let submission = ledger
        .network()
        .submission(member, ledger.expiry(), vec![record]);
    let applied = ledger.submit(vec![submission]);
    let entry = &applied.records[0];
    (entry.location.first_index, entry.outcomes[0].clone())
}

fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted => "",
        Outcome::Flagged { flags } => flags[0].code(),
        Outcome::Rejected(rejection) => rejection.code(),
        Outcome::Duplicate { .. } => "duplicate",
    }
}

fn claim(things: &[&str]) -> Record {
    record("custody.claim", 1, json!({"things": things}).to_string())
}

fn propose(ledger: &MemoryLedger, things: &[&str], to: usize, blocks: i64) -> Record {
    let expires = Timestamp::from_ms(ledger.tip().time.as_ms() + blocks * 1_000);
    let to = ledger.network().member(to);
    let body = json!({"things": things, "to": to, "expires": expires.to_string()});
    record("custody.proposal", 1, body.to_string())
}

fn answer(kind: &str, index: LogIndex, proposal: &Record, reason: Option<&str>) -> Record {
    let digest = Sha256Digest::of(&proposal.body).to_string();
    let mut body = json!({"proposal": index.0, "digest": digest});
    if let Some(reason) = reason {
        body["reason"] = json!(reason);
    }
    record(&format!("custody.{kind}"), 1, body.to_string())
}

fn holder(ledger: &MemoryLedger, thing: &str, scope: EventScope, at: Option<Timestamp>) -> String {
    let events = Events::open(ledger, scope).unwrap();
    let thing = crate::records::epcis::canonical_identifier(thing);
    let custody = events.custody(&thing, at).unwrap();
    custody
        .present
        .map_or("nobody".to_owned(), |held| held.holder.to_string())
}

fn now(ledger: &MemoryLedger, thing: &str) -> String {
    holder(ledger, thing, EventScope::default(), None)
}

fn entry(ledger: &MemoryLedger, index: u64) -> Entry {
    Entry::from_bytes(&ledger.entry(LogIndex(index)).unwrap()).unwrap()
}

/// QR codes have web addresses in capitals.
#[test]
fn a_thing_has_one_holder_in_whatever_case_its_scheme_is() {
    let mut ledger = ledger();
    let acme = ledger.network().member(0).to_string();
    let link = crate::records::epcis::canonical_identifier(PALLET).into_owned();
    let capitals = link.to_ascii_uppercase();
    assert_ne!(capitals, link);
    assert_eq!(
        commit(&mut ledger, 0, claim(&[&capitals])).1,
        Outcome::Accepted
    );
    for spelling in [PALLET, &link, &capitals] {
        assert_eq!(now(&ledger, spelling), acme);
        let (_, outcome) = commit(&mut ledger, 1, claim(&[spelling]));
        assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
    }
}

#[test]
fn a_disputed_transfer_leaves_a_chain_that_shows_every_step() {
    let mut ledger = ledger();
    let [acme, carrier] = [0, 1].map(|number| ledger.network().member(number).to_string());
    assert_eq!(now(&ledger, PALLET), "nobody");
    let (claimed, outcome) = commit(&mut ledger, 0, claim(&[PALLET]));
    assert_eq!(outcome, Outcome::Accepted);
    // Rejected, withdrawn, expired, accepted.
    let first = propose(&ledger, &[PALLET], 1, 50);
    let (first_index, _) = commit(&mut ledger, 0, first.clone());
    let held = Events::open(&ledger, EventScope::default()).unwrap();
    let thing = crate::records::epcis::canonical_identifier(PALLET);
    let own = held.custody(&thing, None).unwrap().own.unwrap();
    assert_eq!(
        own.proposed,
        Some((first_index, ledger.network().member(1)))
    );
    let member = ledger.network().member(1);
    let open = ask_open_custody(&ledger, &member, None, None, 10).unwrap();
    let (asked, open) = (open.height, open.proposals);
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].0, &*open[0].1.things[0]), (first_index, &*thing));
    let rejection = answer(
        "rejection",
        first_index,
        &first,
        Some("two seals are broken"),
    );
    assert_eq!(commit(&mut ledger, 1, rejection).1, Outcome::Accepted);
    let none = ask_open_custody(&ledger, &member, None, None, 10).unwrap();
    assert_eq!(none.proposals, []);
    // What it was is told as it was.
    let then = ask_open_custody(&ledger, &member, Some(asked), None, 10).unwrap();
    assert_eq!((then.height, then.proposals), (asked, open));
    let second = propose(&ledger, &[PALLET], 2, 50);
    let (second_index, _) = commit(&mut ledger, 0, second.clone());
    let withdrawal = answer("withdrawal", second_index, &second, None);
    assert_eq!(commit(&mut ledger, 0, withdrawal).1, Outcome::Accepted);
    let third = propose(&ledger, &[PALLET], 1, 3);
    let (third_index, _) = commit(&mut ledger, 0, third.clone());
    let before = ledger.log_size();
    ledger.order(&[], Vec::new());
    assert_eq!(ledger.log_size(), before + 1, "not yet");
    assert!(read_open_custody(&ledger, third_index).unwrap().is_some());
    ledger.order(&[], Vec::new());
    // The block's own entry, and that of the expiry before it.
    assert_eq!(ledger.log_size(), before + 3);
    let EntryContent::Derived { record, .. } = entry(&ledger, before + 1).content else {
        panic!("{:?}", entry(&ledger, before + 1));
    };
    assert_eq!(
        (record.kind.as_str(), record.version),
        ("custody.expiry", 1)
    );
    let expiry = check_expiry(&record.body).unwrap();
    assert_eq!(expiry.proposal, third_index);
    assert_eq!(expiry.digest, Sha256Digest::of(&third.body));
    assert_eq!(expiry.to.to_string(), carrier);
    let late = answer("acceptance", third_index, &third, None);
    let (_, outcome) = commit(&mut ledger, 1, late);
    assert_eq!(code(&outcome), "proposal-decided");
    assert_eq!(now(&ledger, PALLET), acme);
    let fourth = propose(&ledger, &[PALLET], 1, 50);
    let (fourth_index, _) = commit(&mut ledger, 0, fourth.clone());
    let acceptance = answer("acceptance", fourth_index, &fourth, None);
    let (accepted, outcome) = commit(&mut ledger, 1, acceptance);
    assert_eq!(outcome, Outcome::Accepted);
    assert_eq!(now(&ledger, PALLET), carrier);

    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let chain = events.chain_of_custody(&thing, 0, 100).unwrap().unwrap();
    let ends: Vec<_> = chain
        .links
        .iter()
        .map(|link| link.ended.as_ref().map(|ended| ended.decision.end))
        .collect();
    let expected = [
        None,
        Some(CustodyEnd::Rejected),
        Some(CustodyEnd::Withdrawn),
        Some(CustodyEnd::Expired),
        Some(CustodyEnd::Accepted),
    ];
    assert_eq!(ends, expected);
    assert_eq!(chain.links[0].signed.index, claimed);
    let rejected = chain.links[1].ended.as_ref().unwrap();
    assert_eq!(rejected.reason.as_deref(), Some("two seals are broken"));
    assert_eq!(
        rejected.signed.as_ref().unwrap().member.to_string(),
        carrier
    );
    assert_eq!(chain.links[3].ended.as_ref().unwrap().signed, None);
    let holders: Vec<_> = chain
        .links
        .iter()
        .map(|link| link.holder.to_string())
        .collect();
    assert_eq!(
        holders.join(" "),
        format!("{acme} {acme} {acme} {acme} {carrier}")
    );
    // Pages follow each other.
    let page = events.chain_of_custody(&thing, 2, 2).unwrap().unwrap();
    assert_eq!(
        (page.links.as_slice(), page.next),
        (&chain.links[2..4], Some(4))
    );
    assert!(matches!(
        events.chain_of_custody(&thing, 6, 2),
        Err(QuestionError::BeyondAnswer { after: 6, count: 5 })
    ));

    // As it was: before the claim, just before and at the acceptance, by height and by time.
    let block = |index: LogIndex| entry(&ledger, index.0);
    let at = |time: Timestamp| holder(&ledger, PALLET, EventScope::default(), Some(time));
    let time = block(accepted).time;
    assert_eq!(at(time), carrier);
    assert_eq!(at(Timestamp::from_ms(time.as_ms() - 1)), acme);
    assert_eq!(
        at(Timestamp::from_ms(block(claimed).time.as_ms() - 1)),
        "nobody"
    );
    let height = block(accepted).height;
    for (height, expected) in [(height, &carrier), (Height(height.0 - 1), &acme)] {
        let scope = EventScope {
            as_of: Some(height),
            ..EventScope::default()
        };
        assert_eq!(holder(&ledger, PALLET, scope, None), *expected);
        let then = Events::open(&ledger, scope).unwrap();
        let links = then
            .chain_of_custody(&thing, 0, 100)
            .unwrap()
            .unwrap()
            .links;
        assert_eq!(links.len(), 5);
        assert_eq!(links[4].ended.is_none(), *expected == acme);
        let proposal = then.custody_proposal(fourth_index).unwrap().unwrap();
        assert_eq!(proposal.ended.is_none(), *expected == acme);
    }
    assert_eq!(events.custody_proposal(claimed).unwrap(), None);
}

#[test]
fn what_is_in_a_container_goes_with_it() {
    let mut ledger = ledger();
    let [acme, carrier] = [0, 1].map(|number| ledger.network().member(number).to_string());
    let sack = "urn:epc:id:sgtin:7620034.041825.S1";
    commit(&mut ledger, 0, claim(&[sack]));
    commit(&mut ledger, 0, claim(&[PALLET]));
    commit(&mut ledger, 0, record("epcis.event", 1, packing(1)));
    let proposal = propose(&ledger, &[PALLET], 1, 50);
    let (index, _) = commit(&mut ledger, 0, proposal.clone());
    commit(&mut ledger, 1, answer("acceptance", index, &proposal, None));
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let thing = crate::records::epcis::canonical_identifier(sack);
    let custody = events.custody(&thing, None).unwrap();
    assert_eq!(custody.own.as_ref().unwrap().holder.to_string(), acme);
    let present = custody.present.as_ref().unwrap();
    assert_eq!(present.holder.to_string(), carrier);
    assert_eq!(
        *present.thing,
        *crate::records::epcis::canonical_identifier(PALLET)
    );
    assert_eq!(custody.containers.len(), 1);
    // It changes hands by itself later: that moves nothing unless who has it gets it so.
    for (from, to, expected) in [(0, 2, 1), (2, 1, 1), (1, 3, 3)] {
        let alone = propose(&ledger, &[sack], to, 50);
        let (index, _) = commit(&mut ledger, from, alone.clone());
        commit(&mut ledger, to, answer("acceptance", index, &alone, None));
        assert_eq!(
            now(&ledger, sack),
            ledger.network().member(expected).to_string()
        );
    }
}

/// A removed member can hand nothing over: whoever has its things claims them.
#[test]
fn what_a_removed_member_holds_can_be_claimed() {
    let mut ledger = ledger();
    let gone = ledger.network().member(5);
    let sack = "urn:epc:id:sgtin:7620034.041825.S1";
    commit(&mut ledger, 5, claim(&[PALLET, sack]));
    let open = propose(&ledger, &[sack], 1, 20);
    let (proposed, _) = commit(&mut ledger, 5, open.clone());
    assert_eq!(
        code(&commit(&mut ledger, 2, claim(&[PALLET])).1),
        "already-held"
    );
    let removal = crate::testing::propose(&Action::RemoveMember(gone.clone()), ledger.expiry());
    let (index, _) = commit(&mut ledger, 0, removal.clone());
    for member in [1, 2] {
        commit(&mut ledger, member, ballot(index, &removal, "approve"));
    }
    assert!(ledger.member(&gone).unwrap().removed_from.is_some());
    // What it had proposed before is for the other to answer, until that expires.
    let refused = commit(&mut ledger, 2, claim(&[PALLET, sack])).1;
    assert_eq!(code(&refused), "proposal-open");
    assert_eq!(
        commit(&mut ledger, 2, claim(&[PALLET])).1,
        Outcome::Accepted
    );
    let member = |number: usize| ledger.network().member(number).to_string();
    assert_eq!(now(&ledger, PALLET), member(2));
    assert_eq!(now(&ledger, sack), gone.to_string());
    let events = Events::open(&ledger, EventScope::default()).unwrap();
    let thing = crate::records::epcis::canonical_identifier(PALLET);
    let chain = events.chain_of_custody(&thing, 0, 10).unwrap().unwrap();
    let holders: Vec<String> = chain.links.iter().map(|l| l.holder.to_string()).collect();
    assert_eq!(holders, [gone.to_string(), member(2)]);
    assert!(chain.links.iter().all(|link| link.from.is_none()));
    let accepted = answer("acceptance", proposed, &open, None);
    assert_eq!(commit(&mut ledger, 1, accepted).1, Outcome::Accepted);
    assert_eq!(
        code(&commit(&mut ledger, 3, claim(&[sack, PALLET])).1),
        "already-held"
    );
}

/// The supply-chain contract with another policy, as its next version.
fn with_policy(version: u32, policy: &str) -> ContractBundle {
    let contracts = shipped_contracts();
    let shipped = contracts
        .iter()
        .find(|bundle| bundle.files().any(|(path, _)| path == "schemas/event.json"));
    let files = shipped.unwrap().files().map(|(path, text)| {
        let text = text
            .replace(
                "version = 1\ntitle = \"Supply",
                &format!("version = {version}\ntitle = \"Supply"),
            )
            .replace("holder = \"flag\"", &format!("holder = \"{policy}\""));
        (path.to_owned(), text)
    });
    ContractBundle::new(files.collect()).unwrap()
}

#[test]
fn an_event_about_what_another_holds_is_flagged_refused_or_let_be() {
    let mut ledger = ledger();
    let sack = "urn:epc:id:sgtin:7620034.041825.S1";
    commit(&mut ledger, 0, claim(&[sack]));
    let event = |number| record("epcis.event", 1, shipping(number));
    assert_eq!(commit(&mut ledger, 0, event(1)).1, Outcome::Accepted);
    let (_, outcome) = commit(&mut ledger, 1, event(1));
    let Outcome::Flagged { flags } = &outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(flags[0].code(), "not-holder");
    assert!(
        flags[0]
            .reason()
            .contains(ledger.network().member(0).as_str())
    );
    // Nobody holds this one.
    assert_eq!(commit(&mut ledger, 1, event(2)).1, Outcome::Accepted);
    for (version, policy, expected) in [(2, "refuse", "not-holder"), (3, "ignore", "")] {
        let expires = Timestamp::from_ms(ledger.tip().time.as_ms() + 3_600_000);
        let proposal = install_contract(&with_policy(version, policy), None, expires);
        let (index, outcome) = commit(&mut ledger, 0, proposal.clone());
        assert_eq!(outcome, Outcome::Accepted);
        for member in [1, 2] {
            commit(&mut ledger, member, ballot(index, &proposal, "approve"));
        }
        let (_, outcome) = commit(&mut ledger, 2, event(1));
        assert_eq!(code(&outcome), expected, "{policy}: {outcome:?}");
        assert_eq!(outcome.took_effect(), policy == "ignore");
    }
    // What is held when its capture was wrong may still be declared wrong by who captured it.
    let correction = record("epcis.event", 1, crate::testing::correction(1));
    assert_eq!(commit(&mut ledger, 3, correction).1, Outcome::Accepted);
}

#[test]
fn deadlines_of_a_member_are_bounded_and_given_back() {
    let mut ledger = ledger();
    let things: Vec<String> = (0..4)
        .map(|number| format!("urn:x:crate:{number}"))
        .collect();
    let names: Vec<&str> = things.iter().map(String::as_str).collect();
    commit(&mut ledger, 0, claim(&names));
    // Deciding early leaves the deadline; its time gives it back.
    for thing in &names {
        let proposal = propose(&ledger, &[thing], 1, 20);
        let (index, outcome) = commit(&mut ledger, 0, proposal.clone());
        assert_eq!(outcome, Outcome::Accepted);
        commit(&mut ledger, 0, answer("withdrawal", index, &proposal, None));
    }
    let member = ledger.network().member(0);
    let count = |ledger: &MemoryLedger| {
        let key = crate::contracts::StateKey::CustodyDeadlines(&member).to_bytes();
        let bytes =
            crate::types::StateReader::get(ledger, crate::types::Space::State, &key).unwrap();
        bytes.map_or(0, |bytes| LogIndex::from_bytes(&bytes).unwrap().0)
    };
    assert_eq!(count(&ledger), 4);
    assert!(count(&ledger) < MAX_CUSTODY_DEADLINES_PER_MEMBER);
    for _ in 0..25 {
        ledger.order(&[], Vec::new());
    }
    assert_eq!(count(&ledger), 0);
    // Nothing was open, so the ledger made no record.
    let derived = (0..ledger.log_size())
        .filter(|index| matches!(entry(&ledger, *index).content, EntryContent::Derived { .. }));
    assert_eq!(derived.count(), 0);
}

#[test]
fn things_are_handed_over_to_members_alone() {
    let mut ledger = ledger();
    commit(&mut ledger, 4, claim(&[PALLET]));
    let gone = Action::RemoveMember(ledger.network().member(5));
    let removal = crate::testing::propose(&gone, ledger.expiry());
    let (index, _) = commit(&mut ledger, 0, removal.clone());
    for governor in [1, 2] {
        commit(&mut ledger, governor, ballot(index, &removal, "approve"));
    }
    let proposal = propose(&ledger, &[PALLET], 5, 5);
    assert_eq!(code(&commit(&mut ledger, 4, proposal).1), "member-removed");
}
