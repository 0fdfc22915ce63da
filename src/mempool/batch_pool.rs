//! The batches that are not ordered yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;

use crate::crypto::{PublicKey, Signature};
use crate::types::limits::{
    MAX_BATCH_BYTES_PER_BLOCK, MAX_BATCH_LIFETIME_HEIGHTS, MAX_BATCHES_PER_BLOCK,
};
use crate::types::{
    Acknowledgement, AvailabilityCertificate, BatchDigest, BatchReference, Height,
    IndexedSignature, SubmissionId, Timestamp, Validator, ValidatorIndex, ValidatorSetDigest,
    ValidatorSets,
};

/// Bounds of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Most bytes of one author's batches that are not ordered yet. With the number of validators
    /// it bounds the memory and the disk that unordered batches take.
    pub bytes_per_author: u64,
    /// Most batches of one author that are not ordered yet.
    pub batches_per_author: usize,
    /// After this long without an answer a batch or certificate is sent again.
    pub retransmit_ms: i64,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            bytes_per_author: 24 * 1024 * 1024,
            batches_per_author: 1_024,
            retransmit_ms: 500,
        }
    }
}

/// The time between two repeats doubles so many times.
const MAX_DOUBLINGS: u32 = 4;

/// Why a batch or certificate is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PoolError {
    /// Its author is no validator.
    #[error("the author of the batch is no validator")]
    UnknownAuthor,
    /// It is for a validator set that decides neither the next height nor the one after it.
    #[error("the batch is for another validator set")]
    OtherValidatorSet,
    /// It may not be ordered at the next height.
    #[error("the batch may be ordered up to height {last_height}, the next height is {next}")]
    OutOfTime {
        /// Its last height.
        last_height: Height,
        /// The next height.
        next: Height,
    },
    /// Its author has too much that is not ordered yet.
    #[error("the author has {bytes} bytes in {batches} batches that are not ordered yet")]
    AuthorQuota {
        /// Bytes of the author.
        bytes: u64,
        /// Batches of the author.
        batches: usize,
    },
}

/// What is known of a batch.
#[derive(Debug)]
struct Entry {
    reference: BatchReference,
    submissions: Vec<SubmissionId>,
    is_stored: bool,
    acknowledgements: BTreeMap<ValidatorIndex, Signature>,
    certificate: Option<AvailabilityCertificate>,
    sent: Timestamp,
    /// How often it was sent again: each time later, or a slow network would be flooded.
    repeats: u32,
}

impl Entry {
    fn is_on_its_way(&self, own: Option<&PublicKey>) -> bool {
        self.certificate.is_some() || Some(&self.reference.author) == own
    }

    /// Whether it is time to send it again; if so, notes that it is done.
    fn is_due(&mut self, now: Timestamp, retransmit_ms: i64) -> bool {
        let wait_ms = retransmit_ms.saturating_mul(1 << self.repeats.min(MAX_DOUBLINGS));
        if now.as_ms().saturating_sub(self.sent.as_ms()) < wait_ms {
            return false;
        }
        self.sent = now;
        self.repeats = self.repeats.saturating_add(1);
        true
    }
}

/// Batches and certificates that are not ordered yet.
#[derive(Debug)]
pub struct BatchPool {
    limits: PoolLimits,
    batches: BTreeMap<BatchDigest, Entry>,
    /// Certificates in the order in which they became known.
    certified: BTreeMap<u64, AvailabilityCertificate>,
    certified_positions: BTreeMap<BatchDigest, u64>,
    next_position: u64,
    submissions: BTreeMap<SubmissionId, BatchDigest>,
    /// Shared with those who check batches; copied when it changes while they look at it.
    stored: Arc<BTreeSet<BatchDigest>>,
    usage: BTreeMap<PublicKey, (u64, usize)>,
}

