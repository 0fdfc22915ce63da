//! The bounds within which a text is read.

/// Most containers that may be open at once. The deepest official EPCIS example nests twelve; recursion in
/// the reader and in everything that walks its result is bounded by this number.
pub const MAX_DEPTH: usize = 32;

/// What one call of the reader may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, in bytes. Checked before anything is read.
    pub max_text_bytes: usize,
    /// Most values of any kind, containers included. A value takes some 40 bytes of memory but as little
    /// as two bytes of text, so this bounds memory where the length does not.
    pub max_values: usize,
}

impl Limits {
    /// The limits of a record body: 60 KiB, because a log entry is at most 65,535 bytes; 16,384 values,
    /// several times what a full body of ordinary identifiers holds.
    pub const RECORD_BODY: Self = Self {
        max_text_bytes: 60 * 1024,
        max_values: 16 * 1024,
    };
}
