//! What is assumed of containers: an event that tells of a lot by its name alone speaks of what is in one, when no more is loose. Whatever
//! tells of the container itself later knows better.

use std::collections::BTreeMap;

use super::history::Moment;
use super::holdings::{Amounts, Holdings, Where, Whereabouts, is_one_site};
use super::told_deliveries::{Told, ToldDeliveries};
use crate::types::Decimal;

/// What is assumed, by container.
#[derive(Debug, Default)]
pub(super) struct Assumptions(BTreeMap<Box<str>, Assumption>);

/// What was known of a container before something was assumed of it.
#[derive(Debug)]
struct Assumption {
    whereabouts: Option<(Whereabouts, Moment)>,
    told: Option<Told>,
    /// How much is assumed to have moved in it.
    shares: Amounts,
}

/// What an event tells of a container itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    pub(super) container: &'a str,
    pub(super) place: Option<&'a str>,
    pub(super) is_departure: bool,
}

impl Evidence<'_> {
    /// Whether it may be so if the container is where it is assumed to be.
    fn fits(&self, assumed: Option<&Whereabouts>) -> bool {
        let is_there = |place: &Option<Box<str>>| {
            let both = place.as_deref().zip(self.place);
            both.is_none_or(|(one, other)| is_one_site(Some(one), Some(other)))
        };
        match assumed {
            Some(Whereabouts::UnderWay(from)) => !self.is_departure || is_there(from),
            Some(Whereabouts::At(at) | Whereabouts::Arrived(at)) => is_there(at),
            None => true,
        }
    }
}

impl Assumptions {
    /// Bytes that an assumption takes.
    pub(super) const BYTES: usize = size_of::<(Box<str>, Assumption)>();

    /// Takes note of what is known of a container, of which it is assumed that it moves with some amounts.
    pub(super) fn assume(
        &mut self,
        container: &str,
        amounts: &Amounts,
        holdings: &Holdings,
        told: &ToldDeliveries,
    ) {
        let known = self
            .0
            .entry(container.into())
            .or_insert_with(|| Assumption {
                whereabouts: holdings.known(container).cloned(),
                told: told.of(container).cloned(),
                shares: Amounts::new(),
            });
        for (unit, amount) in amounts {
            let share = known.shares.entry(unit.clone()).or_insert(Decimal::ZERO);
            *share = (*amount).max(*share);
        }
    }

    /// An event tells of a container itself. If it is elsewhere than was assumed, it did not move with what it held: if it was on its
    /// way, that is in it still, and another container brought as much; if not, it was picked from it, and what it lost is given.
    pub(super) fn settle(
        &mut self,
        evidence: Evidence<'_>,
        holdings: &mut Holdings,
        told: &mut ToldDeliveries,
        moment: Moment,
    ) -> Amounts {
        let container = evidence.container;
        let Some(assumption) = self.0.remove(container) else {
            return Amounts::new();
        };
        let assumed = holdings.known(container).cloned();
        if evidence.fits(assumed.as_ref().map(|(assumed, _)| assumed)) {
            return Amounts::new();
        }
        let told_by_name = told.of(container).cloned();
        let was_under_way = matches!(&assumption.whereabouts, Some((Whereabouts::UnderWay(_), _)));
        holdings.restore(container, assumption.whereabouts);
        told.restore(container, assumption.told);
        if !was_under_way {
            for (unit, share) in &assumption.shares {
                holdings.take(container, moment, (unit, *share));
            }
            return assumption.shares;
        }
        if let Some(arrived @ (Whereabouts::Arrived(_), _)) = assumed {
            let brought = (arrived, told_by_name);
            self.assume_another(container, brought, &assumption.shares, holdings, told);
        }
        Amounts::new()
    }

    /// Nothing is left in a container: what it holds next is nothing that was assumed.
    pub(super) fn forget(&mut self, container: &str) {
        self.0.remove(container);
    }

    /// Another container that is on its way with just as much brought what one did not.
    fn assume_another(
        &mut self,
        container: &str,
        (arrived, told_by_name): ((Whereabouts, Moment), Option<Told>),
        shares: &Amounts,
        holdings: &mut Holdings,
        told: &mut ToldDeliveries,
    ) {
        let Some((unit, share)) = shares.first_key_value().filter(|_| shares.len() == 1) else {
            return;
        };
        let may_be_it = |(id, held): &(&str, Decimal)| {
            *id != container && held == share && !self.0.contains_key(*id)
        };
        let other = holdings
            .holding(unit, Where::ComingTo(arrived.0.place()))
            .find(may_be_it)
            .map(|(other, _)| Box::<str>::from(other));
        if let Some(other) = other {
            self.assume(&other, shares, holdings, told);
            told.restore(&other, told_by_name);
            holdings.restore(&other, Some(arrived));
        }
    }
}
