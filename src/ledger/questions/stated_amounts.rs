//! What one event says of the amounts of a class of objects, such as a lot.

use std::collections::BTreeMap;

use super::flows::{FlowKind, HeldAmount, step_of};
use crate::records::epcis::{Action, EventType, TraceEvent, TracedObject, Unit};
use crate::types::Decimal;

/// The kinds of events that put something into a container.
pub(super) const PACKING: [EventType; 2] = [EventType::Aggregation, EventType::Association];

/// How much of a class an event states.
#[derive(Default)]
pub(super) struct Stated {
    pub(super) amounts: BTreeMap<Unit, Decimal>,
    /// Whether it names some of it without an amount, or with more than a number can hold.
    pub(super) is_partial: bool,
}

impl Stated {
    fn of(class: &str, objects: &[TracedObject]) -> Self {
        let mut stated = Self::default();
        for object in objects.iter().filter(|object| *object.id == *class) {
            let amount = object
                .quantity
                .and_then(|quantity| Unit::sum_in(quantity, object.uom.as_deref()));
            let Some((unit, quantity)) = amount else {
                stated.is_partial = true;
                continue;
            };
            let sum = stated.amounts.entry(unit).or_insert(Decimal::ZERO);
            match sum.checked_add(quantity) {
                Some(more) => *sum = more,
                None => stated.is_partial = true,
            }
        }
        stated
    }

    pub(super) fn is_any(&self) -> bool {
        self.is_partial || !self.amounts.is_empty()
    }
}

/// What an event says that names the class.
pub(super) struct Named {
    pub(super) event_type: EventType,
    pub(super) action: Option<Action>,
    /// What it packs into or unpacks from.
    pub(super) container: Option<Box<str>>,
    /// The containers of some of the class that it speaks of as well, by their names or by what they are in then.
    pub(super) inner_containers: Vec<Box<str>>,
    /// Whether it names single things beside the class.
    pub(super) names_single_things: bool,
    pub(super) place: Option<Box<str>>,
    /// Whether it leaves a place or arrives at one, and which.
    pub(super) step: Option<(FlowKind, Option<Box<str>>)>,
    pub(super) stated: Stated,
    pub(super) outputs: Stated,
}

impl Named {
    pub(super) fn of(class: &str, event: &TraceEvent) -> Self {
        let packs = PACKING.contains(&event.event_type);
        Self {
            event_type: event.event_type,
            action: event.action,
            container: event.parent.clone().filter(|_| packs),
            inner_containers: Vec::new(),
            names_single_things: event.objects.iter().any(|object| !object.is_class),
            place: event.place().map(Into::into),
            step: step_of(event).map(|(kind, place)| (kind, place.map(Into::into))),
            stated: Stated::of(class, &event.objects),
            outputs: Stated::of(class, &event.outputs),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let texts = [&self.container, &self.place, &self.place];
        let texts = texts.into_iter().flatten().map(|text| text.len());
        let amounts = self.stated.amounts.len() + self.outputs.amounts.len();
        size_of::<Self>() + texts.sum::<usize>() + amounts * size_of::<(Unit, HeldAmount)>()
    }

    /// Whether some of the class comes to be by it, and nothing else becomes of it.
    pub(super) fn only_makes(&self) -> bool {
        match self.event_type {
            EventType::Object => self.action == Some(Action::Add),
            EventType::Transformation => !self.stated.is_any(),
            _ => false,
        }
    }

    /// Whether what the class's containers hold moves by it although it names the class: unless it says itself how much
    /// moves.
    pub(super) fn moves_containers(&self) -> bool {
        let packs = self.container.is_some() && self.action == Some(Action::Add);
        packs || self.stated.amounts.is_empty()
    }
}
