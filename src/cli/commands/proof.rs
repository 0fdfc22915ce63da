//! `waybill proof`: getting an entry's proof, and verifying one without any node.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::trust::TrustArguments;
use crate::cli::client::{ClientError, NodeClient};
use crate::cli::files::{read_bounded, shell_word, write_new};
use crate::cli::member_arguments::{NodeArguments, parse_duration};
use crate::cli::output::{Output, counted};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::crypto::merkle::{leaf_hash, verify_inclusion};
use crate::crypto::policy::Policy;
use crate::crypto::tlog_proof::{MAX_TLOG_PROOF_BYTES, TlogProof};
use crate::ledger::{RecordReceipt, RecordReceiptError};
use crate::records::epcis::split;
use crate::types::limits::MAX_ENTRY_BYTES;
use crate::types::{Decode, Entry, EntryContent, LedgerId, LogIndex, Outcome};

/// Largest file that a record is compared with, in bytes: a document with many events.
const MAX_RECORD_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// How long to wait between two questions for a proof that is not there yet.
const PAUSE: Duration = Duration::from_millis(500);

/// Options of `waybill proof`.
#[derive(Args, Debug)]
pub struct ProofArguments {
    #[command(subcommand)]
    command: ProofCommand,
}

#[derive(Subcommand, Debug)]
enum ProofCommand {
    /// Get the proof of an entry, and the entry, as two files
    #[command(
        after_help = "Writes INDEX.tlog-proof (C2SP tlog-proof: other tools verify it as \
        well) and INDEX.entry (the entry's canonical bytes) beside it.\n\nExamples:\n  \
        waybill proof get 0\n  waybill proof get 0 --output evidence/delivery.tlog-proof"
    )]
    Get(GetArguments),
    /// Verify a proof offline: nothing is asked of any node
    #[command(
        after_help = "Exit code 0 if everything that was checked holds, 1 if not. What is \
        checked: that a quorum of the policy's validators cosigned the checkpoint; that the entry \
        is in the log under it, byte for byte; that the author signed the record; and with \
        --record that the file is what was recorded.\n\nExamples:\n  \
        waybill proof verify 0.tlog-proof --genesis genesis.json\n  \
        waybill proof verify 0.tlog-proof --policy policy.txt --record event.json"
    )]
    Verify(VerifyArguments),
}

#[derive(Args, Debug)]
struct GetArguments {
    /// The entry's index in the log
    index: u64,

    /// Where the proof goes; the entry goes beside it [default: INDEX.tlog-proof]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How long to wait until a cosigned checkpoint covers the entry
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    timeout: Duration,

    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct VerifyArguments {
    /// The proof
    #[arg(value_name = "FILE")]
    proof: PathBuf,

    /// The entry's canonical bytes [default: the proof's name with .entry]
    #[arg(long, value_name = "FILE")]
    entry: Option<PathBuf>,

    /// A file that should be what was recorded: the record's body, or a document with the event
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// The ledger for which the author should have signed [default: that of --genesis]
    #[arg(long, value_name = "LEDGER-ID")]
    ledger: Option<LedgerId>,

    #[command(flatten)]
    trust: TrustArguments,
}

#[derive(Deserialize)]
struct Canonical {
    canonical: String,
}

#[derive(Deserialize)]
struct Located {
    height: u64,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &ProofArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        ProofCommand::Get(arguments) => get(arguments, output).await,
        ProofCommand::Verify(arguments) => verify(arguments, output),
    }
}

