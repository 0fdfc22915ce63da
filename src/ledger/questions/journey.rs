//! Where a thing has been: what carried it, and every event that tells where it was.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::QuestionError;
use super::history::{BEGINNING, History, Moment};
use super::spending::spends;
use crate::records::epcis::{Action, EventType, ThingRole, ThingRoles, TraceEvent, TracedObject};
use crate::types::LogIndex;

/// How deep containers stand in containers, at most.
const MAX_CONTAINER_DEPTH: u32 = 16;

/// Most bytes that are kept at once of the events that tell of one thing, or of what they say of a lot: long ones may take
/// more room than so many events should.
pub const MAX_KEPT_BYTES: usize = 64 << 20;

/// How many bytes are kept of what is told of one thing.
#[derive(Debug)]
pub(super) struct KeptBytes {
    kept: usize,
    most: usize,
}

impl Default for KeptBytes {
    fn default() -> Self {
        Self::of_at_most(MAX_KEPT_BYTES)
    }
}

impl KeptBytes {
    pub(super) fn of_at_most(most: usize) -> Self {
        Self { kept: 0, most }
    }

    /// Keeps more bytes.
    ///
    /// # Errors
    /// [`QuestionError::TooMuch`] if that are too many.
    pub(super) fn add(&mut self, bytes: usize) -> Result<(), QuestionError> {
        self.kept = self.kept.saturating_add(bytes);
        if self.kept > self.most {
            return Err(QuestionError::TooMuch {
                what: "bytes of what is told of one thing",
                most: self.most,
            });
        }
        Ok(())
    }
}

/// What carried a thing for a time: at depth 0 the thing itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carrier {
    pub(super) id: Box<str>,
    pub(super) depth: u32,
    pub(super) from: Moment,
    pub(super) until: Option<Moment>,
    /// When what it carries was put in there.
    pub(super) put_in: Moment,
    /// What it carries: its place among those that were found; none for the thing itself.
    carries: Option<usize>,
}

/// That a thing is told to be in itself: in something that is in the thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Circle {
    /// Since when.
    pub(super) since: Moment,
    /// The events that say so, in order.
    pub(super) told: Vec<Moment>,
}

impl Carrier {
    /// Whether it carries the thing right after a moment.
    pub(super) fn covers(&self, at: Moment) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// An event that speaks of a thing or of what carries it.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    pub(super) moment: Moment,
    /// What the event speaks of: the thing itself at depth 0.
    pub(super) carrier: Box<str>,
    pub(super) depth: u32,
    pub(super) roles: ThingRoles,
    /// Whether the event uses up, destroys or sells a container that the thing is in, and the thing with it.
    pub(super) is_used_up_inside: bool,
    pub(super) event: Rc<TraceEvent>,
}

impl Sighting {
    /// The entry of the event.
    pub(super) fn index(&self) -> LogIndex {
        self.moment.1
    }

    /// Whether the thing comes to be by it: commissioned or made.
    pub(super) fn creates(&self) -> bool {
        let is_commissioned = self.event.event_type == EventType::Object
            && self.event.action == Some(Action::Add)
            && self.roles.has(ThingRole::Object);
        self.depth == 0 && (is_commissioned || self.roles.has(ThingRole::Output))
    }

    /// Whether the thing is no more after it: decommissioned, or used up, itself or with what it is in.
    pub(super) fn ends(&self) -> bool {
        ends(&self.event, self.roles, self.depth)
    }

    /// Whether it comes out of a transformation that used it up, under its own name.
    pub(super) fn goes_through(&self) -> bool {
        self.creates() && (self.roles.has(ThingRole::Input) || self.is_used_up_inside)
    }
}

/// Whether a single thing is no more after an event that speaks in some roles of it, or of a container that it is in,
/// at some depth: what is in a container is used up, destroyed or sold with it, and not decommissioned. What comes out again of what used it
/// up is there still.
pub(super) fn ends(event: &TraceEvent, roles: ThingRoles, depth: u32) -> bool {
    if depth > 0 {
        return spends(event, roles);
    }
    let is_deleted = event.event_type == EventType::Object
        && event.action == Some(Action::Delete)
        && roles.has(ThingRole::Object);
    is_deleted || (roles.has(ThingRole::Input) && !roles.has(ThingRole::Output))
}

