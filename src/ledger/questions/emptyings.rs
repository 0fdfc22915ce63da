//! When containers were emptied.

use std::rc::Rc;

use super::QuestionError;
use super::containment::COMINGS_AND_GOINGS;
use super::history::{History, Moment};
use crate::records::epcis::EventType;

/// When a container was emptied, and what kind of event said so.
#[derive(Debug, Default)]
pub(super) struct Emptyings {
    all: Vec<(Moment, EventType)>,
    /// Those of each kind of event that packs.
    by_aggregation: Vec<Moment>,
    by_association: Vec<Moment>,
}

impl Emptyings {
    fn push(&mut self, at: Moment, kind: EventType) {
        self.all.push((at, kind));
        match kind {
            EventType::Aggregation => self.by_aggregation.push(at),
            EventType::Association => self.by_association.push(at),
            EventType::Object | EventType::Transaction | EventType::Transformation => {}
        }
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Moment, EventType)> {
        self.all.iter()
    }

    /// The first by a kind of event after a moment.
    fn first_after(&self, kind: EventType, after: Moment) -> Option<Moment> {
        let of_kind: &[Moment] = match kind {
            EventType::Aggregation => &self.by_aggregation,
            EventType::Association => &self.by_association,
            EventType::Object | EventType::Transaction | EventType::Transformation => &[],
        };
        let first = of_kind.partition_point(|at| *at <= after);
        of_kind.get(first).copied()
    }

    /// How many bytes it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let each = size_of::<(Moment, EventType)>() + size_of::<Moment>();
        size_of::<Self>() + self.all.len() * each
    }
}

impl History<'_, '_> {
    /// When a container was emptied, in order.
    pub(super) fn emptyings(&mut self, container: &str) -> Result<Rc<Emptyings>, QuestionError> {
        if let Some(known) = self.kept_emptyings(container) {
            return Ok(known);
        }
        let mut found = Emptyings::default();
        // Those that tell when it was used up are read with it.
        for mention in self.mentions_as(container, COMINGS_AND_GOINGS)?.iter() {
            if mention.roles.is_emptying() {
                let kind = self.event(mention.index)?.event_type;
                found.push(mention.moment(), kind);
            }
        }
        let found = Rc::new(found);
        self.keep_emptyings(container, &found);
        Ok(found)
    }

    /// The first time after a moment, and before another, at which a container was emptied by a kind of event, or used
    /// up with everything in it.
    pub(super) fn emptied(
        &mut self,
        container: &str,
        kind: EventType,
        after: Moment,
        until: Option<Moment>,
    ) -> Result<Option<Moment>, QuestionError> {
        let found = self.emptyings(container)?.first_after(kind, after);
        let spendings = self.spendings(container)?;
        let first = spendings.partition_point(|at| *at <= after);
        let found = found.into_iter().chain(spendings.get(first).copied()).min();
        Ok(found.filter(|at| until.is_none_or(|until| *at < until)))
    }
}
