//! `waybill checkpoint`: whether several nodes show one log.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::trust::TrustArguments;
use crate::cli::client::NodeClient;
use crate::cli::files::{read_bounded, shell_word, write_new};
use crate::cli::misbehaviour::Misbehaviour;
use crate::cli::output::{Output, counted};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::crypto::checkpoint::SignedCheckpoint;
use crate::crypto::merkle::verify_consistency;
use crate::crypto::policy::Policy;

/// Largest file with a proof of misbehaviour, in bytes.
const MAX_MISBEHAVIOUR_BYTES: u64 = 4 * 1024 * 1024;

/// Options of `waybill checkpoint`.
#[derive(Args, Debug)]
pub struct CheckpointArguments {
    #[command(subcommand)]
    command: CheckpointCommand,
}

#[derive(Subcommand, Debug)]
enum CheckpointCommand {
    /// Compare the checkpoints of several nodes
    #[command(
        after_help = "Each checkpoint has to be cosigned by a quorum of the policy, and each \
        smaller log has to be the beginning of each larger one. Two signed checkpoints that \
        contradict each other become a file that proves, to anybody who has the policy, who signed \
        both.\n\nExit code 0 if all agree, 1 if not.\n\nExamples:\n  \
        waybill checkpoint compare http://a:7480 http://b:7480 --genesis genesis.json"
    )]
    Compare(CompareArguments),
    /// Verify a proof of misbehaviour that somebody else made
    #[command(
        after_help = "Exit code 0 if it proves that somebody signed two contradicting \
        checkpoints, 1 if not.\n\nExamples:\n  \
        waybill checkpoint verify-misbehaviour misbehaviour.json --genesis genesis.json"
    )]
    VerifyMisbehaviour(VerifyArguments),
}

#[derive(Args, Debug)]
struct CompareArguments {
    /// Addresses of the nodes, two or more
    #[arg(required = true, num_args = 2.., value_name = "URL")]
    urls: Vec<String>,

    /// Where a proof of misbehaviour goes, if there is one
    #[arg(long, value_name = "FILE", default_value = "misbehaviour.json")]
    output: PathBuf,

    #[command(flatten)]
    trust: TrustArguments,
}

#[derive(Args, Debug)]
struct VerifyArguments {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    trust: TrustArguments,
}

/// What the comparison of two checkpoints gave.
enum Verdict {
    /// The smaller log is the beginning of the larger one.
    Consistent,
    /// A node does not show that, and nothing is proved against anybody.
    NotShown(String),
    /// They contradict each other.
    Contradiction(Box<Misbehaviour>),
}

/// A node's checkpoint.
struct Found {
    client: NodeClient,
    signed: SignedCheckpoint,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &CheckpointArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        CheckpointCommand::Compare(arguments) => compare(arguments, output).await,
        CheckpointCommand::VerifyMisbehaviour(arguments) => verify(arguments, output),
    }
}

