//! How much of a lot is where.

use std::collections::BTreeMap;

use super::QuestionError;
use super::containment::MAX_CONTAINER_EVENTS;
use super::events::Events;
use crate::records::epcis::{Action, EventType, ThingId, TraceEvent};
use crate::types::{Decimal, LogIndex, ScanOrder, Timestamp};

/// How much of a class of objects is at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The place, canonical; none for what is on its way, or was seen nowhere in particular.
    pub place: Option<Box<str>>,
    /// The container that it is in.
    pub container: Option<Box<str>>,
    /// The unit; none for objects that are counted.
    pub uom: Option<Box<str>>,
    /// How much: below zero if more was used than was ever made.
    pub quantity: Decimal,
    /// The last event that changed it.
    pub index: LogIndex,
}

impl Events<'_> {
    /// How much of a class of objects is where, by what was made, used up, sent, received, packed and
    /// unpacked; in order of places and units. What is used at a place where less is known to be has
    /// come there unseen, from where there was some last. Places where nothing is left are not listed.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the class has too long a history.
    pub fn balances(&self, class: &str) -> Result<Vec<Balance>, QuestionError> {
        let range = (Timestamp::from_ms(i64::MIN), self.last_time());
        let id = ThingId::of(class);
        let count = MAX_CONTAINER_EVENTS + 1;
        let mentions = self.mentions(&id, range, ScanOrder::Ascending, count)?;
        if mentions.len() > MAX_CONTAINER_EVENTS {
            return Err(QuestionError::TooLong {
                thing: class.to_owned(),
                most: MAX_CONTAINER_EVENTS,
            });
        }
        let mut stock = Stock::default();
        for mention in &mentions {
            let event = self.event(mention.index)?;
            for object in event.objects.iter().filter(|o| *o.id == *class) {
                if let Some(quantity) = object.quantity {
                    stock.count(&event, mention.index, quantity, object.uom.as_deref());
                }
            }
            for output in event.outputs.iter().filter(|o| *o.id == *class) {
                if let Some(quantity) = output.quantity {
                    let place = Whereabouts::at(event.place());
                    stock.add(place, output.uom.as_deref(), quantity, mention.index);
                }
            }
        }
        let mut balances = Vec::new();
        for ((uom, whereabouts), (quantity, index)) in stock.0 {
            if quantity == Decimal::ZERO {
                continue;
            }
            let (place, container) = match whereabouts {
                Whereabouts::Place(place) => (Some(place), None),
                Whereabouts::Unknown => (None, None),
                Whereabouts::Container(container) => {
                    let presence = self.presence(&container)?;
                    (
                        presence.and_then(|presence| presence.place),
                        Some(container),
                    )
                }
            };
            balances.push(Balance {
                place,
                container,
                uom,
                quantity,
                index,
            });
        }
        balances.sort_by(|a, b| (&a.place, &a.uom).cmp(&(&b.place, &b.uom)));
        Ok(balances)
    }
}

/// Where an amount is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whereabouts {
    /// On its way, or nobody said.
    Unknown,
    Place(Box<str>),
    Container(Box<str>),
}

impl Whereabouts {
    fn at(place: Option<&str>) -> Self {
        place.map_or(Self::Unknown, |place| Self::Place(place.into()))
    }
}

/// A unit and a place.
type StockKey = (Option<Box<str>>, Whereabouts);

/// Amounts by unit and place, with the last event that changed each.
#[derive(Default)]
struct Stock(BTreeMap<StockKey, (Decimal, LogIndex)>);

impl Stock {
    /// What an event says about an amount of its objects. An amount that is observed changes nothing
    /// but where it is.
    fn count(&mut self, event: &TraceEvent, index: LogIndex, quantity: Decimal, uom: Option<&str>) {
        let here = Whereabouts::at(event.place());
        let container = event.parent.clone().map(Whereabouts::Container);
        match (event.event_type, event.action) {
            (EventType::Transformation, _) | (EventType::Object, Some(Action::Delete)) => {
                self.take(here, uom, quantity, index);
            }
            (EventType::Object, Some(Action::Add)) => self.add(here, uom, quantity, index),
            (EventType::Object, Some(Action::Observe)) if departs(event) => {
                let from = event.read_point.as_deref().or(event.place());
                self.take(Whereabouts::at(from), uom, quantity, index);
                self.add(Whereabouts::Unknown, uom, quantity, index);
            }
            (EventType::Object, Some(Action::Observe)) if arrives(event) => {
                self.take(Whereabouts::Unknown, uom, quantity, index);
                self.add(here, uom, quantity, index);
            }
            (EventType::Aggregation, Some(Action::Add)) => {
                if let Some(container) = container {
                    self.take(here, uom, quantity, index);
                    self.add(container, uom, quantity, index);
                }
            }
            (EventType::Aggregation, Some(Action::Delete)) => {
                if let Some(container) = container {
                    self.take(container, uom, quantity, index);
                    self.add(here, uom, quantity, index);
                }
            }
            _ => {}
        }
    }

    fn add(
        &mut self,
        whereabouts: Whereabouts,
        uom: Option<&str>,
        quantity: Decimal,
        index: LogIndex,
    ) {
        let key = (uom.map(Into::into), whereabouts);
        let (sum, latest) = self.0.entry(key).or_insert((Decimal::ZERO, index));
        // Beyond 38 digits a sum stands still: no event has such an amount.
        *sum = sum.checked_add(quantity).unwrap_or(*sum);
        *latest = index;
    }

    /// Takes an amount from a place; what is not there from where some came last.
    fn take(
        &mut self,
        whereabouts: Whereabouts,
        uom: Option<&str>,
        quantity: Decimal,
        index: LogIndex,
    ) {
        let uom_key: Option<Box<str>> = uom.map(Into::into);
        let mut rest = self.take_from((uom_key.clone(), whereabouts.clone()), quantity, index);
        while rest > Decimal::ZERO {
            let others = self
                .0
                .iter()
                .filter(|((unit, _), (there, _))| *unit == uom_key && *there > Decimal::ZERO);
            let latest = others.max_by_key(|(_, (_, latest))| *latest);
            let Some((place, _)) = latest else {
                break;
            };
            rest = self.take_from(place.clone(), rest, index);
        }
        if rest > Decimal::ZERO {
            self.add(whereabouts, uom, rest.negated(), index);
        }
    }

    /// Takes up to an amount from where it is, and gives what is missing.
    fn take_from(&mut self, place: StockKey, quantity: Decimal, index: LogIndex) -> Decimal {
        let Some((there, latest)) = self.0.get_mut(&place) else {
            return quantity;
        };
        if *there <= Decimal::ZERO {
            return quantity;
        }
        let taken = quantity.min(*there);
        // Both are amounts of events or sums of them: what is taken is no more than what is there.
        *there = there.checked_add(taken.negated()).unwrap_or(Decimal::ZERO);
        *latest = index;
        quantity
            .checked_add(taken.negated())
            .unwrap_or(Decimal::ZERO)
    }
}

/// Whether the objects leave for somewhere.
pub(super) fn departs(event: &TraceEvent) -> bool {
    event.is_step("shipping") || event.is_step("departing")
}

/// Whether the objects come from somewhere.
fn arrives(event: &TraceEvent) -> bool {
    event.is_step("receiving") || event.is_step("arriving") || event.is_step("accepting")
}
