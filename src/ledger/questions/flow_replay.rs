//! What becomes of the amounts of a class of objects, such as a lot: an event at a time.
//!
//! Amounts that are inside a container leave and arrive with it: what a container holds is replayed from
//! what was packed and unpacked, and from what was seen in it first. What an event says of the class itself counts, and
//! what its containers hold not once more; what is packed as it leaves or arrives does so with all that is in there.

use std::collections::{BTreeMap, BTreeSet};

use super::QuestionError;
use super::flows::{Flow, FlowKind, Held, HeldAmount, Seen, SeenAs};
use super::history::Moment;
use super::journey::KeptBytes;
use super::stated_amounts::{Named, PACKING, Stated};
use super::told_deliveries::ToldDeliveries;
use crate::records::epcis::{Action, EventType, Unit};
use crate::types::{Decimal, LogIndex};

/// What becomes of a class.
#[derive(Debug)]
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
    told: ToldDeliveries,
    kept: KeptBytes,
}

impl Flows {
    /// Nothing became of it yet; what is kept counts with what is.
    pub(super) fn keeping(kept: KeptBytes) -> Self {
        Self {
            flows: Vec::new(),
            seen: Vec::new(),
            held: Held::new(),
            unquantified: BTreeSet::new(),
            told: ToldDeliveries::default(),
            kept,
        }
    }

    fn see(
        &mut self,
        moment: Moment,
        seen_as: SeenAs,
        place: Option<&str>,
        is_quantified: bool,
    ) -> Result<(), QuestionError> {
        let container = match &seen_as {
            SeenAs::Flow(_) | SeenAs::Present => 0,
            SeenAs::Packed(container)
            | SeenAs::Unpacked(container)
            | SeenAs::Emptied(container)
            | SeenAs::Spent(container)
            | SeenAs::Carried(container, _) => container.len(),
        };
        let texts = container + place.map_or(0, str::len);
        self.kept.add(size_of::<Seen>() + texts)?;
        self.seen.push(Seen {
            moment,
            seen_as,
            place: place.map(Into::into),
            is_quantified,
        });
        Ok(())
    }

    /// What is stated of the class was seen: what has an amount, and what has none.
    fn see_stated(
        &mut self,
        moment: Moment,
        seen_as: &SeenAs,
        place: Option<&str>,
        stated: &Stated,
    ) -> Result<(), QuestionError> {
        if !stated.amounts.is_empty() {
            self.see(moment, seen_as.clone(), place, true)?;
        }
        if stated.is_partial {
            self.see(moment, seen_as.clone(), place, false)?;
        }
        Ok(())
    }

    fn flow(
        &mut self,
        moment: Moment,
        (kind, place): (FlowKind, Option<&str>),
        (unit, quantity): (&Unit, Decimal),
    ) -> Result<(), QuestionError> {
        let texts = place.map_or(0, str::len) + unit.code().map_or(0, str::len);
        self.kept.add(size_of::<Flow>() + texts)?;
        self.flows.push(Flow {
            moment,
            kind,
            place: place.map(Into::into),
            unit: unit.clone(),
            quantity,
        });
        Ok(())
    }

    /// An amount leaves a place or arrives at one in a container: as far as no other type of event told of it.
    fn carry(
        &mut self,
        container: &str,
        moment: Moment,
        event_type: EventType,
        step: (FlowKind, Option<&str>),
        amount: (&Unit, Decimal),
    ) -> Result<(), QuestionError> {
        self.kept.add(size_of::<Flow>())?;
        match self.told.take(container, step, event_type, amount) {
            Some(more) if more == Decimal::ZERO && event_type == EventType::Transaction => {}
            Some(more) => self.flow(moment, step, (amount.0, more))?,
            None => _ = self.unquantified.insert(moment.1),
        }
        Ok(())
    }

