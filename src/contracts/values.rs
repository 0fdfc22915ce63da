//! Reading and writing values of the state.

use bytes::Bytes;

use super::context::{EffectError, StateWriter};
use super::state_keys::StateKey;
use crate::types::{Decode, Encode, Space, StateReader};

/// Reads a value, if it is there.
pub(super) fn read<T: Decode>(
    state: &(impl StateReader + ?Sized),
    key: StateKey<'_>,
    what: &'static str,
) -> Result<Option<T>, EffectError> {
    match state.get(Space::State, &key.to_bytes())? {
        None => Ok(None),
        Some(bytes) => T::from_bytes(&bytes)
            .map(Some)
            .map_err(|error| EffectError::Corrupt { what, error }),
    }
}

/// Writes a value.
pub(super) fn write(state: &mut impl StateWriter, key: StateKey<'_>, value: &impl Encode) {
    state.put(Space::State, &key.to_bytes(), Bytes::from(value.to_bytes()));
}
