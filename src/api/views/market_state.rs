//! How far an interval of the energy market has come.

use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::questions::{IntervalStatus, MarketQuestions};
use crate::types::{MarketArea, Timestamp};

/// How far the interval of a list has come: a list without anything is told from one that cannot have anything yet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MarketIntervalState)]
#[serde(rename_all = "camelCase")]
pub struct IntervalStateView {
    /// The market area.
    pub area: String,
    /// When delivery begins.
    #[schema(format = DateTime)]
    pub delivery_start: String,
    /// early, open, closed, cleared or void, by the time of the height's block.
    #[schema(example = "cleared")]
    pub status: &'static str,
    /// The time of the height's block.
    #[schema(format = DateTime)]
    pub time: String,
    /// When orders begin to be taken, by the rules in force.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate_opening: Option<String>,
    /// When the gate closes, by the rules in force.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate_closure: Option<String>,
    /// Whether orders that are sent now can come in time: the gate is open at the later of the block's time and that
    /// of the clock of the node that answers. Absent of a height that is not the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes_orders: Option<bool>,
}

impl IntervalStateView {
    /// The state of an interval that an area has, at a node whose clock shows `now`.
    pub(in crate::api) fn new(
        market: &MarketQuestions<'_>,
        (area, start): (&MarketArea, Timestamp),
        status: IntervalStatus,
        now: Timestamp,
    ) -> Self {
        let rules = market.rules(area);
        Self {
            area: area.to_string(),
            delivery_start: start.to_string(),
            status: status.as_str(),
            time: market.time().to_string(),
            gate_opening: rules.map(|rules| rules.opening(start).to_string()),
            gate_closure: rules.map(|rules| rules.gate(start).to_string()),
            takes_orders: market.takes_orders(area, start, status, now),
        }
    }
}
