//! The energy market: orders that members place, and the records that the ledger makes of them.
//!
//! An order bids for energy, or offers it, in a market area and one of its delivery intervals:
//! `{"orderId": "o-1", "area": "local", "side": "bid", "deliveryStart": "2026-06-01T12:00:00Z",
//! "deliveryDuration": "PT15M", "quantityWh": 2500, "limitPrice": 8150}`. The limit price is in minor units
//! of the area's currency per MWh, and may be below zero. A withdrawal takes an open order back:
//! `{"orderId": "o-1"}`. Everything else is made by the ledger: the clearing of an interval, its trades,
//! and their settlement against the meters.
//!
//! The areas are what a contract sets for `energy.order`: see [`AreaRules`].

mod area;
mod clearing;
mod delivery;
mod order;
mod settlement;
mod terms;
mod trade;
mod withdrawal;

pub use area::{
    AreaRules, Currency, DEFAULT_MIN_QUANTITY_WH, MAX_INTERVALS_PER_AREA, MAX_MARKET_AREAS,
    MAX_OPEN_ORDERS, MarketAreas,
};
pub use clearing::{Clearing, ClearingResult, VoidReason};
pub use delivery::{DeliveryDuration, DeliveryInterval, DurationError};
pub use order::{EnergyOrder, MAX_ORDER_ID_BYTES, OrderId, OrderTerms, check_order};
pub use settlement::Settlement;
pub use terms::{AuctionRule, MAX_ABSOLUTE_PRICE, MAX_QUANTITY_WH, Side};
pub use trade::{Trade, TradeSide};
pub use withdrawal::{OrderWithdrawal, check_withdrawal};

/// The family of orders.
pub const ORDER: &str = "energy.order";

/// The family of withdrawals.
pub const ORDER_WITHDRAWAL: &str = "energy.order-withdrawal";

/// The kind of clearings, which the ledger makes.
pub const CLEARING: &str = "energy.clearing";

/// The kind of trades, which the ledger makes.
pub const TRADE: &str = "energy.trade";

/// The kind of settlements, which the ledger makes.
pub const SETTLEMENT: &str = "energy.settlement";

/// The version of the kinds that the ledger makes.
pub const DERIVED_VERSION: u16 = 1;

#[cfg(test)]
mod tests;
