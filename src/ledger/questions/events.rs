//! The events that count for a question, found by the things that they speak of.

use super::QuestionError;
use super::signed::{Signed, submitted};
use super::standing::Standing;
use crate::contracts::{IndexKey, MAX_EVENT_AHEAD_MS};
use crate::records::epcis::{ThingId, ThingRoles, TraceEvent};
use crate::types::{
    Decode, Encode, Height, KeyRange, KeyValue, LedgerView, LogIndex, ReadError, Record, ScanOrder,
    Space, Timestamp,
};

/// Most index entries that are read at a time.
const PAGE: usize = 256;

/// Most rows of the index that are gone through to tell a thing that somebody speaks of from one that nobody does.
const MAX_ROWS_TO_KNOW: usize = 1_000;

/// Most rows of the index that are gone through for it, those included that came after the height of the answer.
const MAX_ROWS_LOOKED_AT: usize = 1_000_000;

/// Whether events that were declared wrong count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Corrections {
    /// They do not: what is left is what is held to be true.
    #[default]
    Resolved,
    /// They do, as if nobody had declared anything.
    Raw,
}

/// Which events count. The two axes are different ones: what the ledger knew by a height, and what had
/// happened by a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventScope {
    /// Only what the ledger had at this height; all of it by default.
    pub as_of: Option<Height>,
    /// Only what happened before this time. By default what happened by the time of the height's block, or within
    /// [`MAX_EVENT_AHEAD_MS`] after it.
    pub event_time_before: Option<Timestamp>,
    /// Whether corrections are resolved.
    pub corrections: Corrections,
}

impl EventScope {
    /// All that counts at a height; at the last one if there is none.
    pub fn as_of(height: Option<Height>) -> Self {
        Self {
            as_of: height,
            ..Self::default()
        }
    }
}

/// That an event speaks of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// When the event happened.
    pub time: Timestamp,
    /// Its entry.
    pub index: LogIndex,
    /// The roles of the thing in it.
    pub roles: ThingRoles,
}

impl Mention {
    fn from_row((key, value): &KeyValue) -> Result<Self, QuestionError> {
        let (time, index) = IndexKey::time_and_index(key)
            .ok_or_else(|| ReadError::new("the index of things is damaged"))?;
        let roles = ThingRoles::from_byte(value.first().copied().unwrap_or_default());
        Ok(Self { time, index, roles })
    }
}

/// The events of a scope.
pub struct Events<'a> {
    pub(super) view: &'a dyn LedgerView,
    height: Height,
    pub(super) log_size: u64,
    last_time: Timestamp,
    until: Timestamp,
    before: Option<Timestamp>,
    corrections: Corrections,
}

impl<'a> Events<'a> {
    /// The events of a view that count in a scope.
    ///
    /// # Errors
    /// [`QuestionError::BeyondTip`] if the ledger has not come to the height.
    pub fn open(view: &'a dyn LedgerView, scope: EventScope) -> Result<Self, QuestionError> {
        let standing = Standing::at(view, scope.as_of)?;
        let before = match scope.event_time_before {
            Some(before) => before.as_ms(),
            // What is told of later times has not happened yet.
            None => standing.time.as_ms().saturating_add(MAX_EVENT_AHEAD_MS + 1),
        };
        Ok(Self {
            view,
            height: standing.height,
            log_size: standing.log_size,
            last_time: Timestamp::from_ms(before.saturating_sub(1)),
            until: scope.event_time_before.unwrap_or(standing.time),
            before: scope.event_time_before,
            corrections: scope.corrections,
        })
    }

    /// Up to when what has not ended is measured: the end of the times that count if there is one, or else
    /// the time of the block that the answer is of.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether what the ledger has known since a block of a height and time counts: what is no event happens when its
    /// block is decided.
    pub(super) fn has_block(&self, height: Height, time: Timestamp) -> bool {
        height <= self.height && self.before.is_none_or(|before| time < before)
    }

    /// Before which time all happened that counts, if the scope says so.
    pub(super) fn before(&self) -> Option<Timestamp> {
        self.before
    }

