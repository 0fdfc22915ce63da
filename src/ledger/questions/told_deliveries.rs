//! What was told of the latest departure or arrival of each container: one type of event may tell of it after another, as
//! an object event of a pallet and then an aggregation event of all that is on it.

use std::collections::BTreeMap;

use super::flows::FlowKind;
use crate::records::epcis::{EventType, Unit};
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
    /// How much of it, by the types of the events that told it.
    sums: BTreeMap<(FlowKind, Unit), BTreeMap<EventType, Decimal>>,
}

impl ToldDeliveries {
    /// Takes an amount that left a place or arrived at one in a container, as a type of event tells, and gives how much of
    /// it was not told by another type before: nothing of what a transaction event links to an order wherever, if that
    /// departure or arrival was told. None if a sum has too many digits.
    pub(super) fn take(
        &mut self,
        container: &str,
        (kind, place): (FlowKind, Option<&str>),
        event_type: EventType,
        (unit, quantity): (&Unit, Decimal),
    ) -> Option<Decimal> {
        let is_departure = matches!(kind, FlowKind::Shipped(_));
        let is_beside = event_type == EventType::Transaction;
        let known = self.0.get(container);
        let is_told =
            known.is_some_and(|told| told.is_departure == is_departure && !told.is_beside);
        if is_told && is_beside {
            return Some(Decimal::ZERO);
        }
        let is_same = known.is_some_and(|told| {
            told.is_departure == is_departure && told.place.as_deref() == place
        });
        if !is_same {
            let told = Told {
                is_departure,
                place: place.map(Into::into),
                is_beside,
                sums: BTreeMap::new(),
            };
            self.0.insert(container.into(), told);
        }
        let told = self.0.get_mut(container)?;
        told.is_beside &= is_beside;
        let sums = told.sums.entry((kind, unit.clone())).or_default();
        let greatest = |sums: &BTreeMap<EventType, Decimal>| {
            sums.values().copied().max().unwrap_or(Decimal::ZERO)
        };
        let before = greatest(sums);
        let sum = sums.entry(event_type).or_insert(Decimal::ZERO);
        *sum = sum.checked_add(quantity)?;
        greatest(sums).checked_sub(before)
    }

    /// Something was taken out of a container: what is told of it next is of other contents.
    pub(super) fn forget(&mut self, container: &str) {
        if let Some(told) = self.0.get_mut(container) {
            told.sums.clear();
        }
    }
}
