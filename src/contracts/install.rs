//! Contracts in the state: what genesis installs, and what readers ask for.

use super::context::{EffectError, StateWriter};
use super::definition::{Contract, ContractProblem};
use super::schedule::{ContractSchedule, ContractSummary};
use super::state_keys::StateKey;
use super::values;
use crate::types::{ContractBundle, ContractName, Height, StateReader};

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
            .install(ContractSummary::of(&contract), Height::GENESIS)
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

/// Which contracts are in force at which height.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_schedule(state: &(impl StateReader + ?Sized)) -> Result<ContractSchedule, EffectError> {
    Ok(values::read(state, StateKey::Contracts, "contracts")?.unwrap_or_default())
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
