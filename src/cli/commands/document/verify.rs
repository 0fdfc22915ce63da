//! `waybill document verify`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::VerifyArguments;
use super::digest::digest_file;
use crate::cli::client::{ClientError, NodeClient};
use crate::cli::commands::proof;
use crate::cli::files::read_bounded;
use crate::cli::output::{Output, table};
use crate::cli::{Exit, Failure};
use crate::crypto::Sha256Digest;
use crate::crypto::tlog_proof::MAX_TLOG_PROOF_BYTES;
use crate::records::document;
use crate::types::limits::MAX_ENTRY_BYTES;
use crate::types::{Decode, Entry, EntryContent, Outcome};

/// Most anchors that are shown.
const MAX_SHOWN_ANCHORS: usize = 20;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct DocumentReport {
    height: u64,
    sha256: String,
    count: u64,
    first: AnchorReport,
    anchors: Vec<AnchorReport>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct AnchorReport {
    size_bytes: u64,
    media_type: String,
    title: String,
    things: Vec<String>,
    entries: Vec<u64>,
    signed: SignedReport,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct SignedReport {
    index: u64,
    height: u64,
    time: String,
    member: String,
    key: String,
    submission: String,
    proof: String,
}

/// Checks whether a file is anchored.
///
/// # Errors
/// [`Failure`] if a file cannot be read, or no node answers.
pub(super) async fn verify(arguments: &VerifyArguments, output: &Output) -> Result<Exit, Failure> {
    let (digest, bytes) = digest_file(&arguments.file, output)?;
    if let Some(proof) = &arguments.proof {
        return offline(arguments, proof, (&digest, bytes), output);
    }
    let path = &format!("/v1/documents/{digest}?limit={MAX_SHOWN_ANCHORS}");
    let ask = |client: NodeClient| async move { client.json::<DocumentReport>(path).await };
    let report = match arguments.nodes.first(ask).await {
        Ok(report) => report,
        Err(ClientError::Problem { problem, .. }) if problem.code() == "no-such-document" => {
            output.result(
                &format!(
                    "NOT anchored: no document with the bytes of {} is\nsha256  {digest}\n",
                    arguments.file.display()
                ),
                &json!({"anchored": false, "sha256": digest.to_string()}),
            )?;
            return Ok(Exit::CheckFailed);
        }
        Err(error) => return Err(error.into()),
    };
    let (_, document) = describe(&report, bytes);
    output.described(&report, &document, |report| Ok(describe(report, bytes).0))?;
    output.next(&format!(
        "waybill proof get {}{}     to show it without any node",
        report.first.signed.index,
        arguments.nodes.hint()
    ));
    Ok(Exit::Success)
}

/// What is told of an anchored file of so many bytes. The digest decides that it is the document; an anchor that states
/// another length is wrong about that, and named.
pub(super) fn describe(report: &DocumentReport, bytes: u64) -> (String, Value) {
    let rows: Vec<_> = report.anchors.iter().map(row).collect();
    let first = &report.first;
    let mut text = format!(
        "anchored: {} was first, at {} in entry {}\nsha256  {}, {bytes} bytes\n\n",
        first.signed.member, first.signed.time, first.signed.index, report.sha256
    );
    text.push_str(&table(&["entry", "by", "at", "as", "type", "bytes"], &rows));
    let more = report.count.saturating_sub(report.anchors.len() as u64);
    if more > 0 {
        text.push_str(&format!("… and {more} more\n"));
    }
    let shown = report.anchors.iter();
    let is_shown = shown
        .clone()
        .any(|anchor| anchor.signed.index == first.signed.index);
    let all = (!is_shown).then_some(first).into_iter().chain(shown);
    let wrong: Vec<_> = all.filter(|anchor| anchor.size_bytes != bytes).collect();
    if !wrong.is_empty() {
        text.push('\n');
    }
    for anchor in &wrong {
        // Against the first anchor's length, which may be the wrong one.
        let flag = if anchor.size_bytes == first.size_bytes {
            ""
        } else {
            ", and is flagged size-differs"
        };
        text.push_str(&format!(
            "warning: entry {} by {} states {} bytes, which are not the file's {bytes}{flag}\n",
            anchor.signed.index, anchor.signed.member, anchor.size_bytes
        ));
    }
    text.push_str(&format!("\nat height {}\n", report.height));
    let wrong: Vec<u64> = wrong.iter().map(|anchor| anchor.signed.index).collect();
    let document = json!({
        "anchored": true,
        "sizeBytes": bytes,
        "otherSizes": wrong,
        "document": report,
    });
    (text, document)
}

fn row(anchor: &AnchorReport) -> Vec<String> {
    vec![
        anchor.signed.index.to_string(),
        anchor.signed.member.clone(),
        anchor.signed.time.clone(),
        anchor.title.clone(),
        anchor.media_type.clone(),
        anchor.size_bytes.to_string(),
    ]
}

/// Checks a proof, and that its entry anchors the file.
fn offline(
    arguments: &VerifyArguments,
    path: &Path,
    file: (&Sha256Digest, u64),
    output: &Output,
) -> Result<Exit, Failure> {
    let (policy, genesis_ledger) = arguments.trust.require()?;
    let proof = read_bounded(path, MAX_TLOG_PROOF_BYTES as u64)?;
    let entry_path = arguments
        .entry
        .clone()
        .unwrap_or_else(|| path.with_extension("entry"));
    let entry = read_bounded(&entry_path, MAX_ENTRY_BYTES as u64)?;
    let ledger = arguments.ledger.or(genesis_ledger);
    let mut checks = proof::check(&proof, &entry, &policy, ledger);
    checks.push(proof::Check {
        name: "document",
        result: anchors(&entry, file),
        meaning: "this entry does not anchor this file: it is the proof of another entry, or the file was changed, be it a space",
    });
    proof::report(&checks, output)
}

/// Whether an entry anchors the document of a digest, and whether it states its length in bytes.
pub(super) fn anchors(
    entry: &[u8],
    (digest, bytes): (&Sha256Digest, u64),
) -> Result<String, String> {
    let entry = Entry::from_bytes(entry).map_err(|error| error.to_string())?;
    let EntryContent::Submitted(submitted) = entry.content else {
        return Err("the entry is no submitted record".to_owned());
    };
    if submitted.record.kind.as_str() != document::ANCHOR {
        return Err(format!(
            "the entry is of the kind {}",
            submitted.record.kind
        ));
    }
    if !submitted.outcome.took_effect() {
        return Err("the entry was not accepted".to_owned());
    }
    let anchor = document::check(&submitted.record.body).map_err(|error| error.to_string())?;
    if anchor.sha256 != *digest {
        return Err(format!(
            "the entry anchors a document of the digest {}, the file has {digest}",
            anchor.sha256
        ));
    }
    let mut told = format!(
        "{} anchored it at {} as {:?}",
        submitted.member, entry.time, &*anchor.title
    );
    if anchor.size_bytes != bytes {
        told.push_str(&format!(
            "; warning: it states {} bytes, which are not the file's {bytes}",
            anchor.size_bytes
        ));
    }
    if let Outcome::Flagged { flags } = &submitted.outcome {
        for flag in flags {
            told.push_str(&format!("; flagged {}: {}", flag.code(), flag.reason()));
        }
    }
    Ok(told)
}