    /// The height that answers are of.
    pub fn height(&self) -> Height {
        self.height
    }

    /// How many entries the log had at that height.
    pub(super) fn log_size(&self) -> u64 {
        self.log_size
    }

    /// The last time at which an event counts.
    pub fn last_time(&self) -> Timestamp {
        self.last_time
    }

    /// Up to `count` mentions of a thing between two times, both included, in order of time and entry
    /// or the other way round.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn mentions(
        &self,
        thing: &ThingId,
        (from, until): (Timestamp, Timestamp),
        order: ScanOrder,
        count: usize,
    ) -> Result<Vec<Mention>, QuestionError> {
        // Behind the last entry that there can be: none has this index.
        let (from, until) = ((from, LogIndex(0)), (until, LogIndex(u64::MAX)));
        self.mentions_between(thing, (from, until), order, count)
    }

    /// As [`Events::mentions`], where events of one instant count from one entry on and to below another.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub(super) fn mentions_between(
        &self,
        thing: &ThingId,
        range: ((Timestamp, LogIndex), (Timestamp, LogIndex)),
        order: ScanOrder,
        count: usize,
    ) -> Result<Vec<Mention>, QuestionError> {
        let mut found = Vec::new();
        self.each_mention(thing, range, order, &mut |mention| {
            if self.may_count(&mention) && !self.is_declared_wrong(mention.index)? {
                found.push(mention);
            }
            Ok(found.len() < count)
        })?;
        Ok(found)
    }

    /// Shows the rows of the index about a thing from one moment on and before another, whether they count or
    /// not, in order of time and entry or the other way round, for as long as they are asked for.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, and what is done with them.
    pub(super) fn each_mention(
        &self,
        thing: &ThingId,
        (from, until): ((Timestamp, LogIndex), (Timestamp, LogIndex)),
        order: ScanOrder,
        visit: &mut dyn FnMut(Mention) -> Result<bool, QuestionError>,
    ) -> Result<(), QuestionError> {
        let until = until.min((self.last_time, LogIndex(u64::MAX)));
        if from >= until {
            return Ok(());
        }
        let place = |(time, index)| IndexKey::Mention { thing, time, index }.to_bytes();
        let (mut first, mut end) = (place(from), place(until));
        loop {
            let page = self.view.scan(Space::Index, &first, &end, order, PAGE)?;
            for row in &page {
                if !visit(Mention::from_row(row)?)? {
                    return Ok(());
                }
            }
            match (page.last(), order) {
                (Some((key, _)), ScanOrder::Ascending) if page.len() == PAGE => {
                    first = [key, &[0][..]].concat();
                }
                (Some((key, _)), ScanOrder::Descending) if page.len() == PAGE => {
                    end = key.to_vec();
                }
                _ => return Ok(()),
            }
        }
    }

    /// The rows of the index about each of several things, whether they count or not, in order of time and entry:
    /// the first `count` of each. The store may read them at the same time.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub(super) fn first_mentions_of_each(
        &self,
        things: &[ThingId],
        count: usize,
    ) -> Result<Vec<Vec<Mention>>, QuestionError> {
        let range = |thing| {
            let place = |time, index| IndexKey::Mention { thing, time, index }.to_bytes();
            let first = place(Timestamp::from_ms(i64::MIN), LogIndex(0));
            (first, place(self.last_time, LogIndex(u64::MAX)))
        };
        let ranges: Vec<KeyRange> = things.iter().map(range).collect();
        let each = self.view.scan_each(Space::Index, &ranges, count)?;
        let mentions = |rows: &Vec<KeyValue>| rows.iter().map(Mention::from_row).collect();
        each.iter().map(mentions).collect()
    }

    /// Whether an event that counts speaks of a thing. What has more than a thousand events that do not count is taken
    /// to be known.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn knows(&self, thing: &str) -> Result<bool, QuestionError> {
        let from = (Timestamp::from_ms(i64::MIN), LogIndex(0));
        let until = (self.last_time, LogIndex(u64::MAX));
        let (mut is_known, mut rows, mut rows_known) = (false, 0, 0);
        let id = ThingId::of(thing);
        self.each_mention(&id, (from, until), ScanOrder::Ascending, &mut |mention| {
            rows += 1;
            if rows > MAX_ROWS_LOOKED_AT {
                return Err(QuestionError::TooMuch {
                    what: "rows of the index of things",
                    most: MAX_ROWS_LOOKED_AT,
                });
            }
            if mention.index.0 >= self.log_size {
                return Ok(true);
            }
            rows_known += 1;
            let counts = self.may_count(&mention) && !self.is_declared_wrong(mention.index)?;
            is_known = counts || rows_known > MAX_ROWS_TO_KNOW;
            Ok(!is_known)
        })?;
        Ok(is_known)
    }

    /// Whether anything is said of a thing that counts: by an event, as for [`Events::knows`], or in master data.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn is_spoken_of(&self, thing: &str) -> Result<bool, QuestionError> {
        if self.knows(thing)? {
            return Ok(true);
        }
        let statements = self.master_data(thing, None, 1)?;
        Ok(!statements.statements.is_empty() || statements.next.is_some())
    }

    /// Whether an event counts, as far as the row about it tells: it does unless it is declared wrong. A declaration
    /// repeats what it is about, and says of an event that it is wrong: it is no second happening, in no view.
    pub(super) fn may_count(&self, mention: &Mention) -> bool {
        mention.index.0 < self.log_size && !mention.roles.is_in_declaration()
    }

    /// Whether an event does not count because it is declared wrong.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub(super) fn is_declared_wrong(&self, index: LogIndex) -> Result<bool, QuestionError> {
        Ok(self.counted_declaration(index)?.is_some())
    }

    /// The declaration that an event is wrong, if declarations count.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub(super) fn counted_declaration(
        &self,
        index: LogIndex,
    ) -> Result<Option<LogIndex>, QuestionError> {
        match self.corrections {
            Corrections::Resolved => self.declaration(index),
            Corrections::Raw => Ok(None),
        }
    }

    /// The declaration that an event is wrong, if there was one by the height.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn declaration(&self, index: LogIndex) -> Result<Option<LogIndex>, QuestionError> {
        let Some(bytes) = self.view.get(Space::Declarations, &index.to_bytes())? else {
            return Ok(None);
        };
        let declaration = LogIndex::from_bytes(&bytes)?;
        Ok((declaration.0 < self.log_size).then_some(declaration))
    }

    /// The event of an entry.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn event(&self, index: LogIndex) -> Result<TraceEvent, QuestionError> {
        Ok(self.sized_event(index)?.0)
    }

    /// The event of an entry, and how many bytes it takes.
    pub(super) fn sized_event(
        &self,
        index: LogIndex,
    ) -> Result<(TraceEvent, usize), QuestionError> {
        let bytes = self
            .view
            .get(Space::TraceEvents, &index.to_bytes())?
            .ok_or_else(|| not_indexed(index))?;
        Ok((TraceEvent::from_bytes(&bytes)?, bytes.len()))
    }

    /// The events of several entries, and how many bytes each takes. The store may read them at the same time.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub(super) fn sized_events(
        &self,
        indices: &[LogIndex],
    ) -> Result<Vec<(TraceEvent, usize)>, QuestionError> {
        let range = |index: &LogIndex| (index.to_bytes(), index.plus(1).to_bytes());
        let ranges: Vec<KeyRange> = indices.iter().map(range).collect();
        let each = self.view.scan_each(Space::TraceEvents, &ranges, 1)?;
        let event = |(index, rows): (&LogIndex, &Vec<KeyValue>)| {
            let (_, bytes) = rows.first().ok_or_else(|| not_indexed(*index))?;
            Ok((TraceEvent::from_bytes(bytes)?, bytes.len()))
        };
        indices.iter().zip(&each).map(event).collect()
    }

    /// The record of an entry that is known to be a submitted one, and who signed it.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails.
    pub fn submitted(&self, index: LogIndex) -> Result<(Signed, Record), QuestionError> {
        submitted(self.view, index)
    }
}

fn not_indexed(index: LogIndex) -> ReadError {
    ReadError::new(format!("the event of entry {index} is not indexed"))
}
