//! Anchored documents in the state, and the effect of an anchor.

use bytes::Bytes;

use super::context::{EffectContext, EffectError, StateWriter};
use super::index_keys::IndexKey;
use super::state_keys::StateKey;
use super::values;
use crate::crypto::Sha256Digest;
use crate::records::document::DocumentAnchor;
use crate::records::epcis::ThingId;
use crate::types::codec::Reader;
use crate::types::{
    Decode, DecodeError, Encode, Flag, LogIndex, MemberId, Outcome, Rejection, Space, StateReader,
};

/// A document that was anchored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The first anchor's entry.
    pub first: LogIndex,
    /// Who submitted that.
    pub member: MemberId,
    /// How many bytes it has, as the first anchor says.
    pub size_bytes: u64,
    /// How many anchors it has.
    pub anchors: u64,
}

/// Reads a document.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_document(
    state: &(impl StateReader + ?Sized),
    digest: &Sha256Digest,
) -> Result<Option<Document>, EffectError> {
    values::read(state, StateKey::Document(digest), "document")
}

/// Anchors a document, be it the first time or again.
pub(super) fn anchor(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    anchor: &DocumentAnchor,
) -> Result<Outcome, EffectError> {
    if let Some(entry) = anchor.entries.iter().find(|entry| **entry >= context.index) {
        return Ok(Outcome::Rejected(Rejection::new(
            "no-such-entry",
            format!("the log has no entry {entry} before this one"),
        )));
    }
    let repeated = repetition_key(&context.submitter.id, anchor);
    if let Some(bytes) = state.get(Space::Records, repeated.as_bytes())? {
        let of = LogIndex::from_bytes(&bytes).map_err(|error| EffectError::Corrupt {
            what: "record index",
            error,
        })?;
        return Ok(Outcome::Duplicate { of });
    }
    let index = Bytes::from(context.index.to_bytes());
    state.put(Space::Records, repeated.as_bytes(), index.clone());
    let mut flags = Vec::new();
    let mut document = match read_document(state, &anchor.sha256)? {
        Some(document) => document,
        None => Document {
            first: context.index,
            member: context.submitter.id.clone(),
            size_bytes: anchor.size_bytes,
            anchors: 0,
        },
    };
    if document.size_bytes != anchor.size_bytes {
        // Bytes of one digest have one length, so one of the two members is wrong about it.
        flags.push(Flag::new(
            "size-differs",
            format!(
                "entry {} says that this document has {} bytes, this record {}",
                document.first, document.size_bytes, anchor.size_bytes
            ),
        ));
    }
    document.anchors += 1;
    values::write(state, StateKey::Document(&anchor.sha256), &document);
    let place = IndexKey::DocumentAnchor {
        digest: &anchor.sha256,
        number: document.anchors,
    };
    state.put(Space::Index, &place.to_bytes(), index);
    for thing in &anchor.things {
        let place = IndexKey::DocumentOf {
            thing: &ThingId::of(thing),
            index: context.index,
        };
        state.put(Space::Index, &place.to_bytes(), Bytes::new());
    }
    Ok(Outcome::taken(flags))
}

/// What a member's record is known by.
fn repetition_key(member: &MemberId, anchor: &DocumentAnchor) -> Sha256Digest {
    Sha256Digest::of_parts(&[
        b"document.anchor\0",
        member.as_str().as_bytes(),
        &[0],
        anchor.body.as_bytes(),
    ])
}

impl Encode for Document {
    fn encode(&self, out: &mut Vec<u8>) {
        self.first.encode(out);
        self.member.encode(out);
        out.extend_from_slice(&self.size_bytes.to_be_bytes());
        out.extend_from_slice(&self.anchors.to_be_bytes());
    }
}

impl Decode for Document {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            first: LogIndex::decode(reader)?,
            member: MemberId::decode(reader)?,
            size_bytes: reader.u64()?,
            anchors: reader.u64()?,
        })
    }
}
