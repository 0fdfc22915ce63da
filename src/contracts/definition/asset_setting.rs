//! What a kind of record does with an asset.

use serde::{Deserialize, Serialize};

use crate::types::AssetStage;

/// What a record does with the asset that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssetOperation {
    /// It makes the asset, which may not be there yet.
    Create,
    /// It states the open asset anew.
    Update,
    /// It makes the asset, or states it anew.
    Put,
    /// It brings the open asset to another stage, and leaves it as it is stated.
    Advance,
    /// It ends the asset: nothing changes it any more.
    Close,
}

impl AssetOperation {
    /// The word in `contract.toml` and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Put => "put",
            Self::Advance => "advance",
            Self::Close => "close",
        }
    }

    /// Whether the record's body becomes the asset's.
    pub fn states_asset(self) -> bool {
        !matches!(self, Self::Advance | Self::Close)
    }

    /// Whether the record may make the asset.
    pub fn may_make_asset(self) -> bool {
        matches!(self, Self::Create | Self::Put)
    }

    /// Whether the asset may be there already.
    pub fn may_find_asset(self) -> bool {
        !matches!(self, Self::Create)
    }
}

/// How a record names its asset, and what it does with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetSetting {
    /// JSON pointers (RFC 6901) to the parts of the key in the body.
    pub key: Vec<String>,
    /// What the record does.
    pub operation: AssetOperation,
    /// The stages in which an asset that is there takes the record; any if it is empty.
    pub from: Vec<AssetStage>,
    /// The stage that the asset has then; if there is none, the one that it had.
    pub to: Option<AssetStage>,
    /// JSON pointers to the members in the body with whom the asset is listed while it is open.
    pub parties: Vec<String>,
}
