//! What can happen next, and when.

use std::collections::BTreeMap;

use bytes::Bytes;
use waybill::replica::{Input, Timer};
use waybill::sync::{RequestId, SyncRequest};

use crate::random::Random;

/// Something that will happen.
pub enum Event {
    /// Bytes arrive at a node.
    Arrival {
        to: usize,
        from: usize,
        bytes: Bytes,
    },
    /// A checked input has made its way through the workers of a node.
    Checked {
        node: usize,
        boot: u64,
        input: Box<Input>,
    },
    /// A request arrives at the peer.
    Request {
        to: usize,
        from: usize,
        boot: u64,
        id: RequestId,
        request: SyncRequest,
    },
    /// The answer to a request arrives, or is given up.
    Answer {
        node: usize,
        boot: u64,
        peer: usize,
        id: RequestId,
        request: SyncRequest,
        bytes: Option<Bytes>,
    },
    /// A timer ends, unless it was set again or cancelled.
    Timer {
        node: usize,
        boot: u64,
        timer: Timer,
        generation: u64,
    },
    /// The store has written its oldest job.
    Written { node: usize, boot: u64 },
    /// A node notices that a peer is gone.
    Gone {
        node: usize,
        boot: u64,
        peer: usize,
        peer_boot: u64,
    },
    /// Power fails at a node, at once or in the midst of what it does next.
    Crash { node: usize, when: CrashPoint },
    /// The node is started again.
    Restart { node: usize },
    /// Some links are cut.
    Partition {
        from: Vec<usize>,
        to: Vec<usize>,
        for_ms: u64,
    },
    /// They work again.
    Rejoin { from: Vec<usize>, to: Vec<usize> },
    /// A clock jumps.
    ClockJump { node: usize, offset_ms: i64 },
    /// A client submits.
    Submit,
    /// The governing members look after what they want.
    Govern,
    /// A Byzantine node talks nonsense.
    Nonsense { node: usize },
}

/// Where in a node's work the power fails.
#[derive(Clone, Copy, Debug)]
pub enum CrashPoint {
    /// Between two inputs.
    Now,
    /// After so many more effects.
    AfterEffects(u64),
    /// During a disk operation.
    AtDiskOperation(u64),
}

/// Events in the order of their times; those of one time in an order drawn from the seed.
#[derive(Default)]
pub struct Schedule {
    events: BTreeMap<(u64, u64, u64), Event>,
    count: u64,
}

impl Schedule {
    /// Adds an event.
    pub fn add(&mut self, at_ms: u64, random: &mut Random, event: Event) {
        self.count += 1;
        let place = random.number() >> 32;
        self.events.insert((at_ms, place, self.count), event);
    }

    /// Takes the next event that happens up to a time.
    pub fn take(&mut self, until_ms: u64) -> Option<(u64, Event)> {
        let first = self.events.first_entry()?;
        let at_ms = first.key().0;
        (at_ms <= until_ms).then(|| (at_ms, first.remove()))
    }
}
