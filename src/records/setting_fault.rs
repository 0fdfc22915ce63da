//! What is wrong with what a contract sets for a native family, and at which setting.

use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::types::plain_words;

/// A fault of `[record.settings]`, for the contract's author.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct SettingFault {
    /// The names and places in lists that lead to the setting; empty for the table as a whole.
    pub path: Vec<String>,
    /// Whether the setting's name is at fault, and not its value.
    pub is_of_name: bool,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl SettingFault {
    /// A fault of a setting's value.
    pub(super) fn of_value(path: Vec<String>, reason: impl Into<String>) -> Self {
        Self {
            path,
            is_of_name: false,
            reason: reason.into(),
        }
    }

    /// A fault of a setting that should not be there.
    pub(super) fn of_name(path: Vec<String>, reason: impl Into<String>) -> Self {
        Self {
            path,
            is_of_name: true,
            reason: reason.into(),
        }
    }

    /// A fault of a setting of the table itself.
    pub(super) fn of_setting(name: &str, reason: impl Into<String>) -> Self {
        Self::of_value(vec![name.to_owned()], reason)
    }

    /// A setting of the table itself that there is not.
    pub(super) fn unknown(name: &str, reason: impl Into<String>) -> Self {
        Self::of_name(vec![name.to_owned()], reason)
    }
}

/// A table of settings that is read by name.
pub(super) struct SettingTable {
    /// What leads to it.
    path: Vec<String>,
    table: toml::Table,
}

impl SettingTable {
    /// A table in which each setting has one of the names.
    ///
    /// # Errors
    /// [`SettingFault`] with the first that has none of them.
    pub(super) fn open(
        path: Vec<String>,
        table: toml::Table,
        names: &[&str],
    ) -> Result<Self, SettingFault> {
        let own = Self { path, table };
        match own
            .table
            .keys()
            .find(|name| !names.contains(&name.as_str()))
        {
            None => Ok(own),
            Some(name) => Err(SettingFault::of_name(
                own.inside(name),
                format!(
                    "there is no setting {name:?} here; there are {}",
                    names.join(", ")
                ),
            )),
        }
    }

    /// What leads to a setting in it.
    pub(super) fn inside(&self, name: &str) -> Vec<String> {
        let own = self.path.iter().cloned();
        own.chain([name.to_owned()]).collect()
    }

    /// A setting that may be left out.
    ///
    /// # Errors
    /// [`SettingFault`] if it is of another form.
    pub(super) fn optional<T: DeserializeOwned>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, SettingFault> {
        let Some(value) = self.table.remove(name) else {
            return Ok(None);
        };
        value
            .try_into()
            .map(Some)
            .map_err(|error: toml::de::Error| {
                let reason = format!("{name}: {}", plain_words::of_message(error.message()));
                SettingFault::of_value(self.inside(name), reason)
            })
    }

    /// A setting that has to be there.
    ///
    /// # Errors
    /// [`SettingFault`] if it is missing or of another form.
    pub(super) fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, SettingFault> {
        match self.optional(name)? {
            Some(setting) => Ok(setting),
            None => Err(SettingFault::of_value(
                self.path.clone(),
                format!("the setting {name:?} is missing"),
            )),
        }
    }
}
