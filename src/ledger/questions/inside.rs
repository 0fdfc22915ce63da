//! That a thing is in a container, by what events tell of it one after another.
//!
//! What aggregations put in and what associations put in are two parts: each leaves when events of its kind empty the
//! container. A single object is in there by the kind that put it in last, and whoever merely sees it there puts in
//! nothing. Of a class each part has amounts, and may have more that nobody stated.

use std::collections::BTreeMap;

use super::containment::{Content, MAX_CONTENT_ENTRIES, Stay};
use super::history::Moment;
use super::mass_balance::Citations;
use crate::records::epcis::{Action, EventType, TraceEvent, TracedObject, Unit};
use crate::types::Decimal;

/// How much of a class, in the units that are added up in.
#[derive(Clone, Debug, Default)]
struct Amounts {
    known: BTreeMap<Unit, Decimal>,
    /// Whether there is some of which nobody stated how much; so it is with a single object.
    has_unknown: bool,
}

impl Amounts {
    fn of(object: &TracedObject) -> Self {
        let stated = object.quantity;
        let amount = stated.and_then(|amount| Unit::sum_in(amount, object.uom.as_deref()));
        Self {
            has_unknown: amount.is_none(),
            known: amount.into_iter().collect(),
        }
    }

    /// What has too many digits then is not known.
    fn add(&mut self, more: Self) {
        self.has_unknown |= more.has_unknown;
        for (unit, amount) in more.known {
            let there = self.known.entry(unit).or_insert(Decimal::ZERO);
            match there.checked_add(amount) {
                Some(sum) => *there = sum,
                None => self.has_unknown = true,
            }
        }
    }

    /// As [`Amounts::add`]. No less is left than nothing.
    fn subtract(&mut self, unit: &Unit, amount: Decimal) {
        if let Some(there) = self.known.get_mut(unit) {
            match there.checked_sub(amount) {
                Some(rest) => *there = rest.max(Decimal::ZERO),
                None => self.has_unknown = true,
            }
        }
    }

    fn is_nothing(&self) -> bool {
        !self.has_unknown && self.known.values().all(|amount| *amount <= Decimal::ZERO)
    }
}

/// What an event says of one thing that it names, once or several times.
pub(super) struct Named {
    is_class: bool,
    amounts: Amounts,
}

impl Named {
    fn of(object: &TracedObject) -> Self {
        Self {
            is_class: object.is_class,
            amounts: Amounts::of(object),
        }
    }

    pub(super) fn is_class(&self) -> bool {
        self.is_class
    }

    /// What all of an event's objects that are one thing say; none if there is none.
    pub(super) fn of_all<'a>(objects: impl Iterator<Item = &'a TracedObject>) -> Option<Self> {
        objects.map(Self::of).reduce(|mut one, other| {
            one.amounts.add(other.amounts);
            one.is_class &= other.is_class;
            one
        })
    }

    /// Each thing that an event names, once.
    pub(super) fn each(event: &TraceEvent) -> BTreeMap<&str, Self> {
        let mut each: BTreeMap<&str, Vec<&TracedObject>> = BTreeMap::new();
        for object in &event.objects {
            each.entry(&object.id).or_default().push(object);
        }
        let named = each.into_iter();
        let named = named.map(|(id, objects)| Some((id, Self::of_all(objects.into_iter())?)));
        named.flatten().collect()
    }
}

/// That a thing is in a container: by the kind of event by which each part leaves it.
#[derive(Default)]
pub(super) struct Inside(BTreeMap<EventType, Part>);

/// What one kind of event put into a container of a thing.
pub(super) struct Part {
    from: Moment,
    /// The kind of event that told first that it is in there.
    put_in_by: EventType,
    /// When it was last said to be in there.
    pub(super) latest: Moment,
    pub(super) is_class: bool,
    amounts: Amounts,
    /// What it rests on, in order, as far as it is kept: one more than is cited tells that there are more.
    entries: Vec<Moment>,
}

impl Inside {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_class(&self) -> bool {
        self.0.values().all(|part| part.is_class)
    }

    /// The parts, by the kind of event by which each leaves.
    pub(super) fn parts(&self) -> impl Iterator<Item = (EventType, &Part)> {
        self.0.iter().map(|(kind, part)| (*kind, part))
    }

    pub(super) fn into_parts(self) -> impl Iterator<Item = (EventType, Part)> {
        self.0.into_iter()
    }

