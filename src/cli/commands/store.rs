//! `waybill store`: what a stopped node has on its disk.

use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::cli::member_arguments::read_genesis;
use crate::cli::output::{Output, table};
use crate::cli::setting_flags::ConfigArguments;
use crate::cli::{Exit, Failure};
use crate::node::DataFolder;
use crate::node::config::NodeConfig;
use crate::storage::{Store, StoreError, StoreOptions, VerifyReport};

/// What every folder of the database has.
const DATABASE_FILE: &str = "CURRENT";

/// How often the progress is drawn.
const REDRAW: Duration = Duration::from_millis(200);

/// Options of `waybill store`.
#[derive(Args, Debug)]
pub struct StoreArguments {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Subcommand, Debug)]
enum StoreCommand {
    /// Derive the whole log again from what is on the disk, and compare
    #[command(
        after_help = "The node has to be stopped. Every batch is hashed again, every entry made \
        again from its batch, every block compared with the one before, and the root of the log \
        computed from nothing but the entries: what a rotten disk or a hand has changed is found \
        and named. Certificates and state are not checked: a node whose folder `store` was moved \
        away checks both while it fetches the ledger again.\n\nExit code 0 if all holds, 1 if \
        something does not, 8 if the store cannot be opened.\n\nExamples:\n  \
        waybill store verify --config waybill/waybill.toml\n  \
        waybill store verify --json --config testnet/node-2/waybill.toml"
    )]
    Verify(ConfigArguments),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] if the store cannot be opened, or does not hold.
pub fn run(arguments: &StoreArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        StoreCommand::Verify(arguments) => verify(arguments, output),
    }
}

fn verify(arguments: &ConfigArguments, output: &Output) -> Result<Exit, Failure> {
    let config = arguments.load()?.into_config();
    let store = open(&config)?;
    let tip = store.ledger_tip().map_err(cannot_open)?;
    let bar = progress_bar(tip.frontier.size(), output);
    let report = store.verify(|progress| bar.set_position(progress.checked_entries));
    bar.finish_and_clear();
    let report = report.map_err(|error| match &error {
        StoreError::Damaged { .. } => Failure::new(
            Exit::CheckFailed,
            "the store does not hold",
            error.to_string(),
            "move its folder away for inspection, leave the one beside it, `consensus`, where it \
             is, and start the node: it fetches the ledger again",
        ),
        _ => Failure::new(
            Exit::DiskFailed,
            "the store cannot be read to its end",
            error.to_string(),
            "see to the disk, and try again",
        ),
    })?;
    output.result(
        &describe(store.path(), &report),
        &json!({
            "ledger": store.ledger(),
            "height": report.height,
            "logSize": report.log_size,
            "logRoot": report.log_root.to_string(),
            "batches": report.batches,
        }),
    )?;
    output.next("compare the root with what other nodes signed: waybill checkpoint compare --help");
    Ok(Exit::Success)
}

fn open(config: &NodeConfig) -> Result<Store, Failure> {
    let genesis = read_genesis(&config.node.genesis)?;
    let path = DataFolder::new(&config.node.data_folder).store();
    // Opening would make one.
    if !path.join(DATABASE_FILE).is_file() {
        return Err(Failure::file(
            &path,
            "there is no store: the node has never run, or its file CURRENT is lost",
            "name the configuration of a node that has, with --config",
        ));
    }
    Store::open(path, &genesis, StoreOptions::default()).map_err(cannot_open)
}

fn cannot_open(error: StoreError) -> Failure {
    let way_out = match &error {
        StoreError::InUse { .. } => "stop the node; a running one may be asked over HTTP instead",
        _ => "see to what the reason names",
    };
    Failure::new(
        Exit::DiskFailed,
        "the store cannot be opened",
        error.to_string(),
        way_out,
    )
}

fn progress_bar(entries: u64, output: &Output) -> ProgressBar {
    if output.is_for_script() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(entries);
    // A template that is not understood leaves the standard look.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} entries, {eta} to go")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(REDRAW);
    bar
}

fn describe(path: &Path, report: &VerifyReport) -> String {
    let rows = [
        ("height", report.height.to_string()),
        ("log size", report.log_size.to_string()),
        ("log root", report.log_root.to_string()),
        ("batches", report.batches.to_string()),
    ]
    .map(|(name, value)| vec![name.to_owned(), value]);
    format!(
        "{} holds: every entry was derived again, and the root is the stored one\n{}",
        path.display(),
        table(&["", ""], &rows).trim_start()
    )
}
