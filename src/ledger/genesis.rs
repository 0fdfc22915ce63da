//! The state before the first block.

use super::error::LedgerError;
use super::overlay::Overlay;
use super::state_tree::update_state_tree;
use super::tip::LedgerTip;
use crate::contracts;
use crate::crypto::Blake3Digest;
use crate::crypto::merkle::Frontier;
use crate::records::FAMILIES;
use crate::types::codec::{put_bytes, put_length};
use crate::types::{
    BlockDigest, ContractSetDigest, Genesis, Height, ReadError, Space, StateReader, StateRoot,
    Write,
};

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
/// [`LedgerError`], which does not happen on an empty state.
pub fn genesis_state(genesis: &Genesis) -> Result<(LedgerTip, Vec<Write>), LedgerError> {
    let mut state = Overlay::new(&Nothing);
    for member in genesis.members() {
        contracts::install_member(&mut state, member);
    }
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

/// Names the rules by which records are judged: the families of this program, in order.
pub fn contract_set() -> ContractSetDigest {
    let mut bytes = Vec::new();
    put_length(&mut bytes, FAMILIES.len());
    for family in FAMILIES {
        put_bytes(&mut bytes, family.kind.as_bytes());
        bytes.extend_from_slice(&family.version.to_be_bytes());
    }
    ContractSetDigest(Blake3Digest::of(&bytes))
}
