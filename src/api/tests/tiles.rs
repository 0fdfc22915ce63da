//! The log as others read it: `tlog_tiles` computes roots and proofs from the served tiles alone.

use std::collections::HashMap;

use tlog_tiles::{Hash, Tile, TileHashReader, TileReader};

use super::support::{LEDGER_NAME, Server, World};
use crate::crypto::checkpoint::SignedCheckpoint;
use crate::crypto::tile::{TileWidth, decode_bundle, new_tiles};

/// The tiles that were fetched, by the path that a log of tile height 8 serves them under.
struct Fetched(HashMap<String, Vec<u8>>);

impl TileReader for Fetched {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let find = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            self.0
                .get(&path)
                .cloned()
                .ok_or(tlog_tiles::Error::InvalidTile)
        };
        tiles.iter().map(find).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

async fn fetch_tiles(server: &Server, size: u64) -> Fetched {
    let mut tiles = HashMap::new();
    for path in new_tiles(0, size) {
        let response = server.get(&format!("/{path}")).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(
            response.headers()["content-type"],
            "application/octet-stream"
        );
        tiles.insert(path.to_string(), response.bytes().await.unwrap().to_vec());
    }
    Fetched(tiles)
}

#[tokio::test(flavor = "multi_thread")]
async fn tiles_prove_every_entry_of_the_checkpoint() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let note = server.text("/checkpoint").await;
    let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    assert!(signed.verify(&world.policy()).is_ok());
    let text = signed.note().text();
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(checkpoint.origin(), LEDGER_NAME);
    let (size, root) = (checkpoint.size(), *checkpoint.hash());

    let tiles = fetch_tiles(&server, size).await;
    assert_eq!(tiles.0.len(), 3, "{:?}", tiles.0.keys());
    let hashes = TileHashReader::new(size, root, &tiles);
    assert_eq!(tlog_tiles::tree_hash(size, &hashes).unwrap(), root);
    let mut index = 0;
    for (path, width) in [("/tile/entries/000", 256), ("/tile/entries/001.p/51", 51)] {
        let bundle = server.get(path).await.bytes().await.unwrap();
        let entries = decode_bundle(&bundle, TileWidth::new(width).unwrap()).unwrap();
        for entry in entries {
            assert_eq!(entry, world.ledger.entry_bytes(index));
            let leaf: Hash = tlog_tiles::record_hash(entry);
            let proof = tlog_tiles::prove_record(size, index, &hashes).unwrap();
            tlog_tiles::check_record(&proof, size, root, index, leaf).unwrap();
            index += 1;
        }
    }
    assert_eq!(index, size);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_tile_is_found_out_by_its_readers() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let note = server.text("/checkpoint").await;
    let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    let size = signed.checkpoint().size();
    let root = Hash(signed.checkpoint().root().to_bytes());
    let leaf = tlog_tiles::record_hash(&world.ledger.entry_bytes(0));
    let mut tiles = fetch_tiles(&server, size).await;
    let proves = |tiles: &Fetched| {
        let hashes = TileHashReader::new(size, root, tiles);
        tlog_tiles::prove_record(size, 0, &hashes)
            .and_then(|proof| tlog_tiles::check_record(&proof, size, root, 0, leaf))
            .is_ok()
    };
    assert!(proves(&tiles));
    for path in ["tile/0/000", "tile/0/001.p/51", "tile/1/000.p/1"] {
        let flip = |tiles: &mut Fetched| {
            let bytes = tiles.0.get_mut(path).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
        };
        flip(&mut tiles);
        assert!(!proves(&tiles), "{path}");
        flip(&mut tiles);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_tile_of_a_past_size_is_still_served() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let full = server.get("/tile/0/000").await.bytes().await.unwrap();
    let part = server.get("/tile/0/000.p/9").await.bytes().await.unwrap();
    assert_eq!(part, full[..9 * 32]);
}
