//! Comparison with other implementations of the C2SP formats, and with the definitions of RFC 6962
//! written out naively.
//!
//! - `signed_note` knows signature type 0x01; a verifier for cosignatures is put on its trait here.
//! - `tlog_tiles` gives roots, proofs and tile coordinates; its paths carry the tile height, as in
//!   `tile/8/0/000`.
//! - The examples in the specifications' text, where these stand beside the repository.

#![allow(clippy::unwrap_used)]

use ed25519_dalek::VerifyingKey;
use proptest::prelude::*;
use signed_note::{StandardSigner, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::tlog;
use waybill::crypto::checkpoint::{Checkpoint, SignedCheckpoint};
use waybill::crypto::merkle::{
    Frontier, HashReader, MemoryTree, consistency_proof, empty_root, inclusion_proof, leaf_hash,
    node_hash, root, verify_consistency, verify_inclusion,
};
use waybill::crypto::note::{Cosigner, KeyName, LogSigner, Note, VerifierKey};
use waybill::crypto::policy::Policy;
use waybill::crypto::tile::{FULL_WIDTH, TilePath, new_tiles};
use waybill::crypto::tlog_proof::TlogProof;
use waybill::crypto::{SecretKey, Sha256Digest};

const TIME: u64 = 1_700_000_000;
const ORIGIN: &str = "example.com/log";

fn leaf(index: u64) -> Sha256Digest {
    leaf_hash(&index.to_be_bytes())
}

fn tree(size: u64) -> MemoryTree {
    MemoryTree::from_leaves((0..size).map(leaf)).unwrap()
}

fn key_name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn log(seed: u8) -> LogSigner {
    LogSigner::new(key_name(ORIGIN), SecretKey::from_seed([seed; 32]))
}

fn cosigner(seed: u8) -> Cosigner {
    Cosigner::new(
        key_name(&format!("w{seed}.example")),
        SecretKey::from_seed([seed; 32]),
    )
}

// ---- the definitions of RFC 6962, Section 2.1, written out ----

/// The largest power of two below `count`.
fn largest_power_below(count: u64) -> u64 {
    let mut power = 1;
    while power < count - power {
        power *= 2;
    }
    power
}

fn naive_root(leaves: &[Sha256Digest]) -> Sha256Digest {
    match leaves {
        [] => Sha256Digest::of(b""),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(largest_power_below(leaves.len() as u64) as usize);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

fn naive_path(index: usize, leaves: &[Sha256Digest]) -> Vec<Sha256Digest> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(largest_power_below(leaves.len() as u64) as usize);
    let (mut path, sibling) = if index < left.len() {
        (naive_path(index, left), naive_root(right))
    } else {
        (naive_path(index - left.len(), right), naive_root(left))
    };
    path.push(sibling);
    path
}

fn naive_subproof(from: usize, leaves: &[Sha256Digest], whole: bool) -> Vec<Sha256Digest> {
    if from == leaves.len() {
        return if whole {
            Vec::new()
        } else {
            vec![naive_root(leaves)]
        };
    }
    let (left, right) = leaves.split_at(largest_power_below(leaves.len() as u64) as usize);
    let (mut proof, sibling) = if from <= left.len() {
        (naive_subproof(from, left, whole), naive_root(right))
    } else {
        (
            naive_subproof(from - left.len(), right, false),
            naive_root(left),
        )
    };
    proof.push(sibling);
    proof
}

#[test]
fn all_small_trees_match_the_definitions() {
    const MAX_SIZE: u64 = 130;
    let memory = tree(MAX_SIZE);
    let leaves: Vec<_> = (0..MAX_SIZE).map(leaf).collect();
    let roots: Vec<_> = (0..=MAX_SIZE as usize)
        .map(|size| naive_root(&leaves[..size]))
        .collect();
    let mut frontier = Frontier::new();
    for size in 0..=MAX_SIZE {
        let all = &leaves[..size as usize];
        let expected = roots[size as usize];
        assert_eq!(root(&memory, size), Ok(expected));
        assert_eq!(frontier.root(), expected);
        for index in 0..size {
            let proof = inclusion_proof(&memory, index, size).unwrap();
            assert_eq!(proof, naive_path(index as usize, all), "{index} in {size}");
            assert_eq!(
                verify_inclusion(index, size, &leaf(index), &proof, &expected),
                Ok(())
            );
            if index != size - 1 {
                assert!(
                    verify_inclusion(index + 1, size, &leaf(index), &proof, &expected).is_err()
                );
            }
        }
        for from in 1..=size {
            let proof = consistency_proof(&memory, from, size).unwrap();
            let from_root = roots[from as usize];
            assert_eq!(
                proof,
                naive_subproof(from as usize, all, true),
                "{from} to {size}"
            );
            assert_eq!(
                verify_consistency(from, size, &proof, &from_root, &expected),
                Ok(())
            );
            if from != size {
                assert!(verify_consistency(from, size, &proof, &expected, &expected).is_err());
                assert!(verify_consistency(from, size, &proof, &from_root, &from_root).is_err());
            }
        }
        if size < MAX_SIZE {
            frontier.append(leaf(size), |_| {}).unwrap();
        }
    }
}

/// A tree of any size: all leaves are alike but one.
struct SparseTree {
    special: u64,
    // Roots of complete subtrees of equal leaves, by level.
    equal: Vec<Sha256Digest>,
}

impl SparseTree {
    fn new(special: u64) -> Self {
        let mut equal = vec![leaf(0)];
        for level in 0..63 {
            equal.push(node_hash(&equal[level], &equal[level]));
        }
        Self { special, equal }
    }
}

impl HashReader for SparseTree {
    fn node(&self, level: u8, index: u64) -> Option<Sha256Digest> {
        if self.special >> level != index {
            return self.equal.get(usize::from(level)).copied();
        }
        if level == 0 {
            return Some(leaf(1));
        }
        let (left, right) = (
            self.node(level - 1, index * 2)?,
            self.node(level - 1, index * 2 + 1)?,
        );
        Some(node_hash(&left, &right))
    }
}

proptest! {
    #[test]
    fn trees_of_any_size_prove_and_verify(first: u64, second: u64, third: u64, shift in 0_u32..64) {
        let mut sizes = [first >> shift, second >> shift, (third >> shift).max(1)];
        sizes.sort_unstable();
        let [index, from, to] = sizes;
        let reader = SparseTree::new(index);
        let to_root = root(&reader, to).unwrap();
        if index < to {
            let proof = inclusion_proof(&reader, index, to).unwrap();
            prop_assert_eq!(verify_inclusion(index, to, &leaf(1), &proof, &to_root), Ok(()));
            prop_assert!(verify_inclusion(index, to, &leaf(0), &proof, &to_root).is_err());
            prop_assert!(verify_inclusion(index ^ 1, to, &leaf(1), &proof, &to_root).is_err());
        }
        if from > 0 {
            let from_root = root(&reader, from).unwrap();
            let proof = consistency_proof(&reader, from, to).unwrap();
            prop_assert_eq!(verify_consistency(from, to, &proof, &from_root, &to_root), Ok(()));
            if from < to {
                prop_assert!(verify_consistency(from, to, &proof[1..], &from_root, &to_root).is_err());
                prop_assert!(verify_consistency(from, to, &proof, &leaf(9), &to_root).is_err());
                prop_assert!(verify_consistency(from, to, &proof, &from_root, &leaf(9)).is_err());
            }
        }
    }

    #[test]
    fn roots_of_arbitrary_leaves_match_the_definition(leaves in proptest::collection::vec(any::<[u8; 3]>(), 0..300)) {
        let leaves: Vec<_> = leaves.iter().map(|bytes| leaf_hash(bytes)).collect();
        let memory = MemoryTree::from_leaves(leaves.iter().copied()).unwrap();
        prop_assert_eq!(memory.root(), naive_root(&leaves));
        prop_assert_eq!(root(&memory, leaves.len() as u64), Ok(naive_root(&leaves)));
    }
}

// ---- tlog_tiles ----

/// Gives `tlog_tiles` the nodes of a tree of ours.
struct Theirs<'tree>(&'tree MemoryTree);

impl tlog::HashReader for Theirs<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        let node = |index: &u64| {
            let (level, index) = tlog::split_stored_hash_index(*index);
            tlog::Hash(self.0.node(level, index).unwrap().to_bytes())
        };
        Ok(indexes.iter().map(node).collect())
    }
}

