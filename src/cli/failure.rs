//! Why a command did not do what was asked.

use std::fmt;
use std::path::Path;

use serde_json::json;
use thiserror::Error;

use super::Exit;
use super::client::ClientError;
use crate::node::config::ConfigError;
use crate::node::keys::KeyFileError;

/// What happened, why, and the way out: how every failure is told to a person.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// What happened.
    pub what: String,
    /// Why.
    pub why: String,
    /// What to do about it.
    pub way_out: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = |text: &str| text.replace('\n', "\n           ");
        write!(
            formatter,
            "error: {}\n     why:  {}\n  way out: {}",
            self.what,
            indent(&self.why),
            indent(&self.way_out)
        )
    }
}

impl Failure {
    /// A failure of a kind.
    pub fn new(
        exit: Exit,
        what: impl Into<String>,
        why: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self {
            exit,
            what: what.into(),
            why: why.into(),
            way_out: way_out.into(),
        }
    }

    /// A file that is missing or wrong.
    pub fn file(path: &Path, why: impl fmt::Display, way_out: impl Into<String>) -> Self {
        let what = format!("cannot use {}", path.display());
        Self::new(Exit::Files, what, why.to_string(), way_out)
    }

    /// Options that make no sense together.
    pub fn usage(why: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "the command line makes no sense", why, way_out)
    }

    /// The failure as JSON, for scripts.
    pub fn to_json(&self) -> serde_json::Value {
        json!({"error": {
            "exitCode": self.exit.code(),
            "what": self.what,
            "why": self.why,
            "wayOut": self.way_out,
        }})
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        let way_out = error.way_out();
        Self::new(
            Exit::Files,
            "cannot use a key file",
            error.to_string(),
            way_out,
        )
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(
            Exit::Files,
            "the configuration cannot be used",
            error.to_string(),
            "correct it; `waybill config check` tells when it is right",
        )
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let exit = match &error {
            ClientError::BadUrl { .. } => Exit::Usage,
            ClientError::Problem { .. } => Exit::Refused,
            ClientError::TimedOut { .. } => Exit::TimedOut,
            ClientError::Unreachable { .. }
            | ClientError::AnswerTooLarge { .. }
            | ClientError::Unexpected { .. } => Exit::Unreachable,
        };
        Self::new(exit, error.what(), error.why(), error.way_out())
    }
}