    /// What a container has in it leaves or arrives with it.
    pub(super) fn take_moved(
        &mut self,
        container: &str,
        moment: Moment,
        event_type: EventType,
        step: (FlowKind, Option<&str>),
    ) -> Result<(), QuestionError> {
        let mut inside: BTreeMap<Unit, Decimal> = BTreeMap::new();
        let kinds = PACKING.map(|packed_by| self.held.get(&(container.into(), packed_by)));
        for (unit, held) in kinds.into_iter().flatten().flatten() {
            let sum = inside.entry(unit.clone()).or_insert(Decimal::ZERO);
            match sum.checked_add(held.quantity) {
                Some(more) => *sum = more,
                None => _ = self.unquantified.insert(moment.1),
            }
        }
        inside.retain(|_, quantity| *quantity > Decimal::ZERO);
        for (unit, quantity) in &inside {
            self.carry(container, moment, event_type, step, (unit, *quantity))?;
        }
        let seen_as = SeenAs::Carried(container.into(), step.0);
        self.see(moment, seen_as, step.1, !inside.is_empty())
    }

    /// What a container has in it is used up with it. What the event says that it uses of the class itself counts, and
    /// not once more.
    pub(super) fn take_spent(
        &mut self,
        container: Box<str>,
        moment: Moment,
        is_input: bool,
        place: Option<&str>,
    ) -> Result<(), QuestionError> {
        let mut is_quantified = false;
        for packed_by in PACKING {
            let inside = self.held.remove(&(container.clone(), packed_by));
            for (unit, held) in inside.into_iter().flatten() {
                if held.quantity <= Decimal::ZERO {
                    continue;
                }
                is_quantified = true;
                if !is_input {
                    self.flow(moment, (FlowKind::Used, place), (&unit, held.quantity))?;
                }
            }
        }
        self.told.forget(&container);
        self.see(moment, SeenAs::Spent(container), place, is_quantified)
    }

    /// What a kind of event packed into a container comes out of it.
    pub(super) fn take_emptied(
        &mut self,
        container: Box<str>,
        moment: Moment,
        packed_by: EventType,
        place: Option<&str>,
    ) -> Result<(), QuestionError> {
        let is_quantified = self.holds(&container, packed_by);
        self.held.remove(&(container.clone(), packed_by));
        self.told.forget(&container);
        self.see(moment, SeenAs::Emptied(container), place, is_quantified)
    }

    /// What an event that names the class says about its amounts.
    pub(super) fn take_named(
        &mut self,
        moment: Moment,
        named: &Named,
    ) -> Result<(), QuestionError> {
        let place = named.place.as_deref();
        if named.stated.is_any() {
            match &named.container {
                Some(container) => self.take_packed(container, moment, named)?,
                None => self.take_objects(moment, named)?,
            }
        }
        let outputs = &named.outputs;
        let made = SeenAs::Flow(FlowKind::Created);
        self.see_stated(moment, &made, place, outputs)?;
        for (unit, quantity) in &outputs.amounts {
            self.flow(moment, (FlowKind::Created, place), (unit, *quantity))?;
        }
        if outputs.is_partial {
            self.unquantified.insert(moment.1);
        }
        Ok(())
    }

    /// What an event says about the amounts of the class outside of any container.
    fn take_objects(&mut self, moment: Moment, named: &Named) -> Result<(), QuestionError> {
        let place = named.place.as_deref();
        let step = named.step.as_ref();
        let becomes = match (named.event_type, named.action) {
            (EventType::Transformation, _) => Some((FlowKind::Used, place)),
            (EventType::Object, Some(Action::Add)) => Some((FlowKind::Created, place)),
            (EventType::Object, Some(Action::Delete)) => Some((FlowKind::Removed, place)),
            _ => step.map(|(kind, place)| (*kind, place.as_deref())),
        };
        let Some((kind, place)) = becomes else {
            return self.see_stated(moment, &SeenAs::Present, place, &named.stated);
        };
        self.see_stated(moment, &SeenAs::Flow(kind), place, &named.stated)?;
        for (unit, quantity) in &named.stated.amounts {
            self.flow(moment, (kind, place), (unit, *quantity))?;
        }
        if named.stated.is_partial {
            self.unquantified.insert(moment.1);
        }
        Ok(())
    }

