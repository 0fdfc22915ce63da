//! What one word does not tell of the latest departures and arrivals of containers, and others do: added up by site, so
//! that it is known without looking at each container.

use std::collections::BTreeMap;

use super::flows::{ARRIVAL_TELLINGS, FlowKind};
use crate::records::epcis::{Unit, without_qualifiers};
use crate::types::Decimal;

/// What each word does not tell.
#[derive(Debug, Default)]
pub(super) struct Untold {
    by_word: BTreeMap<(FlowKind, Option<Box<str>>, Unit), Rests>,
    /// Whether some of it has more digits than a number may: then nothing is told from it.
    is_unknown: bool,
}

/// What is not told of each of some containers, all more than nothing.
#[derive(Debug)]
struct Rests {
    sum: Decimal,
    /// How many there are of each amount.
    counts: BTreeMap<Decimal, usize>,
}

impl Untold {
    /// Bytes that it takes at most for what one word tells in one unit of one departure or arrival, beside texts.
    pub(super) const BYTES: usize =
        ARRIVAL_TELLINGS * size_of::<((FlowKind, Option<Box<str>>, Unit), Rests, Decimal, usize)>();

    /// A word does not tell so much of one container.
    pub(super) fn add(
        &mut self,
        (kind, place): (FlowKind, Option<&str>),
        unit: &Unit,
        rest: Decimal,
    ) {
        let rests = self.by_word.entry(key(kind, place, unit));
        let rests = rests.or_insert(Rests {
            sum: Decimal::ZERO,
            counts: BTreeMap::new(),
        });
        *rests.counts.entry(rest).or_default() += 1;
        match rests.sum.checked_add(rest) {
            Some(sum) => rests.sum = sum,
            None => self.is_unknown = true,
        }
    }

    /// That is not so any more.
    pub(super) fn subtract(
        &mut self,
        (kind, place): (FlowKind, Option<&str>),
        unit: &Unit,
        rest: Decimal,
    ) {
        let key = key(kind, place, unit);
        let Some(rests) = self.by_word.get_mut(&key) else {
            return;
        };
        if let Some(count) = rests.counts.get_mut(&rest) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                rests.counts.remove(&rest);
            }
        }
        match rests.sum.checked_sub(rest) {
            Some(sum) => rests.sum = sum,
            None => self.is_unknown = true,
        }
        if rests.counts.is_empty() {
            self.by_word.remove(&key);
        }
    }

    /// How much a word does not tell of what left a site last, or arrived there, in containers that are not elsewhere
    /// since; and whether it is just an amount in one of them.
    pub(super) fn of(
        &self,
        (kind, place): (FlowKind, Option<&str>),
        unit: &Unit,
        amount: Decimal,
    ) -> (Decimal, bool) {
        let rests = self.by_word.get(&key(kind, place, unit));
        rests
            .filter(|_| !self.is_unknown)
            .map_or((Decimal::ZERO, false), |rests| {
                (rests.sum, rests.counts.contains_key(&amount))
            })
    }
}

fn key(kind: FlowKind, place: Option<&str>, unit: &Unit) -> (FlowKind, Option<Box<str>>, Unit) {
    let site = place.map(|place| without_qualifiers(place).into());
    (kind, site, unit.clone())
}
