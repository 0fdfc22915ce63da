//! The figures.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::cli::output::table;

/// Percentiles of a set of durations, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Latency {
    pub(super) samples: usize,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

impl Latency {
    /// The percentiles by the nearest rank.
    pub(super) fn of(durations: &[Duration]) -> Self {
        let mut sorted = durations.to_vec();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted
                .get(rank - 1)
                .map_or(0.0, |duration| duration.as_secs_f64() * 1_000.0)
        };
        Self {
            samples: sorted.len(),
            p50_ms: at(50),
            p95_ms: at(95),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

/// What a node took of the machine.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NodeFigures {
    pub(super) member: String,
    pub(super) cpu_cores: Option<f64>,
    pub(super) peak_memory_mb: Option<f64>,
    pub(super) disk_bytes_per_payload_byte: f64,
    pub(super) syncs_per_block: f64,
}

/// All figures of a run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) asked_events_per_second: u32,
    pub(super) per_submission: u32,
    pub(super) event_bytes: u32,
    pub(super) sent_submissions: u64,
    pub(super) not_sent: u64,
    pub(super) worst_lag_ms: f64,
    pub(super) acknowledged_submissions: u64,
    pub(super) acknowledged_records: u64,
    pub(super) refused: BTreeMap<String, u64>,
    pub(super) committed_records: u64,
    pub(super) committed_records_per_second: f64,
    pub(super) committed_submissions_per_second: f64,
    pub(super) missing_submissions: usize,
    pub(super) blocks: u64,
    pub(super) records_per_block: f64,
    pub(super) commit_latency: Latency,
    pub(super) admission_latency: Latency,
    pub(super) log_size: Option<u64>,
    pub(super) roots_agree: bool,
    pub(super) root_recomputed: Option<bool>,
    pub(super) nodes: Vec<NodeFigures>,
}

impl Report {
    /// Whether every promise was kept.
    pub(super) fn holds(&self) -> bool {
        self.missing_submissions == 0 && self.roots_agree && self.root_recomputed != Some(false)
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| text.push_str(&format!("{name:<26}{value}\n"));
        line(
            "asked for",
            format!(
                "{} events/s of {} bytes, {} in a submission",
                self.asked_events_per_second, self.event_bytes, self.per_submission
            ),
        );
        line(
            "sent",
            format!(
                "{} submissions, {} not sent, at most {:.1} ms late",
                self.sent_submissions, self.not_sent, self.worst_lag_ms
            ),
        );
        line(
            "acknowledged",
            format!(
                "{} submissions with {} records",
                self.acknowledged_submissions, self.acknowledged_records
            ),
        );
        for (what, count) in &self.refused {
            line("refused", format!("{count} × {what}"));
        }
        line(
            "committed",
            format!(
                "{:.0} records/s, {:.1} submissions/s, in {} blocks of {:.0} records",
                self.committed_records_per_second,
                self.committed_submissions_per_second,
                self.blocks,
                self.records_per_block
            ),
        );
        for (name, latency) in [
            ("until committed", &self.commit_latency),
            ("until taken", &self.admission_latency),
        ] {
            line(
                name,
                format!(
                    "p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({} samples)",
                    latency.p50_ms, latency.p95_ms, latency.p99_ms, latency.max_ms, latency.samples
                ),
            );
        }
        line(
            "verified",
            format!(
                "{} records found, {} submissions missing; {}{}",
                self.committed_records,
                self.missing_submissions,
                if self.roots_agree {
                    "all nodes have the same log"
                } else {
                    "THE NODES' LOGS DIFFER"
                },
                match self.root_recomputed {
                    Some(true) => ", whose root was computed again from its entries",
                    Some(false) => ", AND ITS ROOT IS NOT THAT OF ITS ENTRIES",
                    None => "",
                }
            ),
        );
        text.push('\n');
        let rows: Vec<Vec<String>> = self
            .nodes
            .iter()
            .map(|node| {
                let figure = |value: Option<f64>, digits: usize| {
                    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
                };
                vec![
                    node.member.clone(),
                    figure(node.cpu_cores, 2),
                    figure(node.peak_memory_mb, 0),
                    format!("{:.2}", node.disk_bytes_per_payload_byte),
                    format!("{:.1}", node.syncs_per_block),
                ]
            })
            .collect();
        let header = [
            "node",
            "cpu cores",
            "peak MB",
            "disk bytes/payload byte",
            "fsyncs/block",
        ];
        text.push_str(&table(&header, &rows));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let durations: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        let latency = Latency::of(&durations);
        assert_eq!(
            (
                latency.p50_ms,
                latency.p95_ms,
                latency.p99_ms,
                latency.max_ms
            ),
            (50.0, 95.0, 99.0, 100.0)
        );
        assert_eq!(Latency::of(&[]), Latency::default());
    }
}
