//! What goes into transformations.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::told::has_quantity;
use super::{is_logistic_unit, product_or_lot};
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::history::{History, Moment};
use crate::ledger::questions::trace::MAX_EVENTS_PER_THING;
use crate::records::epcis::{EventType, ThingId, TraceEvent};
use crate::types::LogIndex;

/// Most products of transformations that are kept: what is needed again beyond that is looked up again.
const MAX_KEPT_PRODUCTS: usize = 100_000;

/// What goes into a transformation.
#[derive(Debug)]
pub(super) struct Inputs {
    /// Whether anything is named.
    pub(super) is_any: bool,
    /// Whether an amount is known of each, and of all that a logistic unit holds.
    pub(super) has_quantities: bool,
    /// Whether it is known of each logistic unit what it holds.
    pub(super) is_known: bool,
    /// What the products are; of a logistic unit, those in it.
    pub(super) products: BTreeSet<Box<str>>,
}

impl Default for Inputs {
    fn default() -> Self {
        Self {
            is_any: false,
            has_quantities: true,
            is_known: true,
            products: BTreeSet::new(),
        }
    }
}

/// What is in a logistic unit.
#[derive(Debug)]
pub(super) struct Held {
    /// The products, those of contents of contents included.
    pub(super) products: BTreeSet<Box<str>>,
    /// Whether nothing is known to be in it.
    pub(super) is_empty: bool,
    /// Whether an amount is known of everything.
    pub(super) has_quantities: bool,
}

/// What has been looked up of transformations for one answer.
#[derive(Debug, Default)]
pub(super) struct Transformations {
    /// Whether those that are told in several events name inputs.
    has_inputs: BTreeMap<ThingId, bool>,
    /// By event.
    inputs: BTreeMap<LogIndex, Rc<Inputs>>,
    kept: usize,
}

impl Transformations {
    /// Makes room for so many products more.
    fn keep(&mut self, inputs: &Inputs) {
        self.kept += 1 + inputs.products.len();
        if self.kept > MAX_KEPT_PRODUCTS {
            self.inputs.clear();
            self.kept = 1 + inputs.products.len();
        }
    }
}

impl History<'_, '_> {
    /// Whether an event that made something, or one of the same transformation, names inputs.
    pub(super) fn has_inputs(
        &mut self,
        event: &TraceEvent,
        known: &mut Transformations,
    ) -> Result<bool, QuestionError> {
        if event.event_type != EventType::Transformation {
            return Ok(false);
        }
        let Some(joined) = event.transformation_id.as_deref() else {
            return Ok(!event.objects.is_empty());
        };
        let id = ThingId::of_transformation(joined);
        if let Some(has_inputs) = known.has_inputs.get(&id) {
            return Ok(*has_inputs);
        }
        let parts = self.first_mentions(id, None, MAX_EVENTS_PER_THING)?;
        let mut has_inputs = false;
        for part in parts.mentions.iter().take(MAX_EVENTS_PER_THING) {
            if !self.event(part.index)?.objects.is_empty() {
                has_inputs = true;
                break;
            }
        }
        known.has_inputs.insert(id, has_inputs);
        Ok(has_inputs)
    }

    /// What goes into a transformation by an event; nothing into what is none.
    pub(super) fn inputs(
        &mut self,
        event: &TraceEvent,
        at: Moment,
        known: &mut Transformations,
    ) -> Result<Rc<Inputs>, QuestionError> {
        if event.event_type != EventType::Transformation {
            return Ok(Rc::default());
        }
        if let Some(inputs) = known.inputs.get(&at.1) {
            return Ok(Rc::clone(inputs));
        }
        let mut inputs = Inputs::default();
        self.take_inputs(event, at, &mut inputs)?;
        let inputs = Rc::new(inputs);
        known.keep(&inputs);
        known.inputs.insert(at.1, Rc::clone(&inputs));
        Ok(inputs)
    }

    /// Takes what an event puts in; of a logistic unit what it held right before it was used up.
    fn take_inputs(
        &mut self,
        event: &TraceEvent,
        at: Moment,
        inputs: &mut Inputs,
    ) -> Result<(), QuestionError> {
        for object in &event.objects {
            inputs.is_any = true;
            if object.is_class || !is_logistic_unit(&object.id) {
                inputs.has_quantities &= has_quantity(object);
                inputs.products.insert(product_or_lot(&object.id).into());
                continue;
            }
            let before = self.holding_at(&object.id, at)?;
            let held = self.held(&object.id, before)?;
            inputs.is_known &= !held.is_empty;
            inputs.has_quantities &= held.has_quantities && !held.is_empty;
            inputs.products.extend(held.products);
        }
        Ok(())
    }

    /// What is in a logistic unit right after a moment, contents of contents included.
    pub(super) fn held(&mut self, unit: &str, at: Moment) -> Result<Held, QuestionError> {
        let mut held = Held {
            products: BTreeSet::new(),
            is_empty: true,
            has_quantities: true,
        };
        let mut seen = BTreeSet::from([Box::<str>::from(unit)]);
        let mut open: Vec<Box<str>> = vec![unit.into()];
        while let Some(container) = open.pop() {
            for content in self.contents(&container, at)?.contents {
                held.is_empty = false;
                held.has_quantities &= has_quantity(&content.object);
                let id = content.object.id;
                match is_logistic_unit(&id) {
                    false => _ = held.products.insert(product_or_lot(&id).into()),
                    true if seen.insert(id.clone()) => open.push(id),
                    true => {}
                }
            }
        }
        Ok(held)
    }
}
