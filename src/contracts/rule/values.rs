//! Records, submitters and blocks as rules see them.

use cel::Value;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::records::BodyError;
use crate::types::decimal::Decimal;
use crate::types::json::Json;
use crate::types::{Height, Member, Timestamp};

/// Who submits, for rules.
#[derive(Clone, Copy, Debug)]
pub(in crate::contracts) struct SubmitterFacts<'a>(pub(in crate::contracts) &'a Member);

/// The block that executes the record, for rules.
#[derive(Clone, Copy, Debug)]
pub(in crate::contracts) struct BlockFacts {
    pub(in crate::contracts) height: Height,
    pub(in crate::contracts) time: Timestamp,
}

impl SubmitterFacts<'_> {
    pub(super) fn value(&self) -> Option<Value> {
        cel::to_value(self).ok()
    }
}

impl BlockFacts {
    /// The block's height and time. A time that the calendar cannot say is the epoch: blocks have
    /// none.
    pub(super) fn value(&self) -> Option<Value> {
        cel::to_value(self).ok()
    }
}

impl Serialize for SubmitterFacts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("member", self.0.id.as_str())?;
        let roles: Vec<&str> = self.0.roles.iter().map(|role| role.as_str()).collect();
        map.serialize_entry("roles", &roles)?;
        map.end()
    }
}

impl Serialize for BlockFacts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = chrono::DateTime::from_timestamp_millis(self.time.as_ms()).unwrap_or_default();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("height", &i64::try_from(self.height.0).unwrap_or(i64::MAX))?;
        map.serialize_entry("time", &cel::Timestamp(time.fixed_offset()))?;
        map.end()
    }
}

/// A body, or none, as a rule sees it: whole numbers are integers, and a number with a fraction is its
/// text, so that nothing passes through floating point.
///
/// # Errors
/// [`BodyError`] with the first whole number beyond 64 bits: as a text it would be unlike all integers, and rules would
/// go on with that.
pub(in crate::contracts) fn rule_value(body: Option<&Json<'_>>) -> Result<Value, BodyError> {
    let Some(body) = body else {
        return Ok(Value::Null);
    };
    check_numbers(body)?;
    // Nothing in a body fails to be a value.
    Ok(cel::to_value(RuleValue(body)).unwrap_or(Value::Null))
}

fn check_numbers(body: &Json<'_>) -> Result<(), BodyError> {
    match body {
        Json::Number(text) if is_too_long(text) => Err(BodyError::new(
            "",
            "a number that no rule can read, of more than 64 bits: write it as a string",
        )),
        Json::Number(_) => Ok(()),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check_numbers(item).map_err(|error| error.inside(&index.to_string()))?;
            }
            Ok(())
        }
        Json::Object(object) => {
            for (name, value) in object.iter() {
                check_numbers(value).map_err(|error| error.inside(name))?;
            }
            Ok(())
        }
        Json::Null | Json::Bool(_) | Json::String(_) => Ok(()),
    }
}

struct RuleValue<'a, 'j>(&'a Json<'j>);

impl Serialize for RuleValue<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(flag) => serializer.serialize_bool(*flag),
            Json::String(text) => serializer.serialize_str(text),
            Json::Number(text) => match whole_number(text) {
                Some(number) => serializer.serialize_i64(number),
                None => serializer.serialize_str(text),
            },
            Json::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&RuleValue(item))?;
                }
                list.end()
            }
            Json::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                for (name, value) in object.iter() {
                    map.serialize_entry(name, &RuleValue(value))?;
                }
                map.end()
            }
        }
    }
}

/// Whether a number is a whole one beyond 64 bits, or has more digits than a number may have.
fn is_too_long(text: &str) -> bool {
    match Decimal::from_json_number(text) {
        Ok(decimal) => decimal.scale() == 0 && i64::try_from(decimal.mantissa()).is_err(),
        Err(_) => true,
    }
}

fn whole_number(text: &str) -> Option<i64> {
    let decimal = Decimal::from_json_number(text).ok()?;
    i64::try_from(decimal.to_scaled_integer(0)?).ok()
}
