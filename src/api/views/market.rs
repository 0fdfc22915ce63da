//! The energy market.

use serde::Serialize;
use utoipa::ToSchema;

use super::IntervalStateView;
use crate::api::request::QuestionPages;
use crate::contracts::energy::market::{ClearingRow, Market};
use crate::ledger::questions::{
    Interval, IntervalSummary, Level, Levels, MarketQuestions, OrderAnswer, Page, VoidOrder,
};
use crate::records::energy::market::{AreaRules, ClearingResult};
use crate::types::{Height, LogIndex, MarketArea, Timestamp};

/// The market areas.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Market)]
#[serde(rename_all = "camelCase")]
pub struct MarketView {
    /// The height that the answer is of.
    pub height: u64,
    /// The contract that sets the areas; absent if none in force does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_version: Option<u32>,
    /// The areas, in order of their names.
    pub areas: Vec<AreaView>,
}

/// A market area. Durations are ISO 8601; prices are in minor units of the currency per MWh.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MarketArea)]
#[serde(rename_all = "camelCase")]
pub struct AreaView {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub title: String,
    /// What is paid in (ISO 4217).
    #[schema(example = "EUR")]
    pub currency: String,
    /// uniform-price or pay-as-bid.
    #[schema(example = "uniform-price")]
    pub auction: &'static str,
    /// The length of a delivery interval; they follow each other from 1970-01-01T00:00:00Z on.
    #[schema(example = "PT15M")]
    pub interval: String,
    /// How long before delivery orders begin to be taken.
    #[schema(example = "P7D")]
    pub opens: String,
    /// How long before delivery the gate closes.
    #[schema(example = "PT5M")]
    pub gate_closure: String,
    /// How long after delivery the trades are settled.
    #[schema(example = "P1D")]
    pub settlement: String,
    /// Most open orders of an interval.
    pub max_open_orders: u32,
    /// Most of them that are of one member.
    pub max_open_orders_per_member: u32,
    /// The smallest quantity of an order, in Wh.
    pub min_quantity_wh: u64,
    /// The lowest limit price.
    pub min_price: i64,
    /// The highest limit price.
    pub max_price: i64,
    /// The role that a member needs to place orders; absent if every member may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Whether orders are shown before the gate closes.
    pub shows_book: bool,
}

