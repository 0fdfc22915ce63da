//! A validator with nothing on its disk: new, or robbed.

use super::*;

fn fresh() -> Bench {
    let (mut bench, _) = Bench::with(4, 0, &[], SigningState::Fresh);
    for peer in 1..4 {
        bench.connect(peer);
    }
    bench
}

fn status(bench: &mut Bench, peer: usize, height: u64) {
    let height = Height(height);
    bench.message(peer, CheckedMessage::Status { height });
}

fn vote_of_peer(bench: &mut Bench) -> Vec<Effect> {
    let block = Block::new(bench.ledger.next_header(), BlockBody::default());
    let vote = bench.vote(2, &block);
    bench.message(2, vote)
}

#[test]
fn it_begins_when_a_quorum_says_that_nothing_is_committed() {
    let mut bench = fresh();
    status(&mut bench, 1, 0);
    vote_of_peer(&mut bench);
    assert_eq!(bench.replica.consensus().height(), None);
    status(&mut bench, 3, 0);
    assert_eq!(bench.replica.consensus().height(), Some(Height(1)));
    assert!(bench.replica.consensus().signs());
}

/// Whoever has lost its disk must not sign because one peer, or a vote from long ago, makes the
/// first height look open.
#[test]
fn it_does_not_begin_a_ledger_that_has_begun() {
    let mut bench = fresh();
    status(&mut bench, 1, 7);
    status(&mut bench, 2, 0);
    status(&mut bench, 3, 7);
    vote_of_peer(&mut bench);
    bench.after(60_000, Input::TimerElapsed(Timer::Tick));
    assert_eq!(bench.replica.consensus().height(), None);
}

#[test]
fn a_sole_validator_needs_to_ask_nobody() {
    let (mut bench, _) = Bench::with(1, 0, &[], SigningState::Fresh);
    bench.after(60_000, Input::TimerElapsed(Timer::StartHeight));
    assert_eq!(bench.replica.next_height(), Height(1));
    assert!(bench.replica.consensus().height().is_some());
}
