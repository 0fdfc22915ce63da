//! What the log is proved with.

use crate::crypto::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::crypto::merkle::Frontier;
use crate::crypto::note::{Note, VerifierKey};
use crate::crypto::policy::Policy;
use crate::crypto::tile::{
    TilePath, TileWidth, decode_bundle, decode_hash_tile, encode_bundle, encode_hash_tile,
};
use crate::crypto::tlog_proof::TlogProof;

pub(super) fn signed_note(data: &[u8]) {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(note.to_string().as_bytes(), data);
    }
}

pub(super) fn verifier_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
}

pub(super) fn checkpoint(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(checkpoint) = Checkpoint::parse(text)
    {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(signed) = SignedCheckpoint::parse(data) {
        assert_eq!(signed.note().to_string().as_bytes(), data);
    }
}

/// A policy's comments and spacing are not kept, so its printed form is what has to be stable.
pub(super) fn policy(data: &[u8]) {
    if let Ok(policy) = Policy::parse(data) {
        let printed = policy.to_bytes();
        let again = Policy::parse(&printed).expect("a printed policy");
        assert_eq!(again.to_bytes(), printed);
    }
}

pub(super) fn tlog_proof(data: &[u8]) {
    if let Ok(proof) = TlogProof::parse(data) {
        assert_eq!(proof.to_string().as_bytes(), data);
    }
}

pub(super) fn tile_path(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(path) = TilePath::parse(text) {
        assert_eq!(path.to_string(), text);
    }
}

/// The first byte chooses the width, the rest is the tile.
pub(super) fn hash_tile(data: &[u8]) {
    let Some((width, tile)) = data.split_first() else {
        return;
    };
    let width = TileWidth::new(u16::from(*width) + 1).expect("1 to 256");
    if let Ok(hashes) = decode_hash_tile(tile, width) {
        assert_eq!(encode_hash_tile(&hashes).expect("decoded hashes"), tile);
    }
}

/// The first byte chooses the width, the rest is the bundle.
pub(super) fn entry_bundle(data: &[u8]) {
    let Some((width, bundle)) = data.split_first() else {
        return;
    };
    let width = TileWidth::new(u16::from(*width) + 1).expect("1 to 256");
    if let Ok(entries) = decode_bundle(bundle, width) {
        assert_eq!(encode_bundle(&entries).expect("decoded entries"), bundle);
    }
}

pub(super) fn frontier(data: &[u8]) {
    if let Ok(frontier) = Frontier::decode(data) {
        assert_eq!(frontier.encode(), data);
    }
}
