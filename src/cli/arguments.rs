//! The command line's grammar.

use clap::{Parser, Subcommand};

use super::Exit;
use super::commands::{
    block, certificate, checkpoint, config, contract, custody, document, genesis, get, init, keys,
    market, master_data, member, meter, node, production, proof, questions, sign, status, store,
    submit, telemetry, token, trace, validator,
};
use super::{bench, testnet};

/// Everything that can be asked for.
#[derive(Parser, Debug)]
#[command(
    name = "waybill",
    version,
    about = "A permissioned supply-chain ledger: run a node, put records on the ledger, verify what it says",
    long_about = "Waybill is a permissioned supply-chain ledger. Enterprises that do not fully trust one another \
                  each run a node; together the nodes order signed EPCIS records into one append-only log, and \
                  prove what is in it to anybody.",
    after_help = after_help(),
    arg_required_else_help = true,
    subcommand_required = true
)]
pub struct Arguments {
    /// Print one JSON document, for scripts
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

fn after_help() -> String {
    format!(
        "Examples:\n  \
         waybill testnet create && waybill testnet up     four nodes on this machine, in a minute\n  \
         waybill submit --member member-1 --key testnet/node-1/keys/writer.key --url http://127.0.0.1:7600 events/\n  \
         waybill proof get 0 --url http://127.0.0.1:7600 && waybill proof verify 0.tlog-proof --genesis testnet/node-1/genesis.json\n  \
         waybill init --member acme && waybill node --config waybill/waybill.toml\n\n\
         {}",
        Exit::table()
    )
}

/// The commands.
#[derive(Subcommand, Debug)]
#[allow(missing_docs, clippy::large_enum_variant)] // The first line of each is its help; one lives.
pub enum Command {
    /// Make keys, genesis document and configuration of a new node
    Init(init::InitArguments),
    /// Make key files, or show their public halves
    Keys(keys::KeysArguments),
    /// Assemble, show or check a genesis document
    Genesis(genesis::GenesisArguments),
    /// Show, check or explain the configuration of a node
    Config(config::ConfigCommandArguments),
    /// Run a node, until SIGINT or SIGTERM
    Node(node::RunArguments),
    /// Check what a stopped node has on its disk
    Store(store::StoreArguments),
    /// Run a whole network on this machine
    Testnet(testnet::TestnetArguments),
    /// Sign records and put them on the ledger
    Submit(submit::SubmitArguments),
    /// Sign records and print the submission, without sending it
    Sign(sign::SignArguments),
    /// Sign a bearer token for the EPCIS interface of a node
    Token(token::TokenArguments),
    /// Show an entry of the log, or what became of a submission
    Get(get::GetArguments),
    /// Get an entry's proof, or verify one offline
    Proof(proof::ProofArguments),
    /// Show how a node is
    Status(status::StatusArguments),
    /// List the members of the ledger and their keys; propose that one comes, changes or goes
    Member(member::MemberArguments),
    /// List the validators; propose that one comes, changes its keys or goes
    Validator(validator::ValidatorArguments),
    /// Write and try contracts; list, propose and approve those of the ledger
    Contract(contract::ContractArguments),
    /// Follow goods back to their origin, or forward to what was made of them
    Trace(trace::TraceArguments),
    /// Find everything that a thing affects, and where it is
    Recall(trace::RecallArguments),
    /// See who holds goods, and hand them over: propose, accept, reject
    Custody(custody::CustodyArguments),
    /// Anchor a document by its digest, or check that one was anchored
    Document(document::DocumentArguments),
    /// Show what members say of places, products and parties
    MasterData(master_data::MasterDataArguments),
    /// Show what devices have measured, and when they were silent
    Telemetry(telemetry::TelemetryArguments),
    /// List what machines have made
    Production(production::ProductionArguments),
    /// Register meters, read them, and see what they read
    Meter(meter::MeterArguments),
    /// Issue, transfer, cancel and claim granular certificates of energy
    Certificate(certificate::CertificateArguments),
    /// Trade energy: areas and books, bids and offers, trades and settlements
    Market(market::MarketArguments),
    /// Find how long things were where
    Dwell(questions::DwellArguments),
    /// Find whether the amounts of a lot, or of a site, add up
    MassBalance(questions::MassBalanceArguments),
    /// Find when goods were outside limits, and what was with them
    ColdChain(questions::ColdChainArguments),
    /// Find what does not fit in what is told of goods
    Gaps(questions::GapsArguments),
    /// Find what events lack of what food traceability asks for
    Completeness(questions::CompletenessArguments),
    /// Show a block
    Block(block::BlockArguments),
    /// Compare the checkpoints of several nodes
    Checkpoint(checkpoint::CheckpointArguments),
    /// Load a test network, and verify what it did
    Bench(bench::BenchArguments),
}
