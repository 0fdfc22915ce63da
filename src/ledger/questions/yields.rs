//! What went into transformations and came out of them.
//!
//! What is in a container goes into a transformation with it, at all levels, as it was right before. What the event
//! says of an amount of a class itself is that amount, and not used once more.

use std::collections::{BTreeMap, BTreeSet};

use super::QuestionError;
use super::containment::MAX_CONTAINER_EVENTS;
use super::flow_replay::Flows;
use super::flows::FlowKind;
use super::history::{History, Moment};
use super::mass_balance::{Citations, MassBalanceQuestion};
use super::spending::before;
use super::sums::exact;
use crate::records::epcis::{
    EventType, ThingId, ThingRole, ThingRoles, TraceEvent, TracedObject, Unit,
};
use crate::types::{Decimal, LogIndex};

/// Most transformations that are shown of one lot.
pub const MAX_YIELDS: usize = 1_000;

/// What went into a transformation and came out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yield {
    /// The identifier that joins its events, if it has one.
    pub transformation: Option<Box<str>>,
    /// Its entries.
    pub entries: Citations,
    /// Amounts that went in, by unit, those in containers included.
    pub inputs: BTreeMap<Unit, Decimal>,
    /// Amounts that came out, by unit.
    pub outputs: BTreeMap<Unit, Decimal>,
    /// Whether some went in of which nobody told how much.
    pub are_inputs_partial: bool,
    /// Whether some came out of which nobody told how much.
    pub are_outputs_partial: bool,
    /// Inputs less outputs, in the units that both have: below zero if more came out than went in. None if either is
    /// not known whole.
    pub loss: BTreeMap<Unit, Decimal>,
    /// How many single objects went in: containers, and what is in them, included.
    pub input_objects: usize,
    /// How many single objects came out.
    pub output_objects: usize,
}

/// The transformations of a lot.
#[derive(Default)]
pub(super) struct Yields {
    /// No more than [`MAX_YIELDS`].
    pub(super) known: Vec<Yield>,
    /// Whether some are left out: there are more, or they cannot be gone through or added up.
    pub(super) has_more: bool,
}

/// What goes in at one side of a transformation, or comes out at the other.
#[derive(Default)]
struct Side {
    amounts: BTreeMap<Unit, Decimal>,
    /// Whether there is some of a class of which nobody told how much.
    is_partial: bool,
    singles: BTreeSet<Box<str>>,
}

impl Side {
    fn add(&mut self, objects: &[TracedObject]) -> Result<(), QuestionError> {
        for object in objects {
            if !object.is_class {
                self.singles.insert(object.id.clone());
            } else if let Some(quantity) = object.quantity {
                let (unit, amount) = exact(Unit::sum_in(quantity, object.uom.as_deref()))?;
                let sum = self.amounts.entry(unit).or_insert(Decimal::ZERO);
                *sum = exact(sum.checked_add(amount))?;
            } else {
                self.is_partial = true;
            }
        }
        Ok(())
    }
}

impl History<'_, '_> {
    /// The transformations that a lot went into, itself or in a container, or came out of, at the site and since the
    /// time asked about. What containers held is gone through by a history of its own, so that it never stands in the
    /// way of the sums: a transformation of which that is too much is left out.
    pub(super) fn yields(
        &mut self,
        lot: &str,
        flows: &Flows,
        question: MassBalanceQuestion<'_>,
        contents: &mut History<'_, '_>,
    ) -> Result<Yields, QuestionError> {
        let mut yields = Yields::default();
        let mut seen: BTreeSet<LogIndex> = BTreeSet::new();
        for at in self.transformations(lot, flows)? {
            let is_asked = question.from.is_none_or(|from| at.0 >= from);
            if !is_asked || seen.contains(&at.1) {
                continue;
            }
            let event = self.event(at.1)?;
            if question.site.is_some() && event.place() != question.site {
                continue;
            }
            if yields.known.len() == MAX_YIELDS {
                yields.has_more = true;
                break;
            }
            let joined = event.transformation_id.as_deref();
            let parts = match joined {
                None => vec![at],
                Some(id) => match self.mentions(ThingId::of_transformation(id), id) {
                    Ok(parts) => parts.iter().map(|mention| mention.moment()).collect(),
                    Err(QuestionError::TooLong { .. }) => Vec::new(),
                    Err(error) => return Err(error),
                },
            };
            seen.extend(parts.iter().map(|(_, index)| *index));
            match self.yield_of(joined, &parts, contents)? {
                Some(found) => yields.known.push(found),
                None => yields.has_more = true,
            }
        }
        Ok(yields)
    }

    /// When a lot went into transformations, itself or in a container, or came out of them.
    fn transformations(
        &mut self,
        lot: &str,
        flows: &Flows,
    ) -> Result<BTreeSet<Moment>, QuestionError> {
        let mut found = BTreeSet::new();
        for mention in self.mentions_of(lot)?.iter() {
            let roles = mention.roles;
            if roles.has(ThingRole::Input) || roles.has(ThingRole::Output) {
                found.insert(mention.moment());
            }
        }
        let used = flows
            .flows
            .iter()
            .filter(|flow| flow.kind == FlowKind::Used);
        found.extend(used.map(|flow| flow.moment));
        if !flows.unquantified.is_empty() {
            // Some of it may be used up of which nobody told how much.
            for stay in self.stays(lot)?.iter() {
                let spendings = self.spendings(&stay.container)?;
                let Some(until) = stay.until.filter(|until| spendings.contains(until)) else {
                    continue;
                };
                // What was destroyed or sold with its container went into nothing.
                if self.event(until.1)?.event_type == EventType::Transformation {
                    found.insert(until);
                }
            }
        }
        Ok(found)
    }

