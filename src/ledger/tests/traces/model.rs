//! A plain replay of the whole world, step by step.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{FIRST_LOT, Kind, Named, Step, Unit, name};
use crate::ledger::questions::Content;
use crate::ledger::tests::histories::at;
use crate::records::epcis::EventType;
use crate::types::{Decimal, Timestamp};

/// A step with its minute and its place in the log, by which histories are ordered.
#[derive(Clone, Debug)]
pub(super) struct Happened {
    pub(super) minute: u32,
    pub(super) index: u64,
    pub(super) step: Step,
}

/// That something is in a container.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// The step that put it in.
    pub(super) since: usize,
    pub(super) put_in_by: Kind,
    pub(super) amounts: BTreeMap<Unit, i64>,
    /// Whether there is some of which nobody stated how much.
    pub(super) has_unknown: bool,
}

/// What is in what, by thing and container, and the kind of event by which it leaves.
pub(super) type World = BTreeMap<(usize, usize, Kind), Held>;

const KINDS: [Kind; 2] = [Kind::Aggregation, Kind::Association];

/// The world after each step.
pub(super) fn worlds(history: &[Happened]) -> Vec<World> {
    let mut world = World::new();
    let mut worlds = Vec::new();
    for (place, happened) in history.iter().enumerate() {
        change(&mut world, place, &happened.step);
        worlds.push(world.clone());
    }
    worlds
}

pub(super) fn change(world: &mut World, place: usize, step: &Step) {
    match step {
        Step::Transform { inputs, .. } => {
            let spent = spent(world, inputs);
            world.retain(|(thing, holder, _), _| !spent.contains(thing) && !spent.contains(holder));
        }
        Step::Tell {
            action: "DELETE",
            named: gone,
        } => {
            world.retain(|(thing, ..), _| *thing >= FIRST_LOT || !gone.contains_key(thing));
        }
        Step::PutIn {
            kind,
            action,
            parent,
            children,
        } => {
            for (child, amount) in children {
                if *child < FIRST_LOT {
                    world.retain(|(thing, holder, _), _| thing != child || holder == parent);
                }
                let there = |kind: &Kind| world.contains_key(&(*child, *parent, *kind));
                let known = KINDS.into_iter().find(there);
                let amounts = amount.known().filter(|_| *child >= FIRST_LOT);
                let new = Held {
                    since: place,
                    put_in_by: *kind,
                    has_unknown: amounts.is_none(),
                    amounts: amounts.unwrap_or_default(),
                };
                let is_put = *action == "ADD";
                match (known, *child < FIRST_LOT) {
                    (None, _) => _ = world.insert((*child, *parent, *kind), new),
                    (Some(_), _) if !is_put => {}
                    // Of a single thing the last that put it in counts.
                    (Some(known), true) => {
                        let held = world.remove(&(*child, *parent, known)).unwrap();
                        world.insert((*child, *parent, *kind), held);
                    }
                    (Some(_), false) => match world.get_mut(&(*child, *parent, *kind)) {
                        None => _ = world.insert((*child, *parent, *kind), new),
                        Some(held) => {
                            held.has_unknown |= new.has_unknown;
                            for (unit, number) in new.amounts {
                                *held.amounts.entry(unit).or_insert(0) += number;
                            }
                        }
                    },
                }
            }
        }
        Step::TakeOut {
            kind,
            parent,
            children,
        } => {
            for (child, amount) in children {
                let stated = amount.known().filter(|_| *child >= FIRST_LOT);
                let mut takes_all = stated.is_none();
                for (unit, number) in stated.unwrap_or_default() {
                    let of = |kind| (*child, *parent, kind);
                    let mut kinds = [*kind, KINDS[0], KINDS[1]].into_iter();
                    let has = |kind: &Kind| {
                        let held = world.get(&of(*kind));
                        held.is_some_and(|held| held.amounts.contains_key(&unit))
                    };
                    match kinds.find(has) {
                        Some(kind) => {
                            let held = world.get_mut(&of(kind)).unwrap();
                            let there = held.amounts.get_mut(&unit).unwrap();
                            *there = (*there - number).max(0);
                        }
                        None => takes_all = true,
                    }
                }
                world.retain(|(thing, holder, _), held| {
                    let is_left = held.has_unknown || held.amounts.values().any(|rest| *rest > 0);
                    (thing, holder) != (child, parent) || (is_left && !takes_all)
                });
            }
        }
        Step::Empty { kind, parent } => {
            world.retain(|(_, holder, held_by), _| holder != parent || held_by != kind);
        }
        Step::Tell { .. } | Step::Transact { .. } => {}
    }
}

/// The single things that a transformation uses up: its inputs, and what is in them, at all levels.
pub(super) fn spent(world: &World, inputs: &Named) -> BTreeSet<usize> {
    let single = inputs.keys().filter(|thing| **thing < FIRST_LOT);
    let mut spent: BTreeSet<usize> = single.copied().collect();
    loop {
        let inside = world.keys().filter(|(_, holder, _)| spent.contains(holder));
        let inside: Vec<usize> = inside.map(|(thing, ..)| *thing).collect();
        let count = spent.len();
        spent.extend(inside.into_iter().filter(|thing| *thing < FIRST_LOT));
        if spent.len() == count {
            return spent;
        }
    }
}

