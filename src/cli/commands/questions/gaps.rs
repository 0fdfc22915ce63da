//! `waybill gaps`: what does not fit.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::Value;

use super::{AskArguments, MAX_SHOWN_ROWS, Query, cell, hidden, items};
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};

/// Options of `waybill gaps`.
#[derive(Args, Debug)]
#[command(
    after_help = "Never commissioned, or twice; seen after its end; shipped and not received, or the other way round; \
    at two places at once, or too far apart for the time. Distances are known between places named by geo: \
    URIs, and places whose latitude and longitude members state as master data.\n\nExamples:\n  \
    waybill gaps urn:epc:id:sgtin:9521004.000701.AHAFO0005\n  \
    waybill gaps --trace-forward-of urn:epc:class:lgtin:9521001.000101.GOA-25-04 --max-speed-kmh 120"
)]
pub struct GapsArguments {
    #[command(flatten)]
    things: ThingsArguments,

    /// How fast goods may travel, in kilometres an hour
    #[arg(long, value_name = "KMH", default_value_t = 1000)]
    max_speed_kmh: u64,
    #[command(flatten)]
    ask: AskArguments,
}

/// The places of an answer of which it is not known where they are.
const UNREAD_PLACES: &str = "placesWithTooManyStatements";

/// One thing, or all of a trace.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct ThingsArguments {
    /// One thing: EPC URN, GS1 Digital Link or another URI
    id: Option<String>,

    /// A thing and all that was made of it
    #[arg(long, value_name = "ID")]
    trace_forward_of: Option<String>,

    /// A thing and all that it was made of
    #[arg(long, value_name = "ID")]
    trace_back_of: Option<String>,
}

impl ThingsArguments {
    /// The counts of a page that are of its own things alone: pages about one thing all count that.
    pub(super) fn added_up<'a>(&self, counts: &'a [&'a str]) -> &'a [&'a str] {
        if self.id.is_some() { &[] } else { counts }
    }

    pub(super) fn query(&self) -> Query {
        Query::default()
            .with("thing", self.id.as_deref())
            .with("trace_forward_of", self.trace_forward_of.as_deref())
            .with("trace_back_of", self.trace_back_of.as_deref())
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &GapsArguments, output: &Output) -> Result<Exit, Failure> {
    let speed = arguments.max_speed_kmh.to_string();
    let query = arguments.things.query().with("max_speed_kmh", Some(&speed));
    let lists: &[&str] = match arguments.things.id {
        // Pages about one thing all name the same places.
        Some(_) => &["gaps"],
        None => &["gaps", UNREAD_PLACES],
    };
    let lists = (lists, arguments.things.added_up(&["things"]));
    let answer = arguments.ask.ask("/v1/gaps", query, lists, output).await?;
    output.report(&answer, |answer| Ok(describe(answer)))?;
    Ok(Exit::Success)
}

fn describe(answer: &Value) -> String {
    let gaps = items(answer, "gaps");
    let row = |gap: &Value| {
        let entries = items(gap, "entries").iter().take(3);
        let entries: Vec<String> = entries
            .map(|entry| format!("{} ({})", entry["index"], cell(entry, "member")))
            .collect();
        let measure = match (&gap["distanceM"], &gap["quantity"]) {
            (Value::Number(metres), _) => format!("{metres} m in {} ms", gap["timeMs"]),
            (_, Value::String(quantity)) => {
                let unit = gap["uom"].as_str().unwrap_or("pieces");
                format!("{quantity} {unit}")
            }
            _ => String::new(),
        };
        vec![
            cell(gap, "thing"),
            cell(gap, "kind"),
            cell(gap, "time"),
            measure,
            entries.join(", "),
        ]
    };
    let rows: Vec<_> = gaps.iter().take(MAX_SHOWN_ROWS).map(row).collect();
    let mut text = table(&["thing", "gap", "time", "", "events"], &rows);
    text.push_str(&hidden(gaps.len()));
    text.push_str(&format!(
        "\n{} at height {}\n",
        counted(gaps.len(), "gap"),
        answer["height"]
    ));
    let unread = items(answer, UNREAD_PLACES).iter().map(Value::to_string);
    let unread: BTreeSet<String> = unread.collect();
    if let Some(first) = unread.first() {
        let others = match unread.len() - 1 {
            0 => String::new(),
            more => format!(" and {}", counted(more, "other place")),
        };
        text.push_str(&format!(
            "where {first}{others} is, is not known: too much is stated of it to be gone through\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn gaps_are_a_table() {
        let entry = |index: u64| json!({"index": index, "member": "acme"});
        let text = describe(&json!({"height": 4, "gaps": [
            {"thing": "urn:x:a", "kind": "impossible-travel", "time": "T", "distanceM": 500_000,
                "timeMs": 60_000, "entries": [entry(1), entry(2)]},
            {"thing": "urn:x:l", "kind": "shipped-not-received", "time": "T", "quantity": "2.5",
                "uom": "KGM", "entries": [entry(3)]}
        ], "placesWithTooManyStatements": ["urn:x:b", "urn:x:c", "urn:x:b"]}));
        for part in [
            "where \"urn:x:b\" and 1 other place is, is not known",
            "500000 m in 60000 ms",
            "2.5 KGM",
            "1 (acme), 2 (acme)",
            "2 gaps at height 4",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
