//! Custody: who holds a thing, and how it changes hands.
//!
//! Invariants:
//! - A thing that was ever claimed has one holder, always.
//! - Only an acceptance moves it: by the member that the holder has proposed it to, before the proposal
//!   expires. What a member holds that was removed is as good as unheld: others can claim it.
//! - A thing is in one open proposal at most.
//! - An open proposal is in the state, under its entry; what has been decided is not. So ending
//!   a proposal costs the same however many things it names.
//!
//! Custody is of each thing by its own name: what is inside a container goes with it physically, and whoever
//! asks learns so from the events, but its holder is who accepted *it*.

mod answers;
mod hand_over;
mod state;

pub(super) use answers::{answer, expire};
pub(super) use hand_over::{claim, propose};
pub(super) use state::read_by_id;
pub use state::{
    Custody, CustodyDecision, CustodyEnd, CustodyStep, OpenCustody, read_custody, read_open_custody,
};

/// How far ahead of block time a proposal may expire, in milliseconds: ninety days, which a voyage takes.
pub const MAX_CUSTODY_PROPOSAL_LIFETIME_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// Most proposals of one member whose time is not over, decided ones included: each is a deadline that the
/// ledger keeps.
pub const MAX_CUSTODY_DEADLINES_PER_MEMBER: u64 = 10_000;
