//! Real nodes in processes of their own, as an operator runs them and a client sees them: killed,
//! stopped, started again, and given what they have to refuse.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken precondition has to stop the test"
)]

mod auditor;
mod backpressure;
mod bad_input;
mod cluster;
mod contracts;
mod custody;
mod dishonest;
mod epcis;
mod independent;
mod kill_nine;
mod lifecycle;
mod market;
mod member;
mod pages;
mod terminal;
mod validators;
