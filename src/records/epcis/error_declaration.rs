//! The withdrawal of an earlier event.

use super::context::Context;
use super::error::{EpcisError, FieldFault, Located};
use super::extension::Extension;
use super::field;
use super::hash;
use super::identifier::Identifier;
use super::vocabulary::{Vocabulary, VocabularyTerm};
use crate::types::json::Json;
use crate::types::time::Timestamp;

/// The statement that an earlier event is wrong (EPCIS 2.0). It is no part of the event hash:
/// the event that carries it repeats the wrong one, and so has its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDeclaration {
    /// When the error was declared.
    pub declaration_time: Timestamp,
    /// Why.
    pub reason: Option<VocabularyTerm>,
    /// Events that say what is right.
    pub corrective_event_ids: Vec<Identifier>,
    /// User extensions.
    pub extensions: Vec<Extension>,
}

/// SHA-256 of the canonical form of an error declaration: with the event hash it tells a correction from its
/// original, and two corrections from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorDeclarationDigest(pub [u8; 32]);

impl ErrorDeclaration {
    pub(super) fn read(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        let (mut declaration_time, mut reason) = (None, None);
        let mut corrective_event_ids = Vec::new();
        let mut extensions = Vec::new();
        for (name, value) in field::object(json)?.iter() {
            match name {
                "declarationTime" => declaration_time = Some(field::time(value).at(name)?),
                "reason" => {
                    reason = Some(field::term(value, Vocabulary::ErrorReason, context).at(name)?)
                }
                "correctiveEventIDs" => {
                    corrective_event_ids =
                        field::list(value, |item| field::identifier(item, context)).at(name)?;
                }
                _ => extensions.push(Extension::read(
                    name,
                    value,
                    context,
                    "an error declaration",
                )?),
            }
        }
        let declaration_time = declaration_time
            .ok_or(FieldFault::Missing)
            .at("declarationTime")?;
        Ok(Self {
            declaration_time,
            reason,
            corrective_event_ids,
            extensions,
        })
    }

    /// The digest of this declaration. It depends on meaning alone, as the event hash does.
    #[must_use]
    pub fn digest(&self) -> ErrorDeclarationDigest {
        hash::error_declaration_digest(self)
    }
}
