//! What is asked of fields that the standard does not define.

use super::test::Test;
use crate::records::epcis::{
    EventContent, EventKind, Extension, ExtensionName, ExtensionValue, Place,
};
use crate::types::decimal::DecimalError;
use crate::types::{Decimal, Timestamp};

/// A condition on extension fields: some field of the name, at the place, passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldPredicate {
    pub(super) place: FieldPlace,
    pub(super) depth: FieldDepth,
    pub(super) name: ExtensionName,
    pub(super) test: FieldTest,
}

/// What the field is an extension of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldPlace {
    Event,
    Ilmd,
    ErrorDeclaration,
    SensorElement,
    SensorMetadata,
    SensorReport,
    ReadPoint,
    BizLocation,
}

/// How deep the field lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldDepth {
    /// At the place itself.
    Top,
    /// Inside another extension, at any depth.
    Inner,
}

/// What the field's value has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FieldTest {
    /// Anything but null.
    Exists,
    /// One of these.
    OneOf(Vec<FieldValue>),
    /// A number that passes.
    Number(Test<Decimal>),
    /// A time that passes.
    Time(Test<Timestamp>),
}

/// A value that a query names: it does not say which type it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldValue {
    pub(super) text: Box<str>,
    pub(super) number: Option<Decimal>,
    pub(super) time: Option<Timestamp>,
}

/// The member that holds a value whose type is told beside it (JSON-LD 1.1, section 4.2.1).
const TYPED_VALUE: &str = "@value";

impl FieldPredicate {
    /// Whether an event meets it.
    pub(super) fn is_met(&self, event: &EventContent) -> bool {
        let sensors = || event.sensor_elements.iter();
        let of_place = |place: &Option<Place>| {
            let place = place.as_ref();
            place.is_some_and(|place| self.is_met_among(&place.extensions))
        };
        match self.place {
            FieldPlace::Event => self.is_met_among(&event.extensions),
            FieldPlace::Ilmd => match &event.kind {
                EventKind::Object { ilmd, .. } | EventKind::Transformation { ilmd, .. } => {
                    self.is_met_among(ilmd)
                }
                _ => false,
            },
            FieldPlace::ErrorDeclaration => {
                let declaration = event.error_declaration.as_ref();
                declaration.is_some_and(|declaration| self.is_met_among(&declaration.extensions))
            }
            FieldPlace::SensorElement => sensors().any(|e| self.is_met_among(&e.extensions)),
            FieldPlace::SensorMetadata => sensors()
                .filter_map(|element| element.metadata.as_ref())
                .any(|metadata| self.is_met_among(&metadata.extensions)),
            FieldPlace::SensorReport => sensors()
                .flat_map(|element| &element.reports)
                .any(|report| self.is_met_among(&report.extensions)),
            FieldPlace::ReadPoint => of_place(&event.read_point),
            FieldPlace::BizLocation => of_place(&event.biz_location),
        }
    }

    fn is_met_among(&self, fields: &[Extension]) -> bool {
        match self.depth {
            FieldDepth::Top => self.is_met_here(fields),
            FieldDepth::Inner => fields.iter().any(|field| self.is_met_inside(&field.value)),
        }
    }

    fn is_met_here(&self, fields: &[Extension]) -> bool {
        let mut named = fields.iter().filter(|field| field.name == self.name);
        named.any(|field| self.test.passes(&field.value))
    }

    /// Nesting is bounded by the reader of events.
    fn is_met_inside(&self, value: &ExtensionValue) -> bool {
        match value {
            ExtensionValue::Fields(fields) => {
                self.is_met_here(fields)
                    || fields.iter().any(|field| self.is_met_inside(&field.value))
            }
            ExtensionValue::List(values) => values.iter().any(|value| self.is_met_inside(value)),
            _ => false,
        }
    }
}

impl FieldTest {
    fn passes(&self, value: &ExtensionValue) -> bool {
        match (self, value) {
            (_, ExtensionValue::Null) => false,
            (Self::Exists, _) => true,
            (_, ExtensionValue::List(values)) => values.iter().any(|value| self.passes(value)),
            (_, ExtensionValue::Fields(fields)) => fields
                .iter()
                .filter(|field| field.name.canonical() == TYPED_VALUE)
                .any(|field| self.passes(&field.value)),
            (Self::OneOf(values), value) => values.iter().any(|wanted| wanted.is(value)),
            (Self::Number(test), ExtensionValue::Number(number)) => test.passes(number),
            (Self::Number(test), ExtensionValue::Text(text)) => {
                Decimal::from_xsd_decimal(text).is_ok_and(|number| test.passes(&number))
            }
            (Self::Time(test), ExtensionValue::Text(text)) => {
                Timestamp::parse_rfc3339(text).is_ok_and(|time| test.passes(&time))
            }
            _ => false,
        }
    }
}

/// A number, in any spelling of JSON or of XML Schema. In the query part of an address a plus sign stands for a space, and
/// many clients forget that.
pub(super) fn decimal(text: &str) -> Result<Decimal, DecimalError> {
    let text = text.replace(' ', "+");
    Decimal::from_json_number(&text).or_else(|_| Decimal::from_xsd_decimal(&text))
}

impl FieldValue {
    /// A value from its text.
    pub(super) fn new(text: String) -> Self {
        Self {
            number: decimal(&text).ok(),
            time: Timestamp::parse_rfc3339(&text).ok(),
            text: text.into(),
        }
    }

    fn is(&self, value: &ExtensionValue) -> bool {
        match value {
            ExtensionValue::Boolean(value) => *self.text == *value.to_string(),
            ExtensionValue::Number(number) => self.number.as_ref() == Some(number),
            ExtensionValue::Text(text) => {
                self.text == *text
                    || (self.time.is_some() && self.time == Timestamp::parse_rfc3339(text).ok())
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_by_value() {
        let stored = ExtensionValue::Number(Decimal::from_json_number("1E+2").unwrap());
        for text in ["100", "1E2", "1e+2", "1E 2", "100.0", "+100", "1000E-1"] {
            assert!(FieldValue::new(text.to_owned()).is(&stored), "{text}");
        }
        for text in ["1E3", "10", "1E", "1 E2", "hundred", ""] {
            assert!(!FieldValue::new(text.to_owned()).is(&stored), "{text}");
        }
        // A text is one by its characters.
        let stored = ExtensionValue::Text("1E2".into());
        assert!(FieldValue::new("1E2".to_owned()).is(&stored));
        assert!(!FieldValue::new("100".to_owned()).is(&stored));
    }
}
