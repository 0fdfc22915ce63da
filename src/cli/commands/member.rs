//! `waybill member`: who is on the ledger, and changing that.

mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::governing::{TermsArguments, propose};
use super::record::put_record;
use super::sign;
use crate::cli::files::read_bounded;
use crate::cli::member_arguments::{NodeArguments, SigningArguments};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};
use crate::crypto::PublicKey;
use crate::node::keys::{KeyProofsDocument, ProvenKeyText, read_key};
use crate::types::{KeyProof, KeyPurpose, MemberId, ProvenKey, Role};

/// Largest document of key proofs, in bytes.
const MAX_PROOFS_BYTES: u64 = 64 * 1024;

/// The kind of record that changes a member's own keys.
const MEMBERSHIP_CHANGE: &str = "membership.change";

/// Options of `waybill member`.
#[derive(Args, Debug)]
pub struct MemberArguments {
    #[command(subcommand)]
    command: MemberCommand,
}

#[derive(Subcommand, Debug)]
#[allow(clippy::large_enum_variant)] // One lives.
enum MemberCommand {
    /// List the members of the ledger
    #[command(after_help = "Examples:\n  waybill member list --url http://127.0.0.1:7600")]
    List(ListArguments),
    /// Show a member: roles, and every key it has or had, with the heights at which it counts
    #[command(
        after_help = "Examples:\n  waybill member show acme\n  waybill member show acme --json"
    )]
    Show(ShowArguments),
    /// Propose that an enterprise becomes a member, or comes back
    #[command(
        after_help = "PROOFS is what the enterprise made with `waybill keys prove`. Its writer key \
        becomes its first key, and its network key is registered with it, so that its node can \
        follow. The governing members decide, as on contracts.\n\nExamples:\n  \
        waybill member propose-add acme-proofs.json --role producer --reason \"our new dairy\" --member beta --key keys/writer.key"
    )]
    ProposeAdd(ProposeAddArguments),
    /// Propose that a member's roles are these and no others
    #[command(
        after_help = "Who has the role governor decides on proposals. Examples:\n  \
        waybill member propose-roles acme --role producer --role governor --reason \"agreed in May\" --member beta --key keys/writer.key"
    )]
    ProposeRoles(ProposeRolesArguments),
    /// Propose that a member is one no more
    #[command(
        after_help = "Its keys end with the next block, its history stays. Remove its validator \
        before. Examples:\n  \
        waybill member propose-remove acme --reason \"out of business\" --member beta --key keys/writer.key"
    )]
    ProposeRemove(ProposeRemoveArguments),
    /// Add a key of your own
    #[command(
        after_help = "The new key signs that it is yours. It counts from the next block on. \
        Examples:\n  waybill keys generate --member acme --only writer --folder laptop-keys\n  \
        waybill member add-key laptop-keys/writer.key --member acme --key keys/writer.key\n  \
        waybill member add-key follower/network.key --purpose network --member acme --key keys/writer.key"
    )]
    AddKey(AddKeyArguments),
    /// Revoke a key of your own
    #[command(
        after_help = "It counts no more from the next block on, and is never free again. The \
        keys of validators end with the validator. Examples:\n  \
        waybill member revoke-key 64-HEX-DIGITS --member acme --key laptop-keys/writer.key"
    )]
    RevokeKey(RevokeKeyArguments),
}

