//! The contracts in force, compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::EffectError;
use super::definition::{Contract, ContractProblem, Kind};
use super::install::{read_contract_bundle, read_schedule};
use super::schedule::{ContractDecision, ContractSchedule, ContractSummary};
use crate::types::{
    ContractBundle, ContractName, ContractSetDigest, DecodeError, Height, RecordKind, StateReader,
};

/// What records are judged by at a height. Cheap to share, and never changed: another set of contracts
/// is another rulebook.
#[derive(Debug)]
pub struct Rulebook {
    digest: ContractSetDigest,
    contracts: Vec<Arc<Contract>>,
    /// For each kind, its contract and its place there.
    kinds: BTreeMap<RecordKind, (usize, usize)>,
}

impl Rulebook {
    /// The rulebook of contracts that are not on a ledger, such as those shipped with the program.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn of(bundles: &[ContractBundle]) -> Result<Self, Vec<ContractProblem>> {
        let mut schedule = ContractSchedule::default();
        let mut contracts = Vec::with_capacity(bundles.len());
        for bundle in bundles {
            let contract = Contract::compile(bundle)?;
            schedule
                .install(
                    ContractSummary::of(&contract),
                    None,
                    ContractDecision::GENESIS,
                )
                .map_err(|rejection| {
                    vec![ContractProblem::new("", "", rejection.reason().to_owned())]
                })?;
            contracts.push(Arc::new(contract));
        }
        Ok(Self::new(schedule.digest_at(Height::GENESIS), contracts))
    }

    /// The rulebook of a height, by the state before it. What `known` has compiled is taken over; it
    /// is given back as it is if nothing has changed.
    ///
    /// # Errors
    /// [`EffectError`] if the store fails, or holds a contract that cannot be compiled.
    pub fn read(
        state: &(impl StateReader + ?Sized),
        height: Height,
        known: Option<&Arc<Self>>,
    ) -> Result<Arc<Self>, EffectError> {
        let schedule = read_schedule(state)?;
        let digest = schedule.digest_at(height);
        if let Some(known) = known
            && known.digest == digest
        {
            return Ok(Arc::clone(known));
        }
        let mut contracts = Vec::new();
        for scheduled in schedule.in_force(height) {
            let summary = &scheduled.contract;
            let compiled = known.and_then(|known| {
                let same = |contract: &&Arc<Contract>| contract.digest() == summary.digest;
                known.contracts.iter().find(same).cloned()
            });
            contracts.push(match compiled {
                Some(contract) => contract,
                None => Arc::new(read_contract(state, &summary.name, summary.version)?),
            });
        }
        Ok(Arc::new(Self::new(digest, contracts)))
    }

    fn new(digest: ContractSetDigest, contracts: Vec<Arc<Contract>>) -> Self {
        let mut kinds = BTreeMap::new();
        for (at, contract) in contracts.iter().enumerate() {
            for (place, kind) in contract.kinds().iter().enumerate() {
                kinds.insert(kind.kind().clone(), (at, place));
            }
        }
        Self {
            digest,
            contracts,
            kinds,
        }
    }

    /// Names the contracts.
    pub fn digest(&self) -> ContractSetDigest {
        self.digest
    }

    /// The contracts, in order of their names.
    pub fn contracts(&self) -> &[Arc<Contract>] {
        &self.contracts
    }

    /// What judges records of a kind.
    pub fn kind(&self, kind: &RecordKind) -> Option<&Kind> {
        self.contract_and_kind(kind).map(|(_, kind)| kind)
    }

    /// What judges records of a kind, with its contract.
    pub fn contract_and_kind(&self, kind: &RecordKind) -> Option<(&Contract, &Kind)> {
        let (contract, place) = self.kinds.get(kind)?;
        let contract = self.contracts.get(*contract)?;
        Some((contract, contract.kinds().get(*place)?))
    }
}

/// Reads and compiles an installed contract.
fn read_contract(
    state: &(impl StateReader + ?Sized),
    name: &ContractName,
    version: u32,
) -> Result<Contract, EffectError> {
    let bundle = read_contract_bundle(state, name, version)?;
    let corrupt = |why: String| EffectError::Corrupt {
        what: "contract",
        error: DecodeError::invalid("contract", why),
    };
    let bundle = bundle.ok_or_else(|| corrupt(format!("{name} {version} is missing")))?;
    Contract::compile(&bundle).map_err(|problems| {
        let first = problems.first().map(ToString::to_string);
        corrupt(format!("{name} {version}: {}", first.unwrap_or_default()))
    })
}
