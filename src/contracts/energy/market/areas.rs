//! The market areas of the contract in force.

use crate::contracts::context::EffectError;
use crate::contracts::definition::Contract;
use crate::contracts::install::{read_contract_bundle, read_schedule};
use crate::contracts::rulebook::Rulebook;
use crate::records::NativeSettings;
use crate::records::energy::market::{AreaRules, MarketAreas, ORDER};
use crate::types::{ContractName, DecodeError, Height, MarketArea, RecordKind, StateReader};

/// The market as a contract sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// The contract.
    pub contract: ContractName,
    /// Its version.
    pub version: u32,
    /// Its areas.
    pub areas: MarketAreas,
}

impl Market {
    fn of(contract: &Contract) -> Option<Self> {
        let kind = contract
            .kinds()
            .iter()
            .find(|kind| kind.kind().as_str() == ORDER)?;
        match kind.settings() {
            NativeSettings::Market(areas) => Some(Self {
                contract: contract.name().clone(),
                version: contract.version(),
                areas: areas.clone(),
            }),
            _ => None,
        }
    }
}

/// The market at a height, as the ledger's state tells; none if no contract in force has one.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_market(
    state: &(impl StateReader + ?Sized),
    height: Height,
) -> Result<Option<Market>, EffectError> {
    let schedule = read_schedule(state)?;
    let in_force = schedule.in_force(height);
    let found = in_force.iter().find(|scheduled| {
        let mut kinds = scheduled.contract.kinds.iter();
        kinds.any(|kind| kind.as_str() == ORDER)
    });
    let Some(found) = found else {
        return Ok(None);
    };
    let (name, version) = (&found.contract.name, found.contract.version);
    let corrupt = |why: &str| EffectError::Corrupt {
        what: "contract",
        error: DecodeError::invalid("contract", format!("{name} {version} {why}")),
    };
    let bundle = read_contract_bundle(state, name, version)?;
    let bundle = bundle.ok_or_else(|| corrupt("is missing"))?;
    let contract = Contract::compile(&bundle).map_err(|_| corrupt("does not compile"))?;
    Ok(Market::of(&contract))
}

/// The area of a name by the contracts in force, with the version that says so.
pub(super) fn area_in_force<'a>(
    rulebook: &'a Rulebook,
    name: &MarketArea,
) -> Option<(&'a AreaRules, u32)> {
    let kind = RecordKind::new(ORDER).ok()?;
    let (contract, kind) = rulebook.contract_and_kind(&kind)?;
    match kind.settings() {
        NativeSettings::Market(areas) => Some((areas.get(name)?, contract.version())),
        _ => None,
    }
}
