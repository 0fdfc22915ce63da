//! Master data in the state, and the effect of a statement.
//!
//! Each member says for itself what a place, a product or a party is: nobody overwrites what another has
//! said, and who asks sees who says what.

use bytes::Bytes;

use super::context::{EffectContext, EffectError, StateWriter};
use super::index_keys::IndexKey;
use super::state_keys::StateKey;
use super::values;
use crate::crypto::Sha256Digest;
use crate::records::epcis::{MasterData, ThingId};
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, LogIndex, Outcome, Space};

/// What a member says now of an element of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterDataState {
    /// How often it has said something of it, this time included.
    pub revision: u64,
    /// The entry that says it.
    pub index: LogIndex,
    /// SHA-256 of the record's body.
    pub body: Sha256Digest,
}

/// Takes a statement: the first of a member about an element, or one in place of its last.
pub(super) fn state_master_data(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    data: &MasterData,
) -> Result<Outcome, EffectError> {
    let element = &ThingId::of(&data.id);
    let vocabulary = &ThingId::of_vocabulary(&data.vocabulary);
    let key = StateKey::MasterData {
        element,
        vocabulary,
        member: &context.submitter.id,
    };
    let before: Option<MasterDataState> = values::read(state, key, "master data")?;
    if let Some(before) = before.as_ref().filter(|before| before.body == data.body) {
        return Ok(Outcome::Duplicate { of: before.index });
    }
    let revision = before.map_or(0, |before| before.revision) + 1;
    let now = MasterDataState {
        revision,
        index: context.index,
        body: data.body,
    };
    values::write(state, key, &now);
    let index = Bytes::from(context.index.to_bytes());
    let place = IndexKey::MasterDataRevision {
        element,
        vocabulary,
        member: &context.submitter.id,
        revision,
    };
    state.put(Space::Index, &place.to_bytes(), index.clone());
    let place = IndexKey::VocabularyElement {
        vocabulary,
        element,
    };
    let place = place.to_bytes();
    if state.get(Space::Index, &place)?.is_none() {
        state.put(Space::Index, &place, index);
    }
    Ok(Outcome::Accepted)
}

impl Encode for MasterDataState {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.revision.to_be_bytes());
        self.index.encode(out);
        out.extend_from_slice(self.body.as_bytes());
    }
}

impl Decode for MasterDataState {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            revision: reader.u64()?,
            index: LogIndex::decode(reader)?,
            body: Sha256Digest::decode(reader)?,
        })
    }
}
