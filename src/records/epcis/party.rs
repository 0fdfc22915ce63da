//! The business context of an event: transactions, sources and destinations.

use super::context::Context;
use super::error::{EpcisError, FieldFault, Located};
use super::field;
use super::identifier::Identifier;
use super::vocabulary::{Vocabulary, VocabularyTerm};
use crate::types::json::Json;

/// A business transaction that an event belongs to (EPCIS 2.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BizTransaction {
    /// Its type, if stated.
    pub kind: Option<VocabularyTerm>,
    /// The transaction.
    pub id: Identifier,
}

impl BizTransaction {
    pub(super) fn read(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        let (kind, id) = read_typed(
            json,
            context,
            "bizTransaction",
            Vocabulary::BizTransactionType,
            "a business transaction",
        )?;
        Ok(Self { kind, id })
    }
}

/// One end of a transfer of goods (EPCIS 2.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceOrDestination {
    /// In which respect: owner, possessor or place.
    pub kind: VocabularyTerm,
    /// The party or place.
    pub id: Identifier,
}

impl SourceOrDestination {
    pub(super) fn read_source(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        Self::read(json, context, "source", "a source")
    }

    pub(super) fn read_destination(
        json: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<Self, EpcisError> {
        Self::read(json, context, "destination", "a destination")
    }

    fn read(
        json: &Json<'_>,
        context: &Context<'_>,
        id_name: &'static str,
        owner: &'static str,
    ) -> Result<Self, EpcisError> {
        let (kind, id) = read_typed(
            json,
            context,
            id_name,
            Vocabulary::SourceDestinationType,
            owner,
        )?;
        let kind = kind.ok_or(FieldFault::Missing).at("type")?;
        Ok(Self { kind, id })
    }
}

/// Reads an object of an optional `type` and a required identifier called `id_name`, and nothing else.
fn read_typed(
    json: &Json<'_>,
    context: &Context<'_>,
    id_name: &'static str,
    vocabulary: Vocabulary,
    owner: &'static str,
) -> Result<(Option<VocabularyTerm>, Identifier), EpcisError> {
    let (mut kind, mut id) = (None, None);
    for (name, value) in field::object(json)?.iter() {
        match name {
            "type" => kind = Some(field::term(value, vocabulary, context).at(name)?),
            _ if name == id_name => id = Some(field::identifier(value, context).at(name)?),
            _ => return Err(FieldFault::UnknownField { owner }).at(name),
        }
    }
    let id = id.ok_or(FieldFault::Missing).at(id_name)?;
    Ok((kind, id))
}
