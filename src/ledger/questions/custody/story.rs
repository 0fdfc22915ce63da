//! All that matters to who holds a thing, in the order of the log.

use std::collections::BTreeMap;

use super::holding::MAX_CONTAINER_DEPTH;
use super::steps::{Steps, Until};
use crate::contracts::CustodyEnd;
use crate::ledger::questions::QuestionError;
use crate::ledger::questions::history::{History, end_of};
use crate::records::epcis::{Action, ThingRole, ThingRoles, TraceEvent};
use crate::types::{Height, LogIndex, MemberId, Timestamp};

/// That a thing changed hands, by its own name.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) index: LogIndex,
    pub(super) height: Height,
    pub(super) time: Timestamp,
    pub(super) holder: MemberId,
    pub(super) kind: ChangeKind,
}

/// How a thing changed hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// It was claimed for the first time.
    Claimed,
    /// It was claimed that a removed member held.
    ClaimedAgain,
    /// It was handed over by another member.
    HandedOver { from: MemberId },
}

/// What an entry does to a thing.
pub(super) enum Step {
    Changed(Change),
    Told(ThingRoles),
    /// The event of an entry is declared wrong.
    Unsaid(LogIndex),
}

/// By container, the events that say that one of the things of a story is in it, each with the place of that thing.
pub(super) type PutIn = BTreeMap<Box<str>, Vec<(usize, LogIndex, Timestamp)>>;

/// What became of a thing and of the containers that it was ever put in, and of those that these were in.
pub(super) struct Story {
    /// The things, that which is asked about first.
    pub(super) things: Vec<Box<str>>,
    /// By entry, each with the place of the thing among them.
    pub(super) steps: BTreeMap<LogIndex, Vec<(usize, Step)>>,
    pub(super) put_in: PutIn,
}

impl Story {
    /// The story of a thing, by events until a time and blocks until then.
    pub(super) fn of(
        history: &mut History<'_, '_>,
        thing: &str,
        at: Option<Timestamp>,
    ) -> Result<Self, QuestionError> {
        let then = end_of(at.unwrap_or(history.events.last_time()));
        let mut story = Self {
            things: vec![thing.into()],
            steps: BTreeMap::new(),
            put_in: PutIn::new(),
        };
        let mut depths: BTreeMap<Box<str>, usize> = BTreeMap::from([(thing.into(), 0)]);
        let mut number = 0;
        while let Some(id) = story.things.get(number).cloned() {
            let depth = depths.get(&id).copied().unwrap_or_default();
            for change in changes(history, &id, at)? {
                story.add(change.index, number, Step::Changed(change));
            }
            let told = history.told(&id)?;
            let told = told.iter().filter(|(mention, _)| mention.moment() <= then);
            for (mention, declared) in told {
                // What was declared wrong before it came never counted.
                if declared.is_some_and(|declared| declared < mention.index) {
                    continue;
                }
                story.add(mention.index, number, Step::Told(mention.roles));
                // Until the block that has the declaration it counts.
                if let Some(declared) = *declared
                    && declared.0 < history.log_size_by(at)?
                {
                    story.add(declared, number, Step::Unsaid(mention.index));
                }
                if depth == MAX_CONTAINER_DEPTH || !mention.roles.has(ThingRole::Child) {
                    continue;
                }
                let event = history.event(mention.index)?;
                let Some(parent) = event.parent.as_ref().filter(|_| puts_in(&event, &id)) else {
                    continue;
                };
                let of_parent = story.put_in.entry(parent.clone()).or_default();
                of_parent.push((number, mention.index, mention.time));
                if !depths.contains_key(parent) {
                    depths.insert(parent.clone(), depth + 1);
                    story.things.push(parent.clone());
                }
            }
            number += 1;
        }
        Ok(story)
    }

    /// The times of the blocks in which something changed hands, by entry.
    pub(super) fn times(&self) -> Vec<(LogIndex, Timestamp)> {
        let times = self.steps.iter().filter_map(|(entry, steps)| {
            steps.iter().find_map(|(_, step)| match step {
                Step::Changed(change) => Some((*entry, change.time)),
                Step::Told(_) | Step::Unsaid(_) => None,
            })
        });
        times.collect()
    }

    fn add(&mut self, entry: LogIndex, thing: usize, step: Step) {
        let of_entry = self.steps.entry(entry).or_default();
        of_entry.push((thing, step));
    }
}

/// How a thing changed hands by its own name.
fn changes(
    history: &mut History<'_, '_>,
    thing: &str,
    at: Option<Timestamp>,
) -> Result<Vec<Change>, QuestionError> {
    let Some(chain) = Steps::of(history.events, thing, Until::time(at))? else {
        return Ok(Vec::new());
    };
    let mut changes = Vec::new();
    for number in 1..=chain.last {
        history.count(1)?;
        let step = chain.get(number)?;
        let Some(from) = step.from else {
            let kind = match number {
                1 => ChangeKind::Claimed,
                _ => ChangeKind::ClaimedAgain,
            };
            changes.push(Change {
                index: step.index,
                height: step.height,
                time: step.time,
                holder: step.to,
                kind,
            });
            continue;
        };
        if let Some(decision) = chain.decision(step.index)?
            && decision.end == CustodyEnd::Accepted
        {
            changes.push(Change {
                index: decision.index,
                height: decision.height,
                time: decision.time,
                holder: step.to,
                kind: ChangeKind::HandedOver { from },
            });
        }
    }
    Ok(changes)
}

/// Whether an event says that a single thing is in its parent. A class is held as a whole, and goes along with nothing.
pub(super) fn puts_in(event: &TraceEvent, thing: &str) -> bool {
    let mut named = event.objects.iter();
    let is_named = named.any(|object| *object.id == *thing && !object.is_class);
    is_named && event.action != Some(Action::Delete)
}
