//! The text of a proposal, as this program reads it: what a member agrees to is that, and not what a node says
//! of it.

use std::fmt::Write as _;

use serde_json::Value;

use super::show::ProposalReport;
use crate::cli::client::NodeClient;
use crate::cli::commands::record::entry_kind;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::terminal_text::{plain, plain_lines};
use crate::cli::{Exit, Failure};
use crate::contracts::Contract;
use crate::crypto::Sha256Digest;
use crate::records::governance::{Action, PROPOSAL, Proposal, check_proposal};
use crate::types::{ContractBundle, MANIFEST_FILE, ProvenKey, Role, Validator};

/// A proposal as its body has it.
pub(super) struct Reading {
    /// SHA-256 of the body, which ballots repeat.
    pub(super) digest: Sha256Digest,
    /// What it would do, in words, in one line.
    pub(super) effect: String,
    /// Why its contract cannot be judged by this program.
    pub(super) unknown: Option<String>,
    /// The contract that it would install.
    pub(super) contract: Option<ContractBundle>,
    details: String,
}

impl Reading {
    /// Fetches the body of a proposal's entry and reads it.
    ///
    /// # Errors
    /// [`Failure`] if there is no proposal, or what the node says of it is not what it states.
    pub(super) async fn fetch(
        nodes: &NodeArguments,
        report: &ProposalReport,
    ) -> Result<Self, Failure> {
        let index = report.index;
        let path = &format!("/v1/records/{index}");
        let ask = |client: NodeClient| async move { client.json::<Value>(path).await };
        let entry = nodes.first(ask).await?;
        let record = &entry["record"];
        if record["kind"].as_str() != Some(PROPOSAL) {
            return Err(Failure::new(
                Exit::Refused,
                format!("entry {index} is no proposal"),
                format!("it is {}", entry_kind(&entry)),
                format!("waybill contract proposals{}", nodes.hint()),
            )
            .in_others_words());
        }
        Self::of(record["body"].as_str().unwrap_or_default(), report)
    }

    /// Reads a body, and holds against it what a node says.
    ///
    /// # Errors
    /// [`Failure`] if they differ.
    pub(super) fn of(body: &str, report: &ProposalReport) -> Result<Self, Failure> {
        let lie = |why: String| {
            Failure::new(
                Exit::CheckFailed,
                "the node's answer is not to be trusted",
                why,
                "ask another node",
            )
            .in_others_words()
        };
        let index = report.index;
        let digest = Sha256Digest::of(body.as_bytes());
        if report.digest != digest.to_string() {
            return Err(lie(format!(
                "the text of entry {index} has the digest {digest}, the proposal {}",
                report.digest
            )));
        }
        let proposal = check_proposal(body.as_bytes())
            .map_err(|error| lie(format!("the text of entry {index} is no proposal: {error}")))?;
        let mut reading = Self::new(&proposal);
        let told = report.effect();
        if reading.unknown.is_none() && told != reading.effect {
            return Err(lie(format!(
                "it says that proposal {index} would {told}; the text would {}",
                reading.effect
            )));
        }
        // Only now: what is made plain may be the same of two texts.
        reading.effect = plain(&reading.effect).into_owned();
        Ok(reading)
    }

    fn new(proposal: &Proposal) -> Self {
        let mut details = format!(
            "reason      {}\nexpires     {}\ndigest      {}\n",
            plain(&proposal.reason),
            proposal.expires,
            proposal.digest
        );
        if let Some(height) = proposal.from_height {
            let _ = writeln!(
                details,
                "from height {height}, or the one after its adoption"
            );
        }
        for key in proposal.action.proven_keys() {
            let (_, _, ProvenKey { key, purpose, .. }) = key;
            let _ = writeln!(details, "{:<11} {key}", purpose.as_str());
        }
        let mut contract = None;
        let (effect, unknown) = match &proposal.action {
            Action::InstallContract(bundle) => {
                contract = Some(bundle.clone());
                let _ = writeln!(details, "contract    {}", bundle.digest());
                install(bundle)
            }
            other => (effect(other), None),
        };
        Self {
            digest: proposal.digest,
            effect,
            unknown,
            contract,
            details,
        }
    }

    /// The rules of the contract that it would install, as they stand in its manifest, and which files come with them.
    pub(super) fn rules(&self) -> String {
        let mut text = String::new();
        let files = self.contract.iter().flat_map(ContractBundle::files);
        for (path, file) in files {
            if path == MANIFEST_FILE {
                let _ = writeln!(text, "\n{path}:");
                for line in plain_lines(file).lines() {
                    let _ = writeln!(text, "  {line}");
                }
                text.push('\n');
            } else {
                let _ = writeln!(text, "{} bytes in {}", file.len(), plain(path));
            }
        }
        text
    }

    /// What a member has to know before it agrees.
    pub(super) fn text(&self) -> String {
        let unknown = self.unknown.as_ref().map_or_else(String::new, |why| {
            let why = plain(why);
            format!("            this program cannot judge the contract: {why}\n")
        });
        format!("would       {}\n{unknown}{}", self.effect, self.details)
    }
}

fn install(bundle: &ContractBundle) -> (String, Option<String>) {
    match Contract::compile(bundle) {
        Ok(contract) => {
            let effect = format!("install {} {}", contract.name(), contract.version());
            (effect, None)
        }
        Err(problems) => {
            let why = problems.first().map(ToString::to_string);
            (
                "install a contract".to_owned(),
                why.or_else(|| Some(String::new())),
            )
        }
    }
}

