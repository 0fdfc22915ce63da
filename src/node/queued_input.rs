//! What waits for the replica.

use crate::api::BodyPermit;
use crate::network::DeliverySlot;
use crate::replica::Input;

/// An input with what it was let in by. Both go together: memory that a peer or a client takes
/// counts against its bound until the replica has stepped, not only until the input is queued.
#[derive(Debug)]
pub(super) struct QueuedInput {
    pub(super) input: Input,
    pub(super) admission: Admission,
}

/// The room that an input takes up; dropping it frees the room.
#[derive(Debug)]
pub(super) enum Admission {
    /// Bounded elsewhere: there is one timer, one answer for each request, one write for each job.
    Own,
    /// A message of a peer.
    Message { _slot: DeliverySlot },
    /// A submission of a client.
    Submission { _memory: BodyPermit },
}

impl From<Input> for QueuedInput {
    fn from(input: Input) -> Self {
        Self {
            input,
            admission: Admission::Own,
        }
    }
}
