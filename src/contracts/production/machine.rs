//! The latest runs of a machine, with which a new one is compared.

use crate::types::codec::{Reader, put_option, put_sequence};
use crate::types::{Decode, DecodeError, Encode, LogIndex, Timestamp};

/// How many runs of a machine a new one is compared with: the latest by their starts.
pub const MAX_COMPARED_RUNS: usize = 64;

/// When a run was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interval {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// The entry of its latest statement.
    pub(super) index: LogIndex,
}

/// The latest runs of a machine, in order of their starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LatestRuns {
    intervals: Vec<Interval>,
    /// When the last of those ended that are not among them any more; none if all are.
    cut_until: Option<Timestamp>,
}

impl LatestRuns {
    /// Takes a statement out that is corrected.
    pub(super) fn remove(&mut self, index: LogIndex) {
        self.intervals.retain(|known| known.index != index);
    }

    /// The runs that a new one overlaps, in order of their starts.
    pub(super) fn overlapping(&self, new: &Interval) -> Vec<Interval> {
        self.intervals
            .iter()
            .filter(|known| known.start < new.end && new.start < known.end)
            .copied()
            .collect()
    }

    /// Whether a run may overlap with one that is not among the latest any more.
    pub(super) fn is_out_of_sight(&self, new: &Interval) -> bool {
        self.cut_until.is_some_and(|until| new.start < until)
    }

    /// Adds a run.
    pub(super) fn add(&mut self, new: Interval) {
        let place = self.intervals.partition_point(|known| *known < new);
        self.intervals.insert(place, new);
        if self.intervals.len() > MAX_COMPARED_RUNS {
            let cut = self.intervals.remove(0);
            self.cut_until = self.cut_until.max(Some(cut.end));
        }
    }
}

impl Encode for Interval {
    fn encode(&self, out: &mut Vec<u8>) {
        self.start.encode(out);
        self.end.encode(out);
        self.index.encode(out);
    }
}

impl Decode for Interval {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            start: Timestamp::decode(reader)?,
            end: Timestamp::decode(reader)?,
            index: LogIndex::decode(reader)?,
        })
    }
}

impl Encode for LatestRuns {
    fn encode(&self, out: &mut Vec<u8>) {
        put_option(out, self.cut_until.as_ref());
        put_sequence(out, &self.intervals);
    }
}

impl Decode for LatestRuns {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            cut_until: reader.option("runs of a machine")?,
            intervals: reader.sequence("runs of a machine", MAX_COMPARED_RUNS)?,
        })
    }
}
