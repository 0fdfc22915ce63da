//! `waybill certificate show` and `list`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ListArguments, ShowArguments};
use crate::cli::client::NodeClient;
use crate::cli::commands::record::PutRecord;
use crate::cli::files::shell_word;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};
use crate::contracts::CertificateStatus;
use crate::records::energy::CertificateId;

/// Most pages that are read.
const MAX_PAGES: usize = 100;

/// Most rows that a person is shown; a script gets all.
const MAX_SHOWN_ROWS: usize = 60;

/// Certificates of one piece, as a node tells them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CertificatesReport {
    issuance: u64,
    first: u64,
    last: u64,
    quantity_wh: u64,
    face_value_wh: u64,
    owner: String,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meter: Option<String>,
    latest: u64,
    device: String,
    start: String,
    duration: String,
    carrier: String,
    area: String,
    issuer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// A certificate with its history, as a node tells it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct CertificateReport {
    height: u64,
    id: String,
    #[serde(flatten)]
    certificates: CertificatesReport,
    history: Vec<StepReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct StepReport {
    operation: String,
    index: u64,
    height: u64,
    time: String,
    first: u64,
    last: u64,
    owner: String,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    height: u64,
    certificates: Vec<CertificatesReport>,
    next: Option<String>,
}

/// Shows a certificate.
///
/// # Errors
/// [`Failure`].
pub(super) async fn show(arguments: &ShowArguments, output: &Output) -> Result<Exit, Failure> {
    let as_of = arguments
        .as_of_height
        .map(|height| format!("&as_of_height={height}"));
    let report = ask(
        &arguments.nodes,
        arguments.certificate,
        &as_of.unwrap_or_default(),
    )
    .await?;
    output.report(&report, |report| Ok(describe(report)))?;
    let hint = arguments.nodes.hint();
    output.next(&format!(
        "waybill proof get {}{hint}",
        report.certificates.latest
    ));
    Ok(Exit::Success)
}

/// Shows what a record has made of a certificate.
///
/// # Errors
/// [`Failure`].
pub(super) async fn show_after(
    put: &PutRecord,
    certificate: CertificateId,
    nodes: &NodeArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let report = ask(nodes, certificate, "").await?;
    output.report(&report, |report| {
        let (index, outcome) = (put.index, put.outcome.text());
        Ok(format!("entry {index}: {outcome}\n{}", describe(report)))
    })?;
    let hint = nodes.hint();
    output.next(&next_after(&report.certificates, certificate, &hint));
    Ok(Exit::Success)
}

/// What its owner, or who it is cancelled for, can do with a certificate and those beside it.
pub(super) fn next_after(
    certificates: &CertificatesReport,
    certificate: CertificateId,
    hint: &str,
) -> String {
    let range = format!(
        "{} --first {} --last {}",
        certificates.issuance, certificates.first, certificates.last
    );
    match certificates.status.as_str() {
        "active" => format!(
            "waybill certificate transfer {range} --to MEMBER --member {} --key FILE{hint}",
            shell_word(&certificates.owner)
        ),
        "cancelled" => format!(
            "waybill certificate claim {range} --meter METER --member {} --key FILE{hint}",
            shell_word(certificates.beneficiary.as_deref().unwrap_or("MEMBER"))
        ),
        _ => format!("waybill certificate show {certificate}{hint}"),
    }
}

async fn ask(
    nodes: &NodeArguments,
    certificate: CertificateId,
    query: &str,
) -> Result<CertificateReport, Failure> {
    let path = &format!("/v1/certificates/{certificate}?limit=1000{query}");
    let ask = |client: NodeClient| async move { client.json(path).await };
    Ok(nodes.first(ask).await?)
}

