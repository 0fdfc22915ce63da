//! Byzantine fault-tolerant ordering: validators agree on one block per height.
//!
//! Floor 2: imports `crypto` and `types`, and the consensus library, which [`Consensus`] hides.
//! It decides over block digests; how a block is made, judged, sent and applied is the business of
//! the floors above.
//!
//! # Protocol
//!
//! Tendermint, as in "The latest gossip on BFT consensus" (arXiv:1807.04938); "line n" in this
//! module is a line of its Algorithm 1. Of n >= 3f + 1 validators with one vote each, at most f are
//! faulty in any way. A height runs in rounds. In a round its proposer proposes a block; every
//! validator prevotes for it or for nil, precommits it when a quorum prevoted for it (a *polka*),
//! and decides it when a quorum precommitted it. Whoever precommitted a block is locked on it until
//! it sees a later polka for another.
//!
//! Deviations from the paper, and what they are for:
//! - A proposal names a digest. It counts when the application has given its verdict on the block;
//!   a verdict that cannot be given yet delays the vote up to the propose timeout.
//! - The proposer of a round is given per height ([`ProposerOrder`]): rotation by height, with
//!   validators that recent blocks show to be silent in the last turns.
//! - A commit certificate decides by itself, without the proposal or the block (lines 49 to 54 ask
//!   for both): a quorum has judged the block.
//! - A round is also entered on a certificate of a third of the validators or of a quorum of
//!   precommits, and such certificates are sent along (lines 47, 55): rounds come together after
//!   the network heals. From round 10 on a lock is announced with its polka, so that the next
//!   proposers learn of it.
//! - A quorum of nil prevotes with a quorum of nil precommits ends a round at once: nothing was locked
//!   in it and nothing can be decided, and that is what the wait of line 47 is for.
//! - Votes are said again while a round lasts; after the decision the commit certificate is.
//! - Votes and proposals more than [`limits::MAX_ROUNDS_AHEAD`] rounds ahead are dropped.
//! - When a block is precommitted, votes of earlier rounds are forgotten (not by the statement
//!   history): a decision in one of them is learned by commit certificate.
//!
//! # Use
//!
//! [`Consensus::step`] takes an [`Input`] and gives a list of [`Effect`]s, whose order is binding:
//! log records and guards are durable before any later effect is executed. A height is run from
//! [`StartHeight`] to [`Effect::Decide`]; the caller commits the block durably and starts the next
//! height, and only then drops the log of the one before. After a restart the height is started
//! with the records of its log. Signatures are checked before, on workers, with
//! [`ConsensusMessage::verify`].
//!
//! # Invariants
//!
//! - One slot (height, round, step), one statement. There is one function that signs. It takes a
//!   [`Permitted`] statement, which only [`SignGuard::permit`] makes; and a later slot may be
//!   signed, never an earlier one. What was signed is in the log, then in the guard, and only then
//!   on the wire: so the guard is ahead of the log only where the log lost something.
//! - A node whose log and guard disagree does not sign at that height, and then not until
//!   [`limits::HEIGHTS_MUTED`] consecutive heights were decided. One whose guard is of a later
//!   height does not sign up to that height. A guard says what was signed, and not what was
//!   locked: this is why it is not enough to obey the guard.
//! - A key without a vote at a height follows it. One that has followed two consecutive heights has
//!   its guard from then on ([`Effect::Guard`]), and signs at the first height at which it has a vote.
//! - Nothing unverified gets in: inputs take [`Verified`] statements and [`VerifiedCertificate`]s,
//!   and what the log holds is verified again when it is replayed.
//! - A message of a peer never makes a step fail. An error is a fault of this node; after it the
//!   instance refuses every step. Where replaying a log fails for good, the way out is to start
//!   the height without it: the guard then keeps the node silent, and it follows the others.
//! - Everything kept is bounded, whatever peers send: see [`limits`].
//! - The same inputs give the same effects, byte by byte.
//!
//! # Leaks of nondeterminism and of faults in the library, and how each is closed
//!
//! | in the library | here |
//! |---|---|
//! | it reads a clock at each height's start, and again at the decision if a target time is set | no target time is ever set: the first reading is never looked at |
//! | timeouts have no height: a late one of the height before counts for this one | [`Timeout`] has one, and others are ignored |
//! | state lives on from height to height, and its queue of later heights with it | it is made anew for each height; messages of later heights are kept here, bounded per validator, in order of arrival |
//! | with proposals only it takes every block for valid | it runs with proposals and parts, and gets our verdicts |
//! | signatures are asked for one by one, by effect | checked before; the answer is always yes |
//! | it panics when a decision's certificate is not valid | the quorum is counted first; without one the coroutine is dropped, not resumed |
//! | its driving macro logs a handler's error and resumes | the coroutine is driven here, and an error drops it and poisons the instance |
//! | votes in certificates come in order of arrival | sorted by validator |
//! | rounds can overflow at their increment | rounds above [`limits::MAX_ROUND`] are ignored |
//! | replay takes proposals whose polka round is not before their round, and asserts later | such a record is refused |
//! | replay logs every record again | what the log has is not logged again, what is newly derived is |
//! | replay asks for a block although the log has it | the request waits for the end of the replay, and is made if still needed |
//! | it drops blocks beyond two per round, with their verdicts | verdicts are remembered and told again when a polka makes room |
//! | a refused signature has no answer | log and guard are compared before a height is signed at all; a refusal after that is a divergence, and stops the instance |
//!
//! # Deliberately absent
//!
//! Clocks and timers (timeouts are effects), block bytes, fetching of decided blocks, the making of
//! proposer orders from certificates, storage, and any notion of peers. Vote extensions and the
//! library's own way of fetching values are not in use.

mod certificate;
mod early;
mod effect;
mod error;
mod history;
mod input;
mod instance;
mod library;
pub mod limits;
mod log_record;
mod message;
mod proposer_order;
mod round_certificate;
mod sign_guard;
mod signer;
mod signing;
mod timeout;
mod verified;

pub use certificate::{Certificate, PolkaCertificate};
pub use effect::{Effect, MutedReason, RoundRole};
pub use error::ConsensusError;
pub use input::{BlockVerdict, Input, StartHeight, Verdict};
pub use instance::{Consensus, ConsensusSetup};
pub use log_record::LogRecord;
pub use message::{ConsensusMessage, MessageError};
pub use proposer_order::ProposerOrder;
pub use round_certificate::{RoundCertificate, RoundCertificateKind, RoundVote};
pub use sign_guard::{Permitted, SignGuard, SignRefused, SignSlot, SignValue, Slotted};
pub use signing::SigningState;
pub use timeout::{Timeout, TimeoutKind};
pub use verified::{Verified, VerifiedCertificate};

#[cfg(test)]
mod tests;
