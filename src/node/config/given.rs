//! A value as a layer gives it, before the setting it is for is known.

use std::collections::BTreeMap;

use toml::de::DeValue;

/// A value of the file, or the text of a variable or flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// A text of the file.
    Text(String),
    /// An integer of the file; none if it has more than 64 bits or is negative.
    Integer(Option<u64>, String),
    /// A boolean of the file.
    Flag(bool),
    /// An array of the file.
    List(Vec<Given>),
    /// A table of the file.
    Table(BTreeMap<String, Given>),
    /// Something of the file that no setting takes.
    Other(&'static str),
    /// The text of a variable or flag, which may be meant as any of these.
    Words(String),
}

impl Given {
    /// The value as the file has it.
    pub(super) fn of_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(integer) => {
                let digits = integer.as_str().replace('_', "");
                let value = u64::from_str_radix(&digits, integer.radix()).ok();
                Self::Integer(value, integer.as_str().to_owned())
            }
            DeValue::Boolean(value) => Self::Flag(*value),
            DeValue::Array(items) => Self::List(
                items
                    .iter()
                    .map(|item| Self::of_toml(item.get_ref()))
                    .collect(),
            ),
            DeValue::Table(table) => Self::Table(
                table
                    .iter()
                    .map(|(name, value)| {
                        (name.get_ref().to_string(), Self::of_toml(value.get_ref()))
                    })
                    .collect(),
            ),
            DeValue::Float(_) => Self::Other("a fraction"),
            DeValue::Datetime(_) => Self::Other("a date"),
        }
    }

    /// What was found, for messages; cut to a line.
    pub(super) fn describe(&self) -> String {
        /// Longest text of the operator that is repeated.
        const MAX_SHOWN_CHARACTERS: usize = 80;
        let cut = |text: &str| -> String { text.chars().take(MAX_SHOWN_CHARACTERS).collect() };
        match self {
            Self::Text(text) | Self::Words(text) => format!("{:?}", cut(text)),
            Self::Integer(_, text) => cut(text),
            Self::Flag(value) => value.to_string(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Other(what) => (*what).to_owned(),
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Words(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_integer(&self) -> Option<u64> {
        match self {
            Self::Integer(value, _) => *value,
            Self::Words(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(value) => Some(*value),
            Self::Words(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The items of a list; of a text, those between its commas.
    pub(super) fn as_list(&self) -> Option<Vec<Given>> {
        match self {
            Self::List(items) => Some(items.clone()),
            Self::Words(text) => Some(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(|item| Self::Words(item.to_owned()))
                    .collect(),
            ),
            _ => None,
        }
    }
}
