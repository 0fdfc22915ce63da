//! `waybill meter show`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{ShowArguments, measured};
use crate::cli::client::NodeClient;
use crate::cli::files::shell_word;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, table};
use crate::cli::{Exit, Failure};
use crate::types::Timestamp;

/// Most pages of readings that are read: a year of quarters of an hour.
const MAX_PAGES: usize = 36;

/// Most rows that a person is shown; a script gets all.
const MAX_SHOWN_ROWS: usize = 60;

/// A meter, as far as a person is told of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MeterReport {
    height: u64,
    meter: String,
    closed: bool,
    operator: String,
    owner: String,
    area: String,
    kind: String,
    carrier: Option<String>,
    capacity_w: Option<u64>,
    registered: u64,
}

#[derive(Debug, Deserialize)]
struct Page {
    readings: Vec<Value>,
    next: Option<String>,
}

/// A reading, as far as a person is told of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadingReport {
    start: String,
    duration: String,
    wh_in: u64,
    wh_out: u64,
    index: u64,
    replaced: Vec<u64>,
    issuance: Option<u64>,
    claimed_wh: Option<u64>,
}

/// Shows a meter and its readings, all as of one height.
///
/// # Errors
/// [`Failure`].
pub(super) async fn show(arguments: &ShowArguments, output: &Output) -> Result<Exit, Failure> {
    let (nodes, id) = (&arguments.nodes, &arguments.meter);
    let as_of = arguments
        .as_of_height
        .map(|height| format!("?as_of_height={height}"));
    let document: Value = get(
        nodes,
        &format!("/v1/meters/{id}{}", as_of.unwrap_or_default()),
    )
    .await?;
    let meter: MeterReport = read(&document)?;
    let readings = all_readings(arguments, meter.height).await?;
    let whole = json!({"meter": document, "readings": readings});
    output.report(&whole, |whole| {
        let readings = whole["readings"].as_array();
        describe(&read(&whole["meter"])?, readings.map_or(&[], Vec::as_slice))
    })?;
    let hint = nodes.hint();
    output.next(&match readings.last().and_then(|r| r.get("index")) {
        Some(index) => format!("waybill proof get {index}{hint}"),
        None => {
            let energy = measured(&meter.kind);
            format!(
                "waybill meter read {id} --start TIME {energy} WH --member {} --key FILE{hint}",
                shell_word(&meter.operator)
            )
        }
    });
    Ok(Exit::Success)
}

async fn all_readings(arguments: &ShowArguments, height: u64) -> Result<Vec<Value>, Failure> {
    let mut readings = Vec::new();
    let mut from = arguments.from;
    let until = arguments.until.map(|time| format!("&until={time}"));
    let until = until.unwrap_or_default();
    for _ in 0..MAX_PAGES {
        let begin = from.map(|time| format!("&from={time}")).unwrap_or_default();
        let path = format!(
            "/v1/meters/{}/readings?limit=1000{begin}{until}{}",
            arguments.meter,
            // The ledger goes on; the answer does not.
            as_of(arguments, height)
        );
        let page: Page = get(&arguments.nodes, &path).await?;
        readings.extend(page.readings);
        let Some(next) = page.next else {
            return Ok(readings);
        };
        // Checked: it becomes part of an address.
        match Timestamp::parse_rfc3339(&next) {
            Ok(next) => from = Some(next),
            Err(error) => return Err(unreadable(error.to_string())),
        }
    }
    Err(Failure::usage(
        format!("there are more than {} readings", MAX_PAGES * 1_000),
        "name a shorter time with --from and --until",
    ))
}

/// A height that was asked for is told with all requests. The last one is not: what relies on readings is
/// told of the last height alone.
fn as_of(arguments: &ShowArguments, height: u64) -> String {
    match arguments.as_of_height {
        Some(_) => format!("&as_of_height={height}"),
        None => String::new(),
    }
}

pub(super) fn describe(meter: &MeterReport, readings: &[Value]) -> Result<String, Failure> {
    let mut text = format!(
        "meter {} of {}, {}{} in {}, operated by {}{}; entry {}, at height {}\n",
        meter.meter,
        meter.owner,
        meter.kind,
        meter
            .carrier
            .as_ref()
            .map(|carrier| format!(" of {carrier}"))
            .unwrap_or_default(),
        meter.area,
        meter.operator,
        match (meter.closed, meter.capacity_w) {
            (true, _) => ", closed".to_owned(),
            (false, Some(capacity_w)) => format!(", {capacity_w} W at most"),
            (false, None) => String::new(),
        },
        meter.registered,
        meter.height
    );
    let mut rows = Vec::new();
    for reading in readings.iter().rev().take(MAX_SHOWN_ROWS).rev() {
        let reading: ReadingReport = read(reading)?;
        let replaced: Vec<String> = reading.replaced.iter().map(u64::to_string).collect();
        rows.push(vec![
            format!("{}/{}", reading.start, reading.duration),
            reading.wh_in.to_string(),
            reading.wh_out.to_string(),
            reading.index.to_string(),
            replaced.join(" "),
            reading
                .issuance
                .map(|index| index.to_string())
                .unwrap_or_default(),
            reading
                .claimed_wh
                .filter(|wh| *wh > 0)
                .map(|wh| wh.to_string())
                .unwrap_or_default(),
        ]);
    }
    let hidden = readings.len().saturating_sub(rows.len());
    if hidden > 0 {
        text.push_str(&format!("{hidden} earlier readings; --json prints all\n"));
    }
    let header = [
        "interval",
        "Wh in",
        "Wh out",
        "entry",
        "replaces",
        "issuance",
        "claimed Wh",
    ];
    match rows.is_empty() {
        true => text.push_str("no readings in that time\n"),
        false => text.push_str(&table(&header, &rows)),
    }
    Ok(text)
}

pub(super) async fn get<T: serde::de::DeserializeOwned>(
    nodes: &NodeArguments,
    path: &str,
) -> Result<T, Failure> {
    let ask = |client: NodeClient| async move { client.json::<T>(path).await };
    Ok(nodes.first(ask).await?)
}

fn read<T: serde::de::DeserializeOwned>(document: &Value) -> Result<T, Failure> {
    T::deserialize(document).map_err(|error| unreadable(error.to_string()))
}

fn unreadable(why: String) -> Failure {
    Failure::new(
        Exit::Refused,
        "the node's answer cannot be read",
        why,
        "ask another node",
    )
    .in_others_words()
}
