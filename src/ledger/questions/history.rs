//! Reading events for one answer: each once, and no more than an answer may.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::QuestionError;
use super::containment::{COMINGS_AND_GOINGS, MAX_CONTAINER_EVENTS, Stay};
use super::custody::ReplayedCustody;
use super::emptyings::Emptyings;
use super::events::{Events, Mention};
use crate::records::epcis::{EpcisEvent, ThingId, ThingRole, ThingRoles, TraceEvent, parse};
use crate::types::{LogIndex, MemberId, ScanOrder, Timestamp};

/// Most events that one answer goes through, those counted again that it comes to again. An event counts
/// once more for every 4 KiB that it takes.
pub const MAX_ANSWER_EVENTS: usize = 200_000;

/// Most rows of the index of things that one answer goes through: beside events that it needs there are
/// those that say nothing about what is asked.
pub const MAX_ANSWER_ROWS: usize = 2_000_000;

/// Most events whose bodies one answer reads.
pub const MAX_ANSWER_BODIES: usize = 20_000;

/// Most rows about a thing that are read ahead: most things have a few.
const ROWS_READ_AHEAD: usize = 32;

/// Bytes of events after which no more are read ahead.
const BYTES_READ_AHEAD: usize = 4 << 20;

/// Events that are read ahead at once: the bytes are counted between.
const EVENTS_AT_A_TIME: usize = 32;

/// Bytes of an event that count like another one.
const COUNTED_BYTES: usize = 4 * 1024;

/// Bytes that are kept of what was read: what is needed again beyond that is read again.
const KEPT_BYTES: usize = 32 << 20;

/// A moment of a history: events of one instant are in the order of the log.
pub(super) type Moment = (Timestamp, LogIndex);

/// Before everything.
pub(super) const BEGINNING: Moment = (Timestamp::from_ms(i64::MIN), LogIndex(0));

/// The last moment of an instant.
pub(super) fn end_of(time: Timestamp) -> Moment {
    (time, LogIndex(u64::MAX))
}

/// Mentions of a thing from the first on.
#[derive(Clone)]
pub(super) struct FirstMentions {
    pub(super) mentions: Rc<Vec<Mention>>,
    /// Whether there are no more.
    pub(super) is_all: bool,
}

/// Mentions of a thing, each with the entry that declares its event wrong, if there is one.
pub(super) type Told = Rc<Vec<(Mention, Option<LogIndex>)>>;

/// What was read, for as long as it is kept.
#[derive(Default)]
struct Kept {
    /// With how much each counts.
    events: BTreeMap<LogIndex, (Rc<TraceEvent>, usize)>,
    /// By thing, and by the roles that were looked for; none for all of them.
    mentions: BTreeMap<(ThingId, Option<ThingRoles>), FirstMentions>,
    declared_wrong: BTreeMap<LogIndex, bool>,
    emptyings: BTreeMap<Box<str>, Rc<Emptyings>>,
    stays: BTreeMap<Box<str>, Rc<Vec<Stay>>>,
    /// All mentions that have no earlier copy, of what may have copies.
    without_copies: BTreeMap<(ThingId, Option<ThingRoles>), Rc<Vec<Mention>>>,
    /// By thing, what makes a difference to where it is, declared wrong or not.
    told: BTreeMap<ThingId, Told>,
    /// When containers were used up.
    spendings: BTreeMap<Box<str>, Rc<Vec<Moment>>>,
    /// Who holds things, by what there was until a time.
    custody: BTreeMap<(Box<str>, Option<Timestamp>), Rc<ReplayedCustody>>,
    bytes: usize,
}

/// What was read ahead and is yet to be asked for.
#[derive(Default)]
struct Ahead {
    /// All rows of the index about a thing, whether they count or not.
    rows: BTreeMap<ThingId, Vec<Mention>>,
    /// With how many bytes each takes.
    events: BTreeMap<LogIndex, (TraceEvent, usize)>,
}

/// The events that one answer has read.
pub(super) struct History<'a, 'e> {
    pub(super) events: &'a Events<'e>,
    kept: Kept,
    ahead: Ahead,
    most: usize,
    read: usize,
    rows: usize,
    bodies: usize,
    /// How many entries the log had by times of blocks that were asked for.
    log_sizes: BTreeMap<Option<Timestamp>, u64>,
}

impl Mention {
    /// When it was, with its place among those of the same instant.
    pub(super) fn moment(&self) -> Moment {
        (self.time, self.index)
    }
}

