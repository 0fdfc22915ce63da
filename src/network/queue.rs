//! What is kept to be sent to one peer on one channel.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::time::Instant;

use super::ChannelLimits;
use super::sequence::Sequence;

/// Why a message is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushError {
    /// Too many messages or bytes are kept already.
    Full,
}

/// A message to be put on the wire now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) sequence: Sequence,
    pub(crate) bytes: Bytes,
    pub(crate) attempt: Attempt,
}

/// Whether a message went out before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    First,
    Repeated,
}

#[derive(Debug)]
struct Entry {
    sequence: Sequence,
    bytes: Bytes,
    queued_at: Instant,
    attempt: Attempt,
}

/// A bounded queue that keeps each message until it is acknowledged.
///
/// The first `in_flight` entries are on the wire of the current stream. A new stream starts with
/// none in flight and repeats what was not acknowledged. A message too old to be useful is dropped
/// as long as it is not in flight.
#[derive(Debug)]
pub(crate) struct SendQueue {
    limits: ChannelLimits,
    entries: VecDeque<Entry>,
    queued_bytes: usize,
    in_flight: usize,
    next: Sequence,
    expired: u64,
}

impl SendQueue {
    pub(crate) fn new(limits: ChannelLimits) -> Self {
        Self {
            limits,
            entries: VecDeque::new(),
            queued_bytes: 0,
            in_flight: 0,
            next: Sequence::FIRST,
            expired: 0,
        }
    }

    /// Takes a message whose length was checked.
    ///
    /// # Errors
    /// [`PushError::Full`]; also in the case, that no node reaches, that the sequences are used up.
    pub(crate) fn push(&mut self, bytes: Bytes, now: Instant) -> Result<(), PushError> {
        self.expire(now);
        let queued_bytes = self.queued_bytes.saturating_add(bytes.len());
        if self.entries.len() >= self.limits.max_queued_frames
            || queued_bytes > self.limits.max_queued_bytes
        {
            return Err(PushError::Full);
        }
        let sequence = self.next;
        self.next = sequence.next().ok_or(PushError::Full)?;
        self.queued_bytes = queued_bytes;
        self.entries.push_back(Entry {
            sequence,
            bytes,
            queued_at: now,
            attempt: Attempt::First,
        });
        Ok(())
    }

    /// A stream opened whose other end has delivered everything before `expected`: forgets that,
    /// and has nothing in flight.
    pub(crate) fn resume(&mut self, expected: Sequence) {
        self.in_flight = 0;
        while self
            .entries
            .front()
            .is_some_and(|entry| entry.sequence < expected)
        {
            self.pop();
        }
    }

    /// The next message for the wire, if the window has room. It is in flight from now on.
    pub(crate) fn send_next(&mut self, now: Instant) -> Option<Outgoing> {
        self.expire(now);
        if self.in_flight >= self.limits.max_in_flight {
            return None;
        }
        let entry = self.entries.get_mut(self.in_flight)?;
        let outgoing = Outgoing {
            sequence: entry.sequence,
            bytes: entry.bytes.clone(),
            attempt: entry.attempt,
        };
        entry.attempt = Attempt::Repeated;
        self.in_flight = self.in_flight.saturating_add(1);
        Some(outgoing)
    }

    /// The peer has delivered everything through `delivered`. `false` if that was never sent.
    #[must_use]
    pub(crate) fn acknowledge(&mut self, delivered: Sequence) -> bool {
        if delivered >= self.next {
            return false;
        }
        while self.in_flight > 0
            && self
                .entries
                .front()
                .is_some_and(|entry| entry.sequence <= delivered)
        {
            self.pop();
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        // What was not sent cannot have been delivered.
        self.entries
            .front()
            .is_none_or(|entry| entry.sequence > delivered)
    }

    /// Messages that were dropped for their age since the last call.
    pub(crate) fn take_expired(&mut self) -> u64 {
        std::mem::take(&mut self.expired)
    }

    /// Messages kept.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn expire(&mut self, now: Instant) {
        let retention = self.limits.retention;
        while self
            .entries
            .get(self.in_flight)
            .is_some_and(|entry| now.saturating_duration_since(entry.queued_at) > retention)
        {
            if let Some(entry) = self.entries.remove(self.in_flight) {
                self.queued_bytes = self.queued_bytes.saturating_sub(entry.bytes.len());
                self.expired = self.expired.saturating_add(1);
            }
        }
    }

    fn pop(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.queued_bytes = self.queued_bytes.saturating_sub(entry.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests;
