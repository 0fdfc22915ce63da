//! Records that the ledger makes by itself when their time has come.

use super::agenda::{self, Scheduled};
use super::context::{EffectError, StateWriter};
use super::rulebook::Rulebook;
use super::task::Task;
use crate::crypto::Sha256Digest;
use crate::types::{Encode, Height, LogIndex, Record, StateReader, Timestamp};

/// Most entries that the ledger makes by itself in one block; what is left comes first in the next.
pub const MAX_DERIVED_ENTRIES_PER_BLOCK: usize = 4_096;

/// Most values that the tasks of one block read for what they make: two of the fullest order books. What the first
/// of them reads at once may be more.
const MAX_READS_PER_BLOCK: usize = 20_000;

/// Most tasks that one block looks at: those that find nothing to do make no entry.
const MAX_TASKS_PER_BLOCK: usize = 16_384;

/// The circumstances of what the ledger does by itself.
#[derive(Clone, Copy, Debug)]
pub struct DeriveContext<'a> {
    /// The block that does it.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// The contracts in force.
    pub rulebook: &'a Rulebook,
}

/// A record that the ledger made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedRecord {
    /// Digest of the height and the cause.
    pub source: Sha256Digest,
    /// The record.
    pub record: Record,
}

/// The entries of one block so far: what a task adds to.
#[derive(Debug)]
pub(super) struct Derived {
    /// The entry that the next record will have.
    next_index: LogIndex,
    records: Vec<DerivedRecord>,
    /// Values that were read for them.
    reads: usize,
}

impl Derived {
    /// The entries of a block that has room for so many more.
    #[cfg(test)]
    pub(super) fn with_room(next_index: LogIndex, room: usize) -> Self {
        let filler = DerivedRecord {
            source: Sha256Digest::of(b"filler"),
            record: Record {
                kind: crate::types::RecordKind::new("test.filler").expect("a record kind"),
                version: 1,
                body: bytes::Bytes::new(),
            },
        };
        Self {
            next_index,
            records: vec![filler; MAX_DERIVED_ENTRIES_PER_BLOCK - room],
            reads: 0,
        }
    }

    /// What was added to [`Derived::with_room`].
    #[cfg(test)]
    pub(super) fn added(self, room: usize) -> Vec<DerivedRecord> {
        let filler = MAX_DERIVED_ENTRIES_PER_BLOCK - room;
        self.records.into_iter().skip(filler).collect()
    }

    /// The entry that the next record will have.
    pub(super) fn next_index(&self) -> LogIndex {
        self.next_index
    }

    /// How many more the block takes.
    pub(super) fn room(&self) -> usize {
        MAX_DERIVED_ENTRIES_PER_BLOCK.saturating_sub(self.records.len())
    }

    /// Whether the block reads so many values more. If not, the task waits for the next block; the first that
    /// asks never has to.
    pub(super) fn may_read(&mut self, count: usize) -> bool {
        if self.reads > 0 && self.reads.saturating_add(count) > MAX_READS_PER_BLOCK {
            return false;
        }
        self.reads = self.reads.saturating_add(count);
        true
    }

    /// Adds a record that a task made. The task has looked at [`Derived::room`].
    pub(super) fn push(&mut self, context: &DeriveContext<'_>, cause: &Task, record: Record) {
        self.records.push(DerivedRecord {
            source: source(context.height, cause),
            record,
        });
        self.next_index = self.next_index.plus(1);
    }
}

/// What became of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is done.
    Done,
    /// There was no room for all of it: it goes on in the next block.
    Unfinished,
    /// It is not its time yet after all: it is to be done at this one, which is later than the block's.
    Postponed(Timestamp),
}

/// Does what is due, in order of time, and gives the records of it. They come before the records that
/// members have submitted to the block.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn derive(
    state: &mut impl StateWriter,
    context: &DeriveContext<'_>,
    first_index: LogIndex,
) -> Result<Vec<DerivedRecord>, EffectError> {
    let mut derived = Derived {
        next_index: first_index,
        records: Vec::new(),
        reads: 0,
    };
    for _ in 0..MAX_TASKS_PER_BLOCK {
        let next: Option<Scheduled<Task>> = agenda::earliest(state)?;
        let Some(next) = next.filter(|next| next.due <= context.time) else {
            break;
        };
        if derived.room() == 0 {
            break;
        }
        match next.task.run(state, context, &mut derived)? {
            Progress::Unfinished => break,
            Progress::Done => {
                agenda::take_earliest::<Task>(state)?;
            }
            Progress::Postponed(due) => {
                agenda::take_earliest::<Task>(state)?;
                // There is room: it takes the place that it had.
                let _ = agenda::schedule(state, due, next.task)?;
            }
        }
    }
    Ok(derived.records)
}

/// When the ledger next has something to do by itself; none if nothing is scheduled. What was left over from a block is due
/// already.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_next_due(
    state: &(impl StateReader + ?Sized),
) -> Result<Option<Timestamp>, EffectError> {
    let next: Option<Scheduled<Task>> = agenda::earliest(state)?;
    Ok(next.map(|next| next.due))
}

fn source(height: Height, cause: &Task) -> Sha256Digest {
    Sha256Digest::of_parts(&[
        b"waybill/derived/v1\0",
        &height.to_bytes(),
        &cause.to_bytes(),
    ])
}
