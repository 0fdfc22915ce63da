//! Members of the ledger and their keys.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::codec::{Decode, DecodeError, Encode, Reader, put_bytes, put_option, put_sequence};
use super::height::Height;
use super::ids::{MemberId, Role};
use super::limits::{MAX_KEYS_PER_MEMBER, MAX_MEMBER_NAME_BYTES, MAX_ROLES_PER_MEMBER};
use crate::crypto::PublicKey;

/// What a registered key may be used for. One key has one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// Signs submissions.
    Writer,
    /// Signs consensus statements, batches and acknowledgements.
    Consensus,
    /// The libp2p identity of a node.
    Network,
    /// Signs checkpoints as the log.
    Log,
    /// Cosigns checkpoints.
    Cosigner,
    /// Signs submissions that a node makes for callers who hold no key.
    Gateway,
    /// Signs the tokens of readers.
    Auditor,
}

impl KeyPurpose {
    /// All purposes, in order of their encoding.
    pub const ALL: [Self; 7] = [
        Self::Writer,
        Self::Consensus,
        Self::Network,
        Self::Log,
        Self::Cosigner,
        Self::Gateway,
        Self::Auditor,
    ];

    /// The name in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Consensus => "consensus",
            Self::Network => "network",
            Self::Log => "log",
            Self::Cosigner => "cosigner",
            Self::Gateway => "gateway",
            Self::Auditor => "auditor",
        }
    }

    /// Whether a submission may be signed by a key of this purpose.
    pub fn may_submit(self) -> bool {
        matches!(self, Self::Writer | Self::Gateway)
    }
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Encode for KeyPurpose {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::Writer => 0,
            Self::Consensus => 1,
            Self::Network => 2,
            Self::Log => 3,
            Self::Cosigner => 4,
            Self::Gateway => 5,
            Self::Auditor => 6,
        });
    }
}

impl Decode for KeyPurpose {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let tag = reader.u8()?;
        Self::ALL
            .get(usize::from(tag))
            .copied()
            .ok_or(DecodeError::UnknownTag {
                what: "key purpose",
                tag,
            })
    }
}

/// A key of a member, with the heights at which it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberKey {
    /// The key.
    pub key: PublicKey,
    /// What it may be used for.
    pub purpose: KeyPurpose,
    /// The first height at which it counts.
    pub valid_from: Height,
    /// The first height at which it counts no more; none as long as it is not revoked.
    pub valid_until: Option<Height>,
}

impl MemberKey {
    /// Whether the key counts in a block at `height`.
    pub fn is_active_at(&self, height: Height) -> bool {
        self.valid_from <= height && self.valid_until.is_none_or(|end| height < end)
    }
}

impl Encode for MemberKey {
    fn encode(&self, out: &mut Vec<u8>) {
        self.key.encode(out);
        self.purpose.encode(out);
        self.valid_from.encode(out);
        put_option(out, self.valid_until.as_ref());
    }
}

impl Decode for MemberKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::decode_knowing(reader, None)
    }
}

/// A member: an enterprise that writes to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// Its name for people.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// Every key it has or had, in the order of registration.
    pub keys: Vec<MemberKey>,
    /// The first height at which it was a member no more; none as long as it is one.
    pub removed_from: Option<Height>,
}

impl Member {
    /// The registration of a key.
    pub fn key(&self, key: &PublicKey) -> Option<&MemberKey> {
        self.keys.iter().find(|registered| registered.key == *key)
    }

    /// Whether it is a member at a height. Who was removed has no key that counts, whatever a key says of
    /// itself.
    pub fn is_member_at(&self, height: Height) -> bool {
        self.removed_from.is_none_or(|from| height < from)
    }

    /// Whether it has a role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own.as_str() == role)
    }

    /// How many keys of a purpose count at a height.
    pub fn active_keys(&self, purpose: KeyPurpose, height: Height) -> usize {
        self.keys
            .iter()
            .filter(|key| key.purpose == purpose && key.is_active_at(height))
            .count()
    }
}

/// What a member's encoding begins with: whether it is one still, and what it may do. To read a member's keys
/// costs microseconds for each, which need not be spent on asking for this alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberStanding {
    /// Its id.
    pub id: MemberId,
    /// The first height at which it was a member no more; none as long as it is one.
    pub removed_from: Option<Height>,
    /// Its name for people.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
}

impl Decode for MemberStanding {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: MemberId::decode(reader)?,
            removed_from: reader.option("end of a member")?,
            name: reader
                .text("member name", MAX_MEMBER_NAME_BYTES)?
                .to_owned(),
            roles: reader.sequence("roles of a member", MAX_ROLES_PER_MEMBER)?,
        })
    }
}

impl Encode for Member {
    fn encode(&self, out: &mut Vec<u8>) {
        self.id.encode(out);
        put_option(out, self.removed_from.as_ref());
        put_bytes(out, self.name.as_bytes());
        put_sequence(out, &self.roles);
        put_sequence(out, &self.keys);
    }
}

impl Decode for Member {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::decode_knowing(reader, &[])
    }
}

impl Member {
    /// Decodes a member that was decoded before, as `known`, and may have changed since. Keys come behind those that
    /// are there, and the point of a known one is not computed again, which takes microseconds.
    ///
    /// # Errors
    /// As [`Decode::from_bytes`].
    pub fn from_bytes_knowing(bytes: &[u8], known: &Self) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let member = Self::decode_knowing(&mut reader, &known.keys)?;
        reader.finish()?;
        Ok(member)
    }

    fn decode_knowing(reader: &mut Reader<'_>, known: &[MemberKey]) -> Result<Self, DecodeError> {
        let standing = MemberStanding::decode(reader)?;
        let count = reader.length("keys of a member", MAX_KEYS_PER_MEMBER)?;
        // Nothing is allocated for keys that the input may not have.
        let mut keys = Vec::new();
        for place in 0..count {
            let known = known.get(place).map(|known| &known.key);
            keys.push(MemberKey::decode_knowing(reader, known)?);
        }
        Ok(Self {
            id: standing.id,
            name: standing.name,
            roles: standing.roles,
            keys,
            removed_from: standing.removed_from,
        })
    }
}

impl MemberKey {
    fn decode_knowing(
        reader: &mut Reader<'_>,
        known: Option<&PublicKey>,
    ) -> Result<Self, DecodeError> {
        let bytes = reader.array()?;
        let key = match known.filter(|known| *known.as_bytes() == bytes) {
            Some(known) => *known,
            None => PublicKey::decode(&mut Reader::new(&bytes))?,
        };
        Ok(Self {
            key,
            purpose: KeyPurpose::decode(reader)?,
            valid_from: Height::decode(reader)?,
            valid_until: reader.option("end of a key")?,
        })
    }
}