fn theirs(hash: &Sha256Digest) -> tlog::Hash {
    tlog::Hash(hash.to_bytes())
}

fn ours(hashes: &[tlog::Hash]) -> Vec<Sha256Digest> {
    hashes
        .iter()
        .map(|hash| Sha256Digest::from_bytes(hash.0))
        .collect()
}

#[test]
fn roots_and_proofs_are_those_of_tlog_tiles() {
    let memory = tree(700);
    let reader = Theirs(&memory);
    assert_eq!(tlog::EMPTY_HASH.0, empty_root().to_bytes());
    assert_eq!(
        tlog::record_hash(&0_u64.to_be_bytes()).0,
        leaf(0).to_bytes()
    );
    for size in [1, 2, 3, 7, 8, 9, 255, 256, 257, 511, 699, 700] {
        let our_root = root(&memory, size).unwrap();
        assert_eq!(
            tlog::tree_hash(size, &reader).unwrap().0,
            our_root.to_bytes()
        );
        for index in (0..size).step_by(1 + size as usize / 40) {
            let proof = inclusion_proof(&memory, index, size).unwrap();
            assert_eq!(
                ours(&tlog::prove_record(size, index, &reader).unwrap()),
                proof
            );
            let proof: Vec<_> = proof.iter().map(theirs).collect();
            tlog::check_record(&proof, size, theirs(&our_root), index, theirs(&leaf(index)))
                .unwrap();
            let from = index + 1;
            let proof = consistency_proof(&memory, from, size).unwrap();
            assert_eq!(ours(&tlog::prove_tree(size, from, &reader).unwrap()), proof);
            let proof: Vec<_> = proof.iter().map(theirs).collect();
            let from_root = theirs(&root(&memory, from).unwrap());
            tlog::check_tree(&proof, size, theirs(&our_root), from, from_root).unwrap();
        }
    }
}

