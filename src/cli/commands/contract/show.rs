//! `waybill contract list`, `show` and `proposals`: what a ledger has.

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::reading::Reading;
use super::{ListArguments, ProposalsArguments, ShowArguments};
use crate::cli::client::NodeClient;
use crate::cli::files::{shell_word, write_new};
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted, heights, table};
use crate::cli::terminal_text::{plain, plain_lines};
use crate::cli::{Exit, Failure};
use crate::types::ContractBundle;

/// A version of a contract, as a node tells it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionReport {
    name: String,
    version: u32,
    kinds: Vec<String>,
    from: u64,
    until: Option<u64>,
    in_force: bool,
}

#[derive(Debug, Deserialize)]
struct ListReport {
    contracts: Vec<VersionReport>,
}

/// A proposal, as a node tells it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli::commands) struct ProposalReport {
    pub(in crate::cli::commands) index: u64,
    pub(in crate::cli::commands) proposer: String,
    pub(in crate::cli::commands) change: ChangeReport,
    pub(in crate::cli::commands) expires: String,
    pub(in crate::cli::commands) reason: String,
    pub(in crate::cli::commands) digest: String,
    pub(in crate::cli::commands) approvals: Vec<String>,
    pub(in crate::cli::commands) rejections: Vec<String>,
    pub(in crate::cli::commands) quorum: usize,
    pub(in crate::cli::commands) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli::commands) by: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli::commands) from: Option<u64>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli::commands) struct ChangeReport {
    action: String,
    #[serde(flatten)]
    details: Map<String, Value>,
}

impl ChangeReport {
    fn text(&self, name: &str) -> &str {
        let value = self.details.get(name);
        value.and_then(Value::as_str).unwrap_or_default()
    }

    fn new_validator(&self) -> String {
        let of = |name: &str| {
            let value = self.details.get("validator").and_then(|new| new.get(name));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        format!("{} of {}", of("consensusKey"), of("member"))
    }

    fn roles(&self) -> String {
        let roles = self.details.get("roles").and_then(Value::as_array);
        let names: Vec<&str> = roles
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if names.is_empty() {
            "no roles".to_owned()
        } else {
            format!("the roles {}", names.join(", "))
        }
    }

    /// What it comes to, in words.
    fn effect(&self) -> String {
        let text = |name: &str| self.text(name);
        match self.action.as_str() {
            "installContract" => {
                let version = self.details.get("version").and_then(Value::as_u64);
                format!("install {} {}", text("name"), version.unwrap_or_default())
            }
            "retireContract" => format!("retire {}", text("name")),
            "addMember" => format!(
                "add the member {} ({}) with {}",
                text("member"),
                text("name"),
                self.roles()
            ),
            "changeRoles" => {
                let roles = self.roles();
                format!("give {} {roles} and take all others", text("member"))
            }
            "removeMember" => format!("remove the member {}", text("member")),
            "addValidator" => format!("add the validator {}", self.new_validator()),
            "removeValidator" => format!("remove the validator {}", text("consensusKey")),
            "replaceValidator" => format!(
                "replace the validator {} by {}",
                text("consensusKey"),
                self.new_validator()
            ),
            other => other.to_owned(),
        }
    }

    /// When it acts, once the entry `by` has decided and all of it holds at the height `from`.
    fn acts(&self, by: u64, from: u64) -> String {
        match self.action.as_str() {
            "installContract" => format!("in force from height {from} on"),
            "retireContract" => format!("it judges nothing more from height {from} on"),
            "changeRoles" => format!("the roles hold at once, with entry {by}"),
            "addMember" => {
                format!("a member at once, with entry {by}; its keys count from height {from} on")
            }
            "removeMember" => format!(
                "no member any more, with entry {by}; its keys count no more from height {from} on"
            ),
            "addValidator" | "removeValidator" | "replaceValidator" => {
                format!("the validators change at height {from}")
            }
            _ => format!("it holds from height {from} on"),
        }
    }

    /// The command that shows what has come of it.
    pub(in crate::cli::commands) fn command(&self) -> String {
        match self.action.as_str() {
            "addMember" | "changeRoles" | "removeMember" => {
                format!("member show {}", shell_word(self.text("member")))
            }
            "addValidator" | "removeValidator" | "replaceValidator" => "validator list".to_owned(),
            _ => "contract list".to_owned(),
        }
    }
}

impl ProposalReport {
    /// What it would do, in words.
    pub(in crate::cli::commands) fn effect(&self) -> String {
        self.change.effect()
    }

