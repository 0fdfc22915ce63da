//! The steps of a trace: a thing and a time to look at, and what has been looked at.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::ledger::questions::grounds::MAX_GROUNDS;
use crate::ledger::questions::history::{Moment, end_of};
use crate::ledger::questions::trace::{TraceLinkKind, TraceRelation};
use crate::records::epcis::{EventType, ThingId, TracedObject};
use crate::types::LogIndex;

/// A thing to look at, in the time in which it matters, both ends included.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) id: Box<str>,
    pub(super) thing: ThingId,
    pub(super) is_class: bool,
    pub(super) depth: u32,
    pub(super) relation: TraceRelation,
    pub(super) from: Moment,
    pub(super) until: Moment,
    /// The events that lead to it.
    pub(super) way: Option<Rc<Way>>,
}

/// The events that lead from one thing to another: more than one if it was carried there, or if a transformation is
/// told in several.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) last: Moment,
    pub(super) before: Option<Rc<Self>>,
    pub(super) length: usize,
}

impl Way {
    /// A way that goes on by another event; what is too far is left out.
    pub(super) fn on(before: Option<&Rc<Self>>, last: Moment) -> Option<Rc<Self>> {
        let length = before.map_or(0, |way| way.length) + 1;
        if length > MAX_GROUNDS {
            return before.cloned();
        }
        Some(Rc::new(Self {
            last,
            before: before.cloned(),
            length,
        }))
    }
}

impl Step {
    pub(super) fn material(
        object: &TracedObject,
        depth: u32,
        (from, until): (Moment, Moment),
    ) -> Self {
        Self {
            id: object.id.clone(),
            thing: ThingId::of(&object.id),
            is_class: object.is_class,
            depth,
            relation: TraceRelation::Material,
            from,
            until,
            way: None,
        }
    }

    /// What goes on from here: a carrier is on the way, and everything else stands for itself.
    pub(super) fn way_on(&self, at: Moment) -> Option<Rc<Way>> {
        let carried = self.way.as_ref();
        Way::on(
            carried.filter(|_| self.relation == TraceRelation::Carrier),
            at,
        )
    }

    /// The thing, and how it belongs to the trace: one that belongs to it in two ways is found twice.
    pub(super) fn key(&self) -> (ThingId, TraceRelation) {
        (self.thing, self.relation)
    }

    /// The moments of the events that matter. What is made and used at one instant belongs together, in
    /// whatever order that was captured; a carrier matters for the very time that it carried.
    pub(super) fn times(&self) -> (Moment, Moment) {
        match self.relation {
            TraceRelation::Material => ((self.from.0, LogIndex(0)), end_of(self.until.0)),
            TraceRelation::Carrier | TraceRelation::Content => (self.from, self.until),
        }
    }
}

/// When a thing was found, and the times in which it was looked at: they do not overlap.
pub(super) struct Seen {
    pub(super) place: usize,
    pub(super) times: BTreeMap<Moment, Moment>,
}

impl Seen {
    /// Whether all of a time was looked at before.
    pub(super) fn covers(&self, from: Moment, until: Moment) -> bool {
        let before = self.times.range(..=from).next_back();
        before.is_some_and(|(_, end)| until <= *end)
    }

    /// Takes note of a time.
    pub(super) fn add(&mut self, mut from: Moment, mut until: Moment) {
        while let Some((begin, end)) = self.times.range(..=until).next_back() {
            let (begin, end) = (*begin, *end);
            if end < from {
                break;
            }
            self.times.remove(&begin);
            from = from.min(begin);
            until = until.max(end);
        }
        self.times.insert(from, until);
    }
}

/// How an event of a type joins what is in a container to it.
pub(super) fn kind_of(event_type: EventType) -> TraceLinkKind {
    match event_type {
        EventType::Association => TraceLinkKind::Association,
        _ => TraceLinkKind::Aggregation,
    }
}
