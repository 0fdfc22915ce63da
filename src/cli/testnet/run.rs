//! The commands of `waybill testnet`.

use std::fs;

use serde_json::{Value, json};

use super::arguments::{KillArguments, RestartArguments, TestnetArguments, TestnetCommand};
use super::create::create;
use super::layout::{NodeDocument, Testnet};
use super::start::start_nodes;
use super::stop::{cannot_stop, stop_nodes};
use crate::cli::client::{ClientError, NodeClient, StatusReport};
use crate::cli::files::shell_word;
use crate::cli::member_arguments::now;
use crate::cli::output::{Output, counted, table};
use crate::cli::program::block_on;
use crate::cli::{Exit, Failure};
use crate::node::keys::read_key;
use crate::types::{AccessToken, MAX_TOKEN_LIFETIME_S, Scope, Scopes, TokenClaims};

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub fn run(arguments: &TestnetArguments, output: &Output) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    match &arguments.command {
        TestnetCommand::Create(options) => {
            let testnet = create(folder, options)?;
            let text = format!(
                "made a network of {} in {}\nledger {} ({})\n\n{}",
                counted(testnet.document.nodes.len(), "node"),
                folder.display(),
                testnet.document.ledger,
                testnet.document.ledger_name,
                addresses(&testnet)
            );
            output.result(&text, &describe(&testnet))?;
            output.next(&command(&testnet, "up"));
            Ok(Exit::Success)
        }
        TestnetCommand::Up(options) => {
            let testnet = Testnet::open(folder)?;
            let nodes: Vec<_> = testnet.document.nodes.iter().collect();
            block_on(start_nodes(&testnet, &nodes, options, output))?;
            let text = format!(
                "ready: {}\n\n{}",
                counted(nodes.len(), "node"),
                addresses(&testnet)
            );
            let mut document = describe(&testnet);
            let Some(first) = nodes.first() else {
                output.result(&text, &document)?;
                return Ok(Exit::Success);
            };
            let token = token(&testnet, first)?;
            document["token"] = json!(token);
            output.result(&text, &document)?;
            let key = shell_word(testnet.node_folder(first).join("keys/writer.key"));
            let (member, url) = (&first.member, first.url());
            output.next(&format!(
                "waybill submit --member {member} --key {key} --url {url} FILE"
            ));
            output.next(&format!(
                "curl -H \"Authorization: Bearer {token}\" {url}/epcis/eventTypes"
            ));
            output.next(&format!(
                "waybill token --member {member} --key {key} --url {url} --scope \
                 epcis:capture,epcis:read     when that token is over, after {} minutes",
                MAX_TOKEN_LIFETIME_S / 60
            ));
            Ok(Exit::Success)
        }
        TestnetCommand::Status => block_on(status(&Testnet::open(folder)?, output)),
        TestnetCommand::Kill(options) => kill(&Testnet::open(folder)?, options, output),
        TestnetCommand::Restart(options) => {
            block_on(restart(&Testnet::open(folder)?, options, output))
        }
        TestnetCommand::Down(options) => {
            let testnet = Testnet::open(folder)?;
            block_on(down(&testnet, options.delete, output))
        }
    }
}

/// A token for clients of a node's EPCIS interface, signed by the writer key of its member, for as long as a token may live.
fn token(testnet: &Testnet, node: &NodeDocument) -> Result<String, Failure> {
    let keys = testnet.node_folder(node).join("keys");
    let network_key = read_key(&keys.join("network.key"))?;
    let claims = TokenClaims {
        member: node.member.clone(),
        ledger: testnet.document.ledger,
        node: network_key.public_key(),
        issued: now(),
        lifetime_s: MAX_TOKEN_LIFETIME_S,
        scopes: Scopes::new([Scope::EpcisCapture, Scope::EpcisRead])
            .ok_or_else(|| Failure::usage("a token is for something", "give --scope"))?,
    };
    Ok(AccessToken::sign(
        &claims,
        &read_key(&keys.join("writer.key"))?,
    ))
}

/// The next command, for this network's folder.
fn command(testnet: &Testnet, verb: &str) -> String {
    format!(
        "waybill testnet {verb} --folder {}",
        shell_word(&testnet.folder)
    )
}

fn addresses(testnet: &Testnet) -> String {
    let rows: Vec<_> = testnet
        .document
        .nodes
        .iter()
        .map(|node| {
            vec![
                node.name.clone(),
                node.member.to_string(),
                node.url(),
                node.network.to_string(),
            ]
        })
        .collect();
    table(&["node", "member", "url", "peer address"], &rows)
}

fn describe(testnet: &Testnet) -> Value {
    let nodes: Vec<_> = testnet
        .document
        .nodes
        .iter()
        .map(|node| {
            json!({
                "name": node.name,
                "member": node.member,
                "url": node.url(),
                "network": node.network,
                "folder": testnet.node_folder(node),
                "config": testnet.config(node),
                "log": testnet.log(node),
                "writerKey": testnet.node_folder(node).join("keys/writer.key"),
                "gatewayKey": testnet.node_folder(node).join("keys/gateway.key"),
                "pid": testnet.running(node).map(|process| process.pid),
            })
        })
        .collect();
    json!({
        "folder": testnet.folder,
        "ledger": testnet.document.ledger,
        "ledgerName": testnet.document.ledger_name,
        "genesis": testnet.document.nodes.first().map(|n| testnet.node_folder(n).join("genesis.json")),
        "nodes": nodes,
    })
}

