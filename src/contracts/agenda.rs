//! What the ledger has to do by itself at some time: a priority queue in the state.
//!
//! It is a binary heap whose slots are keys of [`Space::Agenda`], so that the earliest is found and taken by a few
//! reads of single keys, however much is scheduled. What is due first comes first; of what is due at
//! the same time, what was scheduled first. A task that has become idle is not taken out: it finds nothing to
//! do when its time comes.

use bytes::Bytes;

use super::context::{EffectError, StateWriter};
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, Rejection, Space, StateReader, Timestamp};

/// Most that can be scheduled at once.
pub const MAX_SCHEDULED_TASKS: u64 = 1_000_000;

/// The key of the heap's size: no slot's key has this length.
const SIZE_KEY: &[u8] = b"size";

/// Something to do at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled<T> {
    /// When: at the first block of this time or a later one.
    pub due: Timestamp,
    /// Counts what was ever scheduled: the order of what is due at once.
    pub number: u64,
    /// What.
    pub task: T,
}

/// How much is scheduled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Slots in use.
    count: u64,
    /// Tasks ever scheduled.
    scheduled: u64,
}

/// Schedules some tasks, or none if there is not room for all.
///
/// # Errors
/// The outer error is a failing store; the inner one says that [`MAX_SCHEDULED_TASKS`] would be waiting, and then
/// nothing is written.
pub fn schedule_all<T: Encode + Decode>(
    state: &mut impl StateWriter,
    tasks: Vec<(Timestamp, T)>,
) -> Result<Result<(), Rejection>, EffectError> {
    let free = MAX_SCHEDULED_TASKS.saturating_sub(read_size(state)?.count);
    if tasks.len() as u64 > free {
        return Ok(Err(full()));
    }
    for (due, task) in tasks {
        if let Err(rejection) = schedule(state, due, task)? {
            return Ok(Err(rejection));
        }
    }
    Ok(Ok(()))
}

fn full() -> Rejection {
    Rejection::new(
        "agenda-full",
        format!("{MAX_SCHEDULED_TASKS} deadlines are waiting on this ledger, the most"),
    )
}

/// Schedules a task.
///
/// # Errors
/// The outer error is a failing store; the inner one says that [`MAX_SCHEDULED_TASKS`] are waiting.
pub fn schedule<T: Encode + Decode>(
    state: &mut impl StateWriter,
    due: Timestamp,
    task: T,
) -> Result<Result<(), Rejection>, EffectError> {
    let size = read_size(state)?;
    if size.count >= MAX_SCHEDULED_TASKS {
        return Ok(Err(full()));
    }
    let new = Scheduled {
        due,
        number: size.scheduled,
        task,
    };
    // Parents that come later move down, until the new one has its place.
    let mut slot = size.count;
    while slot > 0 {
        let above = (slot - 1) / 2;
        let parent: Scheduled<T> = read_slot(state, above)?;
        if parent.order() <= new.order() {
            break;
        }
        write_slot(state, slot, &parent);
        slot = above;
    }
    write_slot(state, slot, &new);
    write_size(
        state,
        Size {
            count: size.count + 1,
            scheduled: size.scheduled + 1,
        },
    );
    Ok(Ok(()))
}

/// The earliest task, if there is any.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn earliest<T: Encode + Decode>(
    state: &(impl StateReader + ?Sized),
) -> Result<Option<Scheduled<T>>, EffectError> {
    match read_size(state)?.count {
        0 => Ok(None),
        _ => read_slot(state, 0).map(Some),
    }
}

/// Takes the earliest task away, if there is any.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn take_earliest<T: Encode + Decode>(
    state: &mut impl StateWriter,
) -> Result<Option<Scheduled<T>>, EffectError> {
    let size = read_size(state)?;
    let Some(count) = size.count.checked_sub(1) else {
        return Ok(None);
    };
    let first: Scheduled<T> = read_slot(state, 0)?;
    let last: Scheduled<T> = read_slot(state, count)?;
    state.remove(Space::Agenda, &count.to_be_bytes());
    write_size(state, Size { count, ..size });
    if count == 0 {
        return Ok(Some(first));
    }
    // The last one takes the first's place and goes down, the earlier child coming up each time.
    let mut slot = 0;
    while 2 * slot + 1 < count {
        let left = 2 * slot + 1;
        let mut earlier = (left, read_slot::<T>(state, left)?);
        if left + 1 < count {
            let right: Scheduled<T> = read_slot(state, left + 1)?;
            if right.order() < earlier.1.order() {
                earlier = (left + 1, right);
            }
        }
        if last.order() <= earlier.1.order() {
            break;
        }
        write_slot(state, slot, &earlier.1);
        slot = earlier.0;
    }
    write_slot(state, slot, &last);
    Ok(Some(first))
}

