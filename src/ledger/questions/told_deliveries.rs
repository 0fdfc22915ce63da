//! What was told of the latest departure or arrival of each container: one event may tell of it after another, as the
//! shipper's and the carrier's of a pallet, or an object event of it and then an aggregation event of all that is on it.

use std::collections::BTreeMap;

use super::flows::FlowKind;
use crate::records::epcis::{EventType, Unit, without_qualifiers};
use crate::types::Decimal;

/// What was told of the latest departures and arrivals, by container.
#[derive(Debug, Default)]
pub(super) struct ToldDeliveries(BTreeMap<Box<str>, Told>);

/// What was told of one departure or arrival.
#[derive(Debug)]
struct Told {
    is_departure: bool,
    place: Option<Box<str>>,
    /// Whether only transaction events tell of it.
    is_beside: bool,
    /// How much of it.
    sums: BTreeMap<(FlowKind, Unit), BTreeMap<EventType, Sum>>,
    /// The numbers of the flows that tell of it.
    flows: Vec<usize>,
}

/// What was known of a departure or an arrival before an event told of it.
pub(super) struct Met {
    /// Its place, now that the event tells of it as well.
    pub(super) place: Option<Box<str>>,
    /// The flows that were told to be elsewhere, and are there.
    pub(super) elsewhere: Vec<usize>,
    /// Whether the container leaves, and had left another place, and nobody told that it arrived.
    pub(super) was_under_way: bool,
}

/// How much one type of event told.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    /// The most that was ever in there when it was told of the container.
    whole: Option<Decimal>,
    /// The sum of what was told by amounts.
    named: Option<Decimal>,
}

impl Sum {
    fn greater(self) -> Decimal {
        let told = self.whole.max(self.named);
        told.unwrap_or(Decimal::ZERO)
    }

    /// Less is left than was told.
    fn subtract(&mut self, amount: Decimal) {
        for sum in [&mut self.whole, &mut self.named] {
            let rest = sum.and_then(|sum| sum.checked_sub(amount));
            *sum = rest.map(|rest| rest.max(Decimal::ZERO));
        }
    }
}

/// That a container leaves a place or arrives at one, as an event tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Telling<'a> {
    pub(super) container: &'a str,
    pub(super) kind: FlowKind,
    pub(super) place: Option<&'a str>,
    pub(super) event_type: EventType,
    /// Whether it is told of all that is in there, and not by amounts.
    pub(super) is_whole: bool,
}

impl Telling<'_> {
    fn is_departure(&self) -> bool {
        matches!(self.kind, FlowKind::Shipped(_))
    }

    /// Whether it is told beside another event: by one that links the goods to an order or the like.
    fn is_beside(&self) -> bool {
        self.event_type == EventType::Transaction
    }
}

impl Told {
    fn has_amount(&self) -> bool {
        let sums = self.sums.values().flat_map(BTreeMap::values);
        sums.copied().any(|sum| sum.greater() > Decimal::ZERO)
    }

    fn has_whole(&self) -> bool {
        let mut sums = self.sums.values().flat_map(BTreeMap::values);
        sums.any(|sum| sum.whole.is_some())
    }

    /// Whether an event tells of the same departure or arrival: what names no place tells of the one that it is told with,
    /// and so does what is told beside it; and a container arrives once within a site, by the gate and by the dock.
    fn is_same(&self, telling: &Telling<'_>) -> bool {
        if self.is_departure != telling.is_departure() {
            return false;
        }
        let Some((known, place)) = self.place.as_deref().zip(telling.place) else {
            return true;
        };
        let is_on_site = telling.is_whole || self.has_whole();
        known == place
            || self.is_beside != telling.is_beside()
            || (is_on_site && without_qualifiers(known) == without_qualifiers(place))
    }

    /// The place of it, now that an event tells of it as well: what left is where it left first, and what arrived where
    /// it is in the end.
    fn place_with<'a>(&'a self, telling: &Telling<'a>) -> Option<&'a str> {
        let known = self.place.as_deref();
        match (self.is_beside, telling.is_beside()) {
            (false, true) => known.or(telling.place),
            (true, false) => telling.place.or(known),
            _ if self.is_departure => known.or(telling.place),
            _ => telling.place.or(known),
        }
    }
}

impl ToldDeliveries {
    /// Takes note of an event that tells of a departure or an arrival.
    pub(super) fn meet(&mut self, telling: &Telling<'_>) -> Met {
        let known = self.0.get_mut(telling.container);
        let has_left = known.as_ref().is_some_and(|told| told.is_departure);
        let Some(told) = known.filter(|told| told.is_same(telling)) else {
            let place: Option<Box<str>> = telling.place.map(Into::into);
            let told = Told {
                is_departure: telling.is_departure(),
                place: place.clone(),
                is_beside: telling.is_beside(),
                sums: BTreeMap::new(),
                flows: Vec::new(),
            };
            self.0.insert(telling.container.into(), told);
            return Met {
                place,
                elsewhere: Vec::new(),
                was_under_way: has_left && telling.is_departure(),
            };
        };
        let place: Option<Box<str>> = told.place_with(telling).map(Into::into);
        let is_elsewhere = told.place != place;
        told.place.clone_from(&place);
        let flows = told.flows.iter().copied();
        Met {
            place,
            elsewhere: flows.filter(|_| is_elsewhere).collect(),
            was_under_way: false,
        }
    }

    /// Takes an amount of a departure or an arrival that was met, and gives how much of it was not told before: nothing of
    /// what a transaction event links to an order, if that departure or arrival was told. None if a sum has too many digits.
    pub(super) fn take(
        &mut self,
        telling: &Telling<'_>,
        (unit, quantity): (&Unit, Decimal),
    ) -> Option<Decimal> {
        let told = self.0.get_mut(telling.container)?;
        if telling.is_beside() && !told.is_beside && told.has_amount() {
            return Some(Decimal::ZERO);
        }
        told.is_beside &= telling.is_beside();
        let sums = told.sums.entry((telling.kind, unit.clone())).or_default();
        let greatest = |sums: &BTreeMap<EventType, Sum>| {
            let told = sums.values().map(|sum| sum.greater());
            told.max().unwrap_or(Decimal::ZERO)
        };
        let before = greatest(sums);
        let sum = sums.entry(telling.event_type).or_default();
        if telling.is_whole {
            sum.whole = sum.whole.max(Some(quantity));
        } else {
            let named = sum.named.unwrap_or(Decimal::ZERO);
            sum.named = Some(named.checked_add(quantity)?);
        }
        greatest(sums).checked_sub(before)
    }

    /// A flow tells of a container's latest departure or arrival.
    pub(super) fn add_flow(&mut self, container: &str, number: usize) {
        if let Some(told) = self.0.get_mut(container) {
            told.flows.push(number);
        }
    }

    /// Some was taken out of a container: what is told of it next is of the rest.
    pub(super) fn take_out(&mut self, container: &str, unit: &Unit, amount: Decimal) {
        let told = self.0.get_mut(container).into_iter();
        let sums = told.flat_map(|told| &mut told.sums);
        for (_, sums) in sums.filter(|((_, of), _)| of == unit) {
            sums.values_mut().for_each(|sum| sum.subtract(amount));
        }
    }

    /// Nothing is left in a container: what is told of it next is of other contents.
    pub(super) fn forget(&mut self, container: &str) {
        self.0.remove(container);
    }
}
