//! The state before the first block.

use super::error::LedgerError;
use super::overlay::Overlay;
use super::state_tree::update_state_tree;
use super::tip::LedgerTip;
use crate::contracts;
use crate::crypto::Blake3Digest;
use crate::crypto::merkle::Frontier;
use crate::types::{BlockDigest, Genesis, Height, ReadError, Space, StateReader, StateRoot, Write};

/// A store that holds nothing.
struct Nothing;

impl StateReader for Nothing {
    fn get(&self, _: Space, _: &[u8]) -> Result<Option<bytes::Bytes>, ReadError> {
        Ok(None)
    }
}

/// What a fresh store has to hold before the first block is applied, and the tip that it makes.
///
/// # Errors
/// [`LedgerError::GenesisContract`] if the genesis document installs a contract that cannot be used.
pub fn genesis_state(genesis: &Genesis) -> Result<(LedgerTip, Vec<Write>), LedgerError> {
    let mut state = Overlay::new(&Nothing);
    for member in genesis.members() {
        contracts::install_member(&mut state, member, Height::GENESIS, None)?;
    }
    contracts::install_contracts(&mut state, genesis.contracts()).map_err(|problems| {
        let first = problems.first().map(ToString::to_string);
        LedgerError::GenesisContract {
            reason: first.unwrap_or_default(),
        }
    })?;
    contracts::install_validators(&mut state, genesis.validators());
    let state_root = update_state_tree(&mut state, StateRoot(Blake3Digest::ZERO))?;
    let tip = LedgerTip {
        height: Height::GENESIS,
        block: BlockDigest(genesis.ledger().0),
        time: genesis.time(),
        frontier: Frontier::new(),
        state_root,
    };
    Ok((tip, state.into_writes()))
}