impl<T> Scheduled<T> {
    fn order(&self) -> (Timestamp, u64) {
        (self.due, self.number)
    }
}

fn read_size(state: &(impl StateReader + ?Sized)) -> Result<Size, EffectError> {
    match state.get(Space::Agenda, SIZE_KEY)? {
        None => Ok(Size::default()),
        Some(bytes) => Size::from_bytes(&bytes).map_err(corrupt),
    }
}

fn write_size(state: &mut impl StateWriter, size: Size) {
    state.put(Space::Agenda, SIZE_KEY, Bytes::from(size.to_bytes()));
}

fn read_slot<T: Encode + Decode>(
    state: &(impl StateReader + ?Sized),
    slot: u64,
) -> Result<Scheduled<T>, EffectError> {
    let bytes = state.get(Space::Agenda, &slot.to_be_bytes())?;
    Scheduled::from_bytes(&bytes.unwrap_or_default()).map_err(corrupt)
}

fn write_slot<T: Encode + Decode>(
    state: &mut impl StateWriter,
    slot: u64,
    scheduled: &Scheduled<T>,
) {
    let value = Bytes::from(scheduled.to_bytes());
    state.put(Space::Agenda, &slot.to_be_bytes(), value);
}

fn corrupt(error: DecodeError) -> EffectError {
    EffectError::Corrupt {
        what: "agenda",
        error,
    }
}

impl Encode for Size {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(&self.scheduled.to_be_bytes());
    }
}

impl Decode for Size {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            count: reader.u64()?,
            scheduled: reader.u64()?,
        })
    }
}

impl<T: Encode> Encode for Scheduled<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.due.encode(out);
        out.extend_from_slice(&self.number.to_be_bytes());
        self.task.encode(out);
    }
}

impl<T: Decode> Decode for Scheduled<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            due: Timestamp::decode(reader)?,
            number: reader.u64()?,
            task: T::decode(reader)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contracts::tests::State;
    use crate::types::LogIndex;

    /// Without room for all nothing is scheduled, so that what is rejected leaves no trace.
    #[test]
    fn tasks_that_belong_together_are_scheduled_together() {
        let mut state = State::default();
        let tasks = || {
            vec![
                (Timestamp::from_ms(1), LogIndex(1)),
                (Timestamp::from_ms(2), LogIndex(2)),
            ]
        };
        write_size(
            &mut state,
            Size {
                count: MAX_SCHEDULED_TASKS - 1,
                scheduled: MAX_SCHEDULED_TASKS,
            },
        );
        let before = state.0.clone();
        let rejection = schedule_all(&mut state, tasks()).unwrap().unwrap_err();
        assert_eq!(rejection.code(), "agenda-full");
        assert_eq!(state.0, before);
        let mut state = State::default();
        schedule_all(&mut state, tasks()).unwrap().unwrap();
        assert_eq!(read_size(&state).unwrap().count, 2);
    }

    proptest! {
        /// Whatever is scheduled and taken in turns, it behaves as a sorted list does.
        #[test]
        fn the_earliest_comes_first(steps in prop::collection::vec(prop::option::of(0..20i64), 0..80)) {
            let mut state = State::default();
            let mut expected: Vec<(i64, u64)> = Vec::new();
            let mut scheduled = 0;
            for step in steps {
                match step {
                    Some(due) => {
                        schedule(&mut state, Timestamp::from_ms(due), LogIndex(scheduled)).unwrap().unwrap();
                        expected.push((due, scheduled));
                        expected.sort_unstable();
                        scheduled += 1;
                    }
                    None => {
                        let next = earliest::<LogIndex>(&state).unwrap();
                        let taken = take_earliest::<LogIndex>(&mut state).unwrap();
                        prop_assert_eq!(&next, &taken);
                        let wanted = (!expected.is_empty()).then(|| expected.remove(0));
                        prop_assert_eq!(taken.map(|t| (t.due.as_ms(), t.task.0)), wanted);
                    }
                }
            }
            // What is taken leaves nothing behind.
            prop_assert_eq!(state.0.len(), expected.len() + usize::from(scheduled > 0));
        }
    }
}
