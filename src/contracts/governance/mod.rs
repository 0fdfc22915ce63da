//! How the governing members change what the ledger runs by: proposals, ballots, adoption.
//!
//! The governing members are those with the role [`GOVERNOR_ROLE`]. A proposal is adopted by the ballot
//! that brings the approvals of more than two thirds of them together, counted by who governs at that
//! moment, and takes effect at the height it names, or at the next one if that is later. Who proposes
//! approves. What cannot be carried out when the last approval comes is not: that ballot is rejected
//! with the reason, and the proposal stays open until it expires.
//!
//! Invariants:
//! - Nothing takes effect in the block that adopts it.
//! - A ledger that can be governed can be governed after every adoption.

mod ballots;
mod proposals;
mod state;

pub(super) use ballots::cast_ballot;
pub(super) use proposals::propose;
pub(super) use state::note_governor;
pub use state::{
    ContractChange, ProposalState, ProposalStatus, read_governors, read_open_proposals,
    read_proposal,
};

use crate::types::{Member, MemberId};

/// The role of the governing members.
pub const GOVERNOR_ROLE: &str = "governor";

/// Most proposals that are open at once, of all members and of one.
pub const MAX_OPEN_PROPOSALS: usize = 64;

/// Most proposals that one member has open at once.
pub const MAX_OPEN_PROPOSALS_PER_MEMBER: usize = 8;

/// How far ahead of block time a proposal may expire, in milliseconds: ninety days.
pub const MAX_PROPOSAL_LIFETIME_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// How many of so many governing members have to approve: more than two thirds.
pub fn governing_quorum(governors: usize) -> usize {
    governors * 2 / 3 + 1
}

fn governs(member: &Member) -> bool {
    member
        .roles
        .iter()
        .any(|role| role.as_str() == GOVERNOR_ROLE)
}

fn count_governing(who: &[MemberId], governors: &[MemberId]) -> usize {
    who.iter().filter(|id| governors.contains(id)).count()
}
