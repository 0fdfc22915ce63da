//! What goes along with what: a thing with a holder changes hands with its container only if whoever held it put it
//! in there, and stays with who got it so when it is taken out.
//!
//! Changes of custody are in the order of the log, and so are the events here: an event that says that a thing goes
//! into a container or leaves it counts, for custody, if whoever held the thing at that entry captured it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::holding::{Holding, MAX_CONTAINER_DEPTH};
use super::steps::{Steps, Until};
use crate::ledger::questions::containment::{COMINGS_AND_GOINGS, Stay};
use crate::ledger::questions::history::{History, Moment, end_of};
use crate::ledger::questions::signed::submitted;
use crate::ledger::questions::{Events, QuestionError};
use crate::records::epcis::{Action, ThingRole};
use crate::types::{LogIndex, MemberId, Timestamp};

/// How often a thing can be claimed again, for its holder was removed, before older claims are not looked at.
const MAX_CLAIMS: usize = 16;

/// The end of what has not ended.
const NEVER: LogIndex = LogIndex(u64::MAX);

/// What a thing goes along with, and when it did.
#[derive(Debug)]
pub(in crate::ledger::questions) struct Nesting {
    /// The first is of the thing itself, for good; each stands after what it is within.
    rides: Vec<Ride>,
}

/// That a thing goes along with what it is in: when that changes hands so does the thing.
#[derive(Clone, Debug)]
struct Ride {
    /// What it goes along with.
    container: Box<str>,
    /// The ride with what is in there.
    within: Option<usize>,
    /// When that was put in, by the times of events.
    since: Moment,
    /// The first entry that counts.
    from: LogIndex,
    /// The first that counts no more.
    until: LogIndex,
    /// Whether anybody ever held the container by its own name.
    is_ever_held: bool,
}

impl Nesting {
    /// Of a thing that goes along with nothing.
    fn alone(events: &Events<'_>, thing: &str) -> Result<Self, QuestionError> {
        let ride = Ride {
            container: thing.into(),
            within: None,
            since: (Timestamp::from_ms(i64::MIN), LogIndex(0)),
            from: LogIndex(0),
            until: NEVER,
            is_ever_held: events.is_claimed(thing)?,
        };
        Ok(Self { rides: vec![ride] })
    }

    /// Who holds the thing: if it never changed hands and nobody claimed it, who holds the innermost of what it goes
    /// along with still.
    pub(super) fn holder(
        &self,
        events: &Events<'_>,
        until: Until,
    ) -> Result<Option<Holding>, QuestionError> {
        let mut holder = self.latest(events, 0, None, until)?;
        let standing = self.rides.iter().enumerate();
        for (number, ride) in standing.filter(|(_, ride)| ride.is_ever_held) {
            if holder.is_none() && self.end(number) == NEVER {
                holder = events.holding(&ride.container, until)?;
            }
        }
        Ok(holder)
    }

    /// Whether the thing goes along with a container still.
    pub(super) fn goes_along_with(&self, container: &str) -> bool {
        let mut rides = self.rides.iter().enumerate();
        rides.any(|(number, ride)| *ride.container == *container && self.end(number) == NEVER)
    }

    /// A ride, and those that it is within, up to that of the thing itself.
    fn outwards_in(&self, number: usize) -> impl Iterator<Item = (usize, &Ride)> {
        let mut next = Some(number);
        std::iter::from_fn(move || {
            let number = next?;
            let ride = self.rides.get(number)?;
            next = ride.within;
            Some((number, ride))
        })
    }

    /// The first entry that does not count for a ride: it ends with what it is within.
    fn end(&self, number: usize) -> LogIndex {
        let ends = self.outwards_in(number).map(|(_, ride)| ride.until);
        ends.min().unwrap_or(NEVER)
    }

