//! What happens to the amounts of a class of objects, such as a lot: an event at a time.
//!
//! Amounts that are inside a container leave and arrive with it: what a container holds is replayed from
//! what was packed and unpacked.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::QuestionError;
use super::grounds::Grounds;
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
    /// Becomes another amount. What came before there was none has no part in it.
    fn change(&mut self, quantity: Decimal, moment: Moment) {
        if self.quantity == Decimal::ZERO {
            self.grounds = Grounds::default();
        }
        self.grounds.add(moment);
        (self.quantity, self.latest) = (quantity, moment.1);
    }
}

/// What the containers hold, by container and the kind of event that packed it, and by unit.
pub(super) type Held = BTreeMap<(Box<str>, EventType), BTreeMap<Unit, HeldAmount>>;

/// What becomes of a class.
#[derive(Clone, Debug, Default)]
pub(super) struct Flows {
    /// In order.
    pub(super) flows: Vec<Flow>,
    /// Where some of it was seen, in order.
    pub(super) seen: Vec<Seen>,
    /// What containers hold in the end.
    pub(super) held: Held,
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
    /// A container is emptied by a kind of event.
    Emptied(Box<str>, EventType, Rc<TraceEvent>),
    /// A container is used up, itself or with what it is in; whether the event names the class as an input as well.
    Spent(Box<str>, bool, Rc<TraceEvent>),
}