    /// What an event says about the amounts of the class in a container. What is seen in there, and nobody told that it
    /// went in, is in there from now on.
    fn take_packed(
        &mut self,
        container: &str,
        moment: Moment,
        named: &Named,
    ) -> Result<(), QuestionError> {
        let stated = &named.stated;
        let holds_some = PACKING.iter().any(|kind| self.holds(container, *kind));
        let seen_as = match named.action {
            Some(Action::Delete) => SeenAs::Unpacked(container.into()),
            Some(Action::Observe) if holds_some => SeenAs::Present,
            _ => SeenAs::Packed(container.into()),
        };
        self.see_stated(moment, &seen_as, named.place.as_deref(), stated)?;
        if stated.is_partial && seen_as != SeenAs::Present {
            self.unquantified.insert(moment.1);
        }
        match seen_as {
            SeenAs::Unpacked(_) => self.unpack(container, moment, named),
            SeenAs::Packed(_) => {
                for (unit, quantity) in &stated.amounts {
                    self.put(container, moment, named.event_type, (unit, *quantity))?;
                }
            }
            _ => {}
        }
        let step = named.step.as_ref().filter(|_| !named.moves_containers());
        if let Some((kind, place)) = step {
            let step = (*kind, place.as_deref());
            for (unit, quantity) in &stated.amounts {
                self.carry(container, moment, named.event_type, step, (unit, *quantity))?;
            }
            if stated.is_partial {
                self.unquantified.insert(moment.1);
            }
            self.see(
                moment,
                SeenAs::Carried(container.into(), *kind),
                step.1,
                true,
            )?;
        }
        Ok(())
    }

    /// Some is put into a container by a kind of event.
    fn put(
        &mut self,
        container: &str,
        moment: Moment,
        packed_by: EventType,
        (unit, quantity): (&Unit, Decimal),
    ) -> Result<(), QuestionError> {
        self.kept.add(size_of::<(Unit, HeldAmount)>())?;
        let inside = self.held.entry((container.into(), packed_by)).or_default();
        let held = inside
            .entry(unit.clone())
            .or_insert_with(|| HeldAmount::none(moment));
        match held.quantity.checked_add(quantity) {
            Some(sum) => held.change(sum.max(Decimal::ZERO), moment),
            None => _ = self.unquantified.insert(moment.1),
        }
        Ok(())
    }

    /// Some is taken out of a container. As in containment, an amount that is not stated, or in a unit of which there is
    /// none, takes all of it out.
    fn unpack(&mut self, container: &str, moment: Moment, named: &Named) {
        self.told.forget(container);
        let mut takes_all = named.stated.is_partial;
        for (unit, quantity) in &named.stated.amounts {
            let Some(kind) = self.packed_by(container, named.event_type, unit) else {
                takes_all = true;
                continue;
            };
            let inside = self.held.get_mut(&(container.into(), kind));
            let Some(held) = inside.and_then(|inside| inside.get_mut(unit)) else {
                continue;
            };
            match held.quantity.checked_sub(*quantity) {
                Some(rest) => held.change(rest.max(Decimal::ZERO), moment),
                None => _ = self.unquantified.insert(moment.1),
            }
        }
        if takes_all {
            for kind in PACKING {
                self.held.remove(&(container.into(), kind));
            }
        }
    }

    /// The kind of event that packed an amount in a unit into a container: rather this one, and none if none did.
    fn packed_by(&self, container: &str, rather: EventType, unit: &Unit) -> Option<EventType> {
        let has = |kind: &EventType| {
            let inside = self.held.get(&(container.into(), *kind));
            inside.is_some_and(|inside| inside.contains_key(unit))
        };
        [rather].into_iter().chain(PACKING).find(has)
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
