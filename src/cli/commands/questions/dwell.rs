//! `waybill dwell`: how long things were where.

use clap::{ArgGroup, Args};
use serde_json::Value;

use super::{AskArguments, MAX_SHOWN_ROWS, Query, cell, hidden, items};
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};

/// Options of `waybill dwell`.
#[derive(Args, Debug)]
#[command(
    after_help = "A visit begins with the first event that says that the thing, or the container it is in, is at the \
    place. It ends when an event says that it left, or is no more; with ~ it was only seen elsewhere next, so it \
    left earlier than that.\n\nExamples:\n  \
    waybill dwell urn:epc:id:sscc:9521001.0000002001\n  \
    waybill dwell --place urn:epc:id:sgln:9521002.00020.0 --present",
    group = ArgGroup::new("of").args(["id", "place"]).required(true).multiple(true)
)]
pub struct DwellArguments {
    /// A thing, container or lot: EPC URN, GS1 Digital Link or another URI
    id: Option<String>,

    /// Only at this place; without a thing, everything that was there
    #[arg(long, value_name = "PLACE")]
    place: Option<String>,

    /// Only visits that have not ended
    #[arg(long)]
    present: bool,
    #[command(flatten)]
    ask: AskArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &DwellArguments, output: &Output) -> Result<Exit, Failure> {
    let query = Query::default()
        .with("thing", arguments.id.as_deref())
        .with("place", arguments.place.as_deref())
        .with("present", arguments.present.then_some("true"));
    let answer = arguments
        .ask
        .ask("/v1/dwell", query, (&["visits", "notSummed"], &[]), output)
        .await?;
    output.report(&answer, |answer| Ok(describe(answer)))?;
    Ok(Exit::Success)
}

fn describe(answer: &Value) -> String {
    let visits = items(answer, "visits");
    let row = |visit: &Value| {
        let departure = match (&visit["departure"], visit["departureSeen"] == true) {
            (Value::String(time), true) => time.clone(),
            (Value::String(time), false) => format!("~ {time}"),
            _ => "is there".to_owned(),
        };
        let entries = [cell(visit, "arrivalIndex"), cell(visit, "departureIndex")];
        vec![
            cell(visit, "thing"),
            cell(visit, "place"),
            cell(visit, "arrival"),
            departure,
            cell(visit, "duration"),
            entries.join(" "),
        ]
    };
    let rows: Vec<_> = visits.iter().take(MAX_SHOWN_ROWS).map(row).collect();
    let header = [
        "thing",
        "place",
        "arrival",
        "departure",
        "duration",
        "events",
    ];
    let mut text = table(&header, &rows);
    text.push_str(&hidden(visits.len()));
    text.push_str(&format!(
        "\n{} at height {}; those that have not ended are measured up to {}\n",
        counted(visits.len(), "visit"),
        answer["height"],
        cell(answer, "until")
    ));
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::json;

    use super::*;
    use crate::cli::arguments::Arguments;

    /// Where one of two has to be given, both are named, and each alone will do.
    #[test]
    fn a_question_without_what_it_is_of_names_both_ways() {
        for (command, one, other, with_other) in [
            ("dwell", "ID", "--place", "--place urn:x:p"),
            ("mass-balance", "ID", "--site", "--site urn:x:p"),
            ("certificate list", "--owner", "--device", "--owner acme"),
            (
                "keys prove --member acme",
                "--ledger",
                "--genesis",
                "--genesis g.json",
            ),
            ("market orders", "AREA", "--of", "--of acme"),
        ] {
            let parse = |rest: &str| {
                let line = format!("waybill {command} {rest}");
                Arguments::try_parse_from(line.split_whitespace()).map(|_| ())
            };
            let told = parse("").unwrap_err().to_string();
            let missing = told.split("Usage").next().unwrap();
            assert!(missing.contains(one) && missing.contains(other), "{told}");
            assert!(parse(with_other).is_ok(), "{command}");
        }
        let both = "waybill dwell urn:x:a --place urn:x:p";
        assert!(Arguments::try_parse_from(both.split(' ')).is_ok());
        let both =
            "waybill certificate list --owner acme --device m-1 --start 2026-01-01T00:00:00Z";
        assert!(Arguments::try_parse_from(both.split(' ')).is_err());
    }

    #[test]
    fn visits_are_a_table() {
        let visit = |departure: Value, seen: bool| {
            json!({"thing": "urn:x:a", "place": "urn:x:p", "arrival": "A", "departure": departure,
                "departureSeen": seen, "duration": "PT1H", "arrivalIndex": 4, "departureIndex": 5})
        };
        let visits = [
            visit(json!("D"), true),
            visit(json!("E"), false),
            visit(Value::Null, false),
        ];
        let text = describe(&json!({"height": 9, "until": "U", "visits": visits}));
        assert!(text.contains("A        D "), "{text}");
        assert!(text.contains("~ E") && text.contains("is there"), "{text}");
        assert!(text.contains("3 visits at height 9"), "{text}");
    }
}
