//! `waybill mass-balance`: whether amounts add up.

use clap::Args;
use serde_json::Value;

use super::{AskArguments, Query, cell, entries, items};
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};
use crate::types::Timestamp;

/// Options of `waybill mass-balance`.
#[derive(Args, Debug)]
#[command(
    after_help = "At each site: opening + created + received + moved - used - shipped - removed = closing. Moved is \
    what came from another site unseen. Units of mass, of volume, of length, and pieces are added up; different \
    kinds never are.\n\nExamples:\n  \
    waybill mass-balance urn:epc:class:lgtin:9521001.000101.GOA-25-04\n  \
    waybill mass-balance --site urn:epc:id:sgln:9521002.00020.0 --event-time-from 2025-10-01T00:00:00Z"
)]
pub struct MassBalanceArguments {
    /// A lot or other class: EPC URN, GS1 Digital Link or another URI
    #[arg(required_unless_present = "site")]
    id: Option<String>,

    /// Only at this site; without a lot, all lots that were there
    #[arg(long, value_name = "PLACE")]
    site: Option<String>,

    /// What happened before this time (RFC 3339) is the opening balance
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    event_time_from: Option<Timestamp>,
    #[command(flatten)]
    ask: AskArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &MassBalanceArguments, output: &Output) -> Result<Exit, Failure> {
    let from = arguments.event_time_from.map(|time| time.to_string());
    let query = Query::default()
        .with("thing", arguments.id.as_deref())
        .with("site", arguments.site.as_deref())
        .with("event_time_from", from.as_deref());
    let answer = arguments
        .ask
        .ask("/v1/mass-balance", query, (&["lots"], &[]), output)
        .await?;
    output.result(&describe(&answer), &answer)?;
    Ok(Exit::Success)
}

/// The columns with amounts.
const AMOUNTS: [&str; 8] = [
    "opening", "created", "received", "moved", "used", "shipped", "removed", "closing",
];

fn unit(value: &Value) -> String {
    match &value["uom"] {
        Value::String(code) => code.clone(),
        _ => "pieces".to_owned(),
    }
}

fn describe(answer: &Value) -> String {
    let mut text = String::new();
    for lot in items(answer, "lots") {
        text.push_str(&format!("{}\n", cell(lot, "lot")));
        let header: Vec<&str> = ["site", "unit"]
            .into_iter()
            .chain(AMOUNTS)
            .chain(["events"])
            .collect();
        let row = |site: &Value| {
            let mut row = vec![cell(site, "site"), unit(site)];
            row.extend(AMOUNTS.map(|name| cell(site, name)));
            row.push(entries(site, "entries"));
            row
        };
        let rows: Vec<_> = items(lot, "sites").iter().map(row).collect();
        text.push_str(&table(&header, &rows));
        for total in items(lot, "totals") {
            let opening = cell(total, "opening");
            let before = match &*opening {
                "0" => String::new(),
                _ => format!("{opening} {} from before, ", unit(total)),
            };
            text.push_str(&format!(
                "in all: {before}{} {} made, {} used, {} removed, {} left, {} of it on its way\n",
                cell(total, "created"),
                unit(total),
                cell(total, "used"),
                cell(total, "removed"),
                cell(total, "remaining"),
                cell(total, "inTransit"),
            ));
            let overdrawn = &total["overdrawn"];
            if !overdrawn.is_null() {
                text.push_str(&format!(
                    "OVERDRAWN by {} {} since {}: entries {}\n",
                    cell(overdrawn, "by"),
                    unit(total),
                    cell(overdrawn, "since"),
                    entries(overdrawn, "entries"),
                ));
            }
        }
        for found in items(lot, "transformations") {
            let amounts = |name: &str| {
                let all = items(found, name).iter();
                let all = all.map(|a| format!("{} {}", cell(a, "quantity"), unit(a)));
                all.collect::<Vec<_>>().join(", ")
            };
            text.push_str(&format!(
                "transformation {}: in {}; out {} and {}; less {}\n",
                entries(found, "entries"),
                amounts("inputs"),
                amounts("outputs"),
                counted(cell(found, "outputObjects"), "object"),
                amounts("loss"),
            ));
        }
        let cause = cell(lot, "cause");
        if !cause.is_empty() {
            text.push_str(&format!("it cannot be added up: {cause}\n"));
        }
        let unquantified = entries(lot, "unquantified");
        if !unquantified.is_empty() {
            text.push_str(&format!("no amounts in entries {unquantified}\n"));
        }
        text.push('\n');
    }
    text.push_str(&format!(
        "{} at height {}\n",
        counted(items(answer, "lots").len(), "lot"),
        answer["height"]
    ));
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lot_is_a_table_and_its_overdraft_stands_out() {
        let answer = json!({"height": 5, "lots": [{
            "lot": "urn:x:lot",
            "sites": [{"site": "urn:x:s", "uom": "KGM", "opening": "0", "created": "10", "received": "0",
                "moved": "0", "used": "12", "shipped": "0", "removed": "0", "closing": "-2",
                "entries": [1, 2]}],
            "totals": [{"uom": "KGM", "created": "10", "used": "12", "removed": "0", "remaining": "-2",
                "inTransit": "0", "overdrawn": {"by": "2", "since": "S", "index": 2, "entries": [1, 2]}}],
            "transformations": [{"entries": [2], "inputs": [{"uom": "KGM", "quantity": "12"}],
                "outputs": [], "loss": [], "outputObjects": 48}],
            "unquantified": [7]
        }]});
        let text = describe(&answer);
        for part in [
            "urn:x:s",
            "OVERDRAWN by 2 KGM since S: entries 1 2",
            "48 objects",
            "no amounts in entries 7",
            "1 lot at height 5",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
