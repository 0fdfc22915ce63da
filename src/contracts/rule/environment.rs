//! The functions that rules have beside CEL's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::common::ast::{CallExpr, Expr};
use cel::extractors::This;
use cel::parser::Macro;
use cel::{Context, DeclarationError, Env, ExecutionError, Value};
use chrono::{DateTime, Datelike, TimeDelta, Utc};

use crate::types::decimal::Decimal;

/// What `timestamp` is in a compiled rule: a name that no rule can write.
pub(super) const TIMESTAMP: &str = "@timestamp";

/// What `duration` is in a compiled rule.
pub(super) const DURATION: &str = "@duration";

/// The environment that rules are compiled in. Two of the library's functions give way to ours: its
/// times keep the offset that they are written with, and its durations go through floating point.
///
/// # Errors
/// [`DeclarationError`] if the library has such macros already.
pub(super) fn environment() -> Result<Env, DeclarationError> {
    let mut environment = Env::stdlib().with_optional_support(false);
    for (written, own) in [("timestamp", TIMESTAMP), ("duration", DURATION)] {
        environment.add_macro(Macro::global(written, 1, move |parser, _, arguments| {
            let call = CallExpr {
                func_name: own.to_owned(),
                target: None,
                args: std::mem::take(arguments),
            };
            Ok(Some(parser.next_expr(Expr::Call(call))))
        }))?;
    }
    Ok(environment)
}

/// The regular expressions of a rule, compiled once.
pub(super) type Patterns = Arc<BTreeMap<String, regex::Regex>>;

/// Adds `scaled`, `sum`, `matches`, and what `timestamp` and `duration` are, to the context of a rule.
pub(super) fn add_functions(
    context: &mut Context<'_, '_>,
    patterns: &Patterns,
) -> Result<(), DeclarationError> {
    context.add_function("scaled", scaled)?;
    context.add_function("sum", sum)?;
    context.add_function(TIMESTAMP, timestamp)?;
    context.add_function(DURATION, duration)?;
    let patterns = Arc::clone(patterns);
    context.add_function(
        "matches",
        move |This(text): This<Arc<String>>, pattern: Arc<String>| match patterns.get(&*pattern) {
            Some(compiled) => Ok(compiled.is_match(&text)),
            None => Err(ExecutionError::function_error(
                "matches",
                "the pattern is no literal of the rule",
            )),
        },
    )
}

/// The sum of a list of whole numbers; exact, or an error.
fn sum(list: Value) -> Result<i64, ExecutionError> {
    let fail = |reason: &str| Err(ExecutionError::function_error("sum", reason));
    let Value::List(items) = list else {
        return fail("a list of whole numbers is expected");
    };
    let mut total = 0i64;
    for item in items.iter() {
        let Value::Int(number) = item else {
            return fail("a list of whole numbers is expected");
        };
        match total.checked_add(*number) {
            Some(sum) => total = sum,
            None => return fail("the sum is too large"),
        }
    }
    Ok(total)
}

/// A decimal number times 10^places, as a whole number; exact, or an error.
fn scaled(number: Value, places: i64) -> Result<i64, ExecutionError> {
    let fail = |reason: &str| Err(ExecutionError::function_error("scaled", reason));
    let decimal = match &number {
        Value::Int(whole) => Decimal::from_json_number(&whole.to_string()),
        Value::String(text) => Decimal::from_json_number(text),
        _ => return fail("a number or its text is expected"),
    };
    let Ok(decimal) = decimal else {
        return fail("the text is no number");
    };
    let places = u8::try_from(places).unwrap_or(u8::MAX);
    match decimal.to_scaled_integer(places).map(i64::try_from) {
        Some(Ok(whole)) => Ok(whole),
        Some(Err(_)) => fail("the number is too large"),
        None => fail(&format!("the number has more than {places} decimal places")),
    }
}

/// A time of RFC 3339, or of so many seconds after 1970. It is in UTC, whatever offset it is written with:
/// what a rule asks for is no choice of who writes the record.
fn timestamp(of: Value) -> Result<Value, ExecutionError> {
    let fail = |reason: &str| Err(ExecutionError::function_error("timestamp", reason));
    let time = match &of {
        Value::Timestamp(_) => return Ok(of),
        Value::Int(seconds) => DateTime::from_timestamp(*seconds, 0),
        Value::String(text) => match DateTime::parse_from_rfc3339(text) {
            Ok(time) => Some(time.with_timezone(&Utc)),
            Err(error) => return fail(&error.to_string()),
        },
        _ => return fail("a text or a number of seconds is expected"),
    };
    match time {
        Some(time) if (1..=9_999).contains(&time.year()) => {
            Ok(Value::Timestamp(time.fixed_offset()))
        }
        _ => fail("the time is not within the years 1 to 9999"),
    }
}

/// A duration such as `1h30m`, `-2.5s` or `0`: exact to the nanosecond, or an error.
fn duration(of: Value) -> Result<Value, ExecutionError> {
    match &of {
        Value::Duration(_) => Ok(of),
        Value::String(text) => match read_duration_ns(text) {
            Some(nanoseconds) => Ok(Value::Duration(TimeDelta::nanoseconds(nanoseconds))),
            None => Err(ExecutionError::function_error(
                "duration",
                "a duration such as 1h30m or -2.5s is expected, of whole nanoseconds",
            )),
        },
        _ => Err(ExecutionError::function_error(
            "duration",
            "a text is expected",
        )),
    }
}

/// Most digits of a number in a duration: more than its nanoseconds can have.
const MAX_DURATION_DIGITS: usize = 19;

fn read_duration_ns(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0i128;
    loop {
        let whole = take_digits(&mut rest)?;
        let fraction = match rest.strip_prefix('.') {
            Some(behind) => {
                rest = behind;
                take_digits(&mut rest)?
            }
            None => "",
        };
        let unit_ns = take_unit_ns(&mut rest)?;
        let scale = 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let number: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scaled = number.checked_mul(unit_ns)?;
        if scaled % scale != 0 {
            return None;
        }
        total = total.checked_add(scaled / scale)?;
        if rest.is_empty() {
            return i64::try_from(sign * total).ok();
        }
    }
}

fn take_digits<'t>(rest: &mut &'t str) -> Option<&'t str> {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    (1..=MAX_DURATION_DIGITS)
        .contains(&length)
        .then_some(digits)
}

fn take_unit_ns(rest: &mut &str) -> Option<i128> {
    let units = [
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
    ];
    units.iter().find_map(|(unit, nanoseconds)| {
        *rest = rest.strip_prefix(unit)?;
        Some(*nanoseconds)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_exact_or_none() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("1h30m", Some(5_400_000_000_000)),
            ("0.1h", Some(360_000_000_000)),
            ("-1.1s", Some(-1_100_000_000)),
            ("1.000000001s", Some(1_000_000_001)),
            ("9223372036854775807ns", Some(i64::MAX)),
            ("9223372036854775808ns", None),
            ("1.5ns", None),
            ("0.0000000001s", None),
            ("", None),
            ("-", None),
            ("1", None),
            ("1.s", None),
            (".5s", None),
            ("1e3s", None),
            ("infs", None),
            ("+1s", None),
            ("1s ", None),
            ("1h-1m", None),
        ] {
            assert_eq!(read_duration_ns(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much_for_a_duration(text in "-?([0-9]{0,25}\\.?[0-9]{0,25}(h|m|s|ms|us|ns)){0,4}") {
            let _ = read_duration_ns(&text);
        }
    }
}
