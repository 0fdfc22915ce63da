//! The main transitions of the algorithm: a state, an input, and exactly the effects.
//!
//! Four validators; at height 1 the turns are 1, 2, 3, 0. The node under test is validator 0
//! unless a test says otherwise.

use super::support::*;
use crate::consensus::*;
use crate::types::{Height, Round, Signed, Vote, VoteType};

struct Run {
    committee: Committee,
    consensus: Consensus,
}

impl Run {
    fn of(validator: usize) -> Self {
        let committee = Committee::new(4);
        let mut consensus = committee.consensus(validator);
        consensus.step(committee.start(1, Vec::new())).unwrap();
        Self {
            committee,
            consensus,
        }
    }

    fn on(&mut self, input: Input) -> Vec<String> {
        let effects = self.consensus.step(input).unwrap();
        effects.iter().map(show).collect()
    }

    fn message(&mut self, message: ConsensusMessage) -> Vec<String> {
        let input = self.committee.input(message);
        self.on(input)
    }

    fn vote(&mut self, vote: Signed<Vote>) -> Vec<String> {
        self.message(ConsensusMessage::Vote(vote))
    }

    fn prevote(&mut self, validator: usize, round: u32, name: &str) -> Vec<String> {
        let vote = self.committee.prevote(validator, (1, round), named(name));
        self.vote(vote)
    }

    fn precommit(&mut self, validator: usize, round: u32, name: &str) -> Vec<String> {
        let vote = self.committee.precommit(validator, (1, round), named(name));
        self.vote(vote)
    }

    fn proposal(&mut self, round: u32, polka_round: Option<u32>, name: &str) -> Vec<String> {
        let proposer = self.committee.proposer(1, round);
        let block = named(name).unwrap();
        let proposal = self
            .committee
            .proposal(proposer, (1, round), polka_round, block);
        self.message(ConsensusMessage::Proposal(proposal))
    }

    fn judge(&mut self, round: u32, name: &str, judged: Verdict) -> Vec<String> {
        let block = named(name).unwrap();
        self.on(Input::BlockVerdict(verdict((1, round), block, judged)))
    }

    fn elapse(&mut self, kind: TimeoutKind, round: u32) -> Vec<String> {
        self.on(Input::TimeoutElapsed(timeout(kind, (1, round))))
    }

    /// Brings validator 0 to round 1 with a lock on A from round 0.
    fn locked() -> Self {
        let mut run = Self::of(0);
        run.proposal(0, None, "A");
        run.judge(0, "A", Verdict::Valid);
        run.prevote(1, 0, "A");
        run.prevote(2, 0, "A");
        run.precommit(1, 0, "nil");
        run.precommit(2, 0, "nil");
        run.elapse(TimeoutKind::Precommit, 0);
        assert_eq!(run.consensus.round(), Some(Round(1)));
        run
    }
}

fn named(name: &str) -> Option<crate::types::BlockDigest> {
    (name != "nil").then(|| block(name))
}

fn name(digest: Option<crate::types::BlockDigest>) -> &'static str {
    match digest {
        None => "nil",
        Some(digest) if digest == block("A") => "A",
        Some(digest) if digest == block("B") => "B",
        Some(_) => "?",
    }
}

fn show_vote(vote: &Vote) -> String {
    let kind = match vote.vote_type {
        VoteType::Prevote => "prevote",
        VoteType::Precommit => "precommit",
    };
    format!("{kind} {} {}", vote.round, name(vote.block))
}

