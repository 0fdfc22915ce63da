//! What the ledger has to do by itself at some time: a priority queue in the state.
//!
//! It is a binary heap whose slots are keys of [`Space::Agenda`], so that the earliest is found and taken by a few
//! reads of single keys, however much is scheduled. What is due first comes first; of what is due at
//! the same time, what was scheduled first. A task that has become idle is not taken out: it finds nothing to
//! do when its time comes.
//!
//! Each kind of work has a share of the places to itself, however much there is of the others: how much of each waits
//! is counted beside the heap.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::context::{EffectError, StateWriter};
use crate::records::energy::market::{MAX_INTERVALS_PER_AREA, MAX_MARKET_AREAS};
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, Rejection, Space, StateReader, Timestamp};

/// Most that can be scheduled at once, of all kinds together.
pub const MAX_SCHEDULED_TASKS: u64 = 1_000_000;

/// Most deadlines of markets: two for each interval of each area.
pub const MAX_MARKET_TASKS: u64 = 525_000;

/// Most times at which certificates expire: those of two years and four months if something is issued for every
/// five minutes.
pub const MAX_CERTIFICATE_TASKS: u64 = 250_000;

/// Most proposals to hand things over whose time is not over.
pub const MAX_CUSTODY_TASKS: u64 = 225_000;

// What has a share never waits for others, and the areas of a contract for nothing.
const _: () = assert!(
    MAX_MARKET_TASKS + MAX_CERTIFICATE_TASKS + MAX_CUSTODY_TASKS <= MAX_SCHEDULED_TASKS
        && 2 * MAX_INTERVALS_PER_AREA * MAX_MARKET_AREAS as u64 <= MAX_MARKET_TASKS
);

/// The key of the heap's size: no slot's key has this length.
const SIZE_KEY: &[u8] = b"size";

/// What the keys of the counts of shares begin with: no slot's key has their length either.
const SHARE_PREFIX: &[u8] = b"share";

/// What tasks are of: none takes the places of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Share {
    /// Gates and settlements.
    Markets,
    /// Certificates that expire.
    Certificates,
    /// Proposals to hand things over.
    Custody,
}

impl Share {
    /// Most that can wait.
    fn most(self) -> u64 {
        match self {
            Self::Markets => MAX_MARKET_TASKS,
            Self::Certificates => MAX_CERTIFICATE_TASKS,
            Self::Custody => MAX_CUSTODY_TASKS,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Markets => "markets",
            Self::Certificates => "certificates",
            Self::Custody => "custody",
        }
    }

    fn key(self) -> Vec<u8> {
        let code = match self {
            Self::Markets => 0,
            Self::Certificates => 1,
            Self::Custody => 2,
        };
        [SHARE_PREFIX, &[code]].concat()
    }
}

/// Something that takes a place of a share in the agenda.
pub trait Shared {
    /// Which.
    fn share(&self) -> Share;
}

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
/// The outer error is a failing store; the inner one says that more would be waiting than their share has places for,
/// and then nothing is written.
pub fn schedule_all<T: Encode + Decode + Shared>(
    state: &mut impl StateWriter,
    tasks: Vec<(Timestamp, T)>,
) -> Result<Result<(), Rejection>, EffectError> {
    let mut shares: BTreeMap<Share, u64> = BTreeMap::new();
    for (_, task) in &tasks {
        *shares.entry(task.share()).or_default() += 1;
    }
    let free = MAX_SCHEDULED_TASKS.saturating_sub(read_size(state)?.count);
    for (share, added) in shares {
        let free_of_share = share.most().saturating_sub(read_count(state, share)?);
        if tasks.len() as u64 > free || added > free_of_share {
            return Ok(Err(full(share)));
        }
    }
    for (due, task) in tasks {
        if let Err(rejection) = schedule(state, due, task)? {
            return Ok(Err(rejection));
        }
    }
    Ok(Ok(()))
}

fn full(share: Share) -> Rejection {
    Rejection::new(
        "agenda-full",
        format!(
            "{} deadlines of {} are waiting on this ledger, the most",
            share.most(),
            share.as_str()
        ),
    )
}

/// Schedules a task.
///
/// # Errors
/// The outer error is a failing store; the inner one says that as many are waiting as its share has places for.
pub fn schedule<T: Encode + Decode + Shared>(
    state: &mut impl StateWriter,
    due: Timestamp,
    task: T,
) -> Result<Result<(), Rejection>, EffectError> {
    let size = read_size(state)?;
    let share = task.share();
    let waiting = read_count(state, share)?;
    if size.count >= MAX_SCHEDULED_TASKS || waiting >= share.most() {
        return Ok(Err(full(share)));
    }
    write_count(state, share, waiting + 1);
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
pub fn take_earliest<T: Encode + Decode + Shared>(
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
    let share = first.task.share();
    let waiting = read_count(state, share)?;
    write_count(state, share, waiting.saturating_sub(1));
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

fn read_count(state: &(impl StateReader + ?Sized), share: Share) -> Result<u64, EffectError> {
    let Some(bytes) = state.get(Space::Agenda, &share.key())? else {
        return Ok(0);
    };
    let mut reader = Reader::new(&bytes);
    let count = reader.u64().map_err(corrupt)?;
    reader.finish().map_err(corrupt)?;
    Ok(count)
}

fn write_count(state: &mut impl StateWriter, share: Share, count: u64) {
    let value = Bytes::copy_from_slice(&count.to_be_bytes());
    state.put(Space::Agenda, &share.key(), value);
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

    impl Shared for LogIndex {
        fn share(&self) -> Share {
            match self.0 % 3 {
                0 => Share::Markets,
                1 => Share::Certificates,
                _ => Share::Custody,
            }
        }
    }

    /// However much waits of one kind, there is room for the others, and for its own again once some is done.
    #[test]
    fn a_kind_of_work_takes_no_room_of_another() {
        let shares = [Share::Markets, Share::Certificates, Share::Custody];
        for (number, full) in (0u64..).zip(shares) {
            let mut state = State::default();
            let due = Timestamp::from_ms(1);
            schedule(&mut state, due, LogIndex(number))
                .unwrap()
                .unwrap();
            write_count(&mut state, full, full.most());
            write_size(
                &mut state,
                Size {
                    count: 1,
                    scheduled: full.most(),
                },
            );
            for (other, share) in (0u64..).zip(shares) {
                let before = state.0.clone();
                let outcome = schedule(&mut state, due, LogIndex(other)).unwrap();
                assert_eq!(outcome.is_err(), share == full, "{share:?}");
                if let Err(rejection) = outcome {
                    assert_eq!(rejection.code(), "agenda-full");
                    assert!(rejection.reason().contains(full.as_str()));
                    assert_eq!(state.0, before);
                    let tasks = vec![(due, LogIndex(other))];
                    assert!(schedule_all(&mut state, tasks).unwrap().is_err());
                }
            }
            take_earliest::<LogIndex>(&mut state).unwrap().unwrap();
            schedule(&mut state, due, LogIndex(number))
                .unwrap()
                .unwrap();
        }
    }

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
            // What is taken leaves nothing behind but counts, which tell what waits.
            let mut waiting = 0;
            for share in [Share::Markets, Share::Certificates, Share::Custody] {
                waiting += read_count(&state, share).unwrap();
                state.0.remove(&(Space::Agenda, share.key()));
            }
            prop_assert_eq!(waiting, expected.len() as u64);
            prop_assert_eq!(state.0.len(), expected.len() + usize::from(scheduled > 0));
        }
    }
}
