//! Members and keys in the state, and the effect of a membership change.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::context::{EffectContext, EffectError, EffectResult, StateWriter};
use super::governance::note_governor;
use super::member_revision::keep_revision;
use super::state_keys::StateKey;
use super::validators::{read_scheduled_validators, read_validators};
use super::values;
use crate::crypto::PublicKey;
use crate::records::membership::MembershipChange;
use crate::types::codec::Reader;
use crate::types::limits::{MAX_KEYS_PER_MEMBER, MAX_NETWORK_KEYS_PER_MEMBER};
use crate::types::{
    Decode, DecodeError, Encode, Height, KeyPurpose, LogIndex, Member, MemberId, MemberKey,
    MemberStanding, ProvenKey, Rejection, Space, StateReader, ValidatorSet,
};

/// Reads a member.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_member(
    state: &(impl StateReader + ?Sized),
    id: &MemberId,
) -> Result<Option<Member>, EffectError> {
    let key = StateKey::Member(id).to_bytes();
    match state.get(Space::State, &key)? {
        None => Ok(None),
        Some(bytes) => decode_member(&bytes).map(Some),
    }
}

/// Reads somebody who is a member still.
///
/// # Errors
/// The outer error is a failing store; the inner one says that there is no such member, or none any more.
pub(super) fn read_active_member(
    state: &(impl StateReader + ?Sized),
    id: &MemberId,
) -> Result<Result<Member, Rejection>, EffectError> {
    Ok(active(read_member(state, id)?, id))
}

fn active(member: Option<Member>, id: &MemberId) -> Result<Member, Rejection> {
    let member = member.ok_or_else(|| unknown_member(id))?;
    match member.removed_from {
        Some(height) => Err(removed_member(id, height)),
        None => Ok(member),
    }
}

/// Reads a member that was read before, and may have changed since: one record after the other may ask for it, and
/// decoding its keys costs microseconds for each, so those that are known are not decoded again.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_member_again(
    state: &(impl StateReader + ?Sized),
    known: &Member,
) -> Result<Option<Member>, EffectError> {
    let key = StateKey::Member(&known.id).to_bytes();
    match state.get(Space::State, &key)? {
        None => Ok(None),
        Some(bytes) => Member::from_bytes_knowing(&bytes, known)
            .map(Some)
            .map_err(corrupt_member),
    }
}

/// Whether somebody is a member still. It says what reading the member would, and reads none of its keys: that
/// costs microseconds for each.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn check_member(
    state: &(impl StateReader + ?Sized),
    id: &MemberId,
) -> Result<Result<(), Rejection>, EffectError> {
    Ok(read_standing(state, id)?.map(|_| ()))
}

/// Reads what somebody who is a member still may do, and none of its keys.
///
/// # Errors
/// The outer error is a failing store; the inner one says that there is no such member, or none any more.
pub(super) fn read_standing(
    state: &(impl StateReader + ?Sized),
    id: &MemberId,
) -> Result<Result<MemberStanding, Rejection>, EffectError> {
    let key = StateKey::Member(id).to_bytes();
    let Some(bytes) = state.get(Space::State, &key)? else {
        return Ok(Err(unknown_member(id)));
    };
    // What follows is the rest of the member.
    let standing = MemberStanding::decode(&mut Reader::new(&bytes)).map_err(corrupt_member)?;
    Ok(match standing.removed_from {
        Some(height) => Err(removed_member(id, height)),
        None => Ok(standing),
    })
}

fn unknown_member(id: &MemberId) -> Rejection {
    Rejection::new(
        "unknown-member",
        format!("{id} is not a member of this ledger"),
    )
}

fn removed_member(id: &MemberId, from: Height) -> Rejection {
    Rejection::new(
        "member-removed",
        format!("{id} is a member no more, from height {from} on"),
    )
}

/// Members that [`MemberCache`] keeps; beyond it the cache begins anew.
const MAX_CACHED_MEMBERS: usize = 1_024;

/// Members that were decoded before: their keys are points, and decoding one costs microseconds.
/// The state is read each time, so a change of it is never missed.
#[derive(Debug, Default)]
pub struct MemberCache(BTreeMap<MemberId, (Bytes, Arc<Member>)>);

