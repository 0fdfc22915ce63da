//! Reading many ranges at once: what waits for the disk waits together.
//!
//! A question that reads a thousand keys in no order waits a thousand times for the disk if it reads one after the
//! other, and a disk serves several reads in the time of one. Threads live no longer than the call, and there is
//! a most of them for all calls together: who finds none left reads alone.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::columns::Column;
use super::error::StoreError;
use super::view::View;
use crate::types::{KeyRange, KeyValue, ScanOrder};

/// Most threads that read for others, at all calls of a store together.
pub(super) const MAX_READ_THREADS: usize = 16;

/// Ranges that are worth another thread.
const RANGES_PER_THREAD: usize = 8;

/// Ranges that a thread takes at a time: few, so that none waits long for the last one.
const RANGES_AT_A_TIME: usize = 4;

/// How many threads may yet be taken.
#[derive(Debug)]
pub(super) struct ReadThreads(AtomicUsize);

impl Default for ReadThreads {
    fn default() -> Self {
        Self(AtomicUsize::new(MAX_READ_THREADS))
    }
}

impl ReadThreads {
    /// Takes as many as are wanted, or as are left.
    fn take(&self, wanted: usize) -> Taken<'_> {
        let mut count = 0;
        let rest = |left: usize| {
            count = wanted.min(left);
            Some(left - count)
        };
        // It always gives a new value.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
        Taken { of: self, count }
    }

    #[cfg(test)]
    pub(super) fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Threads that are given back at the end.
struct Taken<'a> {
    of: &'a ReadThreads,
    count: usize,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.of.0.fetch_add(self.count, Ordering::Relaxed);
    }
}

/// What a thread read, with the places of the ranges.
type Found = Result<Vec<(usize, Vec<KeyValue>)>, StoreError>;

impl View<'_> {
    /// Up to `count` keys of each range with their values, ascending, in the order of the ranges.
    pub(super) fn scan_each(
        &self,
        column: Column,
        ranges: &[KeyRange],
        count: usize,
    ) -> Result<Vec<Vec<KeyValue>>, StoreError> {
        let scanner = self.scanner();
        let next = AtomicUsize::new(0);
        let work = || -> Found {
            let mut found = Vec::new();
            loop {
                let first = next.fetch_add(RANGES_AT_A_TIME, Ordering::Relaxed);
                let Some(some) = ranges.get(first..) else {
                    return Ok(found);
                };
                for (place, (first, end)) in (first..).zip(some.iter().take(RANGES_AT_A_TIME)) {
                    let rows = scanner.scan(column, (first, end), ScanOrder::Ascending)?;
                    found.push((place, rows.take(count).collect::<Result<_, _>>()?));
                }
            }
        };
        let threads = self
            .read_threads()
            .take((ranges.len() / RANGES_PER_THREAD).saturating_sub(1));
        let all = std::thread::scope(|scope| {
            let start = |_| std::thread::Builder::new().spawn_scoped(scope, work);
            // A system that has no thread to spare leaves the work to this one.
            let others: Vec<_> = (0..threads.count).map_while(|n| start(n).ok()).collect();
            let mut all = vec![work()];
            for other in others {
                match other.join() {
                    Ok(found) => all.push(found),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        });
        let mut each = vec![Vec::new(); ranges.len()];
        for found in all {
            for (place, rows) in found? {
                if let Some(slot) = each.get_mut(place) {
                    *slot = rows;
                }
            }
        }
        Ok(each)
    }
}
