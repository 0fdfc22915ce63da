//! What goes into transformations and comes out of them.
//!
//! An event is judged by what it names itself; what it does not name, inputs or outputs, is what the other events of
//! its transformation name.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::told::{Told, has_quantity, tells_lot_number};
use super::{DescribedBy, holds_others, is_asset, named, product_or_lot};
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::history::{History, Moment};
use crate::ledger::questions::trace::MAX_EVENTS_PER_THING;
use crate::records::epcis::{EventType, ThingId, TraceEvent};
use crate::types::LogIndex;

/// Most products of transformations that are kept: what is needed again beyond that is looked up again.
const MAX_KEPT_PRODUCTS: usize = 100_000;

/// Most events of one transformation that are asked what its products are, and their lots, in their master data.
pub const MAX_NAMING_EVENTS: usize = 16;

/// What goes into a transformation.
#[derive(Debug)]
pub(super) struct Inputs {
    /// Whether anything is named.
    pub(super) is_any: bool,
    /// Whether an amount is known of each, and of all that a logistic unit holds.
    pub(super) has_quantities: bool,
    /// Whether it is known of each logistic unit what it holds.
    pub(super) is_known: bool,
    /// What the products are; of a logistic unit or a crate, those in it.
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

/// What comes out of a transformation.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// What is said of it.
    pub(super) told: Told,
    /// What the products are.
    pub(super) products: BTreeSet<Box<str>>,
    /// Whose event says in the master data what they are.
    pub(super) named_by: Option<DescribedBy>,
    /// Whether an event tells the lot's number in the master data.
    pub(super) tells_lot_number: bool,
}

impl Outputs {
    fn take(&mut self, event: &TraceEvent) {
        // A crate that comes out is not what was made.
        for object in event.outputs.iter().filter(|it| !is_asset(&it.id)) {
            self.told.take(object);
            self.products.insert(product_or_lot(&object.id).into());
        }
    }
}

/// What a transformation names.
#[derive(Clone, Debug, Default)]
pub(super) struct Transformation {
    pub(super) inputs: Rc<Inputs>,
    pub(super) outputs: Rc<Outputs>,
}

/// What is in a container.
#[derive(Debug)]
pub(super) struct Held {
    /// The products, those of contents of contents included.
    pub(super) products: BTreeSet<Box<str>>,
    /// Whether nothing is known to be in it.
    pub(super) is_empty: bool,
    /// Whether an amount is known of everything.
    pub(super) has_quantities: bool,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            products: BTreeSet::new(),
            is_empty: true,
            has_quantities: true,
        }
    }
}

/// What has been looked up of transformations for one answer.
#[derive(Debug, Default)]
pub(super) struct Transformations {
    /// Whether those that are told in several events name inputs.
    has_inputs: BTreeMap<ThingId, bool>,
    /// By event.
    inputs: BTreeMap<LogIndex, Rc<Inputs>>,
    /// By what joins their events.
    joined: BTreeMap<ThingId, Transformation>,
    kept: usize,
}

