//! Walking a trace, breadth first, and no further than its limits.
//!
//! Each event is followed once, whichever of its things the trace comes by: what it leads to is the same, and
//! the first to come by is nearest. Only the links of a page are told for every thing that has part in them.
//!
//! A recall is the way forward that also takes in what the thing holds: what is in it at the end of the times that
//! count, at all levels, and what was made of that since it went in.

mod named;
mod step;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use self::named::NamedEvents;
use self::step::{Seen, Step, Way, kind_of};
use super::QuestionError;
use super::containment::Contents;
use super::events::{Events, Mention};
use super::grounds::Grounds;
use super::history::{BEGINNING, FirstMentions, History, Moment, end_of};
use super::mass_balance::Citations;
use super::trace::{
    MAX_EVENTS_PER_THING, MAX_TRACE_EVENTS, MAX_TRACE_LINKS, MAX_TRACE_STEPS, MAX_TRACE_THINGS,
    Trace, TraceDirection, TraceLink, TraceLinkKind, TraceRelation, TracedThing,
};
use crate::records::epcis::{ThingId, ThingRole, ThingRoles, TraceEvent, TracedObject};
use crate::types::LogIndex;

/// Most steps whose things are read ahead at a time.
const STEPS_READ_AHEAD: usize = 256;

/// Bytes of identifiers that count like another step or link.
const COUNTED_BYTES: usize = 256;

struct Tracer<'a, 'e> {
    history: History<'a, 'e>,
    direction: TraceDirection,
    /// Whether what the thing holds is taken in.
    is_recall: bool,
    queue: VecDeque<Step>,
    /// The things that were found, by how they belong to the trace.
    seen: BTreeMap<(ThingId, TraceRelation), Seen>,
    /// The entries of the events that were followed.
    followed: BTreeSet<LogIndex>,
    /// The transformations of several events that were followed, and whether these were all of them.
    joined: BTreeMap<ThingId, bool>,
    /// The things that have part in those.
    part_in: BTreeSet<(ThingId, ThingId)>,
    /// The things with the entries of the events that join them to others: those links are told.
    linked: BTreeSet<(ThingId, LogIndex)>,
    /// The things that hold others at some time, which matters on the way back.
    containers: BTreeSet<ThingId>,
    /// The containers and times whose contents were followed.
    held_at: BTreeSet<(ThingId, Moment)>,
    named: NamedEvents,
    /// What joins the things of the page to those that led to them.
    joined_by: BTreeMap<usize, Grounds>,
    steps: usize,
    links: usize,
    /// Whether a limit ended the trace.
    is_over: bool,
    page: Trace,
    skip: usize,
    count: usize,
    /// How many things the page lists.
    listed: usize,
}

impl Events<'_> {
    /// Follows a thing, and gives `count` of the things found after the first `skip`. The thing itself
    /// is the first. None if no event that counts speaks of it.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or the page begins behind the end of the trace.
    pub fn trace(
        &self,
        thing: &str,
        direction: TraceDirection,
        skip: usize,
        count: usize,
    ) -> Result<Option<Trace>, QuestionError> {
        let history = History::of_at_most(self, MAX_TRACE_EVENTS);
        history.trace(thing, direction, false, skip, count)
    }

    /// As [`Events::trace`] forward, with what the thing holds and what was made of that.
    pub(super) fn trace_recall(
        &self,
        thing: &str,
        skip: usize,
        count: usize,
    ) -> Result<Option<Trace>, QuestionError> {
        let history = History::of_at_most(self, MAX_TRACE_EVENTS);
        history.trace(thing, TraceDirection::Forward, true, skip, count)
    }
}