pub(super) fn describe(report: &CertificateReport) -> String {
    let certificates = &report.certificates;
    let mut text = format!(
        "certificates {}-{} to {} of {}: {}{}\n\
         {} Wh of {}, {} Wh each, by {} in {}/{} ({}), issued by {}{}\n\
         at height {}\n\n",
        certificates.issuance,
        certificates.first,
        certificates.last,
        certificates.owner,
        certificates.status,
        used_for(
            certificates.beneficiary.as_deref(),
            certificates.meter.as_deref()
        ),
        certificates.quantity_wh,
        certificates.carrier,
        certificates.face_value_wh,
        certificates.device,
        certificates.start,
        certificates.duration,
        certificates.area,
        certificates.issuer,
        match (&certificates.expires, certificates.status.as_str()) {
            (Some(expires), "active") => format!(", to be used before {expires}"),
            _ => String::new(),
        },
        report.height
    );
    let rows: Vec<_> = report
        .history
        .iter()
        .map(|step| {
            vec![
                step.operation.clone(),
                step.index.to_string(),
                step.time.clone(),
                format!("{} to {}", step.first, step.last),
                step.owner.clone(),
                format!(
                    "{}{}",
                    step.status,
                    used_for(step.beneficiary.as_deref(), step.meter.as_deref())
                ),
                step.purpose
                    .clone()
                    .or_else(|| step.reason.clone())
                    .unwrap_or_default(),
            ]
        })
        .collect();
    text.push_str(&table(
        &[
            "step", "entry", "time", "numbers", "owner", "status", "stated",
        ],
        &rows,
    ));
    if let Some(before) = report.next {
        text.push_str(&format!(
            "… and there are steps before entry {before}: GET /v1/certificates/{}?before={before}\n",
            report.id
        ));
    }
    text
}

fn used_for(beneficiary: Option<&str>, meter: Option<&str>) -> String {
    match (beneficiary, meter) {
        (Some(beneficiary), Some(meter)) => format!(" for {beneficiary}, {meter}"),
        (Some(beneficiary), None) => format!(" for {beneficiary}"),
        _ => String::new(),
    }
}

/// Lists certificates.
///
/// # Errors
/// [`Failure`].
pub(super) async fn list(arguments: &ListArguments, output: &Output) -> Result<Exit, Failure> {
    let (query, listed) = match (&arguments.owner, &arguments.device, arguments.start) {
        (Some(owner), _, _) => {
            let status = arguments.status.as_deref().unwrap_or("active");
            let owner = owner.as_str();
            (
                format!("owner={owner}&status={status}"),
                Listed::OfOwner { owner, status },
            )
        }
        (None, Some(device), Some(start)) => {
            let interval = format!("{start}/{}", arguments.duration);
            (
                format!("device={device}&interval={interval}"),
                Listed::OfDevice {
                    device: device.as_str(),
                    interval,
                },
            )
        }
        _ => {
            return Err(Failure::usage(
                "nothing says which certificates are meant",
                "give --owner, or --device and --start",
            ));
        }
    };
    let mut certificates = Vec::new();
    let mut height = arguments.as_of_height;
    let mut after = String::new();
    let mut is_whole = false;
    for _ in 0..MAX_PAGES {
        let as_of = height.map_or_else(String::new, |height| format!("&as_of_height={height}"));
        let path = &format!("/v1/certificates?limit=1000&{query}{as_of}{after}");
        let ask = |client: NodeClient| async move { client.json::<Page>(path).await };
        let page = arguments.nodes.first(ask).await?;
        certificates.extend(page.certificates);
        // The ledger goes on; the answer does not.
        height.get_or_insert(page.height);
        let Some(next) = page.next else {
            is_whole = true;
            break;
        };
        // Checked: it becomes part of an address.
        match next.parse::<CertificateId>() {
            Ok(next) => after = format!("&after={next}"),
            Err(_) => break,
        }
    }
    let height = height.unwrap_or_default();
    let document = serde_json::json!({
        "height": height, "certificates": certificates, "complete": is_whole
    });
    output.described(&certificates, &document, |certificates| {
        Ok(describe_list(&listed, certificates, height, is_whole))
    })?;
    let hint = arguments.nodes.hint();
    output.next(&match certificates.first() {
        Some(first) => format!(
            "waybill certificate show {}-{}{hint}",
            first.issuance, first.first
        ),
        None => "waybill certificate issue --help".to_owned(),
    });
    Ok(Exit::Success)
}

