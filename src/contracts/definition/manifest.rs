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
    pub(super) title: String,
    #[serde(default)]
    pub(super) record: Vec<RecordSection>,
}

/// `[[record]]`: a kind of record that the contract judges.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordSection {
    pub(super) kind: Spanned<String>,
    pub(super) version: Spanned<u16>,
    pub(super) title: String,
    pub(super) schema: Option<Spanned<String>>,
    pub(super) native: Option<Spanned<String>>,
    pub(super) settings: Option<Spanned<toml::Table>>,
    #[serde(default)]
    pub(super) roles: Vec<Spanned<String>>,
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
    pub(super) message: String,
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

/// Where a byte of a string's value stands in the manifest's text. Exact unless the string is
/// written with escapes: then it is where the string begins.
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
        return span.start;
    }
    span.start
}
