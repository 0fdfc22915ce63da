//! Placing and withdrawing orders.

use serde_json::json;

use super::{OrderArguments, WithdrawArguments, ask};
use crate::cli::commands::record::put_record;
use crate::cli::member_arguments::now;
use crate::cli::output::Output;
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::records::energy::market::{ORDER, ORDER_WITHDRAWAL, check_order, check_withdrawal};

/// Places an order.
///
/// # Errors
/// [`Failure`] if the ledger does not take it.
pub(super) async fn place(
    arguments: &OrderArguments,
    side: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let (nodes, area) = (&arguments.nodes, &arguments.area);
    let rules = ask::rules(nodes, area).await?;
    let start = ask::start(nodes, area, arguments.start).await?;
    let id = match &arguments.id {
        Some(id) => id.clone(),
        None => format!("{side}-{}", now().as_ms()),
    };
    let body = json!({
        "orderId": id,
        "area": area,
        "side": side,
        "deliveryStart": start.to_string(),
        "deliveryDuration": rules.interval,
        "quantityWh": arguments.wh,
        "limitPrice": arguments.price,
    });
    let text = body.to_string();
    check_order(text.as_bytes())
        .map_err(|error| Failure::usage(error.to_string(), "see --help"))?;
    let put = put_record(&arguments.signing, nodes, ORDER, &text).await?;
    let mut said = format!(
        "{side} {id} is entry {}: {} Wh in {area} from {start} on, at {} minor units of {} per MWh, {}\n",
        put.index,
        arguments.wh,
        arguments.price,
        plain(&rules.currency),
        put.outcome.text()
    );
    if put.outcome.is_duplicate() {
        said.push_str("nothing new was placed: what became of the first one is told below; another order needs another --id\n");
    }
    output.result(
        &said,
        &json!({"index": put.index, "outcome": put.outcome, "order": body}),
    )?;
    if put.outcome.is_duplicate() {
        let member = &arguments.signing.member;
        output.next(&format!(
            "waybill market orders --of {member}{}",
            nodes.hint()
        ));
        return Ok(Exit::Success);
    }
    output.next(&format!(
        "waybill market show {area} {start}{}",
        nodes.hint()
    ));
    Ok(Exit::Success)
}

/// Takes an order back.
///
/// # Errors
/// [`Failure`] if the ledger does not take it.
pub(super) async fn withdraw(
    arguments: &WithdrawArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let body = json!({"orderId": arguments.id}).to_string();
    check_withdrawal(body.as_bytes())
        .map_err(|error| Failure::usage(error.to_string(), "see --help"))?;
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let index = put_record(signing, nodes, ORDER_WITHDRAWAL, &body)
        .await?
        .index;
    let said = format!("order {} is withdrawn by entry {index}\n", arguments.id);
    output.result(&said, &json!({"index": index, "orderId": arguments.id}))?;
    output.next(&format!(
        "waybill market orders --of {}{}",
        signing.member,
        nodes.hint()
    ));
    Ok(Exit::Success)
}
