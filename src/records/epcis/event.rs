//! The event as the rest of the node sees it.

use std::borrow::Cow;
use std::ops::Deref;

use super::action::Action;
use super::error_declaration::ErrorDeclaration;
use super::event_kind::EventKind;
use super::event_type::EventType;
use super::extension::Extension;
use super::hash::EventHash;
use super::identifier::Identifier;
use super::party::{BizTransaction, SourceOrDestination};
use super::place::Place;
use super::quantity_element::QuantityElement;
use super::sensor::SensorElement;
use super::time_zone_offset::TimeZoneOffset;
use super::vocabulary::VocabularyTerm;
use crate::types::time::Timestamp;

/// A checked event with its hash. It cannot be changed, so hash and content always fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpcisEvent {
    event_hash: EventHash,
    content: EventContent,
}

/// What an event says: the what, when, where, why and how of EPCIS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventContent {
    /// The event type and what it is about.
    pub kind: EventKind,
    /// When it happened.
    pub event_time: Timestamp,
    /// The local offset where it happened.
    pub event_time_zone_offset: TimeZoneOffset,
    /// When a repository recorded it, as its sender says.
    pub record_time: Option<Timestamp>,
    /// The identifier that its author gave it.
    pub event_id: Option<Identifier>,
    /// Certificates that back the event.
    pub certification_info: Vec<Identifier>,
    /// Set on an event that withdraws an earlier one.
    pub error_declaration: Option<ErrorDeclaration>,
    /// The business step.
    pub biz_step: Option<VocabularyTerm>,
    /// The condition of the objects afterwards.
    pub disposition: Option<VocabularyTerm>,
    /// Where it happened.
    pub read_point: Option<Place>,
    /// Where the objects are afterwards.
    pub biz_location: Option<Place>,
    /// Business transactions.
    pub biz_transactions: Vec<BizTransaction>,
    /// From whom or where.
    pub sources: Vec<SourceOrDestination>,
    /// To whom or where.
    pub destinations: Vec<SourceOrDestination>,
    /// Sensor data.
    pub sensor_elements: Vec<SensorElement>,
    /// User extensions of the event.
    pub extensions: Vec<Extension>,
}

impl EpcisEvent {
    pub(super) fn new(content: EventContent) -> Self {
        Self {
            event_hash: EventHash::of(&content),
            content,
        }
    }

    /// The CBV 2.0 event hash: the identity of the event's content.
    #[must_use]
    pub fn event_hash(&self) -> EventHash {
        self.event_hash
    }

    /// The content, without the hash.
    #[must_use]
    pub fn content(&self) -> &EventContent {
        &self.content
    }

    /// The name by which others refer to this event: its `eventID`, or its hash in place of one.
    #[must_use]
    pub fn identity(&self) -> Cow<'_, str> {
        match &self.content.event_id {
            Some(event_id) => Cow::Borrowed(event_id.as_written()),
            None => Cow::Owned(self.event_hash.to_string()),
        }
    }
}

impl Deref for EpcisEvent {
    type Target = EventContent;

    fn deref(&self) -> &EventContent {
        &self.content
    }
}

impl EventContent {
    /// The event type.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self.kind {
            EventKind::Object { .. } => EventType::Object,
            EventKind::Aggregation { .. } => EventType::Aggregation,
            EventKind::Transaction { .. } => EventType::Transaction,
            EventKind::Transformation { .. } => EventType::Transformation,
            EventKind::Association { .. } => EventType::Association,
        }
    }

    /// The action; a transformation has none.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        match self.kind {
            EventKind::Object { action, .. }
            | EventKind::Aggregation { action, .. }
            | EventKind::Transaction { action, .. }
            | EventKind::Association { action, .. } => Some(action),
            EventKind::Transformation { .. } => None,
        }
    }

    /// The parent of an aggregation, transaction or association.
    #[must_use]
    pub fn parent(&self) -> Option<&Identifier> {
        match &self.kind {
            EventKind::Aggregation { parent, .. } | EventKind::Transaction { parent, .. } => {
                parent.as_ref()
            }
            EventKind::Association { parent, .. } => Some(parent),
            EventKind::Object { .. } | EventKind::Transformation { .. } => None,
        }
    }

    /// Everything that the event names by itself or by class, in whatever role: the keys under which the event
    /// is found.
    pub fn identifiers(&self) -> impl Iterator<Item = &Identifier> {
        let (first, second): (&[Identifier], &[Identifier]) = match &self.kind {
            EventKind::Object { epcs, .. } | EventKind::Transaction { epcs, .. } => (epcs, &[]),
            EventKind::Aggregation { children, .. } | EventKind::Association { children, .. } => {
                (children, &[])
            }
            EventKind::Transformation {
                input_epcs,
                output_epcs,
                ..
            } => (input_epcs, output_epcs),
        };
        let classes = self.quantities().map(|quantity| &quantity.epc_class);
        self.parent()
            .into_iter()
            .chain(first)
            .chain(second)
            .chain(classes)
    }

    /// All quantity elements, in whatever role.
    pub fn quantities(&self) -> impl Iterator<Item = &QuantityElement> {
        let (first, second): (&[QuantityElement], &[QuantityElement]) = match &self.kind {
            EventKind::Object { quantities, .. } | EventKind::Transaction { quantities, .. } => {
                (quantities, &[])
            }
            EventKind::Aggregation {
                child_quantities, ..
            }
            | EventKind::Association {
                child_quantities, ..
            } => (child_quantities, &[]),
            EventKind::Transformation {
                input_quantities,
                output_quantities,
                ..
            } => (input_quantities, output_quantities),
        };
        first.iter().chain(second)
    }
}
