//! The validator sets in the state.
//!
//! The state after a height holds who decides the next one, who decides the one after that if it is
//! others, and who decided the height itself if it was others. A change that is decided at a height
//! is scheduled there and acts two heights later: so every node knows, before it runs a height, who
//! decides it and the next, and a certificate of the tip can be verified from the state alone.

use std::sync::Arc;

use super::context::{EffectError, StateWriter};
use super::liveness::Liveness;
use super::state_keys::StateKey;
use super::values;
use crate::crypto::Blake3Digest;
use crate::types::{
    CommitCertificate, DecodeError, Height, Space, StateReader, ValidatorSet, ValidatorSetDigest,
    ValidatorSets,
};

/// Reads the validators of the next height.
///
/// # Errors
/// [`EffectError`] if the store fails or has none.
pub fn read_validators(state: &(impl StateReader + ?Sized)) -> Result<ValidatorSet, EffectError> {
    let set = values::read(state, StateKey::Validators, "validator set")?;
    set.ok_or_else(|| missing("validator set"))
}

/// Reads the validators of the height after the next one, if they are others.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_scheduled_validators(
    state: &(impl StateReader + ?Sized),
) -> Result<Option<ValidatorSet>, EffectError> {
    values::read(state, StateKey::ScheduledValidators, "scheduled validators")
}

/// Reads the validators of the tip, of the next height and of the one after it, which all the nodes
/// at this tip know alike. `next` is the next height.
///
/// # Errors
/// [`EffectError`] if the store fails or has none.
pub fn read_validator_sets(
    state: &(impl StateReader + ?Sized),
    next: Height,
) -> Result<ValidatorSets, EffectError> {
    let current = Arc::new(read_validators(state)?);
    let or_current = |other: Option<ValidatorSet>| match other {
        Some(set) => Arc::new(set),
        None => Arc::clone(&current),
    };
    let upcoming = or_current(read_scheduled_validators(state)?);
    let tip = or_current(read_previous(state)?);
    Ok(ValidatorSets::new(next, tip, current, upcoming))
}

/// The name of the set that decides the next height.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_validator_set_digest(
    state: &(impl StateReader + ?Sized),
) -> Result<ValidatorSetDigest, EffectError> {
    // A set's name is the digest of its canonical bytes, which need not be decoded for it.
    let bytes = state.get(Space::State, &StateKey::Validators.to_bytes())?;
    let bytes = bytes.ok_or_else(|| missing("validator set"))?;
    Ok(ValidatorSetDigest(Blake3Digest::of(&bytes)))
}

/// Reads which validators have been missing.
///
/// # Errors
/// [`EffectError`] if the store fails or has none.
pub fn read_liveness(state: &(impl StateReader + ?Sized)) -> Result<Liveness, EffectError> {
    let liveness = values::read(state, StateKey::Liveness, "liveness")?;
    liveness.ok_or_else(|| missing("liveness"))
}

/// Writes the validators of the first height, none of them silent.
pub fn install_validators(state: &mut impl StateWriter, set: &ValidatorSet) {
    values::write(state, StateKey::Validators, set);
    values::write(state, StateKey::Liveness, &Liveness::new(set));
}

/// What a block does to the validator sets before anything else in it: its parent's certificate is
/// counted, and the sets move on by one height. From here on the state says who decides the heights
/// after the block.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn begin_block(
    state: &mut impl StateWriter,
    parent: Option<&CommitCertificate>,
) -> Result<(), EffectError> {
    let previous = read_previous(state)?;
    let before = read_liveness(state)?;
    let mut liveness = before.clone();
    if let Some(certificate) = parent {
        liveness.observe(certificate, previous.as_ref());
    }
    if let Some(scheduled) = read_scheduled_validators(state)? {
        let current = read_validators(state)?;
        values::write(state, StateKey::PreviousValidators, &current);
        values::write(state, StateKey::Validators, &scheduled);
        state.remove(Space::State, &StateKey::ScheduledValidators.to_bytes());
        liveness.follow(&scheduled);
    } else if previous.is_some() {
        state.remove(Space::State, &StateKey::PreviousValidators.to_bytes());
    }
    if liveness != before {
        values::write(state, StateKey::Liveness, &liveness);
    }
    Ok(())
}

/// Writes who decides from two heights after the present block on.
pub(super) fn schedule_validators(state: &mut impl StateWriter, set: &ValidatorSet) {
    values::write(state, StateKey::ScheduledValidators, set);
}

fn read_previous(state: &(impl StateReader + ?Sized)) -> Result<Option<ValidatorSet>, EffectError> {
    values::read(state, StateKey::PreviousValidators, "previous validators")
}

fn missing(what: &'static str) -> EffectError {
    EffectError::Corrupt {
        what,
        error: DecodeError::invalid(what, "it is missing"),
    }
}
