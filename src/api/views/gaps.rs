//! What does not fit.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::questions::{Gap, GapKind, GapMeasure, GapsAnswer, LocatedBy};

/// A page of gaps.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gaps)]
#[serde(rename_all = "camelCase")]
pub struct GapsView {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked about, in its canonical form.
    pub thing: String,
    /// How fast goods may travel, in kilometres an hour.
    pub max_speed_kmh: u64,
    /// How many things were looked at for this page.
    pub things: usize,
    /// What does not fit, in order of the things and of time.
    pub gaps: Vec<GapView>,
    /// Places with more than 1,000 statements of master data, made at any height: where they are is not known. No
    /// more than 100 are named.
    pub places_with_too_many_statements: Vec<String>,
    /// The `after` of the next page; absent on the last one. `limit` counts the gaps of one thing, and the things of a
    /// trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Something that does not fit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gap)]
#[serde(rename_all = "camelCase")]
pub struct GapView {
    /// The thing's canonical identifier.
    pub thing: String,
    /// never-commissioned, seen-before-commissioned, commissioned-twice, seen-after-end, shipped-not-received,
    /// received-not-shipped, impossible-travel, two-places-at-once, in-itself, spent-more-than-made,
    /// more-there-than-made or amounts-too-large.
    #[schema(example = "commissioned-twice")]
    pub kind: &'static str,
    /// When it shows.
    #[schema(format = DateTime)]
    pub time: String,
    /// The entries that do not fit together.
    pub entries: Vec<GapEntryView>,
    /// The places, if they are what does not fit: two, or those that more left than there was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// Whose word it is where these are, if their names do not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub located_by: Vec<LocatedByView>,
    /// How far it is between them at least, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<u64>,
    /// The time that there was for it, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
    /// The amount that does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// Its unit; absent where objects are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uom: Option<String>,
}

/// An entry, and who captured it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GapEntry)]
#[serde(rename_all = "camelCase")]
pub struct GapEntryView {
    /// The entry.
    pub index: u64,
    /// The member.
    pub member: String,
}

/// Whose word it is where a place is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GapLocatedBy)]
pub struct LocatedByView {
    /// The place's canonical identifier.
    pub place: String,
    /// The member.
    pub member: String,
    /// The entry of the log with the coordinates.
    pub index: u64,
}

impl From<&LocatedBy> for LocatedByView {
    fn from(by: &LocatedBy) -> Self {
        Self {
            place: by.place.to_string(),
            member: by.member.to_string(),
            index: by.index.0,
        }
    }
}

impl GapsView {
    /// A page of gaps.
    pub fn new(thing: &str, max_speed_kmh: u64, answer: &GapsAnswer, next: Option<String>) -> Self {
        Self {
            height: answer.height.0,
            thing: thing.to_owned(),
            max_speed_kmh,
            things: answer.thing_count,
            gaps: answer.gaps.iter().map(GapView::from).collect(),
            places_with_too_many_statements: answer
                .unread_places
                .iter()
                .map(|place| place.to_string())
                .collect(),
            next,
        }
    }
}

impl From<&Gap> for GapView {
    fn from(gap: &Gap) -> Self {
        let (mut distance_m, mut time_ms, mut quantity, mut uom) = (None, None, None, None);
        match &gap.measure {
            Some(GapMeasure::Travel {
                distance_m: distance,
                time_ms: time,
            }) => (distance_m, time_ms) = (Some(*distance), Some(*time)),
            Some(GapMeasure::Amount {
                quantity: amount,
                unit,
            }) => {
                quantity = Some(amount.to_string());
                uom = unit.code().map(str::to_owned);
            }
            None => {}
        }
        Self {
            thing: gap.thing.to_string(),
            kind: match gap.kind {
                GapKind::NeverCommissioned => "never-commissioned",
                GapKind::SeenBeforeCommissioned => "seen-before-commissioned",
                GapKind::CommissionedTwice => "commissioned-twice",
                GapKind::SeenAfterEnd => "seen-after-end",
                GapKind::ShippedNotReceived => "shipped-not-received",
                GapKind::ReceivedNotShipped => "received-not-shipped",
                GapKind::ImpossibleTravel => "impossible-travel",
                GapKind::TwoPlacesAtOnce => "two-places-at-once",
                GapKind::InItself => "in-itself",
                GapKind::SpentMoreThanMade => "spent-more-than-made",
                GapKind::MoreThereThanMade => "more-there-than-made",
                GapKind::AmountsTooLarge => "amounts-too-large",
            },
            time: gap.time.to_string(),
            entries: gap
                .entries
                .iter()
                .map(|(index, member)| GapEntryView {
                    index: index.0,
                    member: member.to_string(),
                })
                .collect(),
            places: gap.places.iter().map(|place| place.to_string()).collect(),
            located_by: gap.located_by.iter().map(LocatedByView::from).collect(),
            distance_m,
            time_ms,
            quantity,
            uom,
        }
    }
}
