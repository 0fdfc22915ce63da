//! A state of its own for tests of what records do.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::contracts::context::StateWriter;
use crate::types::{ReadError, Space, StateReader};

/// A state in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::contracts) struct State(pub(in crate::contracts) BTreeMap<(Space, Vec<u8>), Bytes>);

impl StateReader for State {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        Ok(self.0.get(&(space, key.to_vec())).cloned())
    }
}

impl StateWriter for State {
    fn put(&mut self, space: Space, key: &[u8], value: Bytes) {
        self.0.insert((space, key.to_vec()), value);
    }

    fn remove(&mut self, space: Space, key: &[u8]) {
        self.0.remove(&(space, key.to_vec()));
    }
}
