//! Every bound on what consensus keeps or takes, in one place, each with its reason.

use crate::types::limits::MAX_VALIDATORS;

/// Highest round that is taken from anyone. With the shortest timeouts it takes years to get there
/// honestly; a bound keeps `round + 1` from overflowing.
pub const MAX_ROUND: u32 = 1_000_000;

/// How far above the current round votes and proposals are taken. The same as the consensus
/// library's own bound: what it would drop need not be kept either.
pub const MAX_ROUNDS_AHEAD: u32 = 10;

/// How far above the current height messages are kept for later. A node that is further behind
/// has to fetch decided blocks anyhow.
pub const MAX_HEIGHTS_AHEAD: u64 = 2;

/// For how many heights statements are remembered, so that late equivocation is noticed and late
/// precommits are collected.
pub const MAX_HEIGHTS_REMEMBERED: usize = 8;

/// For how many rounds of one height statements are remembered: the latest ones.
pub const MAX_ROUNDS_REMEMBERED: usize = 32;

/// Most records in the log of one height: both votes and a proposal of each validator in each of
/// some hundreds of rounds. A longer log is damaged, not replayed.
pub const MAX_LOG_RECORDS_PER_HEIGHT: usize = 1_000_000;

/// Longest encoded consensus message or log record, in bytes: a round certificate in which every
/// validator signed (vote type, optional digest, index, signature) and its header.
pub const MAX_MESSAGE_BYTES: usize = 64 + MAX_VALIDATORS * (1 + 33 + 2 + 64);

/// How many consecutive heights must be decided before a validator that lost its log or its sign
/// guard signs again.
pub const HEIGHTS_MUTED: u8 = 2;

/// Most blocks of one height whose verdicts are remembered: honest rounds bring one each.
pub const MAX_VERDICTS_PER_HEIGHT: usize = 256;
