//! The containers that hold some, by where they are: so that what is in those at one site is known without looking at all.

use std::collections::BTreeMap;

use super::holdings::{Amounts, TooManyDigits, Where, Whereabouts};
use crate::records::epcis::{Unit, without_qualifiers};
use crate::types::Decimal;

/// Where containers are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    /// At a site, whatever part of it.
    Site(Option<Box<str>>),
    /// On their way.
    UnderWay,
    /// Nothing tells.
    #[default]
    Unknown,
}

impl Spot {
    pub(super) fn of(whereabouts: Option<&Whereabouts>) -> Self {
        match whereabouts {
            Some(Whereabouts::UnderWay(_)) => Self::UnderWay,
            Some(Whereabouts::At(place) | Whereabouts::Arrived(place)) => {
                Self::site(place.as_deref())
            }
            None => Self::Unknown,
        }
    }

    fn site(place: Option<&str>) -> Self {
        Self::Site(place.map(|place| without_qualifiers(place).into()))
    }

    /// The spot of some containers; none if they may be at several.
    fn of_all(place: Where<'_>) -> Option<Self> {
        match place {
            Where::At(place) | Where::ArrivedAt(place) => Some(Self::site(place)),
            Where::UnderWay | Where::ComingTo(_) => Some(Self::UnderWay),
            Where::Anywhere => None,
        }
    }
}

/// What is in containers at one spot, in one unit.
#[derive(Debug)]
struct Shelf {
    /// Each with more than nothing.
    containers: BTreeMap<Box<str>, Decimal>,
    sum: Decimal,
}

/// What is in containers where.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    shelves: BTreeMap<Unit, BTreeMap<Spot, Shelf>>,
    /// Where each container is that holds some, and how much.
    known: BTreeMap<Box<str>, (Spot, Amounts)>,
    /// Whether some of it has more digits than a number may: then no sum is told.
    is_unknown: bool,
}

impl Shelves {
    /// A container is at a spot, and holds some.
    pub(super) fn put(
        &mut self,
        container: &str,
        spot: Spot,
        inside: Result<Amounts, TooManyDigits>,
    ) {
        let put = inside.and_then(|inside| self.put_exactly(container, spot, inside));
        self.is_unknown |= put.is_err();
    }

    fn put_exactly(
        &mut self,
        container: &str,
        spot: Spot,
        inside: Amounts,
    ) -> Result<(), TooManyDigits> {
        if let Some((spot, amounts)) = self.known.remove(container) {
            for (unit, amount) in amounts {
                let spots = self.shelves.get_mut(&unit);
                let shelf = spots.and_then(|spots| spots.get_mut(&spot));
                if let Some(shelf) = shelf {
                    shelf.containers.remove(container);
                    shelf.sum = shelf.sum.checked_sub(amount).ok_or(TooManyDigits)?;
                }
            }
        }
        if inside.is_empty() {
            return Ok(());
        }
        for (unit, amount) in &inside {
            let spots = self.shelves.entry(unit.clone()).or_default();
            let shelf = spots.entry(spot.clone()).or_insert_with(|| Shelf {
                containers: BTreeMap::new(),
                sum: Decimal::ZERO,
            });
            shelf.sum = shelf.sum.checked_add(*amount).ok_or(TooManyDigits)?;
            shelf.containers.insert(container.into(), *amount);
        }
        self.known.insert(container.into(), (spot, inside));
        Ok(())
    }

    fn of<'s>(&'s self, unit: &Unit, place: Where<'_>) -> impl Iterator<Item = &'s Shelf> {
        let spots = self.shelves.get(unit);
        let spot = Spot::of_all(place);
        let one = spot.as_ref().and_then(|spot| spots?.get(spot));
        let all = spots.filter(|_| spot.is_none());
        one.into_iter()
            .chain(all.into_iter().flat_map(BTreeMap::values))
    }

    /// The containers at the spot of some containers, with how much they hold.
    pub(super) fn holding<'s>(
        &'s self,
        unit: &Unit,
        place: Where<'_>,
    ) -> impl Iterator<Item = (&'s str, Decimal)> {
        let containers = self.of(unit, place).flat_map(|shelf| &shelf.containers);
        containers.map(|(container, amount)| (&**container, *amount))
    }

    /// How much the containers at a spot, or anywhere, hold.
    pub(super) fn sum(&self, unit: &Unit, place: Where<'_>) -> Result<Decimal, TooManyDigits> {
        let mut sums = self.of(unit, place).map(|shelf| shelf.sum);
        let sum = sums.try_fold(Decimal::ZERO, Decimal::checked_add);
        sum.filter(|_| !self.is_unknown).ok_or(TooManyDigits)
    }
}
