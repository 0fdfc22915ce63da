//! What is assumed of containers: an event that tells of a lot by its name alone speaks of what is in one, when no more is loose. Whatever
//! tells of the container itself later knows better.

use std::collections::BTreeMap;

use super::history::Moment;
use super::holdings::{Amounts, Holdings, Where, Whereabouts, is_one_site};
use super::told_deliveries::{Told, ToldDeliveries};
use crate::records::epcis::Unit;
use crate::types::Decimal;

/// What is assumed, by container.
#[derive(Debug, Default)]
pub(super) struct Assumptions(BTreeMap<Box<str>, Assumption>);

/// What is assumed of one container, in order.
type Assumption = Vec<Step>;

/// That a container is assumed to have left with some amounts, or to have arrived with them.
#[derive(Debug)]
struct Step {
    /// Where it was before.
    whereabouts: Option<(Whereabouts, Moment)>,
    /// What was told of it before.
    told: Option<Told>,
    shares: Amounts,
    is_departure: bool,
}

impl Step {
    /// The only amount, if there is one.
    fn share(&self) -> Option<(&Unit, &Decimal)> {
        self.shares
            .first_key_value()
            .filter(|_| self.shares.len() == 1)
    }
}

/// What an event tells of a container itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    pub(super) container: &'a str,
    pub(super) place: Option<&'a str>,
    pub(super) shows: Shows,
}

/// What an event shows of where a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// It leaves the place.
    Departure,
    /// It arrives there.
    Arrival,
    /// It is there: something is put in or taken out.
    Presence,
}

impl Evidence<'_> {
    fn is_at(&self, place: Option<&str>) -> bool {
        let both = place.zip(self.place);
        both.is_none_or(|(one, other)| is_one_site(Some(one), Some(other)))
    }

    /// Whether it may be so if the container is where it is assumed to be.
    fn fits(&self, assumed: Option<&Whereabouts>) -> bool {
        match (assumed, self.shows) {
            (Some(Whereabouts::UnderWay(from)), Shows::Departure) => self.is_at(from.as_deref()),
            (Some(Whereabouts::UnderWay(from)), Shows::Presence) => {
                from.is_none() || !self.is_at(from.as_deref())
            }
            (Some(Whereabouts::At(at) | Whereabouts::Arrived(at)), _) => self.is_at(at.as_deref()),
            (Some(Whereabouts::UnderWay(_)), Shows::Arrival) | (None, _) => true,
        }
    }

    /// Whether that is where it was before something was assumed that it was not so: who leaves a place was there.
    fn is_of(&self, before: Option<&Whereabouts>) -> bool {
        let is_under_way = before.is_some_and(Whereabouts::is_under_way);
        self.fits(before) && !(is_under_way && self.shows == Shows::Departure)
    }
}

impl Assumptions {
    /// Bytes that an assumption takes.
    pub(super) const BYTES: usize = size_of::<(Box<str>, Assumption, Step)>();

    /// Takes note of what is known of a container, of which it is assumed that it leaves or arrives with some amounts.
    pub(super) fn assume(
        &mut self,
        container: &str,
        (is_departure, shares): (bool, Amounts),
        holdings: &Holdings,
        told: &ToldDeliveries,
    ) {
        let step = Step {
            whereabouts: holdings.known(container).cloned(),
            told: told.of(container).cloned(),
            shares,
            is_departure,
        };
        self.0.entry(container.into()).or_default().push(step);
    }

    /// Whether something is assumed of a container.
    pub(super) fn has(&self, container: &str) -> bool {
        self.0.contains_key(container)
    }