impl Transformations {
    /// Makes room for so many products more.
    fn keep(&mut self, products: usize) {
        self.kept += 1 + products;
        if self.kept > MAX_KEPT_PRODUCTS {
            self.inputs.clear();
            self.joined.clear();
            self.kept = 1 + products;
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

    /// What a transformation names by one of its events, and by the others where that names nothing.
    pub(super) fn transformation(
        &mut self,
        event: &TraceEvent,
        at: Moment,
        known: &mut Transformations,
    ) -> Result<Transformation, QuestionError> {
        let inputs = self.inputs(event, at, known)?;
        let mut outputs = Outputs::default();
        outputs.take(event);
        let mut found = Transformation {
            inputs,
            outputs: Rc::new(outputs),
        };
        let has_inputs = found.inputs.is_any && found.inputs.is_known;
        if let Some(id) = event.transformation_id.as_deref()
            && (!has_inputs || event.outputs.is_empty())
        {
            let joined = self.joined(ThingId::of_transformation(id), known)?;
            if !has_inputs {
                found.inputs = joined.inputs;
            }
            if event.outputs.is_empty() {
                found.outputs = joined.outputs;
            }
        }
        Ok(found)
    }

    /// What goes into a transformation by one of its events.
    fn inputs(
        &mut self,
        event: &TraceEvent,
        at: Moment,
        known: &mut Transformations,
    ) -> Result<Rc<Inputs>, QuestionError> {
        if let Some(inputs) = known.inputs.get(&at.1) {
            return Ok(Rc::clone(inputs));
        }
        let mut inputs = Inputs::default();
        self.take_inputs(event, at, &mut inputs, &mut BTreeSet::new())?;
        let inputs = Rc::new(inputs);
        known.keep(inputs.products.len());
        known.inputs.insert(at.1, Rc::clone(&inputs));
        Ok(inputs)
    }

    /// What all events of a transformation name; no more of them than a trace follows.
    fn joined(
        &mut self,
        id: ThingId,
        known: &mut Transformations,
    ) -> Result<Transformation, QuestionError> {
        if let Some(joined) = known.joined.get(&id) {
            return Ok(joined.clone());
        }
        let (mut inputs, mut outputs) = (Inputs::default(), Outputs::default());
        let (mut units, mut asked) = (BTreeSet::new(), 0);
        let parts = self.first_mentions(id, None, MAX_EVENTS_PER_THING)?;
        for part in parts.mentions.iter().take(MAX_EVENTS_PER_THING) {
            let event = self.event(part.index)?;
            if event.event_type != EventType::Transformation {
                continue;
            }
            self.take_inputs(&event, part.moment(), &mut inputs, &mut units)?;
            outputs.take(&event);
            if !event.outputs.is_empty() && asked < MAX_NAMING_EVENTS {
                asked += 1;
                let (body, member) = self.body(part.index)?;
                outputs.tells_lot_number |= tells_lot_number(&body);
                if outputs.named_by.is_none() {
                    outputs.named_by = named(&body, member, part.index);
                }
            }
        }
        known.keep(inputs.products.len() + outputs.products.len());
        let joined = Transformation {
            inputs: Rc::new(inputs),
            outputs: Rc::new(outputs),
        };
        known.joined.insert(id, joined.clone());
        Ok(joined)
    }

    /// Takes what an event puts in; of a logistic unit or a crate what it held right before it was used up, but of those
    /// that are known already.
    fn take_inputs(
        &mut self,
        event: &TraceEvent,
        at: Moment,
        inputs: &mut Inputs,
        known_units: &mut BTreeSet<Box<str>>,
    ) -> Result<(), QuestionError> {
        for object in &event.objects {
            if !holds_others(&object.id) {
                inputs.is_any = true;
                inputs.has_quantities &= has_quantity(object);
                inputs.products.insert(product_or_lot(&object.id).into());
                continue;
            }
            if !known_units.insert(object.id.clone()) {
                continue;
            }
            let before = self.holding_at(&object.id, at);
            let held = match before.and_then(|before| self.held(&object.id, before)) {
                // Nobody can make an answer about other things too long by what is told of this one.
                Err(QuestionError::TooLong { .. }) => Held::default(),
                // An empty crate is no input: it is there for what is in it.
                Ok(held) if held.is_empty && is_asset(&object.id) => continue,
                held => held?,
            };
            inputs.is_any = true;
            inputs.is_known &= !held.is_empty;
            inputs.has_quantities &= held.has_quantities && !held.is_empty;
            inputs.products.extend(held.products);
        }
        Ok(())
    }

    /// What is in a container right after a moment, contents of contents included.
    pub(super) fn held(&mut self, unit: &str, at: Moment) -> Result<Held, QuestionError> {
        let mut held = Held::default();
        let mut seen = BTreeSet::from([Box::<str>::from(unit)]);
        let mut open: Vec<Box<str>> = vec![unit.into()];
        while let Some(container) = open.pop() {
            for content in self.contents(&container, at)?.contents {
                let id = &content.object.id;
                held.is_empty &= is_asset(id);
                if !holds_others(id) {
                    held.has_quantities &= has_quantity(&content.object);
                    held.products.insert(product_or_lot(id).into());
                } else if seen.insert(id.clone()) {
                    open.push(id.clone());
                }
            }
        }
        Ok(held)
    }
}
