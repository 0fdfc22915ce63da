//! The functions that rules have beside CEL's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::extractors::This;
use cel::{Context, DeclarationError, Env, ExecutionError, Value};

use crate::types::decimal::Decimal;

/// The environment that rules are compiled in.
pub(super) fn environment() -> Env {
    Env::stdlib().with_optional_support(false)
}

/// The regular expressions of a rule, compiled once.
pub(super) type Patterns = Arc<BTreeMap<String, regex::Regex>>;

/// Adds `scaled`, `sum` and `matches` to the context of a rule.
pub(super) fn add_functions(
    context: &mut Context<'_, '_>,
    patterns: &Patterns,
) -> Result<(), DeclarationError> {
    context.add_function("scaled", scaled)?;
    context.add_function("sum", sum)?;
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
