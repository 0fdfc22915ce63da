//! Why a body is refused, in our words.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// Longest piece of a schema that a reason shows, in characters.
const MAX_SHOWN_CHARS: usize = 160;

/// The reason of one fault. It depends on the schema's keyword and on the body alone.
pub(super) fn reason(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let mut names: Vec<&String> = unexpected.iter().collect();
            names.sort();
            let names: Vec<String> = names.into_iter().map(|name| format!("{name:?}")).collect();
            shorten(&format!("the schema has no field {}", names.join(", ")))
        }
        Kind::Required { property } => {
            let name = property.as_str().map_or_else(|| shown(property), quoted);
            format!("the field {name} is missing")
        }
        Kind::Type { kind } => match kind {
            TypeKind::Single(expected) => format!("a value of type {expected} is expected"),
            TypeKind::Multiple(expected) => {
                let names: Vec<String> = (*expected).into_iter().map(|t| t.to_string()).collect();
                format!("a value of type {} is expected", names.join(" or "))
            }
        },
        Kind::Enum { options } => format!("one of {} is expected", shown(options)),
        Kind::Constant { expected_value } => format!("{} is expected", shown(expected_value)),
        Kind::Minimum { limit } => format!("{} or more is expected", shown(limit)),
        Kind::Maximum { limit } => format!("{} or less is expected", shown(limit)),
        Kind::ExclusiveMinimum { limit } => format!("more than {} is expected", shown(limit)),
        Kind::ExclusiveMaximum { limit } => format!("less than {} is expected", shown(limit)),
        Kind::MultipleOf { .. } => "the number is no multiple of what the schema says".to_owned(),
        Kind::MinLength { limit } => format!("{limit} or more characters are expected"),
        Kind::MaxLength { limit } => format!("{limit} or fewer characters are expected"),
        Kind::MinItems { limit } => format!("{limit} or more items are expected"),
        Kind::MaxItems { limit } => format!("{limit} or fewer items are expected"),
        Kind::AdditionalItems { limit } => format!("{limit} or fewer items are expected"),
        Kind::MinProperties { limit } => format!("{limit} or more fields are expected"),
        Kind::MaxProperties { limit } => format!("{limit} or fewer fields are expected"),
        Kind::UniqueItems => "an item stands in the list twice".to_owned(),
        Kind::Contains => "the list lacks an item that the schema asks for".to_owned(),
        Kind::Pattern { pattern } => shorten(&format!("it does not match the pattern {pattern}")),
        Kind::Format { format } => format!("it is no valid {format}"),
        Kind::PropertyNames { error } => shorten(&format!("a field's name: {}", reason(error))),
        Kind::FalseSchema => "the schema allows nothing here".to_owned(),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            "it has none of the forms that the schema allows".to_owned()
        }
        Kind::OneOfMultipleValid { .. } => {
            "it has several forms of which the schema allows only one".to_owned()
        }
        Kind::Not { .. } => "it has a form that the schema excludes".to_owned(),
        other => format!("the schema's keyword {} refuses it", other.keyword()),
    }
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn shown(value: &Value) -> String {
    shorten(&value.to_string())
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_SHOWN_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
