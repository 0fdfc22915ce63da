//! `waybill cold-chain`: whether goods stayed within limits.

use clap::Args;
use serde_json::Value;

use super::{AskArguments, MAX_SHOWN_ROWS, Query, cell, entries, hidden, items};
use crate::cli::files::shell_word;
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};
use crate::types::Duration;

/// Options of `waybill cold-chain`.
#[derive(Args, Debug)]
#[command(
    after_help = "Reads the sensor data of the thing, of the containers that it was in while it was in them, of \
    devices attached to those, and of the places where it was. The value of an instant holds until the sensor's \
    next report. With ? some values may have been within: not all of a time are known, others of the same instant are \
    within, or only what was measured before the thing was there.\n\nExamples:\n  \
    waybill cold-chain urn:epc:id:sscc:9521001.0000002001 --min 2 --max 8 --longer-than PT15M\n  \
    waybill cold-chain ID --type RelativeHumidity --uom P1 --max 65"
)]
pub struct ColdChainArguments {
    /// A thing or container: EPC URN, GS1 Digital Link or another URI
    id: String,

    /// The least value that is within; --min, --max or both have to be given
    #[arg(long, allow_hyphen_values = true)]
    min: Option<String>,

    /// The greatest value that is within
    #[arg(long, allow_hyphen_values = true)]
    max: Option<String>,

    /// The unit of the limits (UN/ECE code); CEL if the type is Temperature
    #[arg(long, value_name = "CODE")]
    uom: Option<String>,

    /// What is measured: a word of the GS1 vocabulary, or a URI
    #[arg(long = "type", value_name = "TYPE", default_value = "Temperature")]
    kind: String,

    /// How long values may lie outside (ISO 8601); not at all if it is left out. What has not ended is told in any case
    #[arg(long, value_name = "DURATION", value_parser = Duration::parse_iso8601)]
    longer_than: Option<Duration>,
    #[command(flatten)]
    ask: AskArguments,
}

impl ColdChainArguments {
    /// Refuses a question without limits: nothing is outside of none.
    fn check_limits(&self) -> Result<(), Failure> {
        if self.min.is_some() || self.max.is_some() {
            return Ok(());
        }
        Err(Failure::usage(
            "without a limit nothing is outside: --min, --max or both are needed",
            format!(
                "say between which values it has to stay: waybill cold-chain {} --min 2 --max 8",
                shell_word(&self.id)
            ),
        ))
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &ColdChainArguments, output: &Output) -> Result<Exit, Failure> {
    arguments.check_limits()?;
    let longer_than = arguments.longer_than.map(|duration| duration.to_string());
    let query = Query::default()
        .with("thing", Some(&arguments.id))
        .with("min", arguments.min.as_deref())
        .with("max", arguments.max.as_deref())
        .with("uom", arguments.uom.as_deref())
        .with("type", Some(&arguments.kind))
        .with("longer_than", longer_than.as_deref());
    let answer = arguments
        .ask
        .ask("/v1/cold-chain", query, (&["breaches"], &[]), output)
        .await?;
    output.report(&answer, |answer| Ok(describe(answer)))?;
    Ok(Exit::Success)
}

fn describe(answer: &Value) -> String {
    let breaches = items(answer, "breaches");
    let row = |breach: &Value| {
        let mark = if breach["certain"] == true { "" } else { " ?" };
        let so_far = if breach["open"] == true {
            " so far"
        } else {
            ""
        };
        let more = if breach["moreAffected"] == true {
            "+"
        } else {
            ""
        };
        vec![
            cell(breach, "subject"),
            cell(breach, "from"),
            format!("{}{so_far}{mark}", cell(breach, "duration")),
            format!("{} {}", cell(breach, "worst"), cell(breach, "worstUom")),
            format!("{}{more}", items(breach, "affected").len()),
            entries(breach, "entries"),
        ]
    };
    let rows: Vec<_> = breaches.iter().take(MAX_SHOWN_ROWS).map(row).collect();
    let header = [
        "measured on",
        "from",
        "duration",
        "worst",
        "inside",
        "events",
    ];
    let mut text = table(&header, &rows);
    text.push_str(&hidden(breaches.len()));
    text.push_str(&format!(
        "\n{} in {} at height {}\n",
        counted(breaches.len(), "breach"),
        counted(&answer["readingCount"], "report"),
        answer["height"]
    ));
    if answer["readingCount"] == 0 {
        text.push_str(
            "no report says anything of its time: that is not to say that all was well\n",
        );
    }
    let unread = items(answer, "unread");
    if !unread.is_empty() {
        let first = unread.iter().take(4);
        let first: Vec<String> = first
            .map(|one| format!("{} ({})", one["index"], cell(one, "reason")))
            .collect();
        text.push_str(&format!(
            "not to be compared: {}, such as {}\n",
            counted(unread.len(), "report"),
            first.join(", ")
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::json;

    use super::*;
    use crate::cli::arguments::{Arguments, Command};

    #[test]
    fn a_limit_is_asked_for_with_an_example() {
        let parse = |line: &str| {
            let command = Arguments::parse_from(line.split(' ')).command;
            let Command::ColdChain(arguments) = command else {
                panic!("{line}");
            };
            arguments.check_limits()
        };
        let failure = parse("waybill cold-chain urn:x:a").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.why.contains("--min, --max"), "{failure}");
        let example = failure.way_out.split(": ").last().unwrap();
        assert_eq!(example, "waybill cold-chain urn:x:a --min 2 --max 8");
        assert_eq!(parse(example), Ok(()));
        assert_eq!(parse("waybill cold-chain urn:x:a --max 8"), Ok(()));
    }

    #[test]
    fn breaches_are_a_table() {
        let text = describe(&json!({"height": 2, "readingCount": 12,
            "breaches": [{"subject": "urn:x:c", "from": "F", "duration": "PT20M", "certain": false,
                "worst": "9.5", "worstUom": "CEL", "affected": [{"id": "urn:x:a", "index": 1}],
                "moreAffected": true, "entries": [3]}],
            "unread": [{"index": 4, "reason": "other-unit"}]}));
        for part in [
            "PT20M ?",
            "9.5 CEL",
            "1+",
            "1 breach in 12 reports",
            "such as 4 (other-unit)",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("not to say"), "{text}");
        let nothing = describe(&json!({"height": 2, "readingCount": 0, "breaches": []}));
        assert!(
            nothing.contains("not to say that all was well"),
            "{nothing}"
        );
    }
}
