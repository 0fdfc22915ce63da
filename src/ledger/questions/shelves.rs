//! The containers that hold some, by where they are and how much it is: so that those that matter at one site are known without
//! looking at all.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::holdings::{Amounts, TooManyDigits, Where, Whereabouts, is_one_site};
use crate::records::epcis::{Unit, without_qualifiers};
use crate::types::Decimal;

/// Where containers are: those that are on their way come last, but for those of which nothing tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    /// Packed at a site, whatever part of it.
    Packed(Option<Box<str>>),
    /// Arrived at a site, likewise.
    Arrived(Option<Box<str>>),
    /// On their way from a site.
    UnderWay(Option<Box<str>>),
    /// Nothing tells.
    #[default]
    Unknown,
}

impl Spot {
    pub(super) fn of(whereabouts: Option<&Whereabouts>) -> Self {
        match whereabouts {
            Some(Whereabouts::UnderWay(from)) => Self::UnderWay(site(from.as_deref())),
            Some(Whereabouts::At(place)) => Self::Packed(site(place.as_deref())),
            Some(Whereabouts::Arrived(place)) => Self::Arrived(site(place.as_deref())),
            None => Self::Unknown,
        }
    }

    /// Whether its containers are among those that a place stands for: some that are on their way, or all, wherever they are.
    fn is_of(&self, place: Where<'_>) -> bool {
        match (self, place) {
            (_, Where::Anywhere) | (Self::UnderWay(_), Where::UnderWay) => true,
            (Self::UnderWay(from), Where::ComingTo(place)) => {
                place.is_none() || !is_one_site(from.as_deref(), place)
            }
            _ => false,
        }
    }
}

fn site(place: Option<&str>) -> Option<Box<str>> {
    place.map(|place| without_qualifiers(place).into())
}

/// What is in containers at one spot, in one unit.
#[derive(Debug)]
struct Shelf {
    /// Each with more than nothing.
    containers: BTreeMap<Box<str>, Decimal>,
    /// The same by how much each holds.
    by_amount: BTreeMap<Decimal, BTreeSet<Box<str>>>,
    sum: Decimal,
}

impl Shelf {
    const EMPTY: Self = Self {
        containers: BTreeMap::new(),
        by_amount: BTreeMap::new(),
        sum: Decimal::ZERO,
    };

    fn put(&mut self, container: &str, amount: Decimal) -> Result<(), TooManyDigits> {
        self.containers.insert(container.into(), amount);
        let equal = self.by_amount.entry(amount).or_default();
        equal.insert(container.into());
        self.sum = self.sum.checked_add(amount).ok_or(TooManyDigits)?;
        Ok(())
    }

    fn take(&mut self, container: &str, amount: Decimal) -> Result<(), TooManyDigits> {
        self.containers.remove(container);
        if let Some(equal) = self.by_amount.get_mut(&amount) {
            equal.remove(container);
            if equal.is_empty() {
                self.by_amount.remove(&amount);
            }
        }
        self.sum = self.sum.checked_sub(amount).ok_or(TooManyDigits)?;
        Ok(())
    }
}

/// What is in containers where.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    shelves: BTreeMap<Unit, BTreeMap<Spot, Shelf>>,
    /// Where each container is that holds some, and how much.
    known: BTreeMap<Box<str>, (Spot, Amounts)>,
    /// Whether some of it has more digits than a number may: then no sum is told.
    is_unknown: bool,
    looked_at: Cell<usize>,
}

impl Shelves {
    /// How many containers and spots were looked at so far.
    pub(super) fn looked_at(&self) -> usize {
        self.looked_at.get()
    }