impl History<'_, '_> {
    /// A thing and all that carried it, with the times of each; the nearest first.
    pub(super) fn carriers(&mut self, thing: &str) -> Result<Vec<Carrier>, QuestionError> {
        Ok(self.carriers_and_circles(thing)?.0)
    }

    /// When a thing was told to be in itself, in order.
    pub(super) fn circles(&mut self, thing: &str) -> Result<Vec<Circle>, QuestionError> {
        let mut circles = self.carriers_and_circles(thing)?.1;
        circles.sort_by_key(|circle| circle.since);
        circles.dedup_by_key(|circle| circle.since);
        Ok(circles)
    }

    fn carriers_and_circles(
        &mut self,
        thing: &str,
    ) -> Result<(Vec<Carrier>, Vec<Circle>), QuestionError> {
        let itself = Carrier {
            id: thing.into(),
            depth: 0,
            from: BEGINNING,
            until: None,
            put_in: BEGINNING,
            carries: None,
        };
        let (mut carriers, mut circles) = (vec![itself], Vec::new());
        let mut next = 0;
        while let Some(inner) = carriers.get(next).cloned() {
            let number = next;
            next += 1;
            if inner.depth >= MAX_CONTAINER_DEPTH {
                continue;
            }
            for stay in self.stays(&inner.id)?.iter() {
                let from = stay.from.max(inner.from);
                let until = earlier(stay.until, inner.until);
                if until.is_some_and(|until| until <= from) {
                    continue;
                }
                if *stay.container == *thing {
                    let told = path(&carriers, number).map(|carrier| carrier.put_in);
                    let mut told: Vec<Moment> = told.chain([stay.from]).collect();
                    told.sort();
                    told.dedup();
                    circles.push(Circle { since: from, told });
                    continue;
                }
                carriers.push(Carrier {
                    id: stay.container.clone(),
                    depth: inner.depth + 1,
                    from,
                    until,
                    put_in: stay.from,
                    carries: Some(number),
                });
            }
        }
        Ok((carriers, circles))
    }

    /// All events that speak of a thing, or of what carried it while it did; each once, in order.
    pub(super) fn sightings(&mut self, thing: &str) -> Result<Vec<Sighting>, QuestionError> {
        self.sightings_of_at_most(thing, MAX_KEPT_BYTES)
    }

    /// As [`History::sightings`], with another number of bytes that may be kept.
    fn sightings_of_at_most(
        &mut self,
        thing: &str,
        most: usize,
    ) -> Result<Vec<Sighting>, QuestionError> {
        let carriers = self.carriers(thing)?;
        let mut kept = KeptBytes::of_at_most(most);
        let mut found = Vec::new();
        for (moment, row) in self.rows_of(&carriers)? {
            let Some(carrier) = carriers.get(row.carrier) else {
                continue;
            };
            let event = self.event(moment.1)?;
            kept.add(size_of::<Sighting>() + carrier.id.len() + bytes_of(&event))?;
            found.push(Sighting {
                moment,
                carrier: carrier.id.clone(),
                depth: carrier.depth,
                roles: row.roles,
                is_used_up_inside: row.is_used_up_inside,
                event,
            });
        }
        Ok(found)
    }

    /// When events speak of a thing, or of what carried it while it did, in some times, both ends of each included; each
    /// once, in order.
    pub(super) fn sighted_in(
        &mut self,
        thing: &str,
        times: Vec<(Moment, Option<Moment>)>,
    ) -> Result<Vec<Moment>, QuestionError> {
        let times = apart(times);
        let mut carriers = Vec::new();
        for carrier in self.carriers(thing)? {
            let first = times.partition_point(|time| is_before(time.1, carrier.from));
            let those = times.iter().skip(first);
            let those = those.take_while(|time| !is_before(carrier.until, time.0));
            for (from, until) in those {
                self.count(1)?;
                carriers.push(Carrier {
                    from: carrier.from.max(*from),
                    until: earlier(carrier.until, *until),
                    ..carrier.clone()
                });
            }
        }
        Ok(self.rows_of(&carriers)?.into_keys().collect())
    }

    /// The events that speak of carriers in their times, both ends included: the event that ends one happens there too.
    fn rows_of(&mut self, carriers: &[Carrier]) -> Result<BTreeMap<Moment, Row>, QuestionError> {
        let mut found: BTreeMap<Moment, Row> = BTreeMap::new();
        for (number, carrier) in carriers.iter().enumerate() {
            let time = (carrier.from, carrier.until);
            for mention in self.mentions_in(&carrier.id, time)?.iter() {
                let is_used_up_inside = carrier.depth > 0 && self.is_spent(mention)?;
                // One event may speak of the thing and of what it is in.
                let row = found.entry(mention.moment()).or_insert(Row {
                    carrier: number,
                    roles: mention.roles,
                    is_used_up_inside,
                });
                row.is_used_up_inside |= is_used_up_inside;
            }
        }
        Ok(found)
    }
}