impl<'a, 'e> History<'a, 'e> {
    pub(super) fn new(events: &'a Events<'e>) -> Self {
        Self::of_at_most(events, MAX_ANSWER_EVENTS)
    }

    /// For an answer that may go through another number of events than others.
    pub(super) fn of_at_most(events: &'a Events<'e>, most: usize) -> Self {
        Self {
            events,
            kept: Kept::default(),
            ahead: Ahead::default(),
            most,
            read: 0,
            rows: 0,
            bodies: 0,
            log_sizes: BTreeMap::new(),
        }
    }

    pub(super) fn count(&mut self, more: usize) -> Result<(), QuestionError> {
        self.read = self.read.saturating_add(more);
        if self.read > self.most {
            return Err(QuestionError::TooMuch {
                what: "events",
                most: self.most,
            });
        }
        Ok(())
    }

    /// Counts a row of the index of things.
    fn count_row(&mut self) -> Result<(), QuestionError> {
        self.rows += 1;
        if self.rows > MAX_ANSWER_ROWS {
            return Err(QuestionError::TooMuch {
                what: "rows of the index of things",
                most: MAX_ANSWER_ROWS,
            });
        }
        Ok(())
    }

    /// Makes room for more bytes that are to be kept.
    fn keep(&mut self, bytes: usize) {
        if self.kept.bytes.saturating_add(bytes) > KEPT_BYTES {
            self.kept = Kept::default();
        }
        self.kept.bytes = self.kept.bytes.saturating_add(bytes);
    }

    /// All mentions of a thing, in order; of an event that several members captured, the first that counts.
    pub(super) fn mentions_of(&mut self, thing: &str) -> Result<Rc<Vec<Mention>>, QuestionError> {
        self.mentions(ThingId::of(thing), thing)
    }

    /// As [`History::mentions_of`], of what the indices know by `id`; `name` is for people.
    pub(super) fn mentions(
        &mut self,
        id: ThingId,
        name: &str,
    ) -> Result<Rc<Vec<Mention>>, QuestionError> {
        let found = self.first_mentions(id, None, MAX_CONTAINER_EVENTS)?;
        self.all_once((id, None), found, name)
    }

    /// As [`History::mentions_of`], from one moment to another if there is one, both included: however many there are at other
    /// times.
    pub(super) fn mentions_in(
        &mut self,
        thing: &str,
        (from, until): (Moment, Option<Moment>),
    ) -> Result<Rc<Vec<Mention>>, QuestionError> {
        if (from, until) == (BEGINNING, None) {
            return self.mentions_of(thing);
        }
        let until = until.unwrap_or(end_of(self.events.last_time()));
        let range = (from, until);
        let (found, has_more) =
            self.mentions_between(ThingId::of(thing), None, range, MAX_CONTAINER_EVENTS)?;
        if has_more {
            return Err(too_long(thing));
        }
        Ok(Rc::new(self.without_copies(&found)?))
    }

    /// As [`History::mentions_of`], in some roles.
    pub(super) fn mentions_as(
        &mut self,
        thing: &str,
        roles: ThingRoles,
    ) -> Result<Rc<Vec<Mention>>, QuestionError> {
        let key = (ThingId::of(thing), Some(roles));
        let found = self.first_mentions(key.0, key.1, MAX_CONTAINER_EVENTS)?;
        self.all_once(key, found, thing)
    }

    /// All mentions of a thing that make a difference to where it is, in order, those included whose events were declared
    /// wrong later, and each capture of an event: for custody it matters who captured it.
    pub(super) fn told(&mut self, thing: &str) -> Result<Told, QuestionError> {
        let id = ThingId::of(thing);
        if let Some(known) = self.kept.told.get(&id).map(Rc::clone) {
            self.count(known.len())?;
            return Ok(known);
        }
        let events = self.events;
        let mut found = Vec::new();
        let range = (BEGINNING, end_of(events.last_time()));
        events.each_mention(&id, range, ScanOrder::Ascending, &mut |mention| {
            self.count_row()?;
            if !mention.roles.has_any(COMINGS_AND_GOINGS) || !events.may_count(&mention) {
                return Ok(true);
            }
            self.count(1)?;
            if found.len() == MAX_CONTAINER_EVENTS {
                return Err(too_long(thing));
            }
            found.push((mention, events.counted_declaration(mention.index)?));
            Ok(true)
        })?;
        let found = Rc::new(found);
        self.keep(size_of::<(Mention, Option<LogIndex>)>() * (1 + found.len()));
        self.kept.told.insert(id, Rc::clone(&found));
        Ok(found)
    }

