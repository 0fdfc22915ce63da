//! From arguments to exit code.

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use super::arguments::{Arguments, Command};
use super::commands::{
    block, certificate, checkpoint, config, contract, custody, document, genesis, get, init, keys,
    market, master_data, member, meter, node, production, proof, questions, sign, status, store,
    submit, telemetry, token, trace, validator,
};
use super::output::{Output, Reader};
use super::{Exit, Failure, bench, testnet};

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are printed as errors, and are none.
            let exit = match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Success,
                _ => Exit::Usage,
            };
            if exit == Exit::Usage && std::env::args_os().any(|argument| argument == "--json") {
                let why = error.to_string();
                let failure = Failure::usage(why.trim_end(), "see --help of the command");
                Output::new(Reader::Script).failure(&failure);
            } else {
                let _ = error.print();
            }
            return exit.into();
        }
    };
    let output = Output::new(if arguments.json {
        Reader::Script
    } else {
        Reader::Person
    });
    run(arguments.command, &output)
        .unwrap_or_else(|failure| {
            output.failure(&failure);
            failure.exit
        })
        .into()
}

fn run(command: Command, output: &Output) -> Result<Exit, Failure> {
    match command {
        Command::Init(arguments) => init::run(&arguments, output),
        Command::Keys(arguments) => keys::run(&arguments, output),
        Command::Genesis(arguments) => genesis::run(&arguments, output),
        Command::Config(arguments) => config::run(&arguments, output),
        Command::Node(arguments) => node::run(&arguments, output),
        Command::Store(arguments) => store::run(&arguments, output),
        Command::Testnet(arguments) => testnet::run(&arguments, output),
        Command::Submit(arguments) => block_on(submit::run(&arguments, output)),
        Command::Sign(arguments) => block_on(sign::run(&arguments, output)),
        Command::Token(arguments) => block_on(token::run(&arguments, output)),
        Command::Get(arguments) => block_on(get::run(&arguments, output)),
        Command::Proof(arguments) => block_on(proof::run(&arguments, output)),
        Command::Status(arguments) => block_on(status::run(&arguments, output)),
        Command::Member(arguments) => block_on(member::run(&arguments, output)),
        Command::Validator(arguments) => block_on(validator::run(&arguments, output)),
        Command::Contract(arguments) => block_on(contract::run(&arguments, output)),
        Command::Trace(arguments) => block_on(trace::run(&arguments, output)),
        Command::Recall(arguments) => block_on(trace::run_recall(&arguments, output)),
        Command::Custody(arguments) => block_on(custody::run(&arguments, output)),
        Command::Document(arguments) => block_on(document::run(&arguments, output)),
        Command::MasterData(arguments) => block_on(master_data::run(&arguments, output)),
        Command::Telemetry(arguments) => block_on(telemetry::run(&arguments, output)),
        Command::Production(arguments) => block_on(production::run(&arguments, output)),
        Command::Meter(arguments) => block_on(meter::run(&arguments, output)),
        Command::Certificate(arguments) => block_on(certificate::run(&arguments, output)),
        Command::Market(arguments) => block_on(market::run(&arguments, output)),
        Command::Dwell(arguments) => block_on(questions::run_dwell(&arguments, output)),
        Command::MassBalance(arguments) => {
            block_on(questions::run_mass_balance(&arguments, output))
        }
        Command::ColdChain(arguments) => block_on(questions::run_cold_chain(&arguments, output)),
        Command::Gaps(arguments) => block_on(questions::run_gaps(&arguments, output)),
        Command::Completeness(arguments) => {
            block_on(questions::run_completeness(&arguments, output))
        }
        Command::Block(arguments) => block_on(block::run(&arguments, output)),
        Command::Checkpoint(arguments) => block_on(checkpoint::run(&arguments, output)),
        Command::Bench(arguments) => block_on(bench::run(&arguments, output)),
    }
}

/// Runs a command that talks to nodes.
///
/// # Errors
/// The command's [`Failure`], or one if the system gives no means to wait.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                Exit::Unreachable,
                "cannot open connections",
                error.to_string(),
                "is the limit on open files too low? (ulimit -n)",
            )
        })?
        .block_on(future)
}
