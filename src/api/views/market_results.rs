//! What intervals of the energy market came to: trades and settlements.

use serde::Serialize;
use utoipa::ToSchema;

use super::IntervalStateView;
use crate::api::request::QuestionPages;
use crate::ledger::questions::Page;
use crate::records::energy::market::{Settlement, Trade, TradeSide};
use crate::types::{Height, LogIndex};

/// A page of trades.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnergyTradePage)]
#[serde(rename_all = "camelCase")]
pub struct TradePage {
    /// The height that the answer is of.
    pub height: u64,
    /// The interval, and how far it has come.
    pub interval: IntervalStateView,
    /// The trades, in the order of the log.
    pub trades: Vec<TradeView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A trade.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnergyTrade)]
#[serde(rename_all = "camelCase")]
pub struct TradeView {
    /// Its entry.
    pub index: u64,
    /// Its place among the trades of the clearing, from 1.
    pub number: u32,
    /// Who buys.
    pub buyer: TradeSideView,
    /// Who sells.
    pub seller: TradeSideView,
    /// The energy, in Wh.
    pub quantity_wh: u64,
    /// In minor units per MWh.
    pub price: i64,
    /// What is paid in.
    pub currency: String,
    /// What the buyer owes the seller, in minor units; below zero if the seller pays.
    pub amount: i64,
}

/// One side of a trade.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnergyTradeSide)]
#[serde(rename_all = "camelCase")]
pub struct TradeSideView {
    /// The member.
    pub member: String,
    /// What the member calls its order.
    pub order_id: String,
    /// The order's entry.
    pub order_index: u64,
}

/// A page of settlements.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnergySettlementPage)]
#[serde(rename_all = "camelCase")]
pub struct SettlementPage {
    /// The height that the answer is of.
    pub height: u64,
    /// The interval, and how far it has come.
    pub interval: IntervalStateView,
    /// The settlements, in the order of the log.
    pub settlements: Vec<SettlementView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What a member traded for an interval, held against what its meters counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnergySettlement)]
#[serde(rename_all = "camelCase")]
pub struct SettlementView {
    /// Its entry.
    pub index: u64,
    /// The member.
    pub member: String,
    /// Energy bought, in Wh.
    pub bought_wh: u64,
    /// Energy sold, in Wh.
    pub sold_wh: u64,
    /// What is paid in.
    pub currency: String,
    /// What the trades bring the member, in minor units: below zero if it pays.
    pub balance: i64,
    /// Energy that its meters in the area took in, in Wh.
    pub metered_in_wh: u64,
    /// Energy that they gave out, in Wh.
    pub metered_out_wh: u64,
    /// How many readings that is the sum of.
    pub readings: u32,
    /// For how many minutes of the interval there is a reading of one meter at least.
    pub metered_minutes: u32,
    /// Whether there are readings of longer intervals, which are not counted.
    pub coarser_readings: bool,
    /// Metered minus traded, in Wh, with what is given out and what is sold above zero.
    pub imbalance_wh: i64,
}

impl TradePage {
    /// A page of trades of an interval.
    pub(in crate::api) fn new(
        height: Height,
        interval: IntervalStateView,
        page: &Page<(LogIndex, Trade), LogIndex>,
        pages: &QuestionPages,
    ) -> Self {
        Self {
            height: height.0,
            interval,
            trades: page.items.iter().map(TradeView::from).collect(),
            next: pages.next_after(page.next),
        }
    }
}

impl From<&(LogIndex, Trade)> for TradeView {
    fn from((index, trade): &(LogIndex, Trade)) -> Self {
        Self {
            index: index.0,
            number: trade.number,
            buyer: TradeSideView::from(&trade.buyer),
            seller: TradeSideView::from(&trade.seller),
            quantity_wh: trade.quantity_wh,
            price: trade.price,
            currency: trade.currency.to_string(),
            amount: trade.amount,
        }
    }
}

impl From<&TradeSide> for TradeSideView {
    fn from(side: &TradeSide) -> Self {
        Self {
            member: side.member.to_string(),
            order_id: side.order.to_string(),
            order_index: side.index.0,
        }
    }
}

impl SettlementPage {
    /// A page of settlements of an interval.
    pub(in crate::api) fn new(
        height: Height,
        interval: IntervalStateView,
        page: &Page<(LogIndex, Settlement), LogIndex>,
        pages: &QuestionPages,
    ) -> Self {
        Self {
            height: height.0,
            interval,
            settlements: page.items.iter().map(SettlementView::from).collect(),
            next: pages.next_after(page.next),
        }
    }
}

impl From<&(LogIndex, Settlement)> for SettlementView {
    fn from((index, settlement): &(LogIndex, Settlement)) -> Self {
        let imbalance_wh = settlement.imbalance_wh();
        Self {
            index: index.0,
            member: settlement.member.to_string(),
            bought_wh: settlement.bought_wh,
            sold_wh: settlement.sold_wh,
            currency: settlement.currency.to_string(),
            balance: settlement.balance,
            metered_in_wh: settlement.metered_in_wh,
            metered_out_wh: settlement.metered_out_wh,
            readings: settlement.readings,
            metered_minutes: settlement.metered_minutes,
            coarser_readings: settlement.has_coarser_readings,
            // What meters count in one interval, and what is traded, is far within 64 bits.
            imbalance_wh: i64::try_from(imbalance_wh).unwrap_or(i64::MAX),
        }
    }
}
