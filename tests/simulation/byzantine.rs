//! What liars do. A liar runs a production replica; what it says is twisted on its way out.

use std::sync::Arc;

use bytes::Bytes;
use waybill::consensus::ConsensusMessage;
use waybill::crypto::checkpoint::{Checkpoint, SignedCheckpoint};
use waybill::crypto::note::{Cosigner, LogSigner};
use waybill::crypto::{Blake3Digest, SecretKey, Sha256Digest};
use waybill::ledger::witness_name;
use waybill::replica::PeerMessage;
use waybill::types::{
    Block, BlockBody, BlockDigest, BlockHeader, ContractSetDigest, Encode, Genesis, Height,
    LedgerId, PROTOCOL_VERSION, Proposal, Round, Signable, Signed, StateRoot, Timestamp,
    ValidatorSet, Vote,
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
    /// It says that it is far ahead, or as far as a number can say.
    FalseHeights,
    /// It proposes blocks for every round and some heights to come, whoever has the turn.
    Squatting,
    /// It proposes blocks that name validators of its own choice.
    ForgedValidators,
    /// It passes on votes of keys that are nobody's.
    ForeignVotes,
    /// It signs checkpoints of sizes that nobody has reached, and of roots that nobody has.
    FalseCheckpoints,
}

impl Behaviour {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Silence,
        Self::DoubleVotes,
        Self::DoubleProposals,
        Self::WrongBlocks,
        Self::UncertifiedBatches,
        Self::Withholding,
        Self::Nonsense,
        Self::FalseHeights,
        Self::Squatting,
        Self::ForgedValidators,
        Self::ForeignVotes,
        Self::FalseCheckpoints,
    ];
}

/// How far ahead a liar says to be.
const FALSE_LEAD_HEIGHTS: u64 = 1_000;

/// Signs as a validator.
pub fn sign<T: Signable>(ledger: &LedgerId, secret: &SecretKey, message: T) -> Signed<T> {
    let signature = secret.sign(T::DOMAIN, ledger.as_bytes(), &message.to_bytes());
    Signed { message, signature }
}

/// How many checkpoints it signs at a time that nobody asked for.
const FALSE_CHECKPOINTS: u64 = 20;

/// How many rounds it takes for itself in each height.
const SQUATTED_ROUNDS: u32 = 12;

/// A liar's keys and ways.
pub struct Liar {
    pub genesis: Arc<Genesis>,
    pub consensus: SecretKey,
    pub log: SecretKey,
    pub cosigner: SecretKey,
    pub behaviours: Vec<Behaviour>,
}

