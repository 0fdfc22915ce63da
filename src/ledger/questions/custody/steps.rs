//! The steps of one thing, as the indices have them.

use crate::contracts::{CustodyDecision, CustodyStep, IndexKey, read_custody};
use crate::ledger::questions::{Events, QuestionError, Standing};
use crate::records::epcis::ThingId;
use crate::types::{Decode, LogIndex, ReadError, Space, Timestamp};

/// Up to when steps count, beside the scope of the events.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Until {
    /// Those of blocks of this time, or of earlier ones.
    pub(super) time: Option<Timestamp>,
    /// Those before this entry.
    pub(super) before: Option<LogIndex>,
}

impl Until {
    /// Up to a time of blocks.
    pub(super) fn time(time: Option<Timestamp>) -> Self {
        Self { time, before: None }
    }

    fn includes(self, time: Timestamp, index: LogIndex) -> bool {
        self.time.is_none_or(|until| time <= until) && self.before.is_none_or(|end| index < end)
    }
}

/// The steps of one thing that count.
pub(super) struct Steps<'a, 'e> {
    events: &'a Events<'e>,
    thing: ThingId,
    until: Until,
    /// The number of the last one: they count from 1.
    pub(super) last: u64,
}

impl<'a, 'e> Steps<'a, 'e> {
    /// None if the thing was not claimed by then.
    pub(super) fn of(
        events: &'a Events<'e>,
        thing: &str,
        until: Until,
    ) -> Result<Option<Self>, QuestionError> {
        let Some(custody) = read_custody(events.view, thing)? else {
            return Ok(None);
        };
        let mut steps = Self {
            events,
            thing: ThingId::of(thing),
            until,
            last: custody.steps,
        };
        if !steps.counts(&steps.get(custody.steps)?) {
            // Steps up to `low` count, those from `high` on do not.
            let (mut low, mut high) = (0, custody.steps);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if steps.counts(&steps.get(middle)?) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            steps.last = low;
        }
        Ok((steps.last > 0).then_some(steps))
    }

    fn counts(&self, step: &CustodyStep) -> bool {
        self.events.has_block(step.height, step.time) && self.until.includes(step.time, step.index)
    }

    pub(super) fn get(&self, number: u64) -> Result<CustodyStep, QuestionError> {
        let place = IndexKey::CustodyStep {
            thing: &self.thing,
            number,
        };
        let bytes = self.events.view.get(Space::Index, &place.to_bytes())?;
        let missing = || ReadError::new(format!("step {number} of a chain of custody is missing"));
        Ok(CustodyStep::from_bytes(&bytes.ok_or_else(missing)?)?)
    }

    pub(super) fn decision(
        &self,
        proposal: LogIndex,
    ) -> Result<Option<CustodyDecision>, QuestionError> {
        self.events.custody_decision(proposal, self.until)
    }
}

impl Events<'_> {
    /// How many entries the log had by a time of blocks, as far as they count: what is no event happens when its block is
    /// decided.
    pub(in crate::ledger::questions) fn log_size_by(
        &self,
        time: Option<Timestamp>,
    ) -> Result<u64, QuestionError> {
        let behind = time.map(|time| Timestamp::from_ms(time.as_ms().saturating_add(1)));
        let before = match (behind, self.before()) {
            (Some(behind), Some(before)) => Some(behind.min(before)),
            (behind, before) => behind.or(before),
        };
        match before {
            Some(_) => Ok(Standing::before(self.view, Some(self.height()), before)?.log_size),
            None => Ok(self.log_size()),
        }
    }

    /// What became of a proposal by the height, as far as it counts.
    pub(super) fn custody_decision(
        &self,
        proposal: LogIndex,
        until: Until,
    ) -> Result<Option<CustodyDecision>, QuestionError> {
        let place = IndexKey::CustodyDecision(proposal).to_bytes();
        let Some(bytes) = self.view.get(Space::Index, &place)? else {
            return Ok(None);
        };
        let decision = CustodyDecision::from_bytes(&bytes)?;
        let is_known = self.has_block(decision.height, decision.time);
        let counts = is_known && until.includes(decision.time, decision.index);
        Ok(counts.then_some(decision))
    }
}
