//! What a node writes beside the store: the consensus log and the sign guard, record by record and
//! as whole files.

use std::path::Path;

use waybill::consensus::{
    BlockVerdict, LogRecord, SignGuard, Slotted, Timeout, TimeoutKind, Verdict,
};
use waybill::replica::LogEntry;
use waybill::storage::{ConsensusLog, RealDisk, SignGuardFile, TornTailVerdict};
use waybill::types::*;

use super::fixtures::*;
use super::messages::polka;

fn timeout() -> Timeout {
    Timeout {
        height: Height(8),
        round: Round(2),
        kind: TimeoutKind::Prevote,
    }
}

fn verdict() -> BlockVerdict {
    BlockVerdict {
        height: Height(8),
        round: Round(2),
        block: BlockDigest(digest(1)),
        verdict: Verdict::Valid,
    }
}

fn guard() -> SignGuard {
    let mut guard = SignGuard::unused();
    let statement = vote(Some(BlockDigest(digest(1)))).message;
    assert_eq!(statement.slot().height, Height(8));
    guard.permit(statement).unwrap();
    guard
}

fn log_entries() -> Vec<(&'static str, LogEntry)> {
    let consensus = |record| LogEntry::Consensus(Box::new(record));
    vec![
        ("log entry, vote", consensus(LogRecord::Vote(vote(None)))),
        (
            "log entry, proposal",
            consensus(LogRecord::Proposal(proposal(None))),
        ),
        (
            "log entry, verdict",
            consensus(LogRecord::Verdict(verdict())),
        ),
        (
            "log entry, timeout",
            consensus(LogRecord::Timeout(timeout())),
        ),
        ("log entry, polka", consensus(LogRecord::Polka(polka()))),
        (
            "log entry, block",
            LogEntry::Block(Box::new(Block::new(header(), body()))),
        ),
    ]
}

/// The first segment of a log after one entry of each kind, synced after the third and at the end.
fn segment() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    let (mut log, _) = ConsensusLog::recover(disk, LEDGER, |_, _| TornTailVerdict::Refuse).unwrap();
    for (position, (_, entry)) in log_entries().iter().enumerate() {
        log.append(entry.height(), &entry.to_bytes()).unwrap();
        if position == 2 {
            log.sync().unwrap();
        }
    }
    log.sync().unwrap();
    read(folder.path(), "consensus-00000000000000000001.log")
}

/// Both files of a guard that was stored three times.
fn guard_files() -> (Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    let (mut file, _) = SignGuardFile::load(disk, LEDGER).unwrap();
    for payload in [
        SignGuard::unused().to_bytes(),
        guard().to_bytes(),
        guard().to_bytes(),
    ] {
        file.store(&payload).unwrap();
    }
    (
        read(folder.path(), "sign-guard.a"),
        read(folder.path(), "sign-guard.b"),
    )
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

pub fn values() -> Vec<(&'static str, Vec<u8>)> {
    let mut values: Vec<(&str, Vec<u8>)> = log_entries()
        .into_iter()
        .map(|(name, entry)| (name, entry.to_bytes()))
        .collect();
    let (first, second) = guard_files();
    values.extend([
        ("consensus log segment", segment()),
        ("sign guard, unused", SignGuard::unused().to_bytes()),
        ("sign guard", guard().to_bytes()),
        ("sign guard file, first", first),
        ("sign guard file, second", second),
    ]);
    values
}