    /// Who holds what a ride is with: who did before it, or else the last who got it, or a container that it
    /// went along with since. A claim takes a thing from nobody but a removed member who held what is claimed.
    fn latest(
        &self,
        events: &Events<'_>,
        top: usize,
        base: Option<Holding>,
        until: Until,
    ) -> Result<Option<Holding>, QuestionError> {
        let mut found: Vec<(Holding, bool)> = Vec::new();
        for (number, ride) in self.rides.iter().enumerate() {
            let descends = self.outwards_in(number).any(|(number, _)| number == top);
            if !ride.is_ever_held || !descends {
                continue;
            }
            let mut before = self.end(number).min(until.before.unwrap_or(NEVER));
            for _ in 0..MAX_CLAIMS {
                let until = Until {
                    before: Some(before),
                    ..until
                };
                let held = events.holding(&ride.container, until)?;
                let Some(held) = held.filter(|held| held.since >= ride.from) else {
                    break;
                };
                before = held.since;
                let is_claim = held.is_claim;
                found.push((held, number == 0));
                if !is_claim {
                    break;
                }
            }
        }
        found.sort_by_key(|(held, _)| held.since);
        let mut present = base;
        let mut is_claimed = false;
        for (held, is_own) in found {
            let counts = present.as_ref().is_none_or(|present| {
                let is_first = is_own && !is_claimed;
                let takes_from_nobody =
                    is_first || held.holder == present.holder || held.thing == present.thing;
                !held.is_claim || takes_from_nobody
            });
            is_claimed |= is_own;
            if counts {
                present = Some(held);
            }
        }
        Ok(present)
    }
}

/// What is to be looked at next, in the order of the log.
enum Step {
    /// What a ride is with may have been put into a container.
    Packed(Packing),
    /// It left the container of a ride by an entry.
    Left { ride: usize, by: LogIndex },
    /// Somebody claimed the container of a ride for the first time.
    Claimed { ride: usize, claimer: MemberId },
}

/// That what a ride is with was put into a container.
struct Packing {
    inner: usize,
    container: Box<str>,
    since: Moment,
    /// The entries that say so, the last first.
    entries: Vec<LogIndex>,
    /// The entry by which it left.
    left: Option<LogIndex>,
}

/// Follows a thing through the log.
struct Follower<'h, 'a, 'e> {
    history: &'h mut History<'a, 'e>,
    at: Option<Timestamp>,
    nesting: Nesting,
    agenda: BTreeMap<(LogIndex, usize), Step>,
    steps: usize,
}

impl History<'_, '_> {
    /// What a thing goes along with, of events until a time.
    pub(super) fn nesting(
        &mut self,
        thing: &str,
        at: Option<Timestamp>,
    ) -> Result<Rc<Nesting>, QuestionError> {
        if let Some(known) = self.kept_nesting(thing, at)? {
            return Ok(known);
        }
        let alone = Nesting::alone(self.events, thing)?;
        // In a circle of containers, and deeper than those are looked at, each is held by its own name.
        if !self.enter_nesting(thing, MAX_CONTAINER_DEPTH) {
            return Ok(Rc::new(alone));
        }
        let mut follower = Follower {
            history: self,
            at,
            nesting: alone,
            agenda: BTreeMap::new(),
            steps: 0,
        };
        let followed = follower.follow();
        let nesting = follower.nesting;
        self.leave_nesting();
        followed?;
        let nesting = Rc::new(nesting);
        let names = nesting.rides.iter().map(|ride| ride.container.len());
        let bytes = names.sum::<usize>() + size_of::<Ride>() * nesting.rides.len();
        self.keep_nesting(thing, at, &nesting, bytes);
        Ok(nesting)
    }
}

