//! What containers hold of a class of objects, such as a lot, while its events are replayed, and where they are.

use std::collections::BTreeMap;

use super::flows::{Held, HeldAmount};
use super::history::Moment;
use super::shelves::{Shelves, Spot};
use super::stated_amounts::{PACKING, Stated};
use crate::records::epcis::{EventType, Unit, without_qualifiers};
use crate::types::Decimal;

/// Where a container is, as events tell that say something of what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// It was packed there.
    At(Option<Box<str>>),
    /// It arrived there.
    Arrived(Option<Box<str>>),
    /// It left there for somewhere.
    UnderWay(Option<Box<str>>),
}

impl Whereabouts {
    /// Whether it is at the site of a place.
    pub(super) fn is_at(&self, place: Option<&str>) -> bool {
        match self {
            Self::At(at) | Self::Arrived(at) => is_one_site(at.as_deref(), place),
            Self::UnderWay(_) => false,
        }
    }

    /// Whether it is told where it is, or that it is on its way.
    pub(super) fn is_known(&self) -> bool {
        self.is_under_way() || self.place().is_some()
    }

    /// Where it is, if it is not on its way.
    pub(super) fn place(&self) -> Option<&str> {
        match self {
            Self::At(place) | Self::Arrived(place) => place.as_deref(),
            Self::UnderWay(_) => None,
        }
    }

    /// Whether it left for somewhere.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self, Self::UnderWay(_))
    }
}

/// Whether two places are parts of one site, or one of them is the site: a location (GLN) with or without an extension.
pub(super) fn is_one_site(one: Option<&str>, other: Option<&str>) -> bool {
    one.map(without_qualifiers) == other.map(without_qualifiers)
}

/// What the containers hold.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    held: Held,
    /// Where each is, and since when that is known.
    whereabouts: BTreeMap<Box<str>, (Whereabouts, Moment)>,
    shelves: Shelves,
}

