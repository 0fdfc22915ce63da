//! The replica's timers on a monotonic clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::replica::Timer;

/// Timers that run. A timer that is set again is replaced.
#[derive(Debug, Default)]
pub(super) struct Timers {
    deadlines: BTreeMap<Timer, Instant>,
    order: BTreeSet<(Instant, Timer)>,
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, after_ms: u64) {
        self.cancel(&timer);
        let deadline = Instant::now() + Duration::from_millis(after_ms);
        self.deadlines.insert(timer, deadline);
        self.order.insert((deadline, timer));
    }

    pub(super) fn cancel(&mut self, timer: &Timer) {
        if let Some(deadline) = self.deadlines.remove(timer) {
            self.order.remove(&(deadline, *timer));
        }
    }

    /// When the next timer ends.
    pub(super) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(deadline, _)| *deadline)
    }

    /// Takes the timers that have ended.
    pub(super) fn take_elapsed(&mut self) -> Vec<Timer> {
        let now = Instant::now();
        let mut elapsed = Vec::new();
        while let Some((deadline, timer)) = self.order.first().copied() {
            if deadline > now {
                break;
            }
            self.cancel(&timer);
            elapsed.push(timer);
        }
        elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_fires_once_and_a_replaced_one_at_its_new_time() {
        let mut timers = Timers::default();
        timers.set(Timer::Tick, 0);
        timers.set(Timer::SealBatch, 0);
        timers.set(Timer::SealBatch, 3_600_000);
        timers.set(Timer::StartHeight, 0);
        timers.cancel(&Timer::StartHeight);
        assert_eq!(timers.take_elapsed(), [Timer::Tick]);
        assert_eq!(timers.take_elapsed(), []);
        assert!(timers.next().is_some());
        timers.cancel(&Timer::SealBatch);
        assert_eq!(timers.next(), None);
    }
}
