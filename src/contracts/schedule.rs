//! Which contracts are in force at which height.

use std::collections::BTreeSet;

use crate::crypto::Blake3Digest;
use crate::types::codec::{Reader, put_length, put_option, put_sequence};
use crate::types::{
    ContractDigest, ContractName, ContractSetDigest, Decode, DecodeError, Encode, Height, LogIndex,
    RecordKind, Rejection,
};

use super::definition::{Contract, MAX_CONTRACT_KINDS};
use crate::records::governance::{BALLOT, PROPOSAL};

/// Most versions that the schedule holds: those in force, those that come, and what has ended since it was last
/// written.
const MAX_SCHEDULED_VERSIONS: usize = 4 * MAX_CONTRACTS_IN_FORCE;

/// Most contracts in force at once.
pub const MAX_CONTRACTS_IN_FORCE: usize = 64;

/// How far ahead a change of contracts may be decided, in heights: some months at a block a second. What nobody
/// alive will see take effect is a slip of the pen.
pub const MAX_HEIGHTS_AHEAD: u64 = 10_000_000;

/// What the schedule has to know about a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSummary {
    /// Its name.
    pub name: ContractName,
    /// Its version.
    pub version: u32,
    /// Names its files.
    pub digest: ContractDigest,
    /// The kinds that it judges.
    pub kinds: Vec<RecordKind>,
}

impl ContractSummary {
    /// What a contract says of itself.
    pub fn of(contract: &Contract) -> Self {
        Self {
            name: contract.name().clone(),
            version: contract.version(),
            digest: contract.digest(),
            kinds: contract.kinds().iter().map(|k| k.kind().clone()).collect(),
        }
    }

    /// Whether governing the ledger rests on it. A contract that has these kinds at all has them
    /// unrestricted: it would not compile otherwise.
    fn governs(&self) -> bool {
        let has = |name: &str| self.kinds.iter().any(|kind| kind.as_str() == name);
        has(PROPOSAL) && has(BALLOT)
    }
}

/// A version of a contract, with the heights at which it judges records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledContract {
    /// The version.
    pub contract: ContractSummary,
    /// The first height at which it is in force.
    pub from: Height,
    /// The first height at which it is in force no more. That of a version that was taken back before it judged
    /// anything is its first one.
    pub until: Option<Height>,
    /// The entry that decided on it; none for those of the genesis document.
    pub adopted_by: Option<LogIndex>,
    /// The entry that decided on its end.
    pub ended_by: Option<LogIndex>,
}

impl ScheduledContract {
    /// Whether it judges the records of a block.
    pub fn is_in_force(&self, height: Height) -> bool {
        self.from <= height && self.until.is_none_or(|until| height < until)
    }

    /// Whether it judges no record of a height or a later one.
    fn has_ended(&self, height: Height) -> bool {
        let end = |until: Height| until <= height || until <= self.from;
        self.until.is_some_and(end)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let begins_before =
            |one: &Self, other: &Self| other.until.is_none_or(|until| one.from < until);
        begins_before(self, other) && begins_before(other, self)
    }
}

/// A decision to change the contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractDecision {
    /// The height after the one that decides: what judges it is known, and changes no more.
    pub next: Height,
    /// The first height at which it holds.
    pub from: Height,
    /// The entry that decides; none for the genesis document.
    pub by: Option<LogIndex>,
}

impl ContractDecision {
    /// That of the genesis document.
    pub const GENESIS: Self = Self {
        next: Height::GENESIS,
        from: Height::GENESIS,
        by: None,
    };
}

/// The versions of contracts that judge records or are going to, in the order of their installation; those that have
/// ended are moved out of it with every change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractSchedule {
    versions: Vec<ScheduledContract>,
}

impl ContractSchedule {
    /// The versions, in the order of their installation.
    pub fn versions(&self) -> &[ScheduledContract] {
        &self.versions
    }

    /// The contracts that judge the records of a block, in order of their names.
    pub fn in_force(&self, height: Height) -> Vec<&ScheduledContract> {
        let mut found: Vec<&ScheduledContract> = self
            .versions
            .iter()
            .filter(|version| version.is_in_force(height))
            .collect();
        found.sort_by(|a, b| a.contract.name.cmp(&b.contract.name));
        found
    }

