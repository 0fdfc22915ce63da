//! Which versions judge, whatever is decided in which order.

use super::*;

fn contract(name: &str, version: u32, kinds: &[&str]) -> ContractSummary {
    ContractSummary {
        name: ContractName::new(name).unwrap(),
        version,
        digest: ContractDigest(Blake3Digest::of(&[version.to_le_bytes()[0]])),
        kinds: kinds.iter().map(|k| RecordKind::new(k).unwrap()).collect(),
    }
}

fn code(result: Result<(), Rejection>) -> String {
    result.map_or_else(|rejection| rejection.code().to_owned(), |()| String::new())
}

/// Decided at height 0, by no entry.
fn from(height: u64) -> ContractDecision {
    ContractDecision {
        next: Height(1),
        from: Height(height),
        by: None,
    }
}

fn name(text: &str) -> ContractName {
    ContractName::new(text).unwrap()
}

fn with(contracts: &[ContractSummary]) -> ContractSchedule {
    let mut schedule = ContractSchedule::default();
    for contract in contracts {
        let result = schedule.install(contract.clone(), None, ContractDecision::GENESIS);
        assert_eq!(result, Ok(()));
    }
    schedule
}

/// Which versions of a contract are in force at heights.
fn at(schedule: &ContractSchedule, name: &str, heights: &[u64]) -> Vec<Option<u32>> {
    let version = |height: &u64| {
        let in_force = schedule.in_force(Height(*height));
        let found = in_force
            .iter()
            .find(|one| one.contract.name.as_str() == name);
        found.map(|one| one.contract.version)
    };
    heights.iter().map(version).collect()
}

#[test]
fn a_new_version_judges_from_its_height_and_the_old_one_up_to_there() {
    let mut schedule = with(&[contract("a", 1, &["a.x"])]);
    let before = schedule.digest_at(Height(5));
    let decision = ContractDecision {
        by: Some(LogIndex(7)),
        ..from(10)
    };
    schedule
        .install(contract("a", 3, &["a.x", "a.y"]), None, decision)
        .unwrap();
    assert_eq!(schedule.digest_at(Height(9)), before);
    assert_ne!(schedule.digest_at(Height(10)), before);
    assert_eq!(at(&schedule, "a", &[9, 10]), [Some(1), Some(3)]);
    assert_eq!(schedule.versions()[0].ended_by, Some(LogIndex(7)));
    assert_eq!(schedule.versions()[1].adopted_by, Some(LogIndex(7)));
    let bytes = schedule.to_bytes();
    assert_eq!(ContractSchedule::from_bytes(&bytes).as_ref(), Ok(&schedule));
    assert_eq!(schedule.take_ended(Height(9)), []);
    let ended = schedule.take_ended(Height(10));
    assert_eq!((ended.len(), ended[0].contract.version), (1, 1));
    assert_eq!(at(&schedule, "a", &[9, 10]), [None, Some(3)]);
    // Its number is taken nevertheless.
    let again = schedule.install(contract("a", 4, &["a.x"]), Some(4), from(20));
    assert_eq!(code(again), "contract-version");
}

#[test]
fn what_cannot_come_into_force_is_told_apart() {
    let schedule = with(&[
        contract("a", 1, &["a.x"]),
        contract("g", 1, &[PROPOSAL, BALLOT]),
    ]);
    let mut next = schedule.clone();
    next.install(contract("a", 2, &["a.y"]), None, from(10))
        .unwrap();
    let cases: [(&ContractSchedule, ContractSummary, u64, &str); 9] = [
        (
            &schedule,
            contract("a", 1, &["a.x"]),
            10,
            "contract-version",
        ),
        (&schedule, contract("b", 1, &["a.x"]), 10, "kind-taken"),
        (
            &schedule,
            contract("g", 2, &[PROPOSAL]),
            10,
            "governance-lost",
        ),
        (&schedule, contract("b", 1, &["b.x"]), 10, ""),
        (
            &schedule,
            contract("b", 1, &["b.x"]),
            MAX_HEIGHTS_AHEAD + 1,
            "",
        ),
        (
            &schedule,
            contract("b", 1, &["b.x"]),
            MAX_HEIGHTS_AHEAD + 2,
            "height-too-far",
        ),
        // Its kind is free from then on, and not before.
        (&next, contract("b", 1, &["a.x"]), 10, ""),
        (&next, contract("b", 1, &["a.x"]), 9, "kind-taken"),
        (&next, contract("b", 1, &["a.y"]), 2, "kind-taken"),
    ];
    for (schedule, summary, height, expected) in cases {
        let mut changed = schedule.clone();
        let found = code(changed.install(summary.clone(), None, from(height)));
        assert_eq!(found, expected, "{summary:?}");
        assert_eq!(changed == *schedule, !expected.is_empty());
    }
    let mut begun = schedule;
    begun
        .install(contract("a", 2, &["a.x"]), None, from(1))
        .unwrap();
    let again = begun.install(contract("a", 3, &["a.x"]), None, from(1));
    assert_eq!(code(again), "contract-scheduled");
}

