//! Contracts on the ledger: installed while it runs, judging from their height, keeping assets.

use std::sync::Arc;

use crate::contracts::{
    self, AssetKey, ProposalStatus, ProposedChange, read_asset, read_open_proposals, read_proposal,
    shipped_contracts,
};
use crate::ledger::questions::{QuestionError, ask_asset, ask_contract, ask_contracts};
use crate::ledger::{CheckedBatch, SubmissionContext};
use crate::testing::{
    MemoryLedger, TestNetwork, ballot, crates_contract, crates_record, event_record,
    install_contract, record, retire_contract,
};
use crate::types::{
    ContractBundle, ContractName, Height, LogIndex, MemberId, Outcome, Record, Refusal, Timestamp,
};

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

fn expires(ledger: &MemoryLedger) -> Timestamp {
    Timestamp::from_ms(ledger.tip().time.as_ms() + 3_600_000)
}

/// Proposes by member 0 and approves by 1 and 2: three of four governing members.
fn adopt(ledger: &mut MemoryLedger, proposal: &Record) -> LogIndex {
    let (index, outcome) = commit(ledger, 0, proposal.clone());
    assert_eq!(outcome, Outcome::Accepted);
    for member in [1, 2] {
        let (_, outcome) = commit(ledger, member, ballot(index, proposal, "approve"));
        assert_eq!(outcome, Outcome::Accepted);
    }
    index
}

fn with_crates(most: u32) -> (MemoryLedger, MemberId) {
    let mut ledger = ledger();
    let proposal = install_contract(&crates_contract(1, most), None, expires(&ledger));
    adopt(&mut ledger, &proposal);
    let depot = ledger.network().member(4);
    (ledger, depot)
}

#[test]
fn a_contract_is_installed_while_the_ledger_runs() {
    let mut ledger = ledger();
    let depot = ledger.network().member(4);
    let lend = |id: &str| crates_record("lend", id, 3, &depot);
    let before = ledger.rulebook().digest();
    let (_, outcome) = commit(&mut ledger, 4, lend("a"));
    assert_eq!(code(&outcome), "unknown-kind");
    let from = Height(ledger.next_height().0 + 5);
    let contract = crates_contract(1, 10);
    let proposal = install_contract(&contract, Some(from), expires(&ledger));
    let index = adopt(&mut ledger, &proposal);
    let state = read_proposal(&ledger, index).unwrap().unwrap();
    assert!(matches!(state.status, ProposalStatus::Adopted { from: at, .. } if at == from));
    assert!(
        matches!(&state.change, ProposedChange::InstallContract { digest, .. } if *digest == contract.digest())
    );
    assert_eq!(read_open_proposals(&ledger).unwrap(), []);
    while ledger.next_height() < from {
        assert_eq!(ledger.rulebook().digest(), before);
        let (_, outcome) = commit(&mut ledger, 4, lend("a"));
        assert_eq!(code(&outcome), "unknown-kind");
    }
    assert_ne!(ledger.rulebook().digest(), before);
    assert_eq!(commit(&mut ledger, 4, lend("a")).1, Outcome::Accepted);
    let name = ContractName::new("crates").unwrap();
    let bundle = contracts::read_contract_bundle(&ledger, &name, 1).unwrap();
    assert_eq!(bundle, Some(contract));
    // The header of each block names the contracts that judged its records.
    let header = ledger.blocks().last().unwrap().block.header().clone();
    assert_eq!(header.contract_set, ledger.rulebook().digest());
}

