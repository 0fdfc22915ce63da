//! `waybill trace` and `waybill recall`: following goods.

mod dot;
pub(super) mod fetch;
mod recall;
mod report;
mod svg;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::files::write_new_beside;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};
use crate::types::Timestamp;

pub use recall::{RecallArguments, run as run_recall};

use fetch::all_pages;
use report::{TraceReport, gather};

/// Most rows that a person is shown; a script gets all.
const MAX_SHOWN_ROWS: usize = 60;

/// Options of `waybill trace`.
#[derive(Args, Debug)]
pub struct TraceArguments {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Subcommand, Debug)]
enum TraceCommand {
    /// What a thing was made of and held, back to the origin
    #[command(after_help = "Examples:\n  \
        waybill trace back urn:epc:id:sgtin:9521004.000701.AHAFO0005\n  \
        waybill trace back https://id.gs1.org/01/09521004007013/21/AHAFO0005 --svg bar.svg\n  \
        waybill trace back ID --dot | dot -Tpdf > trace.pdf")]
    Back(FollowArguments),
    /// What was made of a thing, and what carried it
    #[command(after_help = "Examples:\n  \
        waybill trace forward urn:epc:class:lgtin:9521001.011234.GOA-25-04\n  \
        waybill trace forward ID --as-of-height 1200 --json")]
    Forward(FollowArguments),
}

#[derive(Args, Debug)]
struct FollowArguments {
    /// EPC URN, GS1 Digital Link or another URI
    id: String,
    #[command(flatten)]
    scope: ScopeArguments,

    /// Print the graph for graphviz; with --json as the text "dot" of the document
    #[arg(long, conflicts_with = "svg")]
    dot: bool,

    /// Draw the graph into a new file, or print it if that is -; with --json the document has the file's name as "file", or the
    /// drawing as "svg"
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Which events count.
#[derive(Args, Clone, Debug)]
pub struct ScopeArguments {
    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,

    /// Only what happened before this time (RFC 3339); by default what happened by the last block's
    /// time, or within an hour after it
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    event_time_before: Option<Timestamp>,

    /// Whether events that were declared wrong count
    #[arg(long, value_enum, default_value_t = Corrections::Resolved)]
    view: Corrections,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Corrections {
    /// What was declared wrong does not count
    Resolved,
    /// What was declared wrong counts as well
    Raw,
}

impl ScopeArguments {
    /// The query parameters that say so.
    pub(super) fn query(&self) -> String {
        let mut query = String::new();
        if let Some(height) = self.as_of_height {
            query.push_str(&format!("&as_of_height={height}"));
        }
        if let Some(time) = self.event_time_before {
            query.push_str(&format!("&event_time_before={time}"));
        }
        if matches!(self.view, Corrections::Raw) {
            query.push_str("&view=raw");
        }
        query
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &TraceArguments, output: &Output) -> Result<Exit, Failure> {
    let (direction, arguments) = match &arguments.command {
        TraceCommand::Back(arguments) => ("back", arguments),
        TraceCommand::Forward(arguments) => ("forward", arguments),
    };
    let path = format!("/v1/trace/{direction}/");
    let query = arguments.scope.query();
    let pages: Vec<TraceReport> =
        all_pages(&arguments.nodes, &path, &arguments.id, &query, output).await?;
    let trace = gather(pages);
    if arguments.dot {
        let graph = dot::draw(&trace);
        output.result(&graph, &serde_json::json!({"dot": graph}))?;
        return Ok(Exit::Success);
    }
    if let Some(path) = &arguments.svg {
        let drawing = svg::draw(&trace);
        if path.as_os_str() == "-" {
            output.result(&drawing, &serde_json::json!({"svg": drawing}))?;
            return Ok(Exit::Success);
        }
        write_new_beside(path, drawing.as_bytes())?;
        output.result(
            &format!(
                "drew {} into {}\n",
                counted(trace.things.len(), "thing"),
                path.display()
            ),
            &serde_json::json!({"file": path, "things": trace.things.len()}),
        )?;
        return Ok(Exit::Success);
    }
    output.report(&trace, |trace| Ok(describe(trace)))?;
    let hint = arguments.nodes.hint();
    if let Some(event) = trace.things.first().and_then(|thing| thing.events.first()) {
        output.next(&format!("waybill proof get {event}{hint}"));
    }
    Ok(Exit::Success)
}

fn describe(trace: &TraceReport) -> String {
    let rows: Vec<_> = trace
        .things
        .iter()
        .take(MAX_SHOWN_ROWS)
        .map(|thing| {
            let events: Vec<String> = thing.events.iter().take(4).map(u64::to_string).collect();
            let more = if thing.events.len() > 4 || thing.more_events {
                " …"
            } else {
                ""
            };
            vec![
                thing.depth.to_string(),
                format!("{}{}", "  ".repeat(thing.depth.min(12) as usize), thing.id),
                match (thing.relation.as_str(), thing.class) {
                    ("carrier", _) => "carried it".to_owned(),
                    (_, true) => "lot or class".to_owned(),
                    _ => String::new(),
                },
                format!("{}{more}", events.join(" ")),
            ]
        })
        .collect();
    let hidden = trace.things.len().saturating_sub(rows.len());
    let mut text = table(&["step", "thing", "", "events"], &rows);
    if hidden > 0 {
        text.push_str(&format!("… and {hidden} more; --json prints all\n"));
    }
    text.push_str(&format!(
        "\n{} and {} at height {}{}\n",
        counted(trace.things.len(), "thing"),
        counted(trace.links.len(), "link"),
        trace.height,
        if trace.complete {
            ""
        } else {
            "; there is more than one trace follows"
        }
    ));
    text
}

#[cfg(test)]
mod tests;
