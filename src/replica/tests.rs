//! The replica's main transitions: inputs in, exact effects out.

mod fresh;
mod pace;
mod refusals;
mod resealing;

use std::sync::Arc;

use super::*;
use crate::consensus::{self, ProposerOrder, SignGuard, SigningState, Verified};
use crate::ledger::{Applied, BlockCommit, check_submission};
use crate::sync::{DecidedBlock, OutgoingRequest, SyncRequest};
use crate::testing::{MemoryLedger, TestNetwork, event_record};
use crate::types::{
    Batch, BatchSequence, Block, BlockBody, Height, Refusal, Round, Submission, Timestamp, VoteType,
};

/// The verdict on a block that the network's validators signed.
fn good(network: &TestNetwork) -> SignatureVerdict {
    SignatureVerdict::good(network.validators(), network.validators())
}

/// A replica with the ledger that stands for its store.
struct Bench {
    network: Arc<TestNetwork>,
    ledger: MemoryLedger,
    replica: Replica,
    now: Timestamp,
}

impl Bench {
    /// Validator `own` of so many, started, with these batches of its own on disk.
    fn recovered(validators: usize, own: usize, batches: &[Batch]) -> (Self, Vec<Effect>) {
        Self::with(validators, own, batches, SigningState::Active)
    }

    fn with(
        validators: usize,
        own: usize,
        batches: &[Batch],
        signing: SigningState,
    ) -> (Self, Vec<Effect>) {
        let network = Arc::new(TestNetwork::new(validators, validators));
        Self::on(MemoryLedger::new(network), own, batches, signing)
    }

    /// As [`Bench::with`], on a ledger that there is already.
    fn on(
        ledger: MemoryLedger,
        own: usize,
        batches: &[Batch],
        signing: SigningState,
    ) -> (Self, Vec<Effect>) {
        let network = Arc::clone(ledger.network());
        let last = ledger.blocks().last();
        let setup = ReplicaSetup {
            genesis: Arc::new(network.genesis().clone()),
            keys: Some(ValidatorKeys {
                consensus: network.consensus_key(own),
                log: network.log_key(own),
                cosigner: network.cosigner_key(own),
            }),
            limits: ReplicaLimits::default(),
            tip: ledger.tip().clone(),
            tip_certificate: last.map(|block| block.certificate.clone()),
            guard: SignGuard::unused(),
            signing,
            log: Vec::new(),
            batches: ledger
                .checked(batches)
                .iter()
                .map(|checked| checked.as_ref().clone())
                .collect(),
            next_sequence: BatchSequence(1),
            cosigned_size: 0,
        };
        let mut bench = Self {
            replica: Replica::new(setup, &ledger).unwrap(),
            now: ledger.next_time(),
            network,
            ledger,
        };
        let effects = bench.step(Input::Start);
        (bench, effects)
    }

    fn new(validators: usize, own: usize) -> Self {
        Self::recovered(validators, own, &[]).0
    }

    fn step(&mut self, input: Input) -> Vec<Effect> {
        self.replica.step(&self.ledger, self.now, input).unwrap()
    }

    fn after(&mut self, wait_ms: i64, input: Input) -> Vec<Effect> {
        self.now = Timestamp::from_ms(self.now.as_ms() + wait_ms);
        self.step(input)
    }

    fn submission(&self, number: u32) -> Submission {
        let expires = Timestamp::from_ms(self.now.as_ms() + 60_000);
        self.network
            .submission(0, expires, vec![event_record(number)])
    }

    fn submit(&mut self, submission: &Submission) -> Vec<Effect> {
        let checked = check_submission(&self.ledger.submission_context(), submission);
        self.step(Input::Submit {
            ticket: Ticket(7),
            submission: Box::new(submission.clone()),
            checked: Box::new(checked),
        })
    }

    fn message(&mut self, from: usize, message: CheckedMessage) -> Vec<Effect> {
        self.step(Input::Message {
            from: self.network.network_key(from).public_key(),
            message: Box::new(message),
        })
    }

    fn connect(&mut self, peer: usize) {
        let key = self.network.network_key(peer).public_key();
        self.step(Input::Connected(key));
    }

    /// A batch arrives from its author, and the disk takes it.
    fn take_batch(&mut self, author: usize, batch: &Batch) -> Vec<Effect> {
        let checked = self.ledger.checked(std::slice::from_ref(batch)).remove(0);
        let taken = self.message(author, CheckedMessage::Batch(Box::new((*checked).clone())));
        assert_eq!(names(&taken), ["store 1 batches"]);
        self.step(Input::BatchesStored(vec![batch.digest()]))
    }

