//! Validators that come, go and are replaced.
//!
//! The rules, each with the code of its refusal:
//! - One validator changes at a time, and while a change is scheduled no other is decided
//!   (`change-scheduled`). So two sets that follow each other differ in one validator, and the
//!   certificate of every height is of validators who were all chosen by the time it ran.
//! - There is always a validator (`last-validator`), and at most
//!   [`MAX_VALIDATORS`] (`too-many-validators`).
//! - The set after the change has its quorum of those who have voted for one of the last two blocks, and, if it is large
//!   enough to do without anybody, without the newcomer (`quorum-lost`): nobody who has not been
//!   heard may be needed to go on. A change is made of a few blocks only, on a ledger with little to do: who was there eight
//!   blocks ago need not be there now. A newcomer counts as silent until a certificate has its vote, so
//!   that a second one can come only when the first is there, or is not needed.
//! - A validator is of a member (`unknown-member`, `member-removed`), and its keys are new to the
//!   ledger (`key-taken`), but for a network key that the member has already: a node follows before
//!   it votes.

use std::collections::BTreeSet;

use super::plan::{Plan, PlanResult, reject};
use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::membership::{read_active_member, read_key_owner, read_member};
use crate::contracts::validators::{read_liveness, read_scheduled_validators, read_validators};
use crate::crypto::PublicKey;
use crate::types::limits::{MAX_KEYS_PER_MEMBER, MAX_VALIDATORS};
use crate::types::{Height, KeyPurpose, Member, MemberKey, Rejection, Validator, ValidatorSet};

/// How many heights after its decision a change of the validators acts. The validators of the next
/// height are known before it starts, and so are those of the height after it.
pub const VALIDATOR_DELAY_HEIGHTS: u64 = 2;

/// From how many validators on a set can do without one of them.
const LEAST_TOLERANT_SET: usize = 4;

