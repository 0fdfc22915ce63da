//! The market as a node tells it, as far as people are shown it.

use serde::Deserialize;

/// The market areas.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct MarketReport {
    pub(super) areas: Vec<AreaReport>,
}

/// A market area.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AreaReport {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) currency: String,
    pub(super) auction: String,
    pub(super) interval: String,
    pub(super) gate_closure: String,
    pub(super) max_open_orders: u32,
    pub(super) role: Option<String>,
}

/// An interval among others.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SummaryReport {
    pub(super) delivery_start: String,
    pub(super) status: String,
    pub(super) takes_orders: Option<bool>,
    pub(super) clearing: Option<ClearingReport>,
}

/// An interval.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IntervalReport {
    pub(super) height: u64,
    pub(super) area: String,
    pub(super) delivery_start: String,
    pub(super) delivery_duration: String,
    pub(super) status: String,
    pub(super) takes_orders: Option<bool>,
    pub(super) gate_opening: Option<String>,
    pub(super) gate_closure: Option<String>,
    pub(super) clearing_due: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) bids: usize,
    pub(super) offers: usize,
    #[serde(default)]
    pub(super) demand: Vec<LevelReport>,
    #[serde(default)]
    pub(super) more_demand: bool,
    #[serde(default)]
    pub(super) supply: Vec<LevelReport>,
    #[serde(default)]
    pub(super) more_supply: bool,
    pub(super) clearing: Option<ClearingReport>,
}

/// The orders of one side at one price.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct LevelReport {
    pub(super) price: i64,
    pub(super) quantity_wh: u64,
}

/// A clearing.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClearingReport {
    pub(super) index: u64,
    #[serde(default)]
    pub(super) void_orders: u32,
    pub(super) void: Option<String>,
    pub(super) auction: Option<String>,
    pub(super) price: Option<i64>,
    pub(super) quantity_wh: u64,
    pub(super) trades: u32,
    pub(super) welfare: i64,
}

/// An order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderReport {
    pub(super) index: u64,
    pub(super) member: String,
    pub(super) order_id: String,
    pub(super) area: String,
    pub(super) delivery_start: String,
    pub(super) side: String,
    pub(super) quantity_wh: u64,
    pub(super) limit_price: i64,
    pub(super) withdrawn: Option<u64>,
    pub(super) served_wh: Option<u64>,
    pub(super) void: Option<String>,
}

impl OrderReport {
    /// What became of it, in words.
    pub(super) fn fate(&self) -> String {
        match (self.withdrawn, &self.void, self.served_wh) {
            (Some(index), _, _) => format!("withdrawn by entry {index}"),
            (None, Some(reason), _) => format!("void ({reason})"),
            (None, None, Some(wh)) => format!("{wh} Wh traded"),
            (None, None, None) => "open".to_owned(),
        }
    }
}

/// A trade.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TradeReport {
    pub(super) index: u64,
    pub(super) buyer: SideReport,
    pub(super) seller: SideReport,
    pub(super) quantity_wh: u64,
    pub(super) price: i64,
    pub(super) currency: String,
    pub(super) amount: i64,
}

/// One side of a trade.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SideReport {
    pub(super) member: String,
    pub(super) order_id: String,
}

/// A settlement.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettlementReport {
    pub(super) index: u64,
    pub(super) member: String,
    pub(super) bought_wh: u64,
    pub(super) sold_wh: u64,
    pub(super) currency: String,
    pub(super) balance: i64,
    pub(super) metered_in_wh: u64,
    pub(super) metered_out_wh: u64,
    pub(super) readings: u32,
    pub(super) metered_minutes: u32,
    pub(super) coarser_readings: bool,
    pub(super) imbalance_wh: i64,
}

/// The interval of a list, and how far it has come.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateReport {
    pub(super) area: String,
    pub(super) delivery_start: String,
    pub(super) status: String,
    pub(super) takes_orders: Option<bool>,
}

/// How far an interval has come, in a word. Where the time has come and the block has not, it says so: a node knows the
/// status by the last block, and what is taken now by its clock.
pub(super) fn phase(status: &str, takes_orders: Option<bool>) -> &str {
    match (status, takes_orders) {
        ("open", Some(false)) => "closing",
        ("early", Some(true)) => "opening",
        (status, _) => status,
    }
}
