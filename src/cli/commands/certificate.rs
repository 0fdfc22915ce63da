//! `waybill certificate`: granular certificates, from their issuing to what they are claimed for.

mod show;
#[cfg(test)]
mod tests;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::record::put_record;
use crate::cli::member_arguments::{NodeArguments, SigningArguments};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};
use crate::contracts::CertificateStatus;
use crate::records::energy::{
    CERTIFICATE_CANCEL, CERTIFICATE_CLAIM, CERTIFICATE_ISSUE, CERTIFICATE_TRANSFER,
    CERTIFICATE_WITHDRAW, CertificateId, IntervalDuration,
};
use crate::types::{LogIndex, MemberId, MeterId, Timestamp};

/// Options of `waybill certificate`.
#[derive(Args, Debug)]
pub struct CertificateArguments {
    #[command(subcommand)]
    command: CertificateCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant)] // One lives.
enum CertificateCommand {
    /// Issue certificates for what a device produced in an interval
    #[command(
        after_help = "The interval is that of a reading of the device's meter, which has one issuance at \
        most. The owner of the device gets the certificates, with the numbers from 1 on. It takes \
        the role certificate-issuer.\n\nExamples:\n  \
        waybill certificate issue CH-PV-1 --start 2026-06-01T12:00:00Z --duration PT1H --quantity-wh 400000 \
        --face-value-wh 1000 --member origin-body --key keys/writer.key"
    )]
    Issue(IssueArguments),
    /// Give certificates of yours to another member
    #[command(
        after_help = "Any range within one piece of an issuance; `waybill certificate list` shows the \
        pieces.\n\nExamples:\n  \
        waybill certificate transfer 1234 --first 101 --last 200 --to acme --member sunfarm --key keys/writer.key"
    )]
    Transfer(TransferArguments),
    /// Take active certificates back that you have issued
    #[command(
        after_help = "They stand for nothing any more, and the reading can be corrected below them. It takes the \
        role certificate-issuer.\n\nExamples:\n  \
        waybill certificate withdraw 1234 --first 301 --last 400 --reason \"the meter read too much\" \
        --member origin-body --key keys/writer.key"
    )]
    Withdraw(WithdrawArguments),
    /// Use certificates of yours up for a beneficiary, for good
    #[command(
        after_help = "The beneficiary may then claim them for what it consumed.\n\nExamples:\n  \
        waybill certificate cancel 1234 --first 101 --last 150 --beneficiary acme --purpose \"our bakery, June\" \
        --member acme --key keys/writer.key"
    )]
    Cancel(CancelArguments),
    /// Claim certificates that were cancelled for you for what a meter of yours consumed
    #[command(
        after_help = "The meter has a reading of the very interval in which the energy was produced, and \
        no more is claimed for it than it says was consumed.\n\nExamples:\n  \
        waybill certificate claim 1234 --first 101 --last 150 --meter CH-HH-7 --member acme --key keys/writer.key"
    )]
    Claim(ClaimArguments),
    /// Show a certificate: whose it is, what it is for, and its history
    #[command(
        after_help = "A certificate is named by the entry of its issuance and its number in it.\n\n\
        Examples:\n  waybill certificate show 1234-101\n  \
        waybill certificate show 1234-101 --as-of-height 1200 --json"
    )]
    Show(ShowArguments),
    /// List the certificates of a member, or those for what a device produced in an interval
    #[command(after_help = "Examples:\n  waybill certificate list --owner acme\n  \
        waybill certificate list --owner acme --status claimed --json\n  \
        waybill certificate list --device CH-PV-1 --start 2026-06-01T12:00:00Z --duration PT1H")]
    List(ListArguments),
}

#[derive(Args, Debug)]
struct IssueArguments {
    /// The device, by its meter
    device: MeterId,

    /// When the interval begins (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    start: Timestamp,

    /// How long it is (ISO 8601)
    #[arg(long, value_name = "DURATION", default_value = "PT15M")]
    duration: String,

    /// How much energy, in Wh: a multiple of the face value
    #[arg(long, value_name = "WH")]
    quantity_wh: u64,

    /// How much each certificate stands for, in Wh
    #[arg(long, value_name = "WH", default_value_t = 1)]
    face_value_wh: u64,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Certificates of one issuance.
#[derive(Args, Debug)]
struct RangeArguments {
    /// The entry that issued the certificates
    issuance: u64,

    /// The number of the first of them
    #[arg(long, value_name = "NUMBER")]
    first: u64,

    /// The number of the last, which is included
    #[arg(long, value_name = "NUMBER")]
    last: u64,
}

#[derive(Args, Debug)]
struct TransferArguments {
    #[command(flatten)]
    range: RangeArguments,

