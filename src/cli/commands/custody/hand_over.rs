//! Claiming goods, and handing them over.

use serde_json::{Value, json};

use super::report::ProposalReport;
use super::{
    AcceptArguments, CircumstanceArguments, ClaimArguments, ProposeArguments, RejectArguments,
    WithdrawArguments,
};
use crate::cli::client::NodeClient;
use crate::cli::commands::record::{PutRecord, entry_kind, put_record};
use crate::cli::files::shell_word;
use crate::cli::member_arguments::{NodeArguments, SigningArguments, now};
use crate::cli::output::{Output, counted};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};
use crate::contracts::MAX_CUSTODY_PROPOSAL_LIFETIME_MS;
use crate::crypto::Sha256Digest;
use crate::records::custody::{self, CustodyProposal};
use crate::types::Timestamp;

/// Most things of a proposal that a person is shown before it is answered.
const MAX_SHOWN_THINGS: usize = 20;

/// Claims things.
///
/// # Errors
/// [`Failure`] if the ledger does not take the claim.
pub(super) async fn claim(arguments: &ClaimArguments, output: &Output) -> Result<Exit, Failure> {
    let mut body = json!({"things": arguments.ids});
    state(&arguments.circumstances, &mut body);
    let body = checked(body, |bytes| custody::check_claim(bytes).map(|_| ()))?;
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let put = put_record(signing, nodes, custody::CLAIM, &body).await?;
    let (member, count) = (&signing.member, arguments.ids.len());
    let text = format!(
        "claimed: {member} holds {} since entry {}\n",
        counted(count, "thing"),
        put.index
    );
    output.result(&text, &outcome(&put, "claimed"))?;
    if let Some(first) = arguments.ids.first() {
        output.next(&format!(
            "waybill custody show {}{}",
            shell_word(first),
            nodes.hint()
        ));
    }
    Ok(Exit::Success)
}

/// Proposes to hand things over.
///
/// # Errors
/// [`Failure`] if the ledger does not take the proposal.
pub(super) async fn propose(
    arguments: &ProposeArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let ahead_ms = i64::try_from(arguments.open_for.as_millis()).unwrap_or(i64::MAX);
    if !(1..=MAX_CUSTODY_PROPOSAL_LIFETIME_MS).contains(&ahead_ms) {
        return Err(Failure::usage(
            format!(
                "--open-for is {ahead_ms} ms, the ledger takes 1 to \
                 {MAX_CUSTODY_PROPOSAL_LIFETIME_MS}"
            ),
            "give at most 90d",
        ));
    }
    // Block time may lag behind this clock: at the limit, leave the ledger a minute.
    let ahead_ms = ahead_ms.min(MAX_CUSTODY_PROPOSAL_LIFETIME_MS - 60_000);
    let expires = Timestamp::from_ms(now().as_ms().saturating_add(ahead_ms));
    let mut body = json!({
        "things": arguments.ids,
        "to": arguments.to,
        "expires": expires.to_string(),
    });
    state(&arguments.circumstances, &mut body);
    let body = checked(body, |bytes| custody::check_proposal(bytes).map(|_| ()))?;
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let put = put_record(signing, nodes, custody::PROPOSAL, &body).await?;
    let text = format!(
        "proposal {}: {} to {}, until {expires}\n",
        put.index,
        counted(arguments.ids.len(), "thing"),
        arguments.to
    );
    output.result(&text, &outcome(&put, "open"))?;
    output.next(&format!(
        "waybill custody accept {} --member {} --key FILE{}     by {}",
        put.index,
        arguments.to,
        nodes.hint(),
        arguments.to
    ));
    Ok(Exit::Success)
}

/// Accepts a proposal.
///
/// # Errors
/// [`Failure`] if the node shows another text than it says, or the ledger does not take the answer.
pub(super) async fn accept(arguments: &AcceptArguments, output: &Output) -> Result<Exit, Failure> {
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let mut body = json!({});
    state(&arguments.circumstances, &mut body);
    let about = (arguments.index, custody::ACCEPTANCE);
    answer(signing, nodes, about, body, output).await
}

/// Rejects a proposal.
///
/// # Errors
/// [`Failure`] if the node shows another text than it says, or the ledger does not take the answer.
pub(super) async fn reject(arguments: &RejectArguments, output: &Output) -> Result<Exit, Failure> {
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let mut body = json!({"reason": arguments.reason});
    state(&arguments.circumstances, &mut body);
    let about = (arguments.index, custody::REJECTION);
    answer(signing, nodes, about, body, output).await
}

/// Withdraws a proposal.
///
/// # Errors
/// [`Failure`] if the node shows another text than it says, or the ledger does not take the answer.
pub(super) async fn withdraw(
    arguments: &WithdrawArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let mut body = json!({});
    if let Some(reason) = &arguments.reason {
        body["reason"] = json!(reason);
    }
    let about = (arguments.index, custody::WITHDRAWAL);
    answer(signing, nodes, about, body, output).await
}