impl MemberCache {
    /// Reads a member, as [`read_member`] does.
    ///
    /// # Errors
    /// [`EffectError`] if the store fails.
    pub fn read(
        &mut self,
        state: &(impl StateReader + ?Sized),
        id: &MemberId,
    ) -> Result<Option<Arc<Member>>, EffectError> {
        let key = StateKey::Member(id).to_bytes();
        let Some(bytes) = state.get(Space::State, &key)? else {
            return Ok(None);
        };
        if let Some((known, member)) = self.0.get(id)
            && *known == bytes
        {
            return Ok(Some(Arc::clone(member)));
        }
        let member = Arc::new(match self.0.get(id) {
            Some((_, known)) => {
                Member::from_bytes_knowing(&bytes, known).map_err(corrupt_member)?
            }
            None => decode_member(&bytes)?,
        });
        if self.0.len() >= MAX_CACHED_MEMBERS {
            self.0.clear();
        }
        self.0.insert(id.clone(), (bytes, Arc::clone(&member)));
        Ok(Some(member))
    }
}

fn decode_member(bytes: &[u8]) -> Result<Member, EffectError> {
    Member::from_bytes(bytes).map_err(corrupt_member)
}

fn corrupt_member(error: DecodeError) -> EffectError {
    EffectError::Corrupt {
        what: "member",
        error,
    }
}

/// Reads whom a key belongs to, in whatever purpose and whether or not it still counts.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_key_owner(
    state: &(impl StateReader + ?Sized),
    key: &PublicKey,
) -> Result<Option<MemberId>, EffectError> {
    let key = StateKey::KeyOwner(key).to_bytes();
    let Some(bytes) = state.get(Space::State, &key)? else {
        return Ok(None);
    };
    MemberId::from_bytes(&bytes)
        .map(Some)
        .map_err(|error| EffectError::Corrupt {
            what: "key owner",
            error,
        })
}

/// How many members the ledger has had.
pub(super) fn read_member_count(state: &impl StateWriter) -> Result<u64, EffectError> {
    let count: Option<MemberCount> = values::read(state, StateKey::MemberCount, "member count")?;
    Ok(count.map_or(0, |count| count.0))
}

pub(super) struct MemberCount(u64);

impl Encode for MemberCount {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}

impl Decode for MemberCount {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.u64()?))
    }
}

/// Writes a member as it is after an entry of a height, makes it the owner of its keys, and keeps the list of
/// governing members right. No entry is that of the genesis document.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn install_member(
    state: &mut impl StateWriter,
    member: &Member,
    height: Height,
    entry: Option<LogIndex>,
) -> Result<(), EffectError> {
    keep_revision(state, height, entry, member);
    let key = StateKey::Member(&member.id).to_bytes();
    if state.get(Space::State, &key)?.is_none() {
        let count = read_member_count(state)?.saturating_add(1);
        values::write(state, StateKey::MemberCount, &MemberCount(count));
    }
    state.put(Space::State, &key, Bytes::from(member.to_bytes()));
    for registered in &member.keys {
        let key = StateKey::KeyOwner(&registered.key).to_bytes();
        state.put(Space::State, &key, Bytes::from(member.id.to_bytes()));
    }
    note_governor(state, member, height, entry)
}

/// Whether a validator of the next heights is reached by a key.
fn is_network_key_of_validator(
    state: &impl StateWriter,
    key: &PublicKey,
) -> Result<bool, EffectError> {
    let sets = [
        Some(read_validators(state)?),
        read_scheduled_validators(state)?,
    ];
    let mut validators = sets.iter().flatten().flat_map(ValidatorSet::iter);
    Ok(validators.any(|(_, validator)| validator.network_key == *key))
}

