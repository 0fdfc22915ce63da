//! Read points and business locations.

use super::context::Context;
use super::error::{EpcisError, FieldFault, Located};
use super::extension::Extension;
use super::field;
use super::identifier::Identifier;
use crate::types::json::Json;

/// Where an event took place, or where its objects are thereafter (EPCIS 2.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The place.
    pub id: Identifier,
    /// User extensions.
    pub extensions: Vec<Extension>,
}

impl Place {
    pub(super) fn read(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        let mut id = None;
        let mut extensions = Vec::new();
        for (name, value) in field::object(json)?.iter() {
            match name {
                "id" => id = Some(field::identifier(value, context).at(name)?),
                _ => extensions.push(Extension::read_any(name, value, context)?),
            }
        }
        let id = id.ok_or(FieldFault::Missing).at("id")?;
        Ok(Self { id, extensions })
    }
}
