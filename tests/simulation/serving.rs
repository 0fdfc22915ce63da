//! Messages that arrive, requests and their answers.

use bytes::Bytes;
use waybill::replica::{Answer, CheckedMessage, Input};
use waybill::sync::{OutgoingRequest, RequestId, SyncRequest, SyncResponse, serve};
use waybill::types::{BatchReference, Decode, Encode};

use crate::byzantine::Behaviour;
use crate::events::Event;
use crate::invariants::Violation;
use crate::planted::Plant;
use crate::trace::short_of;
use crate::world::World;

/// How long a lost answer is waited for, in milliseconds.
const GIVEN_UP_AFTER_MS: u64 = 2_000;

/// How often checking on a worker takes longer than no time at all.
const SLOW_CHECK_PERMILLE: u64 = 200;

/// How long such a check takes.
const SLOW_CHECK_MS: std::ops::RangeInclusive<u64> = 1..=20;

impl World {
    /// Bytes arrive: they are decoded and checked before the replica gets them.
    pub fn on_arrival(&mut self, to: usize, from: usize, bytes: &Bytes) -> Result<(), Violation> {
        let peer = self.nodes[from].network_key;
        let Some(running) = &self.nodes[to].running else {
            return Ok(());
        };
        if !running.connected.contains_key(&from) {
            return Ok(());
        }
        let context = running.replica.message_context();
        self.trace.line(
            self.now_ms,
            format_args!("{from} -> {to} {}", short_of(bytes)),
        );
        let (store, stored) = (&self.nodes[to].store, running.replica.stored_batches());
        let holds = |batch: &BatchReference| {
            stored.contains(&batch.digest) || store.is_batch_ordered(&batch.digest)
        };
        let mut message = match self.checks.message(&context, bytes, holds) {
            Ok(message) => message,
            Err(fault) => return self.blame(from, &fault),
        };
        if self.plant == Plant::TakeUncertifiedBatches
            && let CheckedMessage::Proposal { signatures, .. } = &mut message
        {
            signatures.result = Ok(());
        }
        let input = Input::Message {
            from: peer,
            message: Box::new(message),
        };
        if !self.random.happens(SLOW_CHECK_PERMILLE) {
            return self.input(to, input);
        }
        let at_ms = self.now_ms + self.random.within(&SLOW_CHECK_MS);
        let event = Event::Checked {
            node: to,
            boot: self.nodes[to].boot,
            input: Box::new(input),
        };
        self.add(at_ms, event);
        Ok(())
    }

    /// A peer's fault: only liars have any.
    fn blame(&self, peer: usize, fault: &dyn std::fmt::Display) -> Result<(), Violation> {
        let accused = self.nodes[peer].consensus_key;
        self.invariants.on_accused(&accused, fault)
    }

    /// Sends a request on its way.
    pub fn send_request(&mut self, index: usize, request: OutgoingRequest) {
        let OutgoingRequest { id, peer, request } = request;
        let boot = self.nodes[index].boot;
        let Some(to) = self.index_of(&peer) else {
            return;
        };
        let Some(delay_ms) = self.network.carry(index, to, &mut self.random).pop() else {
            self.give_up(index, boot, to, id, request);
            return;
        };
        let event = Event::Request {
            to,
            from: index,
            boot,
            id,
            request,
        };
        self.add(self.now_ms + delay_ms, event);
    }

    fn give_up(
        &mut self,
        index: usize,
        boot: u64,
        peer: usize,
        id: RequestId,
        request: SyncRequest,
    ) {
        let event = Event::Answer {
            node: index,
            boot,
            peer,
            id,
            request,
            bytes: None,
        };
        self.add(self.now_ms + GIVEN_UP_AFTER_MS, event);
    }

    /// A request arrives at a peer, which answers from its store.
    pub fn on_request(
        &mut self,
        to: usize,
        (from, boot): (usize, u64),
        id: RequestId,
        request: SyncRequest,
    ) {
        let node = &self.nodes[to];
        let request = SyncRequest::from_bytes(&request.to_bytes()).unwrap();
        let is_silent = [Behaviour::Silence, Behaviour::Withholding]
            .iter()
            .any(|behaviour| node.behaviours.contains(behaviour));
        if node.running.is_none() || is_silent {
            self.give_up(from, boot, to, id, request);
            return;
        }
        let bytes = if node.behaviours.contains(&Behaviour::Nonsense) {
            Bytes::from(self.random.bytes(40))
        } else {
            let response: SyncResponse = serve(&node.store, &request).unwrap();
            Bytes::from(response.to_bytes())
        };
        let Some(delay_ms) = self.network.carry(to, from, &mut self.random).pop() else {
            self.give_up(from, boot, to, id, request);
            return;
        };
        let event = Event::Answer {
            node: from,
            boot,
            peer: to,
            id,
            request,
            bytes: Some(bytes),
        };
        self.add(self.now_ms + delay_ms, event);
    }

    /// An answer arrives, or is given up.
    pub fn on_answer(
        &mut self,
        index: usize,
        peer: usize,
        id: RequestId,
        request: &SyncRequest,
        bytes: Option<&Bytes>,
    ) -> Result<(), Violation> {
        let context = self.nodes[index].submission_context(self.genesis.ledger());
        let answer = match bytes {
            None => Answer::Failed,
            Some(bytes) => match self.checks.answer(&context, request, bytes) {
                Ok(answer) => answer,
                Err(fault) => {
                    self.blame(peer, &fault)?;
                    Answer::Failed
                }
            },
        };
        self.trace.line(
            self.now_ms,
            format_args!("{peer} answers {index} {request:?}"),
        );
        self.input(index, Input::Answer { id, answer })
    }
}
