//! How long proposals take, and so how long to wait for one.

/// Part of the configured timeout below which it never goes: a proposer that needs a little longer
/// than usual is not to be passed over.
const FLOOR_DIVISOR: u64 = 4;

/// Least time above the smoothed one, in milliseconds: the grain of clocks and timers, and of
/// schedulers.
const MIN_MARGIN_MS: u64 = 50;

/// Estimates the timeout for proposals from how long the last ones took, as TCP does its
/// retransmission timeout (RFC 6298, Section 2): smoothed time and four times its mean deviation,
/// doubled with each proposal in a row that did not come.
///
/// It begins with the configured timeout, and stays between a quarter of it and all of it: so a
/// dead proposer costs what the network takes, not what its slowest day would. It is each node's
/// own: nothing that nodes must agree on depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProposalPace {
    configured_ms: u64,
    estimate: Option<Estimate>,
    missed_in_a_row: u32,
}

/// Scaled integers, as in Jacobson's "Congestion avoidance and control" (1988), appendix A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Estimate {
    /// Eight times the smoothed time.
    smoothed_eighths_ms: u64,
    /// Four times the mean deviation.
    deviation_quarters_ms: u64,
}

impl ProposalPace {
    /// Nothing is known yet.
    pub(super) fn new(configured_ms: u64) -> Self {
        Self {
            configured_ms,
            estimate: None,
            missed_in_a_row: 0,
        }
    }

    /// A proposal of a round 0 was there, and its block could be voted for, this long after the
    /// height had started.
    pub(super) fn arrived(&mut self, took_ms: u64) {
        let took_ms = took_ms.min(self.configured_ms);
        self.missed_in_a_row = 0;
        self.estimate = Some(match self.estimate {
            None => Estimate {
                smoothed_eighths_ms: took_ms.saturating_mul(8),
                deviation_quarters_ms: took_ms.saturating_mul(2),
            },
            Some(before) => {
                let smoothed_ms = before.smoothed_eighths_ms / 8;
                let deviation_ms = before.deviation_quarters_ms / 4;
                Estimate {
                    smoothed_eighths_ms: (before.smoothed_eighths_ms + took_ms)
                        .saturating_sub(smoothed_ms),
                    deviation_quarters_ms: (before.deviation_quarters_ms
                        + took_ms.abs_diff(smoothed_ms))
                    .saturating_sub(deviation_ms),
                }
            }
        });
    }

    /// No proposal came in a round 0 before the timeout.
    pub(super) fn missed(&mut self) {
        self.missed_in_a_row = self.missed_in_a_row.saturating_add(1);
    }

    /// How long to wait in the round 0 of the next height, in milliseconds.
    pub(super) fn timeout_ms(&self) -> u64 {
        let Some(estimate) = self.estimate else {
            return self.configured_ms;
        };
        let margin_ms = estimate.deviation_quarters_ms.max(MIN_MARGIN_MS);
        let expected_ms = (estimate.smoothed_eighths_ms / 8).saturating_add(margin_ms);
        let backed_off_ms = 1u64
            .checked_shl(self.missed_in_a_row)
            .map_or(u64::MAX, |factor| expected_ms.saturating_mul(factor));
        let floor_ms = self.configured_ms / FLOOR_DIVISOR;
        backed_off_ms.clamp(floor_ms, self.configured_ms)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_begins_with_what_is_configured_and_comes_down_to_what_the_network_takes() {
        let mut pace = ProposalPace::new(1_000);
        assert_eq!(pace.timeout_ms(), 1_000);
        pace.arrived(300);
        // Half of the first time counts as its deviation.
        assert_eq!(pace.timeout_ms(), 900);
        for _ in 0..50 {
            pace.arrived(300);
        }
        assert_eq!(pace.timeout_ms(), 350);
        for _ in 0..50 {
            pace.arrived(10);
        }
        assert_eq!(pace.timeout_ms(), 250);
    }

    #[test]
    fn each_miss_doubles_it_and_an_arrival_ends_that() {
        let mut pace = ProposalPace::new(2_000);
        for _ in 0..50 {
            pace.arrived(500);
        }
        assert_eq!(pace.timeout_ms(), 550);
        pace.missed();
        assert_eq!(pace.timeout_ms(), 1_100);
        pace.missed();
        assert_eq!(pace.timeout_ms(), 2_000);
        for _ in 0..200 {
            pace.missed();
        }
        assert_eq!(pace.timeout_ms(), 2_000);
        pace.arrived(500);
        assert_eq!(pace.timeout_ms(), 550);
    }

    #[test]
    fn times_that_vary_make_it_wait_longer() {
        let (mut steady, mut varying) = (ProposalPace::new(2_000), ProposalPace::new(2_000));
        for turn in 0..100 {
            steady.arrived(500);
            varying.arrived(if turn % 2 == 0 { 300 } else { 700 });
        }
        assert!(varying.timeout_ms() > steady.timeout_ms() + 500);
    }

    proptest! {
        #[test]
        fn it_is_always_within_its_bounds(
            configured_ms in 1u64..1_000_000,
            times in proptest::collection::vec(proptest::option::of(any::<u64>()), 0..80),
        ) {
            let mut pace = ProposalPace::new(configured_ms);
            for time in times {
                match time {
                    Some(took_ms) => pace.arrived(took_ms),
                    None => pace.missed(),
                }
                let timeout_ms = pace.timeout_ms();
                prop_assert!(timeout_ms >= configured_ms / FLOOR_DIVISOR);
                prop_assert!(timeout_ms <= configured_ms);
            }
        }
    }
}