fn show(effect: &Effect) -> String {
    match effect {
        Effect::Log(LogRecord::Vote(vote)) => format!("log {}", show_vote(&vote.message)),
        Effect::Log(LogRecord::Proposal(proposal)) => {
            format!("log proposal {}", name(Some(proposal.message.block)))
        }
        Effect::Log(LogRecord::Verdict(verdict)) => {
            format!("log {:?} {}", verdict.verdict, name(Some(verdict.block)))
        }
        Effect::Log(LogRecord::Timeout(timeout)) => format!("log {:?} timeout", timeout.kind),
        Effect::Log(LogRecord::Polka(polka)) => format!("log polka {}", polka.round),
        Effect::Guard(guard) => format!("guard {:?}", guard.last().unwrap().0.step),
        Effect::Broadcast(ConsensusMessage::Vote(vote)) => {
            format!("send {}", show_vote(&vote.message))
        }
        Effect::Broadcast(ConsensusMessage::Proposal(proposal)) => {
            let message = &proposal.message;
            let polka = message.polka_round.map(|round| round.0);
            format!("send proposal {} {polka:?}", name(Some(message.block)))
        }
        Effect::Broadcast(ConsensusMessage::Polka(polka)) => format!("send polka {}", polka.round),
        Effect::Broadcast(ConsensusMessage::Round(certificate)) => {
            format!(
                "send {:?} certificate {}",
                certificate.kind, certificate.round
            )
        }
        Effect::Broadcast(ConsensusMessage::Commit(_)) => "send commit".to_owned(),
        Effect::ScheduleTimeout { timeout, after_ms } => {
            format!("wait {:?} {} for {after_ms}", timeout.kind, timeout.round)
        }
        Effect::CancelTimeout(timeout) => format!("cancel {:?} {}", timeout.kind, timeout.round),
        Effect::CancelAllTimeouts => "cancel all".to_owned(),
        Effect::RequestBlock { round, .. } => format!("request {round}"),
        Effect::RestreamProposal { round, block, .. } => {
            format!("restream {round} {}", name(Some(*block)))
        }
        Effect::StartedRound {
            round,
            proposer,
            role,
            ..
        } => format!("round {round} of {} as {role:?}", proposer.0),
        Effect::Decide(certificate) => format!(
            "decide {} by {:?}",
            name(Some(certificate.block)),
            certificate
                .signatures
                .iter()
                .map(|signed| signed.validator.0)
                .collect::<Vec<_>>()
        ),
        Effect::Evidence(_) => "evidence".to_owned(),
        Effect::Muted { reason, .. } => format!("muted {reason:?}"),
    }
}

#[test]
fn a_height_begins_with_round_zero() {
    let committee = Committee::new(4);
    let expected: [(usize, &[&str]); 2] = [
        (
            0,
            &[
                "cancel all",
                "cancel all",
                "round 0 of 1 as Validator",
                "wait Rebroadcast 0 for 1000",
                "wait Propose 0 for 1000",
            ],
        ),
        (
            1,
            &[
                "cancel all",
                "cancel all",
                "round 0 of 1 as Proposer",
                "wait Rebroadcast 0 for 1000",
                "wait Propose 0 for 1000",
                "request 0",
            ],
        ),
    ];
    for (validator, expected) in expected {
        let mut consensus = committee.consensus(validator);
        let effects = consensus.step(committee.start(1, Vec::new())).unwrap();
        assert_eq!(effects.iter().map(show).collect::<Vec<_>>(), expected);
    }
    let mut observer = committee.observer();
    let effects = observer.step(committee.start(1, Vec::new())).unwrap();
    assert_eq!(show(&effects[2]), "round 0 of 1 as Observer");
    assert!(!observer.signs());
}

#[test]
fn the_proposer_proposes_and_prevotes() {
    let mut run = Run::of(1);
    let propose = |round, name| Input::ProposeBlock {
        height: Height(1),
        round: Round(round),
        block: block(name),
    };
    let late: Vec<String> = Vec::new();
    assert_eq!(run.on(propose(1, "A")), late, "another round");
    assert_eq!(
        run.on(propose(0, "A")),
        [
            "log Valid A",
            "cancel Propose 0",
            "log proposal A",
            "guard Propose",
            "cancel Propose 0",
            "log prevote 0 A",
            "guard Prevote",
            "send prevote 0 A",
            "wait Rebroadcast 0 for 1000",
            "send proposal A None",
        ]
    );
    assert_eq!(run.on(propose(0, "B")), late, "a second block");
}

