//! Mass balances.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::questions::{LotBalance, LotTotal, MassBalance, Overdraft, SiteBalance, Yield};
use crate::records::epcis::Unit;
use crate::types::{Decimal, LogIndex};

/// A page of mass balances. Amounts are decimal numbers; a unit is absent where objects are counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MassBalance)]
#[serde(rename_all = "camelCase")]
pub struct MassBalanceView {
    /// The height that the answer is of.
    pub height: u64,
    /// The lots, in order of their identifiers.
    pub lots: Vec<LotBalanceView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The mass balance of a lot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LotBalance)]
#[serde(rename_all = "camelCase")]
pub struct LotBalanceView {
    /// The canonical identifier of the lot or other class.
    pub lot: String,
    /// By unit, everywhere, since `event_time_from`.
    pub totals: Vec<LotTotalView>,
    /// By site and unit.
    pub sites: Vec<SiteBalanceView>,
    /// The transformations that it went into, itself or in a container, or came out of.
    pub transformations: Vec<YieldView>,
    /// Whether there are more of these, or some that cannot be gone through or added up.
    pub more_transformations: bool,
    /// Entries that move some of it and do not say how much.
    pub unquantified: Vec<u64>,
    /// Whether there are more of these.
    pub more_unquantified: bool,
    /// Why there are no sums, though there are amounts; absent if there are sums.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// A lot in a unit, everywhere.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LotTotal)]
#[serde(rename_all = "camelCase")]
pub struct LotTotalView {
    /// The unit that amounts are added up in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uom: Option<String>,
    /// What was left before `event_time_from`.
    pub opening: String,
    /// What was made since then.
    pub created: String,
    /// What was used up.
    pub used: String,
    /// What is no more: destroyed, sold, lost, decommissioned.
    pub removed: String,
    /// What is left: opening and created, less used and removed.
    pub remaining: String,
    /// Shipped, less what was received or came unseen, whenever that was.
    pub in_transit: String,
    /// That more was spent than there was, at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdrawn: Option<OverdraftView>,
}

/// That more of a lot was spent than there was, or went out of a site.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Overdraft)]
#[serde(rename_all = "camelCase")]
pub struct OverdraftView {
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
    /// The entry that takes too much.
    pub index: u64,
    /// By how much: of what was spent at most, at any time, and at a site in the end.
    pub by: String,
    /// The entries that made and spent it until then; at a site those of all that became of it there.
    pub entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_entries: bool,
}

/// A lot at a site in a unit: opening + created + received + moved - used - shipped - removed = closing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SiteBalance)]
#[serde(rename_all = "camelCase")]
pub struct SiteBalanceView {
    /// The site; absent for events that name no place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The unit that amounts are added up in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uom: Option<String>,
    /// What was there before `event_time_from`.
    pub opening: String,
    /// What was made there.
    pub created: String,
    /// What came from elsewhere.
    pub received: String,
    /// What came unseen, from other sites or from what was on its way, less what went to other sites.
    pub moved: String,
    /// What was used up there.
    pub used: String,
    /// What left for elsewhere.
    pub shipped: String,
    /// What is no more.
    pub removed: String,
    /// What has to be left: below zero if more went out than ever came in.
    pub closing: String,
    /// That it is below zero; absent if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdrawn: Option<OverdraftView>,
    /// The entries that the opening balance rests on.
    pub opening_entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_opening_entries: bool,
    /// The entries of what became of it since then.
    pub entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_entries: bool,
}

/// What went into a transformation and came out of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Yield)]
#[serde(rename_all = "camelCase")]
pub struct YieldView {
    /// The identifier that joins its events, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transformation: Option<String>,
    /// Its entries.
    pub entries: Vec<u64>,
    /// Whether there are more of these.
    pub more_entries: bool,
    /// What went in, all lots together, by unit; what was in containers included.
    pub inputs: Vec<AmountView>,
    /// What came out.
    pub outputs: Vec<AmountView>,
    /// Whether some went in of which nobody told how much.
    pub inputs_partial: bool,
    /// Whether some came out of which nobody told how much.
    pub outputs_partial: bool,
    /// Inputs less outputs, in the units that both have: below zero if more came out than went in. Empty if either is
    /// partial.
    pub loss: Vec<AmountView>,
    /// How many single objects went in: containers, and what is in them, included.
    pub input_objects: usize,
    /// How many single objects came out.
    pub output_objects: usize,
}

/// An amount.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Amount)]
#[serde(rename_all = "camelCase")]
pub struct AmountView {
    /// The unit; absent where objects are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uom: Option<String>,
    /// How much.
    pub quantity: String,
}

fn code(unit: &Unit) -> Option<String> {
    unit.code().map(str::to_owned)
}

pub(super) fn numbers(indices: &[LogIndex]) -> Vec<u64> {
    indices.iter().map(|index| index.0).collect()
}

fn amounts(sums: &BTreeMap<Unit, Decimal>) -> Vec<AmountView> {
    let view = |(unit, quantity): (&Unit, &Decimal)| AmountView {
        uom: code(unit),
        quantity: quantity.to_string(),
    };
    sums.iter().map(view).collect()
}

impl MassBalanceView {
    /// A page of lots.
    pub fn new(balance: &MassBalance, next: Option<String>) -> Self {
        Self {
            height: balance.height.0,
            lots: balance.lots.iter().map(LotBalanceView::from).collect(),
            next,
        }
    }
}

impl From<&LotBalance> for LotBalanceView {
    fn from(lot: &LotBalance) -> Self {
        Self {
            lot: lot.lot.to_string(),
            totals: lot.totals.iter().map(LotTotalView::from).collect(),
            sites: lot.sites.iter().map(SiteBalanceView::from).collect(),
            transformations: lot.yields.iter().map(YieldView::from).collect(),
            more_transformations: lot.has_more_yields,
            unquantified: numbers(&lot.unquantified.indices),
            more_unquantified: lot.unquantified.has_more,
            cause: lot.not_summed.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&LotTotal> for LotTotalView {
    fn from(total: &LotTotal) -> Self {
        Self {
            uom: code(&total.unit),
            opening: total.opening.to_string(),
            created: total.created.to_string(),
            used: total.used.to_string(),
            removed: total.removed.to_string(),
            remaining: total.remaining.to_string(),
            in_transit: total.in_transit.to_string(),
            overdrawn: total.overdrawn.as_ref().map(OverdraftView::from),
        }
    }
}

impl From<&Overdraft> for OverdraftView {
    fn from(overdraft: &Overdraft) -> Self {
        Self {
            since: overdraft.since.0.to_string(),
            index: overdraft.since.1.0,
            by: overdraft.by.to_string(),
            entries: numbers(&overdraft.entries.indices),
            more_entries: overdraft.entries.has_more,
        }
    }
}

impl From<&SiteBalance> for SiteBalanceView {
    fn from(site: &SiteBalance) -> Self {
        Self {
            site: site.site.as_deref().map(str::to_owned),
            uom: code(&site.unit),
            opening: site.opening.to_string(),
            created: site.created.to_string(),
            received: site.received.to_string(),
            moved: site.moved.to_string(),
            used: site.used.to_string(),
            shipped: site.shipped.to_string(),
            removed: site.removed.to_string(),
            closing: site.closing.to_string(),
            overdrawn: site.overdrawn.as_ref().map(OverdraftView::from),
            opening_entries: numbers(&site.opening_entries.indices),
            more_opening_entries: site.opening_entries.has_more,
            entries: numbers(&site.entries.indices),
            more_entries: site.entries.has_more,
        }
    }
}

impl From<&Yield> for YieldView {
    fn from(found: &Yield) -> Self {
        Self {
            transformation: found.transformation.as_deref().map(str::to_owned),
            entries: numbers(&found.entries.indices),
            more_entries: found.entries.has_more,
            inputs: amounts(&found.inputs),
            outputs: amounts(&found.outputs),
            inputs_partial: found.are_inputs_partial,
            outputs_partial: found.are_outputs_partial,
            loss: amounts(&found.loss),
            input_objects: found.input_objects,
            output_objects: found.output_objects,
        }
    }
}
