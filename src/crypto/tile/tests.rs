use proptest::prelude::*;

use super::*;
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::{HashReader, MemoryTree, Node, leaf_hash, root};

fn width(width: u16) -> TileWidth {
    TileWidth::new(width).unwrap()
}

fn hash_path(level: u8, index: u64, tile_width: u16) -> TilePath {
    TilePath::hashes(level, index, width(tile_width)).unwrap()
}

fn tree(size: u64) -> MemoryTree {
    MemoryTree::from_leaves((0..size).map(|index| leaf_hash(&index.to_be_bytes()))).unwrap()
}

#[test]
fn paths_print_and_parse() {
    let cases = [
        (hash_path(0, 0, 256), "tile/0/000"),
        (hash_path(0, 999, 1), "tile/0/999.p/1"),
        (hash_path(1, 1000, 256), "tile/1/x001/000"),
        (hash_path(7, 1_234_067, 255), "tile/7/x001/x234/067.p/255"),
        (
            hash_path(63, u64::MAX, 99),
            "tile/63/x018/x446/x744/x073/x709/x551/615.p/99",
        ),
        (
            TilePath::entries(1_000_000, TileWidth::FULL),
            "tile/entries/x001/x000/000",
        ),
        (TilePath::entries(7, width(112)), "tile/entries/007.p/112"),
    ];
    for (path, text) in cases {
        assert_eq!(path.to_string(), text);
        assert_eq!(text.parse::<TilePath>(), Ok(path));
    }
    let longest = TilePath::entries(u64::MAX, width(255)).to_string();
    assert_eq!(longest.len(), MAX_TILE_PATH_BYTES);
    assert_eq!(TilePath::parse(&longest).unwrap().index(), u64::MAX);
}

#[test]
fn malformed_paths_are_refused() {
    let cases = [
        ("", TileError::PathForm),
        ("/tile/0/000", TileError::PathForm),
        ("tile/0", TileError::PathForm),
        ("tile/64/000", TileError::Level),
        ("tile/00/000", TileError::Level),
        ("tile/-1/000", TileError::Level),
        ("tile/data/000", TileError::Level),
        ("tile/8/0/000", TileError::Index),
        ("tile/0/", TileError::Index),
        ("tile/0/0", TileError::Index),
        ("tile/0/0000", TileError::Index),
        ("tile/0/x000", TileError::Index),
        ("tile/0/001/000", TileError::Index),
        ("tile/0/x001/x000", TileError::Index),
        ("tile/0/x000/000", TileError::Index),
        ("tile/0/x1/000", TileError::Index),
        ("tile/0/000/", TileError::Index),
        ("tile/0/00\u{661}", TileError::Index),
        ("tile/0/x018/x446/x744/x073/x709/x551/616", TileError::Index),
        ("tile/0/000.p/0", TileError::Width),
        ("tile/0/000.p/01", TileError::Width),
        ("tile/0/000.p/256", TileError::Width),
        ("tile/0/000.p/65537", TileError::Width),
        ("tile/0/000.p/", TileError::Width),
        ("tile/0/000.p/1/", TileError::Width),
        ("tile/0/000.p", TileError::Index),
    ];
    for (path, error) in cases {
        assert_eq!(TilePath::parse(path), Err(error), "{path:?}");
    }
    let long = "tile/0/".to_owned() + &"x001/".repeat(10);
    assert_eq!(
        TilePath::parse(&long),
        Err(TileError::PathTooLong { actual: 57 })
    );
    assert_eq!(
        TilePath::hashes(64, 0, TileWidth::FULL),
        Err(TileError::Level)
    );
    for refused in [0, 257] {
        assert_eq!(TileWidth::new(refused), Err(TileError::Width));
    }
}