#[test]
fn a_block_is_prevoted_by_its_verdict() {
    for (judged, vote) in [(Verdict::Valid, "A"), (Verdict::Invalid, "nil")] {
        let mut run = Run::of(0);
        assert_eq!(run.proposal(0, None, "A"), ["log proposal A"]);
        assert_eq!(
            run.judge(0, "A", judged),
            [
                &format!("log {judged:?} A"),
                "cancel Propose 0",
                &format!("log prevote 0 {vote}"),
                "guard Prevote",
                &format!("send prevote 0 {vote}"),
                "wait Rebroadcast 0 for 1000",
            ]
        );
        assert!(run.judge(0, "A", judged).is_empty(), "a repeated verdict");
    }
    // The verdict may come before the proposal.
    let mut run = Run::of(0);
    assert_eq!(run.judge(0, "A", Verdict::Valid), ["log Valid A"]);
    assert!(
        run.proposal(0, None, "A")
            .contains(&"send prevote 0 A".to_owned())
    );
}

#[test]
fn without_a_proposal_nil_is_prevoted() {
    let mut run = Run::of(0);
    let expected = [
        "log Propose timeout",
        "cancel Propose 0",
        "log prevote 0 nil",
        "guard Prevote",
        "send prevote 0 nil",
        "wait Rebroadcast 0 for 1000",
    ];
    assert_eq!(run.elapse(TimeoutKind::Propose, 0), expected);
    let other_height = Input::TimeoutElapsed(timeout(TimeoutKind::Propose, (2, 0)));
    assert!(run.on(other_height).is_empty());
    assert!(run.elapse(TimeoutKind::Propose, 1).is_empty());
}

#[test]
fn a_polka_is_precommitted_and_a_quorum_of_precommits_decides() {
    let mut run = Run::of(0);
    run.proposal(0, None, "A");
    run.judge(0, "A", Verdict::Valid);
    assert_eq!(run.prevote(1, 0, "A"), ["log prevote 0 A"]);
    assert_eq!(
        run.prevote(3, 0, "A"),
        [
            "log prevote 0 A",
            "log precommit 0 A",
            "guard Precommit",
            "send precommit 0 A",
            "wait Rebroadcast 0 for 1000",
        ]
    );
    assert_eq!(run.precommit(3, 0, "A"), ["log precommit 0 A"]);
    assert_eq!(
        run.precommit(1, 0, "A"),
        [
            "log precommit 0 A",
            "decide A by [0, 1, 3]",
            "cancel all",
            "wait Rebroadcast 0 for 1000",
        ]
    );
    // A late precommit makes no effect and is kept for the next block.
    assert!(run.precommit(2, 0, "A").is_empty());
    let late = run
        .consensus
        .late_precommits(Height(1), Round(0), block("A"));
    let signers: Vec<u16> = late.iter().map(|signed| signed.validator.0).collect();
    assert_eq!(signers, [0, 1, 2, 3]);
    assert_eq!(
        run.elapse(TimeoutKind::Rebroadcast, 0),
        ["send commit", "wait Rebroadcast 0 for 1000"]
    );
    assert!(run.elapse(TimeoutKind::Precommit, 0).is_empty());
}

#[test]
fn prevotes_that_disagree_wait_and_then_precommit_nil() {
    let mut run = Run::of(0);
    run.proposal(0, None, "A");
    run.judge(0, "A", Verdict::Valid);
    run.prevote(1, 0, "nil");
    assert_eq!(
        run.prevote(2, 0, "nil"),
        ["log prevote 0 nil", "wait Prevote 0 for 500"]
    );
    assert_eq!(
        run.elapse(TimeoutKind::Prevote, 0),
        [
            "log Prevote timeout",
            "log precommit 0 nil",
            "guard Precommit",
            "send precommit 0 nil",
            "wait Rebroadcast 0 for 1000",
        ]
    );
    run.precommit(1, 0, "nil");
    assert_eq!(
        run.precommit(2, 0, "nil"),
        ["log precommit 0 nil", "wait Precommit 0 for 500"]
    );
    assert_eq!(
        run.elapse(TimeoutKind::Precommit, 0),
        [
            "log Precommit timeout",
            "send Precommit certificate 0",
            "cancel all",
            "round 1 of 2 as Validator",
            "wait Rebroadcast 1 for 1500",
            "wait Propose 1 for 1500",
        ]
    );
    assert_eq!(
        run.elapse(TimeoutKind::Rebroadcast, 1),
        [
            "send Precommit certificate 0",
            "wait Rebroadcast 1 for 1500"
        ]
    );
}