/// The set and members as they would be without the validator `old` and with `new`.
pub(super) fn plan_validators(
    state: &impl StateWriter,
    height: Height,
    old: Option<&PublicKey>,
    new: Option<&Validator>,
) -> PlanResult<Plan> {
    let from = height.plus(VALIDATOR_DELAY_HEIGHTS);
    // Who comes is judged first: a mistake in its keys is its own affair.
    let mut members = Vec::new();
    if let Some(new) = new {
        match register(state, height.next(), from, new)? {
            Ok(member) => members.push(member),
            Err(rejection) => return Ok(Err(rejection)),
        }
    }
    if read_scheduled_validators(state)?.is_some() {
        return reject(
            "change-scheduled",
            "another change of the validators is decided and does not act yet; try again after \
             the next block"
                .to_owned(),
        );
    }
    let before = read_validators(state)?;
    let gone = match old.map(|key| (key, before.index_of(key).and_then(|i| before.get(i)))) {
        None => None,
        Some((_, Some(gone))) => Some(gone.clone()),
        Some((key, None)) => {
            return reject(
                "unknown-validator",
                format!("{key} is no validator's consensus key"),
            );
        }
    };
    if let Some(gone) = &gone
        && let Some(member) = deregister(state, from, gone, new, &mut members)?
    {
        members.push(member);
    }
    let set = match changed_set(&before, gone.as_ref(), new) {
        Ok(set) => set,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if let Err(rejection) = check_quorum(state, &set, new)? {
        return Ok(Err(rejection));
    }
    Ok(Ok(Plan {
        from,
        contracts: None,
        members,
        validators: Some(set),
    }))
}

fn changed_set(
    before: &ValidatorSet,
    gone: Option<&Validator>,
    new: Option<&Validator>,
) -> Result<ValidatorSet, Rejection> {
    let stay = before
        .iter()
        .map(|(_, validator)| validator)
        .filter(|validator| gone != Some(*validator));
    let after: Vec<Validator> = stay.chain(new).cloned().collect();
    if after.is_empty() {
        return Err(Rejection::new(
            "last-validator",
            "nobody would be left to decide blocks",
        ));
    }
    if after.len() > MAX_VALIDATORS {
        return Err(Rejection::new(
            "too-many-validators",
            format!("the ledger has {MAX_VALIDATORS} validators, the most"),
        ));
    }
    // All other keys are new to the ledger; a network key may be one that the member has for a node already.
    let network_key = new.map(|new| new.network_key);
    let is_twin = |one: &&Validator| new != Some(*one) && Some(one.network_key) == network_key;
    if let Some(twin) = after.iter().find(is_twin) {
        let reason = format!(
            "the network key {} is that of the validator {} of {}: two validators are two nodes",
            twin.network_key, twin.consensus_key, twin.member
        );
        return Err(Rejection::new("key-taken", reason));
    }
    ValidatorSet::new(after)
        .map_err(|error| Rejection::new("key-taken", format!("these are no set: {error}")))
}

/// Whether those who have been heard make the quorum of a set.
fn check_quorum(
    state: &impl StateWriter,
    set: &ValidatorSet,
    new: Option<&Validator>,
) -> PlanResult<()> {
    let liveness = read_liveness(state)?;
    let is_newcomer = |validator: &Validator| new == Some(validator);
    let is_counted = |validator: &Validator| {
        if is_newcomer(validator) {
            set.len() < LEAST_TOLERANT_SET
        } else {
            liveness.is_heard_lately(&validator.consensus_key)
        }
    };
    let counted = set
        .iter()
        .filter(|(_, validator)| is_counted(validator))
        .count();
    if counted >= set.quorum() {
        return Ok(Ok(()));
    }
    reject(
        "quorum-lost",
        format!(
            "of the {} validators after the change {} have to decide, and only {counted} have voted \
             for one of the last blocks",
            set.len(),
            set.quorum()
        ),
    )
}

/// The member with the keys of its new validator.
fn register(
    state: &impl StateWriter,
    next: Height,
    from: Height,
    new: &Validator,
) -> PlanResult<Member> {
    let mut member = match read_active_member(state, &new.member)? {
        Ok(member) => member,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let keys = [
        (KeyPurpose::Consensus, new.consensus_key, from),
        // The node has to be let in before it votes.
        (KeyPurpose::Network, new.network_key, next),
        (KeyPurpose::Log, new.log_key, from),
        (KeyPurpose::Cosigner, new.cosigner_key, from),
    ];
    let mut seen = BTreeSet::new();
    for (purpose, key, valid_from) in keys {
        if !seen.insert(key) {
            return reject("key-taken", format!("the key {key} is given twice"));
        }
        let has_already = purpose == KeyPurpose::Network
            && member
                .key(&key)
                .is_some_and(|own| own.purpose == purpose && own.is_active_at(from));
        if has_already {
            continue;
        }
        if let Some(owner) = read_key_owner(state, &key)? {
            return reject(
                "key-taken",
                format!("the key {key} is registered for {owner} already"),
            );
        }
        member.keys.push(MemberKey {
            key,
            purpose,
            valid_from,
            valid_until: None,
        });
    }
    if member.keys.len() > MAX_KEYS_PER_MEMBER {
        return reject(
            "too-many-keys",
            format!(
                "{} would have more than {MAX_KEYS_PER_MEMBER} keys, the most allowed",
                member.id
            ),
        );
    }
    Ok(Ok(member))
}

/// Ends the keys of a validator that goes, in `members` if its member is there already. Its network
/// key goes on to count, so that the node can follow, unless another key takes its place.
fn deregister(
    state: &impl StateWriter,
    from: Height,
    gone: &Validator,
    new: Option<&Validator>,
    members: &mut [Member],
) -> Result<Option<Member>, EffectError> {
    let end_keys = |member: &mut Member| {
        let mut ended = vec![gone.consensus_key, gone.log_key, gone.cosigner_key];
        if new.is_some_and(|new| new.network_key != gone.network_key) {
            ended.push(gone.network_key);
        }
        for key in &mut member.keys {
            if ended.contains(&key.key) && key.valid_until.is_none() {
                key.valid_until = Some(from);
            }
        }
    };
    if let Some(member) = members.iter_mut().find(|one| one.id == gone.member) {
        end_keys(member);
        return Ok(None);
    }
    let mut member = read_member(state, &gone.member)?;
    if let Some(member) = &mut member {
        end_keys(member);
    }
    Ok(member)
}
