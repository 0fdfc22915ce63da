//! What became of a lot at one site and in one unit, added up.

use super::QuestionError;
use super::flows::{ARRIVAL_TELLINGS, DEPARTURE_TELLINGS, Flow, FlowKind};
use crate::types::Decimal;

/// A sum that begins at zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount(pub(super) Decimal);

impl Default for Amount {
    fn default() -> Self {
        Self(Decimal::ZERO)
    }
}

impl Amount {
    pub(super) fn add(&mut self, more: Decimal) -> Result<(), QuestionError> {
        self.0 = exact(self.0.checked_add(more))?;
        Ok(())
    }
}

/// A sum that no event's amounts should ever exceed.
pub(super) fn exact<T>(sum: Option<T>) -> Result<T, QuestionError> {
    sum.ok_or(QuestionError::TooManyDigits)
}

/// What is told of departures, or of arrivals, in several words for one.
#[derive(Clone, Copy, Debug)]
struct Tellings<const WORDS: usize> {
    /// Of amounts by their name alone, in each word.
    named: [Amount; WORDS],
    /// Of amounts that are known apart from others, as a container has them, in each word.
    apart: [Amount; WORDS],
    /// Of those in all: each counts once, whichever words tell of it, and by name as well.
    all_apart: Amount,
}

impl<const WORDS: usize> Default for Tellings<WORDS> {
    fn default() -> Self {
        Self {
            named: [Amount::default(); WORDS],
            apart: [Amount::default(); WORDS],
            all_apart: Amount::default(),
        }
    }
}

impl<const WORDS: usize> Tellings<WORDS> {
    fn add(&mut self, word: usize, flow: &Flow) -> Result<(), QuestionError> {
        let sums = match flow.apart {
            Some(more) => {
                self.all_apart.add(more)?;
                &mut self.apart
            }
            None => &mut self.named,
        };
        sums.get_mut(word)
            .map_or(Ok(()), |sum| sum.add(flow.quantity))
    }

    /// The most that a word tells of amounts by their name.
    fn most_named(&self) -> Decimal {
        let named = self.named.iter().map(|sum| sum.0);
        named.max().unwrap_or(Decimal::ZERO)
    }

    /// How much it is in all.
    fn sum(&self) -> Result<Decimal, QuestionError> {
        exact(self.all_apart.0.checked_add(self.most_named()))
    }

    /// What the other words tell, and one does not.
    fn untold(&self, word: usize) -> Result<Untold, QuestionError> {
        let rest = |all: Decimal, sums: &[Amount; WORDS]| {
            let told = sums.get(word).copied().unwrap_or_default();
            exact(all.checked_sub(told.0)).map(|rest| rest.max(Decimal::ZERO))
        };
        Ok(Untold {
            named: rest(self.most_named(), &self.named)?,
            apart: rest(self.all_apart.0, &self.apart)?,
        })
    }
}

/// What other words tell of departures, or of arrivals, and one does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Untold {
    /// Of amounts by their name alone.
    pub(super) named: Decimal,
    /// Of amounts that are known apart.
    pub(super) apart: Decimal,
}

/// What became of a lot at one site and in one unit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) created: Amount,
    pub(super) used: Amount,
    pub(super) removed: Amount,
    pub(super) moved: Amount,
    received: Tellings<ARRIVAL_TELLINGS>,
    shipped: Tellings<DEPARTURE_TELLINGS>,
}

impl Sums {
    /// Adds what a flow tells; what landed has moved, which whoever adds up knows better.
    pub(super) fn add(&mut self, flow: &Flow) -> Result<(), QuestionError> {
        match flow.kind {
            FlowKind::Created => self.created.add(flow.quantity),
            FlowKind::Used => self.used.add(flow.quantity),
            FlowKind::Removed => self.removed.add(flow.quantity),
            FlowKind::Received(word) => self.received.add(word, flow),
            FlowKind::Shipped(word) => self.shipped.add(word, flow),
            FlowKind::Landed => Ok(()),
        }
    }

    pub(super) fn received(&self) -> Result<Decimal, QuestionError> {
        self.received.sum()
    }

    pub(super) fn shipped(&self) -> Result<Decimal, QuestionError> {
        self.shipped.sum()
    }

    /// What left, less what arrived.
    pub(super) fn left(&self) -> Result<Decimal, QuestionError> {
        exact(self.shipped()?.checked_sub(self.received()?))
    }

    /// What other words tell of departures, or of arrivals, and that of a flow does not.
    pub(super) fn untold(&self, kind: FlowKind) -> Result<Untold, QuestionError> {
        match kind {
            FlowKind::Received(word) => self.received.untold(word),
            FlowKind::Shipped(word) => self.shipped.untold(word),
            FlowKind::Created | FlowKind::Used | FlowKind::Removed | FlowKind::Landed => {
                Ok(Untold {
                    named: Decimal::ZERO,
                    apart: Decimal::ZERO,
                })
            }
        }
    }

    /// Counts what came unseen, or went if it is below zero.
    pub(super) fn shift(&mut self, moved: Decimal) -> Result<(), QuestionError> {
        self.moved.add(moved)
    }

    pub(super) fn closing(&self) -> Result<Decimal, QuestionError> {
        let incoming = self.created.0.checked_add(self.received()?);
        let incoming = incoming.and_then(|sum| sum.checked_add(self.moved.0));
        let outgoing = self.used.0.checked_add(self.shipped()?);
        let outgoing = outgoing.and_then(|sum| sum.checked_add(self.removed.0));
        let left = incoming.zip(outgoing);
        exact(left.and_then(|(incoming, outgoing)| incoming.checked_sub(outgoing)))
    }
}
