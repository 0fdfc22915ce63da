//! Extensions in the pre-hash string (rules 19 to 21).

use std::borrow::Cow;

use super::super::extension::{Extension, ExtensionValue};
use super::super::identifier::in_event_hash;
use super::super::vocabulary::web_vocabulary;
use crate::types::decimal::Decimal;

/// A comment says nothing about what happened.
const COMMENT: &str = "{http://www.w3.org/2000/01/rdf-schema#}comment";

/// Appends the extensions of one structure in bytewise order.
pub(super) fn append_sorted(out: &mut String, extensions: &[Extension]) {
    if extensions.is_empty() {
        return;
    }
    let mut parts = Vec::with_capacity(extensions.len());
    for extension in extensions {
        collect(extension, &mut parts);
    }
    parts.sort_unstable();
    out.extend(parts);
}

/// Collects the part of each value of an extension.
pub(super) fn collect(extension: &Extension, parts: &mut Vec<String>) {
    let name = extension.name.canonical();
    if name != COMMENT {
        collect_value(name, &extension.value, parts);
    }
}

fn collect_value(name: &str, value: &ExtensionValue, parts: &mut Vec<String>) {
    match value {
        ExtensionValue::Null => {}
        ExtensionValue::Boolean(value) => parts.push(format!("{name}={value}")),
        ExtensionValue::Number(value) => parts.push(format!("{name}={value}")),
        ExtensionValue::Text(text) => {
            let text = canonical_text(text);
            parts.push(if text.is_empty() {
                name.to_string()
            } else {
                [name, "=", &text].concat()
            });
        }
        ExtensionValue::List(values) => {
            for value in values {
                collect_value(name, value, parts);
            }
        }
        ExtensionValue::Fields(fields) => {
            let mut part = name.to_string();
            append_sorted(&mut part, fields);
            parts.push(part);
        }
    }
}

fn canonical_text(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.starts_with("urn:epcglobal:cbv:") {
        return web_vocabulary(text).map_or(Cow::Borrowed(text), Cow::Owned);
    }
    if text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Decimal::from_xsd_decimal(text)
            .map_or(Cow::Borrowed(text), |number| Cow::Owned(number.to_string()));
    }
    in_event_hash(text)
}
