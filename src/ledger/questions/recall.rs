//! What a thing affects, and where that is: what was made of it, and what is in it with what was made of that. Of
//! a class that is affected for being in there, what is in there matters, and the rest of it is not told.

use std::collections::BTreeMap;

use super::QuestionError;
use super::custody::{CustodyAnswer, Holding};
use super::events::Events;
use super::grounds::Grounds;
use super::history::{History, Moment, end_of};
use super::lot_places::LotPlaces;
use super::mass_balance::Citations;
use super::presence::{LastSeen, Presence};
use super::trace::{TraceRelation, TracedThing};
use crate::types::{Height, Timestamp};

/// Where an affected thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// A single object was seen last; none if it was never seen.
    Single(Option<Presence>),
    /// A single object is used up or gone.
    Ended(End),
    /// A class is at several places, it may be.
    Class(LotPlaces),
    /// Its history is too long to tell.
    Unknown(QuestionError),
}

/// How a thing came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// When.
    pub time: Timestamp,
    /// The entries that say so: of a class all that made some of it, moved or spent it.
    pub entries: Citations,
}

impl End {
    /// By the event of a moment.
    pub(super) fn at(moment: Moment) -> Self {
        Self {
            time: moment.0,
            entries: Grounds::of(moment).cited(),
        }
    }
}

/// A thing that is affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// The thing, as the trace found it.
    pub thing: TracedThing,
    /// Where it is.
    pub whereabouts: Whereabouts,
    /// Who holds it.
    pub custody: AffectedCustody,
}

/// Who holds an affected thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AffectedCustody {
    /// The holding that counts, as [`CustodyAnswer::present`]; that by its own name if its history is too long.
    pub present: Option<Holding>,
    /// The holders that do not count: that by the thing's own name, and those of the containers that a single object is in.
    pub disputed: Vec<Holding>,
    /// Of a class, who holds the containers that some of it is in, or stands in for them if nobody does: the holder by
    /// its own name. With whether that is disputed.
    pub parts: BTreeMap<Box<str>, (Option<Holding>, bool)>,
    /// Why only the holder by its own name is told.
    pub not_told: Option<QuestionError>,
}

/// A page of what a thing affects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recall {
    /// The height that it is of.
    pub height: Height,
    /// What it affects, itself included, nearest first. What merely carried it is left out.
    pub affected: Vec<Affected>,
    /// Whether the trace ends, as [`super::Trace`] says.
    pub is_complete: bool,
    /// How many things of the trace stand before the next page; none on the last one.
    pub next: Option<usize>,
}

impl Events<'_> {
    /// Everything that a thing affects, with where it is. None if no event that counts speaks of it. A page ends
    /// early when it has gone through as many events as one answer may; a thing whose own history is longer
    /// is told with the cause.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or as [`Events::trace`] says.
    pub fn recall(
        &self,
        thing: &str,
        skip: usize,
        count: usize,
    ) -> Result<Option<Recall>, QuestionError> {
        let Some(trace) = self.trace_recall(thing, skip, count)? else {
            return Ok(None);
        };
        let mut history = History::new(self);
        let mut recall = Recall {
            height: trace.height,
            affected: Vec::new(),
            is_complete: trace.is_complete,
            next: trace.next,
        };
        for (number, found) in trace.things.into_iter().enumerate() {
            if found.relation == TraceRelation::Carrier {
                continue;
            }
            let whereabouts = match history.whereabouts(&found, thing) {
                Err(QuestionError::TooMuch { .. }) if !recall.affected.is_empty() => {
                    recall.next = Some(skip.saturating_add(number));
                    break;
                }
                Err(error @ (QuestionError::TooMuch { .. } | QuestionError::TooLong { .. })) => {
                    Whereabouts::Unknown(error)
                }
                other => other?,
            };
            let custody = match history.affected_custody(&found.id, &whereabouts) {
                Err(QuestionError::TooMuch { .. }) if !recall.affected.is_empty() => {
                    recall.next = Some(skip.saturating_add(number));
                    break;
                }
                Err(error) if error.is_limit() => AffectedCustody {
                    present: self.own_holding(&found.id)?,
                    not_told: Some(error),
                    ..AffectedCustody::default()
                },
                other => other?,
            };
            recall.affected.push(Affected {
                thing: found,
                whereabouts,
                custody,
            });
        }
        Ok(Some(recall))
    }
}

impl History<'_, '_> {
    /// Where an affected thing is; of a class that is affected for being in the recalled thing, what is in there.
    fn whereabouts(
        &mut self,
        thing: &TracedThing,
        recalled: &str,
    ) -> Result<Whereabouts, QuestionError> {
        if !thing.is_class {
            let end = end_of(self.events.last_time());
            return Ok(match self.last_seen(&thing.id, end)? {
                LastSeen::There(presence) => Whereabouts::Single(Some(presence)),
                LastSeen::Never => Whereabouts::Single(None),
                LastSeen::Ended(moment) => Whereabouts::Ended(End::at(moment)),
            });
        }
        let places = self.lot_places(&thing.id)?;
        Ok(Whereabouts::Class(match thing.relation {
            TraceRelation::Content => places.inside(recalled),
            _ => places,
        }))
    }

    fn affected_custody(
        &mut self,
        thing: &str,
        whereabouts: &Whereabouts,
    ) -> Result<AffectedCustody, QuestionError> {
        if matches!(whereabouts, Whereabouts::Unknown(_)) {
            return Ok(AffectedCustody {
                present: self.events.own_holding(thing)?,
                ..AffectedCustody::default()
            });
        }
        let CustodyAnswer {
            own,
            present,
            is_own_disputed,
            is_class,
            containers,
            ..
        } = self.custody(thing, None)?;
        let mut disputed: Vec<Holding> = Vec::new();
        let mut parts: BTreeMap<Box<str>, (Option<Holding>, bool)> = BTreeMap::new();
        if is_class {
            for known in containers {
                let held = known.held.or_else(|| own.clone());
                let part = parts.entry(known.containment.parent);
                // It may be listed several times.
                let (_, is_disputed) = part.or_insert((held, false));
                *is_disputed |= known.is_disputed;
            }
        } else {
            disputed.extend(own.clone().filter(|_| is_own_disputed));
            let of_containers = containers.into_iter().filter(|it| it.is_disputed);
            disputed.extend(of_containers.filter_map(|it| it.held));
        }
        let mut custody = AffectedCustody {
            present,
            disputed,
            parts,
            not_told: None,
        };
        let Whereabouts::Class(places) = whereabouts else {
            return Ok(custody);
        };
        let of_balances = places.balances.iter().map(|it| it.containers.first());
        let of_others = places.unquantified.iter().map(|it| it.containers.first());
        for container in of_balances.chain(of_others).flatten() {
            // Beyond those that a lot is listed in, and those that only the amounts tell of.
            if !custody.parts.contains_key(container) {
                let held = self.container_holding(container)?;
                // Nothing tells that the holder of the lot put it there.
                let is_disputed = own
                    .as_ref()
                    .zip(held.as_ref())
                    .is_some_and(|(own, held)| own.holder != held.holder);
                let held = held.or_else(|| own.clone());
                let part = (held, is_disputed);
                custody.parts.insert(container.clone(), part);
            }
        }
        Ok(custody)
    }
}
