//! What does not fit in the sightings of a single thing.

use std::collections::BTreeSet;

use super::earth::distance_at_least_m;
use super::flows::{FlowKind, step_of};
use super::gaps::{Draft, GapKind, GapMeasure, NEAR_M};
use super::history::Moment;
use super::journey::Sighting;
use super::place_points::LocatedBy;
use crate::records::epcis::{
    Action, EventType, GeoLocation, ThingRole, TraceEvent, without_qualifiers,
};
use crate::types::LogIndex;

/// A sighting at a place of which it is known where that is.
pub(super) struct Located {
    pub(super) moment: Moment,
    pub(super) place: Box<str>,
    pub(super) point: GeoLocation,
    /// Whose word that is, if the place's name does not tell.
    pub(super) by: Option<LocatedBy>,
}

/// What does not fit in the sightings of a single thing.
pub(super) fn single_gaps(
    thing: &str,
    sightings: &[Sighting],
    located: &[Located],
    max_speed_kmh: u64,
) -> Vec<Draft> {
    let mut gaps = commissioning_gaps(thing, sightings);
    gaps.extend(shipping_gaps(sightings));
    let travels = travel_gaps(located, max_speed_kmh);
    gaps.extend(meeting_gaps(sightings, &travels));
    gaps.extend(travels);
    gaps
}

/// Whether a sighting tells that a thing comes to be. A logistic unit also comes to be when it is packed: its
/// number need not be commissioned (CBV 2.0).
fn comes_to_be(thing: &str, sighting: &Sighting) -> bool {
    let packs = sighting.event.event_type == EventType::Aggregation
        && sighting.event.action == Some(Action::Add)
        && sighting.roles.has(ThingRole::Parent);
    let is_logistic_unit = thing.starts_with("https://id.gs1.org/00/");
    sighting.creates() || (sighting.depth == 0 && packs && is_logistic_unit)
}

fn commissioning_gaps(thing: &str, sightings: &[Sighting]) -> Vec<Draft> {
    let mut own = sightings.iter().filter(|sighting| sighting.depth == 0);
    let Some(first) = own.clone().next().map(|sighting| sighting.moment) else {
        return Vec::new();
    };
    let mut gaps = Vec::new();
    match own.find(|sighting| comes_to_be(thing, sighting)) {
        None => gaps.push(Draft::new(GapKind::NeverCommissioned, first, &[first])),
        Some(born) if first.0 < born.moment.0 => {
            let both = [first, born.moment];
            gaps.push(Draft::new(GapKind::SeenBeforeCommissioned, first, &both));
        }
        Some(_) => {}
    }
    let (mut born, mut ended): (Option<Moment>, Option<Moment>) = (None, None);
    for sighting in sightings {
        let at = sighting.moment;
        let is_end = sighting.ends() || sighting.is_used_up_inside;
        if sighting.depth > 0 && !is_end {
            continue;
        }
        let goes_through = sighting.goes_through();
        if sighting.creates() && !goes_through {
            if let Some(before) = born {
                gaps.push(Draft::new(GapKind::CommissionedTwice, at, &[before, at]));
            }
            (born, ended) = (Some(at), None);
            continue;
        }
        if let Some(end) = ended.filter(|end| end.0 < at.0) {
            gaps.push(Draft::new(GapKind::SeenAfterEnd, at, &[end, at]));
            ended = None;
        }
        if is_end && !goes_through {
            (born, ended) = (None, Some(at));
        }
    }
    gaps
}

/// Where a departure or an arrival is told to be.
#[derive(Clone, Copy)]
struct Told<'a> {
    place: Option<&'a str>,
    /// Whether it is told beside another event: by one that links the thing to an order or the like.
    is_beside: bool,
}

impl<'a> Told<'a> {
    fn of(event: &'a TraceEvent, place: Option<&'a str>) -> Self {
        Self {
            place,
            is_beside: event.event_type == EventType::Transaction,
        }
    }

    /// Whether these are two departures, or two deliveries: what names no place tells of the one that it is told with, as
    /// does what is told beside it. Parts of one location, such as its gate and its dock, are passed by one delivery.
    fn is_elsewhere(self, other: Self) -> bool {
        let [here, there] = [self, other].map(|told| told.place.map(without_qualifiers));
        let locations = here.zip(there);
        self.is_beside == other.is_beside && locations.is_some_and(|(one, other)| one != other)
    }

