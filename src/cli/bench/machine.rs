//! What the nodes take of the machine, as Linux and the nodes themselves tell it.

use std::collections::BTreeMap;
use std::fs;

use crate::cli::client::NodeClient;

/// Clock ticks of a second in /proc, on every Linux that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A node at a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    /// Processor time so far, in seconds; none if its process is not known.
    pub(super) cpu_seconds: Option<f64>,
    /// The most memory it has had, in bytes.
    pub(super) peak_memory_bytes: Option<u64>,
    metrics: BTreeMap<String, u64>,
}

impl Usage {
    /// Looks at a node.
    pub(super) async fn of(client: &NodeClient, pid: Option<u32>) -> Self {
        let text = client.text("/metrics").await.unwrap_or_default();
        Self {
            cpu_seconds: pid.and_then(cpu_seconds),
            peak_memory_bytes: pid.and_then(peak_memory_bytes),
            metrics: parse_metrics(&text),
        }
    }

    /// A metric without labels, 0 if there is none.
    pub(super) fn metric(&self, name: &str) -> u64 {
        self.metrics.get(name).copied().unwrap_or(0)
    }

    /// How much a metric has grown since.
    pub(super) fn since(&self, before: &Self, name: &str) -> u64 {
        self.metric(name).saturating_sub(before.metric(name))
    }
}

fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may have spaces; the fields after it do not. See proc(5).
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

fn peak_memory_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// The samples without labels of a Prometheus text.
fn parse_metrics(text: &str) -> BTreeMap<String, u64> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, value)| Some((name.to_owned(), value.trim().parse().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_the_machine() {
        let pid = std::process::id();
        assert!(cpu_seconds(pid).unwrap() >= 0.0);
        assert!(peak_memory_bytes(pid).unwrap() > 100_000);
        assert_eq!(cpu_seconds(u32::MAX), None);
    }

    #[test]
    fn metrics_without_labels_are_read() {
        let text = "# HELP a b\na 7\nb_total 9\nc{x=\"y\"} 1\n# EOF\n";
        let metrics = parse_metrics(text);
        assert_eq!(metrics.get("a"), Some(&7));
        assert_eq!(metrics.get("b_total"), Some(&9));
    }
}
