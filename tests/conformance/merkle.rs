//! Verdicts on the inclusion and consistency vectors of transparency-dev/merkle, which stand beside
//! the repository.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use waybill::crypto::Sha256Digest;
use waybill::crypto::merkle::{verify_consistency, verify_inclusion};

const INCLUSION_VECTORS: usize = 94;
const CONSISTENCY_VECTORS: usize = 84;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    desc: String,
    want_err: bool,
}

/// The vectors' folder, or `None` after saying what is skipped.
fn vectors(kind: &str, count: usize) -> Option<Vec<(PathBuf, String)>> {
    let folder = crate::official(&format!("merkle/{kind}"), count)?;
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    println!("{kind}: {} vectors", files.len());
    assert_eq!(files.len(), count);
    Some(files)
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            files.push((path, text));
        }
    }
}

/// A hash of another length than 32 bytes cannot be given to a verifier: the vector is refused
/// there.
fn hash(text: &str) -> Option<Sha256Digest> {
    Sha256Digest::try_from(STANDARD.decode(text).unwrap().as_slice()).ok()
}

fn hashes(texts: Option<Vec<String>>) -> Option<Vec<Sha256Digest>> {
    texts
        .unwrap_or_default()
        .iter()
        .map(|text| hash(text))
        .collect()
}

#[test]
fn inclusion_verdicts_are_the_expected_ones() {
    for (path, text) in vectors("inclusion", INCLUSION_VECTORS).unwrap_or_default() {
        let vector: Inclusion = serde_json::from_str(&text).unwrap();
        let accepted = (|| {
            let (root, leaf) = (hash(&vector.root)?, hash(&vector.leaf_hash)?);
            let proof = hashes(vector.proof)?;
            verify_inclusion(vector.leaf_idx, vector.tree_size, &leaf, &proof, &root).ok()
        })()
        .is_some();
        assert_eq!(
            accepted,
            !vector.want_err,
            "{}: {}",
            path.display(),
            vector.desc
        );
    }
}

#[test]
fn consistency_verdicts_are_the_expected_ones() {
    for (path, text) in vectors("consistency", CONSISTENCY_VECTORS).unwrap_or_default() {
        let vector: Consistency = serde_json::from_str(&text).unwrap();
        let accepted = (|| {
            let (root1, root2) = (hash(&vector.root1)?, hash(&vector.root2)?);
            let proof = hashes(vector.proof)?;
            verify_consistency(vector.size1, vector.size2, &proof, &root1, &root2).ok()
        })()
        .is_some();
        assert_eq!(
            accepted,
            !vector.want_err,
            "{}: {}",
            path.display(),
            vector.desc
        );
    }
}
