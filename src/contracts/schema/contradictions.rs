//! Keywords of one schema that leave no value between them.
//!
//! Only keywords that stand beside each other are held against each other: what the schemas of `allOf` or behind a
//! reference leave together is not looked into.

use serde_json::{Map, Value};

use super::restrictions::Fault;

/// Keywords that no value fulfils both if the first is above the second.
const ABOVE: &[(&str, &str)] = &[
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minContains", "maxContains"),
    ("minimum", "maximum"),
];

/// Keywords that no value fulfils both if the first is not below the second.
const NOT_BELOW: &[(&str, &str)] = &[
    ("minimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
];

/// What contradicts itself in a schema, each with its place within.
pub(super) fn contradictions(schema: &Map<String, Value>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (least, most) in ABOVE {
        if let Some((low, high)) = bounds(schema, least, most)
            && low > high
        {
            let reason = format!("nothing fulfils it: {least} is {low}, above {most}, {high}");
            faults.push((format!("/{least}"), reason));
        }
    }
    for (least, most) in NOT_BELOW {
        if let Some((low, high)) = bounds(schema, least, most)
            && low >= high
        {
            let reason = format!("nothing fulfils it: {least} is {low}, not below {most}, {high}");
            faults.push((format!("/{least}"), reason));
        }
    }
    faults.extend(required_and_refused(schema));
    faults
}

/// Two bounds, if both are there; what is no whole number is a fault of another kind.
fn bounds(schema: &Map<String, Value>, least: &str, most: &str) -> Option<(i128, i128)> {
    let number = |keyword: &str| {
        let value = schema.get(keyword)?;
        let signed = value.as_i64().map(i128::from);
        signed.or_else(|| value.as_u64().map(i128::from))
    };
    Some((number(least)?, number(most)?))
}

/// Properties that are required where every property that is not described is refused. Names that a pattern may allow are
/// let pass.
fn required_and_refused(schema: &Map<String, Value>) -> Vec<Fault> {
    let refuses_others = schema.get("additionalProperties") == Some(&Value::Bool(false));
    if !refuses_others || schema.contains_key("patternProperties") {
        return Vec::new();
    }
    let described = schema.get("properties").and_then(Value::as_object);
    let is_described = |name: &str| described.is_some_and(|all| all.contains_key(name));
    let required = schema.get("required").and_then(Value::as_array);
    let required = required.into_iter().flatten().enumerate();
    required
        .filter_map(|(place, name)| Some((place, name.as_str()?)))
        .filter(|(_, name)| !is_described(name))
        .map(|(place, name)| {
            let reason = format!(
                "nothing fulfils it: {name:?} is required, \"properties\" does not describe it, and \
                 \"additionalProperties\": false refuses what is not described"
            );
            (format!("/required/{place}"), reason)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(schema: &Value) -> Vec<String> {
        let found = contradictions(schema.as_object().unwrap());
        found.into_iter().map(|(place, _)| place).collect()
    }

    #[test]
    fn bounds_that_leave_nothing_are_found() {
        for (least, most) in ABOVE {
            assert_eq!(places(&json!({*least: 3, *most: 2})), [format!("/{least}")]);
            assert_eq!(places(&json!({*least: 2, *most: 2})), [""; 0]);
        }
        for (least, most) in NOT_BELOW {
            assert_eq!(places(&json!({*least: 2, *most: 2})), [format!("/{least}")]);
            assert_eq!(places(&json!({*least: -2, *most: 2})), [""; 0]);
        }
        let large = json!({"minLength": u64::MAX, "maxLength": 1});
        assert_eq!(places(&large), ["/minLength"]);
        assert_eq!(places(&json!({"minimum": 0.5, "maximum": 0})), [""; 0]);
        assert_eq!(places(&json!({"minItems": 3})), [""; 0]);
    }

    #[test]
    fn what_is_required_and_refused_is_found() {
        let closed = json!({"required": ["a", "b"], "properties": {"a": true}, "additionalProperties": false});
        assert_eq!(places(&closed), ["/required/1"]);
        let mut open = closed.clone();
        open["additionalProperties"] = json!(true);
        assert_eq!(places(&open), [""; 0]);
        let mut by_pattern = closed.clone();
        by_pattern["patternProperties"] = json!({"^b": true});
        assert_eq!(places(&by_pattern), [""; 0]);
        assert_eq!(
            places(&json!({"required": ["a"], "additionalProperties": false})),
            ["/required/0"]
        );
    }
}