/// A tile of theirs under our path.
fn renamed(tile: &tlog_tiles::Tile) -> String {
    let path = tile.path().replacen("tile/8/", "tile/", 1);
    path.replacen("tile/data/", "tile/entries/", 1)
}

proptest! {
    #[test]
    fn tile_paths_are_those_of_tlog_tiles(level in 0_u8..64, index: u64, shift in 0_u32..64, width in 1_u32..=256, entries: bool) {
        let level = if entries { 0 } else { level };
        let tile = tlog_tiles::Tile::new(8, level, index >> shift, width, entries);
        let parsed = TilePath::parse(&renamed(&tile)).unwrap();
        prop_assert_eq!(parsed.to_string(), renamed(&tile));
        prop_assert_eq!(
            (parsed.level(), parsed.index(), u32::from(parsed.width().get())),
            (tile.level(), tile.level_index(), tile.width())
        );
    }

    #[test]
    fn the_same_paths_are_refused(path in "tile/(0|1|07|63|64|entries)/(x?[0-9]{2,4}/){0,3}[0-9x]{2,4}(\\.p/[0-9]{0,3})?") {
        let ours = TilePath::parse(&path);
        let zero_width = path.split_once(".p/").is_some_and(|(_, width)| width.parse() == Ok(0));
        if zero_width || path.starts_with("tile/64/") {
            // They panic here, where the specification knows no such tile.
            prop_assert!(ours.is_err());
            return Ok(());
        }
        let their_path = path.replacen("tile/", "tile/8/", 1).replacen("/entries/", "/data/", 1);
        prop_assert_eq!(ours.is_ok(), tlog_tiles::Tile::from_path(&their_path).is_ok());
    }

    #[test]
    fn new_tiles_are_those_of_tlog_tiles(from: u64, growth in 0_u64..200_000, shift in 8_u32..64) {
        let from = from >> shift;
        let to = from + growth;
        let expected: Vec<_> = tlog_tiles::Tile::new_tiles(8, from, to).iter().map(renamed).collect();
        let tiles: Vec<_> = new_tiles(from, to).map(|tile| tile.to_string()).collect();
        prop_assert_eq!(tiles, expected);
    }
}