#[test]
fn a_polka_for_nil_is_precommitted_at_once() {
    let mut run = Run::of(0);
    run.elapse(TimeoutKind::Propose, 0);
    run.prevote(1, 0, "nil");
    let effects = run.prevote(2, 0, "nil");
    assert!(
        effects.contains(&"send precommit 0 nil".to_owned()),
        "{effects:?}"
    );
}

/// The proposer is dead: its own nil votes complete both quorums.
#[test]
fn a_round_in_which_all_say_nil_ends_at_once() {
    let mut run = Run::of(0);
    run.elapse(TimeoutKind::Propose, 0);
    run.prevote(2, 0, "nil");
    run.prevote(3, 0, "nil");
    run.precommit(2, 0, "nil");
    assert_eq!(
        run.precommit(3, 0, "nil"),
        [
            "log precommit 0 nil",
            "wait Precommit 0 for 500",
            "cancel Precommit 0",
            "log Precommit timeout",
            "send Precommit certificate 0",
            "cancel all",
            "round 1 of 2 as Validator",
            "wait Rebroadcast 1 for 1500",
            "wait Propose 1 for 1500",
        ]
    );
    assert!(run.elapse(TimeoutKind::Precommit, 0).is_empty());
}

/// The same where its own precommit comes last.
#[test]
fn its_own_precommit_may_end_the_round() {
    let mut run = Run::of(0);
    run.elapse(TimeoutKind::Propose, 0);
    run.precommit(2, 0, "nil");
    run.precommit(3, 0, "nil");
    run.prevote(2, 0, "nil");
    let effects = run.prevote(3, 0, "nil");
    assert!(
        effects.contains(&"round 1 of 2 as Validator".to_owned()),
        "{effects:?}"
    );
}

/// Somebody may have seen a polka that this node has not, and have locked: the wait for precommits
/// is the time in which it tells.
#[test]
fn nil_precommits_alone_are_waited_for() {
    let mut run = Run::of(0);
    run.proposal(0, None, "A");
    run.judge(0, "A", Verdict::Valid);
    run.prevote(1, 0, "A");
    run.prevote(2, 0, "nil");
    run.elapse(TimeoutKind::Prevote, 0);
    run.precommit(1, 0, "nil");
    run.precommit(2, 0, "nil");
    assert!(
        run.precommit(3, 0, "nil")
            .iter()
            .all(|effect| !effect.starts_with("round"))
    );
    assert_eq!(run.consensus.round(), Some(Round(0)));
    let effects = run.elapse(TimeoutKind::Precommit, 0);
    assert!(
        effects.contains(&"round 1 of 2 as Validator".to_owned()),
        "{effects:?}"
    );
}

#[test]
fn votes_of_a_third_lead_to_their_round() {
    let mut run = Run::of(0);
    assert_eq!(run.prevote(2, 3, "nil"), ["log prevote 3 nil"]);
    assert_eq!(
        run.precommit(1, 3, "nil"),
        [
            "log precommit 3 nil",
            "send Skip certificate 3",
            "cancel all",
            "round 3 of 0 as Proposer",
            "wait Rebroadcast 3 for 2500",
            "wait Propose 3 for 2500",
            "request 3",
        ]
    );
    assert!(run.prevote(2, 14, "nil").is_empty(), "too far ahead");
}

#[test]
fn a_round_certificate_leads_to_its_round() {
    let mut run = Run::of(0);
    let votes = [1, 2].map(|voter| run.committee.prevote(voter, (1, 20), None));
    let certificate = run
        .committee
        .round_certificate(RoundCertificateKind::Skip, &votes);
    let effects = run.message(ConsensusMessage::Round(certificate.clone()));
    assert!(
        effects.contains(&"round 20 of 1 as Validator".to_owned()),
        "{effects:?}"
    );
    assert!(run.message(ConsensusMessage::Round(certificate)).is_empty());
}

