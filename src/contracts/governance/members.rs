//! Members that come, change their roles, and go.

use std::collections::BTreeSet;

use super::plan::{PlanResult, reject};
use super::state::read_governors;
use super::{GOVERNOR_ROLE, governs};
use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::membership::{
    read_active_member, read_key_owner, read_member, read_member_count,
};
use crate::contracts::validators::{read_scheduled_validators, read_validators};
use crate::types::limits::{MAX_KEYS_PER_MEMBER, MAX_MEMBERS};
use crate::types::{
    Height, KeyPurpose, Member, MemberId, MemberKey, ProvenKey, Rejection, Role, ValidatorSet,
};

/// A member as it would be after it came, or came back: then with its history, and with new keys.
pub(super) fn plan_new_member(
    state: &impl StateWriter,
    next: Height,
    id: &MemberId,
    name: &str,
    roles: &[Role],
    keys: &[ProvenKey],
) -> PlanResult<Member> {
    let before = read_member(state, id)?;
    let mut member = match before {
        Some(member) if member.removed_from.is_none() => {
            return reject("member-exists", format!("{id} is a member already"));
        }
        Some(member) => member,
        None if read_member_count(state)? >= MAX_MEMBERS as u64 => {
            return reject(
                "too-many-members",
                format!("the ledger has had {MAX_MEMBERS} members, the most"),
            );
        }
        None => Member {
            id: id.clone(),
            name: String::new(),
            roles: Vec::new(),
            keys: Vec::new(),
            removed_from: None,
        },
    };
    if let Err(rejection) = check_roles(id, roles) {
        return Ok(Err(rejection));
    }
    let is_writer = |key: &ProvenKey| key.purpose == KeyPurpose::Writer;
    if !keys.iter().any(is_writer) {
        return reject(
            "no-writer-key",
            format!("{id} needs a writer key: it could add no other"),
        );
    }
    if member.keys.len().saturating_add(keys.len()) > MAX_KEYS_PER_MEMBER {
        return reject(
            "too-many-keys",
            format!("{id} would have more than {MAX_KEYS_PER_MEMBER} keys, the most allowed"),
        );
    }
    let mut seen = BTreeSet::new();
    for ProvenKey { key, purpose, .. } in keys {
        if let Some(owner) = read_key_owner(state, key)? {
            return reject(
                "key-taken",
                format!("the key {key} is registered for {owner} already"),
            );
        }
        if !seen.insert(key) {
            return reject("key-taken", format!("the key {key} is given twice"));
        }
        member.keys.push(MemberKey {
            key: *key,
            purpose: *purpose,
            valid_from: next,
            valid_until: None,
        });
    }
    name.clone_into(&mut member.name);
    member.roles = roles.to_vec();
    member.removed_from = None;
    Ok(Ok(member))
}

/// A member as it would be with other roles.
pub(super) fn plan_roles(
    state: &impl StateWriter,
    id: &MemberId,
    roles: &[Role],
) -> PlanResult<Member> {
    let mut member = match read_active_member(state, id)? {
        Ok(member) => member,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if let Err(rejection) = check_roles(id, roles) {
        return Ok(Err(rejection));
    }
    if member.roles == roles {
        return reject("roles-unchanged", format!("{id} has these roles already"));
    }
    let governed = governs(&member);
    member.roles = roles.to_vec();
    if governed && !governs(&member) {
        return keep_governors(state, member);
    }
    Ok(Ok(member))
}

/// A member as it would be after it has gone: nothing of it is forgotten, and none of its keys counts.
pub(super) fn plan_removal(
    state: &impl StateWriter,
    next: Height,
    id: &MemberId,
) -> PlanResult<Member> {
    let mut member = match read_active_member(state, id)? {
        Ok(member) => member,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let sets = [
        Some(read_validators(state)?),
        read_scheduled_validators(state)?,
    ];
    let mut validators = sets.iter().flatten().flat_map(ValidatorSet::iter);
    if let Some((_, validator)) = validators.find(|(_, validator)| validator.member == *id) {
        return reject(
            "member-validates",
            format!(
                "{id} runs the validator {}; remove or replace that first",
                validator.consensus_key
            ),
        );
    }
    for key in &mut member.keys {
        let until = key.valid_until.map_or(next, |until| until.min(next));
        key.valid_until = Some(until);
    }
    let governed = governs(&member);
    member.roles.clear();
    member.removed_from = Some(next);
    if governed {
        return keep_governors(state, member);
    }
    Ok(Ok(member))
}

/// Somebody else has to govern when a governing member goes.
fn keep_governors(state: &impl StateWriter, member: Member) -> PlanResult<Member> {
    let others = governors_but(state, &member.id)?;
    if others == 0 {
        return reject(
            "last-governor",
            format!(
                "{} is the only member with the role {GOVERNOR_ROLE}: the ledger could be governed \
                 no more",
                member.id
            ),
        );
    }
    Ok(Ok(member))
}

fn governors_but(state: &impl StateWriter, id: &MemberId) -> Result<usize, EffectError> {
    let governors = read_governors(state)?;
    Ok(governors.iter().filter(|other| *other != id).count())
}

fn check_roles(id: &MemberId, roles: &[Role]) -> Result<(), Rejection> {
    let mut seen = BTreeSet::new();
    match roles.iter().find(|role| !seen.insert(role.as_str())) {
        None => Ok(()),
        Some(role) => Err(Rejection::new(
            "role-repeated",
            format!("the role {} is given to {id} twice", role.as_str()),
        )),
    }
}
