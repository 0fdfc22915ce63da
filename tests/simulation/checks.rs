//! The checks that workers make. They are pure functions, so what n nodes check alike is checked
//! once: signatures take most of the time.

use std::collections::BTreeMap;
use std::sync::Arc;

use waybill::crypto::Blake3Digest;
use waybill::ledger::{CheckedBatch, CheckedSubmission, SubmissionContext, check_submission};
use waybill::replica::{
    Answer, CheckedMessage, MessageContext, PeerFault, check_answer, check_message,
};
use waybill::sync::SyncRequest;
use waybill::types::{
    Batch, BatchReference, ContractSetDigest, Height, Submission, ValidatorSetDigest, ValidatorSets,
};

type MessageKey = (
    Blake3Digest,
    Vec<(Height, ValidatorSetDigest)>,
    ContractSetDigest,
);

/// Which sets a node knows, of which heights.
fn known_sets(sets: &ValidatorSets) -> Vec<(Height, ValidatorSetDigest)> {
    let next = sets.next_height().0;
    (next.saturating_sub(10)..next + 3)
        .filter_map(|height| Some((Height(height), sets.at(Height(height))?.digest())))
        .collect()
}

type BatchKey = (Blake3Digest, ContractSetDigest);

/// Remembers what was checked.
#[derive(Default)]
pub struct Checks {
    messages: BTreeMap<MessageKey, Result<CheckedMessage, PeerFault>>,
    /// By their bytes: the name of a batch does not cover its author's signature.
    batches: BTreeMap<BatchKey, CheckedBatch>,
}

impl Checks {
    /// As [`check_message`].
    pub fn message(
        &mut self,
        context: &MessageContext,
        bytes: &[u8],
        holds: impl FnOnce(&BatchReference) -> bool,
    ) -> Result<CheckedMessage, PeerFault> {
        match self.message_of_nobody(context, bytes)? {
            CheckedMessage::Batch(batch) if holds(batch.batch().reference()) => {
                Ok(CheckedMessage::HeldBatch(batch.batch().digest()))
            }
            message => Ok(message),
        }
    }

    /// The part of the check that is the same on all nodes: it is made once.
    fn message_of_nobody(
        &mut self,
        context: &MessageContext,
        bytes: &[u8],
    ) -> Result<CheckedMessage, PeerFault> {
        let key = (
            Blake3Digest::of(bytes),
            known_sets(&context.sets),
            context.submissions.rulebook.digest(),
        );
        if let Some(known) = self.messages.get(&key) {
            return known.clone();
        }
        let batches = &mut self.batches;
        let holds_none = |_: &BatchReference| false;
        let checked = check_message(context, bytes, holds_none, |context, batch| {
            check_batch(batches, context, batch)
        });
        self.messages.insert(key, checked.clone());
        checked
    }

    /// As [`check_answer`].
    pub fn answer(
        &mut self,
        context: &SubmissionContext,
        request: &SyncRequest,
        bytes: &[u8],
    ) -> Result<Answer, PeerFault> {
        check_answer(context, request, bytes, |context, batch| {
            self.batch(context, batch)
        })
    }

    /// As [`CheckedBatch::check`].
    pub fn batch(&mut self, context: &SubmissionContext, batch: Arc<Batch>) -> CheckedBatch {
        check_batch(&mut self.batches, context, batch)
    }

    /// As [`check_submission`].
    pub fn submission(
        &self,
        context: &SubmissionContext,
        submission: &Submission,
    ) -> CheckedSubmission {
        check_submission(context, submission)
    }
}

fn check_batch(
    known: &mut BTreeMap<BatchKey, CheckedBatch>,
    context: &SubmissionContext,
    batch: Arc<Batch>,
) -> CheckedBatch {
    known
        .entry((Blake3Digest::of(batch.bytes()), context.rulebook.digest()))
        .or_insert_with(|| CheckedBatch::check(context, batch))
        .clone()
}