    /// The mentions of a thing in some roles, or in any, in order, whoever captured what: all, or at least so many.
    pub(super) fn first_mentions(
        &mut self,
        id: ThingId,
        roles: Option<ThingRoles>,
        most: usize,
    ) -> Result<FirstMentions, QuestionError> {
        let kept = self.kept.mentions.get(&(id, roles)).cloned();
        if let Some(found) = kept.filter(|found| found.is_all || found.mentions.len() >= most) {
            self.count(found.mentions.len())?;
            return Ok(found);
        }
        let of_all = self.kept.mentions.get(&(id, None)).cloned();
        let found = match (roles, of_all.filter(|all| all.is_all)) {
            (Some(roles), Some(all)) => {
                self.count(all.mentions.len())?;
                let mentions = all.mentions.iter().filter(|m| m.roles.has_any(roles));
                (mentions.copied().collect(), false)
            }
            _ => {
                let range = (BEGINNING, end_of(self.events.last_time()));
                self.scan(id, roles, range, most)?
            }
        };
        Ok(self.keep_mentions((id, roles), found.0, !found.1))
    }

    /// The mentions of a thing in some roles, or in any, between two moments, both included, whoever captured what; no more
    /// than so many, and whether there are more.
    pub(super) fn mentions_between(
        &mut self,
        id: ThingId,
        roles: Option<ThingRoles>,
        (from, until): (Moment, Moment),
        most: usize,
    ) -> Result<(Vec<Mention>, bool), QuestionError> {
        let of_all = self.kept.mentions.get(&(id, None)).cloned();
        let Some(all) = of_all.filter(|all| all.is_all) else {
            return self.scan(id, roles, (from, until), most);
        };
        let first = all.mentions.partition_point(|m| m.moment() < from);
        let behind = all.mentions.partition_point(|m| m.moment() <= until);
        let those = all.mentions.get(first..behind).unwrap_or_default();
        self.count(those.len())?;
        let is_asked = |mention: &&Mention| roles.is_none_or(|roles| mention.roles.has_any(roles));
        let mut found: Vec<Mention> = those.iter().filter(is_asked).copied().collect();
        let has_more = found.len() > most;
        found.truncate(most);
        Ok((found, has_more))
    }

    /// As [`History::mentions_between`], from the index.
    fn scan(
        &mut self,
        id: ThingId,
        roles: Option<ThingRoles>,
        (from, until): (Moment, Moment),
        most: usize,
    ) -> Result<(Vec<Mention>, bool), QuestionError> {
        let is_all_asked = (from, until) == (BEGINNING, end_of(self.events.last_time()));
        let ahead = match is_all_asked {
            true => self.ahead.rows.remove(&id),
            false => None,
        };
        let (mut found, mut has_more) = (Vec::new(), false);
        let events = self.events;
        let mut visit = |mention: Mention| {
            self.count_row()?;
            let has_role = roles.is_none_or(|roles| mention.roles.has_any(roles));
            let is_asked = has_role && events.may_count(&mention);
            if is_asked && !self.is_declared_wrong(mention.index)? {
                has_more = found.len() == most;
                if has_more {
                    return Ok(false);
                }
                self.count(1)?;
                found.push(mention);
            }
            Ok(true)
        };
        match ahead {
            Some(rows) => {
                for row in rows {
                    if !visit(row)? {
                        break;
                    }
                }
            }
            None => {
                let range = (from, (until.0, until.1.plus(1)));
                events.each_mention(&id, range, ScanOrder::Ascending, &mut visit)?;
            }
        }
        Ok((found, has_more))
    }