#[test]
fn without_a_quorum_nothing_is_adopted() {
    let mut ledger = ledger();
    let proposal = install_contract(&crates_contract(1, 10), None, expires(&ledger));
    let (index, _) = commit(&mut ledger, 0, proposal.clone());
    let status = |ledger: &MemoryLedger| read_proposal(ledger, index).unwrap().unwrap().status;
    let approve = || ballot(index, &proposal, "approve");
    assert_eq!(commit(&mut ledger, 1, approve()).1, Outcome::Accepted);
    assert_eq!(status(&ledger), ProposalStatus::Open);
    let cases = [
        (1, approve(), "ballot-repeated"),
        (0, approve(), "ballot-repeated"),
        (4, approve(), "not-governing"),
        (4, proposal.clone(), "not-governing"),
        (1, ballot(index, &proposal, "withdraw"), "not-proposer"),
        (
            2,
            ballot(index, &event_record(1), "approve"),
            "other-proposal",
        ),
        (
            2,
            ballot(LogIndex(1_000), &proposal, "approve"),
            "no-such-proposal",
        ),
    ];
    for (member, record, expected) in cases {
        let (_, outcome) = commit(&mut ledger, member, record);
        assert_eq!(code(&outcome), expected, "{outcome:?}");
    }
    // Who changes its mind counts on the other side alone.
    commit(&mut ledger, 1, ballot(index, &proposal, "reject"));
    assert_eq!(commit(&mut ledger, 2, approve()).1, Outcome::Accepted);
    assert_eq!(status(&ledger), ProposalStatus::Open);
    let (last, _) = commit(&mut ledger, 3, ballot(index, &proposal, "reject"));
    assert_eq!(status(&ledger), ProposalStatus::Rejected { by: last });
    let (_, outcome) = commit(&mut ledger, 1, approve());
    assert_eq!(code(&outcome), "proposal-decided");
}

#[test]
fn a_proposal_expires_or_is_withdrawn() {
    let mut ledger = ledger();
    let soon = Timestamp::from_ms(ledger.tip().time.as_ms() + 3_000);
    let proposal = install_contract(&crates_contract(1, 10), None, soon);
    let (index, _) = commit(&mut ledger, 0, proposal.clone());
    for member in [1, 4, 4] {
        commit(&mut ledger, member, ballot(index, &proposal, "approve"));
    }
    let (_, outcome) = commit(&mut ledger, 2, ballot(index, &proposal, "approve"));
    assert_eq!(code(&outcome), "proposal-expired");
    // The next proposal clears it away; a name is free as long as nothing is adopted.
    let again = install_contract(&crates_contract(1, 10), None, expires(&ledger));
    let (second, outcome) = commit(&mut ledger, 1, again.clone());
    assert_eq!(outcome, Outcome::Accepted);
    assert_eq!(read_open_proposals(&ledger).unwrap(), [second]);
    commit(&mut ledger, 1, ballot(second, &again, "withdraw"));
    assert_eq!(read_open_proposals(&ledger).unwrap(), []);
    let (_, outcome) = commit(&mut ledger, 2, ballot(second, &again, "approve"));
    assert_eq!(code(&outcome), "proposal-decided");
}

#[test]
fn what_cannot_be_carried_out_any_more_is_not() {
    let mut ledger = ledger();
    let mut proposals = Vec::new();
    for (member, version) in [(0, 1), (1, 1)] {
        let proposal = install_contract(&crates_contract(version, 10), None, expires(&ledger));
        let (index, _) = commit(&mut ledger, member, proposal.clone());
        proposals.push((index, proposal));
    }
    let ballots = [
        (0, 1, ""),
        (0, 2, ""),
        (1, 2, ""),
        (1, 3, "contract-version"),
    ];
    for (which, member, expected) in ballots {
        let (index, proposal) = &proposals[which];
        let (_, outcome) = commit(&mut ledger, member, ballot(*index, proposal, "approve"));
        assert_eq!(code(&outcome), expected, "{which} {member}");
    }
    let status = read_proposal(&ledger, proposals[1].0).unwrap().unwrap();
    assert_eq!(status.status, ProposalStatus::Open);
    assert_eq!(status.approvals.len(), 2);
}

#[test]
fn a_member_has_a_bounded_number_of_open_proposals() {
    let mut ledger = ledger();
    for version in 1..=9 {
        let proposal = install_contract(&crates_contract(version, 10), None, expires(&ledger));
        let (_, outcome) = commit(&mut ledger, 0, proposal);
        let expected = if version <= 8 {
            ""
        } else {
            "too-many-proposals"
        };
        assert_eq!(code(&outcome), expected);
    }
}