async fn compare(arguments: &CompareArguments, output: &Output) -> Result<Exit, Failure> {
    let (policy, _) = arguments.trust.require()?;
    let clients = arguments
        .urls
        .iter()
        .map(|url| NodeClient::new(url))
        .collect::<Result<Vec<_>, _>>()?;
    let texts = futures::future::join_all(clients.iter().map(|c| c.text("/checkpoint"))).await;
    let mut text = String::new();
    let mut documents = Vec::new();
    let mut found = Vec::new();
    let mut exit = Exit::Success;
    for (client, answer) in clients.into_iter().zip(texts) {
        let url = client.url().to_owned();
        let (line, document, found_exit) = match answer {
            Err(error) => (
                format!("no checkpoint: {}", plain(&error.why())),
                json!({"url": url, "error": error.why()}),
                Exit::Unreachable,
            ),
            Ok(note) => match judge(&note, &policy) {
                Ok(signed) => {
                    let checkpoint = signed.checkpoint();
                    let line = format!(
                        "{}, root {}",
                        counted(checkpoint.size(), "entry"),
                        checkpoint.root()
                    );
                    let document =
                        json!({"url": url, "size": checkpoint.size(), "root": checkpoint.root()});
                    found.push(Found { client, signed });
                    (line, document, Exit::Success)
                }
                Err(reason) => {
                    let mut line = format!("NOT trusted: {}", plain(&reason));
                    let mut document = json!({"url": url, "error": reason});
                    if is_signed_by_others(&client, &note, &policy).await {
                        let way_out = way_out_of_change(&url, &arguments.trust);
                        let _ = write!(line, "\n  {way_out}");
                        document["wayOut"] = json!(way_out);
                    }
                    (line, document, Exit::CheckFailed)
                }
            },
        };
        let _ = writeln!(text, "{url}: {line}");
        documents.push(document);
        exit = worse(exit, found_exit);
    }
    // In order of size each is compared with the next: what holds between neighbours holds for all.
    found.sort_by_key(|found| found.signed.checkpoint().size());
    let mut misbehaviour = None;
    for (small, large) in found.iter().zip(found.iter().skip(1)) {
        let names = format!("{} and {}", small.client.url(), large.client.url());
        match compare_pair(small, large).await {
            Verdict::Consistent => {
                let _ = writeln!(text, "{names} show one log");
            }
            Verdict::NotShown(reason) => {
                let reason = plain(&reason);
                let _ = writeln!(text, "{names}: NOT shown to be one log: {reason}");
                exit = Exit::CheckFailed;
            }
            Verdict::Contradiction(proof) => {
                let _ = writeln!(text, "{names} CONTRADICT each other");
                exit = Exit::CheckFailed;
                misbehaviour = Some(proof);
            }
        }
    }
    let mut document = json!({"consistent": exit == Exit::Success, "checkpoints": documents});
    if let Some(proof) = &misbehaviour {
        keep(proof, &policy, arguments, &mut text, &mut document)?;
    }
    output.result(&text, &document)?;
    output.next(&match misbehaviour {
        Some(_) => format!(
            "waybill checkpoint verify-misbehaviour {}{}     as the other members can, once they have the file",
            shell_word(&arguments.output),
            arguments.trust.hint()
        ),
        None => {
            let url = arguments.urls.first().map(shell_word).unwrap_or_default();
            format!("waybill proof get INDEX --url {url}")
        }
    });
    Ok(exit)
}

/// A check that came out negative outweighs a node that does not answer.
fn worse(one: Exit, other: Exit) -> Exit {
    if one == Exit::CheckFailed || other == Exit::CheckFailed {
        Exit::CheckFailed
    } else {
        one.max(other)
    }
}

fn judge(note: &str, policy: &Policy) -> Result<SignedCheckpoint, String> {
    let signed = SignedCheckpoint::parse(note.as_bytes()).map_err(|error| error.to_string())?;
    signed.verify(policy).map_err(|error| error.to_string())?;
    Ok(signed)
}

/// Whether a checkpoint that the policy does not trust has the signatures that the node itself says are needed. That
/// makes nobody believe it, and yet tells other validators from a forgery. A checkpoint of another ledger is neither.
async fn is_signed_by_others(client: &NodeClient, note: &str, trusted: &Policy) -> bool {
    let is_of_ledger = SignedCheckpoint::parse(note.as_bytes()).is_ok_and(|signed| {
        let origin = signed.checkpoint().origin();
        trusted.log_keys().any(|key| key.name() == origin)
    });
    if !is_of_ledger {
        return false;
    }
    let Ok(text) = client.bytes("/policy").await else {
        return false;
    };
    Policy::parse(&text).is_ok_and(|policy| judge(note, &policy).is_ok())
}

