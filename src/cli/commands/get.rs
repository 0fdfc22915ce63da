//! `waybill get`: an entry of the log, or what became of a submission.

use std::fmt::Write as _;
use std::str::FromStr;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::cli::causes::{Cause, paragraphs};
use crate::cli::client::{
    EntryReport as EntryOutcome, NodeClient, OutcomeReport, SubmissionReport,
};
use crate::cli::json_text::indent;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, table};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::types::{SubmissionId, plain_words};

/// Options of `waybill get`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  waybill get 0\n  waybill get 4f0c…64 digits…    a submission id"
)]
pub struct GetArguments {
    /// The entry's index in the log, or a submission id
    #[arg(value_name = "INDEX|SUBMISSION-ID")]
    what: Wanted,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Entry(u64),
    Submission(SubmissionId),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "an index or a submission id of 64 hexadecimal digits is expected";
        // First: an id may be all digits.
        text.parse()
            .map(Self::Submission)
            .or_else(|_| text.parse().map(Self::Entry))
            .map_err(|_| expected.to_owned())
    }
}

/// An entry as a node tells it. Its JSON parts stay text, so that numbers keep their digits.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryReport {
    index: u64,
    height: u64,
    time: String,
    leaf_hash: String,
    #[serde(rename = "type")]
    kind: String,
    member: Option<String>,
    submission: Option<String>,
    record_index: Option<u64>,
    outcome: Option<OutcomeReport>,
    record: Option<RecordReport>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordReport {
    kind: String,
    version: u16,
    body: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &GetArguments, output: &Output) -> Result<Exit, Failure> {
    match arguments.what {
        Wanted::Entry(index) => {
            let path = &format!("/v1/records/{index}");
            let ask = |client: NodeClient| async move {
                let raw: Box<RawValue> = client.json(path).await?;
                Ok((client, raw))
            };
            let (client, raw) = arguments.nodes.first(ask).await?;
            if output.is_for_script() {
                output.data(&indent(raw.get()))?;
                return Ok(Exit::Success);
            }
            let entry: EntryReport = serde_json::from_str(raw.get()).map_err(|error| {
                crate::cli::client::ClientError::Unexpected {
                    url: client.url().to_owned(),
                    reason: plain_words::of_json(&error),
                }
            })?;
            output.text(&describe(&entry, raw.get()))?;
            output.next(&format!(
                "waybill proof get {index}{}",
                arguments.nodes.hint()
            ));
            Ok(Exit::Success)
        }
        Wanted::Submission(id) => {
            let ask = |client: NodeClient| async move { client.submission(&id).await };
            let report = arguments.nodes.first(ask).await?;
            show_submission(&report, &arguments.nodes.hint(), output)?;
            Ok(Exit::Success)
        }
    }
}

fn describe(entry: &EntryReport, raw: &str) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "entry       {} in block {} at {}",
        entry.index,
        entry.height,
        plain(&entry.time)
    );
    let _ = writeln!(text, "leaf hash   {}", plain(&entry.leaf_hash));
    let _ = writeln!(text, "type        {}", plain(&entry.kind));
    if let (Some(member), Some(submission)) = (&entry.member, &entry.submission) {
        let _ = writeln!(text, "member      {}", plain(member));
        let place = entry.record_index.unwrap_or(0);
        let _ = writeln!(text, "submission  {}, record {place}", plain(submission));
    }
    if let Some(outcome) = &entry.outcome {
        let _ = writeln!(text, "outcome     {}", outcome.text());
        let kind = entry.record.as_ref().map(|record| record.kind.parse());
        if let Some(Ok(kind)) = kind
            && let Some(hint) = outcome.way_out(&kind)
        {
            let _ = writeln!(text, "way out     {hint}");
        }
    }
    match &entry.record {
        Some(record) => {
            let _ = writeln!(
                text,
                "record      {} version {}",
                plain(&record.kind),
                record.version
            );
            match &record.body {
                Some(body) => {
                    let _ = writeln!(text, "\n{}", indent(body));
                }
                None => text.push_str("(the body is not UTF-8: see --json)\n"),
            }
        }
        None => {
            let _ = writeln!(text, "\n{}", indent(raw));
        }
    }
    text
}

#[derive(Serialize)]
struct Committed<'a> {
    id: &'a SubmissionId,
    status: &'static str,
    height: u64,
    entries: &'a [EntryOutcome],
}

fn show_submission(report: &SubmissionReport, hint: &str, output: &Output) -> Result<(), Failure> {
    match report {
        SubmissionReport::Pending { id } => {
            let document: Value = json!({"id": id, "status": "pending"});
            output.result(&format!("{id} is pending\n"), &document)?;
            output.next(&format!("waybill get {id}{hint}"));
        }
        SubmissionReport::Committed {
            id,
            height,
            entries,
        } => {
            let text = describe_submission(id, *height, entries, hint);
            let document = Committed {
                id,
                status: "committed",
                height: *height,
                entries,
            };
            output.result(&text, &document)?;
            if let Some(entry) = entries.first() {
                output.next(&format!("waybill get {}{hint}", entry.index));
            }
        }
    }
    Ok(())
}

fn describe_submission(
    id: &SubmissionId,
    height: u64,
    entries: &[EntryOutcome],
    hint: &str,
) -> String {
    let row = |entry: &EntryOutcome| vec![entry.index.to_string(), entry.outcome.short_text()];
    let rows: Vec<_> = entries.iter().map(row).collect();
    let causes: Vec<_> = entries
        .iter()
        .filter_map(|entry| {
            // What helps depends on the kind, which the entry tells.
            let is_rejected = matches!(entry.outcome, OutcomeReport::Rejected { .. });
            let way_out = is_rejected.then(|| format!("waybill get {}{hint}", entry.index));
            Cause::of_entry(entry, format!("entry {}", entry.index), way_out)
        })
        .collect();
    format!(
        "{id} is committed in block {height}\n{}{}",
        table(&["index", "outcome"], &rows),
        paragraphs(&causes)
    )
}

#[cfg(test)]
mod tests;