/// A page of the intervals of an area.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MarketIntervalPage)]
#[serde(rename_all = "camelCase")]
pub struct IntervalPage {
    /// The height that the answer is of.
    pub height: u64,
    /// The time of that height's block.
    #[schema(format = DateTime)]
    pub time: String,
    /// The market area.
    pub area: String,
    /// Its rules; absent if those in force know it no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<AreaView>,
    /// The intervals for which there are orders, the latest first.
    pub intervals: Vec<IntervalSummaryView>,
    /// The `before` of the next page; absent on the last one.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An interval among others.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MarketIntervalSummary)]
#[serde(rename_all = "camelCase")]
pub struct IntervalSummaryView {
    /// When delivery begins.
    #[schema(format = DateTime)]
    pub delivery_start: String,
    /// early, open, closed, cleared or void, by the time of the height's block.
    #[schema(example = "open")]
    pub status: &'static str,
    /// Whether orders that are sent now can come in time: the gate is open at the later of the block's time and that
    /// of the clock of the node that answers. Absent of a height that is not the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes_orders: Option<bool>,
    /// The entry of the first order.
    pub first_order: u64,
    /// The clearing, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clearing: Option<ClearingView>,
}

/// An interval.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MarketInterval)]
#[serde(rename_all = "camelCase")]
pub struct IntervalView {
    /// The height that the answer is of.
    pub height: u64,
    /// How far it has come.
    #[serde(flatten)]
    pub state: IntervalStateView,
    /// How long it lasts (ISO 8601).
    #[schema(example = "PT15M")]
    pub delivery_duration: String,
    /// When its orders are cleared, at the first block from then on; absent without orders, and after the clearing.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clearing_due: Option<String>,
    /// When it is settled: by the rules under which its first order was placed, and by those in force if it has none.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settlement_due: Option<String>,
    /// What is paid in; absent if the rules in force know the area no more and there is no clearing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// How many orders were ever placed.
    pub placed: u32,
    /// How many bids are open, or were when the gate closed. Once the interval is cleared, those of members that had been
    /// removed are not among them, nor in the demand.
    pub bids: u32,
    /// How many offers are open, or were when the gate closed; as `bids`.
    pub offers: u32,
    /// What the bids ask for at each of the best 1,000 prices, the highest first; absent while the area does not show
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demand: Option<Vec<LevelView>>,
    /// Whether there may be bids at further prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more_demand: Option<bool>,
    /// What the offers give at each of the best 1,000 prices, the lowest first; absent while the area does not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supply: Option<Vec<LevelView>>,
    /// Whether there may be offers at further prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more_supply: Option<bool>,
    /// The clearing, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clearing: Option<ClearingView>,
}

/// The orders of one side at one price.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MarketLevel)]
#[serde(rename_all = "camelCase")]
pub struct LevelView {
    /// The limit price.
    pub price: i64,
    /// What they ask for together, in Wh.
    pub quantity_wh: u64,
    /// How many they are.
    pub orders: u32,
}

/// What became of an interval's orders.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MarketClearing)]
#[serde(rename_all = "camelCase")]
pub struct ClearingView {
    /// Its entry.
    pub index: u64,
    /// Open bids that count.
    pub bids: u32,
    /// Open offers that count.
    pub offers: u32,
    /// Open orders that do not, such as those of removed members.
    pub void_orders: u32,
    /// Why the orders are void; absent if they were cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<&'static str>,
    /// The version of the contract that was in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_version: Option<u32>,
    /// uniform-price or pay-as-bid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auction: Option<&'static str>,
    /// What is paid in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The price of all trades; absent without trades and if each has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// The energy traded, in Wh.
    pub quantity_wh: u64,
    /// How many trades it made.
    pub trades: u32,
    /// What they are worth beyond what they ask for, at the limit prices, in minor units.
    pub welfare: i64,
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnergyOrderPage)]
#[serde(rename_all = "camelCase")]
pub struct OrderPage {
    /// The height that the answer is of.
    pub height: u64,
    /// The interval, and how far it has come; absent for the orders of a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<IntervalStateView>,
    /// The orders, in the order of the log.
    pub orders: Vec<OrderView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An order, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnergyOrder)]
#[serde(rename_all = "camelCase")]
pub struct OrderView {
    /// Its entry.
    pub index: u64,
    /// Who placed it.
    pub member: String,
    /// What the member calls it.
    pub order_id: String,
    /// The market area.
    pub area: String,
    /// When delivery begins.
    #[schema(format = DateTime)]
    pub delivery_start: String,
    /// bid or offer.
    #[schema(example = "bid")]
    pub side: &'static str,
    /// The energy, in Wh.
    pub quantity_wh: u64,
    /// In minor units per MWh.
    pub limit_price: i64,
    /// The entry of its withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<u64>,
    /// How much of it was traded, in Wh; absent before the clearing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served_wh: Option<u64>,
    /// Why the order does not count, or will not: member-removed, area-changed or no-such-area; absent if it counts, and if
    /// it was withdrawn.
    #[schema(example = "member-removed")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<&'static str>,
}

impl MarketView {
    /// The market at a height.
    pub fn new(height: Height, market: Option<&Market>) -> Self {
        Self {
            height: height.0,
            contract: market.map(|market| market.contract.to_string()),
            contract_version: market.map(|market| market.version),
            areas: market
                .into_iter()
                .flat_map(|market| market.areas.iter())
                .map(AreaView::from)
                .collect(),
        }
    }
}

impl From<&AreaRules> for AreaView {
    fn from(area: &AreaRules) -> Self {
        Self {
            name: area.name.to_string(),
            title: area.title.clone(),
            currency: area.currency.to_string(),
            auction: area.auction.as_str(),
            interval: area.interval.to_string(),
            opens: area.opens.to_string(),
            gate_closure: area.gate_closure.to_string(),
            settlement: area.settlement.to_string(),
            max_open_orders: area.max_open_orders,
            max_open_orders_per_member: area.max_open_orders_per_member,
            min_quantity_wh: area.min_quantity_wh,
            min_price: area.min_price,
            max_price: area.max_price,
            role: area.role.as_ref().map(ToString::to_string),
            shows_book: area.shows_book,
        }
    }
}

