//! Options of `waybill testnet`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::cli::member_arguments::parse_duration;
use crate::cli::whole_number::whole_number;

/// Options of `waybill testnet`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  waybill testnet create --nodes 4\n  waybill testnet up\n  \
    waybill testnet status\n  waybill testnet kill 3          what does the network do without it?\n  \
    waybill testnet restart 3\n  waybill testnet down --delete"
)]
pub struct TestnetArguments {
    #[command(subcommand)]
    pub(super) command: TestnetCommand,

    /// Where the network is
    #[arg(
        long,
        value_name = "DIR",
        default_value = "testnet",
        env = "WAYBILL_TESTNET",
        hide_env_values = true,
        global = true
    )]
    pub(super) folder: PathBuf,
}

#[derive(Subcommand, Debug)]
pub(super) enum TestnetCommand {
    /// Make keys, genesis document and configurations
    Create(CreateArguments),
    /// Start all nodes that do not run, in the background, and wait until they are ready
    Up(StartArguments),
    /// Show how each node is
    Status,
    /// Send a node a signal, by default the one that kills at once
    #[command(after_help = "Examples:\n  waybill testnet kill 2\n  \
        waybill testnet kill node-2 --signal STOP     freeze it; --signal CONT to go on")]
    Kill(KillArguments),
    /// Stop a node if it runs, start it, and wait until it is ready
    Restart(RestartArguments),
    /// Stop all nodes that were started here
    Down(DownArguments),
}

#[derive(Args, Debug)]
pub(super) struct CreateArguments {
    /// How many nodes; 3f + 1 of them bear f that fail
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = whole_number::<u16>(1..=64))]
    pub(super) nodes: u16,

    /// Port of the first node's HTTP interface; the others follow, and 100 above them the peer ports
    #[arg(long, value_name = "PORT", default_value_t = 7600, value_parser = whole_number::<u16>(1024..=65_000))]
    pub(super) base_port: u16,

    /// The ledger's name
    #[arg(long, value_name = "LEDGER", default_value = "testnet.example/ledger")]
    pub(super) ledger: String,

    /// Least time between two blocks, in milliseconds [default: as in any genesis document]
    #[arg(long, value_name = "MS")]
    pub(super) block_beat_ms: Option<u64>,

    /// Longest time without a block, in milliseconds [default: as in any genesis document]
    #[arg(long, value_name = "MS")]
    pub(super) heartbeat_ms: Option<u64>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct StartArguments {
    /// How long to wait until the nodes are ready
    #[arg(long, value_name = "DURATION", default_value = "90s", value_parser = parse_duration)]
    pub(super) timeout: Duration,

    /// The program to run as node [default: this one]
    #[arg(long, value_name = "FILE")]
    pub(super) program: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct KillArguments {
    /// The node: its name or number
    pub(super) node: String,

    /// The signal, as name or number
    #[arg(long, default_value = "9", value_parser = parse_signal)]
    pub(super) signal: String,
}

#[derive(Args, Debug)]
pub(super) struct RestartArguments {
    /// The node: its name or number
    pub(super) node: String,

    #[command(flatten)]
    pub(super) start: StartArguments,
}

#[derive(Args, Debug)]
pub(super) struct DownArguments {
    /// Delete the network's folder afterwards, ledger and keys included
    #[arg(long)]
    pub(super) delete: bool,
}

/// The names of signals that make sense for a node; any other can be given as a number.
const SIGNALS: [&str; 12] = [
    "ABRT", "ALRM", "CONT", "HUP", "INT", "KILL", "QUIT", "SEGV", "STOP", "TERM", "USR1", "USR2",
];

/// A signal's name or number, as `kill` takes it.
fn parse_signal(text: &str) -> Result<String, String> {
    let is_number = text
        .parse::<u8>()
        .is_ok_and(|number| (1..=64).contains(&number));
    let name = text.strip_prefix("SIG").unwrap_or(text);
    if is_number || SIGNALS.contains(&name) {
        Ok(name.to_owned())
    } else {
        Err("a signal such as 9, KILL, TERM or STOP is expected".to_owned())
    }
}
