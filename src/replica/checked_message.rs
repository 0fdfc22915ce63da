//! The checks that every message passes on a worker before it is an input: pure functions of the
//! bytes, the ledger and a validator set.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;

use super::input::Answer;
use super::message::PeerMessage;
use crate::consensus::{self, MessageError, Verified};
use crate::crypto::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::crypto::{KeyError, PublicKey};
use crate::ledger::{BlockFault, CheckedBatch, SubmissionContext, check_block_signatures};
use crate::sync::{SyncRequest, SyncResponse};
use crate::types::{
    Acknowledgement, AvailabilityCertificate, Batch, BatchDigest, BatchReference, Block,
    BlockDigest, CertificateError, Decode, DecodeError, Evidence, EvidenceError, Height, Proposal,
    Signed, ValidatorSet, ValidatorSetDigest, ValidatorSets,
};

/// A message that has been decoded and whose signatures have been verified.
#[derive(Clone, Debug)]
pub enum CheckedMessage {
    /// A proposal with its block.
    Proposal {
        /// The proposal.
        proposal: Verified<Proposal>,
        /// Its block.
        block: Arc<Block>,
        /// The verdict on the block's signatures.
        signatures: SignatureVerdict,
    },
    /// A vote or certificate, ready for consensus.
    Consensus {
        /// The height it is about.
        height: Height,
        /// The input.
        input: Box<consensus::Input>,
    },
    /// A batch by its author, with the checks of its submissions.
    Batch(Box<CheckedBatch>),
    /// A batch that this node holds or has ordered: it was checked when it came first.
    HeldBatch(BatchDigest),
    /// An acknowledgement, signed by the validator it names.
    Acknowledgement(Signed<Acknowledgement>),
    /// A certificate of the validator set that it names.
    Certificate(AvailabilityCertificate),
    /// Evidence that holds.
    Evidence(Box<Evidence>),
    /// A well-formed checkpoint note; whose signatures it has is checked when it is counted.
    Checkpoint(Box<SignedCheckpoint>),
    /// Something of validators who decide nothing that this node has to do with, any more or as far
    /// as it knows: true or false, nothing follows from it.
    Outdated,
    /// The height that the sender has committed, as it says, or as follows if what it says of a
    /// height is true whose validators this node does not know yet.
    Status {
        /// The height.
        height: Height,
    },
}

/// Whether all signatures in a block are right, by these validators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureVerdict {
    /// The set that decided the parent.
    pub parent_validators: ValidatorSetDigest,
    /// The set that decides the block.
    pub validators: ValidatorSetDigest,
    /// What is wrong, if anything is.
    pub result: Result<(), BlockFault>,
}

impl SignatureVerdict {
    /// Of a block that this node has made, or judged before.
    pub(super) fn good(parent_validators: &ValidatorSet, validators: &ValidatorSet) -> Self {
        Self {
            parent_validators: parent_validators.digest(),
            validators: validators.digest(),
            result: Ok(()),
        }
    }

    /// The verdict, if it was given by these sets.
    pub(super) fn by(
        &self,
        parent_validators: &ValidatorSet,
        validators: &ValidatorSet,
    ) -> Option<&Result<(), BlockFault>> {
        let sets = (parent_validators.digest(), validators.digest());
        (sets == (self.parent_validators, self.validators)).then_some(&self.result)
    }
}