impl History<'_, '_> {
    /// As [`Events::trace`], by no more events than this history may go through.
    fn trace(
        mut self,
        thing: &str,
        direction: TraceDirection,
        is_recall: bool,
        skip: usize,
        count: usize,
    ) -> Result<Option<Trace>, QuestionError> {
        let events = self.events;
        let first = self.first_mentions(ThingId::of(thing), None, MAX_EVENTS_PER_THING)?;
        let Some(first) = first.mentions.first() else {
            return Ok(None);
        };
        let event = self.event(first.index)?;
        let named = event.objects.iter().chain(&event.outputs);
        let is_class = named
            .filter(|object| *object.id == *thing)
            .any(|o| o.is_class);
        let mut tracer = Tracer {
            history: self,
            direction,
            is_recall,
            queue: VecDeque::new(),
            seen: BTreeMap::new(),
            followed: BTreeSet::new(),
            joined: BTreeMap::new(),
            part_in: BTreeSet::new(),
            linked: BTreeSet::new(),
            containers: BTreeSet::new(),
            held_at: BTreeSet::new(),
            named: NamedEvents::default(),
            joined_by: BTreeMap::new(),
            steps: 0,
            links: 0,
            is_over: false,
            page: Trace {
                height: events.height(),
                things: Vec::new(),
                links: BTreeSet::new(),
                next: None,
                is_complete: true,
            },
            skip,
            count,
            listed: 0,
        };
        let object = TracedObject {
            id: thing.into(),
            is_class,
            quantity: None,
            uom: None,
        };
        let always = (BEGINNING, end_of(events.last_time()));
        tracer.push(Step::material(&object, 0, always));
        tracer.run()?;
        tracer.finish().map(Some)
    }
}

impl Tracer<'_, '_> {
    fn run(&mut self) -> Result<(), QuestionError> {
        let mut ahead = 0_usize;
        loop {
            if ahead == 0 {
                ahead = self.read_ahead()?;
            }
            let Some(step) = self.queue.pop_front() else {
                return Ok(());
            };
            ahead = ahead.saturating_sub(1);
            if self.is_over || !self.visit(&step)? {
                return Ok(());
            }
        }
    }

    /// Reads the things of the next steps at once, as far as the page may need them; gives how many steps those
    /// are.
    fn read_ahead(&mut self) -> Result<usize, QuestionError> {
        let before = self.skip.saturating_sub(self.seen.len());
        let room = before.saturating_add(self.count.saturating_sub(self.listed));
        let most = room.clamp(1, STEPS_READ_AHEAD);
        let steps = self.queue.iter().take(most);
        let is_new = |step: &&Step| !self.seen.contains_key(&step.key());
        let things: Vec<ThingId> = steps.clone().filter(is_new).map(|s| s.thing).collect();
        let count = steps.count();
        self.history.read_ahead(&things, self.role())?;
        Ok(count)
    }

    /// The role of a thing in the events that lead on.
    fn role(&self) -> ThingRole {
        match self.direction {
            TraceDirection::Back => ThingRole::Output,
            TraceDirection::Forward => ThingRole::Input,
        }
    }

    fn finish(mut self) -> Result<Trace, QuestionError> {
        let found = self.seen.len();
        if self.skip > 0 && self.skip >= found && self.page.is_complete {
            return Err(QuestionError::BeyondAnswer {
                after: self.skip,
                count: found,
            });
        }
        let goes_on = self.page.next.is_some();
        self.named.write(&mut self.page.things, self.skip, goes_on);
        for (place, grounds) in self.joined_by {
            if let Some(thing) = self.page.things.get_mut(place - self.skip) {
                thing.joined_by = grounds.cited();
            }
        }
        Ok(self.page)
    }

