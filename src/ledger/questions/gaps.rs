//! What does not fit in what is told of a thing: it was never commissioned, or twice; it left and never came;
//! it was in two places at once.

use std::collections::BTreeMap;

use super::QuestionError;
use super::events::Events;
use super::flow_replay::Flows;
use super::flows::{FlowKind, Seen, SeenAs};
use super::gap_rules::{Located, single_gaps};
use super::history::{History, Moment};
use super::journey::{Circle, Sighting};
use super::lot_sums::{SiteBalances, site_balances};
use super::lot_totals::lot_totals;
use super::mass_balance::{LotTotal, SiteBalance};
use super::page::PageRange;
use super::place_points::{LocatedBy, PlacePoints};
use super::trace::{TraceDirection, TraceRelation};
use crate::records::epcis::Unit;
use crate::types::{Decimal, Height, LogIndex, MemberId, Timestamp};

/// Most entries that are cited for one gap.
pub const MAX_GAP_ENTRIES: usize = 100;

/// Most places that are named because too much is stated of them to know where they are.
pub const MAX_UNREAD_PLACES: usize = 100;

/// Places that are nearer than so many metres are one for impossible travel.
pub const NEAR_M: u64 = 1_000;

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapKind {
    /// It was seen, and no event tells how it came to be.
    NeverCommissioned,
    /// It was seen before the event that tells how it came to be.
    SeenBeforeCommissioned,
    /// It came to be twice without having ended in between.
    CommissionedTwice,
    /// It was seen after it was decommissioned, destroyed or used up.
    SeenAfterEnd,
    /// It left, and no event tells that it was received.
    ShippedNotReceived,
    /// It was received, and no event tells that it left for there.
    ReceivedNotShipped,
    /// Two places where it was seen are too far apart for the time between.
    ImpossibleTravel,
    /// It was seen at two places at the very same time.
    TwoPlacesAtOnce,
    /// It was put into something that was in it.
    InItself,
    /// More of a class was spent than there was.
    SpentMoreThanMade,
    /// More of a class left a site than there was, and arrived elsewhere.
    MoreThereThanMade,
    /// The amounts of a class cannot be added up: a sum has too many digits.
    AmountsTooLarge,
}

/// How much does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GapMeasure {
    /// An amount of a class.
    Amount {
        /// How much.
        quantity: Decimal,
        /// The unit that is added up in.
        unit: Unit,
    },
    /// A way and the time for it.
    Travel {
        /// How far it is at least, in metres.
        distance_m: u64,
        /// The time between, in milliseconds.
        time_ms: u64,
    },
}

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The thing, canonical.
    pub thing: Box<str>,
    /// What does not fit.
    pub kind: GapKind,
    /// When it shows.
    pub time: Timestamp,
    /// The entries that do not fit together, with who captured each; at most [`MAX_GAP_ENTRIES`].
    pub entries: Vec<(LogIndex, MemberId)>,
    /// The places that the events tell, if that is what does not fit.
    pub places: Vec<Box<str>>,
    /// Whose word it is where these are, if their names do not tell.
    pub located_by: Vec<LocatedBy>,
    /// How much does not fit.
    pub measure: Option<GapMeasure>,
}

/// Which things are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThingSelection<'a> {
    /// One.
    One(&'a str),
    /// A thing and all that a trace of it leads to; what merely carried it is left out.
    Trace(&'a str, TraceDirection),
}

/// A page of gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapsAnswer {
    /// The height that it is of.
    pub height: Height,
    /// How many things were looked at for this page.
    pub thing_count: usize,
    /// What does not fit, in order of the things and of time.
    pub gaps: Vec<Gap>,
    /// Places with more than [`MAX_STATEMENTS`](super::MAX_STATEMENTS) statements of master data, made at any
    /// height: where they are is not known. No more than [`MAX_UNREAD_PLACES`], in order.
    pub unread_places: Vec<Box<str>>,
    /// How many gaps of one thing, or things of a trace, stand before the next page; none on the last one.
    pub next: Option<usize>,
}

impl Events<'_> {
    /// What does not fit in what is told of some things. None if no event that counts speaks of the first.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, there is too much to go through, or the page is of another answer.
    pub fn gaps(
        &self,
        selection: ThingSelection<'_>,
        max_speed_kmh: u64,
        page: PageRange,
    ) -> Result<Option<GapsAnswer>, QuestionError> {
        let mut history = History::new(self);
        let Some(selected) = history.select(selection, page)? else {
            return Ok(None);
        };
        let (mut drafts, mut points) = (Vec::new(), PlacePoints::default());
        for thing in &selected.things {
            let found = history.gaps_of(thing, max_speed_kmh, &mut points)?;
            drafts.extend(found.into_iter().map(|draft| (thing, draft)));
        }
        let mut next = selected.next;
        if let ThingSelection::One(_) = selection {
            (drafts, next) = page.cut(drafts)?;
        }
        let mut captors = Captors::default();
        let gaps = drafts.into_iter().map(|(thing, draft)| {
            let mut entries = Vec::with_capacity(draft.indices.len());
            for index in draft.indices {
                entries.push((index, captors.of(&mut history, index)?));
            }
            Ok(Gap {
                thing: thing.clone(),
                kind: draft.kind,
                time: draft.moment.0,
                entries,
                places: draft.places,
                located_by: draft.located_by,
                measure: draft.measure,
            })
        });
        let gaps = gaps.collect::<Result<_, QuestionError>>()?;
        Ok(Some(GapsAnswer {
            height: self.height(),
            thing_count: selected.things.len(),
            gaps,
            unread_places: points.into_unread(),
            next,
        }))
    }
}

