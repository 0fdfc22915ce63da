//! The action of an event.

use super::error::FieldFault;
use super::field;
use crate::types::json::Json;

/// How an event relates to the life cycle of what it names (EPCIS 2.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The thing or relation was observed, neither made nor ended.
    Observe,
    /// The thing or relation begins.
    Add,
    /// The thing or relation ends.
    Delete,
}

impl Action {
    /// The word of the standard.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "OBSERVE",
            Self::Add => "ADD",
            Self::Delete => "DELETE",
        }
    }

    pub(super) fn read(json: &Json<'_>) -> Result<Self, FieldFault> {
        match field::string(json)? {
            "OBSERVE" => Ok(Self::Observe),
            "ADD" => Ok(Self::Add),
            "DELETE" => Ok(Self::Delete),
            text => Err(FieldFault::NotAnAction {
                text: text.to_string(),
            }),
        }
    }
}
