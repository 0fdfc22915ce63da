//! What can be wrong with a configuration.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// The place of a fault: as precise as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of the configuration file.
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A file as a whole.
    File {
        /// The file.
        path: PathBuf,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        name: String,
    },
    /// A flag.
    Flag {
        /// Its name.
        name: String,
    },
    /// The values taken together, whatever layers they came from.
    Combination,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { path, line } => write!(formatter, "{}:{line}", path.display()),
            Self::File { path } => write!(formatter, "{}", path.display()),
            Self::Environment { name } => write!(formatter, "environment variable {name}"),
            Self::Flag { name } => write!(formatter, "flag {name}"),
            Self::Combination => formatter.write_str("configuration"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigFault {
    /// The file cannot be read.
    #[error("{place}: the configuration file cannot be read: {reason}")]
    Unreadable {
        /// Which file.
        place: Place,
        /// What the system says.
        reason: String,
    },
    /// The file is larger than any sensible one.
    #[error("{place}: the configuration file has {length} bytes, the limit is {limit}")]
    TooLarge {
        /// Which file.
        place: Place,
        /// Its length.
        length: u64,
        /// The limit.
        limit: u64,
    },
    /// The file is not TOML.
    #[error("{place}: not TOML: {reason}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the reader says.
        reason: String,
    },
    /// There is no such key, section or variable.
    #[error("{place}: there is no {what} `{name}`")]
    Unknown {
        /// Where.
        place: Place,
        /// Key, section or environment variable.
        what: &'static str,
        /// The name found.
        name: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// The value is not of the setting's form.
    #[error("{place}: `{key}` has to be {expected}, found {found}")]
    WrongValue {
        /// Where.
        place: Place,
        /// The setting.
        key: &'static str,
        /// What is expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// The HTTP interface would be open to others, and nobody said that it may.
    #[error("{place}: `api.listen` is {address}, which others can reach")]
    PublicApi {
        /// Where.
        place: Place,
        /// The address.
        address: String,
    },
    /// Two settings do not fit together.
    #[error(
        "{place}: `{key}` is {value}, it must not be more than `{limit_key}`, which is {limit}"
    )]
    MoreThan {
        /// Where.
        place: Place,
        /// The setting that is too large.
        key: &'static str,
        /// Its value.
        value: u64,
        /// The setting that bounds it.
        limit_key: &'static str,
        /// Its value.
        limit: u64,
    },
}

impl ConfigFault {
    /// What to do about it.
    pub fn way_out(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "name the file with --config, or make one with `waybill init`".to_owned()
            }
            Self::TooLarge { .. } => {
                "is it the right file? `waybill config example` prints one".to_owned()
            }
            Self::Syntax { .. } => "correct the line; texts need quotes in TOML".to_owned(),
            Self::Unknown {
                suggestion: Some(name),
                ..
            } => format!("did you mean `{name}`?"),
            Self::Unknown {
                suggestion: None, ..
            } => "remove it; `waybill config example` lists all settings".to_owned(),
            Self::WrongValue { expected, .. } => format!("give it {expected}"),
            Self::PublicApi { .. } => "listen on 127.0.0.1, or set `api.allow_public = true` with \
                a firewall or an authenticating proxy before it"
                .to_owned(),
            Self::MoreThan { key, limit_key, .. } => {
                format!("lower `{key}`, or raise `{limit_key}`")
            }
        }
    }
}

/// Everything that is wrong with a configuration; at least one fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct ConfigError {
    faults: Vec<ConfigFault>,
}

impl ConfigError {
    pub(super) fn new(faults: Vec<ConfigFault>) -> Self {
        Self { faults }
    }

    /// The faults, in the order of layers and lines.
    pub fn faults(&self) -> &[ConfigFault] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.faults.iter().enumerate() {
            if position > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{fault}; {}", fault.way_out())?;
        }
        Ok(())
    }
}
