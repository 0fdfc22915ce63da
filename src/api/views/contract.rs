//! Contracts.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::contracts::{Contract, Kind, Rule, ScheduledContract};
use crate::types::Height;

/// The versions of contracts that the ledger has had.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractList {
    /// The height that the answer is of.
    pub height: u64,
    /// Names the contracts that judge the block after it, as that block's header does.
    pub contract_set: String,
    /// By name, the latest version of each first.
    pub contracts: Vec<ContractVersionView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A version of a contract, and when it judges.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContractVersion)]
#[serde(rename_all = "camelCase")]
pub struct ContractVersionView {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// blake3 over its files.
    pub digest: String,
    /// The kinds of records that it judges.
    pub kinds: Vec<String>,
    /// The first height at which it is in force.
    pub from: u64,
    /// The first height at which it is in force no more; absent if none is decided. That of a version which was
    /// taken back before it judged anything is its `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Whether it judges the records of the block after the height of the answer.
    pub in_force: bool,
    /// The entry that decided on it; absent if it is of the genesis document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted_by: Option<u64>,
    /// The entry that decided on its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<u64>,
}

/// A version of a contract with everything that it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contract)]
#[serde(rename_all = "camelCase")]
pub struct ContractView {
    /// The height that the answer is of.
    pub height: u64,
    /// When it judges.
    #[serde(flatten)]
    pub scheduled: ContractVersionView,
    /// What it is, for people.
    pub title: String,
    /// The kinds of records with what judges them.
    pub rules: Vec<ContractKindView>,
    /// Its files, by path: `contract.toml`, `README.md`, `schemas/NAME.json`.
    pub files: BTreeMap<String, String>,
}

/// A kind of record, as its contract judges it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContractKind)]
#[serde(rename_all = "camelCase")]
pub struct ContractKindView {
    /// Its name.
    pub kind: String,
    /// The version of the record's format.
    pub version: u16,
    /// What it is, for people.
    pub title: String,
    /// The native family whose effects it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub native: Option<&'static str>,
    /// The file of its schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The roles of which a submitter needs one; anybody may submit if there are none.
    pub roles: Vec<String>,
    /// What it does with an asset of the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetSettingView>,
    /// Its rules, in order.
    pub rules: Vec<RuleView>,
}

/// What a record does with an asset.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssetSetting)]
#[serde(rename_all = "camelCase")]
pub struct AssetSettingView {
    /// JSON pointers to the parts of the asset's key in the body.
    #[schema(example = json!(["/number"]))]
    pub key: Vec<String>,
    /// create, update, put, advance or close.
    #[schema(example = "create")]
    pub operation: &'static str,
    /// The stages in which the asset takes the record; any if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// The stage that the asset has then; the one that it had if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rule)]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// Its name.
    pub name: String,
    /// The condition, in CEL.
    pub check: String,
    /// What is said to whom it refuses.
    pub message: String,
}

impl ContractVersionView {
    /// A version, as it stands for the block of the height `next`.
    pub fn new(scheduled: &ScheduledContract, next: Height) -> Self {
        let contract = &scheduled.contract;
        Self {
            name: contract.name.to_string(),
            version: contract.version,
            digest: contract.digest.to_string(),
            kinds: contract.kinds.iter().map(ToString::to_string).collect(),
            from: scheduled.from.0,
            until: scheduled.until.map(|until| until.0),
            in_force: scheduled.is_in_force(next),
            adopted_by: scheduled.adopted_by.map(|index| index.0),
            ended_by: scheduled.ended_by.map(|index| index.0),
        }
    }
}

impl ContractView {
    /// A version with its compiled contract.
    pub fn new(height: Height, scheduled: ContractVersionView, contract: &Contract) -> Self {
        let files = contract.bundle().files();
        Self {
            height: height.0,
            scheduled,
            title: contract.title().to_owned(),
            rules: contract
                .kinds()
                .iter()
                .map(ContractKindView::from)
                .collect(),
            files: files
                .map(|(path, text)| (path.to_owned(), text.to_owned()))
                .collect(),
        }
    }
}

impl From<&Kind> for ContractKindView {
    fn from(kind: &Kind) -> Self {
        Self {
            kind: kind.kind().to_string(),
            version: kind.version(),
            title: kind.title().to_owned(),
            native: kind.native().map(|family| family.name),
            schema: kind.schema_file().map(str::to_owned),
            roles: kind.roles().iter().map(ToString::to_string).collect(),
            asset: kind.asset().map(|asset| AssetSettingView {
                key: asset.key.clone(),
                operation: asset.operation.as_str(),
                from: asset.from.iter().map(ToString::to_string).collect(),
                to: asset.to.as_ref().map(ToString::to_string),
            }),
            rules: kind.rules().iter().map(RuleView::from).collect(),
        }
    }
}

impl From<&Rule> for RuleView {
    fn from(rule: &Rule) -> Self {
        Self {
            name: rule.name().to_owned(),
            check: rule.expression().to_owned(),
            message: rule.message().to_owned(),
        }
    }
}