    /// What went into a transformation and came out of it by its events; none if that cannot be gone through or added
    /// up.
    fn yield_of(
        &mut self,
        joined: Option<&str>,
        parts: &[Moment],
        contents: &mut History<'_, '_>,
    ) -> Result<Option<Yield>, QuestionError> {
        let (mut inputs, mut outputs) = (Side::default(), Side::default());
        let mut entries = Citations::default();
        for part in parts {
            let event = self.event(part.1)?;
            entries.push(part.1);
            if event.event_type != EventType::Transformation {
                continue;
            }
            let added = contents.used_up_inside(&event, *part).and_then(|inside| {
                inputs.add(&event.objects)?;
                inputs.add(&inside)?;
                outputs.add(&event.outputs)
            });
            match added {
                Ok(()) => {}
                Err(error) if error.is_limit() || error.is_of_sums() => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        let mut loss = BTreeMap::new();
        let is_partial = inputs.is_partial || outputs.is_partial;
        for (unit, quantity) in inputs.amounts.iter().filter(|_| !is_partial) {
            if let Some(made) = outputs.amounts.get(unit) {
                let Some(lost) = quantity.checked_sub(*made) else {
                    return Ok(None);
                };
                loss.insert(unit.clone(), lost);
            }
        }
        Ok((!parts.is_empty()).then(|| Yield {
            transformation: joined.map(Into::into),
            entries,
            inputs: inputs.amounts,
            outputs: outputs.amounts,
            are_inputs_partial: inputs.is_partial,
            are_outputs_partial: outputs.is_partial,
            loss,
            input_objects: inputs.singles.len(),
            output_objects: outputs.singles.len(),
        }))
    }

    /// What a transformation uses up inside containers that are its inputs, at all levels: what they held right
    /// before, but for classes that the event names as inputs itself.
    fn used_up_inside(
        &mut self,
        event: &TraceEvent,
        at: Moment,
    ) -> Result<Vec<TracedObject>, QuestionError> {
        let named: BTreeSet<&str> = event.objects.iter().map(|object| &*object.id).collect();
        let singles = event.objects.iter().filter(|object| !object.is_class);
        let mut open: Vec<Box<str>> = singles.map(|object| object.id.clone()).collect();
        let mut seen: BTreeSet<Box<str>> = open.iter().cloned().collect();
        let mut found = Vec::new();
        while let Some(container) = open.pop() {
            // Most things hold nothing: each is looked at all the same.
            self.count(1)?;
            let holds = ThingRoles::of(ThingRole::Parent);
            if self.mentions_as(&container, holds)?.is_empty() {
                continue;
            }
            let held = self.contents(&container, before(at))?;
            if !held.is_complete {
                return Err(QuestionError::TooLong {
                    thing: container.into(),
                    most: MAX_CONTAINER_EVENTS,
                });
            }
            self.count(held.contents.len())?;
            for content in held.contents {
                let object = content.object;
                if object.is_class {
                    if !named.contains(&*object.id) {
                        found.push(object);
                    }
                } else if seen.insert(object.id.clone()) {
                    open.push(object.id.clone());
                    found.push(object);
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::ledger::questions::{EventScope, Events};
    use crate::testing::{MemoryLedger, TestNetwork, record};

    const MADE: &str = "urn:x:made";

    fn event(event_type: &str, minute: u32, rest: Value) -> Value {
        let mut event = json!({
            "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            "type": event_type,
            "eventTime": format!("2024-05-01T00:{minute:02}:00Z"),
            "eventTimeZoneOffset": "+00:00"
        });
        for (name, value) in rest.as_object().unwrap() {
            event[name] = value.clone();
        }
        event
    }

    /// What cannot be gone through is left out and said to be; what needs no containers is told, and the sums are.
    #[test]
    fn containers_that_are_too_much_leave_the_rest_of_the_answer_alone() {
        let amount =
            |id: &str, quantity: u32| json!([{"epcClass": id, "quantity": quantity, "uom": "KGM"}]);
        let packed = json!({"action": "ADD", "parentID": "urn:x:box", "childQuantityList": amount("urn:x:lot", 3)});
        let of_box = json!({"inputEPCList": ["urn:x:box"], "outputQuantityList": amount(MADE, 2)});
        let of_lot = json!({"inputQuantityList": amount("urn:x:lot", 3), "outputQuantityList": amount(MADE, 1)});
        let events = [
            event("AggregationEvent", 1, packed),
            event("TransformationEvent", 2, of_box),
            event("TransformationEvent", 3, of_lot),
        ];
        let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
        let records = events.map(|event| record("epcis.event", 1, event.to_string()));
        let submission = ledger
            .network()
            .submission(0, ledger.expiry(), records.into());
        ledger.submit(vec![submission]);
        let events = Events::open(&ledger, EventScope::default()).unwrap();
        let question = MassBalanceQuestion {
            thing: Some(MADE),
            site: None,
            from: None,
        };
        let shown = |most| {
            let mut history = History::new(&events);
            let flows = history.flows(MADE).unwrap();
            let mut contents = History::of_at_most(&events, most);
            let found = history.yields(MADE, &flows, question, &mut contents);
            let found = found.unwrap();
            (found.known.len(), found.has_more)
        };
        assert_eq!(shown(100), (2, false));
        assert_eq!(shown(1), (1, true));
    }
}
