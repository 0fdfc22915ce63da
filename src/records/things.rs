//! Things that a body names: EPCIS identifiers.

use std::collections::BTreeSet;

use super::epcis::Identifier;
use super::family::BodyError;
use super::fields::Fields;
use crate::types::json::Json;

/// Longest identifier as a body of these families writes it, in bytes.
pub(super) const MAX_THING_BYTES: usize = 512;

/// Longest canonical form of such an identifier, in bytes: percent encodings may make it longer.
pub const MAX_CANONICAL_THING_BYTES: usize = 4 * MAX_THING_BYTES;

/// Reads an identifier: an EPC URN, a GS1 Digital Link or another URI.
pub(super) fn read_identifier(text: &str) -> Result<Box<str>, String> {
    if text.len() > MAX_THING_BYTES {
        return Err(format!(
            "an identifier of at most {MAX_THING_BYTES} bytes is expected"
        ));
    }
    match Identifier::parse(text) {
        Ok(identifier) => Ok(identifier.canonical().into()),
        Err(fault) => Err(fault.to_string()),
    }
}

/// Reads a list of identifiers, each in its canonical form and named once; none if the list is left out.
pub(super) fn read_things(
    fields: &Fields<'_, '_>,
    name: &str,
    most: usize,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<Vec<Box<str>>, BodyError> {
    let mut seen = BTreeSet::new();
    let mut things = Vec::new();
    for (item, place) in fields.items(name, most)? {
        let Json::String(text) = item else {
            return Err(BodyError::new(place, "a string is expected"));
        };
        let thing = read_identifier(text).and_then(|thing| check(&thing).map(|()| thing));
        let thing = thing.map_err(|reason| BodyError::new(place.clone(), reason))?;
        if !seen.insert(thing.clone()) {
            return Err(BodyError::new(
                place,
                "it is in the list already, perhaps in another spelling",
            ));
        }
        things.push(thing);
    }
    Ok(things)
}
