//! The border to the consensus library: everything that names one of its types is in here.
//!
//! The library is generic over a context: [`context`] gives it our types, [`convert`] translates
//! what it says back, [`machine`] drives its coroutine and turns its effects into ours.
//!
//! Invariant: no type of the library leaves this folder, so that it can be replaced.

mod context;
mod convert;
mod handler;
mod machine;
mod validators;
mod vote;

pub(super) use machine::{Machine, StepAccess};
