//! Which contracts judge records, or did at a height.

use std::cmp::Reverse;

use super::page::check_item;
use super::{QuestionError, Standing};
use crate::contracts::{
    ENDED_CONTRACT_PREFIX, ScheduledContract, StateKey, read_contracts_in_force,
    read_ended_contract, read_ended_version, read_schedule,
};
use crate::types::{
    ContractName, ContractSetDigest, Decode, Height, LedgerView, ReadError, ScanOrder, Space,
};

/// A page of versions of contracts as of a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractsAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// Names the contracts that judge the block after it.
    pub contract_set: ContractSetDigest,
    /// By name, and of each the latest version first.
    pub versions: Vec<ScheduledContract>,
    /// The version after which the next page begins.
    pub next: Option<(ContractName, u32)>,
}

/// The versions of contracts that the ledger has or had. As of an earlier height: those that judged the block after it or
/// one before, with the ends that had come; what was decided by then and had not begun does not show.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or `after` is no version that the ledger has or had.
pub fn ask_contracts(
    view: &dyn LedgerView,
    after: Option<&(ContractName, u32)>,
    as_of: Option<Height>,
    count: usize,
) -> Result<ContractsAnswer, QuestionError> {
    let height = Standing::at(view, as_of)?.height;
    let schedule = read_schedule(view)?;
    if let Some((name, version)) = after {
        let is_listed = schedule
            .versions()
            .iter()
            .any(|listed| listed.contract.name == *name && listed.contract.version == *version);
        let is_known = is_listed || read_ended_contract(view, name, *version)?.is_some();
        check_item(is_known, || {
            format!("version {version} of the contract {name}")
        })?;
    }
    let contract_set = match height < view.tip().height {
        false => schedule.digest_at(height.next()),
        true => {
            let next = height.next();
            let missing = || ReadError::new(format!("block {next} is missing"));
            let block = view.block(next)?.ok_or_else(missing)?;
            block.block.header().contract_set
        }
    };
    let place = |version: &ScheduledContract| {
        let contract = &version.contract;
        (contract.name.clone(), Reverse(contract.version))
    };
    let first = after.map(|(name, version)| (name.clone(), Reverse(*version)));
    let listed = schedule.versions().iter().cloned();
    let mut versions: Vec<ScheduledContract> = listed
        .filter(|version| first.as_ref().is_none_or(|first| place(version) > *first))
        .chain(ended(view, after, count.saturating_add(1))?)
        .collect();
    versions.sort_by_key(place);
    let has_more = versions.len() > count;
    versions.truncate(count);
    let last = versions.last().filter(|_| has_more);
    let next = last.map(|version| (version.contract.name.clone(), version.contract.version));
    if as_of.is_some() {
        versions = versions
            .into_iter()
            .filter_map(|version| seen_at(version, height))
            .collect();
    }
    Ok(ContractsAnswer {
        height,
        contract_set,
        versions,
        next,
    })
}

/// A version of a contract: the one of that number, or else the one that judges the block after a height, or else, of
/// today, the latest; none if there was none.
///
/// # Errors
/// [`QuestionError`] if the store fails or the height lies ahead.
pub fn ask_contract(
    view: &dyn LedgerView,
    name: &ContractName,
    version: Option<u32>,
    as_of: Option<Height>,
) -> Result<(Height, Option<ScheduledContract>), QuestionError> {
    let height = Standing::at(view, as_of)?.height;
    let schedule = read_schedule(view)?;
    let of_name = || {
        let versions = schedule.versions().iter().rev();
        versions.filter(|scheduled| scheduled.contract.name == *name)
    };
    let found = if let Some(version) = version {
        let scheduled = of_name()
            .find(|one| one.contract.version == version)
            .cloned();
        match scheduled {
            Some(scheduled) => Some(scheduled),
            None => read_ended_contract(view, name, version)?,
        }
    } else {
        let in_force = read_contracts_in_force(view, height.next())?;
        let current = in_force.into_iter().find(|one| one.contract.name == *name);
        match (current, as_of) {
            (Some(current), _) => Some(current),
            (None, Some(_)) => None,
            (None, None) => match (of_name().next(), read_ended_version(view, name)?) {
                (Some(coming), _) => Some(coming.clone()),
                (None, Some(version)) => read_ended_contract(view, name, version)?,
                (None, None) => None,
            },
        }
    };
    let found = match as_of {
        Some(_) => found.and_then(|version| seen_at(version, height)),
        None => found,
    };
    Ok((height, found))
}

/// A version as it showed at a height; none if it had judged nothing by the block after it.
fn seen_at(mut version: ScheduledContract, height: Height) -> Option<ScheduledContract> {
    let next = height.next();
    let judges = version.until.is_none_or(|until| version.from < until);
    if !judges || version.from > next {
        return None;
    }
    if version.until.is_some_and(|until| until > next) {
        version.until = None;
        version.ended_by = None;
    }
    Some(version)
}

/// Up to so many versions that have ended, in the order of the list.
fn ended(
    view: &dyn LedgerView,
    after: Option<&(ContractName, u32)>,
    count: usize,
) -> Result<Vec<ScheduledContract>, QuestionError> {
    let first = match after {
        Some((name, version)) => {
            let key = StateKey::EndedContract {
                name,
                version: *version,
            };
            [key.to_bytes().as_slice(), &[0]].concat()
        }
        None => ENDED_CONTRACT_PREFIX.to_vec(),
    };
    let end = [ENDED_CONTRACT_PREFIX, &[0xff]].concat();
    let rows = view.scan(Space::State, &first, &end, ScanOrder::Ascending, count)?;
    let versions = rows
        .iter()
        .map(|(_, bytes)| ScheduledContract::from_bytes(bytes));
    Ok(versions.collect::<Result<_, _>>()?)
}