#[test]
fn tiles_of_a_size_follow_the_specification() {
    // The example of tlog-tiles: 70,000 leaves.
    let tiles: Vec<_> = new_tiles(0, 70_000).collect();
    let full = |level| {
        tiles
            .iter()
            .filter(|tile| tile.level() == level && tile.width().is_full())
            .count()
    };
    assert_eq!((full(0), full(1), full(2)), (273, 1, 0));
    assert_eq!(partial_width(0, 70_000), Some(width(112)));
    assert_eq!(partial_width(1, 70_000), Some(width(17)));
    assert_eq!(partial_width(2, 70_000), Some(width(1)));
    assert_eq!(partial_width(3, 70_000), None);
    assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
    // And 256 leaves: a full tile, and one of width one above it.
    let tiles: Vec<_> = new_tiles(0, 256).collect();
    assert_eq!(tiles, [hash_path(0, 0, 256), hash_path(1, 0, 1)]);
    assert_eq!(new_tiles(0, 0).count(), 0);
    assert_eq!(new_tiles(256, 256).count(), 0);
    let grown: Vec<_> = new_tiles(256, 513).collect();
    assert_eq!(
        grown,
        [hash_path(0, 1, 256), hash_path(0, 2, 1), hash_path(1, 0, 2)]
    );
    assert_eq!(level_hashes(7, u64::MAX), 255);
    assert_eq!(level_hashes(8, u64::MAX), 0);
    assert_eq!(level_hashes(63, u64::MAX), 0);
}

#[test]
fn a_tile_is_served_when_its_hashes_exist() {
    for tile in new_tiles(0, 70_000) {
        assert!(is_served(&tile, 70_000), "{tile}");
    }
    let served = |path: &str, size| is_served(&TilePath::parse(path).unwrap(), size);
    assert!(served("tile/0/000.p/5", 70_000));
    assert!(!served("tile/0/273", 70_000));
    assert!(served("tile/0/273.p/112", 70_000));
    assert!(!served("tile/0/273.p/113", 70_000));
    assert!(served("tile/entries/273.p/112", 70_000));
    assert!(!served("tile/entries/273.p/113", 70_000));
    assert!(!served("tile/3/000.p/1", 70_000));
    assert!(!served("tile/0/000.p/1", 0));
    assert!(!is_served(&hash_path(0, u64::MAX, 1), u64::MAX));
    assert!(!is_served(&hash_path(63, 0, 1), u64::MAX));
}

#[test]
fn slots_are_where_a_reader_looks() {
    let node = |level, index| Node {
        level,
        index,
        hash: Sha256Digest::ZERO,
    };
    assert_eq!(
        tile_slot(&node(0, 257)),
        Some(TileSlot {
            level: 0,
            tile: 1,
            offset: 1
        })
    );
    assert_eq!(
        tile_slot(&node(8, 255)),
        Some(TileSlot {
            level: 1,
            tile: 0,
            offset: 255
        })
    );
    assert_eq!(
        tile_slot(&node(56, 1)),
        Some(TileSlot {
            level: 7,
            tile: 0,
            offset: 1
        })
    );
    for level in [1, 7, 9, 63] {
        assert_eq!(tile_slot(&node(level, 0)), None);
    }
}

#[test]
fn a_tree_is_read_from_its_tiles() {
    const SIZE: u64 = 1500;
    let tree = tree(SIZE);
    let reader = TileHashReader::new(|level, index| {
        let begin = index * 256;
        let end = level_hashes(level, SIZE).min(begin + 256);
        (begin..end)
            .map(|position| tree.node(level * TILE_HEIGHT, position))
            .collect()
    });
    for size in [1, 2, 255, 256, 257, 1024, 1499, 1500] {
        assert_eq!(root(&reader, size), root(&tree, size));
    }
    for level in 0..11 {
        for index in 0..SIZE >> level {
            assert_eq!(reader.node(level, index), tree.node(level, index));
        }
    }
    assert_eq!(reader.node(0, SIZE), None);
    assert_eq!(reader.node(7, SIZE >> 7), None);
    assert_eq!(reader.node(63, u64::MAX), None);
}

#[test]
fn hash_tiles_have_their_length() {
    let hashes: Vec<_> = (0..256_u16)
        .map(|index| leaf_hash(&index.to_be_bytes()))
        .collect();
    let bytes = encode_hash_tile(&hashes).unwrap();
    assert_eq!(bytes.len(), 8192);
    assert_eq!(
        decode_hash_tile(&bytes, TileWidth::FULL),
        Ok(hashes.clone())
    );
    assert_eq!(
        decode_hash_tile(&bytes[..32], width(1)),
        Ok(hashes[..1].to_vec())
    );
    for actual in [0, 31, 33, 64] {
        assert_eq!(
            decode_hash_tile(&bytes[..actual], width(1)),
            Err(TileError::TileLength {
                expected: 32,
                actual
            })
        );
    }
    assert_eq!(encode_hash_tile(&[]), Err(TileError::Width));
    assert_eq!(
        encode_hash_tile(&[hashes.as_slice(), &hashes].concat()),
        Err(TileError::Width)
    );
}

