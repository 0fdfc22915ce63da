//! `waybill custody`: who holds goods, and handing them over.

mod ask;
mod hand_over;
mod report;

use std::time::Duration;

use clap::{Args, Subcommand};

use crate::cli::member_arguments::{NodeArguments, SigningArguments, parse_duration};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};
use crate::crypto::Sha256Digest;
use crate::types::{MemberId, Timestamp};

/// Options of `waybill custody`.
#[derive(Args, Debug)]
pub struct CustodyArguments {
    #[command(subcommand)]
    command: CustodyCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant)] // One lives.
enum CustodyCommand {
    /// Who holds a thing, by its own name or with the containers that it is in
    #[command(
        after_help = "A thing goes along with the containers that its holder put it in: of it and of those, the \
        one that changed hands last says who holds it. A lot is held as a whole, and each container that some of it \
        is in by itself.\n\nExamples:\n  \
        waybill custody show urn:epc:id:sscc:9521001.0000002001\n  \
        waybill custody show ID --at 2026-03-01T00:00:00Z"
    )]
    Show(ShowArguments),
    /// How a thing changed hands: its claim and every proposal, disputed ones included
    #[command(
        after_help = "Each row names the entries whose proofs show who signed what.\n\n\
        Examples:\n  waybill custody chain urn:epc:id:sscc:9521001.0000002001"
    )]
    Chain(ChainArguments),
    /// The open proposals that a member made or is to answer
    #[command(after_help = "Examples:\n  waybill custody open --member acme")]
    Open(OpenArguments),
    /// Say that you hold things that nobody has claimed
    #[command(
        after_help = "The first claim counts: from then on only the holder hands the thing over.\n\n\
        Examples:\n  waybill custody claim urn:epc:id:sscc:9521001.0000002001 \
        --member acme --key keys/writer.key"
    )]
    Claim(ClaimArguments),
    /// Propose to hand things over to another member
    #[command(
        after_help = "The things stay yours until the other member accepts. A proposal that nobody \
        answers expires.\n\nExamples:\n  \
        waybill custody propose urn:epc:id:sscc:9521001.0000002001 --to carrier --open-for 3d \
        --member acme --key keys/writer.key"
    )]
    Propose(ProposeArguments),
    /// Take what was proposed to you; the digest of the proposal is compared first
    #[command(
        after_help = "From the block that has it you hold the things.\n\nExamples:\n  \
        waybill custody accept 1234 --member carrier --key keys/writer.key"
    )]
    Accept(AcceptArguments),
    /// Do not take what was proposed to you, and say why
    #[command(after_help = "Examples:\n  \
        waybill custody reject 1234 --reason \"two seals are broken\" --member carrier --key keys/writer.key")]
    Reject(RejectArguments),
    /// Take an own proposal back
    #[command(after_help = "Examples:\n  \
        waybill custody withdraw 1234 --member acme --key keys/writer.key")]
    Withdraw(WithdrawArguments),
}

#[derive(Args, Debug)]
struct ShowArguments {
    /// EPC URN, GS1 Digital Link or another URI
    id: String,

    /// The time asked about (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    at: Option<Timestamp>,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,

    /// Only what changed hands in blocks, and was packed by events, of before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    event_time_before: Option<Timestamp>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ChainArguments {
    /// EPC URN, GS1 Digital Link or another URI
    id: String,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,

    /// Only what was claimed, proposed and decided in blocks of before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    event_time_before: Option<Timestamp>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct OpenArguments {
    /// The member
    #[arg(long, env = "WAYBILL_MEMBER", hide_env_values = true)]
    member: MemberId,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Where, and what others can look at.
#[derive(Args, Debug)]
struct CircumstanceArguments {
    /// Where: EPC URN (sgln), GS1 Digital Link or another URI
    #[arg(long, value_name = "ID")]
    place: Option<String>,

    /// SHA-256 of a document that goes with it; `waybill document anchor` tells it
    #[arg(long, value_name = "SHA256", value_parser = Sha256Digest::from_hex, conflicts_with = "entry")]
    document: Option<Sha256Digest>,

    /// An earlier entry of the log that others should look at
    #[arg(long, value_name = "INDEX")]
    entry: Option<u64>,
}

#[derive(Args, Debug)]
struct ClaimArguments {
    /// EPC URNs, GS1 Digital Links or other URIs
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    circumstances: CircumstanceArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ProposeArguments {
    /// EPC URNs, GS1 Digital Links or other URIs
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// The member that is to hold them
    #[arg(long, value_name = "MEMBER")]
    to: MemberId,

    /// How long it can be accepted; at most 90d
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = parse_duration)]
    open_for: Duration,
    #[command(flatten)]
    circumstances: CircumstanceArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct AcceptArguments {
    /// The proposal, by its entry
    index: u64,
    #[command(flatten)]
    circumstances: CircumstanceArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct RejectArguments {
    /// The proposal, by its entry
    index: u64,

    /// Why, for the other member and whoever looks later
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    circumstances: CircumstanceArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct WithdrawArguments {
    /// The proposal, by its entry
    index: u64,

    /// Why, for the other member and whoever looks later
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &CustodyArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        CustodyCommand::Show(arguments) => ask::show(arguments, output).await,
        CustodyCommand::Chain(arguments) => ask::chain(arguments, output).await,
        CustodyCommand::Open(arguments) => ask::open(arguments, output).await,
        CustodyCommand::Claim(arguments) => hand_over::claim(arguments, output).await,
        CustodyCommand::Propose(arguments) => hand_over::propose(arguments, output).await,
        CustodyCommand::Accept(arguments) => hand_over::accept(arguments, output).await,
        CustodyCommand::Reject(arguments) => hand_over::reject(arguments, output).await,
        CustodyCommand::Withdraw(arguments) => hand_over::withdraw(arguments, output).await,
    }
}

#[cfg(test)]
mod tests;
