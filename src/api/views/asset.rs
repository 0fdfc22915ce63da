//! Assets.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::contracts::{AssetKey, AssetRevision};
use crate::ledger::questions::{AssetAnswer, OpenAsset, OpenAssetsAnswer};
use crate::types::{ContractName, MemberId};

/// An asset of a contract at a height, with a page of its history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Asset)]
#[serde(rename_all = "camelCase")]
pub struct AssetView {
    /// The height that the answer is of.
    pub height: u64,
    /// The contract.
    pub contract: String,
    /// The asset's key.
    pub key: String,
    /// Whether it was closed by then: nothing changes it any more.
    pub closed: bool,
    /// The stage that it was in, if its contract has stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "confirmed")]
    pub stage: Option<String>,
    /// How many records had changed it.
    pub revision: u64,
    /// The body that stated it last.
    #[schema(value_type = serde_json::Value)]
    pub body: Option<Box<RawValue>>,
    /// The entry of that body, where its signature and proof are.
    pub stated: u64,
    /// The entry that made the asset.
    pub created: u64,
    /// The entry that changed it last.
    pub latest: u64,
    /// Who submitted that.
    pub member: String,
    /// A page of its history, the latest change first.
    pub history: Vec<AssetRevisionView>,
    /// The `before` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// A page of the assets that were open at a height.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenAssets)]
#[serde(rename_all = "camelCase")]
pub struct OpenAssetsView {
    /// The height that the answer is of.
    pub height: u64,
    /// The contract.
    pub contract: String,
    /// The member that is a party of them.
    pub party: String,
    /// The assets, the shorter keys first.
    pub assets: Vec<OpenAssetView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An asset that was open at the height.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenAsset)]
#[serde(rename_all = "camelCase")]
pub struct OpenAssetView {
    /// Its key.
    pub key: String,
    /// The stage that it was in, if its contract has stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "confirmed")]
    pub stage: Option<String>,
    /// How many records had changed it.
    pub revision: u64,
    /// The entry that made it.
    pub created: u64,
    /// The entry of the body that stated it last.
    pub stated: u64,
    /// The entry that changed it last.
    pub latest: u64,
    /// Who submitted that.
    pub member: String,
}

impl OpenAssetsView {
    /// An answer, for its contract and party.
    pub fn new(contract: &ContractName, party: &MemberId, answer: &OpenAssetsAnswer) -> Self {
        Self {
            height: answer.height.0,
            contract: contract.to_string(),
            party: party.to_string(),
            assets: answer.assets.iter().map(OpenAssetView::from).collect(),
            next: answer.next.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&OpenAsset> for OpenAssetView {
    fn from(asset: &OpenAsset) -> Self {
        let latest = &asset.latest;
        Self {
            key: asset.key.to_string(),
            stage: latest.stage.as_ref().map(ToString::to_string),
            revision: asset.revision,
            created: asset.created.0,
            stated: latest.stated.0,
            latest: latest.index.0,
            member: latest.member.to_string(),
        }
    }
}

/// A change of an asset.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssetRevision)]
#[serde(rename_all = "camelCase")]
pub struct AssetRevisionView {
    /// Its number, from 1.
    pub revision: u64,
    /// What the record did.
    #[schema(example = "update")]
    pub operation: &'static str,
    /// The stage that the asset had then, if its contract has stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The record's entry.
    pub index: u64,
    /// Who submitted it.
    pub member: String,
    /// The block that executed it.
    pub height: u64,
    /// That block's time.
    #[schema(format = DateTime)]
    pub time: String,
}

impl AssetView {
    /// An answer, for its asset.
    pub fn new(contract: &ContractName, key: &AssetKey, answer: &AssetAnswer) -> Self {
        let body = std::str::from_utf8(&answer.body).unwrap_or_default();
        Self {
            height: answer.height.0,
            contract: contract.to_string(),
            key: key.to_string(),
            closed: answer.is_closed,
            stage: answer.stage.as_ref().map(ToString::to_string),
            revision: answer.revision,
            // The body was read as JSON when it was accepted.
            body: RawValue::from_string(body.trim().to_owned()).ok(),
            stated: answer.stated.0,
            created: answer.created.0,
            latest: answer.latest.0,
            member: answer.member.to_string(),
            history: answer
                .history
                .iter()
                .map(|(revision, change)| AssetRevisionView::new(*revision, change))
                .collect(),
            next: answer.next,
        }
    }
}

impl AssetRevisionView {
    fn new(revision: u64, change: &AssetRevision) -> Self {
        Self {
            revision,
            operation: change.operation.as_str(),
            stage: change.stage.as_ref().map(ToString::to_string),
            index: change.index.0,
            member: change.member.to_string(),
            height: change.height.0,
            time: change.time.to_string(),
        }
    }
}
