//! Token buckets: how fast something may go for long, and how much at once.

use std::time::Duration;

use tokio::time::Instant;

use super::ChannelLimits;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Tokens that come at a steady rate up to a burst. Counts in token-nanoseconds, so that no
/// fraction of a token is lost.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    per_second: u128,
    capacity: u128,
    level: u128,
    updated: Instant,
}

impl TokenBucket {
    /// A full bucket. Both numbers are at least one.
    pub(crate) fn new(per_second: u64, burst: u64, now: Instant) -> Self {
        let capacity = u128::from(burst.max(1)) * NANOS_PER_SECOND;
        Self {
            per_second: u128::from(per_second.max(1)),
            capacity,
            level: capacity,
            updated: now,
        }
    }

    /// Takes `tokens`, or says how long to wait until they are there. More than the burst counts as
    /// the burst.
    ///
    /// # Errors
    /// The wait; nothing was taken.
    pub(crate) fn take(&mut self, tokens: u64, now: Instant) -> Result<(), Duration> {
        self.wait(tokens, now)?;
        self.level = self.level.saturating_sub(self.cost(tokens));
        Ok(())
    }

    /// Like [`TokenBucket::take`], but takes nothing.
    fn wait(&mut self, tokens: u64, now: Instant) -> Result<(), Duration> {
        let elapsed = now.saturating_duration_since(self.updated).as_nanos();
        let gained = elapsed.saturating_mul(self.per_second);
        self.level = self.level.saturating_add(gained).min(self.capacity);
        self.updated = self.updated.max(now);
        let missing = self.cost(tokens).saturating_sub(self.level);
        if missing == 0 {
            return Ok(());
        }
        let nanos = missing.div_ceil(self.per_second);
        Err(Duration::from_nanos(
            u64::try_from(nanos).unwrap_or(u64::MAX),
        ))
    }

    fn cost(&self, tokens: u64) -> u128 {
        (u128::from(tokens) * NANOS_PER_SECOND).min(self.capacity)
    }
}

/// Messages per second and bytes per second of a channel, together.
#[derive(Debug)]
pub(crate) struct ChannelRate {
    frames: TokenBucket,
    bytes: TokenBucket,
}

impl ChannelRate {
    /// What a sender keeps to: the rate, and at once what a second allows.
    pub(crate) fn sending(limits: &ChannelLimits, now: Instant) -> Self {
        let (frames, bytes) = sending_burst(limits);
        Self {
            frames: TokenBucket::new(limits.frames_per_second, frames, now),
            bytes: TokenBucket::new(limits.bytes_per_second, bytes, now),
        }
    }

    /// What a receiver tolerates.
    ///
    /// A correct sender never exceeds it: a network that stalls can bunch together what was in
    /// flight and one burst of the sender, and a restart or a reconnect can repeat both. The rate
    /// is a quarter higher, for clocks that differ.
    pub(crate) fn receiving(limits: &ChannelLimits, now: Instant) -> Self {
        let (frames, bytes) = sending_burst(limits);
        let frames = frames.saturating_add(to_tokens(limits.max_in_flight));
        let bytes = bytes.saturating_add(to_tokens(limits.max_queued_bytes));
        let with_margin = |rate: u64| rate.saturating_add(rate / 4);
        Self {
            frames: TokenBucket::new(
                with_margin(limits.frames_per_second),
                frames.saturating_mul(2),
                now,
            ),
            bytes: TokenBucket::new(
                with_margin(limits.bytes_per_second),
                bytes.saturating_mul(2),
                now,
            ),
        }
    }

    /// Takes one message of `bytes` bytes.
    ///
    /// # Errors
    /// The wait until it may go; nothing was taken.
    pub(crate) fn take(&mut self, bytes: u64, now: Instant) -> Result<(), Duration> {
        self.frames.wait(1, now)?;
        self.bytes.take(bytes, now)?;
        self.frames.take(1, now)
    }
}

fn sending_burst(limits: &ChannelLimits) -> (u64, u64) {
    let bytes = limits
        .bytes_per_second
        .max(to_tokens(limits.max_frame_bytes));
    (limits.frames_per_second, bytes)
}

fn to_tokens(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::Channel;

    #[test]
    fn a_burst_then_the_rate() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(10, 3, start);
        for _ in 0..3 {
            assert_eq!(bucket.take(1, start), Ok(()));
        }
        assert_eq!(bucket.take(1, start), Err(Duration::from_millis(100)));
        let later = start + Duration::from_millis(100);
        assert_eq!(bucket.take(1, later), Ok(()));
        assert!(bucket.take(1, later).is_err());
    }

    #[test]
    fn more_than_the_burst_waits_for_a_full_bucket() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(1, 2, start);
        assert_eq!(bucket.take(u64::MAX, start), Ok(()));
        assert_eq!(bucket.take(u64::MAX, start), Err(Duration::from_secs(2)));
    }

    #[test]
    fn a_refused_message_takes_neither_frames_nor_bytes() {
        let start = Instant::now();
        let mut rate = ChannelRate {
            frames: TokenBucket::new(1, 2, start),
            bytes: TokenBucket::new(1, 10, start),
        };
        assert_eq!(rate.take(8, start), Ok(()));
        assert_eq!(rate.take(3, start), Err(Duration::from_secs(1)));
        assert_eq!(rate.take(2, start), Ok(()));
        assert_eq!(rate.take(1, start), Err(Duration::from_secs(1)));
    }

    proptest! {
        /// Whatever a paced sender sends, delayed and bunched by the network, the receiver takes.
        #[test]
        fn a_paced_sender_is_never_punished(
            steps in proptest::collection::vec((0_u64..400, 1_usize..70_000), 1..300),
            stall_ms in 0_u64..3_000,
        ) {
            let limits = ChannelLimits::standard(Channel::Acknowledgements);
            let start = Instant::now();
            let mut sender = ChannelRate::sending(&limits, start);
            let mut receiver = ChannelRate::receiving(&limits, start);
            let mut clock = start;
            let mut arrival = start;
            for (index, (pause_ms, bytes)) in steps.into_iter().enumerate() {
                let bytes = to_tokens(bytes.min(limits.max_frame_bytes));
                clock += Duration::from_millis(pause_ms);
                while let Err(wait) = sender.take(bytes, clock) {
                    clock += wait;
                }
                // A window's worth may be under way while the network stalls.
                if index % limits.max_in_flight == 0 {
                    arrival = clock + Duration::from_millis(stall_ms);
                }
                arrival = arrival.max(clock);
                prop_assert_eq!(receiver.take(bytes, arrival), Ok(()));
            }
        }
    }
}
