//! What goes into transformations and comes out of them.
//!
//! An event is judged by what it names itself; what it does not name, inputs or outputs, is what the other events of
//! its transformation name.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::held::Held;
use super::told::{Told, has_quantity, tells_lot_number};
use super::{DescribedBy, holds_others, is_asset, named, product_or_lot};
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::events::Mention;
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
    /// Whether it is known of each container what it holds, and of each logistic unit in it.
    pub(super) is_known: bool,
    /// What the products are; of a logistic unit or a crate, those in it.
    pub(super) products: BTreeSet<Box<str>>,
    /// Whether there are more events of the transformation, or more in containers, than are gone through.
    pub(super) is_cut: bool,
}

impl Default for Inputs {
    fn default() -> Self {
        Self {
            is_any: false,
            has_quantities: true,
            is_known: true,
            products: BTreeSet::new(),
            is_cut: false,
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
    /// Whether there are more events of the transformation than are gone through.
    pub(super) is_cut: bool,
    /// Whether more of them name outputs than are asked what these are.
    pub(super) has_more_names: bool,
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

/// Whether a transformation names inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HasInputs {
    Yes,
    No,
    /// It has more events than are gone through, and those name none.
    Unknown,
}

impl HasInputs {
    /// Of two transformations, whether one does.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::No, Self::No) => Self::No,
        }
    }
}

/// What has been looked up of transformations for one answer.
#[derive(Debug, Default)]
pub(super) struct Transformations {
    /// Whether those that are told in several events name inputs.
    has_inputs: BTreeMap<ThingId, HasInputs>,
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
        at: Moment,
        known: &mut Transformations,
    ) -> Result<HasInputs, QuestionError> {
        if event.event_type != EventType::Transformation {
            return Ok(HasInputs::No);
        }
        if self.names_inputs(event, at, known)? {
            return Ok(HasInputs::Yes);
        }
        let Some(joined) = event.transformation_id.as_deref() else {
            return Ok(HasInputs::No);
        };
        let id = ThingId::of_transformation(joined);
        if let Some(has_inputs) = known.has_inputs.get(&id) {
            return Ok(*has_inputs);
        }
        let (parts, is_cut) = self.parts(id)?;
        let mut has_inputs = match is_cut {
            true => HasInputs::Unknown,
            false => HasInputs::No,
        };
        for part in parts.iter().take(MAX_EVENTS_PER_THING) {
            let event = self.event(part.index)?;
            if self.names_inputs(&event, part.moment(), known)? {
                has_inputs = HasInputs::Yes;
                break;
            }
        }
        known.has_inputs.insert(id, has_inputs);
        Ok(has_inputs)
    }

    /// Whether an event of a transformation names inputs itself: empty crates are none.
    pub(super) fn names_inputs(
        &mut self,
        event: &TraceEvent,
        at: Moment,
        known: &mut Transformations,
    ) -> Result<bool, QuestionError> {
        match event.objects.iter().all(|object| is_asset(&object.id)) {
            true => Ok(!event.objects.is_empty() && self.inputs(event, at, known)?.is_any),
            false => Ok(true),
        }
    }

    /// The events of a transformation, and whether there are more than [`MAX_EVENTS_PER_THING`], which are those to go
    /// through.
    fn parts(&mut self, id: ThingId) -> Result<(Rc<Vec<Mention>>, bool), QuestionError> {
        let found = self.first_mentions(id, None, MAX_EVENTS_PER_THING)?;
        let is_cut = !found.is_all || found.mentions.len() > MAX_EVENTS_PER_THING;
        Ok((found.mentions, is_cut))
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
        let has_outputs = !outputs.told.is_empty;
        let mut found = Transformation {
            inputs,
            outputs: Rc::new(outputs),
        };
        let has_inputs = found.inputs.is_any && found.inputs.is_known;
        if let Some(id) = event.transformation_id.as_deref()
            && (!has_inputs || !has_outputs)
        {
            let joined = self.joined(ThingId::of_transformation(id), known)?;
            if !has_inputs {
                found.inputs = joined.inputs;
            }
            if !has_outputs {
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

    /// What all events of a transformation name; no more of them than a trace follows, and then it is told to be cut.
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
        let (parts, is_cut) = self.parts(id)?;
        (inputs.is_cut, outputs.is_cut) = (is_cut, is_cut);
        for part in parts.iter().take(MAX_EVENTS_PER_THING) {
            let event = self.event(part.index)?;
            if event.event_type != EventType::Transformation {
                continue;
            }
            self.take_inputs(&event, part.moment(), &mut inputs, &mut units)?;
            outputs.take(&event);
            if event.outputs.iter().all(|object| is_asset(&object.id)) {
                continue;
            }
            outputs.has_more_names = asked == MAX_NAMING_EVENTS;
            if !outputs.has_more_names {
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
                Err(QuestionError::TooLong { .. }) => Held::too_much(),
                held => held?,
            };
            inputs.is_cut |= !held.is_complete;
            // An empty crate is no input: it is there for what is in it.
            if held.is_empty && held.is_known && is_asset(&object.id) {
                continue;
            }
            inputs.is_any = true;
            inputs.is_known &= held.is_told();
            inputs.has_quantities &= held.has_quantities && held.is_told();
            inputs.products.extend(held.products);
        }
        Ok(())
    }
}