impl Liar {
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
        let key = self.consensus.public_key();
        match message {
            PeerMessage::Consensus(ConsensusMessage::Vote(vote))
                if self.is(Behaviour::DoubleVotes) && vote.message.validator == key =>
            {
                let mut other = vote.message.clone();
                other.block = match other.block {
                    Some(_) => None,
                    None => Some(BlockDigest(Blake3Digest::of(b"a block that nobody made"))),
                };
                let other = self.sign(other);
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
                all(
                    &to[..to.len().min(self.genesis.validators().quorum() - 1)],
                    message,
                )
            }
            PeerMessage::Status { height } if self.is(Behaviour::FalseHeights) => {
                let height = if random.happens(500) {
                    Height(u64::MAX)
                } else {
                    Height(height.0 + FALSE_LEAD_HEIGHTS)
                };
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
        } else if self.is(Behaviour::ForgedValidators) {
            header.validator_set = self.forged_validators().digest();
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
        PeerMessage::Proposal(self.sign(proposal), Box::new(block))
    }

    fn sign<T: Signable>(&self, message: T) -> Signed<T> {
        sign(&self.genesis.ledger(), &self.consensus, message)
    }

    /// The validators without the last: as many as before to name, none whose quorum is the same.
    fn forged_validators(&self) -> ValidatorSet {
        let mut kept: Vec<_> = self
            .genesis
            .validators()
            .iter()
            .map(|(_, validator)| validator.clone())
            .collect();
        kept.pop();
        ValidatorSet::new(kept).unwrap()
    }

    /// What it says besides, at the occasion of a message of its own. None of it is a statement
    /// that an honest node could take for a vote of this validator.
    pub fn chatter(&self, occasion: &PeerMessage, random: &mut Random) -> Vec<PeerMessage> {
        let mut said = Vec::new();
        match occasion {
            PeerMessage::Consensus(ConsensusMessage::Vote(vote)) => {
                let vote = &vote.message;
                if self.is(Behaviour::ForeignVotes) {
                    said.push(self.foreign_vote(vote, random));
                }
                if self.is(Behaviour::Squatting) {
                    let ahead = u64::try_from(random.below(4)).unwrap();
                    said.extend(self.squat(vote.height.plus(ahead)));
                }
            }
            PeerMessage::Checkpoint(note) if self.is(Behaviour::FalseCheckpoints) => {
                said.extend(self.false_checkpoints(note));
            }
            _ => {}
        }
        said
    }

    fn foreign_vote(&self, vote: &Vote, random: &mut Random) -> PeerMessage {
        let seed = random.bytes(32).try_into().unwrap();
        let stranger = SecretKey::from_seed(seed);
        let vote = Vote {
            validator: stranger.public_key(),
            ..vote.clone()
        };
        let signed = sign(&self.genesis.ledger(), &stranger, vote);
        PeerMessage::Consensus(ConsensusMessage::Vote(signed))
    }

    /// Proposals for rounds of a height, each with a block of its own.
    fn squat(&self, height: Height) -> impl Iterator<Item = PeerMessage> {
        (0..SQUATTED_ROUNDS).map(move |round| {
            let header = BlockHeader {
                protocol_version: PROTOCOL_VERSION,
                ledger: self.genesis.ledger(),
                height,
                parent: BlockDigest(Blake3Digest::of(b"a parent that nobody has")),
                time: Timestamp::from_ms(i64::from(round)),
                body: Blake3Digest::ZERO,
                log_size: 1,
                log_root: Sha256Digest::of(b"a log that nobody keeps"),
                state_root: StateRoot(Blake3Digest::ZERO),
                validator_set: self.genesis.validators().digest(),
                contract_set: ContractSetDigest(Blake3Digest::ZERO),
            };
            let block = Block::new(header, BlockBody::default());
            let proposal = Proposal {
                height,
                round: Round(round),
                polka_round: None,
                block: block.digest(),
                validator: self.consensus.public_key(),
            };
            PeerMessage::Proposal(self.sign(proposal), Box::new(block))
        })
    }

    /// Checkpoints under its own signatures: of sizes to come, and of the present size with
    /// another root.
    fn false_checkpoints(&self, note: &str) -> Vec<PeerMessage> {
        let honest = SignedCheckpoint::parse(note.as_bytes()).unwrap();
        let (origin, size) = (
            honest.checkpoint().origin().clone(),
            honest.checkpoint().size(),
        );
        let key = self.cosigner.public_key();
        let validators = self.genesis.validators();
        let found = validators.iter().find(|(_, v)| v.cosigner_key == key);
        let Some((_, validator)) = found else {
            return Vec::new();
        };
        let witness = witness_name(self.genesis.name(), validator).unwrap();
        let cosigner = Cosigner::new(witness, twin(&self.cosigner));
        let log = LogSigner::new(origin.clone(), twin(&self.log));
        (0..FALSE_CHECKPOINTS)
            .map(|ahead| {
                let root = Sha256Digest::of(b"a root that nobody has");
                let false_size = size.saturating_add(ahead * ahead * ahead);
                let checkpoint = Checkpoint::new(origin.clone(), false_size, root).unwrap();
                let lines = vec![
                    checkpoint.sign_as_log(&log).unwrap(),
                    checkpoint.cosign(&cosigner, 1).unwrap(),
                ];
                let note = SignedCheckpoint::new(checkpoint, lines).unwrap();
                PeerMessage::Checkpoint(note.note().to_string())
            })
            .collect()
    }
}

fn twin(secret: &SecretKey) -> SecretKey {
    SecretKey::from_seed(*secret.seed())
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
