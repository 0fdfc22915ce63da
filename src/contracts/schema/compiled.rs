//! A schema that bodies are judged by.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Number, Value};

use super::declared::Declared;
use super::reasons::reason;
use super::restrictions;
use crate::contracts::definition::ContractProblem;
use crate::records::BodyError;
use crate::types::decimal::Decimal;
use crate::types::json::{self, Json, Limits, escape_pointer_segment};

/// Most memory of one compiled regular expression, in bytes.
pub(in crate::contracts) const MAX_PATTERN_BYTES: usize = 64 * 1024;

/// Most significant digits of a number with a fraction: what binary floating point tells apart.
const MAX_FRACTION_DIGITS: usize = 15;

/// A schema of a contract, compiled.
#[derive(Debug)]
pub struct Schema {
    document: Value,
    validator: Validator,
}

impl Schema {
    /// Reads, restricts and compiles a schema file. `patterns_left` is how many more regular expressions
    /// the contract may have.
    ///
    /// # Errors
    /// All its faults, each with its place in `file`.
    pub fn compile(
        file: &str,
        text: &str,
        patterns_left: &mut usize,
    ) -> Result<Self, Vec<ContractProblem>> {
        let limits = Limits {
            max_text_bytes: crate::types::limits::MAX_CONTRACT_BYTES,
            max_values: Limits::RECORD_BODY.max_values,
        };
        let json = json::read_within(text.as_bytes(), limits).map_err(|error| {
            vec![
                ContractProblem::new(file, &error.pointer, error.fault.to_string())
                    .at(text, error.offset),
            ]
        })?;
        let one = |place: String, reason: String| vec![ContractProblem::new(file, place, reason)];
        let document = to_value(&json).map_err(|error| one(error.pointer, error.reason))?;
        let faults = restrictions::faults(&document, patterns_left);
        if !faults.is_empty() {
            return Err(faults
                .into_iter()
                .map(|(place, reason)| ContractProblem::new(file, place, reason))
                .collect());
        }
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN_BYTES))
            .offline()
            .build(&document)
            .map_err(|error| one(error.instance_path().to_string(), error.to_string()))?;
        Ok(Self {
            document,
            validator,
        })
    }

    /// Judges a body.
    ///
    /// # Errors
    /// [`BodyError`] with the place and the keyword that refuses it: of several the first by place.
    pub fn check(&self, body: &Json<'_>) -> Result<(), BodyError> {
        let value = to_value(body)?;
        if self.validator.is_valid(&value) {
            return Ok(());
        }
        let worst = self
            .validator
            .iter_errors(&value)
            .map(|error| {
                let place = error.instance_path().to_string();
                (place, error.schema_path().to_string(), reason(&error))
            })
            .min();
        let (pointer, _, reason) = worst.unwrap_or_default();
        Err(BodyError { pointer, reason })
    }

    /// What the schema declares for the whole body.
    pub(in crate::contracts) fn declared(&self) -> Declared<'_> {
        Declared::new(&self.document, &self.document)
    }
}

/// Whether a regular expression may be used: it is of the linear kind, and small.
pub(in crate::contracts) fn check_pattern(pattern: &str) -> Result<(), String> {
    regex::RegexBuilder::new(pattern)
        .size_limit(MAX_PATTERN_BYTES)
        .build()
        .map(|_| ())
        .map_err(|error| {
            let text = error.to_string();
            // The last line names the fault; those before it draw it.
            let fault = text.lines().last().unwrap_or_default();
            let fault = fault.strip_prefix("error: ").unwrap_or(fault);
            format!(
                "a regular expression without look-around or back references is expected: {fault}"
            )
        })
}

/// A body as the schema library takes it. Whole numbers are kept exactly.
fn to_value(json: &Json<'_>) -> Result<Value, BodyError> {
    let inside = |segment: &str, error: BodyError| BodyError {
        pointer: format!("/{}{}", escape_pointer_segment(segment), error.pointer),
        reason: error.reason,
    };
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::String(text) => Value::String(text.clone().into_owned()),
        Json::Number(text) => Value::Number(to_number(text)?),
        Json::Array(items) => {
            let mut values = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                values.push(to_value(item).map_err(|error| inside(&index.to_string(), error))?);
            }
            Value::Array(values)
        }
        Json::Object(object) => {
            let mut members = Map::new();
            for (name, value) in object.iter() {
                let value = to_value(value).map_err(|error| inside(name, error))?;
                members.insert(name.to_owned(), value);
            }
            Value::Object(members)
        }
    })
}

fn to_number(text: &str) -> Result<Number, BodyError> {
    let fault = |reason: String| BodyError {
        pointer: String::new(),
        reason,
    };
    let decimal = Decimal::from_json_number(text).map_err(|error| fault(error.to_string()))?;
    let whole = (decimal.scale() == 0).then(|| decimal.mantissa());
    if let Some(whole) = whole {
        if let Ok(number) = i64::try_from(whole) {
            return Ok(number.into());
        }
        if let Ok(number) = u64::try_from(whole) {
            return Ok(number.into());
        }
    }
    let digits = decimal.mantissa().unsigned_abs().to_string();
    if digits.len() > MAX_FRACTION_DIGITS {
        return Err(fault(format!(
            "a number with more than {MAX_FRACTION_DIGITS} digits: write it as a string"
        )));
    }
    serde_json::from_str(text).map_err(|_| fault("a number out of range".to_owned()))
}
