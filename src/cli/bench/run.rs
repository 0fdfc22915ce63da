//! One run: before, load, after.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::BenchArguments;
use super::load::{Outcome, Plan, Target, load};
use super::machine::Usage;
use super::report::{Latency, NodeFigures, Report};
use super::verify::{Found, find, settle};
use super::workload::Workload;
use crate::cli::client::NodeClient;
use crate::cli::output::Output;
use crate::cli::testnet::{TestnetMember, open_members};
use crate::cli::{Exit, Failure};
use crate::node::keys::read_key;
use crate::types::limits::MAX_EXPIRY_AHEAD_MS;
use crate::types::{RecordKind, Timestamp};

/// Room between the latest expiry that is allowed and the one that is given: clocks differ.
const EXPIRY_MARGIN_MS: i64 = 60_000;

/// Runs the command.
///
/// # Errors
/// [`Failure`] if the network is not there or does not answer.
pub async fn run(arguments: &BenchArguments, output: &Output) -> Result<Exit, Failure> {
    let (ledger, members) = open_members(&arguments.folder)?;
    let targets = Arc::new(targets(&members)?);
    let clients: Vec<&NodeClient> = targets.iter().map(|target| &target.client).collect();
    let started = now();
    let kind = RecordKind::new("epcis.event")
        .map_err(|error| Failure::usage(error.to_string(), "this is a bug"))?;
    let run_number = u64::try_from(started.as_ms()).unwrap_or(0);
    let workload = Workload::new(kind, run_number, arguments.event_bytes as usize);
    let plan = Plan {
        ledger,
        events_per_second: f64::from(arguments.rate),
        per_submission: u64::from(arguments.per_submission),
        duration: arguments.duration,
        expires: Timestamp::from_ms(started.as_ms() + MAX_EXPIRY_AHEAD_MS - EXPIRY_MARGIN_MS),
    };
    let first = first(&clients)?;
    let size_before = first.status().await?.tip.log_size;
    let before = usages(&targets, &members).await;
    let bar = progress_bar(plan.submissions(), output);
    let begun = Instant::now();
    let outcome = load(plan, workload, Arc::clone(&targets), |sent| {
        bar.set_position(sent);
    })
    .await;
    bar.finish_and_clear();
    output.note("looking for everything that was acknowledged …");
    let end = settle(&clients, arguments.patience).await?;
    let elapsed = begun.elapsed();
    let after = usages(&targets, &members).await;
    let found = match &end {
        Some((size, _)) => find(first, size_before, *size, &outcome.acknowledged).await?,
        None => Found::default(),
    };
    let report = report(
        arguments,
        &plan,
        &outcome,
        &found,
        end.as_ref(),
        started,
        nodes(&members, &before, &after, &outcome, &found, elapsed),
    );
    output.result(&report.text(), &report)?;
    output.next("waybill bench --help");
    Ok(if report.holds() {
        Exit::Success
    } else {
        Exit::CheckFailed
    })
}

fn targets(members: &[TestnetMember]) -> Result<Vec<Target>, Failure> {
    members
        .iter()
        .map(|member| {
            let key = read_key(&member.writer_key).map_err(|error| {
                Failure::file(
                    &member.writer_key,
                    error,
                    "was it made by `waybill testnet create`?",
                )
            })?;
            Ok(Target {
                client: NodeClient::new(&member.url)?,
                member: member.member.clone(),
                key,
            })
        })
        .collect()
}

fn first<'a>(clients: &[&'a NodeClient]) -> Result<&'a NodeClient, Failure> {
    clients.first().copied().ok_or_else(|| {
        Failure::usage(
            "the network has no nodes",
            "make one with `waybill testnet create`",
        )
    })
}

async fn usages(targets: &[Target], members: &[TestnetMember]) -> Vec<Usage> {
    let mut usages = Vec::with_capacity(targets.len());
    for (target, member) in targets.iter().zip(members) {
        usages.push(Usage::of(&target.client, member.pid).await);
    }
    usages
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn progress_bar(submissions: u64, output: &Output) -> ProgressBar {
    if output.is_for_script() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(submissions);
    let style = "{bar:40} {pos}/{len} submissions, {elapsed}";
    // The template is ours; were it wrong, the bar would look as it does by default.
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

fn nodes(
    members: &[TestnetMember],
    before: &[Usage],
    after: &[Usage],
    outcome: &Outcome,
    found: &Found,
    elapsed: Duration,
) -> Vec<NodeFigures> {
    let syncs = [
        "waybill_store_synced_writes_total",
        "waybill_consensus_log_syncs_total",
        "waybill_sign_guard_syncs_total",
    ];
    let per = |amount: u64, of: u64| amount as f64 / of.max(1) as f64;
    members
        .iter()
        .zip(before.iter().zip(after))
        .map(|(member, (before, after))| {
            let cpu_seconds = after
                .cpu_seconds
                .zip(before.cpu_seconds)
                .map(|(after, before)| after - before);
            let synced: u64 = syncs.iter().map(|name| after.since(before, name)).sum();
            let disk = after.since(before, "waybill_store_disk_bytes");
            NodeFigures {
                member: member.member.to_string(),
                cpu_cores: cpu_seconds.map(|seconds| seconds / elapsed.as_secs_f64()),
                peak_memory_mb: after.peak_memory_bytes.map(|bytes| bytes as f64 / 1e6),
                disk_bytes_per_payload_byte: per(disk, outcome.payload_bytes),
                syncs_per_block: per(synced, found.blocks),
            }
        })
        .collect()
}

fn report(
    arguments: &BenchArguments,
    plan: &Plan,
    outcome: &Outcome,
    found: &Found,
    end: Option<&(u64, String)>,
    started: Timestamp,
    nodes: Vec<NodeFigures>,
) -> Report {
    // From the first submission's time to the time of the last block that has a record of it.
    let seconds = found.last.map_or(f64::INFINITY, |last| {
        (last.as_ms() - started.as_ms()).max(1) as f64 / 1_000.0
    });
    let submissions = outcome.acknowledged.len() as u64;
    let sent = plan.submissions() - outcome.not_sent;
    Report {
        asked_events_per_second: arguments.rate,
        per_submission: arguments.per_submission,
        event_bytes: arguments.event_bytes,
        sent_submissions: sent,
        not_sent: outcome.not_sent,
        worst_lag_ms: outcome.worst_lag.as_secs_f64() * 1_000.0,
        acknowledged_submissions: submissions,
        acknowledged_records: outcome.acknowledged.values().sum(),
        refused: outcome.refused.clone(),
        committed_records: found.records,
        committed_records_per_second: found.records as f64 / seconds,
        committed_submissions_per_second: submissions as f64 / seconds,
        missing_submissions: found.missing.len(),
        blocks: found.blocks,
        records_per_block: found.records as f64 / found.blocks.max(1) as f64,
        commit_latency: Latency::of(&outcome.commit_latencies),
        admission_latency: Latency::of(&outcome.admission_latencies),
        log_size: end.map(|(size, _)| *size),
        roots_agree: end.is_some(),
        root_recomputed: end
            .zip(found.root)
            .map(|((_, root), computed)| *root == computed.to_string()),
        nodes,
    }
}