#[test]
fn the_old_version_judges_up_to_the_height_of_the_new_one() {
    let (mut ledger, depot) = with_crates(10);
    let from = Height(ledger.next_height().0 + 4);
    let upgrade = install_contract(&crates_contract(2, 2), Some(from), expires(&ledger));
    adopt(&mut ledger, &upgrade);
    assert_eq!(ledger.next_height(), Height(from.0 - 1));
    let lend = |id: &str| crates_record("lend", id, 5, &depot);
    assert_eq!(commit(&mut ledger, 4, lend("a")).1, Outcome::Accepted);
    let (_, outcome) = commit(&mut ledger, 4, lend("b"));
    assert_eq!(code(&outcome), "rule-broken");
    // What was stated under the old version is changed under the new one.
    let back = crates_record("return", "a", 5, &depot);
    assert_eq!(commit(&mut ledger, 4, back).1, Outcome::Accepted);
    let retire = retire_contract("crates", expires(&ledger));
    adopt(&mut ledger, &retire);
    let end = ledger.next_height();
    let lend = crates_record("lend", "c", 1, &depot);
    let (_, outcome) = commit(&mut ledger, 4, lend.clone());
    assert_eq!(code(&outcome), "unknown-kind");
    // Who submits it is told what took it, also when the schedule has been written again.
    let told = |ledger: &MemoryLedger, record: &Record| {
        let records = vec![record.clone()];
        let submission = ledger.network().submission(4, ledger.expiry(), records);
        let refused = super::admission::judge(ledger, &submission).unwrap_err();
        assert_eq!(refused.code(), "unknown-kind");
        refused.to_string()
    };
    let last = format!(
        "record 0 is of kind crates.lend, which no contract in force takes any more: version 2 of the contract crates \
         did before height {end}"
    );
    assert_eq!(told(&ledger, &lend), last);
    let other = install_contract(
        &crates_contract(3, 2),
        Some(ledger.next_height().plus(100)),
        expires(&ledger),
    );
    adopt(&mut ledger, &other);
    assert_eq!(told(&ledger, &lend), last);
    let unknown = told(&ledger, &record("crates.burn", 1, "{}"));
    assert!(
        unknown.ends_with("which this ledger does not know"),
        "{unknown}"
    );
}

/// A contract whose schemas are not those that this program ships, but say the same.
fn with_other_schemas(contract: &ContractBundle, version: u32) -> ContractBundle {
    let files = contract.files().map(|(path, text)| {
        let text = match path.starts_with("schemas/") {
            true => format!("{text} "),
            false => text.replacen("\nversion = 1", &format!("\nversion = {version}"), 1),
        };
        (path.to_owned(), text)
    });
    ContractBundle::new(files.collect()).unwrap()
}

/// A ledger may have been founded under another release of the program, whose schemas differed by a byte. It is
/// run, it is governed, and its contracts are upgraded, as if they did not.
#[test]
fn contracts_that_another_program_shipped_are_run_and_upgraded() {
    let shipped = shipped_contracts();
    let mut document = TestNetwork::new(4, 6).document().clone();
    document.contracts = shipped
        .iter()
        .map(|one| with_other_schemas(one, 1))
        .collect();
    let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::from_document(document)));
    assert_eq!(commit(&mut ledger, 4, event_record(1)).1, Outcome::Accepted);
    for contract in &shipped {
        let upgrade = with_other_schemas(contract, 2);
        assert!(
            upgrade
                .files()
                .zip(contract.files())
                .all(|(new, old)| new.1 != old.1 || new.0 == "README.md")
        );
        let proposal = install_contract(&upgrade, None, expires(&ledger));
        adopt(&mut ledger, &proposal);
    }
    let versions: Vec<u32> = ledger
        .rulebook()
        .contracts()
        .iter()
        .map(|one| one.version())
        .collect();
    assert_eq!(versions, vec![2; shipped.len()]);
    let proposal = install_contract(&crates_contract(1, 10), None, expires(&ledger));
    adopt(&mut ledger, &proposal);
    assert_eq!(commit(&mut ledger, 4, event_record(2)).1, Outcome::Accepted);
}