/// The steps that are one transformation with that of a place.
pub(super) fn joined(history: &[Happened], place: usize) -> Vec<usize> {
    let id_of = |place: usize| match &history[place].step {
        Step::Transform { id, .. } => *id,
        _ => None,
    };
    let Some(id) = id_of(place) else {
        return vec![place];
    };
    (0..history.len())
        .filter(|other| id_of(*other) == Some(id))
        .collect()
}

pub(super) struct Model<'a> {
    pub(super) history: &'a [Happened],
    pub(super) worlds: &'a [World],
}

impl Model<'_> {
    /// All that a thing was made of, or held, right after a step; or, if it was used up and nothing was put in since, right
    /// before that.
    pub(super) fn back(&self, thing: usize, after: usize, known: &mut BTreeSet<(usize, usize)>) {
        if !known.insert((thing, after)) {
            return;
        }
        for (place, happened) in self.history.iter().enumerate() {
            // What is made and used in one minute belongs together.
            let Step::Transform { outputs, .. } = &happened.step else {
                continue;
            };
            if happened.minute > self.history[after].minute || !outputs.contains_key(&thing) {
                continue;
            }
            for other in joined(self.history, place) {
                if let Step::Transform { inputs, .. } = &self.history[other].step {
                    for input in inputs.keys() {
                        self.back(*input, other, known);
                    }
                }
            }
        }
        let none = World::new();
        let mut world = &self.worlds[after];
        for place in (0..=after).rev() {
            let before = place
                .checked_sub(1)
                .map_or(&none, |before| &self.worlds[before]);
            match &self.history[place].step {
                Step::Transform { inputs, .. } if spent(before, inputs).contains(&thing) => {
                    world = before;
                    break;
                }
                Step::PutIn { parent, .. } if *parent == thing => break,
                _ => {}
            }
        }
        for (child, parent, _) in world.keys() {
            if *parent == thing {
                self.back(*child, after, known);
            }
        }
    }

    /// All that was made of a thing, alone or within containers.
    pub(super) fn forward(&self, thing: usize) -> BTreeSet<usize> {
        // After which step a thing is affected; the first one from the beginning.
        let mut affected: BTreeMap<usize, Option<usize>> = BTreeMap::from([(thing, None)]);
        loop {
            let before = affected.clone();
            for (place, happened) in self.history.iter().enumerate() {
                let Step::Transform { inputs, .. } = &happened.step else {
                    continue;
                };
                let is_used = before.iter().any(|(one, since)| {
                    let minute = since.map_or(0, |since| self.history[since].minute);
                    let itself = inputs.contains_key(one) && happened.minute >= minute;
                    let is_later = since.is_none_or(|since| place > since) && place > 0;
                    let carriers = || self.carriers(*one, place - 1);
                    itself || (is_later && carriers().iter().any(|c| inputs.contains_key(c)))
                });
                if !is_used {
                    continue;
                }
                for other in joined(self.history, place) {
                    if let Step::Transform { outputs, .. } = &self.history[other].step {
                        for output in outputs.keys() {
                            let since = affected.entry(*output).or_insert(Some(other));
                            *since = (*since).min(Some(other));
                        }
                    }
                }
            }
            if affected == before {
                return affected.into_keys().collect();
            }
        }
    }

    /// All that a thing is in right after a step.
    pub(super) fn carriers(&self, thing: usize, after: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut next = vec![thing];
        while let Some(inner) = next.pop() {
            for (child, parent, _) in self.worlds[after].keys() {
                if *child == inner && found.insert(*parent) {
                    next.push(*parent);
                }
            }
        }
        found
    }

    /// What a thing holds right after a step, as it is listed.
    pub(super) fn contents(&self, thing: usize, after: usize) -> BTreeSet<Listed> {
        let mut listed = BTreeSet::new();
        for ((child, parent, _), held) in &self.worlds[after] {
            if *parent != thing {
                continue;
            }
            let line = |amount| Listed {
                id: name(*child),
                amount,
                index: self.history[held.since].index,
                time: at(self.history[held.since].minute),
                is_aggregation: held.put_in_by.of() == EventType::Aggregation,
            };
            let amounts = held.amounts.iter().filter(|(_, number)| **number > 0);
            let amounts: Vec<_> = amounts.map(|(unit, number)| (*unit, *number)).collect();
            if amounts.is_empty() || held.has_unknown {
                listed.insert(line(None));
            }
            listed.extend(amounts.into_iter().map(|amount| line(Some(amount))));
        }
        listed
    }
}

/// A line of the contents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) amount: Option<(Unit, i64)>,
    pub(super) index: u64,
    pub(super) time: Timestamp,
    pub(super) is_aggregation: bool,
}

impl Listed {
    pub(super) fn of(content: &Content) -> Self {
        let unit = match content.object.uom.as_deref() {
            Some("KGM") => (Unit::Grams, 1_000),
            None => (Unit::Pieces, 1),
            Some(other) => panic!("{other}"),
        };
        let amount = content.object.quantity.map(|quantity| {
            let number = quantity.checked_mul(Decimal::from(unit.1)).unwrap();
            let number = number.to_scaled_integer(0).unwrap();
            (unit.0, i64::try_from(number).unwrap())
        });
        Self {
            id: content.object.id.to_string(),
            amount,
            index: content.index.0,
            time: content.since,
            is_aggregation: content.event_type == EventType::Aggregation,
        }
    }
}
