//! The keys of the authenticated state. A key's first part names what it holds; the state root
//! covers them all alike, so a new part changes no format.

use crate::crypto::PublicKey;
use crate::types::MemberId;

/// What the keys of members begin with.
pub const MEMBER_PREFIX: &[u8] = b"member/";

/// A key of the authenticated state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKey<'a> {
    /// A member with its keys.
    Member(&'a MemberId),
    /// The member that a key belongs to: one key never belongs to two.
    KeyOwner(&'a PublicKey),
    /// The validators of the next height.
    Validators,
    /// Which validators have been missing from commit certificates, and for how long.
    Liveness,
}

impl StateKey<'_> {
    /// The bytes of the key.
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Member(id) => [MEMBER_PREFIX, id.as_str().as_bytes()].concat(),
            Self::KeyOwner(key) => [b"key/", key.as_bytes().as_slice()].concat(),
            Self::Validators => b"validators".to_vec(),
            Self::Liveness => b"liveness".to_vec(),
        }
    }
}