    /// What has become of it, in words.
    pub(in crate::cli::commands) fn state(&self) -> String {
        let count = format!("{} of {}", self.approvals.len(), self.quorum);
        match (self.status.as_str(), self.by, self.from) {
            ("adopted", Some(by), Some(from)) => {
                format!("adopted by entry {by}: {}", self.change.acts(by, from))
            }
            ("open", ..) => format!("open, {count} approvals"),
            (status, Some(by), _) => format!("{status} by entry {by}"),
            (status, ..) => status.to_owned(),
        }
    }
}

#[derive(Debug, Deserialize)]
struct ProposalListReport {
    governors: Vec<String>,
    quorum: usize,
    proposals: Vec<ProposalReport>,
}

/// Lists the contracts of the ledger.
///
/// # Errors
/// [`Failure`].
pub(super) async fn list(arguments: &ListArguments, output: &Output) -> Result<Exit, Failure> {
    let document: Value = get(&arguments.nodes, "/v1/contracts").await?;
    let report: ListReport = read(&document)?;
    let rows: Vec<_> = report
        .contracts
        .iter()
        .map(|version| {
            vec![
                version.name.clone(),
                version.version.to_string(),
                if version.in_force { "yes" } else { "no" }.to_owned(),
                heights(version.from, version.until),
                version.kinds.join(" "),
            ]
        })
        .collect();
    let header = ["contract", "version", "in force", "heights", "kinds"];
    output.result(&table(&header, &rows), &document)?;
    let hint = arguments.nodes.hint();
    output.next(&format!("waybill contract show supply-chain{hint}"));
    Ok(Exit::Success)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContractReport {
    height: u64,
    #[serde(flatten)]
    version: VersionReport,
    title: String,
    digest: String,
    rules: Vec<KindReport>,
    files: ContractBundle,
}

#[derive(Debug, Deserialize)]
struct KindReport {
    kind: String,
    version: u16,
    title: String,
    native: Option<String>,
    roles: Vec<String>,
    asset: Option<AssetReport>,
    rules: Vec<RuleReport>,
}

#[derive(Debug, Deserialize)]
struct AssetReport {
    key: Vec<String>,
    operation: String,
    #[serde(default)]
    from: Vec<String>,
    to: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RuleReport {
    name: String,
    check: String,
    message: String,
}

/// Shows a contract, or writes its files.
///
/// # Errors
/// [`Failure`].
pub(super) async fn show(arguments: &ShowArguments, output: &Output) -> Result<Exit, Failure> {
    let version = arguments
        .version
        .map(|version| format!("?version={version}"));
    let path = format!(
        "/v1/contracts/{}{}",
        arguments.name,
        version.unwrap_or_default()
    );
    let document: Value = get(&arguments.nodes, &path).await?;
    let contract: ContractReport = read(&document)?;
    if contract.files.digest().to_string() != contract.digest {
        return Err(Failure::new(
            Exit::CheckFailed,
            "the node's answer is not to be trusted",
            "the files that it gave have another digest than it says",
            "ask another node",
        ));
    }
    if let Some(folder) = &arguments.out {
        write_files(folder, &contract.files)?;
        output.result(
            &format!(
                "wrote {} {} to {}\n",
                plain(&contract.version.name),
                contract.version.version,
                folder.display()
            ),
            &serde_json::json!({"folder": folder, "digest": contract.digest}),
        )?;
        output.next(&format!("waybill contract check {}", shell_word(folder)));
        return Ok(Exit::Success);
    }
    output.result(&describe(&contract), &document)?;
    output.next(&format!(
        "waybill contract show {} --out my-{}{}     to read and change its files",
        arguments.name,
        arguments.name,
        arguments.nodes.hint()
    ));
    Ok(Exit::Success)
}

/// Writes the files of the contract that a proposal would install.
fn write_proposed(
    folder: &Path,
    index: u64,
    reading: &Reading,
    output: &Output,
) -> Result<Exit, Failure> {
    let Some(contract) = &reading.contract else {
        return Err(Failure::new(
            Exit::Usage,
            format!("proposal {index} has no files to write"),
            format!("it would {}", reading.effect),
            format!("waybill contract proposals {index}"),
        ));
    };
    write_files(folder, contract)?;
    output.result(
        &format!("wrote what proposal {index} would install to {}\n", folder.display()),
        &serde_json::json!({"folder": folder, "digest": contract.digest(), "proposal": reading.digest}),
    )?;
    output.next(&format!(
        "waybill contract approve {index} --digest {} --member MEMBER --key FILE     once it is read",
        reading.digest
    ));
    Ok(Exit::Success)
}

fn write_files(folder: &Path, files: &ContractBundle) -> Result<(), Failure> {
    for (path, text) in files.files() {
        // A bundle has no path that leads out of its folder.
        write_new(&folder.join(path), text.as_bytes())?;
    }
    Ok(())
}

/// When a version judges, as seen from a height.
fn standing(version: &VersionReport, height: u64) -> String {
    let from = version.from;
    match version.until {
        Some(until) if until <= from => format!("taken back before height {from}: never in force"),
        until => {
            let word = match (version.in_force, from > height) {
                (true, _) => "in force",
                (false, true) => "to come in force",
                (false, false) => "not in force any more, it was",
            };
            match until {
                None => format!("{word} from height {from} on"),
                Some(_) => format!("{word} from height {}", heights(from, until)),
            }
        }
    }
}

fn describe(contract: &ContractReport) -> String {
    let version = &contract.version;
    let joined = |texts: &[String], between: &str| plain(&texts.join(between)).into_owned();
    let mut text = format!(
        "{} {}: {}\ndigest {}\n",
        plain(&version.name),
        version.version,
        plain(&contract.title),
        plain(&contract.digest)
    );
    let _ = writeln!(text, "{}", standing(version, contract.height));
    for kind in &contract.rules {
        let _ = writeln!(
            text,
            "\n{} (version {}): {}",
            plain(&kind.kind),
            kind.version,
            plain(&kind.title)
        );
        let who = if kind.roles.is_empty() {
            "every member".to_owned()
        } else {
            format!("members with the role {}", joined(&kind.roles, " or "))
        };
        let _ = writeln!(text, "  submitted by {who}");
        if let Some(family) = &kind.native {
            let _ = writeln!(text, "  native effects of {}", plain(family));
        }
        if let Some(asset) = &kind.asset {
            let _ = writeln!(
                text,
                "  {}s the asset of the key {}",
                plain(&asset.operation),
                joined(&asset.key, " ")
            );
            if !asset.from.is_empty() {
                let _ = writeln!(text, "  taken when it is {}", joined(&asset.from, " or "));
            }
            if let Some(stage) = &asset.to {
                let _ = writeln!(text, "  which is then {}", plain(stage));
            }
        }
        for rule in &kind.rules {
            // A rule is written in several lines; none of them stands where this program's own do.
            let check: Vec<_> = rule.check.split('\n').map(plain_lines).collect();
            let (name, message) = (plain(&rule.name), plain(&rule.message));
            let _ = writeln!(text, "  {name}: {message}\n    {}", check.join("\n    "));
        }
    }
    text
}

/// Lists the open proposals, or shows one.
///
/// # Errors
/// [`Failure`].
pub(super) async fn proposals(
    arguments: &ProposalsArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let hint = arguments.nodes.hint();
    if let Some(index) = arguments.index {
        let as_of = arguments
            .as_of_height
            .map_or(String::new(), |height| format!("?as_of_height={height}"));
        let path = format!("/v1/proposals/{index}{as_of}");
        let document: Value = get(&arguments.nodes, &path).await?;
        let proposal: ProposalReport = read(&document)?;
        let reading = Reading::fetch(&arguments.nodes, &proposal).await?;
        if let Some(folder) = &arguments.out {
            return write_proposed(folder, index, &reading, output);
        }
        output.described(&proposal, &document, |proposal| {
            Ok(format!(
                "proposal {index} by {}: {}\n{}\n{}for         {}\nagainst     {}\n{}",
                proposal.proposer,
                reading.effect,
                proposal.state(),
                reading.text(),
                proposal.approvals.join(", "),
                proposal.rejections.join(", "),
                reading.rules(),
            ))
        })?;
        output.next(&match proposal.status.as_str() {
            "open" if arguments.as_of_height.is_none() => format!(
                "waybill contract approve {index} --digest {} --member MEMBER --key FILE{hint}     or reject; \
                 {} for the whole text",
                reading.digest,
                match reading.contract {
                    Some(_) => format!("waybill contract proposals {index} --out proposed{hint}"),
                    None => format!("waybill get {index}{hint}"),
                }
            ),
            _ => format!("waybill get {index}{hint}     for the whole text"),
        });
        return Ok(Exit::Success);
    }
    let document = open_proposals(arguments).await?;
    let report: ProposalListReport = read(&document)?;
    output.report(&document, |document| {
        Ok(describe_proposals(&read(document)?))
    })?;
    output.next(&match report.proposals.first() {
        Some(first) => format!("waybill contract proposals {}{hint}", first.index),
        None => {
            format!("waybill contract install FOLDER --reason WHY --member MEMBER --key FILE{hint}")
        }
    });
    Ok(Exit::Success)
}

/// What is said where no proposal is, with the commands that make one.
const NO_PROPOSALS: &str = "no proposal can be decided; one is made by
  waybill contract install or retire                             about contracts
  waybill member propose-add, propose-roles or propose-remove    about members
  waybill validator propose-add, propose-replace or propose-remove
";

fn describe_proposals(report: &ProposalListReport) -> String {
    let rows: Vec<_> = report
        .proposals
        .iter()
        .map(|proposal| {
            vec![
                proposal.index.to_string(),
                proposal.proposer.clone(),
                proposal.effect(),
                proposal.state(),
                proposal.expires.clone(),
                proposal.reason.clone(),
            ]
        })
        .collect();
    let header = ["proposal", "by", "would", "state", "expires", "reason"];
    format!(
        "{}\ngoverned by {}: {}; needed to approve: {}\n",
        match rows.is_empty() {
            true => NO_PROPOSALS.to_owned(),
            false => table(&header, &rows),
        },
        counted(report.governors.len(), "member"),
        report.governors.join(", "),
        report.quorum
    )
}

/// Proposals on a page.
const PAGE: usize = 1_000;

/// Most pages that are read: all proposals that can be open at once, and more.
const MAX_PAGES: usize = 100;

/// The open proposals, of all pages.
async fn open_proposals(arguments: &ProposalsArguments) -> Result<Value, Failure> {
    let mut height = arguments.as_of_height;
    let mut after = String::new();
    let mut found = Vec::new();
    for _ in 0..MAX_PAGES {
        let as_of = height.map_or(String::new(), |height| format!("&as_of_height={height}"));
        let path = format!("/v1/proposals?limit={PAGE}{after}{as_of}");
        let mut document: Value = get(&arguments.nodes, &path).await?;
        // The ledger goes on; the answer does not.
        height = document.get("height").and_then(Value::as_u64);
        let page = document.get_mut("proposals").and_then(Value::as_array_mut);
        found.append(page.unwrap_or(&mut Vec::new()));
        let next = document.get("next").and_then(Value::as_u64);
        let Some(whole) = document.as_object_mut() else {
            return Ok(document);
        };
        match next {
            Some(next) => after = format!("&after={next}"),
            None => {
                whole.insert("proposals".to_owned(), Value::Array(found));
                return Ok(document);
            }
        }
    }
    Err(Failure::new(
        Exit::Refused,
        "the proposals are too many",
        format!("there are more than {MAX_PAGES} pages of them"),
        "ask for them page by page: GET /v1/proposals",
    ))
}

/// A proposal as the ledger has it now.
///
/// # Errors
/// [`Failure`].
pub(in crate::cli::commands) async fn proposal(
    nodes: &NodeArguments,
    index: u64,
) -> Result<ProposalReport, Failure> {
    let document: Value = get(nodes, &format!("/v1/proposals/{index}")).await?;
    read(&document)
}

async fn get(nodes: &NodeArguments, path: &str) -> Result<Value, Failure> {
    let ask = |client: NodeClient| async move { client.json::<Value>(path).await };
    Ok(nodes.first(ask).await?)
}

fn read<T: serde::de::DeserializeOwned>(document: &Value) -> Result<T, Failure> {
    T::deserialize(document).map_err(|error| {
        Failure::new(
            Exit::Refused,
            "the node's answer cannot be read",
            error.to_string(),
            "is it a newer version? compare `waybill --version` with `waybill status`",
        )
        .in_others_words()
    })
}

#[cfg(test)]
mod tests;
