//! Changes on top of a state that is only read.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::contracts::StateWriter;
use crate::types::{ReadError, Space, StateReader, Write};

/// State with changes that are not committed yet. Reads see the changes.
pub struct Overlay<'a, R: ?Sized> {
    base: &'a R,
    changes: BTreeMap<(Space, Bytes), Option<Bytes>>,
    /// What nobody reads back.
    appended: Vec<Write>,
}

/// What an overlay changes.
#[derive(Debug)]
pub struct Changes {
    changes: BTreeMap<(Space, Bytes), Option<Bytes>>,
    appended: Vec<Write>,
}

impl<'a, R: StateReader + ?Sized> Overlay<'a, R> {
    /// No changes yet.
    pub fn new(base: &'a R) -> Self {
        Self {
            base,
            changes: BTreeMap::new(),
            appended: Vec::new(),
        }
    }

    /// The changes: those that can be read back, and after them the others, each in order of space and key, in
    /// which the store takes them fastest.
    pub fn into_writes(mut self) -> Vec<Write> {
        let order = |write: &Write, other: &Write| {
            (write.space, &write.key).cmp(&(other.space, &other.key))
        };
        // Stable: of two writes of one key the later one stays the later.
        self.appended.sort_by(order);
        let mut writes = Vec::with_capacity(self.changes.len() + self.appended.len());
        let changes = self.changes.into_iter();
        writes.extend(changes.map(|((space, key), value)| Write { space, key, value }));
        writes.extend(self.appended);
        writes
    }

    /// The changes, for the overlay beneath.
    pub fn into_changes(self) -> Changes {
        Changes {
            changes: self.changes,
            appended: self.appended,
        }
    }

    /// The changed keys of a space with their new values, in order.
    pub fn changes_of(&self, space: Space) -> impl Iterator<Item = (&Bytes, Option<&Bytes>)> {
        self.changes
            .range((space, Bytes::new())..)
            .take_while(move |((of, _), _)| *of == space)
            .map(|((_, key), value)| (key, value.as_ref()))
    }

    /// Takes over changes that were made on top of this overlay.
    pub fn absorb(&mut self, changes: Changes) {
        self.changes.extend(changes.changes);
        self.appended.extend(changes.appended);
    }
}

impl<R: StateReader + ?Sized> StateReader for Overlay<'_, R> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        // The map's key is owned: a look-up needs one as well, which costs less than a read.
        let change = self.changes.get(&(space, Bytes::copy_from_slice(key)));
        match change {
            Some(value) => Ok(value.clone()),
            None => self.base.get(space, key),
        }
    }
}

impl<R: StateReader + ?Sized> StateWriter for Overlay<'_, R> {
    fn put(&mut self, space: Space, key: &[u8], value: Bytes) {
        self.changes
            .insert((space, Bytes::copy_from_slice(key)), Some(value));
    }

    fn append(&mut self, space: Space, key: Vec<u8>, value: Bytes) {
        self.appended.push(Write {
            space,
            key: Bytes::from(key),
            value: Some(value),
        });
    }

    fn remove(&mut self, space: Space, key: &[u8]) {
        self.changes
            .insert((space, Bytes::copy_from_slice(key)), None);
    }
}