    /// An event tells of a container itself. If it is elsewhere than was assumed, it did not move with what it held: then another one
    /// that held just as much did, or else that was picked from it. Gives what was picked.
    pub(super) fn settle(
        &mut self,
        evidence: Evidence<'_>,
        holdings: &mut Holdings,
        told: &mut ToldDeliveries,
        moment: Moment,
    ) -> Amounts {
        let container = evidence.container;
        let Some(mut steps) = self.0.remove(container) else {
            self.exchange(evidence, holdings, told);
            return Amounts::new();
        };
        let assumed = holdings.known(container).cloned();
        let state = assumed.as_ref().map(|(assumed, _)| assumed);
        let fits = evidence.fits(state);
        let is_told_again = fits
            && evidence.shows == Shows::Departure
            && state.is_some_and(Whereabouts::is_under_way);
        let undone = match fits {
            // It left in the same words, and another one may have been meant.
            true => steps.len().checked_sub(1).filter(|_| is_told_again),
            false => {
                let is_of = |step: &Step| {
                    let before = step.whereabouts.as_ref();
                    evidence.is_of(before.map(|(before, _)| before))
                };
                Some(steps.iter().rposition(is_of).unwrap_or(0))
            }
        };
        let Some(step) = undone.filter(|undone| *undone < steps.len()) else {
            return Amounts::new();
        };
        let step = steps.swap_remove(step);
        let moved = (assumed, told.of(container).cloned());
        let other = Self::another(container, &step, holdings);
        if is_told_again && other.is_none() {
            return Amounts::new();
        }
        holdings.restore(container, step.whereabouts);
        told.restore(container, step.told);
        let (is_departure, shares) = (step.is_departure, step.shares);
        let Some(other) = other else {
            for (unit, share) in &shares {
                holdings.take(container, moment, (unit, *share));
            }
            return shares;
        };
        self.assume(&other, (is_departure, shares), holdings, told);
        holdings.restore(&other, moved.0);
        told.restore(&other, moved.1);
        Amounts::new()
    }

    /// Another container that may have moved instead of one: where that one was, or on its way as well, with just as much.
    fn another(container: &str, step: &Step, holdings: &Holdings) -> Option<Box<str>> {
        let (unit, share) = step.share()?;
        let (before, _) = step.whereabouts.as_ref()?;
        let place = match before {
            Whereabouts::At(place) | Whereabouts::Arrived(place) => Where::At(place.as_deref()),
            Whereabouts::UnderWay(_) => Where::UnderWay,
        };
        let mut others = holdings.holding(unit, place);
        let other = others.find(|(id, held)| *id != container && held == share);
        other.map(|(other, _)| other.into())
    }

    /// A container arrives of which nobody told that it left: then it is the one that left where another one is assumed to have left with
    /// just as much.
    fn exchange(
        &mut self,
        evidence: Evidence<'_>,
        holdings: &mut Holdings,
        told: &mut ToldDeliveries,
    ) {
        let container = evidence.container;
        let known = holdings.known(container).cloned();
        let Some((Whereabouts::At(Some(at)) | Whereabouts::Arrived(Some(at)), _)) = &known else {
            return;
        };
        if evidence.shows != Shows::Arrival || evidence.is_at(Some(at)) {
            return;
        }
        let inside = holdings.inside(container).unwrap_or_default();
        let left_here = |other: &str| {
            let whereabouts = holdings.whereabouts(other);
            matches!(whereabouts, Some(Whereabouts::UnderWay(from)) if is_one_site(from.as_deref(), Some(at)))
        };
        let mut others = self.0.iter().filter(|(other, _)| left_here(other));
        let other = others.find(|(_, steps)| {
            let last = steps.last();
            last.is_some_and(|step| step.is_departure && step.shares == inside)
        });
        let other = other.map(|(other, _)| other.clone());
        let Some(other) = other else {
            return;
        };
        let Some(step) = self.0.get_mut(&other).and_then(Vec::pop) else {
            return;
        };
        if self.0.get(&other).is_some_and(Vec::is_empty) {
            self.0.remove(&other);
        }
        let moved = (holdings.known(&other).cloned(), told.of(&other).cloned());
        holdings.restore(&other, step.whereabouts);
        told.restore(&other, step.told);
        holdings.restore(container, moved.0);
        told.restore(container, moved.1);
    }

    /// Nothing is left in a container: what it holds next is nothing that was assumed.
    pub(super) fn forget(&mut self, container: &str) {
        self.0.remove(container);
    }
}