    /// Makes durable what the replica asked to commit, and tells it.
    fn commit(&mut self, effects: &[Effect], batches: &[Batch]) -> Vec<Effect> {
        let commit = commit_of(effects).expect("a commit");
        let height = commit.tip.height;
        let applied = Applied {
            commit,
            records: Vec::new(),
            skipped: Vec::new(),
            dropped: Vec::new(),
        };
        self.ledger.commit(&applied, batches);
        self.step(Input::BlockCommitted(height))
    }

    fn vote(&self, validator: usize, block: &Block) -> CheckedMessage {
        let vote = self.network.vote(
            validator,
            VoteType::Prevote,
            block.height(),
            Round::ZERO,
            Some(block.digest()),
        );
        let verified = Verified::check(vote, &self.network.ledger()).unwrap();
        CheckedMessage::Consensus {
            height: block.height(),
            input: Box::new(crate::consensus::Input::Vote(verified)),
        }
    }

    /// Who proposes at height 1 in round 0.
    fn proposer(&self) -> usize {
        let set = self.network.validators();
        let order = ProposerOrder::new(set, Height(1), &Default::default());
        usize::from(order.proposer(Round::ZERO).unwrap().0)
    }
}

fn commit_of(effects: &[Effect]) -> Option<BlockCommit> {
    effects.iter().find_map(|effect| match effect {
        Effect::Commit { commit, .. } => Some(commit.as_ref().clone()),
        _ => None,
    })
}

fn batch_of(effects: &[Effect]) -> Option<Batch> {
    effects.iter().find_map(|effect| match effect {
        Effect::StoreBatches(batches) => batches.first().map(|batch| batch.as_ref().clone()),
        _ => None,
    })
}

fn request_of(effects: &[Effect]) -> Option<OutgoingRequest> {
    effects.iter().find_map(|effect| match effect {
        Effect::Request(request) => Some(request.clone()),
        _ => None,
    })
}

fn names(effects: &[Effect]) -> Vec<String> {
    effects.iter().map(name).collect()
}

fn name(effect: &Effect) -> String {
    let message_name = |message: &PeerMessage| match message {
        PeerMessage::Proposal(..) => "proposal",
        PeerMessage::Consensus(_) => "vote",
        PeerMessage::Batch(_) => "batch",
        PeerMessage::Acknowledgement(_) => "acknowledgement",
        PeerMessage::Certificate(_) => "certificate",
        PeerMessage::Evidence(_) => "evidence",
        PeerMessage::Checkpoint(_) => "checkpoint",
        PeerMessage::Status { .. } => "status",
    };
    match effect {
        Effect::Log(LogEntry::Block(_)) => "log block".into(),
        Effect::Log(LogEntry::Consensus(_)) => "log".into(),
        Effect::Guard(_) => "guard".into(),
        Effect::ForgetLogBelow(height) => format!("forget below {height}"),
        Effect::StoreBatches(batches) => format!("store {} batches", batches.len()),
        Effect::Commit { commit, .. } => format!("commit {}", commit.tip.height),
        Effect::DiscardBatches(height) => format!("discard below {height}"),
        Effect::PublishCheckpoint { size, .. } => format!("publish {size}"),
        Effect::Broadcast(message) => format!("broadcast {}", message_name(message)),
        Effect::Send { message, .. } => format!("send {}", message_name(message)),
        Effect::SendBatch { .. } => "send batch".into(),
        Effect::Request(_) => "request".into(),
        Effect::SetTimer { timer, after_ms } => format!("set {} {after_ms}", timer_name(timer)),
        Effect::CancelTimer(timer) => format!("cancel {}", timer_name(timer)),
        Effect::Reply { result, .. } => match result {
            Ok(_) => "reply: admitted".into(),
            Err(refusal) => match refusal.as_ref() {
                Refusal::Duplicate { first_index, .. } => {
                    format!("reply: duplicate of {:?}", first_index.map(|index| index.0))
                }
                other => format!("reply: {other}"),
            },
        },
        Effect::GiveUp(ids) => format!("give up {} submissions", ids.len()),
        Effect::Committed {
            height, records, ..
        } => format!("committed {height} with {} submissions", records.len()),
        Effect::Report(Report::BlockFromTheFuture { .. }) => "report: future".into(),
        Effect::Report(_) => "report".into(),
    }
}

fn timer_name(timer: &Timer) -> &'static str {
    match timer {
        Timer::Consensus(_) => "timeout",
        Timer::SealBatch => "seal",
        Timer::StartHeight => "start",
        Timer::JudgeBlock(_) => "judge",
        Timer::Tick => "tick",
    }
}

