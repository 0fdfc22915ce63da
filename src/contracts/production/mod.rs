//! The effect of `production.run`.
//!
//! Invariants:
//! - A member has one run of a name; what is said of it anew names the entry that it corrects, which is the latest.
//! - Runs of one machine that overlap are flagged, not refused. A machine is a member's machine at a site.
//!
//! A run is applied with reads of single keys: the run of that name, and the latest runs of its machine.

mod machine;
mod runs;

pub use machine::MAX_COMPARED_RUNS;
pub use runs::{RunGroup, RunState, read_run};

pub(super) use runs::record_run;

#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;

/// The decoders of what it keeps, for tests.
#[cfg(any(test, feature = "testing"))]
pub(super) const STORED: &[NamedDecoder] = &[
    NamedDecoder::of::<machine::Interval>("Interval"),
    NamedDecoder::of::<machine::LatestRuns>("LatestRuns"),
    NamedDecoder::of::<RunState>("RunState"),
];
