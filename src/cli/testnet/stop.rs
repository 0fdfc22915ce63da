//! Stopping nodes.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::layout::{NodeDocument, Testnet};
use crate::cli::{Exit, Failure};

/// How long a node may take to stop when asked, before it is killed.
const GRACE: Duration = Duration::from_secs(15);

/// How long a killed process may take to be gone.
const KILL_GRACE: Duration = Duration::from_secs(5);

/// How often to look whether it is gone.
const PAUSE: Duration = Duration::from_millis(50);

/// How a node was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// It did not run.
    NotRunning,
    /// It stopped when asked.
    Asked,
    /// It had to be killed.
    Killed,
}

impl Stopped {
    /// For people and scripts.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::NotRunning => "did not run",
            Self::Asked => "stopped",
            Self::Killed => "killed",
        }
    }
}

/// Stops nodes: all are asked first, and then waited for one after the other.
///
/// # Errors
/// [`Failure`] if a signal cannot be sent, or a process does not go away.
pub(super) async fn stop_nodes(
    testnet: &Testnet,
    nodes: &[&NodeDocument],
) -> Result<Vec<Stopped>, Failure> {
    let running: Vec<_> = nodes.iter().map(|node| testnet.running(node)).collect();
    for (node, process) in nodes.iter().zip(&running) {
        if let Some(process) = process {
            process
                .signal("TERM")
                .map_err(|reason| cannot_stop(node, reason))?;
        }
    }
    let deadline = Instant::now() + GRACE;
    let mut results = Vec::with_capacity(nodes.len());
    for (node, process) in nodes.iter().zip(&running) {
        let Some(process) = process else {
            testnet.forget(node);
            results.push(Stopped::NotRunning);
            continue;
        };
        let mut result = Stopped::Asked;
        while process.is_running() && Instant::now() < deadline {
            sleep(PAUSE).await;
        }
        if process.is_running() {
            result = Stopped::Killed;
            process
                .signal("KILL")
                .map_err(|reason| cannot_stop(node, reason))?;
            let deadline = Instant::now() + KILL_GRACE;
            while process.is_running() {
                if Instant::now() >= deadline {
                    return Err(cannot_stop(node, "it does not go away".to_owned()));
                }
                sleep(PAUSE).await;
            }
        }
        testnet.forget(node);
        results.push(result);
    }
    Ok(results)
}

pub(super) fn cannot_stop(node: &NodeDocument, reason: String) -> Failure {
    Failure::new(
        Exit::Files,
        format!("{} cannot be signalled", node.name),
        reason,
        "is it another user's process?",
    )
}
