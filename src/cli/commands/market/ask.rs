//! Asking nodes about the market.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Start;
use super::report::{AreaReport, MarketReport};
use crate::cli::client::NodeClient;
use crate::cli::member_arguments::{NodeArguments, now};
use crate::cli::{Exit, Failure};
use crate::records::energy::market::DeliveryDuration;
use crate::types::{MarketArea, Timestamp};

/// Most pages that are read: an interval has far fewer orders and trades than a thousand on each.
const MAX_PAGES: usize = 64;

/// Most areas that are named to who asked for another.
const MAX_NAMED_AREAS: usize = 8;

/// How long before its gate closes an interval is no more the next one, in milliseconds: an order takes a
/// moment to come into a block.
const GATE_MARGIN_MS: i64 = 2_000;

/// What a path of the first node that answers says.
pub(super) async fn json(nodes: &NodeArguments, path: &str) -> Result<Value, Failure> {
    let ask = |client: NodeClient| async move { client.json::<Value>(path).await };
    Ok(nodes.first(ask).await?)
}

/// Reads a node's answer.
pub(super) fn read<T: DeserializeOwned>(answer: &Value) -> Result<T, Failure> {
    T::deserialize(answer).map_err(|error| unreadable(error.to_string()))
}

fn unreadable(why: String) -> Failure {
    Failure::new(
        Exit::Refused,
        "the node's answer cannot be read",
        why,
        "ask another node, or update this program",
    )
    .in_others_words()
}

/// All items of an answer in pages, in the field `items`, all of the height of the first page.
pub(super) async fn all(
    nodes: &NodeArguments,
    path: &str,
    items: &str,
    query: &str,
) -> Result<Value, Failure> {
    let mut query = query.to_owned();
    let mut whole: Option<Value> = None;
    let mut next = String::new();
    for _ in 0..MAX_PAGES {
        let mut page = json(nodes, &format!("{path}?limit=1000{query}{next}")).await?;
        let found = page.get("next").and_then(Value::as_str);
        let found = found.map(str::to_owned);
        let height = page.get("height").and_then(Value::as_u64);
        if let Some(object) = page.as_object_mut() {
            object.remove("next");
        }
        match &mut whole {
            None => {
                // The ledger goes on; the answer does not.
                if let Some(height) = height.filter(|_| !query.contains("as_of_height")) {
                    query.push_str(&format!("&as_of_height={height}"));
                }
                whole = Some(page);
            }
            Some(whole) => {
                let more = page.get_mut(items).and_then(Value::as_array_mut);
                let list = whole.get_mut(items).and_then(Value::as_array_mut);
                if let (Some(list), Some(more)) = (list, more) {
                    list.append(more);
                }
            }
        }
        match found {
            Some(token) => next = format!("&after={token}"),
            None => return Ok(whole.unwrap_or_default()),
        }
    }
    Err(unreadable("its pages do not end".to_owned()))
}

/// The rules of an area, as the node has them now.
pub(super) async fn rules(nodes: &NodeArguments, area: &MarketArea) -> Result<AreaReport, Failure> {
    let market: MarketReport = read(&json(nodes, "/v1/market").await?)?;
    area_of(market, area, &nodes.hint())
}

/// An area of a market. The command line of who names another makes sense, so it ends as a refusal of the node does.
pub(super) fn area_of(
    market: MarketReport,
    area: &MarketArea,
    hint: &str,
) -> Result<AreaReport, Failure> {
    let names: Vec<_> = market.areas.iter().map(|area| area.name.clone()).collect();
    let of_that_name = |known: &AreaReport| known.name == area.as_str();
    market.areas.into_iter().find(of_that_name).ok_or_else(|| {
        let (why, way_out) = match names.as_slice() {
            [] => (
                "no contract of the ledger has market areas".to_owned(),
                "waybill contract list",
            ),
            [one] => (format!("there is {one}"), "waybill market areas"),
            names => {
                let shown = names.get(..MAX_NAMED_AREAS).unwrap_or(names);
                let more = match names.len().saturating_sub(shown.len()) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                (
                    format!("there are {}{more}", shown.join(", ")),
                    "waybill market areas",
                )
            }
        };
        Failure::new(
            Exit::Refused,
            format!("the market of the ledger has no area {area}"),
            why,
            format!("{way_out}{hint}"),
        )
        .in_others_words()
    })
}

/// When delivery of an interval begins.
pub(super) async fn start(
    nodes: &NodeArguments,
    area: &MarketArea,
    start: Start,
) -> Result<Timestamp, Failure> {
    match start {
        Start::At(time) => Ok(time),
        Start::Next => {
            let rules = rules(nodes, area).await?;
            let duration = |text: &str| {
                DeliveryDuration::parse(text).map_err(|error| unreadable(error.to_string()))
            };
            let (interval, gate) = (duration(&rules.interval)?, duration(&rules.gate_closure)?);
            Ok(next_start(now(), interval, gate))
        }
    }
}

/// The first interval whose gate is open a moment from now.
pub(super) fn next_start(
    now: Timestamp,
    interval: DeliveryDuration,
    gate_closure: DeliveryDuration,
) -> Timestamp {
    let earliest = gate_closure
        .after(now)
        .as_ms()
        .saturating_add(GATE_MARGIN_MS);
    let length = interval.as_ms().max(1);
    let intervals = earliest.div_euclid(length).saturating_add(1);
    Timestamp::from_ms(intervals.saturating_mul(length))
}
