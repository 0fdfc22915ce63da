//! The events that something becomes of the amounts of a class of objects by, such as a lot, in order: those that name it,
//! those that empty or use up the containers that it ever was in, and those that move them while it is inside.
//!
//! What is kept of the events is what they say of the class, added up by unit, and no more bytes of it than
//! [`MAX_KEPT_BYTES`].

use std::collections::{BTreeMap, BTreeSet};

use super::QuestionError;
use super::flow_replay::Flows;
use super::flows::{FlowKind, step_of};
use super::history::{History, Moment};
use super::journey::{KeptBytes, MAX_KEPT_BYTES};
use super::stated_amounts::Named;
use super::told_deliveries::Telling;
use crate::records::epcis::{Action, EventType, ThingRole};
use crate::types::{LogIndex, Timestamp};

/// A step of the replay.
enum Step {
    /// An event that names the class.
    Named(Box<Named>),
    /// An event of a type in which a container leaves a place or arrives at one.
    Moved(Box<str>, EventType, FlowKind, Option<Box<str>>),
    /// A container is emptied of what a kind of event packed.
    Emptied(Box<str>, EventType, Option<Box<str>>),
    /// A container is used up, destroyed or sold, itself or with what it is in: what becomes of its contents, unless the
    /// event tells that of the class itself.
    Spent(Box<str>, Option<FlowKind>, Option<Box<str>>),
}

/// The place of a step among others: by time; of one instant what makes some of the class first; then as in the log, and
/// by the number of the container.
type Order = (Timestamp, bool, LogIndex, usize);

/// The steps of a replay, in order.
#[derive(Default)]
struct Steps {
    steps: BTreeMap<Order, Step>,
    kept: KeptBytes,
}

impl Steps {
    /// Adds a step at a moment, the first or that of a container by its number.
    fn add(&mut self, at: Moment, number: usize, step: Step) -> Result<(), QuestionError> {
        let length = |text: &Option<Box<str>>| text.as_deref().map_or(0, str::len);
        let bytes = match &step {
            Step::Named(named) => named.bytes(),
            Step::Moved(container, _, _, place)
            | Step::Emptied(container, _, place)
            | Step::Spent(container, _, place) => container.len() + length(place),
        };
        self.kept.add(size_of::<(Order, Step)>() + bytes)?;
        let makes = matches!(&step, Step::Named(named) if named.only_makes());
        self.steps.insert((at.0, !makes, at.1, number), step);
        Ok(())
    }

    /// An event that names the class speaks of a container of it as well.
    fn add_inner(&mut self, at: Moment, container: &str) -> Result<(), QuestionError> {
        for makes in [false, true] {
            let step = self.steps.get_mut(&(at.0, makes, at.1, 0));
            if let Some(Step::Named(named)) = step
                && named.container.as_deref() != Some(container)
            {
                self.kept.add(size_of::<Box<str>>() + container.len())?;
                named.inner_containers.push(container.into());
            }
        }
        Ok(())
    }
}

impl History<'_, '_> {
    /// What becomes of a class, in order.
    pub(super) fn flows(&mut self, class: &str) -> Result<Flows, QuestionError> {
        self.flows_of_at_most(class, MAX_KEPT_BYTES)
    }

