//! Compiling what the kinds of a contract do with its assets.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::Spanned;

use super::asset_setting::{AssetOperation, AssetSetting};
use super::contract::Compiler;
use super::manifest::{AssetSection, Manifest, RecordSection};
use super::pointer::MAX_KEY_PARTS;
use crate::contracts::schema::{DeclaredType, Schema};
use crate::types::AssetStage;

/// Most members with whom an asset is listed.
pub(in crate::contracts) const MAX_PARTIES: usize = 4;

/// Most stages in which an asset takes one kind of record.
const MAX_STAGES_PER_KIND: usize = 16;

impl Compiler<'_> {
    /// What one kind does with its asset, if it has one.
    pub(super) fn asset(
        &mut self,
        section: &RecordSection,
        schema: Option<&Schema>,
        path: &str,
    ) -> Option<AssetSetting> {
        let written = section.asset.as_ref()?;
        let pointers = written.key.get_ref().pointers();
        let at = written.key.span().start;
        if !(1..=MAX_KEY_PARTS).contains(&pointers.len()) {
            let reason = format!("a key has 1 to {MAX_KEY_PARTS} parts");
            self.problem(at, path, reason);
        }
        for pointer in pointers {
            if schema.is_some_and(|schema| !is_key(schema, pointer)) {
                self.problem(
                    at,
                    path,
                    format!(
                        "the key {pointer:?} is a JSON pointer to a field that the schema declares \
                         as a string or an integer, such as /number"
                    ),
                );
            }
        }
        let mut from = Vec::new();
        for stage in written.from.iter().take(MAX_STAGES_PER_KIND) {
            from.extend(self.name(path, stage, AssetStage::new));
        }
        let to = match &written.to {
            Some(stage) => self.name(path, stage, AssetStage::new),
            None => None,
        };
        Some(AssetSetting {
            key: pointers.to_vec(),
            operation: written.operation,
            from,
            to,
            parties: self.parties(written, schema, path),
        })
    }

    fn parties(
        &mut self,
        written: &AssetSection,
        schema: Option<&Schema>,
        path: &str,
    ) -> Vec<String> {
        if written.parties.len() > MAX_PARTIES {
            let at = written.key.span().start;
            self.problem(
                at,
                path,
                format!("an asset has {MAX_PARTIES} parties at most"),
            );
        }
        let mut pointers = Vec::new();
        for written in written.parties.iter().take(MAX_PARTIES) {
            let pointer = written.get_ref();
            if schema.is_some_and(|schema| !is_key(schema, pointer)) {
                let reason = format!(
                    "the party {pointer:?} is a JSON pointer to a field that the schema declares as \
                     a string, such as /buyer"
                );
                self.problem(written.span().start, path, reason);
            }
            pointers.push(pointer.clone());
        }
        pointers
    }

    /// The schema that describes the contract's assets: that of every record that states one.
    pub(super) fn asset_schema(&mut self, manifest: &Manifest) -> Option<Arc<Schema>> {
        let stating = || with_asset(manifest).filter(|(_, asset)| asset.operation.states_asset());
        if let Some((lonely, _)) = with_asset(manifest).next()
            && !with_asset(manifest).any(|(_, asset)| asset.operation.may_make_asset())
        {
            let at = lonely.kind.span().start;
            let reason = "no kind of record creates the asset: one has the operation create or put";
            self.problem(at, lonely.kind.get_ref(), reason);
        }
        let (first, stated) = stating().next()?;
        let file = first.schema.as_ref().map(Spanned::get_ref);
        for (record, _) in stating() {
            if record.schema.as_ref().map(Spanned::get_ref) != file {
                let reason = "all records that state the asset have one schema: what it is now is \
                              the last of them";
                self.problem(record.kind.span().start, record.kind.get_ref(), reason);
            }
        }
        let parties = |asset: &AssetSection| -> Vec<String> {
            asset
                .parties
                .iter()
                .map(|one| one.get_ref().clone())
                .collect()
        };
        for (record, asset) in with_asset(manifest) {
            let expected = match asset.operation.states_asset() {
                true => parties(stated),
                false => Vec::new(),
            };
            if parties(asset) != expected {
                let reason =
                    "all records that state the asset name the same parties, and no others do";
                self.problem(record.kind.span().start, record.kind.get_ref(), reason);
            }
        }
        self.schema(first, first.kind.get_ref())
    }

    /// Stages make one picture: every asset has one from the beginning, and every stage that a record waits for
    /// is one that some record leads to.
    pub(super) fn check_stages(&mut self, manifest: &Manifest) {
        let reached: BTreeSet<&str> = with_asset(manifest)
            .filter_map(|(_, asset)| asset.to.as_ref())
            .map(|stage| stage.get_ref().as_str())
            .collect();
        let is_staged =
            with_asset(manifest).any(|(_, asset)| asset.to.is_some() || !asset.from.is_empty());
        for (record, asset) in with_asset(manifest) {
            let (at, path) = (record.kind.span().start, record.kind.get_ref());
            if is_staged && asset.operation.may_make_asset() && asset.to.is_none() {
                let reason = "the contract's assets have stages: say in \"to\" which one a new \
                              asset has";
                self.problem(at, path, reason);
            }
            if !asset.operation.may_find_asset() && !asset.from.is_empty() {
                let reason = "there is no asset before it is created: leave \"from\"";
                self.problem(at, path, reason);
            }
            if asset.operation == AssetOperation::Advance && asset.to.is_none() {
                let reason = "a record that advances the asset says in \"to\" to which stage";
                self.problem(at, path, reason);
            }
            if asset.from.len() > MAX_STAGES_PER_KIND {
                let reason = format!("{MAX_STAGES_PER_KIND} stages at most can be listed");
                self.problem(at, path, reason);
            }
            for stage in &asset.from {
                if !reached.contains(stage.get_ref().as_str()) {
                    let reason = format!("no record leads to the stage {:?}", stage.get_ref());
                    self.problem(stage.span().start, path, reason);
                }
            }
        }
    }
}

fn with_asset(manifest: &Manifest) -> impl Iterator<Item = (&RecordSection, &AssetSection)> {
    manifest
        .record
        .iter()
        .filter_map(|record| Some((record, record.asset.as_ref()?)))
}

/// Whether a pointer leads to a field that can be a part of a key.
fn is_key(schema: &Schema, pointer: &str) -> bool {
    let mut place = Some(schema.declared());
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        place = place.and_then(|place| place.property(&name));
    }
    let declared = place.and_then(|place| place.declared_type());
    pointer.starts_with('/')
        && matches!(declared, Some(DeclaredType::String | DeclaredType::Integer))
}
