//! How liars get their lies onto the network.

use std::sync::Arc;

use bytes::Bytes;
use waybill::replica::PeerMessage;
use waybill::types::Encode;

use crate::byzantine::Liar;
use crate::node::{Purpose, secret};
use crate::world::World;

impl World {
    /// A liar says what it says instead of a message, and more.
    pub fn send_lies(&mut self, index: usize, to: &[usize], message: &PeerMessage) {
        let liar = self.liar(index);
        let lies = liar.twist(to, message, &mut self.random);
        let chatter = liar.chatter(message, &mut self.random);
        for (to, message) in lies {
            self.invariants.on_lied(&message);
            self.carry_lie(index, to, &message);
        }
        for message in chatter {
            for to in to {
                self.carry_lie(index, *to, &message);
            }
        }
    }

    /// A liar sends bytes that mean nothing.
    pub fn send_nonsense(&mut self, index: usize) {
        let to = self.peers(index);
        if to.is_empty() {
            return;
        }
        let height = self.nodes[index].height();
        let liar = self.liar(index);
        let bytes = liar.nonsense(&PeerMessage::Status { height }, &mut self.random);
        let to = *self.random.pick(&to);
        self.carry_bytes(index, to, &bytes);
    }

    fn liar(&self, index: usize) -> Liar {
        Liar {
            genesis: Arc::clone(&self.genesis),
            consensus: secret(index, Purpose::Consensus),
            log: secret(index, Purpose::Log),
            cosigner: secret(index, Purpose::Cosigner),
            behaviours: self.nodes[index].behaviours.clone(),
        }
    }

    fn carry_lie(&mut self, from: usize, to: usize, message: &PeerMessage) {
        let bytes = Bytes::from(message.to_bytes());
        self.carry(from, to, &bytes, message);
    }
}
