//! The canonical codec.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;

use crate::contracts::Rulebook;
use crate::ledger::{SubmissionContext, check_submission};
use crate::types::{self, Decode, Encode, Submission};

/// Whatever decodes is the canonical form of what it decodes to.
pub(super) fn canonical<T: Decode + Encode + PartialEq + Debug>(data: &[u8]) {
    if let Ok(value) = T::from_bytes(data) {
        assert_eq!(value.to_bytes(), data, "{value:?}");
    }
}

pub(super) fn batch(data: &[u8]) {
    if let Ok(batch) = types::Batch::from_shared_bytes(Bytes::copy_from_slice(data)) {
        assert_eq!(batch.bytes(), data);
        assert_eq!(
            usize::try_from(batch.reference().byte_count),
            Ok(data.len())
        );
        // What stands between the header and the signature is the submissions, byte for byte.
        let submissions: Vec<u8> = batch
            .submissions()
            .iter()
            .flat_map(Encode::to_bytes)
            .collect();
        let body = data.len() - crate::crypto::keys::SIGNATURE_BYTES;
        assert!(data[..body].ends_with(&submissions));
    }
}

/// A submission that decodes has the length that it states and can be checked and shown as JSON.
pub(super) fn submission(data: &[u8]) {
    canonical::<Submission>(data);
    if let Ok(submission) = Submission::from_bytes(data) {
        assert_eq!(submission.encoded_length(), data.len());
        let context = SubmissionContext {
            ledger: submission.header().ledger,
            rulebook: Arc::new(Rulebook::of(&[]).expect("no contracts")),
        };
        let checked = check_submission(&context, &submission);
        assert_eq!(checked.id, submission.id());
        assert_eq!(checked.is_authentic, submission.verify().is_ok());
        let document = types::SubmissionDocument::from(&submission);
        assert_eq!(document.records.len(), submission.records().len());
    }
}