impl Follower<'_, '_, '_> {
    fn follow(&mut self) -> Result<(), QuestionError> {
        self.open(0)?;
        while let Some(((at, _), step)) = self.agenda.pop_first() {
            self.history.count(1)?;
            match step {
                Step::Packed(packing) => self.pack(at, packing)?,
                Step::Left { ride, by } => {
                    if self.within(ride, |own, inner| own.is_rightful(inner, by))? {
                        self.end(ride, by);
                    }
                }
                Step::Claimed { ride, claimer } => {
                    let holder = self.within(ride, |own, inner| own.rightful(inner, at))?;
                    if holder.is_some_and(|holder| holder != claimer) {
                        self.end(ride, at);
                    }
                }
            }
        }
        Ok(())
    }

    fn plan(&mut self, at: LogIndex, step: Step) {
        self.steps += 1;
        self.agenda.insert((at, self.steps), step);
    }

    /// Asks about what the container of a ride holds.
    fn within<T>(
        &mut self,
        ride: usize,
        ask: impl FnOnce(&mut Self, usize) -> Result<T, QuestionError>,
    ) -> Result<T, QuestionError> {
        let inner = self.nesting.rides.get(ride).and_then(|ride| ride.within);
        ask(self, inner.unwrap_or_default())
    }

    fn end(&mut self, ride: usize, at: LogIndex) {
        if let Some(ride) = self.nesting.rides.get_mut(ride) {
            ride.until = ride.until.min(at);
        }
    }

    fn from(&self, ride: usize) -> LogIndex {
        let ride = self.nesting.rides.get(ride);
        ride.map_or(LogIndex(0), |ride| ride.from)
    }

    /// Plans to look at what the container of a ride was put into.
    fn open(&mut self, inner: usize) -> Result<(), QuestionError> {
        let path = self.nesting.outwards_in(inner);
        let path: Vec<Box<str>> = path.map(|(_, ride)| ride.container.clone()).collect();
        let Some(thing) = path.first().filter(|_| path.len() <= MAX_CONTAINER_DEPTH) else {
            return Ok(());
        };
        let then = end_of(self.at.unwrap_or(self.history.events.last_time()));
        let from = self.from(inner);
        for stay in self.history.stays(thing)?.iter() {
            if stay.from > then || path.contains(&stay.container) {
                continue;
            }
            let left = stay.until.filter(|until| *until <= then);
            let left = left.map(|(_, index)| index);
            if inner > 0 && left.is_some_and(|left| left < from) {
                // It was over when there was nothing of this in there yet, unless it went along nevertheless.
                let known = self.history.nesting(thing, self.at)?;
                let mut rides = known.rides.iter();
                let is_over = |ride: &Ride| ride.since != stay.from || ride.until <= from;
                if rides.all(is_over) {
                    continue;
                }
            }
            let mut entries = self.packed(thing, stay, then)?;
            entries.sort_by_key(|index| Reverse(*index));
            let packing = Packing {
                inner,
                container: stay.container.clone(),
                since: stay.from,
                entries,
                left,
            };
            self.plan_packing(packing);
        }
        Ok(())
    }

    /// The entries that say that a thing is in a container that it was in.
    fn packed(
        &mut self,
        thing: &str,
        stay: &Stay,
        then: Moment,
    ) -> Result<Vec<LogIndex>, QuestionError> {
        let mentions = self.history.mentions_as(thing, COMINGS_AND_GOINGS)?;
        let first = mentions.partition_point(|mention| mention.moment() < stay.from);
        let mut entries = Vec::new();
        for mention in mentions.iter().skip(first) {
            let at = mention.moment();
            if at > then || stay.until.is_some_and(|until| at >= until) {
                break;
            }
            if !mention.roles.has(ThingRole::Child) {
                continue;
            }
            let event = self.history.event(mention.index)?;
            let is_here = event.parent.as_deref() == Some(&*stay.container);
            // A class is held as a whole, and goes along with nothing.
            let mut named = event.objects.iter();
            let is_single = named.any(|object| *object.id == *thing && !object.is_class);
            if is_here && is_single && event.action != Some(Action::Delete) {
                entries.push(mention.index);
            }
        }
        Ok(entries)
    }

    fn plan_packing(&mut self, packing: Packing) {
        if let Some(next) = packing.entries.last() {
            let at = next.plus(1).max(self.from(packing.inner));
            self.plan(at, Step::Packed(packing));
        }
    }

    /// What is put into a container goes along with it from the entry of who may say so on.
    fn pack(&mut self, at: LogIndex, mut packing: Packing) -> Result<(), QuestionError> {
        let inner = packing.inner;
        let Some(entry) = packing.entries.pop() else {
            return Ok(());
        };
        if at >= self.nesting.end(inner) {
            return Ok(());
        }
        if !self.is_rightful(inner, entry)? {
            self.plan_packing(packing);
            return Ok(());
        }
        if let Some(left) = packing.left.filter(|left| *left < at) {
            packing.left = None;
            if self.is_rightful(inner, left)? {
                return Ok(());
            }
        }
        let others = self.nesting.rides.iter_mut();
        let mut others = others.filter(|ride| ride.within == Some(inner) && ride.until > at);
        if others.any(|other| other.since > packing.since) {
            return Ok(());
        }
        for other in &mut self.nesting.rides {
            if other.within == Some(inner) {
                other.until = other.until.min(at);
            }
        }
        let claim = first_claim(self.history.events, &packing.container, self.until(None))?;
        let ride = self.nesting.rides.len();
        self.nesting.rides.push(Ride {
            container: packing.container,
            within: Some(inner),
            since: packing.since,
            from: at,
            until: NEVER,
            is_ever_held: claim.is_some(),
        });
        if let Some(by) = packing.left {
            self.plan(by, Step::Left { ride, by });
        }
        if let Some((claimed, claimer)) = claim.filter(|(claimed, _)| *claimed >= at) {
            self.plan(claimed, Step::Claimed { ride, claimer });
        }
        self.open(ride)
    }

    fn until(&self, before: Option<LogIndex>) -> Until {
        Until {
            time: self.at,
            before,
        }
    }

    /// Whether an entry is of who may say what becomes of what a ride is with.
    fn is_rightful(&mut self, ride: usize, entry: LogIndex) -> Result<bool, QuestionError> {
        let Some(rightful) = self.rightful(ride, entry)? else {
            return Ok(true);
        };
        self.history.count_body()?;
        let (signed, _) = submitted(self.history.events.view, entry)?;
        Ok(signed.member == rightful)
    }

    /// Who may say at an entry what becomes of what a ride is with: the holder of the outermost that somebody held, or
    /// else whoever claimed first afterwards. What was put in later is not asked for: it was put in as it stood.
    fn rightful(&mut self, ride: usize, at: LogIndex) -> Result<Option<MemberId>, QuestionError> {
        let events = self.history.events;
        let until = self.until(Some(at));
        let path = self.nesting.outwards_in(ride);
        let path: Vec<(usize, Ride)> = path.map(|(number, ride)| (number, ride.clone())).collect();
        let mut earliest: Option<(LogIndex, MemberId)> = None;
        for (number, ride) in path {
            let base = if number > 0 {
                let standing = self.until(Some(at.min(ride.from)));
                let nesting = self.history.nesting(&ride.container, self.at)?;
                nesting.latest(events, 0, None, standing)?
            } else {
                None
            };
            if let Some(held) = self.nesting.latest(events, number, base, until)? {
                return Ok(Some(held.holder));
            }
            if ride.is_ever_held {
                let claim = first_claim(events, &ride.container, self.until(None))?;
                earliest = earliest
                    .into_iter()
                    .chain(claim)
                    .min_by_key(|(index, _)| *index);
            }
            if at < ride.from {
                break;
            }
        }
        Ok(earliest.map(|(_, claimer)| claimer))
    }
}

/// The first claim of a thing, and whose it is.
pub(super) fn first_claim(
    events: &Events<'_>,
    thing: &str,
    until: Until,
) -> Result<Option<(LogIndex, MemberId)>, QuestionError> {
    let Some(steps) = Steps::of(events, thing, until)? else {
        return Ok(None);
    };
    let first = steps.get(1)?;
    Ok(Some((first.index, first.to)))
}
