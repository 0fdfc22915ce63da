//! How much trying of records a member may cost a node for nothing.

use std::collections::BTreeMap;

use crate::types::{MemberId, Refusal, Timestamp};

/// Most records of one member that may have been tried and refused at once: two submissions of the longest kind.
pub const MAX_REFUSED_RECORDS: u64 = 20_000;

/// How many of them are forgiven in each second.
pub const FORGIVEN_RECORDS_PER_SECOND: u64 = 1_000;

const MS_PER_SECOND: u64 = 1_000;

/// What members have spent. A node tries records before it takes them, on the thread that also decides
/// blocks: what it takes is bounded by the queue, and what it refuses by this.
#[derive(Debug, Default)]
pub struct RefusalBudget(BTreeMap<MemberId, Spent>);

/// How many thousandths of records were refused, less what has been forgiven, and as of when.
#[derive(Clone, Copy, Debug)]
struct Spent {
    thousandths: u64,
    at: Timestamp,
}

impl Spent {
    fn now(self, now: Timestamp) -> u64 {
        let passed_ms = now.as_ms().saturating_sub(self.at.as_ms()).max(0);
        let forgiven = passed_ms
            .unsigned_abs()
            .saturating_mul(FORGIVEN_RECORDS_PER_SECOND);
        self.thousandths.saturating_sub(forgiven)
    }
}

impl RefusalBudget {
    /// Whether records of a member may be tried now.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if too many of them were refused of late.
    pub fn check(&self, member: &MemberId, now: Timestamp) -> Result<(), Refusal> {
        let spent = self.0.get(member).map_or(0, |spent| spent.now(now));
        let above = spent.saturating_sub(MAX_REFUSED_RECORDS * MS_PER_SECOND);
        if above == 0 && spent < MAX_REFUSED_RECORDS * MS_PER_SECOND {
            return Ok(());
        }
        Err(Refusal::Busy {
            reason: "too many records of the member were refused of late",
            retry_after_ms: (above / FORGIVEN_RECORDS_PER_SECOND).max(MS_PER_SECOND),
        })
    }

    /// Notes that records of a member were tried, and the submission then refused.
    pub fn spend(&mut self, member: &MemberId, records: u64, now: Timestamp) {
        // Whoever has been forgiven everything need not be remembered.
        self.0.retain(|_, spent| spent.now(now) > 0);
        let before = self.0.get(member).map_or(0, |spent| spent.now(now));
        let thousandths = before.saturating_add(records.saturating_mul(MS_PER_SECOND));
        self.0.insert(
            member.clone(),
            Spent {
                thousandths,
                at: now,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_bounded_and_forgiven_in_time() {
        let (acme, other) = (
            MemberId::new("acme").unwrap(),
            MemberId::new("other").unwrap(),
        );
        let at = Timestamp::from_ms;
        let mut budget = RefusalBudget::default();
        for _ in 0..3 {
            assert_eq!(budget.check(&acme, at(0)), Ok(()));
            budget.spend(&acme, MAX_REFUSED_RECORDS / 2 - 1, at(0));
        }
        let wait = |budget: &RefusalBudget, now| match budget.check(&acme, at(now)) {
            Ok(()) => 0,
            Err(Refusal::Busy { retry_after_ms, .. }) => retry_after_ms,
            Err(other) => panic!("{other}"),
        };
        let over = MAX_REFUSED_RECORDS / 2 - 3;
        assert_eq!(wait(&budget, 0), over);
        assert_eq!(budget.check(&other, at(0)), Ok(()));
        assert_eq!(wait(&budget, 8_000), over - 8_000);
        // A clock that goes back forgives nothing.
        assert_eq!(wait(&budget, -5_000), over);
        assert_eq!(wait(&budget, 10_000), 0);
        budget.spend(&other, 1, at(60_000));
        assert_eq!(budget.0.len(), 1);
    }
}