    /// Looks at a thing; false if the page is full.
    fn visit(&mut self, step: &Step) -> Result<bool, QuestionError> {
        let key = step.key();
        let place = match self.seen.get_mut(&key) {
            None => {
                let place = self.seen.len();
                let is_listed = place >= self.skip && self.lists(step);
                if is_listed && self.listed >= self.count {
                    self.page.next = Some(place);
                    return Ok(false);
                }
                if place >= MAX_TRACE_THINGS {
                    self.end();
                    return Ok(false);
                }
                let times = BTreeMap::from([(step.from, step.until)]);
                self.seen.insert(key, Seen { place, times });
                self.listed += usize::from(is_listed);
                place
            }
            Some(seen) if seen.covers(step.from, step.until) => {
                let place = seen.place;
                self.join(place, step);
                // What a container held is another matter at each time.
                if self.containers.contains(&key.0) {
                    self.held(step)?;
                }
                return Ok(true);
            }
            Some(seen) => {
                // Seen, but not in all of this time: looked at again, and not counted again.
                seen.add(step.from, step.until);
                seen.place
            }
        };
        self.join(place, step);
        self.look(step, place)?;
        Ok(true)
    }

    /// Whether a thing is listed, once it is on the page: a recall leaves carriers out, and they take no room on its
    /// pages.
    fn lists(&self, step: &Step) -> bool {
        !self.is_recall || step.relation != TraceRelation::Carrier
    }

    /// Takes note of what led to a thing of the page.
    fn join(&mut self, place: usize, step: &Step) {
        if place < self.skip || !self.lists(step) {
            return;
        }
        let mut way = step.way.as_deref();
        let grounds = self.joined_by.entry(place).or_default();
        while let Some(here) = way {
            grounds.add(here.last);
            way = here.before.as_deref();
        }
    }

    /// Whether what is found now is for the page: it is once the first of its things has been found.
    fn is_on_page(&self) -> bool {
        self.seen.len() > self.skip
    }

    /// Something is left out.
    fn cut(&mut self) {
        self.page.is_complete = false;
    }

    /// A limit ends the trace.
    fn end(&mut self) {
        self.cut();
        self.is_over = true;
    }

    /// What could be read; none if that would be too much. What is too long is left out, the rest goes on.
    fn within_limits<T>(
        &mut self,
        found: Result<T, QuestionError>,
    ) -> Result<Option<T>, QuestionError> {
        match found {
            Ok(found) => return Ok(Some(found)),
            Err(QuestionError::TooLong { .. }) => self.cut(),
            Err(QuestionError::TooMuch { .. }) => self.end(),
            Err(error) => return Err(error),
        }
        Ok(None)
    }

    /// Looks at the events of a thing in the time that matters.
    fn look(&mut self, step: &Step, place: usize) -> Result<(), QuestionError> {
        let (thing, most) = (step.thing, MAX_EVENTS_PER_THING);
        let known = self.history.first_mentions(thing, None, most);
        let Some(known) = self.within_limits(known)? else {
            return Ok(());
        };
        let found = self
            .history
            .mentions_between(thing, None, step.times(), most);
        let Some((mentions, has_more)) = self.within_limits(found)? else {
            return Ok(());
        };
        self.name(step, place, (&mentions, has_more), &known);
        let role = self.role();
        let holding = match self.direction {
            TraceDirection::Back => ThingRole::Parent,
            TraceDirection::Forward => ThingRole::Child,
        };
        let mut transformations = mentions;
        if has_more {
            // There is much that says nothing about what it is made of or into.
            let roles = Some(ThingRoles::of(role));
            let found = self
                .history
                .mentions_between(thing, roles, step.times(), most);
            let Some((found, has_more)) = self.within_limits(found)? else {
                return Ok(());
            };
            if has_more {
                self.cut();
            }
            transformations = found;
        }
        transformations.retain(|mention| mention.roles.has(role));
        let mut all = known.mentions.iter();
        let has_part = !known.is_all || all.any(|mention| mention.roles.has(holding));
        if has_part && self.direction == TraceDirection::Back {
            // Known before its transformations are followed: they may lead to itself at an earlier time.
            self.containers.insert(thing);
        }
        self.follow_all(step, &transformations)?;
        match self.direction {
            TraceDirection::Back if has_part => self.held(step)?,
            TraceDirection::Forward if has_part => self.carried(step)?,
            _ => {}
        }
        if self.is_recall && (step.depth == 0 || step.relation == TraceRelation::Content) {
            self.take_in(step)?;
        }
        Ok(())
    }

