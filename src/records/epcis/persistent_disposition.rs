//! Conditions that outlast an event.

use super::context::Context;
use super::error::{EpcisError, FieldFault, Located};
use super::field;
use super::vocabulary::{Vocabulary, VocabularyTerm};
use crate::types::json::Json;

/// Conditions that hold until they are explicitly ended (EPCIS 2.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersistentDisposition {
    /// Dispositions that begin.
    pub set: Vec<VocabularyTerm>,
    /// Dispositions that end.
    pub unset: Vec<VocabularyTerm>,
}

impl PersistentDisposition {
    pub(super) fn read(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        let (mut set, mut unset) = (Vec::new(), Vec::new());
        for (name, value) in field::object(json)?.iter() {
            match name {
                "set" => set = read_dispositions(value, context).at(name)?,
                "unset" => unset = read_dispositions(value, context).at(name)?,
                _ => {
                    return Err(FieldFault::UnknownField {
                        owner: "a persistent disposition",
                    })
                    .at(name);
                }
            }
        }
        if set.is_empty() && unset.is_empty() {
            return Err(FieldFault::NeitherSetNorUnset.into());
        }
        Ok(Self { set, unset })
    }
}

fn read_dispositions(
    json: &Json<'_>,
    context: &Context<'_>,
) -> Result<Vec<VocabularyTerm>, EpcisError> {
    let terms = field::list(json, |item| {
        field::term(item, Vocabulary::Disposition, context)
    })?;
    if terms.is_empty() {
        return Err(FieldFault::EmptyList.into());
    }
    field::check_unique(json)?;
    Ok(terms)
}
