//! Production runs on a ledger: told once, corrected, compared with the machine's others, and found again.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contracts::{MAX_COMPARED_RUNS, RunGroup, read_run};
use crate::ledger::questions::{QuestionError, RunsPage, Standing, ask_runs};
use crate::testing::{MemoryLedger, TestNetwork, record};
use crate::types::{Height, LogIndex, Outcome, Timestamp};

const SITE: &str = "https://id.gs1.org/414/9521004000014";

fn hour(hour: i64) -> Timestamp {
    let day = Timestamp::parse_rfc3339("2020-01-01T00:00:00Z").unwrap();
    Timestamp::from_ms(day.as_ms() + hour * 3_600_000)
}

fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(1, 3)))
}

fn run(name: &str, machine: &str, (start, end): (i64, i64)) -> Value {
    json!({"run": name, "site": "urn:epc:id:sgln:9521004.00001.0", "machine": machine,
        "product": "urn:example:bar", "start": hour(start).to_string(), "end": hour(end).to_string(),
        "output": {"quantity": 4, "unit": "EA"}})
}

fn submit(ledger: &mut MemoryLedger, member: usize, body: &Value) -> (LogIndex, Outcome) {
    let record = record("production.run", 1, body.to_string());
    let submission = ledger
        .network()
        .submission(member, ledger.expiry(), vec![record]);
    let applied = ledger.submit(vec![submission]);
    let entry = &applied.records[0];
    (entry.location.first_index, entry.outcomes[0].clone())
}

fn code(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted => String::new(),
        Outcome::Flagged { flags } => {
            let codes: Vec<&str> = flags.iter().map(|flag| flag.code()).collect();
            codes.join(" ")
        }
        Outcome::Rejected(rejection) => rejection.code().to_owned(),
        Outcome::Duplicate { of } => format!("duplicate {of}"),
    }
}

fn ask(ledger: &MemoryLedger, as_of: Option<u64>, group: RunGroup, count: usize) -> RunsPage {
    let standing = Standing::at(ledger, as_of.map(Height)).unwrap();
    let period = (Timestamp::from_ms(i64::MIN), Timestamp::from_ms(i64::MAX));
    ask_runs(ledger, &standing, group, period, None, count).unwrap()
}

fn indices(page: &RunsPage) -> Vec<LogIndex> {
    page.runs.iter().map(|run| run.index).collect()
}

#[test]
fn a_run_is_told_once_and_corrected_in_order() {
    let mut ledger = ledger();
    let first = run("r1", "m1", (0, 2));
    let (told, outcome) = submit(&mut ledger, 0, &first);
    assert_eq!(outcome, Outcome::Accepted);
    let (_, outcome) = submit(&mut ledger, 0, &first);
    assert_eq!(outcome, Outcome::Duplicate { of: told });
    let mut other = run("r1", "m1", (0, 3));
    assert_eq!(code(&submit(&mut ledger, 0, &other).1), "run-exists");
    other["corrects"] = json!(told.0 + 1);
    assert_eq!(code(&submit(&mut ledger, 0, &other).1), "not-latest");
    other["corrects"] = json!(told.0);
    let (corrected, outcome) = submit(&mut ledger, 0, &other);
    // The run does not overlap with what it was.
    assert_eq!(outcome, Outcome::Accepted);
    assert_eq!(
        code(&submit(&mut ledger, 0, &other).1),
        format!("duplicate {corrected}")
    );
    // Another member's run of that name is another run, and its machine another machine.
    assert_eq!(code(&submit(&mut ledger, 1, &first).1), "");
    let mut nothing = run("r2", "m1", (0, 1));
    nothing["corrects"] = json!(told.0);
    assert_eq!(code(&submit(&mut ledger, 0, &nothing).1), "no-such-run");
    let state = read_run(&ledger, &ledger.network().member(0), "r1")
        .unwrap()
        .unwrap();
    assert_eq!((state.first, state.latest), (told, corrected));

    let site = RunGroup::of_site(SITE);
    let now = indices(&ask(&ledger, None, site, 9));
    assert_eq!((now.len(), now.contains(&corrected)), (2, true));
    assert_eq!(indices(&ask(&ledger, Some(1), site, 9)), [told]);
    assert_eq!(indices(&ask(&ledger, Some(0), site, 9)), []);
}

