//! How the governing members change what the ledger runs by: proposals, ballots, adoption.
//!
//! The governing members are those with the role [`GOVERNOR_ROLE`]. A proposal is adopted by the ballot
//! that brings the approvals of more than two thirds of them together, counted by who governs at that
//! moment. A change of contracts takes effect at the height it names, or at the next one if that is
//! later. A member and its roles change with the entry that decides, its keys at the next height, and
//! the validators two heights later ([`VALIDATOR_DELAY_HEIGHTS`]). Who proposes approves. What cannot be carried out when the last approval comes is not: that ballot is rejected
//! with the reason, and the proposal stays open until it expires.
//!
//! Invariants:
//! - By which contracts a block is judged, which keys count in it and who decides it does not change
//!   within the block.
//! - A ledger that can be governed can be governed after every adoption.
//! - Every set of validators that acts is one that the rules of validators allow: it has a validator,
//!   one at most differs from the set before, and those of it who have been heard make its quorum.

mod ballots;
mod change;
mod members;
mod plan;
mod proposals;
mod state;
mod validators;

pub(super) use ballots::cast_ballot;
pub use change::ProposedChange;
pub use proposals::check_proposer;
pub(super) use proposals::propose;
pub(super) use state::note_governor;
pub use state::{
    Governors, ProposalState, ProposalStatus, ProposalStep, read_governors, read_open_proposals,
    read_proposal,
};
pub use validators::VALIDATOR_DELAY_HEIGHTS;

#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;
use crate::types::{Member, MemberId};

/// The decoders of what it keeps, for tests.
#[cfg(any(test, feature = "testing"))]
pub(super) const STORED: &[NamedDecoder] = &[
    NamedDecoder::of::<state::Governors>("Governors"),
    NamedDecoder::of::<state::OpenProposals>("OpenProposals"),
    NamedDecoder::of::<ProposalState>("ProposalState"),
    NamedDecoder::of::<ProposalStatus>("ProposalStatus"),
    NamedDecoder::of::<ProposalStep>("ProposalStep"),
    NamedDecoder::of::<ProposedChange>("ProposedChange"),
    NamedDecoder::of::<proposals::ProposedContract>("ProposedContract"),
];

/// The role of the governing members.
pub const GOVERNOR_ROLE: &str = "governor";

/// How many proposals may be open at once before a member may open one only if it has none: nobody is kept from
/// governing by the proposals of others.
pub const MAX_SHARED_PROPOSALS: usize = 64;

/// Most proposals that one member has open at once.
pub const MAX_OPEN_PROPOSALS_PER_MEMBER: usize = 8;

/// How far ahead of block time a proposal may expire, in milliseconds: ninety days.
pub const MAX_PROPOSAL_LIFETIME_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// How many of so many governing members have to approve: more than two thirds.
pub fn governing_quorum(governors: usize) -> usize {
    governors * 2 / 3 + 1
}

fn governs(member: &Member) -> bool {
    member.has_role(GOVERNOR_ROLE)
}

fn count_governing(who: &[MemberId], governors: &[MemberId]) -> usize {
    who.iter().filter(|id| governors.contains(id)).count()
}
