//! Rules of contracts: CEL expressions that a record has to fulfil.
//!
//! A rule sees `self` (the record's body), `oldSelf` (the asset as it is, null if there is none),
//! `submitter` (`member`, `roles`) and `block` (`height`, `time`). It is checked before it is
//! installed, so that judging a record always ends soon, and alike on every node:
//! - every field it reads is declared by the schema with one type; types are checked;
//! - it goes through lists only, each with `maxItems`, nested two deep at most; never through a map;
//! - the steps that it can take are bounded by [`MAX_STEPS_PER_KIND`], computed from the schema's sizes;
//! - regular expressions are literals of the linear kind; there is no floating point, no unsigned
//!   number, and no time zone but UTC;
//! - numbers with a fraction are compared by `scaled(x, places)`, which reads their text;
//! - what consists of literals alone can be evaluated: see [`constants`].
//!
//! Deliberately absent: reading other assets, and any clock but the block's.

mod check;
mod constants;
mod environment;
mod parse_fault;
mod program;
mod shape;
mod steps;
mod types;
mod values;

#[cfg(test)]
mod tests;

pub(super) use check::Scope;
pub use program::Rule;
pub(super) use values::{BlockFacts, SubmitterFacts, rule_value};

/// Longest expression, in bytes.
pub const MAX_EXPRESSION_BYTES: usize = 2_048;

/// Most steps that the rules of one kind of record may take together for one record. A step is an
/// operation on something small; comparing, joining and searching count by their bytes.
pub const MAX_STEPS_PER_KIND: u64 = 50_000;

/// How deep comprehensions may nest.
pub const MAX_COMPREHENSION_DEPTH: usize = 2;

/// How deep brackets may nest: the parser's own recursion is bounded by it.
const MAX_BRACKET_DEPTH: usize = 16;

/// Most conditional operators in an expression: the parser recurses at each.
const MAX_CONDITIONALS: usize = 16;

/// Most operators, fields and literals of an expression.
const MAX_NODES: usize = 512;
