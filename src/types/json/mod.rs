//! A strict, borrowing JSON reader for record bodies.
//!
//! A record body is signed and hashed exactly as its author wrote it, so every node must read the same
//! meaning out of the same bytes. This reader accepts a subset of RFC 8259 that leaves no room for two
//! readings, and it is bounded before it allocates.
//!
//! Invariants:
//! - The text is UTF-8 without a byte order mark, holds one value, and nothing but whitespace follows it.
//! - No object holds the same member name twice (RFC 8259 section 4 leaves that undefined; we refuse it).
//! - Numbers keep their text: they never pass through a floating point number.
//! - Strings hold Unicode scalar values only: an escaped lone surrogate is refused.
//! - Bytes, nesting and the number of values are bounded by [`Limits`] and [`MAX_DEPTH`].
//!
//! Deliberately absent: a writer. A body is never serialised again, so nothing here can change one.

mod error;
mod limits;
mod place;
mod reader;
mod scan;
#[cfg(test)]
mod tests;
mod value;

pub use error::{JsonError, JsonFault, escape_pointer_segment};
pub use limits::{Limits, MAX_DEPTH};
pub use place::offset_of;
pub use reader::{read, read_within};
pub use value::{Json, JsonKind, Object};