/// A batch is checked when it comes, and may be applied under other contracts.
#[test]
fn what_was_checked_by_other_contracts_is_checked_again() {
    let (mut ledger, depot) = with_crates(10);
    let early: SubmissionContext = ledger.submission_context();
    let upgrade = install_contract(&crates_contract(2, 2), None, expires(&ledger));
    adopt(&mut ledger, &upgrade);
    let submission = ledger.network().submission(
        4,
        ledger.expiry(),
        vec![crates_record("lend", "a", 5, &depot), event_record(1)],
    );
    let batch = ledger.batch(vec![submission]);
    let checked = CheckedBatch::check(&early, Arc::new(batch.clone()));
    let block = ledger.next_block(std::slice::from_ref(&batch), Vec::new());
    let certificate = ledger
        .network()
        .commit_certificate(block.height(), block.digest());
    let applied = crate::ledger::apply(
        &ledger,
        ledger.rulebook(),
        ledger.tip(),
        &block,
        &certificate,
        &[Arc::new(checked)],
    )
    .unwrap();
    let outcomes = &applied.records[0].outcomes;
    assert_eq!(code(&outcomes[0]), "rule-broken");
    assert_eq!(outcomes[1], Outcome::Accepted);
    let same = ledger.apply(&block, &[batch]).unwrap();
    assert_eq!(same.commit.tip, applied.commit.tip);
}

#[test]
fn an_asset_is_created_changed_and_closed() {
    let (mut ledger, depot) = with_crates(10);
    let name = ContractName::new("crates").unwrap();
    let key = AssetKey::new("a/b").unwrap();
    let root = ledger.tip().state_root;
    let of = |kind: &str, count| crates_record(kind, "a/b", count, &depot);
    let steps = [
        (4, of("correct", 3), "no-such-asset"),
        (4, of("return", 3), "no-such-asset"),
        (4, of("lend", 11), "rule-broken"),
        (4, of("lend", 3), ""),
        (5, of("lend", 3), "asset-exists"),
        (5, of("correct", 4), "rule-broken"),
        (4, of("correct", 4), ""),
        (4, of("return", 3), "rule-broken"),
        (5, of("note", 1), ""),
        (5, of("return", 4), ""),
        (4, of("correct", 4), "asset-closed"),
        (4, of("lend", 4), "asset-closed"),
    ];
    let mut accepted = Vec::new();
    for (member, record, expected) in steps {
        let kind = record.kind.to_string();
        let (index, outcome) = commit(&mut ledger, member, record);
        assert_eq!(code(&outcome), expected, "{kind}");
        if expected.is_empty() && kind != "crates.note" {
            accepted.push(index);
        }
    }
    let asset = read_asset(&ledger, &name, &key).unwrap().unwrap();
    assert!(asset.is_closed);
    assert_eq!(asset.revision, 3);
    assert_eq!((asset.created, asset.latest), (accepted[0], accepted[2]));
    assert_eq!(asset.member, ledger.network().member(5));
    assert_eq!(asset.body, of("correct", 4).body);
    assert_ne!(ledger.tip().state_root, root);
}

/// Records of one block and of one submission see what those before them did.
#[test]
fn assets_change_within_a_block() {
    let (mut ledger, depot) = with_crates(10);
    let of = |kind: &str, count| crates_record(kind, "a", count, &depot);
    let network = ledger.network().clone();
    let all = vec![of("lend", 3), of("correct", 4), of("return", 4)];
    let broken = vec![
        crates_record("lend", "b", 3, &depot),
        crates_record("return", "b", 4, &depot),
    ];
    let submissions = vec![
        network.submission(4, ledger.expiry(), all),
        network.atomic_submission(4, ledger.expiry(), broken),
    ];
    let applied = ledger.submit(submissions);
    assert_eq!(
        applied.records[0].outcomes,
        [Outcome::Accepted, Outcome::Accepted, Outcome::Accepted]
    );
    let codes: Vec<&str> = applied.records[1].outcomes.iter().map(code).collect();
    assert_eq!(codes, ["atomic", "rule-broken"]);
    let key = AssetKey::new("b").unwrap();
    let name = ContractName::new("crates").unwrap();
    assert_eq!(read_asset(&ledger, &name, &key).unwrap(), None);
}