/// The things of a page.
pub(super) struct SelectedThings {
    pub(super) things: Vec<Box<str>>,
    /// How many things of a trace stand before the next page.
    pub(super) next: Option<usize>,
}

impl History<'_, '_> {
    /// The things to look at: the one asked about, or those of a page of its trace. None if no event that
    /// counts speaks of it.
    pub(super) fn select(
        &mut self,
        selection: ThingSelection<'_>,
        page: PageRange,
    ) -> Result<Option<SelectedThings>, QuestionError> {
        let (thing, direction) = match selection {
            ThingSelection::One(thing) => {
                let is_known = !self.mentions_of(thing)?.is_empty();
                return Ok(is_known.then(|| SelectedThings {
                    things: vec![thing.into()],
                    next: None,
                }));
            }
            ThingSelection::Trace(thing, direction) => (thing, direction),
        };
        let found = self.events.trace(thing, direction, page.skip, page.count)?;
        let Some(trace) = found else {
            return Ok(None);
        };
        if !trace.is_complete {
            return Err(QuestionError::TraceIncomplete {
                thing: thing.to_owned(),
            });
        }
        let material = trace
            .things
            .into_iter()
            .filter(|thing| thing.relation == TraceRelation::Material);
        Ok(Some(SelectedThings {
            things: material.map(|thing| thing.id).collect(),
            next: trace.next,
        }))
    }

    fn gaps_of(
        &mut self,
        thing: &str,
        max_speed_kmh: u64,
        points: &mut PlacePoints,
    ) -> Result<Vec<Draft>, QuestionError> {
        let mut drafts = if self.is_class(thing)? {
            self.class_gaps(thing)?
        } else {
            let sightings = self.sightings(thing)?;
            let located = self.located(&sightings, points)?;
            let mut gaps = single_gaps(thing, &sightings, &located, max_speed_kmh);
            let circles = self.circles(thing)?.into_iter();
            gaps.extend(circles.map(|Circle { since, told }| Draft {
                indices: cited(told.iter().map(|moment| moment.1), since.1),
                ..Draft::new(GapKind::InItself, since, &[])
            }));
            gaps
        };
        drafts.sort_by_key(|gap| (gap.moment, gap.kind));
        Ok(drafts)
    }

    /// The sightings at places of which it is known where they are; the read point of an event counts before its
    /// business location.
    fn located(
        &mut self,
        sightings: &[Sighting],
        points: &mut PlacePoints,
    ) -> Result<Vec<Located>, QuestionError> {
        let mut located = Vec::new();
        for sighting in sightings {
            let read_point = sighting.event.read_point.as_deref();
            let Some(place) = read_point.or(sighting.event.biz_location.as_deref()) else {
                continue;
            };
            let events = self.events;
            let captor = || {
                self.count_body()?;
                Ok(events.submitted(sighting.index())?.0.member)
            };
            if let Some((point, by)) = points.of_place(events, place, captor)? {
                located.push(Located {
                    moment: sighting.moment,
                    place: place.into(),
                    point,
                    by,
                });
            }
        }
        Ok(located)
    }