    /// Reads at once what will be asked for next: what several things have to do with, and the events in which they
    /// have a role. It changes how often an answer waits for the disk, and nothing else: what is read ahead counts
    /// when it is asked for. What was read ahead before and not asked for is forgotten.
    pub(super) fn read_ahead(
        &mut self,
        things: &[ThingId],
        role: ThingRole,
    ) -> Result<(), QuestionError> {
        let is_new = |thing: &ThingId| !self.kept.mentions.contains_key(&(*thing, None));
        let things: BTreeSet<ThingId> = things.iter().copied().filter(is_new).collect();
        let things: Vec<ThingId> = things.into_iter().collect();
        let each = self
            .events
            .first_mentions_of_each(&things, ROWS_READ_AHEAD)?;
        self.ahead = Ahead::default();
        let mut indices = BTreeSet::new();
        for (thing, rows) in things.into_iter().zip(each) {
            let leads_on = |row: &&Mention| row.roles.has(role) && self.events.may_count(row);
            indices.extend(rows.iter().filter(leads_on).map(|row| row.index));
            // If there may be more, it is read on its own.
            if rows.len() < ROWS_READ_AHEAD {
                self.ahead.rows.insert(thing, rows);
            }
        }
        indices.retain(|index| !self.kept.events.contains_key(index));
        let indices: Vec<LogIndex> = indices.into_iter().collect();
        let mut bytes = 0;
        for some in indices.chunks(EVENTS_AT_A_TIME) {
            if bytes > BYTES_READ_AHEAD {
                break;
            }
            let events = self.events.sized_events(some)?;
            bytes += events.iter().map(|(_, bytes)| bytes).sum::<usize>();
            let events = some.iter().copied().zip(events);
            self.ahead.events.extend(events);
        }
        Ok(())
    }

    /// Keeps the mentions of a thing in some roles, or in any.
    fn keep_mentions(
        &mut self,
        key: (ThingId, Option<ThingRoles>),
        mentions: Vec<Mention>,
        is_all: bool,
    ) -> FirstMentions {
        let found = FirstMentions {
            mentions: Rc::new(mentions),
            is_all,
        };
        self.keep(size_of::<Mention>() * (1 + found.mentions.len()));
        self.kept.mentions.insert(key, found.clone());
        found
    }

    /// Keeps an event of so many bytes; gives it with how much it counts.
    fn keep_event(
        &mut self,
        index: LogIndex,
        event: TraceEvent,
        bytes: usize,
    ) -> (Rc<TraceEvent>, usize) {
        let kept = (Rc::new(event), 1 + bytes / COUNTED_BYTES);
        self.keep(bytes);
        self.kept.events.insert(index, kept.clone());
        kept
    }

    /// Whether an event is declared wrong: it is asked once for all the things that the event speaks of.
    fn is_declared_wrong(&mut self, index: LogIndex) -> Result<bool, QuestionError> {
        if let Some(known) = self.kept.declared_wrong.get(&index) {
            return Ok(*known);
        }
        let is_wrong = self.events.is_declared_wrong(index)?;
        self.keep(size_of::<(LogIndex, bool)>());
        self.kept.declared_wrong.insert(index, is_wrong);
        Ok(is_wrong)
    }

    /// Mentions without those in which an earlier one's event was captured again, by another member: an event is what it says,
    /// whoever says so. Most things are in one event at a time: nothing is read for them.
    fn without_copies(&mut self, mentions: &[Mention]) -> Result<Vec<Mention>, QuestionError> {
        let mut found = Vec::with_capacity(mentions.len());
        for same in mentions.chunk_by(|one, other| one.time == other.time) {
            let mut hashes = BTreeSet::new();
            for mention in same {
                let is_alone = same.len() == 1;
                if is_alone || hashes.insert(self.event(mention.index)?.event_hash) {
                    found.push(*mention);
                }
            }
        }
        Ok(found)
    }

    /// All that were found of a thing, if these are all, without the copies.
    fn all_once(
        &mut self,
        key: (ThingId, Option<ThingRoles>),
        found: FirstMentions,
        name: &str,
    ) -> Result<Rc<Vec<Mention>>, QuestionError> {
        let mentions = all_of(found, name)?;
        let mut pairs = mentions.windows(2);
        let may_have_copies = pairs.any(|pair| matches!(pair, [a, b] if a.time == b.time));
        if !may_have_copies {
            return Ok(mentions);
        }
        if let Some(known) = self.kept.without_copies.get(&key) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(self.without_copies(&mentions)?);
        self.keep(size_of::<Mention>() * (1 + found.len()));
        self.kept.without_copies.insert(key, Rc::clone(&found));
        Ok(found)
    }

    /// The event of an entry.
    pub(super) fn event(&mut self, index: LogIndex) -> Result<Rc<TraceEvent>, QuestionError> {
        if let Some((event, counted)) = self.kept.events.get(&index) {
            let (event, counted) = (Rc::clone(event), *counted);
            self.count(counted)?;
            return Ok(event);
        }
        let (event, bytes) = match self.ahead.events.remove(&index) {
            Some(ahead) => ahead,
            None => self.events.sized_event(index)?,
        };
        let (event, counted) = self.keep_event(index, event, bytes);
        self.count(counted)?;
        Ok(event)
    }