    /// What is known by both, of the same departure or delivery.
    fn or(self, other: Self) -> Self {
        let is_better = other.place.is_some() && self.is_beside && !other.is_beside;
        if self.place.is_none() || is_better {
            other
        } else {
            self
        }
    }
}

fn shipping_gaps(sightings: &[Sighting]) -> Vec<Draft> {
    let mut gaps = Vec::new();
    let mut under_way: Option<(Moment, Told<'_>)> = None;
    // Where it was received, or came to be, if that was told: told again there, it is no other delivery.
    let mut arrived: Option<Told<'_>> = None;
    for sighting in sightings {
        let event = &*sighting.event;
        if sighting.creates() {
            arrived = event.place().map(|place| Told::of(event, Some(place)));
        }
        let at = sighting.moment;
        match step_of(event) {
            Some((FlowKind::Shipped(_), from)) => {
                let from = Told::of(event, from);
                if let Some((left, before)) = &mut under_way {
                    if !before.is_elsewhere(from) {
                        *before = before.or(from);
                        continue;
                    }
                    let both = [*left, at];
                    gaps.push(Draft::new(GapKind::ShippedNotReceived, *left, &both));
                }
                under_way = Some((at, from));
                arrived = None;
            }
            Some((FlowKind::Received(_), place)) => {
                let told = Told::of(event, place);
                let is_new = arrived.is_none_or(|known| known.is_elsewhere(told));
                if under_way.take().is_none() && is_new {
                    gaps.push(Draft::new(GapKind::ReceivedNotShipped, at, &[at]));
                }
                arrived = match arrived.filter(|_| !is_new) {
                    Some(known) => Some(known.or(told)),
                    None => Some(told),
                };
            }
            _ => {}
        }
    }
    if let Some((left, _)) = under_way {
        gaps.push(Draft::new(GapKind::ShippedNotReceived, left, &[left]));
    }
    gaps
}

fn travel_gaps(located: &[Located], max_speed_kmh: u64) -> Vec<Draft> {
    let mut gaps = Vec::new();
    for (before, after) in located.iter().zip(located.iter().skip(1)) {
        // One place is where it is, whoever says where that may be.
        if before.place == after.place {
            continue;
        }
        let distance_m = distance_at_least_m(before.point, after.point);
        let passed = after.moment.0.as_ms() - before.moment.0.as_ms();
        let time_ms = u64::try_from(passed).unwrap_or(0);
        // Kilometres an hour are metres in 3,600 milliseconds.
        let reach = u128::from(max_speed_kmh) * u128::from(time_ms);
        if distance_m < NEAR_M || u128::from(distance_m) * 3_600 <= reach {
            continue;
        }
        let both = [before.moment, after.moment];
        let mut gap = Draft::new(GapKind::ImpossibleTravel, after.moment, &both);
        gap.places = vec![before.place.clone(), after.place.clone()];
        gap.located_by = before.by.iter().chain(&after.by).cloned().collect();
        gap.measure = Some(GapMeasure::Travel {
            distance_m,
            time_ms,
        });
        gaps.push(gap);
    }
    gaps
}

/// Sightings at two places at the very same time, but those that are told as impossible travels.
fn meeting_gaps(sightings: &[Sighting], travels: &[Draft]) -> Vec<Draft> {
    let told: BTreeSet<&[LogIndex]> = travels.iter().map(|travel| &*travel.indices).collect();
    let mut gaps = Vec::new();
    for (before, sighting) in sightings.iter().zip(sightings.iter().skip(1)) {
        if before.moment.0 != sighting.moment.0 {
            continue;
        }
        let read_points = before.event.read_point.as_deref();
        let read_points = read_points.zip(sighting.event.read_point.as_deref());
        let locations = before.event.biz_location.as_deref();
        let locations = locations.zip(sighting.event.biz_location.as_deref());
        let Some((one, other)) = read_points
            .or(locations)
            .filter(|(one, other)| without_qualifiers(one) != without_qualifiers(other))
        else {
            continue;
        };
        // Names with coordinates tell by themselves that two places are near each other.
        if GeoLocation::of_place(one).is_some() && GeoLocation::of_place(other).is_some() {
            continue;
        }
        let both = [before.moment, sighting.moment];
        if told.contains(&both.map(|moment| moment.1)[..]) {
            continue;
        }
        let mut gap = Draft::new(GapKind::TwoPlacesAtOnce, sighting.moment, &both);
        gap.places = vec![one.into(), other.into()];
        gaps.push(gap);
    }
    gaps
}
