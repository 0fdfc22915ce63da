//! Tables of the market.

use std::io::IsTerminal as _;

use serde_json::{Value, json};

use super::report::{
    ClearingReport, IntervalReport, MarketReport, OrderReport, SettlementReport, StateReport,
    SummaryReport, TradeReport, phase,
};
use super::{AreasArguments, IntervalArguments, OrdersArguments, ShowArguments, ask, plot, svg};
use crate::cli::files::{shell_word, write_new_beside};
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted, table};
use crate::cli::terminal_text::{plain, plain_copy};
use crate::cli::{Exit, Failure};
use crate::types::{MarketArea, MemberId, Timestamp};

/// Most rows that a person is shown; a script gets all.
const MAX_SHOWN_ROWS: usize = 60;

fn as_of(height: Option<u64>) -> String {
    height.map_or_else(String::new, |height| format!("&as_of_height={height}"))
}

/// A table of the first rows, and how many there are besides.
fn shown(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let hidden = rows.len().saturating_sub(MAX_SHOWN_ROWS);
    let first: Vec<_> = rows.into_iter().take(MAX_SHOWN_ROWS).collect();
    let mut text = table(header, &first);
    if hidden > 0 {
        text.push_str(&format!("… and {hidden} more; --json prints all\n"));
    }
    text
}

/// Lists the areas.
///
/// # Errors
/// [`Failure`].
pub(super) async fn areas(arguments: &AreasArguments, output: &Output) -> Result<Exit, Failure> {
    let nodes = &arguments.nodes;
    let query = as_of(arguments.as_of_height).replace('&', "?");
    let answer = ask::json(nodes, &format!("/v1/market{query}")).await?;
    let market: MarketReport = ask::read(&answer)?;
    let rows = market.areas.iter().map(|area| {
        vec![
            area.name.clone(),
            area.auction.clone(),
            area.interval.clone(),
            area.gate_closure.clone(),
            area.currency.clone(),
            area.max_open_orders.to_string(),
            area.role.clone().unwrap_or_default(),
            area.title.clone(),
        ]
    });
    let header = [
        "area", "auction", "interval", "gate", "currency", "orders", "role", "",
    ];
    let text = match market.areas.is_empty() {
        true => "no contract of the ledger has market areas\n".to_owned(),
        false => shown(&header, rows.collect()),
    };
    output.result(&text, &answer)?;
    let hint = nodes.hint();
    output.next(&match market.areas.first() {
        Some(area) => format!("waybill market show {} next{hint}", shell_word(&area.name)),
        None => {
            format!("waybill contract install FOLDER --reason WHY --member MEMBER --key FILE{hint}")
        }
    });
    Ok(Exit::Success)
}

