//! What happens to the amounts of a class of objects, such as a lot: the words for it.
//!
//! An event tells of a departure or an arrival by its business step, whatever type it is of, as long as it speaks of what
//! is there already: what is commissioned or made comes to be by it, and what is decommissioned, unpacked or taken off an
//! order does not go anywhere by that.

use std::collections::BTreeMap;

use super::grounds::Grounds;
use super::history::Moment;
use crate::records::epcis::{Action, EventType, TraceEvent, Unit};
use crate::types::{Decimal, LogIndex};

/// What becomes of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FlowKind {
    /// It is commissioned, or comes out of a transformation.
    Created,
    /// It comes from elsewhere, in one of [`ARRIVAL_TELLINGS`] ways to tell so.
    Received(usize),
    /// It goes into a transformation.
    Used,
    /// It leaves for elsewhere, in one of [`DEPARTURE_TELLINGS`] ways to tell so.
    Shipped(usize),
    /// It is no more: destroyed, sold, lost, decommissioned.
    Removed,
    /// It was on its way and came unseen: the container that it is in shows that.
    Landed,
}

/// The business steps that tell of one delivery, one after another; what was not shipped after all is where it was.
const ARRIVALS: [&str; 4] = ["arriving", "receiving", "accepting", "void_shipping"];

/// The business steps that tell of one departure.
const DEPARTURES: [&str; 2] = ["shipping", "departing"];

/// The ways to tell of one delivery: each business step by events about the goods, and by those that link these to an order
/// or the like beside them.
pub(super) const ARRIVAL_TELLINGS: usize = 2 * ARRIVALS.len();

/// The ways to tell of one departure, likewise.
pub(super) const DEPARTURE_TELLINGS: usize = 2 * DEPARTURES.len();

impl FlowKind {
    /// All ways to tell of one departure, or of one arrival.
    pub(super) fn of_deliveries(is_departure: bool) -> impl Iterator<Item = Self> {
        let (words, kind): (usize, fn(usize) -> Self) = match is_departure {
            true => (DEPARTURE_TELLINGS, Self::Shipped),
            false => (ARRIVAL_TELLINGS, Self::Received),
        };
        (0..words).map(kind)
    }
}

/// That something becomes of an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) moment: Moment,
    pub(super) kind: FlowKind,
    pub(super) place: Option<Box<str>>,
    pub(super) unit: Unit,
    pub(super) quantity: Decimal,
    /// Of an amount that is known apart from others, as a container has it: how much of it no other word told.
    pub(super) apart: Option<Decimal>,
}

/// How an event tells where some of a class is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SeenAs {
    /// Something becomes of it there.
    Flow(FlowKind),
    /// It is there, and nothing becomes of it.
    Present,
    /// It goes into a container.
    Packed(Box<str>),
    /// It comes out of one.
    Unpacked(Box<str>),
    /// Everything comes out of a container.
    Emptied(Box<str>),
    /// A container is used up with everything in it.
    Spent(Box<str>),
    /// A container leaves or arrives.
    Carried(Box<str>, FlowKind),
}

/// That an event tells where some of a class is, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) moment: Moment,
    pub(super) seen_as: SeenAs,
    pub(super) place: Option<Box<str>>,
    /// Whether the amount is known.
    pub(super) is_quantified: bool,
}

/// An amount in a container or at a place.
#[derive(Clone, Debug)]
pub(super) struct HeldAmount {
    pub(super) quantity: Decimal,
    /// The entry that changed it last.
    pub(super) latest: LogIndex,
    /// What it rests on.
    pub(super) grounds: Grounds,
}

impl HeldAmount {
    /// None yet.
    pub(super) fn none(moment: Moment) -> Self {
        Self {
            quantity: Decimal::ZERO,
            latest: moment.1,
            grounds: Grounds::default(),
        }
    }

    /// Becomes another amount. What came before there was none has no part in it.
    pub(super) fn change(&mut self, quantity: Decimal, moment: Moment) {
        if self.quantity == Decimal::ZERO {
            self.grounds = Grounds::default();
        }
        self.grounds.add(moment);
        (self.quantity, self.latest) = (quantity, moment.1);
    }
}

/// What the containers hold, by container and the kind of event that packed it, and by unit.
pub(super) type Held = BTreeMap<(Box<str>, EventType), BTreeMap<Unit, HeldAmount>>;

/// Whether the objects leave for somewhere.
pub(super) fn departs(event: &TraceEvent) -> bool {
    matches!(step_of(event), Some((FlowKind::Shipped(_), _)))
}

/// Whether what an event speaks of leaves a place or arrives at one, and which.
pub(super) fn step_of(event: &TraceEvent) -> Option<(FlowKind, Option<&str>)> {
    let is_there_already = match (event.event_type, event.action) {
        (EventType::Transformation, _) | (_, Some(Action::Delete)) => false,
        (EventType::Object, action) => action == Some(Action::Observe),
        (EventType::Aggregation | EventType::Association | EventType::Transaction, _) => true,
    };
    if !is_there_already {
        return None;
    }
    let is_beside = event.event_type == EventType::Transaction;
    let telling = |words: &[&str]| {
        let word = words.iter().position(|word| event.is_step(word))?;
        Some(if is_beside { words.len() + word } else { word })
    };
    if let Some(telling) = telling(&DEPARTURES) {
        let from = event.read_point.as_deref().or(event.place());
        return Some((FlowKind::Shipped(telling), from));
    }
    Some((FlowKind::Received(telling(&ARRIVALS)?), event.place()))
}