/// Adds or revokes a key. A member changes its own keys only, never those of its validators, and
/// keeps a writer key: nobody else could give it a new one.
pub(super) fn change_keys(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    change: &MembershipChange,
) -> EffectResult {
    let reject = |code, reason: String| Ok(Err(Rejection::new(code, reason)));
    if *change.member() != context.submitter.id {
        return reject(
            "not-own-member",
            format!(
                "{} cannot change the keys of {}",
                context.submitter.id,
                change.member()
            ),
        );
    }
    // Its keys count to the end of the block that removes it: none may come behind that.
    let member = read_member_again(state, context.submitter)?;
    let mut member = match active(member, change.member()) {
        Ok(member) => member,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let next = context.height.next();
    match change {
        MembershipChange::AddKey { key, .. } => {
            let ProvenKey { key, purpose, .. } = key;
            if let Some(owner) = read_key_owner(state, key)? {
                return reject(
                    "key-taken",
                    format!("the key {key} is registered for {owner} already"),
                );
            }
            if member.keys.len() >= MAX_KEYS_PER_MEMBER {
                return reject(
                    "too-many-keys",
                    format!(
                        "{} has {MAX_KEYS_PER_MEMBER} keys, the most allowed",
                        member.id
                    ),
                );
            }
            let has_network_keys = member.active_keys(KeyPurpose::Network, next);
            if *purpose == KeyPurpose::Network && has_network_keys >= MAX_NETWORK_KEYS_PER_MEMBER {
                return reject(
                    "too-many-keys",
                    format!(
                        "{} has {MAX_NETWORK_KEYS_PER_MEMBER} network keys in force, the most \
                         allowed",
                        member.id
                    ),
                );
            }
            member.keys.push(MemberKey {
                key: *key,
                purpose: *purpose,
                valid_from: next,
                valid_until: None,
            });
        }
        MembershipChange::RevokeKey { key, .. } => {
            let Some(registered) = member.keys.iter_mut().find(|k| k.key == *key) else {
                return reject(
                    "unknown-key",
                    format!("the key {key} is not registered for {}", member.id),
                );
            };
            if registered.valid_until.is_some() {
                return reject("key-revoked", format!("the key {key} is revoked already"));
            }
            let own = match registered.purpose {
                KeyPurpose::Writer | KeyPurpose::Gateway | KeyPurpose::Auditor => true,
                KeyPurpose::Network => !is_network_key_of_validator(state, key)?,
                KeyPurpose::Consensus | KeyPurpose::Log | KeyPurpose::Cosigner => false,
            };
            if !own {
                return reject(
                    "validator-key",
                    format!(
                        "the key {key} is a validator's {} key, which changes with the validator set",
                        registered.purpose
                    ),
                );
            }
            registered.valid_until = Some(next);
            if member.active_keys(KeyPurpose::Writer, next) == 0 {
                return reject(
                    "last-writer-key",
                    format!(
                        "{} would be left without a writer key; add the new one first",
                        member.id
                    ),
                );
            }
        }
    }
    install_member(state, &member, context.height, Some(context.index))?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::secret_key;
    use crate::types::ReadError;

    /// A state with the bytes of one member.
    struct OneMember(Vec<u8>);

    impl StateReader for OneMember {
        fn get(&self, _: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
            let id = MemberId::new("acme").unwrap();
            let found = key == StateKey::Member(&id).to_bytes();
            Ok(found.then(|| Bytes::from(self.0.clone())))
        }
    }

    #[test]
    fn who_is_a_member_is_known_without_its_keys() {
        let acme = MemberId::new("acme").unwrap();
        for (removed_from, expected) in [(None, Ok(())), (Some(Height(256)), Err("member-removed"))]
        {
            let member = Member {
                id: acme.clone(),
                name: "Acme".to_owned(),
                roles: Vec::new(),
                keys: Vec::new(),
                removed_from,
            };
            let mut bytes = member.to_bytes();
            let key_count = bytes.len() - 1;
            // A key follows that nobody can read.
            bytes[key_count] = 1;
            let state = OneMember(bytes);
            assert!(read_active_member(&state, &acme).is_err());
            let standing = read_standing(&state, &acme).unwrap();
            assert_eq!(
                standing.map_err(|why| why.code().to_owned()).err(),
                expected.map_err(str::to_owned).err()
            );
            let code = |id| {
                check_member(&state, id)
                    .unwrap()
                    .map_err(|why| why.code().to_owned())
            };
            assert_eq!(code(&acme), expected.map_err(str::to_owned));
            let other = MemberId::new("other").unwrap();
            assert_eq!(code(&other), Err("unknown-member".to_owned()));
        }
    }

    #[test]
    fn a_member_that_is_read_again_is_what_reading_it_anew_gives() {
        let key = |label: &str, valid_until| MemberKey {
            key: secret_key(label).public_key(),
            purpose: KeyPurpose::Auditor,
            valid_from: Height(1),
            valid_until,
        };
        let with = |keys: Vec<MemberKey>| Member {
            id: MemberId::new("acme").unwrap(),
            name: "Acme".to_owned(),
            roles: Vec::new(),
            keys,
            removed_from: None,
        };
        let known = with(vec![key("a", None), key("b", None)]);
        let nobody = OneMember(Vec::new());
        for now in [
            with(Vec::new()),
            with(vec![key("a", None)]),
            with(vec![
                key("a", Some(Height(7))),
                key("b", None),
                key("c", None),
            ]),
            // Nobody's keys change so: what is read is the state's all the same.
            with(vec![key("b", None), key("a", None)]),
        ] {
            let state = OneMember(now.to_bytes());
            assert_eq!(read_member_again(&state, &known).unwrap(), Some(now));
        }
        assert!(read_member_again(&nobody, &known).is_err());
    }
}