impl History<'_, '_> {
    /// What becomes of a class, in order.
    pub(super) fn flows(&mut self, class: &str) -> Result<Flows, QuestionError> {
        let mut steps: BTreeMap<(Moment, usize), Step> = BTreeMap::new();
        let mut containers: BTreeSet<Box<str>> = BTreeSet::new();
        let mut named: BTreeSet<Moment> = BTreeSet::new();
        let mut used: BTreeSet<Moment> = BTreeSet::new();
        for mention in self.mentions_of(class)?.iter() {
            let event = self.event(mention.index)?;
            if mention.roles.has(ThingRole::Child) {
                containers.extend(event.parent.clone());
            }
            named.insert(mention.moment());
            if mention.roles.has(ThingRole::Input) {
                used.insert(mention.moment());
            }
            steps.insert((mention.moment(), 0), Step::Named(event));
        }
        for (number, container) in (1..).zip(&containers) {
            for (at, kind) in self.emptyings(container)?.iter() {
                let event = self.event(at.1)?;
                let emptied = Step::Emptied(container.clone(), *kind, event);
                steps.insert((*at, number), emptied);
            }
            for at in self.spendings(container)?.iter() {
                let event = self.event(at.1)?;
                let spent = Step::Spent(container.clone(), used.contains(at), event);
                steps.insert((*at, number), spent);
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
        for ((moment, _), step) in steps {
            match step {
                Step::Named(event) => found.take_named(class, moment, &event),
                Step::Moved(container, event) => found.take_moved(container, moment, &event),
                Step::Spent(container, is_input, event) => {
                    found.take_spent(container, moment, is_input, &event);
                }
                Step::Emptied(container, kind, event) => {
                    let is_quantified = found.holds(&container, kind);
                    found.held.remove(&(container.clone(), kind));
                    let seen_as = SeenAs::Emptied(container);
                    found.see(moment, seen_as, event.place(), is_quantified);
                }
            }
        }
        Ok(found)
    }
}

impl Flows {
    fn see(&mut self, moment: Moment, seen_as: SeenAs, place: Option<&str>, is_quantified: bool) {
        self.seen.push(Seen {
            moment,
            seen_as,
            place: place.map(Into::into),
            is_quantified,
        });
    }

    /// What a container has in it leaves or arrives with it.
    fn take_moved(&mut self, container: Box<str>, moment: Moment, event: &TraceEvent) {
        let Some((kind, place)) = step_of(event) else {
            return;
        };
        let kinds = [EventType::Aggregation, EventType::Association];
        let inside = kinds.map(|packed_by| self.held.get(&(container.clone(), packed_by)));
        let amounts = inside.into_iter().flatten().flatten();
        let mut is_quantified = false;
        for (unit, held) in amounts.filter(|(_, held)| held.quantity > Decimal::ZERO) {
            is_quantified = true;
            self.flows.push(Flow {
                moment,
                kind,
                place: place.map(Into::into),
                unit: unit.clone(),
                quantity: held.quantity,
            });
        }
        let seen_as = SeenAs::Carried(container, kind);
        self.see(moment, seen_as, place, is_quantified);
    }

    /// What a container has in it is used up with it. What the event says that it uses of the class itself counts, and
    /// not once more.
    fn take_spent(
        &mut self,
        container: Box<str>,
        moment: Moment,
        is_input: bool,
        event: &TraceEvent,
    ) {
        let mut is_quantified = false;
        for packed_by in [EventType::Aggregation, EventType::Association] {
            let inside = self.held.remove(&(container.clone(), packed_by));
            for (unit, held) in inside.into_iter().flatten() {
                if held.quantity <= Decimal::ZERO {
                    continue;
                }
                is_quantified = true;
                if !is_input {
                    self.flows.push(Flow {
                        moment,
                        kind: FlowKind::Used,
                        place: event.place().map(Into::into),
                        unit,
                        quantity: held.quantity,
                    });
                }
            }
        }
        let seen_as = SeenAs::Spent(container);
        self.see(moment, seen_as, event.place(), is_quantified);
    }

    /// What an event that names the class says about its amounts.
    fn take_named(&mut self, class: &str, moment: Moment, event: &TraceEvent) {
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
            let amount = object
                .quantity
                .and_then(|quantity| Unit::sum_in(quantity, object.uom.as_deref()));
            let (kind, container) = (of_objects, event.parent.as_ref().filter(|_| packs));
            let seen_as = match (kind, sign, container) {
                (Some((kind, _)), ..) => SeenAs::Flow(kind),
                (None, Some(sign), Some(container)) if sign.is_negative() => {
                    SeenAs::Unpacked(container.clone())
                }
                (None, Some(_), Some(container)) => SeenAs::Packed(container.clone()),
                (None, None, Some(container)) if !self.holds(container, event.event_type) => {
                    // It is seen to be in there, and nobody told that it went in.
                    self.see(
                        moment,
                        SeenAs::Packed(container.clone()),
                        event.place(),
                        false,
                    );
                    continue;
                }
                _ => SeenAs::Present,
            };
            let place = kind.map_or(event.place(), |(_, place)| place);
            self.see(moment, seen_as, place, amount.is_some());
            if kind.is_none() && sign.is_none() {
                continue;
            }
            let emptied = container.filter(|_| sign.is_some_and(|sign| sign.is_negative()));
            let Some((unit, quantity)) = amount else {
                self.unquantified.insert(moment.1);
                // As in containment: an amount that is not stated takes all of it out.
                if let Some(container) = emptied {
                    self.held.retain(|(held_in, _), _| held_in != container);
                }
                continue;
            };
            let mut packed_by = event.event_type;
            if let Some(container) = emptied {
                let Some(known) = self.packed_by(container, event.event_type, &unit) else {
                    // And so does one in a unit of which there is none.
                    self.held.retain(|(held_in, _), _| held_in != container);
                    continue;
                };
                packed_by = known;
            }
            if let Some((kind, place)) = kind {
                self.flows.push(Flow {
                    moment,
                    kind,
                    place: place.map(Into::into),
                    unit,
                    quantity,
                });
            } else if let (Some(sign), Some(container)) = (sign, container) {
                let key = (container.clone(), packed_by);
                let inside = self.held.entry(key).or_default();
                let held = inside.entry(unit).or_insert_with(|| HeldAmount {
                    quantity: Decimal::ZERO,
                    latest: moment.1,
                    grounds: Grounds::default(),
                });
                let sum = quantity
                    .checked_mul(sign)
                    .and_then(|q| held.quantity.checked_add(q));
                match sum {
                    Some(sum) => held.change(sum.max(Decimal::ZERO), moment),
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
            let seen_as = SeenAs::Flow(FlowKind::Created);
            self.see(moment, seen_as, event.place(), amount.is_some());
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

    /// The kind of event that packed an amount in a unit into a container: rather this one, and none if none did.
    fn packed_by(&self, container: &str, rather: EventType, unit: &Unit) -> Option<EventType> {
        let has = |kind: &EventType| {
            let inside = self.held.get(&(container.into(), *kind));
            inside.is_some_and(|inside| inside.contains_key(unit))
        };
        [rather, EventType::Aggregation, EventType::Association]
            .into_iter()
            .find(has)
    }

    /// Whether a container is known to hold an amount that a kind of event packed.
    fn holds(&self, container: &str, packed_by: EventType) -> bool {
        let inside = self.held.get(&(container.into(), packed_by));
        inside.is_some_and(|inside| {
            let mut amounts = inside.values();
            amounts.any(|held| held.quantity > Decimal::ZERO)
        })
    }
}

/// Whether the objects leave for somewhere.
pub(super) fn departs(event: &TraceEvent) -> bool {
    DEPARTURES.iter().any(|word| event.is_step(word))
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
