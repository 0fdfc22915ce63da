//! What the ledger can have to do by itself.

use super::context::{EffectError, StateWriter};
use super::derive::{DeriveContext, Derived, Progress};
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode};

/// Something that the ledger has to do when its time comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {}

impl Task {
    /// Does it, as far as the block has room.
    ///
    /// # Errors
    /// [`EffectError`] if the store fails.
    pub(super) fn run(
        &self,
        _state: &mut impl StateWriter,
        _context: &DeriveContext<'_>,
        _derived: &mut Derived,
    ) -> Result<Progress, EffectError> {
        match *self {}
    }
}

impl Encode for Task {
    fn encode(&self, _out: &mut Vec<u8>) {
        match *self {}
    }
}

impl Decode for Task {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let tag = reader.u8()?;
        Err(DecodeError::UnknownTag { what: "task", tag })
    }
}
