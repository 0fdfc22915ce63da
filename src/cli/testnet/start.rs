//! Starting nodes, and waiting until they are ready.

use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::{Instant, sleep};

use super::arguments::StartArguments;
use super::layout::{NodeDocument, Testnet};
use super::ports::require_free;
use super::process::{ProcessIdentity, last_lines, start};
use crate::cli::client::NodeClient;
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};

/// How often a node is asked whether it is ready.
const PAUSE: Duration = Duration::from_millis(200);

/// Lines of a log that are shown when a node ended.
const SHOWN_LINES: usize = 15;

/// Starts those of the nodes that do not run, and waits until all are ready.
///
/// # Errors
/// [`Failure`] if a port is taken, a node ends, or the time is over. Nodes that were started go on.
pub(super) async fn start_nodes(
    testnet: &Testnet,
    nodes: &[&NodeDocument],
    arguments: &StartArguments,
    output: &Output,
) -> Result<(), Failure> {
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => own_program()?,
    };
    let stopped: Vec<&NodeDocument> = nodes
        .iter()
        .copied()
        .filter(|node| testnet.running(node).is_none())
        .collect();
    require_free(stopped.iter().copied())?;
    for node in stopped {
        let mut child = start(&program, &testnet.config(node), &testnet.log(node))?;
        match ProcessIdentity::of(child.id()) {
            Some(identity) => testnet.remember(node, &identity)?,
            None => {
                // It has ended already; taking note keeps it from lingering.
                let _ = child.wait();
                return Err(ended(testnet, node));
            }
        }
    }
    wait_until_ready(testnet, nodes, arguments.timeout, output).await
}

fn own_program() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| {
        Failure::new(
            Exit::Files,
            "this program's file cannot be found",
            error.to_string(),
            "name it with --program",
        )
    })
}

async fn wait_until_ready(
    testnet: &Testnet,
    nodes: &[&NodeDocument],
    timeout: Duration,
    output: &Output,
) -> Result<(), Failure> {
    let progress = progress_bar(nodes.len(), output);
    let deadline = Instant::now() + timeout;
    let mut waiting: Vec<(&NodeDocument, NodeClient)> = Vec::new();
    for node in nodes {
        waiting.push((node, NodeClient::new(&node.url())?));
    }
    while let Some((node, client)) = waiting.first() {
        progress.set_message(format!("waiting for {}", node.name));
        let Err(error) = client.ready().await else {
            waiting.remove(0);
            progress.inc(1);
            continue;
        };
        if testnet.running(node).is_none() {
            progress.finish_and_clear();
            return Err(ended(testnet, node));
        }
        if Instant::now() >= deadline {
            progress.finish_and_clear();
            return Err(Failure::new(
                Exit::TimedOut,
                format!("{} is not ready after {timeout:?}", node.name),
                error.why(),
                format!(
                    "see {}; it may be ready later: `waybill testnet status`",
                    testnet.log(node).display()
                ),
            ));
        }
        sleep(PAUSE).await;
    }
    progress.finish_and_clear();
    Ok(())
}

fn progress_bar(nodes: usize, output: &Output) -> ProgressBar {
    if output.is_for_script() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(nodes as u64);
    if let Ok(style) = ProgressStyle::with_template("[{bar:20}] {pos}/{len} nodes ready, {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn ended(testnet: &Testnet, node: &NodeDocument) -> Failure {
    let log = testnet.log(node);
    Failure::new(
        Exit::NodeFailed,
        format!("{} ended", node.name),
        format!(
            "the last lines of {}:\n{}",
            log.display(),
            last_lines(&log, SHOWN_LINES)
        ),
        format!(
            "mend the cause, then `waybill testnet up`; `waybill node --config {}` runs it in \
             the foreground",
            testnet.config(node).display()
        ),
    )
}