/// Shows an area or an interval.
///
/// # Errors
/// [`Failure`].
pub(super) async fn show(arguments: &ShowArguments, output: &Output) -> Result<Exit, Failure> {
    let (nodes, area) = (&arguments.nodes, &arguments.area);
    let query = as_of(arguments.as_of_height);
    let Some(start) = arguments.start else {
        let answer = ask::json(nodes, &format!("/v1/market/{area}?limit=1000{query}")).await?;
        let intervals: Vec<SummaryReport> =
            ask::read(answer.get("intervals").unwrap_or(&json!([])))?;
        let rows = intervals.iter().map(|interval| {
            let clearing = interval.clearing.as_ref();
            vec![
                interval.delivery_start.clone(),
                phase(&interval.status, interval.takes_orders).to_owned(),
                clearing.map_or_else(String::new, |c| c.quantity_wh.to_string()),
                clearing
                    .and_then(|c| c.price)
                    .map_or_else(String::new, |price| price.to_string()),
                clearing.map_or_else(String::new, |c| c.trades.to_string()),
            ]
        });
        let header = ["delivery", "status", "Wh", "price", "trades"];
        let mut text = match intervals.is_empty() {
            true => format!("nobody has traded in {area}, and nobody offers to\n"),
            false => shown(&header, rows.collect()),
        };
        if let Some(before) = answer.get("next").and_then(Value::as_str) {
            text.push_str(&format!(
                "… and there are intervals before {0}: GET /v1/market/{area}?before={0}\n",
                plain(before)
            ));
        }
        output.result(&text, &answer)?;
        let start = intervals
            .first()
            .map_or("next", |interval| interval.delivery_start.as_str());
        let start = shell_word(start);
        output.next(&format!(
            "waybill market show {area} {start}{}",
            nodes.hint()
        ));
        return Ok(Exit::Success);
    };
    let start = ask::start(nodes, area, start).await?;
    let query = query.replace('&', "?");
    let answer = ask::json(nodes, &format!("/v1/market/{area}/{start}{query}")).await?;
    let interval: IntervalReport = ask::read(&answer)?;
    if let Some(path) = &arguments.svg {
        write_new_beside(path, svg::draw(&interval).as_bytes())?;
        output.result(
            &format!("drew the book into {}\n", path.display()),
            &json!({"file": path}),
        )?;
        return Ok(Exit::Success);
    }
    output.report(&answer, |answer| {
        let interval: IntervalReport = ask::read(answer)?;
        let mut text = describe(&interval);
        if std::io::stdout().is_terminal() {
            text.push_str(&plot::draw(&interval));
        }
        Ok(text)
    })?;
    let next = match (&interval.clearing, interval.status.as_str()) {
        (Some(clearing), "cleared") if clearing.trades > 0 => "trades",
        (None, _)
            if interval.takes_orders == Some(true) && interval.bids + interval.offers == 0 =>
        {
            "bid"
        }
        _ => "orders",
    };
    output.next(&match next {
        "bid" => format!(
            "waybill market bid {area} {start} --wh WH --price PRICE --member MEMBER --key FILE{}",
            nodes.hint()
        ),
        _ => format!("waybill market {next} {area} {start}{}", nodes.hint()),
    });
    Ok(Exit::Success)
}

/// What an interval is, in words and a table of its book.
pub(super) fn describe(interval: &IntervalReport) -> String {
    let price_unit = price_unit(interval);
    let mut text = format!(
        "{} from {} for {}: {} at height {}, {} and {}\n",
        interval.area,
        interval.delivery_start,
        interval.delivery_duration,
        phase(&interval.status, interval.takes_orders),
        interval.height,
        counted(interval.bids, "bid"),
        counted(interval.offers, "offer")
    );
    if let (Some(gate), None) = (&interval.gate_closure, &interval.clearing) {
        text.push_str(&gate_in_words(interval, gate));
        if let Some(due) = interval.clearing_due.as_ref().filter(|due| *due != gate) {
            text.push_str(&format!("the orders are cleared from {due} on\n"));
        }
    }
    if let Some(clearing) = &interval.clearing {
        text.push_str(&cleared(clearing, &price_unit));
    }
    let rows = interval
        .demand
        .iter()
        .map(|level| ("bid", level))
        .chain(interval.supply.iter().map(|level| ("offer", level)))
        .map(|(side, level)| {
            vec![
                side.to_owned(),
                level.price.to_string(),
                level.quantity_wh.to_string(),
            ]
        })
        .collect::<Vec<_>>();
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&shown(&["side", &price_unit, "Wh"], rows));
    }
    for (has_more, side) in [
        (interval.more_demand, "bids"),
        (interval.more_supply, "offers"),
    ] {
        if has_more {
            text.push_str(&format!("there are {side} at worse prices besides\n"));
        }
    }
    text
}

/// When the gate opens and closes, as the node knew it.
fn gate_in_words(interval: &IntervalReport, gate: &str) -> String {
    let opening = interval.gate_opening.as_deref();
    match (phase(&interval.status, interval.takes_orders), opening) {
        ("early", Some(opening)) => {
            format!("orders are taken from {opening} on, until the gate closes at {gate}\n")
        }
        ("closing", _) => format!(
            "the gate closed at {gate}: orders that are sent now come too late, and the next block closes the book\n"
        ),
        ("closed", _) => format!("the gate closed at {gate}\n"),
        _ => format!("the gate closes at {gate}\n"),
    }
}