    /// Names a thing and its events, if it is on the page.
    fn name(
        &mut self,
        step: &Step,
        place: usize,
        mentions: (&[Mention], bool),
        all: &FirstMentions,
    ) {
        if place < self.skip {
            return;
        }
        let at = place - self.skip;
        if at == self.page.things.len() {
            self.page.things.push(TracedThing {
                id: step.id.clone(),
                depth: step.depth,
                is_class: step.is_class,
                relation: step.relation,
                events: Vec::new(),
                has_more_events: false,
                joined_by: Citations::default(),
            });
        }
        if self.lists(step) {
            self.named.add(place, mentions, all);
        }
    }

    /// Follows the transformations of a thing, and with each the events that a `transformationID` joins to it.
    fn follow_all(&mut self, step: &Step, mentions: &[Mention]) -> Result<(), QuestionError> {
        for mention in mentions {
            let (index, at) = (mention.index, mention.moment());
            if self.linked.contains(&(step.thing, index)) {
                continue;
            }
            let event = self.history.event(index);
            let Some(event) = self.within_limits(event)? else {
                return Ok(());
            };
            let id = event.transformation_id.as_deref();
            let Some(id) = id.map(ThingId::of_transformation) else {
                self.follow(step, &event, at, step.way_on(at));
                continue;
            };
            let is_first = self.part_in.insert((step.thing, id));
            let is_all_known = self.joined.get(&id) == Some(&true);
            if is_first || !is_all_known {
                self.follow(step, &event, at, step.way_on(at));
            }
            if is_first && (!is_all_known || self.is_on_page()) {
                self.follow_joined(step, id, at)?;
            }
        }
        Ok(())
    }

    /// Follows all events of a transformation that a thing has part in by the event of a moment.
    fn follow_joined(
        &mut self,
        step: &Step,
        id: ThingId,
        named_at: Moment,
    ) -> Result<(), QuestionError> {
        let found = self.history.first_mentions(id, None, MAX_EVENTS_PER_THING);
        let Some(found) = self.within_limits(found)? else {
            return Ok(());
        };
        if !found.is_all {
            self.cut();
        }
        for mention in found.mentions.iter() {
            let event = self.history.event(mention.index);
            let Some(event) = self.within_limits(event)? else {
                return Ok(());
            };
            let (at, way) = (mention.moment(), step.way_on(named_at));
            let way = match at == named_at {
                true => way,
                false => Way::on(way.as_ref(), at),
            };
            self.follow(step, &event, at, way);
        }
        self.joined.insert(id, found.is_all);
        Ok(())
    }

    /// Follows an event of a transformation that a thing has part in.
    fn follow(&mut self, step: &Step, event: &TraceEvent, at: Moment, way: Option<Rc<Way>>) {
        let is_new = self.followed.insert(at.1);
        let is_link_new = self.linked.insert((step.thing, at.1)) && self.is_on_page();
        if !is_new && !is_link_new {
            return;
        }
        let (objects, from, until) = match self.direction {
            TraceDirection::Back => (&event.objects, BEGINNING, at),
            TraceDirection::Forward => {
                let end = end_of(self.history.events.last_time());
                (&event.outputs, at, end)
            }
        };
        for object in objects {
            let (first, then) = match self.direction {
                TraceDirection::Back => (&object.id, &step.id),
                TraceDirection::Forward => (&step.id, &object.id),
            };
            if is_link_new {
                self.link(first, then, TraceLinkKind::Transformation, at);
            }
            if is_new {
                self.push(Step {
                    way: way.clone(),
                    ..Step::material(object, step.depth + 1, (from, until))
                });
            }
        }
    }

