//! `waybill production`: what machines have made.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::client::escape;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};
use crate::types::Timestamp;

/// Most rows that a person is shown; a script gets all.
const MAX_SHOWN_ROWS: usize = 60;

/// Runs on a page.
const PAGE: usize = 500;

/// Most pages that are read.
const MAX_PAGES: usize = 1_000;

/// Options of `waybill production`.
#[derive(Args, Debug)]
pub struct ProductionArguments {
    #[command(subcommand)]
    command: ProductionCommand,
}

#[derive(Subcommand, Debug)]
enum ProductionCommand {
    /// List production runs, in order of their starts
    #[command(after_help = "Examples:\n  \
        waybill production list --site urn:epc:id:sgln:9521004.00001.0\n  \
        waybill production list --site SITE --machine conche-2 --from 2026-05-01T00:00:00Z --json")]
    List(ListArguments),
}

#[derive(Args, Debug)]
struct ListArguments {
    /// Where they were: EPC URN, GS1 Digital Link or another URI
    #[arg(long)]
    site: Option<String>,

    /// On which machine of the site
    #[arg(long, requires = "site")]
    machine: Option<String>,

    /// That began from this time on (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    from: Option<Timestamp>,

    /// That began before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    until: Option<Timestamp>,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// A page of runs, or all of them.
#[derive(Debug, Deserialize, Serialize)]
struct RunsReport {
    height: u64,
    runs: Vec<RunReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
struct RunReport {
    index: u64,
    height: u64,
    time: String,
    member: String,
    run: Value,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &ProductionArguments, output: &Output) -> Result<Exit, Failure> {
    let ProductionCommand::List(arguments) = &arguments.command;
    let report = all_runs(arguments).await?;
    output.report(&report, |report| Ok(describe(report)))?;
    if let Some(run) = report.runs.last() {
        let hint = arguments.nodes.hint();
        output.next(&format!("waybill proof get {}{hint}", run.index));
    }
    Ok(Exit::Success)
}

/// All runs, all of the height of the first page.
async fn all_runs(arguments: &ListArguments) -> Result<RunsReport, Failure> {
    let mut height = arguments.as_of_height;
    let mut after: Option<String> = None;
    let mut whole = RunsReport {
        height: 0,
        runs: Vec::new(),
        next: None,
    };
    for _ in 0..MAX_PAGES {
        let mut address = format!("/v1/production?limit={PAGE}");
        let texts = [
            ("site", arguments.site.clone()),
            ("machine", arguments.machine.clone()),
            ("from", arguments.from.map(|time| time.to_string())),
            ("until", arguments.until.map(|time| time.to_string())),
            ("as_of_height", height.map(|height| height.to_string())),
            ("after", after.clone()),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                let value = escape(&value);
                let value = value.replace('&', "%26").replace('+', "%2B");
                address.push_str(&format!("&{name}={value}"));
            }
        }
        let address = &address;
        let page: RunsReport = arguments
            .nodes
            .first(|client| async move { client.json(address).await })
            .await?;
        // The ledger goes on; the answer does not.
        whole.height = *height.get_or_insert(page.height);
        whole.runs.extend(page.runs);
        match page.next {
            None => return Ok(whole),
            Some(next) if Some(&next) != after.as_ref() => after = Some(next),
            Some(_) => break,
        }
    }
    Err(Failure::new(
        Exit::Refused,
        "the answer has too many pages",
        format!("more than {MAX_PAGES} pages of {PAGE} were to be read"),
        "ask for a shorter time with --from and --until",
    ))
}

fn describe(report: &RunsReport) -> String {
    let rows: Vec<_> = report.runs.iter().take(MAX_SHOWN_ROWS).map(row).collect();
    let mut text = table(
        &[
            "start", "end", "machine", "run", "output", "scrap", "energy", "cost", "failed",
            "entry",
        ],
        &rows,
    );
    let hidden = report.runs.len().saturating_sub(rows.len());
    if hidden > 0 {
        text.push_str(&format!("… and {hidden} more; --json prints all\n"));
    }
    text.push_str(&format!(
        "\n{} at height {}\n",
        counted(report.runs.len(), "run"),
        report.height
    ));
    text
}

fn row(report: &RunReport) -> Vec<String> {
    let run = &report.run;
    let text = |field: &str| run[field].as_str().unwrap_or_default().to_owned();
    let quantity = |field: &str| match &run[field] {
        Value::Object(found) => {
            let unit = found
                .get("unit")
                .and_then(Value::as_str)
                .unwrap_or_default();
            format!("{} {unit}", found.get("quantity").unwrap_or(&Value::Null))
        }
        _ => String::new(),
    };
    let cost = &run["cost"];
    let failures = run["failures"].as_array().map_or(&[][..], Vec::as_slice);
    let failed: u64 = failures
        .iter()
        .filter_map(|failure| failure["minutes"].as_u64())
        .sum();
    vec![
        text("start"),
        text("end"),
        text("machine"),
        format!("{}/{}", report.member, text("run")),
        quantity("output"),
        quantity("scrap"),
        run["energyWh"]
            .as_u64()
            .map_or(String::new(), |wh| format!("{wh} Wh")),
        cost["amountMinor"].as_u64().map_or(String::new(), |minor| {
            format!(
                "{minor} {} minor",
                cost["currency"].as_str().unwrap_or_default()
            )
        }),
        match failures.is_empty() {
            true => String::new(),
            false => format!("{failed} min"),
        },
        report.index.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn runs_are_a_table() {
        let full = json!({"run": "W19-4", "machine": "conche-2", "start": "S", "end": "E",
            "output": {"quantity": 1200.5, "unit": "KGM"}, "scrap": {"quantity": 10, "unit": "KGM"},
            "energyWh": 412_000, "cost": {"amountMinor": 318_050, "currency": "EUR"},
            "failures": [{"kind": "x", "minutes": 12}, {"kind": "y", "minutes": 3}]});
        let short = json!({"run": "W19-5", "machine": "conche-2", "start": "S", "end": "E",
            "output": {"quantity": 4, "unit": "EA"}});
        let run = |index: u64, run: &Value| RunReport {
            index,
            height: 1,
            time: String::new(),
            member: "acme".to_owned(),
            run: run.clone(),
        };
        let report = RunsReport {
            height: 9,
            runs: vec![run(3, &full), run(4, &short)],
            next: None,
        };
        let text = describe(&report);
        for part in [
            "acme/W19-4",
            "1200.5 KGM",
            "412000 Wh",
            "318050 EUR minor",
            "15 min",
            "4 EA",
            "2 runs at height 9",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
