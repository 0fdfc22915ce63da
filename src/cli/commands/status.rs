//! `waybill status`: how a node is.

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;

use crate::cli::causes::{Cause, paragraphs};
use crate::cli::client::{ClientError, StatusReport};
use crate::cli::files::shell_word;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted, table};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::types::plain_words;

/// Options of `waybill status`.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit code 0 if every node is ready, 1 if one is not, 4 if one does not \
    answer.\n\nExamples:\n  waybill status\n  waybill status --url http://a:7480,http://b:7480 --json"
)]
pub struct StatusArguments {
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &StatusArguments, output: &Output) -> Result<Exit, Failure> {
    let clients = arguments.nodes.clients()?;
    let answers = futures::future::join_all(clients.iter().map(|client| async move {
        // As the node wrote it: what this program does not know is passed on.
        let document: serde_json::Value = client.status_as().await?;
        let report =
            serde_json::from_value(document.clone()).map_err(|error| ClientError::Unexpected {
                url: client.url().to_owned(),
                reason: plain_words::of_json(&error),
            })?;
        Ok::<_, ClientError>((document, report))
    }))
    .await;
    if let ([client], [answer]) = (clients.as_slice(), answers.as_slice()) {
        let (document, report) = answer.clone()?;
        output.described(&report, &document, |report| {
            Ok(describe(client.url(), report))
        })?;
        let hint = arguments.nodes.hint();
        output.next(&format!(
            "waybill member list{hint}, or waybill block latest{hint}"
        ));
        return Ok(exit_of(&report));
    }
    let mut exit = Exit::Success;
    let mut reports = Vec::new();
    let mut documents = Vec::new();
    for (client, answer) in clients.iter().zip(answers) {
        let url = client.url().to_owned();
        match answer {
            Ok((document, report)) => {
                exit = exit.max(exit_of(&report));
                documents.push(serde_json::json!({"url": url, "status": document}));
                reports.push((url, Ok(report)));
            }
            Err(error) => {
                exit = exit.max(Exit::Unreachable);
                documents.push(serde_json::json!({"url": url, "error": error.why()}));
                reports.push((url, Err(error)));
            }
        }
    }
    output.result(
        &describe_all(&reports),
        &serde_json::json!({"nodes": documents}),
    )?;
    let urls: Vec<_> = clients
        .iter()
        .map(|client| shell_word(client.url()))
        .collect();
    output.next(&format!(
        "waybill checkpoint compare {} --genesis FILE",
        urls.join(" ")
    ));
    Ok(exit)
}

fn exit_of(report: &StatusReport) -> Exit {
    if report.ready {
        Exit::Success
    } else {
        Exit::CheckFailed
    }
}

/// A row for each node, and below the table why some are not ready or say nothing.
fn describe_all(reports: &[(String, Result<StatusReport, ClientError>)]) -> String {
    let mut rows = Vec::new();
    let mut causes = Vec::new();
    for (url, report) in reports {
        let (outcome, why, way_out) = match report {
            Ok(report) => {
                rows.push(row(url, report));
                if report.ready {
                    continue;
                }
                let reasons = report.unready_reasons.join("; ");
                ("not ready", reasons, None)
            }
            Err(error) => {
                rows.push(vec![url.clone(), "-".to_owned()]);
                ("no status", error.why(), Some(error.way_out()))
            }
        };
        causes.push(Cause {
            outcome: outcome.to_owned(),
            place: url.clone(),
            why: plain(&why).into_owned(),
            way_out: way_out.map(|text| plain(&text).into_owned()),
        });
    }
    let header = [
        "node", "ready", "height", "round", "peers", "log size", "root",
    ];
    table(&header, &rows) + &paragraphs(&causes)
}

fn row(name: &str, report: &StatusReport) -> Vec<String> {
    vec![
        name.to_owned(),
        if report.ready { "yes" } else { "no" }.to_owned(),
        report.tip.height.to_string(),
        report.round.to_string(),
        report.peers.len().to_string(),
        report.tip.log_size.to_string(),
        report.tip.log_root.chars().take(16).collect(),
    ]
}

fn describe(url: &str, report: &StatusReport) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "node       {url} of {}", report.member);
    let ready = if report.ready {
        "yes".to_owned()
    } else {
        format!("no: {}", report.unready_reasons.join("; "))
    };
    let _ = writeln!(text, "ready      {ready}");
    let uptime = Duration::from_secs(report.uptime_ms / 1_000);
    let _ = writeln!(text, "version    {}, up {uptime:?}", report.version);
    let _ = writeln!(
        text,
        "ledger     {} ({})",
        report.ledger, report.ledger_name
    );
    let _ = writeln!(
        text,
        "height     {} at {}; deciding {} in round {}",
        report.tip.height, report.tip.time, report.height, report.round
    );
    let _ = writeln!(text, "log        {}", counted(report.tip.log_size, "entry"));
    let _ = writeln!(text, "root       {}", report.tip.log_root);
    let _ = writeln!(text, "peers      {}", report.peers.len());
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_with_nodes_is_told_below_the_table() {
        let report = |reasons: &[&str]| -> StatusReport {
            let document = json!({"ledger": "ab".repeat(32), "ledgerName": "l", "version": "0", "uptimeMs": 1,
                "member": "acme", "ready": reasons.is_empty(), "unreadyReasons": reasons, "height": 8, "round": 0,
                "peers": [], "tip": {"height": 7, "time": "T", "logSize": 9, "logRoot": "00"}});
            serde_json::from_value(document).unwrap()
        };
        let gone = |url: &str| {
            let url = url.to_owned();
            let error = ClientError::Unreachable {
                url: url.clone(),
                reason: "connection refused".to_owned(),
            };
            (url, Err(error))
        };
        let reports = [
            ("http://a".to_owned(), Ok(report(&[]))),
            ("http://b".to_owned(), Ok(report(&["it hears 1 of 4"]))),
            gone("http://c"),
            gone("http://d"),
        ];
        let text = describe_all(&reports);
        let (shown, below) = text.split_once("\n\n").unwrap();
        assert_eq!(shown.lines().count(), 5, "{text}");
        assert!(!shown.contains("refused"), "{text}");
        assert!(
            below.starts_with("not ready: http://b\n     why:  it hears 1 of 4\n"),
            "{text}"
        );
        assert!(
            below.contains("no status: http://c; http://d\n     why:  connection refused\n  way out: is the node"),
            "{text}"
        );
        assert!(!describe_all(&reports[..1]).contains("why"));
    }
}
