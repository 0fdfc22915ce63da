//! `waybill market`: trading energy.

mod ask;
mod order;
mod plot;
mod report;
mod show;
mod svg;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use crate::cli::member_arguments::{NodeArguments, SigningArguments};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};
use crate::types::{MarketArea, MemberId, Timestamp};

/// Options of `waybill market`.
#[derive(Args, Debug)]
#[command(
    after_help = "Energy is in Wh, prices are in minor units (cents) of the area's currency per MWh. An \
    interval is named by when its delivery begins, or by the word next: the first one whose gate is open. \
    When the gate closes, the ledger itself turns orders into trades, and later settles them against the \
    meters."
)]
pub struct MarketArguments {
    #[command(subcommand)]
    command: MarketCommand,
}

#[derive(Subcommand, Debug)]
enum MarketCommand {
    /// List the market areas with their rules
    #[command(
        after_help = "Examples:\n  waybill market areas\n  waybill market areas --as-of-height 1200 --json"
    )]
    Areas(AreasArguments),
    /// Show the intervals of an area, or what stands in the book of one and what it came to
    #[command(
        after_help = "On a terminal, supply and demand are drawn.\n\nExamples:\n  \
        waybill market show local\n  \
        waybill market show local next\n  \
        waybill market show local 2026-06-01T12:00:00Z --svg noon.svg"
    )]
    Show(ShowArguments),
    /// Bid for energy
    #[command(after_help = "Examples:\n  \
        waybill market bid local next --wh 2500 --price 8150 --member acme --key keys/writer.key\n  \
        waybill market bid local 2026-06-01T12:00:00Z --wh 2500 --price 8150 --id noon-1 --member acme --key keys/writer.key")]
    Bid(OrderArguments),
    /// Offer energy
    #[command(
        after_help = "A price below zero pays whoever takes the energy.\n\nExamples:\n  \
        waybill market offer local next --wh 4000 --price 5000 --member sun-coop --key keys/writer.key\n  \
        waybill market offer local 2026-06-01T12:00:00Z --wh 4000 --price -1200 --member sun-coop --key keys/writer.key"
    )]
    Offer(OrderArguments),
    /// Take an open order back
    #[command(after_help = "Until the gate closes.\n\nExamples:\n  \
        waybill market withdraw noon-1 --member acme --key keys/writer.key")]
    Withdraw(WithdrawArguments),
    /// List orders: those of an interval, or those of a member
    #[command(after_help = "Examples:\n  \
        waybill market orders local 2026-06-01T12:00:00Z\n  \
        waybill market orders --of acme")]
    Orders(OrdersArguments),
    /// List the trades of an interval
    #[command(
        after_help = "Each trade is an entry of the log with a proof of its own.\n\nExamples:\n  \
        waybill market trades local 2026-06-01T12:00:00Z\n  \
        waybill market trades local 2026-06-01T12:00:00Z --of acme --json"
    )]
    Trades(IntervalArguments),
    /// List the settlements of an interval: what was traded, held against the meters
    #[command(after_help = "Examples:\n  waybill market settlement local 2026-06-01T12:00:00Z")]
    Settlement(IntervalArguments),
}

#[derive(Args, Debug)]
struct AreasArguments {
    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ShowArguments {
    /// The market area
    area: MarketArea,

    /// When delivery begins (RFC 3339), or next; left out, the intervals with orders are listed
    start: Option<Start>,

    /// Draw supply and demand into a new file
    #[arg(long, value_name = "FILE", requires = "start")]
    svg: Option<PathBuf>,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct OrderArguments {
    /// The market area
    area: MarketArea,

    /// When delivery begins (RFC 3339), or next
    start: Start,

    /// The energy, in Wh
    #[arg(long, value_name = "WH")]
    wh: u64,

    /// The worst price that is still good, in minor units per MWh; it may be below zero
    #[arg(long, value_name = "PRICE", allow_negative_numbers = true)]
    price: i64,

    /// What to call the order; left out, a name is made of the time
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct WithdrawArguments {
    /// What the order is called
    id: String,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("in").args(["area", "of"]).required(true).multiple(true))]
struct OrdersArguments {
    /// The market area
    #[arg(requires = "start")]
    area: Option<MarketArea>,

    /// When delivery begins (RFC 3339), or next
    start: Option<Start>,

    /// Only those of this member
    #[arg(long, value_name = "MEMBER")]
    of: Option<MemberId>,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct IntervalArguments {
    /// The market area
    area: MarketArea,

    /// When delivery begins (RFC 3339), or next
    start: Start,

    /// Only those of this member
    #[arg(long, value_name = "MEMBER")]
    of: Option<MemberId>,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Which interval of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// The first one whose gate is open.
    Next,
    /// The one whose delivery begins then.
    At(Timestamp),
}

impl std::str::FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "next" => Ok(Self::Next),
            _ => Timestamp::parse_rfc3339(text)
                .map(Self::At)
                .map_err(|error| format!("{error}, or the word next")),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &MarketArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        MarketCommand::Areas(arguments) => show::areas(arguments, output).await,
        MarketCommand::Show(arguments) => show::show(arguments, output).await,
        MarketCommand::Bid(arguments) => order::place(arguments, "bid", output).await,
        MarketCommand::Offer(arguments) => order::place(arguments, "offer", output).await,
        MarketCommand::Withdraw(arguments) => order::withdraw(arguments, output).await,
        MarketCommand::Orders(arguments) => show::orders(arguments, output).await,
        MarketCommand::Trades(arguments) => show::trades(arguments, output).await,
        MarketCommand::Settlement(arguments) => show::settlements(arguments, output).await,
    }
}

#[cfg(test)]
mod tests;
