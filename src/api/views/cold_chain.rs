//! Breaches of the cold chain.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::questions::{Breach, ColdChainAnswer, SensorLimits, SubjectKind, UnreadReason};
use crate::types::{Duration, LogIndex};

/// A page of breaches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ColdChain)]
#[serde(rename_all = "camelCase")]
pub struct ColdChainView {
    /// The height that the answer is of.
    pub height: u64,
    /// What was asked about, in its canonical form.
    pub thing: String,
    /// What is measured, as a full URI.
    #[serde(rename = "type")]
    pub kind: String,
    /// The least value that is within.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// The greatest value that is within.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// The unit of both.
    #[schema(example = "CEL")]
    pub uom: String,
    /// How long values may lie outside, in milliseconds; absent if not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longer_than_ms: Option<u64>,
    /// How many breaches there are in all.
    pub breach_count: usize,
    /// How many reports were held against the limits that say something of a time in which the thing was there. None
    /// shows nothing, neither good nor bad.
    pub reading_count: usize,
    /// The breaches of this page, in order of when they began.
    pub breaches: Vec<BreachView>,
    /// Reports of the type, measured while the thing was there, that could not be held against the limits.
    pub unread: Vec<UnreadView>,
    /// Whether there are more of these.
    pub more_unread: bool,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// That something lay outside its limits for too long.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Breach)]
#[serde(rename_all = "camelCase")]
pub struct BreachView {
    /// What was measured: a thing, container or place.
    pub subject: String,
    /// thing, container or place.
    #[schema(example = "container")]
    pub subject_kind: &'static str,
    /// The device, if the reports name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Since when, as far as the thing was there.
    #[schema(format = DateTime)]
    pub from: String,
    /// Until when, as far as the thing was there.
    #[schema(format = DateTime)]
    pub until: String,
    /// Whether the sensor reported nothing within the limits afterwards.
    pub open: bool,
    /// Whether values were outside for all of the time. If not, some may have been within: not all of a time are known,
    /// other reports of the same instant are within, or only what was measured before the thing was there.
    pub certain: bool,
    /// How long it lasted, in milliseconds.
    pub duration_ms: u64,
    /// The same as an ISO 8601 duration.
    pub duration: String,
    /// The value that lay farthest outside.
    pub worst: String,
    /// Its unit.
    pub worst_uom: String,
    /// The entries with the reports.
    pub entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_entries: bool,
    /// What was in the subject meanwhile.
    pub affected: Vec<AffectedContentView>,
    /// Whether there was more in it than is listed.
    pub more_affected: bool,
}

/// A thing that was in a container during a breach.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AffectedContent)]
#[serde(rename_all = "camelCase")]
pub struct AffectedContentView {
    /// Its canonical identifier.
    pub id: String,
    /// The entry that put it in.
    pub index: u64,
}

/// A report that could not be held against the limits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnreadReport)]
#[serde(rename_all = "camelCase")]
pub struct UnreadView {
    /// Its entry.
    pub index: u64,
    /// no-unit, other-unit, no-value or sensor-error.
    #[schema(example = "other-unit")]
    pub reason: &'static str,
}

impl ColdChainView {
    /// A page of breaches of limits.
    pub fn new(
        thing: &str,
        limits: &SensorLimits,
        longer_than: Option<Duration>,
        answer: &ColdChainAnswer,
        next: Option<String>,
    ) -> Self {
        Self {
            height: answer.height.0,
            thing: thing.to_owned(),
            kind: limits.kind.to_string(),
            min: limits.min.map(|value| value.to_string()),
            max: limits.max.map(|value| value.to_string()),
            uom: limits.uom.to_string(),
            longer_than_ms: longer_than.map(Duration::as_ms),
            breach_count: answer.breach_count,
            reading_count: answer.reading_count,
            breaches: answer.breaches.iter().map(BreachView::from).collect(),
            unread: answer.unread.iter().map(UnreadView::from).collect(),
            more_unread: answer.has_more_unread,
            next,
        }
    }
}

impl From<&Breach> for BreachView {
    fn from(breach: &Breach) -> Self {
        Self {
            subject: breach.subject.to_string(),
            subject_kind: match breach.kind {
                SubjectKind::Thing => "thing",
                SubjectKind::Container => "container",
                SubjectKind::Place => "place",
            },
            device: breach.device.as_deref().map(str::to_owned),
            from: breach.from.to_string(),
            until: breach.until.to_string(),
            open: breach.is_open,
            certain: breach.is_certain,
            duration_ms: breach.duration.as_ms(),
            duration: breach.duration.to_string(),
            worst: breach.worst.value.to_string(),
            worst_uom: breach.worst.uom.to_string(),
            entries: breach.entries.indices.iter().map(|index| index.0).collect(),
            more_entries: breach.entries.has_more,
            affected: breach
                .affected
                .iter()
                .map(|(id, index)| AffectedContentView {
                    id: id.to_string(),
                    index: index.0,
                })
                .collect(),
            more_affected: breach.has_more_affected,
        }
    }
}

impl From<&(LogIndex, UnreadReason)> for UnreadView {
    fn from((index, reason): &(LogIndex, UnreadReason)) -> Self {
        Self {
            index: index.0,
            reason: match reason {
                UnreadReason::NoUnit => "no-unit",
                UnreadReason::OtherUnit => "other-unit",
                UnreadReason::NoValue => "no-value",
                UnreadReason::SensorError => "sensor-error",
            },
        }
    }
}
