//! Chance, from a seed.

use std::ops::RangeInclusive;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use waybill::storage::simulated_disk::Choices;

/// A source of chance.
pub struct Random(ChaCha8Rng);

impl Random {
    /// Chance from a seed; another `stream` of the same seed is independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(stream);
        Self(source)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, which is above 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.number() % bound).unwrap()
    }

    /// A number of a range.
    pub fn within(&mut self, range: &RangeInclusive<u64>) -> u64 {
        range.start() + self.number() % (range.end() - range.start() + 1)
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn happens(&mut self, permille: u64) -> bool {
        self.number() % 1_000 < permille
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A key's seed, or other random bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

impl Choices for Random {
    fn choose(&mut self, options: usize) -> usize {
        self.below(options.max(1))
    }
}