#[test]
fn a_machine_has_one_run_at_a_time_or_it_shows() {
    let mut ledger = ledger();
    let mut told = |name: &str, machine: &str, period| {
        code(&submit(&mut ledger, 0, &run(name, machine, period)).1)
    };
    assert_eq!(told("a", "m1", (0, 2)), "");
    assert_eq!(told("b", "m1", (2, 4)), "");
    assert_eq!(told("c", "m2", (1, 3)), "");
    assert_eq!(told("d", "m1", (3, 5)), "overlap");
    assert_eq!(told("e", "m1", (-9, -8)), "");
    assert_eq!(told("f", "m1", (-20, 20)), "overlap");
    // Once the oldest are forgotten, what began before the rest cannot be compared with them.
    for number in 0..MAX_COMPARED_RUNS as i64 {
        let name = format!("x{number}");
        assert_eq!(told(&name, "m3", (number, number + 1)), "");
    }
    assert_eq!(told("y", "m3", (-1, 0)), "");
    assert_eq!(told("z", "m3", (-2, -1)), "late");
    // A long run is forgotten like others: what begins before its end may overlap with it.
    assert_eq!(told("long", "m4", (0, 300)), "");
    for number in 0..MAX_COMPARED_RUNS as i64 {
        let name = format!("w{number}");
        assert_eq!(told(&name, "m4", (100 + number, 101 + number)), "overlap");
    }
    assert_eq!(told("v", "m4", (200, 201)), "late");
    assert_eq!(told("u", "m4", (300, 301)), "");
}

#[test]
fn a_run_that_is_not_over_is_refused() {
    let mut ledger = ledger();
    let mut body = run("r1", "m1", (0, 2));
    let limit = ledger.next_time().as_ms() + 3_600_000;
    body["start"] = json!(Timestamp::from_ms(limit - 1).to_string());
    body["end"] = json!(Timestamp::from_ms(limit + 1).to_string());
    assert_eq!(code(&submit(&mut ledger, 0, &body).1), "ahead-of-time");
}

#[test]
fn pages_join_and_periods_hold() {
    let mut ledger = ledger();
    let all: Vec<LogIndex> = (0..7)
        .map(|number| {
            let machine = if number % 2 == 0 { "m1" } else { "m2" };
            submit(
                &mut ledger,
                0,
                &run(&format!("r{number}"), machine, (number, number + 1)),
            )
            .0
        })
        .collect();
    let standing = Standing::at(&ledger, None).unwrap();
    let ever = (Timestamp::from_ms(i64::MIN), Timestamp::from_ms(i64::MAX));
    let mut after = None;
    let mut found = Vec::new();
    loop {
        let page = ask_runs(&ledger, &standing, RunGroup::ALL, ever, after, 3).unwrap();
        assert!(page.runs.len() <= 3);
        found.extend(indices(&page));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(found, all);
    // The page of another site, and of another time.
    let group = RunGroup::of_machine(SITE, "m2");
    for (period, after) in [
        (ever, (hour(0), all[0])),
        ((hour(4), hour(9)), (hour(1), all[1])),
    ] {
        let other = ask_runs(&ledger, &standing, group, period, Some(after), 3);
        assert!(matches!(other, Err(QuestionError::OtherAnswer { .. })));
    }
    let machine = RunGroup::of_machine(SITE, "m2");
    assert_eq!(
        indices(&ask(&ledger, None, machine, 9)),
        [all[1], all[3], all[5]]
    );
    let part = ask_runs(
        &ledger,
        &standing,
        RunGroup::ALL,
        (hour(2), hour(4)),
        None,
        9,
    )
    .unwrap();
    assert_eq!(indices(&part), all[2..4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A run is flagged exactly if it overlaps one that was told before and still stands.
    #[test]
    fn overlaps_are_those_of_the_intervals(
        told in prop::collection::vec((0i64..20, 1i64..6, any::<prop::sample::Index>(), any::<bool>()), 1..14),
    ) {
        let mut ledger = ledger();
        // Of each run that stands: name, interval, latest entry.
        let mut standing: Vec<(String, (i64, i64), LogIndex)> = Vec::new();
        for (number, (start, length, which, is_correction)) in told.iter().enumerate() {
            let period = (*start, start + length);
            let corrected = (*is_correction && !standing.is_empty())
                .then(|| standing.remove(which.index(standing.len())));
            let name = corrected.as_ref().map_or(format!("r{number}"), |(name, _, _)| name.clone());
            let mut body = run(&name, "m1", period);
            if let Some((_, _, latest)) = &corrected {
                body["corrects"] = json!(latest.0);
            }
            let (index, outcome) = submit(&mut ledger, 0, &body);
            let overlaps = standing.iter().any(|(_, (from, until), _)| *from < period.1 && period.0 < *until);
            prop_assert_eq!(code(&outcome), if overlaps { "overlap" } else { "" });
            standing.push((name, period, index));
        }
        let mut expected: Vec<(i64, LogIndex)> =
            standing.iter().map(|(_, (start, _), index)| (*start, *index)).collect();
        expected.sort_unstable();
        let expected: Vec<LogIndex> = expected.into_iter().map(|(_, index)| index).collect();
        prop_assert_eq!(indices(&ask(&ledger, None, RunGroup::ALL, 99)), expected);
    }
}
