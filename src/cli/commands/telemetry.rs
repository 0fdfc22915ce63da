//! `waybill telemetry`: what devices have measured, and when they were silent.

mod chart;
mod report;

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;

use crate::cli::client::escape;
use crate::cli::member_arguments::{NodeArguments, parse_duration};
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};
use crate::types::Timestamp;

use report::{ChannelReport, GapsReport, Page, PointsReport};

/// Most rows that a person is shown; a script gets all.
const MAX_SHOWN_ROWS: usize = 20;

/// Items on a page.
const PAGE: usize = 1_000;

/// Most pages that are read.
const MAX_PAGES: usize = 1_000;

/// Columns of the chart.
const CHART_COLUMNS: usize = 60;

/// Options of `waybill telemetry`.
#[derive(Args, Debug)]
pub struct TelemetryArguments {
    #[command(subcommand)]
    command: TelemetryCommand,
}

#[derive(Subcommand, Debug)]
enum TelemetryCommand {
    /// Show what a device has measured
    #[command(after_help = "Examples:\n  \
        waybill telemetry show acme-foods:cold-room-3\n  \
        waybill telemetry show acme-foods:cold-room-3 --quantity temperature --from 2026-05-01T00:00:00Z --json")]
    Show(ShowArguments),
    /// Show when a device was silent
    #[command(after_help = "Examples:\n  \
        waybill telemetry gaps acme-foods:cold-room-3\n  \
        waybill telemetry gaps acme-foods:cold-room-3 --longer-than 10m")]
    Gaps(GapsArguments),
}

#[derive(Args, Debug)]
struct ShowArguments {
    #[command(flatten)]
    scope: ScopeArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct GapsArguments {
    #[command(flatten)]
    scope: ScopeArguments,

    /// Show gaps longer than this: seconds, or with unit (90s, 10m, 1h) [default: one and a half of the device's intervals]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    longer_than: Option<std::time::Duration>,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Which points count.
#[derive(Args, Debug)]
struct ScopeArguments {
    /// The member and its name of the device, with a colon between
    #[arg(value_name = "MEMBER:DEVICE")]
    device: String,

    /// What was measured; needed if the device measures several quantities
    #[arg(long)]
    quantity: Option<String>,

    /// From this time on (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    from: Option<Timestamp>,

    /// Before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    until: Option<Timestamp>,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &TelemetryArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        TelemetryCommand::Show(arguments) => {
            let pages = all_pages(&arguments.nodes, &arguments.scope, "", "").await?;
            let points = PointsReport::gather(pages);
            output.report(&points, |points| Ok(describe_points(points)))?;
            if let Some(point) = points.points.last() {
                let hint = arguments.nodes.hint();
                output.next(&format!("waybill proof get {}{hint}", point.index));
            }
        }
        TelemetryCommand::Gaps(arguments) => {
            let longer_than = arguments.longer_than.map(|most| most.as_millis());
            let more = longer_than.map_or(String::new(), |ms| format!("&longer_than_ms={ms}"));
            let pages = all_pages(&arguments.nodes, &arguments.scope, "/gaps", &more).await?;
            let gaps = GapsReport::gather(pages);
            output.report(&gaps, |gaps| Ok(describe_gaps(gaps)))?;
        }
    }
    Ok(Exit::Success)
}

/// All pages of an answer, all of the height of the first.
async fn all_pages<T: Page + DeserializeOwned>(
    nodes: &NodeArguments,
    scope: &ScopeArguments,
    what: &str,
    more: &str,
) -> Result<Vec<T>, Failure> {
    let device = escape(&scope.device);
    let mut from = scope.from.map(|time| time.to_string());
    let mut height = scope.as_of_height;
    let mut pages: Vec<T> = Vec::new();
    for _ in 0..MAX_PAGES {
        let mut address = format!("/v1/telemetry/{device}{what}?limit={PAGE}{more}");
        let texts = [
            ("quantity", scope.quantity.clone()),
            ("from", from.clone()),
            ("until", scope.until.map(|time| time.to_string())),
            ("as_of_height", height.map(|height| height.to_string())),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                let value = escape(&value).replace('&', "%26");
                address.push_str(&format!("&{name}={value}"));
            }
        }
        let address = &address;
        let page: T = nodes
            .first(|client| async move { client.json(address).await })
            .await?;
        // The ledger goes on; the answer does not.
        height.get_or_insert(page.height());
        let next = page.next().map(str::to_owned);
        pages.push(page);
        match next {
            None => return Ok(pages),
            Some(next) if Some(&next) != from.as_ref() => from = Some(next),
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

fn describe_channel(member: &str, device: &str, channel: &ChannelReport) -> String {
    let mut text = format!(
        "{member}:{device}  {} in {}",
        channel.quantity, channel.unit
    );
    if let (Some(points), Some(series)) = (channel.points, channel.series) {
        text.push_str(&format!(
            ", {} in {series} series",
            counted(points, "point")
        ));
    }
    text.push('\n');
    let mut expected = Vec::new();
    if let Some(interval_ms) = channel.interval_ms {
        expected.push(format!("a value every {interval_ms} ms"));
    }
    if let Some(minimum) = &channel.minimum {
        expected.push(format!("at least {minimum}"));
    }
    if let Some(maximum) = &channel.maximum {
        expected.push(format!("at most {maximum}"));
    }
    if let Some(change) = &channel.maximum_change_per_minute {
        expected.push(format!("at most {change} a minute"));
    }
    if !expected.is_empty() {
        text.push_str(&format!("expected: {}\n", expected.join(", ")));
    }
    text
}

fn describe_points(report: &PointsReport) -> String {
    let mut text = describe_channel(&report.member, &report.device, &report.channel);
    let values: Vec<&str> = report.points.iter().map(|point| &*point.value).collect();
    if let Some(chart) = chart::draw(&values, CHART_COLUMNS) {
        text.push_str(&format!("\n{chart}\n"));
    }
    let hidden = report.points.len().saturating_sub(MAX_SHOWN_ROWS);
    let rows: Vec<_> = report
        .points
        .iter()
        .skip(hidden)
        .map(|point| {
            vec![
                point.time.clone(),
                point.value.clone(),
                point.index.to_string(),
            ]
        })
        .collect();
    if hidden > 0 {
        text.push_str(&format!(
            "\n{}; --json prints all\n",
            counted(hidden, "earlier point")
        ));
    }
    text.push('\n');
    text.push_str(&table(&["time", &report.channel.unit, "entry"], &rows));
    text.push_str(&format!(
        "\n{} at height {}\n",
        counted(report.points.len(), "point"),
        report.height
    ));
    text
}

fn describe_gaps(report: &GapsReport) -> String {
    let mut text = describe_channel(&report.member, &report.device, &report.channel);
    let rows: Vec<_> = report
        .gaps
        .iter()
        .map(|gap| {
            let after = gap
                .before
                .map_or("silent since".to_owned(), |index| format!("entry {index}"));
            vec![
                gap.from.clone(),
                gap.until.clone(),
                format!(
                    "{}.{:03} s",
                    gap.duration_ms / 1_000,
                    gap.duration_ms % 1_000
                ),
                format!("entry {}", gap.after),
                after,
            ]
        })
        .collect();
    text.push('\n');
    text.push_str(&table(&["from", "until", "for", "after", "before"], &rows));
    text.push_str(&format!(
        "\n{} at height {}\n",
        counted(report.gaps.len(), "gap"),
        report.height
    ));
    text
}

#[cfg(test)]
mod tests;
