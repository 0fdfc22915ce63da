//! What is asked of the sensor data of an event.

use super::test::Test;
use crate::records::epcis::{
    Identifier, MeasuredValues, SensorElement, SensorOrigin, SensorReport,
};
use crate::types::{Decimal, Timestamp};

/// A condition on sensor data: some element or report of the event meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SensorPredicate {
    /// There is an element.
    Exists,
    Time(SensorTime, Test<Timestamp>),
    /// What was measured, as full URIs.
    Type(Vec<Box<str>>),
    /// A URI, in canonical form.
    Uri(SensorUri, Vec<Box<str>>),
    Text(Vec<Box<str>>),
    /// Hexadecimal digits, in lower case.
    HexBinary(Vec<Box<str>>),
    Boolean(bool),
    /// A number, in a unit or in any.
    Number(SensorNumber, Option<Box<str>>, Test<Decimal>),
}

/// A time of sensor data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SensorTime {
    At,
    Start,
    End,
}

/// A field of sensor data that holds a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SensorUri {
    DeviceId,
    DataProcessingMethod,
    BizRules,
    Microorganism,
    ChemicalSubstance,
    UriValue,
}

/// A field of a sensor report that holds a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SensorNumber {
    Value,
    MinValue,
    MaxValue,
    MeanValue,
    StandardDeviation,
    PercentileRank,
    PercentileValue,
}

impl SensorNumber {
    /// The number of that name in the standard.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "value" => Self::Value,
            "minValue" => Self::MinValue,
            "maxValue" => Self::MaxValue,
            "meanValue" => Self::MeanValue,
            "sDev" => Self::StandardDeviation,
            "percRank" => Self::PercentileRank,
            "percValue" => Self::PercentileValue,
            _ => return None,
        })
    }

    fn of(self, values: &MeasuredValues) -> Option<&Decimal> {
        match self {
            Self::Value => values.value.as_ref(),
            Self::MinValue => values.min_value.as_ref(),
            Self::MaxValue => values.max_value.as_ref(),
            Self::MeanValue => values.mean_value.as_ref(),
            Self::StandardDeviation => values.standard_deviation.as_ref(),
            Self::PercentileRank => values.percentile_rank.as_ref(),
            Self::PercentileValue => values.percentile_value.as_ref(),
        }
    }
}

impl SensorUri {
    fn of_origin(self, origin: &SensorOrigin) -> Option<&Identifier> {
        match self {
            Self::DeviceId => origin.device_id.as_ref(),
            Self::DataProcessingMethod => origin.data_processing_method.as_ref(),
            Self::BizRules => origin.biz_rules.as_ref(),
            Self::Microorganism | Self::ChemicalSubstance | Self::UriValue => None,
        }
    }

    fn of_report(self, report: &SensorReport) -> Option<&Identifier> {
        match self {
            Self::Microorganism => report.microorganism.as_ref(),
            Self::ChemicalSubstance => report.chemical_substance.as_ref(),
            Self::UriValue => report.values.uri_value.as_ref(),
            _ => self.of_origin(&report.origin),
        }
    }
}

impl SensorPredicate {
    /// Whether the elements of an event meet it.
    pub(super) fn is_met(&self, elements: &[SensorElement]) -> bool {
        elements.iter().any(|element| {
            self.is_met_by_element(element)
                || element
                    .reports
                    .iter()
                    .any(|report| self.is_met_by_report(report))
        })
    }

    fn is_met_by_element(&self, element: &SensorElement) -> bool {
        let Some(metadata) = &element.metadata else {
            return matches!(self, Self::Exists);
        };
        match self {
            Self::Exists => true,
            Self::Time(time, test) => test.passes_some(match time {
                SensorTime::At => metadata.time.as_ref(),
                SensorTime::Start => metadata.start_time.as_ref(),
                SensorTime::End => metadata.end_time.as_ref(),
            }),
            Self::Uri(field, ids) => is_among(ids, field.of_origin(&metadata.origin)),
            _ => false,
        }
    }

    fn is_met_by_report(&self, report: &SensorReport) -> bool {
        let values = &report.values;
        match self {
            Self::Exists => true,
            Self::Time(SensorTime::At, test) => test.passes_some(report.time.as_ref()),
            Self::Time(..) => false,
            Self::Type(uris) => uris.iter().any(|uri| **uri == *report.kind.uri()),
            Self::Uri(field, ids) => is_among(ids, field.of_report(report)),
            Self::Text(texts) => values
                .string_value
                .as_ref()
                .is_some_and(|v| texts.contains(v)),
            Self::HexBinary(texts) => values
                .hex_binary_value
                .as_deref()
                .is_some_and(|found| texts.iter().any(|text| text.eq_ignore_ascii_case(found))),
            Self::Boolean(value) => values.boolean_value == Some(*value),
            Self::Number(number, uom, test) => {
                let fits = uom.is_none() || *uom == values.uom;
                fits && test.passes_some(number.of(values))
            }
        }
    }
}

fn is_among(ids: &[Box<str>], found: Option<&Identifier>) -> bool {
    found.is_some_and(|found| ids.iter().any(|id| **id == *found.canonical()))
}