#[test]
fn checkpoints_are_those_of_tlog_tiles() {
    for size in [1, 2, 700, u64::MAX] {
        let checkpoint = Checkpoint::new(key_name(ORIGIN), size, leaf(size)).unwrap();
        let text = checkpoint.to_string();
        let parsed = tlog_tiles::Checkpoint::from_bytes(text.as_bytes()).unwrap();
        assert_eq!(
            (parsed.origin(), parsed.size(), parsed.hash().0),
            (ORIGIN, size, leaf(size).to_bytes())
        );
        let printed = tlog_tiles::Checkpoint::new(ORIGIN, size, theirs(&leaf(size)), "")
            .unwrap()
            .to_bytes();
        assert_eq!(printed, text.as_bytes());
    }
}

// ---- signed_note ----

/// Verifies cosignatures for `signed_note`, from the specification's text and not from our code.
struct CosignatureVerifier {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl CosignatureVerifier {
    fn new(vkey: &str) -> Self {
        let [name, id, material] = vkey.splitn(3, '+').collect::<Vec<_>>().try_into().unwrap();
        let material =
            base64::Engine::decode(&base64::engine::general_purpose::STANDARD, material).unwrap();
        assert_eq!(material[0], 0x04);
        assert_eq!(
            signed_note::key_id(name, &material),
            u32::from_str_radix(id, 16).unwrap()
        );
        Self {
            name: name.to_owned(),
            id: signed_note::key_id(name, &material),
            key: VerifyingKey::from_bytes(material[1..].try_into().unwrap()).unwrap(),
        }
    }
}

impl Verifier for CosignatureVerifier {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, msg: &[u8], sig: &[u8]) -> bool {
        let Some((time, signature)) = sig.split_first_chunk::<8>() else {
            return false;
        };
        let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
            return false;
        };
        let mut message =
            format!("cosignature/v1\ntime {}\n", u64::from_be_bytes(*time)).into_bytes();
        message.extend_from_slice(msg);
        self.key.verify_strict(&message, &signature).is_ok()
    }
}

fn cosigned_checkpoint() -> SignedCheckpoint {
    let memory = tree(700);
    let checkpoint = Checkpoint::new(key_name(ORIGIN), 700, memory.root()).unwrap();
    let mut signatures = vec![checkpoint.sign_as_log(&log(1)).unwrap()];
    for seed in 2..5 {
        signatures.push(checkpoint.cosign(&cosigner(seed), TIME).unwrap());
    }
    SignedCheckpoint::new(checkpoint, signatures).unwrap()
}

#[test]
fn our_notes_verify_with_signed_note() {
    let signed = cosigned_checkpoint();
    let printed = signed.to_string();
    let note = signed_note::Note::from_bytes(printed.as_bytes()).unwrap();
    assert_eq!(note.to_bytes(), printed.as_bytes());
    let mut verifiers: Vec<Box<dyn Verifier>> = vec![Box::new(
        StandardVerifier::new(&log(1).verifier_key().to_string()).unwrap(),
    )];
    for seed in 2..5 {
        verifiers.push(Box::new(CosignatureVerifier::new(
            &cosigner(seed).verifier_key().to_string(),
        )));
    }
    let (verified, unverified) = note.verify(&VerifierList::new(verifiers)).unwrap();
    assert_eq!((verified.len(), unverified.len()), (4, 0));
    // They refuse what we refuse.
    let forged = printed.replacen("\n700\n", "\n701\n", 1);
    let forged = signed_note::Note::from_bytes(forged.as_bytes()).unwrap();
    let verifier = CosignatureVerifier::new(&cosigner(2).verifier_key().to_string());
    assert!(
        forged
            .verify(&VerifierList::new(vec![Box::new(verifier)]))
            .is_err()
    );
}

