//! A schema that bodies are judged by.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Number, Value};

use super::cost::{MAX_REASON_STEPS, MAX_STEPS, cost, values};
use super::declared::Declared;
use super::reasons::reason;
use super::restrictions;
use crate::contracts::definition::ContractProblem;
use crate::records::BodyError;
use crate::types::decimal::Decimal;
use crate::types::json::{self, Json, Limits};

/// Most memory of one compiled regular expression, in bytes.
pub(in crate::contracts) const MAX_PATTERN_BYTES: usize = 64 * 1024;

/// The sizes by which regular expressions are told apart, in KiB: what they cost grows with them.
const PATTERN_SIZES_KIB: [u16; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Most significant digits of a number with a fraction: what binary floating point tells apart.
const MAX_FRACTION_DIGITS: usize = 15;

/// A schema of a contract, compiled.
#[derive(Debug)]
pub struct Schema {
    document: Value,
    validator: Validator,
    /// The steps of saying why a body is refused, for each of its values.
    reasons_per_value: u64,
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
        let fault = |place: String, reason: String| {
            let offset = json::offset_of(text, &place);
            let fault = ContractProblem::new(file, place, reason);
            match offset {
                Some(offset) => fault.at(text, offset),
                None => fault,
            }
        };
        let one = |place: String, reason: String| vec![fault(place, reason)];
        let document = to_value(&json).map_err(|error| one(error.pointer, error.reason))?;
        let faults = restrictions::faults(&document, patterns_left);
        if !faults.is_empty() {
            return Err(faults
                .into_iter()
                .map(|(place, reason)| fault(place, reason))
                .collect());
        }
        let cost = cost(&document);
        if cost.steps > MAX_STEPS {
            let reason = format!(
                "judging one body by it could take {} steps, the limit is {MAX_STEPS}: bound lists by \
                 maxItems, strings with a pattern by maxLength, and hold a value against fewer schemas",
                cost.steps
            );
            return Err(one(String::new(), reason));
        }
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN_BYTES))
            .offline()
            .build(&document)
            .map_err(|error| one(error.instance_path().to_string(), reason(&error)))?;
        Ok(Self {
            document,
            validator,
            reasons_per_value: cost.reasons_per_value,
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
        // The library finds all faults before it gives the first, and keeps them until then.
        let steps = values(&value).saturating_mul(self.reasons_per_value);
        if steps > MAX_REASON_STEPS {
            return Err(BodyError {
                pointer: String::new(),
                reason:
                    "the schema refuses it; in a body of so many values the place is not looked \
                         for"
                    .to_owned(),
            });
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

/// The size of a compiled regular expression in KiB, rounded up to a power of two: a search may have to look
/// at all of its states at each byte.
pub(in crate::contracts) fn pattern_kib(pattern: &str) -> u64 {
    let fits = |kib: &&u16| {
        regex::RegexBuilder::new(pattern)
            .size_limit(usize::from(**kib) * 1024)
            .build()
            .is_ok()
    };
    let largest = PATTERN_SIZES_KIB.last();
    let found = PATTERN_SIZES_KIB.iter().find(fits).or(largest);
    found.copied().map_or(1, u64::from)
}

/// A body as the schema library takes it. Whole numbers are kept exactly.
fn to_value(json: &Json<'_>) -> Result<Value, BodyError> {
    let inside = |segment: &str, error: BodyError| error.inside(segment);
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
    if decimal.scale() == 0 {
        let whole = i64::try_from(decimal.mantissa());
        let too_long = "a whole number of more than 64 bits: write it as a string";
        return whole
            .map(Into::into)
            .map_err(|_| fault(too_long.to_owned()));
    }
    let digits = decimal.mantissa().unsigned_abs().to_string();
    if digits.len() > MAX_FRACTION_DIGITS {
        return Err(fault(format!(
            "a number with more than {MAX_FRACTION_DIGITS} digits: write it as a string"
        )));
    }
    serde_json::from_str(text).map_err(|_| fault("a number out of range".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(text: &str) -> Result<Schema, Vec<ContractProblem>> {
        Schema::compile("schemas/x.json", text, &mut 100)
    }

    #[test]
    fn a_schema_that_could_take_too_long_is_none() {
        let many = vec![r#"{"type": "string"}"#; 1_900].join(",");
        let schema = format!(r#"{{"items": {{"allOf": [{many}]}}}}"#);
        let problems = compile(&schema).unwrap_err();
        assert!(problems[0].to_string().contains("maxItems"), "{problems:?}");
        assert!(compile(&schema.replacen("items", "not", 1)).is_ok());
    }

    /// One fault for each of a hundred schemas and each of sixteen thousand values would be kept otherwise.
    #[test]
    fn reasons_are_looked_for_as_long_as_that_is_bounded() {
        let many = vec![r#"{"type": "string"}"#; 100].join(",");
        let schema = compile(&format!(r#"{{"items": {{"allOf": [{many}]}}}}"#)).unwrap();
        let body = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        let check = |text: &str| schema.check(&json::read(text.as_bytes()).unwrap());
        let error = check(&body(1_000)).unwrap_err();
        assert_eq!(
            (&*error.pointer, &*error.reason),
            ("/0", "a value of type string is expected")
        );
        let error = check(&body(16_000)).unwrap_err();
        assert_eq!(error.pointer, "");
        assert!(error.reason.contains("not looked for"), "{error}");
    }
}