impl IntervalPage {
    /// A page of the intervals of an area, at a node whose clock shows `now`.
    pub(in crate::api) fn new(
        market: &MarketQuestions<'_>,
        area: &MarketArea,
        page: &Page<IntervalSummary, Timestamp>,
        now: Timestamp,
    ) -> Self {
        let summary = |interval: &IntervalSummary| IntervalSummaryView {
            delivery_start: interval.start.to_string(),
            status: interval.status.as_str(),
            takes_orders: market.takes_orders(area, interval.start, interval.status, now),
            first_order: interval.first_order.0,
            clearing: interval.clearing.as_ref().map(ClearingView::from),
        };
        Self {
            height: market.height().0,
            time: market.time().to_string(),
            area: area.to_string(),
            rules: market.rules(area).map(AreaView::from),
            intervals: page.items.iter().map(summary).collect(),
            next: page.next.map(|start| start.to_string()),
        }
    }
}

/// Whether the orders of an interval are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Book {
    /// They are.
    Shown,
    /// The area does not show them yet.
    Hidden,
}

impl IntervalView {
    /// An interval of an area.
    pub(in crate::api) fn new(
        height: Height,
        state: IntervalStateView,
        rules: Option<&AreaRules>,
        interval: &Interval,
        book: Book,
    ) -> Self {
        let is_shown = book == Book::Shown;
        let levels =
            |levels: &Levels| is_shown.then(|| levels.listed.iter().map(LevelView::from).collect());
        let clearing = interval.clearing.as_ref().map(ClearingView::from);
        let of_clearing = clearing.as_ref().and_then(|c| c.currency.clone());
        Self {
            height: height.0,
            state,
            delivery_duration: interval.delivery.duration.to_string(),
            clearing_due: interval.clearing_due.map(|due| due.to_string()),
            settlement_due: interval.settlement_due.map(|due| due.to_string()),
            currency: of_clearing.or_else(|| rules.map(|rules| rules.currency.to_string())),
            placed: interval.placed,
            bids: interval.bids,
            offers: interval.offers,
            demand: levels(&interval.demand),
            more_demand: is_shown.then_some(interval.demand.has_more),
            supply: levels(&interval.supply),
            more_supply: is_shown.then_some(interval.supply.has_more),
            clearing,
        }
    }
}

impl From<&Level> for LevelView {
    fn from(level: &Level) -> Self {
        Self {
            price: level.price,
            quantity_wh: level.quantity_wh,
            orders: level.orders,
        }
    }
}

impl From<&ClearingRow> for ClearingView {
    fn from(row: &ClearingRow) -> Self {
        let empty = Self {
            index: row.index.0,
            bids: row.clearing.bids,
            offers: row.clearing.offers,
            void_orders: row.clearing.void_orders,
            void: None,
            contract_version: None,
            auction: None,
            currency: None,
            price: None,
            quantity_wh: 0,
            trades: 0,
            welfare: 0,
        };
        match &row.clearing.result {
            ClearingResult::Void(reason) => Self {
                void: Some(reason.as_str()),
                ..empty
            },
            ClearingResult::Cleared {
                contract_version,
                auction,
                currency,
                price,
                quantity_wh,
                trades,
                welfare,
            } => Self {
                contract_version: Some(*contract_version),
                auction: Some(auction.as_str()),
                currency: Some(currency.to_string()),
                price: *price,
                quantity_wh: *quantity_wh,
                trades: *trades,
                welfare: *welfare,
                ..empty
            },
        }
    }
}

impl OrderPage {
    /// A page of orders: of an interval, or of a member.
    pub(in crate::api) fn new(
        height: Height,
        interval: Option<IntervalStateView>,
        page: &Page<OrderAnswer, LogIndex>,
        pages: &QuestionPages,
    ) -> Self {
        Self {
            height: height.0,
            interval,
            orders: page.items.iter().map(OrderView::from).collect(),
            next: pages.next_after(page.next),
        }
    }
}

impl From<&OrderAnswer> for OrderView {
    fn from(order: &OrderAnswer) -> Self {
        Self {
            index: order.index.0,
            member: order.member.to_string(),
            order_id: order.id.to_string(),
            area: order.area.to_string(),
            delivery_start: order.start.to_string(),
            side: order.terms.side().as_str(),
            quantity_wh: order.terms.quantity_wh(),
            limit_price: order.terms.limit_price(),
            withdrawn: order.withdrawn.map(|index| index.0),
            served_wh: order.served_wh,
            void: order.void.map(VoidOrder::as_str),
        }
    }
}
