use super::*;
use crate::crypto::Blake3Digest;
use crate::storage::simulated_disk::SimulatedDisk;
use crate::testing::TestNetwork;
use crate::types::{BlockDigest, Encode, Round, Signed, Vote, VoteType};

const SEGMENT: &str = "consensus-00000000000000000001.log";

struct Bench {
    network: TestNetwork,
    disk: SimulatedDisk,
}

impl Bench {
    fn new() -> Self {
        Self {
            network: TestNetwork::new(4, 4),
            disk: SimulatedDisk::new(),
        }
    }

    fn own_key(&self) -> PublicKey {
        self.network.consensus_key(0).public_key()
    }

    fn recover(
        &self,
        committed: u64,
        history: LogHistory,
    ) -> Result<RecoveredConsensus<SimulatedDisk>, ConsensusRecoveryError> {
        let (ledger, key) = (self.network.ledger(), self.own_key());
        recover_consensus(&self.disk, ledger, Height(committed), Some(&key), history)
    }

    fn signing(&self, committed: u64) -> SigningState {
        self.recover(committed, LogHistory::Kept).unwrap().signing
    }

    fn vote(&self, validator: usize, height: u64, name: &[u8]) -> Signed<Vote> {
        let block = Some(BlockDigest(Blake3Digest::of(name)));
        let (height, round) = (Height(height), Round::ZERO);
        self.network
            .vote(validator, VoteType::Prevote, height, round, block)
    }

    /// Logs votes, and then guards the last of them, as a validator does.
    fn sign(&self, votes: &[Signed<Vote>], guarded: &Signed<Vote>) {
        let mut recovered = self.recover(0, LogHistory::Kept).unwrap();
        for vote in votes {
            let entry = LogEntry::Consensus(Box::new(LogRecord::Vote(vote.clone())));
            let height = vote.message.height;
            recovered.log.append(height, &entry.to_bytes()).unwrap();
        }
        recovered.log.sync().unwrap();
        let mut guard = SignGuard::unused();
        guard.permit(guarded.message.clone()).unwrap();
        recovered.guard_file.store(&guard.to_bytes()).unwrap();
    }

    fn tear(&self, bytes: usize) {
        let contents = self.disk.contents(SEGMENT).unwrap();
        let left = contents.len() - bytes;
        self.disk.replace(SEGMENT, &contents[..left]).unwrap();
    }
}

#[test]
fn a_tear_behind_what_was_signed_last_is_cut() {
    let bench = Bench::new();
    let (own, other) = (bench.vote(0, 1, b"A"), bench.vote(1, 1, b"A"));
    bench.sign(&[own.clone(), other], &own);
    bench.tear(1);
    let recovered = bench.recover(0, LogHistory::Kept).unwrap();
    assert_eq!(recovered.entries.len(), 1);
    assert!(recovered.torn_tail.is_some());
    assert_eq!(recovered.signing, SigningState::Active);
}

#[test]
fn a_tear_through_what_was_signed_last_is_refused() {
    let bench = Bench::new();
    // Another's vote for the same, or another of its own, is not what the guard knows of.
    let own = bench.vote(0, 1, b"A");
    let (other, otherwise) = (bench.vote(1, 1, b"A"), bench.vote(0, 1, b"B"));
    bench.sign(&[other, otherwise, own.clone()], &own);
    bench.tear(1);
    assert!(matches!(
        bench.recover(0, LogHistory::Kept).unwrap_err(),
        ConsensusRecoveryError::Log(LogError::TornTailRefused { .. })
    ));
    // Once the height is committed nothing rests on it any more.
    assert!(bench.recover(1, LogHistory::Kept).is_ok());
}

