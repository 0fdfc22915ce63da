//! The query language of EPCIS 2.0, asked of the ledger.
//!
//! A query is read from its parameters ([`QueryText`] into [`EpcisQuery`]), and [`search()`] answers it page by
//! page. A plan picks where to begin: the lists of events that the index keeps for what the query names
//! (things, transformations, names of events), the list of all events in order of event time, or the log itself, which
//! is in order of record time. What the list does not tell is decided by looking at the events.
//!
//! Invariants:
//! - Which events are answered, and in which order, depends on the query and the height alone, never on the plan.
//! - A [`Cursor`] pins the height of the first page: later pages are of the same ledger, however it has grown.
//! - A page looks at no more than [`MAX_EVENTS_LOOKED_AT`] events and reads no more than
//!   [`MAX_EVENTS_READ`] bodies: it ends early, and says where to go on. A query that would look for more than
//!   [`MAX_CAPTURES_LOOKED_FOR`] captures by hashes is refused.
//! - Both spellings of an identifier, and all spellings of a vocabulary word, ask the same.
//! - A parameter that is not understood is refused. None is ever left out silently.
//!
//! - What members say in master data counts as it stood at the height of the answer, whoever says it.
//!
//! Deliberately absent: sorting by extension fields, and conversion of units.

mod attribute_predicate;
mod captures;
mod cursor;
mod error;
mod event_predicate;
mod field_predicate;
mod known;
mod list;
mod merge;
mod parameter;
mod pattern;
mod plan;
mod query;
mod search;
mod sensor_predicate;
mod test;
mod text;
mod trace_predicate;

pub use captures::MAX_CAPTURES_LOOKED_FOR;
pub use cursor::Cursor;
pub use error::EpcisQueryError;
pub use known::{
    KnownValues, MAX_KNOWN_VALUES_LOOKED_AT, is_known_value, known_epcs, known_values,
};
pub use query::{EpcisQuery, EventCountLimit, OrderBy};
pub use search::{
    EpcisPage, FoundEvent, MAX_EVENTS_LOOKED_AT, MAX_EVENTS_READ, MAX_PAGE_BYTES, search,
};
pub use text::{MAX_PARAMETERS, MAX_VALUES_PER_PARAMETER, QueryText};
