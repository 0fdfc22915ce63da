//! Following goods: back to what they were made of, forward to what was made of them.
//!
//! **Back** from a thing leads to the inputs of the transformations that made it, and, if it is a
//! container, to what it held: each as of the time at which it went in. **Forward** leads to the
//! outputs of the transformations that used it up, and to the containers that carried it while they did;
//! what else was in those is not affected. Things are found breadth first, each at its least depth, in
//! the order of the log.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::QuestionError;
use super::events::{Events, Mention};
use crate::records::epcis::{
    Action, EventType, ThingId, ThingRole, ThingRoles, TraceEvent, TracedObject,
};
use crate::types::{Height, LogIndex, ScanOrder, Timestamp};

/// Most things that one trace finds, whatever page of it is asked for.
pub const MAX_TRACE_THINGS: usize = 100_000;

/// Most steps that one trace takes: a thing may be reached from many others.
const MAX_TRACE_STEPS: usize = 10 * MAX_TRACE_THINGS;

/// Most events of one thing that a trace follows and names.
pub const MAX_EVENTS_PER_THING: usize = 1_000;

/// Which way to follow goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceDirection {
    /// To what they were made of.
    Back,
    /// To what was made of them.
    Forward,
}

/// How a thing belongs to a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceRelation {
    /// It is what was asked for, went into it, or was made of it.
    Material,
    /// It carried such a thing.
    Carrier,
}

/// What joins two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceLinkKind {
    /// One was used up to make the other.
    Transformation,
    /// One was packed into the other.
    Aggregation,
    /// One was joined to the other.
    Association,
}

/// That one thing came of another, or was carried by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TraceLink {
    /// When.
    pub time: Timestamp,
    /// The event that says so.
    pub index: LogIndex,
    /// What joins them.
    pub kind: TraceLinkKind,
    /// What was there first, or what is inside.
    pub from: Box<str>,
    /// What came of it, or what carries it.
    pub to: Box<str>,
}

/// A thing on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedThing {
    /// Its canonical identifier.
    pub id: Box<str>,
    /// How many steps it is from what was asked for.
    pub depth: u32,
    /// Whether it is a class, such as a lot.
    pub is_class: bool,
    /// How it belongs to the trace.
    pub relation: TraceRelation,
    /// The entries of the events that speak of it in the time that matters, in order of event time.
    pub events: Vec<LogIndex>,
    /// Whether there are more than these.
    pub has_more_events: bool,
}

/// A page of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The height that it is of.
    pub height: Height,
    /// The things of this page, in the order in which they were found.
    pub things: Vec<TracedThing>,
    /// What joins the things of this page to those that they lead to, in order of time.
    pub links: BTreeSet<TraceLink>,
    /// How many things stand before the next page; none on the last one.
    pub next: Option<usize>,
    /// Whether the trace ends: it is false if it has more than [`MAX_TRACE_THINGS`] things, or one of
    /// them more than [`MAX_EVENTS_PER_THING`] events.
    pub is_complete: bool,
}

/// A thing to look at, in the time in which it matters.
#[derive(Clone, Debug)]
struct Step {
    id: Box<str>,
    is_class: bool,
    depth: u32,
    relation: TraceRelation,
    from: Timestamp,
    until: Timestamp,
}

/// When a thing was found, and the times in which it was looked at.
struct Seen {
    place: usize,
    times: Vec<(Timestamp, Timestamp)>,
}

impl Seen {
    /// Whether all of a step's time was looked at before.
    fn covers(&self, step: &Step) -> bool {
        let mut times = self.times.iter();
        times.any(|(from, until)| *from <= step.from && step.until <= *until)
    }
}

struct Tracer<'a, 'e> {
    events: &'a Events<'e>,
    direction: TraceDirection,
    queue: VecDeque<Step>,
    /// The things that were found, by whether they are carriers.
    seen: BTreeMap<(ThingId, bool), Seen>,
    /// The things that hold others at some time.
    containers: BTreeSet<ThingId>,
    /// The containers and times whose contents were followed.
    held_at: BTreeSet<(ThingId, Timestamp)>,
    steps: usize,
    page: Trace,
    skip: usize,
    count: usize,
}

const BEGINNING: Timestamp = Timestamp::from_ms(i64::MIN);

