//! The links between nodes.

use std::collections::BTreeMap;

use crate::faults::{RANGES, Weather};
use crate::random::Random;

/// Which links work, and how the weather is.
pub struct Network {
    pub weather: Weather,
    /// How many partitions cut a link, by direction.
    cut: BTreeMap<(usize, usize), u32>,
}

impl Network {
    /// A network without partitions.
    pub fn new(weather: Weather) -> Self {
        Self {
            weather,
            cut: BTreeMap::new(),
        }
    }

    /// Cuts the links from some nodes to others.
    pub fn cut(&mut self, from: &[usize], to: &[usize]) {
        for link in links(from, to) {
            *self.cut.entry(link).or_default() += 1;
        }
    }

    /// Undoes one such cut.
    pub fn join(&mut self, from: &[usize], to: &[usize]) {
        for link in links(from, to) {
            if let Some(cuts) = self.cut.get_mut(&link) {
                *cuts = cuts.saturating_sub(1);
            }
        }
    }

    /// Nothing is cut and the weather is calm.
    pub fn heal(&mut self) {
        self.weather = Weather::CALM;
        self.cut.clear();
    }

    /// After how long a message arrives: never, once or twice.
    pub fn carry(&self, from: usize, to: usize, random: &mut Random) -> Vec<u64> {
        let weather = &self.weather;
        let is_cut = self.cut.get(&(from, to)).is_some_and(|cuts| *cuts > 0);
        if is_cut || random.happens(weather.lost_permille) {
            return Vec::new();
        }
        let copies = 1 + usize::from(random.happens(weather.repeated_permille));
        (0..copies)
            .map(|_| {
                let delay_ms = random.within(&weather.delay_ms);
                if random.happens(weather.straggling_permille) {
                    delay_ms + random.within(&RANGES.straggler_delay_ms)
                } else {
                    delay_ms
                }
            })
            .collect()
    }
}

fn links(from: &[usize], to: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    from.iter()
        .flat_map(move |from| to.iter().map(move |to| (*from, *to)))
        .filter(|(from, to)| from != to)
}
