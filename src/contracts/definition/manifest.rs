//! `contract.toml` as it is written.

use serde::Deserialize;
use toml::Spanned;

use super::asset_setting::AssetOperation;
use super::problem::ContractProblem;
use crate::types::{MANIFEST_FILE, plain_words};

/// The manifest. Spans are bytes of its text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) name: Spanned<String>,
    pub(super) version: Spanned<u32>,
    pub(super) title: Spanned<String>,
    #[serde(default)]
    pub(super) record: Vec<RecordSection>,
}

/// `[[record]]`: a kind of record that the contract judges.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordSection {
    pub(super) kind: Spanned<String>,
    pub(super) version: Spanned<u16>,
    pub(super) title: Spanned<String>,
    pub(super) schema: Option<Spanned<String>>,
    pub(super) native: Option<Spanned<String>>,
    pub(super) settings: Option<Spanned<toml::Table>>,
    pub(super) roles: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) asset: Option<AssetSection>,
    #[serde(default)]
    pub(super) rule: Vec<RuleSection>,
}

/// `[record.asset]`: the record changes an asset of the contract.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssetSection {
    pub(super) key: Spanned<KeySection>,
    pub(super) operation: AssetOperation,
    #[serde(default)]
    pub(super) from: Vec<Spanned<String>>,
    pub(super) to: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) parties: Vec<Spanned<String>>,
}

/// The key of an asset: a pointer, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum KeySection {
    One(String),
    Joined(Vec<String>),
}

impl KeySection {
    pub(super) fn pointers(&self) -> &[String] {
        match self {
            Self::One(pointer) => std::slice::from_ref(pointer),
            Self::Joined(pointers) => pointers,
        }
    }
}

/// `[[record.rule]]`: a condition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSection {
    pub(super) name: Spanned<String>,
    pub(super) check: Spanned<String>,
    pub(super) message: Spanned<String>,
}

impl Manifest {
    /// Reads the text.
    ///
    /// # Errors
    /// The place at which it is no manifest.
    pub(super) fn parse(text: &str) -> Result<Self, ContractProblem> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let problem =
                ContractProblem::new(MANIFEST_FILE, "", plain_words::of_message(error.message()));
            match error.span() {
                Some(span) => problem.at(text, span.start),
                None => problem,
            }
        })
    }
}

/// Where a byte of a string's value stands in the manifest's text.
pub(super) fn byte_of_value(text: &str, value: &Spanned<String>, offset: usize) -> usize {
    let span = value.span();
    let written = text.get(span.clone()).unwrap_or_default();
    for quote in ["'''", "\"\"\"", "'", "\""] {
        let Some(inner) = written
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
        else {
            continue;
        };
        let mut start = span.start + quote.len();
        let mut content = inner;
        if quote.len() > 1 {
            // A line end right after the opening quotes is not part of the value.
            for line_end in ["\r\n", "\n"] {
                if let Some(rest) = content.strip_prefix(line_end) {
                    start += line_end.len();
                    content = rest;
                    break;
                }
            }
        }
        if content == value.get_ref() {
            return start + offset;
        }
        return match quote.starts_with('"') {
            true => start + written_offset(content, offset),
            false => span.start,
        };
    }
    span.start
}

/// Where a byte of a value stands in its text between double quotes, which may have escapes (TOML 1.1, strings).
fn written_offset(content: &str, offset: usize) -> usize {
    let (mut written, mut decoded) = (0, 0);
    while decoded < offset {
        let rest = content.get(written..).unwrap_or_default();
        let mut chars = rest.chars();
        let Some(first) = chars.next() else {
            break;
        };
        if first != '\\' {
            written += first.len_utf8();
            decoded += first.len_utf8();
            continue;
        }
        let digits = match chars.next() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(space) if space.is_whitespace() => {
                // The end of a line, and what the next one begins with, are not part of the value.
                let ended = rest.get(1..).unwrap_or_default();
                written += rest.len() - ended.trim_start().len();
                continue;
            }
            _ => 0,
        };
        let code = rest.get(2..2 + digits).unwrap_or_default();
        let number = u32::from_str_radix(code, 16).ok();
        let character = number.and_then(char::from_u32);
        written += 2 + digits;
        decoded += character.map_or(1, char::len_utf8);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn escapes_are_counted_as_they_are_written() {
        for written in [
            r#""self.id == \"x\" && MARK""#,
            r#""'\u00e9\U0001F600\t' MARK""#,
            "\"\"\"\nfirst \\\n   second \\\"MARK\"\"\"",
            "'''\nfirst \\ MARK'''",
            r#""éé\\é MARK""#,
        ] {
            let text = format!("a = {written}");
            let read: BTreeMap<String, Spanned<String>> = toml::from_str(&text).unwrap();
            let value = &read["a"];
            let offset = value.get_ref().find("MARK").unwrap();
            let expected = text.find("MARK").unwrap();
            assert_eq!(byte_of_value(&text, value, offset), expected, "{written}");
        }
    }
}
