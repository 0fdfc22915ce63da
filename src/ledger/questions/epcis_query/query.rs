//! A query, understood.

use super::attribute_predicate::AttributePredicate;
use super::error::EpcisQueryError;
use super::event_predicate::EventPredicate;
use super::parameter;
use super::test::Test;
use super::text::QueryText;
use super::trace_predicate::TracePredicate;
use crate::crypto::Blake3Digest;
use crate::types::{LedgerId, ScanOrder, Timestamp};

/// What the order of a query's events goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderBy {
    /// When they happened.
    EventTime,
    /// When they came to the ledger.
    #[default]
    RecordTime,
}

/// What a query says about the number of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventCountLimit {
    /// Nothing.
    #[default]
    None,
    /// Only the first ones are wanted: `eventCountLimit`.
    First(u64),
    /// If there are more, none are wanted: `maxEventCount`.
    AtMost(u64),
}

/// A span of time: from its begin on, and before its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TimeSpan {
    pub(super) from: Option<Timestamp>,
    pub(super) before: Option<Timestamp>,
}

impl TimeSpan {
    /// The first and last millisecond of it.
    pub(super) fn bounds(self) -> (Timestamp, Timestamp) {
        let from = self.from.unwrap_or(Timestamp::from_ms(i64::MIN));
        let last = self
            .before
            .map_or(i64::MAX, |t| t.as_ms().saturating_sub(1));
        (from, Timestamp::from_ms(last))
    }

    /// Whether it is without bounds.
    pub(super) fn is_all(self) -> bool {
        self == Self::default()
    }
}

/// Which place of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlaceField {
    /// Where it happened.
    ReadPoint,
    /// Where the objects are afterwards.
    BizLocation,
}

/// A query: conditions that all have to be met, and the order of what meets them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpcisQuery {
    pub(super) digest: [u8; 16],
    pub(super) event_time: TimeSpan,
    pub(super) record_time: TimeSpan,
    pub(super) trace: Vec<TracePredicate>,
    pub(super) event: Vec<EventPredicate>,
    /// Places in which events are to be: what lies in them is known when the query is answered.
    pub(super) within: Vec<(PlaceField, Vec<Box<str>>)>,
    pub(super) attributes: Vec<AttributePredicate>,
    pub(super) order_by: OrderBy,
    pub(super) direction: ScanOrder,
    pub(super) limit: EventCountLimit,
}

impl EpcisQuery {
    /// Understands a query that is asked of a ledger.
    ///
    /// # Errors
    /// [`EpcisQueryError`] that names the parameter which is not understood, and why.
    pub fn read(ledger: &LedgerId, text: &QueryText) -> Result<Self, EpcisQueryError> {
        let mut query = Self {
            digest: digest(ledger, text),
            event_time: TimeSpan::default(),
            record_time: TimeSpan::default(),
            trace: Vec::new(),
            event: Vec::new(),
            within: Vec::new(),
            attributes: Vec::new(),
            order_by: OrderBy::default(),
            direction: ScanOrder::Ascending,
            limit: EventCountLimit::None,
        };
        parameter::read_all(&mut query, text)?;
        let is_turned = |span: TimeSpan| matches!((span.from, span.before), (Some(from), Some(before)) if from > before);
        for (name, span) in [
            ("eventTime", query.event_time),
            ("recordTime", query.record_time),
            ("errorDeclarationTime", query.error_declaration_time()),
        ] {
            if is_turned(span) {
                return Err(EpcisQueryError::BadCombination {
                    reason: format!("GE_{name} is later than LT_{name}"),
                });
            }
        }
        query.read_order(text)?;
        Ok(query)
    }

    /// When events are to be declared wrong: an event is at one time.
    fn error_declaration_time(&self) -> TimeSpan {
        let mut span = TimeSpan::default();
        for predicate in &self.event {
            match predicate {
                EventPredicate::ErrorDeclarationTime(Test::AtLeast(time)) => {
                    span.from = Some(*time)
                }
                EventPredicate::ErrorDeclarationTime(Test::Below(time)) => {
                    span.before = Some(*time)
                }
                _ => {}
            }
        }
        span
    }

    /// What the order goes by, if the query leaves it open: what its plan has at hand. It may not depend on
    /// what the ledger holds, for all pages have one order.
    fn read_order(&mut self, text: &QueryText) -> Result<(), EpcisQueryError> {
        let is_ordered = text.has("orderBy");
        if !is_ordered {
            let has_lists = self.trace.iter().any(|p| p.lists().is_some());
            // Whoever asks for what came lately asks for the end of the log, whenever it happened.
            let is_recent = self.record_time.from.is_some();
            if has_lists || (!self.event_time.is_all() && !is_recent) {
                self.order_by = OrderBy::EventTime;
            }
        } else if !text.has("orderDirection") {
            self.direction = ScanOrder::Descending;
        }
        match self.limit {
            EventCountLimit::First(_) if !is_ordered => Err(EpcisQueryError::BadCombination {
                reason: "eventCountLimit has no meaning without orderBy".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The number of events that it allows.
    #[must_use]
    pub fn limit(&self) -> EventCountLimit {
        self.limit
    }

    /// What its events are ordered by.
    #[must_use]
    pub fn order_by(&self) -> OrderBy {
        self.order_by
    }
}

/// What a page token is bound to. A digest of 16 bytes is enough: whoever finds two queries with one has
/// fooled himself only.
fn digest(ledger: &LedgerId, text: &QueryText) -> [u8; 16] {
    let mut bytes = Vec::new();
    let mut put = |text: &str| {
        crate::types::codec::put_bytes(&mut bytes, text.as_bytes());
    };
    for (prefix, namespace) in text.namespaces.iter() {
        put(prefix);
        put(namespace);
    }
    put("");
    for (name, values) in &text.parameters {
        put(name);
        put(&values.len().to_string());
        values.iter().for_each(|value| put(value));
    }
    let digest = Blake3Digest::of_parts(&[b"epcis query\0", ledger.as_bytes(), &bytes]);
    let mut short = [0; 16];
    short.copy_from_slice(&digest.as_bytes()[..16]);
    short
}