#[test]
fn a_lone_validator_commits_a_submission_in_four_steps() {
    let (mut bench, started) = Bench::recovered(1, 0, &[]);
    assert_eq!(names(&started), ["set tick 100", "set start 10000"]);
    let submission = bench.submission(1);
    let sealed = bench.submit(&submission);
    assert_eq!(names(&sealed), ["reply: admitted", "store 1 batches"]);
    let batch = batch_of(&sealed).unwrap();
    let stored = bench.step(Input::BatchesStored(vec![batch.digest()]));
    assert_eq!(
        names(&stored),
        ["send batch", "broadcast certificate", "set start 25"]
    );
    let decided = bench.after(25, Input::TimerElapsed(Timer::StartHeight));
    let order = names(&decided);
    let position = |name: &str| order.iter().position(|found| found == name).unwrap();
    assert!(
        position("log block") < position("broadcast proposal"),
        "{order:?}"
    );
    assert!(position("guard") < position("broadcast vote"), "{order:?}");
    assert!(
        position("guard") < position("broadcast proposal"),
        "{order:?}"
    );
    assert_eq!(order.last().unwrap(), "commit 1");
    let committed = bench.commit(&decided, &[batch]);
    assert_eq!(
        names(&committed),
        [
            "forget below 2",
            "committed 1 with 1 submissions",
            "broadcast checkpoint",
            "publish 2",
            "set start 10000",
        ]
    );
    assert_eq!(bench.replica.backlog().unordered_batches, 0);
}

#[test]
fn no_height_begins_while_a_block_is_being_committed() {
    let mut bench = Bench::new(1, 0);
    let first = bench.submission(1);
    let batch = batch_of(&bench.submit(&first)).unwrap();
    bench.step(Input::BatchesStored(vec![batch.digest()]));
    let decided = bench.after(25, Input::TimerElapsed(Timer::StartHeight));
    assert!(commit_of(&decided).is_some());
    let second = bench.submission(2);
    let next_batch = batch_of(&bench.submit(&second)).unwrap();
    let stored = bench.step(Input::BatchesStored(vec![next_batch.digest()]));
    assert_eq!(names(&stored), ["send batch", "broadcast certificate"]);
    let waiting = bench.after(1_000, Input::TimerElapsed(Timer::StartHeight));
    assert_eq!(names(&waiting), [""; 0]);
    let committed = names(&bench.commit(&decided, &[batch]));
    assert_eq!(committed.last().unwrap(), "set start 25");
    let next = bench.after(25, Input::TimerElapsed(Timer::StartHeight));
    assert_eq!(commit_of(&next).unwrap().tip.height, Height(2));
}

#[test]
fn a_submission_is_taken_once() {
    let mut bench = Bench::new(1, 0);
    let submission = bench.submission(1);
    let batch = batch_of(&bench.submit(&submission)).unwrap();
    let while_stored = bench.submit(&submission);
    assert_eq!(names(&while_stored), ["reply: duplicate of None"]);
    let queued = bench.submission(2);
    let first = bench.submit(&queued);
    assert_eq!(names(&first), ["reply: admitted", "set seal 20"]);
    let again = names(&bench.submit(&queued));
    assert_eq!(again, ["reply: duplicate of None", "set seal 20"]);
    bench.step(Input::BatchesStored(vec![batch.digest()]));
    let decided = bench.after(25, Input::TimerElapsed(Timer::StartHeight));
    bench.commit(&decided, &[batch]);
    let committed = bench.submit(&submission);
    assert_eq!(name(&committed[0]), "reply: duplicate of Some(0)");
}

#[test]
fn an_unordered_batch_goes_when_its_last_height_is_past() {
    let mut bench = Bench::new(4, 0);
    let submission = bench.submission(1);
    let batch = bench.network.batch(1, 1, Height(1), vec![submission]);
    let stored = bench.take_batch(1, &batch);
    assert_eq!(names(&stored), ["send acknowledgement", "set start 10000"]);
    assert_eq!(bench.replica.backlog().unordered_batches, 1);
    let decided = fetch_next_block(&mut bench);
    let committed = names(&bench.commit(&decided, &[]));
    assert!(
        committed.contains(&"discard below 2".to_owned()),
        "{committed:?}"
    );
    assert_eq!(bench.replica.backlog().unordered_batches, 0);
    let late =
        CheckedMessage::Certificate(bench.network.availability_certificate(batch.reference()));
    assert_eq!(names(&bench.message(1, late)), ["set start 10000"]);
}

