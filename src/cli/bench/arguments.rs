//! Options of `waybill bench`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::member_arguments::parse_duration;
use crate::cli::whole_number::whole_number;

/// Options of `waybill bench`.
#[derive(Args, Debug)]
#[command(
    after_help = "Every node of the network is loaded through its own member, in turn. Submissions are \
    sent when they are due, whether or not earlier ones were answered. Afterwards everything that was \
    acknowledged is looked for in the log, and the logs of all nodes are compared.\n\n\
    Examples:\n  waybill testnet create && waybill testnet up && waybill bench\n  \
    waybill bench --rate 4000 --per-submission 1 --duration 30s\n  \
    waybill bench --rate 20 --per-submission 1           the latency of an idle ledger\n\n\
    Exit code 0 if everything acknowledged is in the log and all nodes agree, 1 if not."
)]
pub struct BenchArguments {
    /// Where the test network is
    #[arg(
        long,
        value_name = "DIR",
        default_value = "testnet",
        env = "WAYBILL_TESTNET",
        hide_env_values = true
    )]
    pub(super) folder: PathBuf,

    /// Events per second, over all nodes
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = whole_number::<u32>(1..=1_000_000))]
    pub(super) rate: u32,

    /// Events in each submission
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = whole_number::<u32>(1..=3_000))]
    pub(super) per_submission: u32,

    /// How long to send
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = parse_duration)]
    pub(super) duration: Duration,

    /// Bytes of an event, roughly
    #[arg(long, value_name = "BYTES", default_value_t = 1_000, value_parser = whole_number::<u32>(900..=50_000))]
    pub(super) event_bytes: u32,

    /// How long to wait, after the load, until all nodes have the same log
    #[arg(long, value_name = "DURATION", default_value = "120s", value_parser = parse_duration)]
    pub(super) patience: Duration,
}
