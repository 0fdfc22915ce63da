//! `custody.*`: who holds a thing, and how it changes hands.
//!
//! Whoever holds a thing that nobody has claimed says so by a *claim*. From then on it changes hands in two
//! steps: its holder *proposes* to hand it over, and the member that is to have it *accepts* or *rejects*;
//! until then the proposer can *withdraw*, and at a time that the proposal states it *expires*. An answer
//! names the proposal by its entry in the log and by the digest of its body, so that nobody agrees
//! to something else than he has read.
//!
//! ```json
//! {"things": ["urn:epc:id:sscc:4012345.0000000001"]}
//! {"things": ["urn:epc:id:sscc:4012345.0000000001"], "to": "carrier", "expires": "2026-01-20T12:00:00Z",
//!  "place": "urn:epc:id:sgln:4012345.00001.0", "evidence": {"document": "<SHA-256 of the waybill>"}}
//! {"proposal": 1234, "digest": "<SHA-256 of the proposal's body>"}
//! {"proposal": 1234, "digest": "<…>", "reason": "two seals are broken"}
//! ```

mod answer;
mod evidence;
mod expiry;
mod hand_over;

pub use answer::{Answer, AnswerKind, check_acceptance, check_rejection, check_withdrawal};
pub use evidence::CustodyEvidence;
pub use expiry::{Expiry, check_expiry};
pub use hand_over::{
    Claim, CustodyProposal, MAX_THINGS_PER_CUSTODY_RECORD, check_claim, check_proposal,
};

/// The family of claims.
pub const CLAIM: &str = "custody.claim";

/// The family of proposals.
pub const PROPOSAL: &str = "custody.proposal";

/// The family of acceptances.
pub const ACCEPTANCE: &str = "custody.acceptance";

/// The family of rejections.
pub const REJECTION: &str = "custody.rejection";

/// The family of withdrawals.
pub const WITHDRAWAL: &str = "custody.withdrawal";

/// The kind of the record that the ledger makes when a proposal has expired: no member submits it.
pub const EXPIRY: &str = "custody.expiry";

/// Longest reason, in characters.
pub const MAX_CUSTODY_REASON_CHARS: usize = 512;

/// A record of these families.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustodyRecord {
    /// A member says that it holds things that nobody has claimed.
    Claim(Claim),
    /// A holder would hand things over.
    Proposal(CustodyProposal),
    /// What becomes of that.
    Answer(Answer),
}