    /// What a container held at the end of the time that matters, or was used up with it then.
    fn held(&mut self, step: &Step) -> Result<(), QuestionError> {
        if !self.held_at.insert((step.thing, step.until)) {
            return Ok(());
        }
        let found = self.history.holding_at(&step.id, step.until);
        let found = found.and_then(|at| self.history.contents(&step.id, at));
        let times = |_| (BEGINNING, step.until);
        self.push_contents(step, found, TraceRelation::Material, times)
    }

    /// What a container holds at the end matters since it went in.
    fn take_in(&mut self, step: &Step) -> Result<(), QuestionError> {
        let end = end_of(self.history.events.last_time());
        let found = self.history.contents(&step.id, end);
        let times = |put_in: Moment| (put_in.max(step.from), end);
        self.push_contents(step, found, TraceRelation::Content, times)
    }

    /// Goes on to what a container holds, for the time that this matters by when it was put in.
    fn push_contents(
        &mut self,
        step: &Step,
        found: Result<Contents, QuestionError>,
        relation: TraceRelation,
        times: impl Fn(Moment) -> (Moment, Moment),
    ) -> Result<(), QuestionError> {
        let Some(found) = self.within_limits(found)? else {
            return Ok(());
        };
        if !found.is_complete {
            self.cut();
        }
        for content in found.contents {
            let put_in = (content.since, content.index);
            let child = ThingId::of(&content.object.id);
            if self.linked.insert((child, put_in.1)) && self.is_on_page() {
                let kind = kind_of(content.event_type);
                self.link(&content.object.id, &step.id, kind, put_in);
            }
            self.push(Step {
                relation,
                way: Way::on(None, put_in),
                ..Step::material(&content.object, step.depth + 1, times(put_in))
            });
        }
        Ok(())
    }

    /// The containers that a thing was in while it mattered carry it until it leaves.
    fn carried(&mut self, step: &Step) -> Result<(), QuestionError> {
        let stays = self.history.stays(&step.id);
        let Some(stays) = self.within_limits(stays)? else {
            return Ok(());
        };
        for stay in stays.iter() {
            let is_over = stay.until.is_some_and(|until| until <= step.from);
            if is_over || stay.from >= step.until {
                continue;
            }
            let kind = kind_of(stay.event_type);
            if self.linked.insert((step.thing, stay.from.1)) && self.is_on_page() {
                self.link(&step.id, &stay.container, kind, stay.from);
            }
            self.push(Step {
                id: stay.container.clone(),
                thing: ThingId::of(&stay.container),
                is_class: false,
                depth: step.depth + 1,
                relation: TraceRelation::Carrier,
                from: stay.from.max(step.from),
                until: stay.until.map_or(step.until, |until| until.min(step.until)),
                way: step.way_on(stay.from),
            });
        }
        Ok(())
    }

    /// Keeps a link of the page; a recall shows none.
    fn link(&mut self, from: &str, to: &str, kind: TraceLinkKind, (time, index): Moment) {
        if self.is_recall {
            return;
        }
        if self.links >= MAX_TRACE_LINKS {
            self.cut();
            return;
        }
        self.links += 1 + (from.len() + to.len()) / COUNTED_BYTES;
        self.page.links.insert(TraceLink {
            time,
            index,
            kind,
            from: from.into(),
            to: to.into(),
        });
    }

    /// Takes a step later, unless the thing was looked at in all of that time.
    fn push(&mut self, step: Step) {
        let seen = self.seen.get(&step.key());
        let is_known = seen.is_some_and(|seen| seen.covers(step.from, step.until));
        if let Some(place) = seen.map(|seen| seen.place).filter(|_| is_known) {
            self.join(place, &step);
        }
        // What a container held is another matter at each time.
        if self.is_over || (is_known && !self.containers.contains(&step.thing)) {
            return;
        }
        self.steps += 1 + step.id.len() / COUNTED_BYTES;
        if self.steps > MAX_TRACE_STEPS {
            self.end();
            return;
        }
        self.queue.push_back(step);
    }
}

#[cfg(test)]
mod tests;