/// Which certificates a list has.
#[derive(Clone, Debug)]
pub(super) enum Listed<'a> {
    /// Those of a member that have a status.
    OfOwner { owner: &'a str, status: &'a str },
    /// Those for what a device produced in an interval, of whatever status.
    OfDevice { device: &'a str, interval: String },
}

pub(super) fn describe_list(
    listed: &Listed<'_>,
    certificates: &[CertificatesReport],
    height: u64,
    is_whole: bool,
) -> String {
    if certificates.is_empty() && is_whole {
        return match listed {
            Listed::OfOwner { owner, status } => {
                let others: Vec<_> = CertificateStatus::WORDS
                    .into_iter()
                    .filter(|word| word != status)
                    .collect();
                format!(
                    "{owner} has no certificates that are {status} at height {height}; others are listed by \
                     --status: {}\n",
                    others.join(", ")
                )
            }
            Listed::OfDevice { device, interval } => format!(
                "nothing is certified of what {device} produced in {interval}, at height {height}\n"
            ),
        };
    }
    let rows: Vec<_> = certificates
        .iter()
        .take(MAX_SHOWN_ROWS)
        .map(|one| {
            vec![
                one.issuance.to_string(),
                format!("{} to {}", one.first, one.last),
                one.quantity_wh.to_string(),
                one.owner.clone(),
                format!(
                    "{}{}",
                    one.status,
                    used_for(one.beneficiary.as_deref(), one.meter.as_deref())
                ),
                one.carrier.clone(),
                one.device.clone(),
                format!("{}/{}", one.start, one.duration),
            ]
        })
        .collect();
    let header = [
        "issuance", "numbers", "Wh", "owner", "status", "carrier", "device", "interval",
    ];
    let mut text = table(&header, &rows);
    let hidden = certificates.len().saturating_sub(rows.len());
    if hidden > 0 {
        text.push_str(&format!("… and {hidden} more; --json prints all\n"));
    }
    let total = match listed {
        Listed::OfOwner { owner, status } => {
            let pieces = sum(certificates, &format!("{status} piece"), |_| true);
            format!("{pieces} of {owner}")
        }
        Listed::OfDevice { .. } => by_status(certificates),
    };
    text.push_str(&format!("\n{total}, at height {height}"));
    text.push_str(match is_whole {
        true => "\n",
        false => "; there are more than one list shows\n",
    });
    text
}

/// How much the certificates that were not withdrawn stand for, each status by itself, and what was withdrawn: that
/// may have been issued anew, and counts for nothing.
fn by_status(certificates: &[CertificatesReport]) -> String {
    const WITHDRAWN: &str = "withdrawn";
    let mut text = sum(certificates, "piece", |status| status != WITHDRAWN);
    let statuses: BTreeSet<_> = certificates
        .iter()
        .map(|one| one.status.as_str())
        .filter(|status| *status != WITHDRAWN)
        .collect();
    let parts: Vec<_> = statuses
        .into_iter()
        .map(|word| {
            sum(certificates, &format!("{word} piece"), |status| {
                status == word
            })
        })
        .collect();
    if !parts.is_empty() {
        text.push_str(&format!(" ({})", parts.join(", ")));
    }
    if certificates.iter().any(|one| one.status == WITHDRAWN) {
        let withdrawn = sum(certificates, "withdrawn piece", |status| {
            status == WITHDRAWN
        });
        text.push_str(&format!(", without {withdrawn}"));
    }
    text
}

fn sum(certificates: &[CertificatesReport], noun: &str, counts: impl Fn(&str) -> bool) -> String {
    let counted_ones = certificates.iter().filter(|one| counts(&one.status));
    let (wh, pieces) = counted_ones.fold((0u64, 0u64), |(wh, pieces), one| {
        (wh.saturating_add(one.quantity_wh), pieces.saturating_add(1))
    });
    format!("{wh} Wh in {}", counted(pieces, noun))
}
