//! What liars do. A liar runs a production replica; what it says is twisted on its way out.

use bytes::Bytes;
use waybill::consensus::ConsensusMessage;
use waybill::crypto::{Blake3Digest, SecretKey};
use waybill::replica::PeerMessage;
use waybill::types::{
    Block, BlockDigest, Encode, Height, LedgerId, Proposal, Signable, Signed, StateRoot, Timestamp,
};

use crate::random::Random;

/// A way to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// It says nothing.
    Silence,
    /// It votes for something else towards some peers.
    DoubleVotes,
    /// It proposes another block to some peers.
    DoubleProposals,
    /// It proposes blocks that are wrong.
    WrongBlocks,
    /// It orders batches that have no certificate.
    UncertifiedBatches,
    /// It gives its batches to as few as it can, and answers no request.
    Withholding,
    /// It sends bytes that mean nothing, and answers with such.
    Nonsense,
    /// It says that it is far ahead.
    FalseHeights,
}

impl Behaviour {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Silence,
        Self::DoubleVotes,
        Self::DoubleProposals,
        Self::WrongBlocks,
        Self::UncertifiedBatches,
        Self::Withholding,
        Self::Nonsense,
        Self::FalseHeights,
    ];
}

/// How far ahead a liar says to be.
const FALSE_LEAD_HEIGHTS: u64 = 1_000;

/// Signs as a validator.
pub fn sign<T: Signable>(ledger: &LedgerId, secret: &SecretKey, message: T) -> Signed<T> {
    let signature = secret.sign(T::DOMAIN, ledger.as_bytes(), &message.to_bytes());
    Signed { message, signature }
}

/// A liar's key and ways.
pub struct Liar<'a> {
    pub ledger: LedgerId,
    pub secret: &'a SecretKey,
    pub behaviours: &'a [Behaviour],
    pub quorum: usize,
}

impl Liar<'_> {
    /// What becomes of a message to some peers.
    pub fn twist(
        &self,
        to: &[usize],
        message: &PeerMessage,
        random: &mut Random,
    ) -> Vec<(usize, PeerMessage)> {
        if self.is(Behaviour::Silence) {
            return Vec::new();
        }
        let key = self.secret.public_key();
        match message {
            PeerMessage::Consensus(ConsensusMessage::Vote(vote))
                if self.is(Behaviour::DoubleVotes) && vote.message.validator == key =>
            {
                let mut other = vote.message.clone();
                other.block = match other.block {
                    Some(_) => None,
                    None => Some(BlockDigest(Blake3Digest::of(b"a block that nobody made"))),
                };
                let other = sign(&self.ledger, self.secret, other);
                let other = PeerMessage::Consensus(ConsensusMessage::Vote(other));
                both(to, message, &other, random)
            }
            PeerMessage::Proposal(proposal, block) if proposal.message.validator == key => {
                let forged = self.forge(block);
                match forged {
                    None => all(to, message),
                    Some(forged) => {
                        let other = self.propose(&proposal.message, forged);
                        if self.is(Behaviour::DoubleProposals) {
                            both(to, message, &other, random)
                        } else {
                            all(to, &other)
                        }
                    }
                }
            }
            PeerMessage::Batch(_) if self.is(Behaviour::Withholding) => {
                // With its own acknowledgement that is a quorum, if all of them answer.
                all(&to[..to.len().min(self.quorum - 1)], message)
            }
            PeerMessage::Status { height } if self.is(Behaviour::FalseHeights) => {
                let height = Height(height.0 + FALSE_LEAD_HEIGHTS);
                all(to, &PeerMessage::Status { height })
            }
            _ => all(to, message),
        }
    }

    /// Bytes that mean nothing: noise, or a message with a few bits changed.
    pub fn nonsense(&self, message: &PeerMessage, random: &mut Random) -> Bytes {
        let mut bytes = if random.happens(300) {
            let length = random.below(200);
            random.bytes(length)
        } else {
            message.to_bytes()
        };
        for _ in 0..=random.below(3) {
            if !bytes.is_empty() {
                let position = random.below(bytes.len());
                bytes[position] ^= 1 << random.below(8);
            }
        }
        Bytes::from(bytes)
    }

    /// Whether it lies in this way.
    pub fn is(&self, behaviour: Behaviour) -> bool {
        self.behaviours.contains(&behaviour)
    }

    /// Another block in a block's place, if this liar makes any.
    fn forge(&self, block: &Block) -> Option<Block> {
        let (mut header, mut body) = (block.header().clone(), block.body().clone());
        if self.is(Behaviour::UncertifiedBatches) {
            body.batches.first_mut()?.signatures.truncate(1);
        } else if self.is(Behaviour::WrongBlocks) {
            header.state_root = StateRoot(Blake3Digest::of(b"a state that nobody is in"));
        } else if self.is(Behaviour::DoubleProposals) {
            header.time = Timestamp::from_ms(header.time.as_ms() + 1);
        } else {
            return None;
        }
        Some(Block::new(header, body))
    }

    fn propose(&self, proposal: &Proposal, block: Block) -> PeerMessage {
        let proposal = Proposal {
            block: block.digest(),
            ..proposal.clone()
        };
        let signed = sign(&self.ledger, self.secret, proposal);
        PeerMessage::Proposal(signed, Box::new(block))
    }
}

fn all(to: &[usize], message: &PeerMessage) -> Vec<(usize, PeerMessage)> {
    to.iter().map(|to| (*to, message.clone())).collect()
}

/// One message or the other to each, or both.
fn both(
    to: &[usize],
    message: &PeerMessage,
    other: &PeerMessage,
    random: &mut Random,
) -> Vec<(usize, PeerMessage)> {
    let mut sent = Vec::new();
    for to in to {
        let choice = random.below(3);
        if choice != 0 {
            sent.push((*to, message.clone()));
        }
        if choice != 1 {
            sent.push((*to, other.clone()));
        }
    }
    sent
}