/// A peer says that it has the next height, is asked for it, and answers.
fn fetch_next_block(bench: &mut Bench) -> Vec<Effect> {
    bench.connect(1);
    let height = bench.ledger.next_height();
    let asked = bench.message(1, CheckedMessage::Status { height });
    let request = request_of(&asked).expect("a request");
    assert_eq!(request.request, SyncRequest::Blocks { from: height });
    let block = bench.ledger.next_block(&[], Vec::new());
    let certificate = bench.network.commit_certificate(height, block.digest());
    bench.step(Input::Answer {
        id: request.id,
        answer: Answer::Blocks(vec![DecidedBlock { block, certificate }]),
    })
}

/// A bench that has deferred a block whose time is too far ahead, its proposer, and the block.
fn deferring() -> (Bench, usize, Block) {
    let proposer = Bench::new(4, 0).proposer();
    let mut bench = Bench::new(4, (proposer + 1) % 4);
    let mut header = bench.ledger.next_header();
    header.time = Timestamp::from_ms(bench.now.as_ms() + 1_500);
    let block = Block::new(header, BlockBody::default());
    let signed = bench
        .network
        .proposal(proposer, Height(1), Round::ZERO, None, block.digest());
    let proposal = CheckedMessage::Proposal {
        proposal: Verified::check(signed, &bench.network.ledger()).unwrap(),
        block: Arc::new(block.clone()),
        signatures: good(&bench.network),
    };
    let early = names(&bench.message(proposer, proposal));
    let deferred = ["set judge 500", "report: future"];
    assert!(early.ends_with(&deferred.map(str::to_owned)), "{early:?}");
    assert!(!early.contains(&"log block".to_owned()), "{early:?}");
    assert!(!early.contains(&"broadcast vote".to_owned()), "{early:?}");
    (bench, proposer, block)
}

#[test]
fn a_block_from_the_future_is_judged_when_its_time_has_come() {
    let (mut bench, _, block) = deferring();
    let timer = Timer::JudgeBlock(block.digest());
    let present = names(&bench.after(500, Input::TimerElapsed(timer)));
    let position = |name: &str| present.iter().position(|found| found == name).unwrap();
    assert_eq!(present[0], "log block");
    assert!(
        position("guard") < position("broadcast vote"),
        "{present:?}"
    );
}

#[test]
fn a_completion_that_was_not_asked_for_is_an_error() {
    let mut bench = Bench::new(1, 0);
    let input = Input::BlockCommitted(Height(7));
    let result = bench.replica.step(&bench.ledger, bench.now, input);
    assert!(matches!(
        result,
        Err(ReplicaError::UnexpectedCompletion { what }) if what.contains("height 7")
    ));
}

/// Found by the simulation: a height that was committed by a fetched block went on in consensus,
/// which logged and signed statements of a height whose log was forgotten.
#[test]
fn a_fetched_block_ends_its_height_in_consensus() {
    let mut bench = Bench::new(4, 0);
    let block = bench.ledger.next_block(&[], Vec::new());
    let vote = bench.vote(2, &block);
    let begun = names(&bench.message(2, vote));
    assert!(begun.contains(&"log".to_owned()), "{begun:?}");
    let decided = fetch_next_block(&mut bench);
    bench.commit(&decided, &[]);
    let vote = bench.vote(3, &block);
    assert_eq!(names(&bench.message(3, vote)), ["set start 10000"]);
}

/// Found by the simulation: after a restart nobody gave this node's acknowledgement of its own
/// batches, and with f validators silent they were never certified.
#[test]
fn own_batches_are_acknowledged_again_after_a_restart() {
    let network = Bench::new(4, 0).network;
    let expires = Timestamp::from_ms(network.genesis().time().as_ms() + 60_000);
    let submission = network.submission(0, expires, vec![event_record(1)]);
    let batch = network.batch(0, 1, Height(9), vec![submission]);
    let (mut bench, _) = Bench::recovered(4, 0, std::slice::from_ref(&batch));
    for (peer, expected) in [(1, false), (2, true)] {
        let acknowledgement = network.acknowledgement(peer, batch.reference());
        let message = CheckedMessage::Acknowledgement(acknowledgement);
        let effects = names(&bench.message(peer, message));
        let certified = effects.contains(&"broadcast certificate".to_owned());
        assert_eq!(certified, expected, "{effects:?}");
    }
}

/// Found by the simulation: with as many batches in flight as may be, the timer to seal the next
/// one went off every millisecond.
#[test]
fn a_node_with_enough_in_flight_waits_for_an_answer_and_not_for_a_timer() {
    let mut bench = Bench::new(4, 0);
    let mut number = 0;
    loop {
        number += 1;
        let submission = bench.submission(number);
        bench.submit(&submission);
        let effects = bench.after(20, Input::TimerElapsed(Timer::SealBatch));
        if batch_of(&effects).is_none() && number > 1 {
            assert_eq!(names(&effects), [""; 0]);
            return;
        }
        assert!(number < 100);
    }
}

