//! `waybill mass-balance`: whether amounts add up.

use clap::{ArgGroup, Args};
use serde_json::Value;

use super::{AskArguments, Query, cell, entries, items};
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};
use crate::types::Timestamp;

/// Options of `waybill mass-balance`.
#[derive(Args, Debug)]
#[command(
    after_help = "At each site: opening + created + received + moved - used - shipped - removed = closing. Moved is \
    what came unseen, from another site or from what was on its way. Units of mass, of volume, of length, and pieces are added up; different \
    kinds never are.\n\nExamples:\n  \
    waybill mass-balance urn:epc:class:lgtin:9521001.000101.GOA-25-04\n  \
    waybill mass-balance --site urn:epc:id:sgln:9521002.00020.0 --event-time-from 2025-10-01T00:00:00Z",
    group = ArgGroup::new("of").args(["id", "site"]).required(true).multiple(true)
)]
pub struct MassBalanceArguments {
    /// A lot or other class: EPC URN, GS1 Digital Link or another URI
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
    output.report(&answer, |answer| Ok(describe(answer)))?;
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
        for site in items(lot, "sites") {
            let place = match &site["site"] {
                Value::String(place) => format!(" at {place}"),
                _ => " at no place that is told".to_owned(),
            };
            text.push_str(&overdrawn(site, &place));
        }
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
            text.push_str(&overdrawn(total, ""));
        }
        for found in items(lot, "transformations") {
            text.push_str(&transformation(found));
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

/// A line that says that more went out than there was; none if that is not so.
fn overdrawn(sums: &Value, place: &str) -> String {
    let overdrawn = &sums["overdrawn"];
    if overdrawn.is_null() {
        return String::new();
    }
    format!(
        "OVERDRAWN{place} by {} {} since {}: entries {}\n",
        cell(overdrawn, "by"),
        unit(sums),
        cell(overdrawn, "since"),
        entries(overdrawn, "entries"),
    )
}

/// A line about what went into a transformation and came out of it.
fn transformation(found: &Value) -> String {
    let amounts = |name: &str, is_shown: fn(&str) -> bool| {
        let all = items(found, name).iter();
        let all = all.map(|a| (cell(a, "quantity"), unit(a)));
        let shown = all.filter(|(quantity, _)| is_shown(quantity));
        let shown =
            shown.map(|(quantity, unit)| format!("{} {unit}", quantity.trim_start_matches('-')));
        shown.collect::<Vec<_>>()
    };
    let mut inputs = amounts("inputs", |_| true);
    if found["inputObjects"]
        .as_u64()
        .is_some_and(|count| count > 0)
    {
        inputs.push(counted(cell(found, "inputObjects"), "object"));
    }
    let is_partial = |name: &str| found[name].as_bool() == Some(true);
    let unknown = || "an amount that is not told".to_owned();
    if is_partial("inputsPartial") {
        inputs.push(unknown());
    }
    let mut outputs = amounts("outputs", |_| true);
    outputs.push(counted(cell(found, "outputObjects"), "object"));
    if is_partial("outputsPartial") {
        outputs.push(unknown());
    }
    let mut line = format!(
        "transformation {}: in {}; out {}",
        entries(found, "entries"),
        listed(&inputs),
        listed(&outputs),
    );
    let lost = amounts("loss", |quantity| !quantity.starts_with('-'));
    if !lost.is_empty() {
        line.push_str(&format!("; less {}", lost.join(", ")));
    }
    let gained = amounts("loss", |quantity| quantity.starts_with('-'));
    if !gained.is_empty() {
        line.push_str(&format!("; MORE by {}", gained.join(", ")));
    }
    line.push('\n');
    line
}

fn listed(parts: &[String]) -> String {
    match parts {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
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
                "overdrawn": {"by": "2", "since": "T", "index": 2, "entries": [1, 2]}, "entries": [1, 2]}],
            "totals": [{"uom": "KGM", "created": "10", "used": "12", "removed": "0", "remaining": "-2",
                "inTransit": "0", "overdrawn": {"by": "2", "since": "S", "index": 2, "entries": [1, 2]}}],
            "transformations": [
                {"entries": [2], "inputs": [{"uom": "KGM", "quantity": "12"}],
                    "outputs": [], "loss": [], "inputObjects": 0, "outputObjects": 48},
                {"entries": [3], "inputs": [{"uom": "KGM", "quantity": "3"}, {"uom": "LTR", "quantity": "5"}],
                    "outputs": [{"uom": "KGM", "quantity": "4"}, {"uom": "LTR", "quantity": "5"}],
                    "loss": [{"uom": "KGM", "quantity": "-1"}, {"uom": "LTR", "quantity": "0"}],
                    "inputObjects": 1, "outputObjects": 0},
                {"entries": [4], "inputs": [{"uom": "KGM", "quantity": "10"}], "inputsPartial": true,
                    "outputs": [{"uom": "KGM", "quantity": "12"}], "outputsPartial": true, "loss": [],
                    "inputObjects": 0, "outputObjects": 0},
            ],
            "unquantified": [7]
        }]});
        let text = describe(&answer);
        for part in [
            "urn:x:s",
            "OVERDRAWN at urn:x:s by 2 KGM since T: entries 1 2",
            "OVERDRAWN by 2 KGM since S: entries 1 2",
            "transformation 2: in 12 KGM; out 48 objects\n",
            "transformation 3: in 3 KGM, 5 LTR and 1 object; out 4 KGM, 5 LTR and 0 objects; less 0 LTR; MORE by 1 KGM\n",
            "transformation 4: in 10 KGM and an amount that is not told; out 12 KGM, 0 objects and an amount that is not told\n",
            "no amounts in entries 7",
            "1 lot at height 5",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
