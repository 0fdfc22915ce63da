//! The whole deterministic node core: consensus, mempool, catching up, the ledger and cosigning,
//! composed into one state machine. Inputs go in with the time, effects come out.
//!
//! # The way of a batch
//! A submission that [`admit`](crate::ledger::admit) lets through waits in the queue. When the node
//! has nothing of its own in flight, or enough has gathered, or the oldest has waited long enough,
//! the queue is sealed into a batch, stored ([`Effect::StoreBatches`]) and only then sent. A peer
//! stores it too, and only then acknowledges. A quorum of acknowledgements is a certificate, which
//! all validators get, and which starts the next height. What was in a batch of this node that can
//! never be ordered, for its last height is past or other validators decide, is sealed anew.
//!
//! # The way of a block
//! A height starts when there is something to order, when the ledger has something to do by itself, when the heartbeat is due,
//! or when a peer has started it. The proposer's block is judged by its bytes and its parent's state; the block is
//! logged before the verdict is given, so that a validator which has voted for a block can produce
//! it. A decided block is applied when all its batches are here, committed in one synced write, and
//! only then the next height may start.
//!
//! # Invariants
//! - Effects are executed in order. [`Effect::is_durable`] ones must be on disk before any later
//!   effect is executed; [`Effect::StoreBatches`] and [`Effect::Commit`] report their completion as
//!   inputs. If one of them fails, the node stops: nothing is guessed.
//! - Everything that comes from a peer is checked before it is an input (see [`CheckedMessage`]).
//! - Every collection is bounded; what does not fit is dropped and counted, never waited for.
//! - The same inputs with the same times give the same effects.
//!
//! Deliberately absent: clocks, tasks, files, sockets.

mod batching;
mod checked_message;
mod cosigning;
mod counters;
mod effect;
mod executing;
mod input;
mod message;
mod ordering;
mod proposal_pace;
mod proposals;
mod resealing;
mod setup;
mod starting;
mod state_machine;
mod syncing;
mod validator_changes;

pub use checked_message::{
    CheckedMessage, MessageContext, PeerFault, SignatureVerdict, check_answer, check_message,
};
pub use counters::Counters;
pub use effect::{Effect, Report};
pub use input::{Answer, Input, Ticket, Timer};
pub use message::{LogEntry, MAX_PEER_MESSAGE_BYTES, PeerMessage};
pub use setup::{ReplicaLimits, ReplicaSetup, ValidatorKeys};
pub use state_machine::{Backlog, Replica, ReplicaError};

#[cfg(test)]
mod tests;
