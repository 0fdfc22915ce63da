//! What a member was after each change of it.

use bytes::Bytes;

use super::context::StateWriter;
use super::index_keys::IndexKey;
use crate::types::codec::{Reader, put_option};
use crate::types::{Decode, DecodeError, Encode, Height, LogIndex, Member, Space};

/// A member after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRevision {
    /// The entry that changed it; none for those of the genesis document.
    pub entry: Option<LogIndex>,
    /// What it was then.
    pub member: Member,
}

/// Keeps what a member is after an entry of a height. Nothing is decided by it: it is for those who ask later.
pub(super) fn keep_revision(
    state: &mut impl StateWriter,
    height: Height,
    entry: Option<LogIndex>,
    member: &Member,
) {
    let key = IndexKey::MemberRevision {
        member: &member.id,
        height,
        index: entry.unwrap_or_default(),
    };
    let revision = MemberRevision {
        entry,
        member: member.clone(),
    };
    state.append(
        Space::Index,
        key.to_bytes(),
        Bytes::from(revision.to_bytes()),
    );
}

impl Encode for MemberRevision {
    fn encode(&self, out: &mut Vec<u8>) {
        put_option(out, self.entry.as_ref());
        self.member.encode(out);
    }
}

impl Decode for MemberRevision {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            entry: reader.option("entry of a member")?,
            member: Member::decode(reader)?,
        })
    }
}
