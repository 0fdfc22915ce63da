//! What happens to the amounts of a class of objects, such as a lot: an event at a time.
//!
//! Amounts that are inside a container leave and arrive with it: what a container holds is replayed from
//! what was packed and unpacked.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::QuestionError;
use super::history::{History, Moment};
use crate::records::epcis::{Action, EventType, ThingRole, TraceEvent, Unit};
use crate::types::{Decimal, LogIndex};

/// What becomes of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FlowKind {
    /// It is commissioned, or comes out of a transformation.
    Created,
    /// It comes from elsewhere, as one of [`ARRIVALS`] tells.
    Received(usize),
    /// It goes into a transformation.
    Used,
    /// It leaves for elsewhere, as one of [`DEPARTURES`] tells.
    Shipped(usize),
    /// It is no more: destroyed, sold, lost, decommissioned.
    Removed,
}

/// The business steps that tell of one delivery, one after another.
pub(super) const ARRIVALS: [&str; 3] = ["arriving", "receiving", "accepting"];

/// The business steps that tell of one departure.
pub(super) const DEPARTURES: [&str; 2] = ["shipping", "departing"];

/// That something becomes of an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) moment: Moment,
    pub(super) kind: FlowKind,
    pub(super) place: Option<Box<str>>,
    pub(super) unit: Unit,
    pub(super) quantity: Decimal,
}

/// What becomes of a class.
#[derive(Clone, Debug, Default)]
pub(super) struct Flows {
    /// In order.
    pub(super) flows: Vec<Flow>,
    /// The entries that name the class in a way that moves an amount, and do not say how much, or more than a
    /// number can hold.
    pub(super) unquantified: BTreeSet<LogIndex>,
}

/// A step of the replay.
enum Step {
    /// An event that names the class.
    Named(Rc<TraceEvent>),
    /// An event in which a container leaves or arrives.
    Moved(Box<str>, Rc<TraceEvent>),
    /// A container is emptied.
    Emptied(Box<str>),
}

/// What the containers hold, by container and unit.
type Held = BTreeMap<Box<str>, BTreeMap<Unit, Decimal>>;

impl History<'_, '_> {
    /// What becomes of a class, in order.
    pub(super) fn flows(&mut self, class: &str) -> Result<Flows, QuestionError> {
        let mut steps: BTreeMap<(Moment, usize), Step> = BTreeMap::new();
        let mut containers: BTreeSet<Box<str>> = BTreeSet::new();
        let mut named: BTreeSet<Moment> = BTreeSet::new();
        for mention in self.mentions_of(class)?.iter() {
            let event = self.event(mention.index)?;
            if mention.roles.has(ThingRole::Child) {
                containers.extend(event.parent.clone());
            }
            named.insert(mention.moment());
            steps.insert((mention.moment(), 0), Step::Named(event));
        }
        for (number, container) in (1..).zip(&containers) {
            for (at, _) in self.emptyings(container)?.iter() {
                steps.insert((*at, number), Step::Emptied(container.clone()));
            }
            for sighting in self.sightings(container)? {
                // What an event says of the class itself counts, and not once more.
                let at = sighting.moment;
                if step_of(&sighting.event).is_some() && !named.contains(&at) {
                    let moved = Step::Moved(container.clone(), sighting.event);
                    steps.insert((at, number), moved);
                }
            }
        }
        let mut found = Flows::default();
        let mut held = Held::new();
        for ((moment, _), step) in steps {
            match step {
                Step::Named(event) => found.take_named(class, moment, &event, &mut held),
                Step::Moved(container, event) => {
                    let inside = held.get(&container).into_iter().flatten();
                    let Some((kind, place)) = step_of(&event) else {
                        continue;
                    };
                    for (unit, quantity) in inside.filter(|(_, q)| **q > Decimal::ZERO) {
                        found.flows.push(Flow {
                            moment,
                            kind,
                            place: place.map(Into::into),
                            unit: unit.clone(),
                            quantity: *quantity,
                        });
                    }
                }
                Step::Emptied(container) => {
                    held.remove(&container);
                }
            }
        }
        Ok(found)
    }
}

impl Flows {
    /// What an event that names the class says about its amounts.
    fn take_named(&mut self, class: &str, moment: Moment, event: &TraceEvent, held: &mut Held) {
        let of_objects = match (event.event_type, event.action) {
            (EventType::Transformation, _) => Some((FlowKind::Used, event.place())),
            (EventType::Object, Some(Action::Add)) => Some((FlowKind::Created, event.place())),
            (EventType::Object, Some(Action::Delete)) => Some((FlowKind::Removed, event.place())),
            (EventType::Object, Some(Action::Observe)) => step_of(event),
            _ => None,
        };
        let packs = matches!(
            event.event_type,
            EventType::Aggregation | EventType::Association
        );
        let sign = match (packs, event.action) {
            (true, Some(Action::Add)) => Some(Decimal::from(1)),
            (true, Some(Action::Delete)) => Some(Decimal::from(-1)),
            _ => None,
        };
        for object in event.objects.iter().filter(|o| *o.id == *class) {
            if of_objects.is_none() && sign.is_none() {
                continue;
            }
            let amount = object
                .quantity
                .and_then(|quantity| Unit::sum_in(quantity, object.uom.as_deref()));
            let Some((unit, quantity)) = amount else {
                self.unquantified.insert(moment.1);
                continue;
            };
            if let Some((kind, place)) = of_objects {
                self.flows.push(Flow {
                    moment,
                    kind,
                    place: place.map(Into::into),
                    unit,
                    quantity,
                });
            } else if let (Some(sign), Some(container)) = (sign, &event.parent) {
                let inside = held.entry(container.clone()).or_default();
                let there = inside.entry(unit).or_insert(Decimal::ZERO);
                let sum = quantity
                    .checked_mul(sign)
                    .and_then(|q| there.checked_add(q));
                match sum {
                    Some(sum) => *there = sum.max(Decimal::ZERO),
                    None => {
                        self.unquantified.insert(moment.1);
                    }
                }
            }
        }
        for output in event.outputs.iter().filter(|o| *o.id == *class) {
            let amount = output
                .quantity
                .and_then(|quantity| Unit::sum_in(quantity, output.uom.as_deref()));
            match amount {
                Some((unit, quantity)) => self.flows.push(Flow {
                    moment,
                    kind: FlowKind::Created,
                    place: event.place().map(Into::into),
                    unit,
                    quantity,
                }),
                None => {
                    self.unquantified.insert(moment.1);
                }
            }
        }
    }
}

/// Whether the objects of an observation leave a place or arrive at one, and which.
pub(super) fn step_of(event: &TraceEvent) -> Option<(FlowKind, Option<&str>)> {
    if event.event_type != EventType::Object || event.action != Some(Action::Observe) {
        return None;
    }
    if let Some(word) = DEPARTURES.iter().position(|word| event.is_step(word)) {
        let from = event.read_point.as_deref().or(event.place());
        return Some((FlowKind::Shipped(word), from));
    }
    let word = ARRIVALS.iter().position(|word| event.is_step(word))?;
    Some((FlowKind::Received(word), event.place()))
}