    fn look(&self) {
        self.looked_at.set(self.looked_at.get().saturating_add(1));
    }

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
                let Some(spots) = self.shelves.get_mut(&unit) else {
                    continue;
                };
                if let Some(shelf) = spots.get_mut(&spot) {
                    shelf.take(container, amount)?;
                    if shelf.containers.is_empty() {
                        spots.remove(&spot);
                    }
                }
            }
        }
        if inside.is_empty() {
            return Ok(());
        }
        for (unit, amount) in &inside {
            let spots = self.shelves.entry(unit.clone()).or_default();
            let shelf = spots.entry(spot.clone()).or_insert(Shelf::EMPTY);
            shelf.put(container, *amount)?;
        }
        self.known.insert(container.into(), (spot, inside));
        Ok(())
    }

    /// The shelves of some containers: of those at a site first those of the ones that were packed there, to leave.
    fn of<'s>(&'s self, unit: &Unit, place: Where<'s>) -> impl Iterator<Item = &'s Shelf> {
        let spots = self.shelves.get(unit).filter(|_| !self.is_unknown);
        let at_site = match place {
            Where::At(at) => [Some(Spot::Packed(site(at))), Some(Spot::Arrived(site(at)))],
            Where::ArrivedAt(at) => [None, Some(Spot::Arrived(site(at)))],
            Where::UnderWay | Where::ComingTo(_) | Where::Anywhere => [None, None],
        };
        let first = match place {
            Where::At(_) | Where::ArrivedAt(_) => None,
            Where::UnderWay | Where::ComingTo(_) => Some(Bound::Included(Spot::UnderWay(None))),
            Where::Anywhere => Some(Bound::Unbounded),
        };
        let there = at_site.into_iter().flatten();
        let there = there.filter_map(move |spot| spots?.get(&spot));
        let elsewhere = spots.zip(first);
        let elsewhere = elsewhere.map(|(spots, first)| spots.range((first, Bound::Unbounded)));
        let elsewhere = elsewhere.into_iter().flatten();
        let elsewhere = elsewhere
            .inspect(|_| self.look())
            .filter(move |(spot, _)| spot.is_of(place))
            .map(|(_, shelf)| shelf);
        there.inspect(|_| self.look()).chain(elsewhere)
    }

    /// The containers at the spots of some containers, with how much they hold, in the order in which they are opened: of those
    /// at a site first the ones that arrived there.
    pub(super) fn holding<'s>(
        &'s self,
        unit: &Unit,
        place: Where<'s>,
    ) -> impl Iterator<Item = (&'s str, Decimal)> {
        let mut shelves: Vec<&Shelf> = self.of(unit, place).collect();
        if matches!(place, Where::At(_)) {
            shelves.reverse();
        }
        let containers = shelves.into_iter().flat_map(|shelf| &shelf.containers);
        let containers = containers.inspect(|_| self.look());
        containers.map(|(container, amount)| (&**container, *amount))
    }

    /// The containers there that hold just so much.
    pub(super) fn holding_just<'s>(
        &'s self,
        unit: &Unit,
        place: Where<'s>,
        amount: Decimal,
    ) -> impl Iterator<Item = &'s str> {
        let equal = self
            .of(unit, place)
            .filter_map(move |shelf| shelf.by_amount.get(&amount));
        let equal = equal.flatten().inspect(|_| self.look());
        equal.map(|container| &**container)
    }

    /// The greatest amount that a container there holds, among those that hold no more than one amount, and less than another.
    pub(super) fn greatest_held(
        &self,
        unit: &Unit,
        place: Where<'_>,
        most: Decimal,
        below: Option<Decimal>,
    ) -> Option<Decimal> {
        let held = self.of(unit, place).filter_map(|shelf| {
            let mut amounts = match below.filter(|below| *below <= most) {
                Some(below) => shelf.by_amount.range(..below),
                None => shelf.by_amount.range(..=most),
            };
            amounts.next_back().map(|(amount, _)| *amount)
        });
        held.max()
    }

    /// How much the containers at a spot, or anywhere, hold.
    pub(super) fn sum(&self, unit: &Unit, place: Where<'_>) -> Result<Decimal, TooManyDigits> {
        let mut sums = self.of(unit, place).map(|shelf| shelf.sum);
        if self.is_unknown {
            return Err(TooManyDigits);
        }
        let sum = sums.try_fold(Decimal::ZERO, Decimal::checked_add);
        sum.ok_or(TooManyDigits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: usize = 1_000;

    fn amount(digits: usize) -> Decimal {
        Decimal::from_xsd_decimal(&digits.to_string()).unwrap()
    }

    fn id(number: usize) -> String {
        format!("urn:example:box:{number:04}")
    }

    fn shelves(spots: [Spot; 2], held: impl Fn(usize) -> usize) -> Shelves {
        let mut shelves = Shelves::default();
        for number in 0..MANY {
            let inside = Amounts::from([(Unit::Count, amount(held(number)))]);
            let spot = spots[number % 2].clone();
            shelves.put(&id(number), spot, Ok(inside));
        }
        shelves
    }

    fn under_way(from: &str) -> Spot {
        Spot::of(Some(&Whereabouts::UnderWay(Some(from.into()))))
    }

    #[test]
    fn what_is_coming_did_not_leave_from_there() {
        let shelves = shelves([under_way("urn:a"), under_way("urn:b")], |number| {
            number + 1
        });
        let unit = Unit::Count;
        let greatest = |place, most, below: Option<usize>| {
            shelves.greatest_held(&unit, place, amount(most), below.map(amount))
        };
        // Odd amounts left from the first site.
        assert_eq!(
            greatest(Where::ComingTo(Some("urn:b")), 500, None),
            Some(amount(499))
        );
        assert_eq!(
            greatest(Where::ComingTo(Some("urn:a")), 500, None),
            Some(amount(500))
        );
        assert_eq!(greatest(Where::UnderWay, 500, Some(500)), Some(amount(499)));
        assert_eq!(greatest(Where::UnderWay, 0, None), None);
        assert_eq!(greatest(Where::At(Some("urn:a")), 500, None), None);
        let from_b = shelves.sum(&unit, Where::ComingTo(Some("urn:a"))).unwrap();
        let all = shelves.sum(&unit, Where::Anywhere).unwrap();
        assert_eq!((from_b, all), (amount(250_500), amount(500_500)));
    }

    /// A lot of many boxes does not make each event look at all of them.
    #[test]
    fn finding_one_of_many_looks_at_few() {
        let at = |place: &str| Some(Box::from(place));
        let packed = Spot::of(Some(&Whereabouts::At(at("urn:a"))));
        let arrived = Spot::of(Some(&Whereabouts::Arrived(at("urn:a"))));
        let shelves = shelves([packed, arrived], |_| 20);
        let (unit, here) = (Unit::Count, Where::At(Some("urn:a")));
        let just = shelves.holding_just(&unit, here, amount(20)).next();
        assert_eq!(just, Some(&*id(0)));
        let opened = shelves.holding(&unit, here).next();
        assert_eq!(opened, Some((&*id(1), amount(20))));
        assert_eq!(shelves.greatest_held(&unit, here, amount(19), None), None);
        let arrived = Where::ArrivedAt(Some("urn:a"));
        let first = shelves.holding(&unit, arrived).next();
        assert_eq!(first, Some((&*id(1), amount(20))));
        assert_eq!(shelves.sum(&unit, here).unwrap(), amount(20 * MANY));
        assert!(shelves.looked_at() < 20, "{}", shelves.looked_at());
    }
}
