//! What bodies about machines and devices have in common: names, units, numbers, times and lists.

use super::epcis::is_uri;
use super::family::BodyError;
use super::fields::Fields;
use crate::types::json::Json;
use crate::types::plain_words;
use crate::types::{Decimal, Timestamp};

/// Longest name that a member gives to a device, a machine or a run, in bytes.
pub(super) const MAX_NAME_BYTES: usize = 64;

/// Longest word for a kind of thing, such as a quantity, in bytes.
const MAX_WORD_BYTES: usize = 64;

/// Longest identifier, in characters.
const MAX_URI_CHARS: usize = 300;

/// Most decimal places of a number.
pub(super) const MAX_PLACES: u8 = 9;

/// Most significant digits of a number with a fraction: what a JSON Schema judges exactly.
const MAX_FRACTION_DIGITS: u32 = 15;

/// Largest absolute value of a number.
pub(super) const MAX_MAGNITUDE: i64 = 1_000_000_000_000;

/// Reads a name: a letter or digit, then letters, digits, dots, underscores and hyphens.
pub(super) fn name(fields: &Fields<'_, '_>, field: &str) -> Result<Box<str>, BodyError> {
    let text = fields.text(field)?;
    if is_name(text) {
        return Ok(text.into());
    }
    Err(BodyError::new(
        fields.place(field),
        format!(
            "a name is a letter or a digit, then letters, digits, dots, underscores and hyphens, \
             at most {MAX_NAME_BYTES} together"
        ),
    ))
}

pub(super) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= MAX_NAME_BYTES
        && bytes
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Reads a word: lower-case letters and digits, with hyphens between.
pub(super) fn word(fields: &Fields<'_, '_>, field: &str) -> Result<Box<str>, BodyError> {
    let text = fields.text(field)?;
    if is_word(text) {
        return Ok(text.into());
    }
    Err(BodyError::new(
        fields.place(field),
        format!(
            "1 to {MAX_WORD_BYTES} lower-case letters, digits and inner hyphens are expected, such \
             as relative-humidity"
        ),
    ))
}

pub(super) fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= MAX_WORD_BYTES
        && text.bytes().next().is_some_and(plain)
        && text.bytes().last().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || byte == b'-')
}

/// Reads a unit: a code of UN/ECE Recommendation 20, by its form.
pub(super) fn unit(fields: &Fields<'_, '_>, field: &str) -> Result<Box<str>, BodyError> {
    let text = fields.text(field)?;
    let is_code = (2..=3).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_code {
        return Ok(text.into());
    }
    Err(BodyError::new(
        fields.place(field),
        "a code of UN/ECE Recommendation 20 is expected, such as CEL, KGM or P1",
    ))
}

/// Reads a currency: a code of ISO 4217, by its form.
pub(super) fn currency(fields: &Fields<'_, '_>, field: &str) -> Result<(), BodyError> {
    let text = fields.text(field)?;
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(());
    }
    Err(BodyError::new(
        fields.place(field),
        "a code of ISO 4217 is expected, such as EUR",
    ))
}

/// Reads a URI.
pub(super) fn uri(fields: &Fields<'_, '_>, field: &str) -> Result<Box<str>, BodyError> {
    let text = fields.text(field)?;
    if text.len() <= MAX_URI_CHARS && is_uri(text) {
        return Ok(text.into());
    }
    Err(BodyError::new(
        fields.place(field),
        format!("a URI of at most {MAX_URI_CHARS} characters is expected"),
    ))
}

/// Checks a text for people.
pub(super) fn note(fields: &Fields<'_, '_>, field: &str, most: usize) -> Result<(), BodyError> {
    if (1..=most).contains(&fields.text(field)?.chars().count()) {
        return Ok(());
    }
    Err(BodyError::new(
        fields.place(field),
        format!("a text of 1 to {most} characters is expected"),
    ))
}

/// Reads a time.
pub(super) fn time(fields: &Fields<'_, '_>, field: &str) -> Result<Timestamp, BodyError> {
    fields.parse(field, Timestamp::parse_rfc3339)
}

/// Reads a whole number between two bounds, both included.
pub(super) fn integer(
    fields: &Fields<'_, '_>,
    field: &str,
    bounds: (i64, i64),
) -> Result<i64, BodyError> {
    integer_at(fields.require(field)?, bounds)
        .map_err(|reason| BodyError::new(fields.place(field), reason))
}

/// A whole number between two bounds, both included.
pub(super) fn integer_at(json: &Json<'_>, (least, most): (i64, i64)) -> Result<i64, String> {
    let expected = || {
        format!(
            "a whole number {} is expected",
            plain_words::range(least, most)
        )
    };
    let Json::Number(text) = json else {
        return Err(expected());
    };
    let decimal = Decimal::from_json_number(text).map_err(|_| expected())?;
    let whole = decimal.to_scaled_integer(0).map(i64::try_from);
    match whole {
        Some(Ok(whole)) if (least..=most).contains(&whole) => Ok(whole),
        _ => Err(expected()),
    }
}

/// Reads a decimal number of at most [`MAX_MAGNITUDE`] either way.
pub(super) fn decimal(fields: &Fields<'_, '_>, field: &str) -> Result<Decimal, BodyError> {
    decimal_at(fields.require(field)?).map_err(|reason| BodyError::new(fields.place(field), reason))
}

/// Reads a decimal number that is not below zero.
pub(super) fn amount(fields: &Fields<'_, '_>, field: &str) -> Result<Decimal, BodyError> {
    let found = decimal(fields, field)?;
    if found.is_negative() {
        return Err(BodyError::new(
            fields.place(field),
            "a number that is not below zero is expected",
        ));
    }
    Ok(found)
}

/// A decimal number of at most [`MAX_MAGNITUDE`] either way.
pub(super) fn decimal_at(json: &Json<'_>) -> Result<Decimal, String> {
    let Json::Number(text) = json else {
        return Err("a number is expected".to_owned());
    };
    let number = Decimal::from_json_number(text).map_err(|error| error.to_string())?;
    let bound = Decimal::from(MAX_MAGNITUDE);
    if number > bound || number < bound.negated() {
        return Err(format!(
            "a number of at most {MAX_MAGNITUDE} either way is expected"
        ));
    }
    let digits = number
        .mantissa()
        .unsigned_abs()
        .checked_ilog10()
        .unwrap_or(0)
        + 1;
    if number.scale() > 0 && digits > MAX_FRACTION_DIGITS {
        return Err(format!(
            "a number with a fraction has at most {MAX_FRACTION_DIGITS} digits"
        ));
    }
    if number.scale() > MAX_PLACES {
        return Err(format!("a number has at most {MAX_PLACES} decimal places"));
    }
    Ok(number)
}

/// A list of so many items.
pub(super) fn list<'a, 'j>(
    fields: &Fields<'a, 'j>,
    field: &str,
    (least, most): (usize, usize),
) -> Result<&'a [Json<'j>], BodyError> {
    match fields.require(field)? {
        Json::Array(items) if (least..=most).contains(&items.len()) => Ok(items),
        _ => Err(BodyError::new(
            fields.place(field),
            format!("a list of {least} to {most} items is expected"),
        )),
    }
}

/// The items of a list, each an object.
pub(super) fn objects<'a, 'j>(
    fields: &Fields<'a, 'j>,
    field: &str,
    bounds: (usize, usize),
) -> Result<Vec<Fields<'a, 'j>>, BodyError> {
    let place = fields.place(field);
    list(fields, field, bounds)?
        .iter()
        .enumerate()
        .map(|(index, item)| Fields::inside(item, format!("{place}/{index}")))
        .collect()
}
