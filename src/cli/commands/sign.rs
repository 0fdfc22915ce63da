//! `waybill sign`: a signed submission, without sending it.

use clap::Args;

use crate::cli::client::NodeClient;
use crate::cli::files::shell_word;
use crate::cli::member_arguments::{NodeArguments, RecordArguments, SigningArguments};
use crate::cli::output::{Output, counted};
use crate::cli::submitting::{
    PackError, RecordForm, SourceRecord, check_records, pack, read_records,
};
use crate::cli::{Exit, Failure};
use crate::crypto::SecretKey;
use crate::types::{Atomicity, LedgerId, Submission, SubmissionDocument, Timestamp};

/// Most complaints that a person is shown.
const MAX_SHOWN_COMPLAINTS: usize = 20;

/// Options of `waybill sign`.
#[derive(Args, Debug)]
#[command(
    after_help = "Prints the submission as JSON: one document, or an array if the records \
    need several. POST each document by itself to /v1/submissions of any node before it expires.\n\nExamples:\n  \
    waybill sign --member acme --key keys/writer.key --genesis genesis.json event.json > signed.json\n  \
    curl -H 'content-type: application/json' --data @signed.json http://127.0.0.1:7480/v1/submissions"
)]
pub struct SignArguments {
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    records: RecordArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &SignArguments, output: &Output) -> Result<Exit, Failure> {
    let secret = arguments.signing.secret()?;
    let groups = prepare(&arguments.records)?;
    let ledger = ledger(&arguments.signing, &arguments.nodes).await?;
    let expires = arguments.signing.expires()?;
    let mut documents = Vec::with_capacity(groups.len());
    for group in groups {
        let submission = sign(
            &arguments.signing,
            &arguments.records,
            &secret,
            ledger,
            expires,
            group,
        )?;
        documents.push(SubmissionDocument::from(&submission));
    }
    let text = match documents.as_slice() {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(several),
    }
    .map_err(|error| {
        Failure::new(
            Exit::Files,
            "the submission has no JSON form",
            error.to_string(),
            "send it with `waybill submit` instead",
        )
    })?;
    let nodes = arguments.nodes.clients()?;
    // For a file: what is signed is not changed, whoever reads it.
    output.data(&text)?;
    let url = nodes.first().map_or("http://NODE", NodeClient::url);
    let url = shell_word(format!("{url}/v1/submissions"));
    output.next(&post(documents.len(), &url));
    Ok(Exit::Success)
}

/// The command that posts what was signed: each document by itself, and not as an argument, which may be no longer than
/// 128 KiB.
fn post(documents: usize, url: &str) -> String {
    let post = "curl -H 'content-type: application/json' --data-binary";
    match documents {
        1 => format!("{post} @FILE {url}"),
        _ => format!(
            "jq -c '.[]' FILE | while IFS= read -r one; do printf %s \"$one\" | {post} @- {url}; done"
        ),
    }
}

/// Reads, checks and packs the records of the input.
///
/// # Errors
/// [`Failure`]; with file, place and reason of every record that fails the check.
pub(super) fn prepare(arguments: &RecordArguments) -> Result<Vec<Vec<SourceRecord>>, Failure> {
    let form = if arguments.kind.as_str() == "epcis.event" {
        RecordForm::EpcisDocuments
    } else {
        RecordForm::Bodies {
            kind: arguments.kind.clone(),
            version: arguments.version,
        }
    };
    let mut records = read_records(&arguments.inputs, &form)?;
    for source in &mut records {
        source.record.version = arguments.version;
    }
    if !arguments.no_check {
        let complaints = check_records(&records);
        if !complaints.is_empty() {
            let mut why: Vec<String> = complaints
                .iter()
                .take(MAX_SHOWN_COMPLAINTS)
                .map(|complaint| {
                    let place = if complaint.pointer.is_empty() {
                        "the whole record"
                    } else {
                        &complaint.pointer
                    };
                    format!("{}: at {place}: {}", complaint.file, complaint.reason)
                })
                .collect();
            if complaints.len() > MAX_SHOWN_COMPLAINTS {
                let more = complaints.len() - MAX_SHOWN_COMPLAINTS;
                why.push(format!("and {more} more"));
            }
            return Err(Failure::new(
                Exit::Files,
                format!(
                    "not valid: {} of {}; nothing was sent",
                    complaints.len(),
                    counted(records.len(), "record")
                ),
                why.join("\n"),
                "correct them: the nodes refuse them as well",
            ));
        }
    }
    let most = if arguments.atomic {
        usize::MAX
    } else {
        arguments.per_submission.into()
    };
    pack(records, most, atomicity(arguments)).map_err(|error| {
        let way_out = match &error {
            PackError::NotAtomic { .. } => "leave out --atomic, or submit fewer records at once",
            PackError::TooLarge { .. } => "anchor the document by its digest instead",
        };
        Failure::usage(error.to_string(), way_out)
    })
}

/// The ledger to sign for: as stated, or as the first node that answers says.
///
/// # Errors
/// [`Failure`].
pub(super) async fn ledger(
    signing: &SigningArguments,
    nodes: &NodeArguments,
) -> Result<LedgerId, Failure> {
    match signing.stated_ledger()? {
        Some(ledger) => Ok(ledger),
        None => {
            let status = nodes
                .first(|client| async move { client.status().await })
                .await?;
            Ok(status.ledger)
        }
    }
}

/// Signs a group of records.
///
/// # Errors
/// [`Failure`] if they do not make a submission.
pub(super) fn sign(
    signing: &SigningArguments,
    records: &RecordArguments,
    secret: &SecretKey,
    ledger: LedgerId,
    expires: Timestamp,
    group: Vec<SourceRecord>,
) -> Result<Submission, Failure> {
    Submission::sign(
        ledger,
        signing.member.clone(),
        secret,
        expires,
        atomicity(records),
        group.into_iter().map(|source| source.record).collect(),
    )
    .map_err(|error| Failure::usage(error.to_string(), "submit fewer records at once"))
}

fn atomicity(arguments: &RecordArguments) -> Atomicity {
    if arguments.atomic {
        Atomicity::AllOrNothing
    } else {
        Atomicity::Independent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_is_posted_by_itself() {
        let url = "http://a:1/v1/submissions";
        let one = post(1, url);
        assert!(
            one.ends_with(&format!("--data-binary @FILE {url}")),
            "{one}"
        );
        let several = post(2, url);
        assert!(several.starts_with("jq -c '.[]' FILE |"), "{several}");
        let piped =
            format!("| curl -H 'content-type: application/json' --data-binary @- {url}; done");
        assert!(several.ends_with(&piped), "{several}");
    }
}
