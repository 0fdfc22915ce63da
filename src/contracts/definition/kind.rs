//! One kind of record, as its contract judges it.

use std::sync::Arc;

use super::asset_setting::AssetSetting;
use super::pointer::AssetKey;
use crate::contracts::check::{CheckedContent, RecordError};
use crate::contracts::rule::{BlockFacts, Rule, SubmitterFacts, rule_value};
use crate::contracts::schema::Schema;
use crate::records::{BodyError, NativeFamily, NativeSettings};
use crate::types::json::{self, Json};
use crate::types::{Member, Record, RecordKind, Rejection, Role};

/// A kind of record with everything that judges it.
#[derive(Debug)]
pub struct Kind {
    pub(super) kind: RecordKind,
    pub(super) version: u16,
    pub(super) title: String,
    pub(super) native: Option<&'static NativeFamily>,
    pub(super) settings: NativeSettings,
    pub(super) schema_file: Option<String>,
    /// None if there is no schema, or if the native family refuses whatever it would refuse.
    pub(super) schema: Option<Arc<Schema>>,
    /// What describes the asset as it is; none unless a rule reads it.
    pub(super) old_schema: Option<Arc<Schema>>,
    pub(super) roles: Vec<Role>,
    pub(super) asset: Option<AssetSetting>,
    pub(super) rules: Vec<Rule>,
}

impl Kind {
    /// Its name.
    pub fn kind(&self) -> &RecordKind {
        &self.kind
    }

    /// The version of the record's format that is taken.
    pub fn version(&self) -> u16 {
        self.version
    }

    /// What it is, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The family whose effects it has.
    pub fn native(&self) -> Option<&'static NativeFamily> {
        self.native
    }

    /// What the contract sets for that family.
    pub fn settings(&self) -> &NativeSettings {
        &self.settings
    }

    /// The schema's file in the contract.
    pub fn schema_file(&self) -> Option<&str> {
        self.schema_file.as_deref()
    }

    /// The roles of which a submitter needs one; none are needed if it is empty.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// What it does with an asset.
    pub fn asset(&self) -> Option<&AssetSetting> {
        self.asset.as_ref()
    }

    /// Its rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether something in the state can refuse a record that has been checked.
    pub fn depends_on_state(&self) -> bool {
        !self.roles.is_empty() || self.asset.is_some() || self.rules.iter().any(Rule::reads_state)
    }

    /// Whether its native family alone judges bodies.
    #[cfg(test)]
    pub(in crate::contracts) fn is_judged_natively(&self) -> bool {
        self.native.is_some() && self.schema.is_none() && self.rules.is_empty()
    }

    /// Judges a body by itself: its form, and the rules that read nothing else.
    pub(in crate::contracts) fn check(
        &self,
        record: &Record,
    ) -> Result<CheckedContent, RecordError> {
        let invalid = |error: BodyError| RecordError::InvalidBody {
            kind: record.kind.clone(),
            error,
        };
        let native = match self.native {
            Some(family) => Some(family.check(&record.body).map_err(invalid)?),
            None => None,
        };
        let has_body_rules = self.rules.iter().any(|rule| !rule.reads_state());
        let mut key = None;
        let mut parties = Vec::new();
        if self.schema.is_some() || self.asset.is_some() || has_body_rules || native.is_none() {
            let body = read(&record.body).map_err(invalid)?;
            if let Some(schema) = &self.schema {
                schema.check(&body).map_err(invalid)?;
            }
            if let Some(asset) = &self.asset {
                key = Some(AssetKey::find(&body, &asset.key).map_err(invalid)?);
                parties = AssetKey::find_parties(&body, &asset.parties).map_err(invalid)?;
            }
            if has_body_rules {
                let value = rule_value(Some(&body)).map_err(invalid)?;
                for rule in self.rules.iter().filter(|rule| !rule.reads_state()) {
                    rule.judge_body(&value)
                        .map_err(|reason| RecordError::RuleBroken {
                            kind: record.kind.clone(),
                            rule: rule.name().to_owned(),
                            reason,
                        })?;
                }
            }
        }
        Ok(match (native, key) {
            (Some(native), _) => CheckedContent::Native(native),
            (None, Some(key)) => CheckedContent::Asset { key, parties },
            (None, None) => CheckedContent::Plain,
        })
    }

    /// Whether a member may submit records of this kind.
    pub(in crate::contracts) fn check_role(&self, member: &Member) -> Result<(), Rejection> {
        if self.roles.is_empty() || self.roles.iter().any(|role| member.roles.contains(role)) {
            return Ok(());
        }
        let roles: Vec<&str> = self.roles.iter().map(Role::as_str).collect();
        Err(Rejection::new(
            "role-missing",
            format!(
                "{} are submitted by members with the role {}, which {} has not",
                self.kind,
                roles.join(" or "),
                member.id
            ),
        ))
    }

    /// Judges a record by the rules that read more than its body.
    pub(in crate::contracts) fn check_rules(
        &self,
        record: &Record,
        old_body: Option<&[u8]>,
        member: &Member,
        block: &BlockFacts,
    ) -> Result<(), Rejection> {
        if !self.rules.iter().any(Rule::reads_state) {
            return Ok(());
        }
        let unreadable = |error: BodyError| Rejection::new("invalid-record", error.to_string());
        let body = read(&record.body).map_err(unreadable)?;
        let old_body = old_body.map(read).transpose().map_err(unreadable)?;
        if let (Some(old_body), Some(schema)) = (&old_body, &self.old_schema)
            && schema.check(old_body).is_err()
        {
            return Err(Rejection::new(
                "asset-of-other-version",
                "the asset was stated under an earlier version of the contract, and this version's \
                 schema does not take it: the rules cannot be applied to it",
            ));
        }
        let body = rule_value(Some(&body)).map_err(unreadable)?;
        let old_body = rule_value(old_body.as_ref()).map_err(unreadable)?;
        let submitter = SubmitterFacts(member);
        for rule in self.rules.iter().filter(|rule| rule.reads_state()) {
            rule.judge(&body, &old_body, &submitter, block)
                .map_err(|reason| Rejection::new("rule-broken", reason))?;
        }
        Ok(())
    }
}

fn read(body: &[u8]) -> Result<Json<'_>, BodyError> {
    json::read(body).map_err(|error| BodyError {
        pointer: error.pointer.clone(),
        reason: error.to_string(),
    })
}
