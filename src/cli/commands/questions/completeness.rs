//! `waybill completeness`: what critical tracking events lack.

use std::collections::BTreeMap;

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
    which key data elements each lacks. What products and places are is looked up in the master data of the member that \
    captured the event, or else of any other. With ? an event is judged by a part of a transformation or of contents that \
    are too many.\n\nExamples:\n  \
    waybill completeness urn:epc:class:lgtin:9521001.000101.GOA-25-04\n  \
    waybill completeness --trace-back-of urn:epc:id:sgtin:9521004.000701.AHAFO0005 --lacking\n  \
    waybill submit --member tema-export --key keys/writer.key --kind epcis.master-data place.json"
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
    output.report(&answer, |answer| Ok(describe(answer)))?;
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
            match (missing.is_empty(), event["partsLeftOut"] == true) {
                (true, false) => "complete".to_owned(),
                (true, true) => "complete ?".to_owned(),
                (false, false) => format!("lacks {}", missing.join(", ")),
                (false, true) => format!("lacks {} ?", missing.join(", ")),
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
    let left_out = events.iter().filter(|event| event["partsLeftOut"] == true);
    let left_out = left_out.count();
    if left_out > 0 {
        text.push_str(&format!(
            "?: {} judged by a part of what is told: there is more of their transformations or in their containers than \
             is gone through\n",
            counted(left_out, "event")
        ));
    }
    text.push_str(&undescribed(events));
    text
}

/// The products and places that are not described, each once, with what would tell enough of them.
fn undescribed(events: &[Value]) -> String {
    let mut lacking: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for event in events {
        let descriptions = items(event, "descriptions").iter();
        for description in descriptions.filter(|one| !items(one, "lacks").is_empty()) {
            let names = items(description, "lacks").iter();
            let names = match description["tooManyStatements"] == true {
                true => vec!["unknown: it has more statements than are read".to_owned()],
                false => names.filter_map(Value::as_str).map(str::to_owned).collect(),
            };
            let by = cell(description, "member");
            lacking.insert((cell(description, "of"), by), names);
        }
    }
    if lacking.is_empty() {
        return String::new();
    }
    let row = |((of, by), names): (&(String, String), &Vec<String>)| {
        vec![of.clone(), by.clone(), names.join(", ")]
    };
    let rows: Vec<_> = lacking.iter().take(MAX_SHOWN_ROWS).map(row).collect();
    let mut text =
        "\nto be described with `waybill submit FILE --kind epcis.master-data`:\n".to_owned();
    text.push_str(&table(
        &["product or place", "described by", "lacks"],
        &rows,
    ));
    text.push_str(&hidden(lacking.len()));
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
                "missing": ["recipient", "location-description"], "complete": false, "descriptions": [
                    {"element": "location-description", "of": "urn:x:works", "member": "acme", "entries": [3],
                        "lacks": ["telephone", "countryCode"], "help": "..."},
                    {"element": "location-description", "of": "urn:x:yard", "entries": [], "lacks": ["telephone"],
                        "tooManyStatements": true, "help": "..."},
                    {"element": "product-description", "of": "urn:x:a", "member": "acme", "entries": [2], "lacks": []}
                ]},
            {"thing": "urn:x:a", "trackingEvent": "receiving", "time": "T", "index": 8,
                "missing": [], "complete": true, "descriptions": []}
        ]}));
        assert!(!text.contains("judged by a part"), "{text}");
        for part in [
            "lacks recipient, location-description",
            "complete",
            "2 critical tracking events at height 4; of them lacking something: 1",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let (_, below) = text.split_once("to be described").unwrap();
        let rows: Vec<Vec<&str>> = below
            .lines()
            .skip(2)
            .map(|row| row.split_whitespace().collect())
            .collect();
        assert_eq!(
            rows[0],
            ["urn:x:works", "acme", "telephone,", "countryCode"]
        );
        assert!(rows[1].contains(&"urn:x:yard") && rows[1].contains(&"unknown:"));
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn events_that_rest_on_a_part_are_marked() {
        let event = |missing: Value, complete: bool| {
            json!({"thing": "urn:x:a", "trackingEvent": "transformation", "time": "T", "index": 7,
                "missing": missing, "complete": complete, "descriptions": [], "partsLeftOut": true})
        };
        let events = [event(json!(["source-lots"]), false), event(json!([]), true)];
        let text = describe(&json!({"height": 4, "events": events}));
        for part in [
            "lacks source-lots ?",
            "complete ?",
            "2 events judged by a part",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