    /// More is put in, or what is there is seen in there.
    pub(super) fn put_in(&mut self, at: Moment, event: &TraceEvent, named: Named) {
        let kind = event.event_type;
        let is_put = event.action == Some(Action::Add);
        let known = if self.0.contains_key(&kind) {
            Some(kind)
        } else if named.is_class && is_put {
            None
        } else {
            self.0.keys().next().copied()
        };
        let Some((known, mut part)) = known.and_then(|known| self.0.remove_entry(&known)) else {
            self.0.insert(kind, Part::new(at, kind, named));
            return;
        };
        // What the other kind put in of a class is merely seen.
        if !named.is_class || known == kind {
            part.see(at, is_put, named);
        }
        self.0.insert(if is_put { kind } else { known }, part);
    }

    /// Some is taken out, rather of what the same kind of event put in: gives the parts of which nothing is left.
    pub(super) fn take_out(&mut self, at: Moment, kind: EventType, taken: &Named) -> Vec<Part> {
        let is_comparable = self.is_class() && !taken.amounts.has_unknown;
        for (unit, amount) in &taken.amounts.known {
            let kinds = [kind, EventType::Aggregation, EventType::Association];
            let has = |kind: &EventType| {
                let part = self.0.get(kind);
                part.is_some_and(|part| part.amounts.known.contains_key(unit))
            };
            let from = kinds.into_iter().find(has).filter(|_| is_comparable);
            let Some(part) = from.and_then(|kind| self.0.get_mut(&kind)) else {
                return self.take_all();
            };
            part.amounts.subtract(unit, *amount);
            part.cite(at);
        }
        if !is_comparable {
            return self.take_all();
        }
        let (mut ended, parts) = (Vec::new(), std::mem::take(&mut self.0));
        for (kind, part) in parts {
            if part.amounts.is_nothing() {
                ended.push(part);
            } else {
                self.0.insert(kind, part);
            }
        }
        ended
    }

    fn take_all(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.0).into_values().collect()
    }

    /// Takes out what leaves by a kind of event.
    pub(super) fn empty(&mut self, kind: EventType) -> Option<Part> {
        self.0.remove(&kind)
    }
}

impl Part {
    fn new(at: Moment, put_in_by: EventType, named: Named) -> Self {
        Self {
            from: at,
            put_in_by,
            latest: at,
            is_class: named.is_class,
            amounts: named.amounts,
            entries: vec![at],
        }
    }

    fn see(&mut self, at: Moment, is_put: bool, named: Named) {
        self.latest = at;
        self.is_class = named.is_class;
        if is_put {
            self.amounts.add(named.amounts);
        }
        if is_put || !self.is_class {
            self.cite(at);
        }
    }

    fn cite(&mut self, at: Moment) {
        let is_cited = self.entries.last() == Some(&at);
        if !is_cited && self.entries.len() <= MAX_CONTENT_ENTRIES {
            self.entries.push(at);
        }
    }

    /// It was elsewhere in between, and came back: what was told before that is nothing to its stay.
    pub(super) fn restrict(&mut self, stay: &Stay) {
        if self.from != stay.from {
            self.from = stay.from;
            self.entries.retain(|at| *at >= stay.from);
            if self.entries.is_empty() {
                self.entries.push(stay.from);
            }
        }
        self.put_in_by = stay.event_type;
    }

    pub(super) fn stay(self, container: Box<str>, until: Option<Moment>) -> Stay {
        Stay {
            container,
            from: self.from,
            until,
            event_type: self.put_in_by,
        }
    }

    /// As it is listed: once for each unit that some of it is counted in, and once for what nobody stated the amount of.
    pub(super) fn listed(self, id: &str) -> Vec<Content> {
        let cited = self.entries.iter().take(MAX_CONTENT_ENTRIES);
        let entries = Citations {
            indices: cited.map(|(_, index)| *index).collect(),
            has_more: self.entries.len() > MAX_CONTENT_ENTRIES,
        };
        let content = |quantity: Option<Decimal>, uom: Option<&str>| Content {
            object: TracedObject {
                id: id.into(),
                is_class: self.is_class,
                quantity,
                uom: uom.map(Into::into),
            },
            since: self.from.0,
            index: self.from.1,
            entries: entries.clone(),
            event_type: self.put_in_by,
        };
        let amounts = self.amounts.known.iter();
        let some = amounts.filter(|(_, quantity)| **quantity > Decimal::ZERO);
        let mut listed: Vec<Content> = some
            .map(|(unit, quantity)| content(Some(*quantity), unit.code()))
            .collect();
        if listed.is_empty() || self.amounts.has_unknown {
            listed.push(content(None, None));
        }
        listed
    }
}