#[test]
fn a_polka_overrides_the_clock() {
    let (mut bench, proposer, block) = deferring();
    let own = (proposer + 1) % 4;
    let mut after = Vec::new();
    for validator in (0..4).filter(|validator| *validator != own) {
        assert!(!after.contains(&"log block".to_owned()), "{after:?}");
        let vote = bench.network.vote(
            validator,
            VoteType::Prevote,
            Height(1),
            Round::ZERO,
            Some(block.digest()),
        );
        let ledger = bench.network.ledger();
        let input = consensus::Input::Vote(Verified::check(vote, &ledger).unwrap());
        let message = CheckedMessage::Consensus {
            height: Height(1),
            input: Box::new(input),
        };
        after = names(&bench.message(validator, message));
    }
    assert!(after.contains(&"log block".to_owned()), "{after:?}");
    assert!(after.contains(&"broadcast vote".to_owned()), "{after:?}");
}

/// The message of a proposal with its block.
fn proposing(
    network: &TestNetwork,
    proposer: usize,
    height: Height,
    round: Round,
    block: &Block,
) -> CheckedMessage {
    let signed = network.proposal(proposer, height, round, None, block.digest());
    CheckedMessage::Proposal {
        proposal: Verified::check(signed, &network.ledger()).unwrap(),
        block: Arc::new(block.clone()),
        signatures: good(network),
    }
}

#[test]
fn a_validator_that_proposes_out_of_turn_takes_nobodys_place() {
    let proposer = Bench::new(4, 0).proposer();
    let (own, squatter) = ((proposer + 1) % 4, (proposer + 2) % 4);
    let mut bench = Bench::new(4, own);
    let network = Arc::clone(&bench.network);
    // Before the height has started, for every round that is taken, and some that are not.
    for round in 0..40 {
        let mut header = bench.ledger.next_header();
        header.time = Timestamp::from_ms(header.time.as_ms() + i64::from(round));
        let junk = Block::new(header, BlockBody::default());
        let message = proposing(&network, squatter, Height(1), Round(round), &junk);
        bench.message(squatter, message);
    }
    let block = Block::new(bench.ledger.next_header(), BlockBody::default());
    let message = proposing(&network, proposer, Height(1), Round::ZERO, &block);
    let effects = names(&bench.message(proposer, message));
    assert!(effects.contains(&"log block".to_owned()), "{effects:?}");
    assert!(
        effects.contains(&"broadcast vote".to_owned()),
        "{effects:?}"
    );
}

#[test]
fn one_liar_does_not_make_a_node_think_itself_behind() {
    let mut bench = Bench::new(4, 0);
    let lie = Height(u64::MAX);
    for peer in 1..4 {
        bench.connect(peer);
    }
    bench.message(1, CheckedMessage::Status { height: lie });
    assert_eq!(bench.replica.heights_behind(), 0);
    let submission = bench.submission(1);
    let effects = bench.submit(&submission);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Reply { result: Ok(_), .. }))
    );
    // Two of four cannot both lie.
    bench.message(2, CheckedMessage::Status { height: Height(30) });
    assert_eq!(bench.replica.heights_behind(), 30);
    let submission = bench.submission(2);
    let effects = bench.submit(&submission);
    assert!(effects.iter().any(|effect| matches!(
        effect,
        Effect::Reply { result: Err(refusal), .. } if matches!(**refusal, Refusal::NotReady { .. })
    )));
    // Who has gone has no height.
    let gone = bench.network.network_key(2).public_key();
    bench.step(Input::Disconnected(gone));
    bench.message(2, CheckedMessage::Status { height: Height(30) });
    assert_eq!(bench.replica.heights_behind(), 0);
}

#[test]
fn what_a_stranger_signs_starts_no_height() {
    let mut bench = Bench::new(4, 0);
    let stranger = crate::testing::secret_key("stranger");
    let vote = crate::types::Vote {
        vote_type: VoteType::Prevote,
        height: Height(1),
        round: Round::ZERO,
        block: None,
        validator: stranger.public_key(),
    };
    let signed = bench.network.signed(&stranger, vote);
    let ledger = bench.network.ledger();
    let input = consensus::Input::Vote(Verified::check(signed, &ledger).unwrap());
    let message = CheckedMessage::Consensus {
        height: Height(1),
        input: Box::new(input),
    };
    bench.message(1, message);
    assert_eq!(bench.replica.consensus().height(), None);
}
