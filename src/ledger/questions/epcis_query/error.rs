//! Why a query has no answer.

use thiserror::Error;

use super::super::QuestionError;
use crate::records::epcis::EpcisError;
use crate::types::{DecodeError, Height, ReadError};

/// Why a query of EPCIS has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EpcisQueryError {
    /// The standard has no such parameter.
    #[error("there is no parameter {name:?}")]
    UnknownParameter {
        /// The name.
        name: String,
    },
    /// A parameter stands there twice.
    #[error("{name} is given twice: give its values in one, with a vertical bar between them")]
    RepeatedParameter {
        /// The name.
        name: String,
    },
    /// A value is not what the parameter takes.
    #[error("{name}: {value:?} is not accepted: {reason}")]
    BadValue {
        /// The parameter.
        name: String,
        /// The value, cut if it is long.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Parameters that do not go together.
    #[error("{reason}")]
    BadCombination {
        /// Which, and why.
        reason: String,
    },
    /// There is more of something than a query may have.
    #[error("{found} {what}, at most {most} are accepted")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        most: usize,
    },
    /// The query is no JSON object of parameters.
    #[error("the query is not one: {0}")]
    NotAQuery(String),
    /// The standard has it, and this node does not.
    #[error("{name} is not supported: {reason}")]
    NotSupported {
        /// The parameter.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// More events match than the query allows.
    #[error("more than {most} events match, which is the query's own maxEventCount")]
    TooLarge {
        /// The query's limit.
        most: u64,
    },
    /// Whether more events match than the query allows cannot be told with the work that one query may cost.
    #[error(
        "after looking at {looked_at} events it is not known how many match in all, as maxEventCount asks"
    )]
    TooComplex {
        /// How many events were looked at.
        looked_at: usize,
    },
    /// Each member would have to be asked for too many events by their hashes.
    #[error(
        "{hashes} events are asked for by their hashes, of each of more than {members} members"
    )]
    TooManyCaptures {
        /// How many hashes there are.
        hashes: usize,
        /// Most members that may be asked for so many.
        members: usize,
    },
    /// The page token is of another query, another ledger, or was changed.
    #[error("the page token is of another query")]
    ForeignCursor,
    /// The page is of a height that this node has not come to: another one has.
    #[error("the page is of height {asked}, and this node has come to {tip}")]
    NotYet {
        /// The height of the page.
        asked: Height,
        /// That of the node.
        tip: Height,
    },
    /// The question itself failed.
    #[error(transparent)]
    Question(#[from] QuestionError),
}

/// Longest value that is repeated in a message, in characters.
const MAX_SHOWN_CHARACTERS: usize = 120;

impl EpcisQueryError {
    /// A value that a parameter does not take.
    pub(super) fn bad_value(name: &str, value: &str, reason: impl ToString) -> Self {
        Self::BadValue {
            name: name.chars().take(MAX_SHOWN_CHARACTERS).collect(),
            value: value.chars().take(MAX_SHOWN_CHARACTERS).collect(),
            reason: reason.to_string(),
        }
    }

    /// A parameter that the standard does not have.
    pub(super) fn unknown(name: &str) -> Self {
        Self::UnknownParameter {
            name: name.chars().take(MAX_SHOWN_CHARACTERS).collect(),
        }
    }
}

impl From<ReadError> for EpcisQueryError {
    fn from(error: ReadError) -> Self {
        Self::Question(QuestionError::Read(error))
    }
}

impl From<DecodeError> for EpcisQueryError {
    fn from(error: DecodeError) -> Self {
        Self::Question(error.into())
    }
}

impl From<EpcisError> for EpcisQueryError {
    fn from(error: EpcisError) -> Self {
        Self::NotAQuery(error.to_string())
    }
}
