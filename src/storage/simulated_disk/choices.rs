//! Who decides what a power cut leaves.

/// Decides what is left to chance.
pub trait Choices {
    /// One of `options` possibilities, from 0; `options` is at least 1. What is not below `options`
    /// counts as the last one.
    fn choose(&mut self, options: usize) -> usize;
}

/// Nothing unsynced survives.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoseEverything;

impl Choices for LoseEverything {
    fn choose(&mut self, _: usize) -> usize {
        0
    }
}

/// Everything survives, as when only the process is killed.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepEverything;

impl Choices for KeepEverything {
    fn choose(&mut self, options: usize) -> usize {
        options.saturating_sub(1)
    }
}

/// A given list, then the first option: for seeded and shrinking tests.
#[derive(Clone, Debug)]
pub struct ListedChoices(std::vec::IntoIter<usize>);

impl ListedChoices {
    /// Takes the choices in order, each modulo the number of options.
    pub fn new(list: Vec<usize>) -> Self {
        Self(list.into_iter())
    }
}

impl Choices for ListedChoices {
    fn choose(&mut self, options: usize) -> usize {
        self.0.next().unwrap_or(0) % options.max(1)
    }
}

/// All combinations, one run after the other: an odometer over the questions that a run asks.
///
/// Runs must be alike up to the first choice in which they differ.
#[derive(Clone, Debug, Default)]
pub struct ExhaustiveChoices {
    /// Choice and number of options, for each question of the run.
    digits: Vec<(usize, usize)>,
    position: usize,
}

impl ExhaustiveChoices {
    /// The first run: the first option everywhere.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on to the next combination; false when all were run.
    pub fn advance(&mut self) -> bool {
        self.digits.truncate(self.position);
        self.position = 0;
        while let Some((choice, options)) = self.digits.pop() {
            if choice + 1 < options {
                self.digits.push((choice + 1, options));
                return true;
            }
        }
        false
    }
}

impl Choices for ExhaustiveChoices {
    fn choose(&mut self, options: usize) -> usize {
        if self.position == self.digits.len() {
            self.digits.push((0, options));
        }
        let choice = self.digits.get(self.position).map_or(0, |digit| digit.0);
        self.position += 1;
        choice
    }
}