#[test]
fn notes_of_signed_note_verify_with_us() {
    let secret = [&[1], [7; 32].as_slice()].concat();
    let ours = LogSigner::new(key_name(ORIGIN), SecretKey::from_seed([7; 32]));
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, secret);
    let signer = StandardSigner::new(&format!(
        "PRIVATE+KEY+{ORIGIN}+{}+{encoded}",
        ours.verifier_key().id()
    ))
    .unwrap();
    let text = "first\n\nthird\n";
    let mut note = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    let parsed = Note::parse(&note.to_bytes()).unwrap();
    assert_eq!(parsed.verify([ours.verifier_key()]).unwrap().len(), 1);
    assert_eq!(parsed, Note::new(text, vec![ours.sign(text)]).unwrap());
}

proptest! {
    #[test]
    fn the_same_notes_are_accepted(at: prop::sample::Index, replacement in "\\PC|\n|\n\n|\t|\u{2014} |=|\\+", cut in 0_usize..3) {
        let printed = cosigned_checkpoint().to_string();
        let characters: Vec<char> = printed.chars().collect();
        let at = at.index(characters.len());
        let mut changed: String = characters[..at].iter().collect();
        changed += &replacement;
        changed.extend(characters.iter().skip(at + cut));
        let theirs = signed_note::Note::from_bytes(changed.as_bytes());
        let ours = Note::parse(changed.as_bytes());
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?}", changed);
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            prop_assert_eq!(ours.text().as_bytes(), theirs.text());
            prop_assert_eq!(ours.to_string().into_bytes(), theirs.to_bytes());
        }
    }
}

// ---- a whole proof, checked by others ----

#[test]
fn an_offline_proof_holds_for_others_too() {
    let signed = cosigned_checkpoint();
    let path = inclusion_proof(&tree(700), 321, 700).unwrap();
    let file = TlogProof::new(b"header".to_vec(), 321, path, signed)
        .unwrap()
        .to_string();
    let policy = Policy::of_quorum(
        [log(1).verifier_key().clone()],
        (2..6).map(|seed| cosigner(seed).verifier_key().clone()),
        3,
    )
    .unwrap();
    let policy = Policy::parse(&policy.to_bytes()).unwrap();
    let proof = TlogProof::parse(file.as_bytes()).unwrap();
    assert_eq!(
        proof
            .verify(&leaf(321), &policy)
            .unwrap()
            .cosignatures()
            .len(),
        3
    );
    // By others: read the lines, let tlog_tiles check the path against the checkpoint.
    let (head, note) = file.split_once("\n\n").unwrap();
    let hashes: Vec<_> = head
        .lines()
        .skip(3)
        .map(|line| tlog::Hash::parse_hash(line).unwrap())
        .collect();
    let note = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    tlog::check_record(
        &hashes,
        checkpoint.size(),
        *checkpoint.hash(),
        321,
        theirs(&leaf(321)),
    )
    .unwrap();
    assert!(u64::from(FULL_WIDTH) < checkpoint.size());
}

// ---- the examples of the specifications ----

/// The fenced examples of a specification, or none after saying what is skipped.
fn examples(file: &str, skipped: usize) -> Vec<String> {
    let Some(path) = crate::official(&format!("tlog/{file}"), skipped) else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(path).unwrap();
    let fenced = text.split("```\n").skip(1).step_by(2).map(str::to_owned);
    fenced
        .filter(|example| example.contains('\u{2014}') && !example.contains("[...]"))
        .collect()
}

#[test]
fn examples_of_the_note_specification_hold() {
    let examples = examples("signed-note.md", 2);
    if examples.is_empty() {
        return;
    }
    assert_eq!(examples.len(), 2);
    let key =
        VerifierKey::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
            .unwrap();
    let verified = examples.iter().filter(|example| {
        let note = Note::parse(example.as_bytes()).unwrap();
        assert_eq!(note.to_string(), **example);
        note.verify([&key]).is_ok()
    });
    assert_eq!(verified.count(), 1);
}

#[test]
fn examples_of_the_checkpoint_specifications_are_read() {
    for (file, signatures) in [("tlog-checkpoint.md", 1), ("tlog-cosignature.md", 2)] {
        for example in examples(file, 1) {
            let signed = SignedCheckpoint::parse(example.as_bytes()).unwrap();
            assert_eq!(signed.note().signatures().len(), signatures);
            assert_eq!(signed.checkpoint().size(), 20_852_163);
            assert_eq!(signed.to_string(), example);
        }
    }
}