impl BatchPool {
    /// An empty pool.
    pub fn new(limits: PoolLimits) -> Self {
        Self {
            limits,
            batches: BTreeMap::new(),
            certified: BTreeMap::new(),
            certified_positions: BTreeMap::new(),
            next_position: 0,
            submissions: BTreeMap::new(),
            stored: Arc::default(),
            usage: BTreeMap::new(),
        }
    }

    /// Its bounds.
    pub fn limits(&self) -> &PoolLimits {
        &self.limits
    }

    /// Whether a batch may be taken: its author's quota, its validator set, its last height.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn check(&self, reference: &BatchReference, sets: &ValidatorSets) -> Result<(), PoolError> {
        check_reference(reference, sets)?;
        if self.batches.contains_key(&reference.digest) {
            return Ok(());
        }
        if !self.has_room(&reference.author, u64::from(reference.byte_count)) {
            let (bytes, batches) = self.usage(&reference.author);
            return Err(PoolError::AuthorQuota { bytes, batches });
        }
        Ok(())
    }

    /// Whether an author's quota has room for one more batch of so many bytes.
    pub fn has_room(&self, author: &PublicKey, byte_count: u64) -> bool {
        let (bytes, batches) = self.usage(author);
        bytes.saturating_add(byte_count) <= self.limits.bytes_per_author
            && batches < self.limits.batches_per_author
    }

    /// Takes a batch that [`BatchPool::check`] lets through. Returns whether it is new.
    pub fn insert(
        &mut self,
        reference: BatchReference,
        submissions: Vec<SubmissionId>,
        now: Timestamp,
    ) -> bool {
        let digest = reference.digest;
        if self.batches.contains_key(&digest) {
            return false;
        }
        let usage = self.usage.entry(reference.author).or_default();
        usage.0 = usage.0.saturating_add(u64::from(reference.byte_count));
        usage.1 += 1;
        for id in &submissions {
            // One that is on its way already stays the one that is known.
            let known = self
                .submissions
                .get(id)
                .and_then(|known| self.batches.get(known));
            if known.is_none_or(|entry| entry.certificate.is_none()) {
                self.submissions.insert(*id, digest);
            }
        }
        self.batches.insert(
            digest,
            Entry {
                reference,
                submissions,
                is_stored: false,
                acknowledgements: BTreeMap::new(),
                certificate: None,
                sent: now,
                repeats: 0,
            },
        );
        true
    }

    /// Notes that a batch is on disk; from now on it may be acknowledged.
    pub fn mark_stored(&mut self, digest: &BatchDigest) -> Option<&BatchReference> {
        let entry = self.batches.get_mut(digest)?;
        entry.is_stored = true;
        Arc::make_mut(&mut self.stored).insert(*digest);
        Some(&entry.reference)
    }

    /// The reference of a batch that is on disk.
    pub fn stored(&self, digest: &BatchDigest) -> Option<&BatchReference> {
        self.batches
            .get(digest)
            .filter(|entry| entry.is_stored)
            .map(|entry| &entry.reference)
    }

    /// The batches that are on disk, as they are now.
    pub fn stored_digests(&self) -> Arc<BTreeSet<BatchDigest>> {
        Arc::clone(&self.stored)
    }

    /// Whether a batch is known, on disk or on its way there.
    pub fn contains(&self, digest: &BatchDigest) -> bool {
        self.batches.contains_key(digest)
    }

    /// Whether a submission is on its way: in a batch of `own` that is not ordered yet, or in one
    /// that can be ordered. What another author holds without a certificate is no reason to refuse
    /// it here: that author may never see to it.
    pub fn contains_submission(&self, id: &SubmissionId, own: Option<&PublicKey>) -> bool {
        self.submissions
            .get(id)
            .and_then(|digest| self.batches.get(digest))
            .is_some_and(|entry| entry.is_on_its_way(own))
    }

    /// Counts an acknowledgement whose signature has been verified. Returns the certificate when
    /// it completes one.
    pub fn acknowledge(
        &mut self,
        acknowledgement: &Acknowledgement,
        signature: Signature,
        sets: &ValidatorSets,
    ) -> Option<AvailabilityCertificate> {
        let entry = self.batches.get_mut(&acknowledgement.batch)?;
        let set = sets.for_batches(&entry.reference.validator_set)?;
        let index = set.index_of(&acknowledgement.validator)?;
        let expected = Acknowledgement::of(&entry.reference, acknowledgement.validator);
        if expected != *acknowledgement || entry.certificate.is_some() {
            return None;
        }
        entry.acknowledgements.insert(index, signature);
        if entry.acknowledgements.len() < set.quorum() {
            return None;
        }
        let signatures = entry
            .acknowledgements
            .iter()
            .map(|(validator, signature)| IndexedSignature {
                validator: *validator,
                signature: *signature,
            })
            .collect();
        let certificate = AvailabilityCertificate {
            batch: entry.reference.clone(),
            signatures,
        };
        self.certify(certificate.clone());
        Some(certificate)
    }

    /// Whether a certificate may be taken. Its signatures are for the caller to verify.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn check_certificate(
        &self,
        certificate: &AvailabilityCertificate,
        sets: &ValidatorSets,
    ) -> Result<(), PoolError> {
        check_reference(&certificate.batch, sets)
    }

    /// Takes a certificate that has been verified, whether or not its batch is here. Returns
    /// whether it is new.
    pub fn certify(&mut self, certificate: AvailabilityCertificate) -> bool {
        let digest = certificate.batch.digest;
        if self.certified_positions.contains_key(&digest) {
            return false;
        }
        if let Some(entry) = self.batches.get_mut(&digest) {
            entry.certificate = Some(certificate.clone());
        }
        let position = self.next_position;
        self.next_position = position.saturating_add(1);
        self.certified_positions.insert(digest, position);
        self.certified.insert(position, certificate);
        true
    }

    /// Whether a batch's certificate is known.
    pub fn is_certified(&self, digest: &BatchDigest) -> bool {
        self.certified_positions.contains_key(digest)
    }

    /// Whether there is something to order.
    pub fn has_certified(&self) -> bool {
        !self.certified.is_empty()
    }

    /// What a block at `height` should order, which the validators of `set` decide: the oldest
    /// certificates by them, as many as fit.
    pub fn select(&self, height: Height, set: &ValidatorSetDigest) -> Vec<AvailabilityCertificate> {
        let mut selected = Vec::new();
        let mut bytes = 0u64;
        for certificate in self.certified.values() {
            let is_of_set = certificate.batch.validator_set == *set;
            if certificate.batch.last_height < height || !is_of_set {
                continue;
            }
            let more = bytes.saturating_add(u64::from(certificate.batch.byte_count));
            if selected.len() >= MAX_BATCHES_PER_BLOCK || more > MAX_BATCH_BYTES_PER_BLOCK {
                break;
            }
            bytes = more;
            selected.push(certificate.clone());
        }
        selected
    }

    /// Forgets batches that a block has ordered.
    pub fn on_ordered<'a>(&mut self, digests: impl IntoIterator<Item = &'a BatchDigest>) {
        for digest in digests {
            self.forget(digest);
        }
    }

    /// Forgets batches that can no longer be ordered at `next`, and returns their digests.
    pub fn discard_expired(&mut self, next: Height) -> BTreeSet<BatchDigest> {
        let expired: BTreeSet<BatchDigest> = self
            .batches
            .values()
            .map(|entry| &entry.reference)
            .chain(
                self.certified
                    .values()
                    .map(|certificate| &certificate.batch),
            )
            .filter(|reference| reference.last_height < next)
            .map(|reference| reference.digest)
            .collect();
        for digest in &expired {
            self.forget(digest);
        }
        expired
    }

    /// Forgets batches whose validators decide no height any more that they could be ordered at, and
    /// returns their references.
    pub fn discard_outdated(&mut self, sets: &ValidatorSets) -> Vec<BatchReference> {
        let is_outdated =
            |reference: &&BatchReference| sets.for_batches(&reference.validator_set).is_none();
        let held = self.batches.values().map(|entry| &entry.reference);
        let certified = self.certified.values().map(|certified| &certified.batch);
        let outdated: BTreeMap<BatchDigest, BatchReference> = held
            .chain(certified)
            .filter(is_outdated)
            .map(|reference| (reference.digest, reference.clone()))
            .collect();
        for digest in outdated.keys() {
            self.forget(digest);
        }
        outdated.into_values().collect()
    }

    /// Batches by `author` that are on disk and have waited for acknowledgements too long, with
    /// the validators who have not answered.
    pub fn unacknowledged(
        &mut self,
        author: &PublicKey,
        now: Timestamp,
        sets: &ValidatorSets,
    ) -> Vec<(BatchDigest, Vec<Validator>)> {
        let retransmit_ms = self.limits.retransmit_ms;
        self.batches
            .values_mut()
            .filter(|entry| {
                entry.reference.author == *author && entry.is_stored && entry.certificate.is_none()
            })
            .filter_map(|entry| entry.is_due(now, retransmit_ms).then_some(&*entry))
            .map(|entry| {
                let missing = sets
                    .for_batches(&entry.reference.validator_set)
                    .into_iter()
                    .flat_map(|set| set.iter())
                    .filter(|(index, _)| !entry.acknowledgements.contains_key(index))
                    .map(|(_, validator)| validator.clone())
                    .collect();
                (entry.reference.digest, missing)
            })
            .collect()
    }

    /// Certificates of `author`'s batches that have waited for a block too long.
    pub fn unordered(
        &mut self,
        author: &PublicKey,
        now: Timestamp,
    ) -> Vec<AvailabilityCertificate> {
        let retransmit_ms = self.limits.retransmit_ms;
        self.batches
            .values_mut()
            .filter(|entry| entry.reference.author == *author && entry.certificate.is_some())
            .filter_map(|entry| {
                let is_due = entry.is_due(now, retransmit_ms);
                entry.certificate.clone().filter(|_| is_due)
            })
            .collect()
    }

    /// How many of `author`'s batches wait for acknowledgements.
    pub fn uncertified_of(&self, author: &PublicKey) -> usize {
        self.batches
            .values()
            .filter(|entry| entry.reference.author == *author && entry.certificate.is_none())
            .count()
    }

    /// How many batches are not ordered yet.
    pub fn len(&self) -> usize {
        self.batches.len()
    }

    /// Whether no batch waits.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Bytes and number of an author's batches that are not ordered yet.
    pub fn usage(&self, author: &PublicKey) -> (u64, usize) {
        self.usage.get(author).copied().unwrap_or_default()
    }

    fn forget(&mut self, digest: &BatchDigest) {
        if let Some(position) = self.certified_positions.remove(digest) {
            self.certified.remove(&position);
        }
        let Some(entry) = self.batches.remove(digest) else {
            return;
        };
        if entry.is_stored {
            Arc::make_mut(&mut self.stored).remove(digest);
        }
        for id in &entry.submissions {
            if self.submissions.get(id) == Some(digest) {
                self.submissions.remove(id);
            }
        }
        if let Some(usage) = self.usage.get_mut(&entry.reference.author) {
            usage.0 = usage
                .0
                .saturating_sub(u64::from(entry.reference.byte_count));
            usage.1 = usage.1.saturating_sub(1);
            if usage.1 == 0 {
                self.usage.remove(&entry.reference.author);
            }
        }
    }
}

fn check_reference(reference: &BatchReference, sets: &ValidatorSets) -> Result<(), PoolError> {
    let set = sets
        .for_batches(&reference.validator_set)
        .ok_or(PoolError::OtherValidatorSet)?;
    if set.index_of(&reference.author).is_none() {
        return Err(PoolError::UnknownAuthor);
    }
    let (last_height, next) = (reference.last_height, sets.next_height());
    if last_height < next || last_height > next.plus(MAX_BATCH_LIFETIME_HEIGHTS) {
        return Err(PoolError::OutOfTime { last_height, next });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