impl Events<'_> {
    /// Follows a thing, and gives `count` of the things found after the first `skip`. The thing itself
    /// is the first. None if no event that counts speaks of it.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or a container has too long a history.
    pub fn trace(
        &self,
        thing: &str,
        direction: TraceDirection,
        skip: usize,
        count: usize,
    ) -> Result<Option<Trace>, QuestionError> {
        let range = (BEGINNING, self.last_time());
        let first = self.mentions(&ThingId::of(thing), range, ScanOrder::Ascending, 1)?;
        let Some(first) = first.first() else {
            return Ok(None);
        };
        let event = self.event(first.index)?;
        let named = event.objects.iter().chain(&event.outputs);
        let is_class = named
            .filter(|object| *object.id == *thing)
            .any(|o| o.is_class);
        let mut tracer = Tracer {
            events: self,
            direction,
            queue: VecDeque::new(),
            seen: BTreeMap::new(),
            containers: BTreeSet::new(),
            held_at: BTreeSet::new(),
            steps: 0,
            page: Trace {
                height: self.height(),
                things: Vec::new(),
                links: BTreeSet::new(),
                next: None,
                is_complete: true,
            },
            skip,
            count,
        };
        tracer.queue.push_back(Step {
            id: thing.into(),
            is_class,
            depth: 0,
            relation: TraceRelation::Material,
            from: BEGINNING,
            until: self.last_time(),
        });
        while let Some(step) = tracer.queue.pop_front() {
            if !tracer.visit(&step)? {
                break;
            }
        }
        Ok(Some(tracer.page))
    }
}

impl Tracer<'_, '_> {
    /// Looks at a thing; false if the page is full.
    fn visit(&mut self, step: &Step) -> Result<bool, QuestionError> {
        self.steps += 1;
        if self.steps > MAX_TRACE_STEPS {
            self.page.is_complete = false;
            return Ok(false);
        }
        let thing = ThingId::of(&step.id);
        let key = (thing, step.relation == TraceRelation::Carrier);
        let place = match self.seen.get_mut(&key) {
            None => {
                if self.seen.len() >= self.skip + self.count {
                    self.page.next = Some(self.seen.len());
                    return Ok(false);
                }
                if self.seen.len() >= MAX_TRACE_THINGS {
                    self.page.is_complete = false;
                    return Ok(false);
                }
                let place = self.seen.len();
                let times = vec![(step.from, step.until)];
                self.seen.insert(key, Seen { place, times });
                return self.look(step, thing, place, true).map(|()| true);
            }
            Some(seen) if seen.covers(step) => seen.place,
            Some(seen) => {
                // Seen, but not in all of this time: looked at again, and not counted again.
                seen.times.push((step.from, step.until));
                let place = seen.place;
                return self.look(step, thing, place, false).map(|()| true);
            }
        };
        // What a container held is another matter at each time.
        if self.direction == TraceDirection::Back && self.containers.contains(&thing) {
            let mut links = Vec::new();
            self.held(step, thing, &mut links)?;
            self.take(place, links);
        }
        Ok(true)
    }

    /// Looks at the events of a thing in the time that matters.
    fn look(
        &mut self,
        step: &Step,
        thing: ThingId,
        place: usize,
        is_new: bool,
    ) -> Result<(), QuestionError> {
        let mut mentions = self.events.mentions(
            &thing,
            (step.from, step.until),
            ScanOrder::Ascending,
            MAX_EVENTS_PER_THING + 1,
        )?;
        let has_more_events = mentions.len() > MAX_EVENTS_PER_THING;
        mentions.truncate(MAX_EVENTS_PER_THING);
        self.page.is_complete &= !has_more_events;
        if is_new && place >= self.skip {
            self.page.things.push(TracedThing {
                id: step.id.clone(),
                depth: step.depth,
                is_class: step.is_class,
                relation: step.relation,
                events: mentions.iter().map(|mention| mention.index).collect(),
                has_more_events,
            });
        }
        let mut links = Vec::new();
        match self.direction {
            TraceDirection::Back => self.back(step, thing, &mentions, &mut links)?,
            TraceDirection::Forward => self.forward(step, &mentions, &mut links)?,
        }
        self.take(place, links);
        Ok(())
    }

    /// Keeps links of a thing that is on the page.
    fn take(&mut self, place: usize, links: Vec<TraceLink>) {
        if place >= self.skip {
            self.page.links.extend(links);
        }
    }

    fn back(
        &mut self,
        step: &Step,
        thing: ThingId,
        mentions: &[Mention],
        links: &mut Vec<TraceLink>,
    ) -> Result<(), QuestionError> {
        for mention in mentions.iter().filter(|m| m.roles.has(ThingRole::Output)) {
            for (event, at) in self.joined(mention)? {
                for input in &event.objects {
                    links.push(link(&input.id, &step.id, &event, &at));
                    self.push(step, input, TraceRelation::Material, BEGINNING, at.time);
                }
            }
        }
        if mentions.iter().any(|m| m.roles.has(ThingRole::Parent)) {
            self.containers.insert(thing);
            self.held(step, thing, links)?;
        }
        Ok(())
    }