/// An event that speaks of a carrier.
struct Row {
    /// Its number.
    carrier: usize,
    roles: ThingRoles,
    is_used_up_inside: bool,
}

/// How many bytes an event takes, about.
fn bytes_of(event: &TraceEvent) -> usize {
    let length = |text: &Option<Box<str>>| text.as_deref().map_or(0, str::len);
    let texts = [
        &event.event_id,
        &event.biz_step,
        &event.disposition,
        &event.read_point,
        &event.biz_location,
        &event.transformation_id,
        &event.parent,
    ];
    let texts = texts.into_iter().map(length).sum::<usize>();
    let objects = event.objects.iter().chain(&event.outputs);
    let objects = objects
        .map(|object| size_of::<TracedObject>() + object.id.len() + length(&object.uom))
        .sum::<usize>();
    let ids = event.corrective_event_ids.iter();
    let ids = ids
        .map(|id| size_of::<Box<str>>() + id.len())
        .sum::<usize>();
    size_of::<TraceEvent>() + texts + objects + ids
}

/// A carrier and what it carries, without the thing itself.
fn path(carriers: &[Carrier], number: usize) -> impl Iterator<Item = &Carrier> {
    let mut next = Some(number);
    std::iter::from_fn(move || {
        let carrier = carriers.get(next?)?;
        next = carrier.carries;
        next.is_some().then_some(carrier)
    })
}

/// Times in order, those joined that are not apart.
fn apart(mut times: Vec<(Moment, Option<Moment>)>) -> Vec<(Moment, Option<Moment>)> {
    times.sort();
    let mut found: Vec<(Moment, Option<Moment>)> = Vec::new();
    for (from, until) in times {
        match found.last_mut() {
            Some(last) if !is_before(last.1, from) => {
                last.1 = last.1.zip(until).map(|(one, other)| one.max(other));
            }
            _ => found.push((from, until)),
        }
    }
    found
}

/// Whether an end, where none is no end, is before a moment.
fn is_before(end: Option<Moment>, at: Moment) -> bool {
    end.is_some_and(|end| end < at)
}

/// The earlier of two ends, where none is no end.
pub(super) fn earlier(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::ledger::questions::{EventScope, Events};
    use crate::testing::{MemoryLedger, TestNetwork, record};

    /// Events that name much beside a thing take the room of all of it.
    #[test]
    fn what_is_kept_of_sightings_is_bounded() {
        const THING: &str = "urn:x:thing";
        let mut things = vec![THING.to_owned()];
        things.extend((0..200).map(|number| format!("urn:x:{number}")));
        let mut ledger = MemoryLedger::new(Arc::new(TestNetwork::new(1, 1)));
        let records = (0..10).map(|minute| {
            let event = json!({
                "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                "type": "ObjectEvent", "action": "OBSERVE", "epcList": things,
                "eventTime": format!("2024-05-01T00:{minute:02}:00Z"), "eventTimeZoneOffset": "+00:00"
            });
            record("epcis.event", 1, event.to_string())
        });
        let records = records.collect();
        let submission = ledger.network().submission(0, ledger.expiry(), records);
        ledger.submit(vec![submission]);
        let events = Events::open(&ledger, EventScope::default()).unwrap();
        let found = |most| History::new(&events).sightings_of_at_most(THING, most);
        assert_eq!(found(1 << 20).unwrap().len(), 10);
        let refused = found(100_000);
        assert!(
            matches!(refused, Err(QuestionError::TooMuch { most: 100_000, .. })),
            "{refused:?}"
        );
        let always = vec![(BEGINNING, None)];
        let moments = History::new(&events).sighted_in(THING, always).unwrap();
        assert_eq!(moments.len(), 10);
        let some = vec![
            (moments[6], Some(moments[7])),
            (moments[1], Some(moments[3])),
            (moments[2], Some(moments[2])),
        ];
        let those = History::new(&events).sighted_in(THING, some).unwrap();
        assert_eq!(those, [&moments[1..=3], &moments[6..=7]].concat());
    }
}