/// What helps when the validators are others than those that are trusted.
fn way_out_of_change(url: &str, trust: &TrustArguments) -> String {
    let since = match (&trust.policy, &trust.genesis) {
        (None, Some(path)) => format!("the genesis document {}", path.display()),
        (Some(path), _) => format!("the policy {}", path.display()),
        (None, None) => "the policy".to_owned(),
    };
    format!(
        "it is signed by the validators that the node itself names: they have changed since {since}, or the node \
         makes them up. What helps: curl -s NODE/policy > policy, of a node that you trust, and --policy policy; \
         waybill validator list --url {} shows them",
        shell_word(url)
    )
}

async fn compare_pair(small: &Found, large: &Found) -> Verdict {
    let (first, second) = (small.signed.checkpoint(), large.signed.checkpoint());
    if first.size() == second.size() {
        return if first.root() == second.root() {
            Verdict::Consistent
        } else {
            let proof = Misbehaviour::new(&small.signed, &large.signed, None);
            Verdict::Contradiction(Box::new(proof))
        };
    }
    if first.size() == 0 {
        return Verdict::Consistent;
    }
    // The node with the larger log has to show it; only its own root can accuse it.
    let shown = match large.client.consistency(first.size(), second.size()).await {
        Ok(shown) => shown,
        Err(error) => return Verdict::NotShown(error.why()),
    };
    let verify = |from_root| {
        verify_consistency(
            first.size(),
            second.size(),
            &shown.hashes,
            from_root,
            second.root(),
        )
    };
    match verify(first.root()) {
        Ok(()) => Verdict::Consistent,
        Err(error) if verify(&shown.from_root).is_err() => Verdict::NotShown(format!(
            "the proof of {} does not hold: {error}",
            large.client.url()
        )),
        Err(_) => {
            let proof = Misbehaviour::new(&small.signed, &large.signed, Some(shown));
            Verdict::Contradiction(Box::new(proof))
        }
    }
}

/// Writes a proof of misbehaviour, and says whom it accuses.
fn keep(
    proof: &Misbehaviour,
    policy: &Policy,
    arguments: &CompareArguments,
    text: &mut String,
    document: &mut serde_json::Value,
) -> Result<(), Failure> {
    let bytes = serde_json::to_vec_pretty(proof)
        .map_err(|error| Failure::file(&arguments.output, error, "try again"))?;
    write_new(&arguments.output, &bytes)?;
    let _ = writeln!(text, "\nwrote {}", arguments.output.display());
    match proof.accused(policy) {
        Ok(accused) => {
            for key in &accused {
                let _ = writeln!(text, "signed both: {}", plain(key));
            }
            document["accused"] = json!(accused);
        }
        Err(error) => {
            let _ = writeln!(text, "it accuses nobody: {}", plain(&error.to_string()));
        }
    }
    document["misbehaviour"] = json!(arguments.output);
    Ok(())
}

fn verify(arguments: &VerifyArguments, output: &Output) -> Result<Exit, Failure> {
    let (policy, _) = arguments.trust.require()?;
    let bytes = read_bounded(&arguments.file, MAX_MISBEHAVIOUR_BYTES)?;
    match Misbehaviour::parse(&bytes).and_then(|proof| proof.accused(&policy)) {
        Ok(accused) => {
            let mut text =
                String::from("proved: these keys signed two contradicting checkpoints\n");
            for key in &accused {
                let _ = writeln!(text, "  {}", plain(key));
            }
            output.result(&text, &json!({"proved": true, "accused": accused}))?;
            output.next("waybill member list    to see whose keys they are");
            Ok(Exit::Success)
        }
        Err(error) => {
            let reason = error.to_string();
            output.result(
                &format!("nothing is proved: {}\n", plain(&reason)),
                &json!({"proved": false, "reason": reason}),
            )?;
            output.next(&format!(
                "waybill checkpoint compare URL URL{}",
                arguments.trust.hint()
            ));
            Ok(Exit::CheckFailed)
        }
    }
}

#[cfg(test)]
mod tests;