    /// What a container held at the end of the time that matters.
    fn held(
        &mut self,
        step: &Step,
        thing: ThingId,
        links: &mut Vec<TraceLink>,
    ) -> Result<(), QuestionError> {
        if !self.held_at.insert((thing, step.until)) {
            return Ok(());
        }
        for content in self.events.contents(&step.id, step.until)? {
            links.push(TraceLink {
                time: content.since,
                index: content.index,
                kind: kind_of(content.event_type),
                from: content.object.id.clone(),
                to: step.id.clone(),
            });
            let relation = TraceRelation::Material;
            self.push(step, &content.object, relation, BEGINNING, step.until);
        }
        Ok(())
    }

    fn forward(
        &mut self,
        step: &Step,
        mentions: &[Mention],
        links: &mut Vec<TraceLink>,
    ) -> Result<(), QuestionError> {
        for mention in mentions {
            if mention.roles.has(ThingRole::Input) {
                for (event, at) in self.joined(mention)? {
                    for output in &event.outputs {
                        links.push(link(&step.id, &output.id, &event, &at));
                        let until = self.events.last_time();
                        self.push(step, output, TraceRelation::Material, at.time, until);
                    }
                }
            }
            if mention.roles.has(ThingRole::Child) {
                self.carried(step, mention, links)?;
            }
        }
        if step.from > BEGINNING
            && let Some(inside) = self.events.parent(&step.id, step.from)?
        {
            // It was in there already when it came to matter.
            let put_in = Mention {
                time: inside.since,
                index: inside.index,
                roles: ThingRoles::of(ThingRole::Child),
            };
            self.carried(step, &put_in, links)?;
        }
        Ok(())
    }

    /// The container that a thing is put into carries it until it leaves.
    fn carried(
        &mut self,
        step: &Step,
        mention: &Mention,
        links: &mut Vec<TraceLink>,
    ) -> Result<(), QuestionError> {
        let event = self.events.event(mention.index)?;
        let Some(parent) = event.parent.clone() else {
            return Ok(());
        };
        if event.action == Some(Action::Delete) {
            return Ok(());
        }
        let left = self.events.leaves(&step.id, &event, mention)?;
        let until = left.map_or(step.until, |left| left.min(step.until));
        links.push(link(&step.id, &parent, &event, mention));
        let carrier = TracedObject {
            id: parent,
            is_class: false,
            quantity: None,
            uom: None,
        };
        let from = mention.time.max(step.from);
        self.push(step, &carrier, TraceRelation::Carrier, from, until);
        Ok(())
    }

    /// The event of a transformation, and those that a `transformationID` joins to it.
    fn joined(&self, mention: &Mention) -> Result<Vec<(TraceEvent, Mention)>, QuestionError> {
        let event = self.events.event(mention.index)?;
        let Some(id) = &event.transformation_id else {
            return Ok(vec![(event, *mention)]);
        };
        let thing = ThingId::of_transformation(id);
        let range = (BEGINNING, self.events.last_time());
        let count = MAX_EVENTS_PER_THING;
        let all = self
            .events
            .mentions(&thing, range, ScanOrder::Ascending, count)?;
        let mut joined = Vec::with_capacity(all.len());
        for mention in all {
            joined.push((self.events.event(mention.index)?, mention));
        }
        Ok(joined)
    }

    fn push(
        &mut self,
        step: &Step,
        object: &TracedObject,
        relation: TraceRelation,
        from: Timestamp,
        until: Timestamp,
    ) {
        self.queue.push_back(Step {
            id: object.id.clone(),
            is_class: object.is_class,
            depth: step.depth + 1,
            relation,
            from,
            until,
        });
    }
}

fn link(from: &str, to: &str, event: &TraceEvent, at: &Mention) -> TraceLink {
    TraceLink {
        from: from.into(),
        to: to.into(),
        kind: kind_of(event.event_type),
        index: at.index,
        time: at.time,
    }
}

fn kind_of(event_type: EventType) -> TraceLinkKind {
    match event_type {
        EventType::Aggregation => TraceLinkKind::Aggregation,
        EventType::Association => TraceLinkKind::Association,
        _ => TraceLinkKind::Transformation,
    }
}
