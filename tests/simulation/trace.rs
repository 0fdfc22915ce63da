//! What happened, as text, and its digest.

use std::fmt::Arguments;

use waybill::crypto::Blake3Digest;

/// Whether a trace is printed as it grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Only the digest is wanted.
    Nobody,
    /// Somebody reads along.
    Reader,
}

/// A growing trace.
pub struct Trace {
    hasher: blake3::Hasher,
    audience: Audience,
}

impl Trace {
    /// An empty trace.
    pub fn new(audience: Audience) -> Self {
        Self {
            hasher: blake3::Hasher::new(),
            audience,
        }
    }

    /// Adds a line.
    pub fn line(&mut self, now_ms: u64, line: Arguments<'_>) {
        let line = format!("{now_ms:>7} {line}\n");
        self.hasher.update(line.as_bytes());
        if self.audience == Audience::Reader {
            print!("{line}");
        }
    }

    /// The digest of all lines.
    pub fn digest(&self) -> Blake3Digest {
        Blake3Digest::from_bytes(*self.hasher.finalize().as_bytes())
    }
}

/// The first digits of a digest.
pub fn short(digest: impl std::fmt::Display) -> String {
    digest.to_string().chars().take(8).collect()
}

/// The first digits of the digest of bytes.
pub fn short_of(bytes: &[u8]) -> String {
    short(Blake3Digest::of(bytes))
}
