//! JSON Schema 2020-12 as contracts may use it: what a schema may say, what it declares for rules,
//! and the judgement of a body.
//!
//! Invariants:
//! - The verdict is a function of schema and body alone: no reference leaves the file, formats are
//!   asserted, patterns run in linear time, and an unknown keyword or format is a fault of the schema.
//! - A schema whose own keywords leave no value is a fault: who wrote it meant something else.
//! - What judging a body can cost is known before the schema is installed, and bounded.
//! - The reason given for a refusal is ours, chosen by place and keyword and not by the order in
//!   which the library finds faults: it is kept in the log, alike on every node.
//!
//! Deliberately absent: `$dynamicRef`, `$id`, `$anchor`, `unevaluatedItems`,
//! `unevaluatedProperties`, `contentEncoding` and remote references.

mod compiled;
mod contradictions;
mod cost;
mod declared;
mod reasons;
mod restrictions;

pub use compiled::Schema;
pub(super) use compiled::{check_pattern, pattern_kib};
pub(super) use declared::{Declared, DeclaredType};
pub(super) use restrictions::MAX_PATTERNS;
#[cfg(test)]
pub(super) use restrictions::{FORMATS, keywords};
