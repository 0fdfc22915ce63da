//! The effect of an EPCIS event: it is remembered, so that a second capture of the same event by
//! the same member is known for a duplicate.

use bytes::Bytes;

use super::context::{EffectContext, EffectError, StateWriter};
use crate::crypto::Sha256Digest;
use crate::records::epcis::EventIdentity;
use crate::types::{Decode, Encode, LogIndex, Outcome, Space};

/// Takes an event, unless the member has captured it before. The identity holds the digest of the
/// error declaration, so a correction, which repeats its original's hash, is no duplicate of it;
/// and it is kept per member, so that nobody can block another's event by sending it first.
pub(super) fn record_event(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    identity: &EventIdentity,
) -> Result<Outcome, EffectError> {
    let member = context.submitter.id.as_str().as_bytes();
    let key = Sha256Digest::of_parts(&[member, &[0], identity.as_bytes()]);
    if let Some(first) = state.get(Space::Records, key.as_bytes())? {
        let of = LogIndex::from_bytes(&first).map_err(|error| EffectError::Corrupt {
            what: "record index",
            error,
        })?;
        return Ok(Outcome::Duplicate { of });
    }
    let index = Bytes::from(context.index.to_bytes());
    state.put(Space::Records, key.as_bytes(), index);
    Ok(Outcome::Accepted)
}