/// What prices of an interval are in. Of an area that is no more nobody says the currency.
pub(super) fn price_unit(interval: &IntervalReport) -> String {
    let currency = interval.currency.as_ref();
    let of = currency.map_or_else(String::new, |currency| format!(" of {currency}"));
    format!("minor units{of} per MWh")
}

fn cleared(clearing: &ClearingReport, price_unit: &str) -> String {
    let ClearingReport {
        index,
        void_orders,
        void,
        auction,
        price,
        quantity_wh,
        trades,
        welfare,
    } = clearing;
    if let Some(reason) = void {
        return format!("entry {index}: the orders are void ({reason})\n");
    }
    let at = price.map_or_else(String::new, |price| format!(" at {price} {price_unit}"));
    let void = match void_orders {
        0 => String::new(),
        _ => format!(
            "void, and left out below: {}; waybill market orders says why\n",
            counted(void_orders, "order")
        ),
    };
    format!(
        "entry {index}: {quantity_wh} Wh in {}{at}, {}, worth {} more than was asked\n{void}",
        counted(trades, "trade"),
        auction.as_deref().unwrap_or_default(),
        counted(welfare, "minor unit")
    )
}

/// Says of a list without anything how far its interval has come.
fn nothing(answer: &Value, list: &str) -> Result<String, Failure> {
    let Some(interval) = answer.get("interval") else {
        return Ok(format!("no {list}\n"));
    };
    let interval: StateReport = ask::read(&plain_copy(interval)?)?;
    Ok(format!(
        "no {list}: {} from {} is {}\n",
        interval.area,
        interval.delivery_start,
        phase(&interval.status, interval.takes_orders)
    ))
}

/// A table of a list, or why there is nothing in it.
fn listed(
    answer: &Value,
    list: &str,
    header: &[&str],
    rows: Vec<Vec<String>>,
) -> Result<String, Failure> {
    match rows.is_empty() {
        true => nothing(answer, list),
        false => Ok(shown(header, rows)),
    }
}

/// The path of something about an interval, and the query.
async fn place(
    nodes: &NodeArguments,
    area: &MarketArea,
    start: super::Start,
    (of, height): (Option<&MemberId>, Option<u64>),
) -> Result<(String, Timestamp, String), Failure> {
    let start = ask::start(nodes, area, start).await?;
    let member = of.map_or_else(String::new, |member| format!("&member={member}"));
    let query = format!("{member}{}", as_of(height));
    Ok((format!("/v1/market/{area}/{start}"), start, query))
}

/// All trades, or all settlements, that somebody asks for, with the interval's start.
async fn list_of(arguments: &IntervalArguments, list: &str) -> Result<(Value, Timestamp), Failure> {
    let scope = (arguments.of.as_ref(), arguments.as_of_height);
    let (nodes, area) = (&arguments.nodes, &arguments.area);
    let (path, start, query) = place(nodes, area, arguments.start, scope).await?;
    let answer = ask::all(nodes, &format!("{path}/{list}"), list, &query).await?;
    Ok((answer, start))
}