    /// Everything that the event of an entry says, and who captured it: read from the entry itself.
    pub(super) fn body(
        &mut self,
        index: LogIndex,
    ) -> Result<(EpcisEvent, MemberId), QuestionError> {
        self.count_body()?;
        let (signed, record) = self.events.submitted(index)?;
        let event = parse(&record.body).map_err(|error| {
            crate::types::ReadError::new(format!("the event of entry {index} is damaged: {error}"))
        })?;
        Ok((event, signed.member))
    }

    /// Counts an event whose entry is read, for its body or for who captured it.
    pub(super) fn count_body(&mut self) -> Result<(), QuestionError> {
        self.bodies += 1;
        if self.bodies > MAX_ANSWER_BODIES {
            return Err(QuestionError::TooMuch {
                what: "bodies of events",
                most: MAX_ANSWER_BODIES,
            });
        }
        Ok(())
    }

    /// When a container was emptied, if that is known already.
    pub(super) fn kept_emptyings(&self, container: &str) -> Option<Rc<Emptyings>> {
        self.kept.emptyings.get(container).map(Rc::clone)
    }

    /// Keeps when a container was emptied.
    pub(super) fn keep_emptyings(&mut self, container: &str, emptyings: &Rc<Emptyings>) {
        self.keep(container.len() + emptyings.bytes());
        let kept = Rc::clone(emptyings);
        self.kept.emptyings.insert(container.into(), kept);
    }

    /// The containers that a thing was in, if they are known already.
    pub(super) fn kept_stays(
        &mut self,
        thing: &str,
    ) -> Result<Option<Rc<Vec<Stay>>>, QuestionError> {
        let Some(stays) = self.kept.stays.get(thing).map(Rc::clone) else {
            return Ok(None);
        };
        self.count(stays.len())?;
        Ok(Some(stays))
    }

    /// When a container was used up, if that is known already.
    pub(super) fn kept_spendings(&self, container: &str) -> Option<Rc<Vec<Moment>>> {
        self.kept.spendings.get(container).map(Rc::clone)
    }

    /// Keeps when a container was used up.
    pub(super) fn keep_spendings(&mut self, container: &str, spendings: &Rc<Vec<Moment>>) {
        self.keep(container.len() + size_of::<Moment>() * (1 + spendings.len()));
        let kept = Rc::clone(spendings);
        self.kept.spendings.insert(container.into(), kept);
    }

    /// As [`Events::log_size_by`].
    pub(super) fn log_size_by(&mut self, time: Option<Timestamp>) -> Result<u64, QuestionError> {
        if let Some(known) = self.log_sizes.get(&time) {
            return Ok(*known);
        }
        let log_size = self.events.log_size_by(time)?;
        self.log_sizes.insert(time, log_size);
        Ok(log_size)
    }

    /// Who holds a thing, if that is known already.
    pub(super) fn kept_custody(
        &mut self,
        thing: &str,
        at: Option<Timestamp>,
    ) -> Result<Option<Rc<ReplayedCustody>>, QuestionError> {
        self.count(1)?;
        Ok(self.kept.custody.get(&(thing.into(), at)).map(Rc::clone))
    }

    /// Keeps who holds a thing.
    pub(super) fn keep_custody(
        &mut self,
        thing: &str,
        at: Option<Timestamp>,
        custody: &Rc<ReplayedCustody>,
    ) {
        let names = custody.containers.iter().map(|container| container.len());
        self.keep(thing.len() + names.sum::<usize>() + size_of::<ReplayedCustody>());
        let kept = Rc::clone(custody);
        self.kept.custody.insert((thing.into(), at), kept);
    }

    /// Keeps the containers that a thing was in.
    pub(super) fn keep_stays(&mut self, thing: &str, stays: &Rc<Vec<Stay>>) {
        let names: usize = stays.iter().map(|stay| stay.container.len()).sum();
        self.keep(thing.len() + names + size_of::<Stay>() * stays.len());
        self.kept.stays.insert(thing.into(), Rc::clone(stays));
    }
}

/// All that were found, if these are all.
fn all_of(found: FirstMentions, name: &str) -> Result<Rc<Vec<Mention>>, QuestionError> {
    if found.is_all && found.mentions.len() <= MAX_CONTAINER_EVENTS {
        return Ok(found.mentions);
    }
    Err(too_long(name))
}

fn too_long(thing: &str) -> QuestionError {
    QuestionError::TooLong {
        thing: thing.to_owned(),
        most: MAX_CONTAINER_EVENTS,
    }
}
