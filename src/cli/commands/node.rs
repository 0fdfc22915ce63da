//! `waybill node`: running a node.

use clap::Args;

use crate::cli::output::Output;
use crate::cli::setting_flags::ConfigArguments;
use crate::cli::{Exit, Failure};
use crate::node::config::{Severity, check};
use crate::node::{self, DamagedLog, ExitReason};

/// Options of `waybill node`.
#[derive(Args, Debug)]
#[command(
    after_help = "Runs in the foreground until SIGINT or SIGTERM, and writes its log to \
    standard error. Every setting of the configuration can be overridden by a variable or flag.\n\n\
    Examples:\n  waybill node --config waybill/waybill.toml\n  \
    waybill node --config waybill/waybill.toml --log-level debug"
)]
pub struct RunArguments {
    #[command(flatten)]
    config: ConfigArguments,

    /// Set a damaged consensus log aside; the node signs again after it has seen two heights decided
    #[arg(long)]
    recover_consensus: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] if the configuration cannot be used, or the node stopped because of an error.
pub fn run(arguments: &RunArguments, output: &Output) -> Result<Exit, Failure> {
    let resolved = arguments.config.load()?;
    for finding in check(&resolved) {
        if finding.severity == Severity::Error {
            return Err(Failure::new(
                Exit::Files,
                "the node cannot run with this configuration",
                format!("{}: {}", finding.place, finding.what),
                finding.way_out,
            ));
        }
        output.note(&format!(
            "{}: {}: {}\n  way out: {}",
            finding.severity, finding.place, finding.what, finding.way_out
        ));
    }
    let damaged_log = if arguments.recover_consensus {
        DamagedLog::SetAside
    } else {
        DamagedLog::Refuse
    };
    node::run(&resolved.into_config(), damaged_log).map_err(|error| {
        let exit = match error.exit_reason() {
            ExitReason::Configuration => Exit::Files,
            ExitReason::Disk => Exit::DiskFailed,
            ExitReason::ConsensusLog => Exit::ConsensusLogDamaged,
            ExitReason::Ledger => Exit::LedgerDiverged,
            ExitReason::Network => Exit::AddressTaken,
        };
        Failure::new(exit, "the node stopped", error.to_string(), way_out(exit))
    })?;
    Ok(Exit::Success)
}

fn way_out(exit: Exit) -> &'static str {
    match exit {
        Exit::Files => "correct what the reason names; `waybill config check` tells more",
        Exit::ConsensusLogDamaged => {
            "start it with --recover-consensus if the damage cannot be repaired"
        }
        Exit::AddressTaken => "free the address, or configure another one",
        Exit::LedgerDiverged => {
            "move the folder `store` in its data folder away for inspection, leave `consensus` where \
             it is, and start it: it fetches the ledger again"
        }
        _ => {
            "if another process uses its folder, stop that one; otherwise see to the disk: it goes on where \
             it stopped when it is started again"
        }
    }
}
