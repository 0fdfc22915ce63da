//! Recently read batches. A batch is one compressed value, and its records are mostly read one
//! after the other: without this, each of them would cost the whole batch.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::types::BatchDigest;

/// A bounded cache, the least recently used leaves first. It holds a few batches, so a list is
/// searched faster than any map.
#[derive(Debug)]
pub(super) struct BatchCache {
    limit_bytes: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    byte_count: usize,
    /// The most recently used comes last.
    batches: VecDeque<(BatchDigest, Bytes)>,
}

/// Most batches held, however small they are.
const MAX_BATCHES: usize = 64;

impl BatchCache {
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            held: Mutex::default(),
        }
    }

    pub(super) fn get(&self, digest: &BatchDigest) -> Option<Bytes> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let place = held.batches.iter().position(|(held, _)| held == digest)?;
        let found = held.batches.remove(place)?;
        let bytes = found.1.clone();
        held.batches.push_back(found);
        Some(bytes)
    }

    pub(super) fn put(&self, digest: BatchDigest, bytes: &Bytes) {
        if bytes.len() > self.limit_bytes {
            return;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.batches.iter().any(|(held, _)| *held == digest) {
            return;
        }
        held.byte_count += bytes.len();
        held.batches.push_back((digest, bytes.clone()));
        while held.byte_count > self.limit_bytes || held.batches.len() > MAX_BATCHES {
            let Some((_, oldest)) = held.batches.pop_front() else {
                break;
            };
            held.byte_count -= oldest.len();
        }
    }

    pub(super) fn byte_count(&self) -> usize {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.byte_count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Blake3Digest;

    fn digest(name: &str) -> BatchDigest {
        BatchDigest(Blake3Digest::of(name.as_bytes()))
    }

    #[test]
    fn the_least_recently_used_leaves_first() {
        let cache = BatchCache::new(10);
        let bytes = Bytes::from_static(b"1234");
        cache.put(digest("a"), &bytes);
        cache.put(digest("b"), &bytes);
        cache.put(digest("b"), &bytes);
        assert_eq!(cache.byte_count(), 8);
        assert_eq!(cache.get(&digest("a")), Some(bytes.clone()));
        cache.put(digest("c"), &bytes);
        assert_eq!(cache.get(&digest("b")), None);
        assert_eq!(cache.get(&digest("a")), Some(bytes.clone()));
        assert_eq!(cache.get(&digest("c")), Some(bytes));
        cache.put(digest("huge"), &Bytes::from_static(b"12345678901"));
        assert_eq!(cache.get(&digest("huge")), None);
        assert_eq!(cache.byte_count(), 8);
    }

    #[test]
    fn many_small_ones_are_bounded_too() {
        let cache = BatchCache::new(usize::MAX);
        for number in 0..=MAX_BATCHES {
            cache.put(digest(&number.to_string()), &Bytes::new());
        }
        assert_eq!(cache.get(&digest("0")), None);
        assert!(cache.get(&digest("1")).is_some());
    }
}