    /// What does not add up for a class.
    fn class_gaps(&mut self, class: &str) -> Result<Vec<Draft>, QuestionError> {
        let flows = self.flows(class)?;
        let mut gaps = Vec::new();
        let is_created = flows
            .flows
            .iter()
            .any(|flow| flow.kind == FlowKind::Created);
        gaps.extend(self.commissioning_gap(class, &flows)?);
        let sites = match site_balances(&flows, None) {
            Err(error) if error.is_of_sums() => SiteBalances::default(),
            sites => sites?,
        };
        let totals = match lot_totals(&flows, None, &sites.landed) {
            Err(error) if error.is_of_sums() => {
                let moments = flows.flows.iter().map(|flow| flow.moment);
                if let Some(last) = moments.clone().next_back() {
                    gaps.push(Draft {
                        indices: cited(moments.map(|moment| moment.1), last.1),
                        ..Draft::new(GapKind::AmountsTooLarge, last, &[])
                    });
                }
                Vec::new()
            }
            totals => totals?,
        };
        for total in totals {
            if is_created && let Some(overdraft) = &total.overdrawn {
                let indices = overdraft.entries.indices.iter().copied();
                gaps.push(Draft {
                    indices: cited(indices, overdraft.since.1),
                    measure: Some(GapMeasure::Amount {
                        quantity: overdraft.by,
                        unit: total.unit.clone(),
                    }),
                    ..Draft::new(GapKind::SpentMoreThanMade, overdraft.since, &[])
                });
            } else if total.created > Decimal::ZERO {
                gaps.extend(more_there(&total, &sites.sites));
            }
            // Nobody told that it was received, whether it came or not.
            let Some(not_received) = total.in_transit.checked_add(total.landed) else {
                continue;
            };
            if not_received == Decimal::ZERO {
                continue;
            }
            let (kind, quantity) = if not_received.is_negative() {
                (GapKind::ReceivedNotShipped, not_received.negated())
            } else {
                (GapKind::ShippedNotReceived, not_received)
            };
            let moves = flows.flows.iter().filter(|flow| {
                let is_move = matches!(flow.kind, FlowKind::Shipped(_) | FlowKind::Received(_));
                is_move && flow.unit == total.unit
            });
            let moments: Vec<Moment> = moves.map(|flow| flow.moment).collect();
            if let Some(last) = moments.last() {
                gaps.push(Draft {
                    kind,
                    moment: *last,
                    indices: cited(moments.iter().map(|moment| moment.1), last.1),
                    places: Vec::new(),
                    located_by: Vec::new(),
                    measure: Some(GapMeasure::Amount {
                        quantity,
                        unit: total.unit,
                    }),
                });
            }
        }
        Ok(gaps)
    }

    /// That a class was seen and never came to be, with or without an amount, or before it did.
    fn commissioning_gap(
        &mut self,
        class: &str,
        flows: &Flows,
    ) -> Result<Option<Draft>, QuestionError> {
        let Some(first) = self.mentions_of(class)?.first().map(|m| m.moment()) else {
            return Ok(None);
        };
        let is_creation = |seen: &&Seen| seen.seen_as == SeenAs::Flow(FlowKind::Created);
        let born = flows.seen.iter().find(is_creation).map(|seen| seen.moment);
        Ok(match born {
            None => Some(Draft::new(GapKind::NeverCommissioned, first, &[first])),
            Some(born) if first.0 < born.0 => {
                let both = [first, born];
                Some(Draft::new(GapKind::SeenBeforeCommissioned, first, &both))
            }
            Some(_) => None,
        })
    }
}

/// Who captured which entry, as far as it was looked up.
#[derive(Default)]
struct Captors(BTreeMap<LogIndex, MemberId>);

impl Captors {
    fn of(
        &mut self,
        history: &mut History<'_, '_>,
        index: LogIndex,
    ) -> Result<MemberId, QuestionError> {
        if let Some(known) = self.0.get(&index) {
            return Ok(known.clone());
        }
        history.count_body()?;
        let member = history.events.submitted(index)?.0.member;
        self.0.insert(index, member.clone());
        Ok(member)
    }
}

/// That more left sites than there was, and not all of that is missing elsewhere: then there is more than was made.
fn more_there(total: &LotTotal, sites: &[SiteBalance]) -> Option<Draft> {
    let (mut excess, mut places) = (total.in_transit.max(Decimal::ZERO).negated(), Vec::new());
    let mut since: Option<Moment> = None;
    let mut indices: Vec<LogIndex> = Vec::new();
    for site in sites.iter().filter(|site| site.unit == total.unit) {
        let Some(overdraft) = &site.overdrawn else {
            continue;
        };
        excess = excess.checked_add(overdraft.by)?;
        places.extend(site.site.clone());
        since = since.max(Some(overdraft.since));
        indices.extend(&overdraft.entries.indices);
    }
    let since = since.filter(|_| excess > Decimal::ZERO)?;
    indices.sort();
    Some(Draft {
        indices: cited(indices.into_iter(), since.1),
        places,
        measure: Some(GapMeasure::Amount {
            quantity: excess,
            unit: total.unit.clone(),
        }),
        ..Draft::new(GapKind::MoreThereThanMade, since, &[])
    })
}

/// The first entries and the last one, each once.
fn cited(indices: impl Iterator<Item = LogIndex>, last: LogIndex) -> Vec<LogIndex> {
    let mut cited: Vec<LogIndex> = Vec::new();
    for index in indices.take(MAX_GAP_ENTRIES - 1) {
        if !cited.contains(&index) {
            cited.push(index);
        }
    }
    if !cited.contains(&last) {
        cited.push(last);
    }
    cited
}

/// A gap before it is known who captured its entries.
pub(super) struct Draft {
    pub(super) kind: GapKind,
    pub(super) moment: Moment,
    pub(super) indices: Vec<LogIndex>,
    pub(super) places: Vec<Box<str>>,
    pub(super) located_by: Vec<LocatedBy>,
    pub(super) measure: Option<GapMeasure>,
}

impl Draft {
    pub(super) fn new(kind: GapKind, moment: Moment, moments: &[Moment]) -> Self {
        Self {
            kind,
            moment,
            indices: moments.iter().map(|moment| moment.1).collect(),
            places: Vec::new(),
            located_by: Vec::new(),
            measure: None,
        }
    }
}
