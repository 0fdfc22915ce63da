//! From a checked record to its outcome.

use super::context::{EffectContext, EffectError, StateWriter};
use super::{epcis, membership};
use crate::records::CheckedBody;
use crate::types::Outcome;

/// Executes a record: changes the state and says what became of the record. A rejected record and
/// a duplicate leave the state as it was.
///
/// # Errors
/// [`EffectError`] if the store fails; the outcome is then unknown and the node has to stop.
pub fn execute(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    body: &CheckedBody,
) -> Result<Outcome, EffectError> {
    match body {
        CheckedBody::EpcisEvent(identity) => epcis::record_event(state, context, identity),
        CheckedBody::MembershipChange(change) => {
            Ok(match membership::change_keys(state, context, change)? {
                Ok(()) => Outcome::Accepted,
                Err(rejection) => Outcome::Rejected(rejection),
            })
        }
    }
}