async fn answer(
    signing: &SigningArguments,
    nodes: &NodeArguments,
    (index, kind): (u64, &str),
    mut body: Value,
    output: &Output,
) -> Result<Exit, Failure> {
    let path = &format!("/v1/records/{index}");
    let ask = |client: NodeClient| async move { client.json::<Value>(path).await };
    let entry = nodes.first(ask).await?;
    let record = &entry["record"];
    if record["kind"].as_str() != Some(custody::PROPOSAL) {
        return Err(Failure::new(
            Exit::Refused,
            format!("entry {index} is no proposal to hand things over"),
            format!("it is {}", entry_kind(&entry)),
            format!(
                "waybill custody open --member {}{}",
                signing.member,
                nodes.hint()
            ),
        )
        .in_others_words());
    }
    // What is answered is the text that is shown, whatever the node calls it.
    let text = record["body"].as_str().unwrap_or_default();
    let digest = Sha256Digest::of(text.as_bytes());
    let proposed = custody::check_proposal(text.as_bytes()).map_err(|error| {
        Failure::new(
            Exit::CheckFailed,
            "the node's answer is not to be trusted",
            format!("entry {index} is said to be a proposal, and is none: {error}"),
            "ask another node",
        )
        .in_others_words()
    })?;
    let from = record_member(&entry);
    output.preview(&describe(index, from, &proposed));
    let before = proposal(nodes, index).await?;
    if before.digest != digest.to_string() {
        return Err(Failure::new(
            Exit::CheckFailed,
            "the node's answer is not to be trusted",
            format!(
                "the text of entry {index} has the digest {digest}, the proposal {}",
                before.digest
            ),
            "ask another node",
        )
        .in_others_words());
    }
    body["proposal"] = json!(index);
    body["digest"] = json!(digest.to_string());
    put_record(signing, nodes, kind, &body.to_string()).await?;
    let after = proposal(nodes, index).await?;
    output.report(&after, |after| {
        let holder = if after.status == "accepted" {
            &after.to
        } else {
            &after.from
        };
        Ok(format!(
            "proposal {index} is {}: {holder} holds {}\n",
            after.status,
            counted(after.things.len(), "thing")
        ))
    })?;
    if let Some(first) = after.things.first() {
        output.next(&format!(
            "waybill custody chain {}{}",
            shell_word(first),
            nodes.hint()
        ));
    }
    Ok(Exit::Success)
}

/// Who signed the record of an entry.
fn record_member(entry: &Value) -> &str {
    entry["member"].as_str().unwrap_or("another member")
}

/// What a proposal says, before it is answered.
fn describe(index: u64, from: &str, proposed: &CustodyProposal) -> String {
    let mut text = format!(
        "entry {index}: {} proposes {} to {}, until {}",
        plain(from),
        counted(proposed.things.len(), "thing"),
        proposed.to,
        proposed.expires
    );
    if let Some(place) = &proposed.place {
        text.push_str(&format!(", at {}", plain(place)));
    }
    for thing in proposed.things.iter().take(MAX_SHOWN_THINGS) {
        text.push_str(&format!("\n  {}", plain(thing)));
    }
    if proposed.things.len() > MAX_SHOWN_THINGS {
        let more = proposed.things.len() - MAX_SHOWN_THINGS;
        text.push_str(&format!(
            "\n  and {more} more: waybill get {index} shows them"
        ));
    }
    text
}

async fn proposal(nodes: &NodeArguments, index: u64) -> Result<ProposalReport, Failure> {
    let path = &format!("/v1/custody/proposals/{index}");
    let ask = |client: NodeClient| async move { client.json(path).await };
    Ok(nodes.first(ask).await?)
}

/// Where, and what others can look at.
fn state(circumstances: &CircumstanceArguments, body: &mut Value) {
    if let Some(place) = &circumstances.place {
        body["place"] = json!(place);
    }
    if let Some(document) = &circumstances.document {
        body["evidence"] = json!({"document": document.to_string()});
    }
    if let Some(entry) = circumstances.entry {
        body["evidence"] = json!({"entry": entry});
    }
}

/// The body as it is signed, once the family has taken it.
fn checked(
    body: Value,
    check: impl Fn(&[u8]) -> Result<(), crate::records::BodyError>,
) -> Result<String, Failure> {
    let text = body.to_string();
    match check(text.as_bytes()) {
        Ok(()) => Ok(text),
        Err(error) => Err(Failure::usage(
            error.to_string(),
            "name things by EPC URNs, GS1 Digital Links or other URIs; see --help",
        )),
    }
}

fn outcome(put: &PutRecord, status: &str) -> Value {
    json!({"index": put.index, "status": status, "outcome": put.outcome})
}
