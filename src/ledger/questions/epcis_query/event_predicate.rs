//! What can be told of an event by its whole content only.

use super::field_predicate::FieldPredicate;
use super::sensor_predicate::SensorPredicate;
use super::test::Test;
use crate::records::epcis::{
    EventContent, EventKind, Identifier, PersistentDisposition, VocabularyTerm,
};
use crate::types::Timestamp;

/// A condition on the content of an event. Words are full URIs, identifiers canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EventPredicate {
    PersistentDisposition(PersistentField, Vec<Box<str>>),
    BizTransaction(Box<str>, Vec<Box<str>>),
    Source(Box<str>, Vec<Box<str>>),
    Destination(Box<str>, Vec<Box<str>>),
    ErrorDeclarationTime(Test<Timestamp>),
    ErrorReason(Vec<Box<str>>),
    Sensor(SensorPredicate),
    Field(FieldPredicate),
}

/// Whether a lasting disposition begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PersistentField {
    Set,
    Unset,
}

impl EventPredicate {
    /// Whether an event meets it.
    pub(super) fn is_met(&self, event: &EventContent) -> bool {
        let is_term =
            |uris: &[Box<str>], term: &VocabularyTerm| uris.iter().any(|uri| **uri == *term.uri());
        let is_pair = |kind: &str, ids: &[Box<str>], own_kind: &VocabularyTerm, id: &Identifier| {
            own_kind.uri() == kind && ids.iter().any(|wanted| **wanted == *id.canonical())
        };
        match self {
            Self::PersistentDisposition(field, uris) => {
                persistent_disposition(event).is_some_and(|disposition| {
                    let terms = match field {
                        PersistentField::Set => &disposition.set,
                        PersistentField::Unset => &disposition.unset,
                    };
                    terms.iter().any(|term| is_term(uris, term))
                })
            }
            Self::BizTransaction(kind, ids) => {
                let mut found = event.biz_transactions.iter();
                found.any(|transaction| {
                    let own_kind = transaction.kind.as_ref();
                    own_kind.is_some_and(|own_kind| is_pair(kind, ids, own_kind, &transaction.id))
                })
            }
            Self::Source(kind, ids) => {
                let mut found = event.sources.iter();
                found.any(|source| is_pair(kind, ids, &source.kind, &source.id))
            }
            Self::Destination(kind, ids) => {
                let mut found = event.destinations.iter();
                found.any(|destination| is_pair(kind, ids, &destination.kind, &destination.id))
            }
            Self::ErrorDeclarationTime(test) => {
                let declaration = event.error_declaration.as_ref();
                declaration.is_some_and(|declaration| test.passes(&declaration.declaration_time))
            }
            Self::ErrorReason(uris) => {
                let declaration = event.error_declaration.as_ref();
                let reason = declaration.and_then(|declaration| declaration.reason.as_ref());
                reason.is_some_and(|reason| is_term(uris, reason))
            }
            Self::Sensor(predicate) => predicate.is_met(&event.sensor_elements),
            Self::Field(predicate) => predicate.is_met(event),
        }
    }
}

fn persistent_disposition(event: &EventContent) -> Option<&PersistentDisposition> {
    match &event.kind {
        EventKind::Object {
            persistent_disposition,
            ..
        }
        | EventKind::Transformation {
            persistent_disposition,
            ..
        } => persistent_disposition.as_ref(),
        _ => None,
    }
}