#[test]
fn admission_tries_what_the_block_would_do() {
    let (ledger, depot) = with_crates(10);
    let judge = |member: usize, records: Vec<Record>| {
        let network = ledger.network();
        let submission = network.atomic_submission(member, ledger.expiry(), records);
        super::admission::judge(&ledger, &submission)
    };
    let lend = || crates_record("lend", "a", 3, &depot);
    assert_eq!(judge(4, vec![lend()]), Ok(()));
    assert_eq!(
        judge(4, vec![lend(), crates_record("return", "a", 3, &depot)]),
        Ok(())
    );
    let refused = |result: Result<(), Refusal>| match result.unwrap_err() {
        Refusal::Rejected { first, .. } => (first.record, first.rejection.code().to_owned()),
        Refusal::RuleBroken { record, rule, .. } => (record, rule),
        other => panic!("{other}"),
    };
    assert_eq!(
        refused(judge(4, vec![lend(), lend()])),
        (1, "asset-exists".to_owned())
    );
    let too_many = crates_record("lend", "a", 30, &depot);
    assert_eq!(
        refused(judge(4, vec![too_many])),
        (0, "not-too-many".to_owned())
    );
    let proposal = retire_contract("crates", expires(&ledger));
    assert_eq!(
        refused(judge(4, vec![proposal])),
        (0, "not-governing".to_owned())
    );
    let odd = record("crates.lend", 1, "{\"id\": 7}");
    assert!(matches!(
        judge(4, vec![odd]),
        Err(Refusal::InvalidRecord { .. })
    ));
}

#[test]
fn an_asset_is_told_as_it_was_at_any_height() {
    let (mut ledger, depot) = with_crates(10);
    let name = ContractName::new("crates").unwrap();
    let key = AssetKey::new("a").unwrap();
    let before = ledger.tip().height;
    let mut steps = Vec::new();
    for (kind, count) in [("lend", 3), ("correct", 4), ("correct", 5), ("return", 5)] {
        let record = crates_record(kind, "a", count, &depot);
        let (index, outcome) = commit(&mut ledger, 4, record.clone());
        assert_eq!(outcome, Outcome::Accepted);
        steps.push((ledger.tip().height, index, record));
        ledger.order(&[], Vec::new());
    }
    let ask = |as_of, before, count| ask_asset(&ledger, &name, &key, as_of, before, count);
    assert_eq!(ask(Some(before), None, 10), Ok(None));
    for (number, (height, index, record)) in (1u64..).zip(&steps) {
        for later in 0..2 {
            let asked = Height(height.0 + later);
            let answer = ask(Some(asked), None, 10).unwrap().unwrap();
            assert_eq!((answer.height, answer.revision), (asked, number));
            assert_eq!((answer.created, answer.latest), (steps[0].1, *index));
            let closes = number == 4;
            assert_eq!(answer.is_closed, closes);
            let stated = if closes {
                &steps[2]
            } else {
                &steps[number as usize - 1]
            };
            assert_eq!((answer.stated, &answer.body), (stated.1, &stated.2.body));
            assert!(closes || stated.2 == *record);
            let numbers: Vec<u64> = answer.history.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers, (1..=number).rev().collect::<Vec<u64>>());
        }
    }
    // Pages follow each other without a gap.
    let page = ask(None, None, 3).unwrap().unwrap();
    assert_eq!((page.history.len(), page.next), (3, Some(1)));
    let last = ask(None, page.next, 3).unwrap().unwrap();
    assert_eq!((last.history.len(), last.next), (1, None));
    assert_eq!(last.history[0].1.index, steps[0].1);
    let beyond = Height(ledger.tip().height.0 + 1);
    let tip = ledger.tip().height;
    assert_eq!(
        ask(Some(beyond), None, 1),
        Err(QuestionError::BeyondTip { asked: beyond, tip })
    );
    let other = AssetKey::new("b").unwrap();
    assert_eq!(ask_asset(&ledger, &name, &other, None, None, 1), Ok(None));
}

/// A version that was taken back took nothing: the refusal names the one that did.
#[test]
fn who_took_a_kind_last_is_told_though_a_later_version_was_taken_back() {
    let (mut ledger, depot) = with_crates(10);
    let far = Height(ledger.next_height().0 + 500);
    let slip = install_contract(&crates_contract(2, 5), Some(far), expires(&ledger));
    adopt(&mut ledger, &slip);
    for name in ["crates", "orders"] {
        let retire = retire_contract(name, expires(&ledger));
        adopt(&mut ledger, &retire);
    }
    let kind = crates_record("lend", "a", 3, &depot).kind;
    let name = ContractName::new("crates").unwrap();
    assert_eq!(contracts::read_ended_version(&ledger, &name), Ok(Some(2)));
    let last = contracts::read_last_taken(&ledger, &kind, ledger.next_height());
    assert_eq!(last.unwrap().map(|last| last.version), Some(1));
}

