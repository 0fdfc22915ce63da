//! What a person is told while a submission waits.
//!
//! A ledger without a quorum takes submissions and commits none: a command that said nothing until its time is over would
//! look as if it hung. Nothing here changes what is delivered, or for how long.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cli::client::{ClientError, NodeClient, StatusReport};
use crate::cli::terminal_text::plain;

/// How long nothing has to happen until somebody is told, and between two looks at the nodes.
const LOOK_EVERY: Duration = Duration::from_secs(4);

/// Watches the nodes while work on them runs, and tells why it takes so long, each reason once.
#[derive(Clone, Debug)]
pub struct WaitingNotice {
    /// The nodes that the work is for.
    pub nodes: Vec<NodeClient>,
    /// When the work gives up.
    pub timeout: Duration,
    /// What follows a command that is to ask the same node.
    pub hint: String,
}

impl WaitingNotice {
    /// The work's result. Meanwhile `tell` gets what is to be said.
    pub async fn during<T>(&self, work: impl Future<Output = T>, tell: impl Fn(&str)) -> T {
        self.looking_every(LOOK_EVERY, work, tell).await
    }

    async fn looking_every<T>(
        &self,
        pause: Duration,
        work: impl Future<Output = T>,
        tell: impl Fn(&str),
    ) -> T {
        tokio::select! {
            biased;
            done = work => done,
            never = self.watch(pause, tell) => match never {},
        }
    }

    async fn watch(&self, pause: Duration, tell: impl Fn(&str)) -> Infallible {
        let begin = Instant::now();
        let mut before = self.look().await;
        let mut told = None;
        loop {
            sleep(pause).await;
            let now = self.look().await;
            let reason = reason(&before, &now);
            if let Some(reason) = reason.filter(|reason| told.as_ref() != Some(reason)) {
                tell(&format!(
                    "still waiting: {reason}\n  what helps: waybill status{}; a submission is given up after \
                     {} s, and this has gone on for {} s",
                    self.hint,
                    self.timeout.as_secs(),
                    begin.elapsed().as_secs()
                ));
                told = Some(reason);
            }
            before = now;
        }
    }

    /// The first node that answers.
    async fn look(&self) -> Result<StatusReport, ClientError> {
        let mut last = Err(ClientError::BadUrl {
            url: String::new(),
            reason: "no address was given",
        });
        for node in &self.nodes {
            last = node.status().await;
            if last.is_ok() {
                break;
            }
        }
        last
    }
}

/// Why nothing is committed, if two looks at the nodes tell.
fn reason(
    before: &Result<StatusReport, ClientError>,
    now: &Result<StatusReport, ClientError>,
) -> Option<String> {
    let now = match now {
        Err(error) => {
            let text = format!("{}: {}", error.what(), error.why());
            return Some(plain(&text).into_owned());
        }
        Ok(now) => now,
    };
    let before = before.as_ref().ok()?;
    if before.tip.height != now.tip.height {
        return None;
    }
    let mut text = format!(
        "the ledger has had no new block since {} (height {})",
        now.tip.time, now.tip.height
    );
    if now.ready {
        text.push_str("; perhaps too few of its validators run for a quorum");
    } else {
        text.push_str(&format!(
            "; the node of {} is not ready: {}",
            now.member,
            now.unready_reasons.join("; ")
        ));
    }
    Some(plain(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::cli::client::test_node::{Answer, TestNode};

    fn status(height: u64, is_ready: bool) -> Answer {
        let reasons = if is_ready { "" } else { r#""it hears 1 of 4""# };
        Answer::ok(format!(
            r#"{{"ledger":"{}","ledgerName":"l","version":"0","uptimeMs":1,"member":"acme","ready":{is_ready},
            "unreadyReasons":[{reasons}],"height":{},"round":0,"peers":[],
            "tip":{{"height":{height},"time":"2026-03-01T08:00:00.000Z","logSize":1,"logRoot":"00"}}}}"#,
            "ab".repeat(32),
            height + 1,
        ))
    }

    /// What is told while work takes some time.
    async fn told(answers: Vec<Answer>) -> Vec<String> {
        let node = TestNode::start().await;
        node.on("GET /v1/status", answers);
        let notice = WaitingNotice {
            nodes: vec![NodeClient::new(&node.url).unwrap()],
            timeout: Duration::from_secs(120),
            hint: " --url http://a:1".to_owned(),
        };
        let lines = Mutex::new(Vec::new());
        let tell = |line: &str| lines.lock().unwrap().push(line.to_owned());
        let looks = async {
            while node.requests().len() < 6 {
                sleep(Duration::from_millis(5)).await;
            }
            7
        };
        let pause = Duration::from_millis(10);
        assert_eq!(notice.looking_every(pause, looks, tell).await, 7);
        lines.into_inner().unwrap()
    }

    #[tokio::test]
    async fn a_ledger_that_stands_still_is_told_of_once() {
        let lines = told(vec![status(12, true)]).await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains("no new block since 2026-03-01T08:00:00.000Z (height 12)"),
            "{lines:?}"
        );
        assert!(lines[0].contains("waybill status --url http://a:1"));
        assert!(lines[0].contains("given up after 120 s"));
    }

    #[tokio::test]
    async fn what_changes_is_told_again() {
        let lines = told(vec![status(12, true), status(12, true), status(12, false)]).await;
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].contains("the node of acme is not ready: it hears 1 of 4"));
        let lines = told(vec![status(1, true), Answer::problem(503, "overloaded")]).await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("refused: Title of overloaded: the cause"));
    }

    #[tokio::test]
    async fn nothing_is_told_while_blocks_come() {
        let blocks = (1..100).map(|height| status(height, true)).collect();
        assert_eq!(told(blocks).await, Vec::<String>::new());
    }
}