/// Which containers are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Where<'a> {
    /// Those at the site of a place.
    At(Option<&'a str>),
    /// Of these, those that had arrived there.
    ArrivedAt(Option<&'a str>),
    /// Those that left for somewhere.
    UnderWay,
    /// Of these, those that may be on their way to a place.
    ComingTo(Option<&'a str>),
    /// All.
    Anywhere,
}

/// Amounts by unit.
pub(super) type Amounts = BTreeMap<Unit, Decimal>;

/// A sum would have more digits than a number may.
#[derive(Debug)]
pub(super) struct TooManyDigits;

impl Holdings {
    /// What each container holds, by the kind of event that packed it.
    pub(super) fn amounts(&self) -> &Held {
        &self.held
    }

    /// What a container holds of which the amount is known, in each unit more than nothing.
    pub(super) fn inside(&self, container: &str) -> Result<Amounts, TooManyDigits> {
        let mut inside = Amounts::new();
        let kinds = PACKING.map(|kind| self.held.get(&(container.into(), kind)));
        for (unit, held) in kinds.into_iter().flatten().flatten() {
            let sum = inside.entry(unit.clone()).or_insert(Decimal::ZERO);
            *sum = sum.checked_add(held.quantity).ok_or(TooManyDigits)?;
        }
        inside.retain(|_, quantity| *quantity > Decimal::ZERO);
        Ok(inside)
    }

    /// Whether a container is known to hold an amount that a kind of event packed.
    pub(super) fn holds(&self, container: &str, packed_by: EventType) -> bool {
        let inside = self.held.get(&(container.into(), packed_by));
        inside.is_some_and(|inside| {
            let mut amounts = inside.values();
            amounts.any(|held| held.quantity > Decimal::ZERO)
        })
    }

    /// Whether a container is known to hold an amount.
    pub(super) fn holds_any(&self, container: &str) -> bool {
        PACKING.iter().any(|kind| self.holds(container, *kind))
    }

    /// Where a container is, if anything tells.
    pub(super) fn whereabouts(&self, container: &str) -> Option<&Whereabouts> {
        self.known(container).map(|(whereabouts, _)| whereabouts)
    }

    /// As [`Holdings::whereabouts`], and since when that is known.
    pub(super) fn known(&self, container: &str) -> Option<&(Whereabouts, Moment)> {
        self.whereabouts.get(container)
    }

    /// A container is where it was before.
    pub(super) fn restore(&mut self, container: &str, known: Option<(Whereabouts, Moment)>) {
        match known {
            Some(known) => _ = self.whereabouts.insert(container.into(), known),
            None => _ = self.whereabouts.remove(container),
        }
        self.shelve(container);
    }

    /// The containers somewhere that hold some in a unit, each with how much in all.
    pub(super) fn holding<'h>(
        &'h self,
        unit: &Unit,
        place: Where<'h>,
    ) -> impl Iterator<Item = (&'h str, Decimal)> {
        self.shelves.holding(unit, place)
    }

    /// The containers at a site or on their way that hold just an amount.
    pub(super) fn holding_just<'h>(
        &'h self,
        (unit, amount): (&Unit, Decimal),
        place: Where<'h>,
    ) -> impl Iterator<Item = &'h str> {
        self.shelves.holding_just(unit, place, amount)
    }

    /// Containers at a site or on their way that hold no more than an amount together, those that hold most first.
    pub(super) fn within(
        &self,
        (unit, amount): (&Unit, Decimal),
        place: Where<'_>,
    ) -> Result<Vec<(Box<str>, Decimal)>, TooManyDigits> {
        let (mut rest, mut below, mut found) = (amount, None, Vec::new());
        while let Some(held) = self.shelves.greatest_held(unit, place, rest, below) {
            for container in self.shelves.holding_just(unit, place, held) {
                if held > rest {
                    break;
                }
                rest = rest.checked_sub(held).ok_or(TooManyDigits)?;
                found.push((container.into(), held));
            }
            below = Some(held);
        }
        Ok(found)
    }

    /// How many containers and spots were looked at so far, to find those that matter.
    pub(super) fn looked_at(&self) -> usize {
        self.shelves.looked_at()
    }

    /// Puts a container where it is, with what it holds now.
    fn shelve(&mut self, container: &str) {
        let inside = self.inside(container);
        let spot = Spot::of(self.whereabouts(container));
        self.shelves.put(container, spot, inside);
    }

    /// A container is somewhere.
    pub(super) fn see(&mut self, container: &str, moment: Moment, whereabouts: Whereabouts) {
        match self.whereabouts.get_mut(container) {
            // Who packs it and names no place says nothing of where it is, and who packs it where it is nothing new.
            Some(_) if whereabouts == Whereabouts::At(None) => {}
            Some((known @ Whereabouts::Arrived(_), _)) if matches!(&whereabouts, Whereabouts::At(at) if known.is_at(at.as_deref())) =>
                {}
            Some(known) => *known = (whereabouts, moment),
            None => {
                let known = (whereabouts, moment);
                _ = self.whereabouts.insert(container.into(), known);
            }
        }
        self.shelve(container);
    }

    /// Some is put into a container by a kind of event.
    pub(super) fn put(
        &mut self,
        container: &str,
        moment: Moment,
        packed_by: EventType,
        (unit, quantity): (&Unit, Decimal),
    ) -> Result<(), TooManyDigits> {
        let inside = self.held.entry((container.into(), packed_by)).or_default();
        let held = inside
            .entry(unit.clone())
            .or_insert_with(|| HeldAmount::none(moment));
        let sum = held.quantity.checked_add(quantity).ok_or(TooManyDigits)?;
        held.change(sum.max(Decimal::ZERO), moment);
        self.shelve(container);
        Ok(())
    }

    /// Some is taken out of a container by a kind of event. As in containment, an amount that is not stated, or in a unit
    /// of which there is none, takes all of it out.
    pub(super) fn unpack(
        &mut self,
        container: &str,
        moment: Moment,
        event_type: EventType,
        stated: &Stated,
    ) -> Result<(), TooManyDigits> {
        let mut takes_all = stated.is_partial;
        for (unit, quantity) in &stated.amounts {
            let Some(kind) = self.packed_by(container, event_type, unit) else {
                takes_all = true;
                continue;
            };
            let inside = self.held.get_mut(&(container.into(), kind));
            let Some(held) = inside.and_then(|inside| inside.get_mut(unit)) else {
                continue;
            };
            let rest = held.quantity.checked_sub(*quantity).ok_or(TooManyDigits)?;
            held.change(rest.max(Decimal::ZERO), moment);
        }
        self.shelve(container);
        if takes_all {
            for kind in PACKING {
                self.empty(container, kind);
            }
        }
        Ok(())
    }

    /// Takes out what a kind of event packed, and gives it.
    pub(super) fn empty(
        &mut self,
        container: &str,
        packed_by: EventType,
    ) -> BTreeMap<Unit, HeldAmount> {
        let found = self.held.remove(&(container.into(), packed_by));
        self.shelve(container);
        found.unwrap_or_default()
    }

    /// The kind of event that packed an amount in a unit into a container: rather this one, and none if none did.
    fn packed_by(&self, container: &str, rather: EventType, unit: &Unit) -> Option<EventType> {
        let has = |kind: &EventType| {
            let inside = self.held.get(&(container.into(), *kind));
            inside.is_some_and(|inside| inside.contains_key(unit))
        };
        [rather].into_iter().chain(PACKING).find(has)
    }

    /// How much the containers hold that are at a site, on their way, or anywhere.
    pub(super) fn sum(&self, unit: &Unit, place: Where<'_>) -> Result<Decimal, TooManyDigits> {
        self.shelves.sum(unit, place)
    }

    /// Takes up to an amount out of the containers that are somewhere, in their order, and gives how much out of which.
    pub(super) fn draw(
        &mut self,
        (unit, amount): (&Unit, Decimal),
        moment: Moment,
        place: Where<'_>,
        may_be_taken: impl Fn(&str) -> bool,
    ) -> Result<Vec<(Box<str>, Decimal)>, TooManyDigits> {
        let (mut missing, mut found) = (amount, Vec::new());
        for (container, held) in self.holding(unit, place) {
            if missing <= Decimal::ZERO {
                break;
            }
            if may_be_taken(container) {
                let taken = missing.min(held);
                missing = missing.checked_sub(taken).ok_or(TooManyDigits)?;
                found.push((Box::from(container), taken));
            }
        }
        for (container, taken) in &found {
            self.take(container, moment, (unit, *taken));
        }
        Ok(found)
    }

    /// Some is not in a container any more; no less is left than nothing.
    pub(super) fn take(
        &mut self,
        container: &str,
        moment: Moment,
        (unit, amount): (&Unit, Decimal),
    ) {
        let mut missing = amount;
        for kind in PACKING {
            let inside = self.held.get_mut(&(container.into(), kind));
            let Some(held) = inside.and_then(|inside| inside.get_mut(unit)) else {
                continue;
            };
            let taken = missing.min(held.quantity);
            let rest = held.quantity.checked_sub(taken);
            if let Some((rest, left)) = rest.zip(missing.checked_sub(taken))
                && taken > Decimal::ZERO
            {
                held.change(rest, moment);
                missing = left;
            }
        }
        self.shelve(container);
    }
}