/// Lists orders.
///
/// # Errors
/// [`Failure`].
pub(super) async fn orders(arguments: &OrdersArguments, output: &Output) -> Result<Exit, Failure> {
    let nodes = &arguments.nodes;
    let height = arguments.as_of_height;
    let answer = match (&arguments.area, arguments.start, &arguments.of) {
        (Some(area), Some(start), of) => {
            let (path, _, query) = place(nodes, area, start, (of.as_ref(), height)).await?;
            ask::all(nodes, &format!("{path}/orders"), "orders", &query).await?
        }
        (_, _, Some(member)) => {
            let path = format!("/v1/members/{member}/orders");
            ask::all(nodes, &path, "orders", &as_of(height)).await?
        }
        _ => {
            return Err(Failure::usage(
                "name an interval, or a member by --of",
                "see --help",
            ));
        }
    };
    let orders: Vec<OrderReport> = ask::read(answer.get("orders").unwrap_or(&json!([])))?;
    let rows = orders.iter().map(|order| {
        vec![
            order.index.to_string(),
            order.area.clone(),
            order.delivery_start.clone(),
            order.member.clone(),
            order.order_id.clone(),
            order.side.clone(),
            order.quantity_wh.to_string(),
            order.limit_price.to_string(),
            order.fate(),
        ]
    });
    let header = [
        "entry", "area", "delivery", "member", "id", "side", "Wh", "limit", "",
    ];
    output.result(
        &listed(&answer, "orders", &header, rows.collect())?,
        &answer,
    )?;
    if let Some(order) = orders.first() {
        output.next(&format!(
            "waybill market show {} {}{}",
            shell_word(&order.area),
            shell_word(&order.delivery_start),
            nodes.hint()
        ));
    }
    Ok(Exit::Success)
}

/// Lists trades.
///
/// # Errors
/// [`Failure`].
pub(super) async fn trades(
    arguments: &IntervalArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let (nodes, area) = (&arguments.nodes, &arguments.area);
    let (answer, start) = list_of(arguments, "trades").await?;
    let trades: Vec<TradeReport> = ask::read(answer.get("trades").unwrap_or(&json!([])))?;
    let rows = trades.iter().map(|trade| {
        vec![
            trade.index.to_string(),
            format!("{} ({})", trade.buyer.member, trade.buyer.order_id),
            format!("{} ({})", trade.seller.member, trade.seller.order_id),
            trade.quantity_wh.to_string(),
            trade.price.to_string(),
            trade.amount.to_string(),
            trade.currency.clone(),
        ]
    });
    let header = [
        "entry",
        "buyer",
        "seller",
        "Wh",
        "per MWh",
        "minor units",
        "of",
    ];
    output.result(
        &listed(&answer, "trades", &header, rows.collect())?,
        &answer,
    )?;
    output.next(&match trades.first() {
        Some(trade) => format!("waybill proof get {}{}", trade.index, nodes.hint()),
        None => format!("waybill market show {area} {start}{}", nodes.hint()),
    });
    Ok(Exit::Success)
}

/// Lists settlements.
///
/// # Errors
/// [`Failure`].
pub(super) async fn settlements(
    arguments: &IntervalArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let (nodes, area) = (&arguments.nodes, &arguments.area);
    let (answer, start) = list_of(arguments, "settlements").await?;
    let list = answer.get("settlements").unwrap_or(&json!([])).clone();
    let settlements: Vec<SettlementReport> = ask::read(&list)?;
    let rows = settlements.iter().map(|settlement| {
        vec![
            settlement.index.to_string(),
            settlement.member.clone(),
            settlement.bought_wh.to_string(),
            settlement.sold_wh.to_string(),
            settlement.balance.to_string(),
            settlement.currency.clone(),
            settlement.metered_in_wh.to_string(),
            settlement.metered_out_wh.to_string(),
            match settlement.readings {
                0 => "none read".to_owned(),
                _ => settlement.metered_minutes.to_string(),
            },
            settlement.imbalance_wh.to_string(),
            match settlement.coarser_readings {
                true => "readings of longer intervals are not counted".to_owned(),
                false => String::new(),
            },
        ]
    });
    let header = [
        "entry",
        "member",
        "bought Wh",
        "sold Wh",
        "balance, minor units",
        "of",
        "in Wh",
        "out Wh",
        "minutes",
        "imbalance Wh",
        "",
    ];
    output.result(
        &listed(&answer, "settlements", &header, rows.collect())?,
        &answer,
    )?;
    output.next(&match settlements.first() {
        Some(settlement) => format!("waybill proof get {}{}", settlement.index, nodes.hint()),
        None => format!("waybill market show {area} {start}{}", nodes.hint()),
    });
    Ok(Exit::Success)
}
