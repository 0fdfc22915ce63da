//! The groups of fields that sensor metadata and sensor reports are made of.

use super::context::Context;
use super::error::FieldFault;
use super::field;
use super::identifier::Identifier;
use super::vocabulary::{Vocabulary, VocabularyTerm};
use crate::types::decimal::Decimal;
use crate::types::json::Json;

/// Where sensor data come from and how they were made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SensorOrigin {
    /// The device.
    pub device_id: Option<Identifier>,
    /// A description of the device.
    pub device_metadata: Option<Identifier>,
    /// The raw data.
    pub raw_data: Option<Identifier>,
    /// How the raw data were processed.
    pub data_processing_method: Option<Identifier>,
    /// Rules that were applied.
    pub biz_rules: Option<Identifier>,
}

impl SensorOrigin {
    /// Reads a member of this group; false when `name` is none.
    pub(super) fn read_member(
        &mut self,
        name: &str,
        json: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<bool, FieldFault> {
        let slot = match name {
            "deviceID" => &mut self.device_id,
            "deviceMetadata" => &mut self.device_metadata,
            "rawData" => &mut self.raw_data,
            "dataProcessingMethod" => &mut self.data_processing_method,
            "bizRules" => &mut self.biz_rules,
            _ => return Ok(false),
        };
        *slot = Some(field::identifier(json, context)?);
        Ok(true)
    }
}

/// The values of one observation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeasuredValues {
    /// A single value.
    pub value: Option<Decimal>,
    /// Which component of a vector or position the value is.
    pub component: Option<VocabularyTerm>,
    /// A value that is a text.
    pub string_value: Option<Box<str>>,
    /// A value that is true or false.
    pub boolean_value: Option<bool>,
    /// A value in hexadecimal digits.
    pub hex_binary_value: Option<Box<str>>,
    /// A value that is a URI.
    pub uri_value: Option<Identifier>,
    /// Least value of the period.
    pub min_value: Option<Decimal>,
    /// Greatest value of the period.
    pub max_value: Option<Decimal>,
    /// Mean of the period.
    pub mean_value: Option<Decimal>,
    /// Standard deviation of the period.
    pub standard_deviation: Option<Decimal>,
    /// The percentile that `percentile_value` is.
    pub percentile_rank: Option<Decimal>,
    /// The value of that percentile.
    pub percentile_value: Option<Decimal>,
    /// Unit of measure.
    pub uom: Option<Box<str>>,
}

impl MeasuredValues {
    /// Reads a member of this group; false when `name` is none.
    pub(super) fn read_member(
        &mut self,
        name: &str,
        json: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<bool, FieldFault> {
        match name {
            "value" => self.value = Some(field::decimal(json)?),
            "component" => {
                self.component = Some(field::term(json, Vocabulary::Component, context)?)
            }
            "stringValue" => self.string_value = Some(field::string(json)?.into()),
            "booleanValue" => self.boolean_value = Some(field::boolean(json)?),
            "hexBinaryValue" => self.hex_binary_value = Some(hexadecimal(json)?),
            "uriValue" => self.uri_value = Some(field::identifier(json, context)?),
            "minValue" => self.min_value = Some(field::decimal(json)?),
            "maxValue" => self.max_value = Some(field::decimal(json)?),
            "meanValue" => self.mean_value = Some(field::decimal(json)?),
            "sDev" => self.standard_deviation = Some(field::decimal(json)?),
            "percRank" => self.percentile_rank = Some(field::decimal(json)?),
            "percValue" => self.percentile_value = Some(field::decimal(json)?),
            "uom" => self.uom = Some(field::string(json)?.into()),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn hexadecimal(json: &Json<'_>) -> Result<Box<str>, FieldFault> {
    let text = field::string(json)?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(FieldFault::NotHexadecimal {
            text: text.to_string(),
        });
    }
    Ok(text.into())
}
