//! Members and their keys.

use serde::Serialize;
use utoipa::ToSchema;

use crate::contracts::MemberRevision;
use crate::types::{Height, MemberKey};

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberPage {
    /// The height that the answer is of.
    pub height: u64,
    /// In order of their ids.
    pub members: Vec<MemberView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A member at a height.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberAnswer)]
#[serde(rename_all = "camelCase")]
pub struct MemberAnswerView {
    /// The height that the answer is of.
    pub height: u64,
    /// The member.
    #[serde(flatten)]
    pub member: MemberView,
}

/// An enterprise that writes to the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// Its id, a DNS label.
    #[schema(example = "acme-foods")]
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it may do.
    pub roles: Vec<String>,
    /// Whether it is a member: active or removed.
    #[schema(example = "active")]
    pub status: &'static str,
    /// The first height at which it was a member no more; absent as long as it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_from: Option<u64>,
    /// The entry that changed it last; absent if it is as in the genesis document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<u64>,
    /// Every key it has or had, in the order of registration.
    pub keys: Vec<KeyView>,
}

/// A key of a member.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberKey)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// The Ed25519 public key.
    pub key: String,
    /// What it may be used for.
    #[schema(example = "writer")]
    pub purpose: &'static str,
    /// The first height at which it counts.
    pub valid_from: u64,
    /// The first height at which it counts no more; absent as long as it is not revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<u64>,
}

impl MemberAnswerView {
    /// A member as it is or was at a height.
    pub fn new(height: Height, revision: &MemberRevision) -> Self {
        Self {
            height: height.0,
            member: MemberView::from(revision),
        }
    }
}

impl From<&MemberRevision> for MemberView {
    fn from(revision: &MemberRevision) -> Self {
        let member = &revision.member;
        Self {
            changed_by: revision.entry.map(|index| index.0),
            id: member.id.to_string(),
            name: member.name.clone(),
            roles: member.roles.iter().map(ToString::to_string).collect(),
            status: match member.removed_from {
                None => "active",
                Some(_) => "removed",
            },
            removed_from: member.removed_from.map(|height| height.0),
            keys: member.keys.iter().map(KeyView::from).collect(),
        }
    }
}

impl From<&MemberKey> for KeyView {
    fn from(key: &MemberKey) -> Self {
        Self {
            key: key.key.to_string(),
            purpose: key.purpose.as_str(),
            valid_from: key.valid_from.0,
            valid_until: key.valid_until.map(|height| height.0),
        }
    }
}