/// What is wrong with what a peer sent: the peer is faulty, or its program differs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PeerFault {
    /// The bytes are no message.
    #[error("it cannot be decoded: {0}")]
    Decode(#[from] DecodeError),
    /// A consensus message does not verify.
    #[error(transparent)]
    Consensus(#[from] MessageError),
    /// A signature does not verify.
    #[error("its signature does not verify: {0}")]
    Signature(#[from] KeyError),
    /// A proposal names another block than the one it comes with.
    #[error("the proposal is for block {proposed} and comes with block {sent}")]
    OtherBlock {
        /// The block that it names.
        proposed: BlockDigest,
        /// The block that it comes with.
        sent: BlockDigest,
    },
    /// A proposal is by somebody who is no validator.
    #[error("a proposal is by {signer}, who is no validator")]
    StrangerProposal {
        /// The key that signed it.
        signer: Box<PublicKey>,
    },
    /// A batch is by somebody who is no validator.
    #[error("a batch is by {author}, who is no validator")]
    StrangerBatch {
        /// The key that it names.
        author: Box<PublicKey>,
    },
    /// A batch has a submission that nobody signed: its author did not check.
    #[error("batch {batch} has a submission that is not authentic")]
    UnauthenticBatch {
        /// The batch.
        batch: BatchDigest,
    },
    /// A batch certificate does not certify.
    #[error("the certificate of batch {batch}: {error}")]
    Certificate {
        /// The batch.
        batch: BatchDigest,
        /// What is wrong.
        error: CertificateError,
    },
    /// Evidence does not hold.
    #[error("its evidence does not hold: {0}")]
    Evidence(#[from] EvidenceError),
    /// A checkpoint is no checkpoint.
    #[error("its checkpoint cannot be read: {0}")]
    Checkpoint(Box<CheckpointError>),
    /// An answer is not to the question.
    #[error("the answer is not to the question")]
    OtherAnswer,
}

impl PeerFault {
    /// Whether no correct node sends such a thing, whatever it knows of the ledger. A peer with a
    /// newer program or another validator set may send what is faulty here; that is no offence.
    pub fn is_offence(&self) -> bool {
        match self {
            Self::Decode(error) => !matches!(
                error,
                DecodeError::UnknownVersion { .. } | DecodeError::UnknownTag { .. }
            ),
            Self::Consensus(MessageError::Signature(_))
            | Self::Signature(_)
            | Self::OtherBlock { .. }
            | Self::UnauthenticBatch { .. }
            | Self::Evidence(_)
            | Self::Checkpoint(_)
            | Self::OtherAnswer => true,
            Self::Consensus(MessageError::Certificate(_))
            | Self::StrangerProposal { .. }
            | Self::StrangerBatch { .. }
            | Self::Certificate { .. } => false,
        }
    }
}

/// What messages are checked against: a snapshot of the ledger's end.
#[derive(Clone, Debug)]
pub struct MessageContext {
    /// What the submissions of batches are checked against.
    pub submissions: SubmissionContext,
    /// Who decides the heights around the next one.
    pub sets: ValidatorSets,
}

/// Decodes and checks a message. `holds` says whether this node holds or has ordered a batch, so
/// that it is not checked again each time a peer sends it; `batch` checks a batch's submissions, on
/// several threads if the caller has them: see [`CheckedBatch::check`].
///
/// # Errors
/// [`PeerFault`].
pub fn check_message(
    context: &MessageContext,
    bytes: &[u8],
    holds: impl FnOnce(&BatchReference) -> bool,
    batch: impl FnOnce(&SubmissionContext, Arc<Batch>) -> CheckedBatch,
) -> Result<CheckedMessage, PeerFault> {
    let ledger = &context.submissions.ledger;
    Ok(match PeerMessage::from_bytes(bytes)? {
        PeerMessage::Proposal(proposal, block) => {
            let proposed = proposal.message.block;
            if proposed != block.digest() || proposal.message.height != block.height() {
                return Err(PeerFault::OtherBlock {
                    proposed,
                    sent: block.digest(),
                });
            }
            check_proposal(context, proposal, block)?
        }
        PeerMessage::Consensus(message) => {
            let height = message.height();
            match &context.sets.at(height) {
                Some(set) => CheckedMessage::Consensus {
                    height,
                    input: Box::new(message.verify(ledger, set)?),
                },
                None => of_unknown_validators(context, height),
            }
        }
        PeerMessage::Batch(bytes) => check_batch(context, bytes, holds, batch)?,
        PeerMessage::Acknowledgement(acknowledgement) => {
            acknowledgement.verify(ledger)?;
            CheckedMessage::Acknowledgement(acknowledgement)
        }
        PeerMessage::Certificate(certificate) => {
            match context.sets.for_batches(&certificate.batch.validator_set) {
                None => CheckedMessage::Outdated,
                Some(set) => {
                    let batch = certificate.batch.digest;
                    certificate
                        .verify(ledger, set)
                        .map_err(|error| PeerFault::Certificate { batch, error })?;
                    CheckedMessage::Certificate(certificate)
                }
            }
        }
        PeerMessage::Evidence(evidence) => {
            evidence.verify(ledger)?;
            CheckedMessage::Evidence(evidence)
        }
        PeerMessage::Checkpoint(note) => {
            let checkpoint = SignedCheckpoint::parse(note.as_bytes())
                .map_err(|error| PeerFault::Checkpoint(Box::new(error)))?;
            CheckedMessage::Checkpoint(Box::new(checkpoint))
        }
        PeerMessage::Status { height } => CheckedMessage::Status { height },
    })
}

/// What is cheap comes first: only validators make this node verify certificates.
fn check_proposal(
    context: &MessageContext,
    proposal: Signed<Proposal>,
    block: Box<Block>,
) -> Result<CheckedMessage, PeerFault> {
    let ledger = &context.submissions.ledger;
    let height = block.height();
    let proposal = Verified::check(proposal, ledger)?;
    let parent = height.previous().and_then(|before| context.sets.at(before));
    let (Some(parent), Some(set)) = (parent, context.sets.at(height)) else {
        return Ok(of_unknown_validators(context, height));
    };
    let signer = &proposal.signed().message.validator;
    if set.index_of(signer).is_none() {
        return Err(PeerFault::StrangerProposal {
            signer: Box::new(*signer),
        });
    }
    let signatures = SignatureVerdict {
        parent_validators: parent.digest(),
        validators: set.digest(),
        result: check_block_signatures(ledger, parent, set, &block),
    };
    Ok(CheckedMessage::Proposal {
        proposal,
        block: Arc::from(block),
        signatures,
    })
}

/// What a message comes to whose height has validators that are not known here: who speaks of a later
/// height says with it that the one before is committed.
fn of_unknown_validators(context: &MessageContext, height: Height) -> CheckedMessage {
    match height.previous() {
        Some(committed) if height > context.sets.next_height() => {
            CheckedMessage::Status { height: committed }
        }
        _ => CheckedMessage::Outdated,
    }
}

/// What costs nothing comes first: whoever is no validator makes nobody verify anything.
fn check_batch(
    context: &MessageContext,
    bytes: Bytes,
    holds: impl FnOnce(&BatchReference) -> bool,
    check: impl FnOnce(&SubmissionContext, Arc<Batch>) -> CheckedBatch,
) -> Result<CheckedMessage, PeerFault> {
    let ledger = &context.submissions.ledger;
    let batch = Batch::from_shared_bytes(bytes)?;
    let (author, digest) = (&batch.reference().author, &batch.reference().validator_set);
    // Who is no validator any more hands over what it had under way.
    let is_gone = context.sets.upcoming().index_of(author).is_none();
    let handed_over = || context.sets.remembered(digest).filter(|_| is_gone);
    let Some(set) = context.sets.for_batches(digest).or_else(handed_over) else {
        return Ok(CheckedMessage::Outdated);
    };
    if set.index_of(author).is_none() {
        return Err(PeerFault::StrangerBatch {
            author: Box::new(batch.reference().author),
        });
    }
    if holds(batch.reference()) {
        return Ok(CheckedMessage::HeldBatch(batch.digest()));
    }
    batch.verify_author(ledger)?;
    let checked = check(&context.submissions, Arc::new(batch));
    if !checked.is_authentic() {
        return Err(PeerFault::UnauthenticBatch {
            batch: checked.batch().digest(),
        });
    }
    Ok(CheckedMessage::Batch(Box::new(checked)))
}

/// Decodes and checks the answer to a request. Certificates of blocks are verified when the blocks
/// are taken, by the validator sets that they lead to.
///
/// # Errors
/// [`PeerFault`].
pub fn check_answer(
    context: &SubmissionContext,
    request: &SyncRequest,
    bytes: &[u8],
    check: impl FnOnce(&SubmissionContext, Arc<Batch>) -> CheckedBatch,
) -> Result<Answer, PeerFault> {
    match (request, SyncResponse::from_bytes(bytes)?) {
        (SyncRequest::Blocks { .. }, SyncResponse::Blocks(blocks)) => Ok(Answer::Blocks(blocks)),
        (SyncRequest::Batch { .. }, SyncResponse::Batch(None)) => Ok(Answer::NoBatch),
        (SyncRequest::Batch { digest }, SyncResponse::Batch(Some(bytes))) => {
            // A batch that was ordered is applied whatever is in it: its certificate was wrong to
            // exist if a signature in it is, and what is not authentic gives no entry.
            let batch = Batch::from_shared_bytes(bytes)?;
            if batch.digest() != *digest {
                return Err(PeerFault::OtherAnswer);
            }
            Ok(Answer::Batch(Box::new(check(context, Arc::new(batch)))))
        }
        _ => Err(PeerFault::OtherAnswer),
    }
}

#[cfg(test)]
mod tests;