/// A slip in the height of an adopted version does not end all change of the contract.
#[test]
fn a_version_that_has_not_begun_gives_way_to_a_later_one() {
    let (mut ledger, depot) = with_crates(10);
    let far = Height(ledger.next_height().0 + 10_000_000);
    let too_far = install_contract(
        &crates_contract(2, 5),
        Some(Height(far.0 + 2)),
        expires(&ledger),
    );
    let (_, outcome) = commit(&mut ledger, 0, too_far);
    assert_eq!(code(&outcome), "height-too-far");
    let slip = install_contract(&crates_contract(2, 5), Some(far), expires(&ledger));
    adopt(&mut ledger, &slip);
    let before = ledger.tip().height;
    let again = install_contract(&crates_contract(3, 2), None, expires(&ledger));
    let index = adopt(&mut ledger, &again);
    let lend = |count| crates_record("lend", "a", count, &depot);
    assert_eq!(code(&commit(&mut ledger, 4, lend(3)).1), "rule-broken");
    assert_eq!(commit(&mut ledger, 4, lend(2)).1, Outcome::Accepted);
    // What has ended is not read with every block, and not forgotten.
    let schedule = contracts::read_schedule(&ledger).unwrap();
    let of_crates = schedule
        .versions()
        .iter()
        .filter(|one| one.contract.name.as_str() == "crates");
    assert_eq!(of_crates.count(), 1);
    let name = ContractName::new("crates").unwrap();
    let versions = |as_of| -> Vec<(u32, Option<Height>)> {
        let answer = ask_contracts(&ledger, None, as_of, 100).unwrap();
        let of_name = answer
            .versions
            .iter()
            .filter(|one| one.contract.name == name);
        of_name
            .map(|one| (one.contract.version, one.until))
            .collect()
    };
    let from = schedule
        .versions()
        .iter()
        .find(|one| one.contract.name == name)
        .unwrap()
        .from;
    assert_eq!(versions(None), [(3, None), (2, Some(far)), (1, Some(from))]);
    assert_eq!(versions(Some(before)), [(1, None)]);
    let (_, at_first) = ask_contract(&ledger, &name, None, Some(before)).unwrap();
    assert_eq!(at_first.unwrap().contract.version, 1);
    let (_, taken_back) = ask_contract(&ledger, &name, Some(2), None).unwrap();
    let taken_back = taken_back.unwrap();
    assert_eq!(taken_back.until, Some(taken_back.from));
    let status = read_proposal(&ledger, index).unwrap().unwrap().status;
    assert!(
        matches!(status, ProposalStatus::Adopted { by, .. } if Some(by) == taken_back.ended_by)
    );
    // The set of an earlier height is that of the block behind it.
    let answer = ask_contracts(&ledger, None, Some(before), 1).unwrap();
    let block = ledger
        .blocks()
        .iter()
        .find(|one| one.block.height() == before.next());
    assert_eq!(
        answer.contract_set,
        block.unwrap().block.header().contract_set
    );
    // Pages follow each other.
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let page = ask_contracts(&ledger, after.as_ref(), None, 2).unwrap();
        paged.extend(page.versions);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(
        paged,
        ask_contracts(&ledger, None, None, 100).unwrap().versions
    );
    let old = install_contract(&crates_contract(1, 2), None, expires(&ledger));
    assert_eq!(code(&commit(&mut ledger, 0, old).1), "contract-version");
    let retire = retire_contract("crates", expires(&ledger));
    adopt(&mut ledger, &retire);
    let again = retire_contract("crates", expires(&ledger));
    let (_, outcome) = commit(&mut ledger, 0, again);
    assert_eq!(code(&outcome), "contract-retired");
    let (_, latest) = ask_contract(&ledger, &name, None, None).unwrap();
    assert_eq!(latest.unwrap().contract.version, 3);
}
