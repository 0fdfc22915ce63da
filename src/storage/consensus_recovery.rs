//! Opening the consensus log and the sign guard together: each is judged by the other.

use thiserror::Error;

use super::consensus_log::{
    ConsensusLog, LogError, LoggedRecords, RecoveredLog, TornTail, TornTailVerdict,
};
use super::disk::Disk;
use super::sign_guard_file::{GuardFileError, LoadedGuard, SignGuardFile};
use crate::types::LedgerId;

/// Why consensus cannot go on from what is on the disk.
#[derive(Debug, Error)]
pub enum ConsensusRecoveryError {
    /// The log cannot be used.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The sign guard cannot be used.
    #[error(transparent)]
    Guard(#[from] GuardFileError),
}

/// What consensus goes on from after a restart.
#[derive(Debug)]
pub struct RecoveredConsensus<D: Disk> {
    /// The log, ready for more records.
    pub log: ConsensusLog<D>,
    /// Where the sign guard is stored.
    pub guard_file: SignGuardFile<D>,
    /// What was signed last. Whoever signs compares it with the records, and stays silent if it is
    /// missing, damaged or in doubt while there is a log.
    pub guard: LoadedGuard,
    /// The records by height; those of decided heights are to be skipped.
    pub records: LoggedRecords,
    /// What was cut off the log's end, to be reported.
    pub torn_tail: Option<TornTail>,
}

/// Loads the guard, then the log. If the log's end is torn, `agrees` says, from the guard and the
/// records before the tear, whether anything may have been signed on the strength of what is lost;
/// it understands the payloads.
///
/// # Errors
/// [`ConsensusRecoveryError`] if either cannot be used, or the tear is refused.
pub fn recover_consensus<D: Disk + Clone>(
    disk: &D,
    ledger: LedgerId,
    agrees: impl FnOnce(&LoadedGuard, &LoggedRecords, &TornTail) -> TornTailVerdict,
) -> Result<RecoveredConsensus<D>, ConsensusRecoveryError> {
    let (guard_file, guard) = SignGuardFile::load(disk.clone(), ledger)?;
    let judge = |records: &LoggedRecords, tail: &TornTail| agrees(&guard, records, tail);
    let (log, recovered) = ConsensusLog::recover(disk.clone(), ledger, judge)?;
    let RecoveredLog { records, torn_tail } = recovered;
    Ok(RecoveredConsensus {
        log,
        guard_file,
        guard,
        records,
        torn_tail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Blake3Digest;
    use crate::storage::simulated_disk::SimulatedDisk;
    use crate::types::Height;

    fn ledger() -> LedgerId {
        LedgerId(Blake3Digest::of(b"ledger"))
    }

    /// Agrees if the number of records that the guard rests on is still there.
    fn agrees(guard: &LoadedGuard, records: &LoggedRecords, _: &TornTail) -> TornTailVerdict {
        let count = records.values().map(Vec::len).sum::<usize>();
        match guard {
            LoadedGuard::Loaded(guard) if usize::from(guard.payload[0]) <= count => {
                TornTailVerdict::Cut
            }
            _ => TornTailVerdict::Refuse,
        }
    }

    #[test]
    fn the_guard_judges_the_torn_tail() {
        let disk = SimulatedDisk::new();
        let mut fresh = recover_consensus(&disk, ledger(), agrees).unwrap();
        assert_eq!(fresh.guard, LoadedGuard::Missing);
        fresh.log.append(Height(1), b"one").unwrap();
        fresh.log.sync().unwrap();
        fresh.guard_file.store(&[1]).unwrap();
        fresh.log.append(Height(1), b"two").unwrap();
        fresh.log.sync().unwrap();
        let name = "consensus-00000000000000000001.log";
        let contents = disk.contents(name).unwrap();
        disk.replace(name, &contents[..contents.len() - 1]).unwrap();
        let before_signing = recover_consensus(&disk.fork(), ledger(), agrees).unwrap();
        assert_eq!(before_signing.records[&Height(1)].len(), 1);
        assert!(before_signing.torn_tail.is_some());
        assert!(matches!(before_signing.guard, LoadedGuard::Loaded(_)));
        fresh.guard_file.store(&[2]).unwrap();
        let after_signing = recover_consensus(&disk, ledger(), agrees).unwrap_err();
        assert!(matches!(
            after_signing,
            ConsensusRecoveryError::Log(LogError::TornTailRefused { .. })
        ));
    }

    #[test]
    fn another_ledgers_files_are_refused() {
        let disk = SimulatedDisk::new();
        let mut recovered = recover_consensus(&disk, ledger(), agrees).unwrap();
        recovered.guard_file.store(&[0]).unwrap();
        let other = LedgerId(Blake3Digest::of(b"other"));
        assert!(matches!(
            recover_consensus(&disk, other, agrees).unwrap_err(),
            ConsensusRecoveryError::Guard(GuardFileError::OtherLedger { .. })
        ));
    }
}