    /// Names the contracts in force at a height: blake3 over their number, then name, version and
    /// digest of each in order of their names.
    pub fn digest_at(&self, height: Height) -> ContractSetDigest {
        let contracts = self.in_force(height);
        let mut bytes = b"waybill/contract-set/v1\0".to_vec();
        put_length(&mut bytes, contracts.len());
        for scheduled in contracts {
            scheduled.contract.name.encode(&mut bytes);
            bytes.extend_from_slice(&scheduled.contract.version.to_be_bytes());
            scheduled.contract.digest.encode(&mut bytes);
        }
        ContractSetDigest(Blake3Digest::of(&bytes))
    }

    /// Puts a version in force; the version before it judges up to there. A change of the contract that was
    /// decided and has not begun is taken back. `ended` is the greatest version of the contract that has ended.
    ///
    /// # Errors
    /// The [`Rejection`] if it cannot come into force. Nothing has changed then.
    pub fn install(
        &mut self,
        contract: ContractSummary,
        ended: Option<u32>,
        decision: ContractDecision,
    ) -> Result<(), Rejection> {
        let name = &contract.name;
        let versions = self.of_name(name).map(|version| version.contract.version);
        if let Some(known) = versions.chain(ended).max()
            && contract.version <= known
        {
            return Err(Rejection::new(
                "contract-version",
                format!("{name} has version {known}; a new one has a greater number"),
            ));
        }
        check_height(decision)?;
        let mut changed = self.clone();
        let taken_back = changed.take_back(name, decision);
        if let Some(current) = changed.current_mut(name, decision.next) {
            if current.from >= decision.from {
                return Err(Rejection::new(
                    "contract-scheduled",
                    format!(
                        "version {} of {name} begins at height {}; the next begins after it",
                        current.contract.version, current.from
                    ),
                ));
            }
            // Where it was to end without a successor, it does so even if its successor comes later.
            let is_followed = taken_back.is_some() && current.until == taken_back;
            if is_followed || current.until.is_none_or(|until| decision.from < until) {
                current.until = Some(decision.from);
                current.ended_by = decision.by;
            }
        }
        changed.versions.push(ScheduledContract {
            contract,
            from: decision.from,
            until: None,
            adopted_by: decision.by,
            ended_by: None,
        });
        self.replace(changed, decision)
    }

    /// Ends a contract. A change of it that was decided and has not begun is taken back. `ended` is the greatest version of it that has ended.
    ///
    /// # Errors
    /// The [`Rejection`] if it cannot end. Nothing has changed then.
    pub fn retire(
        &mut self,
        name: &ContractName,
        ended: Option<u32>,
        decision: ContractDecision,
    ) -> Result<(), Rejection> {
        let reject = |code, reason: String| Err(Rejection::new(code, reason));
        check_height(decision)?;
        let mut changed = self.clone();
        let taken_back = changed.take_back(name, decision);
        match changed.current_mut(name, decision.next) {
            Some(current) if current.from >= decision.from => {
                return reject(
                    "contract-scheduled",
                    format!(
                        "version {} of {name} begins at height {}; it ends after it",
                        current.contract.version, current.from
                    ),
                );
            }
            Some(current) if current.until == Some(decision.from) && taken_back.is_none() => {
                return reject(
                    "contract-retired",
                    format!(
                        "the contract {name} ends at height {} already",
                        decision.from
                    ),
                );
            }
            Some(current) => {
                current.until = Some(decision.from);
                current.ended_by = decision.by;
            }
            None if taken_back.is_some() => {}
            None if ended.is_some() || self.of_name(name).next().is_some() => {
                return reject("contract-retired", format!("the contract {name} has ended"));
            }
            None => {
                return reject(
                    "unknown-contract",
                    format!("there is no contract {name} on this ledger"),
                );
            }
        }
        self.replace(changed, decision)
    }

    /// Moves out what judges no record of a height or a later one.
    pub fn take_ended(&mut self, height: Height) -> Vec<ScheduledContract> {
        let has_ended = |version: &mut ScheduledContract| version.has_ended(height);
        self.versions.extract_if(.., has_ended).collect()
    }

    fn of_name(&self, name: &ContractName) -> impl Iterator<Item = &ScheduledContract> {
        self.versions
            .iter()
            .filter(move |version| version.contract.name == *name)
    }

    /// Ends a version that was decided and has not begun by the next height before it begins; gives that height.
    fn take_back(&mut self, name: &ContractName, decision: ContractDecision) -> Option<Height> {
        let mut versions = self.versions.iter_mut();
        let coming = versions.find(|version| {
            version.contract.name == *name
                && version.from > decision.next
                && !version.has_ended(decision.next)
        })?;
        coming.until = Some(coming.from);
        coming.ended_by = decision.by;
        Some(coming.from)
    }