async fn get(arguments: &GetArguments, output: &Output) -> Result<Exit, Failure> {
    let index = arguments.index;
    let deadline = Instant::now() + arguments.timeout;
    let (client, text) = loop {
        let ask = |client: NodeClient| async move {
            let text = client.proof(LogIndex(index)).await?;
            Ok((client, text))
        };
        match arguments.nodes.first(ask).await {
            Err(ClientError::Problem { problem, .. })
                if problem.code() == "no-checkpoint-yet" && Instant::now() + PAUSE < deadline =>
            {
                sleep(PAUSE).await;
            }
            other => break other?,
        }
    };
    let unexpected = |reason: String| ClientError::Unexpected {
        url: client.url().to_owned(),
        reason,
    };
    let record: Canonical = client.json(&format!("/v1/records/{index}")).await?;
    let entry = STANDARD
        .decode(&record.canonical)
        .map_err(|error| unexpected(error.to_string()))?;
    let proof = TlogProof::parse(text.as_bytes()).map_err(|error| unexpected(error.to_string()))?;
    // Before it is kept as evidence: is it a proof of this entry at all?
    let checkpoint = proof.checkpoint().checkpoint();
    verify_inclusion(
        index,
        checkpoint.size(),
        &leaf_hash(&entry),
        proof.path(),
        checkpoint.root(),
    )
    .map_err(|error| unexpected(format!("the proof does not prove the entry: {error}")))?;
    let path = arguments
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{index}.tlog-proof")));
    let entry_path = path.with_extension("entry");
    write_new(&path, text.as_bytes())?;
    write_new(&entry_path, &entry)?;
    output.result(
        &format!(
            "wrote {}: entry {index} in the log of {} of {}\nwrote {}: the entry\n",
            path.display(),
            counted(checkpoint.size(), "entry"),
            plain(&checkpoint.origin().to_string()),
            entry_path.display()
        ),
        &json!({"proof": path, "entry": entry_path, "index": index, "logSize": checkpoint.size()}),
    )?;
    output.next(&next_step(&client, &path, checkpoint.size()).await);
    Ok(Exit::Success)
}

/// How to verify a proof under a log of a size, by a node's word on who the validators are. The genesis document does as long as they
/// are those that it names; for others the policy of the checkpoint's height is needed, and is worth what it is compared
/// with.
async fn next_step(client: &NodeClient, proof: &Path, log_size: u64) -> String {
    let word = shell_word(proof);
    match height_of_other_validators(client, log_size).await {
        None => format!("waybill proof verify {word} --genesis FILE"),
        Some(height) => {
            let policy = shell_word(proof.with_extension("policy"));
            let url = shell_word(format!("{}/policy?height={height}", client.url()));
            let verify = format!("waybill proof verify {word} --policy {policy} --genesis FILE");
            format!(
                "curl -s {url} > {policy} && {verify}     the validators are others than those of the genesis \
                 document: compare the policy with that of other members' nodes"
            )
        }
    }
}

/// The height whose validators sign for a log of a size, if a node says that they are others than the first ones.
async fn height_of_other_validators(client: &NodeClient, log_size: u64) -> Option<u64> {
    // The last entry of a block is that block's own.
    let last: Located = client
        .json(&format!("/v1/records/{}", log_size.checked_sub(1)?))
        .await
        .ok()?;
    let first = client.bytes("/policy?height=1").await.ok()?;
    let own = format!("/policy?height={}", last.height);
    (client.bytes(&own).await.ok()? != first).then_some(last.height)
}

impl VerifyArguments {
    /// The same once more, and a file beside it.
    fn with_record(&self) -> String {
        let mut command = format!("waybill proof verify {}", shell_word(&self.proof));
        if let Some(entry) = &self.entry {
            command.push_str(&format!(" --entry {}", shell_word(entry)));
        }
        if let Some(ledger) = &self.ledger {
            command.push_str(&format!(" --ledger {ledger}"));
        }
        command.push_str(&self.trust.hint());
        command + " --record FILE     to compare it with a file"
    }
}

/// One thing that was checked.
pub(super) struct Check {
    pub(super) name: &'static str,
    /// What holds, or why it does not.
    pub(super) result: Result<String, String>,
    /// What it means if it does not hold.
    pub(super) meaning: &'static str,
}

