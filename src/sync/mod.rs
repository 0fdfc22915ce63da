//! Catching up: what to fetch, from whom, and what a peer is worth.
//!
//! A node asks for decided blocks with their commit certificates, and for batches from those who
//! acknowledged them. A certificate, not a name, decides what is believed; a peer's stated height
//! only decides whom to ask.
//!
//! Invariants:
//! - Every request has a deadline, and ends in an answer, a failure or the deadline; then another
//!   peer is asked. Nothing waits for one peer.
//! - A peer that states a height and does not deliver is not asked again for a while, longer each
//!   time; its statement is forgotten, so that a lying peer cannot keep a node waiting.
//! - Requests in flight are bounded in number, and so are answers in size.
//!
//! Deliberately absent: the network, and verification, which the floors above do.

mod fetcher;
mod message;
mod serve;

pub use fetcher::{Expected, Fetcher, OutgoingRequest, RequestId};
pub use message::{
    DecidedBlock, MAX_BLOCKS_PER_RESPONSE, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, SyncRequest,
    SyncResponse,
};
pub use serve::serve;