#[test]
fn bundles_are_exactly_their_entries() {
    let bundle = encode_bundle(&[b"ab".as_slice(), b"", b"c"]).unwrap();
    assert_eq!(bundle, b"\0\x02ab\0\0\0\x01c");
    assert_eq!(
        decode_bundle(&bundle, width(3)),
        Ok(vec![b"ab".as_slice(), b"", b"c"])
    );
    assert_eq!(
        decode_bundle(&bundle, width(2)),
        Err(TileError::BundleTrailing { actual: 3 })
    );
    assert_eq!(
        decode_bundle(&bundle, width(4)),
        Err(TileError::BundleTruncated { position: 3 })
    );
    for (cut, position) in [(0, 0), (1, 0), (3, 0), (5, 1), (8, 2)] {
        assert_eq!(
            decode_bundle(&bundle[..cut], width(3)),
            Err(TileError::BundleTruncated { position })
        );
    }
    let longest = vec![7; MAX_ENTRY_BYTES];
    let bundle = encode_bundle(&[&longest]).unwrap();
    assert_eq!(
        decode_bundle(&bundle, width(1)),
        Ok(vec![longest.as_slice()])
    );
    assert_eq!(
        encode_bundle(&[vec![], vec![7; MAX_ENTRY_BYTES + 1]]),
        Err(TileError::EntryTooLong {
            position: 1,
            actual: MAX_ENTRY_BYTES + 1
        })
    );
    assert_eq!(encode_bundle(&[[0_u8; 0]; 0]), Err(TileError::Width));
    assert_eq!(encode_bundle(&vec![[1_u8]; 257]), Err(TileError::Width));
}

proptest! {
    #[test]
    fn all_paths_round_trip(level in 0..=MAX_TILE_LEVEL, index: u64, shift in 0_u32..64, tile_width in 1_u16..=256) {
        let index = index >> shift;
        for path in [hash_path(level, index, tile_width), TilePath::entries(index, width(tile_width))] {
            prop_assert_eq!(TilePath::parse(&path.to_string()), Ok(path));
        }
    }

    #[test]
    fn accepted_paths_are_what_is_printed(path in "tile/([0-9]{1,2}|entries)/(x?[0-9]{2,4}/){0,3}[0-9x]{2,4}(\\.p/[0-9]{0,4})?|\\PC{0,60}") {
        if let Ok(parsed) = TilePath::parse(&path) {
            prop_assert_eq!(parsed.to_string(), path);
        }
    }

    #[test]
    fn bundles_round_trip(entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..257)) {
        let bundle = encode_bundle(&entries).unwrap();
        let decoded = decode_bundle(&bundle, width(entries.len() as u16)).unwrap();
        prop_assert_eq!(decoded, entries);
    }

    #[test]
    fn accepted_bundles_are_what_is_encoded(bytes in proptest::collection::vec(0_u8..4, 0..60), tile_width in 1_u16..8) {
        if let Ok(entries) = decode_bundle(&bytes, width(tile_width)) {
            prop_assert_eq!(encode_bundle(&entries).unwrap(), bytes);
        }
    }

    #[test]
    fn growth_in_steps_publishes_what_growth_at_once_does(first in 0_u64..5_000, second in 0_u64..5_000, third in 0_u64..5_000) {
        let mut sizes = [first, second, third];
        sizes.sort_unstable();
        let [from, between, to] = sizes;
        let full = |from, to| new_tiles(from, to).filter(|tile| tile.width().is_full()).collect::<Vec<_>>();
        let mut stepwise = [full(from, between), full(between, to)].concat();
        stepwise.sort_unstable();
        let mut at_once = full(from, to);
        at_once.sort_unstable();
        prop_assert_eq!(stepwise, at_once);
        for tile in new_tiles(from, to) {
            prop_assert!(is_served(&tile, to));
            prop_assert!(!is_served(&tile, from));
        }
    }
}