async fn status(testnet: &Testnet, output: &Output) -> Result<Exit, Failure> {
    let ask = |node: &NodeDocument| {
        let client = NodeClient::new(&node.url());
        async move { client?.status().await }
    };
    let nodes = &testnet.document.nodes;
    let answers = futures::future::join_all(nodes.iter().map(ask)).await;
    let mut exit = Exit::Success;
    let mut rows = Vec::new();
    let mut documents = Vec::new();
    for (node, answer) in nodes.iter().zip(answers) {
        let pid = testnet.running(node).map(|process| process.pid);
        let is_ready = answer.as_ref().is_ok_and(|report| report.ready);
        if !is_ready {
            exit = Exit::CheckFailed;
        }
        rows.push(row(node, pid, &answer));
        documents.push(json!({
            "name": node.name,
            "url": node.url(),
            "pid": pid,
            "ready": is_ready,
            "status": answer.as_ref().ok(),
            "error": answer.as_ref().err().map(ClientError::why),
        }));
    }
    let header = [
        "node", "pid", "state", "height", "round", "peers", "log size", "root",
    ];
    output.result(&table(&header, &rows), &json!({"nodes": documents}))?;
    if exit == Exit::Success {
        let first = nodes.first().map(NodeDocument::url).unwrap_or_default();
        output.next(&format!("waybill block latest --url {first}"));
    } else {
        output.next(&command(testnet, "up"));
    }
    Ok(exit)
}

fn row(
    node: &NodeDocument,
    pid: Option<u32>,
    answer: &Result<StatusReport, ClientError>,
) -> Vec<String> {
    let pid_text = pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string());
    match answer {
        Ok(report) => vec![
            node.name.clone(),
            pid_text,
            if report.ready { "ready" } else { "not ready" }.to_owned(),
            report.tip.height.to_string(),
            report.round.to_string(),
            report.peers.len().to_string(),
            report.tip.log_size.to_string(),
            report.tip.log_root.chars().take(16).collect(),
        ],
        Err(_) => {
            let state = if pid.is_some() { "no answer" } else { "down" };
            vec![node.name.clone(), pid_text, state.to_owned()]
        }
    }
}

fn kill(testnet: &Testnet, options: &KillArguments, output: &Output) -> Result<Exit, Failure> {
    let node = testnet.node(&options.node)?;
    let process = testnet.running(node);
    let pid = process.as_ref().map(|process| process.pid);
    let was_running = match process {
        Some(process) => process
            .signal(&options.signal)
            .map_err(|reason| cannot_stop(node, reason))?,
        None => false,
    };
    let text = if was_running {
        format!("sent signal {} to {}\n", options.signal, node.name)
    } else {
        format!("{} does not run\n", node.name)
    };
    let document =
        json!({"node": node.name, "signal": options.signal, "pid": pid, "sent": was_running});
    output.result(&text, &document)?;
    output.next(&command(testnet, &format!("restart {}", node.name)));
    Ok(if was_running {
        Exit::Success
    } else {
        Exit::CheckFailed
    })
}

async fn restart(
    testnet: &Testnet,
    options: &RestartArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let node = testnet.node(&options.node)?;
    stop_nodes(testnet, &[node]).await?;
    start_nodes(testnet, &[node], &options.start, output).await?;
    let pid = testnet.running(node).map(|process| process.pid);
    output.result(
        &format!("{} is ready at {}\n", node.name, node.url()),
        &json!({"node": node.name, "url": node.url(), "pid": pid}),
    )?;
    output.next(&command(testnet, "status"));
    Ok(Exit::Success)
}

async fn down(testnet: &Testnet, delete: bool, output: &Output) -> Result<Exit, Failure> {
    let nodes: Vec<_> = testnet.document.nodes.iter().collect();
    let stopped = stop_nodes(testnet, &nodes).await?;
    let mut rows = Vec::new();
    let mut documents = Vec::new();
    for (node, how) in nodes.iter().zip(stopped) {
        rows.push(vec![node.name.clone(), how.as_str().to_owned()]);
        documents.push(json!({"node": node.name, "result": how.as_str()}));
    }
    let mut text = table(&["node", "result"], &rows);
    if delete {
        // Opened by its marker, and nothing of it runs any more.
        fs::remove_dir_all(&testnet.folder).map_err(|error| {
            Failure::file(&testnet.folder, error, "remove what is left by hand")
        })?;
        text.push_str(&format!("deleted {}\n", testnet.folder.display()));
    }
    output.result(&text, &json!({"nodes": documents, "deleted": delete}))?;
    output.next(&if delete {
        "waybill testnet create".to_owned()
    } else {
        command(testnet, "up")
    });
    Ok(Exit::Success)
}