/// What was decided and has not begun can be decided otherwise: a slip in its height, or a fault in it, is not
/// for ever.
#[test]
fn what_has_not_begun_is_taken_back() {
    let mut schedule = with(&[contract("a", 1, &["a.x"])]);
    schedule
        .install(contract("a", 2, &["a.x"]), None, from(1_000_000))
        .unwrap();
    let mut sooner = schedule.clone();
    sooner
        .install(contract("a", 3, &["a.x"]), None, from(10))
        .unwrap();
    let found = at(&sooner, "a", &[9, 10, 999_999, 1_000_000]);
    assert_eq!(found, [Some(1), Some(3), Some(3), Some(3)]);
    let mut later = schedule.clone();
    later
        .install(contract("a", 3, &["a.x"]), None, from(2_000_000))
        .unwrap();
    let found = at(&later, "a", &[1_000_000, 2_000_000]);
    assert_eq!(found, [Some(1), Some(3)]);
    let taken_back = later.take_ended(Height(1));
    assert_eq!((taken_back.len(), taken_back[0].contract.version), (1, 2));
    assert_eq!(taken_back[0].until, Some(taken_back[0].from));
    let mut never = schedule.clone();
    never.retire(&name("a"), None, from(5)).unwrap();
    assert_eq!(at(&never, "a", &[4, 5, 1_000_000]), [Some(1), None, None]);
    // A new contract that has not begun ends before it does.
    schedule
        .install(contract("b", 1, &["b.x"]), None, from(10))
        .unwrap();
    schedule.retire(&name("b"), None, from(5)).unwrap();
    assert_eq!(at(&schedule, "b", &[5, 10, 11]), [None, None, None]);
    let again = schedule.retire(&name("b"), None, from(6));
    assert_eq!(code(again), "contract-retired");
}

/// What took the place of a version that is taken back keeps it.
#[test]
fn a_kind_that_was_given_away_does_not_come_back() {
    let mut schedule = with(&[contract("a", 1, &["a.x"])]);
    schedule
        .install(contract("a", 2, &["a.y"]), None, from(10))
        .unwrap();
    schedule
        .install(contract("b", 1, &["a.x"]), None, from(10))
        .unwrap();
    let later = schedule.install(contract("a", 3, &["a.y"]), None, from(20));
    assert_eq!(code(later), "kind-taken");
    schedule
        .install(contract("a", 3, &["a.y"]), None, from(10))
        .unwrap();
}

#[test]
fn a_retired_contract_ends_and_may_come_again() {
    let mut schedule = with(&[
        contract("a", 1, &["a.x"]),
        contract("g", 1, &[PROPOSAL, BALLOT]),
    ]);
    let retire = |schedule: &mut ContractSchedule, contract: &str, height| {
        code(schedule.retire(&name(contract), None, from(height)))
    };
    assert_eq!(retire(&mut schedule, "b", 5), "unknown-contract");
    for height in [1, 2, 5, 1_000] {
        assert_eq!(
            retire(&mut schedule, "g", height),
            "governance-lost",
            "{height}"
        );
        let other = contract("g", 2, &[PROPOSAL]);
        let replaced = schedule.clone().install(other, None, from(height));
        assert_eq!(code(replaced), "governance-lost", "{height}");
    }
    assert_eq!(retire(&mut schedule, "a", 6), "");
    assert_eq!(retire(&mut schedule, "a", 6), "contract-retired");
    assert_eq!(retire(&mut schedule, "a", 5), "");
    assert_eq!(schedule.in_force(Height(5)).len(), 1);
    // Its kind is free from then on, and not before.
    let other = contract("b", 1, &["a.x"]);
    let early = schedule.clone().install(other.clone(), None, from(4));
    assert_eq!(code(early), "kind-taken");
    schedule.clone().install(other, None, from(5)).unwrap();
    schedule
        .install(contract("a", 2, &["a.x"]), None, from(7))
        .unwrap();
    assert_eq!(
        at(&schedule, "a", &[4, 5, 6, 7]),
        [Some(1), None, None, Some(2)]
    );
    // If that is put off, the first version goes on to end when it was to.
    schedule
        .install(contract("a", 3, &["a.x"]), None, from(9))
        .unwrap();
    assert_eq!(
        at(&schedule, "a", &[4, 5, 8, 9]),
        [Some(1), None, None, Some(3)]
    );
    assert_eq!(schedule.take_ended(Height(9)).len(), 2);
    let gone = schedule.clone().retire(&name("z"), Some(1), from(9));
    assert_eq!(code(gone), "contract-retired");
}
