//! The market areas of the contract in force.

use crate::contracts::context::EffectError;
use crate::contracts::definition::read_settings;
use crate::contracts::install::{read_contract_bundle, read_contracts_in_force};
use crate::contracts::rulebook::Rulebook;
use crate::records::NativeSettings;
use crate::records::energy::market::{AreaRules, MarketAreas, ORDER};
use crate::types::{ContractName, DecodeError, Height, LedgerView, MarketArea, RecordKind};

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

/// The market at a height, as the ledger's state tells; none if no contract in force has one.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_market(
    view: &(impl LedgerView + ?Sized),
    height: Height,
) -> Result<Option<Market>, EffectError> {
    let in_force = read_contracts_in_force(view, height)?;
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
    let bundle = read_contract_bundle(view, name, version)?;
    let bundle = bundle.ok_or_else(|| corrupt("is missing"))?;
    match read_settings(&bundle, ORDER) {
        Some(NativeSettings::Market(areas)) => Ok(Some(Market {
            contract: name.clone(),
            version,
            areas,
        })),
        Some(_) => Ok(None),
        None => Err(corrupt("has no settings")),
    }
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
