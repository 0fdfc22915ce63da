//! The questions that people keep a ledger for, as pure functions of one view of it.
//!
//! Invariants:
//! - An answer rests on one height, which it names, and cites the entries it rests on.
//! - `as_of` answers as the ledger stood at an earlier height: nothing that came later shows.
//! - Work is bounded by the page that is asked for, not by the history.
//!
//! Deliberately absent: how questions and answers are written on the wire.

mod assets;
mod balances;
mod containment;
pub mod epcis_query;
mod events;
mod presence;
mod trace;

pub use assets::{AssetAnswer, ask_asset};
pub use balances::Balance;
pub use containment::{Containment, Content, MAX_CONTAINER_EVENTS};
pub use events::{Corrections, EventScope, Events, Mention};
pub use presence::Presence;
pub use trace::{
    MAX_EVENTS_PER_THING, MAX_TRACE_THINGS, Trace, TraceDirection, TraceLink, TraceLinkKind,
    TraceRelation, TracedThing,
};

use thiserror::Error;

use crate::contracts::EffectError;
use crate::types::{DecodeError, Height, ReadError};

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QuestionError {
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The height has not been committed.
    #[error("height {asked} is beyond the ledger's height {tip}")]
    BeyondTip {
        /// The height asked for.
        asked: Height,
        /// The last committed one.
        tip: Height,
    },
    /// A thing has more events than one answer goes through.
    #[error("{thing} has more than {most} events, too many to go through for one answer")]
    TooLong {
        /// The thing.
        thing: String,
        /// The limit.
        most: usize,
    },
}

impl From<EffectError> for QuestionError {
    fn from(error: EffectError) -> Self {
        Self::Read(ReadError::new(error.to_string()))
    }
}

impl From<DecodeError> for QuestionError {
    fn from(error: DecodeError) -> Self {
        Self::Read(ReadError::new(error.to_string()))
    }
}
