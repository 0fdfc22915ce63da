//! Contracts in the state: what genesis installs, and what readers ask for.

use super::context::{EffectError, StateWriter};
use super::definition::{Contract, ContractProblem};
use super::schedule::{ContractDecision, ContractSchedule, ContractSummary, ScheduledContract};
use super::state_keys::{ENDED_CONTRACT_PREFIX, StateKey};
use super::values;
use crate::types::codec::Reader;
use crate::types::{
    ContractBundle, ContractName, Decode, DecodeError, Encode, Height, LastTaken, LedgerView,
    RecordKind, ScanOrder, Space, StateReader,
};

/// Puts the contracts of a genesis document in force, from before the first block on.
///
/// # Errors
/// What is wrong with them, singly or together.
pub fn install_contracts(
    state: &mut impl StateWriter,
    bundles: &[ContractBundle],
) -> Result<(), Vec<ContractProblem>> {
    let mut schedule = ContractSchedule::default();
    for bundle in bundles {
        let contract = Contract::compile(bundle)?;
        let key = StateKey::Contract {
            name: contract.name(),
            version: contract.version(),
        };
        schedule
            .install(
                ContractSummary::of(&contract),
                None,
                ContractDecision::GENESIS,
            )
            .map_err(|rejection| {
                let file = contract.name().as_str();
                vec![ContractProblem::new(
                    file,
                    "",
                    rejection.reason().to_owned(),
                )]
            })?;
        values::write(state, key, bundle);
    }
    values::write(state, StateKey::Contracts, &schedule);
    Ok(())
}

/// Which contracts are in force at which height, from the last change on.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_schedule(state: &(impl StateReader + ?Sized)) -> Result<ContractSchedule, EffectError> {
    Ok(values::read(state, StateKey::Contracts, "contracts")?.unwrap_or_default())
}

/// Writes which contracts are in force from the next height on. What has ended by then has values of its own, so
/// that every block reads a short list.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub(super) fn write_schedule(
    state: &mut impl StateWriter,
    mut schedule: ContractSchedule,
    next: Height,
) -> Result<(), EffectError> {
    for ended in schedule.take_ended(next) {
        let (name, version) = (&ended.contract.name, ended.contract.version);
        let greatest = read_ended_version(state, name)?.map_or(version, |known| known.max(version));
        values::write(state, StateKey::EndedVersion(name), &Version(greatest));
        values::write(state, StateKey::EndedContract { name, version }, &ended);
    }
    values::write(state, StateKey::Contracts, &schedule);
    Ok(())
}

/// The greatest version of a contract that has ended.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_ended_version(
    state: &(impl StateReader + ?Sized),
    name: &ContractName,
) -> Result<Option<u32>, EffectError> {
    let key = StateKey::EndedVersion(name);
    let version: Option<Version> = values::read(state, key, "version of a contract")?;
    Ok(version.map(|version| version.0))
}

/// A version of a contract that judges no more.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_ended_contract(
    state: &(impl StateReader + ?Sized),
    name: &ContractName,
    version: u32,
) -> Result<Option<ScheduledContract>, EffectError> {
    values::read(state, StateKey::EndedContract { name, version }, "contract")
}

/// Most versions of a contract that are looked at for the last that judged.
const MAX_VERSIONS_LOOKED_AT: usize = 8;

/// The contract that was the last to take a kind that none in force takes at a height: one in the schedule, or else the
/// last version to end of the contract whose name the kind begins with, as kinds usually do. Others are not looked for:
/// there is no end to what has ended.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_last_taken(
    state: &(impl StateReader + ?Sized),
    kind: &RecordKind,
    height: Height,
) -> Result<Option<LastTaken>, EffectError> {
    let schedule = read_schedule(state)?;
    let mut ended: Vec<ScheduledContract> = schedule.versions().to_vec();
    let label = kind.as_str().split('.').next().unwrap_or_default();
    if let Ok(name) = ContractName::new(label)
        && let Some(last) = read_ended_version(state, &name)?
    {
        // Those that were taken back before they judged anything are passed over.
        for version in (1..=last).rev().take(MAX_VERSIONS_LOOKED_AT) {
            let Some(version) = read_ended_contract(state, &name, version)? else {
                continue;
            };
            let has_judged = version.until.is_none_or(|until| version.from < until);
            ended.push(version);
            if has_judged {
                break;
            }
        }
    }
    let taken = ended.into_iter().filter_map(|one| {
        let until = one
            .until
            .filter(|until| one.from < *until && *until <= height)?;
        one.contract.kinds.contains(kind).then_some(LastTaken {
            contract: one.contract.name,
            version: one.contract.version,
            until,
        })
    });
    Ok(taken.max_by_key(|last| last.until))
}

/// Versions that have ended and are read at a time.
const ENDED_PER_READ: usize = 64;

/// The contracts that judge, or judged, the block of a height, in order of their names.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_contracts_in_force(
    view: &(impl LedgerView + ?Sized),
    height: Height,
) -> Result<Vec<ScheduledContract>, EffectError> {
    let schedule = read_schedule(view)?;
    let mut found: Vec<ScheduledContract> =
        schedule.in_force(height).into_iter().cloned().collect();
    if height > view.tip().height {
        return Ok(found);
    }
    let mut first = ENDED_CONTRACT_PREFIX.to_vec();
    let end = [ENDED_CONTRACT_PREFIX, &[0xff]].concat();
    loop {
        let rows = view.scan(
            Space::State,
            &first,
            &end,
            ScanOrder::Ascending,
            ENDED_PER_READ,
        )?;
        for (_, bytes) in &rows {
            let ended =
                ScheduledContract::from_bytes(bytes).map_err(|error| EffectError::Corrupt {
                    what: "contract",
                    error,
                })?;
            if ended.is_in_force(height) {
                found.push(ended);
            }
        }
        match rows.last().filter(|_| rows.len() == ENDED_PER_READ) {
            Some((key, _)) => first = [key, [0].as_slice()].concat(),
            None => break,
        }
    }
    found.sort_by(|a, b| a.contract.name.cmp(&b.contract.name));
    Ok(found)
}

pub(super) struct Version(u32);

impl Encode for Version {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}

impl Decode for Version {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.u32()?))
    }
}

/// The files of a version of a contract.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_contract_bundle(
    state: &(impl StateReader + ?Sized),
    name: &ContractName,
    version: u32,
) -> Result<Option<ContractBundle>, EffectError> {
    values::read(state, StateKey::Contract { name, version }, "contract")
}
