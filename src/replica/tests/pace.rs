//! How long the replica waits for proposals.

use super::*;
use crate::consensus::{Timeout, TimeoutKind};

/// A bench that is not the proposer of height 1, whose height a peer's vote has started; and the
/// proposer, with its block.
fn waiting() -> (Bench, usize, Block) {
    let proposer = Bench::new(4, 0).proposer();
    let mut bench = Bench::new(4, (proposer + 1) % 4);
    let block = Block::new(bench.ledger.next_header(), BlockBody::default());
    let vote = bench.vote((proposer + 2) % 4, &block);
    let effects = bench.message((proposer + 2) % 4, vote);
    assert_eq!(propose_timeout_ms(&effects), Some(1_000));
    (bench, proposer, block)
}

fn propose_timeout_ms(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::SetTimer {
            timer: Timer::Consensus(timeout),
            after_ms,
        } if timeout.kind == TimeoutKind::Propose => Some(*after_ms),
        _ => None,
    })
}

#[test]
fn a_prompt_proposal_shortens_the_next_wait() {
    let (mut bench, proposer, block) = waiting();
    bench.now = Timestamp::from_ms(bench.now.as_ms() + 20);
    let network = Arc::clone(&bench.network);
    let message = proposing(&network, proposer, Height(1), Round::ZERO, &block);
    bench.message(proposer, message);
    let decided = fetch_next_block(&mut bench);
    bench.commit(&decided, &[]);
    let next = bench.ledger.next_block(&[], Vec::new());
    let vote = bench.vote(proposer, &next);
    let effects = bench.message(proposer, vote);
    // A node that has the turn itself waits for nobody.
    if let Some(after_ms) = propose_timeout_ms(&effects) {
        assert_eq!(after_ms, 250);
    }
    assert_eq!(bench.replica.pace.timeout_ms(), 250);
}

/// A proposal to hand something over expires, whether or not anybody submits anything.
#[test]
fn what_the_ledger_has_to_do_by_itself_starts_a_height_when_it_is_due() {
    let wait_ms = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::SetTimer {
                timer: Timer::StartHeight,
                after_ms,
            } => Some(*after_ms),
            _ => None,
        })
    };
    let (quiet, effects) = Bench::recovered(4, 0, &[]);
    let heartbeat_ms = quiet.replica.genesis.consensus().heartbeat_ms;
    let before = wait_ms(&effects);
    let mut ledger = MemoryLedger::new(Arc::clone(&quiet.network));
    let submit = |ledger: &mut MemoryLedger, kind: &str, body: serde_json::Value| {
        let record = crate::testing::record(kind, 1, body.to_string());
        let submission = quiet.network.submission(0, ledger.expiry(), vec![record]);
        let applied = ledger.submit(vec![submission]);
        assert_eq!(
            applied.records[0].outcomes,
            [crate::types::Outcome::Accepted]
        );
    };
    let things = ["urn:x:sack"];
    submit(
        &mut ledger,
        "custody.claim",
        serde_json::json!({"things": things}),
    );
    let expires = Timestamp::from_ms(ledger.tip().time.as_ms() + 5_000);
    let to = quiet.network.member(1);
    let proposal = serde_json::json!({"things": things, "to": to, "expires": expires.to_string()});
    submit(&mut ledger, "custody.proposal", proposal);
    let (mut bench, effects) = Bench::on(ledger, 0, &[], SigningState::Active);
    let due_ms = u64::try_from(expires.as_ms() - bench.now.as_ms()).unwrap();
    assert!(due_ms < heartbeat_ms);
    assert_ne!(before, Some(due_ms));
    assert_eq!(wait_ms(&effects), Some(due_ms));
    let effects = bench.after(
        i64::try_from(due_ms).unwrap(),
        Input::TimerElapsed(Timer::StartHeight),
    );
    assert!(matches!(bench.replica.phase, state_machine::Phase::Running));
    assert_eq!(wait_ms(&effects), None);
}

#[test]
fn a_proposal_that_does_not_come_is_a_miss_once() {
    let (mut bench, _, _) = waiting();
    bench.replica.pace.arrived(200);
    assert_eq!(bench.replica.pace.timeout_ms(), 600);
    let timer = Timer::Consensus(Timeout {
        height: Height(1),
        round: Round::ZERO,
        kind: TimeoutKind::Propose,
    });
    for _ in 0..2 {
        bench.after(1_000, Input::TimerElapsed(timer));
        assert_eq!(bench.replica.pace.timeout_ms(), 1_000);
    }
    bench.replica.pace.arrived(200);
    assert!(bench.replica.pace.timeout_ms() < 600);
}

#[test]
fn it_is_the_silent_proposer_that_is_named() {
    let (mut bench, proposer, _) = waiting();
    let own = (proposer + 1) % 4;
    let timer = |kind| {
        Input::TimerElapsed(Timer::Consensus(Timeout {
            height: Height(1),
            round: Round::ZERO,
            kind,
        }))
    };
    bench.after(1_000, timer(TimeoutKind::Propose));
    let network = Arc::clone(&bench.network);
    let mut effects = Vec::new();
    for vote_type in [VoteType::Prevote, VoteType::Precommit] {
        for voter in (0..4).filter(|voter| *voter != own && *voter != proposer) {
            let nil = network.vote(voter, vote_type, Height(1), Round::ZERO, None);
            let verified = Verified::check(nil, &network.ledger()).unwrap();
            effects.extend(bench.message(
                voter,
                CheckedMessage::Consensus {
                    height: Height(1),
                    input: Box::new(consensus::Input::Vote(verified)),
                },
            ));
        }
    }
    // One of the prevotes was for the block, so this node waits before it precommits nil, and again
    // before it goes on.
    effects.extend(bench.after(500, timer(TimeoutKind::Prevote)));
    effects.extend(bench.after(500, timer(TimeoutKind::Precommit)));
    let failed: Vec<&Report> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Report(report @ Report::RoundFailed { .. }) => Some(report),
            _ => None,
        })
        .collect();
    let expected = Report::RoundFailed {
        height: Height(1),
        round: Round::ZERO,
        proposer: network.consensus_key(proposer).public_key(),
    };
    assert_eq!(failed, [&expected]);
}
