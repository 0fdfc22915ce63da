use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::types::Write;

/// A store in memory.
#[derive(Default)]
struct Memory(BTreeMap<(Space, Bytes), Bytes>);

impl StateReader for Memory {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        Ok(self.0.get(&(space, Bytes::copy_from_slice(key))).cloned())
    }
}

impl Memory {
    fn commit(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write.value {
                Some(value) => self.0.insert((write.space, write.key), value),
                None => self.0.remove(&(write.space, write.key)),
            };
        }
    }
}

/// The root as the module's text defines it, over the whole map and without a store.
fn defined_root(map: &BTreeMap<Vec<u8>, Vec<u8>>) -> Blake3Digest {
    fn subtree(leaves: &[Leaf], depth: usize) -> Blake3Digest {
        match leaves {
            [] => Blake3Digest::ZERO,
            [leaf] => leaf.hash(),
            _ => {
                let (right, left): (Vec<Leaf>, Vec<Leaf>) = leaves
                    .iter()
                    .partition(|leaf| goes_right(&leaf.path, depth));
                Blake3Digest::of_parts(&[
                    NODE_TAG,
                    subtree(&left, depth + 1).as_bytes(),
                    subtree(&right, depth + 1).as_bytes(),
                ])
            }
        }
    }
    let leaves: Vec<Leaf> = map
        .iter()
        .map(|(key, value)| Leaf {
            path: Blake3Digest::of(key).to_bytes(),
            value: Blake3Digest::of(value),
        })
        .collect();
    subtree(&leaves, 0)
}

proptest! {
    #[test]
    fn any_sequence_of_changes_gives_the_root_of_the_map(
        blocks in prop::collection::vec(
            prop::collection::vec((0u8..40, prop::option::of(0u8..4)), 1..12),
            1..20,
        )
    ) {
        let mut store = Memory::default();
        let mut map = BTreeMap::new();
        let mut root = StateRoot(Blake3Digest::ZERO);
        for block in blocks {
            let mut overlay = Overlay::new(&store);
            for (key, value) in block {
                match value {
                    Some(value) => {
                        overlay.put(Space::State, &[key], Bytes::from(vec![value]));
                        map.insert(vec![key], vec![value]);
                    }
                    None => {
                        overlay.remove(Space::State, &[key]);
                        map.remove(&vec![key]);
                    }
                }
            }
            root = update_state_tree(&mut overlay, root).unwrap();
            let writes = overlay.into_writes();
            store.commit(writes);
            prop_assert_eq!(root.0, defined_root(&map));
        }
        // Nothing is left behind: the stored tree is as large as the map demands.
        for key in map.keys().cloned().collect::<Vec<_>>() {
            let mut overlay = Overlay::new(&store);
            overlay.remove(Space::State, &key);
            root = update_state_tree(&mut overlay, root).unwrap();
            let writes = overlay.into_writes();
            store.commit(writes);
        }
        prop_assert_eq!(root.0, Blake3Digest::ZERO);
        prop_assert!(store.0.keys().all(|(space, _)| *space != Space::StateTree));
    }
}

#[test]
fn a_damaged_tree_is_noticed() {
    let mut store = Memory::default();
    store.0.insert(
        (Space::StateTree, Bytes::from_static(&[0, 0])),
        Bytes::from_static(&[9]),
    );
    let mut overlay = Overlay::new(&store);
    overlay.put(Space::State, b"key", Bytes::from_static(b"value"));
    let root = StateRoot(Blake3Digest::ZERO);
    assert!(matches!(
        update_state_tree(&mut overlay, root),
        Err(StateTreeError::Node(_))
    ));
    let store = Memory::default();
    let mut overlay = Overlay::new(&store);
    overlay.put(Space::State, b"key", Bytes::from_static(b"value"));
    let root = StateRoot(Blake3Digest::of(b"another"));
    assert_eq!(
        update_state_tree(&mut overlay, root),
        Err(StateTreeError::Inconsistent { depth: 0 })
    );
}