    /// The version of a contract that judges at a height.
    fn current_mut(&mut self, name: &ContractName, at: Height) -> Option<&mut ScheduledContract> {
        let mut versions = self.versions.iter_mut();
        versions.find(|version| version.contract.name == *name && version.is_in_force(at))
    }

    /// Becomes another schedule, if it is one from the next height on.
    fn replace(&mut self, changed: Self, decision: ContractDecision) -> Result<(), Rejection> {
        changed.check(decision.next, self.governs(decision.next))?;
        *self = changed;
        Ok(())
    }

    /// Whether a contract by which the ledger is governed judges the records of a height.
    fn governs(&self, height: Height) -> bool {
        let governs =
            |version: &ScheduledContract| version.is_in_force(height) && version.contract.governs();
        self.versions.iter().any(governs)
    }

    /// Whether at every height to come each kind has one contract, there are not too many, and the ledger can be
    /// governed, if it is to be: one that could be governed before goes on to be.
    fn check(&self, next: Height, to_be_governed: bool) -> Result<(), Rejection> {
        let reject = |code, reason: String| Err(Rejection::new(code, reason));
        let live: Vec<&ScheduledContract> = self
            .versions
            .iter()
            .filter(|version| !version.has_ended(next))
            .collect();
        for (place, one) in live.iter().enumerate() {
            for other in live.iter().skip(place + 1) {
                let is_other = one.contract.name != other.contract.name && one.overlaps(other);
                let both = |kind: &&RecordKind| other.contract.kinds.contains(kind);
                if let Some(kind) = one.contract.kinds.iter().find(both).filter(|_| is_other) {
                    return reject(
                        "kind-taken",
                        format!(
                            "{kind} would be judged by the contracts {} and {}",
                            one.contract.name, other.contract.name
                        ),
                    );
                }
            }
        }
        let changes = live
            .iter()
            .flat_map(|version| [Some(version.from), version.until])
            .flatten()
            .filter(|height| *height > next);
        let heights: BTreeSet<Height> = changes.chain([next]).collect();
        for height in heights {
            let in_force = live.iter().filter(|version| version.is_in_force(height));
            if in_force.count() > MAX_CONTRACTS_IN_FORCE {
                return reject(
                    "too-many-contracts",
                    format!("{MAX_CONTRACTS_IN_FORCE} contracts are in force at once, the most"),
                );
            }
            if to_be_governed && !self.governs(height) {
                return reject(
                    "governance-lost",
                    format!(
                        "no contract would have {PROPOSAL} and {BALLOT} at height {height}: the ledger \
                         could be governed no more"
                    ),
                );
            }
        }
        Ok(())
    }
}

/// A change is near enough to be meant.
fn check_height(decision: ContractDecision) -> Result<(), Rejection> {
    let most = decision.next.plus(MAX_HEIGHTS_AHEAD);
    if decision.from <= most {
        return Ok(());
    }
    Err(Rejection::new(
        "height-too-far",
        format!(
            "the change would begin at height {}; the most is {most}, which is {MAX_HEIGHTS_AHEAD} \
             heights ahead",
            decision.from
        ),
    ))
}

impl Encode for ContractSummary {
    fn encode(&self, out: &mut Vec<u8>) {
        self.name.encode(out);
        out.extend_from_slice(&self.version.to_be_bytes());
        self.digest.encode(out);
        put_sequence(out, &self.kinds);
    }
}

impl Decode for ContractSummary {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            name: ContractName::decode(reader)?,
            version: reader.u32()?,
            digest: ContractDigest::decode(reader)?,
            kinds: reader.sequence("contract kinds", MAX_CONTRACT_KINDS)?,
        })
    }
}

impl Encode for ScheduledContract {
    fn encode(&self, out: &mut Vec<u8>) {
        self.contract.encode(out);
        self.from.encode(out);
        put_option(out, self.until.as_ref());
        put_option(out, self.adopted_by.as_ref());
        put_option(out, self.ended_by.as_ref());
    }
}

impl Decode for ScheduledContract {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            contract: ContractSummary::decode(reader)?,
            from: Height::decode(reader)?,
            until: reader.option("end of a contract")?,
            adopted_by: reader.option("adoption of a contract")?,
            ended_by: reader.option("end of a contract")?,
        })
    }
}

impl Encode for ContractSchedule {
    fn encode(&self, out: &mut Vec<u8>) {
        put_sequence(out, &self.versions);
    }
}

impl Decode for ContractSchedule {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            versions: reader.sequence("contracts", MAX_SCHEDULED_VERSIONS)?,
        })
    }
}

#[cfg(test)]
mod tests;
