//! Every fault and its range, on one screen.

use std::ops::RangeInclusive;

use crate::random::Random;

/// From what a world is drawn. Times are in milliseconds, probabilities in permille.
pub struct Ranges {
    // The ledger.
    pub validators: RangeInclusive<u64>,
    pub follower_permille: u64,
    pub changing_permille: u64,
    pub changes: RangeInclusive<u64>,
    pub block_beat_ms: RangeInclusive<u64>,
    pub heartbeat_ms: RangeInclusive<u64>,
    pub propose_timeout_ms: RangeInclusive<u64>,
    pub vote_timeout_ms: RangeInclusive<u64>,
    pub timeout_step_ms: RangeInclusive<u64>,
    pub clock_drift_ms: RangeInclusive<u64>,
    pub checkpoint_interval: RangeInclusive<u64>,
    // The course of a run.
    pub stormy_ms: RangeInclusive<u64>,
    pub submissions: RangeInclusive<u64>,
    // The network.
    pub mild_permille: u64,
    pub longest_delay_ms: RangeInclusive<u64>,
    pub lost_permille: RangeInclusive<u64>,
    pub repeated_permille: RangeInclusive<u64>,
    pub straggling_permille: RangeInclusive<u64>,
    pub straggler_delay_ms: RangeInclusive<u64>,
    pub partitions: RangeInclusive<u64>,
    pub one_way_permille: u64,
    pub partition_ms: RangeInclusive<u64>,
    // Processes and disks.
    pub crashes: RangeInclusive<u64>,
    pub all_crash_permille: u64,
    pub crash_in_midst_permille: u64,
    pub effects_before_crash: RangeInclusive<u64>,
    pub disk_operations_before_crash: RangeInclusive<u64>,
    pub down_ms: RangeInclusive<u64>,
    pub write_ms: RangeInclusive<u64>,
    pub slow_disk_permille: u64,
    pub slow_write_ms: RangeInclusive<u64>,
    pub damaged_disk_permille: u64,
    // Clocks.
    pub clock_offset_ms: RangeInclusive<u64>,
    pub clock_jumps: RangeInclusive<u64>,
    // Liars. At most f validators are Byzantine or have a damaged disk.
    pub byzantine_permille: u64,
    pub behaviours: RangeInclusive<u64>,
    pub garbage_every_ms: RangeInclusive<u64>,
}

/// The ranges of the tests.
pub const RANGES: Ranges = Ranges {
    validators: 4..=7,
    follower_permille: 300,
    changing_permille: 500,
    changes: 1..=4,
    block_beat_ms: 10..=60,
    heartbeat_ms: 300..=3_000,
    propose_timeout_ms: 200..=800,
    vote_timeout_ms: 100..=400,
    timeout_step_ms: 50..=300,
    clock_drift_ms: 200..=1_000,
    checkpoint_interval: 1..=3,
    stormy_ms: 8_000..=30_000,
    submissions: 30..=150,
    mild_permille: 400,
    longest_delay_ms: 2..=150,
    lost_permille: 0..=150,
    repeated_permille: 0..=60,
    straggling_permille: 0..=30,
    straggler_delay_ms: 200..=5_000,
    partitions: 0..=6,
    one_way_permille: 400,
    partition_ms: 200..=5_000,
    crashes: 0..=10,
    all_crash_permille: 100,
    crash_in_midst_permille: 700,
    effects_before_crash: 0..=40,
    disk_operations_before_crash: 0..=30,
    down_ms: 10..=4_000,
    write_ms: 0..=8,
    slow_disk_permille: 200,
    slow_write_ms: 20..=400,
    damaged_disk_permille: 250,
    clock_offset_ms: 0..=600,
    clock_jumps: 0..=3,
    byzantine_permille: 600,
    behaviours: 1..=3,
    garbage_every_ms: 20..=300,
};

/// After the world is healed, all has to be well within this time.
pub const CONVERGENCE_MS: u64 = 90_000;

/// How the network treats messages.
#[derive(Clone, Debug)]
pub struct Weather {
    pub delay_ms: RangeInclusive<u64>,
    pub lost_permille: u64,
    pub repeated_permille: u64,
    pub straggling_permille: u64,
}

impl Weather {
    /// Nothing is lost, and everything is quick.
    pub const CALM: Self = Self {
        delay_ms: 1..=10,
        lost_permille: 0,
        repeated_permille: 0,
        straggling_permille: 0,
    };

    /// The weather of a seed.
    pub fn draw(random: &mut Random) -> Self {
        // In mild weather many heights pass; in bad weather few do, with many rounds.
        let divisor = if random.happens(RANGES.mild_permille) {
            10
        } else {
            1
        };
        Self {
            delay_ms: 0..=random.within(&RANGES.longest_delay_ms) / divisor,
            lost_permille: random.within(&RANGES.lost_permille) / divisor,
            repeated_permille: random.within(&RANGES.repeated_permille),
            straggling_permille: random.within(&RANGES.straggling_permille) / divisor,
        }
    }
}
