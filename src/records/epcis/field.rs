//! Reading the simple values that fields are made of.

use super::context::Context;
use super::error::{EpcisError, FieldFault, Located};
use super::identifier::{Identifier, IdentifierError};
use super::uri::is_uri;
use super::vocabulary::{Vocabulary, VocabularyTerm};
use crate::types::decimal::Decimal;
use crate::types::json::{Json, Object};
use crate::types::time::Timestamp;

fn wrong_type(expected: &'static str, json: &Json<'_>) -> FieldFault {
    FieldFault::WrongType {
        expected,
        found: json.kind(),
    }
}

pub(super) fn object<'j, 'a>(json: &'j Json<'a>) -> Result<&'j Object<'a>, FieldFault> {
    json.as_object()
        .ok_or_else(|| wrong_type("an object", json))
}

pub(super) fn array<'j, 'a>(json: &'j Json<'a>) -> Result<&'j [Json<'a>], FieldFault> {
    json.as_array().ok_or_else(|| wrong_type("an array", json))
}

pub(super) fn string<'j>(json: &'j Json<'_>) -> Result<&'j str, FieldFault> {
    json.as_str().ok_or_else(|| wrong_type("a string", json))
}

pub(super) fn boolean(json: &Json<'_>) -> Result<bool, FieldFault> {
    match json {
        Json::Bool(value) => Ok(*value),
        other => Err(wrong_type("a boolean", other)),
    }
}

pub(super) fn decimal(json: &Json<'_>) -> Result<Decimal, FieldFault> {
    match json {
        Json::Number(text) => Ok(Decimal::from_json_number(text)?),
        other => Err(wrong_type("a number", other)),
    }
}

pub(super) fn time(json: &Json<'_>) -> Result<Timestamp, FieldFault> {
    Ok(Timestamp::parse_rfc3339(string(json)?)?)
}

pub(super) fn term(
    json: &Json<'_>,
    vocabulary: Vocabulary,
    context: &Context<'_>,
) -> Result<VocabularyTerm, FieldFault> {
    vocabulary.read(string(json)?, context)
}

/// A URI; if it is an EPC or a Digital Link, one of sound structure.
pub(super) fn identifier(json: &Json<'_>, context: &Context<'_>) -> Result<Identifier, FieldFault> {
    let text = string(json)?;
    if !is_uri(text) {
        return Err(FieldFault::NotAUri {
            text: text.to_string(),
        });
    }
    let expanded = context.expand(text);
    Identifier::check(&expanded).map_err(|error: IdentifierError| error.into())
}

/// Reads each item of a list.
///
/// # Errors
/// The fault of the first item refused, with its position.
pub(super) fn list<T, E: Into<EpcisError>>(
    json: &Json<'_>,
    mut read: impl FnMut(&Json<'_>) -> Result<T, E>,
) -> Result<Vec<T>, EpcisError> {
    let items = array(json)?;
    let mut values = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        values.push(read(item).at_index(index)?);
    }
    Ok(values)
}

/// Refuses a list in which a string occurs twice as written.
///
/// # Errors
/// [`FieldFault::NotUnique`], at the position of the repetition.
pub(super) fn check_unique(json: &Json<'_>) -> Result<(), EpcisError> {
    let mut texts: Vec<(&str, usize)> = array(json)?
        .iter()
        .map(Json::as_str)
        .zip(0..)
        .filter_map(|(text, index)| Some((text?, index)))
        .collect();
    texts.sort_unstable();
    let repeated = texts
        .iter()
        .zip(texts.iter().skip(1))
        .filter(|(first, second)| first.0 == second.0);
    match repeated.map(|(_, second)| second.1).min() {
        Some(index) => Err(FieldFault::NotUnique).at_index(index),
        None => Ok(()),
    }
}
