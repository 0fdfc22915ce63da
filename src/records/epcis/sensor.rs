//! Sensor data within events (EPCIS 2.0).

use super::context::Context;
use super::error::{EpcisError, FieldFault, Located};
use super::extension::Extension;
use super::field;
use super::identifier::Identifier;
use super::sensor_fields::{MeasuredValues, SensorOrigin};
use super::vocabulary::{Vocabulary, VocabularyTerm};
use crate::types::json::Json;
use crate::types::time::Timestamp;

/// Observations of sensors that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SensorElement {
    /// What holds for all reports.
    pub metadata: Option<SensorMetadata>,
    /// The observations; at least one.
    pub reports: Vec<SensorReport>,
    /// User extensions.
    pub extensions: Vec<Extension>,
}

/// What holds for all reports of a sensor element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SensorMetadata {
    /// When, if at one instant.
    pub time: Option<Timestamp>,
    /// Begin of the period of observation.
    pub start_time: Option<Timestamp>,
    /// End of the period of observation.
    pub end_time: Option<Timestamp>,
    /// Where the data come from.
    pub origin: SensorOrigin,
    /// User extensions.
    pub extensions: Vec<Extension>,
}

/// One observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SensorReport {
    /// What was measured.
    pub kind: VocabularyTerm,
    /// An alarm or error.
    pub exception: Option<VocabularyTerm>,
    /// When, if it differs from the element's time.
    pub time: Option<Timestamp>,
    /// Where the data come from, if it differs from the element's origin.
    pub origin: SensorOrigin,
    /// The microorganism that was measured.
    pub microorganism: Option<Identifier>,
    /// The chemical substance that was measured.
    pub chemical_substance: Option<Identifier>,
    /// The reference system of a position.
    pub coordinate_reference_system: Option<Identifier>,
    /// The values.
    pub values: MeasuredValues,
    /// User extensions.
    pub extensions: Vec<Extension>,
}

impl SensorElement {
    pub(super) fn read(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        let (mut metadata, mut reports) = (None, None);
        let mut extensions = Vec::new();
        for (name, value) in field::object(json)?.iter() {
            match name {
                "sensorMetadata" => metadata = Some(SensorMetadata::read(value, context).at(name)?),
                "sensorReport" => {
                    reports = Some(
                        field::list(value, |item| SensorReport::read(item, context)).at(name)?,
                    );
                }
                _ => extensions.push(Extension::read(name, value, context, "a sensor element")?),
            }
        }
        let reports = reports.ok_or(FieldFault::Missing).at("sensorReport")?;
        if reports.is_empty() {
            return Err(FieldFault::EmptyList).at("sensorReport");
        }
        Ok(Self {
            metadata,
            reports,
            extensions,
        })
    }
}

impl SensorMetadata {
    fn read(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        let mut metadata = Self::default();
        for (name, value) in field::object(json)?.iter() {
            match name {
                "time" => metadata.time = Some(field::time(value).at(name)?),
                "startTime" => metadata.start_time = Some(field::time(value).at(name)?),
                "endTime" => metadata.end_time = Some(field::time(value).at(name)?),
                _ => {
                    if !metadata.origin.read_member(name, value, context).at(name)? {
                        let extension = Extension::read(name, value, context, "sensor metadata")?;
                        metadata.extensions.push(extension);
                    }
                }
            }
        }
        Ok(metadata)
    }
}

impl SensorReport {
    fn read(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        let object = field::object(json)?;
        let kind = object.get("type").ok_or(FieldFault::Missing).at("type")?;
        let mut report = Self {
            kind: field::term(kind, Vocabulary::MeasurementType, context).at("type")?,
            exception: None,
            time: None,
            origin: SensorOrigin::default(),
            microorganism: None,
            chemical_substance: None,
            coordinate_reference_system: None,
            values: MeasuredValues::default(),
            extensions: Vec::new(),
        };
        for (name, value) in object.iter() {
            if !report.read_member(name, value, context).at(name)? {
                let extension = Extension::read(name, value, context, "a sensor report")?;
                report.extensions.push(extension);
            }
        }
        Ok(report)
    }

    /// Reads a standard member; false when `name` is none.
    fn read_member(
        &mut self,
        name: &str,
        json: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<bool, FieldFault> {
        match name {
            // Read before all others.
            "type" => {}
            "exception" => {
                self.exception = Some(field::term(json, Vocabulary::SensorAlert, context)?)
            }
            "time" => self.time = Some(field::time(json)?),
            "microorganism" => self.microorganism = Some(field::identifier(json, context)?),
            "chemicalSubstance" => {
                self.chemical_substance = Some(field::identifier(json, context)?)
            }
            "coordinateReferenceSystem" => {
                self.coordinate_reference_system = Some(field::identifier(json, context)?);
            }
            _ => {
                return Ok(self.origin.read_member(name, json, context)?
                    || self.values.read_member(name, json, context)?);
            }
        }
        Ok(true)
    }
}
