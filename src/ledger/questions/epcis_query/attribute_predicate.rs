//! What is asked of the master data of what an event names.

use std::collections::BTreeMap;

use super::super::QuestionError;
use super::super::events::Events;
use crate::records::epcis::{
    Attribute, EventContent, EventKind, ExtensionName, ExtensionValue, Identifier, Place,
    canonical_identifier,
};

/// A condition on the attributes of what a field of an event names: by the word of any member, one of them
/// has one of these attributes, or one of these values in the attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AttributePredicate {
    pub(super) field: VocabularyField,
    pub(super) test: AttributeTest,
}

/// A field of events that names elements of vocabularies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum VocabularyField {
    ReadPoint,
    BizLocation,
    BizStep,
    Disposition,
    BizTransaction,
    Source,
    Destination,
    EpcClass,
    /// Of an extension, at the top of the event.
    Extension(ExtensionName),
}

/// What the attributes have to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AttributeTest {
    /// There is one of these, full names.
    HasOneOf(Vec<Box<str>>),
    /// The one of this full name has one of these values.
    IsOneOf(Box<str>, Vec<Box<str>>),
}

/// The attributes of what has been looked up for a page.
#[derive(Debug, Default)]
pub(super) struct KnownAttributes(BTreeMap<Box<str>, Vec<Attribute>>);

impl KnownAttributes {
    /// How many elements were looked up.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    fn of(&mut self, events: &Events<'_>, element: &str) -> Result<&[Attribute], QuestionError> {
        if !self.0.contains_key(element) {
            let statements = events.all_master_data(element)?.into_iter();
            let attributes = statements.flat_map(|data| data.attributes).collect();
            self.0.insert(element.into(), attributes);
        }
        Ok(self.0.get(element).map_or(&[], Vec::as_slice))
    }
}

impl VocabularyField {
    /// The field of a name of the standard.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "readPoint" => Self::ReadPoint,
            "bizLocation" => Self::BizLocation,
            "bizStep" => Self::BizStep,
            "disposition" => Self::Disposition,
            "bizTransaction" => Self::BizTransaction,
            "source" => Self::Source,
            "destination" => Self::Destination,
            "epcClass" => Self::EpcClass,
            _ => return None,
        })
    }

    /// What the field of an event names, canonical.
    fn elements(&self, event: &EventContent) -> Vec<Box<str>> {
        let place = |place: &Option<Place>| {
            Vec::from_iter(place.as_ref().map(|place| &place.id).map(canonical))
        };
        match self {
            Self::ReadPoint => place(&event.read_point),
            Self::BizLocation => place(&event.biz_location),
            Self::BizStep => Vec::from_iter(event.biz_step.as_ref().map(|term| term.uri().into())),
            Self::Disposition => {
                Vec::from_iter(event.disposition.as_ref().map(|term| term.uri().into()))
            }
            Self::BizTransaction => {
                let transactions = event.biz_transactions.iter();
                transactions
                    .map(|transaction| canonical(&transaction.id))
                    .collect()
            }
            Self::Source => event
                .sources
                .iter()
                .map(|source| canonical(&source.id))
                .collect(),
            Self::Destination => {
                let destinations = event.destinations.iter();
                destinations
                    .map(|destination| canonical(&destination.id))
                    .collect()
            }
            Self::EpcClass => classes(&event.kind),
            Self::Extension(name) => {
                let mut found = Vec::new();
                let named = event.extensions.iter().filter(|field| field.name == *name);
                named.for_each(|field| collect_texts(&field.value, &mut found));
                found
            }
        }
    }
}

impl AttributePredicate {
    /// Whether an event meets it.
    pub(super) fn is_met(
        &self,
        events: &Events<'_>,
        known: &mut KnownAttributes,
        event: &EventContent,
    ) -> Result<bool, QuestionError> {
        for element in self.field.elements(event) {
            let attributes = known.of(events, &element)?;
            if attributes
                .iter()
                .any(|attribute| self.test.passes(attribute))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl AttributeTest {
    fn passes(&self, attribute: &Attribute) -> bool {
        match self {
            Self::HasOneOf(names) => names.contains(&attribute.id),
            Self::IsOneOf(name, values) => {
                *name == attribute.id && values.iter().any(|value| attribute.value.is(value))
            }
        }
    }
}

fn canonical(identifier: &Identifier) -> Box<str> {
    identifier.canonical().into()
}

fn collect_texts(value: &ExtensionValue, found: &mut Vec<Box<str>>) {
    match value {
        ExtensionValue::Text(text) => found.push((*canonical_identifier(text)).into()),
        ExtensionValue::List(values) => values.iter().for_each(|value| collect_texts(value, found)),
        _ => {}
    }
}

/// The classes of objects that an event names.
fn classes(kind: &EventKind) -> Vec<Box<str>> {
    let (first, second) = match kind {
        EventKind::Object { quantities, .. } | EventKind::Transaction { quantities, .. } => {
            (quantities.as_slice(), [].as_slice())
        }
        EventKind::Aggregation {
            child_quantities, ..
        }
        | EventKind::Association {
            child_quantities, ..
        } => (child_quantities.as_slice(), [].as_slice()),
        EventKind::Transformation {
            input_quantities,
            output_quantities,
            ..
        } => (input_quantities.as_slice(), output_quantities.as_slice()),
    };
    let elements = first.iter().chain(second);
    elements
        .map(|element| canonical(&element.epc_class))
        .collect()
}
