//! Opening the consensus log and the sign guard together: each is judged by the other. The node and
//! the simulation start from here alike.

use thiserror::Error;

use super::consensus_log::{
    ConsensusLog, LogError, LoggedRecords, RecoveredLog, TornTail, TornTailVerdict,
};
use super::disk::Disk;
use super::sign_guard_file::{GuardFileError, GuardHealth, LoadedGuard, SignGuardFile};
use crate::consensus::{LogRecord, SignGuard, SigningState, Slotted};
use crate::crypto::PublicKey;
use crate::replica::LogEntry;
use crate::types::{Decode, DecodeError, Height, LedgerId};

/// Why consensus cannot go on from what is on the disk.
#[derive(Debug, Error)]
pub enum ConsensusRecoveryError {
    /// The log cannot be used.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The sign guard cannot be used.
    #[error(transparent)]
    Guard(#[from] GuardFileError),
    /// A record of the log is whole and makes no sense.
    #[error(
        "a record of height {height} in the consensus log cannot be read, perhaps since another \
         version of the program wrote it: {error}"
    )]
    Record {
        /// The height.
        height: Height,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// The guard's file is whole and what it holds makes no sense.
    #[error(
        "what the sign guard holds cannot be read, perhaps since another version of the program \
         wrote it: {0}. Start that version, or move the files sign-guard.* away."
    )]
    GuardValue(DecodeError),
}

/// What became of the log before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogHistory {
    /// It is as it was left.
    Kept,
    /// It was damaged, and [`ConsensusLog::set_aside`] has made room for a new one.
    SetAside,
}

/// What consensus goes on from after a restart.
#[derive(Debug)]
pub struct RecoveredConsensus<D: Disk> {
    /// The log, ready for more records.
    pub log: ConsensusLog<D>,
    /// Where the sign guard is stored.
    pub guard_file: SignGuardFile<D>,
    /// What was signed last, as far as it is known.
    pub guard: SignGuard,
    /// Whether log and guard can be trusted.
    pub signing: SigningState,
    /// The log of the height after the committed one, in order.
    pub entries: Vec<LogEntry>,
    /// What was cut off the log's end, to be reported.
    pub torn_tail: Option<TornTail>,
    /// What is wrong with the guard's files, to be reported.
    pub guard_damage: Option<String>,
}

/// Loads the guard, then the log, of a node that has committed up to a height. `own_key` is the key
/// that it signs with; none for a follower, which has nothing to guard.
///
/// A torn end of the log is cut off only if what the guard says was signed last is still in the log,
/// or is of a committed height.
///
/// A validator whose guard is missing, damaged or in doubt is muted. One that has nothing at all, no
/// ledger, no log and no guard, is fresh.
///
/// # Errors
/// [`ConsensusRecoveryError`] if log or guard cannot be used, or the tear is refused.
pub fn recover_consensus<D: Disk + Clone>(
    disk: &D,
    ledger: LedgerId,
    committed: Height,
    own_key: Option<&PublicKey>,
    history: LogHistory,
) -> Result<RecoveredConsensus<D>, ConsensusRecoveryError> {
    let (guard_file, loaded) = SignGuardFile::load(disk.clone(), ledger)?;
    let judge = |records: &LoggedRecords, _: &TornTail| {
        judge_tail(&loaded, records, committed, own_key.copied())
    };
    let (log, recovered) = ConsensusLog::recover(disk.clone(), ledger, judge)?;
    let RecoveredLog { records, torn_tail } = recovered;
    let is_in_doubt = is_in_doubt(&loaded);
    let was_missing = loaded == LoadedGuard::Missing;
    let (guard, guard_damage) = read_guard(loaded)?;
    let signing = match history {
        _ if own_key.is_none() => SigningState::Active,
        LogHistory::SetAside => SigningState::Muted,
        LogHistory::Kept if !is_in_doubt => SigningState::Active,
        LogHistory::Kept if was_missing && records.is_empty() && committed == Height::GENESIS => {
            SigningState::Fresh
        }
        LogHistory::Kept => SigningState::Muted,
    };
    Ok(RecoveredConsensus {
        log,
        guard_file,
        guard,
        signing,
        entries: decode_entries(&records, committed.next())?,
        torn_tail,
        guard_damage,
    })
}

fn is_in_doubt(guard: &LoadedGuard) -> bool {
    match guard {
        LoadedGuard::Missing | LoadedGuard::Damaged { .. } => true,
        LoadedGuard::Loaded(stored) => matches!(stored.health, GuardHealth::NewestInDoubt { .. }),
    }
}

/// Whether a torn end of the log may be cut off. What the guard says was signed last was logged
/// before the guard was written: if that record is still there, or its height is committed, nothing
/// that was signed is lost with the end.
fn judge_tail(
    guard: &LoadedGuard,
    records: &LoggedRecords,
    committed: Height,
    own_key: Option<PublicKey>,
) -> TornTailVerdict {
    let stored = match guard {
        LoadedGuard::Missing => return TornTailVerdict::Cut,
        LoadedGuard::Loaded(stored) if !is_in_doubt(guard) => stored,
        LoadedGuard::Loaded(_) | LoadedGuard::Damaged { .. } => return TornTailVerdict::Refuse,
    };
    let Ok(guard) = SignGuard::from_bytes(&stored.payload) else {
        return TornTailVerdict::Refuse;
    };
    let Some((slot, value)) = guard.last() else {
        return TornTailVerdict::Cut;
    };
    let is_last = |signer: PublicKey, statement_slot, statement_value| {
        Some(signer) == own_key && statement_slot == slot && statement_value == value
    };
    let says = |entry: LogEntry| match entry {
        LogEntry::Consensus(record) => match *record {
            LogRecord::Vote(vote) => {
                let vote = &vote.message;
                is_last(vote.validator, vote.slot(), vote.value())
            }
            LogRecord::Proposal(proposal) => {
                let proposal = &proposal.message;
                is_last(proposal.validator, proposal.slot(), proposal.value())
            }
            _ => false,
        },
        LogEntry::Block(_) => false,
    };
    let of_height = records.get(&slot.height).into_iter().flatten();
    let is_logged = of_height
        .filter_map(|bytes| LogEntry::from_bytes(bytes).ok())
        .any(says);
    if slot.height <= committed || is_logged {
        TornTailVerdict::Cut
    } else {
        TornTailVerdict::Refuse
    }
}

fn read_guard(loaded: LoadedGuard) -> Result<(SignGuard, Option<String>), ConsensusRecoveryError> {
    match loaded {
        LoadedGuard::Missing => Ok((SignGuard::unused(), None)),
        LoadedGuard::Damaged { details } => Ok((SignGuard::unused(), Some(details))),
        LoadedGuard::Loaded(stored) => {
            let guard = SignGuard::from_bytes(&stored.payload)
                .map_err(ConsensusRecoveryError::GuardValue)?;
            Ok(match stored.health {
                GuardHealth::Intact => (guard, None),
                GuardHealth::CopiesDamaged { details } | GuardHealth::NewestInDoubt { details } => {
                    (guard, Some(details))
                }
            })
        }
    }
}

fn decode_entries(
    records: &LoggedRecords,
    height: Height,
) -> Result<Vec<LogEntry>, ConsensusRecoveryError> {
    let of_height = records.get(&height).into_iter().flatten();
    of_height
        .map(|bytes| {
            LogEntry::from_bytes(bytes)
                .map_err(|error| ConsensusRecoveryError::Record { height, error })
        })
        .collect()
}

#[cfg(test)]
mod tests;
