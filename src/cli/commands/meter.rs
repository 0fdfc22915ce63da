//! `waybill meter`: registering meters, reading them, and looking at what they read.

mod show;
#[cfg(test)]
mod tests;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::record::put_record;
use crate::cli::member_arguments::{NodeArguments, SigningArguments};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};
use crate::records::energy::{METER, METER_READING};
use crate::types::{MarketArea, MemberId, MeterId, Timestamp};

/// Options of `waybill meter`.
#[derive(Args, Debug)]
pub struct MeterArguments {
    #[command(subcommand)]
    command: MeterCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant)] // One lives.
enum MeterCommand {
    /// Register a meter; you operate it from then on
    #[command(
        after_help = "Who registers a meter reads it. With the role meter-operator you register meters \
        of other members, without it your own. `waybill submit --kind energy.meter FILE` changes or \
        closes one.\n\nExamples:\n  \
        waybill meter register CH-PV-1 --owner sunfarm --area CH-ZH --kind production --carrier solar \
        --capacity-w 500000 --member grid-ag --key keys/writer.key\n  \
        waybill meter register CH-HH-7 --owner acme --area CH-ZH --kind consumption --member acme \
        --key keys/writer.key"
    )]
    Register(RegisterArguments),
    /// State how much energy went through a meter in an interval, or correct that
    #[command(
        after_help = "An interval lasts PT1M, PT5M, PT15M, PT30M or PT1H, begins at a multiple of that, and is \
        over. Each has one reading; a correction names the entry that it replaces, which \
        `waybill meter show` tells.\n\nExamples:\n  \
        waybill meter read CH-PV-1 --start 2026-06-01T12:00:00Z --duration PT1H --wh-out 420000 \
        --member grid-ag --key keys/writer.key\n  \
        waybill meter read CH-PV-1 --start 2026-06-01T12:00:00Z --duration PT1H --wh-out 410000 \
        --replaces 1234 --member grid-ag --key keys/writer.key"
    )]
    Read(ReadArguments),
    /// Show a meter and what it read
    #[command(after_help = "Examples:\n  waybill meter show CH-PV-1\n  \
        waybill meter show CH-PV-1 --from 2026-06-01T00:00:00Z --until 2026-06-02T00:00:00Z --json\n  \
        waybill meter show CH-PV-1 --as-of-height 1200")]
    Show(ShowArguments),
}

#[derive(Args, Debug)]
struct RegisterArguments {
    /// The meter's name, such as the number of its metering point
    meter: MeterId,

    /// Whose energy it measures
    #[arg(long, value_name = "MEMBER")]
    owner: MemberId,

    /// The market area
    #[arg(long)]
    area: MarketArea,

    /// production, consumption or both
    #[arg(long)]
    kind: String,

    /// What produced energy is made of, such as solar, wind or hydro
    #[arg(long)]
    carrier: Option<String>,

    /// The most power that can flow through it, in watts: readings of more are flagged
    #[arg(long, value_name = "W")]
    capacity_w: Option<u64>,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ReadArguments {
    /// The meter
    meter: MeterId,

    /// When the interval begins (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    start: Timestamp,

    /// How long it is (ISO 8601)
    #[arg(long, value_name = "DURATION", default_value = "PT15M")]
    duration: String,

    /// What was consumed, in Wh
    #[arg(long, value_name = "WH", default_value_t = 0)]
    wh_in: u64,

    /// What was produced, in Wh
    #[arg(long, value_name = "WH", default_value_t = 0)]
    wh_out: u64,

    /// The entry of the reading that this one corrects
    #[arg(long, value_name = "ENTRY")]
    replaces: Option<u64>,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ShowArguments {
    /// The meter
    meter: MeterId,

    /// Only intervals that begin at this time or later (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    from: Option<Timestamp>,

    /// Only intervals that begin before this time
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    until: Option<Timestamp>,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &MeterArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        MeterCommand::Register(arguments) => register(arguments, output).await,
        MeterCommand::Read(arguments) => read(arguments, output).await,
        MeterCommand::Show(arguments) => show::show(arguments, output).await,
    }
}

async fn register(arguments: &RegisterArguments, output: &Output) -> Result<Exit, Failure> {
    let mut body = json!({
        "operation": "register",
        "meter": arguments.meter,
        "owner": arguments.owner,
        "area": arguments.area,
        "kind": arguments.kind
    });
    set(&mut body, "carrier", arguments.carrier.as_ref());
    set(&mut body, "capacityW", arguments.capacity_w);
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let put = put_record(signing, nodes, METER, &body.to_string()).await?;
    let (meter, hint) = (&arguments.meter, nodes.hint());
    output.result(
        &format!("meter {meter} is registered by entry {}\n", put.index),
        &json!({"meter": meter, "index": put.index, "outcome": put.outcome}),
    )?;
    let energy = measured(&arguments.kind);
    output.next(&format!(
        "waybill meter read {meter} --start TIME {energy} WH{}{hint}",
        signing.hint()
    ));
    Ok(Exit::Success)
}

/// The option for the energy that a meter of a kind measures.
fn measured(kind: &str) -> &'static str {
    match kind {
        "consumption" => "--wh-in",
        _ => "--wh-out",
    }
}

async fn read(arguments: &ReadArguments, output: &Output) -> Result<Exit, Failure> {
    let mut body = json!({
        "meter": arguments.meter,
        "start": arguments.start.to_string(),
        "duration": arguments.duration,
        "whIn": arguments.wh_in,
        "whOut": arguments.wh_out
    });
    set(&mut body, "replaces", arguments.replaces);
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let put = put_record(signing, nodes, METER_READING, &body.to_string()).await?;
    let (meter, hint) = (&arguments.meter, nodes.hint());
    output.result(
        &format!(
            "the reading of {}/{} is entry {}: {}\n",
            arguments.start,
            arguments.duration,
            put.index,
            put.outcome.text()
        ),
        &json!({"meter": meter, "index": put.index, "outcome": put.outcome}),
    )?;
    output.next(&format!("waybill meter show {meter}{hint}"));
    Ok(Exit::Success)
}

/// Adds a field that may be left out.
fn set(body: &mut Value, name: &str, value: Option<impl serde::Serialize>) {
    if let (Value::Object(fields), Some(value)) = (body, value) {
        fields.insert(name.to_owned(), json!(value));
    }
}