fn verify(arguments: &VerifyArguments, output: &Output) -> Result<Exit, Failure> {
    let (policy, genesis_ledger) = arguments.trust.require()?;
    let proof_bytes = read_bounded(&arguments.proof, MAX_TLOG_PROOF_BYTES as u64)?;
    let entry_path = arguments
        .entry
        .clone()
        .unwrap_or_else(|| arguments.proof.with_extension("entry"));
    let entry = read_bounded(&entry_path, MAX_ENTRY_BYTES as u64)?;
    let mut checks = check(
        &proof_bytes,
        &entry,
        &policy,
        arguments.ledger.or(genesis_ledger),
    );
    if let Some(path) = &arguments.record {
        checks.push(check_record(path, &entry)?);
    }
    let exit = report(&checks, output)?;
    if exit == Exit::Success && arguments.record.is_none() {
        output.next(&arguments.with_record());
    }
    Ok(exit)
}

/// Tells what was checked, and whether all of it holds.
///
/// # Errors
/// [`Failure`] if it cannot be told.
pub(super) fn report(checks: &[Check], output: &Output) -> Result<Exit, Failure> {
    let verified = checks.iter().all(|check| check.result.is_ok());
    let mut text = String::new();
    for check in checks {
        match &check.result {
            Ok(detail) => {
                let _ = writeln!(text, "  holds   {}: {}", check.name, plain(detail));
            }
            Err(reason) => {
                let _ = writeln!(text, "  FAILS   {}: {}", check.name, plain(reason));
                let _ = writeln!(text, "          {}", check.meaning);
            }
        }
    }
    text.push_str(if verified {
        "\nverified: everything above holds, whatever any node says\n"
    } else {
        "\nNOT verified\n"
    });
    let documents: Vec<_> = checks
        .iter()
        .map(|check| match &check.result {
            Ok(detail) => json!({"check": check.name, "holds": true, "detail": detail}),
            Err(reason) => json!({"check": check.name, "holds": false, "detail": reason, "meaning": check.meaning}),
        })
        .collect();
    output.result(&text, &json!({"verified": verified, "checks": documents}))?;
    Ok(if verified {
        Exit::Success
    } else {
        Exit::CheckFailed
    })
}

/// Checks a proof, and the author's signature if the proof has one.
pub(super) fn check(
    proof: &[u8],
    entry: &[u8],
    policy: &Policy,
    ledger: Option<LedgerId>,
) -> Vec<Check> {
    let proof = match TlogProof::parse(proof) {
        Ok(proof) => proof,
        Err(error) => {
            return vec![Check {
                name: "proof",
                result: Err(error.to_string()),
                meaning: "the file was damaged, or is no proof",
            }];
        }
    };
    let signed = proof.checkpoint().checkpoint();
    let quorum = proof.checkpoint().verify(policy).map(|verified| {
        let names: Vec<_> = verified
            .cosignatures()
            .iter()
            .map(|cosignature| cosignature.name.to_string())
            .collect();
        format!(
            "{} of {}, cosigned by {}",
            counted(signed.size(), "entry"),
            signed.origin(),
            names.join(", ")
        )
    });
    let inclusion = verify_inclusion(
        proof.index(),
        signed.size(),
        &leaf_hash(entry),
        proof.path(),
        signed.root(),
    );
    vec![
        Check {
            name: "checkpoint",
            result: quorum.map_err(|error| error.to_string()),
            meaning: "too few of the validators that you trust stand for this state of the log: \
                      it may be made up, or the validators have changed since your policy or genesis \
                      document. GET /policy?height=HEIGHT of a node that you trust gives the policy of \
                      the validators of a height: --policy FILE",
        },
        Check {
            name: "entry",
            result: inclusion
                .map(|()| format!("these bytes are entry {} of that log", proof.index()))
                .map_err(|error| error.to_string()),
            meaning: "the entry is not in that log, or not every byte is as it was logged",
        },
        check_content(entry, proof.extra(), ledger),
    ]
}

