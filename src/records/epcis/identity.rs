//! What tells two captures of one event from two events.

use super::{EpcisError, parse};
use crate::crypto::Sha256Digest;
use crate::records::BodyError;

/// Digest of an event's hash and of its error declaration, if it has one: with the member it makes
/// the idempotency key. A correction repeats its original's hash, and yet is another event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventIdentity(Sha256Digest);

impl EventIdentity {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

/// Reads, checks and hashes an event once.
///
/// # Errors
/// [`BodyError`] with the place and the rule that is broken.
pub fn check(body: &[u8]) -> Result<EventIdentity, BodyError> {
    let event = parse(body).map_err(|error| match error {
        EpcisError::Json(error) => BodyError {
            pointer: error.pointer.clone(),
            reason: format!("the body is not acceptable JSON: {error}"),
        },
        EpcisError::Field { pointer, fault } => BodyError {
            pointer,
            reason: fault.to_string(),
        },
    })?;
    let hash = event.event_hash();
    let declaration = event.content().error_declaration.as_ref();
    let identity = match declaration.map(|declaration| declaration.digest()) {
        None => Sha256Digest::of_parts(&[&[0], hash.as_bytes()]),
        Some(digest) => Sha256Digest::of_parts(&[&[1], hash.as_bytes(), &digest.0]),
    };
    Ok(EventIdentity(identity))
}
