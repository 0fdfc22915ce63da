//! `waybill status`: how a node is.

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;

use crate::cli::client::{ClientError, NodeClient, StatusReport};
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted, table};
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
        output.result(&describe(client.url(), &report), &document)?;
        let hint = arguments.nodes.hint();
        output.next(&format!(
            "waybill member list{hint}, or waybill block latest{hint}"
        ));
        return Ok(exit_of(&report));
    }
    let mut exit = Exit::Success;
    let mut rows = Vec::new();
    let mut documents = Vec::new();
    for (client, answer) in clients.iter().zip(answers) {
        let url = client.url().to_owned();
        match answer {
            Ok((document, report)) => {
                exit = exit.max(exit_of(&report));
                rows.push(row(&url, &report));
                documents.push(serde_json::json!({"url": url, "status": document}));
            }
            Err(error) => {
                exit = exit.max(Exit::Unreachable);
                rows.push(vec![url.clone(), error.why()]);
                documents.push(serde_json::json!({"url": url, "error": error.why()}));
            }
        }
    }
    let header = [
        "node", "ready", "height", "round", "peers", "log size", "root",
    ];
    output.result(
        &table(&header, &rows),
        &serde_json::json!({"nodes": documents}),
    )?;
    let urls: Vec<_> = clients.iter().map(NodeClient::url).collect();
    output.next(&format!("waybill checkpoint compare {}", urls.join(" ")));
    Ok(exit)
}

fn exit_of(report: &StatusReport) -> Exit {
    if report.ready {
        Exit::Success
    } else {
        Exit::CheckFailed
    }
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