    /// As [`History::flows`], with another number of bytes that may be kept.
    fn flows_of_at_most(&mut self, class: &str, most: usize) -> Result<Flows, QuestionError> {
        let mut steps = Steps {
            kept: KeptBytes::of_at_most(most),
            ..Steps::default()
        };
        let mut containers: BTreeSet<Box<str>> = BTreeSet::new();
        let mut used: BTreeSet<Moment> = BTreeSet::new();
        // What these say of the class itself counts, and not once more by what its containers hold.
        let mut counted: BTreeSet<Moment> = BTreeSet::new();
        for mention in self.mentions_of(class)?.iter() {
            let at = mention.moment();
            let named = Named::of(class, &*self.event(mention.index)?);
            containers.extend(named.container.clone().filter(|_| named.stated.is_any()));
            if !named.moves_containers() {
                counted.insert(at);
            }
            let is_deleted =
                named.event_type == EventType::Object && named.action == Some(Action::Delete);
            if mention.roles.has(ThingRole::Input) || is_deleted {
                used.insert(at);
            }
            steps.add(at, 0, Step::Named(Box::new(named)))?;
        }
        let stays = self.stays(class)?;
        for (number, container) in (1..).zip(&containers) {
            let name = || container.clone();
            for (at, kind) in self.emptyings(container)?.iter() {
                let place = self.event(at.1)?.place().map(Into::into);
                steps.add(*at, number, Step::Emptied(name(), *kind, place))?;
            }
            for at in self.spendings(container)?.iter() {
                let event = self.event(at.1)?;
                let kind = match event.event_type {
                    EventType::Transformation => FlowKind::Used,
                    _ => FlowKind::Removed,
                };
                let kind = Some(kind).filter(|_| !used.contains(at));
                let spent = Step::Spent(name(), kind, event.place().map(Into::into));
                steps.add(*at, number, spent)?;
            }
            // What becomes of it while none of the class is inside is nothing to the class.
            let inside = stays.iter().filter(|stay| stay.container == *container);
            let inside = inside.map(|stay| (stay.from, stay.until)).collect();
            for at in self.sighted_in(container, inside)? {
                if counted.contains(&at) {
                    steps.add_inner(at, container)?;
                    continue;
                }
                let event = self.event(at.1)?;
                if let Some((kind, place)) = step_of(&event) {
                    let place = place.map(Into::into);
                    let moved = Step::Moved(name(), event.event_type, kind, place);
                    steps.add(at, number, moved)?;
                }
            }
        }
        let moved = steps
            .steps
            .iter()
            .filter(|(_, step)| matches!(step, Step::Moved(..)));
        let moved: BTreeSet<LogIndex> = moved.map(|((_, _, index, _), _)| *index).collect();
        let mut found = Flows::keeping(steps.kept);
        for ((time, _, index, _), step) in steps.steps {
            let moment = (time, index);
            match step {
                Step::Named(named) => {
                    found.take_named(moment, &named, moved.contains(&index))?;
                }
                Step::Moved(container, event_type, kind, place) => {
                    let telling = Telling {
                        container: &container,
                        kind,
                        place: place.as_deref(),
                        event_type,
                        is_whole: true,
                        assumed: None,
                    };
                    found.take_moved(moment, &telling)?;
                }
                Step::Spent(container, kind, place) => {
                    found.take_spent(container, moment, kind, place.as_deref())?;
                }
                Step::Emptied(container, kind, place) => {
                    found.take_emptied(container, moment, kind, place.as_deref())?;
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
    use crate::types::{Decimal, Outcome};

    const LOT: &str = "urn:x:lot";

    fn ledger_of(amounts: &[Value]) -> MemoryLedger {
        let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
        let records = amounts.iter().zip(0..).map(|(amounts, minute)| {
            let event = json!({
                "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                "type": "ObjectEvent", "action": "ADD", "readPoint": {"id": "urn:x:site"},
                "eventTime": format!("2024-05-01T00:{minute:02}:00Z"), "eventTimeZoneOffset": "+00:00",
                "quantityList": amounts
            });
            record("epcis.event", 1, event.to_string())
        });
        let records = records.collect();
        let submission = ledger.network().submission(0, ledger.expiry(), records);
        let applied = ledger.submit(vec![submission]);
        let outcomes = &applied.records[0].outcomes;
        assert!(
            outcomes.iter().all(|outcome| *outcome == Outcome::Accepted),
            "{outcomes:?}"
        );
        ledger
    }

    /// However often an event names a lot, it is one amount in each unit.
    #[test]
    fn an_event_is_added_up_before_it_is_kept() {
        let one = json!({"epcClass": LOT, "quantity": 2, "uom": "KGM"});
        let gram = json!({"epcClass": LOT, "quantity": 2, "uom": "GRM"});
        let unknown = json!({"epcClass": LOT});
        let mut amounts = vec![one; 300];
        amounts.extend(vec![gram; 300]);
        amounts.extend(vec![unknown; 300]);
        let ledger = ledger_of(&[amounts.into()]);
        let events = Events::open(&ledger, EventScope::default()).unwrap();
        let flows = History::new(&events).flows(LOT).unwrap();
        let [flow] = &flows.flows[..] else {
            panic!("{flows:?}");
        };
        assert_eq!(flow.quantity, Decimal::from_xsd_decimal("600.6").unwrap());
        assert_eq!((flows.seen.len(), flows.unquantified.len()), (2, 1));
    }

    /// What takes too much room is refused, and what does not is told.
    #[test]
    fn what_is_kept_of_a_lot_is_bounded() {
        let units = (0..90)
            .map(|unit| json!({"epcClass": LOT, "quantity": 1, "uom": format!("U{unit:02}")}));
        let amounts: Value = units.collect::<Vec<_>>().into();
        let ledger = ledger_of(&vec![amounts; 10]);
        let events = Events::open(&ledger, EventScope::default()).unwrap();
        let flows = |most| History::new(&events).flows_of_at_most(LOT, most);
        assert_eq!(flows(1 << 20).unwrap().flows.len(), 900);
        let refused = flows(100_000);
        assert!(
            matches!(refused, Err(QuestionError::TooMuch { most: 100_000, .. })),
            "{refused:?}"
        );
    }
}