fn effect(action: &Action) -> String {
    match action {
        Action::InstallContract(bundle) => install(bundle).0,
        Action::RetireContract(name) => format!("retire {name}"),
        Action::AddMember(new) => format!(
            "add the member {} ({}) with {}",
            new.id,
            new.name,
            of_roles(&new.roles)
        ),
        Action::ChangeRoles { member, roles } => {
            format!("give {member} {} and take all others", of_roles(roles))
        }
        Action::RemoveMember(member) => format!("remove the member {member}"),
        Action::AddValidator(new) => format!("add the validator {}", of_validator(&new.validator)),
        Action::RemoveValidator(old) => format!("remove the validator {old}"),
        Action::ReplaceValidator { old, new } => format!(
            "replace the validator {old} by {}",
            of_validator(&new.validator)
        ),
    }
}

fn of_roles(roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().map(Role::as_str).collect();
    match names.is_empty() {
        true => "no roles".to_owned(),
        false => format!("the roles {}", names.join(", ")),
    }
}

fn of_validator(validator: &Validator) -> String {
    format!("{} of {}", validator.consensus_key, validator.member)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BODY: &str = r#"{"action":"removeMember","member":"acme","expires":"2026-12-24T12:00:00Z","reason":"they left"}"#;

    fn report(change: &Value, digest: &str) -> ProposalReport {
        serde_json::from_value(json!({
            "index": 7, "proposer": "sun-coop", "change": change, "expires": "2026-12-24T12:00:00Z",
            "reason": "they left", "digest": digest, "approvals": [], "rejections": [], "quorum": 3,
            "status": "open"
        }))
        .unwrap()
    }

    #[test]
    fn what_a_text_says_is_told_before_it_is_agreed_to() {
        let digest = Sha256Digest::of(BODY.as_bytes()).to_string();
        let honest = json!({"action": "removeMember", "member": "acme"});
        let reading = Reading::of(BODY, &report(&honest, &digest)).unwrap();
        assert_eq!(reading.effect, "remove the member acme");
        for piece in [reading.effect.as_str(), "they left", &digest, "2026-12-24"] {
            assert!(reading.text().contains(piece), "{piece}");
        }
    }

    /// Who votes on a contract reads its rules before, and none of its lines passes for one of the proposal's.
    #[test]
    fn the_rules_of_a_proposed_contract_are_shown() {
        let manifest = "name = \"crates\"\nwould       remove acme\u{1b}[2K\n";
        let files = [
            (MANIFEST_FILE, manifest),
            ("README.md", "why"),
            ("schemas/crate.json", "{}"),
        ];
        let body = json!({
            "action": "installContract", "contract": std::collections::BTreeMap::from(files),
            "expires": "2026-12-24T12:00:00Z", "reason": "crates"
        });
        let digest = Sha256Digest::of(body.to_string().as_bytes()).to_string();
        let change = json!({"action": "installContract", "name": "crates", "version": 1});
        let reading = Reading::of(&body.to_string(), &report(&change, &digest)).unwrap();
        let rules = reading.rules();
        assert!(
            rules.contains("\ncontract.toml:\n  name = \"crates\"\n"),
            "{rules}"
        );
        assert!(
            rules.contains("\n  would       remove acme\\u{1b}[2K\n"),
            "{rules}"
        );
        assert!(rules.contains("2 bytes in schemas/crate.json"), "{rules}");
    }

    /// What a proposer wrote makes no line of its own, and no terminal obeys it, right before it is signed.
    #[test]
    fn a_text_forges_no_line_of_what_is_agreed_to() {
        let body = json!({
            "action": "addMember", "member": "acme", "name": "Acme\u{1b}[2K\nwould       remove acme",
            "roles": [], "keys": [], "expires": "2026-12-24T12:00:00Z",
            "reason": "they left\u{1b}[3A\rwould       remove the member evil\n\u{202e}digest",
        });
        let keys = |key: &crate::crypto::SecretKey| json!([{"key": key.public_key(), "purpose": "writer", "proof": "00".repeat(64)}]);
        let mut body = body;
        body["keys"] = keys(&crate::crypto::SecretKey::from_seed([7; 32]));
        let body = body.to_string();
        let digest = Sha256Digest::of(body.as_bytes()).to_string();
        let change = json!({"action": "addMember", "member": "acme", "roles": [],
            "name": "Acme\u{1b}[2K\nwould       remove acme"});
        let text = Reading::of(&body, &report(&change, &digest))
            .unwrap()
            .text();
        assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text}");
        let of = |label: &str| text.lines().filter(|line| line.starts_with(label)).count();
        assert_eq!(
            (of("would"), of("reason"), of("digest")),
            (1, 1, 1),
            "{text}"
        );
        assert!(text.contains("Acme\\u{1b}[2K\\nwould"), "{text}");
        assert!(text.contains("they left\\u{1b}[3A\\rwould"), "{text}");
    }

    /// A node may say that a proposal installs crates, and serve the true text of another one.
    #[test]
    fn a_node_that_tells_another_story_is_found_out() {
        let digest = Sha256Digest::of(BODY.as_bytes()).to_string();
        let honest = json!({"action": "removeMember", "member": "acme"});
        for (change, digest, body) in [
            (
                json!({"action": "installContract", "name": "crates", "version": 2}),
                digest.as_str(),
                BODY,
            ),
            (
                json!({"action": "removeMember", "member": "other"}),
                digest.as_str(),
                BODY,
            ),
            (honest.clone(), &"0".repeat(64), BODY),
            (honest, &Sha256Digest::of(b"{}").to_string(), "{}"),
        ] {
            let failure = Reading::of(body, &report(&change, digest)).err().unwrap();
            assert_eq!(failure.exit, Exit::CheckFailed, "{change}");
        }
    }
}