#[derive(Args, Debug)]
struct ListArguments {
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ShowArguments {
    /// The member
    id: MemberId,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ProposeAddArguments {
    /// The proofs of its keys
    #[arg(value_name = "PROOFS")]
    proofs: PathBuf,

    /// A role that it is to have; several times for several
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    #[command(flatten)]
    terms: TermsArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ProposeRolesArguments {
    /// The member
    id: MemberId,

    /// A role that it is to have; several times for several, none for no role
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    #[command(flatten)]
    terms: TermsArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct ProposeRemoveArguments {
    /// The member
    id: MemberId,
    #[command(flatten)]
    terms: TermsArguments,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct AddKeyArguments {
    /// The new key's file
    #[arg(value_name = "KEY-FILE")]
    new_key: PathBuf,

    /// What it is for
    #[arg(long, value_enum, default_value_t = OwnPurpose::Writer)]
    purpose: OwnPurpose,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Args, Debug)]
struct RevokeKeyArguments {
    /// The public key, 64 hexadecimal digits
    #[arg(value_name = "PUBLIC-KEY", value_parser = PublicKey::from_hex)]
    revoked: PublicKey,
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum OwnPurpose {
    /// Signs submissions
    Writer,
    /// Signs submissions that a node makes for callers who hold no key
    Gateway,
    /// Signs the tokens of readers
    Auditor,
    /// The identity of a node that follows
    Network,
}

impl From<OwnPurpose> for KeyPurpose {
    fn from(purpose: OwnPurpose) -> Self {
        match purpose {
            OwnPurpose::Writer => Self::Writer,
            OwnPurpose::Gateway => Self::Gateway,
            OwnPurpose::Auditor => Self::Auditor,
            OwnPurpose::Network => Self::Network,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &MemberArguments, output: &Output) -> Result<Exit, Failure> {
    match &arguments.command {
        MemberCommand::List(arguments) => show::list(&arguments.nodes, output).await,
        MemberCommand::Show(arguments) => show::show(&arguments.id, &arguments.nodes, output).await,
        MemberCommand::ProposeAdd(arguments) => propose_add(arguments, output).await,
        MemberCommand::ProposeRoles(arguments) => {
            let ProposeRolesArguments {
                id,
                roles,
                terms,
                signing,
                nodes,
            } = arguments;
            let mut body = json!({"action": "changeRoles", "member": id, "roles": roles});
            terms.state(&mut body)?;
            let before = show::roles_of(id, nodes).await?;
            let what = role_change(id, &before, roles);
            propose(signing, nodes, &what, &body, output).await
        }
        MemberCommand::ProposeRemove(arguments) => {
            let ProposeRemoveArguments {
                id,
                terms,
                signing,
                nodes,
            } = arguments;
            let mut body = json!({"action": "removeMember", "member": id});
            terms.state(&mut body)?;
            propose(signing, nodes, &format!("remove {id}"), &body, output).await
        }
        MemberCommand::AddKey(arguments) => add_key(arguments, output).await,
        MemberCommand::RevokeKey(arguments) => revoke_key(arguments, output).await,
    }
}

/// What a new list of roles changes: the list takes the place of the one before.
fn role_change(id: &MemberId, before: &[String], roles: &[Role]) -> String {
    let shown = |names: &[&str]| match names {
        [] => "no role".to_owned(),
        names => names.join(", "),
    };
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let after: Vec<&str> = roles.iter().map(Role::as_str).collect();
    let lost: Vec<&str> = before
        .iter()
        .copied()
        .filter(|role| !after.contains(role))
        .collect();
    let mut text = format!(
        "give {id} the roles {} in place of {}",
        shown(&after),
        shown(&before)
    );
    if !lost.is_empty() {
        text.push_str(&format!("; it loses {}", shown(&lost)));
    }
    text
}

async fn propose_add(arguments: &ProposeAddArguments, output: &Output) -> Result<Exit, Failure> {
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let proofs = read_proofs(&arguments.proofs, signing, nodes).await?;
    let keys: Vec<Value> = [KeyPurpose::Writer, KeyPurpose::Network]
        .into_iter()
        .filter_map(|purpose| {
            let ProvenKeyText { key, proof } = proofs.keys.get(&purpose)?;
            Some(json!({"key": key, "purpose": purpose.as_str(), "proof": proof}))
        })
        .collect();
    let mut body = json!({
        "action": "addMember",
        "member": proofs.member,
        "name": proofs.name,
        "roles": arguments.roles,
        "keys": keys,
    });
    arguments.terms.state(&mut body)?;
    let what = format!("add the member {}", proofs.member);
    propose(signing, nodes, &what, &body, output).await
}

/// Reads a document of proofs, which have to be for the ledger that is signed for.
///
/// # Errors
/// [`Failure`] if the file cannot be used.
pub(super) async fn read_proofs(
    path: &std::path::Path,
    signing: &SigningArguments,
    nodes: &NodeArguments,
) -> Result<KeyProofsDocument, Failure> {
    let help = "waybill keys prove --genesis genesis.json, where the keys are";
    let bytes = read_bounded(path, MAX_PROOFS_BYTES)?;
    let document =
        KeyProofsDocument::parse(&bytes).map_err(|reason| Failure::file(path, reason, help))?;
    let ledger = sign::ledger(signing, nodes).await?;
    if document.ledger != ledger {
        let reason = format!("it is for ledger {}, this one is {ledger}", document.ledger);
        return Err(Failure::file(path, reason, help));
    }
    Ok(document)
}

async fn add_key(arguments: &AddKeyArguments, output: &Output) -> Result<Exit, Failure> {
    let (signing, nodes) = (&arguments.signing, &arguments.nodes);
    let purpose = KeyPurpose::from(arguments.purpose);
    let ledger = sign::ledger(signing, nodes).await?;
    let secret = read_key(&arguments.new_key)?;
    let key = ProvenKey {
        purpose,
        key: secret.public_key(),
        proof: KeyProof::sign(&secret, &ledger, &signing.member, purpose),
    };
    let ProvenKeyText { key, proof } = ProvenKeyText::of(&key);
    let body = json!({
        "operation": "addKey",
        "member": signing.member,
        "key": key,
        "purpose": purpose.as_str(),
        "proof": proof,
    });
    let put = put_record(signing, nodes, MEMBERSHIP_CHANGE, &body.to_string()).await?;
    let index = put.index;
    let text = format!("entry {index}: the {purpose} key {key} counts from the next block on\n");
    output.result(&text, &json!({"index": index, "key": key}))?;
    output.next(&format!(
        "waybill member show {}{}",
        signing.member,
        nodes.hint()
    ));
    Ok(Exit::Success)
}

async fn revoke_key(arguments: &RevokeKeyArguments, output: &Output) -> Result<Exit, Failure> {
    let (signing, nodes, key) = (&arguments.signing, &arguments.nodes, arguments.revoked);
    let body = json!({"operation": "revokeKey", "member": signing.member, "key": key});
    let put = put_record(signing, nodes, MEMBERSHIP_CHANGE, &body.to_string()).await?;
    let index = put.index;
    let text = format!("entry {index}: the key {key} counts no more from the next block on\n");
    output.result(&text, &json!({"index": index, "key": key}))?;
    output.next(&format!(
        "waybill member show {}{}",
        signing.member,
        nodes.hint()
    ));
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_roles_says_what_is_lost() {
        let id = MemberId::new("grid-ag").unwrap();
        let role = |name| Role::new(name).unwrap();
        let before = ["governor".to_owned(), "reader".to_owned()];
        let change = |roles: &[Role]| role_change(&id, &before, roles);
        assert_eq!(
            change(&[role("meter-operator")]),
            "give grid-ag the roles meter-operator in place of governor, reader; it loses governor, reader"
        );
        assert_eq!(
            change(&[role("governor"), role("reader"), role("certifier")]),
            "give grid-ag the roles governor, reader, certifier in place of governor, reader"
        );
        assert!(change(&[]).ends_with("it loses governor, reader"));
        assert!(role_change(&id, &[], &[role("reader")]).ends_with("in place of no role"));
    }
}
