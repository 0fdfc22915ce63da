//! The checks that workers make. They are pure functions, so what n nodes check alike is checked
//! once: signatures take most of the time.

use std::collections::BTreeMap;
use std::sync::Arc;

use waybill::crypto::Blake3Digest;
use waybill::ledger::{CheckedBatch, CheckedSubmission, check_submission};
use waybill::replica::{
    Answer, CheckedMessage, MessageContext, PeerFault, check_answer, check_message,
};
use waybill::sync::SyncRequest;
use waybill::types::{Batch, BatchReference, LedgerId, Submission, ValidatorSetDigest};

type MessageKey = (Blake3Digest, ValidatorSetDigest, ValidatorSetDigest);

/// Remembers what was checked.
#[derive(Default)]
pub struct Checks {
    messages: BTreeMap<MessageKey, Result<CheckedMessage, PeerFault>>,
    /// By their bytes: the name of a batch does not cover its author's signature.
    batches: BTreeMap<Blake3Digest, CheckedBatch>,
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
            context.parent_validators.digest(),
            context.validators.digest(),
        );
        if let Some(known) = self.messages.get(&key) {
            return known.clone();
        }
        let batches = &mut self.batches;
        let holds_none = |_: &BatchReference| false;
        let checked = check_message(context, bytes, holds_none, |ledger, batch| {
            check_batch(batches, ledger, batch)
        });
        self.messages.insert(key, checked.clone());
        checked
    }

    /// As [`check_answer`].
    pub fn answer(
        &mut self,
        ledger: &LedgerId,
        request: &SyncRequest,
        bytes: &[u8],
    ) -> Result<Answer, PeerFault> {
        check_answer(ledger, request, bytes, |ledger, batch| {
            self.batch(ledger, batch)
        })
    }

    /// As [`CheckedBatch::check`].
    pub fn batch(&mut self, ledger: &LedgerId, batch: Arc<Batch>) -> CheckedBatch {
        check_batch(&mut self.batches, ledger, batch)
    }

    /// As [`check_submission`].
    pub fn submission(&self, ledger: &LedgerId, submission: &Submission) -> CheckedSubmission {
        check_submission(ledger, submission)
    }
}

fn check_batch(
    known: &mut BTreeMap<Blake3Digest, CheckedBatch>,
    ledger: &LedgerId,
    batch: Arc<Batch>,
) -> CheckedBatch {
    known
        .entry(Blake3Digest::of(batch.bytes()))
        .or_insert_with(|| CheckedBatch::check(ledger, batch))
        .clone()
}
