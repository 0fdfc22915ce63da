//! `governance.proposal` and `governance.ballot`: how the governing members change what the ledger
//! runs by.
//!
//! A proposal states one action, until when it can be decided and, if it matters, the height from
//! which it is to hold: `{"action": "installContract", "contract": {…files…}, "fromHeight": 900,
//! "expires": "2026-12-24T12:00:00Z", "reason": "…"}`. Contracts, members and validators are changed by
//! it; a height is named for contracts only. A ballot names the proposal by its entry in the
//! log and by the digest of its body, so that nobody agrees to something else than he has read:
//! `{"proposal": 1234, "digest": "<64 hex digits>", "decision": "approve"}`.

mod action;
mod ballot;
mod proposal;

pub use action::{Action, MAX_KEYS_OF_NEW_MEMBER, NewMember, ProvenValidator};
pub use ballot::{Ballot, Decision, check_ballot};
pub use proposal::{MAX_PROPOSAL_REASON_BYTES, Proposal, check_proposal};

/// The family of proposals.
pub const PROPOSAL: &str = "governance.proposal";

/// The family of ballots.
pub const BALLOT: &str = "governance.ballot";
