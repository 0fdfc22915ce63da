//! `waybill completeness`: what critical tracking events lack.

use clap::Args;
use serde_json::Value;

use super::gaps::ThingsArguments;
use super::{AskArguments, MAX_SHOWN_ROWS, cell, hidden, items};
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};

/// Options of `waybill completeness`.
#[derive(Args, Debug)]
#[command(
    after_help = "Takes events for the critical tracking events of FSMA 204 by their business step and type, and says \
    which key data elements each lacks.\n\nExamples:\n  \
    waybill completeness urn:epc:class:lgtin:9521001.000101.GOA-25-04\n  \
    waybill completeness --trace-back-of urn:epc:id:sgtin:9521004.000701.AHAFO0005 --lacking"
)]
pub struct CompletenessArguments {
    #[command(flatten)]
    things: ThingsArguments,

    /// Only events that lack something
    #[arg(long)]
    lacking: bool,
    #[command(flatten)]
    ask: AskArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &CompletenessArguments, output: &Output) -> Result<Exit, Failure> {
    let lacking = arguments.lacking.then_some("true");
    let query = arguments.things.query().with("lacking", lacking);
    let lists = (&["events"][..], arguments.things.added_up(&["otherEvents"]));
    let answer = arguments
        .ask
        .ask("/v1/completeness", query, lists, output)
        .await?;
    output.result(&describe(&answer), &answer)?;
    Ok(Exit::Success)
}

fn describe(answer: &Value) -> String {
    let events = items(answer, "events");
    let row = |event: &Value| {
        let missing = items(event, "missing").iter();
        let missing: Vec<&str> = missing.filter_map(Value::as_str).collect();
        vec![
            cell(event, "thing"),
            cell(event, "trackingEvent"),
            cell(event, "time"),
            cell(event, "index"),
            match missing.is_empty() {
                true => "complete".to_owned(),
                false => format!("lacks {}", missing.join(", ")),
            },
        ]
    };
    let rows: Vec<_> = events.iter().take(MAX_SHOWN_ROWS).map(row).collect();
    let mut text = table(&["thing", "tracking event", "time", "event", ""], &rows);
    text.push_str(&hidden(events.len()));
    let lacking = events.iter().filter(|event| event["complete"] != true);
    text.push_str(&format!(
        "\n{} at height {}; of them lacking something: {}\n",
        counted(events.len(), "critical tracking event"),
        answer["height"],
        lacking.count()
    ));
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_a_table() {
        let text = describe(&json!({"height": 4, "events": [
            {"thing": "urn:x:a", "trackingEvent": "shipping", "time": "T", "index": 7,
                "missing": ["recipient", "location"], "complete": false},
            {"thing": "urn:x:a", "trackingEvent": "receiving", "time": "T", "index": 8,
                "missing": [], "complete": true}
        ]}));
        for part in [
            "lacks recipient, location",
            "complete",
            "2 critical tracking events at height 4; of them lacking something: 1",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