#[test]
fn a_damaged_guard_lets_no_tear_be_cut_and_mutes() {
    let bench = Bench::new();
    let own = bench.vote(0, 1, b"A");
    bench.sign(&[own.clone(), bench.vote(1, 1, b"A")], &own);
    for name in ["sign-guard.a", "sign-guard.b"] {
        bench.disk.replace(name, b"no guard").unwrap();
    }
    let recovered = bench.recover(0, LogHistory::Kept).unwrap();
    assert_eq!(recovered.signing, SigningState::Muted);
    assert!(recovered.guard_damage.is_some());
    bench.tear(1);
    assert!(bench.recover(0, LogHistory::Kept).is_err());
}

#[test]
fn only_a_node_without_anything_is_fresh() {
    let bench = Bench::new();
    assert_eq!(bench.signing(0), SigningState::Fresh);
    // Whoever has a ledger once had a guard, or has not begun with it.
    assert_eq!(bench.signing(1), SigningState::Muted);
    let own = bench.vote(0, 1, b"A");
    bench.sign(std::slice::from_ref(&own), &own);
    assert_eq!(bench.signing(0), SigningState::Active);
    assert_eq!(bench.signing(1), SigningState::Active);
    // A guard that cannot be read is not one that never was, even if the log is gone with it.
    let damaged = Bench::new();
    damaged.sign(std::slice::from_ref(&own), &own);
    damaged.disk.lose(SEGMENT);
    for name in ["sign-guard.a", "sign-guard.b"] {
        damaged.disk.replace(name, b"").unwrap();
    }
    assert_eq!(damaged.signing(0), SigningState::Muted);
    // A log without a guard: the guard was lost.
    for name in ["sign-guard.a", "sign-guard.b"] {
        bench.disk.lose(name);
    }
    assert_eq!(bench.signing(0), SigningState::Muted);
}

#[test]
fn a_log_that_was_set_aside_mutes_whatever_the_guard_says() {
    let bench = Bench::new();
    let own = bench.vote(0, 1, b"A");
    bench.sign(std::slice::from_ref(&own), &own);
    ConsensusLog::set_aside(&bench.disk).unwrap();
    let recovered = bench.recover(0, LogHistory::SetAside).unwrap();
    assert_eq!(recovered.signing, SigningState::Muted);
    assert_eq!(recovered.entries, []);
    assert_eq!(recovered.guard.last().unwrap().0, own.message.slot());
    let empty = Bench::new();
    let recovered = empty.recover(0, LogHistory::SetAside).unwrap();
    assert_eq!(recovered.signing, SigningState::Muted);
}

#[test]
fn a_follower_has_nothing_to_guard() {
    let bench = Bench::new();
    let history = LogHistory::Kept;
    let ledger = bench.network.ledger();
    let recovered = recover_consensus(&bench.disk, ledger, Height(9), None, history).unwrap();
    assert_eq!(recovered.signing, SigningState::Active);
}

#[test]
fn what_is_whole_and_makes_no_sense_is_an_error() {
    let bench = Bench::new();
    let mut recovered = bench.recover(0, LogHistory::Kept).unwrap();
    recovered.log.append(Height(1), b"no entry").unwrap();
    recovered.log.sync().unwrap();
    let error = bench.recover(0, LogHistory::Kept).unwrap_err();
    let height = Height(1);
    assert!(
        matches!(error, ConsensusRecoveryError::Record { height: found, .. } if found == height)
    );
    // A record of a decided height is skipped unread.
    assert_eq!(bench.signing(1), SigningState::Muted);
    recovered.guard_file.store(b"no guard").unwrap();
    let error = bench.recover(1, LogHistory::Kept).unwrap_err();
    assert!(matches!(error, ConsensusRecoveryError::GuardValue(_)));
}

#[test]
fn another_ledgers_files_are_refused() {
    let bench = Bench::new();
    let own = bench.vote(0, 1, b"A");
    bench.sign(std::slice::from_ref(&own), &own);
    let other = LedgerId(Blake3Digest::of(b"other"));
    let history = LogHistory::Kept;
    assert!(matches!(
        recover_consensus(&bench.disk, other, Height(0), None, history).unwrap_err(),
        ConsensusRecoveryError::Guard(GuardFileError::OtherLedger { .. })
    ));
}
