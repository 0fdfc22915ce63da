//! Contracts that were compiled for an answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::contracts::Contract;
use crate::types::ContractDigest;

/// Most contracts that are kept: as many as can be in force.
const MAX_COMPILED_CONTRACTS: usize = 64;

/// Compiling takes milliseconds, and anybody may ask: what was compiled is kept. A digest names the files, so what
/// is kept is never out of date.
#[derive(Debug, Default)]
pub(super) struct CompiledContracts(Mutex<BTreeMap<ContractDigest, Arc<Contract>>>);

impl CompiledContracts {
    /// The contract of a digest, compiled if need be. At the bound what was kept is forgotten.
    ///
    /// # Errors
    /// What `compile` gives.
    pub(super) fn get<E>(
        &self,
        digest: ContractDigest,
        compile: impl FnOnce() -> Result<Contract, E>,
    ) -> Result<Arc<Contract>, E> {
        let known = |kept: &BTreeMap<_, Arc<Contract>>| kept.get(&digest).cloned();
        if let Some(contract) = known(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(contract);
        }
        let contract = Arc::new(compile()?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_COMPILED_CONTRACTS {
            kept.clear();
        }
        kept.insert(digest, Arc::clone(&contract));
        Ok(contract)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::shipped_contracts;

    #[test]
    fn a_contract_is_compiled_once() {
        let bundle = &shipped_contracts()[0];
        let compiled = CompiledContracts::default();
        let compile = || Contract::compile(bundle);
        let first = compiled.get(bundle.digest(), compile).unwrap();
        let again = compiled.get(bundle.digest(), || panic!("it is known"));
        assert!(Arc::ptr_eq(
            &first,
            &again.unwrap_or_else(|()| panic!("it is known"))
        ));
        assert_eq!(
            compiled
                .get(shipped_contracts()[1].digest(), || Err(7))
                .err(),
            Some(7)
        );
    }
}
