//! Digests, keys and signatures, the Merkle log, and the notes that sign it.
//!
//! Floor 0: imports nothing from the rest of the crate, and holds nothing but functions of their
//! arguments.
//!
//! | module | what it promises |
//! |---|---|
//! | [`digest`] | SHA-256 for whatever a client or an auditor recomputes, BLAKE3 for what only nodes compute |
//! | [`keys`] | Ed25519 with domain separated messages, one strict verification rule, no weak keys |
//! | [`merkle`] | the RFC 6962 / RFC 9162 tree: incremental root, proofs, and their pure verification |
//! | [`note`] | C2SP signed notes, signature types 0x01 (Ed25519) and 0x04 (cosignature/v1) |
//! | [`checkpoint`] | C2SP tlog-checkpoint without extension lines, and its verification under a policy |
//! | [`policy`] | C2SP tlog-policy: which logs and which quorum of witnesses make a checkpoint trusted |
//! | [`tile`] | C2SP tlog-tiles: paths, coordinates, hash tiles and entry bundles |
//! | [`tlog_proof`] | C2SP tlog-proof@v1: one record's proof, verified offline |
//!
//! Invariants:
//! - A value that exists is valid: every type here is checked when it is made, and cannot be
//!   changed into an invalid one.
//! - Every decoder is canonical: it accepts exactly the bytes that the encoder of the decoded value
//!   writes. The one exception is a policy, which people write by hand: its comments and spacing
//!   are not kept.
//! - Every decoder bounds what it reads before it allocates.
//!
//! Deliberately absent: batch verification of signatures (its verdict can differ from one-by-one
//! verification), randomness and clocks (the caller supplies seeds and times), and constant-time
//! guarantees beyond those of the signature library.

pub mod checkpoint;
pub mod digest;
pub mod keys;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod tile;
pub mod tlog_proof;

mod text;

pub use digest::{Blake3Digest, DigestError, Sha256Digest, Sha256Hasher};
pub use keys::{Domain, KeyError, PublicKey, SecretKey, Signature};