#[test]
fn a_locked_validator_prevotes_nil_for_another_block() {
    let mut run = Run::locked();
    run.judge(1, "B", Verdict::Valid);
    let effects = run.proposal(1, None, "B");
    assert!(
        effects.contains(&"send prevote 1 nil".to_owned()),
        "{effects:?}"
    );
}

#[test]
fn a_locked_validator_prevotes_its_block_again() {
    for polka_round in [None, Some(0)] {
        let mut run = Run::locked();
        let effects = run.proposal(1, polka_round, "A");
        assert!(
            effects.contains(&"send prevote 1 A".to_owned()),
            "{effects:?}"
        );
    }
}

#[test]
fn a_later_polka_unlocks() {
    let mut run = Run::locked();
    // Round 1: B gets a polka that this node learns of by certificate; round 2 proposes it again.
    run.judge(1, "B", Verdict::Valid);
    run.proposal(1, None, "B");
    let polka = run.committee.polka(&[1, 2, 3], (1, 1), block("B"));
    run.message(ConsensusMessage::Polka(polka));
    run.precommit(1, 1, "nil");
    run.precommit(2, 1, "nil");
    run.elapse(TimeoutKind::Precommit, 1);
    assert_eq!(run.consensus.round(), Some(Round(2)));
    let effects = run.proposal(2, Some(1), "B");
    assert!(
        effects.contains(&"send prevote 2 B".to_owned()),
        "{effects:?}"
    );
}

#[test]
fn a_polka_of_an_earlier_round_is_awaited() {
    let mut run = Run::of(0);
    run.judge(0, "A", Verdict::Valid);
    for voter in [1, 2] {
        run.precommit(voter, 1, "nil");
    }
    assert_eq!(run.consensus.round(), Some(Round(1)));
    // The proposal names a polka that this node has not seen: no vote yet.
    assert_eq!(run.proposal(1, Some(0), "A"), ["log proposal A"]);
    let polka = run.committee.polka(&[1, 2, 3], (1, 0), block("A"));
    let effects = run.message(ConsensusMessage::Polka(polka));
    assert_eq!(effects[0], "log polka 0");
    assert!(
        effects.contains(&"send prevote 1 A".to_owned()),
        "{effects:?}"
    );
}

#[test]
fn a_proposer_with_a_valid_block_proposes_it_again() {
    let mut run = Run::locked();
    for voter in [1, 2] {
        run.precommit(voter, 3, "nil");
    }
    assert_eq!(run.consensus.round(), Some(Round(3)));
    // Seen in the effects of entering the round, where it has the turn.
    let mut again = Run::locked();
    again.precommit(1, 3, "nil");
    let effects = again.precommit(2, 3, "nil");
    assert_eq!(
        effects,
        [
            "log precommit 3 nil",
            "send Skip certificate 3",
            "cancel all",
            "round 3 of 0 as Proposer",
            "wait Rebroadcast 3 for 2500",
            "send polka 0",
            "restream 3 A",
            "log proposal A",
            "guard Propose",
            "cancel Propose 3",
            "log prevote 3 A",
            "guard Prevote",
            "send prevote 3 A",
            "wait Rebroadcast 3 for 2500",
            "send proposal A Some(0)",
        ]
    );
}

#[test]
fn precommits_of_an_earlier_round_decide_when_the_block_comes() {
    let mut run = Run::of(0);
    for voter in [1, 2, 3] {
        run.precommit(voter, 0, "A");
    }
    run.elapse(TimeoutKind::Precommit, 0);
    assert_eq!(run.consensus.round(), Some(Round(1)));
    run.proposal(0, None, "A");
    let effects = run.judge(0, "A", Verdict::Valid);
    assert!(
        effects.contains(&"decide A by [1, 2, 3]".to_owned()),
        "{effects:?}"
    );
}
