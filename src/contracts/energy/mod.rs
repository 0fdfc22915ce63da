//! Energy trade: what its records do to the state.

pub mod auction;
pub mod market;