fn check_content(entry: &[u8], extra: &[u8], ledger: Option<LedgerId>) -> Check {
    let meaning = "the log says that the member sent it, and the member's signature does not: \
                   the author may deny it";
    let name = "author";
    let read = match Entry::from_bytes(entry) {
        Ok(read) => read,
        Err(error) => {
            return Check {
                name,
                result: Err(format!("the entry cannot be read: {error}")),
                meaning: "it was damaged, or written by a newer program",
            };
        }
    };
    let EntryContent::Submitted(submitted) = &read.content else {
        return Check {
            name,
            result: by_ledger(&read, extra),
            meaning: "the ledger made the entry by itself, and nobody signs for it: somebody has \
                      put a signature to it that means nothing",
        };
    };
    let receipt = match RecordReceipt::from_bytes(extra) {
        Ok(receipt) => receipt,
        Err(error) => {
            return Check {
                name,
                result: Err(format!("the proof has no readable receipt: {error}")),
                meaning,
            };
        }
    };
    let ledger_id = ledger.unwrap_or(receipt.header().ledger);
    let result = receipt.verify(&ledger_id, entry).map(|_| {
        let outcome = match &submitted.outcome {
            Outcome::Accepted => "accepted".to_owned(),
            Outcome::Flagged { flags } => {
                let flags: Vec<String> = flags
                    .iter()
                    .map(|flag| format!("{}: {}", flag.code(), flag.reason()))
                    .collect();
                format!("accepted, flagged ({})", flags.join("; "))
            }
            Outcome::Rejected(rejection) => {
                format!("REJECTED ({}: {})", rejection.code(), rejection.reason())
            }
            Outcome::Duplicate { of } => format!("a duplicate of entry {of}"),
        };
        let note = if ledger.is_none() {
            " (compare this id: no --ledger or --genesis said which)"
        } else {
            ""
        };
        format!(
            "{} signed this {} with key {} for ledger {ledger_id}{note}; in block {} at {} it was \
             {outcome}",
            submitted.member, submitted.record.kind, submitted.key, read.height, read.time
        )
    });
    let meaning = match &result {
        Err(RecordReceiptError::OtherLedger { .. }) => {
            "the member signed it for another ledger than the one that you named"
        }
        _ => meaning,
    };
    Check {
        name,
        result: result.map_err(|error| error.to_string()),
        meaning,
    }
}

/// An entry that the ledger made has no author, and its proof no receipt.
fn by_ledger(entry: &Entry, extra: &[u8]) -> Result<String, String> {
    if !extra.is_empty() {
        return Err("the proof has a receipt, as only submitted records do".to_owned());
    }
    let what = match &entry.content {
        EntryContent::Derived { record, .. } => format!(", a record of the kind {}", record.kind),
        _ => String::new(),
    };
    Ok(format!(
        "none: the ledger made this entry by itself{what}, in block {} at {}",
        entry.height, entry.time
    ))
}

/// Whether a file is the entry's record, or a document that has it.
fn check_record(path: &Path, entry: &[u8]) -> Result<Check, Failure> {
    let bytes = read_bounded(path, MAX_RECORD_FILE_BYTES)?;
    let body = match Entry::from_bytes(entry).map(|entry| entry.content) {
        Ok(EntryContent::Submitted(submitted)) => Some(submitted.record.body),
        Ok(EntryContent::Derived { record, .. }) => Some(record.body),
        _ => None,
    };
    let shown = path.display();
    let result = match body {
        None => Err("the entry holds no record".to_owned()),
        Some(body) if body == bytes => Ok(format!("{shown} is the record, byte for byte")),
        Some(body) => std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| split(text.trim_start_matches('\u{feff}')).ok())
            .and_then(|pieces| {
                let mut pieces = pieces.into_iter();
                pieces.find(|piece| piece.body.as_bytes() == body)
            })
            .map(|piece| format!("it is what stands at {:?} in {shown}", piece.pointer))
            .ok_or_else(|| format!("{shown} is not the record, nor a document that has it")),
    };
    Ok(Check {
        name: "record",
        result,
        meaning: "the file is not what was recorded: one of them was changed, be it a space",
    })
}

#[cfg(test)]
mod tests;