    /// The new owner
    #[arg(long, value_name = "MEMBER")]
    to: MemberId,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct WithdrawArguments {
    #[command(flatten)]
    range: RangeArguments,

    /// Why, for readers of the log
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct CancelArguments {
    #[command(flatten)]
    range: RangeArguments,

    /// For whose consumption
    #[arg(long, value_name = "MEMBER")]
    beneficiary: MemberId,

    /// What for, for readers of the log
    #[arg(long)]
    purpose: Option<String>,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ClaimArguments {
    #[command(flatten)]
    range: RangeArguments,

    /// The meter of the consumption
    #[arg(long)]
    meter: MeterId,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ShowArguments {
    /// The certificate, such as 1234-101
    certificate: CertificateId,

    /// Answer as the ledger stood at this height
    #[arg(long, value_name = "HEIGHT")]
    as_of_height: Option<u64>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("of").args(["owner", "device"]).required(true))]
struct ListArguments {
    /// Those of this member
    #[arg(long, value_name = "MEMBER", conflicts_with = "start")]
    owner: Option<MemberId>,

    /// With --owner: active, cancelled, claimed, expired or withdrawn [default: active]
    #[arg(long, requires = "owner", value_parser = CertificateStatus::WORDS)]
    status: Option<String>,

    /// Those for what this device produced
    #[arg(long, value_name = "METER", requires = "start")]
    device: Option<MeterId>,

    /// With --device: when the interval begins (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339, requires = "device")]
    start: Option<Timestamp>,

    /// With --device: how long it is (ISO 8601)
    #[arg(long, value_name = "DURATION", default_value = "PT15M", value_parser = IntervalDuration::parse)]
    duration: IntervalDuration,

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
pub async fn run(arguments: &CertificateArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        CertificateCommand::Issue(arguments) => issue(arguments, output).await,
        CertificateCommand::Transfer(arguments) => {
            let change = json!({"to": arguments.to});
            let parts = (&arguments.range, &arguments.signing, &arguments.nodes);
            change_range(CERTIFICATE_TRANSFER, change, parts, output).await
        }
        CertificateCommand::Withdraw(arguments) => {
            let change = json!({"reason": arguments.reason});
            let parts = (&arguments.range, &arguments.signing, &arguments.nodes);
            change_range(CERTIFICATE_WITHDRAW, change, parts, output).await
        }
        CertificateCommand::Cancel(arguments) => {
            let mut change = json!({"beneficiary": arguments.beneficiary});
            if let (Value::Object(fields), Some(purpose)) = (&mut change, &arguments.purpose) {
                fields.insert("purpose".to_owned(), json!(purpose));
            }
            let parts = (&arguments.range, &arguments.signing, &arguments.nodes);
            change_range(CERTIFICATE_CANCEL, change, parts, output).await
        }
        CertificateCommand::Claim(arguments) => {
            let change = json!({"meter": arguments.meter});
            let parts = (&arguments.range, &arguments.signing, &arguments.nodes);
            change_range(CERTIFICATE_CLAIM, change, parts, output).await
        }
        CertificateCommand::Show(arguments) => show::show(arguments, output).await,
        CertificateCommand::List(arguments) => show::list(arguments, output).await,
    }
}

async fn issue(arguments: &IssueArguments, output: &Output) -> Result<Exit, Failure> {
    let body = json!({
        "device": arguments.device,
        "start": arguments.start.to_string(),
        "duration": arguments.duration,
        "quantityWh": arguments.quantity_wh,
        "faceValueWh": arguments.face_value_wh
    });
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let put = put_record(signing, nodes, CERTIFICATE_ISSUE, &body.to_string()).await?;
    let first = CertificateId {
        issuance: LogIndex(put.index),
        number: 1,
    };
    show::show_after(&put, first, nodes, output).await
}

/// Does something to a range, and shows what has become of it.
async fn change_range(
    kind: &str,
    mut body: Value,
    (range, signing, nodes): (&RangeArguments, &SigningArguments, &NodeArguments),
    output: &Output,
) -> Result<Exit, Failure> {
    if let Value::Object(fields) = &mut body {
        for (name, number) in [
            ("issuance", range.issuance),
            ("first", range.first),
            ("last", range.last),
        ] {
            fields.insert(name.to_owned(), json!(number));
        }
    }
    let put = put_record(signing, nodes, kind, &body.to_string()).await?;
    let first = CertificateId {
        issuance: LogIndex(range.issuance),
        number: range.first,
    };
    show::show_after(&put, first, nodes, output).await
}
